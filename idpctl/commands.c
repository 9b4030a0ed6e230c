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

#include "common/client.h"
#include "common/limits.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idpctl/answer.h"
#include "idpctl/commands-examine.h"
#include "idpctl/commands-idmap.h"
#include "idpctl/commands-pdnd.h"
#include "idpctl/commands-policy.h"
#include "idpctl/commands-scope.h"
#include "idpctl/commands-self.h"
#include "idpctl/commands-ticket.h"
#include "idpctl/commands-verify.h"
#include "idpctl/commands-voucher.h"
#include "idpctl/login.h"
#include "idpctl/logout.h"
#include "idpctl/text.h"

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
	return answer_ask_and_show(invocation, "status", MSG_STATUS, NULL);
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
	return answer_ask_and_show(invocation, "reload", MSG_RELOAD, NULL);
}

static int run_flush(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "flush", MSG_FLUSH, NULL);
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

	if (r >= 0)
		r = r == 0 ? control_end_set(&answer.end, EXIT_FINE, "", "")
			   : control_end_set(&answer.end, EXIT_NEGATIVE, "config-invalid", "");
	for (size_t i = 0; r >= 0 && i < problems.n; i++)
		r = put_problem(&answer.rows, &problems.items[i]);
	config = config_free(config);
	config_problems_done(&problems);
	if (r < 0)
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

		if (answer_ask(invocation, MSG_DOCTOR, NULL, &findings) == 0)
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
		r = r == 0 ? control_end_set(&answer->end, EXIT_FINE, "", "")
			   : control_end_set(&answer->end, EXIT_NEGATIVE, "no-logout-url", reason);
		if (r < 0)
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

#define AGENT   CLIENT_AGENT_SOCKET
#define CONTROL CLIENT_CONTROL_SOCKET

/* clang-format off */
const struct command commands[] = {
	{ "status", "", "what the agent is doing", 0, 0, 0, CONTROL, run_status },
	{ "sync", "[DIRECTORY]", "fetch people and groups from the platform now", 0, 1,
	  OPTION_FULL | OPTION_FORCE, CONTROL, run_sync },
	{ "user", "NAME", "what is known about a person", 1, 1, 0, CONTROL, run_user },
	{ "group", "NAME", "what is known about a group", 1, 1, 0, CONTROL, run_group },
	{ "why", "USER [SERVICE]", "why a person was let in or refused", 1, 2, 0, CONTROL, run_why },
	{ "doctor", "", "examine this host, say what is wrong and what to do", 0, 0, OPTION_ROOT,
	  CONTROL, run_doctor },
	{ "provider", "check [NAME]", "what is configured, offered, used and missing", 1, 2,
	  OPTION_KEEP | OPTION_YES, CONTROL, run_provider },
	{ "provider", "rebind NAME", "what becomes of people whose provider changed", 1, 2,
	  OPTION_KEEP | OPTION_YES, CONTROL, run_provider }, /* the row above finds it */
	{ "can", "USER SERVICE", "may this person use that, and what if ...?", 2, 2,
	  OPTION_WITH | OPTION_AS | OPTION_ONLY, CONTROL, run_can },
	{ "policy", "show SERVICE", "who may use a service, in sentences", 1, 2,
	  OPTION_CONFIRM | OPTION_FORCE, CONTROL, run_policy },
	/* the row above finds these */
	{ "policy", "check", "would the files be taken, and who would get in?", 1, 1, 0, CONTROL, run_policy },
	{ "policy", "apply [--confirm TIME]", "take them; back again unless confirmed in time", 1, 1, 0,
	  CONTROL, run_policy },
	{ "policy", "confirm", "keep what is on trial: from a session that is newer", 1, 1, 0, CONTROL, run_policy },
	{ "policy", "rollback", "back to the policy before", 1, 1, 0, CONTROL, run_policy },
	{ "policy", "status", "which policy is in force, and are the files it?", 1, 1, 0, CONTROL, run_policy },
	{ "purposes", "[NAME]", "what you may have vouchers for, and as which client", 0, 1, 0,
	  AGENT, run_purposes },
	{ "pdnd", "graph|lint|doctor", "clients, purposes and e-services: who reaches what", 1, 3, 0,
	  CONTROL, run_pdnd },
	{ "pdnd", "key VERB CLIENT", "new, show, rotate, use or drop a client's key", 1, 3, 0,
	  CONTROL, run_pdnd }, /* the row above finds it */
	{ "scope", "list", "which scopes are asked for, registered and needed", 1, 2, 0, CONTROL,
	  run_scope },
	{ "scope", "check [PROVIDER]", "the same against what the platform takes", 1, 2, 0, CONTROL,
	  run_scope }, /* the row above finds these */
	{ "scope", "doctor [PROVIDER]", "and how to put right what it refuses", 1, 2, 0, CONTROL,
	  run_scope },
	{ "scope", "disable|enable NAME", "whether sign-ins ask for it; needs no platform", 1, 2, 0,
	  CONTROL, run_scope },
	{ "scope", "export", "the register, to hand over; its hash tells hosts apart", 1, 2, 0,
	  CONTROL, run_scope },
	{ "scope", "import FILE", "how a register that was handed over differs", 1, 2, 0, CONTROL,
	  run_scope },
	{ "idmap", "export", "who has which id, for other hosts", 1, 4, OPTION_DRY_RUN, CONTROL,
	  run_idmap },
	/* the row above finds these */
	{ "idmap", "import FILE", "keep the ids of another host for who comes; all or none", 1, 4, 0,
	  CONTROL, run_idmap },
	{ "idmap", "check [FILE]", "are the ids right, and those of another host?", 1, 4, 0, CONTROL,
	  run_idmap },
	{ "idmap", "assign USER UID", "an id for somebody whose own another has", 1, 4, 0, CONTROL,
	  run_idmap },
	{ "config", "check [FILE]", "would the agent take this configuration?", 1, 2, 0,
	  NULL, run_config },
	{ "login", "[PROVIDER]", "sign in yourself, with a browser", 0, 1, OPTION_NO_BROWSER,
	  AGENT, run_login },
	{ "logout-url", "[PROVIDER]", "where a browser ends somebody's session", 0, 1,
	  OPTION_ROOT | OPTION_RETURN | OPTION_ERROR, CONTROL, run_logout_url },
	{ "whoami", "", "what this host keeps of your sign-in", 0, 0, 0, AGENT, run_whoami },
	{ "token", "", "an access token of your session", 0, 0, OPTION_AUDIENCE, AGENT, run_token },
	{ "voucher", "[PURPOSE]", "a voucher, to be shown to an e-service", 0, 1, OPTION_VOUCHER,
	  AGENT, run_voucher },
	{ "ticket", "", "a short password that stands for a token, once", 0, 0, 0, AGENT, run_ticket },
	{ "verify", "[-]", "whose access token is it, and may they use a resource?", 0, 1,
	  OPTION_RESOURCE, AGENT, run_verify },
	{ "logout", "", "have your tokens revoked and forgotten", 0, 0, 0, AGENT, run_logout },
	{ "backchannel-logout", "PROVIDER", "take a logout token from standard input", 1, 1, 0,
	  CONTROL, run_backchannel },
	{ "reload", "", "let the agent read its configuration again", 0, 0, 0, CONTROL, run_reload },
	{ "flush", "", "forget who was looked up in vain", 0, 0, 0, CONTROL, run_flush },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL },
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
