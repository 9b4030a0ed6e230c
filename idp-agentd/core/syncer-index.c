/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open addressing with a factor of 7/8 at most leads from an id to a row, and the row to the hash
 * of the record it was found equal to. An id whose tag is another's leads to that one's row: the
 * hash then differs, since it includes the id, and the record is asked. So does an id that was
 * another name of the same row once.
 */

#include "idp-agentd/core/syncer-index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/secret.h"
#include "common/siphash.h"
#include "common/wire.h"
#include "idp-agentd/core/syncer.h"

#define INDEX_FIRST      4096u
#define INDEX_ROOM_MAX   (DIR_RECORDS_MAX + DIR_RECORDS_MAX / 4)
#define INDEX_GROUPS_MAX (1u << 20)

int syncer_index_init(struct syncer_index *index)
{
	*index = (struct syncer_index){ 0 };
	buf_init(&index->scratch, WIRE_MESSAGE_MAX * 2);
	return secret_random(index->key, sizeof(index->key));
}

void syncer_index_forget(struct syncer_index *index)
{
	free(index->entries);
	free(index->contents);
	free(index->groups);
	index->entries = NULL;
	index->contents = NULL;
	index->groups = NULL;
	index->n = index->room = index->n_rows = index->n_groups = 0;
	index->newest = 0;
}

void syncer_index_done(struct syncer_index *index)
{
	syncer_index_forget(index);
	buf_done(&index->scratch);
}

/* ---- people ---- */

static void put(struct buf *buf, const char *text)
{
	buf_put(buf, text ? text : "", (text ? strlen(text) : 0) + 1);
}

/* Directory and id first: their hash is the place, that of all the content. */
static bool hash_record(struct syncer_index *index, const char *directory, const char *iss,
			const struct dir_user *user, struct syncer_sought *ret)
{
	struct buf *buf = &index->scratch;
	size_t id_len;

	buf_reset(buf);
	put(buf, directory);
	put(buf, user->id);
	id_len = buf->len;
	put(buf, iss);
	put(buf, user->sub);
	put(buf, user->name);
	buf_put_u32(buf, user->uid);
	buf_put_u32(buf, user->gid);
	put(buf, user->gecos);
	put(buf, user->home);
	put(buf, user->shell);
	buf_put_u8(buf, user->active);
	buf_put_u64(buf, user->end_time);
	put(buf, user->loa);
	put(buf, user->origin);
	put(buf, user->ssh_keys);
	put(buf, user->labels);
	*ret = (struct syncer_sought){ 0 };
	if (buf_end(buf) != 0)
		return false;
	ret->id = siphash24(index->key, buf->data, id_len);
	ret->content = siphash24(index->key, buf->data, buf->len);
	ret->content += ret->content == 0;
	return true;
}

static struct syncer_entry *place_of(struct syncer_entry *entries, size_t room, uint32_t tag)
{
	size_t at = (size_t)((uint64_t)tag * room >> 32);

	while (entries[at].row != 0 && entries[at].tag != tag)
		at = at + 1 < room ? at + 1 : 0;
	return &entries[at];
}

int64_t syncer_index_find(struct syncer_index *index, const char *directory, const char *iss,
			  const struct dir_user *user, struct syncer_sought *ret_sought)
{
	uint32_t row;

	if (!hash_record(index, directory, iss, user, ret_sought) || index->n == 0)
		return 0;
	row = place_of(index->entries, index->room, (uint32_t)ret_sought->id)->row;
	return row < index->n_rows && index->contents[row] == ret_sought->content ? row : 0;
}

static bool grow(struct syncer_index *index)
{
	size_t room = index->room ? index->room + index->room / 2 : INDEX_FIRST;
	struct syncer_entry *entries =
		room <= INDEX_ROOM_MAX ? calloc(room, sizeof(*entries)) : NULL;

	if (!entries)
		return false;
	for (size_t i = 0; i < index->room; i++) {
		if (index->entries[i].row != 0)
			*place_of(entries, room, index->entries[i].tag) = index->entries[i];
	}
	free(index->entries);
	index->entries = entries;
	index->room = room;
	return true;
}

static bool grow_rows(struct syncer_index *index, size_t row)
{
	size_t n = row + row / 4 + INDEX_FIRST;
	uint64_t *contents = reallocarray(index->contents, n, sizeof(*contents));

	if (!contents)
		return false;
	memset(contents + index->n_rows, 0, (n - index->n_rows) * sizeof(*contents));
	index->contents = contents;
	index->n_rows = n;
	return true;
}

void syncer_index_learn(struct syncer_index *index, const struct syncer_sought *sought, int64_t row,
			uint64_t last_seen)
{
	struct syncer_entry *entry;

	if (sought->content == 0 || row <= 0 || row > INDEX_ROOM_MAX)
		return;
	if (index->n + index->n / 7 >= index->room && !grow(index))
		return;
	if ((size_t)row >= index->n_rows && !grow_rows(index, (size_t)row))
		return;
	entry = place_of(index->entries, index->room, (uint32_t)sought->id);
	index->n += entry->row == 0;
	*entry = (struct syncer_entry){ .tag = (uint32_t)sought->id, .row = (uint32_t)row };
	index->contents[row] = sought->content;
	if (last_seen > index->newest)
		index->newest = last_seen;
}

void syncer_index_touch(struct syncer_index *index, int64_t row)
{
	if (row > 0 && (size_t)row < index->n_rows)
		index->contents[row] = 0;
}

/* ---- groups ---- */

uint64_t syncer_index_member(const struct syncer_index *index, const char *dir_id)
{
	return siphash24(index->key, dir_id, strlen(dir_id));
}

const struct syncer_digest *syncer_index_group(const struct syncer_index *index, int64_t row)
{
	if (row <= 0 || (size_t)row >= index->n_groups || !index->groups[row].known)
		return NULL;
	return &index->groups[row];
}

void syncer_index_learn_group(struct syncer_index *index, int64_t row, uint64_t sum, size_t n)
{
	size_t at = (size_t)row;

	if (row <= 0 || at >= INDEX_GROUPS_MAX || n > UINT32_MAX)
		return;
	if (at >= index->n_groups) {
		size_t room = at + at / 2 + 64;
		struct syncer_digest *groups = reallocarray(index->groups, room, sizeof(*groups));

		if (!groups)
			return;
		memset(groups + index->n_groups, 0, (room - index->n_groups) * sizeof(*groups));
		index->groups = groups;
		index->n_groups = room;
	}
	index->groups[at] = (struct syncer_digest){ .sum = sum, .n = (uint32_t)n, .known = true };
}

void syncer_index_touch_group(struct syncer_index *index, int64_t row)
{
	if (row > 0 && (size_t)row < index->n_groups)
		index->groups[row].known = false;
}
