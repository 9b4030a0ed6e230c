/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real idp-netd reading a realm by Keycloak's admin API, as the mock plays it, well and badly.
 */
#include "tests/lib/test.h"

#include "tests/lib/dir-log.h"
#include "tests/lib/netd-world.h"

#define FROM(name) "/attributes/" name "/0"

static uint32_t revision;
static struct dir_log seen;

/* A realm named after the case; more: further keys of the directory, NULL at their end. */
static void set_up(const char *what, const char *page_size, const char *const *more)
{
	char issuer[256], url[300];
	const char *provider[] = {
		"issuer", issuer,        "client_id",           "host",          "ca",
		mock.ca,  "client_auth", "client_secret_basic", "client_secret", "a secret",
		NULL,
	};
	const char *directory[48] = {
		"kind",          "keycloak",
		"provider",      what,
		"url",           url,
		"page_size",     page_size,
		"uid_from",      FROM("uidNumber"),
		"home_from",     FROM("homeDirectory"),
		"ssh_keys_from", "/attributes/sshPublicKey",
	};
	size_t n = 14;

	netd_world_issuer(what, issuer);
	assert_true(snprintf(url, sizeof(url), "%s/admin/realms/corp/", issuer) > 0);
	for (; more && *more; more++)
		directory[n++] = *more;
	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", what, provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", what, directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

/* A whole pass over a case. */
static void read_realm(const char *what, const char *page_size, const char *const *more)
{
	set_up(what, page_size, more);
	dir_log_sync(&core, what, true, "", &seen);
}

static void has(const char *line)
{
	if (!strstr(seen.text, line))
		fail_msg("no %s in:\n%s%s (%s)", line, seen.text, seen.reason, seen.code);
}

/* Members of a group of the text, in any order. */
static void has_group(const char *id, const char *name, const char *const *members)
{
	char begin[128], *line, *end;

	assert_true(snprintf(begin, sizeof(begin), "group %s %s ", id, name) > 0);
	line = strstr(seen.text, begin);
	if (!line)
		fail_msg("no %s in:\n%s", begin, seen.text);
	end = strchr(line, '\n');
	assert_non_null(end);
	*end = '\0';
	line = strchr(line, '[');
	assert_non_null(line);
	for (char *at = line; *at; at++)
		if (strchr("[]", *at))
			*at = ' ';
	for (; *members; members++) {
		char word[64], *at;

		assert_true(snprintf(word, sizeof(word), " %s ", *members) > 0);
		at = strstr(line, word);
		if (!at)
			fail_msg("%s has no%sbut%s", name, word, line);
		memset(at + 1, ' ', strlen(*members));
	}
	if (line[strspn(line, " ")] != '\0')
		fail_msg("%s has also %s", name, line);
	*end = '\n';
}

#define HAS_GROUP(id, name, ...) has_group(id, name, (const char *const[]){ __VA_ARGS__, NULL })

static void check_groups(void)
{
	HAS_GROUP("g-sales", "sales", "k-bob", "g-sales-emea", "g-sales-apac");
	HAS_GROUP("g-sales-emea", "sales.emea", "k-carol", "g-sales-emea-it");
	HAS_GROUP("g-sales-emea-it", "sales.emea.it", "k-erin");
	HAS_GROUP("g-sales-apac", "sales.apac", "k-dave");
	HAS_GROUP("g-unix", "unix", "k-alice", "k-bob", "k-carol", "k-dave", "k-erin");
}

static void test_a_realm_comes_whole_with_its_tree_of_groups(void **state)
{
	static const char *const versions[] = { "keycloak", "keycloak,old=1", "keycloak,cap=3" };

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(versions); i++) {
		read_realm(versions[i], "100",
			   (const char *const[]){ "group_gid_from", FROM("gidNumber"), NULL });
		assert_string_equal(seen.reason, "");
		assert_true(seen.complete);
		assert_string_equal(seen.cursor, "");
		assert_int_equal(seen.users, 5);
		assert_int_equal(seen.groups, 5);
		has("user k-alice k-alice alice 1879048292 - Alice Example|/home/alice| on "
		    "ssh_keys=ssh-ed25519 AAAA one;ssh-ed25519 BBBB two\n");
		has("user k-dave k-dave dave 1879048295 - Dave Example|/home/dave| off\n");
		has("group g-sales sales 1879048200 [");
		check_groups();
		assert_null(strstr(seen.text, "service"));
	}
}

static void test_pages_of_any_size_make_the_same_realm(void **state)
{
	static const char *const sizes[] = { "1", "2", "3", "4", "5", "6" };

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
		read_realm("keycloak~sizes", sizes[i], NULL);
		assert_true(seen.complete);
		assert_int_equal(seen.users, 5);
		check_groups();
	}
	read_realm("keycloak,people=1234", "100", NULL);
	assert_true(seen.complete);
	assert_int_equal(seen.users, 1234);
}

static void test_roles_become_groups_where_asked(void **state)
{
	static const char *const both[] = { "groups", "groups roles", NULL };
	static const char *const only[] = { "groups", "roles", NULL };

	(void)state;
	if (no_platform)
		skip();
	read_realm("keycloak~roles", "2", both);
	assert_string_equal(seen.reason, "");
	assert_true(seen.complete);
	check_groups();
	/* manager is made of worker: whoever is the first is the second. */
	HAS_GROUP("r-manager", "manager", "k-alice");
	HAS_GROUP("r-worker", "worker", "k-bob", "r-manager");
	/* viewer was given to the group sales, and to carol herself. */
	HAS_GROUP("r-viewer", "viewer", "k-carol", "g-sales");
	assert_int_equal(seen.groups, 8);
	read_realm("keycloak~only", "2", only);
	assert_true(seen.complete);
	HAS_GROUP("r-worker", "worker", "k-bob", "r-manager");
	HAS_GROUP("r-viewer", "viewer", "k-carol");
	assert_int_equal(seen.groups, 3);
}

static void test_groups_can_have_the_names_they_say(void **state)
{
	(void)state;
	if (no_platform)
		skip();
	read_realm("keycloak~leaf", "100",
		   (const char *const[]){ "group_name_from", "/name", "require", "email actions",
					  NULL });
	assert_true(seen.complete);
	HAS_GROUP("g-sales-emea-it", "it", "k-erin");
	has("user k-alice k-alice alice 1879048292 - Alice Example|/home/alice| on");
	has("user k-bob k-bob bob 1879048293 - Bob Example|/home/bob| off");           /* email */
	has("user k-carol k-carol carol 1879048294 - Carol Example|/home/carol| off"); /* actions */
}

struct row {
	const char *what, *code, *words;
	unsigned users, groups;
};

static void test_every_misbehaviour_of_a_realm_has_its_verdict(void **state)
{
	static const struct row rows[] = {
		{ "keycloak,people=45", "", "", 45, 5 },
		{ "keycloak,people=45,cap=7", "", "", 45, 5 },
		{ "keycloak-heedless,people=45", "paging-ignored", "first=", 20, 0 },
		{ "keycloak-leaves,people=45", "paging-changed", "changed while", 20, 0 },
		{ "keycloak-joins,people=45", "paging-changed", "changed while", 20, 0 },
		{ "keycloak-swap,people=45", "paging-changed", "changed while", 20, 0 },
		{ "keycloak-duplicate,people=45", "paging-changed", "changed while", 20, 0 },
		{ "keycloak-count-high,people=45", "paging-short", "counts more people", 45, 0 },
		{ "keycloak-count-low,people=45", "", "", 45, 5 },
		{ "keycloak-count-moves,people=45", "paging-changed", "changed while", 45, 0 },
		{ "keycloak-count-object,people=45", "directory-garbage", "no number", 0, 0 },
		{ "keycloak-nobody", "directory-empty", "view-users", 0, 0 },
		{ "keycloak-403-users", "directory-unauthorized", "of host the role view-users of",
		  0, 0 },
		{ "keycloak-403-groups", "directory-unauthorized", "query-groups", 5, 0 },
		{ "keycloak-403-members", "directory-unauthorized", "view-users", 5, 0 },
		{ "keycloak-403-roles", "directory-unauthorized", "view-realm", 5, 0 },
		{ "keycloak-401", "directory-unauthorized", "must be the realm", 0, 0 },
		{ "keycloak-no-realm", "http-status", "no such realm", 0, 0 },
		{ "keycloak-login-page", "directory-garbage", "admin API", 0, 0 },
		{ "keycloak-error-object", "directory-garbage", "not a JSON list", 5, 0 },
		{ "keycloak-group-gone", "paging-changed", "changed while", 5, 1 },
		{ "keycloak-group-twice", "paging-changed", "changed while", 5, 0 },
		{ "keycloak-child-twice", "paging-changed", "changed while", 5, 0 },
		{ "keycloak-bad-records", "", "2 records were left out", 3, 5 },
		{ "keycloak-bad-group", "", "4 records were left out", 5, 1 },
		{ "keycloak-429-once,people=45", "", "", 45, 5 },
		{ "keycloak-500-once,people=45", "", "", 45, 5 },
		{ "keycloak-401-once,people=45", "", "", 45, 5 },
		{ "keycloak-truncated-half,people=45", "answer-truncated", "", 20, 0 },
		{ "keycloak-garbage-half,people=45", "directory-garbage", "not a JSON list", 20,
		  0 },
		{ "redirect-foreign,at=realm", "redirect-refused", "", 0, 0 },
	};
	static const char *const more[] = { "group_gid_from", FROM("gidNumber"), NULL };
	static const char *const roles[] = { "groups", "groups roles", NULL };
	unsigned wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct row *row = &rows[i];

		read_realm(row->what, "20", strstr(row->what, "roles") ? roles : more);
		if (strcmp(seen.code, row->code) == 0 && strstr(seen.reason, row->words) &&
		    seen.users == row->users && seen.groups == row->groups &&
		    seen.complete == (*row->code == '\0'))
			continue;
		print_message("%s: %s (%s), %u users, %u groups; expected %s (%s), %u, %u\n",
			      row->what, seen.code, seen.reason, seen.users, seen.groups, row->code,
			      row->words, row->users, row->groups);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void find(const char *what, enum wire_find how, const char *value, const char *text)
{
	dir_log_find(&core, what, how, value, &seen);
	if (!seen.complete || strncmp(seen.text, text, strlen(text)) != 0 ||
	    (*text == '\0') != (*seen.text == '\0'))
		fail_msg("%s: %s%s (%s); expected %s", value, seen.text, seen.reason, seen.code,
			 text);
}

static void test_one_person_or_group_can_be_found(void **state)
{
	static const char *const nobody[] = {
		"nobody-here", "Bob", "bo",       "bob&max=9",           "",
		".",           "..",  "../users", "service-account-web",
	};
	static const char *const versions[] = { "keycloak~find", "keycloak,old=1~find" };

	(void)state;
	if (no_platform)
		skip();
	for (size_t v = 0; v < ELEMENTSOF(versions); v++) {
		const char *what = versions[v];

		set_up(what, "100", NULL);
		find(what, WIRE_FIND_USER_NAME, "bob", "user k-bob k-bob bob 1879048293");
		find(what, WIRE_FIND_SUBJECT, "k-carol", "user k-carol k-carol carol");
		for (size_t i = 0; i < ELEMENTSOF(nobody); i++) {
			find(what, WIRE_FIND_USER_NAME, nobody[i], "");
			find(what, WIRE_FIND_SUBJECT, nobody[i], "");
			find(what, WIRE_FIND_GROUP_NAME, nobody[i], "");
		}
		find(what, WIRE_FIND_SUBJECT, "count", "");
		find(what, WIRE_FIND_GROUP_NAME, "sales", "group g-sales sales - [");
		HAS_GROUP("g-sales", "sales", "k-bob", "g-sales-emea", "g-sales-apac");
		find(what, WIRE_FIND_GROUP_NAME, "sales.emea", "group g-sales-emea sales.emea - [");
		HAS_GROUP("g-sales-emea", "sales.emea", "k-carol", "g-sales-emea-it");
		find(what, WIRE_FIND_GROUP_NAME, "sales.emea.it", "group g-sales-emea-it sales");
		find(what, WIRE_FIND_GROUP_NAME, "it", "");
	}
	set_up("keycloak~attribute", "100",
	       (const char *const[]){ "name_from", FROM("unixName"), "subject_from", "/username",
				      NULL });
	find("keycloak~attribute", WIRE_FIND_USER_NAME, "bob", "user k-bob bob bob");
	find("keycloak~attribute", WIRE_FIND_SUBJECT, "carol", "user k-carol carol carol");
	find("keycloak~attribute", WIRE_FIND_USER_NAME, "b:c", "");
	set_up("keycloak~first", "100", (const char *const[]){ "name_from", "/firstName", NULL });
	dir_log_find(&core, "keycloak~first", WIRE_FIND_USER_NAME, "Bob", &seen);
	assert_string_equal(seen.code, "configuration");
}

static void test_doctor_says_what_the_realm_does_not_give(void **state)
{
	static const struct {
		const char *what, *says;
		enum wire_finding level;
	} rows[] = {
		{ "keycloak~doctor", "it can be read: 5 users ()", WIRE_FINDING_OK },
		{ "keycloak-403-users~doctor", "role view-users", WIRE_FINDING_ERROR },
		{ "keycloak-401~doctor", "must be the realm", WIRE_FINDING_ERROR },
		{ "keycloak-nobody~doctor", "shows no people", WIRE_FINDING_ERROR },
		{ "keycloak-no-realm~doctor", "no such realm", WIRE_FINDING_ERROR },
		{ "keycloak-login-page~doctor", "admin API", WIRE_FINDING_ERROR },
		{ "error-500,at=realm~doctor", "500", WIRE_FINDING_ERROR },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char level[16];

		set_up(rows[i].what, "100", NULL);
		/* The provider has the same name: its own findings come first. */
		dir_log_probe(&core, rows[i].what, &seen);
		assert_true(snprintf(level, sizeof(level), "%u ", (unsigned)rows[i].level) > 0);
		has(rows[i].says);
		has(level);
	}
}

static void test_an_address_that_is_no_admin_api_is_told_so(void **state)
{
	char issuer[256];
	const char *provider[] = { "issuer", issuer, "client_id", "host", "ca", mock.ca, NULL };
	const char *directory[] = { "kind", "keycloak", "provider", "p", "url", issuer, NULL };

	(void)state;
	if (no_platform)
		skip();
	netd_world_issuer("keycloak", issuer);
	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", "d", directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	dir_log_sync(&core, "d", true, "", &seen);
	assert_string_equal(seen.code, "configuration");
	assert_non_null(strstr(seen.reason, "https://HOST/admin/realms/REALM"));
}

NETD_WORLD_MAIN(TEST(test_a_realm_comes_whole_with_its_tree_of_groups),
		TEST(test_pages_of_any_size_make_the_same_realm),
		TEST(test_roles_become_groups_where_asked),
		TEST(test_groups_can_have_the_names_they_say),
		TEST(test_every_misbehaviour_of_a_realm_has_its_verdict),
		TEST(test_one_person_or_group_can_be_found),
		TEST(test_doctor_says_what_the_realm_does_not_give),
		TEST(test_an_address_that_is_no_admin_api_is_told_so))
