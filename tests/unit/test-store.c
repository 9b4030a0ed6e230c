/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-migrate.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/store-wallet.h"
#include "tests/lib/record.h"

static void state_path(const struct record *record, char path[static 96])
{
	(void)snprintf(path, 96, "%s/state.db", record->folder);
}

/* Opens again with the record closed; what store_open() said. */
static int reopen(struct record *record)
{
	const struct store_options options = { .folder = record->folder };

	return store_open(&options, record->reason, &record->store);
}

static void assert_reason(const struct record *record, const char *part)
{
	if (!strstr(record->reason, part))
		fail_msg("'%s' does not say '%s'", record->reason, part);
}

static void test_a_new_record_is_private_to_its_owner(void **state)
{
	struct record record;
	char path[96];
	struct stat st;

	(void)state;
	record_setup(&record);
	state_path(&record, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	(void)strncat(path, "-wal", 5);
	assert_int_equal(record_claim(&record, "s", "alice", PERSON_ID_NONE, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	record_teardown(&record);
}

static void test_what_was_written_is_there_after_closing(void **state)
{
	struct record record;
	uint32_t uid;
	char *value = NULL;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s", "alice", PERSON_ID_NONE, &uid), 0);
	assert_int_equal(store_set_meta(record.store, "k", "v"), 0);
	record_close(&record);
	record_open(&record);
	assert_int_equal(store_find_uid(record.store, uid, &person), 0);
	assert_string_equal(person->name, "alice");
	assert_string_equal(person->iss, RECORD_ISS);
	assert_int_equal(store_get_meta(record.store, "k", &value), 0);
	assert_string_equal(value, "v");
	free(value);
	assert_int_equal(store_get_meta(record.store, "none", &value), STORE_E_NOT_FOUND);
	record_teardown(&record);
}

static void test_a_file_or_folder_that_others_could_write_is_refused(void **state)
{
	struct record record;
	char path[96], other[96];

	(void)state;
	record_setup(&record);
	record_close(&record);
	state_path(&record, path);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(reopen(&record), STORE_E_OWNER);
	assert_reason(&record, "chmod 0600");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(record.folder, 0770), 0);
	assert_int_equal(reopen(&record), STORE_E_OWNER);
	assert_reason(&record, "go-w");
	assert_int_equal(chmod(record.folder, 0700), 0);
	(void)snprintf(other, sizeof(other), "%s/second", record.folder);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(reopen(&record), STORE_E_OWNER);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(reopen(&record), STORE_E_OWNER);
	assert_int_equal(rename(other, path), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 1, 1), 0);
		assert_int_equal(reopen(&record), STORE_E_OWNER);
		assert_reason(&record, "another user");
		assert_int_equal(chown(path, 0, 0), 0);
	}
	assert_int_equal(reopen(&record), 0);
	record_teardown(&record);
}

static void test_a_damaged_record_is_refused_and_left_as_it_is(void **state)
{
	struct record record;
	char path[96];
	struct stat st;
	int fd;

	(void)state;
	record_setup(&record);
	for (unsigned i = 0; i < 300; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		assert_int_equal(record_claim(&record, name, name, PERSON_ID_NONE, NULL), 0);
	}
	record_close(&record);
	state_path(&record, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 8192; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, "garbage garbage garbage", 23, at), 23);
	assert_int_equal(reopen(&record), STORE_E_CORRUPT);
	assert_reason(&record, "damaged");
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(reopen(&record), STORE_E_CORRUPT);
	assert_reason(&record, "is empty");
	assert_int_equal(pwrite(fd, "not a database at all, but long enough to be read", 49, 0),
			 49);
	assert_int_equal(reopen(&record), STORE_E_CORRUPT);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 49);
	assert_int_equal(close(fd), 0);
	record_teardown(&record);
}

static void test_a_lost_record_with_a_journal_left_is_not_begun_anew(void **state)
{
	struct record record;
	char path[96], journal[104];

	(void)state;
	record_setup(&record);
	record_close(&record);
	state_path(&record, path);
	(void)snprintf(journal, sizeof(journal), "%s-wal", path);
	record_write(journal, "anything");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(reopen(&record), STORE_E_CORRUPT);
	assert_int_equal(unlink(journal), 0);
	assert_int_equal(reopen(&record), 0);
	record_teardown(&record);
}

static void test_a_second_process_is_told_that_the_record_is_in_use(void **state)
{
	struct record record;
	int status;
	pid_t child;

	(void)state;
	record_setup(&record);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		record.store = NULL;
		_exit(reopen(&record) == STORE_E_LOCKED && strstr(record.reason, "in use") ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	record_teardown(&record);
}

/* ---- migrations ---- */

static void test_an_older_record_is_migrated_and_a_newer_one_refused(void **state)
{
	struct record record;
	struct store_migration longer[16];
	struct store_options options = { .migrations = longer };
	_cleanup_(person_freep) struct person *person = NULL;
	uint32_t uid;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s", "alice", PERSON_ID_NONE, &uid), 0);
	record_close(&record);
	assert_true(store_n_migrations < ELEMENTSOF(longer));
	memcpy(longer, store_migrations, store_n_migrations * sizeof(longer[0]));
	longer[store_n_migrations] = (struct store_migration){
		.version = store_migrations[store_n_migrations - 1].version + 1,
		.sql = "ALTER TABLE person ADD COLUMN shoe INTEGER NOT NULL DEFAULT 42;"
		       "UPDATE person SET gecos = 'moved';",
	};
	options.folder = record.folder;
	options.n_migrations = store_n_migrations + 1;
	assert_int_equal(store_open(&options, record.reason, &record.store), 0);
	assert_int_equal(store_find_uid(record.store, uid, &person), 0);
	assert_string_equal(person->gecos, "moved");
	record.store = store_free(record.store);

	assert_int_equal(reopen(&record), STORE_E_NEWER);
	assert_reason(&record, "run the newer one");
	record_teardown(&record);
}

/* A new record of an older form, with rows that its own version would have written. */
static void make_old(struct record *record, size_t n_migrations, const char *rows)
{
	const struct store_options options = {
		.folder = record->folder,
		.n_migrations = n_migrations,
		.migrations = store_migrations,
	};
	char path[96];

	record_close(record);
	state_path(record, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(store_open(&options, record->reason, &record->store), 0);
	assert_int_equal(sqlite3_exec(record->store->db, rows, NULL, NULL, NULL), SQLITE_OK);
}

#define OLD_ALICE                                                                                \
	"INSERT INTO issuer (id, text) VALUES (1, '" RECORD_ISS "');"                            \
	"INSERT INTO directory (id, text) VALUES (1, 'corp');"                                   \
	"INSERT INTO person VALUES (1, 1, 's', 1, 'id-s', 'alice', 1879048200, 1879048200, '', " \
	"'', '', '', '', 1, 0, 0, 0, 0, 1, 1, 0);"

/* What was there before tokens were kept is all there after, and they can be. */
static void test_a_record_without_wallets_gets_them(void **state)
{
	struct record record;
	struct store_wallet wallet = { .until = 9, .len = 3 };
	_cleanup_(store_wallet_freep) struct store_wallet *found = NULL;
	_cleanup_(person_freep) struct person *person = NULL;
	uint8_t bytes[] = { 1, 0, 2 };
	char corp[] = "corp";
	uint64_t n = 7;
	int64_t first = 0, second = 0;
	bool revoke;

	(void)state;
	record_setup(&record);
	make_old(&record, 4, OLD_ALICE);
	assert_true(store_count_wallets(record.store, &n) < 0);
	record_close(&record);
	assert_int_equal(reopen(&record), 0);
	assert_int_equal(store_find_uid(record.store, 1879048200, &person), 0);
	assert_int_equal(store_count_wallets(record.store, &n), 0);
	assert_int_equal(n, 0);
	wallet.person = person->id;
	wallet.provider = corp;
	wallet.sealed = bytes;
	assert_int_equal(store_put_wallet(record.store, &wallet, &first), 0);
	assert_int_equal(store_put_wallet(record.store, &wallet, &second), 0);
	assert_true(second > first); /* one for each, and never the same number twice */
	assert_int_equal(store_count_wallets(record.store, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_get_wallet(record.store, person->id, "corp", &found), 0);
	assert_true(found->id == second && found->until == 9 && found->len == 3);
	assert_memory_equal(found->sealed, bytes, 3);
	wallet.id = first;
	assert_int_equal(store_set_wallet(record.store, &wallet, true), STORE_E_NOT_FOUND);
	assert_int_equal(store_drop_wallet(record.store, second), 0);
	assert_int_equal(store_put_wallet(record.store, &wallet, &first), 0);
	assert_true(first > second);
	assert_int_equal(store_set_opened(record.store, person->id, "boot 1", 2, true), 0);
	assert_int_equal(store_get_opened(record.store, person->id, "boot 1", &n, &revoke), 0);
	assert_true(n == 2 && revoke);
	assert_int_equal(store_get_opened(record.store, person->id, "boot 2", &n, &revoke), 0);
	assert_true(n == 0 && !revoke);
	record_teardown(&record);
}

static int see_staged(void *arg, const struct store_staged *row)
{
	static const uint8_t whole[] = { 7, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	size_t *seen = arg;

	assert_int_equal(row->len, row->op == 1 ? sizeof(whole) : 3);
	assert_memory_equal(row->record, whole, row->len);
	++*seen;
	return 0;
}

/* Groups that waited as members nobody knew find their place, and a sealed pass its new form. */
static void test_a_record_without_nested_groups_gets_them(void **state)
{
	struct record record;
	_cleanup_(person_freep) struct person *person = NULL;
	struct store_counts counts;
	size_t seen = 0;

	(void)state;
	record_setup(&record);
	make_old(&record, 5,
		 OLD_ALICE "INSERT INTO dirgroup VALUES (1, 1, 'outer', 'outer', NULL, 0),"
			   "(2, 1, 'inner', 'inner', NULL, 0), (3, 1, 'gone', 'gone', NULL, 1);"
			   "INSERT INTO member VALUES (2, 1);"
			   "INSERT INTO stray VALUES (1, 'inner', 1), (1, 'gone', 1),"
			   "(1, 'nobody', 1);"
			   "INSERT INTO staged VALUES (1, 1, 0, 'a', x'070008'),"
			   "(2, 2, 0, 'b', x'070008');");
	record.store = store_free(record.store);
	assert_int_equal(reopen(&record), 0);
	assert_int_equal(store_count(record.store, &counts), 0);
	assert_int_equal(counts.unknown_members, 2);
	assert_int_equal(store_each_staged(record.store, 9, see_staged, &seen), 0);
	assert_int_equal(seen, 2);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_string_equal(person->ssh_keys, "");
	assert_int_equal(person_set(&person->ssh_keys, "a key\nanother"), 0);
	assert_int_equal(person_set(&person->labels, "site/a=b"), 0);
	assert_int_equal(store_put_person(record.store, person), 0);
	person = person_free(person);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_string_equal(person->ssh_keys, "a key\nanother");
	assert_string_equal(person->labels, "site/a=b");
	record_teardown(&record);
}

static void test_a_migration_that_fails_changes_nothing(void **state)
{
	struct record record;
	struct store_migration longer[16];
	struct store_options options = { .migrations = longer };

	(void)state;
	record_setup(&record);
	record_close(&record);
	memcpy(longer, store_migrations, store_n_migrations * sizeof(longer[0]));
	longer[store_n_migrations] = (struct store_migration){
		.version = store_migrations[store_n_migrations - 1].version + 1,
		.sql = "DROP TABLE decision; SELECT nonsense FROM nowhere;",
	};
	options.folder = record.folder;
	options.n_migrations = store_n_migrations + 1;
	assert_true(store_open(&options, record.reason, &record.store) < 0);
	assert_reason(&record, "cannot bring the record");
	assert_int_equal(reopen(&record), 0);
	record_teardown(&record);
}

/* ---- promises of the schema ---- */

static void test_the_schema_itself_refuses_a_second_owner(void **state)
{
	struct record record;
	_cleanup_(person_freep) struct person *person = NULL;
	uint32_t uid;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s1", "alice", PERSON_ID_NONE, &uid), 0);
	assert_int_equal(store_find_uid(record.store, uid, &person), 0);
	person->id = 0;
	assert_int_equal(store_put_person(record.store, person), STORE_E_TAKEN); /* all three */
	assert_int_equal(person_set(&person->sub, "s2"), 0);
	assert_int_equal(person_set(&person->dir_id, "other"), 0);
	assert_int_equal(store_put_person(record.store, person), STORE_E_TAKEN); /* uid, name */
	person->uid++;
	assert_int_equal(store_put_person(record.store, person), STORE_E_TAKEN); /* name */
	assert_int_equal(person_set(&person->name, "bob"), 0);
	assert_int_equal(store_put_person(record.store, person), 0);
	record_teardown(&record);
}

static void test_a_transaction_is_whole_or_nothing(void **state)
{
	struct record record;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(store_begin(record.store, STORE_DURABLE), 0);
	assert_int_equal(store_begin(record.store, STORE_DURABLE), -EDEADLK);
	assert_int_equal(record_claim(&record, "s1", "alice", PERSON_ID_NONE, NULL), 0);
	store_rollback(record.store);
	store_rollback(record.store);
	assert_int_equal(store_find_name(record.store, "alice", &person), STORE_E_NOT_FOUND);
	assert_int_equal(store_commit(record.store), -EINVAL);
	assert_int_equal(record_claim(&record, "s1", "alice", PERSON_ID_NONE, NULL), 0);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_string_equal(person->directory, "corp"); /* interned again after the rollback */
	record_teardown(&record);
}

static void test_home_and_shell_follow_the_configuration(void **state)
{
	struct record record;
	const char *const shells[] = { "/bin/bash", "/bin/zsh", NULL };
	struct store_options options = {
		.home_template = "/srv/%u/100%%/%u",
		.shell = "/bin/zsh",
		.shells = shells,
	};
	_cleanup_(person_freep) struct person *before = NULL, *after = NULL;
	const struct syncer_pass pass = record_pass(false, false);
	struct dir_user user = record_user("alice");

	(void)state;
	record_setup(&record);
	user.shell = "/bin/fish";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL), 0);
	assert_int_equal(store_find_name(record.store, "alice", &before), 0);
	assert_string_equal(before->home, "/home/alice");
	assert_string_equal(before->shell, "/bin/fish");
	assert_int_equal(store_set_defaults(record.store, &options), 0);
	assert_int_equal(store_find_name(record.store, "alice", &after), 0);
	assert_string_equal(after->home, "/srv/alice/100%/alice");
	assert_string_equal(after->shell, "/bin/zsh");
	assert_string_equal(after->given_shell, "/bin/fish");
	record_teardown(&record);
}

/* What the platform gives (or not) as alice's home and shell, and what comes of it. */
static void lives(struct record *record, const struct store_options *options, const char *given,
		  const char *shell, const char *home, const char *runs)
{
	_cleanup_(person_freep) struct person *person = NULL;
	const struct syncer_pass pass = record_pass(false, false);
	struct dir_user user = record_user("alice");

	user.home = given;
	user.shell = shell;
	assert_int_equal(store_set_defaults(record->store, options), 0);
	assert_int_equal(
		syncer_upsert(record->syncer, &pass, &user, RECORD_NOW, record->reason, NULL), 0);
	assert_int_equal(store_find_name(record->store, "alice", &person), 0);
	assert_string_equal(person->home, home);
	assert_string_equal(person->shell, runs);
}

static void test_a_platform_chooses_within_bounds(void **state)
{
	const char *const shells[] = { "/bin/bash", NULL }, *const homes[] = { "/srv/a", "/b/",
									       NULL };
	const struct store_domain domains[] = { { "corp", "corp.org" }, { NULL, NULL } };
	const struct store_options unset = { .home_template = "/people/%1u/%u",
					     .shell = "/bin/sh",
					     .shells = shells };
	const struct store_options set = { .home_template = "/people/%d/%s",
					   .shell = "/bin/sh",
					   .homes = homes,
					   .domains = domains };
	const struct store_options none = { .home_template = "/people/%d/%s" };
	struct record record;

	(void)state;
	record_setup(&record);
	lives(&record, &unset, "", "", "/people/a/alice", "/bin/sh");
	lives(&record, &unset, "/people/x", "/bin/bash", "/people/x", "/bin/bash");
	lives(&record, &unset, "/home/x", "/bin/evil", "/home/x", "/bin/sh");
	lives(&record, &unset, "/root/x", "/usr/sbin/nologin", "/people/a/alice",
	      "/usr/sbin/nologin");
	lives(&record, &unset, "/home", "/bin/false", "/people/a/alice", "/bin/false");
	lives(&record, &set, "/home/x", "", "/people/corp.org/alice", "/bin/sh");
	lives(&record, &set, "/srv/ab", "", "/people/corp.org/alice", "/bin/sh");
	lives(&record, &set, "/srv/a/x", "", "/srv/a/x", "/bin/sh");
	lives(&record, &set, "/b/x", "", "/b/x", "/bin/sh");
	lives(&record, &none, "", "", "/nonexistent", "/bin/sh"); /* not refused: told by config */
	record_teardown(&record);
}

/* ---- sign-ins and decisions ---- */

static void test_facts_of_a_sign_in_replace_the_old_ones(void **state)
{
	struct record record;
	const struct store_fact first[] = { { "group", "a" }, { "group", "b" }, { "acr", "2" } };
	const struct store_fact second[] = { { "scope", "x" } };
	_cleanup_(person_freep) struct person *person = NULL;
	struct store_facts *facts = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s1", "alice", PERSON_ID_NONE, NULL), 0);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_int_equal(store_get_facts(record.store, person->id, &facts), 0);
	assert_int_equal(facts->n, 0);
	assert_int_equal(facts->time, 0);
	store_facts_free(facts);
	assert_int_equal(store_put_login(record.store, person->id, RECORD_NOW, first, 3), 0);
	assert_int_equal(store_put_login(record.store, person->id, RECORD_NOW + 9, second, 1), 0);
	assert_int_equal(store_get_facts(record.store, person->id, &facts), 0);
	assert_int_equal(facts->n, 1);
	assert_string_equal(facts->facts[0].kind, "scope");
	assert_int_equal(facts->time, RECORD_NOW + 9);
	store_facts_free(facts);
	assert_int_equal(store_put_login(record.store, 4711, RECORD_NOW, first, 3),
			 STORE_E_NOT_FOUND);
	record_teardown(&record);
}

static void test_the_last_decision_is_found_and_their_number_is_bounded(void **state)
{
	struct record record;
	struct store_decision *decision = NULL;
	struct store_decision put = {
		.user = "alice",
		.service = "sshd",
		.phase = "auth",
		.code = "no-rule",
		.rule = "",
		.text = "no",
		.trace = "a\nb",
	};

	(void)state;
	record_setup(&record);
	assert_int_equal(store_put_decision(record.store, &put), 0);
	put.permit = true;
	put.time = 5;
	put.code = "permit";
	assert_int_equal(store_put_decision(record.store, &put), 0);
	put.phase = "account"; /* a grant of the one phase hides no refusal of the other */
	put.permit = false;
	assert_int_equal(store_put_decision(record.store, &put), 0);
	assert_int_equal(store_get_decision(record.store, "alice", "sshd", "", &decision), 0);
	assert_string_equal(decision->phase, "account");
	assert_false(decision->permit);
	store_decision_free(decision);
	put.service = "sudo";
	assert_int_equal(store_put_decision(record.store, &put), 0);
	assert_int_equal(store_get_decision(record.store, "alice", "sshd", "auth", &decision), 0);
	assert_true(decision->permit);
	assert_string_equal(decision->code, "permit");
	assert_string_equal(decision->trace, "a\nb");
	store_decision_free(decision);
	put.service = "systemd-user"; /* follows every sign-in, and nobody asks about it */
	assert_int_equal(store_put_decision(record.store, &put), 0);
	assert_int_equal(store_get_decision(record.store, "alice", "", "", &decision), 0);
	assert_string_equal(decision->service, "sudo");
	store_decision_free(decision);
	assert_int_equal(store_get_decision(record.store, "bob", "", "", &decision),
			 STORE_E_NOT_FOUND);
	assert_int_equal(store_begin(record.store, STORE_RELAXED), 0);
	for (unsigned i = 0; i < STORE_DECISIONS_MAX; i++) {
		char user[16];

		(void)snprintf(user, sizeof(user), "u%u", i);
		put.user = user;
		assert_int_equal(store_put_decision(record.store, &put), 0);
	}
	assert_int_equal(store_commit(record.store), 0);
	assert_int_equal(store_get_decision(record.store, "alice", "", "", &decision),
			 STORE_E_NOT_FOUND);
	assert_int_equal(store_get_decision(record.store, "u0", "", "", &decision), 0);
	store_decision_free(decision);
	record_teardown(&record);
}

/* ---- disk full ---- */

/* Claims until the disk is full; what the last one said. */
static int claim_until_full(struct record *record, unsigned *ret_n)
{
	int r = 0;

	*ret_n = 0;
	while (r == 0 && *ret_n < 20000) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", *ret_n);
		r = record_claim(record, name, name, PERSON_ID_NONE, NULL);
		if (r == 0)
			++*ret_n;
	}
	return r;
}

static void assert_nothing_lost(struct record *record, unsigned n_claimed)
{
	struct store_counts counts;

	assert_int_equal(record_claim(record, "after", "after", PERSON_ID_NONE, NULL), 0);
	record_close(record);
	record_open(record);
	assert_int_equal(store_count(record->store, &counts), 0);
	assert_int_equal(counts.people, n_claimed + 1);
}

/* A file size limit: some kernels' way of saying "no more", and SQLite cannot tell which. */
static int fill_by_limit(struct record *record)
{
	const struct rlimit small = { .rlim_cur = 200 * 1024, .rlim_max = RLIM_INFINITY };
	const struct rlimit large = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	unsigned n_claimed;
	int r;

	(void)signal(SIGXFSZ, SIG_IGN);
	record_open(record);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = claim_until_full(record, &n_claimed);
	assert_true(r == -ENOSPC || r == -EIO);
	assert_true(n_claimed > 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
	assert_nothing_lost(record, n_claimed);
	return 0;
}

/* A real full disk, in a mount namespace of our own. 77: not allowed here. */
static int fill_a_tmpfs(struct record *record)
{
	unsigned n_claimed;

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", record->folder, "tmpfs", MS_NODEV, "size=512k,mode=0700") < 0)
		return 77;
	record_open(record);
	assert_int_equal(claim_until_full(record, &n_claimed), -ENOSPC);
	assert_true(n_claimed > 0);
	assert_int_equal(mount("none", record->folder, "tmpfs", MS_REMOUNT | MS_NODEV, "size=8m"),
			 0);
	assert_nothing_lost(record, n_claimed);
	return 0;
}

static int run_in_child(struct record *record, int (*run)(struct record *record))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(run(record));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_a_file_that_may_not_grow_loses_nothing(void **state)
{
	struct record record;

	(void)state;
	record_setup(&record);
	record_close(&record);
	assert_int_equal(run_in_child(&record, fill_by_limit), 0);
	record_open(&record);
	record_teardown(&record);
}

static void test_a_full_disk_is_said_and_loses_nothing(void **state)
{
	struct record record;
	int status;

	(void)state;
	record_setup(&record);
	record_close(&record);
	status = run_in_child(&record, fill_a_tmpfs);
	record_open(&record);
	record_teardown(&record);
	if (status == 77)
		skip(); /* no right to mount */
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_record_is_private_to_its_owner),
		TEST(test_what_was_written_is_there_after_closing),
		TEST(test_a_file_or_folder_that_others_could_write_is_refused),
		TEST(test_a_damaged_record_is_refused_and_left_as_it_is),
		TEST(test_a_lost_record_with_a_journal_left_is_not_begun_anew),
		TEST(test_a_second_process_is_told_that_the_record_is_in_use),
		TEST(test_an_older_record_is_migrated_and_a_newer_one_refused),
		TEST(test_a_record_without_wallets_gets_them),
		TEST(test_a_record_without_nested_groups_gets_them),
		TEST(test_a_migration_that_fails_changes_nothing),
		TEST(test_the_schema_itself_refuses_a_second_owner),
		TEST(test_a_transaction_is_whole_or_nothing),
		TEST(test_home_and_shell_follow_the_configuration),
		TEST(test_a_platform_chooses_within_bounds),
		TEST(test_facts_of_a_sign_in_replace_the_old_ones),
		TEST(test_the_last_decision_is_found_and_their_number_is_bounded),
		TEST(test_a_file_that_may_not_grow_loses_nothing),
		TEST(test_a_full_disk_is_said_and_loses_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
