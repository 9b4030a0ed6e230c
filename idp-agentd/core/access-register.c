/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The [scope] register: what a sign-in asks for, and what that means. */

#include <string.h>

#include "idp-agentd/core/access-rules.h"

size_t access_scopes(const struct ruleset *rules, const char *service, const char *provider,
		     const char **items, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n_scopes; i++) {
		const struct scope *scope = &rules->scopes[i];

		if (scope->on_demand || rule_lists(&scope->protects, service) != TRUTH_YES ||
		    (scope->provider && (!provider || strcmp(scope->provider, provider) != 0)))
			continue;
		if (n < room)
			items[n] = scope->name;
		n++;
	}
	return n;
}

const char *access_scope_text(const struct ruleset *rules, const char *name)
{
	const struct scope *scope = scope_find(rules, name);

	return scope ? scope->description : NULL;
}

bool access_scope_is_optional(const struct ruleset *rules, const char *name)
{
	const struct scope *scope = scope_find(rules, name);

	return scope && scope->optional;
}
