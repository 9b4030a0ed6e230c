/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_WRITE_INTERNAL_H
#define IDP_CORE_SNAPSHOT_WRITE_INTERNAL_H

/* Shared by the files of the snapshot writer; everybody else uses snapshot-write.h. */

#include <stdbool.h>

#include "common/clock.h"
#include "common/snapshot.h"
#include "idp-agentd/core/snapshot-file.h"
#include "idp-agentd/core/snapshot-index.h"
#include "idp-agentd/core/snapshot-pool.h"
#include "idp-agentd/core/snapshot-write.h"

struct snapshot_pair {
	uint32_t user;
	uint32_t group;
};

/* A person who is no more in a group of the base, or there under another name. */
struct snapshot_leave {
	uint32_t gid;
	uint32_t cell; /* the person's, in the base */
};

#define SNAPSHOT_SECTIONS     11u
#define SNAPSHOT_SIZE_CLASSES 256u

/* What the caller of this slice wants. */
struct snapshot_call {
	const struct snapshot_options *options;
	const char *path;
	struct snapshot_old **ret_old;
};

/*
 * What is written goes through phases (snapshot-step.c), each in slices: `at` is where a phase
 * goes on, `deadline` when its slice ends.
 */
struct snapshot_writer {
	uint32_t floor;
	uint32_t ceiling;
	struct snapshot_array users;  /* struct snapshot_user_cell */
	struct snapshot_array groups; /* struct snapshot_group_cell */
	struct snapshot_array pairs;  /* struct snapshot_pair */
	struct snapshot_array gids;   /* uint32_t */
	struct snapshot_array
		user_names; /* struct snapshot_user_cell: aliases, names that are gone */
	struct snapshot_array group_names; /* struct snapshot_group_cell: names that are gone */
	struct snapshot_pool pool;
	bool names_unsorted; /* user_names is not by increasing uid */
	bool any_private;
	bool any_compact;

	/* Overlays. */
	struct snapshot_map base;     /* base.base is NULL: a full file */
	struct snapshot_array leaves; /* struct snapshot_leave */
	struct snapshot_array by_gid; /* uint32_t: open addressing, number of the group plus 1 */

	/* Memberships, laid out: those of user u are of_user[user_start[u] ... user_start[u + 1]].
	 */
	uint32_t *user_start;
	uint32_t *of_user; /* numbers of groups; with MEMBER_STAYS: the base has that one too */
	uint32_t *group_start;
	uint32_t *of_group;                   /* numbers of users, growing */
	bool as_names[SNAPSHOT_SIZE_CLASSES]; /* groups of this size are written as names */

	/* Writing. */
	unsigned phase;
	size_t at;
	usec_t deadline;
	struct snapshot_call call;
	uint64_t size; /* of the file */
	struct snapshot_header header;
	struct snapshot_indexing indexing;
	uint32_t *indexes[SNAPSHOT_INDEXES]; /* in the order of the header */
	struct snapshot_section sections[SNAPSHOT_SECTIONS];
	struct snapshot_file file;
};

#define MEMBER_STAYS 0x80000000u

static inline struct snapshot_user_cell *users_of(const struct snapshot_writer *writer)
{
	return writer->users.data;
}

static inline struct snapshot_group_cell *groups_of(const struct snapshot_writer *writer)
{
	return writer->groups.data;
}

static inline bool writer_is_overlay(const struct snapshot_writer *writer)
{
	return writer->base.base != NULL;
}

/* After every piece of work: is the slice over? Looks at the clock for one in 256. */
static inline bool writer_slice_is_over(const struct snapshot_writer *writer, size_t at)
{
	return at % 256 == 255 && clock_now() >= writer->deadline;
}

bool snapshot_writer_id_fits(const struct snapshot_writer *writer, uint32_t id);
/* The name into a group's cell, or into the pool. */
int snapshot_writer_name_group(struct snapshot_writer *writer, const char *name, size_t len,
			       struct snapshot_group_cell *cell) _must_check_;
/* The name of a group's cell; its length is in the cell. */
const char *snapshot_writer_group_name(const struct snapshot_writer *writer,
				       const struct snapshot_group_cell *cell);
/* Notes a name that leads to uid (flags: SNAPSHOT_CELL_ALIAS, SNAPSHOT_CELL_TOMBSTONE). */
int snapshot_writer_add_name(struct snapshot_writer *writer, const char *name, size_t len,
			     uint32_t uid, uint8_t flags) _must_check_;

/* Phases: 0, SNAPSHOT_E_MORE, another outcome, -errno. */
int snapshot_layout_count(struct snapshot_writer *writer) _must_check_;
int snapshot_layout_by_user(struct snapshot_writer *writer) _must_check_;
int snapshot_layout_gids(struct snapshot_writer *writer) _must_check_;
int snapshot_layout_by_group(struct snapshot_writer *writer) _must_check_;
int snapshot_layout_choose(struct snapshot_writer *writer) _must_check_;
int snapshot_layout_members(struct snapshot_writer *writer) _must_check_;
int snapshot_overlay_order(struct snapshot_writer *writer) _must_check_;
int snapshot_overlay_people(struct snapshot_writer *writer) _must_check_;
int snapshot_overlay_groups(struct snapshot_writer *writer) _must_check_;
int snapshot_overlay_drop(struct snapshot_writer *writer) _must_check_;

/* Appends number as the distance from *before, which it becomes: a varint of at most 4 bytes. */
static inline char *snapshot_put_distance(char *at, uint32_t number, uint32_t *before)
{
	uint32_t distance = number - *before;

	*before = number;
	for (; distance > 0x7f; distance >>= 7)
		*at++ = (char)(0x80 | (distance & 0x7f));
	*at++ = (char)distance;
	return at;
}
#define SNAPSHOT_DISTANCE_MAX 4u /* bytes */

/* The number of the group with this gid; false: not added so far. */
bool snapshot_overlay_find_group(const struct snapshot_writer *writer, uint32_t gid,
				 uint32_t *ret_number) _must_check_;
/* Before a group is added: is it one of the base's? -EEXIST when it was added already. */
int snapshot_overlay_note_group(struct snapshot_writer *writer, struct snapshot_group_cell *cell,
				uint32_t number) _must_check_;
/*
 * Would the user be one too many, who is not among the members in the base? Whoever is given counts
 * as one who joins: a group that is nearly full is so a little early, and the next full file knows.
 */
bool snapshot_overlay_is_full(const struct snapshot_writer *writer, uint32_t user,
			      uint32_t group) _must_check_;
/* The list of a group that the base has too: what is different. Its gid becomes 0 when that
 * is nothing at all. */
int snapshot_patch_members(struct snapshot_writer *writer, size_t group) _must_check_;

#endif
