/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks people up in a mapped identity.snap, and in the base below it when it is an overlay. The
 * MUST list is in snapshot-cell.h. Whatever the overlay has under a name or an id, a tombstone or a
 * cell this reader does not understand included, ends the search: the base is not asked.
 */
#include "common/snapshot.h"

#include "common/snapshot-cell.h"

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

	if (cell->flags &
	    ~(SNAPSHOT_CELL_FAR_TEXT | SNAPSHOT_CELL_FAR_GIDS | SNAPSHOT_CELL_PRIVATE))
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

/* The cell under this name in one file. */
static _always_inline_ bool user_find_name(const struct snapshot_map *map, uint64_t hash,
					   const char *name, size_t len,
					   struct snapshot_user_cell *ret)
{
	struct probe probe = probe_start(map, &map->user_names, hash);
	uint32_t ref;

	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, map->users.offset, map->n_user_cells, ref - 1);

		if (!cell)
			return false;
		cell_copy(ret, cell);
		if (ret->name_len == len && memcmp(ret->body.text, name, len) == 0)
			return true;
	}
	return false;
}

static _always_inline_ bool user_find_id(const struct snapshot_map *map, uint64_t hash,
					 uint32_t uid, struct snapshot_user_cell *ret)
{
	struct probe probe = probe_start(map, &map->user_ids, hash);
	uint32_t ref;

	while ((ref = probe_next(&probe)) > 0) {
		const void *cell = cell_at(map, map->users.offset, map->users.n, ref - 1);

		if (!cell)
			return false;
		cell_copy(ret, cell);
		if (ret->uid == uid)
			return true;
	}
	return false;
}

bool snapshot_user_by_id(const struct snapshot_view *view, uint32_t uid,
			 struct snapshot_user *ret_user)
{
	const struct snapshot_map *map = view->map;
	const uint64_t hash = snapshot_hash_id(map->key, uid);

	while (!user_find_id(map, hash, uid, &ret_user->cell)) {
		map = map->under;
		if (!map)
			return false;
	}
	return user_open(map, ret_user);
}

/*
 * An alias is one step: what it leads to is found by id, and that is no alias. A newer record of
 * the person speaks for all the names: an alias of an older file may be of a name that is no more.
 */
static __attribute__((__noinline__, __cold__)) bool
user_open_alias(const struct snapshot_view *view, const struct snapshot_map *map,
		struct snapshot_user *user)
{
	const uint32_t uid = user->cell.uid;
	const uint64_t hash = snapshot_hash_id(view->map->key, uid);

	user->by_alias = true;
	if (map != view->map && user_find_id(view->map, hash, uid, &user->cell))
		return false;
	return snapshot_user_by_id(view, uid, user);
}

static _always_inline_ bool user_open_named(const struct snapshot_view *view,
					    const struct snapshot_map *map,
					    struct snapshot_user *user)
{
	if (__builtin_expect(user->cell.flags == SNAPSHOT_CELL_ALIAS, 0))
		return user_open_alias(view, map, user);
	user->by_alias = false;
	return user_open(map, user);
}

bool snapshot_user_by_name(const struct snapshot_view *view, const char *name, size_t len,
			   struct snapshot_user *ret_user)
{
	const struct snapshot_map *map = view->map;
	uint64_t hash;

	if (len == 0 || len > NAME_LEN_MAX)
		return false;
	hash = snapshot_hash_name(map->key, name, len);
	while (!user_find_name(map, hash, name, len, &ret_user->cell)) {
		map = map->under;
		if (!map)
			return false;
	}
	return user_open_named(view, map, ret_user);
}

bool snapshot_user_between(const struct snapshot_view *view, uint32_t after, uint32_t last,
			   uint8_t flags, struct snapshot_user *ret_user)
{
	struct merge merge = merge_start(view->map, offsetof(struct snapshot_map, users), after);
	const struct snapshot_map *map;
	uint32_t number;

	while ((map = merge_next(&merge, after, &number, &after)) && after <= last) {
		const void *cell = cell_at(map, map->users.offset, map->users.n, number);

		if (!cell)
			return false;
		cell_copy(&ret_user->cell, cell);
		if (ret_user->cell.uid == after && (ret_user->cell.flags & flags) == flags &&
		    user_open(map, ret_user))
			return true;
	}
	return false;
}

bool snapshot_user_after(const struct snapshot_view *view, uint32_t after,
			 struct snapshot_user *ret_user)
{
	return snapshot_user_between(view, after, UINT32_MAX, 0, ret_user);
}
