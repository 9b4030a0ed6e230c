/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening the record.
 *
 * MUST
 * 1. Never make a new record where there may have been one: state.db is born whole, under another
 *    name, and renamed; a file that is empty, foreign or damaged is refused and left as it is.
 * 2. Refuse a file or folder that somebody else could have written.
 * 3. Refuse a schema newer than this program: it would not know which promises it breaks.
 * 4. One process at a time.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-migrate.h"
#include "idp-agentd/core/store.h"

#define STORE_FILE_NEW STORE_FILE ".new"

/* What opening needs at hand besides the store itself. */
struct opening {
	const struct store_migration *migrations;
	size_t n_migrations;
	const char *folder;
	char *reason; /* REASON_MAX bytes */
};

static int refuse(const struct opening *opening, int outcome, const char *file, const char *what)
{
	int n = snprintf(opening->reason, REASON_MAX, "%s%s%s: %s", opening->folder,
			 *file ? "/" : "", file, what);

	if (n < 0)
		opening->reason[0] = '\0';
	return outcome;
}

static int refuse_errno(const struct opening *opening, int r, const char *file, const char *what)
{
	char text[REASON_MAX];
	int n = snprintf(text, sizeof(text), "%s: %s", what, strerrordesc_np(-r));

	return refuse(opening, r, file, n > 0 ? text : what);
}

static int check_folder(const struct opening *opening, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = open(opening->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return refuse_errno(opening, -errno, "", "cannot open the state folder");
	if (fstat(fd, &st) < 0)
		return refuse_errno(opening, -errno, "", "cannot look at the state folder");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return refuse(opening, STORE_E_OWNER, "",
			      "the state folder belongs to another user; chown it to idp-agentd");
	if (st.st_mode & 022)
		return refuse(opening, STORE_E_OWNER, "",
			      "others may write to the state folder; run chmod go-w on it");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* 0, STORE_E_NOT_FOUND when there is no such file. */
static int check_file(const struct opening *opening, int folder, const char *name)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? STORE_E_NOT_FOUND
				       : refuse_errno(opening, -errno, name, "cannot look at it");
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return refuse(opening, STORE_E_OWNER, name,
			      "not a plain file with one name; put the real record in its place");
	if (st.st_uid != geteuid())
		return refuse(opening, STORE_E_OWNER, name,
			      "belongs to another user; chown it to idp-agentd");
	if (st.st_mode & 077)
		return refuse(opening, STORE_E_OWNER, name,
			      "others may read or write it; run chmod 0600 on it");
	if (st.st_size == 0 && strcmp(name, STORE_FILE) == 0)
		return refuse(opening, STORE_E_CORRUPT, name,
			      "is empty; restore it from a backup, or remove it to begin anew");
	return 0;
}

static int connect_file(const struct opening *opening, struct store *store, const char *name)
{
	_cleanup_free_ char *path = NULL;
	int rc;

	if (asprintf(&path, "%s/%s", opening->folder, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	rc = sqlite3_open_v2(path, &store->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			     NULL);
	if (rc != SQLITE_OK)
		return store->db ? refuse_errno(opening, store_error(store, rc), name,
						"cannot open it")
				 : -ENOMEM;
	return 0;
}

/* Everything here holds for one connection, so it is said at each open. */
static int configure(struct store *store)
{
	static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
				       "PRAGMA journal_mode = WAL;"
				       "PRAGMA synchronous = FULL;"
				       "PRAGMA trusted_schema = OFF;"
				       "PRAGMA cell_size_check = ON;"
				       "PRAGMA temp_store = MEMORY;"
				       "PRAGMA cache_size = -8192;"
				       "PRAGMA wal_autocheckpoint = 4000;"
				       "PRAGMA journal_size_limit = 16777216;";
	int rc;

	rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, settings, NULL, NULL, NULL);
	store->durability = STORE_DURABLE;
	return rc == SQLITE_OK ? 0 : store_error(store, rc);
}

/* The first column of the first row as a number. */
static int ask_number(struct store *store, const char *sql, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	IGNORE(sqlite3_finalize(statement)); /* repeats the error just taken */
	return rc == SQLITE_ROW ? 0 : store_error(store, rc);
}

/* 0 when SQLite finds its pages in order, else -EUCLEAN. */
static int check_pages(struct store *store)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
	int r;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		r = strcmp(store_text(statement, 0), "ok") == 0 ? 0 : -EUCLEAN;
	else
		r = store_error(store, rc);
	IGNORE(sqlite3_finalize(statement)); /* repeats the error just taken */
	return r;
}

/* One step with its version number, whole or not at all. */
static int migrate_step(struct store *store, const struct store_migration *migration)
{
	char version[128];
	int n = snprintf(version, sizeof(version),
			 "PRAGMA application_id = %d; PRAGMA user_version = %d",
			 STORE_APPLICATION_ID, migration->version);
	int rc;

	if (n < 0 || (size_t)n >= sizeof(version))
		return -EINVAL;
	rc = sqlite3_exec(store->db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, migration->sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, version, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	rc = store_error(store, rc);
	IGNORE(sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL)); /* else closing does it */
	return rc;
}

static int migrate(const struct opening *opening, struct store *store, int64_t version)
{
	for (size_t i = 0; i < opening->n_migrations; i++) {
		int r;

		if (opening->migrations[i].version <= version)
			continue;
		r = migrate_step(store, &opening->migrations[i]);
		if (r != 0)
			return refuse_errno(opening, r < 0 ? r : -EUCLEAN, STORE_FILE,
					    "cannot bring the record to this version's form");
	}
	return 0;
}

/* Turns SQLite's refusals at open into sentences with a remedy. */
static int explain(const struct opening *opening, int r)
{
	if (r == -EUCLEAN)
		return refuse(
			opening, STORE_E_CORRUPT, STORE_FILE,
			"is damaged; restore it from a backup (or keep a copy, remove it, and "
			"new ids will be drawn)");
	if (r == -EBUSY)
		return refuse(opening, STORE_E_LOCKED, STORE_FILE,
			      "is in use by another process; is another idp-agentd running?");
	return refuse_errno(opening, r < 0 ? r : -EIO, STORE_FILE, "cannot read it");
}

static int check_version(const struct opening *opening, struct store *store, int64_t *ret)
{
	int64_t application = 0, version = 0;
	int newest = opening->migrations[opening->n_migrations - 1].version;
	char text[REASON_MAX];
	int n, r;

	r = ask_number(store, "PRAGMA application_id", &application);
	if (r == 0)
		r = ask_number(store, "PRAGMA user_version", &version);
	if (r != 0)
		return explain(opening, r);
	if (application != STORE_APPLICATION_ID || version < 1)
		return refuse(opening, STORE_E_CORRUPT, STORE_FILE,
			      "is not a record of idp-agentd; put the right file in its place");
	if (version > newest) {
		n = snprintf(text, sizeof(text),
			     "has form %lld, this idp-agentd knows %d at most; run the newer one",
			     (long long)version, newest);
		return refuse(opening, STORE_E_NEWER, STORE_FILE, n > 0 ? text : "is newer");
	}
	*ret = version;
	return 0;
}

/* MUST 1: the record is made under another name and appears whole. */
static int create(const struct opening *opening, int folder)
{
	_cleanup_(store_freep) struct store *store = calloc(1, sizeof(*store));
	_cleanup_close_ int fd = -1;
	int r;

	if (!store)
		return -ENOMEM;
	IGNORE(unlinkat(folder, STORE_FILE_NEW, 0));        /* of a start that was cut short */
	IGNORE(unlinkat(folder, STORE_FILE_NEW "-wal", 0)); /* and its journal */
	fd = openat(folder, STORE_FILE_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return refuse_errno(opening, -errno, STORE_FILE_NEW, "cannot create it");
	r = connect_file(opening, store, STORE_FILE_NEW);
	if (r != 0)
		return r;
	r = configure(store);
	if (r != 0)
		return explain(opening, r);
	r = migrate(opening, store, 0);
	if (r != 0)
		return r;
	store = store_free(store); /* checkpoints: the journal is gone, all is in the file */
	if (fsync(fd) < 0 || renameat(folder, STORE_FILE_NEW, folder, STORE_FILE) < 0 ||
	    fsync(folder) < 0)
		return refuse_errno(opening, -errno, STORE_FILE, "cannot create it");
	return 0;
}

static int prepare_file(const struct opening *opening)
{
	_cleanup_close_ int folder = -1;
	struct stat st;
	int r;

	r = check_folder(opening, &folder);
	if (r != 0)
		return r;
	r = check_file(opening, folder, STORE_FILE);
	if (r != STORE_E_NOT_FOUND)
		return r;
	if (fstatat(folder, STORE_FILE "-wal", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse(opening, STORE_E_CORRUPT, STORE_FILE,
			      "is gone but its journal is there; restore both from a backup");
	return create(opening, folder);
}

static int open_file(const struct opening *opening, struct store *store)
{
	int64_t version = 0;
	int r;

	r = connect_file(opening, store, STORE_FILE);
	if (r != 0)
		return r;
	r = configure(store);
	if (r != 0)
		return explain(opening, r);
	r = check_version(opening, store, &version);
	if (r != 0)
		return r;
	r = check_pages(store);
	if (r != 0)
		return explain(opening, r);
	r = migrate(opening, store, version);
	if (r != 0)
		return r;
	r = store_load_words(store);
	if (r == 0)
		r = store_watch_changes(store);
	return r != 0 ? explain(opening, r) : 0;
}

int store_open(const struct store_options *options, char reason[static REASON_MAX],
	       struct store **ret)
{
	_cleanup_(store_freep) struct store *store = calloc(1, sizeof(*store));
	struct opening opening = {
		.migrations = options->migrations ? options->migrations : store_migrations,
		.n_migrations = options->migrations ? options->n_migrations : store_n_migrations,
		.folder = options->folder,
		.reason = reason,
	};
	int r;

	reason[0] = '\0';
	if (!store)
		return -ENOMEM;
	r = store_set_defaults(store, options);
	if (r == 0)
		r = prepare_file(&opening);
	if (r == 0)
		r = open_file(&opening, store);
	if (r != 0)
		return r;
	*ret = TAKE_PTR(store);
	return 0;
}

static void free_list(char ***list, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
	*n = 0;
}

KEEPS_POINTERS_BEGIN
static int copy_list(const char *const *texts, char ***list, size_t *n)
{
	size_t room = 0;

	free_list(list, n);
	if (!texts)
		return 0;
	while (texts[room])
		room++;
	*list = calloc(room + 1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (; *n < room; (*n)++) {
		(*list)[*n] = strdup(texts[*n]);
		if (!(*list)[*n])
			return -ENOMEM;
	}
	return 0;
}

static int copy_domains(struct store *store, const struct store_domain *domains)
{
	_cleanup_free_ const char **pairs = NULL;
	size_t n = 0;

	while (domains && domains[n].directory)
		n++;
	pairs = calloc(2 * n + 1, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		pairs[2 * i] = domains[i].directory;
		pairs[2 * i + 1] = domains[i].domain;
	}
	return copy_list(pairs, &store->domains, &store->n_domains);
}
KEEPS_POINTERS_END

int store_set_defaults(struct store *store, const struct store_options *options)
{
	int r;

	store_mark_everything(store);
	r = person_set(&store->home_template,
		       options->home_template ? options->home_template : "/home/%u");
	if (r == 0)
		r = person_set(&store->shell, options->shell ? options->shell : "/bin/sh");
	if (r == 0)
		r = copy_list(options->shells, &store->shells, &store->n_shells);
	if (r == 0)
		r = copy_list(options->homes, &store->homes, &store->n_homes);
	if (r == 0)
		r = copy_domains(store, options->domains);
	return r;
}

struct store *store_free(struct store *store)
{
	if (!store)
		return NULL;
	for (size_t i = 0; i < STORE_SQL_COUNT; i++)
		IGNORE(sqlite3_finalize(store->statements[i])); /* repeats an error long told */
	IGNORE(sqlite3_close(store->db)); /* an open transaction is rolled back */
	for (size_t i = 0; i < store->issuers.n; i++)
		free(store->issuers.items[i].text);
	for (size_t i = 0; i < store->directories.n; i++)
		free(store->directories.items[i].text);
	free(store->issuers.items);
	free(store->directories.items);
	free_list(&store->shells, &store->n_shells);
	free_list(&store->homes, &store->n_homes);
	free_list(&store->domains, &store->n_domains);
	store_changes_done(&store->changes);
	free(store->home_template);
	free(store->shell);
	free(store);
	return NULL;
}
