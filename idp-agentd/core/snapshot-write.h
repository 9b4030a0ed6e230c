/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_WRITE_H
#define IDP_CORE_SNAPSHOT_WRITE_H

/*
 * The writer of identity.snap (format: common/snapshot-format.h; used by publish.c).
 *
 *	writer = snapshot_writer_new(floor, ceiling);
 *	snapshot_writer_add_user() by increasing uid, snapshot_writer_add_group() by increasing gid
 *	snapshot_writer_add_member() in any order
 *	snapshot_writer_write()		temporary file, fsync, supersede the old file, rename
 *	... SNAPSHOT_GRACE later: snapshot_old_punch() gives the old file's memory back
 *
 * What was published stays whole whenever something fails: no temporary file is left behind and
 * the old file stays (or becomes again) the live one. Pure memory until snapshot_writer_write().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct snapshot_writer;
struct snapshot_old;

/* Outcomes. The record was not added; the writer goes on. */
#define SNAPSHOT_E_NAME  1 /* a name, GECOS, home or shell that common/name.h refuses */
#define SNAPSHOT_E_ID    2 /* 0, reserved, or outside of floor..ceiling */
#define SNAPSHOT_E_ORDER 3 /* not above the id that was added before */
#define SNAPSHOT_E_TWICE 4 /* write(): two users or two groups have one name */
#define SNAPSHOT_E_MANY  5 /* more than USER_GROUPS_MAX of a user, GROUP_MEMBERS_MAX of a group */
#define SNAPSHOT_E_MORE  6 /* step(): not done yet, call it again */
#define SNAPSHOT_E_BASE  7 /* no overlay is possible over what is published: write a full file */

struct snapshot_person {
	const char *name;
	uint32_t uid;
	uint32_t gid;
	const char *gecos;
	const char *home;
	const char *shell;
};

struct snapshot_options {
	uint32_t flags;      /* SNAPSHOT_COMPLETE, SNAPSHOT_ENUMERATE */
	uint64_t generation; /* the one before plus one; snapshot_generation() reads that */
	uint64_t published;  /* clock_real() */
	const uint64_t *key; /* 4 words; NULL: random. For tests that compare bytes */
	uint32_t names_max;  /* 0: SNAPSHOT_NAMES_MAX. For tests: how much of members is names */
	/* A full file that nobody sees yet: it is laid beside path under the name of a base, for an
	 * overlay over it. *ret_old is NULL then. */
	bool beside;
};

/* NULL when memory is short. Ids outside of floor..ceiling are refused. */
struct snapshot_writer *snapshot_writer_new(uint32_t floor, uint32_t ceiling) _must_check_;
struct snapshot_writer *snapshot_writer_free(struct snapshot_writer *writer);
DEFINE_CLEANUP(struct snapshot_writer *, snapshot_writer_free);

/* Copies everything. ret_user is the number snapshot_writer_add_member() wants. */
int snapshot_writer_add_user(struct snapshot_writer *writer, const struct snapshot_person *person,
			     uint32_t *ret_user) _must_check_;
int snapshot_writer_add_group(struct snapshot_writer *writer, const char *name, uint32_t gid,
			      uint32_t *ret_group) _must_check_;
/* The user is a member of the group; each pair once. -EINVAL: a number nobody returned. */
int snapshot_writer_add_member(struct snapshot_writer *writer, uint32_t user,
			       uint32_t group) _must_check_;
/*
 * The user has a group of its own: the user's name, gid = uid, no members. It costs no byte of
 * the file, where a group cell and its slots cost 80. A group added with that name or gid wins.
 */
int snapshot_writer_add_private_group(struct snapshot_writer *writer, uint32_t user) _must_check_;
/*
 * Another name of the person uid: found by name only, answered with that person's record. In
 * any order. A user of that name wins; given to two people, it is nobody's.
 * SNAPSHOT_E_NAME, SNAPSHOT_E_ID.
 */
int snapshot_writer_add_alias(struct snapshot_writer *writer, const char *name,
			      uint32_t uid) _must_check_;

/*
 * Publishes at path (its directory must exist; mode 0644). The writer is used up: only
 * snapshot_writer_free() is left. *ret_old is the file that was there, or NULL.
 * -ENOSPC and every other error: the old file is live and untouched, no temporary file stays.
 */
int snapshot_writer_write(struct snapshot_writer *writer, const struct snapshot_options *options,
			  const char *path, struct snapshot_old **ret_old) _must_check_;
/*
 * The same in slices of about 5 ms: SNAPSHOT_E_MORE until it is done (0) or failed (anything
 * else; then only free is left). Nothing is added in between; path is the same each time. Other
 * writers may publish there meanwhile: the old file is the one found by the last slice, which is
 * also the one that takes its options: let generation follow. Freed half-way: nothing happened,
 * the temporary file is removed.
 */
int snapshot_writer_step(struct snapshot_writer *writer, const struct snapshot_options *options,
			 const char *path, struct snapshot_old **ret_old) _must_check_;
/* Removes the bases beside path that what is published there does not stand on: one was laid there,
 * and no overlay came. The next full file does so, too. */
void snapshot_clean(const char *path);
/* The generation of the file at path; 0 when there is none that can be read. */
uint64_t snapshot_generation(const char *path) _must_check_;

/*
 * Gives the memory of a superseded file back, all but its header page, whoever still has it
 * mapped. Not before SNAPSHOT_GRACE: lookups under way would have to begin again.
 * -EOPNOTSUPP: the file system cannot; nothing is lost but memory.
 */
int snapshot_old_punch(struct snapshot_old *old) _must_check_;
/* Forgets it without punching, or after it. */
struct snapshot_old *snapshot_old_free(struct snapshot_old *old);
DEFINE_CLEANUP(struct snapshot_old *, snapshot_old_free);

#endif
