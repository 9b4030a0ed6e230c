/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a key set and as one key. A key that is taken has a thumbprint, fits at least one
 * algorithm, never accepts a signature of zeros, and is found again by its name.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void use_key(struct jwk *jwk)
{
	static const uint8_t zeros[1024];
	static const size_t lengths[] = { 0, 1, 64, 96, 132, 256, 1024 };
	unsigned n_fits = 0;

	require(strlen(jwk_thumbprint(jwk)) == JWK_THUMBPRINT_LEN);
	require(!jwk_fits(jwk, JOSE_NO_ALG) && !jwk_fits(jwk, JOSE_ALG_END));
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		if (!jwk_fits(jwk, alg)) {
			require(jwk_verify(jwk, alg, "x", 1, zeros, 64) < 0);
			continue;
		}
		n_fits++;
		/* Ed25519 with a point of small order is forgeable by anyone who knows it; whoever
		 * puts such a key into the set could as well have put his own. */
		for (size_t i = 0; i < ELEMENTSOF(lengths) && alg != JOSE_EDDSA; i++)
			require(jwk_verify(jwk, alg, "x", 1, zeros, lengths[i]) == JWK_E_INVALID);
	}
	require(n_fits > 0);
}

static void use_set(const struct jwks *jwks)
{
	const struct jwks_facts *facts = jwks_facts(jwks);
	struct jwk *key = NULL;

	require(facts->n_keys + facts->n_skipped + facts->n_refused <= JWKS_KEYS_MAX);
	require((facts->n_refused > 0) == (facts->first_refusal > 0));
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		int r = jwks_select(jwks, NULL, alg, &key);

		require(r == 0 || r == JWKS_E_UNKNOWN_KEY || r == JWKS_E_AMBIGUOUS);
		if (r != 0)
			continue;
		require(jwk_fits(key, alg));
		if (jwk_kid(key)) {
			struct jwk *again = NULL;

			require(jwks_select(jwks, jwk_kid(key), alg, &again) == 0 && again == key);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jwks *jwks = NULL;
	struct jwk *jwk = NULL;
	json_t *json = NULL;

	if (jwks_parse(data, size, &jwks) == 0)
		use_set(jwks);
	jwks = jwks_free(jwks);
	if (json_parse(data, size, HTTP_BODY_MAX, JSON_ROOT_OBJECT | JSON_ROOT_ARRAY, &json) != 0)
		return 0;
	if (jwk_parse(json, &jwk) == 0)
		use_key(jwk);
	jwk = jwk_free(jwk);
	json_decref(json);
	return 0;
}
