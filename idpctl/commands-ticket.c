/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl ticket: a short word that stands for an access token once, for a client that cannot send
 * a password as long as a token. MUST: the token comes by standard input, never by the command
 * line, and is written nowhere.
 */
#include "idpctl/commands-ticket.h"

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

struct ticket {
	struct secret *words; /* NULL: refused, and the answer says why */
	uint32_t seconds;
};

/* What stands in standard input, without the white space around it; nothing at a terminal. */
static int ticket_read_token(struct secret **ret_token)
{
	char text[JWS_LEN_MAX + 2];
	size_t len = isatty(STDIN_FILENO) == 1 ? 0 : fread(text, 1, sizeof(text), stdin);
	int r = ferror(stdin) ? -EIO : len == sizeof(text) ? -E2BIG : 0;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (r == 0 && memchr(text, '\0', len))
		r = -EINVAL;
	if (r == 0) {
		*ret_token = secret_new(text, len);
		r = *ret_token ? 0 : -ENOMEM;
	}
	secret_erase(text, sizeof(text));
	return r;
}

static int ticket_take(struct wire_in *in, struct ticket *ticket)
{
	const char *words = wire_get_str(in, WIRE_STRING_MAX);

	ticket->seconds = wire_get_u32(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	ticket->words = secret_new(words, strlen(words));
	return ticket->words ? 0 : -ENOMEM;
}

static int ticket_ask(const struct invocation *invocation, const struct secret *token,
		      struct ticket *ticket, struct control_end *end)
{
	_cleanup_(client_close) struct client client = CLIENT_NULL;
	_cleanup_free_ uint8_t *memory = calloc(1, WIRE_MESSAGE_MAX);
	_cleanup_(buf_done) struct buf request;
	struct wire_in in;
	int r;

	buf_init_secret(&request, WIRE_MESSAGE_MAX);
	if (!memory)
		return -ENOMEM;
	r = client_open(&client, invocation->socket, clock_add(clock_now(), PAM_CONNECT_DEADLINE));
	if (r < 0)
		return r;
	client_begin(&client, &request, MSG_TICKET);
	wire_put_strn(&request, token->text, token->len);
	r = client_send(&client, &request, clock_add(clock_now(), CTL_REPLY_DEADLINE));
	if (r == 0)
		r = client_receive(&client, memory, WIRE_MESSAGE_MAX,
				   clock_add(clock_now(), CTL_REPLY_DEADLINE), &in);
	if (r == 0 && in.type == MSG_TICKET_IS)
		r = ticket_take(&in, ticket);
	else if (r == 0)
		r = in.type == MSG_END ? control_take_end(&in, end) : -EPROTO;
	secret_erase(memory, WIRE_MESSAGE_MAX);
	return r;
}

static int ticket_show_json(const struct invocation *invocation, const struct ticket *ticket,
			    struct answer *answer)
{
	struct row *row = rows_add(&answer->rows, "ticket");
	char seconds[16];

	(void)snprintf(seconds, sizeof(seconds), "%u", ticket->seconds);
	answer->end.reason = strdup("");
	answer->end.text = strdup("");
	if (!row || !answer->end.reason || !answer->end.text ||
	    row_put(row, 's', "ticket", ticket->words->text) < 0 ||
	    row_put(row, 'n', "seconds", seconds) < 0)
		return answer_no_memory();
	return answer_show(invocation, "ticket", answer);
}

static int ticket_show(const struct ticket *ticket)
{
	if (isatty(STDOUT_FILENO) == 1)
		(void)fprintf(stderr,
			      "idpctl: type this as your password within %u seconds; it is good "
			      "once\n",
			      ticket->seconds);
	if (fwrite(ticket->words->text, 1, ticket->words->len, stdout) != ticket->words->len ||
	    fputc('\n', stdout) == EOF)
		return EXIT_INTERNAL;
	return EXIT_FINE;
}

static int ticket_no_token(int error)
{
	(void)fprintf(stderr, "idpctl: no access token on standard input: %s\n",
		      error == -E2BIG    ? "that is too long"
		      : error == -EINVAL ? "that is no text"
					 : strerrordesc_np(-error));
	return error == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
}

int run_ticket(const struct invocation *invocation)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	_cleanup_answer_ struct answer answer = { 0 };
	struct ticket ticket = { 0 };
	int r = ticket_read_token(&token);

	if (r < 0)
		return ticket_no_token(r);
	r = ticket_ask(invocation, token, &ticket, &answer.end);
	if (r < 0)
		r = answer_unreachable(invocation, "ticket", r, &answer);
	else if (!ticket.words)
		r = answer_show(invocation, "ticket", &answer);
	else if (invocation->json)
		r = ticket_show_json(invocation, &ticket, &answer);
	else
		r = ticket_show(&ticket);
	secret_free(ticket.words);
	return r;
}
