/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands-examine.h"

/* The agent sees the platform, idpctl the host: doctor joins the two. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idpctl/answer.h"
#include "idpctl/commands.h"
#include "idpctl/doctor.h"
#include "idpctl/text.h"

/* ---- doctor ---- */

/* The agent's own findings, or the finding that it has none to give. */
static void doctor_ask(struct doctor *doctor, const struct invocation *invocation,
		       struct answer *answer)
{
	struct answer theirs = { 0 };
	int r = answer_ask_slowly(invocation, MSG_DOCTOR, NULL, &theirs);

	control_end_done(&answer->end);
	answer->end = theirs.end;
	if (theirs.rows.first) {
		if (answer->rows.last)
			answer->rows.last->next = theirs.rows.first;
		else
			answer->rows.first = theirs.rows.first;
		answer->rows.last = theirs.rows.last;
		answer->rows.n += theirs.rows.n;
	}
	if (r < 0)
		doctor_find(
			doctor, WIRE_FINDING_ERROR, "agent",
			answer_unreachable_code(r) == EXIT_FORBIDDEN
				? "run idpctl doctor as root"
				: "systemctl status idp-agentd, and journalctl -u idp-agentd -b",
			"the agent does not answer at %s: %s.", invocation->socket, text_error(r));
}

static size_t count_level(const struct rows *rows, const char *level)
{
	size_t n = 0;

	for (const struct row *row = rows->first; row; row = row->next) {
		const char *value = row_get(row, "level");

		n += value && strcmp(value, level) == 0;
	}
	return n;
}

/* Everything is counted anew, the agent's findings among it. */
static int doctor_conclude(struct answer *answer)
{
	size_t n_errors = count_level(&answer->rows, "error");
	size_t n_warnings = count_level(&answer->rows, "warning");
	size_t n_notes = count_level(&answer->rows, "note");
	char text[128];

	(void)snprintf(text, sizeof(text), "%zu error%s, %zu warning%s, %zu note%s, %zu fine.",
		       n_errors, n_errors == 1 ? "" : "s", n_warnings, n_warnings == 1 ? "" : "s",
		       n_notes, n_notes == 1 ? "" : "s", count_level(&answer->rows, "ok"));
	return control_end_set(&answer->end, n_errors > 0 ? EXIT_NEGATIVE : EXIT_FINE, "", text);
}

int run_doctor(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	_cleanup_(doctor_close) struct doctor doctor = DOCTOR_NULL;
	int r = doctor_open(&doctor, invocation->root ? invocation->root : "/", &answer.rows);

	if (r < 0) {
		(void)fprintf(stderr, "idpctl: the root folder cannot be opened: %s\n",
			      text_error(r));
		return EXIT_USAGE;
	}
	r = doctor_run(&doctor);
	if (r == 0 && doctor.live)
		doctor_ask(&doctor, invocation, &answer);
	if (r == 0)
		r = doctor.error;
	if (r == 0)
		r = doctor_conclude(&answer);
	if (r < 0)
		return answer_no_memory();
	return answer_show(invocation, "doctor", &answer);
}

/* ---- provider ---- */

static void put_provider(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->n_args > 1 ? invocation->args[1] : "");
}

static bool is_refused(const struct answer *answer)
{
	return answer->end.reason && strcmp(answer->end.reason, "not-found") == 0;
}

int examine_ask_and_show(const struct invocation *invocation, const char *command,
			 enum wire_type type, answer_put_fn put)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r = answer_ask_slowly(invocation, type, put, &answer);

	if (r < 0)
		return answer_unreachable(invocation, command, r, &answer);
	if (!is_refused(&answer) && doctor_conclude(&answer) < 0)
		return answer_no_memory();
	return answer_show(invocation, command, &answer);
}

static int run_provider_check(const struct invocation *invocation)
{
	return examine_ask_and_show(invocation, "provider check", MSG_PROVIDER_CHECK, put_provider);
}

static void put_rebind(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[1]);
	wire_put_bool(out, (invocation->given & OPTION_KEEP) != 0);
	wire_put_bool(out, (invocation->given & OPTION_YES) != 0);
}

int run_provider(const struct invocation *invocation)
{
	if (strcmp(invocation->args[0], "rebind") == 0 && invocation->n_args == 2)
		return answer_ask_and_show(invocation, "provider rebind", MSG_REBIND, put_rebind);
	if (strcmp(invocation->args[0], "check") == 0 && !invocation->given)
		return run_provider_check(invocation);
	(void)fprintf(stderr,
		      "idpctl: provider takes check [NAME] or rebind NAME; see idpctl --help\n");
	return EXIT_USAGE;
}
