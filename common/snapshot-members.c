/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The members of a group, one after the other, whichever way they are written down: as names, as
 * numbers of cells, as another file's list with some taken out and some put in.
 *
 * A number leads to a cell anywhere in the file, so the next 16 or more cells are always on their
 * way into the cache while this one is looked at: 10,000 members cost 10,000 misses, but not one
 * after the other.
 */
#include "common/snapshot.h"

#include "common/snapshot-cell.h"

#define QUEUE SNAPSHOT_MEMBERS_QUEUE
static_assert((QUEUE & (QUEUE - 1)) == 0, "a ring");

/* At most four bytes; a distance is at least 1. 0: the end, or no varint. */
static _always_inline_ uint32_t take_varint(struct snapshot_text *text)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 28 && text->len > 0; shift += 7) {
		const uint8_t byte = (uint8_t)READ_ONCE(text->at);

		text->at++;
		text->len--;
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	text->len = 0;
	return 0;
}

/* Moves on to the next position that is left out. */
static void removed_next(struct snapshot_members *it)
{
	const uint32_t distance = take_varint(&it->removed);

	it->skip = distance > 0 ? it->skip + distance : UINT32_MAX;
}

void snapshot_members_begin(const struct snapshot_group *group, struct snapshot_members *ret)
{
	ret->cells = group->cells;
	ret->listed = group->members;
	ret->removed = group->removed;
	ret->added = group->added;
	ret->n_left = group->n_listed;
	ret->position = ret->number = UINT32_MAX; /* the first distance counts from before 0 */
	ret->skip = UINT32_MAX;
	ret->head = ret->tail = 0;
	if (group->removed.len > 0) {
		const uint32_t distance = take_varint(&ret->removed);

		ret->skip = distance > 0 ? distance - 1 : UINT32_MAX;
	}
}

/* False: this position is not left out. */
static _always_inline_ bool position_is_removed(struct snapshot_members *it)
{
	if (__builtin_expect(++it->position != it->skip, true))
		return false;
	removed_next(it);
	return true;
}

static bool name_next(struct snapshot_text *names, struct snapshot_text *ret)
{
	const char *nul = names->len > 0 ? memchr(names->at, '\0', names->len) : NULL;

	if (!nul || nul == names->at)
		return false;
	*ret = (struct snapshot_text){ names->at, (uint32_t)(nul - names->at) };
	names->at = nul + 1;
	names->len -= ret->len + 1;
	return true;
}

static void queue_fill(struct snapshot_members *it)
{
	const struct snapshot_map *map = it->cells;

	while (it->n_left > 0 && it->tail - it->head < QUEUE) {
		const uint32_t distance = take_varint(&it->listed);
		const uint8_t *cell;

		it->n_left--;
		it->number += distance;
		if (distance == 0 || it->number >= map->users.n) {
			it->n_left = 0;
			return;
		}
		if (position_is_removed(it))
			continue;
		cell = map->base + map->users.offset + (size_t)it->number * SNAPSHOT_CELL_SIZE;
		__builtin_prefetch(cell);
		it->queue[it->tail++ % QUEUE] = cell;
	}
}

static _always_inline_ bool queue_next(struct snapshot_members *it, struct snapshot_text *ret)
{
	const struct snapshot_user_cell *cell;

	if (it->tail - it->head <= QUEUE / 2)
		queue_fill(it);
	if (it->head == it->tail)
		return false;
	cell = (const void *)it->queue[it->head++ % QUEUE];
	*ret = (struct snapshot_text){ cell->body.text, READ_ONCE(&cell->name_len) };
	return ret->len > 0 && ret->len <= NAME_LEN_MAX;
}

static bool listed_next(struct snapshot_members *it, struct snapshot_text *ret)
{
	while (it->n_left > 0) {
		it->n_left--;
		if (!name_next(&it->listed, ret))
			return false;
		if (!position_is_removed(it))
			return true;
	}
	return false;
}

bool snapshot_members_next(struct snapshot_members *it, struct snapshot_text *ret_name)
{
	if (it->cells ? queue_next(it, ret_name) : listed_next(it, ret_name))
		return true;
	return name_next(&it->added, ret_name);
}
