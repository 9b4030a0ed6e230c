/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_H
#define IDP_CORE_STORE_H

/*
 * The record: one SQLite file that says who has which id. Its promises, enforced by the schema:
 * one (iss, sub) is one person, one uid is one person for ever, one live name is one person.
 * Rows of people and groups are retired, never deleted.
 *
 * One process, one connection, one writer: the file is locked while open. Return values:
 * 0 done; STORE_E_* an answer; -ENOSPC disk full, -EUCLEAN damaged file, other -errno. After any
 * error nothing of the call (or of the transaction around it) is in the file.
 *
 * Finding people: store-person.h; groups: store-group.h; decisions and what a sign-in brought:
 * store-login.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

enum {
	STORE_E_NOT_FOUND = 1, /* nobody, nothing */
	STORE_E_TAKEN,         /* UNIQUE said no: uid, gid, name or (iss, sub) belongs to another */
	STORE_E_CORRUPT,       /* the file is damaged or not ours; it is left as it is */
	STORE_E_OWNER,         /* wrong owner or mode of the file or its folder */
	STORE_E_NEWER,         /* written by a newer idp-agentd */
	STORE_E_LOCKED,        /* another process has it open */
};

struct store;
struct store_migration;

/* What %d of the home template is for people of a directory. */
struct store_domain {
	const char *directory;
	const char *domain;
};

struct store_options {
	const char *folder;        /* state.db lives in here; owned by us, not writable by others */
	const char *home_template; /* common/home.h; NULL: "/home/%u" */
	/* Folders a platform may put homes into, NULL-terminated; NULL: /home and the template's. */
	const char *const *homes;
	const struct store_domain *domains; /* of directories, up to one without a name; or NULL */
	const char *shell; /* for people without one, or with one not in shells; NULL: /bin/sh */
	const char *const *shells; /* allowed shells, NULL-terminated; NULL: any valid path */
	const struct store_migration *migrations; /* tests only; NULL: those of store.sql */
	size_t n_migrations;
};

/* How a transaction ends up on the disk. */
enum store_durability {
	STORE_DURABLE = 0, /* on the platter when commit returns: anything that binds an id */
	STORE_RELAXED,     /* survives kill -9, may be lost with the power: decisions, staging */
};

/* Progress of one directory; strings owned by the struct. */
struct store_directory {
	int64_t id;
	char *name;
	char *cursor;          /* where the next partial pass starts, "" = none */
	uint64_t fingerprint;  /* of the settings under which last_full was made */
	uint64_t last_full;    /* end of the last complete full pass */
	uint64_t last_sync;    /* end of the last complete pass of either kind */
	uint64_t last_failure; /* and the last one that failed, with why */
	char *failure;
	uint64_t held; /* people the deletion guard is keeping; 0 = all is well */
};

/*
 * Opens or creates folder/state.db (0600), migrates it, checks its integrity. On STORE_E_* and
 * -errno, reason holds one sentence for the admin that names the file and the remedy.
 */
int store_open(const struct store_options *options, char reason[static REASON_MAX],
	       struct store **ret) _must_check_;
struct store *store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free);

/* After a reload: home template and shells as in store_options. Read back at once, no rows change.
 */
int store_set_defaults(struct store *store, const struct store_options *options) _must_check_;

/*
 * Groups several writes into one. Not nested: begin inside a transaction is -EDEADLK. Every
 * writing function below works alone too (then it is its own transaction).
 */
int store_begin(struct store *store, enum store_durability durability) _must_check_;
int store_commit(struct store *store) _must_check_;
/* Never fails as far as the caller can help it; harmless outside a transaction. */
void store_rollback(struct store *store);

/*
 * The same for code that may or may not be called inside a transaction: enter opens one unless
 * there is one already; leave ends its own one, by commit when r is 0, else by rollback, and
 * returns what came of it. Inside the caller's transaction leave passes r on.
 */
int store_enter(struct store *store, enum store_durability durability, bool *ret_own) _must_check_;
int store_leave(struct store *store, bool own, int r) _must_check_;

/* Small facts by name. ret is the caller's to free. STORE_E_NOT_FOUND. */
int store_get_meta(struct store *store, const char *key, char **ret) _must_check_;
int store_set_meta(struct store *store, const char *key, const char *value) _must_check_;

/* STORE_E_NOT_FOUND for a directory that never had a pass. */
int store_get_directory(struct store *store, const char *name,
			struct store_directory **ret) _must_check_;
struct store_directory *store_directory_free(struct store_directory *directory);
DEFINE_CLEANUP(struct store_directory *, store_directory_free);

#endif
