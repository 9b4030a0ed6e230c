/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids beside those that are bound: rows to structs and back. */

#include "idp-agentd/core/store-ids.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-internal.h"

static int copy(char *field, size_t room, const char *text)
{
	int n = snprintf(field, room, "%s", text);

	return n < 0 || (size_t)n >= room ? -EUCLEAN : 0;
}
#define COPY(field, text) copy(field, sizeof(field), text)

static enum idmap_kind kind_of(int64_t number)
{
	return number == 0 ? IDMAP_PERSON : IDMAP_GROUP;
}

/* Is a table empty? Asked once; what is put there later says so itself. */
static int is_empty(struct store *store, enum store_sql question, enum store_rows *rows, bool *ret)
{
	int64_t some;
	int r = 0;

	if (*rows == STORE_ROWS_UNKNOWN) {
		r = store_ask(store, question, &some, "");
		if (r == 0)
			*rows = some ? STORE_ROWS_SOME : STORE_ROWS_NONE;
	}
	*ret = *rows == STORE_ROWS_NONE;
	return r;
}

/* ---- given ids ---- */

static int read_given(sqlite3_stmt *statement, struct store_given *given)
{
	struct idmap_line *line = &given->line;
	int r;

	line->kind = kind_of(sqlite3_column_int64(statement, 0));
	line->id = store_id(statement, 3);
	line->gid = store_id(statement, 4);
	if (line->gid == 0)
		line->gid = PERSON_ID_NONE;
	line->state = IDMAP_GIVEN;
	given->pass = sqlite3_column_int64(statement, 6);
	given->sealed = sqlite3_column_int64(statement, 7) == 1;
	r = COPY(line->realm, store_text(statement, 1));
	if (r == 0)
		r = COPY(line->key, store_text(statement, 2));
	if (r == 0)
		r = COPY(line->name, store_text(statement, 5));
	return r;
}

static int find_given(struct store *store, sqlite3_stmt *statement, struct store_given *ret)
{
	struct store_given given = { 0 };
	int r = store_row(store, statement);

	if (r != 0)
		return r;
	r = read_given(statement, &given);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (r == 0)
		*ret = given;
	return r;
}

int store_find_given(struct store *store, const struct idmap_line *who, struct store_given *ret)
{
	sqlite3_stmt *statement = NULL;
	bool empty;
	int r = is_empty(store, STORE_SQL_HAS_GIVEN, &store->given, &empty);

	if (r != 0 || empty)
		return r != 0 ? r : STORE_E_NOT_FOUND;
	r = store_query(store, STORE_SQL_FIND_GIVEN, &statement, "itt", (int64_t)who->kind,
			who->realm, who->key);
	return r != 0 ? r : find_given(store, statement, ret);
}

int store_find_given_id(struct store *store, enum idmap_kind kind, uint32_t id,
			struct store_given *ret)
{
	sqlite3_stmt *statement = NULL;
	bool empty;
	int r = is_empty(store, STORE_SQL_HAS_GIVEN, &store->given, &empty);

	if (r != 0 || empty)
		return r != 0 ? r : STORE_E_NOT_FOUND;
	r = store_query(store, STORE_SQL_FIND_GIVEN_ID, &statement, "ii", (int64_t)id,
			(int64_t)kind);
	return r != 0 ? r : find_given(store, statement, ret);
}

int store_put_given(struct store *store, const struct idmap_line *line, int64_t pass)
{
	store->given = STORE_ROWS_SOME;
	return store_change(store, STORE_SQL_PUT_GIVEN, "ittiiti", (int64_t)line->kind,
			    line->realm, line->key, (int64_t)line->id,
			    line->gid == PERSON_ID_NONE ? (int64_t)0 : (int64_t)line->gid,
			    line->name, pass);
}

int store_drop_given(struct store *store, const struct idmap_line *who)
{
	bool empty;
	int r = is_empty(store, STORE_SQL_HAS_GIVEN, &store->given, &empty);

	if (r != 0 || empty)
		return r;
	return store_change(store, STORE_SQL_DROP_GIVEN, "itt", (int64_t)who->kind, who->realm,
			    who->key);
}

int store_begin_given(struct store *store, int64_t *ret_pass)
{
	int r = store_change(store, STORE_SQL_ADD_PASS, "");

	if (r == 0)
		*ret_pass = sqlite3_last_insert_rowid(store->db);
	return r;
}

int store_seal_given(struct store *store, int64_t pass)
{
	return store_change(store, STORE_SQL_SEAL_PASS, "i", pass);
}

static int trim(struct store *store, int64_t pass, size_t n)
{
	int64_t more;
	int r = store_exec(store, STORE_SQL_TRIM_PASS, "ii", pass, (int64_t)n);

	if (r == 0)
		r = store_ask(store, STORE_SQL_HAS_PASS, &more, "i", pass);
	if (r == STORE_E_NOT_FOUND)
		r = store_exec(store, STORE_SQL_DROP_PASS, "i", pass);
	return r;
}

int store_trim_given(struct store *store, int64_t but, size_t n, bool *ret_more)
{
	int64_t pass = 0;
	bool own;
	int r = store_ask(store, STORE_SQL_OPEN_PASS, &pass, "i", but);

	*ret_more = r == 0;
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	r = store_enter(store, STORE_RELAXED, &own);
	return r != 0 ? r : store_leave(store, own, trim(store, pass, n));
}

/* ---- all of them, by who ---- */

static int read_id(sqlite3_stmt *statement, enum idmap_kind kind, const char *realm,
		   struct idmap_line *line)
{
	int state = sqlite3_column_int(statement, 4);
	int r;

	*line = (struct idmap_line){ .kind = kind, .id = store_id(statement, 1) };
	line->gid = store_id(statement, 2);
	if (line->gid == 0)
		line->gid = PERSON_ID_NONE;
	line->state = state == 0 ? IDMAP_LIVE : state == 1 ? IDMAP_RETIRED : IDMAP_GIVEN;
	r = COPY(line->realm, realm);
	if (r == 0)
		r = COPY(line->key, store_text(statement, 0));
	if (r == 0)
		r = COPY(line->name, store_text(statement, 3));
	return r;
}

/* Of one realm; how many there were. */
static int ids_of(struct store *store, enum idmap_kind kind, const char *realm, const char *key,
		  size_t n, struct idmap_line *lines, size_t *ret_n)
{
	bool person = kind == IDMAP_PERSON;
	sqlite3_stmt *statement = NULL;
	int64_t row = 0; /* of no issuer or directory: only given ids are of it */
	int r = person ? store_intern_issuer(store, realm, false, &row)
		       : store_intern_directory(store, realm, false, &row);

	if (r < 0)
		return r;
	*ret_n = 0;
	r = store_query(store, person ? STORE_SQL_PEOPLE_IDS : STORE_SQL_GROUP_IDS, &statement,
			"itti", r == 0 ? row : (int64_t)0, realm, key, (int64_t)n);
	while (r == 0 && *ret_n < n) {
		r = store_row(store, statement);
		if (r == 0)
			r = read_id(statement, kind, realm, &lines[(*ret_n)++]);
	}
	IGNORE(sqlite3_reset(statement)); /* r says what failed */
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int next_realm(struct store *store, enum idmap_kind kind, const char *after,
		      char ret_realm[static ISSUER_LEN_MAX + 1])
{
	sqlite3_stmt *statement = NULL;
	int r = store_query(store,
			    kind == IDMAP_PERSON ? STORE_SQL_NEXT_ISSUER : STORE_SQL_NEXT_DIRECTORY,
			    &statement, "t", after);

	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	r = copy(ret_realm, ISSUER_LEN_MAX + 1, store_text(statement, 0));
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	return r == 0 && !*ret_realm ? STORE_E_NOT_FOUND : r;
}

int store_ids_after(struct store *store, const struct idmap_line *after, size_t n,
		    struct idmap_line *lines, size_t *ret_n)
{
	struct idmap_line at = *after;
	size_t filled = 0;
	int r = 0;

	while (filled < n) {
		size_t got = 0;

		if (*at.realm)
			r = ids_of(store, at.kind, at.realm, at.key, n - filled, lines + filled,
				   &got);
		if (r != 0)
			return r;
		filled += got;
		if (filled == n)
			break;
		at.key[0] = '\0';
		r = next_realm(store, at.kind, at.realm, at.realm);
		if (r == STORE_E_NOT_FOUND && at.kind == IDMAP_PERSON) {
			at.kind = IDMAP_GROUP;
			at.realm[0] = '\0';
			r = 0;
		} else if (r == STORE_E_NOT_FOUND) {
			break;
		} else if (r != 0) {
			return r;
		}
	}
	*ret_n = filled;
	return 0;
}

int store_find_gid_holder(struct store *store, uint32_t gid, struct idmap_line *ret)
{
	_cleanup_(group_freep) struct group *group = group_new();
	sqlite3_stmt *statement = NULL;
	int r;

	if (!group)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_FIND_GID, &statement, "i", (int64_t)gid);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	r = store_read_group(store, statement, group);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	*ret = (struct idmap_line){ .kind = IDMAP_GROUP, .id = gid, .gid = gid };
	ret->state = group->retired ? IDMAP_RETIRED : IDMAP_LIVE;
	if (r == 0)
		r = COPY(ret->realm, group->directory);
	if (r == 0)
		r = COPY(ret->key, group->dir_id);
	return r != 0 ? r : COPY(ret->name, group->name);
}

/* ---- who was refused ---- */

static int read_clash(sqlite3_stmt *statement, struct store_clash *clash)
{
	struct idmap_line *who = &clash->who;
	int r;

	*clash = (struct store_clash){ .seen = (uint64_t)sqlite3_column_int64(statement, 6) };
	who->kind = kind_of(sqlite3_column_int64(statement, 0));
	who->id = store_id(statement, 3);
	who->gid = PERSON_ID_NONE;
	r = COPY(who->realm, store_text(statement, 1));
	if (r == 0)
		r = COPY(who->key, store_text(statement, 2));
	if (r == 0)
		r = COPY(who->name, store_text(statement, 4));
	if (r == 0)
		r = COPY(clash->directory, store_text(statement, 5));
	return r;
}

static int read_clashes(struct store *store, sqlite3_stmt *statement, size_t n,
			struct store_clash *clashes, size_t *ret_n)
{
	int r = 0;

	*ret_n = 0;
	while (r == 0 && *ret_n < n) {
		r = store_row(store, statement);
		if (r == 0)
			r = read_clash(statement, &clashes[(*ret_n)++]);
	}
	IGNORE(sqlite3_reset(statement)); /* r says what failed */
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_clashes_after(struct store *store, const struct idmap_line *after, size_t n,
			struct store_clash *clashes, size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	int r = store_query(store, STORE_SQL_CLASHES_AFTER, &statement, "itti",
			    (int64_t)after->kind, after->realm, after->key, (int64_t)n);

	return r != 0 ? r : read_clashes(store, statement, n, clashes, ret_n);
}

int store_clashes_of(struct store *store, enum idmap_kind kind, const char *name, size_t n,
		     struct store_clash *clashes, size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	int r = store_query(store, STORE_SQL_CLASHES_OF, &statement, "iti", (int64_t)kind, name,
			    (int64_t)n);

	return r != 0 ? r : read_clashes(store, statement, n, clashes, ret_n);
}

int store_count_clashes(struct store *store, uint64_t *ret)
{
	int64_t n;
	int r = store_ask(store, STORE_SQL_COUNT_CLASHES, &n, "");

	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

static bool is_remembered(struct store *store, const struct idmap_line *who)
{
	int64_t kind;

	return store_ask(store, STORE_SQL_FIND_CLASH, &kind, "itt", (int64_t)who->kind, who->realm,
			 who->key) == 0;
}

int store_put_clash(struct store *store, const struct store_clash *clash)
{
	const struct idmap_line *who = &clash->who;
	uint64_t n = 0;
	int r;

	if (!is_remembered(store, who)) {
		r = store_count_clashes(store, &n);
		if (r != 0 || n >= STORE_CLASHES_MAX)
			return r;
	}
	store->clashes = STORE_ROWS_SOME;
	return store_change(store, STORE_SQL_PUT_CLASH, "ittitti", (int64_t)who->kind, who->realm,
			    who->key, (int64_t)who->id, who->name, clash->directory,
			    (int64_t)clash->seen);
}

int store_drop_clash(struct store *store, const struct idmap_line *who)
{
	bool empty;
	int r = is_empty(store, STORE_SQL_HAS_CLASHES, &store->clashes, &empty);

	if (r != 0 || empty)
		return r;
	return store_change(store, STORE_SQL_DROP_CLASH, "itt", (int64_t)who->kind, who->realm,
			    who->key);
}
