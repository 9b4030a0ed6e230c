/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks records up in a mapped identity.snap. The file may turn into zeros, or into anything,
 * between two instructions, so this file
 *
 *  1. MUST bound every offset, count and length where it is used, on a value read once.
 *  2. MUST NOT loop longer than the format allows: a probe ends, and so does a search.
 *  3. MUST NOT answer with an id that is 0, reserved, or outside of the header's range.
 *
 * Cells are copied first and judged then; texts elsewhere are handed out with their length.
 */
#include "common/snapshot.h"

#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "common/snapshot-hash.h"

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

static _always_inline_ const void *cell_at(const struct snapshot_map *map,
					   const struct snapshot_part *cells, uint32_t number)
{
	if (number >= cells->n)
		return NULL;
	return map->base + cells->offset + (size_t)number * SNAPSHOT_CELL_SIZE;
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

/* Writes the up to three pieces a template stands for. */
static _always_inline_ bool template_expand(const struct snapshot_map *map, uint8_t number,
					    const struct snapshot_text *name,
					    struct snapshot_text ret[static 3])
{
	const struct snapshot_template *templates =
		(const struct snapshot_template *)(const void *)(map->base + map->templates.offset);
	struct snapshot_template once;
	const char *text;

	if (number >= map->templates.n)
		return false;
	once.text = READ_ONCE(&templates[number].text);
	once.before_len = READ_ONCE(&templates[number].before_len);
	once.after_len = READ_ONCE(&templates[number].after_len);
	once.flags = READ_ONCE(&templates[number].flags);
	text = pool_at(map, once.text, (uint64_t)once.before_len + once.after_len);
	if (!text)
		return false;
	ret[0] = (struct snapshot_text){ text, once.before_len };
	ret[1] = (once.flags & SNAPSHOT_TEMPLATE_NAMED) ? *name : (struct snapshot_text){ text, 0 };
	ret[2] = (struct snapshot_text){ text + once.before_len, once.after_len };
	return true;
}

static bool user_far_text(const struct snapshot_map *map, struct snapshot_user *user)
{
	const uint32_t *words = user->cell.body.words;
	const uint32_t gecos_len = words[SNAPSHOT_USER_WORD_LENGTHS] & 0xffff;
	const uint32_t home_len = words[SNAPSHOT_USER_WORD_LENGTHS] >> 16;
	const uint32_t shell_len = words[SNAPSHOT_USER_WORD_SHELL];
	const char *text = pool_at(map, words[SNAPSHOT_USER_WORD_TEXT],
				   (uint64_t)gecos_len + home_len + shell_len + 3);

	if (!text || gecos_len > GECOS_LEN_MAX || home_len > PATH_LEN_MAX ||
	    shell_len > PATH_LEN_MAX)
		return false;
	user->gecos = (struct snapshot_text){ text, gecos_len };
	text += gecos_len + 1;
	user->home[0] = (struct snapshot_text){ text, home_len };
	user->home[1] = user->home[2] = (struct snapshot_text){ text, 0 };
	user->shell = (struct snapshot_text){ text + home_len + 1, shell_len };
	return true;
}

/* near is the room in front of the words that stand at the end of the body. */
static _always_inline_ bool user_near_text(const struct snapshot_map *map,
					   struct snapshot_user *user, size_t near)
{
	const struct snapshot_user_cell *cell = &user->cell;
	struct snapshot_text shell[3];

	if ((size_t)cell->name_len + cell->gecos_len > near)
		return false;
	user->gecos = (struct snapshot_text){ cell->body.text + cell->name_len, cell->gecos_len };
	if (!template_expand(map, cell->home, &user->name, user->home) ||
	    !template_expand(map, cell->shell, &user->name, shell))
		return false;
	user->shell = shell[0];
	return shell[1].len == 0 && shell[2].len == 0;
}

/* Sets gids; *ret_room is what the name and the GECOS field may use of the body. */
static _always_inline_ bool user_gids(const struct snapshot_map *map, struct snapshot_user *user,
				      size_t *ret_room)
{
	const struct snapshot_user_cell *cell = &user->cell;
	const uint32_t first = cell->body.words[SNAPSHOT_USER_WORD_GIDS];
	const size_t n_words = ELEMENTSOF(cell->body.words);

	user->n_gids = cell->n_gids;
	if (cell->flags & SNAPSHOT_CELL_FAR_GIDS) {
		if (first > map->gids.n || cell->n_gids > map->gids.n - first)
			return false;
		user->gids = (const uint32_t *)(const void *)(map->base + map->gids.offset) + first;
		*ret_room = SNAPSHOT_USER_BODY - 4;
		return true;
	}
	if (cell->n_gids > n_words)
		return false;
	user->gids = cell->body.words + n_words - cell->n_gids;
	*ret_room = SNAPSHOT_USER_BODY - 4u * cell->n_gids;
	return true;
}

/* user->cell is filled in; the rest follows from it. */
static bool user_open(const struct snapshot_map *map, struct snapshot_user *user)
{
	const struct snapshot_user_cell *cell = &user->cell;
	size_t room;

	if (cell->flags & ~(SNAPSHOT_CELL_FAR_TEXT | SNAPSHOT_CELL_FAR_GIDS))
		return false;
	if (!id_is_ours(map, cell->uid) || !id_is_ours(map, cell->gid))
		return false;
	if (cell->name_len == 0 || cell->name_len > NAME_LEN_MAX)
		return false;
	user->uid = cell->uid;
	user->gid = cell->gid;
	user->name = (struct snapshot_text){ cell->body.text, cell->name_len };
	if (!user_gids(map, user, &room))
		return false;
	if (!(cell->flags & SNAPSHOT_CELL_FAR_TEXT))
		return user_near_text(map, user, room);
	if (!(cell->flags & SNAPSHOT_CELL_FAR_GIDS) && cell->n_gids > 0)
		return false;
	return user_far_text(map, user);
}

bool snapshot_user_by_name(const struct snapshot_view *view, const char *name, size_t len,
			   struct snapshot_user *ret_user)
{
	const struct snapshot_map *map = view->map;
	struct probe probe;
	uint32_t ref;

	if (len == 0 || len > NAME_LEN_MAX)
		return false;
	probe = probe_start(map, &map->user_names, snapshot_hash_name(map->key, name, len));
	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, &map->users, ref - 1);

		if (!cell)
			return false;
		cell_copy(&ret_user->cell, cell);
		if (ret_user->cell.name_len == len &&
		    memcmp(ret_user->cell.body.text, name, len) == 0)
			return user_open(map, ret_user);
	}
	return false;
}

bool snapshot_user_by_id(const struct snapshot_view *view, uint32_t uid,
			 struct snapshot_user *ret_user)
{
	const struct snapshot_map *map = view->map;
	struct probe probe = probe_start(map, &map->user_ids, snapshot_hash_id(map->key, uid));
	uint32_t ref;

	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, &map->users, ref - 1);

		if (!cell)
			return false;
		cell_copy(&ret_user->cell, cell);
		if (ret_user->cell.uid == uid)
			return user_open(map, ret_user);
	}
	return false;
}

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

/* group->cell is filled in; the rest follows from it. */
static bool group_open(const struct snapshot_map *map, struct snapshot_group *group)
{
	const struct snapshot_group_cell *cell = &group->cell;
	const char *members;

	if ((cell->flags & ~SNAPSHOT_CELL_FAR_NAME) || !id_is_ours(map, cell->gid))
		return false;
	if (!group_name(map, group))
		return false;
	/* A member is at least one byte and its NUL. */
	members = pool_at(map, cell->members, cell->members_len);
	if (!members || cell->n_members > cell->members_len / 2)
		return false;
	group->gid = cell->gid;
	group->n_members = cell->n_members;
	group->members = (struct snapshot_text){ members, cell->members_len };
	return true;
}

bool snapshot_group_by_name(const struct snapshot_view *view, const char *name, size_t len,
			    struct snapshot_group *ret_group)
{
	const struct snapshot_map *map = view->map;
	struct probe probe;
	uint32_t ref;

	if (len == 0 || len > GROUP_NAME_LEN_MAX)
		return false;
	probe = probe_start(map, &map->group_names, snapshot_hash_name(map->key, name, len));
	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, &map->groups, ref - 1);

		if (!cell)
			return false;
		cell_copy(&ret_group->cell, cell);
		if (ret_group->cell.name_len == len && group_name(map, ret_group) &&
		    memcmp(ret_group->name.at, name, len) == 0)
			return group_open(map, ret_group);
	}
	return false;
}

bool snapshot_group_by_id(const struct snapshot_view *view, uint32_t gid,
			  struct snapshot_group *ret_group)
{
	const struct snapshot_map *map = view->map;
	struct probe probe = probe_start(map, &map->group_ids, snapshot_hash_id(map->key, gid));
	uint32_t ref;

	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, &map->groups, ref - 1);

		if (!cell)
			return false;
		cell_copy(&ret_group->cell, cell);
		if (ret_group->cell.gid == gid)
			return group_open(map, ret_group);
	}
	return false;
}

/* The first cell with an id above after: both kinds begin with their id, by increasing id. */
static uint32_t cell_after(const struct snapshot_map *map, const struct snapshot_part *cells,
			   uint32_t after)
{
	uint32_t low = 0, high = cells->n;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const uint32_t *id = cell_at(map, cells, middle);

		if (id && READ_ONCE(id) <= after)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool snapshot_user_after(const struct snapshot_view *view, uint32_t after,
			 struct snapshot_user *ret_user)
{
	const struct snapshot_map *map = view->map;

	for (uint32_t i = cell_after(map, &map->users, after); i < map->users.n; i++) {
		cell_copy(&ret_user->cell, cell_at(map, &map->users, i));
		if (ret_user->cell.uid > after && user_open(map, ret_user))
			return true;
	}
	return false;
}

bool snapshot_group_after(const struct snapshot_view *view, uint32_t after,
			  struct snapshot_group *ret_group)
{
	const struct snapshot_map *map = view->map;

	for (uint32_t i = cell_after(map, &map->groups, after); i < map->groups.n; i++) {
		cell_copy(&ret_group->cell, cell_at(map, &map->groups, i));
		if (ret_group->cell.gid > after && group_open(map, ret_group))
			return true;
	}
	return false;
}
