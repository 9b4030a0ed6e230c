/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_REPLY_TOKENS_H
#define IDP_NET_REPLY_TOKENS_H

/* What the authority hears of the tokens of a session: TOKENS, and what became of them. */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/net/oauth.h"

struct flatten;
struct outlet;
struct secret;

/* Everything a token answer gives; bounds as oauth.h has them. */
struct reply_tokens {
	const struct oauth_tokens *tokens;
	bool dpop;            /* their kind, as oauth_tokens_parse() was told */
	bool id_token;        /* tokens->id_token was verified; else it is not handed on */
	const char *resource; /* "" none */
	int64_t expires;      /* of the access token, seconds since 1970; 0: not said */
};

/* The moment an answer's tokens end that came just now: seconds since 1970, 0: not said. */
int64_t reply_tokens_end(const struct oauth_tokens *tokens);
/*
 * TOKENS. 0: it is on its way, and the refresh token is the authority's from now on. -EMSGSIZE:
 * more than a message; -EBADMSG: a control byte in the scope; -ENOMEM, -EPROTO: nothing was sent.
 */
int reply_tokens(struct outlet *outlet, uint64_t flow,
		 const struct reply_tokens *reply) _must_check_;
struct reply_logged_out {
	const char *iss, *sub, *sid, *jti; /* as struct logout_claims has them */
	int64_t until; /* from then on the token is refused anyway; seconds since 1970 */
};

/* What the platform said to one request for a voucher. Texts are never NULL. */
struct reply_vouched {
	const struct secret *voucher; /* NULL: none */
	const char *type, *typ;       /* token_type; typ of its header */
	int64_t expires_in;           /* seconds; 0 not said */
	int64_t date;                 /* the platform's clock, seconds since 1970; 0 not said */
	int64_t wait;                 /* seconds it asks to be left alone */
	const char *code, *text;      /* "": there is a voucher */
	const struct flatten *claims; /* NULL: none */
};

/* VOUCHED. -EMSGSIZE, -ENOMEM, -EPROTO: nothing was sent. */
int reply_vouched(struct outlet *outlet, uint64_t flow,
		  const struct reply_vouched *reply) _must_check_;
/* REVOKED; end_session: the endpoint, or "". */
void reply_revoked(struct outlet *outlet, uint64_t flow, bool told, const char *end_session);
void reply_logged_out(struct outlet *outlet, uint64_t flow, const struct reply_logged_out *reply);

#endif
