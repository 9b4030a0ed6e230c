/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SNAPSHOT_CELL_H
#define IDP_COMMON_SNAPSHOT_CELL_H

/*
 * Inside the snapshot reader: how one file is read. It may turn into zeros, or into anything,
 * between two instructions, so whoever includes this
 *
 *  1. MUST bound every offset, count and length where it is used, on a value read once.
 *  2. MUST NOT loop longer than the format allows: a probe ends, and so does a search.
 *  3. MUST NOT answer with an id that is 0, reserved, or outside of the header's range.
 *
 * Cells are copied first and judged then; texts elsewhere are handed out with their length.
 */

#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "common/snapshot-hash.h"
#include "common/snapshot.h"

/* The compiler may not read *p again: what was checked is what is used (1). */
#define READ_ONCE(p) __atomic_load_n((p), __ATOMIC_RELAXED)

/* n bytes of the pool at offset, or NULL. */
static _always_inline_ const char *pool_at(const struct snapshot_map *map, uint32_t offset,
					   uint64_t n)
{
	if (offset > map->pool.n || n > map->pool.n - offset)
		return NULL;
	return (const char *)map->base + map->pool.offset + offset;
}

/* Cell number of the n at offset, or NULL. */
static _always_inline_ const void *cell_at(const struct snapshot_map *map, uint32_t offset,
					   uint32_t n, uint32_t number)
{
	if (number >= n)
		return NULL;
	return map->base + offset + (size_t)number * SNAPSHOT_CELL_SIZE;
}

/* A private copy that later writes to the file cannot reach. */
static _always_inline_ void cell_copy(void *to, const void *cell)
{
	memcpy(to, cell, SNAPSHOT_CELL_SIZE);
	__asm__ volatile("" : : "r"(to) : "memory");
}

static _always_inline_ bool id_is_ours(const struct snapshot_map *map, uint32_t id)
{
	return id >= map->id_floor && id <= map->id_ceiling && id != 0 && !name_is_reserved_id(id);
}

struct probe {
	const uint32_t *slots;
	uint32_t at;
	uint32_t mask;
	uint32_t tag;
	uint32_t left;
};

static _always_inline_ struct probe probe_start(const struct snapshot_map *map,
						const struct snapshot_part *index, uint64_t hash)
{
	return (struct probe){
		.slots = (const uint32_t *)(const void *)(map->base + index->offset),
		.at = (uint32_t)(hash >> index->shift),
		.mask = index->n - 1,
		.tag = snapshot_tag(hash),
		.left = index->probe_max + 1,
	};
}

/* The number of the next cell that may be meant, plus 1; 0 when there is none. */
static _always_inline_ uint32_t probe_next(struct probe *probe)
{
	while (probe->left > 0) {
		const uint32_t slot = READ_ONCE(&probe->slots[probe->at]);

		if (slot == 0)
			return 0;
		probe->at = (probe->at + 1) & probe->mask;
		probe->left--;
		if (slot >> SNAPSHOT_REF_BITS == probe->tag)
			return slot & SNAPSHOT_REF_MASK;
	}
	return 0;
}

/* The first cell with an id above after: both kinds begin with their id, by increasing id. */
static inline uint32_t cell_after(const struct snapshot_map *map, const struct snapshot_part *cells,
				  uint32_t after)
{
	uint32_t low = 0, high = cells->n;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const uint32_t *id = cell_at(map, cells->offset, cells->n, middle);

		if (id && READ_ONCE(id) <= after)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The id of the first cell from number on that is above after; *number moves there. False: the end.
 */
static inline bool cell_next_id(const struct snapshot_map *map, const struct snapshot_part *cells,
				uint32_t after, uint32_t *number, uint32_t *ret_id)
{
	for (; *number < cells->n; (*number)++) {
		const uint32_t *at = cell_at(map, cells->offset, cells->n, *number);
		const uint32_t id = READ_ONCE(at);

		if (id > after) {
			*ret_id = id;
			return true;
		}
	}
	return false;
}

/* The cells of one kind by increasing id, of an overlay and its base as if they were one file. */
struct merge {
	const struct snapshot_map *maps[2]; /* the overlay, or the only file; the base or NULL */
	const struct snapshot_part *cells[2];
	uint32_t at[2];
};

/* The next cell above after, the overlay's where both have it. The file it is in; NULL: the end. */
static inline const struct snapshot_map *merge_next(struct merge *merge, uint32_t after,
						    uint32_t *ret_number, uint32_t *ret_id)
{
	uint32_t id[2] = { 0, 0 };
	bool have[2] = { false, false };
	unsigned which;

	for (unsigned i = 0; i < 2; i++)
		if (merge->maps[i])
			have[i] = cell_next_id(merge->maps[i], merge->cells[i], after,
					       &merge->at[i], &id[i]);
	if (!have[0] && !have[1])
		return NULL;
	which = have[0] && (!have[1] || id[0] <= id[1]) ? 0 : 1;
	*ret_number = merge->at[which];
	*ret_id = id[which];
	return merge->maps[which];
}

/* part is the offset of users or groups in struct snapshot_map. */
static inline struct merge merge_start(const struct snapshot_map *map, size_t part, uint32_t after)
{
	struct merge merge = { .maps = { map, map->under } };

	for (unsigned i = 0; i < 2; i++) {
		if (!merge.maps[i])
			continue;
		merge.cells[i] = (const void *)((const char *)merge.maps[i] + part);
		merge.at[i] = cell_after(merge.maps[i], merge.cells[i], after);
	}
	return merge;
}

/* The first user above after and up to last whose cell has all these flags. */
bool snapshot_user_between(const struct snapshot_view *view, uint32_t after, uint32_t last,
			   uint8_t flags, struct snapshot_user *ret_user) _must_check_;

#endif
