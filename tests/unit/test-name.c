/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may and what may never stand in a passwd or group entry. */

#include "tests/lib/test.h"

#include "common/limits.h"
#include "common/name.h"

static bool user(const char *name)
{
	return name_is_user(name, strlen(name));
}

static bool group(const char *name)
{
	return name_is_group(name, strlen(name));
}

static void test_user_names(void **state)
{
	static const char *const good[] = { "a",
					    "_a",
					    "alice",
					    "a.b-c_d9",
					    "alice@corp.example",
					    "abcdefghijklmnopqrstuvwxyz012345" };
	static const char *const bad[] = {
		"",
		"1",
		"123",
		"-a",
		".a",
		"a.",
		"a@",
		"@a",
		"a@b@c",
		"Alice",
		"a b",
		"a:b",
		"a/b",
		"a\nb",
		"a\x1b",
		"\xc3\xa9",
		"a\xc3\xa9",
		"..",
		".",
		"a;b",
		"a$",
		"a\\b",
		"abcdefghijklmnopqrstuvwxyz0123456",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		assert_true(user(good[i]));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(user(bad[i]));
	assert_false(name_is_user("a\0b", 3));
}

static void test_group_names(void **state)
{
	(void)state;
	assert_true(group("Domain-Users"));
	assert_true(group("g"));
	assert_false(group("Domain Users"));
	assert_false(group("a:b"));
	assert_false(group("/infn/lnf"));
	assert_false(group("x,y"));
	assert_false(name_is_group(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 65));
}

static void test_placeholders(void **state)
{
	static const char home[] = NAME_PLACEHOLDER_HOME, shell[] = NAME_PLACEHOLDER_SHELL;

	(void)state;
	assert_true(name_is_placeholder(UID_RANGE_CEILING, UID_RANGE_CEILING, home, shell));
	assert_true(name_is_placeholder(5000, 5000, home, shell)); /* id_range may be another */
	assert_false(name_is_placeholder(UID_RANGE_CEILING, 100, home, shell));
	assert_false(name_is_placeholder(0, 0, home, shell));
	assert_false(name_is_placeholder(65534, 65534, home, shell)); /* nobody */
	assert_false(name_is_placeholder(104, 104, home, shell));
	assert_false(name_is_placeholder(5000, 5000, "/home/x", shell));
	assert_false(name_is_placeholder(5000, 5000, home, "/bin/sh"));
}

static void test_gecos(void **state)
{
	static const char *const bad[] = {
		"a:b",
		"a\nb",
		"\x7f",
		"\x1b[1m",
		"\x80",
		"\xc0\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xc3",
		"\xe2\x80\xae"
		"evil",
		"\xc2\x9b"
		"31m",
	};

	(void)state;
	assert_true(name_is_gecos("", 0));
	assert_true(name_is_gecos("Ana Mar\xc3\xad"
				  "a",
				  10));
	assert_true(name_is_gecos("\xf0\x9f\x94\x91", 4));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(name_is_gecos(bad[i], strlen(bad[i])));
	assert_false(name_is_gecos("a\0b", 3));
}

static bool path(const char *text)
{
	return name_is_path(text, strlen(text));
}

static void test_paths(void **state)
{
	static const char *const bad[] = {
		"",        "/",    "//",    "home/a", "/home//a",  "/home/a/", "/home/../etc",
		"/home/.", "/a:b", "/a\nb", "~",      "/home/a/.."
	};

	(void)state;
	assert_true(path("/home/alice"));
	assert_true(path("/h"));
	assert_true(path("/home/.hidden"));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(path(bad[i]));
}

/* The code sorts them by length: one in the wrong place would be found by nobody but this. */
/* clang-format off */
static const char *const system_users[] = {
	"_apt", "_idp-agentd", "_idp-netd", "backup", "bin", "daemon", "games", "gnats", "halt",
	"idp-agentd", "idp-netd", "irc", "list", "lp", "mail", "man", "messagebus", "news",
	"nobody", "operator", "postgres", "proxy", "root", "shutdown", "sshd", "sync", "sys",
	"systemd-coredump", "systemd-network", "systemd-resolve", "systemd-timesync", "toor",
	"uucp", "www-data",
};
static const char *const system_groups[] = {
	"_ssh", "adm", "admin", "audio", "backup", "bin", "cdrom", "crontab", "daemon",
	"dialout", "dip", "disk", "docker", "fax", "floppy", "games", "gnats", "idp-admin",
	"idp-agentd", "idp-netd", "incus", "incus-admin", "input", "irc", "kmem", "kvm",
	"libvirt", "list", "lp", "lxd", "mail", "man", "messagebus", "netdev", "news", "nobody",
	"nogroup", "operator", "plugdev", "proxy", "render", "root", "sasl", "sgx", "shadow",
	"src", "ssh", "staff", "sudo", "sys", "systemd-journal", "systemd-network", "systemd-resolve",
	"systemd-timesync", "tape", "tty", "users", "utmp", "uucp", "video", "voice",
	"wheel", "www-data",
};
/* clang-format on */

static void test_every_name_of_the_system_is_reserved(void **state _unused_)
{
	char longer[40];

	for (size_t i = 0; i < ELEMENTSOF(system_users); i++) {
		assert_true(name_is_reserved_user(system_users[i]));
		assert_true(snprintf(longer, sizeof(longer), "%sx", system_users[i]) > 0);
		assert_false(name_is_reserved_user(longer));
	}
	for (size_t i = 0; i < ELEMENTSOF(system_groups); i++) {
		assert_true(name_is_reserved_group(system_groups[i]));
		assert_true(snprintf(longer, sizeof(longer), "%sx", system_groups[i]) > 0);
		assert_false(name_is_reserved_group(longer));
	}
}

static void test_reserved(void **state)
{
	static const uint32_t never[] = { 0,          1,           999,         60001,
					  60513,      60577,       61184,       65519,
					  65534,      65535,       524288,      1000000,
					  1879048191, 2147483648u, 4294967294u, 4294967295u };
	static const uint32_t may[] = {
		1000, 10001, 60000, 65536, 524287, UID_RANGE_FLOOR, UID_RANGE_CEILING
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(never); i++)
		assert_true(name_is_reserved_id(never[i]));
	for (size_t i = 0; i < ELEMENTSOF(may); i++)
		assert_false(name_is_reserved_id(may[i]));
	assert_true(name_is_reserved_user("root"));
	assert_true(name_is_reserved_user("idp-agentd"));
	assert_false(name_is_reserved_user("alice"));
	assert_true(name_is_reserved_group("sudo"));
	assert_true(name_is_reserved_group("wheel"));
	assert_true(name_is_reserved_group("docker"));
	assert_true(name_is_reserved_group("shadow"));
	assert_false(name_is_reserved_group("physics"));
}

TEST_MAIN(TEST(test_user_names), TEST(test_group_names), TEST(test_placeholders), TEST(test_gecos),
	  TEST(test_paths), TEST(test_reserved), TEST(test_every_name_of_the_system_is_reserved))
