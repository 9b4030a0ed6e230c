/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_FILE_H
#define IDP_CORE_SNAPSHOT_FILE_H

/* The file half of the snapshot writer; publish.c uses snapshot-write.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/snapshot-format.h"
#include "idp-agentd/core/snapshot-write.h"

struct snapshot_section {
	uint32_t offset;
	const void *data;
	size_t len;
};

/* A file that is being written under a temporary name. path is empty: there is none. */
struct snapshot_file {
	char path[PATH_LEN_MAX];
	int fd;
};

/* A published file whose state word can be set. Zero is none. */
struct snapshot_published {
	int fd;
	off_t size;
	struct snapshot_header *header; /* NULL: none */
};

struct snapshot_old {
	struct snapshot_published root;
	struct snapshot_published base; /* of root when both go */
};

/* Opens the temporary file for what will be at path; what a killed writer left is removed. */
int snapshot_file_create(const char *path, bool overlay, struct snapshot_file *ret) _must_check_;
int snapshot_file_put(const struct snapshot_file *file, uint64_t offset, const void *data,
		      size_t len) _must_check_;
/*
 * Puts the file, complete, in the place of the one at path; header is the new file's. *ret_old as
 * in snapshot_writer_write(). SNAPSHOT_E_BASE: its base is not what is published there.
 */
int snapshot_file_finish(struct snapshot_file *file, const char *path,
			 const struct snapshot_header *header,
			 struct snapshot_old **ret_old) _must_check_;
/* Lays the file, complete and a full one, beside what is at path: as a base nobody names yet. */
int snapshot_file_lay(struct snapshot_file *file, const char *path,
		      const struct snapshot_header *header) _must_check_;
/* Removes the temporary file, if there is one. */
void snapshot_file_discard(struct snapshot_file *file);

/* The snapshot at path, LIVE or not; none: ret->header is NULL, also for what is no snapshot. */
int snapshot_published_open(const char *path, struct snapshot_published *ret) _must_check_;
void snapshot_published_close(struct snapshot_published *published);
void snapshot_published_set_state(const struct snapshot_published *published, uint32_t state);

#endif
