/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnss_idp under a publisher that never stops: threads, forks, idle processes; and what a hit
 * costs the process it runs in: no system call, no allocation. IDP_TEST_LONG=1 does more of it.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/snapshot-format.h"
#include "common/snapshot.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

#define THREADS 8

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifndef __SANITIZE_THREAD__
#define __SANITIZE_THREAD__ 0
#endif

/* ---- allocations, counted where no sanitizer counts them itself ---- */

static _Atomic unsigned long allocations;

#if !NSS_TEST_SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(memory, size);
}
#endif

static bool long_run(void)
{
	const char *set = getenv("IDP_TEST_LONG");

	return set && *set;
}

/* ---- one round of hits and final misses ---- */

static gid_t group_memory[1024];

static bool look_at_everything(char *buffer, size_t room)
{
	struct passwd pw;
	struct group gr;
	long start = 0, size = ELEMENTSOF(group_memory);
	gid_t *groups = group_memory;
	int error = 0;

	return nss.getpwnam("user0000001", &pw, buffer, room, &error) == NSS_STATUS_SUCCESS &&
	       nss.getpwuid(WORLD_UID(7), &pw, buffer, room, &error) == NSS_STATUS_SUCCESS &&
	       nss.getgrnam("grp000003", &gr, buffer, room, &error) == NSS_STATUS_SUCCESS &&
	       nss.getgrgid(WORLD_GID(3), &gr, buffer, room, &error) == NSS_STATUS_SUCCESS &&
	       nss.initgroups("user0000001", 1, &start, &size, &groups, -1, &error) ==
		       NSS_STATUS_SUCCESS &&
	       start > 400 &&
	       nss.getpwnam("nosuch", &pw, buffer, room, &error) == NSS_STATUS_NOTFOUND &&
	       nss.getpwuid(WORLD_UID(900000), &pw, buffer, room, &error) == NSS_STATUS_NOTFOUND &&
	       nss.getgrnam("nosuch", &gr, buffer, room, &error) == NSS_STATUS_NOTFOUND;
}

static const struct world complete_world = {
	.n_users = 1000, .n_groups = 700, .n_big_user = 500, .flags = SNAPSHOT_COMPLETE
};

/* Strict mode kills at the first system call that is not read, write or exit. */
static void test_a_hit_makes_no_system_call(void **state _unused_)
{
	static char buffer[16384];
	pid_t pid;
	int status;

	if (__SANITIZE_THREAD__)
		skip(); /* it brings a thread of its own, which strict mode does not see */
	assert_int_equal(world_publish(&complete_world, NULL), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool fine = look_at_everything(buffer, sizeof(buffer)); /* maps the file */

		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
			_exit(77);
		for (int i = 0; fine && i < 1000; i++)
			fine = look_at_everything(buffer, sizeof(buffer));
		IGNORE(syscall(SYS_exit, fine ? 0 : 1));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void test_a_hit_allocates_nothing(void **state _unused_)
{
	static char buffer[16384];
	unsigned long before;

	if (NSS_TEST_SANITIZED)
		skip();
	assert_int_equal(world_publish(&complete_world, NULL), 0);
	before = atomic_load(&allocations);
	assert_true(before > 0); /* the counter counts */
	/* Also the first lookup, which maps the file. */
	for (int i = 0; i < 100; i++)
		assert_true(look_at_everything(buffer, sizeof(buffer)));
	assert_int_equal(atomic_load(&allocations), before);
}

/* ---- threads ---- */

static _Atomic bool stop;
static _Atomic unsigned long lookups;
static _Atomic unsigned long wrong;
static _Atomic int wrong_status = NSS_STATUS_SUCCESS; /* the last one that was */
static _Atomic int wrong_error;

/* Generation and home must belong together: nothing is ever torn. */
static bool user_is_whole(const struct passwd *pw, const char *name)
{
	return strcmp(pw->pw_name, name) == 0 && strncmp(pw->pw_dir, "/home/", 6) == 0 &&
	       strcmp(pw->pw_dir + 6, name) == 0 && strncmp(pw->pw_gecos, "Ana Almeida ", 12) == 0;
}

static void note(bool right, enum nss_status status, int error)
{
	if (right)
		return;
	atomic_fetch_add(&wrong, 1);
	atomic_store(&wrong_status, (int)status);
	atomic_store(&wrong_error, error);
}

static void *look_until_stopped(void *number)
{
	const unsigned seed = (unsigned)(uintptr_t)number;
	char name[16], buffer[1024];
	struct passwd pw;

	for (unsigned i = seed; !atomic_load_explicit(&stop, memory_order_relaxed); i += 7) {
		int error = 0;
		enum nss_status status;

		IGNORE(snprintf(name, sizeof(name), "user%07u", i % 1000) < 0);
		status = nss.getpwnam(name, &pw, buffer, sizeof(buffer), &error);
		note(status == NSS_STATUS_SUCCESS && user_is_whole(&pw, name) &&
			     pw.pw_uid == WORLD_UID(i % 1000),
		     status, error);
		status = nss.getpwuid(WORLD_UID(i % 1000), &pw, buffer, sizeof(buffer), &error);
		note(status == NSS_STATUS_SUCCESS && user_is_whole(&pw, name), status, error);
		atomic_fetch_add_explicit(&lookups, 2, memory_order_relaxed);
	}
	return NULL;
}

/* Publishes n times; each old file is emptied at once, with no grace at all. */
static void publish_without_grace(unsigned n, void (*between)(unsigned))
{
	struct world world = complete_world;

	for (unsigned i = 0; i < n; i++) {
		_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;

		world.generation = i + 1;
		world.n_users = 1000 + i % 50;
		assert_int_equal(world_publish(&world, &old), 0);
		if (old)
			IGNORE(snapshot_old_punch(old));
		if (between)
			between(i);
	}
}

static void start_threads(pthread_t threads[static THREADS])
{
	atomic_store(&stop, false);
	atomic_store(&wrong, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, look_until_stopped, (void *)(i * 131)),
			0);
}

static void stop_threads(pthread_t threads[static THREADS])
{
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	if (atomic_load(&wrong) > 0)
		print_error("%lu of %lu wrong, the last: status %d, error %d\n",
			    atomic_load(&wrong), atomic_load(&lookups), atomic_load(&wrong_status),
			    atomic_load(&wrong_error));
}

static unsigned count_mappings(pid_t pid)
{
	char path[64], line[512];
	unsigned n = 0;
	FILE *f;

	IGNORE(snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid) < 0);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "identity.snap") != NULL;
	IGNORE(fclose(f));
	return n;
}

static void test_threads_and_a_publisher_that_never_stops(void **state _unused_)
{
	pthread_t threads[THREADS];

	assert_int_equal(world_publish(&complete_world, NULL), 0);
	start_threads(threads);
	publish_without_grace(long_run() ? 2000 : 100, NULL);
	stop_threads(threads);
	assert_true(atomic_load(&lookups) > 1000);
	assert_int_equal(atomic_load(&wrong), 0);
	/* What was replaced is unmapped, but for the few that had a reader in them at the time. */
	assert_true(count_mappings(getpid()) <= SNAPSHOT_MAPS);
}

static pid_t children[16];

/* A child of a process full of lookups: it must answer, whatever its parent's threads did. */
static void fork_a_child(unsigned i)
{
	pid_t *child = &children[i % ELEMENTSOF(children)];
	int status = 0;

	if (*child > 0) {
		assert_int_equal(waitpid(*child, &status, 0), *child);
		assert_int_equal(status, 0);
	}
	*child = fork();
	assert_true(*child >= 0);
	if (*child == 0) {
		struct passwd pw;
		char buffer[1024];
		int error = 0;
		bool fine = true;

		IGNORE(alarm(20));
		for (int k = 0; fine && k < 50; k++)
			fine = nss.getpwuid(WORLD_UID(k), &pw, buffer, sizeof(buffer), &error) ==
			       NSS_STATUS_SUCCESS;
		_exit(fine ? 0 : 1);
	}
}

static void test_forks_in_the_middle_of_lookups(void **state _unused_)
{
	pthread_t threads[THREADS];
	int status;

	assert_int_equal(world_publish(&complete_world, NULL), 0);
	start_threads(threads);
	publish_without_grace(long_run() ? 1000 : 100, fork_a_child);
	stop_threads(threads);
	for (size_t i = 0; i < ELEMENTSOF(children); i++)
		if (children[i] > 0) {
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			assert_int_equal(status, 0);
		}
	assert_int_equal(atomic_load(&wrong), 0);
}

/* A thread that is cancelled again and again leaves nothing behind that stops the others. */
static void *look_for_ever(void *unused _unused_)
{
	char buffer[1024];
	struct passwd pw;
	int error;

	for (;;) {
		IGNORE(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error));
		pthread_testcancel();
	}
	return NULL;
}

static void test_cancelled_threads_leave_nothing_behind(void **state _unused_)
{
	struct passwd pw;
	char buffer[1024];
	int error = 0;

	if (NSS_TEST_SANITIZED)
		skip(); /* clang 14's runtimes stumble over cancelled threads themselves */
	for (int i = 0; i < 30; i++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, look_for_ever, NULL), 0);
		assert_int_equal(world_publish(&complete_world, NULL), 0);
		assert_int_equal(pthread_cancel(thread), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
	assert_int_equal(nss.getpwnam("user0000001", &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_true(count_mappings(getpid()) <= SNAPSHOT_MAPS);
}

/* ---- idle processes ---- */

struct idle {
	pid_t pid;
	int ask;    /* a byte makes it look once */
	int answer; /* one byte: 0 is fine */
};

static void idle_run(int ask, int answer)
{
	char buffer[1024];
	struct passwd pw;
	uint8_t byte;
	int error;

	while (read(ask, &byte, 1) == 1) {
		byte = nss.getpwnam("user0000003", &pw, buffer, sizeof(buffer), &error) !=
		       NSS_STATUS_SUCCESS;
		if (write(answer, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void idle_start(struct idle *idle)
{
	int ask[2], answer[2];

	assert_int_equal(pipe2(ask, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	idle->pid = fork();
	assert_true(idle->pid >= 0);
	if (idle->pid == 0) {
		IGNORE(close(ask[1]));
		idle_run(ask[0], answer[1]);
	}
	IGNORE(close(ask[0]));
	IGNORE(close(answer[1]));
	idle->ask = ask[1];
	idle->answer = answer[0];
}

static void idle_look(const struct idle *idle)
{
	uint8_t byte = 0;

	assert_int_equal(write(idle->ask, &byte, 1), 1);
	assert_int_equal(read(idle->answer, &byte, 1), 1);
	assert_int_equal(byte, 0);
}

/* Process i looks at generation i and then sleeps on it: every file stays pinned by somebody. */
static void pin_generations(struct idle *idle, int *files, unsigned n)
{
	struct world world = complete_world;

	for (unsigned i = 0; i < n; i++) {
		_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;

		world.generation = i + 1;
		assert_int_equal(world_publish(&world, &old), 0);
		files[i] = open(world_path(), O_RDONLY | O_CLOEXEC);
		assert_true(files[i] >= 0);
		idle_look(&idle[i]);
		if (old) {
			const int r = snapshot_old_punch(old);

			if (r == -EOPNOTSUPP)
				skip();
			assert_int_equal(r, 0);
		}
	}
}

static void test_idle_processes_pin_no_memory(void **state _unused_)
{
	const unsigned n = long_run() ? 200 : 50;
	struct idle *idle = calloc(n, sizeof(*idle));
	int *files = calloc(n, sizeof(*files));
	off_t pinned = 0;
	struct stat st;

	assert_non_null(idle);
	assert_non_null(files);
	for (unsigned i = 0; i < n; i++)
		idle_start(&idle[i]);
	pin_generations(idle, files, n);
	for (unsigned i = 0; i + 1 < n; i++) {
		assert_int_equal(fstat(files[i], &st), 0);
		assert_true(st.st_size > 100000);
		pinned += st.st_blocks * 512;
	}
	/* A header page each, and what the file system needs to know about it. */
	assert_true(pinned <= (off_t)(n * 8192));
	for (unsigned i = 0; i < n; i++) {
		idle_look(&idle[i]);
		assert_int_equal(count_mappings(idle[i].pid), 1);
	}
	/* Each was born with the pipes of those before it: they end from the last to the first. */
	for (unsigned i = 0; i < n; i++) {
		IGNORE(close(idle[i].ask));
		IGNORE(close(idle[i].answer));
		IGNORE(close(files[i]));
	}
	for (unsigned i = 0; i < n; i++) {
		int status;

		assert_int_equal(waitpid(idle[i].pid, &status, 0), idle[i].pid);
	}
	free(idle);
	free(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_hit_makes_no_system_call),
		TEST(test_a_hit_allocates_nothing),
		TEST(test_idle_processes_pin_no_memory),
		TEST(test_threads_and_a_publisher_that_never_stops),
		TEST(test_forks_in_the_middle_of_lookups),
		TEST(test_cancelled_threads_leave_nothing_behind),
	};

	nss_load();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
