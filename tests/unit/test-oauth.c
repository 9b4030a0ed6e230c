/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/oauth.h"

#include "tests/lib/test.h"

static void test_errors_are_read_and_cleaned(void **state)
{
	static const struct {
		const char *body, *code, *text;
	} rows[] = {
		{ "{\"error\":\"invalid_scope\",\"error_description\":\"no\"}", "invalid_scope",
		  "no" },
		{ "{\"error\":\"slow_down\"}", "slow_down", "" },
		{ "{\"error\":\"x\",\"error_description\":\"a\\u001b[2Jb\\n\\u00e9\"}", "x",
		  "a?[2Jb???" },
		{ "{\"title\":\"Bad\",\"status\":400,\"detail\":\"Bad request\"}", "",
		  "Bad request" },
		{ "{\"error\":{\"code\":7}}", "", "" },
		{ "{\"error\":\"two words\"}", "", "" },
		{ "{\"error\":\"a\",\"error\":\"b\"}", "", "" },
		{ "<html>404</html>", "", "" },
		{ "", "", "" },
		{ "[\"access_denied\"]", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_error error;

		oauth_error_parse(rows[i].body, strlen(rows[i].body), &error);
		assert_string_equal(error.code, rows[i].code);
		assert_string_equal(error.text, rows[i].text);
	}
}

static void test_a_long_error_is_cut(void **state)
{
	char body[4096] = "{\"error\":\"x\",\"error_description\":\"";
	struct oauth_error error;
	size_t len = strlen(body);

	(void)state;
	memset(body + len, 'y', 3000);
	memcpy(body + len + 3000, "\"}", 3);
	oauth_error_parse(body, strlen(body), &error);
	assert_int_equal(strlen(error.text), REASON_MAX - 1);
}

/* RFC 8628 section 3.2's own example. */
static void test_the_example_of_the_rfc_is_read(void **state)
{
	static const char body[] =
		"{ \"device_code\": \"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS\","
		"  \"user_code\": \"WDJB-MJHT\","
		"  \"verification_uri\": \"https://example.com/device\","
		"  \"verification_uri_complete\": \"https://example.com/device?user_code=WDJB-MJHT\","
		"  \"expires_in\": 1800, \"interval\": 5 }";
	struct oauth_device device;

	(void)state;
	assert_int_equal(oauth_device_parse(body, strlen(body), &device), 0);
	assert_string_equal(device.device_code->text, "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS");
	assert_string_equal(device.user_code, "WDJB-MJHT");
	assert_string_equal(device.uri, "https://example.com/device");
	assert_string_equal(device.uri_complete, "https://example.com/device?user_code=WDJB-MJHT");
	assert_int_equal(device.expires_in, FLOW_LIFE_MAX);
	assert_int_equal(device.interval, 5 * USEC_PER_SEC);
	oauth_device_done(&device);
}

#define DEVICE(members) \
	"{\"device_code\":\"d\",\"user_code\":\"U\",\"verification_uri\":\"https://v\"" members "}"

static void test_device_times_have_defaults_and_bounds(void **state)
{
	static const struct {
		const char *body;
		int outcome;
		usec_t expires, interval; /* seconds */
	} rows[] = {
		{ DEVICE(""), 0, 600, 5 },
		{ DEVICE(",\"expires_in\":60,\"interval\":2"), 0, 60, 2 },
		{ DEVICE(",\"expires_in\":\"900\",\"interval\":\"7\""), 0, 600, 7 },
		{ DEVICE(",\"expires_in\":60,\"interval\":0"), 0, 60, 1 },
		{ DEVICE(",\"interval\":100"), 0, 600, 100 },
		{ DEVICE(",\"interval\":1000000"), 0, 600, 600 },
		{ DEVICE(",\"interval\":null"), 0, 600, 5 },
		{ DEVICE(",\"expires_in\":0"), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"expires_in\":-1"), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"interval\":-1"), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"interval\":1.5"), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"interval\":\"\""), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"interval\":\"5s\""), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"interval\":99999999999"), OAUTH_E_SHAPE, 0, 0 },
		{ DEVICE(",\"interval\":[5]"), OAUTH_E_SHAPE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_device device;
		int r = oauth_device_parse(rows[i].body, strlen(rows[i].body), &device);

		if (r != rows[i].outcome)
			fail_msg("%s: %d", rows[i].body, r);
		if (r == 0) {
			assert_int_equal(device.expires_in, rows[i].expires * USEC_PER_SEC);
			assert_int_equal(device.interval, rows[i].interval * USEC_PER_SEC);
		}
		oauth_device_done(&device);
	}
}

static void test_a_code_nobody_should_see_is_refused(void **state)
{
	static const struct {
		const char *body;
		int outcome;
	} rows[] = {
		{ "{}", OAUTH_E_SHAPE },
		{ "not json", OAUTH_E_JSON },
		{ "{\"device_code\":\"d\",\"user_code\":\"U\"}", OAUTH_E_SHAPE },
		{ "{\"device_code\":\"d\",\"verification_uri\":\"https://v\"}", OAUTH_E_SHAPE },
		{ "{\"user_code\":\"U\",\"verification_uri\":\"https://v\"}", OAUTH_E_SHAPE },
		{ "{\"device_code\":\"d d\",\"user_code\":\"U\",\"verification_uri\":\"https://v\"}",
		  OAUTH_E_SHAPE },
		{ "{\"device_code\":\"d\",\"user_code\":\"\",\"verification_uri\":\"https://v\"}",
		  OAUTH_E_SHAPE },
		{ "{\"device_code\":\"d\",\"user_code\":\"A\\nB\",\"verification_uri\":\"https://v\"}",
		  OAUTH_E_SHAPE },
		{ "{\"device_code\":\"d\",\"user_code\":\"A\\u202eB\",\"verification_uri\":\"https://v\"}",
		  OAUTH_E_SHAPE },
		{ "{\"device_code\":\"d\",\"user_code\":\"U\",\"verification_uri\":\"http://v\"}",
		  OAUTH_E_URL },
		{ "{\"device_code\":\"d\",\"user_code\":\"U\",\"verification_uri\":\"javascript:x\"}",
		  OAUTH_E_URL },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_device device;
		int r = oauth_device_parse(rows[i].body, strlen(rows[i].body), &device);

		if (r != rows[i].outcome)
			fail_msg("%s: %d", rows[i].body, r);
		oauth_device_done(&device);
	}
}

static void test_tokens_are_bearer_tokens(void **state)
{
	static const struct {
		const char *body;
		int outcome;
	} rows[] = {
		{ "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}", 0 },
		{ "{\"access_token\":\"a\",\"token_type\":\"bEARER\",\"scope\":\"\",\"expires_in\":\"60\"}",
		  0 },
		{ "{\"access_token\":\"a\"}", OAUTH_E_SHAPE },
		{ "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}", OAUTH_E_TYPE },
		{ "{\"token_type\":\"Bearer\"}", OAUTH_E_SHAPE },
		{ "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", OAUTH_E_SHAPE },
		{ "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}", OAUTH_E_SHAPE },
		{ "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":7}",
		  OAUTH_E_SHAPE },
		{ "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"scope\":[\"x\"]}",
		  OAUTH_E_SHAPE },
		{ "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":-5}",
		  OAUTH_E_SHAPE },
		{ "[]", OAUTH_E_JSON },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_tokens tokens;
		int r = oauth_tokens_parse(rows[i].body, strlen(rows[i].body), false, &tokens);

		if (r != rows[i].outcome)
			fail_msg("%s: %d", rows[i].body, r);
		oauth_tokens_done(&tokens);
		assert_null(tokens.access_token);
	}
}

/* What the answer says besides may say who somebody is; no token is among it. */
static void test_properties_hold_no_token(void **state)
{
	static const char body[] =
		"{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60,\"scope\":\"s\","
		"\"refresh_token\":\"r\",\"id_token\":\"i\",\"device_secret\":\"d\","
		"\"user_id\":7,\"customer\":{\"number\":\"c-1\"}}";
	struct oauth_tokens tokens;
	json_int_t id = 0;

	(void)state;
	assert_int_equal(oauth_tokens_parse(body, strlen(body), false, &tokens), 0);
	assert_int_equal(json_object_size(tokens.properties), 2);
	id = json_integer_value(json_object_get(tokens.properties, "user_id"));
	assert_int_equal(id, 7);
	assert_string_equal(tokens.scope, "s");
	oauth_tokens_done(&tokens);
	assert_null(tokens.properties);
}

/* Neither kind ever passes for the other: no silent way down from a bound token. */
static void test_a_bound_token_says_so(void **state)
{
	static const struct {
		const char *type;
		bool dpop;
		int outcome;
	} rows[] = {
		{ "DPoP", true, 0 },
		{ "dpop", true, 0 },
		{ "Bearer", true, OAUTH_E_TYPE },
		{ "DPoP", false, OAUTH_E_TYPE },
		{ "DPoP Bearer", true, OAUTH_E_SHAPE },
		{ "mac", true, OAUTH_E_TYPE },
		{ "", true, OAUTH_E_SHAPE },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_tokens tokens;
		char body[128];
		int len = snprintf(body, sizeof(body),
				   "{\"access_token\":\"a\",\"token_type\":\"%s\"}", rows[i].type);

		assert_true(len > 0);
		assert_int_equal(oauth_tokens_parse(body, (size_t)len, rows[i].dpop, &tokens),
				 rows[i].outcome);
		oauth_tokens_done(&tokens);
	}
}

TEST_MAIN(TEST(test_a_bound_token_says_so), TEST(test_errors_are_read_and_cleaned),
	  TEST(test_a_long_error_is_cut), TEST(test_the_example_of_the_rfc_is_read),
	  TEST(test_device_times_have_defaults_and_bounds),
	  TEST(test_a_code_nobody_should_see_is_refused), TEST(test_tokens_are_bearer_tokens),
	  TEST(test_properties_hold_no_token))
