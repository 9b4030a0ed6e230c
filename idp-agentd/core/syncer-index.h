/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SYNCER_INDEX_H
#define IDP_CORE_SYNCER_INDEX_H

/*
 * Recognises what a directory said before without asking the record: 16 bytes a person and some
 * room for growth, 16 bytes a group. Filled as records are found unchanged the slow way, never
 * saved; without it, and after any failure of it, everything is only slower.
 *
 * Why a hash may decide that a record is what it was. Nothing here says who somebody is: a match
 * only ever means "leave the row as it is". A record that changed is missed when its 64-bit
 * SipHash under a key nobody outside this process has equals that of the one before, 2^-64 for
 * each change, and until it changes again or the agent starts anew: at a million changes a day once
 * in fifty million years. A group's digest is the sum of such hashes of its members (Bellare and
 * Micciancio's AdHASH): lists with equal sums that are not the same list come as seldom by chance,
 * and whoever would look for them knows none of the summands. The record's side cannot go stale
 * unnoticed: SQLite tells of every row of a person, and of every membership, that any statement
 * writes (store_watch()), and what it tells of is forgotten here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"

struct dir_user;

struct syncer_entry {
	uint32_t tag; /* 32 bits of the hash of the id: its place, too */
	uint32_t row; /* 0 free */
};

struct syncer_digest {
	uint64_t sum;
	uint32_t n;
	bool known;
};

struct syncer_index {
	uint8_t key[16];
	struct buf scratch; /* a record as bytes */
	struct syncer_entry *entries;
	size_t n, room;
	uint64_t *contents; /* by row: hash of the record it says the same as; 0 none, or written
			       since */
	size_t n_rows;
	uint64_t newest;              /* last_seen of anybody here */
	struct syncer_digest *groups; /* by row */
	size_t n_groups;
};

/* What is asked for: filled by syncer_index_find(), for syncer_index_learn(). */
struct syncer_sought {
	uint64_t id, content; /* 0: could not be hashed */
};

int syncer_index_init(struct syncer_index *index) _must_check_;
void syncer_index_done(struct syncer_index *index);
/* Forgets all and gives the memory back. */
void syncer_index_forget(struct syncer_index *index);

/* The row this record left as it was, and would again; 0: ask the record. */
int64_t syncer_index_find(struct syncer_index *index, const char *directory, const char *iss,
			  const struct dir_user *user, struct syncer_sought *ret_sought);
/* The record of this row says the same now; it was confirmed then. */
void syncer_index_learn(struct syncer_index *index, const struct syncer_sought *sought, int64_t row,
			uint64_t last_seen);
/* A row was written. */
void syncer_index_touch(struct syncer_index *index, int64_t row);

/* The hash of a member, to be summed. */
uint64_t syncer_index_member(const struct syncer_index *index, const char *dir_id);
/* Of the group in this row; NULL: not known. */
const struct syncer_digest *syncer_index_group(const struct syncer_index *index, int64_t row);
void syncer_index_learn_group(struct syncer_index *index, int64_t row, uint64_t sum, size_t n);
void syncer_index_touch_group(struct syncer_index *index, int64_t row);

#endif
