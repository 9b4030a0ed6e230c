/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expected verdicts: what an [expect] says of a service. */

#include <string.h>

#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-value.h"

static bool is_reason(const char *word)
{
	static const char *const codes[] = { "no-rule", "loa-too-low", "stale-login",
					     "workload-token" };
	static const char *const prefixes[] = { "missing=", "denied-by=", "rule=" };

	for (size_t i = 0; i < ELEMENTSOF(codes); i++)
		if (strcmp(codes[i], word) == 0)
			return true;
	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (strncmp(word, prefixes[i], strlen(prefixes[i])) == 0 &&
		    word[strlen(prefixes[i])])
			return true;
	return false;
}

static bool read_verdict(const char *word, enum verdict *ret_verdict)
{
	static const enum verdict verdicts[] = { VERDICT_DENY, VERDICT_PERMIT, VERDICT_STEP_UP };

	for (size_t i = 0; i < ELEMENTSOF(verdicts); i++)
		if (strcmp(verdict_name(verdicts[i]), word) == 0) {
			*ret_verdict = verdicts[i];
			return true;
		}
	return false;
}

int verdict_parse(const struct parse *parse, const char *text, struct expectation *expectation,
		  char reason[static REASON_MAX])
{
	static const struct config_key words = { .type = TYPE_WORDS, .min = 1, .max = 32 };
	struct config_value value;
	int r = config_value_parse(&words, text, parse->arena, reason, &value);

	if (r != 0)
		return r;
	if (!read_verdict(value.list.items[0], &expectation->verdict))
		return config_refuse(reason, "\"%.40s\" is not permit, deny or step-up",
				     value.list.items[0]);
	for (size_t i = 1; i < value.list.n; i++)
		if (!is_reason(value.list.items[i]))
			return config_refuse(
				reason,
				"\"%.60s\" is no reason: write missing=ATOM, no-rule, denied-by=RULE, "
				"rule=RULE, loa-too-low, stale-login or workload-token",
				value.list.items[i]);
	expectation->reasons = (struct config_list){
		.n = value.list.n - 1,
		.items = value.list.items + 1,
	};
	return 0;
}
