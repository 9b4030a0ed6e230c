/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MUST: a message with tokens is built in memory that is erased. */
#include "idp-agentd/net/reply-tokens.h"

#include <errno.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "idp-agentd/net/reply.h"

int64_t reply_tokens_end(const struct oauth_tokens *tokens)
{
	if (tokens->expires_in == 0)
		return 0;
	return (int64_t)((clock_real() + tokens->expires_in) / USEC_PER_SEC);
}

static const char *reply_token_text(const struct secret *token)
{
	return token ? token->text : "";
}

int reply_tokens(struct outlet *outlet, uint64_t flow, const struct reply_tokens *reply)
{
	const struct oauth_tokens *tokens = reply->tokens;
	const char *scope = tokens->scope ? tokens->scope : "";
	struct buf message;
	int r;

	if (utf8_has_control(scope)) /* the authority would hang up on it */
		return -EBADMSG;
	buf_init_secret(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_TOKENS, 0);
	wire_put_u64(&message, flow);
	wire_put_str(&message, reply->dpop ? "DPoP" : "Bearer");
	wire_put_str(&message, tokens->access_token->text);
	wire_put_str(&message, reply_token_text(tokens->refresh_token));
	wire_put_str(&message, reply->id_token ? reply_token_text(tokens->id_token) : "");
	wire_put_str(&message, scope);
	wire_put_str(&message, reply->resource);
	wire_put_u64(&message, (uint64_t)reply->expires);
	r = reply_send(outlet, &message);
	buf_done(&message);
	return r;
}

void reply_revoked(struct outlet *outlet, uint64_t flow, bool told, const char *end_session)
{
	struct buf message;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_REVOKED, 0);
	wire_put_u64(&message, flow);
	wire_put_bool(&message, told);
	wire_put_str(&message, end_session);
	reply_finish(outlet, &message);
}

void reply_logged_out(struct outlet *outlet, uint64_t flow, const struct reply_logged_out *reply)
{
	struct buf message;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_LOGGED_OUT, 0);
	wire_put_u64(&message, flow);
	wire_put_str(&message, reply->iss);
	wire_put_str(&message, reply->sub);
	wire_put_str(&message, reply->sid);
	wire_put_str(&message, reply->jti);
	wire_put_u64(&message, (uint64_t)reply->until);
	reply_finish(outlet, &message);
}
