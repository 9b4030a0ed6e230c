/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_INTERNAL_H
#define IDP_CORE_STORE_INTERNAL_H

/* What the store*.c files share; nobody else includes it. */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-changes.h"
#include "idp-agentd/core/store.h"

#define STORE_FILE           "state.db"
#define STORE_APPLICATION_ID 0x69647061 /* "idpa" in the file's header */

enum store_sql {
#define STORE_SQL(name, text) STORE_SQL_##name,
#include "idp-agentd/core/store-statements.h"
#undef STORE_SQL
	STORE_SQL_COUNT,
};

/* An interned text: an issuer or a directory. There are few: searched in order. */
struct store_word {
	int64_t id;
	char *text;
	uint64_t last_full; /* directories only */
};

struct store_words {
	struct store_word *items;
	size_t n;
};

/* Are there rows in a table? */
enum store_rows { STORE_ROWS_UNKNOWN = 0, STORE_ROWS_NONE, STORE_ROWS_SOME };

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STORE_SQL_COUNT];
	struct store_words issuers;
	struct store_words directories;
	char *home_template;
	char *shell;
	char **shells; /* NULL: any valid path */
	size_t n_shells;
	char **homes; /* NULL: /home and the template's */
	size_t n_homes;
	char **domains; /* directory, domain, directory, domain, ... */
	size_t n_domains;
	enum store_durability durability; /* of the connection right now */
	bool in_transaction;
	void (*written)(void *arg, enum store_written what, int64_t row); /* store_watch() */
	void *written_arg;
	struct store_changes changes; /* since they were taken last */
	enum store_rows given, clashes; /* most hosts have none, and nobody new waits for a look */
};

/* -errno or STORE_E_TAKEN for what SQLite said last. */
int store_error(struct store *store, int rc) _must_check_;

/*
 * One of the statements with its parameters, from the first on: 'i' int64_t, 't' const char *,
 * 'b' const void * and size_t; "" for none. Texts are borrowed until it has run.
 */
/* Ready for store_row(). */
int store_query(struct store *store, enum store_sql which, sqlite3_stmt **ret, const char *types,
		...) _must_check_;
/* The number in the first row: 0, STORE_E_NOT_FOUND when there is none. */
int store_ask(struct store *store, enum store_sql which, int64_t *ret, const char *types,
	      ...) _must_check_;
/* Runs a statement that returns no row. */
int store_exec(struct store *store, enum store_sql which, const char *types, ...) _must_check_;
/* The same in a durable transaction, its own unless there is one. */
int store_change(struct store *store, enum store_sql which, const char *types, ...) _must_check_;
/* Steps to the next row: 0, STORE_E_NOT_FOUND at the end (then it is reset), -errno. */
int store_row(struct store *store, sqlite3_stmt *statement) _must_check_;
/* Text of a column, "" for NULL; good until the next step. */
const char *store_text(sqlite3_stmt *statement, int column);
/* An id column: 0 for what cannot be an id. */
uint32_t store_id(sqlite3_stmt *statement, int column);

/* Row id of an interned text, made when create. STORE_E_NOT_FOUND. */
int store_intern_issuer(struct store *store, const char *text, bool create,
			int64_t *ret) _must_check_;
int store_intern_directory(struct store *store, const char *text, bool create,
			   int64_t *ret) _must_check_;
/* The interned row, or NULL. */
const struct store_word *store_word(const struct store_words *words, int64_t id);
/* Reads both lists again: after open, after a rollback, after a pass. */
int store_load_words(struct store *store) _must_check_;

/* Makes the triggers that note changes. */
int store_watch_changes(struct store *store) _must_check_;

/* Fills person from a row of PERSON_COLUMNS; group from one of GROUP_COLUMNS. */
int store_read_person(struct store *store, sqlite3_stmt *statement,
		      struct person *person) _must_check_;
int store_read_group(struct store *store, sqlite3_stmt *statement,
		     struct group *group) _must_check_;

#endif
