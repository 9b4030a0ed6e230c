/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_ALG_H
#define IDP_NET_ALG_H

/* The signature algorithms we know (RFC 7518 section 3.1, RFC 8037). No "none", no HMAC. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

/* Zero is "no algorithm". */
enum jose_alg {
	JOSE_NO_ALG = 0,
	JOSE_RS256,
	JOSE_RS384,
	JOSE_RS512,
	JOSE_PS256,
	JOSE_PS384,
	JOSE_PS512,
	JOSE_ES256,
	JOSE_ES384,
	JOSE_ES512,
	JOSE_EDDSA,
	JOSE_ALG_END,
};

/* Sets of algorithms are bit masks of these. An empty set allows nothing. */
#define JOSE_ALG_BIT(alg) ((uint32_t)1 << (alg))
#define JOSE_ALGS_ALL     (JOSE_ALG_BIT(JOSE_ALG_END) - 2)

/* What a key must be to be used with an algorithm. */
enum jose_key {
	JOSE_KEY_NONE = 0,
	JOSE_KEY_RSA,
	JOSE_KEY_P256,
	JOSE_KEY_P384,
	JOSE_KEY_P521,
	JOSE_KEY_ED25519,
};

struct jose_alg_facts {
	const char *name;
	enum jose_key key;
	const char *digest; /* the name EVP knows; EdDSA: what at_hash uses */
	bool pss;
	size_t signature_len; /* 0: the length of the modulus */
};

/* JOSE_NO_ALG for anything but the exact, case-sensitive name. */
enum jose_alg jose_alg_from_name(const char *name, size_t len);
/* Never NULL; "none known" for JOSE_NO_ALG. */
const struct jose_alg_facts *jose_alg_facts(enum jose_alg alg);
/*
 * A list of names between spaces (or commas) to a mask: "RS256 ES256". 0, or -EINVAL when a name is
 * unknown or the list is empty; then *ret_bad is where the bad name starts.
 */
int jose_algs_parse(const char *list, uint32_t *ret_algs, const char **ret_bad) _must_check_;

#endif
