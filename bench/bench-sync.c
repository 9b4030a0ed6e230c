/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a directory's people cost this host: CPU a person of a first full pass, of one in which
 * nothing changed, and of publishing, beside bare SQLite inserts of the same rows into a table
 * with the same indexes, in the same run. Trust the ratios.
 *
 *	make bench/bench-sync && bench/bench-sync [PEOPLE [ROUNDS]]
 */

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer.h"

#define ISS       "https://id.example.org/"
#define N_GROUPS  200u
#define GROUPS_OF 5u
#define TIME      1790000000u

static _Noreturn void die(const char *what, int r, const char *reason)
{
	(void)fprintf(stderr, "bench-sync: %s: %d %s\n", what, r, reason);
	exit(1);
}

struct span {
	double cpu; /* seconds */
	double wall;
};

static double cpu_now(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) < 0)
		die("getrusage", -errno, "");
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct span span_begin(void)
{
	return (struct span){ .cpu = cpu_now(), .wall = (double)clock_now() / 1e6 };
}

static struct span span_end(struct span start)
{
	return (struct span){ .cpu = cpu_now() - start.cpu,
			      .wall = (double)clock_now() / 1e6 - start.wall };
}

/* Person i as a platform sends it: ids look like UUIDs and come in no order. */
static void make_user(unsigned i, char id[static 40], char name[static 32], struct dir_user *ret)
{
	uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15u;

	(void)snprintf(id, 40, "%08x-%04x-4000-8000-%012x", (unsigned)(mixed >> 32),
		       (unsigned)(mixed & 0xffff), i);
	(void)snprintf(name, 32, "user%07u", i);
	*ret = (struct dir_user){
		.id = id,
		.sub = id,
		.name = name,
		.uid = PERSON_ID_NONE,
		.gid = PERSON_ID_NONE,
		.gecos = "A Person's Name",
		.shell = "/bin/bash",
		.active = true,
		.loa = "2",
	};
}

/* ---- the floor ---- */

static void run_sql(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sql, sqlite3_errcode(db), sqlite3_errmsg(db));
}

static struct span bare_inserts(const char *folder, unsigned n)
{
	static const char insert[] = "INSERT INTO p (iss, sub, dir, dir_id, name, uid, gid, gecos, "
				     "shell, loa) VALUES (1, ?1, 1, ?1, ?2, ?3, ?3, ?4, ?5, ?6)";
	char path[128], id[40], name[32];
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	struct dir_user user;
	struct span start;

	(void)snprintf(path, sizeof(path), "%s/bare.db", folder);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		die("sqlite3_open", 0, path);
	run_sql(db,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000;"
		"CREATE TABLE p (id INTEGER PRIMARY KEY, iss INT, sub TEXT, dir INT, dir_id TEXT,"
		"name TEXT, uid INT, gid INT, gecos TEXT, shell TEXT, loa TEXT) STRICT;"
		"CREATE UNIQUE INDEX a ON p (iss, sub); CREATE UNIQUE INDEX b ON p (uid);"
		"CREATE UNIQUE INDEX c ON p (name); CREATE UNIQUE INDEX d ON p (dir, dir_id);");
	if (sqlite3_prepare_v2(db, insert, -1, &statement, NULL) != SQLITE_OK)
		die("prepare", 0, sqlite3_errmsg(db));
	start = span_begin();
	for (unsigned i = 0; i < n; i++) {
		if (i % 250 == 0)
			run_sql(db, i ? "COMMIT; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE");
		make_user(i, id, name, &user);
		if (sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC) ||
		    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC) ||
		    sqlite3_bind_int64(statement, 3, 1879048192 + i * 2654435761u % 200000000) ||
		    sqlite3_bind_text(statement, 4, user.gecos, -1, SQLITE_STATIC) ||
		    sqlite3_bind_text(statement, 5, user.shell, -1, SQLITE_STATIC) ||
		    sqlite3_bind_text(statement, 6, user.loa, -1, SQLITE_STATIC) ||
		    sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement))
			die("insert", 0, sqlite3_errmsg(db));
	}
	run_sql(db, "COMMIT");
	start = span_end(start);
	IGNORE(sqlite3_finalize(statement)); /* nothing failed before */
	IGNORE(sqlite3_close(db));           /* the file is thrown away */
	IGNORE(unlink(path));                /* with its folder, later */
	return start;
}

/* ---- ours ---- */

static void send_groups(struct syncer *syncer, unsigned n)
{
	static const char *members[1000];
	static char ids[1000][40];
	char name[32], group_name[32];
	struct dir_user user;
	int r = 0;

	for (unsigned g = 0; g < N_GROUPS; g++) {
		unsigned each = n * GROUPS_OF / N_GROUPS, sent = 0;

		(void)snprintf(group_name, sizeof(group_name), "crew%u", g);
		do {
			unsigned part = 0;

			for (; part < 1000 && sent + part < each; part++) {
				make_user((g * 7919 + (sent + part) * 13) % n, ids[part], name,
					  &user);
				members[part] = ids[part];
			}
			const struct dir_group group = {
				.id = group_name,
				.name = group_name,
				.gid = PERSON_ID_NONE,
				.first = sent == 0,
				.last = sent + part >= each,
				.members = members,
				.n_members = part,
			};

			r = syncer_group(syncer, &group);
			sent += part;
		} while (r == 0 && sent < each);
		if (r != 0)
			die("syncer_group", r, group_name);
	}
}

static struct span full_pass(struct syncer *syncer, unsigned n, bool groups)
{
	const struct syncer_pass pass = { .directory = "corp", .iss = ISS, .full = true };
	struct span start = span_begin();
	int r = syncer_begin(syncer, &pass, TIME);

	for (unsigned i = 0; i < n && r == 0; i++) {
		char id[40], name[32];
		struct dir_user user;

		make_user(i, id, name, &user);
		r = syncer_user(syncer, &user);
	}
	if (r == 0 && groups)
		send_groups(syncer, n);
	if (r == 0)
		r = syncer_end(syncer, true, "", "", TIME);
	while (r == SYNCER_MORE)
		r = syncer_step(syncer, TIME);
	if (r != 0 || syncer_get_result(syncer)->refused > 0)
		die("pass", r, r ? strerrordesc_np(-r) : syncer_get_result(syncer)->problems[0]);
	return span_end(start);
}

static void show(const char *what, struct span span, double n, double floor)
{
	(void)printf("%-44s %8.2f %9.2f %8.2fx\n", what, span.cpu * 1e6 / n, span.wall * 1e3,
		     floor > 0 ? span.cpu / floor : 0.0);
}

static void run(const char *folder, unsigned n)
{
	const struct store_options options = { .folder = folder };
	const struct publish_directory corp = { .name = "corp", .iss = ISS, .swept = true };
	struct idmap map = { .first = UID_RANGE_FLOOR,
			     .last = UID_RANGE_CEILING,
			     .probe = true };
	_cleanup_(localnames_freep) struct localnames *locals = NULL;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	_cleanup_(store_freep) struct store *store = NULL;
	_cleanup_(syncer_freep) struct syncer *syncer = NULL;
	struct publish_counts counts;
	char reason[REASON_MAX], snapshot[128];
	struct span floor, span;
	int r;

	(void)snprintf(snapshot, sizeof(snapshot), "%s/identity.snap", folder);
	floor = bare_inserts(folder, n);
	r = localnames_new(NULL, NULL, &locals);
	if (r == 0)
		r = store_open(&options, reason, &store);
	map.locals = locals;
	map.store = store;
	if (r == 0)
		r = syncer_new(&map, &syncer);
	if (r == 0)
		r = publisher_new(snapshot, &map, &publisher);
	if (r == 0)
		r = publisher_set_directories(publisher, &corp, 1);
	if (r != 0)
		die("open", r, reason);
	(void)printf("%-44s %8s %9s %9s\n", "", "us CPU", "ms wall", "ratio");
	show("bare SQLite inserts, same indexes", floor, n, floor.cpu);
	show("first full pass", full_pass(syncer, n, false), n, floor.cpu);
	show("full pass, nothing changed", full_pass(syncer, n, false), n, floor.cpu);
	show("  and again: recognised", full_pass(syncer, n, false), n, floor.cpu);
	show("full pass, 200 groups appear (5 a person)", full_pass(syncer, n, true), n, floor.cpu);
	show("full pass with groups, nothing changed", full_pass(syncer, n, true), n, floor.cpu);
	show("  and again: recognised", full_pass(syncer, n, true), n, floor.cpu);
	span = span_begin();
	r = publish_run(publisher, TIME, reason, &counts);
	span = span_end(span);
	if (r != 0)
		die("publish", r, reason);
	show("publish", span, n, floor.cpu);
	syncer = syncer_free(syncer);
	store = store_free(store);
	span = span_begin();
	r = store_open(&options, reason, &store);
	if (r != 0)
		die("open again", r, reason);
	show("open at start, every page checked", span_end(span), n, floor.cpu);
	(void)printf("%llu people, %llu groups, %.1f MB\n", (unsigned long long)counts.people,
		     (unsigned long long)counts.groups, (double)counts.bytes / 1e6);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;

	for (unsigned i = 0; i < rounds; i++) {
		static const char *const files[] = { "state.db", "state.db-wal", "identity.snap" };
		char folder[64] = "/tmp/bench-sync-XXXXXX", path[128];

		if (!mkdtemp(folder))
			die("mkdtemp", -errno, folder);
		run(folder, n);
		for (size_t f = 0; f < ELEMENTSOF(files); f++) {
			(void)snprintf(path, sizeof(path), "%s/%s", folder, files[f]);
			IGNORE(unlink(path)); /* rmdir tells */
		}
		if (rmdir(folder) < 0)
			die("rmdir", -errno, folder);
	}
	return 0;
}
