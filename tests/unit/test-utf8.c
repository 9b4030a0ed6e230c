/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every character there is, and the bytes that only look like one. */

#include "tests/lib/test.h"

#include "common/utf8.h"

static size_t encode(uint32_t c, char out[static UTF8_LEN_MAX])
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(len == 1 ? c : ((0xf00u >> len) & 0xf0) | c);
	return len;
}

static void test_every_character(void **state _unused_)
{
	char bytes[UTF8_LEN_MAX];

	for (uint32_t c = 0; c <= 0x110fff; c++) {
		bool is_character = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		size_t len = encode(c, bytes);
		uint32_t got = UINT32_MAX;

		assert_int_equal(utf8_decode(bytes, len, &got), is_character ? len : 0);
		assert_int_equal(got, is_character ? c : UINT32_MAX);
		assert_int_equal(utf8_decode(bytes, len - 1, &got), 0);
	}
}

static void test_what_is_none(void **state _unused_)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80",
		"\xff",
		"\xfe",
		"\xc3",
		"\xc3(",
		"\xe2\x82",
		"\xe2\x28\xa1",
		"\xf0\x9f\x94",
		"\xf0\x9f\x94(",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
	};
	uint32_t c = UINT32_MAX;

	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_int_equal(utf8_decode(bad[i], UTF8_LEN_MAX, &c), 0);
	assert_int_equal(utf8_decode("", 0, &c), 0);
	assert_int_equal(c, UINT32_MAX);
}

static void test_control_bytes(void **state _unused_)
{
	char text[] = "ab";

	assert_false(utf8_has_control(""));
	for (int c = 1; c < 256; c++) {
		text[1] = (char)c;
		assert_int_equal(utf8_has_control(text), c < 0x20 || c == 0x7f);
	}
}

TEST_MAIN(TEST(test_every_character), TEST(test_what_is_none), TEST(test_control_bytes))
