/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands-trial.h"

/* Changing the policy of a host so that a mistake undoes itself. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idpctl/answer.h"
#include "idpctl/commands.h"
#include "idpctl/own-session.h"

/* ---- check ---- */

/* The agent is away, and the files are here: most mistakes can be found all the same. */
static int check_alone(const struct invocation *invocation, int error)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r;

	if (invocation->json || answer_unreachable_code(error) == EXIT_FORBIDDEN)
		return answer_unreachable(invocation, "policy check", error, &answer);
	(void)fprintf(stderr, "idpctl: the agent does not answer, so only the files are looked "
			      "at: whether the platform knows the scopes is not known.\n");
	r = config_check(CONFIG_FILE, &key_judge, stdout);
	return r == 0 ? EXIT_UNREACHABLE : r == 2 ? EXIT_INTERNAL : r;
}

int run_policy_check(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r = answer_ask_slowly(invocation, MSG_POLICY_CHECK, NULL, &answer);

	if (r < 0)
		return check_alone(invocation, r);
	return answer_show(invocation, "policy check", &answer);
}

/* ---- apply ---- */

static bool read_time(const struct invocation *invocation, uint32_t *ret_seconds)
{
	usec_t time;

	*ret_seconds = 0;
	if (!(invocation->given & OPTION_CONFIRM))
		return true;
	if (!config_value_time(invocation->confirm, &time) ||
	    time < POLICY_CONFIRM_LEAST * USEC_PER_SEC || time > POLICY_CONFIRM_MOST * USEC_PER_SEC)
		return false;
	*ret_seconds = (uint32_t)(time / USEC_PER_SEC);
	return true;
}

static void put_apply(struct buf *out, const struct invocation *invocation)
{
	struct own_session session;
	uint32_t seconds;

	own_session_find("/proc", getpid(), &session);
	IGNORE(read_time(invocation, &seconds)); /* it was read before */
	wire_put_u32(out, seconds);
	wire_put_str(out, session.name);
	wire_put_bool(out, (invocation->given & OPTION_FORCE) != 0);
}

int run_policy_apply(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	uint32_t seconds;
	int r;

	if (!read_time(invocation, &seconds)) {
		(void)fprintf(stderr,
			      "idpctl: --confirm takes a time between 30s and 1d, as in --confirm "
			      "5m\n");
		return EXIT_USAGE;
	}
	r = answer_ask_slowly(invocation, MSG_POLICY_APPLY, put_apply, &answer);
	if (r < 0)
		return answer_unreachable(invocation, "policy apply", r, &answer);
	return answer_show(invocation, "policy apply", &answer);
}

/* ---- confirm, rollback ---- */

static void put_confirm(struct buf *out, const struct invocation *invocation)
{
	struct own_session session;

	own_session_find("/proc", getpid(), &session);
	wire_put_str(out, session.name);
	wire_put_u64(out, session.began);
	wire_put_bool(out, (invocation->given & OPTION_FORCE) != 0);
}

int run_policy_confirm(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "policy confirm", MSG_POLICY_CONFIRM, put_confirm);
}

int run_policy_rollback(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "policy rollback", MSG_POLICY_ROLLBACK, NULL);
}

/* ---- status ---- */

int run_policy_status(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r = answer_ask(invocation, MSG_STATUS, NULL, &answer);

	if (r < 0)
		return answer_unreachable(invocation, "policy status", r, &answer);
	rows_keep(&answer.rows, "policy");
	return answer_show(invocation, "policy status", &answer);
}
