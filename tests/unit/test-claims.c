/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/json.h"

#define NOW    1700000000
#define ISSUER "https://idp.example/realms/corp"
#define CLIENT "host-17"

/* The claims of a good token; a row of a test replaces, adds (value) or removes (NULL) one. */
static json_t *good_claims(void)
{
	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:I,s:s,s:[s,s]}", "iss", ISSUER, "sub",
			 "7f0d4f2a-6f3e", "aud", CLIENT, "exp", (json_int_t)NOW + 300, "iat",
			 (json_int_t)NOW - 5, "nonce", "n-0S6_WzA2Mj", "auth_time",
			 (json_int_t)NOW - 60, "acr", "2", "amr", "pwd", "otp");
}

static struct claims_policy good_policy(void)
{
	struct claims_policy policy = CLAIMS_POLICY_NULL;

	policy.issuer = ISSUER;
	policy.client_id = CLIENT;
	policy.nonce = "n-0S6_WzA2Mj";
	policy.alg = JOSE_RS256;
	policy.now = NOW;
	return policy;
}

static int check_text(const struct claims_policy *policy, const char *text)
{
	struct token_claims claims;
	int r = claims_check_id_token(policy, text, strlen(text), &claims);

	assert_true(r >= 0);
	assert_true((r == 0) == (claims.json != NULL));
	if (r != 0) { /* a word, a sentence, and nothing that could be used */
		assert_true(strlen(claims_reason(r)) > strlen("claims-"));
		assert_true(strlen(claims.reason) > 10);
		assert_null(claims.sub);
		assert_null(claims.iss);
		assert_int_equal(claims.exp, 0);
	}
	token_claims_done(&claims);
	return r;
}

/* Good claims with name replaced by the JSON in value ("" removes it). */
static int check_with(const struct claims_policy *policy, const char *name, const char *value)
{
	json_t *claims = good_claims();
	_cleanup_free_ char *text = NULL;

	if (*value == '\0') {
		assert_int_equal(json_object_del(claims, name), 0);
	} else {
		json_t *with = json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

		assert_non_null(with);
		assert_int_equal(json_object_set_new(claims, name, with), 0);
	}
	text = json_dumps(claims, 0);
	json_decref(claims);
	return check_text(policy, text);
}

static int check(const char *name, const char *value)
{
	struct claims_policy policy = good_policy();

	return check_with(&policy, name, value);
}

struct row {
	const char *name, *value;
	int outcome;
};

static void check_rows(const struct claims_policy *policy, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = check_with(policy, rows[i].name, rows[i].value);

		if (r != rows[i].outcome)
			fail_msg("%s = %s: %s, not %s", rows[i].name, rows[i].value,
				 r ? claims_reason(r) : "accepted",
				 rows[i].outcome ? claims_reason(rows[i].outcome) : "accepted");
	}
}

static void test_a_good_token_gives_its_facts(void **state)
{
	struct claims_policy policy = good_policy();
	struct token_claims claims;
	json_t *json = good_claims();
	_cleanup_free_ char *text = json_dumps(json, 0);

	(void)state;
	json_decref(json);
	assert_int_equal(claims_check_id_token(&policy, text, strlen(text), &claims), 0);
	assert_string_equal(claims.iss, ISSUER);
	assert_string_equal(claims.sub, "7f0d4f2a-6f3e");
	assert_string_equal(claims.acr, "2");
	assert_int_equal(json_array_size(claims.amr), 2);
	assert_int_equal(claims.auth_time, NOW - 60);
	assert_int_equal(claims.iat, NOW - 5);
	assert_int_equal(claims.exp, NOW + 300);
	assert_string_equal(claims.reason, "");
	token_claims_done(&claims);
	assert_null(claims.json);
}

static void test_the_issuer_is_compared_byte_for_byte(void **state)
{
	static const struct row rows[] = {
		{ "iss", "\"" ISSUER "\"", 0 },
		{ "iss", "\"" ISSUER "/\"", CLAIMS_E_ISSUER },
		{ "iss", "\"https://idp.example/realms/cor\"", CLAIMS_E_ISSUER },
		{ "iss", "\"https://IDP.example/realms/corp\"", CLAIMS_E_ISSUER },
		{ "iss", "\"http://idp.example/realms/corp\"", CLAIMS_E_ISSUER },
		{ "iss", "\"https://idp.example:443/realms/corp\"", CLAIMS_E_ISSUER },
		{ "iss", "\"https://idp.example/realms/./corp\"", CLAIMS_E_ISSUER },
		{ "iss", "\" " ISSUER "\"", CLAIMS_E_ISSUER },
		{ "iss", "\"\"", CLAIMS_E_ISSUER },
		{ "iss", "\"" ISSUER "\\u0000\"", CLAIMS_E_JSON },
		{ "iss", "", CLAIMS_E_ISSUER },
		{ "iss", "null", CLAIMS_E_SHAPE },
		{ "iss", "[\"" ISSUER "\"]", CLAIMS_E_SHAPE },
		{ "iss", "{}", CLAIMS_E_SHAPE },
		{ "iss", "0", CLAIMS_E_SHAPE },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	check_rows(&policy, rows, ELEMENTSOF(rows));
}

static void test_the_audience_must_be_us(void **state)
{
	static const struct row rows[] = {
		{ "aud", "\"" CLIENT "\"", 0 },
		{ "aud", "[\"" CLIENT "\"]", 0 },
		{ "aud", "\"host-1\"", CLAIMS_E_AUDIENCE },
		{ "aud", "\"host-177\"", CLAIMS_E_AUDIENCE },
		{ "aud", "\"HOST-17\"", CLAIMS_E_AUDIENCE },
		{ "aud", "\"host-17 \"", CLAIMS_E_AUDIENCE },
		{ "aud", "\"other host-17\"", CLAIMS_E_AUDIENCE },
		{ "aud", "\"\"", CLAIMS_E_AUDIENCE },
		{ "aud", "[]", CLAIMS_E_AUDIENCE },
		{ "aud", "[\"other\"]", CLAIMS_E_AUDIENCE },
		{ "aud", "", CLAIMS_E_AUDIENCE },
		{ "aud", "[\"" CLIENT "\",\"other\"]", CLAIMS_E_PARTY }, /* and no azp */
		{ "aud", "[\"" CLIENT "\",7]", CLAIMS_E_SHAPE },
		{ "aud", "[[\"" CLIENT "\"]]", CLAIMS_E_SHAPE },
		{ "aud", "{\"" CLIENT "\":1}", CLAIMS_E_SHAPE },
		{ "aud", "17", CLAIMS_E_SHAPE },
		{ "aud", "null", CLAIMS_E_SHAPE },
		{ "azp", "\"" CLIENT "\"", 0 },
		{ "azp", "\"host-18\"", CLAIMS_E_PARTY },
		{ "azp", "\"\"", CLAIMS_E_PARTY },
		{ "azp", "null", CLAIMS_E_SHAPE },
		{ "azp", "[\"" CLIENT "\"]", CLAIMS_E_SHAPE },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	check_rows(&policy, rows, ELEMENTSOF(rows));
}

static void test_several_audiences_need_a_party(void **state)
{
	struct claims_policy policy = good_policy();
	static const char *const parties[] = { "\"" CLIENT "\"", "\"other\"" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(parties); i++) {
		json_t *claims = good_claims();
		_cleanup_free_ char *text = NULL;

		IGNORE(json_object_set_new(claims, "aud", json_pack("[s,s]", "other", CLIENT)));
		IGNORE(json_object_set_new(claims, "azp",
					   json_loads(parties[i], JSON_DECODE_ANY, NULL)));
		text = json_dumps(claims, 0);
		json_decref(claims);
		assert_int_equal(check_text(&policy, text), i == 0 ? 0 : CLAIMS_E_PARTY);
	}
}

static void test_the_subject_is_short_printable_ascii(void **state)
{
	char longest[300], value[310];
	static const struct row rows[] = {
		{ "sub", "", CLAIMS_E_SUBJECT },
		{ "sub", "\"\"", CLAIMS_E_SUBJECT },
		{ "sub", "\"a\\nb\"", CLAIMS_E_SUBJECT },
		{ "sub", "\"caf\\u00e9\"", CLAIMS_E_SUBJECT },
		{ "sub", "\"a\\u007f\"", CLAIMS_E_SUBJECT },
		{ "sub", "\"a\\u0000\"", CLAIMS_E_JSON },
		{ "sub", "null", CLAIMS_E_SHAPE },
		{ "sub", "1000", CLAIMS_E_SHAPE },
		{ "sub", "\"a b\"", 0 },
		{ "sub", "\"auth0|17\"", 0 },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	check_rows(&policy, rows, ELEMENTSOF(rows));
	memset(longest, 'x', sizeof(longest));
	(void)snprintf(value, sizeof(value), "\"%.255s\"", longest);
	assert_int_equal(check("sub", value), 0);
	(void)snprintf(value, sizeof(value), "\"%.256s\"", longest);
	assert_int_equal(check("sub", value), CLAIMS_E_SHAPE);
	policy.subject = "7f0d4f2a-6f3e";
	assert_int_equal(check_with(&policy, "acr", "\"1\""), 0);
	policy.subject = "7f0d4f2a-6f3";
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_SOMEBODY);
}

static void test_times_have_our_leeway_and_no_more(void **state)
{
	static const struct row rows[] = {
		{ "exp", "1700000000", 0 }, /* now; 30 seconds of leeway */
		{ "exp", "1699999971", 0 },
		{ "exp", "1699999970", CLAIMS_E_EXPIRED },
		{ "exp", "0", CLAIMS_E_EXPIRED },
		{ "exp", "", CLAIMS_E_EXPIRED },
		{ "exp", "253402300799", 0 },
		{ "exp", "253402300800", CLAIMS_E_SHAPE },
		{ "exp", "1700000300000", CLAIMS_E_SHAPE }, /* milliseconds */
		{ "exp", "9223372036854775807", CLAIMS_E_SHAPE },
		{ "exp", "-1", CLAIMS_E_SHAPE },
		{ "exp", "1e300", CLAIMS_E_SHAPE },
		{ "exp", "1700000000.5", 0 },
		{ "exp", "\"1700000300\"", CLAIMS_E_SHAPE },
		{ "exp", "null", CLAIMS_E_SHAPE },
		{ "exp", "true", CLAIMS_E_SHAPE },
		{ "iat", "1700000030", 0 },
		{ "iat", "1700000031", CLAIMS_E_FUTURE },
		{ "iat", "", CLAIMS_E_FUTURE },
		{ "iat", "0", 0 },
		{ "iat", "\"1700000000\"", CLAIMS_E_SHAPE },
		{ "nbf", "1700000030", 0 },
		{ "nbf", "1700000031", CLAIMS_E_FUTURE },
		{ "nbf", "\"x\"", CLAIMS_E_SHAPE },
		{ "nbf", "null", CLAIMS_E_SHAPE },
		{ "auth_time", "1700000030", 0 },
		{ "auth_time", "1700000031", CLAIMS_E_FUTURE },
		{ "auth_time", "", 0 },
		{ "auth_time", "\"x\"", CLAIMS_E_SHAPE },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	check_rows(&policy, rows, ELEMENTSOF(rows));
	policy.leeway = 0;
	assert_int_equal(check_with(&policy, "exp", "1700000000"), CLAIMS_E_EXPIRED);
	assert_int_equal(check_with(&policy, "exp", "1700000001"), 0);
	assert_int_equal(check_with(&policy, "iat", "1700000001"), CLAIMS_E_FUTURE);
}

static void test_a_clock_a_day_off_refuses_with_a_hint(void **state)
{
	struct claims_policy policy = good_policy();
	struct token_claims claims;
	json_t *json = good_claims();
	_cleanup_free_ char *text = json_dumps(json, 0);

	(void)state;
	json_decref(json);
	policy.now = NOW - 86400;
	assert_int_equal(claims_check_id_token(&policy, text, strlen(text), &claims),
			 CLAIMS_E_FUTURE);
	assert_non_null(strstr(claims.reason, "clock"));
	token_claims_done(&claims);
	policy.now = NOW + 86400;
	assert_int_equal(check_text(&policy, text), CLAIMS_E_EXPIRED);
}

static void test_a_nonce_that_was_sent_comes_back(void **state)
{
	static const struct row rows[] = {
		{ "nonce", "", CLAIMS_E_NONCE },
		{ "nonce", "\"n-0S6_WzA2M\"", CLAIMS_E_NONCE },
		{ "nonce", "\"\"", CLAIMS_E_NONCE },
		{ "nonce", "\"n-0s6_wza2mj\"", CLAIMS_E_NONCE },
		{ "nonce", "[\"n-0S6_WzA2Mj\"]", CLAIMS_E_SHAPE },
		{ "nonce", "null", CLAIMS_E_SHAPE },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	check_rows(&policy, rows, ELEMENTSOF(rows));
	policy.nonce = NULL; /* the device flow sends none */
	assert_int_equal(check_with(&policy, "nonce", ""), 0);
	assert_int_equal(check_with(&policy, "nonce", "\"whatever\""), 0);
	assert_int_equal(check_with(&policy, "nonce", "5"), CLAIMS_E_SHAPE);
}

static void test_hashes_bind_the_tokens_that_came_along(void **state)
{
	static const char token[] = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
	static const char code[] = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
	static const struct row rows[] = {
		{ "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\"", 0 },
		{ "at_hash", "\"77QmUPtjPfzWtF2AnpK9RA\"", CLAIMS_E_HASH },
		{ "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ==\"", CLAIMS_E_HASH },
		{ "at_hash", "\"\"", CLAIMS_E_HASH },
		{ "at_hash", "5", CLAIMS_E_SHAPE },
		{ "at_hash", "null", CLAIMS_E_SHAPE },
		{ "c_hash", "\"LDktKdoQak3Pk0cnXxCltA\"", 0 },
		{ "c_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\"", CLAIMS_E_HASH },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	policy.access_token = token;
	policy.code = code;
	check_rows(&policy, rows, ELEMENTSOF(rows));
	assert_int_equal(check_with(&policy, "acr", "\"1\""), 0); /* optional */
	policy.code = NULL;
	policy.hash_required = true;
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_HASH);
	assert_int_equal(check_with(&policy, "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\""), 0);
	policy.alg = JOSE_RS512; /* the digest is the one of the token's algorithm */
	assert_int_equal(check_with(&policy, "at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\""),
			 CLAIMS_E_HASH);
}

static void test_hashes_of_published_examples(void **state)
{
	static const struct {
		enum jose_alg alg;
		const char *text, *hash;
	} rows[] = {
		{ JOSE_RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
		  "77QmUPtjPfzWtF2AnpK9RQ" },
		{ JOSE_ES256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
		  "77QmUPtjPfzWtF2AnpK9RQ" },
		{ JOSE_PS256, "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk",
		  "LDktKdoQak3Pk0cnXxCltA" },
	};
	char hash[CLAIMS_HASH_ROOM];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		assert_int_equal(claims_hash(rows[i].alg, rows[i].text, hash, sizeof(hash)), 0);
		assert_string_equal(hash, rows[i].hash);
	}
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++)
		assert_int_equal(claims_hash(alg, "x", hash, sizeof(hash)), 0);
	assert_true(claims_hash(JOSE_NO_ALG, "x", hash, sizeof(hash)) < 0);
}

static void test_max_age_is_kept(void **state)
{
	struct claims_policy policy = good_policy();

	(void)state;
	policy.max_age = 60;
	assert_int_equal(check_with(&policy, "auth_time", "1699999940"), 0);
	assert_int_equal(check_with(&policy, "auth_time", "1699999910"), 0); /* the leeway */
	assert_int_equal(check_with(&policy, "auth_time", "1699999909"), CLAIMS_E_AGE);
	assert_int_equal(check_with(&policy, "auth_time", "0"), CLAIMS_E_AGE);
	assert_int_equal(check_with(&policy, "auth_time", ""), CLAIMS_E_AGE);
	policy.max_age = 0; /* "log in now" is an age like any other */
	assert_int_equal(check_with(&policy, "auth_time", "1699999999"), 0);
	assert_int_equal(check_with(&policy, "auth_time", "1699999900"), CLAIMS_E_AGE);
}

static void test_methods_have_their_types(void **state)
{
	static const struct row rows[] = {
		{ "acr", "", 0 },
		{ "acr", "\"https://refeds.org/profile/mfa\"", 0 },
		{ "acr", "1", CLAIMS_E_SHAPE },
		{ "acr", "null", CLAIMS_E_SHAPE },
		{ "amr", "", 0 },
		{ "amr", "[]", 0 },
		{ "amr", "\"pwd\"", CLAIMS_E_SHAPE },
		{ "amr", "[\"pwd\",1]", CLAIMS_E_SHAPE },
		{ "amr", "null", CLAIMS_E_SHAPE },
		{ "amr", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", CLAIMS_E_SHAPE },
	};
	struct claims_policy policy = good_policy();

	(void)state;
	check_rows(&policy, rows, ELEMENTSOF(rows));
}

static void test_an_empty_policy_accepts_nothing(void **state)
{
	struct claims_policy zero = { .issuer = NULL }, policy = good_policy();

	(void)state;
	assert_int_equal(check_with(&zero, "acr", "\"1\""), CLAIMS_E_POLICY);
	policy.issuer = "";
	assert_int_equal(check_with(&policy, "iss", "\"\""), CLAIMS_E_POLICY);
	policy = good_policy();
	policy.client_id = NULL;
	assert_int_equal(check_with(&policy, "aud", "\"\""), CLAIMS_E_POLICY);
	policy = good_policy();
	policy.now = 0;
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_POLICY);
	policy = good_policy();
	policy.leeway = 301;
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_POLICY);
	policy.leeway = TOKEN_LEEWAY_SEC;
	policy.max_age = -2;
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_POLICY);
	policy.max_age = INT64_MAX;
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_POLICY);
	policy.max_age = CLAIMS_NO_MAX_AGE;
	policy.leeway = -1;
	assert_int_equal(check_with(&policy, "acr", "\"1\""), CLAIMS_E_POLICY);
}

static void test_what_is_not_one_object_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "[]", "null", "\"x\"", "{", "{}x", "{\"iss\":1,\"iss\":2}", "\xff", "foo",
	};
	struct claims_policy policy = good_policy();

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		assert_int_equal(check_text(&policy, texts[i]), CLAIMS_E_JSON);
	assert_int_equal(check_text(&policy, "{}"), CLAIMS_E_ISSUER);
}

static void test_a_reason_never_drives_a_terminal(void **state)
{
	struct claims_policy policy = good_policy();
	static const char text[] = "{\"iss\":\"\\u001b[2J\\n\\u202e evil\"}";
	struct token_claims claims;

	(void)state;
	assert_int_equal(claims_check_id_token(&policy, text, strlen(text), &claims),
			 CLAIMS_E_ISSUER);
	for (const char *at = claims.reason; *at; at++)
		assert_in_range(*at, ' ', '~');
	token_claims_done(&claims);
}

/* Name replaced by the JSON in value in what userinfo says when it is signed. */
static int check_userinfo(const struct claims_policy *policy, const char *name, const char *value)
{
	json_t *json = json_pack("{s:s,s:s,s:s,s:s}", "iss", ISSUER, "aud", CLIENT, "sub", "u-1",
				 "name", "Alice");
	_cleanup_free_ char *text = NULL;
	struct token_claims claims;
	int r;

	if (!*value)
		IGNORE(json_object_del(json, name));
	else
		assert_int_equal(
			json_object_set_new(json, name, json_loads(value, JSON_DECODE_ANY, NULL)),
			0);
	text = json_dumps(json, 0);
	json_decref(json);
	r = claims_check_userinfo(policy, text, strlen(text), &claims);
	assert_int_equal(r == 0, claims.json != NULL);
	assert_int_equal(r == 0, *claims.reason == '\0');
	token_claims_done(&claims);
	return r;
}

static void test_signed_userinfo_is_for_us_and_of_now(void **state)
{
	static const struct row rows[] = {
		{ "name", "\"Bob\"", 0 },
		{ "iss", "", CLAIMS_E_ISSUER },
		{ "iss", "\"" ISSUER "/\"", CLAIMS_E_ISSUER },
		{ "iss", "[\"" ISSUER "\"]", CLAIMS_E_SHAPE },
		{ "aud", "", CLAIMS_E_AUDIENCE },
		{ "aud", "\"other\"", CLAIMS_E_AUDIENCE },
		{ "aud", "[\"" CLIENT "\"]", 0 },
		{ "aud", "[\"" CLIENT "\",\"other\"]", CLAIMS_E_PARTY },
		{ "sub", "", CLAIMS_E_SUBJECT },
		{ "sub", "\"\"", CLAIMS_E_SUBJECT },
		{ "sub", "7", CLAIMS_E_SHAPE },
		{ "sub", "\"u-2\"", CLAIMS_E_SOMEBODY },
		{ "sub", "\"U-1\"", CLAIMS_E_SOMEBODY },
		{ "exp", "1700000300", 0 },
		{ "exp", "1699999971", 0 },
		{ "exp", "1699999970", CLAIMS_E_EXPIRED },
		{ "exp", "\"1700000300\"", CLAIMS_E_SHAPE },
		{ "exp", "null", CLAIMS_E_SHAPE },
		{ "iat", "1700000030", 0 },
		{ "iat", "1700000031", CLAIMS_E_FUTURE },
		{ "nbf", "1700000031", CLAIMS_E_FUTURE },
		{ "nbf", "-1", CLAIMS_E_SHAPE },
		{ "nonce", "\"x\"", 0 },
	};
	struct claims_policy policy = good_policy();
	struct claims_policy empty = CLAIMS_POLICY_NULL;

	(void)state;
	policy.subject = "u-1";
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = check_userinfo(&policy, rows[i].name, rows[i].value);

		if (r != rows[i].outcome)
			fail_msg("%s = %s: %s", rows[i].name, rows[i].value,
				 r ? claims_reason(r) : "accepted");
	}
	policy.subject = NULL;
	assert_int_equal(check_userinfo(&policy, "sub", "\"u-2\""), 0);
	assert_int_equal(check_userinfo(&empty, "name", "\"Bob\""), CLAIMS_E_POLICY);
}

TEST_MAIN(TEST(test_a_good_token_gives_its_facts), TEST(test_the_issuer_is_compared_byte_for_byte),
	  TEST(test_the_audience_must_be_us), TEST(test_several_audiences_need_a_party),
	  TEST(test_the_subject_is_short_printable_ascii),
	  TEST(test_times_have_our_leeway_and_no_more),
	  TEST(test_a_clock_a_day_off_refuses_with_a_hint),
	  TEST(test_a_nonce_that_was_sent_comes_back),
	  TEST(test_hashes_bind_the_tokens_that_came_along),
	  TEST(test_hashes_of_published_examples), TEST(test_max_age_is_kept),
	  TEST(test_methods_have_their_types), TEST(test_an_empty_policy_accepts_nothing),
	  TEST(test_what_is_not_one_object_is_refused),
	  TEST(test_signed_userinfo_is_for_us_and_of_now),
	  TEST(test_a_reason_never_drives_a_terminal))
