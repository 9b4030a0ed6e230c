/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's own passwd and group as two sorted sets each. A set is built whole and swapped in,
 * so a file that is being rewritten or cannot be read leaves the last good one in force.
 */

#include "idp-agentd/core/localnames.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOCAL_ENTRIES_MAX 1000000u /* a host's own file; more is not one */

struct entry {
	char *name;
	uint32_t id;
};

struct entries {
	struct entry *named; /* sorted by name */
	uint32_t *ids;       /* sorted */
	size_t n;
	size_t room;
};

struct local_file {
	char *path;
	struct stat seen; /* when entries were read */
	uint64_t generation;
	struct entries entries;
};

struct localnames {
	struct local_file passwd;
	struct local_file group;
};

static void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->named[i].name);
	free(entries->named);
	free(entries->ids);
	*entries = (struct entries){ 0 };
}

static int entries_grow(struct entries *entries)
{
	size_t room = entries->room ? entries->room * 2 : 64;
	struct entry *named;
	uint32_t *ids;

	if (room > LOCAL_ENTRIES_MAX)
		return -EFBIG;
	named = reallocarray(entries->named, room, sizeof(*named));
	if (named)
		entries->named = named;
	ids = reallocarray(entries->ids, room, sizeof(*ids));
	if (ids)
		entries->ids = ids;
	if (!named || !ids)
		return -ENOMEM;
	entries->room = room;
	return 0;
}

KEEPS_POINTERS_BEGIN
static int entries_add(struct entries *entries, const char *name, uint32_t id)
{
	int r = entries->n == entries->room ? entries_grow(entries) : 0;

	if (r != 0)
		return r;
	entries->named[entries->n] = (struct entry){ .name = strdup(name), .id = id };
	if (!entries->named[entries->n].name)
		return -ENOMEM;
	entries->ids[entries->n++] = id;
	return 0;
}
KEEPS_POINTERS_END

static int compare_names(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* 0 and an entry, or 1 at the end, or -errno. Lines glibc cannot read are skipped by it. */
static int next_user(FILE *file, const char **ret_name, uint32_t *ret_id)
{
	const struct passwd *entry;

	errno = 0;
	entry = fgetpwent(file);
	if (!entry)
		return errno == 0 || errno == ENOENT ? 1 : -errno;
	*ret_name = entry->pw_name;
	*ret_id = entry->pw_uid;
	return 0;
}

static int next_group(FILE *file, const char **ret_name, uint32_t *ret_id)
{
	const struct group *entry;

	errno = 0;
	entry = fgetgrent(file);
	if (!entry)
		return errno == 0 || errno == ENOENT ? 1 : -errno;
	*ret_name = entry->gr_name;
	*ret_id = entry->gr_gid;
	return 0;
}

static void file_closep(FILE **file)
{
	if (*file)
		IGNORE(fclose(*file)); /* read only: nothing can be lost */
}

static int read_entries(FILE *file, int (*next)(FILE *, const char **, uint32_t *),
			struct entries *entries)
{
	const char *name;
	uint32_t id;
	int r;

	while ((r = next(file, &name, &id)) == 0) {
		if (name[0] == '+' || name[0] == '-')
			continue; /* NIS: not a name of this file */
		r = entries_add(entries, name, id);
		if (r != 0)
			return r;
	}
	if (r < 0)
		return r;
	if (entries->n > 0) {
		qsort(entries->named, entries->n, sizeof(*entries->named), compare_names);
		qsort(entries->ids, entries->n, sizeof(*entries->ids), compare_ids);
	}
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* 1 when read anew, 0 when nothing changed. */
static int refresh(struct local_file *local, int (*next)(FILE *, const char **, uint32_t *))
{
	_cleanup_(entries_done) struct entries entries = { 0 };
	_cleanup_(file_closep) FILE *file = NULL;
	struct stat st;
	int r;

	if (stat(local->path, &st) < 0)
		return -errno;
	if (same_file(&st, &local->seen))
		return 0;
	file = fopen(local->path, "re");
	if (!file || fstat(fileno(file), &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	r = read_entries(file, next, &entries);
	if (r != 0)
		return r;
	entries_done(&local->entries);
	local->entries = entries;
	entries = (struct entries){ 0 };
	local->seen = st;
	local->generation++;
	return 1;
}

int localnames_refresh(struct localnames *names)
{
	int passwd, group;

	passwd = refresh(&names->passwd, next_user);
	group = refresh(&names->group, next_group);
	if (passwd < 0 || group < 0)
		return passwd < 0 ? passwd : group;
	return passwd | group;
}

int localnames_new(const char *passwd_path, const char *group_path, struct localnames **ret)
{
	_cleanup_(localnames_freep) struct localnames *names = calloc(1, sizeof(*names));
	int r;

	if (!names)
		return -ENOMEM;
	names->passwd.path = strdup(passwd_path ? passwd_path : "/etc/passwd");
	names->group.path = strdup(group_path ? group_path : "/etc/group");
	if (!names->passwd.path || !names->group.path)
		return -ENOMEM;
	r = localnames_refresh(names);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(names);
	return 0;
}

uint64_t localnames_generation(const struct localnames *names)
{
	return names->passwd.generation + names->group.generation;
}

struct localnames *localnames_free(struct localnames *names)
{
	if (!names)
		return NULL;
	entries_done(&names->passwd.entries);
	entries_done(&names->group.entries);
	free(names->passwd.path);
	free(names->group.path);
	free(names);
	return NULL;
}

static int compare_with_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct entry *)entry)->name);
}

static const struct entry *find_name(const struct entries *entries, const char *name)
{
	return entries->n == 0 ? NULL
			       : bsearch(name, entries->named, entries->n, sizeof(*entries->named),
					 compare_with_name);
}

static bool find_id(const struct entries *entries, const char *name, uint32_t *ret_id)
{
	const struct entry *entry = find_name(entries, name);

	if (entry)
		*ret_id = entry->id;
	return entry;
}

static bool has_id(const struct entries *entries, uint32_t id)
{
	return entries->n > 0 &&
	       bsearch(&id, entries->ids, entries->n, sizeof(*entries->ids), compare_ids) != NULL;
}

bool localnames_has_user(const struct localnames *names, const char *name)
{
	return find_name(&names->passwd.entries, name);
}

bool localnames_has_group(const struct localnames *names, const char *name)
{
	return find_name(&names->group.entries, name);
}

bool localnames_find_user(const struct localnames *names, const char *name, uint32_t *ret_uid)
{
	return find_id(&names->passwd.entries, name, ret_uid);
}

bool localnames_find_group(const struct localnames *names, const char *name, uint32_t *ret_gid)
{
	return find_id(&names->group.entries, name, ret_gid);
}

bool localnames_has_uid(const struct localnames *names, uint32_t uid)
{
	return has_id(&names->passwd.entries, uid);
}

bool localnames_has_gid(const struct localnames *names, uint32_t gid)
{
	return has_id(&names->group.entries, gid);
}

const char *localnames_name_of(const struct localnames *names, uint32_t uid)
{
	const struct entries *entries = &names->passwd.entries;

	for (size_t i = 0; i < entries->n; i++)
		if (entries->named[i].id == uid)
			return entries->named[i].name;
	return NULL;
}
