/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks groups up, as snapshot-read.c does people. A group is searched first among the group cells
 * of both files, then among the people who have a group of their own: an explicit group wins.
 */
#include "common/snapshot.h"

#include "common/snapshot-cell.h"

#define KNOWN_FLAGS (SNAPSHOT_CELL_FAR_NAME | SNAPSHOT_CELL_COMPACT | SNAPSHOT_CELL_PATCH)

static _always_inline_ bool group_name(const struct snapshot_map *map, struct snapshot_group *group)
{
	const struct snapshot_group_cell *cell = &group->cell;
	const char *name = cell->name;

	if (cell->name_len == 0 || cell->name_len > GROUP_NAME_LEN_MAX)
		return false;
	if (cell->flags & SNAPSHOT_CELL_FAR_NAME)
		name = pool_at(map, cell->far_name, cell->name_len);
	else if (cell->name_len > sizeof(cell->name))
		return false;
	group->name = (struct snapshot_text){ name, cell->name_len };
	return name != NULL;
}

/* A word in front of coded members. */
static bool take_word(struct snapshot_text *text, uint32_t *ret)
{
	if (text->len < 4)
		return false;
	memcpy(ret, text->at, 4);
	text->at += 4;
	text->len -= 4;
	return true;
}

/* n names of names_len bytes with their NULs: can that be? */
static bool names_may_be(uint32_t n, uint32_t names_len)
{
	return n <= names_len / 2 && names_len <= (uint64_t)n * (NAME_LEN_MAX + 1);
}

/* Sets the list of the file itself, which no patch has touched. */
static _always_inline_ bool group_list(const struct snapshot_map *map, struct snapshot_group *group)
{
	const struct snapshot_group_cell *cell = &group->cell;
	const char *members = pool_at(map, cell->members, cell->members_len);

	if (!members)
		return false;
	group->members = (struct snapshot_text){ members, cell->members_len };
	group->n_listed = group->n_members = cell->n_members;
	group->names_len = cell->members_len;
	group->cells = NULL;
	group->removed = group->added = (struct snapshot_text){ "", 0 };
	/* A member is at least one byte and its NUL. */
	if (!(cell->flags & SNAPSHOT_CELL_COMPACT))
		return cell->n_members <= cell->members_len / 2;
	group->cells = map;
	return take_word(&group->members, &group->names_len) &&
	       cell->n_members <= group->members.len &&
	       names_may_be(cell->n_members, group->names_len);
}

/* group->cell is filled in; the rest follows from it. */
static _always_inline_ bool group_open_cell(const struct snapshot_map *map,
					    struct snapshot_group *group)
{
	if ((group->cell.flags & ~KNOWN_FLAGS) || !id_is_ours(map, group->cell.gid))
		return false;
	group->gid = group->cell.gid;
	return group_name(map, group);
}

static _always_inline_ bool group_find_id(const struct snapshot_map *map, uint64_t hash,
					  uint32_t gid, struct snapshot_group_cell *ret)
{
	struct probe probe = probe_start(map, &map->group_ids, hash);
	uint32_t ref;

	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, map->groups.offset, map->groups.n, ref - 1);

		if (!cell)
			return false;
		cell_copy(ret, cell);
		if (ret->gid == gid)
			return true;
	}
	return false;
}

/* The list of the base's group, changed as the overlay's cell says. */
static __attribute__((__noinline__)) bool group_patch(const struct snapshot_map *map,
						      struct snapshot_group *group)
{
	const struct snapshot_map *base = map->under;
	const char *at = pool_at(map, group->cell.members, group->cell.members_len);
	struct snapshot_text patch = { at, group->cell.members_len };
	struct snapshot_group under;
	uint32_t names_len, removed_len, n_added;

	if (!at || !base || !take_word(&patch, &names_len) || !take_word(&patch, &removed_len) ||
	    !take_word(&patch, &n_added) || removed_len > patch.len)
		return false;
	if (!group_find_id(base, snapshot_hash_id(base->key, group->gid), group->gid,
			   &under.cell) ||
	    (under.cell.flags & ~(SNAPSHOT_CELL_FAR_NAME | SNAPSHOT_CELL_COMPACT)) ||
	    !group_list(base, &under))
		return false;
	group->members = under.members;
	group->cells = under.cells;
	group->n_listed = under.n_members;
	group->n_members = group->cell.n_members;
	group->names_len = names_len;
	group->removed = (struct snapshot_text){ patch.at, removed_len };
	group->added = (struct snapshot_text){ patch.at + removed_len, patch.len - removed_len };
	return n_added <= group->added.len / 2 &&
	       group->n_members <= (uint64_t)group->n_listed + n_added &&
	       names_may_be(group->n_members, names_len);
}

static _always_inline_ bool group_open(const struct snapshot_map *map, struct snapshot_group *group)
{
	if (!group_open_cell(map, group))
		return false;
	if (__builtin_expect(group->cell.flags & SNAPSHOT_CELL_PATCH, 0))
		return group_patch(map, group);
	return group_list(map, group);
}

static _always_inline_ bool group_find_name(const struct snapshot_map *map, uint64_t hash,
					    const char *name, size_t len,
					    struct snapshot_group *group)
{
	struct probe probe = probe_start(map, &map->group_names, hash);
	uint32_t ref;

	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, map->groups.offset, map->n_group_cells, ref - 1);

		if (!cell)
			return false;
		cell_copy(&group->cell, cell);
		if (group->cell.name_len == len && group_name(map, group) &&
		    memcmp(group->name.at, name, len) == 0)
			return true;
	}
	return false;
}

/* ---- groups of one's own ---- */

static bool private_exist(const struct snapshot_map *map)
{
	return (map->flags & SNAPSHOT_PRIVATE) ||
	       (map->under && (map->under->flags & SNAPSHOT_PRIVATE));
}

/* The group of this user's own. The name is copied: the user is the caller's and goes away. */
static bool private_open(const struct snapshot_user *user, struct snapshot_group *group)
{
	if (!(user->cell.flags & SNAPSHOT_CELL_PRIVATE))
		return false;
	memcpy(group->cell.name, user->name.at, user->name.len);
	group->name = (struct snapshot_text){ group->cell.name, user->name.len };
	group->gid = user->uid;
	group->n_members = group->n_listed = group->names_len = 0;
	group->members = group->removed = group->added = (struct snapshot_text){ "", 0 };
	group->cells = NULL;
	return true;
}

static_assert(SNAPSHOT_GROUP_NAME >= NAME_LEN_MAX, "a user's name fits a group's cell");

static __attribute__((__noinline__)) bool private_by_name(const struct snapshot_view *view,
							  const char *name, size_t len,
							  struct snapshot_group *group)
{
	struct snapshot_user user;

	/* By an alias there is no group. */
	return private_exist(view->map) && snapshot_user_by_name(view, name, len, &user) &&
	       !user.by_alias && private_open(&user, group);
}

static __attribute__((__noinline__)) bool private_by_id(const struct snapshot_view *view,
							uint32_t gid, struct snapshot_group *group)
{
	struct snapshot_user user;

	return private_exist(view->map) && snapshot_user_by_id(view, gid, &user) &&
	       private_open(&user, group);
}

/* ---- */

bool snapshot_group_by_name(const struct snapshot_view *view, const char *name, size_t len,
			    struct snapshot_group *ret_group)
{
	const struct snapshot_map *map = view->map;
	uint64_t hash;

	if (len == 0 || len > GROUP_NAME_LEN_MAX)
		return false;
	hash = snapshot_hash_name(map->key, name, len);
	if (!group_find_name(map, hash, name, len, ret_group)) {
		map = map->under;
		if (!map || !group_find_name(map, hash, name, len, ret_group))
			return private_by_name(view, name, len, ret_group);
	}
	if (ret_group->cell.flags & SNAPSHOT_CELL_TOMBSTONE)
		return private_by_name(view, name, len, ret_group);
	return group_open(map, ret_group);
}

bool snapshot_group_by_id(const struct snapshot_view *view, uint32_t gid,
			  struct snapshot_group *ret_group)
{
	const struct snapshot_map *map = view->map;
	const uint64_t hash = snapshot_hash_id(map->key, gid);

	if (!group_find_id(map, hash, gid, &ret_group->cell)) {
		map = map->under;
		if (!map || !group_find_id(map, hash, gid, &ret_group->cell))
			return private_by_id(view, gid, ret_group);
	}
	if (ret_group->cell.flags & SNAPSHOT_CELL_TOMBSTONE)
		return private_by_id(view, gid, ret_group);
	return group_open(map, ret_group);
}

/* The next one that has a cell. */
static bool group_cell_after(const struct snapshot_view *view, uint32_t after,
			     struct snapshot_group *ret_group)
{
	struct merge merge = merge_start(view->map, offsetof(struct snapshot_map, groups), after);
	const struct snapshot_map *map;
	uint32_t number;

	while ((map = merge_next(&merge, after, &number, &after))) {
		const void *cell = cell_at(map, map->groups.offset, map->groups.n, number);

		if (!cell)
			return false;
		cell_copy(&ret_group->cell, cell);
		if (ret_group->cell.gid == after && group_open(map, ret_group))
			return true;
	}
	return false;
}

bool snapshot_group_after(const struct snapshot_view *view, uint32_t after,
			  struct snapshot_group *ret_group)
{
	const bool found = group_cell_after(view, after, ret_group);
	struct snapshot_user user;

	/* A group of one's own in front of that one? */
	if (private_exist(view->map) &&
	    snapshot_user_between(view, after, found ? ret_group->gid - 1 : UINT32_MAX,
				  SNAPSHOT_CELL_PRIVATE, &user))
		return private_open(&user, ret_group);
	return found;
}
