/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the person at the prompt is told of a refusal: enough to do something about it.
 *
 * MUST
 * 1. Named is only what a person can bring by signing in, and sees at the platform as they do: a
 *    scope. Of everything else the kind is told and never the value: whoever has an account at the
 *    platform may be a stranger here, and the names of groups, people, networks and tenants that
 *    open this host are not for strangers. The administrator writes say = to tell more.
 * 2. Nothing that looks like what is missing is told either.
 */

#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/access-show.h"

/* By the word before ':'. What one kind is called is not told of another in the same breath. */
static const struct {
	const char *kind, *text;
	bool own; /* a new sign-in may change it: nobody else has to be asked */
} kinds[] = {
	{ "scope", "the right", true },
	{ "path-scope", "the right", true },
	{ "acr", "a stronger sign-in", true },
	{ "amr", "another way of signing in", true },
	{ "fresh", "a newer sign-in", true },
	{ "loa", "a better verified identity", false },
	{ "group", "membership in a group", false },
	{ "role", "a role", false },
	{ "product", "a product", false },
	{ "entitlement", "an entitlement", false },
	{ "provider", "an account at another platform", false },
	{ "from", "another place to come from", false },
	{ "subject", "an identity of another kind", false },
};

#define OTHER_KIND "something that your account does not have"

struct telling {
	const struct facts *facts;
	struct buf *out;
	const char
		*told[ACCESS_MISSING_MAX]; /* kinds, each once; scopes are named and may repeat */
	size_t n_told;
	size_t n; /* things named so far */
	bool all_own;
};

static const char *kind_text(const struct atom *atom, bool *ret_own)
{
	size_t len = strcspn(atom->text, ":");

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		if (strlen(kinds[i].kind) == len && memcmp(kinds[i].kind, atom->text, len) == 0) {
			*ret_own = kinds[i].own;
			return kinds[i].text;
		}
	*ret_own = false;
	return OTHER_KIND;
}

static bool is_told(struct telling *telling, const char *text)
{
	for (size_t i = 0; i < telling->n_told; i++)
		if (telling->told[i] == text)
			return true;
	if (telling->n_told < ACCESS_MISSING_MAX)
		telling->told[telling->n_told++] = text;
	return false;
}

/* "the right: Become root on build7" as the register describes it, or "the right host.sudo". */
static void put_scope(struct telling *telling, const struct atom *atom)
{
	const char *text = access_scope_text(telling->facts->rules, atom->value);
	const char *host = telling->facts->request->host;

	buf_put_text(telling->out, text ? "the right \"" : "the right ");
	if (text)
		access_put_described(telling->out, text, host ? host : "this host");
	else
		buf_put_text(telling->out, atom->value);
	buf_put_text(telling->out, text ? "\"" : "");
}

static void put_missing(struct telling *telling, const struct atom *atom, const char *joint)
{
	bool own, scope = atom->kind == ATOM_SCOPE || atom->kind == ATOM_PATH_SCOPE;
	const char *text = kind_text(atom, &own);

	telling->all_own = telling->all_own && own;
	if (!scope && is_told(telling, text))
		return;
	if (telling->n++ > 0)
		buf_put_text(telling->out, joint);
	if (scope)
		put_scope(telling, atom);
	else
		buf_put_text(telling->out, text);
}

static bool any_holds(const struct facts *facts, const struct atoms *any)
{
	for (size_t i = 0; i < any->n; i++)
		if (atom_judge(facts, &any->items[i]) == TRUTH_YES)
			return true;
	return any->n == 0;
}

/* Something of the account speaks against it: what, is not told. */
static bool is_ruled_out(const struct facts *facts, const struct rule *rule)
{
	for (size_t i = 0; i < rule->never.n; i++)
		if (atom_judge(facts, &rule->never.items[i]) != TRUTH_NO)
			return true;
	return false;
}

static void put_all(struct telling *telling, const struct rule *rule)
{
	const struct facts *facts = telling->facts;

	for (size_t i = 0; i < rule->need.n; i++)
		if (atom_judge(facts, &rule->need.items[i]) != TRUTH_YES)
			put_missing(telling, &rule->need.items[i], ", ");
	if (any_holds(facts, &rule->any))
		return;
	/* One of them would do, so that one kind told already must be told once more. */
	telling->n_told = 0;
	for (size_t i = 0; i < rule->any.n; i++)
		put_missing(telling, &rule->any.items[i], i == 0 ? ", " : " or ");
}

bool person_put_unmet(const struct facts *facts, const struct rule *rule, struct buf *out)
{
	struct telling telling = { .facts = facts, .out = out, .all_own = true };
	const char *service = facts->request->service;

	buf_printf(out, "You may not use %s here.", service && *service ? service : "this service");
	if (is_ruled_out(facts, rule)) {
		buf_put_text(out, " Something about your account rules it out.");
		return false;
	}
	buf_put_text(out, " Missing: ");
	put_all(&telling, rule);
	buf_put_text(out, ".");
	return telling.all_own;
}
