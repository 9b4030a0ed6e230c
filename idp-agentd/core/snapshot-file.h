/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_FILE_H
#define IDP_CORE_SNAPSHOT_FILE_H

/* The file half of the snapshot writer; publish.c uses snapshot-write.h. */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/snapshot-write.h"

struct snapshot_section {
	uint32_t offset;
	const void *data;
	size_t len;
};

/* Replaces the file at path by these sections; the rest as in snapshot_writer_write(). */
int snapshot_file_publish(const char *path, const struct snapshot_section *sections, size_t n,
			  struct snapshot_old **ret_old) _must_check_;

#endif
