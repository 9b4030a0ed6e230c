/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random histories of a directory, read in full and partial passes by an agent that is killed at a
 * random write to its disk, in the middle of it, too, or whose disk is full from then on for a
 * while. Whatever happens, the record afterwards is a whole truth of the directory: the one its
 * cursor names, and nobody's uid has moved.
 */
#include "tests/lib/test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/record.h"

#define N_PEOPLE 300u /* some batches of rows */
#define N_GROUPS 6u
#define N_KILLS  90u
#define N_FULL   60u

/* ---- a disk that fails: SQLite's own, with three of its methods counted ---- */

enum trouble { TROUBLE_NONE = 0, TROUBLE_KILL, TROUBLE_FULL };

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	struct {
		const sqlite3_io_methods *real;
		sqlite3_io_methods ours;
	} kinds[4];
	enum trouble trouble;
	unsigned left; /* writes until then */
} disk;

static const sqlite3_io_methods *real_methods(const sqlite3_file *file)
{
	for (size_t i = 0; i < ELEMENTSOF(disk.kinds); i++)
		if (file->pMethods == &disk.kinds[i].ours)
			return disk.kinds[i].real;
	abort();
}

/* One write more: does it still work? */
static bool works(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
	if (disk.trouble == TROUBLE_NONE || disk.left-- > 0)
		return true;
	if (disk.trouble == TROUBLE_KILL) {
		if (bytes && n > 1)
			IGNORE(real_methods(file)->xWrite(file, bytes, n / 2, offset));
		IGNORE(kill(getpid(), SIGKILL)); /* comes before it returns */
	}
	disk.left = 0;
	return false;
}

static int disk_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
	return works(file, bytes, n, offset) ? real_methods(file)->xWrite(file, bytes, n, offset)
					     : SQLITE_FULL;
}

static int disk_sync(sqlite3_file *file, int flags)
{
	return works(file, NULL, 0, 0) ? real_methods(file)->xSync(file, flags) : SQLITE_FULL;
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return works(file, NULL, 0, 0) ? real_methods(file)->xTruncate(file, size) : SQLITE_FULL;
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int rc = disk.real->xOpen(vfs, name, file, flags, out);
	size_t i = 0;

	if (rc != SQLITE_OK || !file->pMethods)
		return rc;
	while (i < ELEMENTSOF(disk.kinds) && disk.kinds[i].real &&
	       disk.kinds[i].real != file->pMethods)
		i++;
	if (i == ELEMENTSOF(disk.kinds))
		abort();
	disk.kinds[i].real = file->pMethods;
	disk.kinds[i].ours = *file->pMethods;
	disk.kinds[i].ours.xWrite = disk_write;
	disk.kinds[i].ours.xSync = disk_sync;
	disk.kinds[i].ours.xTruncate = disk_truncate;
	file->pMethods = &disk.kinds[i].ours;
	return SQLITE_OK;
}

static int insert_disk(void **state)
{
	(void)state;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "failing";
	disk.vfs.xOpen = disk_open;
	return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

/* ---- truths ---- */

struct truth {
	uint8_t look[N_PEOPLE]; /* 0 gone, else which name and gecos */
	bool there[N_GROUPS], member[N_GROUPS][N_PEOPLE], nested[N_GROUPS][N_GROUPS];
};

struct history {
	struct record record;
	struct truth old, new;
	unsigned version; /* of old; new has the one after */
	uint32_t uids[N_PEOPLE];
	uint32_t seed;
	unsigned n_old, n_new;
};

static uint32_t draw(struct history *history, uint32_t n)
{
	history->seed = history->seed * 1664525u + 1013904223u;
	return (history->seed >> 8) % n;
}

static void name_of(uint32_t person, unsigned look, char out[static 24])
{
	(void)snprintf(out, 24, "p%u-%u", person, look);
}

static void change(struct history *history)
{
	struct truth *new = &history->new;

	*new = history->old;
	for (uint32_t n = draw(history, 4) ? draw(history, 20) : N_PEOPLE; n > 0; n--) {
		uint32_t at = draw(history, N_PEOPLE);

		new->look[at] = draw(history, 6) ? (uint8_t)(1 + draw(history, 4)) : 0;
	}
	for (uint32_t n = draw(history, 4); n > 0; n--) {
		uint32_t at = draw(history, N_GROUPS);

		new->there[at] = draw(history, 5) != 0;
		for (uint32_t i = 0; i < N_PEOPLE; i++)
			new->member[at][i] = draw(history, 3) == 0;
		for (uint32_t i = 0; i < N_GROUPS; i++)
			new->nested[at][i] = draw(history, 4) == 0;
	}
	for (uint32_t i = 0; i < N_GROUPS; i++) {
		for (uint32_t j = 0; j < N_PEOPLE; j++)
			new->member[i][j] &= new->there[i] && new->look[j] != 0;
		for (uint32_t j = 0; j < N_GROUPS; j++)
			new->nested[i][j] &= new->there[i] && new->there[j];
	}
}

/* ---- saying it ---- */

static int say_user(struct history *history, uint32_t at, bool full)
{
	char id[24], name[24], gecos[24];
	struct dir_user user;
	unsigned look = history->new.look[at];

	if (!full && look == history->old.look[at])
		return 0;
	(void)snprintf(id, sizeof(id), "id%u", at);
	if (look == 0)
		return full ? 0 : syncer_gone(history->record.syncer, false, id);
	name_of(at, look, name);
	(void)snprintf(gecos, sizeof(gecos), "Look %u", look);
	user = record_user(name);
	user.id = user.sub = id;
	user.gecos = gecos;
	return syncer_user(history->record.syncer, &user);
}

static int say_group(struct history *history, uint32_t at, bool full)
{
	static char ids[N_PEOPLE + N_GROUPS][24];
	static const char *members[N_PEOPLE + N_GROUPS];
	const struct truth *old = &history->old, *new = &history->new;
	struct dir_group group = { .gid = PERSON_ID_NONE, .first = true, .last = true };
	char id[24];

	if (!full && old->there[at] == new->there[at] &&
	    memcmp(old->member[at], new->member[at], sizeof(new->member[at])) == 0 &&
	    memcmp(old->nested[at], new->nested[at], sizeof(new->nested[at])) == 0)
		return 0;
	(void)snprintf(id, sizeof(id), "g%u", at);
	if (!new->there[at])
		return full ? 0 : syncer_gone(history->record.syncer, true, id);
	for (uint32_t i = 0; i < N_PEOPLE + N_GROUPS; i++) {
		bool in = i < N_PEOPLE ? new->member[at][i] : new->nested[at][i - N_PEOPLE];

		(void)snprintf(ids[i], sizeof(ids[i]), i < N_PEOPLE ? "id%u" : "g%u",
			       i < N_PEOPLE ? i : i - N_PEOPLE);
		if (in)
			members[group.n_members++] = ids[i];
	}
	group.id = group.name = id;
	group.members = members;
	return syncer_group(history->record.syncer, &group);
}

/* A whole pass, to its end or to its first error. */
static int run_pass(struct history *history, bool full)
{
	const struct syncer_pass pass = record_pass(full, true);
	struct syncer *syncer = history->record.syncer;
	char cursor[16];
	int r = syncer_begin(syncer, &pass, RECORD_NOW);

	for (uint32_t i = 0; i < N_PEOPLE && r == 0; i++)
		r = say_user(history, i, full);
	for (uint32_t i = 0; i < N_GROUPS && r == 0; i++)
		r = say_group(history, i, full);
	(void)snprintf(cursor, sizeof(cursor), "c%u", history->version + 1);
	if (r == 0)
		r = syncer_end(syncer, true, cursor, "", RECORD_NOW);
	while (r == SYNCER_MORE)
		r = syncer_step(syncer, RECORD_NOW);
	return r;
}

/* ---- is it whole? ---- */

static void check_person(struct history *history, const struct truth *truth, uint32_t at)
{
	_cleanup_(person_freep) struct person *person = NULL;
	char id[24], name[24], gecos[24];
	int r;

	(void)snprintf(id, sizeof(id), "id%u", at);
	r = store_find_subject(history->record.store, RECORD_ISS, id, &person);
	if (r == STORE_E_NOT_FOUND) {
		assert_int_equal(truth->look[at], 0);
		assert_int_equal(history->uids[at], 0); /* nobody is ever deleted */
		return;
	}
	assert_int_equal(r, 0);
	assert_true(history->uids[at] == 0 || history->uids[at] == person->uid);
	history->uids[at] = person->uid;
	assert_int_equal(person->retired, truth->look[at] == 0);
	if (truth->look[at] == 0)
		return;
	name_of(at, truth->look[at], name);
	(void)snprintf(gecos, sizeof(gecos), "Look %u", truth->look[at]);
	assert_string_equal(person->name, name);
	assert_string_equal(person->gecos, gecos);
}

static void check_group(struct history *history, const struct truth *truth, uint32_t at)
{
	_cleanup_(group_freep) struct group *group = NULL;
	struct group **nested;
	size_t n = 0, n_nested, expected_nested = 0;
	char name[24];
	int r;

	(void)snprintf(name, sizeof(name), "g%u", at);
	r = store_find_group(history->record.store, name, &group);
	assert_int_equal(r, truth->there[at] ? 0 : STORE_E_NOT_FOUND);
	if (r != 0)
		return;
	assert_int_equal(store_group_members(history->record.store, group), 0);
	for (uint32_t i = 0; i < N_PEOPLE; i++)
		n += truth->member[at][i];
	assert_int_equal(group->n_direct, n);
	assert_int_equal(store_nested_groups(history->record.store, group->id, &n_nested, &nested),
			 0);
	group_list_free(nested, n_nested);
	for (uint32_t i = 0; i < N_GROUPS; i++)
		expected_nested += truth->nested[at][i];
	assert_int_equal(n_nested, expected_nested);
}

/* The cursor says which truth it must be; that one is the old one from now on. */
static void check(struct history *history, bool must_be_new)
{
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;
	char cursor[16];
	bool is_new;

	assert_int_equal(store_get_directory(history->record.store, "corp", &directory), 0);
	(void)snprintf(cursor, sizeof(cursor), "c%u", history->version + 1);
	is_new = strcmp(directory->cursor, cursor) == 0;
	if (!is_new) {
		assert_false(must_be_new);
		(void)snprintf(cursor, sizeof(cursor), "c%u", history->version);
		assert_string_equal(directory->cursor, cursor);
	}
	for (uint32_t i = 0; i < N_PEOPLE; i++)
		check_person(history, is_new ? &history->new : &history->old, i);
	for (uint32_t i = 0; i < N_GROUPS; i++)
		check_group(history, is_new ? &history->new : &history->old, i);
	if (is_new) {
		history->old = history->new;
		history->version++;
		history->n_new++;
	} else {
		history->n_old++;
	}
}

static struct history *begin(uint32_t seed)
{
	struct history *history = calloc(1, sizeof(*history));

	assert_non_null(history);
	history->seed = seed;
	record_setup(&history->record);
	change(history);
	memset(history->new.look, 1, sizeof(history->new.look));
	assert_int_equal(run_pass(history, true), 0);
	check(history, true);
	return history;
}

static void finish(struct history *history)
{
	print_message("# %u times the truth before, %u the one after\n", history->n_old,
		      history->n_new);
	assert_true(history->n_old >= 10 && history->n_new >= 10); /* both were seen */
	record_teardown(&history->record);
	free(history);
}

static void test_killed_at_any_write_the_record_is_the_truth_its_cursor_names(void **state)
{
	struct history *history = begin(1);

	(void)state;
	for (unsigned round = 0; round < N_KILLS; round++) {
		bool full = draw(history, 2) == 0;
		unsigned left = draw(history, round % 3 ? 40 : 400);
		int status;
		pid_t child;

		change(history);
		record_close(&history->record);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			record_open(&history->record);
			disk.left = left;
			disk.trouble = TROUBLE_KILL;
			_exit(run_pass(history, full) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		record_open(&history->record);
		assert_int_equal(syncer_recover(history->record.syncer, RECORD_NOW), 0);
		check(history, !WIFSIGNALED(status));
	}
	finish(history);
}

/* The disk is full from some write on; later there is room again, in the same life. */
static void test_a_full_disk_leaves_a_whole_truth(void **state)
{
	struct history *history = begin(2);
	unsigned failed = 0;

	(void)state;
	for (unsigned round = 0; round < N_FULL; round++) {
		const struct syncer_pass pass = record_pass(false, false);
		int r;

		change(history);
		disk.left = draw(history, round % 2 ? 30 : 300);
		disk.trouble = TROUBLE_FULL;
		r = run_pass(history, draw(history, 2) == 0);
		if (r != 0)
			syncer_abort(history->record.syncer, "the disk is full", RECORD_NOW);
		disk.trouble = TROUBLE_NONE;
		failed += r != 0;
		assert_true(r <= 0);
		/* what was sealed is finished by whatever comes next */
		assert_int_equal(syncer_begin(history->record.syncer, &pass, RECORD_NOW), 0);
		syncer_abort(history->record.syncer, NULL, RECORD_NOW);
		check(history, r == 0);
	}
	assert_true(failed >= 10);
	finish(history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_killed_at_any_write_the_record_is_the_truth_its_cursor_names),
		TEST(test_a_full_disk_leaves_a_whole_truth),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, insert_disk, NULL);
}
