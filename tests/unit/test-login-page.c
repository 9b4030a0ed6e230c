/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page a browser is shown, and the command that opens a browser. */
#include "tests/lib/test.h"

#include <openssl/evp.h>

#include "idpctl/login-browser.h"
#include "idpctl/login-page.h"

static char page[2 * LOGIN_PAGE_MAX];

static void make(const struct login_page *what)
{
	struct buf out;

	buf_init_fixed(&out, page, sizeof(page));
	login_page_put(&out, what);
	assert_int_equal(buf_end(&out), 0);
}

static void assert_has(const char *part)
{
	if (!strstr(page, part))
		fail_msg("no \"%s\" in:\n%s", part, page);
}

static const struct login_page fine = { 200, "You are signed in", "You can go.", NULL, false };

static void test_the_page_is_whole_and_alone(void **state)
{
	const char *body;
	char length[64];
	(void)state;
	make(&fine);
	body = strstr(page, "\r\n\r\n");
	assert_non_null(body);
	(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body + 4));
	assert_has(length);
	assert_has("HTTP/1.1 200 OK\r\n");
	assert_has("Cache-Control: no-store\r\n");
	assert_has("X-Content-Type-Options: nosniff\r\n");
	assert_has("Content-Security-Policy: default-src 'none'; ");
	assert_has("Connection: close\r\n");
	assert_has("<!DOCTYPE html>\n<html lang=\"en\">");
	assert_has("<title>You are signed in</title>");
	assert_has("<h1>You are signed in</h1>");
	assert_has("prefers-color-scheme:dark");
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "://"));
	assert_null(strstr(strstr(page, "<h1>") + 1, "<h1>"));
}

static void test_a_text_is_never_markup(void **state)
{
	const struct login_page foul = { 403, "<b>&", "</p><script>alert(1)</script>\r\n\x1b",
					 "a&b", false };
	(void)state;
	make(&foul);
	assert_has("<h1>&lt;b&gt;&amp;</h1>");
	assert_has("<p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
		   "?" "?" "?</p>\n<p>a&amp;b</p>");
	assert_null(strstr(page, "<script"));
}

static void test_the_policy_names_the_style(void **state)
{
	unsigned char digest[32], text[64];
	(void)state;
	assert_int_equal(EVP_Digest(login_page_style, strlen(login_page_style), digest, NULL,
				    EVP_sha256(), NULL),
			 1);
	assert_int_equal(EVP_EncodeBlock(text, digest, sizeof(digest)), 44);
	assert_string_equal((const char *)text, login_page_style_hash);
	make(&fine);
	assert_has(login_page_style_hash);
	assert_has(login_page_style);
}

static void test_head_and_405(void **state)
{
	const struct login_page method = { 405, "No", "No.", NULL, true };
	(void)state;
	make(&method);
	assert_has("405 Method Not Allowed\r\n");
	assert_has("\r\nAllow: GET\r\n");
	assert_string_equal(strstr(page, "\r\n\r\n"), "\r\n\r\n");
}

/* ---- the browser ---- */

#define URL "https://id.example/auth?a=$(id)&b=%20;c"

static const struct {
	struct login_desktop desktop;
	unsigned nth;
	int r;
	const char *argv[4];
} choices[] = {
	{ { NULL, NULL, NULL }, 0, LOGIN_E_NO_BROWSER, { NULL } },
	{ { "", "", "" }, 0, LOGIN_E_NO_BROWSER, { NULL } },
	{ { NULL, ":0", NULL }, 0, 0, { "xdg-open", URL } },
	{ { NULL, NULL, "wayland-0" }, 0, 0, { "xdg-open", URL } },
	{ { NULL, ":0", NULL }, 1, LOGIN_E_NO_BROWSER, { NULL } },
	{ { "firefox", NULL, NULL }, 0, 0, { "firefox", URL } },
	{ { "firefox --new  %s -x", NULL, NULL }, 0, 0, { "firefox", "--new", URL, "-x" } },
	{ { "firefox:w3m", ":0", NULL }, 1, 0, { "w3m", URL } },
	{ { "firefox:w3m", ":0", NULL }, 2, LOGIN_E_NO_BROWSER, { NULL } },
	{ { "a::b", NULL, NULL }, 1, LOGIN_E_NO_COMMAND, { NULL } },
	{ { "%s", NULL, NULL }, 0, LOGIN_E_NO_COMMAND, { NULL } },
	{ { "sh -c 'evil'", NULL, NULL }, 0, 0, { "sh", "-c", "'evil'", URL } },
	{ { "a a a a a a a a a a a a a a a a a", NULL, NULL }, 0, LOGIN_E_NO_COMMAND, { NULL } },
};

static void test_the_address_is_one_argument(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(choices); i++) {
		struct login_command command;

		assert_int_equal(
			login_browser_choose(&choices[i].desktop, choices[i].nth, URL, &command),
			choices[i].r);
		if (choices[i].r)
			continue;
		for (size_t n = 0; n < 4 && choices[i].argv[n]; n++)
			assert_string_equal(command.argv[n], choices[i].argv[n]);
	}
}

static void test_the_first_that_is_there_is_started(void **state)
{
	const struct login_desktop desktop = { "/no/such/browser::true", NULL, NULL };
	const struct login_desktop nothing = { "/no/such/browser", NULL, NULL };
	char name[LOGIN_BROWSER_MAX];
	pid_t pid = 0;
	(void)state;
	assert_int_equal(login_browser_open(&desktop, URL, name, &pid), 0);
	assert_string_equal(name, "true");
	assert_true(pid > 0);
	assert_true(login_browser_open(&nothing, URL, name, &pid) < 0);
}

TEST_MAIN(TEST(test_the_page_is_whole_and_alone), TEST(test_a_text_is_never_markup),
	  TEST(test_the_policy_names_the_style), TEST(test_head_and_405),
	  TEST(test_the_address_is_one_argument), TEST(test_the_first_that_is_there_is_started))
