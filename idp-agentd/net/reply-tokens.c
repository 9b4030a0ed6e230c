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
#include "idp-agentd/net/flatten.h"
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

static void reply_put_claims(struct buf *message, const struct flatten *claims)
{
	size_t n = claims ? flatten_count(claims) : 0;

	wire_put_count(message, n);
	for (size_t i = 0; i < n; i++) {
		const struct flatten_pair *pair = flatten_get(claims, i);

		wire_put_field(message, pair->type, pair->path, pair->value);
	}
}

int reply_vouched(struct outlet *outlet, uint64_t flow, const struct reply_vouched *reply)
{
	struct buf message;
	int r;

	buf_init_secret(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_VOUCHED, 0);
	wire_put_u64(&message, flow);
	wire_put_str(&message, reply_token_text(reply->voucher));
	wire_put_str(&message, reply->type);
	wire_put_str(&message, reply->typ);
	wire_put_u64(&message, (uint64_t)reply->expires_in);
	wire_put_u64(&message, (uint64_t)reply->date);
	wire_put_u64(&message, (uint64_t)reply->wait);
	wire_put_str(&message, reply->code);
	wire_put_str(&message, reply->text);
	reply_put_claims(&message, reply->claims);
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
