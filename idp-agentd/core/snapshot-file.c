/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts a finished snapshot in the place of the old one.
 *
 *  1. MUST leave the old file live, whole and in its place when anything fails, and no temporary
 *     file.
 *  2. MUST tell the readers of the old file, even when killed at the worst moment: the old file
 *     is superseded first and renamed over then. In between readers find a superseded file at
 *     the path and use it for one lookup at a time; the other way round, a writer killed in
 *     between would leave them with a file that says it is live for ever.
 *  3. MUST have a base in its place before the first overlay over it is, and leave it there until
 *     the last one was replaced: link, rename, ... rename, unlink. Killed in between, there is a
 *     base too many, which the next publication removes. A base that is laid beside first appears
 *     with the overlay over it, in that one's rename.
 */
#include "idp-agentd/core/snapshot-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/snapshot-map.h"

#define SUFFIX_FULL    ".new"
#define SUFFIX_OVERLAY ".new-overlay"

static int suffixed(const char *path, const char *suffix, char ret[static PATH_LEN_MAX])
{
	const int n = snprintf(ret, PATH_LEN_MAX, "%s%s", path, suffix);

	return n < 0 || n >= (int)PATH_LEN_MAX ? -ENAMETOOLONG : 0;
}

static int remove_if_there(const char *path)
{
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Every "NAME.base-..." in the directory of path but keep (NULL: all). Failure leaves them there.
 */
static void remove_bases(const char *path, const char *keep)
{
	char directory[PATH_LEN_MAX], prefix[PATH_LEN_MAX];
	const char *slash = strrchr(path, '/');
	const struct dirent *entry;
	DIR *dir;

	if (!slash || slash == path || snapshot_base_path(path, 0, prefix, sizeof(prefix)) < 0)
		return;
	prefix[strlen(prefix) - 1] = '\0'; /* of the 0 */
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = '\0';
	dir = opendir(directory);
	while (dir && (entry = readdir(dir))) {
		const char *name = prefix + (slash - path) + 1;

		if (strncmp(entry->d_name, name, strlen(name)) == 0 &&
		    (!keep || strcmp(entry->d_name, keep + (slash - path) + 1) != 0))
			IGNORE(unlinkat(dirfd(dir), entry->d_name, 0));
	}
	if (dir)
		IGNORE(closedir(dir));
}

void snapshot_clean(const char *path)
{
	struct snapshot_published root;
	char keep[PATH_LEN_MAX];

	if (snapshot_published_open(path, &root) < 0)
		return; /* who knows what it stands on */
	if (!root.header || !(root.header->flags & SNAPSHOT_OVERLAY))
		remove_bases(path, NULL);
	else if (snapshot_base_path(path, root.header->base_generation, keep, sizeof(keep)) == 0)
		remove_bases(path, keep);
	snapshot_published_close(&root);
}

int snapshot_file_create(const char *path, bool overlay, struct snapshot_file *ret)
{
	char other[PATH_LEN_MAX];
	int r;

	if (!overlay)
		snapshot_clean(path); /* it may be the room for this one */
	r = suffixed(path, SUFFIX_OVERLAY, other);
	if (r == 0)
		r = suffixed(path, overlay ? SUFFIX_OVERLAY : SUFFIX_FULL, ret->path);
	/* A full file may be on its way while overlays are published, not the other way round. */
	if (r == 0)
		r = remove_if_there(other);
	if (r == 0)
		r = remove_if_there(ret->path);
	if (r == 0) {
		ret->fd =
			open(ret->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		r = ret->fd < 0 ? -errno : 0;
	}
	if (r < 0)
		ret->path[0] = '\0';
	return r;
}

void snapshot_file_discard(struct snapshot_file *file)
{
	if (file->path[0] == '\0')
		return;
	macro_closep(&file->fd);
	IGNORE(unlink(file->path));
	file->path[0] = '\0';
}

int snapshot_file_put(const struct snapshot_file *file, uint64_t offset, const void *data,
		      size_t len)
{
	const char *at = data;

	while (len > 0) {
		const ssize_t n = pwrite(file->fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static bool is_file(const struct stat *st, const char *path)
{
	struct stat there;

	return lstat(path, &there) == 0 && there.st_ino == st->st_ino && there.st_dev == st->st_dev;
}

/* Safe on the medium, readable by everybody whatever the umask is, and still the one at its name.
 */
static int file_seal(const struct snapshot_file *file)
{
	struct stat st;

	if (fchmod(file->fd, 0644) < 0 || fsync(file->fd) < 0 || fstat(file->fd, &st) < 0)
		return -errno;
	return is_file(&st, file->path) ? 0 : -ESTALE;
}

/* MUST 2: the state word changes before the name does, and back again when the name did not. */
static int rename_over(const char *from, const char *to, const struct snapshot_published *old)
{
	int r = 0;

	snapshot_published_set_state(old, SNAPSHOT_SUPERSEDED);
	if (rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		snapshot_published_set_state(old, SNAPSHOT_LIVE);
	return r;
}

static bool header_is_base(const struct snapshot_header *base, const struct snapshot_header *header)
{
	return base && !(base->flags & SNAPSHOT_OVERLAY) &&
	       base->generation == header->base_generation &&
	       memcmp(base->key, header->key, sizeof(base->key)) == 0;
}

/* Gives what is at path, a full file, its second name. */
static int link_base(const char *path, const struct snapshot_published *old, const char *base_path)
{
	struct stat st;

	if (fstat(old->fd, &st) < 0)
		return -errno;
	if (is_file(&st, base_path))
		return 0;
	if (remove_if_there(base_path) < 0 || link(path, base_path) < 0)
		return -errno;
	return is_file(&st, base_path) ? 0 : -ESTALE;
}

/* MUST 3. The base is what is at path, or lies beside it: under an overlay, or for this one. */
static int overlay_secure_base(const char *path, const struct snapshot_header *header,
			       const struct snapshot_published *old, const char *base_path)
{
	struct snapshot_published base;
	bool fits;
	int r;

	if (header_is_base(old->header, header))
		return link_base(path, old, base_path);
	r = snapshot_published_open(base_path, &base);
	if (r < 0)
		return r;
	fits = header_is_base(base.header, header);
	snapshot_published_close(&base);
	return fits ? 0 : SNAPSHOT_E_BASE;
}

/* An overlay takes its base along, unless what comes stands on the same one. */
static int old_open_base(const char *path, const struct snapshot_header *header,
			 struct snapshot_old *old)
{
	char base_path[PATH_LEN_MAX];
	int r;

	if (!old->root.header || !(old->root.header->flags & SNAPSHOT_OVERLAY) ||
	    ((header->flags & SNAPSHOT_OVERLAY) &&
	     old->root.header->base_generation == header->base_generation))
		return 0;
	r = snapshot_base_path(path, old->root.header->base_generation, base_path,
			       sizeof(base_path));
	return r < 0 ? r : snapshot_published_open(base_path, &old->base);
}

static int finish(const struct snapshot_file *file, const char *path,
		  const struct snapshot_header *header, struct snapshot_old *old)
{
	const bool overlay = header->flags & SNAPSHOT_OVERLAY;
	char base_path[PATH_LEN_MAX];
	int r;

	r = snapshot_base_path(path, header->base_generation, base_path, sizeof(base_path));
	if (r == 0)
		r = snapshot_published_open(path, &old->root);
	if (r == 0)
		r = old_open_base(path, header, old);
	if (r == 0)
		r = file_seal(file);
	if (r == 0 && overlay)
		r = overlay_secure_base(path, header, &old->root, base_path);
	if (r == 0)
		r = rename_over(file->path, path, &old->root);
	if (r == 0)
		remove_bases(path, overlay ? base_path : NULL);
	return r;
}

int snapshot_file_finish(struct snapshot_file *file, const char *path,
			 const struct snapshot_header *header, struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = calloc(1, sizeof(*old));
	int r = old ? finish(file, path, header, old) : -ENOMEM;

	if (r != 0) {
		snapshot_file_discard(file);
		return r;
	}
	file->path[0] = '\0'; /* it has its real name now */
	macro_closep(&file->fd);
	/* Nothing was there, or it lives on as the base of this one. */
	if (!old->root.header ||
	    ((header->flags & SNAPSHOT_OVERLAY) && header_is_base(old->root.header, header)))
		*ret_old = NULL;
	else
		*ret_old = TAKE_PTR(old);
	return 0;
}

int snapshot_file_lay(struct snapshot_file *file, const char *path,
		      const struct snapshot_header *header)
{
	char base_path[PATH_LEN_MAX];
	int r = snapshot_base_path(path, header->generation, base_path, sizeof(base_path));

	if (r == 0)
		r = file_seal(file);
	if (r == 0 && rename(file->path, base_path) < 0)
		r = -errno;
	if (r < 0) {
		snapshot_file_discard(file);
		return r;
	}
	file->path[0] = '\0'; /* it has its real name now */
	macro_closep(&file->fd);
	return 0;
}
