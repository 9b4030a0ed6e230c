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

bool access_scope_at(const struct ruleset *rules, size_t i, struct access_scope *ret_scope)
{
	const struct scope *scope;

	if (i >= rules->n_scopes)
		return false;
	scope = &rules->scopes[i];
	*ret_scope = (struct access_scope){
		.name = scope->name,
		.description = scope->description,
		.provider = scope->provider,
		.protects = { .n = scope->protects.n, .items = scope->protects.items },
		.on_demand = scope->on_demand,
		.optional = scope->optional,
	};
	return true;
}

static const char *rule_provider(const struct rule *rule)
{
	for (size_t i = 0; i < rule->need.n; i++)
		if (rule->need.items[i].kind == ATOM_PROVIDER)
			return rule->need.items[i].value;
	return NULL;
}

struct uses {
	void (*use)(void *userdata, const struct access_scope_use *use);
	void *userdata;
};

static void tell_uses(const struct uses *uses, const struct atoms *atoms,
		      struct access_scope_use *found)
{
	for (size_t i = 0; i < atoms->n; i++) {
		if (atoms->items[i].kind != ATOM_SCOPE)
			continue;
		found->scope = atoms->items[i].value;
		uses->use(uses->userdata, found);
	}
}

static void tell_rules(const struct uses *uses, const struct rules *rules, const char *verb)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];
		bool allows = strcmp(verb, "allow") == 0;
		struct access_scope_use found = {
			.verb = verb,
			.rule = rule->name,
			.provider = rule_provider(rule),
			.service = { .n = rule->service.n, .items = rule->service.items },
		};

		found.needed = allows;
		tell_uses(uses, &rule->need, &found);
		found.needed = allows && rule->any.n == 1; /* else there are other ways */
		tell_uses(uses, &rule->any, &found);
		found.needed = false;
		tell_uses(uses, &rule->never, &found);
	}
}

void access_scope_uses(const struct ruleset *rules,
		       void (*use)(void *userdata, const struct access_scope_use *use),
		       void *userdata)
{
	const struct uses uses = { use, userdata };

	tell_rules(&uses, &rules->allow, "allow");
	tell_rules(&uses, &rules->deny, "deny");
}

bool access_is_named(const struct ruleset *rules, const char *service)
{
	for (size_t i = 0; i < rules->allow.n; i++)
		if (rules->allow.items[i].service.n > 0 &&
		    rule_lists(&rules->allow.items[i].service, service) == TRUTH_YES)
			return true;
	return false;
}
