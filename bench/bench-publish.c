/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a commit in the record to another mapping of the snapshot that sees it, and what a base
 * costs: as a whole, and its longest step, in which nobody else is served. Beside a floor in the
 * same folder: an empty file written and renamed. Trust the ratios.
 *
 *	make bench/bench-publish && TMPDIR=/dev/shm bench/bench-publish [PEOPLE [CHANGES]]
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/snapshot.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer.h"

#define ISS       "https://id.example.org/"
#define N_GROUPS  200u
#define GROUPS_OF 2u
#define TIME      1790000000u

struct bench {
	char folder[64], path[128];
	struct idmap map;
	struct localnames *locals;
	struct publisher *publisher;
	struct snapshot reader; /* another process, as far as mappings go */
	unsigned n, next;
};

static _Noreturn void die(const char *what, int r, const char *reason)
{
	(void)fprintf(stderr, "bench-publish: %s: %d %s\n", what, r, reason);
	exit(1);
}

static void fill(struct bench *bench)
{
	const struct syncer_pass pass = { .directory = "corp", .iss = ISS, .full = true };
	static const char *members[1000];
	static char names[1000][32];
	struct syncer *syncer = NULL;
	int r = syncer_new(&bench->map, &syncer);

	if (r == 0)
		r = syncer_begin(syncer, &pass, TIME);
	for (unsigned i = 0; i < bench->n && r == 0; i++) {
		char name[32];
		const struct dir_user user = { .id = name,
					       .sub = name,
					       .name = name,
					       .uid = PERSON_ID_NONE,
					       .gid = PERSON_ID_NONE,
					       .gecos = "A Person's Name",
					       .active = true };

		(void)snprintf(name, sizeof(name), "user%07u", i);
		r = syncer_user(syncer, &user);
	}
	for (unsigned g = 0; g < N_GROUPS && r == 0; g++) {
		const unsigned each = bench->n * GROUPS_OF / N_GROUPS;
		unsigned sent = 0;
		char name[32];

		(void)snprintf(name, sizeof(name), "crew%u", g);
		do {
			struct dir_group group = { .id = name,
						   .name = name,
						   .gid = PERSON_ID_NONE,
						   .first = sent == 0,
						   .members = members };

			for (; group.n_members < 1000 && sent < each; sent++) {
				char *member = names[group.n_members];

				(void)snprintf(member, 32, "user%07u",
					       (g * 7919 + sent * 13) % bench->n);
				members[group.n_members++] = member;
			}
			group.last = sent == each;
			r = syncer_group(syncer, &group);
		} while (r == 0 && sent < each);
	}
	if (r == 0)
		r = syncer_end(syncer, true, "", "", TIME);
	while (r == SYNCER_MORE)
		r = syncer_step(syncer, TIME);
	if (r != 0)
		die("filling the record", r, "");
	syncer_free(syncer);
}

static usec_t floor_of(const struct bench *bench)
{
	char from[160], to[160];
	usec_t begin = clock_now();

	(void)snprintf(from, sizeof(from), "%s/floor.new", bench->folder);
	(void)snprintf(to, sizeof(to), "%s/floor", bench->folder);
	for (unsigned i = 0; i < 100; i++) {
		int fd = open(from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0 || fsync(fd) < 0 || close(fd) < 0 || rename(from, to) < 0)
			die("floor", -errno, from);
	}
	IGNORE(unlink(to)); /* with its folder, later */
	return clock_now() - begin;
}

/* Others on the machine do not count. */
static usec_t cpu_now(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) < 0)
		die("clock_gettime", -errno, "");
	return (usec_t)now.tv_sec * USEC_PER_SEC + (usec_t)now.tv_nsec / 1000;
}

/* Until everything is seen; the CPU time of the longest step. */
static struct publish_counts settle(struct bench *bench, usec_t *ret_longest, unsigned *ret_steps)
{
	struct publish_counts counts;
	char reason[REASON_MAX];
	int r;

	*ret_longest = 0;
	*ret_steps = 0;
	do {
		usec_t begin = cpu_now(), took;

		r = publish_step(bench->publisher, TIME, reason, &counts);
		took = cpu_now() - begin;
		*ret_longest = took > *ret_longest ? took : *ret_longest;
		(*ret_steps)++;
	} while (r == PUBLISH_E_MORE);
	if (r != 0)
		die("publish", r, reason);
	IGNORE(publish_reap(bench->publisher, clock_now() + USEC_PER_MINUTE)); /* no timer here */
	return counts;
}

static bool is_seen(struct bench *bench, uint32_t uid, const char *gecos)
{
	struct snapshot_view view;
	struct snapshot_user user;
	bool seen;

	if (snapshot_enter(&bench->reader, &view) < 0)
		die("snapshot", -errno, bench->path);
	seen = snapshot_user_by_id(&view, uid, &user) && user.gecos.len == strlen(gecos) &&
	       memcmp(user.gecos.at, gecos, user.gecos.len) == 0;
	if (!snapshot_leave(&view))
		die("snapshot", 0, "punched");
	return seen;
}

/* One person's GECOS: microseconds from its commit until the reader sees it. */
static usec_t change(struct bench *bench, struct publish_counts *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	char gecos[32], reason[REASON_MAX];
	usec_t begin;
	int r;

	do { /* a few were refused: their id was taken */
		bench->next = (bench->next + 7919) % bench->n;
		r = store_find_person(bench->map.store, 1 + (int64_t)bench->next, &person);
	} while (r == STORE_E_NOT_FOUND);
	(void)snprintf(gecos, sizeof(gecos), "Changed %u", (unsigned)(clock_now() % 1000000));
	if (r == 0)
		r = person_set(&person->gecos, gecos);
	if (r == 0)
		r = store_put_person(bench->map.store, person);
	if (r != 0)
		die("change", r, "");
	begin = clock_now();
	do {
		r = publish_step(bench->publisher, TIME, reason, ret);
	} while (r == PUBLISH_E_MORE && ret->is_behind);
	if (r != 0 && r != PUBLISH_E_MORE)
		die("publish", r, reason);
	if (!is_seen(bench, person->uid, gecos))
		die("the reader does not see it", 0, gecos);
	return clock_now() - begin;
}

static int compare(const void *a, const void *b)
{
	const usec_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void changes(struct bench *bench, const char *what, unsigned n, double floor)
{
	usec_t *times = calloc(n, sizeof(*times));
	struct publish_counts counts = { 0 };

	if (!times)
		die("memory", -ENOMEM, "");
	for (unsigned i = 0; i < n; i++)
		times[i] = change(bench, &counts);
	qsort(times, n, sizeof(*times), compare);
	(void)printf("%-44s %9.2f %9.2f %8.1fx %9.1f\n", what, (double)times[n / 2] / 1e3,
		     (double)times[n - 1] / 1e3, (double)times[n / 2] / floor,
		     (double)counts.bytes / 1e3);
	free(times);
}

static void run(struct bench *bench, unsigned n_changes)
{
	struct publish_pace pace = PUBLISH_PACE;
	double floor = (double)floor_of(bench) / 100;
	usec_t longest, begin = clock_now();
	unsigned steps;
	struct publish_counts counts = settle(bench, &longest, &steps);

	(void)printf("%u people, %llu groups\n", bench->n, (unsigned long long)counts.groups);
	(void)printf("%-44s %9.2f %9.2f %8.1fx %9.1f (%u steps)\n",
		     "a base: ms, longest step (CPU), kB", (double)(clock_now() - begin) / 1e3,
		     (double)longest / 1e3, (double)(clock_now() - begin) / floor,
		     (double)counts.bytes / 1e3, steps);
	(void)printf("%-44s %9s %9s %9s %9s\n", "from commit to seen", "ms p50", "ms max", "floor",
		     "kB");
	changes(bench, "the first changes", 10, floor);
	changes(bench, "the next ones", n_changes, floor);
	pace.entries = 0;
	publisher_set_pace(bench->publisher, &pace);
	for (unsigned i = 0; bench->n / 100 >= n_changes && i < n_changes; i++)
		(void)change(bench,
			     &counts); /* an overlay larger than a hundredth, where it can be */
	changes(bench, "while a base is written, perhaps", n_changes, floor);
	(void)printf("floor: %.1f us\n", floor);
}

int main(int argc, char **argv)
{
	static const char *const files[] = { "state.db", "state.db-wal", "identity.snap" };
	const unsigned n_changes = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 500;
	const struct publish_directory corp = { .name = "corp", .iss = ISS, .swept = true };
	const char *tmp = getenv("TMPDIR");
	struct bench bench = { .n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000,
			       .map = { .first = UID_RANGE_FLOOR, .last = UID_RANGE_CEILING } };
	struct publish_counts counts;
	char reason[REASON_MAX] = "", path[192];
	int r;

	(void)snprintf(bench.folder, sizeof(bench.folder), "%.32s/bench-publish-XXXXXX",
		       tmp && *tmp ? tmp : "/tmp");
	if (bench.n == 0 || n_changes == 0 || !mkdtemp(bench.folder))
		die("mkdtemp", -errno, bench.folder);
	(void)snprintf(bench.path, sizeof(bench.path), "%s/identity.snap", bench.folder);
	bench.reader.path = bench.path;
	r = localnames_new(NULL, NULL, &bench.locals);
	bench.map.locals = bench.locals;
	if (r == 0)
		r = store_open(&(struct store_options){ .folder = bench.folder }, reason,
			       &bench.map.store);
	if (r == 0)
		r = publisher_new(bench.path, &bench.map, &bench.publisher);
	if (r == 0)
		r = publisher_set_directories(bench.publisher, &corp, 1);
	if (r != 0)
		die("open", r, reason);
	fill(&bench);
	run(&bench, n_changes);
	r = publish_run(bench.publisher, TIME, reason, &counts);
	(void)snprintf(path, sizeof(path), "%s/identity.base-%llu", bench.folder,
		       (unsigned long long)counts.base_generation);
	IGNORE(unlink(path)); /* rmdir tells */
	publisher_free(bench.publisher);
	store_free(bench.map.store);
	localnames_free(bench.locals);
	for (size_t f = 0; f < ELEMENTSOF(files); f++) {
		(void)snprintf(path, sizeof(path), "%s/%s", bench.folder, files[f]);
		IGNORE(unlink(path)); /* rmdir tells */
	}
	if (r != 0 || rmdir(bench.folder) < 0)
		die("rmdir", -errno, bench.folder);
	return 0;
}
