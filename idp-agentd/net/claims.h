/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_CLAIMS_H
#define IDP_NET_CLAIMS_H

/*
 * Is this verified payload an ID token for us, now? (OIDC Core section 3.1.3.7, RFC 7519, RFC
 * 8725.) Pure: the time is handed in.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/alg.h"

#define CLAIMS_NO_MAX_AGE (-1)

enum claims_outcome {
	CLAIMS_E_JSON = 1, /* not one JSON object */
	CLAIMS_E_SHAPE,    /* a claim of the wrong type, too long or out of range */
	CLAIMS_E_ISSUER,   /* iss absent or another's */
	CLAIMS_E_AUDIENCE, /* aud absent or not us */
	CLAIMS_E_PARTY,    /* azp absent where several audiences are, or not us */
	CLAIMS_E_SUBJECT,  /* sub absent, empty, over 255 bytes or not printable ASCII */
	CLAIMS_E_EXPIRED,  /* exp absent or past */
	CLAIMS_E_FUTURE,   /* iat absent or in the future; nbf, auth_time in the future */
	CLAIMS_E_NONCE,    /* nonce expected and absent or another */
	CLAIMS_E_HASH,     /* at_hash or c_hash does not match */
	CLAIMS_E_AGE,      /* max_age asked for: auth_time absent or longer ago */
	CLAIMS_E_SOMEBODY, /* sub is not the one expected */
	CLAIMS_E_POLICY,   /* our own policy names no issuer or no client: nothing passes */
};

struct claims_policy {
	const char *issuer;       /* byte for byte; required */
	const char *client_id;    /* byte for byte; required */
	const char *nonce;        /* NULL: none was sent */
	const char *subject;      /* NULL: anybody; else the sub this must be (refresh, userinfo) */
	const char *access_token; /* NULL: at_hash is not checked */
	const char *code;         /* NULL: c_hash is not checked */
	enum jose_alg alg;  /* of the token, from struct jws: at_hash and c_hash use its digest */
	bool hash_required; /* at_hash (c_hash) must be there when access_token (code) is given */
	int64_t now;        /* seconds since 1970 */
	int64_t leeway;     /* seconds, 0 to 300 */
	int64_t max_age;    /* seconds, CLAIMS_NO_MAX_AGE when none was asked for */
};

#define CLAIMS_POLICY_NULL \
	((struct claims_policy){ .leeway = TOKEN_LEEWAY_SEC, .max_age = CLAIMS_NO_MAX_AGE })

struct token_claims {
	json_t *json; /* the whole payload; the texts below live in it */
	const char *iss;
	const char *sub;
	const char *acr;   /* "" when absent */
	const json_t *amr; /* array of texts, or NULL */
	int64_t auth_time; /* 0 when absent */
	int64_t iat;
	int64_t exp;
	char reason[REASON_MAX]; /* on refusal: a sentence with the particulars, no secrets */
};

#define TOKEN_CLAIMS_NULL ((struct token_claims){ .json = NULL })

/*
 * Judges the payload of an ID token whose signature is verified. 0, -ENOMEM, -EIO or CLAIMS_E_*
 * with ret_claims->reason; all else in ret_claims is only there on 0. token_claims_done() in every
 * case.
 */
int claims_check_id_token(const struct claims_policy *policy, const void *payload, size_t len,
			  struct token_claims *ret_claims) _must_check_;
/*
 * The same for a signed userinfo answer (OIDC Core 5.3.2): issuer, audience and subject as in an ID
 * token; it need not expire, but when it says so it has not. Of ret_claims only json, iss and sub
 * are there.
 */
int claims_check_userinfo(const struct claims_policy *policy, const void *payload, size_t len,
			  struct token_claims *ret_claims) _must_check_;
void token_claims_done(struct token_claims *claims);

/*
 * at_hash, c_hash (OIDC Core 3.1.3.6, 3.3.2.11): base64url of the left half of the digest that
 * belongs to alg. room of CLAIMS_HASH_ROOM is always enough.
 */
#define CLAIMS_HASH_ROOM 48u
int claims_hash(enum jose_alg alg, const char *text, char *out, size_t room) _must_check_;

/* A reason word ("claims-expired"). */
const char *claims_reason(int outcome);

#endif
