/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups of the record, the made-up private ones included. */

#include "idp-agentd/core/store-group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-person.h"

int store_read_group(struct store *store, sqlite3_stmt *statement, struct group *group)
{
	const struct store_word *directory =
		store_word(&store->directories, sqlite3_column_int64(statement, 1));
	int r;

	if (!directory)
		return -EUCLEAN;
	group->id = sqlite3_column_int64(statement, 0);
	group->gid = store_id(statement, 4);
	if (group->gid == 0)
		group->gid = PERSON_ID_NONE;
	group->retired = sqlite3_column_int(statement, 5) != 0;
	r = person_set(&group->directory, directory->text);
	if (r == 0)
		r = person_set(&group->dir_id, store_text(statement, 2));
	if (r == 0)
		r = person_set(&group->name, store_text(statement, 3));
	return r;
}

#define GROUPS_ROOM ((size_t)USER_GROUPS_MAX + 1)

/* Runs a bound statement that finds at most one group. */
static int find(struct store *store, sqlite3_stmt *statement, struct group **ret)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	r = store_row(store, statement);
	if (r != 0)
		return r;
	group = group_new();
	r = group ? store_read_group(store, statement, group) : -ENOMEM;
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (r != 0)
		return r;
	*ret = TAKE_PTR(group);
	return 0;
}

/* The private group of a person found, or STORE_E_NOT_FOUND for somebody without one. */
static int make_private(const struct person *person, struct group **ret)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	if (person->retired || person->uid != person->gid)
		return STORE_E_NOT_FOUND;
	group = group_new();
	if (!group)
		return -ENOMEM;
	group->gid = person->gid;
	group->is_private = true;
	r = person_set(&group->name, person->name);
	if (r == 0)
		r = person_set(&group->directory, person->directory);
	if (r != 0)
		return r;
	*ret = TAKE_PTR(group);
	return 0;
}

int store_find_directory_group(struct store *store, const char *name, struct group **ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_FIND_GROUP, &statement, "t", name);
	return r != 0 ? r : find(store, statement, ret);
}

int store_find_group(struct store *store, const char *name, struct group **ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(group_freep) struct group *group = NULL, *private = NULL;
	int r;

	r = store_find_name(store, name, &person);
	if (r == 0)
		r = make_private(person, &private);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	r = store_find_directory_group(store, name, &group);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	if (!group && !private)
		return STORE_E_NOT_FOUND;
	/* Same name and same number: the directory made the private group explicit. */
	if (group && (!private || private->gid == group->gid))
		*ret = TAKE_PTR(group);
	else
		*ret = TAKE_PTR(private);
	return 0;
}

int store_find_gid(struct store *store, uint32_t gid, struct group **ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_FIND_GID, &statement, "i", (int64_t)gid);
	if (r == 0)
		r = find(store, statement, ret);
	if (r == 0 && (*ret)->retired) {
		*ret = group_free(*ret);
		return STORE_E_NOT_FOUND;
	}
	if (r != STORE_E_NOT_FOUND)
		return r;
	r = store_find_uid(store, gid, &person);
	return r != 0 ? r : make_private(person, ret);
}

int store_find_group_dir_id(struct store *store, const char *directory, const char *dir_id,
			    struct group **ret)
{
	sqlite3_stmt *statement = NULL;
	int64_t id;
	int r;

	r = store_intern_directory(store, directory, false, &id);
	if (r != 0)
		return r;
	r = store_query(store, STORE_SQL_FIND_GROUP_DIR_ID, &statement, "it", id, dir_id);
	return r != 0 ? r : find(store, statement, ret);
}

KEEPS_POINTERS_BEGIN
static int add_member_name(struct group *group, const char *name, size_t *room)
{
	if (group->n_members == *room) {
		size_t wanted = *room ? *room * 2 : 64;
		char **members = reallocarray(group->members, wanted, sizeof(*members));

		if (!members)
			return -ENOMEM;
		group->members = members;
		*room = wanted;
	}
	group->members[group->n_members] = strdup(name);
	if (!group->members[group->n_members])
		return -ENOMEM;
	group->n_members++;
	return 0;
}
KEEPS_POINTERS_END

/* Most groups hold no other, and their members come in order without sorting. */
static int query_members(struct store *store, int64_t group, sqlite3_stmt **ret)
{
	int64_t found;
	int r = store_ask(store, STORE_SQL_HAS_NESTED, &found, "i", group);

	if (r == STORE_E_NOT_FOUND)
		return store_query(store, STORE_SQL_GROUP_MEMBERS, ret, "i", group);
	return r != 0 ? r
		      : store_query(store, STORE_SQL_NESTED_MEMBERS, ret, "ii", group,
				    (int64_t)GROUP_DEPTH_MAX);
}

int store_group_members(struct store *store, struct group *group)
{
	sqlite3_stmt *statement = NULL;
	size_t room = 0;
	int r;

	for (size_t i = 0; i < group->n_members; i++)
		free(group->members[i]);
	free(group->members);
	group->members = NULL;
	group->n_members = 0;
	group->n_direct = 0;
	r = query_members(store, group->id, &statement);
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		group->n_direct += sqlite3_column_int(statement, 1) == 1;
		r = add_member_name(group, store_text(statement, 0), &room);
		if (r != 0) {
			IGNORE(sqlite3_reset(statement)); /* memory is out, that is the news */
			return r;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

void group_list_free(struct group **groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		groups[i] = group_free(groups[i]);
	free(groups);
}

/* Every group a bound statement finds, GROUPS_ROOM at most. */
static int collect(struct store *store, sqlite3_stmt *statement, size_t *ret_n, struct group ***ret)
{
	struct group **groups = calloc(GROUPS_ROOM, sizeof(struct group *));
	size_t n = 0;
	int r = groups ? 0 : -ENOMEM;

	while (r == 0 && (r = store_row(store, statement)) == 0 && n < GROUPS_ROOM) {
		groups[n] = group_new();
		r = groups[n] ? store_read_group(store, statement, groups[n]) : -ENOMEM;
		if (r == 0)
			groups[n]->is_inherited = sqlite3_column_int(statement, 6) == 1;
		n++;
	}
	if (r != STORE_E_NOT_FOUND && r != 0) {
		IGNORE(sqlite3_reset(statement)); /* the first error is the news */
		group_list_free(groups, n);
		return r;
	}
	*ret_n = n;
	*ret = groups;
	return 0;
}

int store_person_groups(struct store *store, int64_t person, size_t *ret_n, struct group ***ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_PERSON_GROUPS, &statement, "iii", person,
			(int64_t)GROUPS_ROOM, (int64_t)GROUP_DEPTH_MAX);
	return r != 0 ? r : collect(store, statement, ret_n, ret);
}

int store_nested_groups(struct store *store, int64_t group, size_t *ret_n, struct group ***ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_NESTED_GROUPS, &statement, "ii", group,
			(int64_t)GROUPS_ROOM);
	return r != 0 ? r : collect(store, statement, ret_n, ret);
}

int store_each_group(struct store *store, int (*each)(void *arg, const struct group *group),
		     void *arg)
{
	_cleanup_(group_freep) struct group *group = group_new();
	sqlite3_stmt *statement = NULL;
	int r;

	if (!group)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_EACH_GROUP, &statement, "");
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
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

/* The people of one group, those of the groups inside it among them. */
static int each_nested_member(struct store *store, int64_t group,
			      int (*each)(void *arg, int64_t group, int64_t person), void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_EACH_NESTED_MEMBER, &statement, "ii", group,
			(int64_t)GROUP_DEPTH_MAX);
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = each(arg, group, sqlite3_column_int64(statement, 0));
		if (r != 0)
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int each_nesting(struct store *store, int (*each)(void *arg, int64_t group, int64_t person),
			void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_EACH_NESTING, &statement, "");
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = each_nested_member(store, sqlite3_column_int64(statement, 0), each, arg);
		if (r != 0)
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_each_member(struct store *store, int (*each)(void *arg, int64_t group, int64_t person),
		      void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_EACH_MEMBER, &statement, "");
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = each(arg, sqlite3_column_int64(statement, 0),
			 sqlite3_column_int64(statement, 1));
		if (r != 0)
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
	}
	return r == STORE_E_NOT_FOUND ? each_nesting(store, each, arg) : r;
}

int store_each_around(struct store *store, int64_t group, int (*each)(void *arg, int64_t group),
		      void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_GROUPS_AROUND, &statement, "ii", group,
			(int64_t)GROUP_DEPTH_MAX);
	while (r == 0 && (r = store_row(store, statement)) == 0) {
		r = each(arg, sqlite3_column_int64(statement, 0));
		if (r != 0)
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int write_group(struct store *store, struct group *group)
{
	int64_t gid = group->gid == PERSON_ID_NONE ? 0 : (int64_t)group->gid;
	int64_t directory;
	int r;

	r = store_intern_directory(store, group->directory, true, &directory);
	if (r != 0)
		return r;
	if (group->id)
		return store_exec(store, STORE_SQL_SET_GROUP, "itii", group->id, group->name,
				  (int64_t)group->retired, gid);
	r = store_exec(store, STORE_SQL_ADD_GROUP, "ittii", directory, group->dir_id, group->name,
		       gid, (int64_t)group->retired);
	if (r == 0)
		group->id = sqlite3_last_insert_rowid(store->db);
	return r;
}

int store_put_group(struct store *store, struct group *group)
{
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	return store_leave(store, own, write_group(store, group));
}
