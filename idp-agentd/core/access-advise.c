/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the expectations prove, for whoever is about to put rules in force. */

#include <string.h>

#include "idp-agentd/core/access-rules.h"

size_t access_expectations(const struct ruleset *rules)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n_expects; i++)
		n += rules->expects[i].n;
	return n;
}

const char *access_proof(const struct ruleset *rules, const char *service)
{
	for (size_t i = 0; i < rules->n_expects; i++)
		for (size_t j = 0; j < rules->expects[i].n; j++) {
			const struct expectation *expected = &rules->expects[i].items[j];

			if (expected->verdict == VERDICT_PERMIT &&
			    strcmp(expected->service, service) == 0)
				return rules->expects[i].name;
		}
	return NULL;
}
