/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/store-claimed.h"

#include <errno.h>

#include "idp-agentd/core/access.h"
#include "idp-agentd/core/store-internal.h"

int store_each_claimed_group(struct store *store, int (*each)(void *arg, const struct group *group),
			     void *arg)
{
	_cleanup_(group_freep) struct group *group = group_new();
	sqlite3_stmt *statement = NULL;
	int64_t directory;
	int r;

	if (!group)
		return -ENOMEM;
	r = store_intern_directory(store, GROUP_CLAIMED, false, &directory);
	if (r == 0)
		r = store_query(store, STORE_SQL_GROUPS_OF, &statement, "i", directory);
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = store_read_group(store, statement, group);
		if (r == 0)
			r = each(arg, group);
		if (r != 0) {
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
			return r;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static bool is_among(const int64_t *ids, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Those the person is in, more than could ever be given among them. */
static int read_claimed(struct store *store, int64_t person, int64_t directory,
			int64_t ids[static ACCESS_GROUPS_MAX], size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	size_t n = 0;
	int r = store_query(store, STORE_SQL_PERSON_GROUPS_OF, &statement, "ii", person, directory);

	while (r == 0 && n < ACCESS_GROUPS_MAX && (r = store_row(store, statement)) == 0)
		ids[n++] = sqlite3_column_int64(statement, 0);
	if (r == 0)
		IGNORE(sqlite3_reset(statement)); /* those that are left go the next time */
	*ret_n = n;
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int write_claimed(struct store *store, int64_t person, const int64_t *groups, size_t n,
			 bool *ret_changed)
{
	int64_t had[ACCESS_GROUPS_MAX], directory;
	size_t n_had = 0;
	int r = store_intern_directory(store, GROUP_CLAIMED, true, &directory);

	if (r == 0)
		r = read_claimed(store, person, directory, had, &n_had);
	*ret_changed = false;
	for (size_t i = 0; i < n_had && r == 0; i++)
		if (!is_among(groups, n, had[i])) {
			r = store_exec(store, STORE_SQL_DROP_MEMBER, "ii", had[i], person);
			*ret_changed = true;
		}
	for (size_t i = 0; i < n && r == 0; i++)
		if (!is_among(had, n_had, groups[i])) {
			r = store_exec(store, STORE_SQL_ADD_MEMBER, "ii", groups[i], person);
			*ret_changed = true;
		}
	return r;
}

int store_put_claimed(struct store *store, int64_t person, const int64_t *groups, size_t n,
		      bool *ret_changed)
{
	bool own, changed = false;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_leave(store, own, write_claimed(store, person, groups, n, &changed));
	if (r == 0)
		*ret_changed = changed;
	return r;
}

int store_people_after(struct store *store, int64_t after, size_t n, int64_t *ret_ids,
		       size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	size_t found = 0;
	int r = store_query(store, STORE_SQL_EVERYBODY_AFTER, &statement, "ii", after, (int64_t)n);

	while (r == 0 && found < n && (r = store_row(store, statement)) == 0)
		ret_ids[found++] = sqlite3_column_int64(statement, 0);
	if (r == 0)
		IGNORE(sqlite3_reset(statement)); /* all of them were read */
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	*ret_n = found;
	return 0;
}
