/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real idp-netd reading a directory that is a file of this host. */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/dir-log.h"

#define PEOPLE                                                                                    \
	"{\"users\":[{\"name\":\"alice\",\"subject\":\"s-1\",\"uid\":1879050000,\"ssh_keys\":"    \
	"[\"ssh-ed25519 AAAA a\",\"ssh-ed25519 BBBB b\"]},{\"name\":\"bob\",\"subject\":\"s-2\"," \
	"\"active\":false}],\"groups\":[{\"name\":\"staff\",\"members\":[\"bob\"],\"groups\":["   \
	"\"ops\"]},{\"name\":\"ops\",\"members\":[\"alice\"]}]}"
#define RECORDS                                                                                  \
	"user s-1 s-1 alice 1879050000 - || on ssh_keys=ssh-ed25519 AAAA a;ssh-ed25519 BBBB b\n" \
	"user s-2 s-2 bob - - || off\ngroup staff staff - [s-2 ops]\ngroup ops ops - [s-1]\n"

static struct fake_core core;
static char folder[] = "/tmp/idp-dir-file-XXXXXX";
static char path[128], other[128];
static struct dir_log seen;

static void configure(const char *file)
{
	static const char *const provider[] = {
		"issuer", "https://id.example.org", "client_id", "host", NULL,
	};
	const char *directory[] = { "kind", "file", "provider", "p", "path", file, NULL };
	static uint32_t revision;

	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", "d", directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

static void put(const char *to, const char *text)
{
	FILE *f = fopen(to, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(to, 0644), 0);
}

/* As if it had been written an hour ago; its ctime, which nobody can set, is still now. */
static void age(const char *of)
{
	struct timespec times[2];

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &times[0]), 0);
	times[0].tv_sec -= 3600;
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, of, times, 0), 0);
}

static int set_up(void **state)
{
	int r;

	(void)state;
	if (!mkdtemp(folder))
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/directory.json", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	r = fake_core_start(&core, folder);
	if (r == 0)
		configure(path);
	return r;
}

static int tear_down(void **state)
{
	int status = fake_core_stop(&core);
	char command[160];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) == 0 ? status : -1; // NOLINT(cert-env33-c): our own folder
}

static void test_people_and_groups_come_as_they_stand(void **state)
{
	(void)state;
	put(path, PEOPLE);
	dir_log_sync(&core, "d", true, "", &seen);
	assert_string_equal(seen.reason, "");
	assert_true(seen.complete);
	assert_string_equal(seen.text, RECORDS);
}

static void test_one_can_be_found(void **state)
{
	(void)state;
	put(path, PEOPLE);
	dir_log_find(&core, "d", WIRE_FIND_USER_NAME, "bob", &seen);
	assert_true(seen.complete);
	assert_string_equal(seen.text, "user s-2 s-2 bob - - || off\n");
	dir_log_find(&core, "d", WIRE_FIND_SUBJECT, "s-1", &seen);
	assert_int_equal(seen.users, 1);
	assert_int_equal(seen.groups, 0);
	dir_log_find(&core, "d", WIRE_FIND_GROUP_NAME, "ops", &seen);
	assert_string_equal(seen.text, "group ops ops - [s-1]\n");
	dir_log_find(&core, "d", WIRE_FIND_USER_NAME, "Bob", &seen);
	assert_true(seen.complete);
	assert_string_equal(seen.text, "");
}

/* What a pass between full ones says. Waits until the file's clock has moved on. */
static void test_unchanged_is_said_of_a_file_that_is(void **state)
{
	char cursor[sizeof(seen.cursor)];

	(void)state;
	put(path, PEOPLE);
	dir_log_sync(&core, "d", true, "", &seen);
	assert_string_equal(seen.cursor, ""); /* the next writer could do so in the same tick */
	sleep(4);
	dir_log_sync(&core, "d", true, "", &seen);
	assert_string_not_equal(seen.cursor, "");
	strcpy(cursor, seen.cursor);
	dir_log_sync(&core, "d", false, cursor, &seen);
	assert_true(seen.complete);
	assert_string_equal(seen.code, "unchanged");
	assert_string_equal(seen.text, "");
	assert_string_equal(seen.cursor, cursor);
	put(other, PEOPLE);
	age(other);
	assert_int_equal(rename(other, path), 0);
	dir_log_sync(&core, "d", false, cursor, &seen);
	assert_false(seen.complete);
	assert_string_equal(seen.code, "cursor-expired");
	dir_log_sync(&core, "d", true, "", &seen);
	assert_string_equal(seen.text, RECORDS);
}

static void refused(const char *file, const char *code, const char *words)
{
	configure(file);
	dir_log_sync(&core, "d", true, "", &seen);
	assert_false(seen.complete);
	assert_string_equal(seen.text, "");
	if (strcmp(seen.code, code) != 0 || !strstr(seen.reason, words))
		fail_msg("%s (%s); expected %s (%s)", seen.reason, seen.code, words, code);
}

static void test_a_file_others_can_write_is_not_read(void **state)
{
	(void)state;
	put(path, PEOPLE);
	assert_int_equal(chmod(path, 0664), 0);
	refused(path, "directory-file", "chmod go-w");
	assert_int_equal(chmod(path, 0602), 0);
	refused(path, "directory-file", "chmod go-w");
	assert_int_equal(chmod(path, 0644), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, 12345), 0);
		refused(path, "directory-file", "chown root");
	}
	assert_int_equal(unlink(path), 0);
	refused(path, "directory-file", "does not exist");
	put(other, PEOPLE);
	assert_int_equal(symlink(other, path), 0);
	refused(path, "directory-file", "symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(path, "directory-file", "not a regular file");
	assert_int_equal(unlink(path), 0);
	refused(folder, "directory-file", "not a regular file");
	refused("directory.json", "configuration", "path: is not an absolute path");
	configure(path);
}

static void test_one_wrong_word_keeps_all_as_it_was_and_is_named(void **state)
{
	FILE *f;

	(void)state;
	put(path, "{\"users\":[{\"name\":\"alice\",\"subject\":\"s-1\"},{\"name\":\"Bob\"}]}");
	refused(path, "directory-garbage", "directory.json users[1].name is not a user name");
	put(path, "{\"users\":[\n{\"name\":\"alice\",\"subj");
	refused(path, "directory-garbage", "line 2 is not JSON");
	put(path, PEOPLE);
	f = fopen(path, "ae");
	assert_non_null(f);
	for (unsigned i = 0; i < DIR_FILE_MAX; i++)
		assert_int_equal(putc(' ', f), ' ');
	assert_int_equal(fclose(f), 0);
	refused(path, "directory-file", "longer than 4 MiB");
}

static void replace_for_ever(const char *const texts[static 2])
{
	for (unsigned i = 0;; i++) {
		put(other, texts[i % 2]);
		if (rename(other, path) < 0)
			_exit(1);
	}
}

static void test_doctor_reads_it_as_a_pass_would(void **state)
{
	char line[256];

	(void)state;
	configure(path);
	put(path, PEOPLE);
	dir_log_probe(&core, "d", &seen);
	assert_true(snprintf(line, sizeof(line), "%u it can be read: %s: 2 users, 2 groups ()\n",
			     (unsigned)WIRE_FINDING_OK, path) > 0);
	assert_string_equal(seen.text, line);
	put(path, "{\"users\":[{\"name\":\"alice\"}]}");
	dir_log_probe(&core, "d", &seen);
	assert_non_null(strstr(seen.text, "users[0].subject is missing"));
	assert_null(strstr(seen.text, "()"));
}

/* Somebody renames whole files into place all the time: each pass is one of them, never a mixture.
 */
static void test_a_file_that_is_replaced_all_the_time_is_read_whole(void **state)
{
	static const char *const texts[] = {
		"{\"users\":[{\"name\":\"a\",\"subject\":\"1\"}]}",
		"{\"users\":[{\"name\":\"a\",\"subject\":\"2\"},{\"name\":\"b\",\"subject\":\"2b\"}]}",
	};
	static const char *const records[] = {
		"user 1 1 a - - || on\n",
		"user 2 2 a - - || on\nuser 2b 2b b - - || on\n",
	};
	pid_t writer;

	(void)state;
	configure(path);
	put(path, texts[0]);
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0)
		replace_for_ever(texts);
	for (unsigned i = 0; i < 300; i++) {
		dir_log_sync(&core, "d", true, "", &seen);
		assert_string_equal(seen.reason, "");
		assert_true(strcmp(seen.text, records[0]) == 0 ||
			    strcmp(seen.text, records[1]) == 0);
	}
	assert_int_equal(kill(writer, SIGKILL), 0);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_people_and_groups_come_as_they_stand),
		TEST(test_one_can_be_found),
		TEST(test_unchanged_is_said_of_a_file_that_is),
		TEST(test_a_file_others_can_write_is_not_read),
		TEST(test_one_wrong_word_keeps_all_as_it_was_and_is_named),
		TEST(test_doctor_reads_it_as_a_pass_would),
		TEST(test_a_file_that_is_replaced_all_the_time_is_read_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
