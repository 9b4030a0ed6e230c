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

static const char *rule_provider(const struct rule *rule)
{
	for (size_t i = 0; i < rule->need.n; i++)
		if (rule->need.items[i].kind == ATOM_PROVIDER)
			return rule->need.items[i].value;
	return NULL;
}

/* ---- what keeps people out by being granted ---- */

static bool atoms_read(const struct atoms *atoms, const char *name)
{
	for (size_t i = 0; i < atoms->n; i++) {
		const struct atom *atom = &atoms->items[i];
		const struct ladder *ladder = atom->ladder; /* stands on no other */

		if ((atom->kind == ATOM_SCOPE && strcmp(atom->value, name) == 0) ||
		    (atom->kind == ATOM_PATH_SCOPE && path_scope_covers(atom, name)))
			return true;
		for (size_t k = 0; ladder && k < ladder->n; k++)
			if (ladder->rungs[k].number >= atom->rung &&
			    atoms_read(&ladder->rungs[k].ways, name))
				return true;
	}
	return false;
}

bool access_scope_forbids(const struct ruleset *rules, const char *name,
			  struct access_scope_use *ret_use)
{
	const struct scope *scope = scope_find(rules, name);
	const char *of = scope ? scope->provider : NULL;

	for (size_t i = 0; i < rules->deny.n + rules->allow.n; i++) {
		bool denies = i < rules->deny.n;
		const struct rule *rule = denies ? &rules->deny.items[i]
						 : &rules->allow.items[i - rules->deny.n];
		const char *provider = rule_provider(rule);

		if (of && provider && strcmp(of, provider) != 0)
			continue;
		if (denies ? !atoms_read(&rule->need, name) && !atoms_read(&rule->any, name)
			   : !atoms_read(&rule->never, name))
			continue;
		*ret_use = (struct access_scope_use){
			.scope = name,
			.verb = denies ? "deny" : "allow",
			.rule = rule->name,
			.provider = provider,
			.service = { .n = rule->service.n, .items = rule->service.items },
		};
		return true;
	}
	return false;
}

bool access_scope_is_optional(const struct ruleset *rules, const char *name)
{
	const struct scope *scope = scope_find(rules, name);

	struct access_scope_use use;

	return scope && scope->optional && !access_scope_forbids(rules, name, &use);
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
