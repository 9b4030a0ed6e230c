/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pam_idp/dialog.h"

/*
 * A dumb terminal for the agent. It MUST
 *  1. hand out a result only from a DONE that parsed whole, answered our request and carries a
 *     number we know: silence, garbage, hang-up and surprise are errors, never a result;
 *  2. end by itself: each wait has a deadline, and prompts, lines and bytes are counted;
 *  3. erase what the person typed, and never log it;
 *  4. show no control byte that came over the wire, and set no variable but IDP_*.
 *
 * One request is one dialogue with one serial: ANSWER and CANCEL carry the serial of the request,
 * and so does everything the agent says. A SAY without text is a sign of life and is not shown.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "common/buf.h"
#include "common/client.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "pam_idp/args.h"

struct dialog {
	pam_handle_t *pamh;
	const struct args *args;
	struct client *client;
	char *memory; /* WIRE_MESSAGE_MAX bytes: the message being read */
	usec_t patience;
	usec_t deadline;
	unsigned n_says;
	unsigned n_asks;
};

static usec_t earlier(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

/* The deadline of the next step: the agent's patience, but never past the whole dialogue's. */
static usec_t dialog_step_deadline(const struct dialog *dialog)
{
	return earlier(clock_add(clock_now(), dialog->patience), dialog->deadline);
}

/*
 * MUST 4. C0 but newline and tab, DEL, and C1 in UTF-8 (C2 80 to C2 9F) become '?'. The text lies
 * in dialog->memory, which is ours to write.
 */
static const char *dialog_clean(struct dialog *dialog, const char *text)
{
	char *start = dialog->memory + (text - dialog->memory);

	for (char *p = start; *p; p++) {
		uint8_t byte = (uint8_t)*p;
		uint8_t next = (uint8_t)p[1];

		if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
			*p = '?';
		else if (byte == 0xc2 && next >= 0x80 && next <= 0x9f)
			p[0] = p[1] = '?';
	}
	return start;
}

/*
 * Shows a line unless nobody wants it. A person who cannot be told does not change the answer.
 * sudo always asks for silence; whoever has answered a prompt is still told why it was no use.
 */
static void dialog_show(struct dialog *dialog, bool error, const char *text)
{
	bool silent = dialog->args->silent && !(error && dialog->n_asks > 0);

	if (text[0] == '\0' || silent || (dialog->args->quiet && !error))
		return;
	IGNORE(pam_prompt(dialog->pamh, error ? PAM_ERROR_MSG : PAM_TEXT_INFO, NULL, "%s",
			  dialog_clean(dialog, text)));
}

static int dialog_say(struct dialog *dialog, struct wire_in *in)
{
	uint32_t kind = wire_get_u32(in);
	const char *text = wire_get_str(in, WIRE_STRING_MAX);
	int r = wire_close(in);

	if (r < 0)
		return r;
	if (++dialog->n_says > PAM_SAYS_MAX)
		return -E2BIG;
	if (kind != WIRE_SAY_INFO && kind != WIRE_SAY_ERROR)
		return -EPROTO;
	dialog_show(dialog, kind == WIRE_SAY_ERROR, text);
	return 0;
}

static int dialog_send(struct dialog *dialog, struct buf *out)
{
	return client_send(dialog->client, out, dialog_step_deadline(dialog));
}

/* Best effort: closing the connection says the same. */
static void dialog_cancel(struct dialog *dialog)
{
	uint8_t memory[WIRE_HEADER_LEN + 1];
	struct buf out;

	buf_init_fixed(&out, memory, sizeof(memory));
	wire_begin(&out, MSG_CANCEL, dialog->client->serial);
	IGNORE(dialog_send(dialog, &out));
	buf_done(&out);
}

/*
 * MUST 3. -EPIPE is no failure yet: the agent's last word may wait in our queue. Not on the stack:
 * a token is long, and the thread we run in is somebody else's.
 */
static int dialog_answer(struct dialog *dialog, const char *answer)
{
	struct buf out;
	int r;

	buf_init_secret(&out,
			WIRE_HEADER_LEN + sizeof(uint32_t) + PAM_ANSWER_MAX + 2); /* two NULs */
	wire_begin(&out, MSG_ANSWER, dialog->client->serial);
	wire_put_str(&out, answer);
	r = dialog_send(dialog, &out);
	buf_done(&out);
	return r == -EPIPE ? 0 : r;
}

static void response_freep(char **response)
{
	if (!*response)
		return;
	secret_erase(*response, strlen(*response));
	free(*response);
}

static int dialog_ask(struct dialog *dialog, struct wire_in *in)
{
	_cleanup_(response_freep) char *response = NULL;
	uint32_t kind = wire_get_u32(in);
	const char *text = wire_get_str(in, WIRE_STRING_MAX);
	int r = wire_close(in);

	if (r < 0)
		return r;
	if (++dialog->n_asks > PAM_ASKS_MAX)
		return -E2BIG;
	if (kind != WIRE_ASK_HIDDEN && kind != WIRE_ASK_ECHO)
		return -EPROTO;
	r = pam_prompt(dialog->pamh,
		       kind == WIRE_ASK_ECHO ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, &response,
		       "%s", dialog_clean(dialog, text));
	if (r == PAM_SUCCESS && (!response || strlen(response) <= PAM_ANSWER_MAX))
		return dialog_answer(dialog, response ? response : "");
	dialog_cancel(dialog);
	return r == PAM_SUCCESS ? DIALOG_E_TOO_LONG : DIALOG_E_CONVERSATION;
}

/* MUST 4. IDP_ and [A-Z0-9_], then '=' and a value without control bytes. */
static bool env_is_allowed(const char *assignment)
{
	const char *p;

	if (strncmp(assignment, "IDP_", STRLEN("IDP_")) != 0)
		return false;
	for (p = assignment + STRLEN("IDP_"); *p && *p != '='; p++) {
		if (!((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_'))
			return false;
	}
	return *p == '=' && p > assignment + STRLEN("IDP_") && !utf8_has_control(p);
}

static int dialog_put_env(struct dialog *dialog, const char *const *env, uint32_t n_env)
{
	for (uint32_t i = 0; i < n_env; i++) {
		if (!env_is_allowed(env[i])) {
			pam_syslog(dialog->pamh, LOG_ERR,
				   "the agent wanted to set a variable that is not IDP_*; ignored");
			continue;
		}
		if (pam_putenv(dialog->pamh, env[i]) != PAM_SUCCESS)
			return -ENOMEM;
	}
	return 0;
}

/* MUST 1: the one place a result comes from. */
static int dialog_done(struct dialog *dialog, struct wire_in *in, enum wire_result *ret_result)
{
	const char *env[PAM_ENV_MAX];
	uint32_t result = wire_get_u32(in);
	const char *reason = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, WIRE_STRING_MAX);
	uint32_t n_env = wire_get_count(in);
	int r;

	if (n_env > PAM_ENV_MAX)
		return -E2BIG;
	for (uint32_t i = 0; i < n_env; i++)
		env[i] = wire_get_str(in, WIRE_STRING_MAX);
	r = wire_close(in);
	if (r < 0)
		return r;
	if (result > WIRE_BUSY)
		return -EPROTO;
	if (result == WIRE_PERMIT) {
		r = dialog_put_env(dialog, env, n_env);
		if (r < 0)
			return r;
	}
	if (dialog->args->debug)
		pam_syslog(dialog->pamh, LOG_DEBUG, "the agent answers %u, reason \"%s\"",
			   (unsigned)result, dialog_clean(dialog, reason));
	if (result != WIRE_NOT_OURS)
		dialog_show(dialog, result != WIRE_PERMIT, text);
	*ret_result = (enum wire_result)result;
	return 0;
}

/* One message of the agent. 0: go on, or *ret_done; else as dialog_run(). */
static int dialog_turn(struct dialog *dialog, bool *ret_done, enum wire_result *ret_result)
{
	struct wire_in in;
	int r = client_receive(dialog->client, dialog->memory, WIRE_MESSAGE_MAX,
			       dialog_step_deadline(dialog), &in);

	if (r < 0)
		return r;
	if (dialog->args->debug)
		pam_syslog(dialog->pamh, LOG_DEBUG, "the agent says %s",
			   wire_name((uint16_t)in.type));
	*ret_done = false;
	if (in.type == MSG_SAY)
		return dialog_say(dialog, &in);
	if (in.type == MSG_ASK)
		return dialog_ask(dialog, &in);
	if (in.type != MSG_DONE)
		return -EPROTO;
	r = dialog_done(dialog, &in, ret_result);
	*ret_done = r == 0;
	return r;
}

static int dialog_request_send(struct dialog *dialog, const struct dialog_request *request)
{
	struct buf out;
	int r;

	buf_init(&out, WIRE_MESSAGE_MAX);
	client_begin(dialog->client, &out, request->type);
	wire_put_str(&out, request->service);
	wire_put_str(&out, request->user);
	wire_put_str(&out, request->rhost);
	wire_put_str(&out, request->tty);
	wire_put_str(&out, request->ruser);
	wire_put_u32(&out, request->flags);
	r = dialog_send(dialog, &out);
	buf_done(&out);
	return r;
}

/* A sign-in waits for a person; everything else the agent decides by itself. */
static usec_t request_patience(const struct dialog_request *request)
{
	return request->type == MSG_AUTH ? PAM_REPLY_DEADLINE : PAM_ACCOUNT_DEADLINE;
}

int dialog_run_connected(pam_handle_t *pamh, const struct args *args,
			 const struct dialog_request *request, struct client *client,
			 enum wire_result *ret_result)
{
	_cleanup_free_ char *memory = malloc(WIRE_MESSAGE_MAX);
	struct dialog dialog = {
		.pamh = pamh,
		.args = args,
		.client = client,
		.memory = memory,
		.patience = earlier(request_patience(request), args->timeout),
		.deadline = clock_add(clock_now(), args->timeout),
	};
	bool done = false;
	int r;

	if (!memory)
		return -ENOMEM;
	r = dialog_request_send(&dialog, request);
	while (r == 0 && !done)
		r = dialog_turn(&dialog, &done, ret_result);
	return r;
}

int dialog_run(pam_handle_t *pamh, const struct args *args, const struct dialog_request *request,
	       enum wire_result *ret_result)
{
	_cleanup_(client_close) struct client client = CLIENT_NULL;
	int r;

	r = client_open(&client, args->socket,
			clock_add(clock_now(), earlier(PAM_CONNECT_DEADLINE, args->timeout)));
	if (r < 0)
		return r;
	return dialog_run_connected(pamh, args, request, &client, ret_result);
}
