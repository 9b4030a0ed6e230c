/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a lookup costs in libnss_idp, in glibc's files, in libnss-extrausers, and on a bare floor:
 * the same people, the same keys, all taking turns in one process, so that the ratios mean
 * something on a busy machine. The modules are called directly, as glibc does after it has read
 * nsswitch.conf. The figures are medians of rounds, in nanoseconds of processor time a lookup.
 *
 *   bench-nss [-e LIBNSS_EXTRAUSERS.SO] [-r ROUNDS] USERS	the table
 *   bench-nss -t THREADS USERS				millions of hits a second of so many
 *								threads, by the clock on the wall
 *   bench-nss [-e FILE] -c SUBJECT USERS			100 hits between two getppid()
 *calls, for strace (see bench/nss.sh)
 *
 * Needs root: the files that files and extrausers read have fixed names, so the data set is
 * mounted over them in a mount namespace of this process only.
 *
 * The floor is an open-addressing table in a mapped file and one memcpy() of a record that is laid
 * out as the caller's buffer wants it. No policy, no validation, no way to replace the file.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <nss.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/snapshot-hash.h"
#include "common/snapshot.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

#define ROUNDS_MAX   51
#define KEYS_MAX     100000u
#define BATCH_TARGET 0.02 /* seconds a batch */

static _Thread_local char buffer[1u << 20];
static _Thread_local gid_t gid_memory[4096];

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Our own processor time: what others do on this machine is not counted, but for their caches. */
static double now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) < 0)
		die("clock");
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the floor ---- */

struct floor_slot {
	uint32_t tag;
	uint32_t at; /* in 8 bytes; 0 is empty */
};

struct floor_record {
	uint32_t uid, gid, n_gids, len;
	uint16_t password, gecos, home, shell;
	char text[]; /* len bytes, then the gids at the next multiple of 4 */
};

static struct {
	uint8_t *file;
	struct floor_slot *names, *ids;
	uint32_t shift;
	uint32_t mask;
} floor_;

static const uint64_t floor_key[4] = { 1, 0xe7037ed1a0b428dbu, 2, 0x8ebc6af09c88c6e3u };

static uint32_t floor_bits(uint32_t n)
{
	uint32_t bits = 4;

	while ((1u << bits) / 2 < n)
		bits++;
	return bits;
}

static const struct floor_record *floor_at(uint32_t at)
{
	return (const struct floor_record *)(const void *)(floor_.file + (size_t)at * 8);
}

static enum nss_status floor_copy(const struct floor_record *record, struct passwd *pw, char *to,
				  size_t room, int *errnop)
{
	if (record->len > room) {
		*errnop = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	memcpy(to, record->text, record->len);
	pw->pw_name = to;
	pw->pw_passwd = to + record->password;
	pw->pw_gecos = to + record->gecos;
	pw->pw_dir = to + record->home;
	pw->pw_shell = to + record->shell;
	pw->pw_uid = record->uid;
	pw->pw_gid = record->gid;
	return NSS_STATUS_SUCCESS;
}

static const struct floor_record *floor_by_name(const char *name)
{
	const size_t len = strlen(name);
	const uint64_t hash = snapshot_hash_name(floor_key, name, len);
	uint32_t at = (uint32_t)(hash >> floor_.shift);

	for (; floor_.names[at].at; at = (at + 1) & floor_.mask)
		if (floor_.names[at].tag == (uint32_t)hash) {
			const struct floor_record *record = floor_at(floor_.names[at].at);

			if (memcmp(record->text, name, len + 1) == 0)
				return record;
		}
	return NULL;
}

static enum nss_status floor_getpwnam(const char *name, struct passwd *pw, char *to, size_t room,
				      int *errnop)
{
	const struct floor_record *record = floor_by_name(name);

	return record ? floor_copy(record, pw, to, room, errnop) : NSS_STATUS_NOTFOUND;
}

static enum nss_status floor_getpwuid(uid_t uid, struct passwd *pw, char *to, size_t room,
				      int *errnop)
{
	const uint64_t hash = snapshot_hash_id(floor_key, uid);
	uint32_t at = (uint32_t)(hash >> floor_.shift);

	for (; floor_.ids[at].at; at = (at + 1) & floor_.mask)
		if (floor_.ids[at].tag == (uint32_t)hash && floor_at(floor_.ids[at].at)->uid == uid)
			return floor_copy(floor_at(floor_.ids[at].at), pw, to, room, errnop);
	return NSS_STATUS_NOTFOUND;
}

static enum nss_status floor_initgroups(const char *name, gid_t skip, long *start, long *size,
					gid_t **groups, long limit, int *errnop)
{
	const struct floor_record *record = floor_by_name(name);
	const uint32_t *gids;

	if (!record || limit > 0 || *size < (long)record->n_gids || *errnop)
		return NSS_STATUS_NOTFOUND;
	gids = (const uint32_t *)(const void *)(record->text + (record->len + 3) / 4 * 4);
	for (uint32_t i = 0; i < record->n_gids; i++)
		if (gids[i] != skip)
			(*groups)[(*start)++] = gids[i];
	return NSS_STATUS_SUCCESS;
}

static void floor_put(struct floor_slot *slots, uint64_t hash, uint32_t at)
{
	uint32_t slot = (uint32_t)(hash >> floor_.shift);

	while (slots[slot].at)
		slot = (slot + 1) & floor_.mask;
	slots[slot] = (struct floor_slot){ (uint32_t)hash, at };
}

static uint16_t floor_text(struct floor_record *record, struct snapshot_text text, bool end)
{
	const uint16_t begin = (uint16_t)record->len;

	memcpy(record->text + record->len, text.at, text.len);
	record->len += text.len;
	if (end)
		record->text[record->len++] = '\0';
	return begin;
}

static size_t floor_fill(uint8_t *at, const struct snapshot_user *user)
{
	struct floor_record *record = (struct floor_record *)(void *)at;
	const struct snapshot_text star = { "*", 1 };

	record->uid = user->uid;
	record->gid = user->gid;
	record->n_gids = user->n_gids;
	floor_text(record, user->name, true);
	record->password = floor_text(record, star, true);
	record->gecos = floor_text(record, user->gecos, true);
	record->home = floor_text(record, user->home[0], false);
	floor_text(record, user->home[1], false);
	floor_text(record, user->home[2], true);
	record->shell = floor_text(record, user->shell, true);
	memcpy(record->text + (record->len + 3) / 4 * 4, user->gids, 4 * user->n_gids);
	return (sizeof(*record) + (record->len + 3) / 4 * 4 + 4 * user->n_gids + 7) / 8 * 8;
}

static void floor_build(const struct snapshot_view *view)
{
	const uint32_t n = view->map->users.n, bits = floor_bits(n);
	const size_t tables = sizeof(struct floor_slot) << bits;
	const size_t room = 64 + 2 * tables + (size_t)n * 256 + 16384;
	const int fd = memfd_create("floor", MFD_CLOEXEC);
	struct snapshot_user user;
	size_t at = 64 + 2 * tables;
	void *memory;

	if (fd < 0 || ftruncate(fd, (off_t)room) < 0)
		die("memfd");
	memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	floor_.file = memory;
	floor_.shift = 64 - bits;
	floor_.mask = (1u << bits) - 1;
	floor_.names = (struct floor_slot *)(void *)(floor_.file + 64);
	floor_.ids = floor_.names + ((size_t)1 << bits);
	for (uint32_t uid = 0; snapshot_user_after(view, uid, &user); uid = user.uid) {
		const uint32_t where = (uint32_t)(at / 8);

		at += floor_fill(floor_.file + at, &user);
		floor_put(floor_.names, snapshot_hash_name(floor_key, user.name.at, user.name.len),
			  where);
		floor_put(floor_.ids, snapshot_hash_id(floor_key, user.uid), where);
	}
}

/* ---- the files of the others ---- */

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die(path);
	return f;
}

static void print(FILE *f, const char *format, ...) _printf_(2, 3);
static void print(FILE *f, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vfprintf(f, format, arguments) < 0)
		die("write");
	va_end(arguments);
}

#define TEXT(t) (int)(t).len, (t).at

static void write_passwd(const struct snapshot_view *view, const char *path)
{
	FILE *f = create(path);
	struct snapshot_user user;

	for (uint32_t uid = 0; snapshot_user_after(view, uid, &user); uid = user.uid)
		print(f, "%.*s:*:%u:%u:%.*s:%.*s%.*s%.*s:%.*s\n", TEXT(user.name), user.uid,
		      user.gid, TEXT(user.gecos), TEXT(user.home[0]), TEXT(user.home[1]),
		      TEXT(user.home[2]), TEXT(user.shell));
	if (fclose(f) != 0)
		die(path);
}

static void write_group(const struct snapshot_view *view, const char *path)
{
	FILE *f = create(path);
	struct snapshot_group group;

	for (uint32_t gid = 0; snapshot_group_after(view, gid, &group); gid = group.gid) {
		const char *at = group.members.at;

		print(f, "%.*s:*:%u:", TEXT(group.name), group.gid);
		for (uint32_t i = 0; i < group.n_members; i++, at += strlen(at) + 1)
			print(f, "%s%s", i ? "," : "", at);
		print(f, "\n");
	}
	if (fclose(f) != 0)
		die(path);
}

/* In a namespace of our own: /etc/passwd, /etc/group and /var/lib/extrausers are the data set. */
static void mount_files(const struct snapshot_view *view)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/var/lib", "tmpfs", 0, "mode=755") < 0 ||
	    mkdir("/var/lib/extrausers", 0755) < 0)
		die("a mount namespace (root is needed)");
	write_passwd(view, "/var/lib/extrausers/passwd");
	write_group(view, "/var/lib/extrausers/group");
	if (mount("/var/lib/extrausers/passwd", "/etc/passwd", NULL, MS_BIND, NULL) < 0 ||
	    mount("/var/lib/extrausers/group", "/etc/group", NULL, MS_BIND, NULL) < 0)
		die("mount over /etc/passwd");
}

/* ---- subjects and operations ---- */

struct subject {
	const char *name;
	struct nss_module calls;
	bool there;
};

static struct subject subjects[] = {
	{ .name = "floor" }, { .name = "idp" }, { .name = "extrausers" }, { .name = "files" }
};

static void bind_one(void *handle, const char *service, const char *function, void *to)
{
	char symbol[64];
	void *found;

	IGNORE(snprintf(symbol, sizeof(symbol), "_nss_%s_%s", service, function) < 0);
	found = dlsym(handle, symbol);
	memcpy(to, &found, sizeof(found));
}

static void bind_subject(struct subject *subject, void *handle)
{
	bind_one(handle, subject->name, "getpwnam_r", &subject->calls.getpwnam);
	bind_one(handle, subject->name, "getpwuid_r", &subject->calls.getpwuid);
	bind_one(handle, subject->name, "getgrnam_r", &subject->calls.getgrnam);
	bind_one(handle, subject->name, "initgroups_dyn", &subject->calls.initgroups);
	subject->there = subject->calls.getpwnam != NULL;
}

static void bind_subjects(const char *extrausers)
{
	void *handle = extrausers ? dlopen(extrausers, RTLD_NOW | RTLD_LOCAL) : NULL;

	subjects[0].calls.getpwnam = floor_getpwnam;
	subjects[0].calls.getpwuid = floor_getpwuid;
	subjects[0].calls.initgroups = floor_initgroups;
	subjects[0].there = true;
	subjects[1].calls = nss;
	subjects[1].there = true;
	if (extrausers && !handle)
		IGNORE(fprintf(stderr, "bench-nss: %s\n", dlerror()) < 0);
	if (handle)
		bind_subject(&subjects[2], handle);
	bind_subject(&subjects[3], RTLD_DEFAULT);
}

enum operation { OP_HIT, OP_MISS, OP_UID, OP_INITGROUPS, OP_GROUP, OPERATIONS };
static const char *const operation_names[OPERATIONS] = { "getpwnam hit", "getpwnam miss",
							 "getpwuid", "initgroups", "getgrnam" };

struct keys {
	char (*names)[16];
	char (*missing)[16];
	char (*groups)[16];
	uint32_t *ids;
	uint32_t n;
};

static bool is_bound(const struct subject *subject, enum operation operation)
{
	if (!subject->there)
		return false;
	if (operation == OP_UID)
		return subject->calls.getpwuid != NULL;
	if (operation == OP_INITGROUPS)
		return subject->calls.initgroups != NULL;
	return operation == OP_GROUP ? subject->calls.getgrnam != NULL : true;
}

/* One lookup; ends the program when the answer is not the expected one. */
static void look(const struct subject *subject, enum operation operation, const struct keys *keys,
		 uint32_t i)
{
	enum nss_status want = NSS_STATUS_SUCCESS, got = NSS_STATUS_UNAVAIL;
	long start = 0, size = 4096;
	gid_t *groups = gid_memory;
	struct passwd pw;
	struct group gr;
	int error = 0;

	if (operation == OP_MISS)
		want = NSS_STATUS_NOTFOUND;
	if (operation == OP_HIT)
		got = subject->calls.getpwnam(keys->names[i], &pw, buffer, 4096, &error);
	if (operation == OP_MISS)
		got = subject->calls.getpwnam(keys->missing[i], &pw, buffer, 4096, &error);
	if (operation == OP_UID)
		got = subject->calls.getpwuid(keys->ids[i], &pw, buffer, 4096, &error);
	if (operation == OP_GROUP)
		got = subject->calls.getgrnam(keys->groups[i], &gr, buffer, sizeof(buffer), &error);
	if (operation == OP_INITGROUPS)
		got = subject->calls.initgroups(keys->names[i], 1, &start, &size, &groups, -1,
						&error);
	if (got != want) {
		IGNORE(fprintf(stderr, "bench-nss: %s: %s of key %u: status %d\n", subject->name,
			       operation_names[operation], i, (int)got) < 0);
		exit(1);
	}
}

static void make_keys(struct keys *keys, uint32_t n_users, uint32_t n_groups)
{
	uint64_t random = 88172645463325252u;

	keys->n = n_users < KEYS_MAX ? n_users : KEYS_MAX;
	keys->names = calloc(keys->n, sizeof(*keys->names));
	keys->missing = calloc(keys->n, sizeof(*keys->missing));
	keys->groups = calloc(keys->n, sizeof(*keys->groups));
	keys->ids = calloc(keys->n, sizeof(*keys->ids));
	if (!keys->names || !keys->missing || !keys->groups || !keys->ids)
		die("memory");
	for (uint32_t i = 0; i < keys->n; i++) {
		uint32_t who;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		who = (uint32_t)(random >> 33) % n_users;
		IGNORE(snprintf(keys->names[i], 16, "user%07u", who) < 0);
		IGNORE(snprintf(keys->missing[i], 16, "nosu%07u", who) < 0);
		IGNORE(snprintf(keys->groups[i], 16, "grp%06u", who % n_groups) < 0);
		keys->ids[i] = WORLD_UID(who);
	}
}

/* ---- measuring ---- */

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static double batch(const struct subject *subject, enum operation operation,
		    const struct keys *keys, uint32_t n, uint32_t *at)
{
	const double began = now();

	for (uint32_t i = 0; i < n; i++) {
		look(subject, operation, keys, *at);
		*at = *at + 1 < keys->n ? *at + 1 : 0;
	}
	return (now() - began) / n * 1e9;
}

/* How many fit into BATCH_TARGET, at least three. */
static uint32_t batch_size(const struct subject *subject, enum operation operation,
			   const struct keys *keys)
{
	uint32_t at = 0, n = 3;
	double ns = batch(subject, operation, keys, n, &at);

	if (ns < 1e6)
		ns = batch(subject, operation, keys, n = 300, &at);
	n = (uint32_t)(BATCH_TARGET * 1e9 / ns);
	return n < 3 ? 3 : n;
}

static void measure(enum operation operation, const struct keys *keys, unsigned rounds)
{
	double times[ELEMENTSOF(subjects)][ROUNDS_MAX], median[ELEMENTSOF(subjects)] = { 0 };
	uint32_t size[ELEMENTSOF(subjects)] = { 0 }, at[ELEMENTSOF(subjects)] = { 0 };

	for (size_t s = 0; s < ELEMENTSOF(subjects); s++)
		if (is_bound(&subjects[s], operation) && (s > 0 || operation != OP_GROUP))
			size[s] = batch_size(&subjects[s], operation, keys);
	for (unsigned round = 0; round < rounds; round++)
		for (size_t s = 0; s < ELEMENTSOF(subjects); s++)
			if (size[s] > 0)
				times[s][round] =
					batch(&subjects[s], operation, keys, size[s], &at[s]);
	print(stdout, "| %s |", operation_names[operation]);
	for (size_t s = 0; s < ELEMENTSOF(subjects); s++) {
		if (size[s] == 0) {
			print(stdout, " - |");
			continue;
		}
		qsort(times[s], rounds, sizeof(times[s][0]), compare);
		median[s] = times[s][rounds / 2];
		if (s == 0 || median[0] <= 0)
			print(stdout, " %.0f |", median[s]);
		else
			print(stdout, " %.0f (%.2fx) |", median[s], median[s] / median[0]);
	}
	print(stdout, "\n");
}

static void table(const struct keys *keys, uint32_t n_users, unsigned rounds, double published)
{
	struct stat st;

	if (stat(world_path(), &st) < 0)
		die(world_path());
	print(stdout, "%u people: file of %.2f MB, made and published in %.1f ms\n\n", n_users,
	      (double)st.st_size / 1e6, published * 1e3);
	print(stdout, "| ns a lookup (ratio to the floor) |");
	for (size_t s = 0; s < ELEMENTSOF(subjects); s++)
		print(stdout, " %s |", subjects[s].name);
	print(stdout, "\n|---|---|---|---|---|\n");
	for (enum operation operation = 0; operation < OPERATIONS; operation++)
		measure(operation, keys, rounds);
	print(stdout, "\n");
}

/* ---- many threads ---- */

#define THREADS_MAX 64u

static _Atomic bool stopped;

struct runner {
	pthread_t thread;
	const struct subject *subject;
	const struct keys *keys;
	uint32_t at;
	uint64_t n_hits;
};

static void *run(void *argument)
{
	struct runner *runner = argument;

	while (!atomic_load_explicit(&stopped, memory_order_relaxed)) {
		look(runner->subject, OP_HIT, runner->keys, runner->at);
		runner->at = runner->at + 1 < runner->keys->n ? runner->at + 1 : 0;
		runner->n_hits++;
	}
	return NULL;
}

/* Millions of hits a second of n threads together. */
static double run_threads(const struct subject *subject, const struct keys *keys, unsigned n)
{
	static struct runner runners[THREADS_MAX];
	const struct timespec half_a_second = { .tv_nsec = 500000000 };
	uint64_t n_hits = 0;

	atomic_store(&stopped, false);
	for (unsigned i = 0; i < n; i++) {
		runners[i] =
			(struct runner){ .subject = subject, .keys = keys, .at = keys->n / n * i };
		if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0)
			die("pthread_create");
	}
	IGNORE(nanosleep(&half_a_second, NULL));
	atomic_store(&stopped, true);
	for (unsigned i = 0; i < n; i++) {
		IGNORE(pthread_join(runners[i].thread, NULL));
		n_hits += runners[i].n_hits;
	}
	return (double)n_hits / 0.5e6;
}

static void thread_table(const struct keys *keys, unsigned n, unsigned rounds)
{
	double rates[2][ROUNDS_MAX];

	for (unsigned round = 0; round < rounds; round++)
		for (size_t s = 0; s < 2; s++)
			rates[s][round] = run_threads(&subjects[s], keys, n);
	for (size_t s = 0; s < 2; s++)
		qsort(rates[s], rounds, sizeof(rates[s][0]), compare);
	print(stdout, "| %u threads | %.1f | %.1f |\n", n, rates[0][rounds / 2],
	      rates[1][rounds / 2]);
}

/* 100 hits after one that opens everything, between two system calls nobody else makes. */
static void count_calls(const struct keys *keys, const char *name)
{
	for (size_t s = 0; s < ELEMENTSOF(subjects); s++) {
		if (strcmp(subjects[s].name, name) != 0 || !subjects[s].there)
			continue;
		look(&subjects[s], OP_HIT, keys, 0);
		IGNORE(getppid());
		for (uint32_t i = 0; i < 100; i++)
			look(&subjects[s], OP_HIT, keys, i % keys->n);
		IGNORE(getppid());
	}
}

int main(int argc, char **argv)
{
	static struct snapshot snapshot;
	const char *extrausers = NULL, *calls = NULL;
	unsigned rounds = 7, n_threads = 0;
	struct world world = { .flags = SNAPSHOT_COMPLETE, .generation = 1 };
	struct snapshot_view view;
	struct keys keys = { 0 };
	double published;
	int option;

	while ((option = getopt(argc, argv, "c:e:r:t:")) != -1) {
		if (option == 'c')
			calls = optarg;
		else if (option == 'e')
			extrausers = optarg;
		else if (option == 't')
			n_threads = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'r')
			rounds = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + 1 == argc)
		world.n_users = (uint32_t)strtoul(argv[optind], NULL, 10);
	if (world.n_users < 10 || rounds < 1 || rounds > ROUNDS_MAX || n_threads > THREADS_MAX) {
		IGNORE(fprintf(stderr,
			       "usage: bench-nss [-e FILE] [-r ROUNDS] [-c SUBJECT | -t THREADS] USERS\n") <
		       0);
		return 2;
	}
	world.n_groups = world.n_users < 1000 ? 10 : world.n_users / 10 + 500;
	nss_load();
	published = now();
	if (world_publish(&world, NULL) != 0)
		die("publish");
	published = now() - published;
	snapshot.path = world_path();
	if (snapshot_enter(&snapshot, &view) < 0)
		die(world_path());
	floor_build(&view);
	mount_files(&view);
	if (!snapshot_leave(&view))
		return 1;
	bind_subjects(extrausers);
	make_keys(&keys, world.n_users, world.n_groups);
	if (calls)
		count_calls(&keys, calls);
	else if (n_threads > 0)
		thread_table(&keys, n_threads, rounds);
	else
		table(&keys, world.n_users, rounds, published);
	return 0;
}
