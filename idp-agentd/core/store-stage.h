/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_STAGE_H
#define IDP_CORE_STORE_STAGE_H

/*
 * What the syncer needs of the record: rows on their way in, the seal of a pass, and the removals
 * and memberships a pass brings. Nobody else includes it.
 *
 * A staged row's id is lane << 40 | number: lanes are applied in order, rows of a lane too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

#define STORE_LANE_BITS 40

struct store;

struct store_staged {
	int64_t id;
	int op; /* the syncer's */
	int tries;
	const char *dir_id;
	const void *record;
	size_t len;
};

/* A pass whose rows are all staged: its row in the record is what makes it count. */
struct store_seal {
	char *directory;
	char *iss;
	char *cursor;
	uint64_t fingerprint;
	bool complete; /* a full pass */
	uint64_t held;
};

/* Appends rows in one relaxed transaction (or in the caller's). */
int store_stage(struct store *store, const struct store_staged *rows, size_t n) _must_check_;
/* The first n rows, in order; each(arg, row) borrows. */
int store_each_staged(struct store *store, size_t n,
		      int (*each)(void *arg, const struct store_staged *row),
		      void *arg) _must_check_;
/* The last id below limit, 0 for none. */
int store_last_staged(struct store *store, int64_t limit, int64_t *ret) _must_check_;
int store_count_staged(struct store *store, uint64_t *ret) _must_check_;
/* Memberships of nobody we know. */
int store_count_strays(struct store *store, uint64_t *ret) _must_check_;
/* Forgets the rows up to and with id. */
int store_unstage(struct store *store, int64_t id) _must_check_;
/* Forgets one row; the rows of a group and of its members, which lie from a row on. */
int store_unstage_one(struct store *store, int64_t id) _must_check_;
int store_unstage_group(struct store *store, int64_t from, const char *dir_id) _must_check_;
int store_unstage_all(struct store *store) _must_check_;

/* The seal: put durably; got as a copy, STORE_E_NOT_FOUND when no pass is sealed. */
int store_put_seal(struct store *store, const struct store_seal *seal) _must_check_;
int store_get_seal(struct store *store, struct store_seal **ret) _must_check_;
struct store_seal *store_seal_free(struct store_seal *seal);
DEFINE_CLEANUP(struct store_seal *, store_seal_free);
/* Breaks the seal and notes the pass with its directory. */
int store_finish_pass(struct store *store, const struct store_seal *seal,
		      uint64_t now) _must_check_;
/* Notes a pass that failed. */
int store_fail_pass(struct store *store, const char *directory, uint64_t now,
		    const char *why) _must_check_;

/* Row ids above after, of live people (groups) a directory answers for: n of them at most. */
int store_page(struct store *store, const char *directory, bool groups, int64_t after, size_t n,
	       int64_t *ret_ids, size_t *ret_n) _must_check_;
/* How many live people (groups) a directory answers for, counted up to limit. */
int store_count_live(struct store *store, const char *directory, bool groups, uint64_t limit,
		     uint64_t *ret) _must_check_;
/* Their memberships wait for whoever has their id of the directory next; or do not. */
int store_retire_person(struct store *store, int64_t person) _must_check_;
int store_forget_person(struct store *store, int64_t person) _must_check_;
int store_retire_group(struct store *store, int64_t group) _must_check_;
/* Absent from a full pass that ended now-ish, but kept: its last_seen stays what it was. */
int store_miss_person(struct store *store, int64_t person) _must_check_;

/* Every member the directory named for this group, by its id there, known to us or not. */
int store_each_member_id(struct store *store, const char *directory, int64_t group,
			 int (*each)(void *arg, const char *dir_id), void *arg) _must_check_;
/* Puts in (takes out) a member by its id in the directory; unknown ones wait for their person. */
int store_put_member(struct store *store, const char *directory, int64_t group, const char *dir_id,
		     bool in) _must_check_;
/* Memberships of a person about to change its dir_id or leave go back to waiting ... */
int store_detach_person(struct store *store, int64_t person) _must_check_;
/* ... and those that wait for this dir_id become the person's. */
int store_attach_person(struct store *store, const char *directory, const char *dir_id,
			int64_t person) _must_check_;
/* A group that is new or back is the member that others wait for: it is inside them. */
int store_attach_group(struct store *store, const char *directory, const char *dir_id,
		       int64_t group) _must_check_;

#endif
