/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the context a sign-in reached is good for the one that was asked for. A platform may
 * authenticate higher than asked, so the ladders are climbed; without one only the same value is
 * good. acr_values is a wish (OIDC Core section 3.1.2.1): the answer is verified, not trusted.
 */
#include "idp-agentd/core/access.h"

#include <string.h>

#include "idp-agentd/core/access-rules.h"

/* The rung value stands on by itself, or 0. */
static uint32_t rung_of(const struct ladder *ladder, const char *value)
{
	for (size_t i = 0; i < ladder->n; i++)
		for (size_t k = 0; k < ladder->rungs[i].ways.n; k++) {
			const struct atom *way = &ladder->rungs[i].ways.items[k];

			if ((way->kind == ATOM_LITERAL || way->kind == ATOM_ACR) &&
			    strcmp(way->value, value) == 0)
				return ladder->rungs[i].number;
		}
	return 0;
}

bool access_acr_reaches(const struct ruleset *rules, const char *acr, const char *wanted)
{
	if (!acr || *acr == '\0' || *wanted == '\0')
		return false;
	if (strcmp(acr, wanted) == 0)
		return true;
	for (size_t i = 0; i < rules->n_ladders; i++) {
		const struct ladder *ladder = &rules->ladders[i];
		uint32_t least = ladder->is_acr ? rung_of(ladder, wanted) : 0;

		if (least > 0 && rung_of(ladder, acr) >= least)
			return true;
	}
	return false;
}
