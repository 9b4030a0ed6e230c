/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements, transactions and small facts of the record. Opening it is store-open.c's.
 *
 * Invariants: one statement of each kind, reset before use; a transaction that SQLite itself
 * rolled back (disk full, I/O) stays refused until the caller has rolled it back too.
 */

#include "idp-agentd/core/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/store-internal.h"

static const char *const statement_texts[STORE_SQL_COUNT] = {
#define STORE_SQL(name, text) [STORE_SQL_##name] = (text),
#include "idp-agentd/core/store-statements.h"
#undef STORE_SQL
};

static int error_of_system(struct store *store)
{
	int e = sqlite3_system_errno(store->db);

	return e == ENOSPC || e == EDQUOT || e == EFBIG ? -ENOSPC : -EIO;
}

int store_error(struct store *store, int rc)
{
	int extended = sqlite3_extended_errcode(store->db);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return error_of_system(store);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EROFS;
	case SQLITE_CONSTRAINT:
		return extended == SQLITE_CONSTRAINT_UNIQUE ||
				       extended == SQLITE_CONSTRAINT_PRIMARYKEY
			       ? STORE_E_TAKEN
			       : -EINVAL;
	default:
		return -EIO;
	}
}

/* The statement, prepared once, reset. */
static int prepare(struct store *store, enum store_sql which, sqlite3_stmt **ret)
{
	sqlite3_stmt **slot = &store->statements[which];
	int rc;

	if (*slot) {
		IGNORE(sqlite3_reset(*slot)); /* repeats the error of the last run */
		*ret = *slot;
		return 0;
	}
	rc = sqlite3_prepare_v3(store->db, statement_texts[which], -1, SQLITE_PREPARE_PERSISTENT,
				slot, NULL);
	if (rc != SQLITE_OK)
		return store_error(store, rc);
	*ret = *slot;
	return 0;
}

static int bind(struct store *store, sqlite3_stmt *statement, const char *types, va_list args)
{
	int rc = SQLITE_OK;

	for (int i = 1; rc == SQLITE_OK && types[i - 1]; i++) {
		if (types[i - 1] == 'i') {
			rc = sqlite3_bind_int64(statement, i, va_arg(args, int64_t));
		} else if (types[i - 1] == 't') {
			rc = sqlite3_bind_text(statement, i, va_arg(args, const char *), -1,
					       SQLITE_STATIC);
		} else {
			const void *bytes = va_arg(args, const void *);

			rc = sqlite3_bind_blob64(statement, i, bytes, va_arg(args, size_t),
						 SQLITE_STATIC);
		}
	}
	return rc == SQLITE_OK ? 0 : store_error(store, rc);
}

static int query(struct store *store, enum store_sql which, sqlite3_stmt **ret, const char *types,
		 va_list args)
{
	int r = prepare(store, which, ret);

	return r != 0 ? r : bind(store, *ret, types, args);
}

static int run(struct store *store, enum store_sql which, const char *types, va_list args)
{
	sqlite3_stmt *statement = NULL;
	int rc, r;

	r = query(store, which, &statement, types, args);
	if (r != 0)
		return r;
	rc = sqlite3_step(statement);
	r = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_error(store, rc);
	IGNORE(sqlite3_reset(statement)); /* repeats the error just taken */
	return r;
}

int store_query(struct store *store, enum store_sql which, sqlite3_stmt **ret, const char *types,
		...)
{
	va_list args;
	int r;

	va_start(args, types);
	r = query(store, which, ret, types, args);
	va_end(args);
	return r;
}

int store_ask(struct store *store, enum store_sql which, int64_t *ret, const char *types, ...)
{
	sqlite3_stmt *statement = NULL;
	va_list args;
	int r;

	va_start(args, types);
	r = query(store, which, &statement, types, args);
	va_end(args);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	*ret = sqlite3_column_int64(statement, 0);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	return 0;
}

int store_exec(struct store *store, enum store_sql which, const char *types, ...)
{
	va_list args;
	int r;

	va_start(args, types);
	r = run(store, which, types, args);
	va_end(args);
	return r;
}

int store_change(struct store *store, enum store_sql which, const char *types, ...)
{
	va_list args;
	bool own;
	int r;

	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	va_start(args, types);
	r = run(store, which, types, args);
	va_end(args);
	return store_leave(store, own, r);
}

int store_row(struct store *store, sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);
	int r;

	if (rc == SQLITE_ROW)
		return 0;
	r = rc == SQLITE_DONE ? STORE_E_NOT_FOUND : store_error(store, rc);
	IGNORE(sqlite3_reset(statement)); /* repeats the error just taken */
	return r;
}

const char *store_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text ? (const char *)text : "";
}

uint32_t store_id(sqlite3_stmt *statement, int column)
{
	int64_t id = sqlite3_column_int64(statement, column);

	return id > 0 && id < PERSON_ID_NONE ? (uint32_t)id : 0;
}

/* ---- transactions ---- */

static int set_durability(struct store *store, enum store_durability durability)
{
	int rc;

	if (store->durability == durability)
		return 0;
	rc = sqlite3_exec(store->db,
			  durability == STORE_DURABLE ? "PRAGMA synchronous = FULL"
						      : "PRAGMA synchronous = NORMAL",
			  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return store_error(store, rc);
	store->durability = durability;
	return 0;
}

int store_begin(struct store *store, enum store_durability durability)
{
	int r;

	if (store->in_transaction)
		return -EDEADLK;
	r = set_durability(store, durability);
	if (r != 0)
		return r;
	r = store_exec(store, STORE_SQL_BEGIN, "");
	if (r != 0)
		return r;
	store->in_transaction = true;
	return 0;
}

int store_commit(struct store *store)
{
	int r;

	if (!store->in_transaction)
		return -EINVAL;
	r = sqlite3_get_autocommit(store->db) ? -ECANCELED
					      : store_exec(store, STORE_SQL_COMMIT, "");
	if (r != 0) {
		store_rollback(store);
		return r;
	}
	store->in_transaction = false;
	return 0;
}

void store_rollback(struct store *store)
{
	if (!store->in_transaction)
		return;
	store->in_transaction = false;
	if (!sqlite3_get_autocommit(store->db))
		IGNORE(store_exec(store, STORE_SQL_ROLLBACK,
				  ""));  /* SQLite did it, or will on close */
	IGNORE(store_load_words(store)); /* without memory: a missing word is interned again */
}

int store_enter(struct store *store, enum store_durability durability, bool *ret_own)
{
	int r;

	if (store->in_transaction) {
		*ret_own = false;
		return sqlite3_get_autocommit(store->db) ? -ECANCELED : 0;
	}
	r = store_begin(store, durability);
	if (r == 0)
		*ret_own = true;
	return r;
}

int store_leave(struct store *store, bool own, int r)
{
	if (!own)
		return r;
	if (r == 0)
		return store_commit(store);
	store_rollback(store);
	return r;
}

/* ---- issuers and directories by number ---- */

static void words_done(struct store_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->items[i].text);
	free(words->items);
	*words = (struct store_words){ 0 };
}

KEEPS_POINTERS_BEGIN
static int words_add(struct store_words *words, int64_t id, const char *text, uint64_t last_full)
{
	struct store_word *items = reallocarray(words->items, words->n + 1, sizeof(*items));
	char *copy = strdup(text);

	if (items)
		words->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	words->items[words->n++] =
		(struct store_word){ .id = id, .text = copy, .last_full = last_full };
	return 0;
}
KEEPS_POINTERS_END

static int words_load(struct store *store, enum store_sql which, struct store_words *words)
{
	sqlite3_stmt *statement = NULL;
	int r;

	words_done(words);
	r = store_query(store, which, &statement, "");
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		r = words_add(words, sqlite3_column_int64(statement, 0), store_text(statement, 1),
			      (uint64_t)sqlite3_column_int64(statement, 2));
		if (r != 0)
			return r;
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_load_words(struct store *store)
{
	int r;

	r = words_load(store, STORE_SQL_ISSUERS, &store->issuers);
	if (r != 0)
		return r;
	return words_load(store, STORE_SQL_DIRECTORIES, &store->directories);
}

const struct store_word *store_word(const struct store_words *words, int64_t id)
{
	for (size_t i = 0; i < words->n; i++) {
		if (words->items[i].id == id)
			return &words->items[i];
	}
	return NULL;
}

static int intern(struct store *store, struct store_words *words, enum store_sql add,
		  const char *text, int64_t *ret)
{
	int64_t id;
	int r;

	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->items[i].text, text) == 0) {
			*ret = words->items[i].id;
			return 0;
		}
	}
	if (add == STORE_SQL_COUNT)
		return STORE_E_NOT_FOUND;
	r = store_exec(store, add, "t", text);
	if (r != 0)
		return r;
	id = sqlite3_last_insert_rowid(store->db);
	r = words_add(words, id, text, 0);
	if (r == 0)
		*ret = id;
	return r;
}

int store_intern_issuer(struct store *store, const char *text, bool create, int64_t *ret)
{
	return intern(store, &store->issuers, create ? STORE_SQL_ADD_ISSUER : STORE_SQL_COUNT, text,
		      ret);
}

int store_intern_directory(struct store *store, const char *text, bool create, int64_t *ret)
{
	return intern(store, &store->directories,
		      create ? STORE_SQL_ADD_DIRECTORY : STORE_SQL_COUNT, text, ret);
}

/* ---- small facts ---- */

int store_get_meta(struct store *store, const char *key, char **ret)
{
	sqlite3_stmt *statement = NULL;
	char *copy;
	int r;

	r = store_query(store, STORE_SQL_GET_META, &statement, "t", key);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	copy = strdup(store_text(statement, 0));
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int store_set_meta(struct store *store, const char *key, const char *value)
{
	return store_change(store, STORE_SQL_SET_META, "tt", key, value);
}

struct store_directory *store_directory_free(struct store_directory *directory)
{
	if (!directory)
		return NULL;
	free(directory->name);
	free(directory->cursor);
	free(directory->failure);
	free(directory);
	return NULL;
}

int store_get_directory(struct store *store, const char *name, struct store_directory **ret)
{
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;
	sqlite3_stmt *statement = NULL;
	int r;

	directory = calloc(1, sizeof(*directory));
	if (!directory)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_GET_DIRECTORY, &statement, "t", name);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	directory->id = sqlite3_column_int64(statement, 0);
	directory->name = strdup(store_text(statement, 1));
	directory->cursor = strdup(store_text(statement, 2));
	directory->fingerprint = (uint64_t)sqlite3_column_int64(statement, 3);
	directory->last_full = (uint64_t)sqlite3_column_int64(statement, 4);
	directory->last_sync = (uint64_t)sqlite3_column_int64(statement, 5);
	directory->last_failure = (uint64_t)sqlite3_column_int64(statement, 6);
	directory->failure = strdup(store_text(statement, 7));
	directory->held = (uint64_t)sqlite3_column_int64(statement, 8);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (!directory->name || !directory->cursor || !directory->failure)
		return -ENOMEM;
	*ret = TAKE_PTR(directory);
	return 0;
}
