/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tests that live beside the rules: an [expect] that does not hold refuses the load, so a
 * slip of the pen is found when it is made and not by the person it locks out.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"

/* Any time will do: nothing here is compared with a clock. */
#define EXPECT_NOW UINT64_C(1000000000)

struct person {
	struct access_request request;
	const char **scopes, **groups, **entitlements, **amr;
	struct access_claim *claims;
};

static void learn(struct person *person, const struct atom *atom)
{
	struct access_request *request = &person->request;

	switch (atom->kind) {
	case ATOM_SCOPE:
	case ATOM_PATH_SCOPE:
		person->scopes[request->scopes.n++] = atom->value;
		return;
	case ATOM_GROUP:
		person->groups[request->groups.n++] = atom->value;
		return;
	case ATOM_ENTITLEMENT:
		person->entitlements[request->entitlements.n++] = atom->value;
		return;
	case ATOM_AMR:
		person->amr[request->amr.n++] = atom->value;
		return;
	case ATOM_LOA:
		request->loa = atom->ladder ? request->loa : atom->value;
		return;
	case ATOM_ACR:
		request->acr = atom->ladder ? request->acr : atom->value;
		return;
	case ATOM_USER:
		request->user = atom->value;
		return;
	case ATOM_PROVIDER:
		request->provider = atom->value;
		return;
	case ATOM_SUBJECT:
		request->subject_kind = atom->subject;
		return;
	case ATOM_FROM:
		request->from = atom->net.local ? "" : atom->value;
		return;
	case ATOM_FRESH:
		request->auth_time = atom->seconds < EXPECT_NOW ? EXPECT_NOW - atom->seconds : 1;
		return;
	case ATOM_CLAIM:
		person->claims[request->n_claims++] =
			(struct access_claim){ .path = atom->path, .value = atom->wanted };
		return;
	case ATOM_LITERAL:
	case ATOM_UNJUDGED:
		return; /* the parser lets none of them through */
	}
}

/* The person of who: at this host, of no provider and no kind but person, until who says so. */
static int make_person(const struct expect *expect, struct arena *arena, struct person *person)
{
	size_t n = expect->who.n;

	*person = (struct person){
		.request = { .from = "",
			     .subject_kind = SUBJECT_PERSON,
			     .now = EXPECT_NOW,
			     .may_step_up = true,
			     .user = "",
			     .provider = "",
			     .host = "localhost" },
		.scopes = arena_take(arena, n, sizeof(char *)),
		.groups = arena_take(arena, n, sizeof(char *)),
		.entitlements = arena_take(arena, n, sizeof(char *)),
		.amr = arena_take(arena, n, sizeof(char *)),
		.claims = arena_take(arena, n, sizeof(*person->claims)),
	};
	if (!person->scopes || !person->groups || !person->entitlements || !person->amr ||
	    !person->claims)
		return -ENOMEM;
	person->request.scopes.items = person->scopes;
	person->request.groups.items = person->groups;
	person->request.entitlements.items = person->entitlements;
	person->request.amr.items = person->amr;
	person->request.claims = person->claims;
	for (size_t i = 0; i < n; i++)
		learn(person, &expect->who.items[i]);
	return 0;
}

static bool is_missing(const struct access_decision *decision, const char *atom)
{
	for (size_t i = 0; i < decision->n_missing; i++)
		if (strcmp(decision->missing[i], atom) == 0)
			return true;
	return false;
}

static bool reason_holds(const struct access_decision *decision, const char *reason)
{
	if (strncmp(reason, "missing=", STRLEN("missing=")) == 0)
		return is_missing(decision, reason + STRLEN("missing="));
	if (strncmp(reason, "rule=", STRLEN("rule=")) == 0)
		return strcmp(decision->rule, reason + STRLEN("rule=")) == 0;
	return strcmp(decision->code, reason) == 0;
}

static bool holds(const struct expectation *expectation, const struct access_decision *decision)
{
	/* Who would have to sign in once more is not let in as they are. */
	bool verdict =
		decision->verdict == expectation->verdict ||
		(expectation->verdict == VERDICT_DENY && decision->verdict == VERDICT_STEP_UP);

	for (size_t i = 0; verdict && i < expectation->reasons.n; i++)
		verdict = reason_holds(decision, expectation->reasons.items[i]);
	return verdict;
}

static void spell_actual(const struct access_decision *decision, char *text, size_t room)
{
	bool permit = decision->verdict == VERDICT_PERMIT; /* "permit rule=NAME" is its code */
	size_t len;

	IGNORE(snprintf(text, room, "%s%s%s", permit ? "" : verdict_name(decision->verdict),
			permit ? "" : " ", decision->code) < 0);
	/* The other codes name what is missing themselves. */
	if (decision->n_missing == 0 ||
	    strncmp(decision->code, "missing=", STRLEN("missing=")) == 0)
		return;
	len = strlen(text);
	IGNORE(snprintf(text + len, room - len, " missing=%s", decision->missing[0]) < 0);
}

static void try_one(const struct ruleset *rules, const struct expect *expect,
		    const struct expectation *expectation, struct person *person,
		    struct config_problems *problems)
{
	struct facts facts = { .rules = rules,
			       .request = &person->request,
			       .asserted = &expect->who };
	struct access_decision decision;
	char actual[2 * REASON_MAX];

	person->request.service = expectation->service;
	person->request.workload_ok = false;
	access_decide(&facts, &decision);
	if (holds(expectation, &decision))
		return;
	spell_actual(&decision, actual, sizeof(actual));
	config_problem_add(problems, expectation->place,
			   "[expect %s] expects %s = %s, but it is %s", expect->name,
			   expectation->service, expectation->text, actual);
}

int access_expect(const struct ruleset *rules, struct arena *arena,
		  struct config_problems *problems)
{
	for (size_t i = 0; i < rules->n_expects; i++) {
		const struct expect *expect = &rules->expects[i];
		struct person person;
		int r = make_person(expect, arena, &person);

		if (r < 0)
			return r;
		for (size_t j = 0; j < expect->n; j++)
			try_one(rules, expect, &expect->items[j], &person, problems);
	}
	return 0;
}
