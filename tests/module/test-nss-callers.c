/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The odd processes that libnss_idp wakes up in: one that changed its root or its user, one with a
 * hundred thousand descriptors or none left, with a tiny stack, with no memory left to map, with a
 * storm of signals. Each answers right while it can, says UNAVAIL while it cannot, and answers
 * again when it can again.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/snapshot-format.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

#define MANY_FDS 100000u

static uint64_t generation;

static void publish(void)
{
	const struct world world = {
		.n_users = 1000,
		.n_groups = 700,
		.n_big_user = 500,
		.n_big_group = 900,
		.flags = SNAPSHOT_COMPLETE,
		.generation = ++generation,
	};

	assert_int_equal(world_publish(&world, NULL), 0);
}

/* One of each question. True: all answers are right. */
static bool all_right(void)
{
	char buffer[32768];
	struct passwd pw;
	struct group gr;
	gid_t *gids = NULL;
	long n = 0, size = 0;
	int error = 0;
	bool right;

	right = nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error) ==
			NSS_STATUS_SUCCESS &&
		pw.pw_uid == WORLD_UID(1) && strcmp(pw.pw_dir, "/home/user0000001") == 0;
	right = right &&
		nss.getpwuid(WORLD_UID(999), &pw, buffer, sizeof(buffer), &error) ==
			NSS_STATUS_SUCCESS &&
		strcmp(pw.pw_name, "user0000999") == 0;
	right = right &&
		nss.getgrgid(WORLD_GID(699), &gr, buffer, sizeof(buffer), &error) ==
			NSS_STATUS_SUCCESS &&
		strcmp(gr.gr_mem[899], "user0000899") == 0 && !gr.gr_mem[900];
	right = right &&
		nss.getpwnam("nosuch", &pw, buffer, sizeof(buffer), &error) == NSS_STATUS_NOTFOUND;
	right = right && nss.initgroups("user0000001", WORLD_UID(1), &n, &size, &gids, -1,
					&error) == NSS_STATUS_SUCCESS;
	free(gids);
	return right && n >= 500;
}

static enum nss_status status_of(const char *name)
{
	char buffer[1024];
	struct passwd pw;
	int error = 0;

	return nss.getpwnam(name, &pw, buffer, sizeof(buffer), &error);
}

/* Runs in a child of its own: what it changes ends with it. */
static void in_a_child(void (*body)(void))
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0)
		print_error("the child ended with status %#x\n", (unsigned)status);
	assert_int_equal(status, 0);
}

/* In a child, which cannot use cmocka's. */
#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			dprintf(STDOUT_FILENO, "# line %d: %s\n", __LINE__, #condition); \
			_exit(1);                                                        \
		}                                                                        \
	} while (0)

/* ---- another root ---- */

/* Mapped before: goes on. Not reachable any more when it is replaced: UNAVAIL, never a crash. */
static int outside = -1; /* the root as it was */

static void a_new_file_in_another_root(void)
{
	EXPECT(all_right());
	EXPECT(chroot("/proc/self/fdinfo") == 0 && chdir("/") == 0);
	EXPECT(all_right());
	EXPECT(fchdir(outside) == 0 && chroot(".") == 0);
	nss_no_snapshot();
	EXPECT(chroot("/proc/self/fdinfo") == 0 && chdir("/") == 0);
	EXPECT(status_of("user0000001") == NSS_STATUS_UNAVAIL);
	EXPECT(status_of("user0000001") == NSS_STATUS_UNAVAIL);
	EXPECT(fchdir(outside) == 0 && chroot(".") == 0);
	publish();
	EXPECT(all_right());
}

static void test_a_process_in_another_root(void **state _unused_)
{
	if (geteuid() != 0)
		skip();
	publish();
	outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(outside >= 0);
	in_a_child(a_new_file_in_another_root);
	(void)close(outside);
}

/* ---- another user ---- */

static void as_nobody(void)
{
	int to[2], from[2];
	pid_t child;
	char byte = 0;

	EXPECT(all_right());
	EXPECT(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	child = fork();
	EXPECT(child >= 0);
	if (child == 0) {
		EXPECT(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
		EXPECT(all_right());
		EXPECT(write(to[1], &byte, 1) == 1 && read(from[0], &byte, 1) == 1);
		EXPECT(all_right()); /* in the new file, which it opens as nobody */
		_exit(0);
	}
	EXPECT(read(to[0], &byte, 1) == 1);
	publish();
	EXPECT(write(from[1], &byte, 1) == 1);
	EXPECT(waitpid(child, &to[0], 0) == child);
	EXPECT(to[0] == 0);
}

static void test_a_process_that_became_somebody_else(void **state _unused_)
{
	if (geteuid() != 0)
		skip();
	publish();
	in_a_child(as_nobody);
}

/* ---- descriptors ---- */

static rlim_t many; /* a hundred thousand, or as many as this machine lets a process have */

static void with_many_files(void)
{
	struct rlimit limit = { many, many };
	int last = -1;

	EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (last < (int)many - 10) {
		int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

		EXPECT(fd >= 0);
		last = fd;
	}
	EXPECT(all_right());
	publish();
	EXPECT(all_right()); /* by a descriptor above all those, for a moment */
}

static void without_a_free_file(void)
{
	struct rlimit limit = { 64, 64 };
	int last = -1, fd;

	EXPECT(all_right());
	EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	publish();
	while ((fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) >= 0)
		last = fd;
	EXPECT(errno == EMFILE && last > 0);
	EXPECT(status_of("user0000001") == NSS_STATUS_UNAVAIL);
	EXPECT(fcntl(last, F_GETFD) >= 0); /* it did not help itself */
	EXPECT(close(last) == 0 && close(last - 1) == 0);
	EXPECT(all_right());
}

static void test_a_hundred_thousand_files_and_none_left(void **state _unused_)
{
	struct rlimit limit = { MANY_FDS + 10, MANY_FDS + 10 };

	publish();
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	many = limit.rlim_max < MANY_FDS + 10 ? limit.rlim_max : MANY_FDS + 10;
	print_message("# with %lu descriptors\n", (unsigned long)many);
	in_a_child(with_many_files);
	in_a_child(without_a_free_file);
}

/* ---- memory ---- */

static void *on_a_small_stack(void *result)
{
	*(bool *)result = status_of("user0000001") == NSS_STATUS_SUCCESS &&
			  status_of("nosuch") == NSS_STATUS_NOTFOUND;
	return NULL;
}

/* A lookup, the mapping of a new file included, needs little of a stack. */
static void test_a_thread_with_the_smallest_stack(void **state _unused_)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool right = false;

	if (NSS_TEST_SANITIZED)
		skip(); /* its frames are larger than ours */
	publish();
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN), 0);
	assert_int_equal(pthread_create(&thread, &attributes, on_a_small_stack, &right), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(pthread_attr_destroy(&attributes), 0);
	assert_true(right);
}

static void without_memory_to_map(void)
{
	struct rlimit limit = { 0, RLIM_INFINITY };

	EXPECT(all_right());
	publish();
	EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
	EXPECT(status_of("user0000001") == NSS_STATUS_UNAVAIL);
	limit.rlim_cur = RLIM_INFINITY;
	EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
	EXPECT(all_right());
}

static void test_a_process_that_may_map_nothing_more(void **state _unused_)
{
	if (NSS_TEST_SANITIZED)
		skip(); /* the sanitizer maps as well */
	publish();
	in_a_child(without_memory_to_map);
}

/* ---- signals ---- */

static volatile sig_atomic_t n_signals;

static void on_signal(int number _unused_)
{
	n_signals++;
}

static void in_a_storm_of_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART */
	struct itimerval often = { { 0, 50 }, { 0, 50 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	EXPECT(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (int i = 0; i < 200; i++) {
		if (i % 10 == 0)
			publish();
		EXPECT(all_right());
	}
	EXPECT(setitimer(ITIMER_REAL, &never, NULL) == 0);
	EXPECT(n_signals > 0);
}

static void test_a_storm_of_signals(void **state _unused_)
{
	in_a_child(in_a_storm_of_signals);
}

/* ---- forks ---- */

/* Children of a process of eight busy threads: each answers, also from a file published since. */
static volatile bool stop_now;

static void *look_up_until_told(void *wrong)
{
	while (!__atomic_load_n(&stop_now, __ATOMIC_RELAXED))
		if (!all_right())
			__atomic_store_n((bool *)wrong, true, __ATOMIC_RELAXED);
	return NULL;
}

static void test_children_of_busy_threads(void **state _unused_)
{
	pthread_t threads[8];
	bool wrong = false;

	publish();
	stop_now = false;
	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_up_until_told, &wrong), 0);
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(status_of("user0000001") == NSS_STATUS_SUCCESS &&
					      status_of("nosuch") == NSS_STATUS_NOTFOUND
				      ? 0
				      : 1);
		assert_true(pid > 0);
		publish();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	__atomic_store_n(&stop_now, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_false(wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_process_in_another_root),
		TEST(test_a_process_that_became_somebody_else),
		TEST(test_a_hundred_thousand_files_and_none_left),
		TEST(test_a_thread_with_the_smallest_stack),
		TEST(test_a_process_that_may_map_nothing_more),
		TEST(test_a_storm_of_signals),
		TEST(test_children_of_busy_threads),
	};

	nss_load();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
