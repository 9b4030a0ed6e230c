/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_LOGOUT_TOKEN_H
#define IDP_NET_LOGOUT_TOKEN_H

/*
 * Is this verified payload a logout token for us, now? (OpenID Connect Back-Channel Logout 1.0,
 * sections 2.4 and 2.6.) Pure: the time is handed in.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

enum logout_outcome {
	LOGOUT_E_JSON = 1, /* not one JSON object */
	LOGOUT_E_SHAPE,    /* a claim of the wrong type, too long or out of range */
	LOGOUT_E_ISSUER,   /* iss absent or another's */
	LOGOUT_E_AUDIENCE, /* aud absent or not us */
	LOGOUT_E_PARTY,    /* azp absent where several audiences are, or not us */
	LOGOUT_E_SUBJECT,  /* neither sub nor sid, or one that nobody can be known by */
	LOGOUT_E_EXPIRED,  /* exp absent or past */
	LOGOUT_E_FUTURE,   /* iat absent or in the future; nbf in the future */
	LOGOUT_E_LIFE,     /* exp further away than jtis are remembered */
	LOGOUT_E_ID,       /* jti absent or empty */
	LOGOUT_E_EVENT,    /* events absent, or it declares no logout */
	LOGOUT_E_NONCE,    /* a nonce: somebody passes an ID token off as this */
	LOGOUT_E_POLICY,   /* our own policy names no issuer or no client: nothing passes */
};

struct logout_policy {
	const char *issuer;    /* byte for byte; required */
	const char *client_id; /* byte for byte; required */
	int64_t now;           /* seconds since 1970 */
	int64_t leeway;        /* seconds, 0 to 300 */
};

struct logout_claims {
	json_t *json; /* the whole payload; the texts below live in it */
	const char *iss;
	const char *sub; /* "" when absent: then sid is there */
	const char *sid; /* "" when absent: every session of sub is meant */
	const char *jti;
	int64_t exp;
	char reason[REASON_MAX]; /* on refusal: a sentence with the particulars, no secrets */
};

#define LOGOUT_CLAIMS_NULL ((struct logout_claims){ .json = NULL })

/*
 * Judges the payload of a token whose signature and typ are verified. 0, -ENOMEM or LOGOUT_E_* with
 * ret_claims->reason; all else in ret_claims is only there on 0. logout_claims_done() in every
 * case. Whether this jti was seen before the caller finds out: until exp and the leeway after it.
 */
int logout_token_check(const struct logout_policy *policy, const void *payload, size_t len,
		       struct logout_claims *ret_claims) _must_check_;
void logout_claims_done(struct logout_claims *claims);

/* A reason word ("logout-expired"). */
const char *logout_reason(int outcome);

#endif
