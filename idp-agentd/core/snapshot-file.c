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
 *  3. MUST NOT shrink a file that somebody may have mapped (SIGBUS): memory is given back by
 *     punching holes, which read as zeros.
 */
#include "idp-agentd/core/snapshot-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/snapshot-format.h"

struct snapshot_old {
	int fd;
	off_t size;
	struct snapshot_header *header;
};

struct snapshot_old *snapshot_old_free(struct snapshot_old *old)
{
	if (!old)
		return NULL;
	if (old->header)
		IGNORE(munmap(old->header, SNAPSHOT_HEADER_SIZE));
	macro_closep(&old->fd);
	free(old);
	return NULL;
}

/* Is this a file whose readers look at its state word? What is none, nobody has mapped. */
static bool old_is_snapshot(const struct snapshot_old *old)
{
	return old->header->magic == SNAPSHOT_MAGIC && old->header->version == SNAPSHOT_VERSION;
}

/* *ret is NULL when there is no snapshot at path. */
static int old_open(const char *path, struct snapshot_old **ret)
{
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = calloc(1, sizeof(*old));
	struct stat st;
	void *memory;

	if (!old)
		return -ENOMEM;
	old->fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (old->fd < 0 && errno == ENOENT) {
		*ret = NULL;
		return 0;
	}
	if (old->fd < 0 || fstat(old->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EPERM;
	if (st.st_size < SNAPSHOT_HEADER_SIZE) {
		*ret = NULL;
		return 0;
	}
	memory = mmap(NULL, SNAPSHOT_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, old->fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	old->header = memory;
	old->size = st.st_size;
	*ret = old_is_snapshot(old) ? TAKE_PTR(old) : NULL;
	return 0;
}

static void old_set_state(struct snapshot_old *old, uint32_t state)
{
	atomic_store_explicit(&old->header->state, state, memory_order_release);
}

int snapshot_old_punch(struct snapshot_old *old)
{
	/* The word first: a reader that sees zeros must see why. */
	old_set_state(old, SNAPSHOT_PUNCHED);
	if (fallocate(old->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, SNAPSHOT_HEADER_SIZE,
		      old->size - SNAPSHOT_HEADER_SIZE) < 0)
		return -errno;
	return 0;
}

static int write_all(int fd, const struct snapshot_section *section)
{
	const char *data = section->data;
	size_t done = 0;

	while (done < section->len) {
		const ssize_t n = pwrite(fd, data + done, section->len - done,
					 (off_t)section->offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* The whole content, safe on the medium, readable by everybody whatever the umask is. */
static int write_file(const char *path, const struct snapshot_section *sections, size_t n)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		r = write_all(fd, &sections[i]);
		if (r < 0)
			return r;
	}
	if (fchmod(fd, 0644) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* MUST 2: the state word changes before the name does, and back again when the name did not. */
static int rename_over(const char *from, const char *to, struct snapshot_old *old)
{
	int r = 0;

	if (old)
		old_set_state(old, SNAPSHOT_SUPERSEDED);
	if (rename(from, to) < 0)
		r = -errno;
	if (r < 0 && old)
		old_set_state(old, SNAPSHOT_LIVE);
	return r;
}

int snapshot_file_publish(const char *path, const struct snapshot_section *sections, size_t n,
			  struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	char new_path[PATH_LEN_MAX];
	int r;

	r = snprintf(new_path, sizeof(new_path), "%s.new", path);
	if (r < 0 || (size_t)r >= sizeof(new_path))
		return -ENAMETOOLONG;
	r = old_open(path, &old);
	if (r < 0)
		return r;
	/* What a writer left that was killed half-way. */
	if (unlink(new_path) < 0 && errno != ENOENT)
		return -errno;
	r = write_file(new_path, sections, n);
	if (r == 0)
		r = rename_over(new_path, path, old);
	if (r < 0) {
		IGNORE(unlink(new_path));
		return r;
	}
	*ret_old = TAKE_PTR(old);
	return 0;
}

uint64_t snapshot_generation(const char *path)
{
	_cleanup_close_ int fd = -1;
	struct snapshot_header header;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return 0;
	return header.magic == SNAPSHOT_MAGIC ? header.generation : 0;
}
