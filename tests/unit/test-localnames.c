/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <errno.h>
#include <unistd.h>

#include "tests/lib/record.h"

static void test_names_and_ids_of_the_host_are_known(void **state)
{
	struct record record;

	(void)state;
	record_setup(&record);
	assert_true(localnames_has_user(record.locals, "carol"));
	assert_true(localnames_has_uid(record.locals, 1000));
	assert_true(localnames_has_group(record.locals, "sudo"));
	assert_true(localnames_has_gid(record.locals, 27));
	assert_false(localnames_has_user(record.locals, "caro"));
	assert_false(localnames_has_user(record.locals, "sudo"));
	assert_false(localnames_has_uid(record.locals, 27));
	record_teardown(&record);
}

static void test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(void **state)
{
	struct record record;
	char fresh[96];

	(void)state;
	record_setup(&record);
	assert_int_equal(localnames_refresh(record.locals), 0);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", record.passwd);
	record_write(fresh, "root:x:0:0::/root:/bin/sh\nzoe:x:1234:1234::/home/zoe:/bin/sh\n");
	assert_int_equal(rename(fresh, record.passwd), 0);
	assert_int_equal(localnames_refresh(record.locals), 1);
	assert_true(localnames_has_user(record.locals, "zoe"));
	assert_false(localnames_has_user(record.locals, "carol"));
	assert_int_equal(localnames_refresh(record.locals), 0);
	record_teardown(&record);
}

static void test_a_file_that_vanished_leaves_the_old_names_in_force(void **state)
{
	struct record record;
	struct localnames *none = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(unlink(record.passwd), 0);
	assert_int_equal(localnames_refresh(record.locals), -ENOENT);
	assert_true(localnames_has_user(record.locals, "carol"));
	assert_int_equal(localnames_new(record.passwd, record.group, &none), -ENOENT);
	record_teardown(&record);
}

static void test_odd_lines_and_long_files_are_survived(void **state)
{
	struct record record;
	char text[8192];
	size_t len = 0;

	(void)state;
	record_setup(&record);
	for (unsigned i = 0; i < 150; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"u%u:x:%u:%u::/home/u:/bin/sh\n", i, 5000 + i, 5000 + i);
	(void)snprintf(
		text + len, sizeof(text) - len,
		"+::::::\n-bad::::::\n\n#comment\nno colons\n:x:1:1::/:\nlast:x:77:77::/:/bin/sh");
	record_write(record.passwd, text);
	assert_int_equal(localnames_refresh(record.locals), 1);
	assert_true(localnames_has_user(record.locals, "u149"));
	assert_true(localnames_has_uid(record.locals, 5000));
	assert_true(localnames_has_user(record.locals, "last"));
	assert_false(localnames_has_user(record.locals, "+"));
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_and_ids_of_the_host_are_known),
		TEST(test_a_changed_file_is_read_again_and_an_unchanged_one_is_not),
		TEST(test_a_file_that_vanished_leaves_the_old_names_in_force),
		TEST(test_odd_lines_and_long_files_are_survived),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
