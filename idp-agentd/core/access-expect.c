/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tests that live beside the rules: an [expect] that does not hold refuses the load, so a
 * slip of the pen is found when it is made and not by the person it locks out.
 */

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"

/* Any time will do: nothing here is compared with a clock. */
#define EXPECT_NOW UINT64_C(1000000000)

const struct access_request access_nobody = {
	.from = "",
	.subject_kind = SUBJECT_PERSON,
	.now = EXPECT_NOW,
	.may_step_up = true,
	.user = "",
	.provider = "",
	.site = "",
	.origin = "",
	.uuid = "",
	.tenant = "",
	.client = "",
	.purpose = "",
	.eservice = "",
	.consumer = "",
	.host = "localhost",
};

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
		    const struct expectation *expectation, struct access_request *person,
		    struct config_problems *problems)
{
	struct facts facts = { .rules = rules, .request = person, .asserted = &expect->who };
	struct access_decision decision;
	char actual[2 * REASON_MAX];

	person->service = expectation->service;
	person->workload_ok = expectation->workload_ok;
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
		struct access_request person;
		int r = request_suppose(&access_nobody, &expect->who, arena, &person);

		if (r < 0)
			return r;
		for (size_t j = 0; j < expect->n; j++)
			try_one(rules, expect, &expect->items[j], &person, problems);
	}
	return 0;
}
