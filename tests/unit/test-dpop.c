/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/dpop.h"

#include "common/secret.h"
#include "idp-agentd/net/http.h"
#include "tests/lib/test.h"

/* RFC 9449 section 7.1: the token of figure 12 and the ath of figure 13. */
static void test_the_hash_is_the_one_of_the_rfc(void **state)
{
	static const char text[] = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
	_cleanup_(secret_freep) struct secret *token = secret_new(text, strlen(text));
	char ath[DPOP_ATH_LEN + 1];

	(void)state;
	assert_non_null(token);
	assert_int_equal(dpop_hash(token, ath), 0);
	assert_string_equal(ath, "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

static void test_the_target_has_no_query(void **state)
{
	static const char *const rows[][2] = {
		{ "https://a.example/token", "https://a.example/token" },
		{ "https://a.example/scim/Users?startIndex=1&filter=x?y",
		  "https://a.example/scim/Users" },
		{ "https://a.example?x", "https://a.example" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct buf out;

		buf_init(&out, 2048);
		dpop_put_target(&out, rows[i][0]);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal((const char *)out.data, rows[i][1]);
		buf_done(&out);
	}
}

static void learn(struct dpop_nonces *nonces, const char *url, const char *nonce)
{
	const struct http_answer answer = { .status = 200, .dpop_nonce = nonce };

	dpop_learn(nonces, url, &answer);
}

static void test_a_nonce_is_its_origins(void **state)
{
	_cleanup_(dpop_nonces_freep) struct dpop_nonces *nonces = NULL;

	(void)state;
	assert_int_equal(dpop_nonces_new(&nonces), 0);
	assert_string_equal(dpop_nonce(nonces, "https://a.example/token"), "");
	learn(nonces, "https://a.example/token", "one");
	learn(nonces, "https://a.example:8443/token", "two");
	assert_string_equal(dpop_nonce(nonces, "https://a.example/me?x=1"), "one");
	assert_string_equal(dpop_nonce(nonces, "https://A.EXAMPLE:443/"), "one");
	assert_string_equal(dpop_nonce(nonces, "https://a.example:8443/x"), "two");
	assert_string_equal(dpop_nonce(nonces, "https://b.example/"), "");
	learn(nonces, "https://a.example/other", "three");
	assert_string_equal(dpop_nonce(nonces, "https://a.example/token"), "three");
	learn(nonces, "https://a.example/other", NULL);
	assert_string_equal(dpop_nonce(nonces, "https://a.example/token"), "three");
}

static void test_what_is_no_nonce_is_not_kept(void **state)
{
	static char most[DPOP_NONCE_MAX + 2];
	static const char *const bad[] = { "",     "two words",   "a\"b", "a\\b",
					   "a\tb", "caf\xc3\xa9", "\x7f" };
	_cleanup_(dpop_nonces_freep) struct dpop_nonces *nonces = NULL;
	const char *url = "https://a.example/";

	(void)state;
	assert_int_equal(dpop_nonces_new(&nonces), 0);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		learn(nonces, url, bad[i]);
		assert_string_equal(dpop_nonce(nonces, url), "");
	}
	memset(most, 'n', DPOP_NONCE_MAX + 1);
	learn(nonces, url, most);
	assert_string_equal(dpop_nonce(nonces, url), "");
	most[DPOP_NONCE_MAX] = '\0';
	learn(nonces, url, most);
	assert_string_equal(dpop_nonce(nonces, url), most);
}

static void test_the_oldest_origin_goes_first(void **state)
{
	_cleanup_(dpop_nonces_freep) struct dpop_nonces *nonces = NULL;
	char url[64];

	(void)state;
	assert_int_equal(dpop_nonces_new(&nonces), 0);
	for (unsigned i = 0; i <= DPOP_ORIGINS_MAX; i++) {
		(void)snprintf(url, sizeof(url), "https://h%u.example/", i);
		learn(nonces, url, "n");
	}
	assert_string_equal(dpop_nonce(nonces, "https://h0.example/"), "");
	assert_string_equal(dpop_nonce(nonces, "https://h1.example/"), "n");
	assert_string_equal(dpop_nonce(nonces, url), "n");
}

static void test_when_to_ask_once_more(void **state)
{
	static const struct {
		enum http_error error;
		unsigned status;
		const char *nonce, *challenge, *body;
		bool again;
	} rows[] = {
		{ HTTP_OK, 400, "n", NULL, "{\"error\":\"use_dpop_nonce\"}", true },
		{ HTTP_OK, 401, "n", "DPoP error=\"use_dpop_nonce\"", "", true },
		{ HTTP_OK, 401, "n", "Bearer, DPoP error=\"use_dpop_nonce\", algs=\"ES256\"", "",
		  true },
		{ HTTP_OK, 400, NULL, NULL, "{\"error\":\"use_dpop_nonce\"}", false },
		{ HTTP_OK, 400, "a b", NULL, "{\"error\":\"use_dpop_nonce\"}", false },
		{ HTTP_OK, 400, "n", NULL, "{\"error\":\"invalid_dpop_proof\"}", false },
		{ HTTP_OK, 400, "n", NULL, "{\"error\":\"authorization_pending\"}", false },
		{ HTTP_OK, 400, "n", NULL, "use_dpop_nonce", false },
		{ HTTP_OK, 401, "n", "DPoP error=\"invalid_token\"", "", false },
		{ HTTP_OK, 200, "n", NULL, "{\"error\":\"use_dpop_nonce\"}", false },
		{ HTTP_OK, 500, "n", "DPoP error=\"use_dpop_nonce\"", "", false },
		{ HTTP_E_TRUNCATED, 400, "n", "DPoP error=\"use_dpop_nonce\"", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct http_answer answer = {
			.error = rows[i].error,
			.status = rows[i].status,
			.dpop_nonce = rows[i].nonce,
			.challenge = rows[i].challenge,
			.body = rows[i].body,
			.body_len = strlen(rows[i].body),
		};

		if (dpop_wants_nonce(&answer) != rows[i].again)
			fail_msg("row %zu", i);
	}
}

TEST_MAIN(TEST(test_the_hash_is_the_one_of_the_rfc), TEST(test_the_target_has_no_query),
	  TEST(test_a_nonce_is_its_origins), TEST(test_what_is_no_nonce_is_not_kept),
	  TEST(test_the_oldest_origin_goes_first), TEST(test_when_to_ask_once_more))
