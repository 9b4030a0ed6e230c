/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a browser may come back to: what is read out of a redirect_uri, and what is made of it. */
#include "tests/lib/test.h"

#include "idp-agentd/core/login.h"

static const struct {
	const char *redirect_uri;
	int r;
	uint16_t port;
	const char *path;
	const char *with; /* port 4711, or this one's */
} cases[] = {
	{ "http://127.0.0.1/", 0, 0, "/", "http://127.0.0.1:4711/" },
	{ "http://127.0.0.1", 0, 0, "/", "http://127.0.0.1:4711/" },
	{ "http://127.0.0.1/cb/x?a=b", 0, 0, "/cb/x?a=b", "http://127.0.0.1:4711/cb/x?a=b" },
	{ "http://[::1]/cb", 0, 0, "/cb", "http://[::1]:4711/cb" },
	{ "http://localhost/cb", 0, 0, "/cb", "http://localhost:4711/cb" },
	{ "http://127.0.0.1:4711/cb", 0, 4711, "/cb", "http://127.0.0.1:4711/cb" },
	{ "http://[::1]:4711", 0, 4711, "/", "http://[::1]:4711/" },
	{ "http://localhost:65535/", 0, 65535, "/", NULL },
	{ "http://127.0.0.1:65536/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.1:0/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.1:/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.1:047110/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.1:80@example.com/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.1.example.com/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://localhost.example.com/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.1@example.com/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://127.0.0.2/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "http://example.com/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "https://127.0.0.1/", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "https://codes.example.com/shown", LOGIN_E_PAGE, 0, NULL, NULL },
	{ "", LOGIN_E_PAGE, 0, NULL, NULL },
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const char *uri = cases[i].redirect_uri;
		char made[ISSUER_LEN_MAX + 1];
		struct login_place place = { 0 };

		print_message("# %s\n", uri);
		assert_int_equal(login_place(uri, &place), cases[i].r);
		assert_int_equal(login_redirect(uri, 0, made), 0);
		assert_string_equal(made, uri); /* nobody listens: as it is configured */
		if (cases[i].r) {
			assert_int_equal(login_redirect(uri, 4711, made), cases[i].r);
			continue;
		}
		assert_int_equal(place.port, cases[i].port);
		assert_string_equal(place.path, cases[i].path);
		assert_int_equal(login_redirect(uri, 4711, made), cases[i].with ? 0 : LOGIN_E_PORT);
		if (cases[i].with)
			assert_string_equal(made, cases[i].with);
	}
}

static void test_what_would_be_too_long_is_no_place(void **state)
{
	char uri[ISSUER_LEN_MAX + 1], made[ISSUER_LEN_MAX + 1];
	struct login_place place;
	(void)state;
	memset(uri, 'a', sizeof(uri));
	memcpy(uri, "http://127.0.0.1/", 17);
	uri[ISSUER_LEN_MAX - 6] = '\0';
	assert_int_equal(login_redirect(uri, 65535, made), 0);
	assert_int_equal(strlen(made), ISSUER_LEN_MAX);
	uri[ISSUER_LEN_MAX - 6] = 'a';
	uri[ISSUER_LEN_MAX - 5] = '\0';
	assert_int_equal(login_place(uri, &place), LOGIN_E_PAGE);
}

TEST_MAIN(TEST(test_places), TEST(test_what_would_be_too_long_is_no_place))
