/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/scim.h"

#include <errno.h>

#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/scim-mark.h"
#include "tests/lib/test.h"

#define POSIX "urn:ietf:params:scim:schemas:extension:posix:2.0:User"

static const struct directory_paths paths = {
	.subject = "/id",
	.name = "/userName",
	.uid = "/" POSIX "/uidNumber",
	.gid = "/" POSIX "/gidNumber",
	.gecos = "/displayName",
	.home = "/" POSIX "/homeDirectory",
	.shell = "/" POSIX "/loginShell",
	.loa = "/loa",
	.origin = "/origin",
	.group_name = "/displayName",
};

static struct scim_room room;

static json_t *parse(const char *text)
{
	json_t *json = NULL;

	assert_int_equal(json_parse(text, strlen(text), HTTP_PAGE_MAX,
				    JSON_ROOT_OBJECT | JSON_ROOT_ARRAY | JSON_NUL_IS_NULL, &json),
			 0);
	return json;
}

static void test_a_user_with_posix_attributes_is_read(void **state)
{
	json_t *json = parse(
		"{\"id\":\"2819\",\"userName\":\"alice\",\"displayName\":\"Alice\",\"loa\":2,"
		"\"origin\":\"anpr\",\"active\":true,\"" POSIX "\":{\"uidNumber\":1879050000,"
		"\"gidNumber\":\"1879050001\",\"homeDirectory\":\"/home/a\",\"loginShell\":\"/bin/sh\"}}");
	char reason[REASON_MAX] = "";
	struct dir_user user;

	(void)state;
	assert_int_equal(scim_user_read(&paths, json, &room, reason, &user), 0);
	assert_string_equal(user.id, "2819");
	assert_string_equal(user.sub, "2819");
	assert_string_equal(user.name, "alice");
	assert_string_equal(user.gecos, "Alice");
	assert_int_equal(user.uid, 1879050000);
	assert_int_equal(user.gid, 1879050001);
	assert_string_equal(user.home, "/home/a");
	assert_string_equal(user.shell, "/bin/sh");
	assert_string_equal(user.loa, "2");
	assert_string_equal(user.origin, "anpr");
	assert_true(user.active);
	json_release_p(&json);
}

static void test_what_is_missing_is_empty_and_what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *text;
		int outcome;
		bool active;
	} rows[] = {
		{ "{\"id\":\"1\",\"userName\":\"a\"}", 0, true },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"active\":false}", 0, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"active\":\"true\"}", 0, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"active\":null}", 0, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"Active\":true}", 0, true },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"Active\":false}", 0, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"active\":true,\"Active\":false}", 0, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"displayName\":7}", 0, true },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"displayName\":\"a\\u0000b\"}", 0, true },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":null}", 0, true },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":null}}", 0, true },
		{ "{\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":7,\"userName\":\"a\"}", 0, true },
		{ "{\"id\":9007199254740991,\"userName\":\"a\"}", 0, true },
		{ "{\"id\":9007199254740992,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":9007199254740993,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":1.0,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":1e3,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":0,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":-0,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":-7,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":true,\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":[7],\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":\"\",\"userName\":\"a\"}", SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":1e3}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":1000.0}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX
		  "\":{\"uidNumber\":9007199254740993}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\"}", SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"\"}", SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":-1}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":1.5}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":4294967295}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":4294968295}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"uidNumber\":\"0x10\"}}",
		  SCIM_E_RECORD, false },
		{ "{\"id\":\"1\",\"userName\":\"a\",\"" POSIX "\":{\"gidNumber\":[]}}",
		  SCIM_E_RECORD, false },
		{ "[]", SCIM_E_RECORD, false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		json_t *json = parse(rows[i].text);
		char reason[REASON_MAX] = "";
		struct dir_user user;
		int r = scim_user_read(&paths, json, &room, reason, &user);

		if (r != rows[i].outcome)
			fail_msg("%s: %d (%s)", rows[i].text, r, reason);
		if (r == 0) {
			assert_int_equal(user.active, rows[i].active);
			assert_int_equal(user.uid, DIR_ID_NONE);
			assert_non_null(user.gecos);
		} else {
			assert_string_not_equal(reason, "");
		}
		json_release_p(&json);
	}
}

/* Whom an end keeps out must not come in because it is written in another way. */
static void test_an_end_that_is_no_time_refuses_the_record(void **state)
{
	static const struct directory_paths ends = {
		.subject = "/id",
		.name = "/userName",
		.end_time = "/x/endTime",
	};
	static const struct {
		const char *end; /* JSON */
		int outcome;
		uint64_t time;
	} rows[] = {
		{ "\"2030-01-01T00:00:00+01:00\"", 0, 1893452400 },
		{ "null", 0, 0 },
		{ "\"\"", 0, 0 },
		{ "\"1969-12-31T23:59:59Z\"", SCIM_E_RECORD, 0 },
		{ "\"2020-01-01\"", SCIM_E_RECORD, 0 },
		{ "\"01/02/2020\"", SCIM_E_RECORD, 0 },
		{ "\"2020-01-01T00:00:00.1234567890123456789012345678901234567890123456789Z\"",
		  SCIM_E_RECORD, 0 },
		{ "1577836800", SCIM_E_RECORD, 0 },
		{ "true", SCIM_E_RECORD, 0 },
		{ "[]", SCIM_E_RECORD, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char text[256], reason[REASON_MAX] = "";
		struct dir_user user;
		json_t *json;
		int r;

		assert_true(snprintf(text, sizeof(text),
				     "{\"id\":\"1\",\"userName\":\"a\",\"x\":{\"endTime\":%s}}",
				     rows[i].end) < (int)sizeof(text));
		json = parse(text);
		r = scim_user_read(&ends, json, &room, reason, &user);
		if (r != rows[i].outcome || (r == 0 && user.end_time != rows[i].time))
			fail_msg("%s: %d (%s)", rows[i].end, r, reason);
		json_release_p(&json);
	}
}

/* Some directories number people and groups: the number is the id, in digits, wherever it stands.
 */
static void test_numbers_are_ids_in_digits(void **state)
{
	static const struct directory_paths by_external = { .subject = "/externalId",
							    .name = "/userName",
							    .group_name = "/displayName" };
	json_t *json = parse(
		"{\"id\":7,\"externalId\":4815,\"userName\":\"a\",\"displayName\":\"g\","
		"\"members\":[{\"value\":7},{\"value\":\"x\"},{\"value\":7.0},"
		"{\"value\":\"\"},{\"value\":0},7,{\"value\":7,\"type\":\"User\"},"
		"{\"value\":7,\"type\":\"Group\"},{\"value\":\"8\",\"$ref\":\"/v2/Groups/8\"},"
		"{\"value\":\"x\",\"type\":\"Group\"},{\"value\":9007199254740991,\"type\":\"Group\"}]}");
	/* Group 7 is not person 7: else whoever has the number of a group inside this one were in
	 * it. */
	static const char *const members[] = { "7",
					       "x",
					       NULL,
					       NULL,
					       NULL,
					       NULL,
					       "7",
					       "group 7",
					       "group 8",
					       "x",
					       "group 9007199254740991" };
	char reason[REASON_MAX] = "", number[JSON_ID_ROOM];
	struct dir_user user;
	struct dir_group group;

	(void)state;
	assert_int_equal(scim_user_read(&by_external, json, &room, reason, &user), 0);
	assert_string_equal(user.id, "7");
	assert_string_equal(user.sub, "4815");
	assert_int_equal(scim_group_read(&by_external, json, &room, reason, &group), 0);
	assert_string_equal(group.id, "group 7");
	for (size_t i = 0; i < ELEMENTSOF(members); i++) {
		const char *id = group.member(&group, i, number);

		if (members[i])
			assert_string_equal(id, members[i]);
		else
			assert_null(id);
	}
	json_release_p(&json);
}

#define INDIGO "urn:indigo-dc:scim:schemas:IndigoUser"
#define ED     "AAAAC3NzaC1lZDI1NTE5AAAAIHMsO1sZ0Vb1J4u8dkZ0sVw0Z2P8yN0xH0L0cS0m0x1a"

static void lines_are(const char *pointer, bool keys, const char *list, const char *expected)
{
	const struct directory_paths indigo = {
		.subject = "/id",
		.name = "/userName",
		.ssh_keys = keys ? pointer : NULL,
		.labels = keys ? NULL : pointer,
	};
	char text[4096], reason[REASON_MAX] = "";
	struct dir_user user;
	json_t *json;

	assert_true(snprintf(text, sizeof(text),
			     "{\"id\":\"1\",\"userName\":\"a\",\"" INDIGO "\":{\"x\":%s}}",
			     list) < (int)sizeof(text));
	json = parse(text);
	assert_int_equal(scim_user_read(&indigo, json, &room, reason, &user), 0);
	assert_string_equal(keys ? user.ssh_keys : user.labels, expected);
	assert_string_equal(keys ? user.labels : user.ssh_keys, "");
	json_release_p(&json);
}

static void test_keys_come_a_line_each_and_bring_no_other_along(void **state)
{
	static const char *const rows[][2] = {
		{ "[]", "" },
		{ "null", "" },
		{ "7", "" },
		{ "[7,null,{},[]]", "" },
		{ "[\"ssh-ed25519 " ED " a@b\"]", "ssh-ed25519 " ED " a@b" },
		{ "[\"ssh-ed25519 " ED " a@b\\r\\n\"]", "ssh-ed25519 " ED " a@b" },
		{ "\"ssh-ed25519 " ED "\\nssh-ed25519 " ED " x\"",
		  "ssh-ed25519 " ED "\nssh-ed25519 " ED " x" },
		/* INDIGO IAM: the blob alone says its type, and its owner what it is. */
		{ "[{\"display\":\"laptop\",\"primary\":true,\"value\":\"" ED
		  "\",\"fingerprint\":\"x\"},{\"value\":\"" ED "\"}]",
		  "ssh-ed25519 " ED " laptop\nssh-ed25519 " ED },
		{ "[{\"value\":\"ssh-ed25519 " ED "\",\"display\":\"said\"}]", "ssh-ed25519 " ED },
		/* A name or a value with a line end in it would be two lines. */
		{ "[{\"value\":\"" ED "\",\"display\":\"x\\nssh-ed25519 " ED "\"}]",
		  "ssh-ed25519 " ED },
		{ "[\"ssh-ed25519 " ED "\\nssh-ed25519 " ED "\",\"ssh-ed25519 " ED "\"]",
		  "ssh-ed25519 " ED },
		/* No blob: too short, no length, a length past its end, not base64. */
		{ "[\"AAAA\",\"zzzzzzzz\",\"AAAA/w==\",\"AAAAC3\",\"?\"]", "" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		lines_are("/" INDIGO "/x", true, rows[i][0], rows[i][1]);
}

static void test_labels_come_a_line_each(void **state)
{
	static const char *const rows[][2] = {
		{ "[{\"prefix\":\"indigo-iam.example\",\"name\":\"role\",\"value\":\"physicist\"},"
		  "{\"name\":\"site\",\"value\":\"LNF\"},{\"prefix\":\"\",\"name\":\"bare\"}]",
		  "indigo-iam.example/role=physicist\nsite=LNF\nbare=" },
		{ "[\"a/b=c\",\"d\"]", "a/b=c\nd=" },
		{ "[{\"value\":\"nameless\"},{\"name\":\"two\\nlines\"},{\"name\":\"ok\"}]",
		  "ok=" },
		{ "{\"name\":\"no list\"}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		lines_are("/" INDIGO "/x", false, rows[i][0], rows[i][1]);
}

static void test_times_are_read_with_their_zone(void **state)
{
	(void)state;
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00Z"), 1795305540);
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00.123Z"), 1795305540);
	assert_int_equal(scim_parse_time("2026-11-22T01:59:00+02:00"), 1795305540);
	assert_int_equal(scim_parse_time("2026-11-21T18:59:00.5-0500"), 1795305540);
	assert_int_equal(scim_parse_time("2026-11-21"), 0);
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00"), 0);
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00+1:00"), 0);
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00+01:00x"), 0);
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00+25:00"), 0);
	assert_int_equal(scim_parse_time("2026-11-21T23:59:00Zz"), 0);
	assert_int_equal(scim_parse_time("tomorrow"), 0);
	assert_int_equal(scim_parse_time(""), 0);
}

static void test_pages_say_how_many_there_are(void **state)
{
	static const struct {
		const char *text;
		int outcome;
		size_t n;
		uint64_t total;
	} rows[] = {
		{ "{\"totalResults\":0}", 0, 0, 0 },
		{ "{\"totalResults\":2,\"startIndex\":1,\"Resources\":[{},{}]}", 0, 2, 2 },
		{ "{\"totalResults\":2}", SCIM_E_SHAPE, 0, 0 },
		{ "{\"Resources\":[]}", SCIM_E_SHAPE, 0, 0 },
		{ "{\"totalResults\":\"2\",\"Resources\":[]}", SCIM_E_SHAPE, 0, 0 },
		{ "{\"totalResults\":-1,\"Resources\":[]}", SCIM_E_SHAPE, 0, 0 },
		{ "{\"totalResults\":1e3,\"Resources\":[]}", SCIM_E_SHAPE, 0, 0 },
		{ "{\"totalResults\":1,\"Resources\":{}}", SCIM_E_SHAPE, 0, 0 },
		{ "{\"totalResults\":1,\"startIndex\":\"1\",\"Resources\":[]}", SCIM_E_SHAPE, 0,
		  0 },
		{ "[]", SCIM_E_JSON, 0, 0 },
		{ "", SCIM_E_JSON, 0, 0 },
		{ "{\"totalResults\":1,\"totalResults\":2,\"Resources\":[]}", SCIM_E_JSON, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct scim_page page = SCIM_PAGE_NULL;
		char reason[REASON_MAX] = "";
		int r = scim_page_parse(rows[i].text, strlen(rows[i].text), false, reason, &page);

		if (r != rows[i].outcome)
			fail_msg("%s: %d", rows[i].text, r);
		assert_int_equal(page.n, rows[i].n);
		assert_int_equal(page.total, rows[i].total);
		scim_page_done(&page);
	}
}

static void test_pages_by_cursor_need_no_total(void **state)
{
	static const struct {
		const char *text, *next;
		int outcome;
	} rows[] = {
		{ "{\"Resources\":[],\"nextCursor\":\"VZUTiyhEQJ94IR\"}", "VZUTiyhEQJ94IR", 0 },
		{ "{\"Resources\":[]}", NULL, 0 },
		{ "{}", NULL, 0 },
		{ "{\"totalResults\":5,\"nextCursor\":\"\"}", NULL, 0 },
		{ "{\"nextCursor\":null}", NULL, 0 },
		{ "{\"totalResults\":\"5\"}", NULL, SCIM_E_SHAPE },
		{ "{\"totalResults\":-1}", NULL, SCIM_E_SHAPE },
		{ "{\"nextCursor\":7}", NULL, SCIM_E_SHAPE },
		{ "{\"Resources\":{}}", NULL, SCIM_E_SHAPE },
		{ "[]", NULL, SCIM_E_JSON },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct scim_page page = SCIM_PAGE_NULL;
		char reason[REASON_MAX] = "";

		assert_int_equal(
			scim_page_parse(rows[i].text, strlen(rows[i].text), true, reason, &page),
			rows[i].outcome);
		assert_int_equal(page.next != NULL, rows[i].next != NULL);
		if (rows[i].next)
			assert_string_equal(page.next, rows[i].next);
		scim_page_done(&page);
	}
}

static void attributes_are(const char *const *pointers, bool whole, const char *expected)
{
	struct buf out;

	buf_init(&out, 2048);
	for (; *pointers; pointers++)
		assert_int_equal(scim_put_attribute(&out, *pointers, whole), 0);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal((const char *)out.data, expected);
	buf_done(&out);
}

static void test_attributes_are_asked_for_once(void **state)
{
	static const char *const list[] = { "/id",          "/userName",          "/name/formatted",
					    "/name/given",  "/emails/0/value",    "/urn:x:U/uid",
					    "/urn:x:U/uid", "/urn:x:U/uidNumber", NULL };
	static const char *const bad[] = { "/a b", "/a\"", "/a(b", "", "x", "/~0", "//" };
	struct buf out;

	(void)state;
	attributes_are(list, false, "id,userName,name,emails,urn:x:U:uid,urn:x:U:uidNumber");
	attributes_are(list, true, "id,userName,name,emails,urn:x:U");
	buf_init(&out, 2048);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_int_equal(scim_put_attribute(&out, bad[i], false), SCIM_E_PATH);
	buf_done(&out);
}

static void test_what_a_pass_leaves_is_read_again(void **state)
{
	static const char *const strange[] = {
		"",
		"scim 1",
		"scim 2\nsince 1\n",
		"scim 1\nsince\n",
		"scim 1\nsince x\n",
		"scim 1\nsince 1",
		"scim 1\nsince -1\n",
		"scim 1\nsince 12345678901234567890\n",
		"scim 1\npage u 20 \n",
		"scim 1\npage x 20 a\n",
		"scim 1\npage u  a\n",
		"scim 1\npage u 20 a b\n",
		"scim 1\npage u 123456789 a\n",
		"scim 1\nother 1\n",
		"scim 1\n\n",
	};
	static struct scim_mark mark = {
		.since = 1893452400,
		.began = 1893452401,
		.users = 250,
		.users_at = 7,
		.groups = 3,
		.groups_at = 8,
	};
	static struct scim_mark read;
	bool spoiled = false;
	struct buf out;

	(void)state;
	scim_mark_add(&mark, false, 100, "W/\"a\"", &spoiled);
	scim_mark_add(&mark, true, 3, "\"b\"", &spoiled);
	assert_false(spoiled);
	buf_init(&out, DIR_CURSOR_MAX);
	scim_mark_put(&out, &mark);
	assert_int_equal(buf_end(&out), 0);
	assert_true(scim_mark_read((const char *)out.data, &read));
	assert_memory_equal(&read, &mark, sizeof(mark));
	/* Pages that find no room, or have no tag, prove nothing: none is kept. */
	buf_reset(&out);
	for (size_t i = 2; i < SCIM_MARK_PAGES; i++)
		scim_mark_add(&mark, true, 9999999, "\"c\"", &spoiled);
	for (size_t i = 0; i < 60; i++)
		memset(mark.pages[i].etag, 'x', 200);
	scim_mark_put(&out, &mark);
	assert_int_equal(buf_end(&out), 0);
	assert_true(scim_mark_read((const char *)out.data, &read));
	assert_int_equal(read.n_pages, 0);
	assert_true(read.since == mark.since);
	scim_mark_add(&mark, true, 3, "two words", &spoiled);
	assert_true(spoiled && mark.n_pages == 0);
	scim_mark_add(&mark, true, 3, "\"c\"", &spoiled);
	assert_int_equal(mark.n_pages, 0);
	for (size_t i = 0; i < ELEMENTSOF(strange); i++)
		assert_false(scim_mark_read(strange[i], &read));
	buf_done(&out);
}

static void test_a_server_says_what_it_can(void **state)
{
	static const char full[] =
		"{\"filter\":{\"supported\":true,\"maxResults\":200},\"pagination\":{\"cursor\":true,"
		"\"index\":true,\"defaultPaginationMethod\":\"cursor\"}}";
	static const char odd[] = "{\"filter\":true,\"pagination\":{\"cursor\":\"yes\"}}";
	struct scim_service service;

	(void)state;
	assert_int_equal(scim_service_parse(full, strlen(full), &service), 0);
	assert_true(service.filter && service.cursor);
	assert_int_equal(scim_service_parse(odd, strlen(odd), &service), 0);
	assert_false(service.filter || service.cursor);
	assert_int_equal(scim_service_parse("[]", 2, &service), SCIM_E_JSON);
	assert_int_equal(scim_service_parse("", 0, &service), SCIM_E_JSON);
}

static void test_a_filter_cannot_be_escaped_from(void **state)
{
	static const struct {
		const char *base, *pointer, *value;
		int outcome;
		const char *text;
	} rows[] = {
		{ NULL, "/userName", "alice", 0, "userName eq \"alice\"" },
		{ NULL, "/name/formatted", "a b", 0, "name.formatted eq \"a b\"" },
		{ NULL, "/" POSIX "/uid", "x", 0, POSIX ":uid eq \"x\"" },
		{ "active eq true", "/userName", "a", 0, "(active eq true) and userName eq \"a\"" },
		{ NULL, "/userName", "a\" or userName eq \"root", 0,
		  "userName eq \"a\\\" or userName eq \\\"root\"" },
		{ NULL, "/userName", "a\\", 0, "userName eq \"a\\\\\"" },
		{ NULL, "/userName", "a\nb", -EINVAL, NULL },
		{ NULL, "/emails/0/value", "a", SCIM_E_PATH, NULL },
		{ NULL, "", "a", SCIM_E_PATH, NULL },
		{ NULL, "/", "a", SCIM_E_PATH, NULL },
		{ NULL, "/a b", "a", SCIM_E_PATH, NULL },
		{ NULL, "/a~1b", "a", SCIM_E_PATH, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct buf out;

		buf_init(&out, 1024);
		assert_int_equal(
			scim_put_filter(&out, rows[i].base, rows[i].pointer, rows[i].value),
			rows[i].outcome);
		if (rows[i].text) {
			assert_int_equal(buf_end(&out), 0);
			assert_string_equal((char *)out.data, rows[i].text);
		}
		buf_done(&out);
	}
}

/* A body of RFC 7643 or RFC 7644, or NULL with a word that it is not here. */
static json_t *vector(const char *name)
{
	const char *top = test_vectors();
	json_t *json = NULL;
	char path[4352];
	size_t len;
	FILE *f;
	static char bytes[65536];

	if (!top || snprintf(path, sizeof(path), "%s/scim-rfc/%s", top, name) < 0)
		return NULL;
	f = fopen(path, "re");
	if (!f)
		return NULL;
	len = fread(bytes, 1, sizeof(bytes), f);
	IGNORE(fclose(f));
	assert_int_equal(json_parse(bytes, len, sizeof(bytes), JSON_ROOT_OBJECT, &json), 0);
	return json;
}

static void test_the_resources_of_the_rfcs_are_read(void **state)
{
	json_t *minimal = vector("rfc7643-8.1-user-minimal.json");
	json_t *full = vector("rfc7643-8.2-user-full.json");
	json_t *group = vector("rfc7643-8.4-group.json");
	char reason[REASON_MAX] = "";
	char number[JSON_ID_ROOM];
	struct dir_user user;
	struct dir_group read;

	(void)state;
	if (!minimal || !full || !group) {
		print_message("the bodies of the RFCs are not here (IDP_VECTORS)\n");
		skip();
	}
	assert_int_equal(scim_user_read(&paths, minimal, &room, reason, &user), 0);
	assert_string_equal(user.name, "bjensen@example.com");
	assert_int_equal(scim_user_read(&paths, full, &room, reason, &user), 0);
	assert_string_equal(user.id, "2819c223-7f76-453a-919d-413861904646");
	assert_string_equal(user.gecos, "Babs Jensen");
	assert_true(user.active);
	assert_int_equal(scim_group_read(&paths, group, &room, reason, &read), 0);
	assert_string_equal(read.name, "Tour Guides");
	assert_int_equal(json_array_size(read.members), 2);
	assert_string_equal(read.member(&read, 0, number), "2819c223-7f76-453a-919d-413861904646");
	json_release_p(&minimal);
	json_release_p(&full);
	json_release_p(&group);
}

TEST_MAIN(TEST(test_a_user_with_posix_attributes_is_read),
	  TEST(test_what_is_missing_is_empty_and_what_is_wrong_is_refused),
	  TEST(test_an_end_that_is_no_time_refuses_the_record),
	  TEST(test_numbers_are_ids_in_digits),
	  TEST(test_keys_come_a_line_each_and_bring_no_other_along),
	  TEST(test_labels_come_a_line_each), TEST(test_times_are_read_with_their_zone),
	  TEST(test_pages_say_how_many_there_are), TEST(test_pages_by_cursor_need_no_total),
	  TEST(test_attributes_are_asked_for_once), TEST(test_what_a_pass_leaves_is_read_again),
	  TEST(test_a_server_says_what_it_can), TEST(test_a_filter_cannot_be_escaped_from),
	  TEST(test_the_resources_of_the_rfcs_are_read))
