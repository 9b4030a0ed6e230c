/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that were published: their state word, and their memory when nobody needs it any more.
 *
 *  1. MUST NOT shrink a file that somebody may have mapped (SIGBUS): memory is given back by
 *     punching holes, which read as zeros.
 *  2. MUST say PUNCHED before it punches, of an overlay before its base: a reader that sees zeros
 *     must see why.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/snapshot-map.h"
#include "idp-agentd/core/snapshot-file.h"
#include "idp-agentd/core/snapshot-overlay.h"

void snapshot_published_close(struct snapshot_published *published)
{
	if (!published->header)
		return;
	IGNORE(munmap(published->header, SNAPSHOT_HEADER_SIZE));
	published->header = NULL;
	macro_closep(&published->fd);
}

/* Is this a file whose readers look at its state word? What is none, nobody has mapped. */
static bool is_snapshot(const struct snapshot_header *header)
{
	return header->magic == SNAPSHOT_MAGIC && header->version == SNAPSHOT_VERSION;
}

int snapshot_published_open(const char *path, struct snapshot_published *ret)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	void *memory;

	*ret = (struct snapshot_published){ .fd = -1 };
	fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EPERM;
	if (st.st_size < SNAPSHOT_HEADER_SIZE)
		return 0;
	memory = mmap(NULL, SNAPSHOT_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	if (!is_snapshot(memory)) {
		IGNORE(munmap(memory, SNAPSHOT_HEADER_SIZE));
		return 0;
	}
	*ret = (struct snapshot_published){ .fd = TAKE_FD(fd),
					    .size = st.st_size,
					    .header = memory };
	return 0;
}

void snapshot_published_set_state(const struct snapshot_published *published, uint32_t state)
{
	if (published->header)
		atomic_store_explicit(&published->header->state, state, memory_order_release);
}

static int published_punch(const struct snapshot_published *published)
{
	if (!published->header)
		return 0;
	if (fallocate(published->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      SNAPSHOT_HEADER_SIZE, published->size - SNAPSHOT_HEADER_SIZE) < 0)
		return -errno;
	return 0;
}

int snapshot_old_punch(struct snapshot_old *old)
{
	int r, also;

	snapshot_published_set_state(&old->root, SNAPSHOT_PUNCHED);
	snapshot_published_set_state(&old->base, SNAPSHOT_PUNCHED);
	r = published_punch(&old->root);
	also = published_punch(&old->base);
	return r < 0 ? r : also;
}

struct snapshot_old *snapshot_old_free(struct snapshot_old *old)
{
	if (!old)
		return NULL;
	snapshot_published_close(&old->root);
	snapshot_published_close(&old->base);
	free(old);
	return NULL;
}

static int header_read(const char *path, struct snapshot_header *ret)
{
	_cleanup_close_ int fd = -1;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, ret, sizeof(*ret), 0) != (ssize_t)sizeof(*ret) || !is_snapshot(ret))
		return -EBADMSG;
	return 0;
}

uint64_t snapshot_generation(const char *path)
{
	struct snapshot_header header;

	return header_read(path, &header) < 0 ? 0 : header.generation;
}

int snapshot_facts(const char *path, struct snapshot_facts *ret)
{
	struct snapshot_header header, base = { .size = 0 };
	char base_path[PATH_LEN_MAX];
	int r;

	r = header_read(path, &header);
	if (r == 0 && (header.flags & SNAPSHOT_OVERLAY)) {
		r = snapshot_base_path(path, header.base_generation, base_path, sizeof(base_path));
		if (r == 0)
			r = header_read(base_path, &base);
	}
	if (r < 0)
		return r;
	*ret = (struct snapshot_facts){
		.generation = header.generation,
		.base_generation = base.generation,
		.size = header.size,
		.base_size = base.size,
	};
	return 0;
}
