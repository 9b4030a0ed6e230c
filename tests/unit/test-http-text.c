/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/http-text.h"

#include "tests/lib/test.h"

static void test_ages_are_read_from_cache_control(void **state)
{
	static const struct {
		const char *value;
		usec_t age;
	} rows[] = {
		{ "max-age=600", 600 * USEC_PER_SEC },
		{ "public, MAX-AGE=1, must-revalidate", USEC_PER_SEC },
		{ "no-store", 0 },
		{ "no-cache, max-age=600", 0 },
		{ "public", HTTP_MAX_AGE_NONE },
		{ "", HTTP_MAX_AGE_NONE },
		{ "max-age=", HTTP_MAX_AGE_NONE },
		{ "max-age=-1", HTTP_MAX_AGE_NONE },
		{ "max-age=99999999999999999999999", 366 * USEC_PER_DAY },
		{ "max-age=18446744073709551615", 366 * USEC_PER_DAY },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(http_parse_max_age(rows[i].value), rows[i].age);
}

static void test_every_failure_has_words_and_a_code(void **state)
{
	(void)state;
	for (enum http_error e = HTTP_E_URL; e <= HTTP_E_UNSIGNED; e++) {
		char text[REASON_MAX];

		http_explain(e, "https://idp.example.org:8443/token?x=1", text, sizeof(text));
		assert_int_equal(strncmp(text, "idp.example.org:8443 ", 21), 0);
		assert_true(strlen(text) > 30);
		assert_null(strstr(text, "token?"));
		assert_string_not_equal(http_reason(e), "");
		for (enum http_error other = HTTP_E_URL; other < e; other++)
			assert_string_not_equal(http_reason(e), http_reason(other));
	}
	assert_string_equal(http_reason(HTTP_OK), "");
}

static void test_retry_after_is_seconds_or_a_date(void **state)
{
	(void)state;
	assert_true(http_parse_retry_after(NULL, -1, 0) == 0);
	assert_true(http_parse_retry_after("", -1, 1000) == 0);
	assert_true(http_parse_retry_after("soon", -1, 1000) == 0);
	assert_true(http_parse_retry_after("-5", -1, 1000) == 0);
	assert_true(http_parse_retry_after("7", -1, 0) == 7 * USEC_PER_SEC);
	assert_true(http_parse_retry_after("86401", -1, 0) == USEC_PER_DAY);
	assert_true(http_parse_retry_after("99999999999999999999", -1, 0) == USEC_PER_DAY);
	/* By the server's own clock, wherever ours is. */
	assert_true(http_parse_retry_after("a date", 1010, 1000) == 10 * USEC_PER_SEC);
	assert_true(http_parse_retry_after("a date", 1000, 1000) == 0);
	assert_true(http_parse_retry_after("a date", 1010, 0) == 0);
	assert_true(http_parse_retry_after("a date", INT64_MAX, 1) == USEC_PER_DAY);
}

static void test_a_rate_limit_says_how_long(void **state)
{
	(void)state;
	assert_true(http_parse_rate_limit("0", "1500") == 1500 * USEC_PER_MSEC);
	assert_true(http_parse_rate_limit("1", "1500") == 0);
	assert_true(http_parse_rate_limit(NULL, "1500") == 0);
	assert_true(http_parse_rate_limit("0", NULL) == 0);
	assert_true(http_parse_rate_limit("0", "") == 0);
	assert_true(http_parse_rate_limit("0", "-5") == 0);
	assert_true(http_parse_rate_limit("0", "1500 ") == 0);
	assert_true(http_parse_rate_limit("0", "10000000000000000000000") == 0);
}

TEST_MAIN(TEST(test_ages_are_read_from_cache_control),
	  TEST(test_every_failure_has_words_and_a_code),
	  TEST(test_retry_after_is_seconds_or_a_date), TEST(test_a_rate_limit_says_how_long))
