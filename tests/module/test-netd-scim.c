/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd and what SCIM servers can do beyond a list by index, well and badly: cursors,
 * ETags, changes by time, members apart, attributes left out, INDIGO IAM's extension.
 */
#include "tests/lib/test.h"

#include <unistd.h>

#include "tests/lib/dir-world.h"

#define INDIGO "urn:indigo-dc:scim:schemas:IndigoUser"

struct row {
	const char *what, *key, *value; /* case of the mock; a setting */
	const char *code;               /* of DIR_END; "" complete */
	unsigned users, groups, members;
};

static void sync_case(const char *what, const char *const *more, struct outcome *outcome)
{
	dir_world_set_up(what, "client_secret_basic", "20", more);
	dir_world_collect(dir_world_ask(what, true, ""), 256, outcome);
}

static void again(const char *what, const char *cursor, struct outcome *outcome)
{
	char kept[DIR_CURSOR_MAX + 1];

	assert_true(snprintf(kept, sizeof(kept), "%s", cursor) > 0);
	dir_world_collect(dir_world_ask(what, false, kept), 256, outcome);
}

/* Tells the mock what happened to its people: "gone=carol&added=2". */
static void happens(const char *what, const char *change)
{
	char command[512];

	assert_true(snprintf(command, sizeof(command),
			     "curl -sf --cacert %s 'https://127.0.0.1:%u/%s/_change?%s' >/dev/null",
			     mock.ca, mock.port, what, change) < (int)sizeof(command));
	assert_int_equal(system(command), 0);
}

static void run_rows(const struct row *rows, size_t n)
{
	struct outcome outcome;
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		const char *more[] = { row->key, row->value, NULL };

		sync_case(row->what, more, &outcome);
		if (strcmp(outcome.code, row->code) == 0 && outcome.users == row->users &&
		    outcome.groups == row->groups && outcome.members == row->members)
			continue;
		print_message("%s: %s (%s), %u users, %u groups, %u members; expected %s, %u, %u, "
			      "%u\n",
			      row->what, outcome.code, outcome.text, outcome.users, outcome.groups,
			      outcome.members, row->code, row->users, row->groups, row->members);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void test_pages_linked_by_cursors(void **state)
{
	static const struct row rows[] = {
		{ "scim-cursor,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-cursor,people=45~asked", "paging", "cursor", "", 45, 3, 7 },
		{ "scim-cursor,people=45~index", "paging", "index", "", 45, 3, 7 },
		{ "scim-cursor-no-total,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-cursor-circle,people=45", NULL, NULL, "paging-cursor", 40, 0, 0 },
		{ "scim-cursor-again,people=45", NULL, NULL, "paging-ignored", 20, 0, 0 },
		{ "scim-cursor-mill,people=45", NULL, NULL, "paging-cursor", 0, 0, 0 },
		{ "scim-cursor-long,people=45", NULL, NULL, "directory-garbage", 0, 0, 0 },
		{ "scim-cursor-short,people=45", NULL, NULL, "paging-short", 20, 0, 0 },
		{ "scim-cursor-expired,people=45", NULL, NULL, "http-status", 20, 0, 0 },
		{ "scim-cursor-duplicates,people=45", NULL, NULL, "paging-changed", 43, 0, 0 },
		/* What says nothing of cursors is asked by index. */
		{ "scim-no-service,people=45", NULL, NULL, "", 45, 3, 7 },
	};

	(void)state;
	if (no_platform)
		skip();
	run_rows(rows, ELEMENTSOF(rows));
	assert_true(netd_world_noted("scim-cursor,people=45", "cursor="));
	assert_false(netd_world_noted("scim-cursor,people=45~index", "cursor="));
}

static void test_pages_that_come_late_or_are_numbered_wrongly(void **state)
{
	static const struct row rows[] = {
		{ "scim-reset-once,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-truncated-once,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-429-date,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-from-zero,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-index-lies,people=45", NULL, NULL, "", 45, 3, 7 },
		{ "scim-no-ids,people=45", NULL, NULL, "", 23, 3, 7 },
	};

	(void)state;
	if (no_platform)
		skip();
	run_rows(rows, ELEMENTSOF(rows));
}

static void test_members_are_read_apart(void **state)
{
	static const struct row rows[] = {
		{ "scim-apart,people=45", "members", "apart", "", 45, 3, 7 },
		{ "scim-apart,people=45~paged", "members", "paged", "", 45, 3, 7 },
		{ "scim-apart-gone,people=45", "members", "apart", "", 45, 2, 6 },
		{ "scim-apart-garbage,people=45", "members", "apart", "directory-garbage", 45, 0,
		  0 },
		{ "scim-apart-refused,people=45", "members", "apart", "directory-unauthorized", 45,
		  1, 5 },
		{ "scim-paged-short,people=45", "members", "paged", "paging-short", 45, 1, 5 },
	};
	static const char *const few[] = { "members", "paged", NULL };
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	run_rows(rows, ELEMENTSOF(rows));
	/* Two on a page: a group of five comes in three parts. */
	dir_world_set_up("scim-apart,people=5~few", "none", "2", few);
	dir_world_collect(dir_world_ask("scim-apart,people=5~few", true, ""), 256, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.groups, 3);
	assert_int_equal(outcome.parts, 5);
	assert_int_equal(outcome.members, 7);
	dir_world_collect(dir_world_find("scim-apart,people=5~few", WIRE_FIND_GROUP_NAME, "staff"),
			  0, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.groups, 1);
	assert_int_equal(outcome.members, 5);
	dir_world_set_up("scim-paged-again,people=5", "none", "2", few);
	dir_world_collect(dir_world_ask("scim-paged-again,people=5", true, ""), 256, &outcome);
	assert_string_equal(outcome.code, "paging-ignored");
}

static void test_a_group_inside_a_group_is_a_member(void **state)
{
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	sync_case("scim-nested,people=5", NULL, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.members, 8);
	assert_int_equal(outcome.groups_inside, 1);
}

static void test_attributes_that_are_asked_for_are_not_lost(void **state)
{
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	sync_case("scim-attributes,people=45", NULL, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.first_uid, 1879048292);
	assert_true(netd_world_noted("scim-attributes,people=45", "attributes=id%2Cactive"));
	sync_case("scim-attributes-refused,people=45", NULL, &outcome);
	assert_string_equal(outcome.text, "");
	assert_int_equal(outcome.users, 45);
	assert_int_equal(netd_world_asked("scim-attributes-refused,people=45", "users"), 4);
	/* It drops what it does not know by that name: found out, and asked without. */
	sync_case("scim-attributes-drop,people=45", NULL, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 45);
	assert_int_equal(outcome.first_uid, 1879048292);
	assert_string_equal(outcome.first_home, "/home/alice");
	assert_int_equal(netd_world_asked("scim-attributes-drop,people=45", "users"), 4);
	assert_false(netd_world_noted("scim-attributes-drop,people=45", "attributes="));
}

static void test_an_unchanged_directory_costs_no_records(void **state)
{
	const char *what = "scim-etag,people=45";
	struct outcome outcome, first;

	(void)state;
	if (no_platform)
		skip();
	sync_case(what, NULL, &first);
	assert_true(first.complete);
	assert_true(strstr(first.cursor, "page u 20 W/\"") != NULL);
	again(what, first.cursor, &outcome);
	assert_string_equal(outcome.code, "unchanged");
	assert_int_equal(outcome.users + outcome.groups, 0);
	assert_int_equal(outcome.progress, 4); /* or the authority takes it for silence */
	assert_string_equal(outcome.cursor, first.cursor);
	assert_int_equal(netd_world_asked(what, "304"), 4);
	happens(what, "modified=bob");
	again(what, first.cursor, &outcome);
	assert_string_equal(outcome.code, "cursor-expired");
	assert_int_equal(outcome.users, 0);
}

static void test_what_changed_comes_by_time(void **state)
{
	const char *what = "scim-etag-delta,people=45";
	struct outcome outcome, first;

	(void)state;
	if (no_platform)
		skip();
	sync_case(what, NULL, &first);
	assert_true(first.complete);
	again(what, first.cursor, &outcome);
	assert_string_equal(outcome.code, "unchanged");
	/* Dates have whole seconds: born after the count, by any clock. */
	assert_int_equal(sleep(2), 0);
	happens(what, "modified=bob&added=2");
	again(what, first.cursor, &outcome);
	assert_string_equal(outcome.text, "");
	assert_true(outcome.complete);
	/* Everybody was born within the overlap of the newest. */
	assert_int_equal(outcome.users, 47);
	assert_true(strstr(outcome.cursor, "users 47\n") != NULL);
	again(what, outcome.cursor, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 3);
	assert_int_equal(outcome.groups, 3); /* whole: not every server dates a change of members */
	/* Who is gone has no time: the count tells. */
	happens(what, "modified=bob&gone=carol&added=2");
	again(what, outcome.cursor, &outcome);
	assert_false(outcome.complete);
	assert_string_equal(outcome.code, "cursor-expired");
}

/* Bob comes back as carol leaves: there are as many as before, and carol is not among the changes.
 */
static void test_who_leaves_the_filter_is_not_overlooked(void **state)
{
	static const char *const active[] = { "filter", "active eq true", NULL };
	const char *what = "good,people=45~filter";
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	dir_world_set_up(what, "none", "20", active);
	happens(what, "disabled=bob");
	dir_world_collect(dir_world_ask(what, true, ""), 256, &outcome);
	assert_int_equal(outcome.users, 44);
	assert_true(strstr(outcome.cursor, "users 44\n") != NULL);
	happens(what, "modified=bob&disabled=carol");
	again(what, outcome.cursor, &outcome);
	assert_string_equal(outcome.code, "cursor-expired");
	/* And where nobody of the others changed, changes come by time. */
	dir_world_collect(dir_world_ask(what, true, ""), 256, &outcome);
	assert_int_equal(outcome.users, 44);
	happens(what, "modified=bob");
	dir_world_collect(dir_world_ask(what, true, ""), 256, &outcome);
	assert_int_equal(outcome.users, 45);
	again(what, outcome.cursor, &outcome);
	assert_string_equal(outcome.text, "");
	assert_true(outcome.complete);
}

static void test_no_time_is_asked_for_where_it_is_not_known(void **state)
{
	static const char *const no[] = { "delta", "no", NULL };
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	sync_case("scim-no-filter,people=5", NULL, &outcome);
	assert_true(outcome.complete);
	assert_string_equal(outcome.cursor, "");
	sync_case("good,people=5~nodelta", no, &outcome);
	assert_string_equal(outcome.cursor, "");
	again("good,people=5~nodelta", "what is this", &outcome);
	assert_string_equal(outcome.code, "cursor-expired");
	sync_case("scim-no-time-filter,people=5", NULL, &outcome);
	assert_string_not_equal(outcome.cursor, "");
	again("scim-no-time-filter,people=5", outcome.cursor, &outcome);
	assert_string_equal(outcome.code, "cursor-expired");
	dir_world_collect(dir_world_ask("scim-no-time-filter,people=5", true, ""), 256, &outcome);
	assert_true(outcome.complete);
	assert_string_equal(outcome.cursor, ""); /* learned */
}

/* With what preset = indigo-iam fills in. */
static void test_indigo_iam_s_extension_is_read(void **state)
{
	static const char *const preset[] = {
		"members",
		"paged",
		"end_time_from",
		"/" INDIGO "/endTime",
		"ssh_keys_from",
		"/" INDIGO "/sshKeys",
		"labels_from",
		"/" INDIGO "/labels",
		NULL,
	};
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	sync_case("indigo,people=45", preset, &outcome);
	assert_string_equal(outcome.text, "");
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 45);
	assert_int_equal(outcome.members, 7);
	assert_string_equal(
		outcome.first_keys,
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHMsO1sZ0Vb1J4u8dkZ0sVw0Z2P8yN0xH0L"
		"0cS0m0x1a laptop");
	assert_string_equal(outcome.first_labels, "indigo-iam/site=LNF");
	assert_int_equal(outcome.first_end, 1893452400);
	assert_true(outcome.first_active);
	assert_true(netd_world_asked("indigo,people=45", "members") >= 3);
	assert_true(netd_world_noted("indigo,people=45", "IndigoUser"));
	sync_case("indigo,people=45~generic", NULL, &outcome);
	assert_string_equal(outcome.first_keys, "");
}

NETD_WORLD_MAIN(TEST(test_pages_linked_by_cursors),
		TEST(test_pages_that_come_late_or_are_numbered_wrongly),
		TEST(test_members_are_read_apart), TEST(test_a_group_inside_a_group_is_a_member),
		TEST(test_attributes_that_are_asked_for_are_not_lost),
		TEST(test_an_unchanged_directory_costs_no_records),
		TEST(test_what_changed_comes_by_time),
		TEST(test_who_leaves_the_filter_is_not_overlooked),
		TEST(test_no_time_is_asked_for_where_it_is_not_known),
		TEST(test_indigo_iam_s_extension_is_read))
