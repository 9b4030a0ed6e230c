/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* buf and cursor: what one writes the other reads; limits and errors stick. */

#include "tests/lib/test.h"

#include <errno.h>

#include "common/buf.h"
#include "common/cursor.h"

static void test_round_trip(void **state)
{
	struct buf buf;
	struct cursor cursor;

	(void)state;
	buf_init(&buf, 1000);
	buf_put_u8(&buf, 0x12);
	buf_put_u16(&buf, 0x3456);
	buf_put_u32(&buf, 0x789abcdeu);
	buf_put_u64(&buf, UINT64_C(0xfedcba9876543210));
	buf_put_text(&buf, "text");
	assert_int_equal(buf_end(&buf), 0);
	assert_int_equal(buf.len, 19);
	assert_memory_equal(buf.data, "\x12\x56\x34\xde\xbc\x9a\x78", 7);
	cursor_init(&cursor, buf.data, buf.len);
	assert_int_equal(cursor_get_u8(&cursor), 0x12);
	assert_int_equal(cursor_get_u16(&cursor), 0x3456);
	assert_int_equal(cursor_get_u32(&cursor), 0x789abcdeu);
	assert_true(cursor_get_u64(&cursor) == UINT64_C(0xfedcba9876543210));
	assert_int_equal(cursor_end(&cursor), -EBADMSG); /* something is left */
	assert_memory_equal(cursor_get(&cursor, 4), "text", 4);
	assert_int_equal(cursor_end(&cursor), 0);
	buf_done(&buf);
}

static void test_limit_sticks(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 5);
	buf_put_text(&buf, "12345");
	assert_int_equal(buf_end(&buf), 0);
	buf_put_u8(&buf, 6);
	assert_int_equal(buf.error, -EMSGSIZE);
	buf_put(&buf, "", 0);
	assert_int_equal(buf_end(&buf), -EMSGSIZE);
	assert_int_equal(buf.len, 5);
	buf_reset(&buf);
	buf_printf(&buf, "%s", "123456");
	assert_int_equal(buf_end(&buf), -EMSGSIZE);
	buf_reset(&buf);
	buf_printf(&buf, "%d", 12345);
	assert_int_equal(buf_end(&buf), 0);
	assert_string_equal((char *)buf.data, "12345");
	buf_done(&buf);
}

static void test_fixed_never_moves(void **state)
{
	uint8_t memory[8];
	struct buf buf;

	(void)state;
	memset(memory, 0xee, sizeof(memory));
	buf_init_fixed(&buf, memory, sizeof(memory));
	buf_put_text(&buf, "1234567");
	assert_int_equal(buf_end(&buf), 0);
	assert_ptr_equal(buf.data, memory);
	assert_int_equal(memory[7], 0);
	buf_put_u8(&buf, 1);
	assert_int_equal(buf.error, -EMSGSIZE);
	buf_done(&buf);
	buf_init_fixed(&buf, memory, 0);
	buf_put_u8(&buf, 1);
	assert_int_equal(buf_end(&buf), -EMSGSIZE);
}

static void test_grows_to_the_byte(void **state)
{
	struct buf buf;

	(void)state;
	buf_init_secret(&buf, 100000);
	for (unsigned i = 0; i < 100000; i++)
		buf_put_u8(&buf, (uint8_t)(i & 0xff));
	assert_int_equal(buf_end(&buf), 0);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf.data[i], i & 0xff);
	buf_done(&buf);
	assert_null(buf.data);
}

static void test_cursor_error_sticks(void **state)
{
	struct cursor cursor;

	(void)state;
	cursor_init(&cursor, "abc", 3);
	assert_int_equal(cursor_get_u32(&cursor), 0);
	assert_int_equal(cursor_get_u8(&cursor), 0); /* would fit, but the error stands */
	assert_null(cursor_get(&cursor, 0));
	assert_int_equal(cursor_end(&cursor), -EBADMSG);
	cursor_init(&cursor, "abc", 3);
	assert_null(cursor_get(&cursor, SIZE_MAX));
	assert_int_equal(cursor_end(&cursor), -EBADMSG);
}

TEST_MAIN(TEST(test_round_trip), TEST(test_limit_sticks), TEST(test_fixed_never_moves),
	  TEST(test_grows_to_the_byte), TEST(test_cursor_error_sticks))
