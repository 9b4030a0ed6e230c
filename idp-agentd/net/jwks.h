/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWKS_H
#define IDP_NET_JWKS_H

/*
 * The set of keys a platform signs with: bytes in, set out, and the choice of one key for a token.
 * Pure: fetching, ageing and the refetch budget are the cache's.
 */

#include <stddef.h>

#include "common/macro.h"
#include "idp-agentd/net/alg.h"

enum jwks_outcome {
	JWKS_E_JSON = 1,    /* not a JSON object by the gate of json.h */
	JWKS_E_SHAPE,       /* no "keys" array */
	JWKS_E_SIZE,        /* more than JWKS_KEYS_MAX keys */
	JWKS_E_DUPLICATE,   /* two keys for signatures with one kid */
	JWKS_E_UNKNOWN_KEY, /* select: no such kid, or nothing fits: a newer set may help */
	JWKS_E_UNFIT,       /* select: the kid is here, but its key is not for this algorithm */
	JWKS_E_AMBIGUOUS,   /* select: no kid, and several keys fit */
};

struct jwk;
struct jwks;

/* What a set was made of, for the log and for doctor. */
struct jwks_facts {
	size_t n_keys;     /* usable */
	size_t n_skipped;  /* of another purpose, type or curve: normal */
	size_t n_refused;  /* unsafe or broken: somebody should look */
	int first_refusal; /* JWK_E_* of the first of those; jwk_sentence() says it in words */
};

/*
 * Reads a JWK Set. A key that cannot be used is skipped or refused by itself and counted; the set
 * stands with the others, also with none (then every token is refused). 0, -ENOMEM, -EIO,
 * JWKS_E_JSON, _SHAPE, _SIZE, _DUPLICATE.
 */
int jwks_parse(const void *bytes, size_t len, struct jwks **ret_jwks) _must_check_;
struct jwks *jwks_free(struct jwks *jwks);
DEFINE_CLEANUP(struct jwks *, jwks_free);

const struct jwks_facts *jwks_facts(const struct jwks *jwks);

/*
 * The key for a token: the one named kid, or with kid NULL the only one that fits alg. 0, or
 * JWKS_E_UNKNOWN_KEY, _UNFIT, _AMBIGUOUS. The key stays the set's.
 */
int jwks_select(const struct jwks *jwks, const char *kid, enum jose_alg alg,
		struct jwk **ret_key) _must_check_;

const char *jwks_reason(int outcome);
const char *jwks_sentence(int outcome);

#endif
