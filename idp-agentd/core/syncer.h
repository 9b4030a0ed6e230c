/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SYNCER_H
#define IDP_CORE_SYNCER_H

/*
 * Brings a directory's records into the record of this host. A pass is staged first (only what
 * differs), sealed when the directory says it is whole, then applied in small transactions. Killed
 * before the seal, it never was; killed after, syncer_recover() finishes it at the next start.
 * So the record, and what is published from it, is always some directory's whole truth.
 *
 * One pass at a time for the process: a second syncer_begin() is -EBUSY. Pure: no clock, no
 * socket; `now` is clock_real() in seconds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct idmap;
struct person;
struct store_fact;
struct syncer;

enum {
	SYNCER_MORE = 1,  /* call syncer_step() again */
	SYNCER_E_BROKEN,  /* the directory's stream broke its own rules: abort the pass */
	SYNCER_E_REFUSED, /* one record refused; reason says why (syncer_upsert, syncer_learn) */
	SYNCER_E_FAILED,  /* the directory said the pass failed: nothing is applied */
};

#define SYNCER_PROBLEMS_MAX 100u /* sentences kept of one pass; the rest is counted */

/* A DIR_USER, decoded. Strings are borrowed for the call, NUL-terminated, NULL counts as "". */
struct dir_user {
	const char *id;
	const char *sub;
	const char *name;
	uint32_t uid; /* PERSON_ID_NONE: allocate */
	uint32_t gid; /* PERSON_ID_NONE: a private group */
	const char *gecos;
	const char *home;
	const char *shell;
	bool active;
	uint64_t end_time;
	const char *loa;
	const char *origin;
	const char *ssh_keys; /* lines as the directory has them: attributes.h says what is kept */
	const char *labels;
};

/* A DIR_GROUP, decoded: a long group comes in parts, all with the same id, name and gid. */
struct dir_group {
	const char *id;
	const char *name;
	uint32_t gid;
	bool first;
	bool last;
	const char *const *members; /* ids in the same directory, users or groups */
	size_t n_members;
};

/* Which pass: borrowed for the call. */
struct syncer_pass {
	const char *directory;
	const char *iss;      /* issuer of its people */
	uint64_t fingerprint; /* of the directory's settings (publish.h) */
	bool full;            /* everything comes: what does not is retired */
	bool force;           /* past the deletion guard */
};

struct syncer_result {
	uint64_t seen, added, changed, unchanged, retired, refused;
	uint64_t groups_seen, groups_added, groups_changed, groups_retired, groups_refused;
	uint64_t unknown_members;   /* people yet to come or refused */
	uint64_t held;              /* would have been retired, kept by the deletion guard */
	uint64_t applied, to_apply; /* progress after syncer_end() */
	uint64_t n_problems;        /* may be more than are kept below */
	const char *problems[SYNCER_PROBLEMS_MAX]; /* sentences: which name, why */
	bool done;                                 /* the pass is in the record: publish */
};

/* map is borrowed for the syncer's life. Call syncer_recover() before the first publish. */
int syncer_new(const struct idmap *map, struct syncer **ret) _must_check_;
struct syncer *syncer_free(struct syncer *syncer);
DEFINE_CLEANUP(struct syncer *, syncer_free);

/* Finishes a sealed pass of an earlier life, forgets one that was not. Local and quick. */
int syncer_recover(struct syncer *syncer, uint64_t now) _must_check_;

/*
 * -EBUSY while another pass is coming in. A sealed pass that could not be finished (full disk) is
 * finished first.
 */
int syncer_begin(struct syncer *syncer, const struct syncer_pass *pass, uint64_t now) _must_check_;
/* A refused record is counted in the result and is no error here. SYNCER_E_BROKEN, -errno. */
int syncer_user(struct syncer *syncer, const struct dir_user *user) _must_check_;
int syncer_group(struct syncer *syncer, const struct dir_group *group) _must_check_;
/*
 * DIR_GONE, in a partial pass only: the directory has this id no more. The last word about an id
 * counts. Retired at the end, unless the deletion guard holds them.
 */
int syncer_gone(struct syncer *syncer, bool is_group, const char *id) _must_check_;
/*
 * DIR_END. complete: the directory sent all it wanted to; cursor is kept for the next partial
 * pass, committed together with the last rows. SYNCER_MORE: call syncer_step() until 0.
 * Not complete: the pass is dropped, why is kept for status, SYNCER_E_FAILED.
 */
int syncer_end(struct syncer *syncer, bool complete, const char *cursor, const char *why,
	       uint64_t now) _must_check_;
/*
 * DIR_END "unchanged": nothing was sent since there is nothing new. A full pass confirms everybody
 * who is there, a partial one nobody; nobody is swept. cursor "": the old one stays.
 * SYNCER_E_FAILED where this record was never filled under these settings, SYNCER_E_BROKEN after
 * records.
 */
int syncer_confirm(struct syncer *syncer, const char *cursor, uint64_t now) _must_check_;
/* One transaction of at most DIR_TRANSACTION_ROWS rows. SYNCER_MORE, or 0: all is in the record. */
int syncer_step(struct syncer *syncer, uint64_t now) _must_check_;
/* Drops the running pass (link lost, reload); why NULL: it is no failure. A sealed one is kept:
 * step or recover finishes it. */
void syncer_abort(struct syncer *syncer, const char *why, uint64_t now);

/* Gives back the memory by which records are recognised; the next pass is slower, no more. */
void syncer_forget(struct syncer *syncer);

/* Result of the running or last pass; valid until the next begin. */
const struct syncer_result *syncer_get_result(const struct syncer *syncer);

/*
 * One record outside a pass (the answer to a DIR_FIND): validated, claimed and written at once.
 * SYNCER_E_REFUSED with reason. ret may be NULL.
 */
int syncer_upsert(struct syncer *syncer, const struct syncer_pass *pass,
		  const struct dir_user *user, uint64_t now, char reason[static REASON_MAX],
		  struct person **ret) _must_check_;
/*
 * One person from a sign-in that proved (iss, sub). Somebody a directory owns only gets the login
 * noted; somebody unknown or learned before is bound under name in a userinfo directory.
 * pass->directory is that directory, or NULL where there is none: then an unknown person is
 * SYNCER_E_REFUSED. user: sub, name, gecos, loa, origin. facts: store-login.h.
 */
int syncer_learn(struct syncer *syncer, const struct syncer_pass *pass, const struct dir_user *user,
		 const struct store_fact *facts, size_t n_facts, uint64_t now,
		 char reason[static REASON_MAX], struct person **ret) _must_check_;

#endif
