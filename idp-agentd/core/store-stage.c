/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Staging, sealing, removals and memberships: the syncer's part of the record. */

#include "idp-agentd/core/store-stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/store-internal.h"

static int stage_row(struct store *store, const struct store_staged *row)
{
	return store_exec(store, STORE_SQL_STAGE, "iiitb", row->id, (int64_t)row->op,
			  (int64_t)row->tries, row->dir_id, row->len ? row->record : "", row->len);
}

int store_stage(struct store *store, const struct store_staged *rows, size_t n)
{
	bool own;
	int r;

	r = store_enter(store, STORE_RELAXED, &own);
	if (r != 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = stage_row(store, &rows[i]);
	return store_leave(store, own, r);
}

int store_each_staged(struct store *store, size_t n,
		      int (*each)(void *arg, const struct store_staged *row), void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_NEXT_STAGED, &statement, "i", (int64_t)n);
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		struct store_staged row = {
			.id = sqlite3_column_int64(statement, 0),
			.op = sqlite3_column_int(statement, 1),
			.tries = sqlite3_column_int(statement, 2),
			.dir_id = store_text(statement, 3),
			.record = sqlite3_column_blob(statement, 4),
			.len = (size_t)sqlite3_column_bytes(statement, 4),
		};

		r = each(arg, &row);
		if (r != 0) {
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
			return r;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_last_staged(struct store *store, int64_t limit, int64_t *ret)
{
	return store_ask(store, STORE_SQL_LAST_STAGED, ret, "i", limit);
}

int store_count_staged(struct store *store, uint64_t *ret)
{
	int64_t n;
	int r = store_ask(store, STORE_SQL_COUNT_STAGED, &n, "");

	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

int store_count_strays(struct store *store, uint64_t *ret)
{
	int64_t n;
	int r = store_ask(store, STORE_SQL_COUNT_STRAYS, &n, "");

	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

int store_unstage(struct store *store, int64_t id)
{
	return store_change(store, STORE_SQL_UNSTAGE, "i", id);
}

int store_unstage_one(struct store *store, int64_t id)
{
	return store_change(store, STORE_SQL_UNSTAGE_ONE, "i", id);
}

int store_unstage_group(struct store *store, int64_t from, const char *dir_id)
{
	return store_change(store, STORE_SQL_UNSTAGE_GROUP, "it", from, dir_id);
}

int store_unstage_all(struct store *store)
{
	return store_change(store, STORE_SQL_UNSTAGE_ALL, "");
}

/* ---- the seal ---- */

int store_put_seal(struct store *store, const struct store_seal *seal)
{
	return store_change(store, STORE_SQL_SEAL, "tttiii", seal->directory, seal->iss,
			    seal->cursor, (int64_t)seal->fingerprint, (int64_t)seal->complete,
			    (int64_t)seal->held);
}

struct store_seal *store_seal_free(struct store_seal *seal)
{
	if (!seal)
		return NULL;
	free(seal->directory);
	free(seal->iss);
	free(seal->cursor);
	free(seal);
	return NULL;
}

int store_get_seal(struct store *store, struct store_seal **ret)
{
	_cleanup_(store_seal_freep) struct store_seal *seal = calloc(1, sizeof(*seal));
	sqlite3_stmt *statement = NULL;
	int r;

	if (!seal)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_GET_SEAL, &statement, "");
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	seal->directory = strdup(store_text(statement, 0));
	seal->iss = strdup(store_text(statement, 1));
	seal->cursor = strdup(store_text(statement, 2));
	seal->fingerprint = (uint64_t)sqlite3_column_int64(statement, 3);
	seal->complete = sqlite3_column_int(statement, 4) != 0;
	seal->held = (uint64_t)sqlite3_column_int64(statement, 5);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (!seal->directory || !seal->iss || !seal->cursor)
		return -ENOMEM;
	*ret = TAKE_PTR(seal);
	return 0;
}

static int finish_directory(struct store *store, const struct store_seal *seal, uint64_t now)
{
	int64_t directory;
	int r;

	r = store_intern_directory(store, seal->directory, true, &directory);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DIRECTORY_DONE, "iti", directory, seal->cursor,
			       (int64_t)now);
	if (r == 0 && !seal->complete && seal->held > 0)
		r = store_exec(store, STORE_SQL_DIRECTORY_HELD, "ii", directory,
			       (int64_t)seal->held);
	if (r != 0 || !seal->complete)
		return r;
	return store_exec(store, STORE_SQL_DIRECTORY_FULL, "iiii", directory, (int64_t)now,
			  (int64_t)seal->fingerprint, (int64_t)seal->held);
}

int store_finish_pass(struct store *store, const struct store_seal *seal, uint64_t now)
{
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_exec(store, STORE_SQL_DROP_SEAL, "");
	if (r == 0)
		r = finish_directory(store, seal, now);
	if (r == 0)
		r = store_load_words(store);
	return store_leave(store, own, r);
}

int store_fail_pass(struct store *store, const char *directory, uint64_t now, const char *why)
{
	int64_t id;
	bool own;
	int r;

	r = store_enter(store, STORE_RELAXED, &own);
	if (r != 0)
		return r;
	r = store_intern_directory(store, directory, true, &id);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DIRECTORY_FAILED, "iit", id, (int64_t)now, why);
	return store_leave(store, own, r);
}

/* ---- removals ---- */

int store_page(struct store *store, const char *directory, bool groups, int64_t after, size_t n,
	       int64_t *ret_ids, size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	int64_t id;
	size_t found = 0;
	int r;

	r = store_intern_directory(store, directory, true, &id);
	if (r == 0)
		r = store_query(store, groups ? STORE_SQL_GROUPS_AFTER : STORE_SQL_PEOPLE_AFTER,
				&statement, "iii", after, id, (int64_t)n);
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0 && found < n)
		ret_ids[found++] = sqlite3_column_int64(statement, 0);
	if (r != STORE_E_NOT_FOUND && r != 0)
		return r;
	IGNORE(sqlite3_reset(statement)); /* the rows were read, nothing failed */
	*ret_n = found;
	return 0;
}

int store_count_live(struct store *store, const char *directory, bool groups, uint64_t limit,
		     uint64_t *ret)
{
	int64_t id, n;
	int r;

	r = store_intern_directory(store, directory, false, &id);
	if (r == 0)
		r = store_ask(store, groups ? STORE_SQL_LIVE_GROUPS : STORE_SQL_LIVE_PEOPLE, &n,
			      "ii", id, (int64_t)limit);
	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

static int retire_person(struct store *store, int64_t person, bool waiting)
{
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_detach_person(store, person);
	if (r == 0 && !waiting)
		r = store_exec(store, STORE_SQL_FORGET_STRAYS, "i", person);
	if (r == 0)
		r = store_exec(store, STORE_SQL_RETIRE_PERSON, "i", person);
	return store_leave(store, own, r);
}

int store_retire_person(struct store *store, int64_t person)
{
	return retire_person(store, person, true);
}

int store_forget_person(struct store *store, int64_t person)
{
	return retire_person(store, person, false);
}

int store_retire_group(struct store *store, int64_t group)
{
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_exec(store, STORE_SQL_RETIRE_GROUP, "i", group);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_GROUP_MEMBERS, "i", group);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_GROUP_STRAYS, "i", group);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_ALL_NESTED, "i", group);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DETACH_GROUP, "i", group);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_NESTINGS, "i", group);
	return store_leave(store, own, r);
}

int store_miss_person(struct store *store, int64_t person)
{
	return store_change(store, STORE_SQL_MISS_PERSON, "i", person);
}

/* ---- memberships ---- */

int store_each_member_id(struct store *store, const char *directory, int64_t group,
			 int (*each)(void *arg, const char *dir_id), void *arg)
{
	sqlite3_stmt *statement = NULL;
	int64_t id;
	int r;

	r = store_intern_directory(store, directory, false, &id);
	if (r == 0)
		r = store_query(store, STORE_SQL_MEMBER_IDS, &statement, "ii", group, id);
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		r = each(arg, store_text(statement, 0));
		if (r != 0) {
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
			return r;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

/* What is this member: a person, a group, or nobody we know? */
static int find_member(struct store *store, int64_t directory, const char *dir_id,
		       bool *ret_is_group, int64_t *ret)
{
	int r = store_ask(store, STORE_SQL_PERSON_ROW, ret, "it", directory, dir_id);

	*ret_is_group = r == STORE_E_NOT_FOUND;
	return r == STORE_E_NOT_FOUND
		       ? store_ask(store, STORE_SQL_GROUP_ROW, ret, "it", directory, dir_id)
		       : r;
}

static int add_member(struct store *store, int64_t directory, int64_t group, const char *dir_id)
{
	bool is_group;
	int64_t member;
	int r = find_member(store, directory, dir_id, &is_group, &member);

	if (r == STORE_E_NOT_FOUND)
		return store_exec(store, STORE_SQL_ADD_STRAY, "iti", directory, dir_id, group);
	if (r != 0)
		return r;
	return store_exec(store, is_group ? STORE_SQL_ADD_NESTED : STORE_SQL_ADD_MEMBER, "ii",
			  group, member);
}

/* As a person, a group and nobody at once: an id may have been another one's before. */
static int drop_member(struct store *store, int64_t directory, int64_t group, const char *dir_id)
{
	int64_t member;
	int r = store_ask(store, STORE_SQL_PERSON_ROW, &member, "it", directory, dir_id);

	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_MEMBER, "ii", group, member);
	if (r == 0 || r == STORE_E_NOT_FOUND)
		r = store_ask(store, STORE_SQL_GROUP_ROW, &member, "it", directory, dir_id);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_NESTED, "ii", group, member);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	return store_exec(store, STORE_SQL_DROP_STRAY, "iti", directory, dir_id, group);
}

int store_put_member(struct store *store, const char *directory, int64_t group, const char *dir_id,
		     bool in)
{
	int64_t id;
	int r;

	r = store_intern_directory(store, directory, true, &id);
	if (r != 0)
		return r;
	return in ? add_member(store, id, group, dir_id) : drop_member(store, id, group, dir_id);
}

int store_detach_person(struct store *store, int64_t person)
{
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_exec(store, STORE_SQL_DETACH, "i", person);
	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_MEMBERSHIPS, "i", person);
	return store_leave(store, own, r);
}

static int attach(struct store *store, int64_t directory, const char *dir_id, int64_t person)
{
	int64_t found;
	int r;

	/* Nobody waits for most people, and to ask is cheaper than to adopt nobody. */
	r = store_ask(store, STORE_SQL_HAS_STRAYS, &found, "it", directory, dir_id);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	r = store_exec(store, STORE_SQL_ADOPT_STRAYS, "iti", directory, dir_id, person);
	if (r != 0)
		return r;
	return store_exec(store, STORE_SQL_DROP_STRAYS, "it", directory, dir_id);
}

int store_attach_person(struct store *store, const char *directory, const char *dir_id,
			int64_t person)
{
	int64_t id;
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_intern_directory(store, directory, true, &id);
	if (r == 0)
		r = attach(store, id, dir_id, person);
	return store_leave(store, own, r);
}

static int attach_group(struct store *store, int64_t directory, const char *dir_id, int64_t group)
{
	int64_t found;
	int r;

	r = store_ask(store, STORE_SQL_HAS_STRAYS, &found, "it", directory, dir_id);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	r = store_exec(store, STORE_SQL_ADOPT_NESTED, "iti", directory, dir_id, group);
	if (r != 0)
		return r;
	return store_exec(store, STORE_SQL_DROP_STRAYS, "it", directory, dir_id);
}

int store_attach_group(struct store *store, const char *directory, const char *dir_id,
		       int64_t group)
{
	int64_t id;
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_intern_directory(store, directory, true, &id);
	if (r == 0)
		r = attach_group(store, id, dir_id, group);
	return store_leave(store, own, r);
}
