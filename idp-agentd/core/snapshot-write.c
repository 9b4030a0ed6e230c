/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Collects users, groups and memberships in the shape they have in identity.snap, then lays the
 * sections out and hands them to snapshot-file.c. Invariants: what is refused leaves no trace;
 * ids grow, so cells are sorted and unique by id from the start; whatever a name may not be, it
 * is refused here once more, because every process of the host will believe this file.
 */
#include "idp-agentd/core/snapshot-write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "common/snapshot-format.h"
#include "idp-agentd/core/snapshot-file.h"
#include "idp-agentd/core/snapshot-index.h"
#include "idp-agentd/core/snapshot-pool.h"

struct pair {
	uint32_t user;
	uint32_t group;
};

struct snapshot_writer {
	uint32_t floor;
	uint32_t ceiling;
	struct snapshot_array users;  /* struct snapshot_user_cell */
	struct snapshot_array groups; /* struct snapshot_group_cell */
	struct snapshot_array pairs;  /* struct pair */
	struct snapshot_array gids;   /* uint32_t */
	struct snapshot_pool pool;
	uint32_t *indexes[SNAPSHOT_INDEXES]; /* in the order of the header */
};

static struct snapshot_user_cell *users_of(const struct snapshot_writer *writer)
{
	return writer->users.data;
}

static struct snapshot_group_cell *groups_of(const struct snapshot_writer *writer)
{
	return writer->groups.data;
}

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
	free(writer->users.data);
	free(writer->groups.data);
	free(writer->pairs.data);
	free(writer->pool.text.data);
	free(writer->gids.data);
	for (size_t i = 0; i < ELEMENTSOF(writer->indexes); i++)
		free(writer->indexes[i]);
	free(writer);
	return NULL;
}

static bool id_fits(const struct snapshot_writer *writer, uint32_t id)
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
	if (!id_fits(writer, person->uid) || !id_fits(writer, person->gid))
		return SNAPSHOT_E_ID;
	if (n > 0 && person->uid <= users_of(writer)[n - 1].uid)
		return SNAPSHOT_E_ORDER;
	if (n >= SNAPSHOT_CELLS_MAX)
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

int snapshot_writer_add_group(struct snapshot_writer *writer, const char *name, uint32_t gid,
			      uint32_t *ret_group)
{
	const size_t n = writer->groups.n, len = strlen(name);
	struct snapshot_group_cell cell = { .gid = gid };
	int r;

	if (!name_is_group(name, len) || name_is_reserved_group(name))
		return SNAPSHOT_E_NAME;
	if (!id_fits(writer, gid))
		return SNAPSHOT_E_ID;
	if (n > 0 && gid <= groups_of(writer)[n - 1].gid)
		return SNAPSHOT_E_ORDER;
	if (n >= SNAPSHOT_CELLS_MAX)
		return -EFBIG;
	r = snapshot_array_reserve(&writer->groups, 1, sizeof(cell));
	if (r < 0)
		return r;
	cell.name_len = (uint8_t)len;
	if (len <= sizeof(cell.name)) {
		memcpy(cell.name, name, len);
	} else {
		r = snapshot_pool_put(&writer->pool, name, len, false, &cell.far_name);
		if (r < 0)
			return r;
		cell.flags = SNAPSHOT_CELL_FAR_NAME;
	}
	groups_of(writer)[n] = cell;
	writer->groups.n = n + 1;
	*ret_group = (uint32_t)n;
	return 0;
}

int snapshot_writer_add_member(struct snapshot_writer *writer, uint32_t user, uint32_t group)
{
	struct pair *pairs;
	int r;

	if (user >= writer->users.n || group >= writer->groups.n)
		return -EINVAL;
	if (users_of(writer)[user].n_gids >= USER_GROUPS_MAX ||
	    groups_of(writer)[group].n_members >= GROUP_MEMBERS_MAX)
		return SNAPSHOT_E_MANY;
	r = snapshot_array_reserve(&writer->pairs, 1, sizeof(*pairs));
	if (r < 0)
		return r;
	pairs = writer->pairs.data;
	pairs[writer->pairs.n++] = (struct pair){ user, group };
	users_of(writer)[user].n_gids++;
	groups_of(writer)[group].n_members++;
	return 0;
}

/* ---- layout ---- */

static bool user_gids_are_near(const struct snapshot_user_cell *cell)
{
	return !(cell->flags & SNAPSHOT_CELL_FAR_TEXT) &&
	       (size_t)cell->name_len + cell->gecos_len + 4u * cell->n_gids <= SNAPSHOT_USER_BODY;
}

/* Gives each user room for the gids, in the cell or in the section; n_gids becomes 0 again. */
static int layout_user_gids(struct snapshot_writer *writer)
{
	uint32_t n_far = 0;

	for (size_t i = 0; i < writer->users.n; i++) {
		struct snapshot_user_cell *cell = &users_of(writer)[i];

		if (user_gids_are_near(cell))
			continue;
		cell->flags |= SNAPSHOT_CELL_FAR_GIDS;
		cell->body.words[SNAPSHOT_USER_WORD_GIDS] = n_far;
		n_far += cell->n_gids;
	}
	writer->gids.n = n_far;
	writer->gids.data = calloc(n_far > 0 ? n_far : 1, sizeof(uint32_t));
	return writer->gids.data ? 0 : -ENOMEM;
}

/* Near gids fill the body from its last word downwards, far ones their piece upwards. */
static void put_gid(struct snapshot_writer *writer, struct snapshot_user_cell *cell, uint32_t seen,
		    uint32_t gid)
{
	uint32_t *far = writer->gids.data;

	if (cell->flags & SNAPSHOT_CELL_FAR_GIDS)
		far[cell->body.words[SNAPSHOT_USER_WORD_GIDS] + seen] = gid;
	else
		cell->body.words[ELEMENTSOF(cell->body.words) - 1 - seen] = gid;
}

/* Reserves a piece of the pool for the members of each group; members_len counts up later. */
static int layout_members(struct snapshot_writer *writer)
{
	const struct pair *pairs = writer->pairs.data;
	struct snapshot_group_cell *groups = groups_of(writer);
	size_t total = 0;
	int r;

	for (size_t i = 0; i < writer->pairs.n; i++) {
		const uint32_t len = users_of(writer)[pairs[i].user].name_len + 1u;

		groups[pairs[i].group].members_len += len;
		total += len;
	}
	r = snapshot_array_reserve(&writer->pool.text, total + 1, 1);
	if (r < 0)
		return r;
	for (size_t i = 0; i < writer->groups.n; i++) {
		groups[i].members = (uint32_t)writer->pool.text.n;
		writer->pool.text.n += groups[i].members_len;
		groups[i].members_len = 0;
	}
	((char *)writer->pool.text.data)[writer->pool.text.n++] = '\0';
	return 0;
}

static int layout_pairs(struct snapshot_writer *writer)
{
	_cleanup_free_ uint16_t *seen = calloc(writer->users.n + 1, sizeof(*seen));
	const struct pair *pairs = writer->pairs.data;

	if (!seen)
		return -ENOMEM;
	for (size_t i = 0; i < writer->pairs.n; i++) {
		struct snapshot_user_cell *user = &users_of(writer)[pairs[i].user];
		struct snapshot_group_cell *group = &groups_of(writer)[pairs[i].group];
		char *at = (char *)writer->pool.text.data + group->members + group->members_len;

		put_gid(writer, user, seen[pairs[i].user]++, group->gid);
		memcpy(at, user->body.text, user->name_len);
		at[user->name_len] = '\0';
		group->members_len += user->name_len + 1u;
	}
	return 0;
}

/* ---- the whole ---- */

static int writer_layout(struct snapshot_writer *writer)
{
	int r;

	r = layout_user_gids(writer);
	if (r == 0)
		r = layout_members(writer);
	if (r == 0)
		r = layout_pairs(writer);
	return r;
}

/* The next multiple of SNAPSHOT_ALIGN after *at; moves *at behind size bytes. */
static uint32_t place(uint64_t *at, uint64_t size)
{
	const uint64_t offset = (*at + SNAPSHOT_ALIGN - 1) / SNAPSHOT_ALIGN * SNAPSHOT_ALIGN;

	*at = offset + size;
	return offset <= UINT32_MAX ? (uint32_t)offset : 0;
}

static struct snapshot_section place_cells(uint64_t *at, const struct snapshot_array *array,
					   size_t size, struct snapshot_extent *ret_extent)
{
	ret_extent->offset = place(at, array->n * size);
	ret_extent->n = (uint32_t)array->n;
	return (struct snapshot_section){ ret_extent->offset, array->data, array->n * size };
}

static struct snapshot_section place_index(uint64_t *at, const uint32_t *slots,
					   struct snapshot_index *index)
{
	const size_t size = sizeof(uint32_t) << index->bits;

	index->offset = place(at, size);
	return (struct snapshot_section){ index->offset, slots, size };
}

int snapshot_writer_write(struct snapshot_writer *writer, const struct snapshot_options *options,
			  const char *path, struct snapshot_old **ret_old)
{
	struct snapshot_header header = {
		.magic = SNAPSHOT_MAGIC,
		.version = SNAPSHOT_VERSION,
		.state = SNAPSHOT_LIVE,
		.flags = options->flags,
		.header_size = SNAPSHOT_HEADER_SIZE,
		.generation = options->generation,
		.published = options->published,
		.id_floor = writer->floor,
		.id_ceiling = writer->ceiling,
	};
	const struct snapshot_array templates = { .data = writer->pool.templates,
						  .n = writer->pool.n_templates };
	struct snapshot_section sections[10];
	struct snapshot_cells cells;
	uint64_t at = SNAPSHOT_HEADER_SIZE;
	int r;

	r = writer_layout(writer);
	if (r < 0)
		return r;
	cells = (struct snapshot_cells){
		.users = users_of(writer),
		.n_users = writer->users.n,
		.groups = groups_of(writer),
		.n_groups = writer->groups.n,
		.pool = writer->pool.text.data,
	};
	r = snapshot_index_build(&cells, options->key, &header, writer->indexes);
	if (r != 0)
		return r;
	sections[1] = place_index(&at, writer->indexes[0], &header.user_names);
	sections[2] = place_index(&at, writer->indexes[1], &header.user_ids);
	sections[3] = place_index(&at, writer->indexes[2], &header.group_names);
	sections[4] = place_index(&at, writer->indexes[3], &header.group_ids);
	sections[5] =
		place_cells(&at, &templates, sizeof(struct snapshot_template), &header.templates);
	sections[6] = place_cells(&at, &writer->users, SNAPSHOT_CELL_SIZE, &header.users);
	sections[7] = place_cells(&at, &writer->groups, SNAPSHOT_CELL_SIZE, &header.groups);
	sections[8] = place_cells(&at, &writer->gids, sizeof(uint32_t), &header.gids);
	sections[9] = place_cells(&at, &writer->pool.text, 1, &header.pool);
	if (at > SNAPSHOT_SIZE_MAX)
		return -EFBIG;
	header.size = at;
	sections[0] = (struct snapshot_section){ 0, &header, sizeof(header) };
	return snapshot_file_publish(path, sections, ELEMENTSOF(sections), ret_old);
}
