/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SQLite itself says what changed: temporary triggers, made at each open and in no file, call
 * idp_changed() for every row that any statement of this connection touches, however it is
 * written. So no caller can forget to.
 *
 * 1. MUST list every column publish_judge() and the snapshot depend on, in PERSON_IS_OTHER and
 * GROUP_IS_OTHER.
 * 2. MUST NOT lose a row: what cannot be noted is noted as "everything".
 */
#include "idp-agentd/core/store-changes.h"

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-internal.h"

enum { CHANGED_PERSON = 0, CHANGED_GROUP = 1, CHANGED_NOTHING = 3 }; /* any other: everything */

#define IS_OTHER(column) "OLD." column " IS NOT NEW." column
#define GROUPS_CALLED(names)                                                     \
	"SELECT idp_changed(1, id) FROM dirgroup WHERE retired = 0 AND name IN " \
	"(" names ");"

/* alice of alice@domain, and the reverse ('A' follows '@'): alias.h */
#define ALIASES_CALLED(alias)                                                              \
	"SELECT idp_changed(0, id) FROM person WHERE retired = 0 AND name > " alias        \
	" || '@' AND name < " alias " || 'A';"                                             \
	"SELECT idp_changed(0, id) FROM person WHERE retired = 0 AND name = substr(" alias \
	", 1, instr(" alias ", '@') - 1);"

/* MUST 1 */
#define PERSON_IS_OTHER                                                                                                        \
	IS_OTHER("issuer")                                                                                                     \
	" OR " IS_OTHER("directory") " OR " IS_OTHER("name") " OR " IS_OTHER("gecos") " OR " IS_OTHER("home") " OR " IS_OTHER( \
		"shell") " OR " IS_OTHER("loa") " OR " IS_OTHER("active") " OR " IS_OTHER("retired") " OR " IS_OTHER("end_time")
#define GROUP_IS_OTHER        \
	IS_OTHER("directory") \
	" OR " IS_OTHER("name") " OR " IS_OTHER("gid") " OR " IS_OTHER("retired")

static const struct {
	const char *table;
	const char *other; /* a table the body needs besides */
	const char *name;
	const char *when;
	const char *body;
} triggers[] = {
	{ "person", "dirgroup", "person_insert", "AFTER INSERT ON person",
	  "SELECT idp_changed(0, NEW.id);" GROUPS_CALLED("NEW.name") },
	{ "person", NULL, "person_update", "AFTER UPDATE ON person WHEN " PERSON_IS_OTHER,
	  "SELECT idp_changed(0, NEW.id);" },
	{ "person", "dirgroup", "person_rename",
	  "AFTER UPDATE OF name, retired ON person WHEN " IS_OTHER("name") " OR " IS_OTHER(
		  "retired"),
	  GROUPS_CALLED("OLD.name, NEW.name") ALIASES_CALLED("OLD.name") },
	{ "dirgroup", NULL, "dirgroup_insert", "AFTER INSERT ON dirgroup",
	  "SELECT idp_changed(1, NEW.id);" },
	{ "dirgroup", NULL, "dirgroup_update", "AFTER UPDATE ON dirgroup WHEN " GROUP_IS_OTHER,
	  "SELECT idp_changed(1, NEW.id);" },
	{ "member", NULL, "member_insert", "AFTER INSERT ON member",
	  "SELECT idp_changed(0, NEW.person, NEW.dirgroup);" },
	{ "member", NULL, "member_delete", "AFTER DELETE ON member",
	  "SELECT idp_changed(0, OLD.person, OLD.dirgroup);" },
	{ "member", NULL, "member_update", "AFTER UPDATE ON member",
	  "SELECT idp_changed(0, OLD.person, OLD.dirgroup); "
	  "SELECT idp_changed(0, NEW.person, NEW.dirgroup);" },
	{ "nest", NULL, "nest_insert", "AFTER INSERT ON nest",
	  "SELECT idp_changed(2, 0, NEW.parent);" },
	{ "nest", NULL, "nest_delete", "AFTER DELETE ON nest",
	  "SELECT idp_changed(2, 0, OLD.parent);" },
	{ "nest", NULL, "nest_update", "AFTER UPDATE ON nest",
	  "SELECT idp_changed(2, 0, OLD.parent); SELECT idp_changed(2, 0, NEW.parent);" },
	/* whom a directory names for a group, for store_watch() */
	{ "stray", NULL, "stray_insert", "AFTER INSERT ON stray",
	  "SELECT idp_changed(3, 0, NEW.dirgroup);" },
	{ "stray", NULL, "stray_delete", "AFTER DELETE ON stray",
	  "SELECT idp_changed(3, 0, OLD.dirgroup);" },
	{ "stray", NULL, "stray_update", "AFTER UPDATE ON stray",
	  "SELECT idp_changed(3, 0, OLD.dirgroup); SELECT idp_changed(3, 0, NEW.dirgroup);" },
	{ "person", "member", "person_moved",
	  "AFTER UPDATE ON person WHEN " IS_OTHER("directory") " OR " IS_OTHER(
		  "dir_id") " OR " IS_OTHER("retired"),
	  "SELECT idp_changed(3, 0, dirgroup) FROM member WHERE person = NEW.id;" },
	{ "dirgroup", "nest", "dirgroup_nested",
	  "AFTER UPDATE OF retired ON dirgroup WHEN " IS_OTHER("retired"),
	  "SELECT idp_changed(2, 0) FROM nest WHERE parent = NEW.id OR child = NEW.id;" },
	{ "issuer", NULL, "issuer_update", "AFTER UPDATE ON issuer", "SELECT idp_changed(2, 0);" },
};

void store_changes_done(struct store_changes *changes)
{
	rowset_done(&changes->people);
	rowset_done(&changes->groups);
}

void store_mark_everything(struct store *store)
{
	store->changes.everything = true;
}

/* What SQLite tells of every row of a table with row ids. */
static void on_update(void *arg, int what _unused_, const char *database _unused_,
		      const char *table, sqlite3_int64 row)
{
	const struct store *store = arg;

	if (strcmp(table, "person") == 0)
		store->written(store->written_arg, STORE_WROTE_PERSON, row);
	else if (strcmp(table, "issuer") == 0)
		store->written(store->written_arg, STORE_WROTE_ANY, 0);
}

void store_watch(struct store *store,
		 void (*written)(void *arg, enum store_written what, int64_t row), void *arg)
{
	store->written = written;
	store->written_arg = arg;
	sqlite3_update_hook(store->db, written ? on_update : NULL, store);
}

/* idp_changed(kind, row[, group whose members are others]) */
static void on_changed(sqlite3_context *context, int n, sqlite3_value **values)
{
	struct store *store = sqlite3_user_data(context);
	const int kind = sqlite3_value_int(values[0]);
	const int64_t row = sqlite3_value_int64(values[1]);
	int r = -EINVAL;

	if (n > 2 && store->written)
		store->written(store->written_arg, STORE_WROTE_MEMBERS,
			       sqlite3_value_int64(values[2]));
	if (kind == CHANGED_NOTHING)
		r = 0;
	else if (kind == CHANGED_PERSON)
		r = rowset_add(&store->changes.people, row);
	else if (kind == CHANGED_GROUP)
		r = rowset_add(&store->changes.groups, row);
	if (r < 0)
		store->changes.everything = true;
	sqlite3_result_null(context);
}

static bool has_table(struct store *store, const char *table)
{
	return sqlite3_table_column_metadata(store->db, "main", table, NULL, NULL, NULL, NULL, NULL,
					     NULL) == SQLITE_OK;
}

static int make_trigger(struct store *store, size_t i)
{
	char *sql = sqlite3_mprintf("CREATE TEMP TRIGGER changed_%s %s BEGIN %s END",
				    triggers[i].name, triggers[i].when, triggers[i].body);
	int rc = sql ? sqlite3_exec(store->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	return rc == SQLITE_OK ? 0 : store_error(store, rc);
}

int store_watch_changes(struct store *store)
{
	/* Innocuous: it may be called by any schema, since all it can do is too much work. */
	int rc = sqlite3_create_function_v2(store->db, "idp_changed", -1,
					    SQLITE_UTF8 | SQLITE_INNOCUOUS, store, on_changed, NULL,
					    NULL, NULL);
	int r = rc == SQLITE_OK ? 0 : store_error(store, rc);

	for (size_t i = 0; i < ELEMENTSOF(triggers) && r == 0; i++)
		if (has_table(store, triggers[i].table) &&
		    (!triggers[i].other || has_table(store, triggers[i].other)))
			r = make_trigger(store, i);
	store->changes.everything = true;
	return r;
}

int store_take_changes(struct store *store, struct store_changes *changes)
{
	int r;

	if (store->in_transaction)
		return -EDEADLK;
	r = rowset_join(&changes->people, &store->changes.people);
	if (r == 0)
		r = rowset_join(&changes->groups, &store->changes.groups);
	if (r < 0)
		return r;
	changes->everything = changes->everything || store->changes.everything;
	rowset_clear(&store->changes.people);
	rowset_clear(&store->changes.groups);
	store->changes.everything = false;
	return 0;
}

int store_find_group_row(struct store *store, int64_t id, struct group **ret)
{
	_cleanup_(group_freep) struct group *group = NULL;
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_FIND_GROUP_ROW, &statement, "i", id);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	group = group_new();
	r = group ? store_read_group(store, statement, group) : -ENOMEM;
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (r == 0)
		*ret = TAKE_PTR(group);
	return r;
}

static uint64_t at_most(uint64_t time)
{
	return time < INT64_MAX ? time : INT64_MAX;
}

int store_add_ended(struct store *store, uint64_t after, uint64_t until, struct rowset *people)
{
	sqlite3_stmt *statement = NULL;
	int r;

	r = store_query(store, STORE_SQL_ENDED, &statement, "ii", (int64_t)at_most(after),
			(int64_t)at_most(until));
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		r = rowset_add(people, sqlite3_column_int64(statement, 0));
		if (r < 0) {
			IGNORE(sqlite3_reset(statement)); /* memory is out, that is the news */
			return r;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_next_end(struct store *store, uint64_t now, uint64_t *ret)
{
	int64_t end = 0;
	int r = store_ask(store, STORE_SQL_NEXT_END, &end, "i", (int64_t)at_most(now));

	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	*ret = r == 0 ? (uint64_t)end : 0;
	return 0;
}
