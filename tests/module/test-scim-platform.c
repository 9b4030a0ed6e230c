/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd reading a SCIM server that none of us wrote: the platform's, over the people
 * who sign in there. All of it, what changed, and one who left.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <unistd.h>

#include "tests/lib/dir-world.h"
#include "tests/lib/platform.h"

static struct platform platform;

static int group_setup(void **state)
{
	int r = platform_start(&platform);

	(void)state;
	if (r == -ENOENT) {
		print_message("node or npm's packages are not here\n");
		no_platform = true;
		return 0;
	}
	return r < 0 ? r : fake_core_start(&core, platform.dir);
}

static int group_teardown(void **state)
{
	int r;

	(void)state;
	if (no_platform)
		return 0;
	r = fake_core_stop(&core);
	platform_stop(&platform);
	return r;
}

static void set_up(uint32_t revision, const char *members, const char *page_size)
{
	char ca[128], secret[256] = "", path[128], url[200];
	const char *provider[] = {
		"issuer",      platform.issuer,       "client_id",     "basic", "ca", ca,
		"client_auth", "client_secret_basic", "client_secret", secret,  NULL,
	};
	const char *directory[] = {
		"kind",        "scim",
		"provider",    "p",
		"url",         url,
		"page_size",   page_size,
		"members",     members,
		"token_scope", "scim:read",
		"uid_from",    "/" POSIX "/uidNumber",
		"home_from",   "/" POSIX "/homeDirectory",
		"loa_from",    "/" POSIX "/loa",
		NULL,
	};
	FILE *f;

	assert_true(snprintf(ca, sizeof(ca), "%s/ca.pem", platform.dir) > 0);
	assert_true(snprintf(path, sizeof(path), "%s/matrix-secret", platform.dir) > 0);
	assert_true(snprintf(url, sizeof(url), "%s/scim/v2", platform.issuer) > 0);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(secret, sizeof(secret), f));
	assert_int_equal(fclose(f), 0);
	secret[strcspn(secret, "\n")] = '\0';
	assert_int_equal(fake_core_setup(&core, revision, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", "d", directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

/* As tests/idp/control.mjs has them: "person-change name=bob display=Robert". */
static void tell(const char *what)
{
	const char *top = getenv("top_srcdir");
	char command[512];

	assert_true(snprintf(command, sizeof(command),
			     "node '%s/tests/idp/control.mjs' '%s/control' %s >/dev/null",
			     top && *top ? top : ".", platform.dir, what) < (int)sizeof(command));
	assert_int_equal(system(command), 0);
}

static void test_a_server_of_others_is_read(void **state)
{
	struct outcome whole, other;
	char cursor[DIR_CURSOR_MAX + 1];

	(void)state;
	if (no_platform)
		skip();
	set_up(1, "inline", "2");
	dir_world_collect(dir_world_ask("d", true, ""), 256, &whole);
	assert_string_equal(whole.text, "");
	assert_true(whole.complete);
	assert_true(whole.users >= 4 && whole.groups > 1 && whole.members > 4);
	assert_true(whole.first_uid >= 1879048192);
	assert_string_not_equal(whole.first_home, "");
	dir_world_collect(dir_world_find("d", WIRE_FIND_USER_NAME, "alice"), 0, &other);
	assert_int_equal(other.users, 1);
	assert_true(strstr(whole.cursor, "since ") != NULL);

	/* Dates have whole seconds. */
	assert_int_equal(sleep(2), 0);
	tell("person-change name=bob display=Robert");
	assert_true(snprintf(cursor, sizeof(cursor), "%s", whole.cursor) > 0);
	dir_world_collect(dir_world_ask("d", false, cursor), 256, &other);
	assert_string_equal(other.text, "");
	assert_true(other.complete && other.users >= 1);
	assert_int_equal(other.groups, whole.groups);
	assert_int_equal(other.members, whole.members);
	tell("person-remove name=bob");
	assert_true(snprintf(cursor, sizeof(cursor), "%s", other.cursor) > 0);
	dir_world_collect(dir_world_ask("d", false, cursor), 256, &other);
	assert_string_equal(other.code, "cursor-expired");

	set_up(2, "apart", "100");
	dir_world_collect(dir_world_ask("d", true, ""), 256, &other);
	assert_true(other.complete);
	assert_int_equal(other.users, whole.users - 1);
	assert_int_equal(other.groups, whole.groups);
	assert_true(other.members > 0 && other.members < whole.members);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_a_server_of_others_is_read) };

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
