/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where people live: templates, and the homes a platform may choose. */

#include "tests/lib/test.h"

#include "common/home.h"
#include "common/name.h"

static void test_templates(void **state)
{
	static const struct home_parts alice = { "alice", NULL, 1879048200 };
	static const struct home_parts corp = { "alice", "corp.org", 1879048200 };
	static const struct home_parts guest = { "bob@partner.net", "corp.org", 5 };
	static const struct {
		const char *template;
		const struct home_parts *parts;
		const char *home; /* NULL: none comes out */
	} cases[] = {
		{ "/home/%u", &alice, "/home/alice" },
		{ "/home/%1u/%u", &alice, "/home/a/alice" },
		{ "/srv/%U", &alice, "/srv/1879048200" },
		{ "/srv/%u/100%%/%u", &alice, "/srv/alice/100%/alice" },
		{ "/home/%d/%s", &corp, "/home/corp.org/alice" },
		{ "/home/%d/%s", &guest, "/home/partner.net/bob" },
		{ "/home/%u", &guest, "/home/bob@partner.net" },
		{ "/home/%d/%1s/%s", &guest, "/home/partner.net/b/bob" },
		{ "/home/%d/%s", &alice, NULL }, /* no domain: two slashes */
	};
	char out[PATH_LEN_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		assert_null(home_template_fault(cases[i].template));
		assert_int_equal(home_expand(cases[i].template, cases[i].parts, out),
				 cases[i].home != NULL);
		if (cases[i].home)
			assert_string_equal(out, cases[i].home);
	}
}

static void test_templates_that_are_refused(void **state)
{
	static const char *const bad[] = {
		"",          "/home",       "/home/%s",     "/home/%1u",   "/home/%d",  "home/%u",
		"/home/%u%", "/home/%x/%u", "/home/%1U",    "/home/../%u", "/home//%u", "/home/%2u",
		"/%u:x",     "/home/%u/",   "/home/%1d/%u", "/h/%s%d",     "/h/%s.%d",  "/h/%d-%s/x"
	};
	char text[PATH_LEN_MAX + 8] = "/";

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_non_null(home_template_fault(bad[i]));
	/* too long with a long name, however short the text is */
	memset(text + 1, 'x', PATH_LEN_MAX - 34);
	memcpy(text + PATH_LEN_MAX - 33, "/%u", 4);
	assert_null(home_template_fault(text));
	memcpy(text + PATH_LEN_MAX - 33, "x/%u", 5);
	assert_non_null(home_template_fault(text));
}

/* No two names have one home by any template that is taken. */
static void test_homes_are_apart(void **state)
{
	static const char *const templates[] = { "/home/%u",   "/h/%1u/%U", "/h/%d/%s",
						 "/h/%s/%d",   "/h/%s@%d",  "/h/%d/%1s/%s",
						 "/h/%d_%s/%d" };
	static const struct home_parts people[] = {
		{ "a", "x", 1 },   { "b", "x", 2 },    { "a@y", "x", 3 },    { "b@y", "x", 4 },
		{ "ab", "x", 12 }, { "a_b", "x", 13 }, { "b@x_a", "y", 14 },
	};
	char one[PATH_LEN_MAX + 1], two[PATH_LEN_MAX + 1];

	(void)state;
	for (size_t t = 0; t < ELEMENTSOF(templates); t++)
		for (size_t i = 0; i < ELEMENTSOF(people); i++)
			for (size_t k = i + 1; k < ELEMENTSOF(people); k++) {
				assert_true(home_expand(templates[t], &people[i], one));
				assert_true(home_expand(templates[t], &people[k], two));
				assert_string_not_equal(one, two);
			}
}

static void test_below(void **state)
{
	static const struct {
		const char *path, *folder;
		bool below;
	} cases[] = {
		{ "/home/alice", "/home", true },
		{ "/home/alice", "/home/", true },
		{ "/home/a/b", "/home", true },
		{ "/home", "/home", false },
		{ "/homes/alice", "/home", false },
		{ "/root", "/home", false },
		{ "/home/", "/home", false },
		{ "/etc", "", false },
		{ "/etc", "/", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		assert_int_equal(
			home_is_below(cases[i].path, cases[i].folder, strlen(cases[i].folder)),
			cases[i].below);
	assert_int_equal(home_template_parent("/home/%u"), 5);
	assert_int_equal(home_template_parent("/srv/people/x%1u/%u"), 11);
	assert_int_equal(home_template_parent("/%u"), 0);
}

static void test_shells_that_let_nobody_in(void **state)
{
	(void)state;
	assert_true(home_shell_is_none("/usr/sbin/nologin"));
	assert_true(home_shell_is_none("/bin/false"));
	assert_false(home_shell_is_none("/bin/bash"));
	assert_false(home_shell_is_none("/tmp/nologin"));
}

TEST_MAIN(TEST(test_templates), TEST(test_templates_that_are_refused), TEST(test_homes_are_apart),
	  TEST(test_below), TEST(test_shells_that_let_nobody_in))
