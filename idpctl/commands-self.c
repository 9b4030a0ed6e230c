/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The questions of a person about himself go to agent.sock: no administrator is needed, and none
 * hears of it. MUST: a token goes to standard output and nowhere else; one that comes in, never to
 * the command line.
 */
#include "idpctl/commands-self.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client.h"
#include "common/limits.h"
#include "common/secret.h"
#include "idpctl/answer.h"
#include "idpctl/commands.h"

static void put_nothing(struct buf *out _unused_, const struct invocation *invocation _unused_)
{
}

int run_whoami(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "whoami", MSG_WHOAMI, put_nothing);
}

int run_logout(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "logout", MSG_LOGOUT, put_nothing);
}

/* ---- token ---- */

struct token {
	struct secret *secret; /* NULL: refused, and the answer says why */
	uint64_t expiry;
	char type[CONFIG_NAME_MAX + 1];
};

static int take_token(struct wire_in *in, struct token *token)
{
	const char *text = wire_get_str(in, WIRE_STRING_MAX);

	token->expiry = wire_get_u64(in);
	(void)snprintf(token->type, sizeof(token->type), "%s", wire_get_str(in, CONFIG_NAME_MAX));
	if (wire_close(in) < 0)
		return -EPROTO;
	token->secret = secret_new(text, strlen(text));
	return token->secret ? 0 : -ENOMEM;
}

static int receive_token(struct client *client, struct secret *memory, struct token *token,
			 struct control_end *end)
{
	struct wire_in in;
	int r = client_receive(client, memory->text, memory->len,
			       clock_add(clock_now(), CTL_REPLY_DEADLINE), &in);

	if (r < 0)
		return r;
	if (in.type == MSG_TOKEN_IS)
		return take_token(&in, token);
	return in.type == MSG_END ? control_take_end(&in, end) : -EPROTO;
}

static int ask_token(const struct invocation *invocation, struct token *token,
		     struct control_end *end)
{
	_cleanup_(client_close) struct client client = CLIENT_NULL;
	_cleanup_(secret_freep) struct secret *memory = NULL;
	_cleanup_free_ char *room = calloc(1, WIRE_MESSAGE_MAX);
	_cleanup_(buf_done) struct buf request;
	int r;

	buf_init(&request, WIRE_MESSAGE_MAX);
	memory = room ? secret_new(room, WIRE_MESSAGE_MAX) : NULL;
	if (!memory)
		return -ENOMEM;
	r = client_open(&client, invocation->socket, clock_add(clock_now(), PAM_CONNECT_DEADLINE));
	if (r < 0)
		return r;
	client_begin(&client, &request, MSG_TOKEN);
	wire_put_str(&request, invocation->audience);
	r = client_send(&client, &request, clock_add(clock_now(), CTL_REPLY_DEADLINE));
	return r < 0 ? r : receive_token(&client, memory, token, end);
}

/* In JSON it stands in the object that is printed, as a person asked. */
static int show_token_json(const struct invocation *invocation, const struct token *token,
			   struct answer *answer)
{
	struct row *row = rows_add(&answer->rows, "token");
	char expiry[24];

	(void)snprintf(expiry, sizeof(expiry), "%llu", (unsigned long long)token->expiry);
	answer->end.reason = strdup("");
	answer->end.text = strdup("");
	if (!row || !answer->end.reason || !answer->end.text ||
	    row_put(row, 's', "token", token->secret->text) < 0 ||
	    row_put(row, 'n', "expires", expiry) < 0 || row_put(row, 's', "type", token->type) < 0)
		return answer_no_memory();
	return answer_show(invocation, "token", answer);
}

static int show_token(const struct token *token)
{
	if (isatty(STDOUT_FILENO) == 1)
		(void)fprintf(stderr, "idpctl: whoever has this token is you until it expires\n");
	if (fwrite(token->secret->text, 1, token->secret->len, stdout) != token->secret->len ||
	    fputc('\n', stdout) == EOF)
		return EXIT_INTERNAL;
	return EXIT_FINE;
}

int run_token(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	struct token token = { 0 };
	int r = ask_token(invocation, &token, &answer.end);

	if (r < 0)
		r = answer_unreachable(invocation, "token", r, &answer);
	else if (!token.secret)
		r = answer_show(invocation, "token", &answer);
	else if (invocation->json)
		r = show_token_json(invocation, &token, &answer);
	else
		r = show_token(&token);
	secret_free(token.secret);
	return r;
}

/* ---- backchannel-logout ---- */

/* The logout token from standard input, without the white space around it. */
static int read_token(struct secret **ret_token)
{
	char text[JWS_LEN_MAX + 2];
	size_t len = fread(text, 1, sizeof(text), stdin);
	int r = ferror(stdin) ? -EIO : len == sizeof(text) ? -E2BIG : 0;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (r == 0 && (len == 0 || memchr(text, '\0', len)))
		r = -EINVAL;
	if (r == 0) {
		*ret_token = secret_new(text, len);
		r = *ret_token ? 0 : -ENOMEM;
	}
	secret_erase(text, sizeof(text));
	return r;
}

static void put_backchannel(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[0]);
	wire_put_strn(out, invocation->secret->text, invocation->secret->len);
}

int run_backchannel(const struct invocation *invocation)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	struct invocation own = *invocation;
	int r = read_token(&token);

	if (r < 0) {
		(void)fprintf(stderr, "idpctl: no logout token on standard input: %s\n",
			      r == -E2BIG    ? "that is too long"
			      : r == -EINVAL ? "there is nothing, or no text"
					     : strerrordesc_np(-r));
		return r == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
	}
	own.secret = token;
	return answer_ask_and_show(&own, "backchannel-logout", MSG_BACKCHANNEL, put_backchannel);
}
