/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/logout-url.h"

#define AS "https://as.example/logout"

static const struct logout_values values = {
	.client_id = "host 1/ä",
	.return_uri = "https://app.example/bye?a=1&b=2",
	.error_uri = "https://app.example/sorry",
};

static void test_these_are_the_addresses(void **state)
{
	static const struct {
		const char *template, *url;
	} golden[] = {
		{ AS, AS },
		{ AS "?client_id={client_id}", AS "?client_id=host%201%2F%C3%A4" },
		{ AS
		  "?client_id={client_id}&post_logout_redirect_uri={return_uri}&error={error_uri}",
		  AS "?client_id=host%201%2F%C3%A4&post_logout_redirect_uri="
		     "https%3A%2F%2Fapp.example%2Fbye%3Fa%3D1%26b%3D2&error="
		     "https%3A%2F%2Fapp.example%2Fsorry" },
		{ "https://as.example/{client_id}/logout?redirect={return_uri}",
		  "https://as.example/host%201%2F%C3%A4/logout?redirect="
		  "https%3A%2F%2Fapp.example%2Fbye%3Fa%3D1%26b%3D2" },
		{ "https://as.example?r={error_uri}",
		  "https://as.example?r=https%3A%2F%2Fapp.example%2Fsorry" },
		{ AS "?x=%7B%7D&again={client_id}{client_id}",
		  AS "?x=%7B%7D&again=host%201%2F%C3%A4host%201%2F%C3%A4" },
	};
	char url[LOGOUT_URL_MAX + 1], reason[REASON_MAX] = "";

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(golden); i++) {
		assert_int_equal(logout_url_check(golden[i].template, reason), 0);
		assert_int_equal(logout_url_build(golden[i].template, &values, reason, url), 0);
		assert_string_equal(url, golden[i].url);
	}
}

static void test_what_is_no_template_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *template, *word;
	} cases[] = {
		{ AS "?state={state}", "{state} cannot be used" },
		{ AS "?c={client}", "\"{client}\" is no placeholder" },
		{ AS "?c={CLIENT_ID}", "is no placeholder" },
		{ AS "?c={client_id }", "is no placeholder" },
		{ AS "?c={}", "\"{}\" is no placeholder" },
		{ AS "?c={{client_id}}", "is no placeholder" },
		{ AS "?c={client_id}}", "'}' stands alone" },
		{ AS "?c=}", "'}' stands alone" },
		{ AS "?c={client_id", "'{' is never closed" },
		{ AS "?c={", "'{' is never closed" },
		{ "https://{client_id}/", "{client_id} stands before the path" },
		{ "https://{client_id}.example/", "stands before the path" },
		{ "https://as.example{return_uri}", "stands before the path" },
		{ "{return_uri}", "stands before the path" },
		{ "{return_uri}/x", "stands before the path" },
		{ "http://as.example/logout", "is not an address" },
		{ "javascript:alert(1)", "is not an address" },
		{ "https://user@as.example/", "is not an address" },
		{ "https:///logout", "is not an address" },
		{ AS "#{client_id}", "is not an address" },
		{ AS "?a b", "is not an address" },
		{ AS "?a\x1b[2J", "is not an address" },
		{ AS "?\xc3\xa4", "is not an address" },
		{ "", "is not an address" },
	};
	char url[LOGOUT_URL_MAX + 1], reason[REASON_MAX];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		*reason = '\0';
		assert_int_equal(logout_url_check(cases[i].template, reason), CONFIG_E_REFUSED);
		if (!strstr(reason, cases[i].word))
			fail_msg("%s: %s", cases[i].template, reason);
		assert_int_equal(logout_url_build(cases[i].template, &values, reason, url),
				 CONFIG_E_REFUSED);
	}
}

static void test_a_value_that_is_missing_or_no_address_is_said(void **state)
{
	static const struct logout_values bare = { .client_id = "c" };
	static const char *const wrong[] = { "http://app.example/", "app.example", "",
					     "https://app.example/#x", "https://a b/" };
	char url[LOGOUT_URL_MAX + 1], reason[REASON_MAX];

	(void)state;
	assert_int_equal(logout_url_build(AS "?r={return_uri}", &bare, reason, url),
			 CONFIG_E_REFUSED);
	assert_string_equal(reason, "the address has {return_uri}, and no value was given for it");
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		struct logout_values some = bare;

		some.return_uri = wrong[i];
		assert_int_equal(logout_url_build(AS, &some, reason, url), CONFIG_E_REFUSED);
		some = (struct logout_values){ .client_id = "c", .error_uri = wrong[i] };
		assert_int_equal(logout_url_build(AS, &some, reason, url), CONFIG_E_REFUSED);
	}
}

static void test_the_size_has_an_end(void **state)
{
	char template[LOGOUT_URL_MAX + 100] = AS "?";
	char url[LOGOUT_URL_MAX + 1], reason[REASON_MAX], long_id[LOGOUT_URL_MAX];
	struct logout_values some = { .client_id = long_id };

	(void)state;
	memset(template + strlen(template), 'a', LOGOUT_URL_MAX - strlen(template));
	assert_int_equal(logout_url_build(template, &values, reason, url), 0);
	assert_int_equal(strlen(url), LOGOUT_URL_MAX);
	strcat(template, "a");
	assert_int_equal(logout_url_check(template, reason), CONFIG_E_REFUSED);
	for (size_t n = LOGOUT_URL_MAX / 3 - 20; n < LOGOUT_URL_MAX / 3; n++) {
		int r;

		memset(long_id, '/', n);
		long_id[n] = '\0';
		r = logout_url_build(AS "?c={client_id}", &some, reason, url);
		assert_int_equal(r,
				 strlen(AS "?c=") + 3 * n > LOGOUT_URL_MAX ? CONFIG_E_REFUSED : 0);
	}
}

/* Only unreserved bytes come through; each other is one %XX, so that decoding gives it back. */
static void test_every_byte_of_a_value_comes_back(void **state)
{
	char url[LOGOUT_URL_MAX + 1], reason[REASON_MAX], id[256];
	struct logout_values some = { .client_id = id };
	const char *at;

	(void)state;
	for (unsigned i = 1; i < 256; i++)
		id[i - 1] = (char)i;
	id[255] = '\0';
	assert_int_equal(logout_url_build(AS "?{client_id}", &some, reason, url), 0);
	at = strchr(url, '?') + 1;
	for (unsigned i = 1; i < 256; i++) {
		unsigned c = 0;

		if (*at == '%') {
			assert_int_equal(sscanf(at, "%%%2X", &c), 1);
			at += 3;
		} else {
			c = (unsigned char)*at++;
			assert_non_null(
				strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-._~",
				       (int)c));
		}
		assert_int_equal(c, i);
	}
	assert_int_equal(*at, '\0');
}

static void test_a_platform_without_a_template_has_the_standard_one(void **state)
{
	static const struct logout_values bare = { .client_id = "c" };
	char template[LOGOUT_URL_MAX + 1], reason[REASON_MAX];

	(void)state;
	assert_int_equal(logout_url_standard(AS, &bare, reason, template), 0);
	assert_string_equal(template, AS "?client_id={client_id}");
	assert_int_equal(logout_url_standard(AS "?realm=x", &values, reason, template), 0);
	assert_string_equal(template, AS "?realm=x&client_id={client_id}"
					 "&post_logout_redirect_uri={return_uri}");
	assert_int_equal(logout_url_standard("http://as.example/", &bare, reason, template),
			 CONFIG_E_REFUSED);
	assert_int_equal(logout_url_standard(AS "?{state}", &bare, reason, template),
			 CONFIG_E_REFUSED);
}

TEST_MAIN(TEST(test_these_are_the_addresses),
	  TEST(test_what_is_no_template_is_refused_with_a_sentence),
	  TEST(test_a_value_that_is_missing_or_no_address_is_said), TEST(test_the_size_has_an_end),
	  TEST(test_every_byte_of_a_value_comes_back),
	  TEST(test_a_platform_without_a_template_has_the_standard_one))
