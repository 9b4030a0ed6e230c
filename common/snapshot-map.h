/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SNAPSHOT_MAP_H
#define IDP_COMMON_SNAPSHOT_MAP_H

/* Inside the snapshot reader: one file, judged and mapped. Everybody else uses snapshot.h. */

#include "common/snapshot.h"

/* Maps the file at path when it may be trusted; the errors are those of snapshot_enter(),
 * and -EAGAIN: that file is already replaced and emptied. */
int snapshot_map_open(struct snapshot_map *map, const char *path) _must_check_;
/*
 * The same for the base that the overlay at path, mapped in root, names. -EBADMSG: it is missing
 * or another file; -EAGAIN: because the overlay was replaced meanwhile.
 */
int snapshot_map_open_base(struct snapshot_map *map, const struct snapshot_map *root,
			   const char *path) _must_check_;
/* Is map the base that root names? */
bool snapshot_map_is_base(const struct snapshot_map *map,
			  const struct snapshot_map *root) _must_check_;
/* "identity.base-GENERATION" for "identity.snap". -ENAMETOOLONG. */
int snapshot_base_path(const char *path, uint64_t generation, char *ret, size_t room) _must_check_;
void snapshot_map_close(struct snapshot_map *map);
/* SNAPSHOT_LIVE, ... as it is now; what was loaded after it was written after it. */
static inline uint32_t snapshot_map_state(const struct snapshot_map *map)
{
	const struct snapshot_header *header = (const void *)map->base;

	return atomic_load_explicit(&header->state, memory_order_acquire);
}

#endif
