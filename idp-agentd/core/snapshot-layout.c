/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memberships come as pairs in any order; the file has them twice: gids of each user, members of
 * each group by increasing cell. Two counting sorts, each phase in slices: the loops go on where
 * writer->at says.
 *
 * Starts have two more entries than there are rows: start[i + 1] is where row i begins; filling
 * a row moves it to where the row ends, which is where row i + 1 begins. So after the sort row i is
 * start[i] ... start[i + 1].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/snapshot-write-internal.h"

static int starts_new(uint32_t **starts, size_t n)
{
	free(*starts);
	*starts = calloc(n + 2, sizeof(**starts));
	return *starts ? 0 : -ENOMEM;
}

int snapshot_layout_count(struct snapshot_writer *writer)
{
	int r = writer->at == 0 ? starts_new(&writer->user_start, writer->users.n) : 0;
	uint32_t *start = writer->user_start;

	if (r < 0)
		return r;
	while (writer->at < writer->users.n) {
		const size_t u = writer->at++;

		start[u + 2] = start[u + 1] + users_of(writer)[u].n_gids;
		if (writer_slice_is_over(writer, u))
			return SNAPSHOT_E_MORE;
	}
	writer->of_user = calloc(writer->pairs.n + 1, sizeof(*writer->of_user));
	return writer->of_user ? 0 : -ENOMEM;
}

int snapshot_layout_by_user(struct snapshot_writer *writer)
{
	const struct snapshot_pair *pairs = writer->pairs.data;

	while (writer->at < writer->pairs.n) {
		const size_t i = writer->at++;

		writer->of_user[writer->user_start[pairs[i].user + 1]++] = pairs[i].group;
		if (writer_slice_is_over(writer, i))
			return SNAPSHOT_E_MORE;
	}
	free(writer->pairs.data);
	writer->pairs = (struct snapshot_array){ .n = writer->pairs.n };
	return 0;
}

/* ---- gids of a user ---- */

static bool user_gids_are_near(const struct snapshot_user_cell *cell)
{
	return !(cell->flags & SNAPSHOT_CELL_FAR_TEXT) &&
	       (size_t)cell->name_len + cell->gecos_len + 4u * cell->n_gids <= SNAPSHOT_USER_BODY;
}

/* Near gids fill the body from its last word downwards, far ones their piece upwards. */
static int user_put_gids(struct snapshot_writer *writer, size_t user)
{
	const struct snapshot_group_cell *groups = groups_of(writer);
	struct snapshot_user_cell *cell = &users_of(writer)[user];
	const uint32_t *row = writer->of_user + writer->user_start[user];
	uint32_t *to = cell->body.words + ELEMENTSOF(cell->body.words);
	const bool near = user_gids_are_near(cell);
	int r;

	if (!near) {
		/* One more: there is an array, also for nobody's gids. */
		r = snapshot_array_reserve(&writer->gids, cell->n_gids + 1u, sizeof(uint32_t));
		if (r < 0)
			return r;
		cell->flags |= SNAPSHOT_CELL_FAR_GIDS;
		cell->body.words[SNAPSHOT_USER_WORD_GIDS] = (uint32_t)writer->gids.n;
		to = (uint32_t *)writer->gids.data + writer->gids.n;
		writer->gids.n += cell->n_gids;
	}
	for (size_t k = 0; k < cell->n_gids; k++) {
		const uint32_t gid = groups[row[k] & ~MEMBER_STAYS].gid;

		if (near)
			*--to = gid;
		else
			*to++ = gid;
	}
	return 0;
}

int snapshot_layout_gids(struct snapshot_writer *writer)
{
	while (writer->at < writer->users.n) {
		const size_t u = writer->at++;
		const int r = user_put_gids(writer, u);

		if (r < 0)
			return r;
		if (writer_slice_is_over(writer, u))
			return SNAPSHOT_E_MORE;
	}
	return 0;
}

/* ---- members of a group ---- */

/* Sizes of one class differ by an eighth at most. */
static unsigned size_class(uint32_t len)
{
	unsigned bits = 0;

	while (len >> bits > 15)
		bits++;
	return len < 16 ? len : bits * 8 + (len >> bits);
}

static_assert(SNAPSHOT_SIZE_CLASSES > 28 * 8 + 15, "the class of UINT32_MAX");

static int by_group_begin(struct snapshot_writer *writer)
{
	struct snapshot_group_cell *groups = groups_of(writer);
	int r = starts_new(&writer->group_start, writer->groups.n);

	if (r < 0)
		return r;
	writer->of_group = calloc(writer->pairs.n + 1, sizeof(*writer->of_group));
	if (!writer->of_group)
		return -ENOMEM;
	for (size_t g = 0; g < writer->groups.n; g++) {
		writer->group_start[g + 2] = writer->group_start[g + 1] + groups[g].n_members;
		groups[g].members_len = 0;
	}
	return 0;
}

/* members_len becomes the length of the names. */
int snapshot_layout_by_group(struct snapshot_writer *writer)
{
	struct snapshot_group_cell *groups = groups_of(writer);
	int r = writer->at == 0 ? by_group_begin(writer) : 0;

	if (r < 0)
		return r;
	while (writer->at < writer->users.n) {
		const size_t u = writer->at++;
		const uint32_t len = users_of(writer)[u].name_len + 1u;

		for (size_t k = writer->user_start[u]; k < writer->user_start[u + 1]; k++) {
			const uint32_t g = writer->of_user[k];

			if (g & MEMBER_STAYS)
				continue;
			writer->of_group[writer->group_start[g + 1]++] = (uint32_t)u;
			groups[g].members_len += len;
		}
		if (writer_slice_is_over(writer, u))
			return SNAPSHOT_E_MORE;
	}
	free(writer->of_user);
	writer->of_user = NULL;
	return 0;
}

/*
 * Names are read fastest, by every version, and are most of a large file: the largest groups have
 * them as long as they fit SNAPSHOT_NAMES_MAX; the others are numbers, a fifth of that.
 */
int snapshot_layout_choose(struct snapshot_writer *writer)
{
	const struct snapshot_group_cell *groups = groups_of(writer);
	const uint32_t names_max = writer->call.options->names_max;
	uint64_t sums[SNAPSHOT_SIZE_CLASSES] = { 0 };
	uint64_t left = names_max > 0 ? names_max : SNAPSHOT_NAMES_MAX;

	for (size_t g = 0; g < writer->groups.n; g++)
		sums[size_class(groups[g].members_len)] += groups[g].members_len;
	for (size_t c = SNAPSHOT_SIZE_CLASSES; c-- > 0;) {
		writer->as_names[c] = sums[c] <= left;
		if (writer->as_names[c])
			left -= sums[c];
	}
	return 0;
}

static char *pool_end(const struct snapshot_writer *writer)
{
	return (char *)writer->pool.text.data + writer->pool.text.n;
}

/* The pool has room for it. A pair that was added twice is taken once: distances are never 0. */
static void put_names(struct snapshot_writer *writer, const uint32_t *row, size_t n,
		      struct snapshot_group_cell *group)
{
	char *at = pool_end(writer);

	group->n_members = 0;
	for (size_t i = 0; i < n; i++) {
		const struct snapshot_user_cell *user = &users_of(writer)[row[i]];

		if (i > 0 && row[i] == row[i - 1])
			continue;
		memcpy(at, user->body.text, user->name_len);
		at[user->name_len] = '\0';
		at += user->name_len + 1u;
		group->n_members++;
	}
	group->members_len = (uint32_t)(at - pool_end(writer));
}

static void put_numbers(struct snapshot_writer *writer, const uint32_t *row, size_t n,
			struct snapshot_group_cell *group)
{
	char *const begin = pool_end(writer);
	char *at = begin + 4;
	uint32_t before = UINT32_MAX, names_len = 0;

	group->n_members = 0;
	for (size_t i = 0; i < n; i++) {
		if (row[i] == before)
			continue;
		at = snapshot_put_distance(at, row[i], &before);
		names_len += users_of(writer)[row[i]].name_len + 1u;
		group->n_members++;
	}
	memcpy(begin, &names_len, 4);
	group->members_len = (uint32_t)(at - begin);
	group->flags |= SNAPSHOT_CELL_COMPACT;
	writer->any_compact = true;
}

static int group_put_members(struct snapshot_writer *writer, size_t g)
{
	struct snapshot_group_cell *group = &groups_of(writer)[g];
	const uint32_t *row = writer->of_group + writer->group_start[g];
	const size_t n = writer->group_start[g + 1] - writer->group_start[g];
	const size_t numbers_len = 4 + n * SNAPSHOT_DISTANCE_MAX;
	const bool names = writer_is_overlay(writer) || group->members_len <= numbers_len ||
			   writer->as_names[size_class(group->members_len)];
	int r;

	r = snapshot_array_reserve(&writer->pool.text,
				   (names ? group->members_len : numbers_len) + 1, 1);
	if (r < 0)
		return r;
	group->members = (uint32_t)writer->pool.text.n;
	if (names)
		put_names(writer, row, n, group);
	else
		put_numbers(writer, row, n, group);
	writer->pool.text.n += group->members_len;
	return 0;
}

int snapshot_layout_members(struct snapshot_writer *writer)
{
	while (writer->at < writer->groups.n) {
		const size_t g = writer->at++;
		int r = groups_of(writer)[g].flags & SNAPSHOT_CELL_PATCH
				? snapshot_patch_members(writer, g)
				: group_put_members(writer, g);

		if (r != 0)
			return r;
		/* One of them may be as large as thousands of others. */
		if (clock_now() >= writer->deadline)
			return SNAPSHOT_E_MORE;
	}
	free(writer->of_group);
	writer->of_group = NULL;
	if (snapshot_array_reserve(&writer->pool.text, 1, 1) < 0)
		return -ENOMEM;
	*pool_end(writer) = '\0';
	writer->pool.text.n++;
	return 0;
}
