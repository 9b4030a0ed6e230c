/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gate against what others wrote: Wycheproof's JSON web signatures, and the examples of RFC
 * 7515, 7520 and 8037. jws.c is included as source: half of Wycheproof's cases are signed with
 * HMAC, which the product refuses, and are fed to the same gate (three parts, base64url, header)
 * here with a check of the MAC behind it.
 */
#include "tests/lib/test.h"

#include <dirent.h>
#include <jansson.h>
#include <openssl/hmac.h>

#include "idp-agentd/net/jws.c" // NOLINT(bugprone-suspicious-include)

#define WYCHEPROOF_CASES 401u

static json_t *load(const char *name)
{
	char path[4400];
	json_error_t error;
	json_t *value = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", test_vectors(), name);
	value = json_load_file(path, 0, &error);
	if (!value)
		fail_msg("%s: %s", path, error.text);
	return value;
}

/* A set of the one key, without the private members Wycheproof prints beside it. */
static int set_of(const json_t *jwk, struct jwks **ret_jwks)
{
	static const char *const private[] = { "d", "p", "q", "dp", "dq", "qi" };
	json_t *copy = json_deep_copy(jwk), *root = NULL;
	char *text = NULL;
	int r;

	for (size_t i = 0; i < ELEMENTSOF(private); i++)
		IGNORE(json_object_del(copy, private[i]));
	root = json_pack("{s:[o]}", "keys", copy);
	text = json_dumps(root, 0);
	assert_non_null(text);
	r = jwks_parse(text, strlen(text), ret_jwks);
	free(text);
	json_decref(root);
	return r;
}

static int verify_with(const json_t *jwk, const char *token)
{
	struct jws_policy policy = { .algs = JOSE_ALGS_ALL, .use = JWS_USE_ID_TOKEN };
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	struct jws jws;
	int r;

	assert_int_equal(set_of(jwk, &keys), 0);
	r = jws_verify(&policy, token, strlen(token), keys, &jws);
	assert_true(r >= 0);
	assert_true((r == 0) == (jws.payload != NULL));
	jws_done(&jws);
	return r;
}

/* ---- the gate with a MAC behind it ---- */

static const EVP_MD *hmac_digest(const char *alg)
{
	if (alg && strcmp(alg, "HS256") == 0)
		return EVP_sha256();
	if (alg && strcmp(alg, "HS384") == 0)
		return EVP_sha384();
	if (alg && strcmp(alg, "HS512") == 0)
		return EVP_sha512();
	return NULL;
}

/* split(), decode() and json_parse() are the product's; only the MAC is the test's. */
static bool mac_is_good(const json_t *jwk, const char *token)
{
	_cleanup_free_ uint8_t *header_bytes = NULL, *payload = NULL, *mac = NULL, *key = NULL;
	_cleanup_(json_release_p) json_t *header = NULL;
	struct part parts[3];
	size_t header_len = 0, payload_len = 0, mac_len = 0, key_len = 0;
	const char *k = json_string_value(json_object_get(jwk, "k")), *alg = NULL;
	struct part k_part = { k, strlen(k) };
	uint8_t wanted[EVP_MAX_MD_SIZE];
	unsigned wanted_len = 0;

	if (split(token, strlen(token), parts) != 0 ||
	    decode(&parts[0], &header_bytes, &header_len) != 0 ||
	    decode(&parts[1], &payload, &payload_len) != 0 ||
	    decode(&parts[2], &mac, &mac_len) != 0 || decode(&k_part, &key, &key_len) != 0 ||
	    json_parse(header_bytes, header_len, JWS_LEN_MAX, JSON_ROOT_OBJECT, &header) != 0)
		return false;
	alg = json_text(json_object_get(header, "alg"), 16);
	if (!alg || json_object_get(header, "crit") ||
	    strcmp(alg, json_string_value(json_object_get(jwk, "alg"))) != 0 || !hmac_digest(alg))
		return false;
	assert_non_null(HMAC(hmac_digest(alg), key, (int)key_len, (const uint8_t *)parts[0].text,
			     parts[0].len + 1 + parts[1].len, wanted, &wanted_len));
	return secret_equal(wanted, wanted_len, mac, mac_len);
}

/* ---- Wycheproof ---- */

static bool is_documented(json_int_t id)
{
	/*
	 * 346 347 350 351: the key's own alg contradicts the header's; we refuse.
	 * 372 373: a character outside base64url that a lax decoder skips; we refuse.
	 * 367 370: called invalid, but the token is byte for byte that of a valid case.
	 */
	static const json_int_t ids[] = { 346, 347, 350, 351, 367, 370, 372, 373 };

	for (size_t i = 0; i < ELEMENTSOF(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

struct tally {
	unsigned n_cases, n_mac, n_documented, n_wrong;
};

static void judge_case(const json_t *jwk, const json_t *one, struct tally *tally)
{
	const char *token = json_string_value(json_object_get(one, "jws"));
	const char *result = json_string_value(json_object_get(one, "result"));
	json_int_t id = json_integer_value(json_object_get(one, "tcId"));
	bool symmetric = json_object_get(jwk, "k") != NULL, good = false;
	int r;

	tally->n_cases++;
	assert_non_null(result);
	if (!token) { /* JSON serialization, as an object: not a text at all */
		assert_string_equal(result, "invalid");
		return;
	}
	r = verify_with(jwk, token);
	good = r == 0;
	if (symmetric) {
		tally->n_mac++;
		assert_int_not_equal(r, 0); /* the product never takes a MAC */
		good = mac_is_good(jwk, token);
	}
	if (good == (strcmp(result, "valid") == 0))
		return;
	if (is_documented(id)) {
		tally->n_documented++;
		return;
	}
	tally->n_wrong++;
	print_message("# case %lld (%s): expected %s, got %s\n", (long long)id,
		      json_string_value(json_object_get(one, "comment")), result,
		      good ? "valid" : jws_reason(r));
}

static void test_wycheproof_differs_in_the_eight_documented_cases_only(void **state)
{
	struct tally tally = { 0 };
	json_t *root = NULL, *group = NULL, *one = NULL;
	size_t i, j;

	(void)state;
	if (!test_vectors())
		skip();
	root = load("wycheproof/json_web_signature_test.json");
	json_array_foreach(json_object_get(root, "testGroups"), i, group)
	{
		const json_t *jwk = json_object_get(group, "public");

		if (!jwk)
			jwk = json_object_get(group, "private");
		json_array_foreach(json_object_get(group, "tests"), j, one)
			judge_case(jwk, one, &tally);
	}
	print_message("# %u cases, %u of them MACs, %u documented deviations\n", tally.n_cases,
		      tally.n_mac, tally.n_documented);
	assert_true(tally.n_cases >= WYCHEPROOF_CASES);
	assert_int_equal(tally.n_wrong, 0);
	assert_int_equal(tally.n_documented, 8);
	json_decref(root);
}

/* ---- RFC 7515, 7520, 8037 ---- */

static char *load_text(const char *name)
{
	char path[4400], *text = calloc(1, 65536);
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", test_vectors(), name);
	FILE *file = fopen(path, "re");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	n = fread(text, 1, 65535, file);
	(void)fclose(file);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		text[--n] = '\0';
	return text;
}

static void test_the_rfc_examples_verify_and_the_rest_is_refused(void **state)
{
	static const struct {
		const char *jwk, *jws;
		int outcome;
	} rows[] = {
		{ "rfc7515_A.1.jwk", "rfc7515_A.1.jwsc", JWS_E_ALG },   /* HS256 */
		{ "rfc7515_A.2.jwk", "rfc7515_A.2.jwsc", 0 },           /* RS256 */
		{ "rfc7515_A.3.jwk", "rfc7515_A.3.jwsc", 0 },           /* ES256 */
		{ "rfc7515_A.4.jwk", "rfc7515_A.4.jwsc", 0 },           /* ES512 */
		{ "rfc7515_A.2.jwk", "rfc7515_A.5.jwsc", JWS_E_SHAPE }, /* none: no third part */
		{ "rfc7515_A.2.jwk", "rfc7515_A.6.jwsg", JWS_E_SHAPE }, /* general JSON */
		{ "rfc7515_A.2.jwk", "rfc7515_A.7.jwsf", JWS_E_SHAPE }, /* flattened JSON */
		{ "rfc7520_3.4.jwk", "rfc7520_4.1.jwsc", 0 },           /* RS256 */
		{ "rfc7520_3.4.jwk", "rfc7520_4.2.jwsc", 0 },           /* PS384 */
		{ "rfc7520_3.2.jwk", "rfc7520_4.3.jwsc", 0 },           /* ES512 */
		{ "rfc7520_3.5.jwk", "rfc7520_4.4.jwsc", JWS_E_ALG },   /* HS256 */
		{ "rfc7520_3.4.jwk", "rfc7520_4.1.jwsg", JWS_E_SHAPE },
		{ "rfc7520_3.4.jwk", "rfc7520_4.2.jwsf", JWS_E_SHAPE },
		{ "rfc7520_3.5.jwk", "rfc7520_4.5.jwsc", JWS_E_ALG },   /* detached, HS256 */
		{ "rfc7520_3.4.jwk", "rfc7520_4.8.jwsg", JWS_E_SHAPE }, /* three signatures */
	};

	(void)state;
	if (!test_vectors())
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char path[128];
		_cleanup_free_ char *token = NULL;
		json_t *jwk = NULL;

		(void)snprintf(path, sizeof(path), "jose-raw/%s", rows[i].jws);
		token = load_text(path);
		(void)snprintf(path, sizeof(path), "jose-raw/%s", rows[i].jwk);
		jwk = load(path);
		int r = verify_with(jwk, token);
		if (r != rows[i].outcome &&
		    !(rows[i].outcome == JWS_E_SHAPE && r == JWS_E_ENCODING))
			fail_msg("%s: %s", rows[i].jws, r ? jws_reason(r) : "verified");
		json_decref(jwk);
	}
}

static void test_rfc8037_ed25519_verifies(void **state)
{
	json_t *root = NULL, *jwk = NULL;
	const char *token = NULL;

	(void)state;
	if (!test_vectors())
		skip();
	root = load("rfc7520-cookbook/curve25519/jws.json");
	jwk = json_object_get(json_object_get(root, "input"), "key");
	token = json_string_value(json_object_get(json_object_get(root, "output"), "compact"));
	assert_non_null(jwk);
	assert_non_null(token);
	assert_int_equal(verify_with(jwk, token), 0);
	json_decref(root);
}

TEST_MAIN(TEST(test_wycheproof_differs_in_the_eight_documented_cases_only),
	  TEST(test_the_rfc_examples_verify_and_the_rest_is_refused),
	  TEST(test_rfc8037_ed25519_verifies))
