/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Collects users, groups and memberships in the shape they have in identity.snap; what becomes of
 * them then is in snapshot-step.c. Invariants: what is refused leaves no trace; in a full file ids
 * grow, so cells are sorted and unique by id from the start (an overlay's are sorted later);
 * whatever a name may not be, it is refused here once more, because every process of the host will
 * believe this file.
 */
#include "idp-agentd/core/snapshot-write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "common/snapshot-map.h"
#include "idp-agentd/core/snapshot-write-internal.h"

struct snapshot_writer *snapshot_writer_new(uint32_t floor, uint32_t ceiling)
{
	struct snapshot_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->floor = floor;
	writer->ceiling = ceiling;
	return writer;
}

struct snapshot_writer *snapshot_writer_free(struct snapshot_writer *writer)
{
	if (!writer)
		return NULL;
	snapshot_file_discard(&writer->file);
	if (writer_is_overlay(writer))
		snapshot_map_close(&writer->base);
	free(writer->users.data);
	free(writer->groups.data);
	free(writer->pairs.data);
	free(writer->pool.text.data);
	free(writer->gids.data);
	free(writer->user_names.data);
	free(writer->group_names.data);
	free(writer->leaves.data);
	free(writer->by_gid.data);
	free(writer->user_start);
	free(writer->of_user);
	free(writer->group_start);
	free(writer->of_group);
	for (size_t i = 0; i < ELEMENTSOF(writer->indexes); i++)
		free(writer->indexes[i]);
	free(writer);
	return NULL;
}

bool snapshot_writer_id_fits(const struct snapshot_writer *writer, uint32_t id)
{
	return id != 0 && id >= writer->floor && id <= writer->ceiling && !name_is_reserved_id(id);
}

/* ---- users, groups, members ---- */

static bool person_is_valid(const struct snapshot_person *person)
{
	return name_is_user(person->name, strlen(person->name)) &&
	       !name_is_reserved_user(person->name) &&
	       name_is_gecos(person->gecos, strlen(person->gecos)) &&
	       name_is_path(person->home, strlen(person->home)) &&
	       name_is_path(person->shell, strlen(person->shell));
}

/* gecos, home and shell into the pool, when they do not fit the cell. */
static int user_put_far(struct snapshot_writer *writer, const struct snapshot_person *person,
			struct snapshot_user_cell *cell)
{
	const size_t gecos_len = strlen(person->gecos), home_len = strlen(person->home);
	uint32_t *words = cell->body.words, ignored;
	int r;

	r = snapshot_pool_put(&writer->pool, person->gecos, gecos_len, true,
			      &words[SNAPSHOT_USER_WORD_TEXT]);
	if (r == 0)
		r = snapshot_pool_put(&writer->pool, person->home, home_len, true, &ignored);
	if (r == 0)
		r = snapshot_pool_put(&writer->pool, person->shell, strlen(person->shell), true,
				      &ignored);
	if (r < 0)
		return r;
	words[SNAPSHOT_USER_WORD_LENGTHS] = (uint32_t)(gecos_len | home_len << 16);
	words[SNAPSHOT_USER_WORD_SHELL] = (uint32_t)strlen(person->shell);
	cell->flags |= SNAPSHOT_CELL_FAR_TEXT;
	return 0;
}

/* One word of the body is kept for a reference to the gids. */
static bool user_is_near(const struct snapshot_person *person)
{
	return strlen(person->name) + strlen(person->gecos) <= SNAPSHOT_USER_BODY - 4;
}

static int user_put_texts(struct snapshot_writer *writer, const struct snapshot_person *person,
			  struct snapshot_user_cell *cell)
{
	const struct snapshot_shape home = snapshot_shape_home(person->home, person->name);
	const struct snapshot_shape shell = { .text = person->shell,
					      .before_len = strlen(person->shell) };
	const size_t name_len = strlen(person->name);
	bool found = false;
	int r;

	memcpy(cell->body.text, person->name, name_len);
	if (!user_is_near(person))
		return user_put_far(writer, person, cell);
	r = snapshot_pool_template(&writer->pool, &home, &cell->home, &found);
	if (r == 0 && found)
		r = snapshot_pool_template(&writer->pool, &shell, &cell->shell, &found);
	if (r < 0)
		return r;
	if (!found)
		return user_put_far(writer, person, cell);
	cell->gecos_len = (uint8_t)strlen(person->gecos);
	memcpy(cell->body.text + name_len, person->gecos, cell->gecos_len);
	return 0;
}

int snapshot_writer_add_user(struct snapshot_writer *writer, const struct snapshot_person *person,
			     uint32_t *ret_user)
{
	const size_t n = writer->users.n;
	struct snapshot_user_cell cell = { .uid = person->uid, .gid = person->gid };
	int r;

	if (!person_is_valid(person))
		return SNAPSHOT_E_NAME;
	if (!snapshot_writer_id_fits(writer, person->uid) ||
	    !snapshot_writer_id_fits(writer, person->gid))
		return SNAPSHOT_E_ID;
	if (!writer_is_overlay(writer) && n > 0 && person->uid <= users_of(writer)[n - 1].uid)
		return SNAPSHOT_E_ORDER;
	if (n + writer->user_names.n >= SNAPSHOT_CELLS_MAX) /* one index has both */
		return -EFBIG;
	r = snapshot_array_reserve(&writer->users, 1, sizeof(cell));
	if (r < 0)
		return r;
	cell.name_len = (uint8_t)strlen(person->name);
	r = user_put_texts(writer, person, &cell);
	if (r < 0)
		return r;
	users_of(writer)[n] = cell;
	writer->users.n = n + 1;
	*ret_user = (uint32_t)n;
	return 0;
}

int snapshot_writer_name_group(struct snapshot_writer *writer, const char *name, size_t len,
			       struct snapshot_group_cell *cell)
{
	cell->name_len = (uint8_t)len;
	if (len <= sizeof(cell->name)) {
		memcpy(cell->name, name, len);
		return 0;
	}
	cell->flags |= SNAPSHOT_CELL_FAR_NAME;
	return snapshot_pool_put(&writer->pool, name, len, false, &cell->far_name);
}

const char *snapshot_writer_group_name(const struct snapshot_writer *writer,
				       const struct snapshot_group_cell *cell)
{
	if (cell->flags & SNAPSHOT_CELL_FAR_NAME)
		return (const char *)writer->pool.text.data + cell->far_name;
	return cell->name;
}

int snapshot_writer_add_group(struct snapshot_writer *writer, const char *name, uint32_t gid,
			      uint32_t *ret_group)
{
	const size_t n = writer->groups.n, len = strlen(name);
	struct snapshot_group_cell cell = { .gid = gid };
	int r;

	if (!name_is_group(name, len) || name_is_reserved_group(name))
		return SNAPSHOT_E_NAME;
	if (!snapshot_writer_id_fits(writer, gid))
		return SNAPSHOT_E_ID;
	if (!writer_is_overlay(writer) && n > 0 && gid <= groups_of(writer)[n - 1].gid)
		return SNAPSHOT_E_ORDER;
	if (n >= SNAPSHOT_CELLS_MAX)
		return -EFBIG;
	r = snapshot_array_reserve(&writer->groups, 1, sizeof(cell));
	if (r == 0)
		r = snapshot_writer_name_group(writer, name, len, &cell);
	if (r == 0 && writer_is_overlay(writer))
		r = snapshot_overlay_note_group(writer, &cell, (uint32_t)n);
	if (r < 0)
		return r == -EEXIST ? SNAPSHOT_E_ORDER : r;
	groups_of(writer)[n] = cell;
	writer->groups.n = n + 1;
	*ret_group = (uint32_t)n;
	return 0;
}

int snapshot_writer_add_member(struct snapshot_writer *writer, uint32_t user, uint32_t group)
{
	struct snapshot_pair *pairs;
	int r;

	if (user >= writer->users.n || group >= writer->groups.n)
		return -EINVAL;
	if (users_of(writer)[user].n_gids >= USER_GROUPS_MAX ||
	    groups_of(writer)[group].n_members >= GROUP_MEMBERS_MAX ||
	    snapshot_overlay_is_full(writer, user, group))
		return SNAPSHOT_E_MANY;
	r = snapshot_array_reserve(&writer->pairs, 1, sizeof(*pairs));
	if (r < 0)
		return r;
	pairs = writer->pairs.data;
	pairs[writer->pairs.n++] = (struct snapshot_pair){ user, group };
	users_of(writer)[user].n_gids++;
	groups_of(writer)[group].n_members++;
	return 0;
}

int snapshot_writer_add_private_group(struct snapshot_writer *writer, uint32_t user)
{
	if (user >= writer->users.n)
		return -EINVAL;
	users_of(writer)[user].flags |= SNAPSHOT_CELL_PRIVATE;
	writer->any_private = true;
	return 0;
}

int snapshot_writer_add_name(struct snapshot_writer *writer, const char *name, size_t len,
			     uint32_t uid, uint8_t flags)
{
	struct snapshot_user_cell cell = { .uid = uid, .name_len = (uint8_t)len, .flags = flags };
	struct snapshot_user_cell *cells;
	int r;

	if (writer->user_names.n + writer->users.n >= SNAPSHOT_CELLS_MAX)
		return -EFBIG;
	r = snapshot_array_reserve(&writer->user_names, 1, sizeof(cell));
	if (r < 0)
		return r;
	memcpy(cell.body.text, name, len);
	cells = writer->user_names.data;
	if (writer->user_names.n > 0 && cells[writer->user_names.n - 1].uid > uid)
		writer->names_unsorted = true;
	cells[writer->user_names.n++] = cell;
	return 0;
}

int snapshot_writer_add_alias(struct snapshot_writer *writer, const char *name, uint32_t uid)
{
	const size_t len = strlen(name);

	if (!name_is_user(name, len) || name_is_reserved_user(name))
		return SNAPSHOT_E_NAME;
	if (!snapshot_writer_id_fits(writer, uid))
		return SNAPSHOT_E_ID;
	return snapshot_writer_add_name(writer, name, len, uid, SNAPSHOT_CELL_ALIAS);
}
