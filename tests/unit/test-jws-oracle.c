/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gate beside libjwt: every token minted here is judged by both. Where both know the algorithm
 * they must agree, but for the differences listed in rows[], each of which is a reason why libjwt
 * does not decide in this project. A libjwt that has become stricter is reported, not failed.
 */
#include "tests/lib/test.h"

#include <jwt.h>

#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define PAYLOAD "{\"iss\":\"https://idp.example\",\"sub\":\"alice\",\"exp\":2000000000}"

static bool ours(const char *set, const char *token)
{
	struct jws_policy policy = { .algs = JOSE_ALGS_ALL, .use = JWS_USE_ID_TOKEN };
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	struct jws jws;
	int r;

	assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
	r = jws_verify(&policy, token, strlen(token), keys, &jws);
	assert_true(r >= 0);
	jws_done(&jws);
	return r == 0;
}

static bool theirs(const char *pem, const char *token)
{
	jwt_t *jwt = NULL;
	int r = jwt_decode(&jwt, token, (const unsigned char *)pem, (int)strlen(pem));

	jwt_free(jwt);
	return r == 0;
}

static const enum jose_alg common_algs[] = { JOSE_RS256, JOSE_RS384, JOSE_RS512,
					     JOSE_ES256, JOSE_ES384, JOSE_ES512 };

static void test_both_agree_on_good_and_broken_tokens(void **state)
{
	unsigned n_good = 0, n_bad = 0;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(common_algs); i++) {
		enum jose_alg alg = common_algs[i];
		_cleanup_free_ char *set = forge_jwks(forge_key(alg), NULL);
		_cleanup_free_ char *pem = forge_pem(forge_key(alg));
		_cleanup_free_ char *header =
			forge_printf("{\"alg\":\"%s\",\"typ\":\"JWT\"}", jose_alg_facts(alg)->name);
		_cleanup_free_ char *good = forge_token(forge_key(alg), alg, header, PAYLOAD);
		_cleanup_free_ char *strange =
			forge_token(forge_other_key(alg), alg, header, PAYLOAD);
		size_t len = strlen(good);

		assert_true(ours(set, good) && theirs(pem, good));
		assert_false(ours(set, strange) || theirs(pem, strange));
		n_good++;
		n_bad++;
		/* One character of the signature or payload changed to another of the alphabet. The
		 * last character is left out: libjwt ignores the bits that stand for nothing. */
		for (size_t at = strlen(header) * 4 / 3 + 3; at + 1 < len; at += 3) {
			char was = good[at];

			if (was == '.')
				continue;
			good[at] = was == 'A' ? 'B' : 'A';
			bool a = ours(set, good), b = theirs(pem, good);
			good[at] = was;
			if (a != b || a)
				fail_msg("%s, character %zu: ours %d, libjwt %d", header, at, a, b);
			n_bad++;
		}
	}
	print_message("# agreed on %u good and %u bad tokens\n", n_good, n_bad);
}

static void test_the_known_differences(void **state)
{
	static const struct {
		const char *header;
		enum jose_alg signed_with;
		bool ours, theirs;
	} rows[] = {
		/* libjwt compares the name without case */
		{ "{\"alg\":\"rs256\",\"typ\":\"JWT\"}", JOSE_RS256, false, true },
		/* a member twice: libjwt takes the last */
		{ "{\"alg\":\"none\",\"alg\":\"RS256\",\"typ\":\"JWT\"}", JOSE_RS256, false, true },
		/* an extension that must be understood */
		{ "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"crit\":[\"x\"],\"x\":1}", JOSE_RS256, false,
		  true },
		/* a nested token */
		{ "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"cty\":\"JWT\"}", JOSE_RS256, false, true },
		/* a member of the wrong type */
		{ "{\"alg\":\"RS256\",\"typ\":5}", JOSE_RS256, false, true },
		/* algorithms libjwt 1 does not have */
		{ "{\"alg\":\"PS256\",\"typ\":\"JWT\"}", JOSE_PS256, true, false },
		{ "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", JOSE_EDDSA, true, false },
		/* both refuse */
		{ "{\"typ\":\"JWT\"}", JOSE_RS256, false, false },
		{ "[]", JOSE_RS256, false, false },
		/* both accept */
		{ "{\"alg\":\"RS256\"}", JOSE_RS256, true, true },
		{ "{\"alg\":\"ES256\",\"typ\":\"jwt\"}", JOSE_ES256, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		EVP_PKEY *key = forge_key(rows[i].signed_with);
		_cleanup_free_ char *set = forge_jwks(key, NULL);
		_cleanup_free_ char *pem = forge_pem(key);
		_cleanup_free_ char *token =
			forge_token(key, rows[i].signed_with, rows[i].header, PAYLOAD);
		bool a = ours(set, token), b = theirs(pem, token);

		if (a != rows[i].ours)
			fail_msg("%s: ours %d", rows[i].header, a);
		if (b != rows[i].theirs) /* another libjwt; the gate does not depend on it */
			print_message("# %s: libjwt now says %d\n", rows[i].header, b);
	}
}

static void test_libjwt_takes_a_mac_made_with_the_public_key(void **state)
{
	EVP_PKEY *key = forge_key(JOSE_RS256);
	_cleanup_free_ char *set = forge_jwks(key, NULL);
	_cleanup_free_ char *pem = forge_pem(key);
	_cleanup_free_ char *forged = forge_hmac(pem, strlen(pem), "{\"alg\":\"HS256\"}", PAYLOAD);

	(void)state;
	assert_false(ours(set, forged));
	assert_true(
		theirs(pem, forged)); /* the reason for jws.c; should it ever fail, say so there */
}

TEST_MAIN(TEST(test_both_agree_on_good_and_broken_tokens), TEST(test_the_known_differences),
	  TEST(test_libjwt_takes_a_mac_made_with_the_public_key))
