/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that runs out, at the first allocation, at the second, and so on until everything fits:
 * ours, jansson's and OpenSSL's. The answer may be "no" or "the machine failed", never "yes" with
 * less than the whole, and nothing may be leaked or touched twice (the sanitizers say so).
 */
#include "tests/lib/test.h"

#include <openssl/crypto.h>

#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"
#include "tests/lib/starve.h"

#define PAYLOAD                                                                    \
	"{\"iss\":\"i\",\"sub\":\"alice\",\"aud\":\"c\",\"exp\":2000,\"iat\":900," \
	"\"groups\":[\"a\",\"b\"]}"

/* ---- OpenSSL's ---- */

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(size);
}

static void *crypto_realloc(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return starve_out() ? NULL : realloc(memory, size);
}

static void crypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

/* ---- the whole way of a token ---- */

/* True only when every step said yes; then all of it must be there. */
static bool whole_way(const char *set, const char *token)
{
	struct jws_policy policy = { .algs = JOSE_ALGS_ALL, .use = JWS_USE_ID_TOKEN };
	struct claims_policy claims_policy = CLAIMS_POLICY_NULL;
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	_cleanup_(flatten_freep) struct flatten *flat = NULL;
	_cleanup_(jws_done) struct jws jws = JWS_NULL;
	_cleanup_(token_claims_done) struct token_claims claims = TOKEN_CLAIMS_NULL;

	claims_policy.issuer = "i";
	claims_policy.client_id = "c";
	claims_policy.now = 1000;
	if (jwks_parse(set, strlen(set), &keys) != 0 ||
	    jws_verify(&policy, token, strlen(token), keys, &jws) != 0 ||
	    claims_check_id_token(&claims_policy, jws.payload, jws.payload_len, &claims) != 0 ||
	    flatten_claims(claims.json, NULL, &flat) != 0)
		return false;
	assert_int_equal(jwks_facts(keys)->n_keys, 1);
	assert_string_equal((const char *)jws.payload, PAYLOAD);
	assert_string_equal(claims.sub, "alice");
	assert_int_equal(flatten_count(flat), 7);
	return true;
}

static void test_no_memory_is_never_a_yes(void **state)
{
	static const enum jose_alg algs[] = { JOSE_RS256, JOSE_PS256, JOSE_ES256, JOSE_EDDSA };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(algs); i++) {
		_cleanup_free_ char *header =
			forge_printf("{\"alg\":\"%s\"}", jose_alg_facts(algs[i])->name);
		_cleanup_free_ char *set = forge_jwks(forge_key(algs[i]), "\"kid\":\"k\"");
		_cleanup_free_ char *good =
			forge_token(forge_key(algs[i]), algs[i], header, PAYLOAD);
		_cleanup_free_ char *bad =
			forge_token(forge_other_key(algs[i]), algs[i], header, PAYLOAD);
		unsigned long before = starve_failed;
		long n = 0;
		bool failed = true;

		assert_true(whole_way(set, good)); /* what OpenSSL keeps for ever is made now */
		for (; failed; n++) {
			unsigned long was = starve_failed;
			bool yes;

			starve_left = n;
			IGNORE(whole_way(set,
					 good)); /* a yes has asserted that all of it is there */
			starve_left = n;
			yes = whole_way(set, bad);
			starve_left = -1;
			assert_false(yes);
			failed = starve_failed > was;
			assert_true(n < 100000);
		}
		print_message("# %s: %lu allocations failed, at %ld places\n",
			      jose_alg_facts(algs[i])->name, starve_failed - before, n - 1);
		assert_true(n > 20);
		assert_true(whole_way(set, good));
		assert_false(whole_way(set, bad));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_no_memory_is_never_a_yes) };

	/* Before OpenSSL's first allocation. */
	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
		return 1;
	json_set_alloc_funcs(__wrap_malloc, free);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
