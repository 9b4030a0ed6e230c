/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWS_H
#define IDP_NET_JWS_H

/* The gate for signed tokens: exactly one compact JWS (RFC 7515), by a key of the platform. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/net/alg.h"
#include "idp-agentd/net/jwk.h"

#define JWS_TYP_MAX 63u

enum jws_outcome {
	JWS_E_SIZE = 1,    /* empty, or longer than JWS_LEN_MAX */
	JWS_E_SHAPE,       /* not three parts, or no header or signature in them */
	JWS_E_ENCODING,    /* not canonical base64url */
	JWS_E_HEADER,      /* not one JSON object, or a member of the wrong type */
	JWS_E_ALG,         /* none, HMAC, unknown, other case, or not on the list */
	JWS_E_CRIT,        /* an extension that must be understood, or b64 */
	JWS_E_TYP,         /* a token of another kind */
	JWS_E_UNKNOWN_KEY, /* signed by a key this set does not have: fetching it again may help */
	JWS_E_KEY,         /* the named key is not for this algorithm, or several could be meant */
	JWS_E_SIGNATURE,   /* the signature is not that key's */
};

/* What the token is about to be used as. Zero accepts nothing. */
enum jws_use {
	JWS_USE_NONE = 0,
	JWS_USE_ID_TOKEN,     /* typ absent or "JWT" */
	JWS_USE_ACCESS_TOKEN, /* typ "at+jwt" (RFC 9068) */
	JWS_USE_EVENT,        /* typ "secevent+jwt" (RFC 8417) */
	JWS_USE_LOGOUT,       /* typ "logout+jwt" (OIDC Back-Channel Logout) */
	JWS_USE_USERINFO,     /* typ absent or "JWT": signed userinfo (OIDC Core 5.3.2) */
	JWS_USE_PROOF,        /* typ "dpop+jwt" (RFC 9449): of jws_verify_own() only */
};

struct jws_policy {
	uint32_t algs; /* mask of JOSE_ALG_BIT() */
	enum jws_use use;
	/* The provider's own words, one space between, instead of the table above, NULL for none:
	 * platforms exist whose access tokens say "JWT". They replace the rule for use. */
	const char *typ;
};

struct jws {
	enum jose_alg alg;
	bool has_kid;
	char kid[JWK_KID_MAX + 1];
	char typ[JWS_TYP_MAX + 1];               /* "" when absent */
	char thumbprint[JWK_THUMBPRINT_LEN + 1]; /* of the key that verified it */
	uint8_t *payload; /* payload_len bytes and a NUL that is not counted; any bytes, not yet
			     JSON */
	size_t payload_len;
};

#define JWS_NULL ((struct jws){ .alg = JOSE_NO_ALG })

struct jwks;

/*
 * Verifies a token of len characters. 0, -ENOMEM, -EIO (OpenSSL failed) or JWS_E_*. Only on 0 has
 * ret_jws a payload; alg, kid and typ are filled in as far as the header was read, for the log.
 * Call jws_done() in every case. keys keep their contexts: one thread at a time.
 */
int jws_verify(const struct jws_policy *policy, const char *token, size_t len, struct jwks *keys,
	       struct jws *ret_jws) _must_check_;
/*
 * The same for a proof of possession, which brings the public key that it proves: whose that is,
 * ret_jws->thumbprint has to be compared with. JWS_USE_PROOF; every other use is refused.
 */
int jws_verify_own(const struct jws_policy *policy, const char *token, size_t len,
		   struct jws *ret_jws) _must_check_;
/*
 * What a token says of itself at a JSON pointer before anybody verified it: for the choice of the
 * keys to verify it with, and for nothing else. false: no token, or no text of less than room
 * bytes there.
 */
bool jws_hint(const char *token, size_t len, const char *pointer, char *out,
	      size_t room) _must_check_;
/* Erases and releases the payload. */
void jws_done(struct jws *jws);

/* Should the caller fetch the keys again (within its budget) and try once more? */
bool jws_wants_new_keys(int outcome, const struct jws *jws) _must_check_;

/* A reason word ("jws-signature") and a sentence for a person. */
const char *jws_reason(int outcome);
const char *jws_sentence(int outcome);

#endif
