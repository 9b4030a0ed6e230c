/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SYNCER_INTERNAL_H
#define IDP_CORE_SYNCER_INTERNAL_H

/* What syncer*.c share; nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/syncer-index.h"
#include "idp-agentd/core/syncer.h"

struct group;
struct idmap;
struct person;

/* Records staged or applied in one transaction: each writes its own row and unstages another. */
#define SYNCER_BATCH             (DIR_TRANSACTION_ROWS / 2)
#define SYNCER_QUEUE_MEMORY_MAX  ((size_t)4 * 1024 * 1024)
#define SYNCER_ROSTER_MEMORY_MAX ((size_t)16 * 1024 * 1024) /* members of a group that wait */
#define SYNCER_TRIES             3 /* rounds a record waits for a name that another one is about to leave */

enum syncer_state {
	SYNCER_IDLE = 0,
	SYNCER_RECEIVING,
	SYNCER_SWEEPING_PEOPLE, /* who was not in the full pass? */
	SYNCER_SWEEPING_GROUPS,
	SYNCER_REMOVING, /* staging what the sweep found */
	SYNCER_APPLYING, /* sealed: only forward from here */
};

/* What a staged row does; in the file, so numbers stay. */
enum syncer_op {
	SYNCER_OP_USER = 1,
	SYNCER_OP_GROUP = 2,
	SYNCER_OP_JOIN = 3, /* record: the member's id */
	SYNCER_OP_LEAVE = 4,
	SYNCER_OP_RETIRE = 5, /* record: row of the person */
	SYNCER_OP_MISS = 6,
	SYNCER_OP_RETIRE_GROUP = 7,
	SYNCER_OP_FORGET = 8, /* retire, and groups that are not said again wait for nobody */
};

/* Lanes are applied in this order: names are free before somebody else asks for them. */
enum syncer_lane {
	SYNCER_LANE_REMOVE = 1,
	SYNCER_LANE_USERS,
	SYNCER_LANE_GROUPS,
	SYNCER_LANE_MEMBERS,
	SYNCER_LANE_COUNT,
};

/* A set of row ids, and a growing list of them. */
struct syncer_bits {
	uint64_t *words;
	size_t n;
};
struct syncer_ids {
	int64_t *items;
	size_t n, room;
};

/* What a partial pass said so far, by keyed hash of the id: the row staged for it, 0 none. */
struct syncer_saying {
	uint64_t hash;
	int64_t row;
};
struct syncer_said {
	struct syncer_saying *items;
	size_t n, room;
};

/* Rows waiting to be staged: texts and records live in memory, rows point there by offset. */
struct syncer_queue {
	struct buf memory;
	struct {
		enum syncer_op op;
		enum syncer_lane lane;
		size_t dir_id, record, len;
	} rows[SYNCER_BATCH];
	size_t n;
};

/* The group whose parts are coming in: members by keyed hash, sorted when complete. */
struct syncer_roster {
	char *dir_id; /* NULL: none open */
	int64_t id;   /* row, 0 when new */
	uint64_t *old, *new;
	size_t n_old, n_new, old_room, new_room;
	uint64_t sum; /* of the members so far, as the index sums them; so many are n_put */
	size_t n_put;
	bool lazy;        /* looks like last time: the record is not asked yet ... */
	struct buf names; /* ... and the members wait here, each with its NUL */
	bool changed;     /* something of it was staged */
};

struct syncer {
	const struct idmap *map;
	struct store *store;
	enum syncer_state state;
	struct store_seal seal; /* what will be sealed, or is */
	bool full, force;
	uint64_t started;
	uint64_t records;
	uint64_t staged; /* bytes */
	struct syncer_queue queue;
	int64_t next[SYNCER_LANE_COUNT]; /* next number of a lane */
	struct syncer_bits seen, owned, seen_groups;
	struct syncer_bits gone, gone_groups; /* the directory says so, in a partial pass */
	struct syncer_said said;
	struct syncer_ids absent, absent_groups;
	int64_t sweep_at;
	uint64_t swept, swept_groups;
	bool hold, hold_groups;
	size_t removed;
	struct syncer_roster roster;
	char *joined; /* dir_id of the group whose members were applied last in this batch */
	int64_t joined_id;
	struct buf keys, labels; /* of the record at hand, cleaned */
	struct syncer_index index;
	struct syncer_sought sought; /* of the record at hand */
	bool clock_turned; /* back, since people were confirmed: all are asked for in the record */
	uint8_t key[16];
	struct syncer_result result;
	char *problems[SYNCER_PROBLEMS_MAX];
};

bool syncer_bits_get(const struct syncer_bits *bits, int64_t id) _must_check_;
int syncer_bits_set(struct syncer_bits *bits, int64_t id) _must_check_;
void syncer_bits_clear(struct syncer_bits *bits, int64_t id);
int syncer_ids_add(struct syncer_ids *ids, int64_t id) _must_check_;

/* Adds "WHAT: reason" to the problems. Never fails: what finds no room is counted. */
void syncer_problem(struct syncer *syncer, const char *what, const char *id, const char *name,
		    const char *reason);
/* Name and id for a sentence: what a stranger typed, made harmless and short. */
void syncer_describe(char out[static REASON_MAX], const char *what, const char *id,
		     const char *name);

/* Queues a row; flushes when the queue is full. SYNCER_E_BROKEN past DIR_STAGED_MAX. */
int syncer_stage(struct syncer *syncer, enum syncer_lane lane, enum syncer_op op,
		 const char *dir_id, const void *record, size_t len) _must_check_;
int syncer_flush(struct syncer *syncer) _must_check_;
/* The id a row gets that is staged next in this lane. */
int64_t syncer_next_row(const struct syncer *syncer, enum syncer_lane lane) _must_check_;
void syncer_queue_reset(struct syncer_queue *queue);

/* A dir_user as bytes of a staged row, and a person out of them (or out of a dir_user). */
int syncer_pack_user(struct buf *buf, const struct dir_user *user) _must_check_;
int syncer_unpack_user(const void *bytes, size_t len, struct dir_user *ret) _must_check_;
int syncer_make_person(const struct syncer_pass *pass, const struct dir_user *user, uint64_t now,
		       struct person **ret) _must_check_;
/* A copy of the record with keys and labels as they may be kept; they live until the next call. */
int syncer_clean_user(struct syncer *syncer, const struct dir_user *user,
		      struct dir_user *ret) _must_check_;
int syncer_pack_group(struct buf *buf, const char *name, uint32_t gid) _must_check_;
int syncer_unpack_group(const void *bytes, size_t len, const char **ret_name,
			uint32_t *ret_gid) _must_check_;

/* One record more of the pass. SYNCER_E_BROKEN: too many, -EINVAL: there is no pass. */
int syncer_count_record(struct syncer *syncer) _must_check_;
/* syncer-gone.c: a user record comes, and is staged next or not; a group comes. */
int syncer_said_user(struct syncer *syncer, const char *id, bool staged) _must_check_;
int syncer_said_group(struct syncer *syncer, const char *id) _must_check_;
void syncer_said_done(struct syncer_said *said);
/* Who is gone becomes who is absent. */
int syncer_collect_gone(struct syncer *syncer) _must_check_;
/* syncer-sweep.c: the deletion guard looks at who is absent. */
void syncer_judge(struct syncer *syncer);
/* syncer-roster.c: one part of a group; forgets the group that is open. */
int syncer_roster_part(struct syncer *syncer, const struct dir_group *group) _must_check_;
void syncer_roster_done(struct syncer_roster *roster);
/* Counts memberships of nobody we know into the result. */
int syncer_count_strangers(struct syncer *syncer) _must_check_;
/* syncer-apply.c: one batch of a sealed pass. SYNCER_MORE or 0. */
int syncer_apply(struct syncer *syncer, uint64_t now) _must_check_;
/* syncer-sweep.c: one page of the sweep, then the seal. SYNCER_MORE. */
int syncer_sweep(struct syncer *syncer) _must_check_;

#endif
