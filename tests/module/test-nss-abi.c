/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnss_idp as glibc calls it: what it answers, how it says no, how large a buffer must be. */
#include "tests/lib/test.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/snapshot-format.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

static const struct world small_world = {
	.n_users = 1000,
	.n_groups = 700,
	.n_big_user = 500,
	.n_big_group = 900,
	.flags = SNAPSHOT_COMPLETE,
};

static void publish(uint32_t flags)
{
	struct world world = small_world;

	world.flags = flags;
	assert_int_equal(world_publish(&world, NULL), 0);
}

static void test_a_hit_has_every_field(void **state _unused_)
{
	struct passwd pw;
	struct group gr;
	char buffer[32768];
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	errno = 77;
	assert_int_equal(nss.getpwnam("user0000007", &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "user0000007");
	assert_string_equal(pw.pw_passwd, "*");
	assert_int_equal(pw.pw_uid, WORLD_UID(7));
	assert_int_equal(pw.pw_gid, WORLD_UID(7));
	assert_string_equal(pw.pw_gecos, "Ana Almeida 7");
	assert_string_equal(pw.pw_dir, "/home/user0000007");
	assert_string_equal(pw.pw_shell, "/bin/bash");
	assert_int_equal(nss.getpwuid(WORLD_UID(9), &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "user0000009");
	assert_string_equal(pw.pw_shell, "/bin/sh");
	assert_int_equal(nss.getgrnam("grp000699", &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(gr.gr_gid, WORLD_GID(699));
	assert_string_equal(gr.gr_passwd, "*");
	for (int i = 0; i < 900; i++) {
		char name[16];

		IGNORE(snprintf(name, sizeof(name), "user%07d", i) < 0);
		assert_string_equal(gr.gr_mem[i], name);
	}
	assert_null(gr.gr_mem[900]);
	assert_int_equal(nss.getgrgid(WORLD_GID(3), &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(gr.gr_name, "grp000003");
	assert_int_equal(error, 0);
	assert_int_equal(errno, 77);
}

/* Every length from nothing to enough: too small says ERANGE and touches nothing behind it. */
static void test_the_buffer_ladder_of_a_user(void **state _unused_)
{
	const size_t need = STRLEN("user0000007") + 1 + 2 + STRLEN("Ana Almeida 7") + 1 +
			    STRLEN("/home/user0000007") + 1 + STRLEN("/bin/bash") + 1;
	struct passwd pw;
	char buffer[1100];

	publish(SNAPSHOT_COMPLETE);
	for (size_t len = 0; len <= 1024; len++) {
		int error = 0;
		enum nss_status status;

		memset(buffer, 0x55, sizeof(buffer));
		errno = 78;
		status = nss.getpwnam("user0000007", &pw, buffer, len, &error);
		for (size_t i = len; i < sizeof(buffer); i++)
			assert_int_equal(buffer[i], 0x55);
		assert_int_equal(errno, 78);
		if (len < need) {
			assert_int_equal(status, NSS_STATUS_TRYAGAIN);
			assert_int_equal(error, ERANGE);
		} else {
			assert_int_equal(status, NSS_STATUS_SUCCESS);
			assert_string_equal(pw.pw_shell, "/bin/bash");
		}
	}
}

static void test_the_buffer_ladder_of_a_group_at_every_alignment(void **state _unused_)
{
	/* Group 600 has the members that (i * 7 + k * 101) % 699 gives; ask how many. */
	_Alignas(16) char big[8192];
	struct group gr;
	size_t strings, n = 0;
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	assert_int_equal(nss.getgrnam("grp000600", &gr, big, sizeof(big), &error),
			 NSS_STATUS_SUCCESS);
	strings = STRLEN("grp000600") + 1 + 2;
	for (; gr.gr_mem[n]; n++)
		strings += strlen(gr.gr_mem[n]) + 1;
	assert_true(n > 2);
	for (size_t shift = 0; shift < 8; shift++) {
		const size_t need = (8 - shift) % 8 + (n + 1) * sizeof(char *) + strings;

		for (size_t len = 0; len <= 1024; len++) {
			const enum nss_status status =
				nss.getgrnam("grp000600", &gr, big + shift, len, &error);

			assert_int_equal(status,
					 len < need ? NSS_STATUS_TRYAGAIN : NSS_STATUS_SUCCESS);
			if (len < need)
				assert_int_equal(error, ERANGE);
			else
				assert_null(gr.gr_mem[n]);
		}
	}
}

struct row {
	const char *what;
	uint32_t flags;
	const char *name; /* NULL: by id */
	uint32_t id;
	enum nss_status status;
	int error; /* 0: not touched */
};

/* The agent is not there in this program: what must be asked is UNAVAIL. */
static const struct row rows[] = {
	{ "hit", 0, "user0000001", 0, NSS_STATUS_SUCCESS, 0 },
	{ "hit by id", 0, NULL, WORLD_UID(1), NSS_STATUS_SUCCESS, 0 },
	{ "final miss", SNAPSHOT_COMPLETE, "eve", 0, NSS_STATUS_NOTFOUND, ENOENT },
	{ "final miss by id", SNAPSHOT_COMPLETE, NULL, WORLD_UID(5000), NSS_STATUS_NOTFOUND,
	  ENOENT },
	{ "miss, to be asked", 0, "eve", 0, NSS_STATUS_UNAVAIL, ENOENT },
	{ "miss by id, to be asked", 0, NULL, WORLD_UID(5000), NSS_STATUS_UNAVAIL, ENOENT },
	{ "root is not asked", 0, "root", 0, NSS_STATUS_NOTFOUND, ENOENT },
	{ "0 is not asked", 0, NULL, 0, NSS_STATUS_NOTFOUND, ENOENT },
	{ "nobody is not asked", 0, NULL, 65534, NSS_STATUS_NOTFOUND, ENOENT },
	{ "system ids are not asked", 0, NULL, 101, NSS_STATUS_NOTFOUND, ENOENT },
	{ "-1 is not asked", 0, NULL, UINT32_MAX, NSS_STATUS_NOTFOUND, ENOENT },
	{ "invalid names are not asked", 0, "Robert'); DROP", 0, NSS_STATUS_NOTFOUND, ENOENT },
	{ "nor empty ones", 0, "", 0, NSS_STATUS_NOTFOUND, ENOENT },
	{ "nor long ones", 0, "abcdefghijklmnopqrstuvwxyz0123456", 0, NSS_STATUS_NOTFOUND, ENOENT },
};

static void test_every_no_is_the_right_one(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct row *row = &rows[i];
		struct passwd pw;
		char buffer[1024];
		int error = 0;
		enum nss_status status;

		publish(row->flags);
		errno = 79;
		status = row->name ? nss.getpwnam(row->name, &pw, buffer, sizeof(buffer), &error)
				   : nss.getpwuid(row->id, &pw, buffer, sizeof(buffer), &error);
		if (status != row->status || error != row->error || errno != 79)
			print_error("%s: status %d, error %d, errno %d\n", row->what, (int)status,
				    error, errno);
		assert_int_equal(status, row->status);
		assert_int_equal(error, row->error);
		assert_int_equal(errno, 79);
	}
}

/* glibc passes &errno itself. */
static void test_errnop_may_be_errno(void **state _unused_)
{
	struct passwd pw;
	char buffer[1024];

	publish(0);
	errno = 80;
	assert_int_equal(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &errno),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(errno, 80);
	assert_int_equal(nss.getpwnam("user0000001", &pw, buffer, 3, &errno), NSS_STATUS_TRYAGAIN);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(nss.getpwnam("eve", &pw, buffer, sizeof(buffer), &errno),
			 NSS_STATUS_UNAVAIL);
	assert_int_equal(errno, ENOENT);
}

/* ---- initgroups ---- */

static void test_initgroups_appends_all_but_the_primary_group(void **state _unused_)
{
	long start = 1, size = 4;
	gid_t *groups = calloc(4, sizeof(*groups));
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	assert_non_null(groups);
	groups[0] = 42;
	assert_int_equal(
		nss.initgroups("user0000001", WORLD_GID(10), &start, &size, &groups, -1, &error),
		NSS_STATUS_SUCCESS);
	/* 500 and the last group, but for the primary one, after what was there. */
	assert_int_equal(start, 1 + 501 - 1);
	assert_true(size >= start);
	assert_int_equal(groups[0], 42);
	for (long i = 1; i < start; i++) {
		assert_true(groups[i] >= WORLD_GID(0) && groups[i] <= WORLD_GID(699));
		assert_int_not_equal(groups[i], WORLD_GID(10));
		for (long k = 1; k < i; k++)
			assert_int_not_equal(groups[i], groups[k]);
	}
	free(groups);
}

static void test_initgroups_stops_at_the_limit(void **state _unused_)
{
	for (long limit = 1; limit < 70; limit++) {
		long start = 0, size = 1;
		gid_t *groups = calloc(1, sizeof(*groups));
		int error = 0;

		publish(SNAPSHOT_COMPLETE);
		assert_int_equal(
			nss.initgroups("user0000001", 1, &start, &size, &groups, limit, &error),
			NSS_STATUS_SUCCESS);
		assert_int_equal(start, limit);
		assert_true(size <= limit);
		free(groups);
	}
}

static void test_initgroups_of_nobody(void **state _unused_)
{
	long start = 0, size = 1;
	gid_t *groups = calloc(1, sizeof(*groups));
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	assert_int_equal(nss.initgroups("root", 0, &start, &size, &groups, -1, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(nss.initgroups("eve", 0, &start, &size, &groups, -1, &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(start, 0);
	free(groups);
}

static void test_a_group_of_ten_thousand(void **state _unused_)
{
	const struct world world = { .n_users = 10001, .n_groups = 1, .n_big_group = 10000 };
	const size_t need = 10001 * sizeof(char *) + STRLEN("grp000000") + 1 + 2 + 10000 * 12;
	_cleanup_free_ char *buffer = malloc(need);
	struct group gr;
	int error = 0;

	assert_int_equal(world_publish(&world, NULL), 0);
	assert_non_null(buffer);
	assert_int_equal(nss.getgrgid(WORLD_GID(0), &gr, buffer, need - 1, &error),
			 NSS_STATUS_TRYAGAIN);
	assert_int_equal(nss.getgrgid(WORLD_GID(0), &gr, buffer, need, &error), NSS_STATUS_SUCCESS);
	assert_string_equal(gr.gr_mem[9999], "user0009999");
	assert_null(gr.gr_mem[10000]);
}

/* ---- enumeration ---- */

static void test_nothing_is_listed_unless_the_snapshot_says_so(void **state _unused_)
{
	struct passwd pw;
	struct group gr;
	char buffer[32768];
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	assert_int_equal(nss.setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(nss.getpwent(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_NOTFOUND);
	assert_int_equal(nss.endpwent(), NSS_STATUS_SUCCESS);
	assert_int_equal(nss.setgrent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(nss.getgrent(&gr, buffer, sizeof(buffer), &error), NSS_STATUS_NOTFOUND);
	assert_int_equal(nss.endgrent(), NSS_STATUS_SUCCESS);
}

/* A buffer that is too small repeats the entry; a new file in the middle loses nobody. */
static void test_listing_goes_on_in_a_newer_file(void **state _unused_)
{
	struct passwd pw;
	struct group gr;
	char buffer[32768];
	int error = 0;
	uint32_t n = 0;

	publish(SNAPSHOT_ENUMERATE);
	assert_int_equal(nss.setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(nss.getpwent(&pw, buffer, 3, &error), NSS_STATUS_TRYAGAIN);
	while (nss.getpwent(&pw, buffer, sizeof(buffer), &error) == NSS_STATUS_SUCCESS) {
		assert_int_equal(pw.pw_uid, WORLD_UID(n++));
		if (n == 500)
			publish(SNAPSHOT_ENUMERATE);
	}
	assert_int_equal(n, 1000);
	assert_int_equal(nss.setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(nss.getpwent(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_SUCCESS);
	assert_int_equal(pw.pw_uid, WORLD_UID(0));
	assert_int_equal(nss.setgrent(0), NSS_STATUS_SUCCESS);
	for (n = 0; nss.getgrent(&gr, buffer, sizeof(buffer), &error) == NSS_STATUS_SUCCESS; n++)
		assert_int_equal(gr.gr_gid, WORLD_GID(n));
	assert_int_equal(n, 700);
}

/* ---- what a process may do to itself, and a host to its files ---- */

static void test_a_process_without_standard_files_keeps_it_so(void **state _unused_)
{
	pid_t pid;
	int status;

	publish(0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct passwd pw;
		char buffer[1024];
		int error = 0;

		publish(0); /* so that the child must open the file */
		for (int fd = 0; fd < 3; fd++)
			IGNORE(close(fd));
		if (nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error) !=
			    NSS_STATUS_SUCCESS ||
		    nss.getpwnam("eve", &pw, buffer, sizeof(buffer), &error) != NSS_STATUS_UNAVAIL)
			_exit(1);
		for (int fd = 0; fd < 20; fd++)
			if (fd < 3 && fcntl(fd, F_GETFD) >= 0)
				_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static unsigned count_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_no_descriptor_stays_open(void **state _unused_)
{
	const unsigned before = count_fds();
	struct passwd pw;
	char buffer[1024];
	int error = 0;

	for (int i = 0; i < 20; i++) {
		publish(0);
		IGNORE(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error));
		IGNORE(nss.getpwnam("eve", &pw, buffer, sizeof(buffer), &error));
	}
	assert_int_equal(count_fds(), before);
}

static size_t read_published(uint8_t *bytes, size_t room)
{
	const int fd = open(world_path(), O_RDONLY | O_CLOEXEC);
	const ssize_t n = read(fd, bytes, room);

	IGNORE(close(fd));
	return n < 0 ? 0 : (size_t)n;
}

static void ask_everything(enum nss_status want)
{
	struct passwd pw;
	struct group gr;
	char buffer[1024];
	long start = 0, size = 1;
	gid_t *groups = calloc(1, sizeof(*groups));
	int error = 0;

	assert_int_equal(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error), want);
	assert_int_equal(nss.getpwuid(WORLD_UID(1), &pw, buffer, sizeof(buffer), &error), want);
	assert_int_equal(nss.getgrnam("grp000001", &gr, buffer, sizeof(buffer), &error), want);
	assert_int_equal(nss.getgrgid(WORLD_GID(1), &gr, buffer, sizeof(buffer), &error), want);
	assert_int_equal(nss.initgroups("user0000001", 1, &start, &size, &groups, -1, &error),
			 want);
	free(groups);
}

static void test_a_damaged_file_is_unavail_and_a_good_one_heals_it(void **state _unused_)
{
	static uint8_t bytes[1u << 20];
	const usec_t began = clock_now();
	size_t n;

	assert_int_equal(
		world_publish(
			&(struct world){ .n_users = 20, .n_groups = 3, .flags = SNAPSHOT_COMPLETE },
			NULL),
		0);
	n = read_published(bytes, sizeof(bytes));
	assert_true(n > SNAPSHOT_HEADER_SIZE);
	nss_no_snapshot();
	ask_everything(NSS_STATUS_UNAVAIL);
	nss_put_snapshot("", 0);
	ask_everything(NSS_STATUS_UNAVAIL);
	nss_put_snapshot(bytes, n - 1);
	ask_everything(NSS_STATUS_UNAVAIL);
	nss_put_snapshot(bytes, n);
	assert_int_equal(chmod(world_path(), 0666), 0);
	ask_everything(NSS_STATUS_UNAVAIL);
	memset(bytes + SNAPSHOT_HEADER_SIZE, 0, n - SNAPSHOT_HEADER_SIZE);
	nss_put_snapshot(bytes, n); /* punched, and nobody said so: it is complete, and empty */
	ask_everything(NSS_STATUS_NOTFOUND);
	memset(bytes, 0, n);
	nss_put_snapshot(bytes, n);
	ask_everything(NSS_STATUS_UNAVAIL);
	publish(SNAPSHOT_COMPLETE);
	ask_everything(NSS_STATUS_SUCCESS);
	/* Nobody waited for anything. */
	assert_true(clock_now() - began < 3 * USEC_PER_SEC);
}

static void test_loading_and_unloading_again_and_again(void **state _unused_)
{
	struct passwd pw;
	char buffer[1024];
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	for (int i = 0; i < 200; i++) {
		void *handle = dlopen(NSS_TEST_MODULE, RTLD_NOW | RTLD_LOCAL);

		assert_non_null(handle);
		assert_int_equal(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error),
				 NSS_STATUS_SUCCESS);
		assert_int_equal(dlclose(handle), 0);
	}
	/* -z nodelete: the code of a lookup under way is never unmapped. */
	assert_int_equal(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
}

/* ---- through glibc ---- */

static int getent(const char *database, const char *key, char *line, size_t room)
{
	int pipe_fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (setenv("LD_LIBRARY_PATH", NSS_TEST_LIBS, 1) == 0 && dup2(pipe_fds[1], 1) == 1)
			IGNORE(execlp("getent", "getent", "-s", "idptest", database, key, NULL));
		_exit(98);
	}
	IGNORE(close(pipe_fds[1]));
	while ((n = read(pipe_fds[0], line + len, room - 1 - len)) > 0)
		len += (size_t)n;
	line[len] = '\0';
	IGNORE(close(pipe_fds[0]));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_getent_end_to_end(void **state _unused_)
{
	char line[32768];

	if (NSS_TEST_SANITIZED)
		skip(); /* an instrumented module needs an instrumented program */
	publish(SNAPSHOT_COMPLETE);
	assert_int_equal(getent("passwd", "user0000007", line, sizeof(line)), 0);
	assert_string_equal(line, "user0000007:*:1879058199:1879058199:Ana Almeida 7:"
				  "/home/user0000007:/bin/bash\n");
	assert_int_equal(getent("passwd", "1879058199", line, sizeof(line)), 0);
	assert_memory_equal(line, "user0000007:", 12);
	assert_int_equal(getent("group", "grp000699", line, sizeof(line)), 0);
	assert_memory_equal(line, "grp000699:*:1899048891:user0000000,user0000001,", 47);
	assert_int_equal(getent("initgroups", "user0000005", line, sizeof(line)), 0);
	assert_non_null(strstr(line, "18990"));
	assert_int_equal(getent("passwd", "eve", line, sizeof(line)), 2);
	assert_int_equal(getent("passwd", "root", line, sizeof(line)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_hit_has_every_field),
		TEST(test_the_buffer_ladder_of_a_user),
		TEST(test_the_buffer_ladder_of_a_group_at_every_alignment),
		TEST(test_every_no_is_the_right_one),
		TEST(test_errnop_may_be_errno),
		TEST(test_initgroups_appends_all_but_the_primary_group),
		TEST(test_initgroups_stops_at_the_limit),
		TEST(test_initgroups_of_nobody),
		TEST(test_a_group_of_ten_thousand),
		TEST(test_nothing_is_listed_unless_the_snapshot_says_so),
		TEST(test_listing_goes_on_in_a_newer_file),
		TEST(test_a_process_without_standard_files_keeps_it_so),
		TEST(test_no_descriptor_stays_open),
		TEST(test_a_damaged_file_is_unavail_and_a_good_one_heals_it),
		TEST(test_loading_and_unloading_again_and_again),
		TEST(test_getent_end_to_end),
	};

	nss_load();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
