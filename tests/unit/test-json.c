/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <dirent.h>
#include <errno.h>

#include "common/limits.h"
#include "idp-agentd/net/json.h"

#define ANY_ROOT (JSON_ROOT_OBJECT | JSON_ROOT_ARRAY)

static int parse(const char *text, unsigned flags)
{
	_cleanup_(json_release_p) json_t *value = NULL;
	/* Exactly as long as the text, so that a sanitizer sees a byte too many. */
	_cleanup_free_ char *copy = malloc(strlen(text) + 1 - (*text != '\0'));

	memcpy(copy, text, strlen(text));
	return json_parse(copy, strlen(text), 100000, flags, &value);
}

static json_t *must_parse(const char *text, unsigned flags)
{
	json_t *value = NULL;

	assert_int_equal(json_parse(text, strlen(text), 100000, flags, &value), 0);
	return value;
}

/* ---- the gate ---- */

static void test_the_gate_takes_the_root_it_was_told(void **state)
{
	(void)state;
	assert_int_equal(parse("{}", JSON_ROOT_OBJECT), 0);
	assert_int_equal(parse("[]", JSON_ROOT_ARRAY), 0);
	assert_int_equal(parse("[]", JSON_ROOT_OBJECT), JSON_E_ROOT);
	assert_int_equal(parse("{}", JSON_ROOT_ARRAY), JSON_E_ROOT);
	assert_int_equal(parse("{}", 0), JSON_E_ROOT);
	assert_int_equal(parse("\"x\"", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("1", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("null", ANY_ROOT), JSON_E_SYNTAX);
}

static void test_members_said_twice_are_refused(void **state)
{
	static const char *const texts[] = {
		"{\"a\":1,\"a\":1}",       "{\"a\":1,\"b\":2,\"a\":3}",
		"{\"a\":1,\"\\u0061\":2}", "{\"x\":[{\"a\":1,\"a\":2}]}",
		"{\"\":1,\"\":2}",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		assert_int_equal(parse(texts[i], ANY_ROOT), JSON_E_MEMBERS);
	assert_int_equal(parse("{\"a\":{\"a\":1},\"A\":2}", ANY_ROOT), 0);
}

static void test_depth_is_bounded_before_parsing(void **state)
{
	char text[8192];

	(void)state;
	for (size_t depth = 1; depth < 4000; depth = depth < 40 ? depth + 1 : depth * 2) {
		int wanted = depth <= JSON_DEPTH_MAX ? 0 : JSON_E_DEPTH;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		text[2 * depth] = '\0';
		assert_int_equal(parse(text, ANY_ROOT), wanted);
		text[depth] = '\0'; /* never closed */
		assert_int_equal(parse(text, ANY_ROOT), wanted ? wanted : JSON_E_SYNTAX);
	}
	/* Brackets in texts are no depth, behind escaped quotes neither. */
	memset(text, '[', sizeof(text));
	memcpy(text, "[\"a\\\"", 5);
	memcpy(text + 200, "\\\\\"]", 5);
	assert_int_equal(parse(text, ANY_ROOT), 0);
	/* A quote after an escaped backslash ends the text. */
	memset(text, '[', sizeof(text));
	memcpy(text, "[\"a\\\\\",", 7);
	text[100] = '\0';
	assert_int_equal(parse(text, ANY_ROOT), JSON_E_DEPTH);
}

static void test_size_and_ends_are_checked(void **state)
{
	_cleanup_(json_release_p) json_t *value = NULL;

	(void)state;
	assert_int_equal(json_parse("", 0, 10, ANY_ROOT, &value), JSON_E_SIZE);
	assert_int_equal(json_parse("[1,2]", 5, 4, ANY_ROOT, &value), JSON_E_SIZE);
	assert_null(value);
	assert_int_equal(json_parse("[1,2]xx", 5, 5, ANY_ROOT, &value), 0);
	assert_int_equal(parse("{}x", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{}{}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{} \n\t\r", ANY_ROOT), 0);
	json_release_p(&value);
	assert_int_equal(json_parse("{}\0", 3, 10, ANY_ROOT, &value), JSON_E_SYNTAX);
	assert_int_equal(json_parse("{\"a\0\":1}", 8, 10, ANY_ROOT, &value), JSON_E_SYNTAX);
	assert_int_equal(parse("\xef\xbb\xbf{}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":NaN}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":Infinity}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":1e999}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":99999999999999999999}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":01}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":\"\xc0\x80\"}", ANY_ROOT), JSON_E_SYNTAX);
	assert_int_equal(parse("{\"a\":\"\\ud800\"}", ANY_ROOT), JSON_E_SYNTAX);
}

/* "[[],[],...]": three bytes each in the text, seventy times that in memory. */
static void test_many_small_things_are_refused_before_they_take_memory(void **state)
{
	const size_t n = JSON_OPENED_MAX, len = 1 + 3 * n;
	_cleanup_free_ char *text = malloc(len);
	_cleanup_(json_release_p) json_t *value = NULL;

	(void)state;
	assert_non_null(text);
	text[0] = '[';
	for (size_t i = 0; i < n; i++)
		memcpy(text + 1 + 3 * i, i + 1 < n ? "[]," : "[]]", 3);
	assert_int_equal(json_parse(text, len, len, ANY_ROOT, &value), JSON_E_SIZE);
	memcpy(text + 1, "\"\"", 2);
	assert_int_equal(json_parse(text, len, len, ANY_ROOT, &value), 0);
	assert_int_equal(json_array_size(value), n);
}

static void test_a_nul_refuses_the_text_or_becomes_null(void **state)
{
	static const char text[] = "{\"name\":\"root\\u0000x\",\"list\":[\"a\",\"b\\u0000\"],"
				   "\"deep\":[{\"x\":\"\\u0000\"}],\"fine\":\"yes\"}";
	_cleanup_(json_release_p) json_t *value = NULL;
	const char *got = NULL;
	const json_t *list = NULL;

	(void)state;
	assert_int_equal(parse(text, ANY_ROOT), JSON_E_SYNTAX);
	value = must_parse(text, ANY_ROOT | JSON_NUL_IS_NULL);
	assert_int_equal(json_get_text(value, "name", 100, &got), JSON_E_ABSENT);
	assert_int_equal(json_get_texts(value, "list", 10, 10, &list), JSON_E_TYPE);
	assert_true(json_is_null(json_find(value, "/deep/0/x")));
	assert_int_equal(json_get_text(value, "fine", 100, &got), 0);
	assert_string_equal(got, "yes");
	assert_int_equal(parse("{\"a\\u0000b\":1}", ANY_ROOT | JSON_NUL_IS_NULL), JSON_E_SYNTAX);
	/* MUST 4 holds for values from elsewhere too. */
	json_t *half = json_stringn("root\0x", 6);
	assert_null(json_text(half, 100));
	json_decref(half);
}

static void test_every_outcome_has_its_word(void **state)
{
	(void)state;
	for (int a = JSON_E_SIZE; a <= JSON_E_TYPE; a++) {
		assert_true(strlen(json_reason(a)) > strlen("json-"));
		for (int b = JSON_E_SIZE; b < a; b++)
			assert_string_not_equal(json_reason(a), json_reason(b));
	}
	assert_string_equal(json_reason(JSON_E_TYPE + 1), "json");
}

/* ---- the getters ---- */

static void test_getters_tell_absent_from_wrong(void **state)
{
	_cleanup_(json_release_p) json_t *value =
		must_parse("{\"t\":\"text\",\"n\":42,\"r\":4.5,\"b\":true,\"z\":null,"
			   "\"a\":[\"x\",\"yy\"],\"m\":[\"x\",1],\"e\":[],\"o\":{}}",
			   JSON_ROOT_OBJECT);
	const char *text = "untouched";
	const json_t *array = NULL;
	int64_t n = -1;
	bool yes = false;

	(void)state;
	assert_int_equal(json_get_text(value, "t", 4, &text), 0);
	assert_string_equal(text, "text");
	assert_int_equal(json_get_text(value, "t", 3, &text), JSON_E_TYPE);
	assert_int_equal(json_get_text(value, "n", 9, &text), JSON_E_TYPE);
	assert_int_equal(json_get_text(value, "z", 9, &text), JSON_E_ABSENT);
	assert_int_equal(json_get_text(value, "q", 9, &text), JSON_E_ABSENT);
	assert_int_equal(json_get_text(NULL, "t", 9, &text), JSON_E_ABSENT);
	assert_int_equal(json_get_text(json_object_get(value, "a"), "t", 9, &text), JSON_E_ABSENT);
	assert_int_equal(json_get_int(value, "n", 0, 42, &n), 0);
	assert_int_equal(n, 42);
	assert_int_equal(json_get_int(value, "n", 0, 41, &n), JSON_E_TYPE);
	assert_int_equal(json_get_int(value, "n", 43, 50, &n), JSON_E_TYPE);
	assert_int_equal(json_get_int(value, "r", 0, 50, &n), JSON_E_TYPE);
	assert_int_equal(json_get_int(value, "t", 0, 50, &n), JSON_E_TYPE);
	assert_int_equal(json_get_bool(value, "b", &yes), 0);
	assert_true(yes);
	assert_int_equal(json_get_bool(value, "n", &yes), JSON_E_TYPE);
	assert_int_equal(json_get_texts(value, "a", 2, 2, &array), 0);
	assert_int_equal(json_array_size(array), 2);
	assert_int_equal(json_get_texts(value, "e", 2, 2, &array), 0);
	assert_int_equal(json_get_texts(value, "a", 1, 2, &array), JSON_E_TYPE);
	assert_int_equal(json_get_texts(value, "a", 2, 1, &array), JSON_E_TYPE);
	assert_int_equal(json_get_texts(value, "m", 2, 2, &array), JSON_E_TYPE);
	assert_int_equal(json_get_texts(value, "t", 2, 9, &array), JSON_E_TYPE);
	assert_int_equal(json_get_texts(value, "o", 2, 9, &array), JSON_E_TYPE);
}

/* RFC 6901 section 5, all of it, and the schema URNs this is for. */
static void test_pointers_find_what_rfc_6901_says(void **state)
{
	static const char text[] =
		"{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
		"\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,"
		"\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"x.y\":9}}";
	static const struct {
		const char *pointer;
		int value; /* -1: not there */
	} rows[] = {
		{ "/", 0 },
		{ "/a~1b", 1 },
		{ "/c%d", 2 },
		{ "/e^f", 3 },
		{ "/g|h", 4 },
		{ "/i\\j", 5 },
		{ "/k\"l", 6 },
		{ "/ ", 7 },
		{ "/m~0n", 8 },
		{ "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/x.y", 9 },
		{ "/foo/2", -1 },
		{ "/foo/00", -1 },
		{ "/foo/01", -1 },
		{ "/foo/-", -1 },
		{ "/foo/-1", -1 },
		{ "/foo/1x", -1 },
		{ "/foo/", -1 },
		{ "/foo/18446744073709551617", -1 },
		{ "/foo/0/x", -1 },
		{ "/m~n", -1 },
		{ "/m~2n", -1 },
		{ "/m~", -1 },
		{ "foo", -1 },
		{ "/nothing", -1 },
		{ "/nothing/more", -1 },
	};
	_cleanup_(json_release_p) json_t *value = must_parse(text, JSON_ROOT_OBJECT);

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const json_t *found = json_find(value, rows[i].pointer);

		if (rows[i].value < 0)
			assert_null(found);
		else
			assert_int_equal(json_integer_value(found), rows[i].value);
	}
	assert_ptr_equal(json_find(value, ""), value);
	assert_string_equal(json_text(json_find(value, "/foo/0"), 10), "bar");
	assert_string_equal(json_text(json_find(value, "/foo/1"), 10), "baz");
	assert_null(json_find(NULL, "/foo"));
}

static void test_a_pointer_can_be_checked_beforehand(void **state)
{
	char text[600];

	(void)state;
	assert_true(json_is_pointer(""));
	assert_true(json_is_pointer("/"));
	assert_true(json_is_pointer("/a/b~0~1/0"));
	assert_false(json_is_pointer("a"));
	assert_false(json_is_pointer("/a~"));
	assert_false(json_is_pointer("/a~2"));
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	assert_false(json_is_pointer(text)); /* a segment of 598 characters */
	text[256] = '/';
	text[512] = '/';
	assert_true(json_is_pointer(text));
}

/* ---- JSONTestSuite ---- */

/* Valid JSON we refuse on purpose; each for the reason given. */
static bool is_refused_on_purpose(const char *name)
{
	static const char *const names[] = {
		"y_object_duplicated_key.json",           /* MUST 2 */
		"y_object_duplicated_key_and_value.json", /* MUST 2 */
		"y_object_escaped_null_in_key.json",      /* a NUL */
		"y_string_null_escape.json",              /* a NUL */
		"y_string_space.json",                    /* MUST 3: neither object nor array */
		"y_structure_lonely_false.json",          /* MUST 3: neither object nor array */
		"y_structure_lonely_int.json",
		"y_structure_lonely_negative_real.json",
		"y_structure_lonely_null.json",
		"y_structure_lonely_string.json",
		"y_structure_lonely_true.json",
		"y_structure_string_empty.json",
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int parse_file(const char *folder, const char *name)
{
	_cleanup_(json_release_p) json_t *value = NULL;
	static char bytes[1 << 20];
	char path[4800];
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	return json_parse(bytes, len, sizeof(bytes), ANY_ROOT, &value);
}

static void test_jsontestsuite(void **state)
{
	unsigned n_good = 0, n_bad = 0, n_refused = 0;
	char folder[4400];
	struct dirent *entry = NULL;

	(void)state;
	if (!test_vectors())
		skip();
	(void)snprintf(folder, sizeof(folder), "%s/jsontestsuite/test_parsing", test_vectors());
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		bool good = strncmp(entry->d_name, "y_", 2) == 0;

		if (!good && strncmp(entry->d_name, "n_", 2) != 0)
			continue;
		int r = parse_file(folder, entry->d_name);
		if (is_refused_on_purpose(entry->d_name)) {
			assert_int_not_equal(r, 0);
			n_refused++;
		} else if ((r == 0) != good) {
			fail_msg("%s: %s", entry->d_name, r ? json_reason(r) : "parsed");
		}
		n_good += good;
		n_bad += !good;
	}
	(void)closedir(dir);
	print_message("# %u y_ (%u of them refused on purpose), %u n_\n", n_good, n_refused, n_bad);
	assert_true(n_good >= 95 && n_bad >= 188);
	assert_int_equal(n_refused, 12);
}

TEST_MAIN(TEST(test_the_gate_takes_the_root_it_was_told), TEST(test_members_said_twice_are_refused),
	  TEST(test_depth_is_bounded_before_parsing), TEST(test_size_and_ends_are_checked),
	  TEST(test_many_small_things_are_refused_before_they_take_memory),
	  TEST(test_a_nul_refuses_the_text_or_becomes_null), TEST(test_every_outcome_has_its_word),
	  TEST(test_getters_tell_absent_from_wrong), TEST(test_pointers_find_what_rfc_6901_says),
	  TEST(test_a_pointer_can_be_checked_beforehand), TEST(test_jsontestsuite))
