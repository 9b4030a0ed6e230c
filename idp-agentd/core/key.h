/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_KEY_H
#define IDP_CORE_KEY_H

/*
 * A private key of this host, for the one algorithm it is to sign with (RFC 7518 section 3, RFC
 * 8037). A key that does not fit its algorithm is never had, so nothing can be signed wrongly.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

struct config_judge;
struct key;
struct secret;

#define KEY_THUMBPRINT_LEN 43u /* base64url of SHA-256 */

/*
 * Reads a PEM private key for alg ("PS256"). -EKEYREJECTED when it is none, is encrypted, or is of
 * another type, curve or size than alg wants (RSA: 2048 to 8192 bits); -EINVAL for an alg nobody
 * knows; -ENOMEM. Then reason holds a sentence with the remedy, and nothing of the key.
 */
int key_load(const struct secret *pem, const char *alg, char reason[static REASON_MAX],
	     struct key **ret_key) _must_check_;
/*
 * The public half of a key that is elsewhere, out of its SubjectPublicKeyInfo: it verifies and is
 * shown, and cannot sign. Errors as of key_load().
 */
int key_load_public(const void *spki, size_t len, const char *alg, char reason[static REASON_MAX],
		    struct key **ret_key) _must_check_;
/* A new key for ES256, which nobody knew before and nobody keeps. */
int key_generate(struct key **ret_key) _must_check_;
/* Returns NULL; NULL is fine. */
struct key *key_free(struct key *key);
DEFINE_CLEANUP(struct key *, key_free);

/* "PS256" */
const char *key_alg(const struct key *key);
/* RFC 7638 with SHA-256: KEY_THUMBPRINT_LEN characters and a NUL. */
int key_thumbprint(const struct key *key,
		   char ret_text[static KEY_THUMBPRINT_LEN + 1]) _must_check_;
/* The public half as a JWK with the required members only, in the order RFC 7638 hashes them. */
void key_put_jwk(const struct key *key, struct buf *out);
/* Appends the signature as JWS writes it (r||s for ECDSA, fixed lengths). -EIO, -ENOMEM. */
int key_sign(const struct key *key, const void *bytes, size_t len, struct buf *out) _must_check_;
/* Whether signature is one by this key, in the form key_sign() writes. */
bool key_verify(const struct key *key, const void *bytes, size_t len, const uint8_t *signature,
		size_t signature_len) _must_check_;

/* For config_check(). */
extern const struct config_judge key_judge;

#endif
