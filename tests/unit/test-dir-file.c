/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/dir-file-read.h"

#include "tests/lib/test.h"

#define ALICE "{\"name\":\"alice\",\"subject\":\"s-1\"}"

static const char good[] =
	"{\"users\":[{\"name\":\"alice\",\"subject\":\"248289761001\",\"id\":\"a1\",\"uid\":1879050000,"
	"\"gid\":1879050001,\"gecos\":\"Alice Rossi\",\"home\":\"/home/a\",\"shell\":\"/bin/sh\","
	"\"active\":false,\"end_time\":\"2026-11-21T23:59:00Z\",\"loa\":2,\"origin\":\"anpr\","
	"\"ssh_keys\":[\"ssh-ed25519 AAAA a@b\",\"ssh-rsa BBBB\"],\"labels\":[\"x=1\"]},"
	"{\"name\":\"bob\",\"subject\":\"s-2\"}],"
	"\"groups\":[{\"name\":\"staff\",\"gid\":1879060000,\"members\":[\"bob\",\"alice\"],"
	"\"groups\":[\"ops\"]},{\"name\":\"ops\",\"id\":\"g2\"}]}";

static void test_everything_a_person_can_have_is_read(void **state)
{
	struct dir_file file = DIR_FILE_NULL;
	struct dir_file_scratch scratch;
	char reason[REASON_MAX] = "";
	struct dir_user user;

	(void)state;
	dir_file_scratch_init(&scratch);
	assert_int_equal(dir_file_parse(good, strlen(good), reason, &file), 0);
	assert_int_equal(dir_file_n_users(&file), 2);
	assert_int_equal(dir_file_user(&file, 0, &scratch, &user), 0);
	assert_string_equal(user.id, "a1");
	assert_string_equal(user.sub, "248289761001");
	assert_string_equal(user.name, "alice");
	assert_int_equal(user.uid, 1879050000);
	assert_int_equal(user.gid, 1879050001);
	assert_string_equal(user.gecos, "Alice Rossi");
	assert_string_equal(user.home, "/home/a");
	assert_string_equal(user.shell, "/bin/sh");
	assert_false(user.active);
	assert_int_equal(user.end_time, 1795305540);
	assert_string_equal(user.loa, "2");
	assert_string_equal(user.origin, "anpr");
	assert_string_equal(user.ssh_keys, "ssh-ed25519 AAAA a@b\nssh-rsa BBBB");
	assert_string_equal(user.labels, "x=1");
	assert_int_equal(dir_file_user(&file, 1, &scratch, &user), 0);
	assert_string_equal(user.id, "s-2");
	assert_true(user.active);
	assert_int_equal(user.uid, DIR_ID_NONE);
	assert_string_equal(user.gecos, "");
	assert_string_equal(user.ssh_keys, "");
	assert_string_equal(user.loa, "");
	dir_file_scratch_done(&scratch);
	dir_file_done(&file);
}

static void test_members_are_named_and_known_by_their_ids(void **state)
{
	static const char *const ids[] = { "s-2", "a1", "g2" };
	struct dir_file file = DIR_FILE_NULL;
	char reason[REASON_MAX] = "", number[JSON_ID_ROOM];
	struct dir_group group;

	(void)state;
	assert_int_equal(dir_file_parse(good, strlen(good), reason, &file), 0);
	assert_int_equal(dir_file_n_groups(&file), 2);
	dir_file_group(&file, 0, &group);
	assert_string_equal(group.id, "staff");
	assert_int_equal(group.gid, 1879060000);
	assert_true(group.first && group.last);
	assert_int_equal(group.n_members, ELEMENTSOF(ids));
	for (size_t i = 0; i < ELEMENTSOF(ids); i++)
		assert_string_equal(group.member(&group, i, number), ids[i]);
	dir_file_group(&file, 1, &group);
	assert_string_equal(group.id, "g2");
	assert_int_equal(group.n_members, 0);
	assert_int_equal(group.gid, DIR_ID_NONE);
	dir_file_done(&file);
}

/* Whatever is wrong refuses all of the file, and the reason says where it stands. */
static void test_one_wrong_word_refuses_the_file_and_is_named(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "it is not one JSON object" },
		{ "[]", "it is not one JSON object" },
		{ "{\"users\":[\n{\"name\":\"alice\"\n\"subject\":\"x\"}]}", "line 3 is not JSON" },
		{ "{\"users\":[" ALICE "]", "line 1 is not JSON" }, /* half a file */
		{ "{\"users\":[],\n\"users\":[]}", "line 2 is not JSON" },
		{ "{}", "users is missing" },
		{ "{\"users\":{}}", "users is not a list" },
		{ "{\"users\":[],\"groups\":null}", "groups is not a list" },
		{ "{\"users\":[],\"group\":[]}", "\"group\" is neither users nor groups" },
		{ "{\"users\":[" ALICE ",7]}", "users[1] is not an object" },
		{ "{\"users\":[{\"subject\":\"x\"}]}", "users[0].name is missing" },
		{ "{\"users\":[{\"name\":\"x\"}]}", "users[0].subject is missing" },
		{ "{\"users\":[{\"name\":\"Al ice\",\"subject\":\"x\"}]}",
		  "users[0].name is not a user name" },
		{ "{\"users\":[{\"name\":null,\"subject\":\"x\"}]}",
		  "users[0].name is not a user name" },
		{ "{\"users\":[{\"name\":\"x\",\"subject\":7}]}",
		  "users[0].subject is not a text of 1 to 255 bytes" },
		{ "{\"users\":[{\"name\":\"x\",\"subject\":\"\"}]}",
		  "users[0].subject is not a text of 1 to 255 bytes" },
		{ "{\"users\":[{\"name\":\"x\",\"subject\":\"a\\u0000b\"}]}", "not JSON" },
		{ "{\"users\":[" ALICE ",{\"name\":\"b\",\"subject\":\"s\",\"uid\":0}]}",
		  "users[1].uid is not a number from 1" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"uid\":4294967295}]}",
		  "users[0].uid is not a number from 1" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"gid\":\"7\"}]}",
		  "users[0].gid is not a number from 1" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"active\":\"true\"}]}",
		  "users[0].active is not true or false" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"actve\":false}]}",
		  "users[0].actve is no field this agent knows" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"home\":\"../x\"}]}",
		  "users[0].home is not an absolute path" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"gecos\":\"a:b\"}]}",
		  "users[0].gecos is not a full name" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"end_time\":\"2026\"}]}",
		  "users[0].end_time is not a time" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"ssh_keys\":\"k\"}]}",
		  "users[0].ssh_keys is not a list" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"ssh_keys\":[\"a\\nb\"]}]}",
		  "users[0].ssh_keys is not a list" },
		{ "{\"users\":[{\"name\":\"b\",\"subject\":\"s\",\"origin\":\"RSSMRA85T10A562S\"}]}",
		  "users[0].origin is not free of fiscal codes" },
		{ "{\"users\":[" ALICE ",{\"name\":\"alice\",\"subject\":\"s-2\"}]}",
		  "users[1].name is the name of another" },
		{ "{\"users\":[" ALICE ",{\"name\":\"b\",\"subject\":\"s-1\"}]}", "is another's" },
		{ "{\"users\":[" ALICE ",{\"name\":\"b\",\"subject\":\"s-1\",\"id\":\"i\"}]}",
		  "users[1].subject is another's" },
		{ "{\"users\":[" ALICE "],\"groups\":[{\"name\":\"g\",\"id\":\"s-1\"}]}",
		  "groups[0].id" },
		{ "{\"users\":[],\"groups\":[{\"name\":\"g\",\"members\":[\"eve\"]}]}",
		  "groups[0].members[0]: no user of this file is named \"eve\"" },
		{ "{\"users\":[" ALICE "],\"groups\":[{\"name\":\"g\",\"groups\":[\"alice\"]}]}",
		  "groups[0].groups[0]: no group of this file is named \"alice\"" },
		{ "{\"users\":[],\"groups\":[{\"name\":\"g h\"}]}",
		  "groups[0].name is not a group name" },
		{ "{\"users\":[],\"groups\":[{\"name\":\"g\",\"uid\":7}]}",
		  "groups[0].uid is no field" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct dir_file file = DIR_FILE_NULL;
		char reason[REASON_MAX] = "";

		assert_true(dir_file_parse(rows[i].text, strlen(rows[i].text), reason, &file) > 0);
		assert_null(file.json);
		if (!strstr(reason, rows[i].reason))
			fail_msg("%s: %s; expected %s", rows[i].text, reason, rows[i].reason);
	}
}

/* What idp.conf(5) shows, between its two lines. */
static void test_the_example_of_the_manual_is_taken(void **state)
{
	const char *top = getenv("top_srcdir");
	struct dir_file file = DIR_FILE_NULL;
	char path[4096], line[256], text[4096] = "", reason[REASON_MAX] = "";
	bool inside = false;
	FILE *f;

	(void)state;
	assert_true(snprintf(path, sizeof(path), "%s/man/idp.conf.5", top && *top ? top : ".") > 0);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		inside = inside ? strcmp(line, ".Ed\n") != 0 : strstr(line, "{ \"users\"") != NULL;
		assert_true(!inside || strlen(text) + strlen(line) < sizeof(text));
		if (inside)
			strcat(text, line);
	}
	assert_int_equal(fclose(f), 0);
	if (dir_file_parse(text, strlen(text), reason, &file) != 0)
		fail_msg("%s", reason);
	assert_int_equal(dir_file_n_users(&file), 2);
	assert_int_equal(dir_file_n_groups(&file), 2);
	dir_file_done(&file);
}

TEST_MAIN(TEST(test_everything_a_person_can_have_is_read),
	  TEST(test_members_are_named_and_known_by_their_ids),
	  TEST(test_one_wrong_word_refuses_the_file_and_is_named),
	  TEST(test_the_example_of_the_manual_is_taken))
