/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/url.h"

#include "tests/lib/test.h"

static void test_only_harmless_https_addresses_pass(void **state)
{
	static const char *const good[] = {
		"https://a",
		"https://idp.example.org",
		"https://idp.example.org:8443/x/y?z=1&w=%20",
		"https://[::1]:8443/",
		"https://127.0.0.1/",
		"https://IDP.Example.org?x",
		"https://a/~b(c);d,e@f",
	};
	static const char *const bad[] = {
		"",
		"https://",
		"http://a",
		"HTTPS://a",
		"https:/a",
		"https:///a",
		"//a",
		"a",
		"https://user@a",
		"https://user:pw@a/",
		"https://a#b",
		"https://a/#",
		"https://a b",
		"https://a/b c",
		"https://a/\"",
		"https://a/\x1b[2J",
		"https://a/\n",
		"https://a\\b",
		"https://a:",
		"https://a:0",
		"https://a:65536",
		"https://a:443x",
		"https://-a",
		"https://.a",
		"https://[",
		"https://[]",
		"https://[g]",
		"https://a/\xc3\xa9",
		"javascript:alert(1)",
		"file:///etc/passwd",
		"https://a_b/",
		"https://a/<",
		"https://a/`id`",
		"https://a/{}",
	};
	char long_one[URL_LEN_MAX + 32] = "https://a/";

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		if (!url_is_https(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (url_is_https(bad[i]))
			fail_msg("%s is taken", bad[i]);
	assert_false(url_is_https(NULL));
	memset(long_one + 10, 'x', URL_LEN_MAX - 10);
	assert_true(url_is_https(long_one));
	strcat(long_one, "x");
	assert_false(url_is_https(long_one));
}

static void test_an_origin_is_scheme_host_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "https://a/x", "https://a/y?z", true },
		{ "https://a/x", "https://A:443", true },
		{ "https://a:8443/x", "https://a:8443", true },
		{ "https://[::1]:8443/x", "https://[::1]:8443/y", true },
		{ "https://a/x", "https://a.b/x", false },
		{ "https://a/x", "https://a:444/x", false },
		{ "https://a/x", "http://a/x", false },
		{ "https://a/x", "https://b/x", false },
		{ "https://a/x", "https://ab/x", false },
		{ "https://a/x", "https://a@b/x", false },
		{ "https://[::1]/x", "https://[::2]/x", false },
		{ "https://a/x", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		assert_int_equal(url_same_origin(rows[i].a, rows[i].b), rows[i].same);
		assert_int_equal(url_same_origin(rows[i].b, rows[i].a), rows[i].same);
	}
}

static void test_form_values_are_escaped(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	url_put_pair(&out, "scope", "openid profile");
	url_put_pair(&out, "a&b", "=+/%\xc3\xa9~-._\n");
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal((char *)out.data,
			    "scope=openid+profile&a%26b=%3D%2B%2F%25%C3%A9~-._%0A");
	buf_reset(&out);
	url_put_escaped(&out, "a \"b\"", false);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal((char *)out.data, "a%20%22b%22");
	buf_done(&out);
}

TEST_MAIN(TEST(test_only_harmless_https_addresses_pass),
	  TEST(test_an_origin_is_scheme_host_and_port), TEST(test_form_values_are_escaped))
