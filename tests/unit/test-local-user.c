/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/* Who is in a passwd file, without NSS. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pam_idp/local-user.h"

static char path[] = "/tmp/idp-passwd-XXXXXX";

static void write_passwd(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static bool find(const char *name)
{
	bool found = false;

	assert_int_equal(local_user_find(path, name, &found), 0);
	return found;
}

static void test_whole_names_are_found(void **state _unused_)
{
	static const char text[] = "root:x:0:0::/root:/bin/sh\n"
				   "ali:x:1000:1000::/home/ali:/bin/sh\n"
				   "  bob:x:1001:1001::/home/bob:/bin/sh\n"
				   "\n"
				   "last:x:1002:1002::/:/bin/sh";

	write_passwd(text, sizeof(text) - 1);
	assert_true(find("root"));
	assert_true(find("ali"));
	assert_true(find("bob"));
	assert_true(find("last"));
}

static void test_parts_and_other_fields_are_not_names(void **state _unused_)
{
	static const char text[] = "alice:x:1000:1000:alan:/home/alan:/bin/alan\n"
				   "nocolon\n"
				   "#carol:x:1:1:::\n";

	write_passwd(text, sizeof(text) - 1);
	assert_false(find("ali"));
	assert_false(find("alice2"));
	assert_false(find("alan"));
	assert_false(find("x"));
	assert_false(find("nocolon"));
	assert_false(find("carol"));
}

static void test_binary_lines_do_not_hide_the_next_one(void **state _unused_)
{
	static const char text[] = "\0\0:\0\nali\0ce:x:\n:::\nbob:x:1:1:::\n";

	write_passwd(text, sizeof(text) - 1);
	assert_true(find("bob"));
	assert_false(find("ali"));
}

/* Every alignment of the entry to the reader's chunk. */
static void test_an_entry_across_a_chunk_is_found(void **state _unused_)
{
	static char text[8300];
	static const char entry[] = "\nzoe:x:1:1:::\n";

	for (size_t at = 4096 - (sizeof(entry) - 1); at <= 4097; at++) {
		memset(text, 'y', sizeof(text));
		memcpy(text + at, entry, (sizeof(entry) - 1));
		write_passwd(text, sizeof(text));
		assert_true(find("zoe"));
		assert_false(find("zo"));
	}
}

static void test_an_empty_file_has_nobody(void **state _unused_)
{
	write_passwd("", 0);
	assert_false(find("root"));
}

static void test_what_cannot_be_read_is_an_error_not_a_no(void **state _unused_)
{
	bool found = true;

	assert_int_equal(local_user_find("/nonexistent/passwd", "root", &found), -ENOENT);
	assert_int_equal(local_user_find("/tmp", "root", &found), -EBADF);
	assert_int_equal(local_user_find("/dev/null", "root", &found), -EBADF);
	assert_int_equal(local_user_find(path, "", &found), -EINVAL);
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_names_are_found),
		TEST(test_parts_and_other_fields_are_not_names),
		TEST(test_binary_lines_do_not_hide_the_next_one),
		TEST(test_an_entry_across_a_chunk_is_found),
		TEST(test_an_empty_file_has_nobody),
		TEST(test_what_cannot_be_read_is_an_error_not_a_no),
	};
	int fd = mkstemp(path);
	int n_failed;

	if (fd < 0)
		return 1;
	(void)close(fd);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return n_failed;
}
