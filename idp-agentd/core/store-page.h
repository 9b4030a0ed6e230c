/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_PAGE_H
#define IDP_CORE_STORE_PAGE_H

/*
 * The whole record in pages, so that a million people can be read between other work. What changes
 * in between is seen or not; store_take_changes() tells of it.
 *
 * Each calls each(arg, row) for n rows at most and moves the cursor behind them; a cursor begins as
 * { 0 }. Returns 0 when there may be more, STORE_E_NOT_FOUND behind the last row, what the callback
 * returned if that was not 0, or -errno. The callback must not write to the store.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct group;
struct person;
struct store;

struct store_cursor {
	int64_t a, b; /* keys of the last row */
};

/* People who are not retired, by increasing uid. */
int store_page_people(struct store *store, struct store_cursor *cursor, size_t n,
		      int (*each)(void *arg, const struct person *person), void *arg) _must_check_;
/* Groups of directories that are not retired, by row. */
int store_page_groups(struct store *store, struct store_cursor *cursor, size_t n,
		      int (*each)(void *arg, const struct group *group), void *arg) _must_check_;
/* Memberships in groups that hold no other, by (group, person). */
int store_page_members(struct store *store, struct store_cursor *cursor, size_t n,
		       int (*each)(void *arg, int64_t group, int64_t person),
		       void *arg) _must_check_;
/* All memberships, inherited ones too, in the next group that holds others: one group a page. */
int store_page_nested(struct store *store, struct store_cursor *cursor,
		      int (*each)(void *arg, int64_t group, int64_t person),
		      void *arg) _must_check_;

/* Not a page: all memberships of one group, inherited ones too. 0 at the end. */
int store_each_member_of(struct store *store, int64_t group,
			 int (*each)(void *arg, int64_t group, int64_t person),
			 void *arg) _must_check_;

#endif
