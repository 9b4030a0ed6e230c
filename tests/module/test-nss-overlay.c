/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnss_idp under a publisher that writes overlays and now and then a new base, and takes memory
 * back at once: every answer belongs to one generation, and idle processes pin nothing.
 * IDP_TEST_LONG=1 does more of it.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/snapshot.h"
#include "idp-agentd/core/snapshot-overlay.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

#define THREADS 8
#define PEOPLE  1000u
#define CHANGED 30u /* the first of them, in every generation */
#define CREW    10u /* of these are in the group */
#define BASE    5u  /* every fifth publication is a full file */

static bool long_run(void)
{
	const char *set = getenv("IDP_TEST_LONG");

	return set && *set;
}

/*
 * Generation g: the first 30 people have a GECOS of "g<g>"; ten of them, those with the same rest
 * modulo 3, are in crew; person 0 is called left or right.
 */
static void name_of(uint32_t i, uint64_t generation, char name[static 32])
{
	if (i == 0)
		IGNORE(snprintf(name, 32, "%s", generation % 2 ? "left" : "right") < 0);
	else
		IGNORE(snprintf(name, 32, "person%04u", i) < 0);
}

static bool is_crew(uint32_t i, uint64_t generation)
{
	return i < CHANGED && i % 3 == generation % 3;
}

static uint32_t put_person(struct snapshot_writer *w, uint32_t i, uint64_t generation)
{
	char name[32], home[64], gecos[32];
	uint32_t number = 0;

	name_of(i, generation, name);
	IGNORE(snprintf(home, sizeof(home), "/home/%s", name) < 0);
	IGNORE(snprintf(gecos, sizeof(gecos), "g%llu",
			i < CHANGED ? (unsigned long long)generation : 0) < 0);
	const struct snapshot_person person = { name,  WORLD_UID(i), WORLD_UID(i),
						gecos, home,         "/bin/bash" };

	assert_int_equal(snapshot_writer_add_user(w, &person, &number), 0);
	assert_int_equal(snapshot_writer_add_private_group(w, number), 0);
	return number;
}

static int finish(struct snapshot_writer *w, uint64_t generation, struct snapshot_old **ret_old)
{
	const struct snapshot_options options = {
		.flags = SNAPSHOT_COMPLETE,
		.generation = generation,
		.names_max = generation % 2, /* numbers, in every other base */
	};

	return snapshot_writer_write(w, &options, world_path(), ret_old);
}

static void publish(uint64_t generation, struct snapshot_old **ret_old)
{
	const bool full = generation % BASE == 1;
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w = NULL;
	uint32_t group, user;

	if (full)
		w = snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	else
		assert_int_equal(
			snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &w),
			0);
	assert_non_null(w);
	if (full)
		assert_int_equal(snapshot_writer_add_group(w, "crew", WORLD_GID(0), &group), 0);
	else
		assert_int_equal(snapshot_writer_patch_group(w, WORLD_GID(0), &group), 0);
	for (uint32_t i = 0; i < (full ? PEOPLE : CHANGED); i++) {
		user = put_person(w, i, generation);
		if (is_crew(i, generation))
			assert_int_equal(snapshot_writer_add_member(w, user, group), 0);
	}
	assert_int_equal(finish(w, generation, ret_old), 0);
}

/* ---- what every answer must be ---- */

static bool user_is_whole(const struct passwd *pw, uint32_t i)
{
	char name[32], *end = NULL;
	unsigned long long generation;

	if (pw->pw_gecos[0] != 'g')
		return false;
	generation = strtoull(pw->pw_gecos + 1, &end, 10);
	if (*end || (generation > 0) != (i < CHANGED))
		return false;
	name_of(i, generation, name);
	return pw->pw_uid == WORLD_UID(i) && strcmp(pw->pw_name, name) == 0 &&
	       strcmp(pw->pw_dir + 6, name) == 0;
}

/* The number in the name: 0 for left and right. */
static uint32_t number_of(const char *name)
{
	return strncmp(name, "person", 6) == 0 ? (uint32_t)strtoul(name + 6, NULL, 10) : 0;
}

static bool crew_is_whole(const struct group *gr)
{
	unsigned n = 0;
	uint32_t rest = 0;

	for (char **member = gr->gr_mem; *member; member++, n++) {
		const uint32_t i = number_of(*member);

		if (n == 0)
			rest = i % 3;
		if (i % 3 != rest || i >= CHANGED)
			return false;
	}
	return n == CREW && strcmp(gr->gr_name, "crew") == 0;
}

static bool look(uint32_t i, char *buffer, size_t room)
{
	struct passwd pw;
	struct group gr;
	char name[32];
	int error = 0;

	if (nss.getpwuid(WORLD_UID(i), &pw, buffer, room, &error) != NSS_STATUS_SUCCESS ||
	    !user_is_whole(&pw, i))
		return false;
	name_of(i, 0, name);
	if (i > 0 && (nss.getpwnam(name, &pw, buffer, room, &error) != NSS_STATUS_SUCCESS ||
		      !user_is_whole(&pw, i)))
		return false;
	if (nss.getgrgid(WORLD_UID(i), &gr, buffer, room, &error) != NSS_STATUS_SUCCESS ||
	    gr.gr_mem[0])
		return false;
	if (nss.getgrnam("crew", &gr, buffer, room, &error) != NSS_STATUS_SUCCESS ||
	    !crew_is_whole(&gr))
		return false;
	return nss.getpwnam("nosuch", &pw, buffer, room, &error) == NSS_STATUS_NOTFOUND;
}

/* ---- small buffers ---- */

/* What the answer takes of a buffer at this address, to the byte. */
static size_t group_needs(const struct group *gr, const char *buffer)
{
	size_t need = (8 - (uintptr_t)buffer % 8) % 8 + sizeof(char *);

	need += strlen(gr->gr_name) + 1 + strlen(gr->gr_passwd) + 1;
	for (char **member = gr->gr_mem; *member; member++)
		need += sizeof(char *) + strlen(*member) + 1;
	return need;
}

/* One byte more at a time: ERANGE, nothing touched behind the end, then the whole answer. */
static void climb(char *buffer, size_t room)
{
	struct group gr;
	int error = 0;

	for (size_t len = 0; len < room; len++) {
		enum nss_status status;

		memset(buffer, 0x55, room);
		status = nss.getgrnam("crew", &gr, buffer, len, &error);
		for (size_t i = len; i < room; i++)
			assert_int_equal(buffer[i], 0x55);
		if (status == NSS_STATUS_SUCCESS) {
			assert_true(crew_is_whole(&gr));
			assert_int_equal(group_needs(&gr, buffer), len);
			return;
		}
		assert_int_equal(status, NSS_STATUS_TRYAGAIN);
		assert_int_equal(error, ERANGE);
	}
	fail_msg("no buffer is large enough");
}

/* A list of numbers, one of names, and patches of both. */
static void test_any_buffer_will_do(void **state _unused_)
{
	static _Alignas(16) char memory[1024];

	for (uint64_t generation = 1; generation < 10; generation++) {
		_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;

		publish(generation, &old);
		for (size_t shift = 0; shift < 8; shift++)
			climb(memory + shift, 800);
	}
}

/* ---- a file that lies ---- */

/* The group has another name and the base's list; what the patch says of that list is not so. */
static void falsify_patch(uint32_t n_members, uint32_t names_len)
{
	_cleanup_close_ int fd = open(world_path(), O_RDWR | O_CLOEXEC);
	struct snapshot_header header;
	struct snapshot_group_cell cell;

	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(pread(fd, &cell, sizeof(cell), header.groups.offset), sizeof(cell));
	assert_true(cell.flags & SNAPSHOT_CELL_PATCH);
	assert_int_equal(cell.members_len, 12);
	cell.n_members = n_members;
	assert_int_equal(pwrite(fd, &cell, sizeof(cell), header.groups.offset), sizeof(cell));
	assert_int_equal(pwrite(fd, &names_len, 4, header.pool.offset + cell.members), 4);
}

static void test_a_patch_that_lies_writes_behind_no_buffer(void **state _unused_)
{
	static _Alignas(16) char memory[1024];
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w = NULL;
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct group gr;
	uint32_t group;

	publish(3 * BASE + 1, &old); /* a full file, its members are names */
	assert_int_equal(snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &w),
			 0);
	assert_int_equal(snapshot_writer_add_group(w, "team", WORLD_GID(0), &group), 0);
	old = snapshot_old_free(old);
	assert_int_equal(finish(w, 3 * BASE + 2, &old), 0);
	for (uint32_t n = 1; n <= CREW; n++) {
		int error = 0;

		falsify_patch(n, n * 2);
		memset(memory, 0x55, sizeof(memory));
		assert_int_not_equal(nss.getgrnam("team", &gr, memory, 128, &error),
				     NSS_STATUS_SUCCESS);
		for (size_t i = 128; i < sizeof(memory); i++)
			assert_int_equal(memory[i], 0x55);
	}
}

/* ---- threads ---- */

static _Atomic bool stop;
static _Atomic unsigned long lookups, wrong;

static void *look_until_stopped(void *number)
{
	char buffer[4096];

	for (uint32_t i = (uint32_t)(uintptr_t)number;
	     !atomic_load_explicit(&stop, memory_order_relaxed); i += 7) {
		if (!look(i % (i % 2 ? CHANGED : PEOPLE), buffer, sizeof(buffer)))
			atomic_fetch_add(&wrong, 1);
		atomic_fetch_add_explicit(&lookups, 1, memory_order_relaxed);
	}
	return NULL;
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
		n += strstr(line, "/identity.") != NULL;
	IGNORE(fclose(f));
	return n;
}

static void test_threads_and_overlays_and_bases(void **state _unused_)
{
	const uint64_t n = long_run() ? 5000 : 150;
	_cleanup_(snapshot_old_freep) struct snapshot_old *first = NULL;
	pthread_t threads[THREADS];

	publish(1, &first);
	first = snapshot_old_free(first);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, look_until_stopped, (void *)(i * 131)),
			0);
	for (uint64_t generation = 2; generation <= n; generation++) {
		_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;

		publish(generation, &old);
		if (old)
			IGNORE(snapshot_old_punch(old)); /* with no grace at all */
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(atomic_load(&lookups) > 100);
	assert_int_equal(atomic_load(&wrong), 0);
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
	char buffer[4096];
	uint8_t byte;

	while (read(ask, &byte, 1) == 1) {
		byte = !look(byte % CHANGED, buffer, sizeof(buffer)) ||
		       !look(CHANGED + byte, buffer, sizeof(buffer));
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

static void idle_look(const struct idle *idle, unsigned i)
{
	uint8_t byte = (uint8_t)i;

	assert_int_equal(write(idle->ask, &byte, 1), 1);
	assert_int_equal(read(idle->answer, &byte, 1), 1);
	assert_int_equal(byte, 0);
}

/* Process i looks at generation i and then sleeps on it. False: holes cannot be punched here. */
static bool pin_generations(const struct idle *idle, int *files, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
		int r = 0;

		publish(i + 1, &old);
		files[i] = open(world_path(), O_RDONLY | O_CLOEXEC);
		assert_true(files[i] >= 0);
		idle_look(&idle[i], i);
		if (old)
			r = snapshot_old_punch(old);
		if (r == -EOPNOTSUPP)
			return false;
		assert_int_equal(r, 0);
	}
	return true;
}

static off_t sum_blocks(const int *files, unsigned n)
{
	off_t sum = 0;
	struct stat st;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(fstat(files[i], &st), 0);
		sum += st.st_blocks * 512;
	}
	return sum;
}

static void idle_end(struct idle *idle, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		IGNORE(close(idle[i].ask));
		IGNORE(close(idle[i].answer));
	}
	for (unsigned i = 0; i < n; i++) {
		int status;

		assert_int_equal(waitpid(idle[i].pid, &status, 0), idle[i].pid);
	}
	free(idle);
}

static void test_idle_processes_pin_no_memory(void **state _unused_)
{
	const unsigned n = long_run() ? 200 : 50;
	struct idle *idle = calloc(n, sizeof(*idle));
	int *files = calloc(n, sizeof(*files));
	bool punched;

	assert_non_null(idle);
	assert_non_null(files);
	for (unsigned i = 0; i < n; i++)
		idle_start(&idle[i]);
	punched = pin_generations(idle, files, n);
	/* The last base and what lies over it are live; of the others a header page each, and what
	 * the file system needs to know about it. */
	if (punched)
		assert_true(sum_blocks(files, n - BASE) <= (off_t)((n - BASE) * 8192));
	for (unsigned i = 0; punched && i < n; i++) {
		idle_look(&idle[i], i);
		assert_true(count_mappings(idle[i].pid) <= 2);
	}
	for (unsigned i = 0; i < n; i++)
		IGNORE(close(files[i]));
	free(files);
	idle_end(idle, n);
	if (!punched)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_any_buffer_will_do),
		TEST(test_a_patch_that_lies_writes_behind_no_buffer),
		TEST(test_idle_processes_pin_no_memory),
		TEST(test_threads_and_overlays_and_bases),
	};

	nss_load();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
