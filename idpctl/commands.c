/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands.h"

/*
 * Each command asks one question and shows the answer; doctor and config also look for
 * themselves. To add one: a function, a row in the table at the end, a paragraph in idpctl(1).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idpctl/answer.h"
#include "idpctl/doctor.h"
#include "idpctl/logout.h"
#include "idpctl/text.h"

static void put_nothing(struct buf *out _unused_, const struct invocation *invocation _unused_)
{
}

static void put_name(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[0]);
}

static void put_name_and_service(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[0]);
	wire_put_str(out, invocation->n_args > 1 ? invocation->args[1] : "");
}

static void put_sync(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->n_args > 0 ? invocation->args[0] : "");
	wire_put_bool(out, (invocation->given & OPTION_FULL) != 0);
	wire_put_bool(out, (invocation->given & OPTION_FORCE) != 0);
}

static int run_status(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "status", MSG_STATUS, put_nothing);
}

static int run_sync(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "sync", MSG_SYNC, put_sync);
}

static int run_user(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "user", MSG_SHOW_USER, put_name);
}

static int run_group(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "group", MSG_SHOW_GROUP, put_name);
}

static int run_why(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "why", MSG_WHY, put_name_and_service);
}

static int run_reload(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "reload", MSG_RELOAD, put_nothing);
}

static int run_flush(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "flush", MSG_FLUSH, put_nothing);
}

/* ---- doctor ---- */

/* For questions that the platform has to answer: a person is told what takes so long. */
static int ask_slowly(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
		      struct answer *answer)
{
	bool tty = isatty(STDERR_FILENO) == 1;
	int r;

	if (tty)
		(void)fprintf(stderr, "asking the agent, which asks the platform ...");
	r = answer_ask(invocation, type, put, answer);
	if (tty)
		(void)fprintf(stderr, "\r\033[K");
	return r;
}

/* The agent's own findings, or the finding that it has none to give. */
static void doctor_ask(struct doctor *doctor, const struct invocation *invocation,
		       struct answer *answer)
{
	struct answer theirs = { 0 };
	int r = ask_slowly(invocation, MSG_DOCTOR, put_nothing, &theirs);

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
	control_end_done(&answer->end);
	answer->end.status = n_errors > 0 ? EXIT_NEGATIVE : EXIT_FINE;
	answer->end.text = strdup(text);
	answer->end.reason = strdup("");
	return answer->end.text && answer->end.reason ? 0 : -ENOMEM;
}

static int run_doctor(const struct invocation *invocation)
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

static int run_provider_check(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r;

	r = ask_slowly(invocation, MSG_PROVIDER_CHECK, put_provider, &answer);
	if (r < 0)
		return answer_unreachable(invocation, "provider check", r, &answer);
	if (!is_refused(&answer) && doctor_conclude(&answer) < 0)
		return answer_no_memory();
	return answer_show(invocation, "provider check", &answer);
}

static void put_rebind(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[1]);
	wire_put_bool(out, (invocation->given & OPTION_KEEP) != 0);
	wire_put_bool(out, (invocation->given & OPTION_YES) != 0);
}

static int run_provider(const struct invocation *invocation)
{
	if (strcmp(invocation->args[0], "rebind") == 0 && invocation->n_args == 2)
		return answer_ask_and_show(invocation, "provider rebind", MSG_REBIND, put_rebind);
	if (strcmp(invocation->args[0], "check") == 0 && !invocation->given)
		return run_provider_check(invocation);
	(void)fprintf(stderr,
		      "idpctl: provider takes check [NAME] or rebind NAME; see idpctl --help\n");
	return EXIT_USAGE;
}

/* ---- config ---- */

static int put_problem(struct rows *rows, const struct config_problem *problem)
{
	char line[16];
	struct row *row = rows_add(rows, "problem");

	if (!row)
		return -ENOMEM;
	(void)snprintf(line, sizeof(line), "%u", problem->line);
	if (row_put(row, 's', "text", problem->text) < 0 ||
	    row_put(row, 's', "file", problem->file) < 0 || row_put(row, 'n', "line", line) < 0 ||
	    row_put(row, 'b', "note", problem->note ? "true" : "false") < 0)
		return -ENOMEM;
	return 0;
}

static int config_check_json(const struct invocation *invocation, const char *path)
{
	_cleanup_answer_ struct answer answer = { 0 };
	struct config_problems problems = { 0 };
	struct config *config = NULL;
	int r = config_load(path, &problems, &config);

	answer.end.status = r == 0 ? EXIT_FINE : EXIT_NEGATIVE;
	answer.end.reason = strdup(r == 0 ? "" : "config-invalid");
	for (size_t i = 0; r >= 0 && i < problems.n; i++)
		r = put_problem(&answer.rows, &problems.items[i]);
	config = config_free(config);
	config_problems_done(&problems);
	if (r < 0 || !answer.end.reason)
		return answer_no_memory();
	return answer_show(invocation, "config check", &answer);
}

static int run_config(const struct invocation *invocation)
{
	const char *path = invocation->n_args > 1 ? invocation->args[1] : CONFIG_FILE;
	int r;

	if (strcmp(invocation->args[0], "check") != 0) {
		(void)fprintf(stderr, "idpctl: config can only check; see idpctl --help\n");
		return EXIT_USAGE;
	}
	if (invocation->json)
		return config_check_json(invocation, path);
	r = config_check(path, &key_judge, stdout);
	return r == 2 ? EXIT_INTERNAL : r;
}

/* ---- logout-url ---- */

/* Only what the configuration does not say is asked of the agent, and it may be away. */
static int logout_answer(const struct invocation *invocation, const struct config *config,
			 char reason[static REASON_MAX], struct answer *answer,
			 char url[static LOGOUT_URL_MAX + 1])
{
	const struct logout_values values = { .return_uri = invocation->return_uri,
					      .error_uri = invocation->error_uri };
	const struct config_provider *provider;
	const char *found = NULL;
	int r = logout_choose(config, invocation->n_args > 0 ? invocation->args[0] : NULL, reason,
			      &provider);

	if (r != 0)
		return r;
	if (!provider->logout_url && !provider->end_session_endpoint && !invocation->root) {
		struct answer findings = { 0 };

		if (answer_ask(invocation, MSG_DOCTOR, put_nothing, &findings) == 0)
			found = logout_found(&findings.rows, provider);
		r = logout_make(provider, found, values, reason, url);
		answer_done(&findings);
	} else {
		r = logout_make(provider, NULL, values, reason, url);
	}
	if (r == 0) {
		struct row *row = rows_add(&answer->rows, "logout");

		if (!row || row_put(row, 's', "provider", provider->name) < 0 ||
		    row_put(row, 's', "url", url) < 0)
			return -ENOMEM;
	}
	return r;
}

static int logout_show(const struct invocation *invocation, int r, const char *reason,
		       const char *url, struct answer *answer)
{
	if (r < 0)
		return answer_no_memory();
	if (invocation->json) {
		answer->end.status = r == 0 ? EXIT_FINE : EXIT_NEGATIVE;
		answer->end.reason = strdup(r == 0 ? "" : "no-logout-url");
		answer->end.text = strdup(r == 0 ? "" : reason);
		if (!answer->end.reason || !answer->end.text)
			return answer_no_memory();
		return answer_show(invocation, "logout-url", answer);
	}
	if (r == 0)
		(void)printf("%s\n", url);
	else
		(void)fprintf(stderr, "idpctl: %s\n", reason);
	return r == 0 ? EXIT_FINE : EXIT_NEGATIVE;
}

static int run_logout_url(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	_cleanup_(config_freep) struct config *config = NULL;
	struct config_problems problems = { 0 };
	char path[4096], reason[REASON_MAX] = "", url[LOGOUT_URL_MAX + 1] = "";
	int r;

	(void)snprintf(path, sizeof(path), "%s%s", invocation->root ? invocation->root : "",
		       CONFIG_FILE);
	r = config_load(path, &problems, &config);
	if (r > 0)
		(void)snprintf(reason, sizeof(reason),
			       "the configuration is wrong: idpctl config check says how");
	config_problems_done(&problems);
	if (r == 0)
		r = logout_answer(invocation, config, reason, &answer, url);
	return logout_show(invocation, r, reason, url, &answer);
}

/* clang-format off */
const struct command commands[] = {
	{ "status", "", "what the agent is doing", 0, 0, 0, run_status },
	{ "sync", "[DIRECTORY]", "fetch people and groups from the platform now", 0, 1,
	  OPTION_FULL | OPTION_FORCE, run_sync },
	{ "user", "NAME", "what is known about a person", 1, 1, 0, run_user },
	{ "group", "NAME", "what is known about a group", 1, 1, 0, run_group },
	{ "why", "USER [SERVICE]", "why a person was let in or refused", 1, 2, 0, run_why },
	{ "doctor", "", "examine this host, say what is wrong and what to do", 0, 0, OPTION_ROOT,
	  run_doctor },
	{ "provider", "check [NAME]", "what is configured, offered, used and missing", 1, 2,
	  OPTION_KEEP | OPTION_YES, run_provider },
	{ "provider", "rebind NAME", "what becomes of people whose provider changed", 1, 2,
	  OPTION_KEEP | OPTION_YES, run_provider }, /* the row above finds it */
	{ "config", "check [FILE]", "would the agent take this configuration?", 1, 2, 0,
	  run_config },
	{ "logout-url", "[PROVIDER]", "where a browser ends somebody's session", 0, 1,
	  OPTION_ROOT | OPTION_RETURN | OPTION_ERROR, run_logout_url },
	{ "reload", "", "let the agent read its configuration again", 0, 0, 0, run_reload },
	{ "flush", "", "forget who was looked up in vain", 0, 0, 0, run_flush },
	{ NULL, NULL, NULL, 0, 0, 0, NULL },
};
/* clang-format on */

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++) {
		if (strcmp(command->name, name) == 0)
			return command;
	}
	return NULL;
}
