/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd reading the directories of the platform that misbehaves: what comes whole is
 * said to be whole, everything else says why it is not.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "tests/lib/dir-world.h"

#define WAIT (60 * USEC_PER_SEC)

struct row {
	const char *what; /* case of the mock */
	const char *code; /* of DIR_END; "" complete */
	unsigned users, groups;
};

static void test_a_directory_that_comes_whole_says_so(void **state)
{
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	dir_world_set_up("good,people=250", "client_secret_basic", "100", NULL);
	dir_world_collect(dir_world_ask("good,people=250", true, ""), 256, &outcome);
	assert_string_equal(outcome.text, "");
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 250);
	assert_int_equal(outcome.groups, 3);
	assert_int_equal(outcome.progress, 4);
	assert_string_equal(outcome.first_name, "alice");
	assert_string_equal(outcome.first_home, "/home/alice");
	assert_int_equal(outcome.first_uid, 1879048292);
	/* A wait before anything came is no silence either. */
	dir_world_set_up("scim-429-first,people=45", "none", "20", NULL);
	dir_world_collect(dir_world_ask("scim-429-first,people=45", true, ""), 256, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.progress, 5);
}

static void test_no_record_comes_without_credit(void **state)
{
	struct outcome outcome;
	struct wire_in in;
	uint64_t flow;

	(void)state;
	if (no_platform)
		skip();
	dir_world_set_up("good,people=30~credit", "none", "10", NULL);
	flow = dir_world_ask("good,people=30~credit", true, "");
	assert_int_equal(fake_core_next(&core, 2 * USEC_PER_SEC, &in), -ETIMEDOUT);
	assert_int_equal(fake_core_credit(&core, flow, 1), 0);
	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_DIR_USER);
	assert_int_equal(fake_core_next(&core, USEC_PER_SEC, &in), -ETIMEDOUT);
	dir_world_collect_rest(flow, 7, 1, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 30);
}

static void test_every_misbehaviour_of_a_directory_has_its_verdict(void **state)
{
	static const struct row rows[] = {
		{ "good,people=45", "", 45, 3 },
		{ "scim-same-page,people=45", "paging-ignored", 20, 0 },
		{ "scim-total-high,people=45", "paging-short", 45, 0 },
		{ "scim-total-low,people=45", "paging-long", 20, 0 },
		{ "scim-total-missing,people=45", "directory-garbage", 0, 0 },
		{ "scim-total-string,people=45", "directory-garbage", 0, 0 },
		{ "scim-total-changes,people=45", "paging-short", 45, 0 },
		{ "scim-duplicates,people=45", "paging-changed", 43, 0 },
		{ "scim-zero-page,people=45", "paging-short", 20, 0 },
		{ "scim-no-resources,people=45", "directory-garbage", 0, 0 },
		{ "scim-resources-object,people=45", "directory-garbage", 0, 0 },
		{ "scim-endless,people=45", "paging-ignored", 40, 0 },
		{ "scim-garbage-half,people=45", "directory-garbage", 20, 0 },
		{ "scim-500-once,people=45", "", 45, 3 },
		{ "scim-429-once,people=45", "", 45, 3 },
		{ "scim-401-once,people=45", "", 45, 3 },
		{ "scim-401,people=45", "directory-unauthorized", 0, 0 },
		{ "scim-duplicate-members,people=45", "directory-garbage", 0, 0 },
		{ "scim-plain-json,people=45", "", 45, 3 },
		{ "scim-empty", "", 0, 3 },
		{ "html-404,at=users", "http-status", 0, 0 },
		{ "big,at=token", "answer-too-large", 0, 0 },
		{ "html-404,at=token", "directory-token", 0, 0 },
		{ "redirect-foreign,at=users", "redirect-refused", 0, 0 },
	};
	struct outcome outcome;
	unsigned wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct row *row = &rows[i];

		dir_world_set_up(row->what, "client_secret_post", "20", NULL);
		dir_world_collect(dir_world_ask(row->what, true, ""), 256, &outcome);
		if (strcmp(outcome.code, row->code) == 0 && outcome.users == row->users &&
		    outcome.groups == row->groups)
			continue;
		print_message("%s: %s (%s), %u users, %u groups; expected %s, %u, %u\n", row->what,
			      outcome.code, outcome.text, outcome.users, outcome.groups, row->code,
			      row->users, row->groups);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void test_half_a_directory_is_never_a_whole_one(void **state)
{
	static const struct row rows[] = {
		{ "scim-reset-half,people=45", "answer-truncated", 20, 0 },
		{ "scim-truncated-half,people=45", "answer-truncated", 20, 0 },
		{ "scim-500-half,people=45", "http-status", 20, 0 },
	};
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		dir_world_set_up(rows[i].what, "none", "20", NULL);
		dir_world_collect(dir_world_ask(rows[i].what, true, ""), 256, &outcome);
		assert_false(outcome.complete);
		assert_string_equal(outcome.code, rows[i].code);
		assert_int_equal(outcome.users, rows[i].users);
		assert_int_equal(outcome.groups, rows[i].groups);
	}
}

static void test_a_bad_record_is_left_out_and_named(void **state)
{
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	dir_world_set_up("scim-bad-records", "none", "100", NULL);
	dir_world_collect(dir_world_ask("scim-bad-records", true, ""), 256, &outcome);
	assert_true(outcome.complete);
	assert_true(strstr(outcome.text, "left out") != NULL);
}

static void test_one_person_can_be_found(void **state)
{
	static const char *const nobody[] = {
		"nobody-here", "alice\" or userName eq \"bob", "ali*", "\\", "",
	};
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	dir_world_set_up("good,people=45~find", "private_key_jwt", "20", NULL);
	dir_world_collect(dir_world_find("good,people=45~find", WIRE_FIND_USER_NAME, "bob"), 0,
			  &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 1);
	assert_string_equal(outcome.first_name, "bob");
	assert_true(core.signs > 0);
	dir_world_collect(
		dir_world_find("good,people=45~find", WIRE_FIND_GROUP_NAME, "team with spaces"), 0,
		&outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.groups, 1);
	assert_int_equal(outcome.members, 1);
	for (size_t i = 0; i < ELEMENTSOF(nobody); i++) {
		dir_world_collect(
			dir_world_find("good,people=45~find", WIRE_FIND_USER_NAME, nobody[i]), 0,
			&outcome);
		assert_int_equal(outcome.users, 0);
	}
}

static void test_a_directory_nobody_configured_is_said_so(void **state)
{
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	dir_world_collect(dir_world_ask("no-such-directory", true, ""), 256, &outcome);
	assert_string_equal(outcome.code, "configuration");
}

NETD_WORLD_MAIN(TEST(test_a_directory_that_comes_whole_says_so),
		TEST(test_no_record_comes_without_credit),
		TEST(test_every_misbehaviour_of_a_directory_has_its_verdict),
		TEST(test_half_a_directory_is_never_a_whole_one),
		TEST(test_a_bad_record_is_left_out_and_named), TEST(test_one_person_can_be_found),
		TEST(test_a_directory_nobody_configured_is_said_so))
