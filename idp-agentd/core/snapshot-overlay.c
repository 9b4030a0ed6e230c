/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an overlay is told, and what follows from it: each person given is looked up in the base,
 * and the difference is who left which group, who is there as before, and which names are gone.
 * Invariant: in the base, whoever has a group's gid is among its members, and the other way round;
 * so people alone decide what becomes of a list, and the overlay keeps that true.
 */
#include "idp-agentd/core/snapshot-overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "common/snapshot-cell.h"
#include "common/snapshot-map.h"
#include "idp-agentd/core/snapshot-write-internal.h"

static int base_open(struct snapshot_map *ret, const char *path)
{
	struct snapshot_map root;
	int r;

	r = snapshot_map_open(&root, path);
	if (r < 0)
		return r;
	if (!(root.flags & SNAPSHOT_OVERLAY)) {
		*ret = root;
		return 0;
	}
	r = snapshot_map_open_base(ret, &root, path);
	snapshot_map_close(&root);
	return r;
}

int snapshot_writer_new_overlay(uint32_t floor, uint32_t ceiling, const char *path,
				struct snapshot_writer **ret)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *writer =
		snapshot_writer_new(floor, ceiling);
	int r;

	if (!writer)
		return -ENOMEM;
	r = base_open(&writer->base, path);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || writer->base.id_floor != floor || writer->base.id_ceiling != ceiling)
		return SNAPSHOT_E_BASE;
	*ret = TAKE_PTR(writer);
	return 0;
}

/* The number of the base's cell with this id. */
static bool base_find(const struct snapshot_writer *writer, const struct snapshot_part *cells,
		      uint32_t id, uint32_t *ret)
{
	uint32_t number = cell_after(&writer->base, cells, id - 1), found;

	if (!cell_next_id(&writer->base, cells, id - 1, &number, &found) || found != id)
		return false;
	*ret = number;
	return true;
}

static struct snapshot_view base_view(const struct snapshot_writer *writer)
{
	return (struct snapshot_view){ .map = &writer->base };
}

/* An explicit one: those of people's own have no cell. */
static bool base_group(const struct snapshot_writer *writer, uint32_t gid,
		       struct snapshot_group *ret)
{
	const struct snapshot_view view = base_view(writer);
	uint32_t number;

	return base_find(writer, &writer->base.groups, gid, &number) &&
	       snapshot_group_by_id(&view, gid, ret);
}

/* ---- groups by gid, while they come in any order ---- */

static uint32_t *gid_slot(const struct snapshot_writer *writer, uint32_t gid)
{
	uint32_t *slots = writer->by_gid.data;
	const size_t mask = writer->by_gid.room - 1;
	size_t at = (gid * 0x9e3779b1u) & mask;

	while (slots[at] != 0 && groups_of(writer)[slots[at] - 1].gid != gid)
		at = (at + 1) & mask;
	return &slots[at];
}

static int gids_grow(struct snapshot_writer *writer)
{
	const size_t room = writer->by_gid.room > 0 ? writer->by_gid.room * 2 : 64;
	uint32_t *slots = calloc(room, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(writer->by_gid.data);
	writer->by_gid = (struct snapshot_array){ .data = slots, .room = room };
	for (size_t g = 0; g < writer->groups.n; g++)
		*gid_slot(writer, groups_of(writer)[g].gid) = (uint32_t)g + 1;
	writer->by_gid.n = writer->groups.n;
	return 0;
}

bool snapshot_overlay_find_group(const struct snapshot_writer *writer, uint32_t gid,
				 uint32_t *ret_number)
{
	const uint32_t *slot = writer->by_gid.room > 0 ? gid_slot(writer, gid) : NULL;

	if (!slot || *slot == 0)
		return false;
	*ret_number = *slot - 1;
	return true;
}

/* The cell goes to groups[number] next. */
int snapshot_overlay_note_group(struct snapshot_writer *writer, struct snapshot_group_cell *cell,
				uint32_t number)
{
	struct snapshot_group group;
	uint32_t have;
	int r;

	if (snapshot_overlay_find_group(writer, cell->gid, &have))
		return -EEXIST;
	if ((writer->by_gid.n + 1) * 2 > writer->by_gid.room) {
		r = gids_grow(writer);
		if (r < 0)
			return r;
	}
	*gid_slot(writer, cell->gid) = number + 1;
	writer->by_gid.n++;
	if (!(cell->flags & SNAPSHOT_CELL_TOMBSTONE) && base_group(writer, cell->gid, &group)) {
		cell->flags |= SNAPSHOT_CELL_PATCH;
		cell->members = group.n_members; /* until the list is written */
	}
	return 0;
}

static bool base_has_member(const struct snapshot_writer *writer, uint32_t uid, uint32_t gid)
{
	const struct snapshot_view view = base_view(writer);
	struct snapshot_user old;

	if (!snapshot_user_by_id(&view, uid, &old))
		return false;
	for (uint32_t i = 0; i < old.n_gids; i++)
		if (old.gids[i] == gid)
			return true;
	return false;
}

bool snapshot_overlay_is_full(const struct snapshot_writer *writer, uint32_t user, uint32_t group)
{
	const struct snapshot_group_cell *cell = &groups_of(writer)[group];

	return (cell->flags & SNAPSHOT_CELL_PATCH) &&
	       (uint64_t)cell->members + cell->n_members >= GROUP_MEMBERS_MAX &&
	       !base_has_member(writer, users_of(writer)[user].uid, cell->gid);
}

static int group_append(struct snapshot_writer *writer, struct snapshot_group_cell *cell,
			uint32_t *ret_group)
{
	const size_t n = writer->groups.n;
	int r;

	if (n >= SNAPSHOT_CELLS_MAX)
		return -EFBIG;
	r = snapshot_array_reserve(&writer->groups, 1, sizeof(*cell));
	if (r == 0)
		r = snapshot_overlay_note_group(writer, cell, (uint32_t)n);
	if (r < 0)
		return r;
	groups_of(writer)[n] = *cell;
	writer->groups.n = n + 1;
	*ret_group = (uint32_t)n;
	return 0;
}

int snapshot_writer_patch_group(struct snapshot_writer *writer, uint32_t gid, uint32_t *ret_group)
{
	struct snapshot_group_cell cell = { .gid = gid };
	struct snapshot_group group;
	int r;

	if (!writer_is_overlay(writer))
		return -EINVAL;
	if (snapshot_overlay_find_group(writer, gid, ret_group))
		return 0;
	if (!base_group(writer, gid, &group))
		return SNAPSHOT_E_ID;
	r = snapshot_writer_name_group(writer, group.name.at, group.name.len, &cell);
	return r < 0 ? r : group_append(writer, &cell, ret_group);
}

int snapshot_writer_add_gone_group(struct snapshot_writer *writer, uint32_t gid)
{
	struct snapshot_group_cell cell = { .gid = gid, .flags = SNAPSHOT_CELL_TOMBSTONE };
	uint32_t number;
	int r;

	if (!writer_is_overlay(writer))
		return -EINVAL;
	if (!snapshot_writer_id_fits(writer, gid))
		return SNAPSHOT_E_ID;
	r = group_append(writer, &cell, &number);
	return r == -EEXIST ? SNAPSHOT_E_ORDER : r;
}

int snapshot_writer_add_gone_user(struct snapshot_writer *writer, uint32_t uid)
{
	struct snapshot_user_cell cell = { .uid = uid, .flags = SNAPSHOT_CELL_TOMBSTONE };
	int r;

	if (!writer_is_overlay(writer))
		return -EINVAL;
	if (!snapshot_writer_id_fits(writer, uid))
		return SNAPSHOT_E_ID;
	if (writer->users.n >= SNAPSHOT_CELLS_MAX)
		return -EFBIG;
	r = snapshot_array_reserve(&writer->users, 1, sizeof(cell));
	if (r < 0)
		return r;
	users_of(writer)[writer->users.n++] = cell;
	return 0;
}

/* ---- phases ---- */

struct numbered {
	uint32_t id;
	uint32_t number;
};

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * Sorts n cells, which begin with their id. *ret_moved tells the new number of each. One id twice:
 * SNAPSHOT_E_TWICE.
 */
static int cells_sort(struct snapshot_array *cells, uint32_t **ret_moved)
{
	_cleanup_free_ struct numbered *order = calloc(cells->n + 1, sizeof(*order));
	_cleanup_free_ uint32_t *moved = calloc(cells->n + 1, sizeof(*moved));
	_cleanup_free_ char *sorted = calloc(cells->n + 1, SNAPSHOT_CELL_SIZE);
	const char *old = cells->data;

	if (!order || !moved || !sorted)
		return -ENOMEM;
	for (size_t i = 0; i < cells->n; i++) {
		memcpy(&order[i].id, old + i * SNAPSHOT_CELL_SIZE, 4);
		order[i].number = (uint32_t)i;
	}
	qsort(order, cells->n, sizeof(*order), compare_numbered);
	for (size_t i = 0; i < cells->n; i++) {
		if (i > 0 && order[i].id == order[i - 1].id)
			return SNAPSHOT_E_TWICE;
		memcpy(sorted + i * SNAPSHOT_CELL_SIZE,
		       old + (size_t)order[i].number * SNAPSHOT_CELL_SIZE, SNAPSHOT_CELL_SIZE);
		moved[order[i].number] = (uint32_t)i;
	}
	free(cells->data);
	*cells = (struct snapshot_array){ TAKE_PTR(sorted), cells->n, cells->n + 1 };
	*ret_moved = TAKE_PTR(moved);
	return 0;
}

int snapshot_overlay_order(struct snapshot_writer *writer)
{
	_cleanup_free_ uint32_t *moved = NULL;
	struct snapshot_pair *pairs = writer->pairs.data;
	const int r = cells_sort(&writer->users, &moved);

	if (r != 0)
		return r;
	for (size_t i = 0; i < writer->pairs.n; i++)
		pairs[i].user = moved[pairs[i].user];
	return 0;
}

static int leave_add(struct snapshot_writer *writer, uint32_t gid, uint32_t cell)
{
	const int r = snapshot_array_reserve(&writer->leaves, 1, sizeof(struct snapshot_leave));
	struct snapshot_leave *leaves = writer->leaves.data;

	if (r < 0)
		return r;
	leaves[writer->leaves.n++] = (struct snapshot_leave){ gid, cell };
	return 0;
}

/* Marks the membership of user u in gid as one the base knows, if there is one. */
static bool member_stays(struct snapshot_writer *writer, size_t u, uint32_t gid)
{
	for (size_t k = writer->user_start[u]; k < writer->user_start[u + 1]; k++) {
		if (groups_of(writer)[writer->of_user[k] & ~MEMBER_STAYS].gid != gid)
			continue;
		writer->of_user[k] |= MEMBER_STAYS;
		return true;
	}
	return false;
}

/* The base's other names of uid are gone, those given again come before them in the index. */
static int aliases_end(struct snapshot_writer *writer, uint32_t uid)
{
	const struct snapshot_map *base = &writer->base;
	const struct snapshot_part names = {
		.offset = base->users.offset + base->users.n * SNAPSHOT_CELL_SIZE,
		.n = base->n_user_cells - base->users.n,
	};
	int r = 0;

	for (uint32_t i = cell_after(base, &names, uid - 1); r == 0 && i < names.n; i++) {
		struct snapshot_user_cell cell;

		cell_copy(&cell, cell_at(base, names.offset, names.n, i));
		if (cell.uid != uid)
			break;
		if (cell.name_len > 0 && cell.name_len <= NAME_LEN_MAX)
			r = snapshot_writer_add_name(writer, cell.body.text, cell.name_len, uid,
						     SNAPSHOT_CELL_TOMBSTONE);
	}
	return r;
}

static int person_differs(struct snapshot_writer *writer, size_t u)
{
	const struct snapshot_user_cell *cell = &users_of(writer)[u];
	const struct snapshot_view view = base_view(writer);
	struct snapshot_user old;
	uint32_t number;
	bool renamed;
	int r;

	if (!base_find(writer, &writer->base.users, cell->uid, &number) ||
	    !snapshot_user_by_id(&view, cell->uid, &old))
		return 0;
	renamed = cell->name_len != old.name.len ||
		  memcmp(cell->body.text, old.name.at, old.name.len) != 0;
	r = aliases_end(writer, cell->uid);
	if (r == 0 && renamed)
		r = snapshot_writer_add_name(writer, old.name.at, old.name.len, old.uid,
					     SNAPSHOT_CELL_TOMBSTONE);
	for (uint32_t i = 0; r == 0 && i < old.n_gids; i++)
		if (renamed || !member_stays(writer, u, old.gids[i]))
			r = leave_add(writer, old.gids[i], number);
	return r;
}

int snapshot_overlay_people(struct snapshot_writer *writer)
{
	while (writer->at < writer->users.n) {
		const int r = person_differs(writer, writer->at++);

		if (r < 0)
			return r;
		if (clock_now() >= writer->deadline)
			return SNAPSHOT_E_MORE;
	}
	return 0;
}

static int compare_leaves(const void *a, const void *b)
{
	const struct snapshot_leave *x = a, *y = b;

	if (x->gid != y->gid)
		return x->gid < y->gid ? -1 : 1;
	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

/* Every group that somebody left is in the overlay. */
static int groups_complete(struct snapshot_writer *writer)
{
	const struct snapshot_leave *leaves = writer->leaves.data;
	uint32_t number;
	int r = 0;

	if (writer->leaves.n > 0)
		qsort(writer->leaves.data, writer->leaves.n, sizeof(*leaves), compare_leaves);
	for (size_t i = 0; r >= 0 && i < writer->leaves.n; i++)
		if (i == 0 || leaves[i].gid != leaves[i - 1].gid)
			r = snapshot_writer_patch_group(writer, leaves[i].gid, &number);
	return r < 0 ? r : 0;
}

static int group_name_ends(struct snapshot_writer *writer, const struct snapshot_group *old)
{
	struct snapshot_group_cell cell = { .gid = old->gid, .flags = SNAPSHOT_CELL_TOMBSTONE };
	struct snapshot_group_cell *cells;
	int r;

	r = snapshot_array_reserve(&writer->group_names, 1, sizeof(cell));
	if (r == 0)
		r = snapshot_writer_name_group(writer, old->name.at, old->name.len, &cell);
	if (r < 0)
		return r;
	cells = writer->group_names.data;
	cells[writer->group_names.n++] = cell;
	return 0;
}

static bool group_is_renamed(const struct snapshot_writer *writer,
			     const struct snapshot_group_cell *cell,
			     const struct snapshot_group *old)
{
	return cell->name_len != old->name.len ||
	       memcmp(snapshot_writer_group_name(writer, cell), old->name.at, old->name.len) != 0;
}

/* Names of groups that are gone. n_members becomes the number of those who are new in the group. */
static int groups_differ(struct snapshot_writer *writer)
{
	struct snapshot_group old;
	int r = 0;

	for (size_t g = 0; r == 0 && g < writer->groups.n; g++) {
		struct snapshot_group_cell *cell = &groups_of(writer)[g];

		cell->n_members = 0;
		if (base_group(writer, cell->gid, &old) && group_is_renamed(writer, cell, &old))
			r = group_name_ends(writer, &old);
	}
	for (size_t k = 0; k < writer->pairs.n; k++)
		if (!(writer->of_user[k] & MEMBER_STAYS))
			groups_of(writer)[writer->of_user[k]].n_members++;
	return r;
}

int snapshot_overlay_groups(struct snapshot_writer *writer)
{
	_cleanup_free_ uint32_t *moved = NULL;
	int r;

	r = groups_complete(writer);
	if (r == 0)
		r = cells_sort(&writer->groups, &moved);
	if (r != 0)
		return r;
	for (size_t k = 0; k < writer->pairs.n; k++) {
		const uint32_t g = writer->of_user[k];

		writer->of_user[k] = moved[g & ~MEMBER_STAYS] | (g & MEMBER_STAYS);
	}
	return groups_differ(writer);
}

/* Aliases that are the name of a person of the base who stays. */
static bool alias_is_taken(const struct snapshot_writer *writer,
			   const struct snapshot_user_cell *alias)
{
	const struct snapshot_view view = base_view(writer);
	struct snapshot_user user;

	if (alias->flags != SNAPSHOT_CELL_ALIAS ||
	    !snapshot_user_by_name(&view, alias->body.text, alias->name_len, &user) ||
	    user.name.len != alias->name_len ||
	    memcmp(user.name.at, alias->body.text, alias->name_len) != 0)
		return false;
	return !bsearch(&user.uid, writer->users.data, writer->users.n, SNAPSHOT_CELL_SIZE,
			compare_numbered);
}

/* Takes out what says nothing: groups that turned out as they were, aliases of no effect. */
int snapshot_overlay_drop(struct snapshot_writer *writer)
{
	struct snapshot_group_cell *groups = groups_of(writer);
	struct snapshot_user_cell *names = writer->user_names.data;
	size_t kept = 0;

	for (size_t g = 0; g < writer->groups.n; g++)
		if (groups[g].gid != 0)
			groups[kept++] = groups[g];
	writer->groups.n = kept;
	kept = 0;
	for (size_t i = 0; i < writer->user_names.n; i++)
		if (!alias_is_taken(writer, &names[i]))
			names[kept++] = names[i];
	writer->user_names.n = kept;
	return 0;
}
