/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_CHANGES_H
#define IDP_CORE_STORE_CHANGES_H

/*
 * Which rows changed in what is published of them, since somebody asked last. Kept in memory, for
 * publish*.c. A row that is listed may be as it was (its transaction was rolled back, it was
 * changed back); one that is not listed is as it was.
 *
 * Listed are: a person whose published columns or own memberships changed, or who is new; a group
 * whose name, gid or retirement changed, that is new, or whose name somebody took or gave up. A
 * name given up lists those whose alias it may be, too.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/rowset.h"

struct group;
struct store;

/* What a statement wrote, also one that is rolled back later. */
enum store_written {
	STORE_WROTE_ANY = 0, /* more than can be told */
	STORE_WROTE_PERSON,
	STORE_WROTE_MEMBERS, /* who a directory says is in this group */
};

/* Calls written(arg, what, row) for each row, until it is called again; NULL: nobody. It must not
 * touch the store. */
void store_watch(struct store *store,
		 void (*written)(void *arg, enum store_written what, int64_t row), void *arg);

struct store_changes {
	struct rowset people;
	struct rowset groups;
	bool everything; /* any row may have changed: an issuer, groups inside groups, the defaults
			  */
};

void store_changes_done(struct store_changes *changes);

/*
 * Adds what changed to *changes and begins anew. Not inside a transaction (-EDEADLK). After
 * -ENOMEM nothing is forgotten: ask again. At store_open() everything has changed.
 */
int store_take_changes(struct store *store, struct store_changes *changes) _must_check_;
/* For a change that is not one of a row. */
void store_mark_everything(struct store *store);

/* The group of the row, retired or not. STORE_E_NOT_FOUND. */
int store_find_group_row(struct store *store, int64_t id, struct group **ret) _must_check_;
/* Adds the people whose account was not over at `after` and is over at `until`. */
int store_add_ended(struct store *store, uint64_t after, uint64_t until,
		    struct rowset *people) _must_check_;
/* The first end of an account that is not over now, 0 for none; also of people who are hidden. */
int store_next_end(struct store *store, uint64_t now, uint64_t *ret) _must_check_;

#endif
