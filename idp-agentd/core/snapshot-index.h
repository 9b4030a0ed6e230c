/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_INDEX_H
#define IDP_CORE_SNAPSHOT_INDEX_H

/* The hash tables of the snapshot writer: cells in, slots out. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/snapshot-format.h"

#define SNAPSHOT_INDEXES 4u /* user names, user ids, group names, group ids: the header's order */

struct snapshot_cells {
	const struct snapshot_user_cell *users;
	size_t n_users;
	const struct snapshot_group_cell *groups;
	size_t n_groups;
	const char *pool;
};

/*
 * Builds the four tables with this key (4 words) or, when key is NULL, with random ones until no
 * entry is further from home than SNAPSHOT_PROBE_MAX; the key, the sizes and the probe lengths go
 * to the header. slots[i] is allocated (what was there is freed); the caller frees it, also
 * after an error. SNAPSHOT_E_TWICE of snapshot-write.h: one name twice. -EAGAIN: no key was good.
 */
int snapshot_index_build(const struct snapshot_cells *cells, const uint64_t *key,
			 struct snapshot_header *header,
			 uint32_t *slots[static SNAPSHOT_INDEXES]) _must_check_;

#endif
