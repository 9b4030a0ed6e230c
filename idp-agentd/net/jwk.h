/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWK_H
#define IDP_NET_JWK_H

/*
 * One public key of a platform (RFC 7517, 7518 section 6, 8037) that may verify signatures.
 * Anything that is not certainly such a key is refused with its outcome.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/net/alg.h"

#define JWK_KID_MAX        255u /* a label; the longest seen in the wild are SHA-512 thumbprints */
#define JWK_THUMBPRINT_LEN 43u  /* base64url of SHA-256 */

enum jwk_outcome {
	JWK_E_SHAPE = 1, /* not an object, or a member of the wrong type */
	JWK_E_UNKNOWN,   /* a kty, crv or alg this project does not know: skip the key */
	JWK_E_PURPOSE,   /* use or key_ops say it is not for verifying: skip the key */
	JWK_E_SYMMETRIC, /* kty oct: a shared secret in public */
	JWK_E_PRIVATE,   /* a private member: whoever reads the set can sign */
	JWK_E_WEAK,      /* RSA below 2048 bits or above 8192, exponent even or below 3 */
	JWK_E_INVALID,   /* lengths, base64url, a point that is not on the curve */
	JWK_E_CONFLICT,  /* its own alg does not fit its own type or curve */
};

struct jwk;

/* Reads one JWK. 0, -ENOMEM, -EIO (OpenSSL failed) or JWK_E_*. */
int jwk_parse(const json_t *object, struct jwk **ret_jwk) _must_check_;
struct jwk *jwk_free(struct jwk *jwk);
DEFINE_CLEANUP(struct jwk *, jwk_free);

/* NULL when the key has none. */
const char *jwk_kid(const struct jwk *jwk);
/* Type and curve fit alg, and so does the key's own "alg" where it has one. */
bool jwk_fits(const struct jwk *jwk, enum jose_alg alg) _must_check_;
/* RFC 7638 with SHA-256, JWK_THUMBPRINT_LEN characters and a NUL. */
const char *jwk_thumbprint(const struct jwk *jwk);
/*
 * Is signature (as JWS writes it: r||s for ECDSA) the key's over these bytes with alg? 0 yes,
 * JWK_E_INVALID no, -EINVAL when alg does not fit, -ENOMEM, -EIO. Contexts are kept in the key
 * between calls, which is why it is not const: one thread at a time.
 */
int jwk_verify(struct jwk *jwk, enum jose_alg alg, const void *bytes, size_t len,
	       const uint8_t *signature, size_t signature_len) _must_check_;

/* A reason word ("jwk-private") and a sentence for an outcome of this header. */
const char *jwk_reason(int outcome);
const char *jwk_sentence(int outcome);

#endif
