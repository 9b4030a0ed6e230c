/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl ticket: a short word that stands for an access token once, for a client that cannot send
 * a password as long as a token.
 */
#include "idpctl/commands-ticket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idpctl/answer-secret.h"
#include "idpctl/commands.h"

struct ticket {
	struct secret *words; /* NULL: refused, and the answer says why */
	uint32_t seconds;
};

static void ticket_put(struct buf *out, const struct invocation *invocation)
{
	wire_put_strn(out, invocation->secret->text, invocation->secret->len);
}

static int ticket_take(struct wire_in *in, void *ret_said)
{
	struct ticket *ticket = ret_said;
	const char *words = wire_get_str(in, WIRE_STRING_MAX);

	ticket->seconds = wire_get_u32(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	ticket->words = secret_new(words, strlen(words));
	return ticket->words ? 0 : -ENOMEM;
}

static int ticket_show_json(const struct invocation *invocation, const struct ticket *ticket,
			    struct answer *answer)
{
	struct row *row = rows_add(&answer->rows, "ticket");
	char seconds[16];

	(void)snprintf(seconds, sizeof(seconds), "%u", ticket->seconds);
	if (!row || control_end_set(&answer->end, EXIT_FINE, "", "") < 0 ||
	    row_put(row, 's', "ticket", ticket->words->text) < 0 ||
	    row_put(row, 'n', "seconds", seconds) < 0)
		return answer_no_memory();
	return answer_show(invocation, "ticket", answer);
}

static int ticket_show(const struct ticket *ticket)
{
	char remark[128];

	(void)snprintf(remark, sizeof(remark),
		       "type this as your password within %u seconds; it is good once",
		       ticket->seconds);
	return answer_show_secret(ticket->words, remark);
}

int run_ticket(const struct invocation *invocation)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	_cleanup_answer_ struct answer answer = { 0 };
	struct invocation own = *invocation;
	struct ticket ticket = { 0 };
	int r = answer_read_token("access token", false, &token);

	if (r != EXIT_FINE)
		return r;
	own.secret = token;
	r = answer_ask_secret(&own, MSG_TICKET, ticket_put, MSG_TICKET_IS, ticket_take, &ticket,
			      &answer);
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
