/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_FORGE_H
#define IDP_TESTS_LIB_FORGE_H

/*
 * Tokens and keys for tests: honest ones, and any dishonest one an attacker could write. All texts
 * are the caller's to free(); every function ends the test program when something fails.
 */

#include <openssl/evp.h>
#include <stddef.h>

#include "common/macro.h"
#include "idp-agentd/net/alg.h"

/* A key of the type that alg needs; one a program, made when first asked for. Not to be freed. */
EVP_PKEY *forge_key(enum jose_alg alg);
/* A second one, that nobody published. */
EVP_PKEY *forge_other_key(enum jose_alg alg);
/* A new key, to be freed: "RSA" with bits, or the name of a curve. */
EVP_PKEY *forge_new_key(const char *type, unsigned bits);
/* The private key in a PEM file, to be freed. */
EVP_PKEY *forge_read_key(const char *path);

/* The public JWK. members go in as they are, behind a comma: "\"kid\":\"k1\"", or NULL. */
char *forge_jwk(EVP_PKEY *key, const char *members);
/* A set of one such key. */
char *forge_jwks(EVP_PKEY *key, const char *members);

char *forge_base64(const void *bytes, size_t len);
/* Signs header and payload as they are, whatever the header says, with alg. */
char *forge_token(EVP_PKEY *key, enum jose_alg alg, const char *header, const char *payload);
/* The same with a signature somebody thought of. */
char *forge_signed_by(const char *header, const char *payload, const void *signature, size_t len);
/* HMAC with SHA-256 over header and payload. */
char *forge_hmac(const void *key, size_t len, const char *header, const char *payload);
/* The public key in PEM and in DER (SubjectPublicKeyInfo). */
char *forge_pem(EVP_PKEY *key);
size_t forge_der(EVP_PKEY *key, unsigned char out[static 2048]);

__attribute__((__format__(__printf__, 1, 2))) char *forge_printf(const char *format, ...);

#endif
