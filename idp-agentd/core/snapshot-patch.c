/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The members of a group that base and overlay both have: positions of those who left the base's
 * list, names of those who are new. Both lists are by increasing cell, so one walk finds them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/snapshot-cell.h"
#include "idp-agentd/core/snapshot-write-internal.h"

#define PATCH_HEAD 12u /* three words */

struct patch {
	const struct snapshot_leave *leaves;
	size_t n_leaves;
	uint32_t names_len;
	uint32_t removed_len;
};

/* Those of this gid. */
static void find_leaves(const struct snapshot_writer *writer, uint32_t gid, struct patch *patch)
{
	const struct snapshot_leave *leaves = writer->leaves.data;
	size_t low = 0, high = writer->leaves.n;

	if (high == 0)
		return;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (leaves[middle].gid < gid)
			low = middle + 1;
		else
			high = middle;
	}
	patch->leaves = leaves + low;
	for (high = low; high < writer->leaves.n && leaves[high].gid == gid; high++)
		;
	patch->n_leaves = high - low;
}

static bool is_name_of(const struct snapshot_writer *writer, struct snapshot_text name,
		       uint32_t number)
{
	const struct snapshot_map *base = &writer->base;
	const struct snapshot_user_cell *cell =
		cell_at(base, base->users.offset, base->users.n, number);

	return cell && cell->name_len == name.len &&
	       memcmp(cell->body.text, name.at, name.len) == 0;
}

/* Writes the positions; at has room for all. False: not all of them are in the list. */
static bool put_removed(const struct snapshot_writer *writer, const struct snapshot_group *old,
			struct patch *patch, char *at)
{
	char *const begin = at;
	struct snapshot_members members;
	struct snapshot_text name;
	uint32_t before = UINT32_MAX;
	size_t k = 0;

	snapshot_members_begin(old, &members);
	for (uint32_t i = 0;
	     k < patch->n_leaves && i < old->n_members && snapshot_members_next(&members, &name);
	     i++) {
		if (!is_name_of(writer, name, patch->leaves[k].cell))
			continue;
		at = snapshot_put_distance(at, i, &before);
		patch->names_len -= name.len + 1;
		k++;
	}
	patch->removed_len = (uint32_t)(at - begin);
	return k == patch->n_leaves;
}

static char *put_added(const struct snapshot_writer *writer, const uint32_t *row, size_t n,
		       char *at)
{
	for (size_t i = 0; i < n; i++) {
		const struct snapshot_user_cell *user = &users_of(writer)[row[i]];

		memcpy(at, user->body.text, user->name_len);
		at[user->name_len] = '\0';
		at += user->name_len + 1u;
	}
	return at;
}

static bool name_is_kept(const struct snapshot_writer *writer,
			 const struct snapshot_group_cell *group, const struct snapshot_group *old)
{
	return group->name_len == old->name.len &&
	       memcmp(snapshot_writer_group_name(writer, group), old->name.at, old->name.len) == 0;
}

static int patch_write(struct snapshot_writer *writer, size_t g, const struct snapshot_group *old,
		       struct patch *patch)
{
	struct snapshot_group_cell *group = &groups_of(writer)[g];
	const uint32_t *row = writer->of_group + writer->group_start[g];
	const uint32_t n_added = writer->group_start[g + 1] - writer->group_start[g];
	char *begin, *at;
	int r;

	r = snapshot_array_reserve(
		&writer->pool.text,
		PATCH_HEAD + patch->n_leaves * SNAPSHOT_DISTANCE_MAX + group->members_len + 1, 1);
	if (r < 0)
		return r;
	begin = (char *)writer->pool.text.data + writer->pool.text.n;
	patch->names_len = old->names_len + group->members_len;
	if (!put_removed(writer, old, patch, begin + PATCH_HEAD))
		return SNAPSHOT_E_BASE;
	at = put_added(writer, row, n_added, begin + PATCH_HEAD + patch->removed_len);
	memcpy(begin, &patch->names_len, 4);
	memcpy(begin + 4, &patch->removed_len, 4);
	memcpy(begin + 8, &n_added, 4);
	group->n_members = old->n_members - (uint32_t)patch->n_leaves + n_added;
	group->members = (uint32_t)writer->pool.text.n;
	group->members_len = (uint32_t)(at - begin);
	writer->pool.text.n += group->members_len;
	return group->n_members > GROUP_MEMBERS_MAX ? SNAPSHOT_E_BASE : 0;
}

int snapshot_patch_members(struct snapshot_writer *writer, size_t g)
{
	struct snapshot_group_cell *group = &groups_of(writer)[g];
	const struct snapshot_view view = { .map = &writer->base };
	struct snapshot_group old;
	struct patch patch = { .n_leaves = 0 };

	if (!snapshot_group_by_id(&view, group->gid, &old))
		return SNAPSHOT_E_BASE;
	find_leaves(writer, group->gid, &patch);
	if (patch.n_leaves == 0 && group->members_len == 0 && name_is_kept(writer, group, &old)) {
		group->gid = 0;
		return 0;
	}
	return patch_write(writer, g, &old, &patch);
}
