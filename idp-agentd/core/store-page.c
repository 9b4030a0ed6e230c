/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/store-page.h"

#include <errno.h>

#include "common/limits.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-internal.h"

/* The rows of a statement are over: were there n of them, there may be more. */
static int page_end(sqlite3_stmt *statement, int r, size_t found, size_t n)
{
	if (statement)
		IGNORE(sqlite3_reset(statement)); /* r is the news */
	return r == STORE_E_NOT_FOUND && found == n ? 0 : r;
}

int store_page_people(struct store *store, struct store_cursor *cursor, size_t n,
		      int (*each)(void *arg, const struct person *person), void *arg)
{
	_cleanup_(person_freep) struct person *person = person_new();
	sqlite3_stmt *statement = NULL;
	size_t found = 0;
	int r;

	if (!person)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_PAGE_PEOPLE, &statement, "ii", cursor->a, (int64_t)n);
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = store_read_person(store, statement, person);
		if (r == 0)
			r = each(arg, person);
		cursor->a = person->uid;
		found++;
	}
	return page_end(statement, r, found, n);
}

int store_page_groups(struct store *store, struct store_cursor *cursor, size_t n,
		      int (*each)(void *arg, const struct group *group), void *arg)
{
	_cleanup_(group_freep) struct group *group = group_new();
	sqlite3_stmt *statement = NULL;
	size_t found = 0;
	int r;

	if (!group)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_PAGE_GROUPS, &statement, "ii", cursor->a, (int64_t)n);
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = store_read_group(store, statement, group);
		if (r == 0)
			r = each(arg, group);
		cursor->a = group->id;
		found++;
	}
	return page_end(statement, r, found, n);
}

int store_page_members(struct store *store, struct store_cursor *cursor, size_t n,
		       int (*each)(void *arg, int64_t group, int64_t person), void *arg)
{
	sqlite3_stmt *statement = NULL;
	size_t found = 0;
	int r;

	r = store_query(store, STORE_SQL_PAGE_MEMBERS, &statement, "iii", cursor->a, cursor->b,
			(int64_t)n);
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		cursor->a = sqlite3_column_int64(statement, 0);
		cursor->b = sqlite3_column_int64(statement, 1);
		r = each(arg, cursor->a, cursor->b);
		found++;
	}
	return page_end(statement, r, found, n);
}

int store_each_member_of(struct store *store, int64_t group,
			 int (*each)(void *arg, int64_t group, int64_t person), void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_EACH_NESTED_MEMBER, &statement, "ii", group,
			(int64_t)GROUP_DEPTH_MAX);
	while (r == 0 && (r = store_row(store, statement)) == 0)
		r = each(arg, group, sqlite3_column_int64(statement, 0));
	if (statement)
		IGNORE(sqlite3_reset(statement)); /* r is the news */
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_page_nested(struct store *store, struct store_cursor *cursor,
		      int (*each)(void *arg, int64_t group, int64_t person), void *arg)
{
	int64_t group;
	int r = store_ask(store, STORE_SQL_PAGE_NESTING, &group, "i", cursor->a);

	if (r != 0)
		return r;
	cursor->a = group;
	return store_each_member_of(store, group, each, arg);
}
