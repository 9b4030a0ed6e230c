/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gate beside libjwt: every token minted here is judged by both. Where both know the algorithm
 * they must agree, but for the differences of rows[], each of which is a reason why libjwt does not
 * decide in this project. What was judged is counted, and fewer than known of is a failure; a
 * libjwt that has become stricter is reported.
 */
#include "tests/lib/test.h"

#include <jwt.h>

#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define BAD_LEAST     629u /* broken tokens of six algorithms */
#define RANDOM_TOKENS 1200u
#define PAYLOAD       "{\"iss\":\"https://idp.example\",\"sub\":\"alice\",\"exp\":2000000000}"

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
	assert_true(n_good >= 6 && n_bad >= BAD_LEAST);
}

/* Random honest payloads and header members, and a random byte of each token changed to another of
 * the alphabet, its last character left alone for the same reason. */
static void test_both_agree_on_random_tokens(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	uint64_t seed = 0x9e3779b97f4a7c15u;
	unsigned n_yes = 0, n_no = 0;

	(void)state;
	for (unsigned i = 0; i < RANDOM_TOKENS; i++) {
		enum jose_alg alg = common_algs[i % ELEMENTSOF(common_algs)];
		EVP_PKEY *key = forge_key(alg);
		_cleanup_free_ char *set = forge_jwks(key, "\"kid\":\"k\"");
		_cleanup_free_ char *pem = forge_pem(key);
		_cleanup_free_ char *header = forge_printf(
			"{\"alg\":\"%s\",\"kid\":\"k\",\"x%llu\":%llu}", jose_alg_facts(alg)->name,
			(unsigned long long)(seed % 97), (unsigned long long)(seed % 1000));
		_cleanup_free_ char *payload =
			forge_printf("{\"sub\":\"%llx\",\"exp\":2000000000,\"a\":[%llu,null,{}]}",
				     (unsigned long long)seed, (unsigned long long)(seed % 7));
		_cleanup_free_ char *token = forge_token(key, alg, header, payload);
		bool a, b;
		size_t at;

		assert_true(ours(set, token) && theirs(pem, token));
		n_yes++;
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		at = (size_t)(seed % (strlen(token) - 1));
		if (token[at] == '.' || token[at + 1] == '.' || at < strlen(header) * 4 / 3 + 2)
			continue; /* a changed header may say anything: rows[] tells of those */
		token[at] =
			alphabet[(strchr(alphabet, token[at]) - alphabet + 1 + (int)(seed % 62)) %
				 64];
		a = ours(set, token);
		b = theirs(pem, token);
		if (a || b)
			fail_msg("%s: ours %d, libjwt %d", token, a, b);
		n_no++;
	}
	print_message("# agreed on %u random tokens, and on %u of them changed\n", n_yes, n_no);
	assert_true(n_yes == RANDOM_TOKENS && n_no >= RANDOM_TOKENS / 3);
}

static void test_the_known_differences(void **state)
{
	static const struct {
		const char *header;
		enum jose_alg signed_with;
		bool ours, theirs;
		const char *why; /* they differ, or NULL */
	} rows[] = {
		{ "{\"alg\":\"rs256\",\"typ\":\"JWT\"}", JOSE_RS256, false, true,
		  "libjwt compares the name without case" },
		{ "{\"alg\":\"none\",\"alg\":\"RS256\",\"typ\":\"JWT\"}", JOSE_RS256, false, true,
		  "of a member said twice libjwt takes the last" },
		{ "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"crit\":[\"x\"],\"x\":1}", JOSE_RS256, false,
		  true, "libjwt ignores an extension that must be understood" },
		{ "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"cty\":\"JWT\"}", JOSE_RS256, false, true,
		  "libjwt takes a nested token" },
		{ "{\"alg\":\"RS256\",\"typ\":5}", JOSE_RS256, false, true,
		  "libjwt ignores a member of the wrong type" },
		{ "{\"alg\":\"PS256\",\"typ\":\"JWT\"}", JOSE_PS256, true, false,
		  "libjwt 1 has no PSS" },
		{ "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", JOSE_EDDSA, true, false,
		  "libjwt 1 has no EdDSA" },
		{ "{\"typ\":\"JWT\"}", JOSE_RS256, false, false, NULL },
		{ "[]", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"none\"}", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"None\"}", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"NONE\"}", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"nOnE\"}", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"RS384\"}", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"ES256\"}", JOSE_RS256, false, false, NULL },
		{ "{\"alg\":\"RS256\"}", JOSE_ES256, false, false, NULL },
		{ "{\"alg\":\"RS256\"}", JOSE_RS256, true, true, NULL },
		{ "{\"alg\":\"ES256\",\"typ\":\"jwt\"}", JOSE_ES256, true, true, NULL },
	};
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		EVP_PKEY *key = forge_key(rows[i].signed_with);
		_cleanup_free_ char *set = forge_jwks(key, NULL);
		_cleanup_free_ char *pem = forge_pem(key);
		_cleanup_free_ char *token =
			forge_token(key, rows[i].signed_with, rows[i].header, PAYLOAD);
		bool a = ours(set, token), b = theirs(pem, token);

		assert_int_equal(rows[i].why != NULL, rows[i].ours != rows[i].theirs);
		if (a != rows[i].ours)
			fail_msg("%s: ours %d", rows[i].header, a);
		if (b != rows[i].theirs) /* another libjwt; the gate does not depend on it */
			print_message("# %s: libjwt now says %d\n", rows[i].header, b);
		else if (a != b)
			print_message("# difference %u: %s: ours %s, libjwt %s: %s\n", ++n,
				      rows[i].header, a ? "yes" : "no", b ? "yes" : "no",
				      rows[i].why);
	}
	print_message("# %zu headers judged, %u differences, each explained\n", ELEMENTSOF(rows),
		      n);
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

TEST_MAIN(TEST(test_both_agree_on_good_and_broken_tokens), TEST(test_both_agree_on_random_tokens),
	  TEST(test_the_known_differences), TEST(test_libjwt_takes_a_mac_made_with_the_public_key))
