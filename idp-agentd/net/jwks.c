/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/jwks.h"

/*
 * A set of public keys and the choice of one.
 *
 * MUST
 *  1. At most JWKS_KEYS_MAX keys, whatever they are.
 *  2. Two usable keys never share a kid: which one a token means would be the attacker's choice.
 *  3. A kid names exactly that key; it is compared byte for byte and is never a path, URL or query
 *     (RFC 8725 section 3.10). Without a kid exactly one key may fit, else none is chosen.
 *  4. One bad key never spoils the others, and is never used: it is counted (RFC 7517 section 5).
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"

struct jwks {
	struct jwks_facts facts;
	struct jwk *keys[JWKS_KEYS_MAX]; /* facts.n_keys of them */
};

static struct jwk *find_kid(const struct jwks *jwks, const char *kid)
{
	for (size_t i = 0; i < jwks->facts.n_keys; i++) {
		const char *have = jwk_kid(jwks->keys[i]);

		if (have && strcmp(have, kid) == 0)
			return jwks->keys[i];
	}
	return NULL;
}

static void count_refusal(struct jwks_facts *facts, int outcome)
{
	if (outcome == JWK_E_UNKNOWN || outcome == JWK_E_PURPOSE) {
		facts->n_skipped++;
		return;
	}
	if (facts->n_refused++ == 0)
		facts->first_refusal = outcome;
}

static int add_key(struct jwks *jwks, const json_t *object)
{
	struct jwk *key = NULL;
	int r = jwk_parse(object, &key);

	if (r < 0)
		return r;
	if (r > 0) { /* MUST 4 */
		count_refusal(&jwks->facts, r);
		return 0;
	}
	if (jwk_kid(key) && find_kid(jwks, jwk_kid(key))) { /* MUST 2 */
		key = jwk_free(key);
		return JWKS_E_DUPLICATE;
	}
	jwks->keys[jwks->facts.n_keys++] = key;
	return 0;
}

int jwks_parse(const void *bytes, size_t len, struct jwks **ret_jwks)
{
	_cleanup_(json_release_p) json_t *root = NULL;
	_cleanup_(jwks_freep) struct jwks *jwks = NULL;
	const json_t *keys = NULL;
	int r = json_parse(bytes, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &root);

	if (r != 0)
		return r < 0 ? r : JWKS_E_JSON;
	keys = json_object_get(root, "keys");
	if (!json_is_array(keys))
		return JWKS_E_SHAPE;
	if (json_array_size(keys) > JWKS_KEYS_MAX) /* MUST 1 */
		return JWKS_E_SIZE;
	jwks = calloc(1, sizeof(*jwks));
	if (!jwks)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(keys); i++) {
		r = add_key(jwks, json_array_get(keys, i));
		if (r != 0)
			return r;
	}
	*ret_jwks = TAKE_PTR(jwks);
	return 0;
}

struct jwks *jwks_free(struct jwks *jwks)
{
	if (!jwks)
		return NULL;
	for (size_t i = 0; i < jwks->facts.n_keys; i++)
		jwks->keys[i] = jwk_free(jwks->keys[i]);
	free(jwks);
	return NULL;
}

const struct jwks_facts *jwks_facts(const struct jwks *jwks)
{
	return &jwks->facts;
}

static int select_only(const struct jwks *jwks, enum jose_alg alg, struct jwk **ret_key)
{
	struct jwk *only = NULL;

	for (size_t i = 0; i < jwks->facts.n_keys; i++) {
		if (!jwk_fits(jwks->keys[i], alg))
			continue;
		if (only)
			return JWKS_E_AMBIGUOUS;
		only = jwks->keys[i];
	}
	if (!only)
		return JWKS_E_UNKNOWN_KEY;
	*ret_key = only;
	return 0;
}

int jwks_select(const struct jwks *jwks, const char *kid, enum jose_alg alg, struct jwk **ret_key)
{
	struct jwk *key = NULL;

	if (!kid) /* MUST 3 */
		return select_only(jwks, alg, ret_key);
	key = find_kid(jwks, kid);
	if (!key)
		return JWKS_E_UNKNOWN_KEY;
	if (!jwk_fits(key, alg))
		return JWKS_E_UNFIT;
	*ret_key = key;
	return 0;
}

static const struct {
	const char *reason;
	const char *sentence;
} words[] = {
	[JWKS_E_JSON] = { "jwks-json", "the key set is not a proper JSON object" },
	[JWKS_E_SHAPE] = { "jwks-shape", "the key set has no array \"keys\"" },
	[JWKS_E_SIZE] = { "jwks-size", "the key set has too many keys" },
	[JWKS_E_DUPLICATE] = { "jwks-duplicate", "two keys of the set have the same kid" },
	[JWKS_E_UNKNOWN_KEY] = { "jwks-unknown-key", "the set has no such key" },
	[JWKS_E_UNFIT] = { "jwks-unfit", "the key is not for this algorithm" },
	[JWKS_E_AMBIGUOUS] = { "jwks-ambiguous", "no kid, and several keys could be meant" },
};

const char *jwks_reason(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].reason : "jwks";
}

const char *jwks_sentence(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].sentence
								  : "the key set could not be read";
}
