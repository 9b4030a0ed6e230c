/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SNAPSHOT_H
#define IDP_COMMON_SNAPSHOT_H

/*
 * The reader of identity.snap (format: snapshot-format.h). It lives in other people's processes:
 * no allocation, no signal, no file descriptor that stays open, and not one system call while
 * the mapped file is the live one. Any number of threads; safe across fork().
 *
 *	struct snapshot_view view;
 *	do {
 *		r = snapshot_enter(&snapshot, &view);
 *		if (r < 0)
 *			return r;			there is no usable file
 *		found = snapshot_user_by_name(&view, name, strlen(name), &user);
 *		... copy out of the view ...
 *	} while (!snapshot_leave(&view));		false: the memory was taken back meanwhile
 *
 * Texts and gids point into the file or into the result itself (so it must not be copied):
 * bounded by their length, not NUL-terminated, valid until snapshot_leave(), and only to be
 * believed after it returned true. The file's owner may change
 * a byte at any time; every value is therefore read once and checked after it was read.
 *
 * The file may be an overlay (snapshot-format.h): then its base is mapped as well, and every
 * function below answers from both.
 *
 * A file is accepted when it is regular, not writable by group or others, and owned by root or
 * by the owner of its directory, which must not be writable by group or others either: who may
 * rename into that directory decides what is in the file anyway, and nobody else may.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/macro.h"
#include "common/snapshot-format.h"

#define SNAPSHOT_PATH IDP_RUNDIR "/db/identity.snap"

/* Where one index or section lies; copied out of the header and checked, once a mapping. */
struct snapshot_part {
	uint32_t offset;
	uint32_t n;         /* elements; of an index: slots */
	uint32_t shift;     /* of an index: 64 - bits */
	uint32_t probe_max; /* of an index */
};

/* What a lookup of a person wants comes first: three cache lines. */
struct snapshot_map {
	_Alignas(64) const uint8_t *base; /* NULL: not mapped */
	const struct snapshot_map *under; /* an overlay's base, NULL for a full file */
	uint64_t key[4];
	uint32_t flags; /* SNAPSHOT_COMPLETE, SNAPSHOT_ENUMERATE, ... */
	uint32_t id_floor;
	uint32_t id_ceiling;
	uint32_t n_user_cells; /* with the name-only ones behind the users */
	struct snapshot_part user_names, users, user_ids, templates, pool, gids;
	struct snapshot_part group_names, groups, group_ids;
	uint32_t n_group_cells;
	uint32_t pending; /* retired: the stripes that may still have a reader in here */
	size_t len;
	uint64_t generation;
	uint64_t base_generation;
	uint64_t published;
};

#define SNAPSHOT_STRIPES 32u
#define SNAPSHOT_MAPS    6u /* files and their bases, live and retired */

struct snapshot_stripe {
	_Atomic uint32_t n_readers;
	uint8_t pad[60]; /* a cache line each: readers do not contend */
};

/* One file as one process sees it: static, initialised with SNAPSHOT_INIT(path), never freed. */
struct snapshot {
	const char *path;
	_Atomic(struct snapshot_map *) current;
	_Atomic bool busy; /* somebody maps; whoever else comes maps privately */
	struct snapshot_map maps[SNAPSHOT_MAPS];
	_Alignas(64) struct snapshot_stripe stripes[SNAPSHOT_STRIPES];
};

#define SNAPSHOT_INIT(where)    \
	{                       \
		.path = (where) \
	}

struct snapshot_view {
	const struct snapshot_map *map;
	struct snapshot_stripe *stripe; /* NULL: no other thread can be in here */
	struct snapshot_map own;        /* a private mapping: only set while map points to it */
	struct snapshot_map own_base;   /* its base: only set while own.under points to it */
};

struct snapshot_text {
	const char *at;
	uint32_t len;
};

struct snapshot_user {
	uint32_t uid;
	uint32_t gid;
	uint32_t n_gids;
	const uint32_t *gids; /* supplementary; the primary one may be among them */
	bool by_alias;        /* snapshot_user_by_name() only: name is not the one asked for */
	struct snapshot_text name;
	struct snapshot_text gecos;
	struct snapshot_text home[3]; /* one after the other */
	struct snapshot_text shell;
	struct snapshot_user_cell
		cell; /* the reader's own copy; near texts and gids point in here */
};

struct snapshot_group {
	uint32_t gid;
	uint32_t n_members;
	struct snapshot_text name;
	uint32_t names_len; /* of all members' names, each with a NUL */
	struct snapshot_group_cell cell;
	/* What snapshot_members_begin() wants to know. */
	struct snapshot_text members;     /* "one NUL two NUL ...", or coded numbers of cells */
	const struct snapshot_map *cells; /* of what these are numbers; NULL: names */
	uint32_t n_listed;                /* of them, with those taken out by the overlay */
	struct snapshot_text removed;     /* coded positions in members */
	struct snapshot_text added;       /* names */
};

#define SNAPSHOT_MEMBERS_QUEUE 32u

/* Where a walk through members stands. */
struct snapshot_members {
	const struct snapshot_map *cells;
	struct snapshot_text listed, removed, added;
	uint32_t n_left, position, number, skip, head, tail;
	const void *queue[SNAPSHOT_MEMBERS_QUEUE];
};

/*
 * Opens the live file, mapping it when this is the first time or a new one was published.
 * -ENOENT, -EACCES, ...: it cannot be opened; -EPERM: wrong type, owner or mode; -EBADMSG: not a
 * snapshot, truncated or damaged, an overlay without its base; -EPROTONOSUPPORT: of a version or
 * with a flag unknown here. errno is kept.
 */
int snapshot_enter(struct snapshot *snapshot, struct snapshot_view *ret_view) _must_check_;
/* True: what was copied out is good. False: do all of it again. */
bool snapshot_leave(struct snapshot_view *view) _must_check_;

/* Unmaps everything; no lookup is under way. For who lets go of a file for good, and for tests. */
void snapshot_forget(struct snapshot *snapshot);

/*
 * Lookups: false is "not here", also for a cell that is damaged, below the floor or above the
 * ceiling, reserved by name_is_reserved_id(), or a tombstone.
 */
bool snapshot_user_by_name(const struct snapshot_view *view, const char *name, size_t len,
			   struct snapshot_user *ret_user) _must_check_;
bool snapshot_user_by_id(const struct snapshot_view *view, uint32_t uid,
			 struct snapshot_user *ret_user) _must_check_;
bool snapshot_group_by_name(const struct snapshot_view *view, const char *name, size_t len,
			    struct snapshot_group *ret_group) _must_check_;
bool snapshot_group_by_id(const struct snapshot_view *view, uint32_t gid,
			  struct snapshot_group *ret_group) _must_check_;

/*
 * The members one after the other: begin, then next until it is false. No more than n_members in
 * names_len bytes when the file is sound; a damaged one ends early or goes on a little: count.
 */
void snapshot_members_begin(const struct snapshot_group *group, struct snapshot_members *ret);
bool snapshot_members_next(struct snapshot_members *members,
			   struct snapshot_text *ret_name) _must_check_;

/* Iteration is by increasing id, so that it can go on in a newer file: the first above after. */
bool snapshot_user_after(const struct snapshot_view *view, uint32_t after,
			 struct snapshot_user *ret_user) _must_check_;
bool snapshot_group_after(const struct snapshot_view *view, uint32_t after,
			  struct snapshot_group *ret_group) _must_check_;

#endif
