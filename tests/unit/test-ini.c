/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tokenizer of idp.conf: what each kind of line becomes, with its line number. */

#include "tests/lib/test.h"

#include "common/ini.h"
#include "common/limits.h"

static struct ini *open_text(const char *text)
{
	struct ini *ini = ini_new(text, strlen(text));

	assert_non_null(ini);
	return ini;
}

static void expect_item(struct ini *ini, enum ini_kind kind, unsigned line, const char *key,
			const char *value)
{
	struct ini_item item = ini_next(ini);

	assert_int_equal(item.kind, kind);
	assert_int_equal(item.line, line);
	if (key)
		assert_string_equal(item.key, key);
	if (value)
		assert_string_equal(item.value, value);
}

static void test_the_whole_grammar(void **state)
{
	struct ini *ini = open_text("; comment\n"
				    "# comment\n"
				    "\n"
				    "[agent]\r\n"
				    "  key\t=  value with spaces  ; comment\n"
				    "url = https://x.example/#fragment;kept\n"
				    "[provider  corp]   # comment\n"
				    "empty =\n"
				    "long = one \\\n"
				    "  two \\\n"
				    "  three\n"
				    "a = b = c\n"
				    "[ allow  two words ]\n"
				    "last = no newline");

	(void)state;
	expect_item(ini, INI_SECTION, 4, "agent", "");
	expect_item(ini, INI_PAIR, 5, "key", "value with spaces");
	expect_item(ini, INI_PAIR, 6, "url", "https://x.example/#fragment;kept");
	expect_item(ini, INI_SECTION, 7, "provider", "corp");
	expect_item(ini, INI_PAIR, 8, "empty", "");
	expect_item(ini, INI_PAIR, 9, "long", "one   two   three");
	expect_item(ini, INI_PAIR, 12, "a", "b = c");
	expect_item(ini, INI_SECTION, 13, "allow", "two words");
	expect_item(ini, INI_PAIR, 14, "last", "no newline");
	expect_item(ini, INI_END, 15, NULL, NULL);
	expect_item(ini, INI_END, 15, NULL, NULL);
	ini_free(ini);
}

static void expect_error(const char *text, size_t len, unsigned line, const char *sentence)
{
	struct ini *ini = ini_new(text, len);
	struct ini_item item;

	assert_non_null(ini);
	do
		item = ini_next(ini);
	while (item.kind != INI_ERROR && item.kind != INI_END);
	assert_int_equal(item.kind, INI_ERROR);
	assert_int_equal(item.line, line);
	assert_non_null(strstr(item.text, sentence));
	assert_int_equal(ini_next(ini).kind, INI_ERROR); /* and it stays so */
	ini_free(ini);
}

static void test_errors_name_the_line(void **state)
{
	char *wide = malloc(CONFIG_LINE_MAX + 100);

	(void)state;
	expect_error("ok = 1\n[open\n", 13, 2, "does not end with ']'");
	expect_error("[]\n", 3, 1, "needs a kind");
	expect_error("[a [b]]\n", 8, 1, "no brackets");
	expect_error("\n\nword\n", 7, 3, "neither [section] nor key");
	expect_error(" = value\n", 9, 1, "no key");
	expect_error("a = b\0c\n", 8, 1, "NUL byte");
	expect_error("a = \x1b[31m\n", 10, 1, "control byte");
	expect_error("a = b \\", 7, 1, "the file ends");
	assert_non_null(wide);
	memset(wide, 'x', CONFIG_LINE_MAX + 100);
	wide[1] = '=';
	expect_error(wide, CONFIG_LINE_MAX + 100, 1, "too long");
	free(wide);
}

/* Every prefix and every flipped byte of a valid text ends, and nothing runs off (sanitizers). */
static void test_truncated_and_flipped(void **state)
{
	static const char text[] =
		"[provider corp]\nissuer = https://a.example/ ; x\nk = a \\\n b\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++)
		for (int flip = 0; flip < 256; flip += 5) {
			char copy[sizeof(text)];
			struct ini *ini;
			unsigned n = 0;

			memcpy(copy, text, sizeof(text));
			if (len > 0)
				copy[len / 2] = (char)flip;
			ini = ini_new(copy, len);
			assert_non_null(ini);
			for (;;) {
				struct ini_item item = ini_next(ini);

				if (item.kind == INI_END || item.kind == INI_ERROR)
					break;
				assert_true(++n < 10);
			}
			ini_free(ini);
		}
}

TEST_MAIN(TEST(test_the_whole_grammar), TEST(test_errors_name_the_line),
	  TEST(test_truncated_and_flipped))
