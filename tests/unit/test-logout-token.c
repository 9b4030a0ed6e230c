/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logout tokens, claim by claim, as Back-Channel Logout 1.0 has them and as an attacker would. */
#include "tests/lib/test.h"

#include "idp-agentd/net/json.h"
#include "idp-agentd/net/logout-token.h"

#define NOW    1700000000
#define ISSUER "https://idp.example/realms/corp"
#define CLIENT "host-17"
#define EVENT  "http://schemas.openid.net/event/backchannel-logout"
#define EVENTS "{\"" EVENT "\":{}}"

/* The claims of a good token; a row of a test replaces, adds (value) or removes ("") one. */
#define TOKEN                                                                                     \
	"{\"iss\":\"" ISSUER "\",\"sub\":\"7f0d4f2a\",\"aud\":\"" CLIENT "\",\"iat\":1699999995," \
	"\"exp\":1700000115,\"jti\":\"bWJq\",\"sid\":\"08a5019c\",\"events\":" EVENTS "}"

static const struct logout_policy good_policy = {
	.issuer = ISSUER,
	.client_id = CLIENT,
	.now = NOW,
	.leeway = 30,
};

static int judge_text(const struct logout_policy *policy, const char *text,
		      struct logout_claims *claims)
{
	int r = logout_token_check(policy, text, strlen(text), claims);

	assert_true(r >= 0);
	assert_true((r == 0) == (claims->json != NULL));
	assert_true((r == 0) == (claims->reason[0] == '\0'));
	if (r != 0) { /* a word, a sentence, and nothing that could be used */
		assert_true(strlen(logout_reason(r)) > strlen("logout-"));
		assert_true(strlen(claims->reason) > 10);
		assert_null(claims->iss);
		assert_null(claims->sub);
		assert_null(claims->sid);
		assert_null(claims->jti);
	}
	return r;
}

/* The good token with name replaced by the JSON in value. */
static char *with(const char *name, const char *value)
{
	json_t *claims = json_loads(TOKEN, 0, NULL);
	char *text;

	assert_non_null(claims);
	if (*value)
		assert_int_equal(json_object_set_new(
					 claims, name,
					 json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)),
				 0);
	else
		assert_int_equal(json_object_del(claims, name), 0);
	text = json_dumps(claims, 0);
	json_decref(claims);
	assert_non_null(text);
	return text;
}

static void expect(const struct logout_policy *policy, const char *text, int outcome)
{
	struct logout_claims claims;
	int r = judge_text(policy, text, &claims);

	if (r != outcome)
		fail_msg("%s: %s (%s), not %s", text, r ? logout_reason(r) : "accepted",
			 claims.reason, outcome ? logout_reason(outcome) : "accepted");
	logout_claims_done(&claims);
	assert_null(claims.json);
}

static void test_a_good_token_gives_its_facts(void **state)
{
	struct logout_claims claims;

	(void)state;
	assert_int_equal(judge_text(&good_policy, TOKEN, &claims), 0);
	assert_string_equal(claims.iss, ISSUER);
	assert_string_equal(claims.sub, "7f0d4f2a");
	assert_string_equal(claims.sid, "08a5019c");
	assert_string_equal(claims.jti, "bWJq");
	assert_int_equal(claims.exp, NOW + 115);
	logout_claims_done(&claims);
}

/* Section 2.4, as printed there. */
static void test_the_published_example_is_taken(void **state)
{
	static const char token[] =
		"{\"iss\":\"https://server.example.com\",\"sub\":\"248289761001\","
		"\"aud\":\"s6BhdRkqt3\",\"iat\":1471566154,\"exp\":1471569754,\"jti\":\"bWJq\","
		"\"sid\":\"08a5019c-17e1-4977-8f42-65a12843ea02\",\"events\":{\"" EVENT "\":{}}}";
	const struct logout_policy policy = {
		.issuer = "https://server.example.com",
		.client_id = "s6BhdRkqt3",
		.now = 1471566160,
		.leeway = 30,
	};

	(void)state;
	expect(&policy, token, 0);
}

struct row {
	const char *name, *value;
	int outcome;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = with(rows[i].name, rows[i].value);

		expect(&good_policy, text, rows[i].outcome);
	}
}

static void test_whom_it_is_from_and_for(void **state)
{
	static const struct row rows[] = {
		{ "iss", "", LOGOUT_E_ISSUER },
		{ "iss", "\"https://evil.example\"", LOGOUT_E_ISSUER },
		{ "iss", "\"" ISSUER "/\"", LOGOUT_E_ISSUER },
		{ "iss", "[\"" ISSUER "\"]", LOGOUT_E_SHAPE },
		{ "aud", "", LOGOUT_E_AUDIENCE },
		{ "aud", "\"host-18\"", LOGOUT_E_AUDIENCE },
		{ "aud", "\"HOST-17\"", LOGOUT_E_AUDIENCE },
		{ "aud", "[]", LOGOUT_E_AUDIENCE },
		{ "aud", "[\"" CLIENT "\"]", 0 },
		{ "aud", "[\"x\",\"y\"]", LOGOUT_E_AUDIENCE },
		{ "aud", "[\"x\",\"" CLIENT "\"]", LOGOUT_E_PARTY },
		{ "aud", "[\"" CLIENT "\",7]", LOGOUT_E_SHAPE },
		{ "aud", "7", LOGOUT_E_SHAPE },
		{ "aud", "null", LOGOUT_E_SHAPE },
		{ "azp", "\"" CLIENT "\"", 0 },
		{ "azp", "\"x\"", LOGOUT_E_PARTY },
		{ "azp", "7", LOGOUT_E_SHAPE },
	};

	(void)state;
	check_rows(rows, ELEMENTSOF(rows));
}

static void test_when(void **state)
{
	static const struct row rows[] = {
		{ "exp", "", LOGOUT_E_EXPIRED },
		{ "exp", "1", LOGOUT_E_EXPIRED },
		{ "exp", "1699999970", LOGOUT_E_EXPIRED }, /* our leeway and no more */
		{ "exp", "1699999971", 0 },
		{ "exp", "1700086400", 0 },
		{ "exp", "1700086401", LOGOUT_E_LIFE },
		{ "exp", "\"1700000115\"", LOGOUT_E_SHAPE },
		{ "exp", "1e300", LOGOUT_E_SHAPE },
		{ "exp", "1700000115000", LOGOUT_E_SHAPE },
		{ "iat", "", LOGOUT_E_FUTURE },
		{ "iat", "1700000030", 0 },
		{ "iat", "1700000031", LOGOUT_E_FUTURE },
		{ "iat", "true", LOGOUT_E_SHAPE },
		{ "nbf", "1700000031", LOGOUT_E_FUTURE },
		{ "nbf", "1699999000", 0 },
		{ "nbf", "null", LOGOUT_E_SHAPE },
	};

	(void)state;
	check_rows(rows, ELEMENTSOF(rows));
}

static void test_it_declares_a_logout_and_nothing_else_does(void **state)
{
	static const struct row rows[] = {
		{ "events", "", LOGOUT_E_EVENT },
		{ "events", "null", LOGOUT_E_EVENT },
		{ "events", "\"" EVENT "\"", LOGOUT_E_EVENT },
		{ "events", "[\"" EVENT "\"]", LOGOUT_E_EVENT },
		{ "events", "{}", LOGOUT_E_EVENT },
		{ "events", "{\"" EVENT "\":null}", LOGOUT_E_EVENT },
		{ "events", "{\"" EVENT "\":true}", LOGOUT_E_EVENT },
		{ "events", "{\"" EVENT "\":[]}", LOGOUT_E_EVENT },
		{ "events", "{\"" EVENT "\":\"{}\"}", LOGOUT_E_EVENT },
		{ "events", "{\"" EVENT "/\":{}}", LOGOUT_E_EVENT },
		{ "events", "{\"https://schemas.openid.net/event/backchannel-logout\":{}}",
		  LOGOUT_E_EVENT },
		{ "events", "{\"" EVENT "\":{\"x\":1}}", 0 },
		{ "events", "{\"x\":{},\"" EVENT "\":{}}", 0 },
		{ "nonce", "\"n\"", LOGOUT_E_NONCE },
		{ "nonce", "\"\"", LOGOUT_E_NONCE },
		{ "nonce", "null", LOGOUT_E_NONCE },
		{ "nonce", "7", LOGOUT_E_NONCE },
		{ "what", "\"else\"", 0 }, /* section 2.4: what is not understood is ignored */
	};

	(void)state;
	check_rows(rows, ELEMENTSOF(rows));
}

static void test_whose_sessions(void **state)
{
	static const struct row rows[] = {
		{ "sub", "", 0 },
		{ "sid", "", 0 },
		{ "sub", "\"\"", LOGOUT_E_SUBJECT },
		{ "sub", "\"a\\u0001\"", LOGOUT_E_SUBJECT },
		{ "sub", "\"\\u00e4\"", LOGOUT_E_SUBJECT },
		{ "sub", "7", LOGOUT_E_SHAPE },
		{ "sub", "null", LOGOUT_E_SHAPE },
		{ "sub", "[\"7f0d4f2a\"]", LOGOUT_E_SHAPE },
		{ "sid", "\"\"", LOGOUT_E_SUBJECT },
		{ "sid", "\"a\\nb\"", LOGOUT_E_SUBJECT },
		{ "sid", "7", LOGOUT_E_SHAPE },
		{ "sid", "null", LOGOUT_E_SHAPE },
		{ "jti", "", LOGOUT_E_ID },
		{ "jti", "\"\"", LOGOUT_E_ID },
		{ "jti", "\"a\\nb\"", LOGOUT_E_ID },
		{ "jti", "7", LOGOUT_E_SHAPE },
		{ "jti", "null", LOGOUT_E_SHAPE },
		{ "jti", "{}", LOGOUT_E_SHAPE },
	};
	static const char neither[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT
				      "\",\"iat\":1700000000,\"exp\":1700000100,\"jti\":\"j\","
				      "\"events\":" EVENTS "}";

	(void)state;
	check_rows(rows, ELEMENTSOF(rows));
	expect(&good_policy, neither, LOGOUT_E_SUBJECT);
}

static void test_one_of_sub_and_sid_is_enough(void **state)
{
	_cleanup_free_ char *no_sub = with("sub", ""), *no_sid = with("sid", "");
	struct logout_claims claims;

	(void)state;
	assert_int_equal(judge_text(&good_policy, no_sub, &claims), 0);
	assert_string_equal(claims.sub, "");
	assert_string_equal(claims.sid, "08a5019c");
	logout_claims_done(&claims);
	assert_int_equal(judge_text(&good_policy, no_sid, &claims), 0);
	assert_string_equal(claims.sub, "7f0d4f2a");
	assert_string_equal(claims.sid, "");
	logout_claims_done(&claims);
}

static void test_lengths(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		int outcome;
	} rows[] = {
		{ "sub", 255, 0 },
		{ "sub", 256, LOGOUT_E_SHAPE },
		{ "sid", 255, 0 },
		{ "sid", 256, LOGOUT_E_SHAPE },
		{ "jti", 255, 0 },
		{ "jti", 256, LOGOUT_E_SHAPE },
		{ "what", JWS_LEN_MAX, LOGOUT_E_JSON },
	};
	static char value[JWS_LEN_MAX + 3];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text = NULL;

		memset(value, 'x', sizeof(value));
		value[0] = value[rows[i].len + 1] = '"';
		value[rows[i].len + 2] = '\0';
		text = with(rows[i].name, value);
		expect(&good_policy, text, rows[i].outcome);
	}
}

/* What else is a signed JSON object of a platform, and what is none. */
static void test_other_things_are_none(void **state)
{
	static const struct {
		const char *text;
		int outcome;
	} rows[] = {
		/* an ID token, with and without a nonce */
		{ "{\"iss\":\"" ISSUER "\",\"sub\":\"s\",\"aud\":\"" CLIENT
		  "\",\"exp\":1700000300,\"iat\":1700000000,\"nonce\":\"n\"}",
		  LOGOUT_E_NONCE },
		{ "{\"iss\":\"" ISSUER "\",\"sub\":\"s\",\"aud\":\"" CLIENT
		  "\",\"exp\":1700000300,\"iat\":1700000000,\"sid\":\"x\",\"jti\":\"j\"}",
		  LOGOUT_E_EVENT },
		/* another security event (RFC 8417) */
		{ "{\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT
		  "\",\"iat\":1700000000,\"jti\":\"j\",\"events\":{\"urn:ietf:params:scim:event:"
		  "create\":{}}}",
		  LOGOUT_E_EVENT },
		{ "{\"jti\":\"bWJq\",\"jti\":\"other\"}", LOGOUT_E_JSON }, /* said twice */
		{ "{\"events\":" EVENTS ",\"ev\\u0065nts\":{}}", LOGOUT_E_JSON },
		{ "", LOGOUT_E_JSON },
		{ "null", LOGOUT_E_JSON },
		{ "[" TOKEN "]", LOGOUT_E_JSON },
		{ TOKEN "{}", LOGOUT_E_JSON },
		{ "{}", LOGOUT_E_EVENT },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		expect(&good_policy, rows[i].text, rows[i].outcome);
}

static void test_an_empty_policy_accepts_nothing(void **state)
{
	static const struct {
		const char *issuer, *client_id;
		int64_t now, leeway;
	} rows[] = {
		{ NULL, CLIENT, NOW, 30 },    { "", CLIENT, NOW, 30 },
		{ ISSUER, NULL, NOW, 30 },    { ISSUER, "", NOW, 30 },
		{ ISSUER, CLIENT, 0, 30 },    { ISSUER, CLIENT, NOW, -1 },
		{ ISSUER, CLIENT, NOW, 301 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct logout_policy policy = {
			.issuer = rows[i].issuer,
			.client_id = rows[i].client_id,
			.now = rows[i].now,
			.leeway = rows[i].leeway,
		};

		expect(&policy, TOKEN, LOGOUT_E_POLICY);
	}
}

TEST_MAIN(TEST(test_a_good_token_gives_its_facts), TEST(test_the_published_example_is_taken),
	  TEST(test_whom_it_is_from_and_for), TEST(test_when),
	  TEST(test_it_declares_a_logout_and_nothing_else_does), TEST(test_whose_sessions),
	  TEST(test_one_of_sub_and_sid_is_enough), TEST(test_lengths),
	  TEST(test_other_things_are_none), TEST(test_an_empty_policy_accepts_nothing))
