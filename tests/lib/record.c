/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A record in a folder of its own, for tests. */

#include "tests/lib/test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/record.h"

void record_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void record_open(struct record *record)
{
	const struct store_options options = { .folder = record->folder, .shell = "/bin/bash" };
	int r;

	r = store_open(&options, record->reason, &record->store);
	if (r != 0)
		print_error("store_open: %d %s\n", r, record->reason);
	assert_int_equal(r, 0);
	record->map = (struct idmap){
		.store = record->store,
		.locals = record->locals,
		.first = RECORD_FIRST,
		.last = RECORD_LAST,
	};
	assert_int_equal(syncer_new(&record->map, &record->syncer), 0);
}

void record_close(struct record *record)
{
	record->syncer = syncer_free(record->syncer);
	record->store = store_free(record->store);
}

void record_setup(struct record *record)
{
	const char *tmp = getenv("TMPDIR");

	*record = (struct record){ 0 };
	(void)snprintf(record->folder, sizeof(record->folder), "%.40s/record-XXXXXX",
		       tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(record->folder));
	(void)snprintf(record->passwd, sizeof(record->passwd), "%s/passwd", record->folder);
	(void)snprintf(record->group, sizeof(record->group), "%s/group", record->folder);
	(void)snprintf(record->snapshot, sizeof(record->snapshot), "%s/identity.snap",
		       record->folder);
	record_write(record->passwd, "root:x:0:0:root:/root:/bin/bash\n"
				     "daemon:x:1:1::/:/usr/sbin/nologin\n"
				     "carol:x:1000:1000:Carol:/home/carol:/bin/bash\n");
	record_write(record->group, "root:x:0:\nsudo:x:27:carol\nlocal:x:1001:\n");
	assert_int_equal(localnames_new(record->passwd, record->group, &record->locals), 0);
	record_open(record);
}

void record_teardown(struct record *record)
{
	DIR *folder;
	struct dirent *entry;

	record_close(record);
	record->locals = localnames_free(record->locals);
	folder = opendir(record->folder);
	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
			IGNORE(unlinkat(dirfd(folder), entry->d_name, 0)); /* rmdir tells */
	IGNORE(closedir(folder));                                          /* read only */
	assert_int_equal(rmdir(record->folder), 0);
}

int record_claim(struct record *record, const char *sub, const char *name, uint32_t uid,
		 uint32_t *ret_uid)
{
	_cleanup_(person_freep) struct person *person = person_new();
	char dir_id[128];
	int r;

	assert_non_null(person);
	(void)snprintf(dir_id, sizeof(dir_id), "id-%s", sub);
	assert_int_equal(person_set(&person->iss, RECORD_ISS), 0);
	assert_int_equal(person_set(&person->sub, sub), 0);
	assert_int_equal(person_set(&person->directory, "corp"), 0);
	assert_int_equal(person_set(&person->dir_id, dir_id), 0);
	assert_int_equal(person_set(&person->name, name), 0);
	person->uid = uid;
	person->active = true;
	person->last_seen = RECORD_NOW;
	r = idmap_claim(&record->map, person, record->reason);
	if (r == 0 && ret_uid)
		*ret_uid = person->uid;
	return r;
}

struct syncer_pass record_pass(bool full, bool force)
{
	return (struct syncer_pass){
		.directory = "corp",
		.iss = RECORD_ISS,
		.fingerprint = 7,
		.full = full,
		.force = force,
	};
}

struct dir_user record_user(const char *name)
{
	return (struct dir_user){
		.id = name,
		.sub = name,
		.name = name,
		.uid = PERSON_ID_NONE,
		.gid = PERSON_ID_NONE,
		.active = true,
	};
}

int record_finish(struct record *record)
{
	int r;

	do {
		r = syncer_step(record->syncer, RECORD_NOW);
	} while (r == SYNCER_MORE);
	return r;
}

int record_sync(struct record *record, const char *const *names, size_t n, bool full, bool force)
{
	const struct syncer_pass pass = record_pass(full, force);
	int r;

	r = syncer_begin(record->syncer, &pass, RECORD_NOW);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct dir_user user = record_user(names[i]);

		r = syncer_user(record->syncer, &user);
	}
	if (r == 0)
		r = syncer_end(record->syncer, true, "cursor-1", "", RECORD_NOW);
	return r == SYNCER_MORE ? record_finish(record) : r;
}
