/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A file appears under its name when all of it is on the disk, and not before.
 * 2. A text is on the disk before the record that names it, and goes when no record names it that
 *    may still come back.
 * 3. What is read is what was written: a text is compared with its fingerprint, a record must be
 *    whole. Damage means that nothing is kept, never that something else is in force.
 */
#include "idp-agentd/core/policy-shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/ini.h"
#include "idp-agentd/core/config-file.h"
#include "idp-agentd/core/config-value.h"

#define SHELF_FOLDER     "policy"
#define SHELF_RECORD     "record"
#define SHELF_NEW        "new"
#define SHELF_RECORD_MAX 4096u

static bool is_hash(const char *text)
{
	return strlen(text) == POLICY_HASH_LEN &&
	       strspn(text, "0123456789abcdef") == POLICY_HASH_LEN;
}

int policy_shelf_open(const char *state, int *ret_shelf)
{
	_cleanup_close_ int folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int shelf;

	if (folder < 0)
		return -errno;
	if (mkdirat(folder, SHELF_FOLDER, 0700) < 0 && errno != EEXIST)
		return -errno;
	shelf = openat(folder, SHELF_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (shelf < 0)
		return -errno;
	*ret_shelf = shelf;
	return 0;
}

/* ---- files ---- */

/* MUST 1. */
static int write_file(int shelf, const char *name, const struct buf *content)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (unlinkat(shelf, SHELF_NEW, 0) < 0 &&
	    errno != ENOENT) /* of a write that was cut short */
		return -errno;
	fd = openat(shelf, SHELF_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_synced(fd, content->data, content->len);
	if (r == 0 && renameat(shelf, SHELF_NEW, shelf, name) < 0)
		r = -errno;
	if (r < 0) {
		IGNORE(unlinkat(shelf, SHELF_NEW, 0));
		return r;
	}
	return fsync(shelf) < 0 ? -errno : 0;
}

static int read_file(int shelf, const char *name, struct buf *content)
{
	char reason[REASON_MAX];

	return config_file_read(shelf, name, (struct config_readers){ .group = getegid() }, content,
				reason);
}

/* ---- texts ---- */

int policy_shelf_put(int shelf, const char *hash, const struct buf *text)
{
	_cleanup_(buf_done) struct buf kept;
	int r;

	if (!is_hash(hash))
		return -EINVAL;
	buf_init(&kept, POLICY_TEXT_MAX);
	r = policy_shelf_get(shelf, hash, &kept);
	return r == 0 ? 0 : write_file(shelf, hash, text);
}

int policy_shelf_get(int shelf, const char *hash, struct buf *text)
{
	char found[POLICY_HASH_SIZE];
	int r;

	if (!is_hash(hash))
		return -ENOENT;
	r = read_file(shelf, hash, text);
	if (r == 0)
		r = policy_text_hash(text->data, text->len, found);
	if (r == 0 && strcmp(found, hash) != 0)
		r = -EBADMSG;
	return r;
}

int policy_shelf_drop(int shelf, const char *hash)
{
	if (!is_hash(hash))
		return -EINVAL;
	return unlinkat(shelf, hash, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static bool is_named(const struct policy_record *record, const char *name)
{
	return strcmp(record->force, name) == 0 || strcmp(record->before, name) == 0;
}

/* What cannot be let go of does no harm. */
void policy_shelf_sweep(int shelf, const struct policy_record *record)
{
	int fd = openat(shelf, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(folder)))
		if (is_hash(entry->d_name) && !is_named(record, entry->d_name))
			IGNORE(unlinkat(shelf, entry->d_name, 0));
	(void)closedir(folder);
}

/* ---- the record ---- */

int policy_shelf_write(int shelf, const struct policy_record *record)
{
	_cleanup_(buf_done) struct buf text;
	int r;

	buf_init(&text, SHELF_RECORD_MAX);
	buf_printf(&text, "[record 1]\nforce = %s\nbefore = %s\n", record->force, record->before);
	if (record->trial)
		buf_printf(&text, "boot = %s\napplied = %llu\nuntil = %llu\nsession = %s\n",
			   record->boot, (unsigned long long)record->applied,
			   (unsigned long long)record->until, record->session);
	for (size_t i = 0; i < POLICY_REFUSED_MAX; i++)
		if (*record->refused[i])
			buf_printf(&text, "refused%zu = %s\n", i, record->refused[i]);
	buf_printf(&text, "why = %s\nrolled_back = %llu\nend = yes\n", record->why,
		   (unsigned long long)record->rolled_back);
	r = buf_end(&text);
	return r == 0 ? write_file(shelf, SHELF_RECORD, &text) : r;
}

static int take_text(char *field, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return -EBADMSG;
	(void)snprintf(field, size, "%s", value);
	return 0;
}

static int take_hash(char field[static POLICY_HASH_SIZE], const char *value)
{
	return *value && !is_hash(value) ? -EBADMSG : take_text(field, POLICY_HASH_SIZE, value);
}

static int take_number(uint64_t *field, const char *value)
{
	return config_value_number(value, strlen(value), UINT64_MAX, field) ? 0 : -EBADMSG;
}

static int take_pair(struct policy_record *record, const char *key, const char *value)
{
	if (strcmp(key, "force") == 0)
		return take_hash(record->force, value);
	if (strcmp(key, "before") == 0)
		return take_hash(record->before, value);
	if (strcmp(key, "refused0") == 0)
		return take_hash(record->refused[0], value);
	if (strcmp(key, "refused1") == 0)
		return take_hash(record->refused[1], value);
	if (strcmp(key, "boot") == 0) {
		record->trial = true;
		return take_text(record->boot, sizeof(record->boot), value);
	}
	if (strcmp(key, "applied") == 0)
		return take_number(&record->applied, value);
	if (strcmp(key, "until") == 0)
		return take_number(&record->until, value);
	if (strcmp(key, "session") == 0)
		return take_text(record->session, sizeof(record->session), value);
	if (strcmp(key, "why") == 0)
		return take_text(record->why, sizeof(record->why), value);
	return strcmp(key, "rolled_back") == 0 ? take_number(&record->rolled_back, value)
					       : -EBADMSG;
}

/* MUST 3: the last line is there. */
static int parse(const struct buf *text, struct policy_record *record)
{
	_cleanup_(ini_freep) struct ini *ini = ini_new((const char *)text->data, text->len);
	bool headed = false, whole = false;
	int r = ini ? 0 : -ENOMEM;

	while (r == 0) {
		struct ini_item item = ini_next(ini);

		if (item.kind == INI_END)
			return headed && whole ? 0 : -EBADMSG;
		if (item.kind == INI_SECTION)
			headed = strcmp(item.key, "record") == 0 && strcmp(item.value, "1") == 0;
		else if (item.kind != INI_PAIR || !headed || whole)
			r = -EBADMSG;
		else if (strcmp(item.key, "end") == 0)
			whole = strcmp(item.value, "yes") == 0;
		else
			r = take_pair(record, item.key, item.value);
	}
	return r;
}

int policy_shelf_read(int shelf, struct policy_record *ret_record)
{
	_cleanup_(buf_done) struct buf text;
	struct policy_record record = { .trial = false };
	int r;

	buf_init(&text, SHELF_RECORD_MAX);
	r = read_file(shelf, SHELF_RECORD, &text);
	if (r == 0)
		r = parse(&text, &record);
	if (r == 0)
		*ret_record = record;
	return r;
}
