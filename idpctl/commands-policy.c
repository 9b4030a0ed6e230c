/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands-policy.h"

/*
 * What concerns the rules. To add a subcommand of policy: a function, a row in the table verbs, a
 * row in that of commands.c for the help, a paragraph in idpctl(1).
 */

#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "idpctl/answer.h"
#include "idpctl/commands-trial.h"
#include "idpctl/commands.h"

/* ---- can ---- */

static void put_can(struct buf *out, const struct invocation *invocation)
{
	char condition[WIRE_STRING_MAX];

	wire_put_str(out, invocation->args[0]);
	wire_put_str(out, invocation->args[1]);
	wire_put_str(out, invocation->as);
	wire_put_count(out, invocation->n_supposed);
	for (size_t i = 0; i < invocation->n_supposed; i++) {
		(void)snprintf(condition, sizeof(condition), "%s%s", invocation->supposed[i].kind,
			       invocation->supposed[i].value);
		wire_put_str(out, condition);
	}
	wire_put_bool(out, (invocation->given & OPTION_ONLY) != 0);
}

int run_can(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "can", MSG_CAN, put_can);
}

/* ---- policy ---- */

/* args[0] is the verb; what follows it begins at args[1]. */
struct verb {
	const char *name;
	int n_min, n_max; /* arguments behind the verb */
	unsigned options; /* OPTION_* it takes */
	int (*run)(const struct invocation *invocation);
};

static void put_service(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[1]);
}

static int run_show(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "policy show", MSG_POLICY_SHOW, put_service);
}

static const struct verb verbs[] = {
	{ "show", 1, 1, 0, run_show },
	{ "check", 0, 0, 0, run_policy_check },
	{ "apply", 0, 0, OPTION_CONFIRM | OPTION_FORCE, run_policy_apply },
	{ "confirm", 0, 0, OPTION_FORCE, run_policy_confirm },
	{ "rollback", 0, 0, 0, run_policy_rollback },
	{ "status", 0, 0, 0, run_policy_status },
};

int run_policy(const struct invocation *invocation)
{
	int n = invocation->n_args - 1;

	for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
		if (strcmp(verbs[i].name, invocation->args[0]) == 0 && n >= verbs[i].n_min &&
		    n <= verbs[i].n_max && !(invocation->given & ~verbs[i].options))
			return verbs[i].run(invocation);
	(void)fprintf(stderr, "idpctl: policy takes show SERVICE, check, apply [--confirm TIME] "
		      "[--force], confirm [--force], rollback or status; see idpctl --help\n");
	return EXIT_USAGE;
}
