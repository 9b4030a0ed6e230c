/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/reason.h"

#include "tests/lib/test.h"

static void test_a_reason_ends_where_its_room_ends(void **state)
{
	char text[8] = "-------";
	char reason[REASON_MAX];

	(void)state;
	reason_format(text, sizeof(text), "%s %u", "status", 503U);
	assert_string_equal(text, "status ");
	assert_int_equal(reason_refuse(7, reason, "%0*d", (int)REASON_MAX, 0), 7);
	assert_int_equal(strlen(reason), REASON_MAX - 1);
}

static void test_what_a_stranger_wrote_becomes_printable(void **state)
{
	char text[8];

	(void)state;
	reason_copy_printable("a\x1b[\x7f\xc3\xa9~ and more", text, sizeof(text));
	assert_string_equal(text, "a?[???~");
	reason_copy_printable(text, text, sizeof(text));
	assert_string_equal(text, "a?[???~");
	reason_copy_printable("", text, sizeof(text));
	assert_string_equal(text, "");
}

TEST_MAIN(TEST(test_a_reason_ends_where_its_room_ends),
	  TEST(test_what_a_stranger_wrote_becomes_printable))
