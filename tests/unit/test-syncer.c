/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "idp-agentd/core/store-login.h"
#include "tests/lib/record.h"

static const struct syncer_result *result_of(const struct record *record)
{
	return syncer_get_result(record->syncer);
}

static bool is_live(struct record *record, const char *name)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r = store_find_name(record->store, name, &person);

	assert_true(r == 0 || r == STORE_E_NOT_FOUND);
	return r == 0;
}

static uint32_t uid_of(struct record *record, const char *sub)
{
	_cleanup_(person_freep) struct person *person = NULL;

	assert_int_equal(store_find_subject(record->store, RECORD_ISS, sub, &person), 0);
	return person->uid;
}

static void begin(struct record *record, bool full, bool force)
{
	const struct syncer_pass pass = record_pass(full, force);

	assert_int_equal(syncer_begin(record->syncer, &pass, RECORD_NOW), 0);
}

static void end(struct record *record)
{
	assert_int_equal(syncer_end(record->syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(record), 0);
}

static void send_user(struct record *record, const char *id, const char *sub, const char *name)
{
	struct dir_user user = record_user(name);

	user.id = id;
	user.sub = sub;
	assert_int_equal(syncer_user(record->syncer, &user), 0);
}

static int send_group(struct record *record, const char *id, bool first, bool last,
		      const char *const *members, size_t n)
{
	const struct dir_group group = {
		.id = id,
		.name = id,
		.gid = PERSON_ID_NONE,
		.first = first,
		.last = last,
		.members = members,
		.n_members = n,
	};

	return syncer_group(record->syncer, &group);
}

/* "alice bob" of a group, in order of their rows. */
static void assert_members(struct record *record, const char *name, const char *expected)
{
	_cleanup_(group_freep) struct group *group = NULL;
	char names[512] = "";

	assert_int_equal(store_find_group(record->store, name, &group), 0);
	assert_int_equal(store_group_members(record->store, group), 0);
	for (size_t i = 0; i < group->n_members; i++) {
		strncat(names, i ? " " : "", sizeof(names) - strlen(names) - 1);
		strncat(names, group->members[i], sizeof(names) - strlen(names) - 1);
	}
	assert_string_equal(names, expected);
}

static void assert_problem(const struct record *record, const char *part)
{
	const struct syncer_result *result = result_of(record);

	for (size_t i = 0; i < result->n_problems && i < SYNCER_PROBLEMS_MAX; i++) {
		if (strstr(result->problems[i], part))
			return;
	}
	fail_msg("no problem says '%s'", part);
}

static void test_a_full_pass_adds_people_and_finds_them_unchanged_next_time(void **state)
{
	struct record record;
	const char *const names[] = { "alice", "bob", "dora" };
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 3, true, false), 0);
	assert_int_equal(result_of(&record)->added, 3);
	assert_int_equal(result_of(&record)->n_problems, 0);
	assert_true(result_of(&record)->done);
	assert_int_equal(store_get_directory(record.store, "corp", &directory), 0);
	assert_string_equal(directory->cursor, "cursor-1");
	assert_int_equal(directory->last_full, RECORD_NOW);
	assert_int_equal(directory->fingerprint, 7);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	assert_string_equal(person->home, "/home/bob");
	assert_string_equal(person->shell, "/bin/bash");
	assert_true(person->active);
	assert_int_equal(person->uid, person->gid);

	assert_int_equal(record_sync(&record, names, 3, true, false), 0);
	assert_int_equal(result_of(&record)->unchanged, 3);
	assert_int_equal(result_of(&record)->added + result_of(&record)->changed +
				 result_of(&record)->retired + result_of(&record)->to_apply,
			 0);
	record_teardown(&record);
}

static void test_who_is_gone_from_a_full_pass_is_retired_and_comes_back_with_the_same_uid(void **s)
{
	struct record record;
	const char *const names[] = { "alice", "bob", "dora" };
	uint32_t uid;

	(void)s;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 3, true, false), 0);
	uid = uid_of(&record, "dora");
	assert_int_equal(record_sync(&record, names, 2, true, false), 0);
	assert_int_equal(result_of(&record)->retired, 1);
	assert_false(is_live(&record, "dora"));
	assert_int_equal(uid_of(&record, "dora"), uid);
	assert_int_equal(record_sync(&record, names, 3, true, false), 0);
	assert_true(is_live(&record, "dora"));
	assert_int_equal(uid_of(&record, "dora"), uid);
	record_teardown(&record);
}

static void test_a_partial_pass_retires_nobody(void **state)
{
	struct record record;
	const char *const names[] = { "alice", "bob" };

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 2, true, false), 0);
	assert_int_equal(record_sync(&record, names, 1, false, false), 0);
	assert_true(is_live(&record, "bob"));
	record_teardown(&record);
}

static void test_the_deletion_guard_keeps_people_but_marks_them_missing(void **state)
{
	struct record record;
	char text[30][8];
	const char *names[30];
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;

	(void)state;
	record_setup(&record);
	for (size_t i = 0; i < 30; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "user%zu", i);
		names[i] = text[i];
	}
	assert_int_equal(record_sync(&record, names, 30, true, false), 0);
	assert_int_equal(record_sync(&record, names, 19, true, false), 0); /* 11 gone, 10 allowed */
	assert_int_equal(result_of(&record)->retired, 0);
	assert_int_equal(result_of(&record)->held, 11);
	assert_int_equal(store_find_name(record.store, "user29", &person), 0);
	assert_true(person->missing);
	assert_int_equal(store_get_directory(record.store, "corp", &directory), 0);
	assert_int_equal(directory->held, 11);

	assert_int_equal(record_sync(&record, names, 20, true, false), 0); /* 10 gone: a busy day */
	assert_int_equal(result_of(&record)->retired, 10);
	assert_true(is_live(&record, "user19"));
	assert_false(is_live(&record, "user20"));

	assert_int_equal(record_sync(&record, names, 0, true, false), 0); /* nobody at all */
	assert_int_equal(result_of(&record)->held, 20);
	assert_int_equal(record_sync(&record, names, 0, true, true), 0); /* --force */
	assert_int_equal(result_of(&record)->retired, 20);
	record_teardown(&record);
}

static void test_a_missing_person_grows_stale_while_others_stay_fresh(void **state)
{
	struct record record;
	const char *const names[] = { "alice", "bob" };
	_cleanup_(person_freep) struct person *person = NULL;
	const struct syncer_pass pass = record_pass(true, false);

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 2, true, false), 0);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW + 86400), 0);
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW + 86400), SYNCER_MORE);
	while (syncer_step(record.syncer, RECORD_NOW + 86400) == SYNCER_MORE)
		;
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_true(person->missing);
	assert_int_equal(person_age(person, RECORD_NOW + 86400), 86400);
	record_teardown(&record);
}

static void test_a_pass_that_failed_leaves_no_trace_but_its_reason(void **state)
{
	struct record record;
	const char *const names[] = { "alice", "bob" };
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 1, true, false), 0);
	begin(&record, true, false);
	send_user(&record, "bob", "bob", "bob");
	assert_int_equal(syncer_end(record.syncer, false, "c", "page 2: 500", RECORD_NOW + 1),
			 SYNCER_E_FAILED);
	assert_int_equal(syncer_step(record.syncer, RECORD_NOW), 0);
	assert_true(is_live(&record, "alice"));
	assert_false(is_live(&record, "bob"));
	assert_int_equal(store_get_directory(record.store, "corp", &directory), 0);
	assert_string_equal(directory->failure, "page 2: 500");
	assert_string_equal(directory->cursor, "cursor-1");
	assert_int_equal(directory->last_full, RECORD_NOW);
	record_teardown(&record);
}

static void test_only_one_pass_at_a_time(void **state)
{
	struct record record;
	const struct syncer_pass pass = record_pass(true, false);
	const struct dir_user user = record_user("alice");

	(void)state;
	record_setup(&record);
	assert_int_equal(syncer_user(record.syncer, &user), -EINVAL);
	begin(&record, true, false);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), -EBUSY);
	assert_int_equal(syncer_step(record.syncer, RECORD_NOW), -EINVAL);
	syncer_abort(record.syncer, "link lost", RECORD_NOW);
	begin(&record, true, false);
	end(&record);
	record_teardown(&record);
}

/* ---- names ---- */

static void test_two_subjects_with_one_name_the_second_is_refused_and_never_suffixed(void **state)
{
	struct record record;
	struct store_counts counts;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	send_user(&record, "2", "s2", "alice");
	end(&record);
	assert_int_equal(result_of(&record)->added, 1);
	assert_int_equal(result_of(&record)->refused, 1);
	assert_problem(&record, "already the name of another person");
	assert_int_equal(store_count(record.store, &counts), 0);
	assert_int_equal(counts.people, 1);
	assert_true(uid_of(&record, "s1") != 0);
	record_teardown(&record);
}

static void test_a_rename_keeps_the_uid_and_frees_the_old_name_in_the_same_pass(void **state)
{
	struct record record;
	uint32_t a, b;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	send_user(&record, "2", "s2", "bob");
	end(&record);
	a = uid_of(&record, "s1");
	b = uid_of(&record, "s2");
	begin(&record, true, false);
	send_user(&record, "2", "s2", "alice"); /* wants the name before it is free */
	send_user(&record, "1", "s1", "alicia");
	end(&record);
	assert_int_equal(result_of(&record)->refused, 0);
	assert_int_equal(uid_of(&record, "s1"), a);
	assert_int_equal(uid_of(&record, "s2"), b);
	assert_true(is_live(&record, "alicia"));
	assert_false(is_live(&record, "bob"));
	record_teardown(&record);
}

static void test_names_swapped_in_one_pass_are_refused_and_both_stay(void **state)
{
	struct record record;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	send_user(&record, "2", "s2", "bob");
	end(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "bob");
	send_user(&record, "2", "s2", "alice");
	end(&record);
	assert_int_equal(result_of(&record)->refused, 2);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_string_equal(person->sub, "s1");
	record_teardown(&record);
}

static void test_a_record_that_changes_its_subject_is_never_followed(void **state)
{
	struct record record;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	end(&record);
	begin(&record, true, false);
	send_user(&record, "1", "attacker", "alice");
	end(&record);
	assert_int_equal(result_of(&record)->refused, 1);
	assert_problem(&record, "names another subject");
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_string_equal(person->sub, "s1");
	record_teardown(&record);
}

static void test_two_records_of_one_subject_the_second_is_refused(void **state)
{
	struct record record;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	for (int pass = 0; pass < 2; pass++) {
		begin(&record, true, false);
		send_user(&record, "1", "s1", "alice");
		send_user(&record, "2", "s1", "alice2");
		end(&record);
		assert_int_equal(result_of(&record)->refused, 1);
		assert_int_equal(result_of(&record)->retired, 0);
	}
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_string_equal(person->dir_id, "1");
	record_teardown(&record);
}

static void test_a_subject_under_a_new_record_id_keeps_its_binding(void **state)
{
	struct record record;
	const char *const members[] = { "1" }, *const moved[] = { "9" };
	uint32_t uid;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	assert_int_equal(send_group(&record, "crew", true, true, members, 1), 0);
	end(&record);
	uid = uid_of(&record, "s1");
	begin(&record, true, false);
	send_user(&record, "9", "s1", "alice");
	assert_int_equal(send_group(&record, "crew", true, true, moved, 1), 0);
	end(&record);
	assert_int_equal(result_of(&record)->retired, 0);
	assert_int_equal(uid_of(&record, "s1"), uid);
	assert_members(&record, "crew", "alice");
	record_teardown(&record);
}

static void test_bad_names_are_refused_harmlessly_quoted_and_the_rest_goes_on(void **state)
{
	static const char *const bad[] = { "",      "root", "Bad",  "a:b",        "a\nb",
					   "carol", "42",   "../x", "sudo\033[2J" };
	struct record record;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		char id[8];

		(void)snprintf(id, sizeof(id), "%zu", i);
		send_user(&record, id, id, bad[i]);
	}
	send_user(&record, "good", "good", "alice");
	end(&record);
	assert_int_equal(result_of(&record)->refused, ELEMENTSOF(bad));
	assert_int_equal(result_of(&record)->added, 1);
	for (size_t i = 0; i < result_of(&record)->n_problems; i++)
		for (const char *at = result_of(&record)->problems[i]; *at; at++)
			assert_true(*at >= 0x20 && *at < 0x7f);
	assert_problem(&record, "carol is a local user of this host");
	record_teardown(&record);
}

static void test_a_refused_record_of_somebody_known_still_disables(void **state)
{
	static const char *const members[] = { "2", "3" };
	struct record record;
	struct dir_user user = record_user("alice");
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	assert_int_equal(syncer_user(record.syncer, &user), 0);
	end(&record);
	user.name = "not valid";
	user.active = false;
	begin(&record, true, false);
	assert_int_equal(syncer_user(record.syncer, &user), 0);
	/* rows of later lanes in the same batch */
	assert_int_equal(send_group(&record, "staff", true, true, members, 2), 0);
	end(&record);
	assert_int_equal(result_of(&record)->refused, 1);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	assert_false(person->active);
	record_teardown(&record);
}

/* ---- groups ---- */

static void test_members_are_found_when_groups_come_before_users(void **state)
{
	struct record record;
	const char *const members[] = { "2", "1", "nested-group", "9" };

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	assert_int_equal(send_group(&record, "crew", true, true, members, 4), 0);
	send_user(&record, "1", "s1", "alice");
	send_user(&record, "2", "s2", "bob");
	end(&record);
	assert_members(&record, "crew", "alice bob");
	assert_int_equal(result_of(&record)->unknown_members, 2);

	begin(&record, false, false); /* 9 arrives later, without its group */
	send_user(&record, "9", "s9", "zoe");
	end(&record);
	assert_members(&record, "crew", "alice bob zoe");
	assert_int_equal(result_of(&record)->unknown_members, 1);
	record_teardown(&record);
}

static void test_a_long_group_in_parts_stages_only_what_changed(void **state)
{
	struct record record;
	static char ids[300][8];
	static const char *members[300];

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	for (size_t i = 0; i < 300; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "u%zu", i);
		members[i] = ids[i];
		send_user(&record, ids[i], ids[i], ids[i]);
	}
	assert_int_equal(send_group(&record, "big", true, false, members, 100), 0);
	assert_int_equal(send_group(&record, "big", false, false, members + 100, 100), 0);
	assert_int_equal(send_group(&record, "big", false, true, members + 200, 100), 0);
	end(&record);

	begin(&record, true, false);
	for (size_t i = 0; i < 300; i++)
		send_user(&record, ids[i], ids[i], ids[i]);
	assert_int_equal(send_group(&record, "big", true, false, members + 1, 100), 0);
	assert_int_equal(send_group(&record, "big", false, true, members + 101, 199), 0);
	end(&record);
	assert_int_equal(result_of(&record)->to_apply, 1); /* u0 leaves */
	record_teardown(&record);
}

static void test_a_group_stream_out_of_order_breaks_the_pass(void **state)
{
	struct record record;
	const char *const members[] = { "1" };

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	assert_int_equal(send_group(&record, "a", false, true, members, 1), SYNCER_E_BROKEN);
	syncer_abort(record.syncer, "", RECORD_NOW);
	begin(&record, true, false);
	assert_int_equal(send_group(&record, "a", true, false, members, 1), 0);
	assert_int_equal(send_group(&record, "b", false, true, members, 1), SYNCER_E_BROKEN);
	syncer_abort(record.syncer, "", RECORD_NOW);
	begin(&record, true, false);
	assert_int_equal(send_group(&record, "a", true, false, members, 1), 0);
	assert_int_equal(send_group(&record, "b", true, true, members, 1), SYNCER_E_BROKEN);
	syncer_abort(record.syncer, "", RECORD_NOW);
	begin(&record, true, false);
	assert_int_equal(send_group(&record, "a", true, false, members, 1), 0);
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_E_BROKEN);
	begin(&record, true, false);
	end(&record);
	record_teardown(&record);
}

static void test_who_left_and_returns_has_no_membership_of_old(void **state)
{
	struct record record;
	const char *const both[] = { "1", "2" }, *const one[] = { "1" };
	const char *const none[] = { NULL };
	_cleanup_(group_freep) struct group *sudo = NULL;

	(void)state;
	record_setup(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	send_user(&record, "2", "s2", "bob");
	assert_int_equal(send_group(&record, "crew", true, true, both, 2), 0);
	assert_int_equal(send_group(&record, "sudo", true, true, none, 0), 0);
	end(&record);
	assert_problem(&record, "reserved group");
	assert_int_equal(store_find_directory_group(record.store, "sudo", &sudo), 0);
	assert_int_equal(sudo->gid, PERSON_ID_NONE); /* the rules know it, Unix does not */
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	assert_int_equal(send_group(&record, "crew", true, true, one, 1), 0);
	end(&record);
	begin(&record, true, false);
	send_user(&record, "1", "s1", "alice");
	send_user(&record, "2", "s2", "bob");
	assert_int_equal(send_group(&record, "crew", true, true, one, 1), 0);
	end(&record);
	assert_members(&record, "crew", "alice");
	record_teardown(&record);
}

/* ---- outside of a pass ---- */

static void test_learning_binds_once_and_a_directory_may_adopt(void **state)
{
	struct record record;
	const struct syncer_pass web = { .directory = "web", .iss = RECORD_ISS };
	const struct store_fact facts[] = { { "group", "staff" }, { "acr", "2" } };
	const char *const names[] = { "alice" };
	_cleanup_(person_freep) struct person *first = NULL, *again = NULL, *adopted = NULL;
	_cleanup_(store_facts_freep) struct store_facts *kept = NULL;
	struct dir_user user = record_user("alice");
	struct dir_user other = record_user("alice");

	(void)state;
	record_setup(&record);
	assert_int_equal(syncer_learn(record.syncer, &web, &user, facts, 2, RECORD_NOW,
				      record.reason, &first),
			 0);
	assert_true(first->learned && first->active);
	assert_int_equal(first->last_login, RECORD_NOW);
	assert_int_equal(store_get_facts(record.store, first->id, &kept), 0);
	assert_int_equal(kept->n, 2);
	assert_string_equal(kept->facts[0].value, "staff");
	other.sub = "somebody-else";
	assert_int_equal(syncer_learn(record.syncer, &web, &other, facts, 2, RECORD_NOW,
				      record.reason, NULL),
			 SYNCER_E_REFUSED);
	assert_int_equal(record_sync(&record, names, 1, true, false), 0);
	assert_int_equal(store_find_name(record.store, "alice", &adopted), 0);
	assert_false(adopted->learned);
	assert_string_equal(adopted->directory, "corp");
	assert_int_equal(adopted->uid, first->uid);
	user.name = "mallory"; /* a directory answers for the name now */
	assert_int_equal(syncer_learn(record.syncer, &web, &user, facts, 1, RECORD_NOW + 5,
				      record.reason, &again),
			 0);
	assert_string_equal(again->name, "alice");
	assert_int_equal(again->last_login, RECORD_NOW + 5);
	record_teardown(&record);
}

static void test_a_sign_in_does_not_bring_back_who_left_the_directory(void **state)
{
	struct record record;
	const struct syncer_pass web = { .directory = "web", .iss = RECORD_ISS };
	const struct syncer_pass nowhere = { .iss = RECORD_ISS };
	const char *const names[] = { "alice", "bob" };
	const struct dir_user bob = record_user("bob"), eve = record_user("eve");

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 2, true, false), 0);
	assert_int_equal(record_sync(&record, names, 1, true, false), 0);
	assert_int_equal(
		syncer_learn(record.syncer, &web, &bob, NULL, 0, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	assert_non_null(strstr(record.reason, "has left"));
	assert_int_equal(syncer_learn(record.syncer, &nowhere, &eve, NULL, 0, RECORD_NOW,
				      record.reason, NULL),
			 SYNCER_E_REFUSED);
	record_teardown(&record);
}

static void test_one_record_is_written_at_once_outside_of_a_pass(void **state)
{
	struct record record;
	const struct syncer_pass pass = record_pass(false, false);
	_cleanup_(person_freep) struct person *person = NULL;
	struct dir_user user = record_user("alice");

	(void)state;
	record_setup(&record);
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, &person), 0);
	assert_string_equal(person->name, "alice");
	assert_int_equal(person->last_seen, RECORD_NOW);
	user.name = "root";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	assert_true(is_live(&record, "alice"));
	record_teardown(&record);
}

static void test_a_clock_that_jumped_a_day_ahead_is_forgotten_by_the_next_pass(void **state)
{
	struct record record;
	const struct syncer_pass pass = record_pass(true, false);
	const char *const names[] = { "alice" };
	_cleanup_(person_freep) struct person *ahead = NULL, *now = NULL;
	const struct dir_user user = record_user("alice");

	(void)state;
	record_setup(&record);
	assert_int_equal(syncer_upsert(record.syncer, &pass, &user, RECORD_NOW + 86400,
				       record.reason, &ahead),
			 0);
	assert_true(person_age(ahead, RECORD_NOW) == UINT64_MAX);
	assert_int_equal(record_sync(&record, names, 1, true, false), 0);
	assert_int_equal(store_find_name(record.store, "alice", &now), 0);
	assert_int_equal(person_age(now, RECORD_NOW + 60), 60);
	record_teardown(&record);
}

/* ---- killed ---- */

#define KILL_USERS 700

static void kill_names(char names[][16], const char **list, const char *prefix)
{
	for (size_t i = 0; i < KILL_USERS; i++) {
		(void)snprintf(names[i], 16, "%s%zu", prefix, i);
		list[i] = names[i];
	}
}

/* The second truth: everybody renamed, everybody in one group; killed after n calls. */
static void run_until_killed(struct record *record, unsigned n)
{
	static char ids[KILL_USERS][16], names[KILL_USERS][16];
	static const char *id_list[KILL_USERS], *name_list[KILL_USERS];

	kill_names(ids, id_list, "old");
	kill_names(names, name_list, "new");
	record_open(record);
	begin(record, true, false);
	for (size_t i = 0; i < KILL_USERS; i++, n--) {
		if (n == 0)
			(void)raise(SIGKILL);
		send_user(record, ids[i], ids[i], names[i]);
	}
	assert_int_equal(send_group(record, "all", true, true, id_list, KILL_USERS), 0);
	assert_int_equal(syncer_end(record->syncer, true, "c2", "", RECORD_NOW), SYNCER_MORE);
	do {
		if (n-- == 0)
			(void)raise(SIGKILL);
	} while (syncer_step(record->syncer, RECORD_NOW) == SYNCER_MORE);
	_exit(0);
}

/* True when the record shows the second truth whole, false for the first; anything else fails. */
static bool read_truth(struct record *record)
{
	struct store_counts counts;
	_cleanup_(group_freep) struct group *group = NULL;
	bool second = is_live(record, "new0");

	assert_int_equal(store_count(record->store, &counts), 0);
	assert_int_equal(counts.people, KILL_USERS);
	for (size_t i = 0; i < KILL_USERS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%s%zu", second ? "new" : "old", i);
		assert_true(is_live(record, name));
	}
	assert_int_equal(store_find_group(record->store, "all", &group),
			 second ? 0 : STORE_E_NOT_FOUND);
	if (group) {
		assert_int_equal(store_group_members(record->store, group), 0);
		assert_int_equal(group->n_members, KILL_USERS);
	}
	return second;
}

static void test_killed_at_any_point_the_record_is_one_truth_or_the_other(void **state)
{
	static const unsigned points[] = {
		1, 300, 699, 700, 701, 702, 703, 704, 705, 707, 709, 5000
	};
	static char ids[KILL_USERS][16];
	static const char *id_list[KILL_USERS];
	unsigned n_old = 0, n_new = 0;

	(void)state;
	kill_names(ids, id_list, "old");
	for (size_t i = 0; i < ELEMENTSOF(points); i++) {
		struct record record;
		uint32_t uid;
		int status;
		pid_t child;

		record_setup(&record);
		assert_int_equal(record_sync(&record, id_list, KILL_USERS, true, false), 0);
		uid = uid_of(&record, "old5");
		record_close(&record);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			run_until_killed(&record, points[i]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		record_open(&record);
		if (i % 2) { /* whoever forgot to recover is recovered for by the next pass */
			begin(&record, false, false);
			syncer_abort(record.syncer, "", RECORD_NOW);
		} else {
			assert_int_equal(syncer_recover(record.syncer, RECORD_NOW), 0);
		}
		if (read_truth(&record))
			n_new++;
		else
			n_old++;
		assert_int_equal(uid_of(&record, "old5"), uid);
		record_teardown(&record);
	}
	assert_true(n_old >= 3 && n_new >= 3);
}

/* Slow under sanitizers: IDP_TEST_BIG=100000 asks for more. */
static void test_many_people_in_one_pass(void **state)
{
	const char *asked = getenv("IDP_TEST_BIG");
	unsigned long n = asked ? strtoul(asked, NULL, 10) : 5000;
	struct record record;
	struct store_counts counts;
	usec_t start, first;

	(void)state;
	record_setup(&record);
	start = clock_now();
	for (int pass = 0; pass < 2; pass++) {
		begin(&record, true, false);
		for (unsigned long i = 0; i < n; i++) {
			char name[32];

			(void)snprintf(name, sizeof(name), "user%lu", i);
			send_user(&record, name, name, name);
		}
		end(&record);
		if (pass == 0)
			first = clock_now();
	}
	assert_int_equal(result_of(&record)->unchanged, n);
	assert_int_equal(store_count(record.store, &counts), 0);
	assert_int_equal(counts.people, n);
	print_message("# %lu people: first pass %lu ms, unchanged pass %lu ms\n", n,
		      (unsigned long)((first - start) / 1000),
		      (unsigned long)((clock_now() - first) / 1000));
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_full_pass_adds_people_and_finds_them_unchanged_next_time),
		TEST(test_who_is_gone_from_a_full_pass_is_retired_and_comes_back_with_the_same_uid),
		TEST(test_a_partial_pass_retires_nobody),
		TEST(test_the_deletion_guard_keeps_people_but_marks_them_missing),
		TEST(test_a_missing_person_grows_stale_while_others_stay_fresh),
		TEST(test_a_pass_that_failed_leaves_no_trace_but_its_reason),
		TEST(test_only_one_pass_at_a_time),
		TEST(test_two_subjects_with_one_name_the_second_is_refused_and_never_suffixed),
		TEST(test_a_rename_keeps_the_uid_and_frees_the_old_name_in_the_same_pass),
		TEST(test_names_swapped_in_one_pass_are_refused_and_both_stay),
		TEST(test_a_record_that_changes_its_subject_is_never_followed),
		TEST(test_two_records_of_one_subject_the_second_is_refused),
		TEST(test_a_subject_under_a_new_record_id_keeps_its_binding),
		TEST(test_bad_names_are_refused_harmlessly_quoted_and_the_rest_goes_on),
		TEST(test_a_refused_record_of_somebody_known_still_disables),
		TEST(test_members_are_found_when_groups_come_before_users),
		TEST(test_a_long_group_in_parts_stages_only_what_changed),
		TEST(test_a_group_stream_out_of_order_breaks_the_pass),
		TEST(test_who_left_and_returns_has_no_membership_of_old),
		TEST(test_learning_binds_once_and_a_directory_may_adopt),
		TEST(test_a_sign_in_does_not_bring_back_who_left_the_directory),
		TEST(test_one_record_is_written_at_once_outside_of_a_pass),
		TEST(test_a_clock_that_jumped_a_day_ahead_is_forgotten_by_the_next_pass),
		TEST(test_killed_at_any_point_the_record_is_one_truth_or_the_other),
		TEST(test_many_people_in_one_pass),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
