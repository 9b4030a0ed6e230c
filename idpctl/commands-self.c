/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The questions of a person about himself go to agent.sock: no administrator is needed, and none
 * hears of it. Tokens go in and out by answer-secret.h only.
 */
#include "idpctl/commands-self.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idpctl/answer-secret.h"
#include "idpctl/commands.h"

int run_whoami(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "whoami", MSG_WHOAMI, NULL);
}

int run_logout(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "logout", MSG_LOGOUT, NULL);
}

/* ---- token ---- */

struct token {
	struct secret *secret; /* NULL: refused, and the answer says why */
	uint64_t expiry;
	char type[CONFIG_NAME_MAX + 1];
};

static int take_token(struct wire_in *in, void *ret_said)
{
	struct token *token = ret_said;
	const char *text = wire_get_str(in, WIRE_STRING_MAX);

	token->expiry = wire_get_u64(in);
	(void)snprintf(token->type, sizeof(token->type), "%s", wire_get_str(in, CONFIG_NAME_MAX));
	if (wire_close(in) < 0)
		return -EPROTO;
	token->secret = secret_new(text, strlen(text));
	return token->secret ? 0 : -ENOMEM;
}

static void put_audience(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->audience);
}

/* In JSON it stands in the object that is printed, as a person asked. */
static int show_token_json(const struct invocation *invocation, const struct token *token,
			   struct answer *answer)
{
	struct row *row = rows_add(&answer->rows, "token");
	char expiry[24];

	(void)snprintf(expiry, sizeof(expiry), "%llu", (unsigned long long)token->expiry);
	if (!row || control_end_set(&answer->end, EXIT_FINE, "", "") < 0 ||
	    row_put(row, 's', "token", token->secret->text) < 0 ||
	    row_put(row, 'n', "expires", expiry) < 0 || row_put(row, 's', "type", token->type) < 0)
		return answer_no_memory();
	return answer_show(invocation, "token", answer);
}

int run_token(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	struct token token = { 0 };
	int r = answer_ask_secret(invocation, MSG_TOKEN, put_audience, MSG_TOKEN_IS, take_token,
				  &token, &answer);

	if (r < 0)
		r = answer_unreachable(invocation, "token", r, &answer);
	else if (!token.secret)
		r = answer_show(invocation, "token", &answer);
	else if (invocation->json)
		r = show_token_json(invocation, &token, &answer);
	else
		r = answer_show_secret(token.secret,
				       "whoever has this token is you until it expires");
	secret_free(token.secret);
	return r;
}

/* ---- backchannel-logout ---- */

static void put_backchannel(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[0]);
	wire_put_strn(out, invocation->secret->text, invocation->secret->len);
}

int run_backchannel(const struct invocation *invocation)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	struct invocation own = *invocation;
	int r = answer_read_token("logout token", true, &token);

	if (r != EXIT_FINE)
		return r;
	own.secret = token;
	return answer_ask_and_show(&own, "backchannel-logout", MSG_BACKCHANNEL, put_backchannel);
}
