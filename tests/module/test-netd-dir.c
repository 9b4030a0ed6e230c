/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd reading the directories of the platform that misbehaves: what comes whole is
 * said to be whole, everything else says why it is not.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "tests/lib/netd-world.h"

#define WAIT  (60 * USEC_PER_SEC)
#define POSIX "urn:ietf:params:scim:schemas:extension:posix:2.0:User"

static uint32_t revision;
static uint64_t last_flow;

struct row {
	const char *what; /* case of the mock */
	const char *code; /* of DIR_END; "" complete */
	unsigned users, groups;
};

/* What a flow brought. */
struct outcome {
	unsigned users, groups, parts, members, progress;
	uint32_t first_uid;
	char first_name[64], first_home[64];
	bool complete;
	char code[REASON_MAX], text[REASON_MAX];
	uint32_t said_users, said_groups;
};

/* A provider and its directory, both named after the case. */
static void set_up(const char *what, const char *auth, const char *page_size)
{
	char issuer[256], url[300];
	const char *provider[] = {
		"issuer",      issuer, "client_id",     "host",     "ca", mock.ca,
		"client_auth", auth,   "client_secret", "a secret", NULL,
	};
	const char *directory[] = {
		"kind",       "scim",
		"provider",   what,
		"url",        url,
		"page_size",  page_size,
		"uid_from",   "/" POSIX "/uidNumber",
		"gid_from",   "/" POSIX "/gidNumber",
		"home_from",  "/" POSIX "/homeDirectory",
		"shell_from", "/" POSIX "/loginShell",
		NULL,
	};

	netd_world_issuer(what, issuer);
	assert_true(snprintf(url, sizeof(url), "%s/scim/v2/", issuer) > 0);
	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", what, provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", what, directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

static uint64_t ask_sync(const char *directory)
{
	wire_begin(&core.out, MSG_DIR_SYNC, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, directory);
	wire_put_bool(&core.out, true);
	wire_put_str(&core.out, "");
	assert_int_equal(fake_core_send(&core), 0);
	return last_flow;
}

static uint64_t ask_find(const char *directory, enum wire_find what, const char *value)
{
	wire_begin(&core.out, MSG_DIR_FIND, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, directory);
	wire_put_u32(&core.out, what);
	wire_put_str(&core.out, value);
	assert_int_equal(fake_core_send(&core), 0);
	return last_flow;
}

static void take_user(struct outcome *outcome, struct wire_in *in)
{
	const char *name, *home;

	if (outcome->users++ > 0)
		return;
	assert_string_not_equal(wire_get_str(in, 255), "");
	assert_string_not_equal(wire_get_str(in, 255), "");
	name = wire_get_str(in, 255);
	outcome->first_uid = wire_get_u32(in);
	(void)wire_get_u32(in);
	(void)wire_get_str(in, 255);
	home = wire_get_str(in, 255);
	assert_true(snprintf(outcome->first_name, sizeof(outcome->first_name), "%s", name) > 0);
	assert_true(snprintf(outcome->first_home, sizeof(outcome->first_home), "%s", home) > 0);
}

static void take_group(struct outcome *outcome, struct wire_in *in)
{
	assert_string_not_equal(wire_get_str(in, 255), "");
	assert_string_not_equal(wire_get_str(in, 255), "");
	(void)wire_get_u32(in);
	outcome->parts++;
	outcome->groups += wire_get_bool(in);
	(void)wire_get_bool(in);
	outcome->members += wire_get_count(in);
}

static void take_end(struct outcome *outcome, struct wire_in *in)
{
	const char *code, *text;

	outcome->complete = wire_get_bool(in);
	(void)wire_get_str(in, 255);
	outcome->said_users = wire_get_u32(in);
	outcome->said_groups = wire_get_u32(in);
	code = wire_get_str(in, REASON_MAX);
	text = wire_get_str(in, REASON_MAX);
	assert_int_equal(wire_close(in), 0);
	assert_true(snprintf(outcome->code, sizeof(outcome->code), "%s", code) >= 0);
	assert_true(snprintf(outcome->text, sizeof(outcome->text), "%s", text) >= 0);
}

/* Until DIR_END; more credit each time that much was used up (0: none is given). */
static void collect_rest(uint64_t flow, uint32_t credit, unsigned already, struct outcome *outcome)
{
	unsigned came = 0;
	struct wire_in in;

	*outcome = (struct outcome){ .users = already };
	if (credit)
		assert_int_equal(fake_core_credit(&core, flow, credit), 0);
	for (;;) {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), flow);
		if (in.type == MSG_DIR_USER)
			take_user(outcome, &in);
		else if (in.type == MSG_DIR_GROUP)
			take_group(outcome, &in);
		else if (in.type == MSG_DIR_PROGRESS)
			outcome->progress++;
		else
			break;
		if (in.type != MSG_DIR_PROGRESS && ++came % (credit ? credit : 1) == 0 && credit)
			assert_int_equal(fake_core_credit(&core, flow, credit), 0);
	}
	assert_int_equal(in.type, MSG_DIR_END);
	take_end(outcome, &in);
	assert_int_equal(outcome->said_users, outcome->users);
	assert_int_equal(outcome->said_groups, outcome->groups);
	assert_int_equal(outcome->complete, outcome->code[0] == '\0');
}

static void collect(uint64_t flow, uint32_t credit, struct outcome *outcome)
{
	collect_rest(flow, credit, 0, outcome);
}

static void test_a_directory_that_comes_whole_says_so(void **state)
{
	struct outcome outcome;

	(void)state;
	if (no_platform)
		skip();
	set_up("good,people=250", "client_secret_basic", "100");
	collect(ask_sync("good,people=250"), 256, &outcome);
	assert_string_equal(outcome.text, "");
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 250);
	assert_int_equal(outcome.groups, 3);
	assert_int_equal(outcome.progress, 4);
	assert_string_equal(outcome.first_name, "alice");
	assert_string_equal(outcome.first_home, "/home/alice");
	assert_int_equal(outcome.first_uid, 1879048292);
}

static void test_no_record_comes_without_credit(void **state)
{
	struct outcome outcome;
	struct wire_in in;
	uint64_t flow;

	(void)state;
	if (no_platform)
		skip();
	set_up("good,people=30~credit", "none", "10");
	flow = ask_sync("good,people=30~credit");
	assert_int_equal(fake_core_next(&core, 2 * USEC_PER_SEC, &in), -ETIMEDOUT);
	assert_int_equal(fake_core_credit(&core, flow, 1), 0);
	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_DIR_USER);
	assert_int_equal(fake_core_next(&core, USEC_PER_SEC, &in), -ETIMEDOUT);
	collect_rest(flow, 7, 1, &outcome);
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

		set_up(row->what, "client_secret_post", "20");
		collect(ask_sync(row->what), 256, &outcome);
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
		set_up(rows[i].what, "none", "20");
		collect(ask_sync(rows[i].what), 256, &outcome);
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
	set_up("scim-bad-records", "none", "100");
	collect(ask_sync("scim-bad-records"), 256, &outcome);
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
	set_up("good,people=45~find", "private_key_jwt", "20");
	collect(ask_find("good,people=45~find", WIRE_FIND_USER_NAME, "bob"), 0, &outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.users, 1);
	assert_string_equal(outcome.first_name, "bob");
	assert_true(core.signs > 0);
	collect(ask_find("good,people=45~find", WIRE_FIND_GROUP_NAME, "team with spaces"), 0,
		&outcome);
	assert_true(outcome.complete);
	assert_int_equal(outcome.groups, 1);
	assert_int_equal(outcome.members, 1);
	for (size_t i = 0; i < ELEMENTSOF(nobody); i++) {
		collect(ask_find("good,people=45~find", WIRE_FIND_USER_NAME, nobody[i]), 0,
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
	collect(ask_sync("no-such-directory"), 256, &outcome);
	assert_string_equal(outcome.code, "configuration");
}

NETD_WORLD_MAIN(TEST(test_a_directory_that_comes_whole_says_so),
		TEST(test_no_record_comes_without_credit),
		TEST(test_every_misbehaviour_of_a_directory_has_its_verdict),
		TEST(test_half_a_directory_is_never_a_whole_one),
		TEST(test_a_bad_record_is_left_out_and_named), TEST(test_one_person_can_be_found),
		TEST(test_a_directory_nobody_configured_is_said_so))
