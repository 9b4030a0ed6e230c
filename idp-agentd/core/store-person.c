/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* People of the record: rows to structs and back. */

#include "idp-agentd/core/store-person.h"

#include <errno.h>
#include <string.h>

#include "common/home.h"
#include "common/limits.h"
#include "common/name.h"
#include "idp-agentd/core/store-internal.h"

/* May a platform put a home there? */
static bool may_be_home(const struct store *store, const char *path)
{
	if (!store->homes)
		return home_is_below(path, "/home", STRLEN("/home")) ||
		       home_is_below(path, store->home_template,
				     home_template_parent(store->home_template));
	for (size_t i = 0; i < store->n_homes; i++) {
		if (home_is_below(path, store->homes[i], strlen(store->homes[i])))
			return true;
	}
	return false;
}

static const char *domain_of(const struct store *store, const char *directory)
{
	for (size_t i = 0; i + 1 < store->n_domains; i += 2) {
		if (strcmp(store->domains[i], directory) == 0)
			return store->domains[i + 1];
	}
	return NULL;
}

static int set_home(const struct store *store, struct person *person)
{
	const struct home_parts parts = { .name = person->name,
					  .domain = domain_of(store, person->directory),
					  .uid = person->uid };
	char home[PATH_LEN_MAX + 1];

	if (*person->given_home && may_be_home(store, person->given_home))
		return person_set(&person->home, person->given_home);
	return person_set(&person->home, home_expand(store->home_template, &parts, home)
						 ? home
						 : NAME_PLACEHOLDER_HOME);
}

/* Who is to have no shell has none, whatever the list: else a fallback would give one. */
static int set_shell(const struct store *store, struct person *person)
{
	bool allowed =
		*person->given_shell && (!store->shells || home_shell_is_none(person->given_shell));

	for (size_t i = 0; i < store->n_shells && !allowed; i++)
		allowed = strcmp(store->shells[i], person->given_shell) == 0;
	return person_set(&person->shell, allowed ? person->given_shell : store->shell);
}

/* Texts of PERSON_COLUMNS that are copied as they stand. */
static int read_texts(sqlite3_stmt *statement, struct person *person)
{
	const struct {
		int column;
		char **field;
	} texts[] = {
		{ 2, &person->sub },     { 4, &person->dir_id },     { 5, &person->name },
		{ 8, &person->gecos },   { 9, &person->given_home }, { 10, &person->given_shell },
		{ 11, &person->loa },    { 12, &person->origin },    { 21, &person->ssh_keys },
		{ 22, &person->labels },
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		int r = person_set(texts[i].field, store_text(statement, texts[i].column));

		if (r != 0)
			return r;
	}
	return 0;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int store_read_person(struct store *store, sqlite3_stmt *statement, struct person *person)
{
	const struct store_word *issuer, *directory;
	int r;

	issuer = store_word(&store->issuers, sqlite3_column_int64(statement, 1));
	directory = store_word(&store->directories, sqlite3_column_int64(statement, 3));
	if (!issuer || !directory)
		return -EUCLEAN;
	person->id = sqlite3_column_int64(statement, 0);
	person->uid = store_id(statement, 6);
	person->gid = store_id(statement, 7);
	person->active = sqlite3_column_int(statement, 13) == 1;
	person->retired = sqlite3_column_int(statement, 14) != 0;
	person->learned = sqlite3_column_int(statement, 15) != 0;
	person->missing = sqlite3_column_int(statement, 16) != 0;
	person->end_time = (uint64_t)sqlite3_column_int64(statement, 17);
	person->first_seen = (uint64_t)sqlite3_column_int64(statement, 18);
	person->last_seen = (uint64_t)sqlite3_column_int64(statement, 19);
	person->last_login = (uint64_t)sqlite3_column_int64(statement, 20);
	if (!person->missing && !person->learned && !person->retired)
		person->last_seen = max_u64(person->last_seen, directory->last_full);
	r = person_set(&person->iss, issuer->text);
	if (r == 0)
		r = person_set(&person->directory, directory->text);
	if (r == 0)
		r = read_texts(statement, person);
	if (r == 0)
		r = set_home(store, person);
	if (r == 0)
		r = set_shell(store, person);
	return r;
}

/* Runs a bound statement that finds at most one person. */
static int find(struct store *store, sqlite3_stmt *statement, struct person **ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	r = store_row(store, statement);
	if (r != 0)
		return r;
	person = person_new();
	r = person ? store_read_person(store, statement, person) : -ENOMEM;
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (r != 0)
		return r;
	*ret = TAKE_PTR(person);
	return 0;
}

int store_find_name(struct store *store, const char *name, struct person **ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_FIND_NAME, &statement, "t", name);
	return r != 0 ? r : find(store, statement, ret);
}

int store_has_left(struct store *store, const char *name, bool *ret)
{
	int64_t found;
	int r = store_ask(store, STORE_SQL_HAS_LEFT, &found, "t", name);

	*ret = r == 0;
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_find_uid(struct store *store, uint32_t uid, struct person **ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_FIND_UID, &statement, "i", (int64_t)uid);
	return r != 0 ? r : find(store, statement, ret);
}

int store_find_subject(struct store *store, const char *iss, const char *sub, struct person **ret)
{
	sqlite3_stmt *statement = NULL;
	int64_t issuer;
	int r;

	r = store_intern_issuer(store, iss, false, &issuer);
	if (r != 0)
		return r;
	r = store_query(store, STORE_SQL_FIND_SUBJECT, &statement, "it", issuer, sub);
	return r != 0 ? r : find(store, statement, ret);
}

int store_find_dir_id(struct store *store, const char *directory, const char *dir_id,
		      struct person **ret)
{
	sqlite3_stmt *statement = NULL;
	int64_t id;
	int r;

	r = store_intern_directory(store, directory, false, &id);
	if (r != 0)
		return r;
	r = store_query(store, STORE_SQL_FIND_DIR_ID, &statement, "it", id, dir_id);
	return r != 0 ? r : find(store, statement, ret);
}

int store_find_person(struct store *store, int64_t id, struct person **ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_FIND_PERSON, &statement, "i", id);
	return r != 0 ? r : find(store, statement, ret);
}

int store_each_person(struct store *store, int (*each)(void *arg, const struct person *person),
		      void *arg)
{
	_cleanup_(person_freep) struct person *person = person_new();
	sqlite3_stmt *statement = NULL;
	int r;

	if (!person)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_EACH_PERSON, &statement, "");
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		r = store_read_person(store, statement, person);
		if (r == 0)
			r = each(arg, person);
		if (r != 0) {
			IGNORE(sqlite3_reset(statement)); /* the caller's answer counts */
			return r;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int add_person(struct store *store, struct person *person, int64_t directory)
{
	int64_t issuer;
	int r;

	r = store_intern_issuer(store, person->iss, true, &issuer);
	if (r == 0)
		r = store_exec(store, STORE_SQL_ADD_PERSON, "itittiitttttiiiiiiiitt", issuer,
			       person->sub, directory, person->dir_id, person->name,
			       (int64_t)person->uid, (int64_t)person->gid, person->gecos,
			       person->given_home, person->given_shell, person->loa, person->origin,
			       (int64_t)person->active, (int64_t)person->retired,
			       (int64_t)person->learned, (int64_t)person->missing,
			       (int64_t)person->end_time, (int64_t)person->first_seen,
			       (int64_t)person->last_seen, (int64_t)person->last_login,
			       person->ssh_keys, person->labels);
	if (r == 0)
		person->id = sqlite3_last_insert_rowid(store->db);
	return r;
}

static int set_person(struct store *store, const struct person *person, int64_t directory)
{
	return store_exec(store, STORE_SQL_SET_PERSON, "iitttttttiiiiiiitt", person->id, directory,
			  person->dir_id, person->name, person->gecos, person->given_home,
			  person->given_shell, person->loa, person->origin, (int64_t)person->active,
			  (int64_t)person->retired, (int64_t)person->learned,
			  (int64_t)person->missing, (int64_t)person->end_time,
			  (int64_t)person->last_seen, (int64_t)person->last_login, person->ssh_keys,
			  person->labels);
}

int store_put_person(struct store *store, struct person *person)
{
	int64_t directory;
	bool own;
	int r;

	if (person->end_time > INT64_MAX || person->last_seen > INT64_MAX)
		return -ERANGE;
	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_intern_directory(store, person->directory, true, &directory);
	if (r == 0)
		r = person->id ? set_person(store, person, directory)
			       : add_person(store, person, directory);
	return store_leave(store, own, r);
}

int store_id_in_use(struct store *store, uint32_t id, bool *ret)
{
	int64_t in_use;
	int r = store_ask(store, STORE_SQL_ID_IN_USE, &in_use, "i", (int64_t)id);

	if (r == 0)
		*ret = in_use != 0;
	return r;
}

int store_count(struct store *store, struct store_counts *ret)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_COUNTS, &statement, "");
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	*ret = (struct store_counts){
		.people = (uint64_t)sqlite3_column_int64(statement, 0),
		.retired = (uint64_t)sqlite3_column_int64(statement, 1),
		.missing = (uint64_t)sqlite3_column_int64(statement, 2),
		.groups = (uint64_t)sqlite3_column_int64(statement, 3),
		.unknown_members = (uint64_t)sqlite3_column_int64(statement, 4),
	};
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	return 0;
}
