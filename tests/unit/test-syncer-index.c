/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is recognised without the record is what the record says: whatever wrote to it meanwhile. */
#include "tests/lib/test.h"

#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/syncer-internal.h"
#include "tests/lib/record.h"

static const char *const names[] = { "alice", "bob", "dora" };

static const struct syncer_result *result_of(const struct record *record)
{
	return syncer_get_result(record->syncer);
}

static void sync(struct record *record, const char *iss, const char *bob_id, uint64_t now)
{
	struct syncer_pass pass = record_pass(true, true);
	static const char *const members[] = { "alice", "dora", "later" };
	const struct dir_group group = { .id = "crew",
					 .name = "crew",
					 .gid = PERSON_ID_NONE,
					 .first = true,
					 .last = true,
					 .members = members,
					 .n_members = 3 };
	int r;

	pass.iss = iss;
	assert_int_equal(syncer_begin(record->syncer, &pass, now), 0);
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		struct dir_user user = record_user(names[i]);

		if (i == 1)
			user.id = bob_id;
		assert_int_equal(syncer_user(record->syncer, &user), 0);
	}
	assert_int_equal(syncer_group(record->syncer, &group), 0);
	assert_int_equal(syncer_end(record->syncer, true, "", "", now), SYNCER_MORE);
	do {
		r = syncer_step(record->syncer, now);
	} while (r == SYNCER_MORE);
	assert_int_equal(r, 0);
}

static bool is_recognised(struct record *record, const char *iss, const char *id, const char *name)
{
	struct dir_user user = record_user(name);
	struct syncer_sought sought;

	user.id = id;
	return syncer_index_find(&record->syncer->index, "corp", iss, &user, &sought) != 0;
}

static void begin(struct record *record)
{
	record_setup(record);
	sync(record, RECORD_ISS, "bob", RECORD_NOW);
	assert_false(is_recognised(record, RECORD_ISS, "bob", "bob"));
	sync(record, RECORD_ISS, "bob", RECORD_NOW); /* learned as it is found unchanged */
	assert_int_equal(result_of(record)->to_apply, 0);
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		assert_true(is_recognised(record, RECORD_ISS, names[i], names[i]));
	assert_non_null(syncer_index_group(&record->syncer->index, 1));
	sync(record, RECORD_ISS, "bob", RECORD_NOW);
	assert_int_equal(result_of(record)->unchanged, 3);
	assert_int_equal(result_of(record)->to_apply, 0);
}

static void test_what_wrote_to_a_person_is_noticed(void **state)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct record record;

	(void)state;
	begin(&record);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	assert_int_equal(person_set(&person->gecos, "Other"), 0);
	assert_int_equal(store_put_person(record.store, person), 0);
	assert_false(is_recognised(&record, RECORD_ISS, "bob", "bob"));
	sync(&record, RECORD_ISS, "bob", RECORD_NOW);
	assert_int_equal(result_of(&record)->changed, 1);
	person = person_free(person);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	assert_string_equal(person->gecos, "");

	assert_int_equal(store_miss_person(record.store, person->id), 0); /* the guard held them */
	sync(&record, RECORD_ISS, "bob", RECORD_NOW);
	assert_int_equal(result_of(&record)->changed, 1);
	assert_int_equal(store_retire_person(record.store, person->id), 0);
	sync(&record, RECORD_ISS, "bob", RECORD_NOW);
	person = person_free(person);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	record_teardown(&record);
}

/* Two ids of one row: only the one the record has now is recognised. */
static void test_an_id_of_old_is_not_recognised(void **state)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct record record;

	(void)state;
	begin(&record);
	for (int i = 0; i < 2; i++)
		sync(&record, RECORD_ISS, "bob2", RECORD_NOW);
	assert_true(is_recognised(&record, RECORD_ISS, "bob2", "bob"));
	assert_false(is_recognised(&record, RECORD_ISS, "bob", "bob"));
	sync(&record, RECORD_ISS, "bob", RECORD_NOW);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	assert_string_equal(person->dir_id, "bob");
	record_teardown(&record);
}

static void test_another_issuer_is_another_record(void **state)
{
	struct record record;

	(void)state;
	begin(&record);
	assert_false(is_recognised(&record, "https://other.example.org/", "bob", "bob"));
	assert_int_equal(sqlite3_exec(record.store->db, "UPDATE issuer SET text = 'https://new/'",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_false(is_recognised(&record, RECORD_ISS, "bob", "bob"));
	record_teardown(&record);
}

static void test_nobody_is_recognised_by_a_clock_turned_back(void **state)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct record record;

	(void)state;
	begin(&record);
	sync(&record, RECORD_ISS, "bob", RECORD_NOW - 7200);
	assert_int_equal(result_of(&record)->unchanged, 0);
	assert_int_equal(result_of(&record)->changed, 3);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	assert_true(person->last_seen <= RECORD_NOW - 7200);
	record_teardown(&record);
}

static size_t count_members(struct record *record)
{
	_cleanup_(group_freep) struct group *group = NULL;

	assert_int_equal(store_find_group(record->store, "crew", &group), 0);
	assert_int_equal(store_group_members(record->store, group), 0);
	return group->n_members;
}

static void test_what_wrote_to_a_membership_is_noticed(void **state)
{
	static const char *const statements[] = {
		"DELETE FROM member WHERE dirgroup = 1",
		"DELETE FROM stray WHERE dirgroup = 1",
		"INSERT INTO member SELECT 1, id FROM person WHERE name = 'bob'",
		"INSERT INTO nest VALUES (1, 1)",
		"UPDATE person SET dir_id = 'x' WHERE name = 'alice'",
		"UPDATE person SET retired = 1 WHERE name = 'alice'",
		"UPDATE stray SET dir_id = 'y'",
	};
	struct record record;

	(void)state;
	begin(&record);
	assert_int_equal(count_members(&record), 2);
	for (size_t i = 0; i < ELEMENTSOF(statements); i++) {
		assert_non_null(syncer_index_group(&record.syncer->index, 1));
		assert_int_equal(sqlite3_exec(record.store->db, statements[i], NULL, NULL, NULL),
				 SQLITE_OK);
		assert_null(syncer_index_group(&record.syncer->index, 1));
		sync(&record, RECORD_ISS, "bob", RECORD_NOW);
		assert_int_equal(count_members(&record), 2);
		sync(&record, RECORD_ISS, "bob", RECORD_NOW);
		sync(&record, RECORD_ISS, "bob", RECORD_NOW);
		assert_int_equal(result_of(&record)->to_apply, 0);
	}
	record_teardown(&record);
}

/* Every field counts, and none runs into the next. */
static void test_every_field_is_of_the_content(void **state)
{
	struct record record;
	struct syncer_sought sought;
	struct dir_user users[16];
	size_t n = 0;

	(void)state;
	record_setup(&record);
	for (size_t i = 0; i < ELEMENTSOF(users); i++) {
		users[i] = record_user("alice");
		users[i].gecos = users[i].home = "";
	}
	users[n++].sub = "alic";
	users[n++].name = "alicf";
	users[n++].uid = 1;
	users[n++].gid = 1;
	users[n++].gecos = "x";
	users[n++].home = "x";
	users[n++].shell = "x";
	users[n++].active = false;
	users[n++].end_time = 1;
	users[n++].loa = "x";
	users[n++].origin = "x";
	users[n++].ssh_keys = "x";
	users[n++].labels = "x";
	users[n++].id = "alicf";
	users[n++].gecos = NULL; /* the same as "" */
	for (size_t i = 0; i < n; i++) {
		const struct dir_user plain = record_user("alice");
		struct syncer_index *index = &record.syncer->index;

		syncer_index_forget(index);
		assert_int_equal(syncer_index_find(index, "corp", RECORD_ISS, &users[i], &sought),
				 0);
		syncer_index_learn(index, &sought, 5, 1);
		assert_int_equal(syncer_index_find(index, "corp", RECORD_ISS, &users[i], &sought),
				 5);
		assert_int_equal(syncer_index_find(index, "corp", RECORD_ISS, &plain, &sought),
				 i == n - 1 ? 5 : 0);
		assert_int_equal(syncer_index_find(index, "corq", RECORD_ISS, &users[i], &sought),
				 0);
	}
	record_teardown(&record);
}

/* It grows, finds what it has, and forgets what it is told to. */
static void test_many_are_found_again(void **state)
{
	enum { N = 50000 };
	struct record record;
	struct syncer_index *index;
	struct syncer_sought sought;
	size_t found = 0;

	(void)state;
	record_setup(&record);
	index = &record.syncer->index;
	for (int round = 0; round < 2; round++) {
		for (int i = 1; i <= N; i++) {
			char name[16];
			struct dir_user user;
			int64_t row;

			(void)snprintf(name, sizeof(name), "u%d", i);
			user = record_user(name);
			row = syncer_index_find(index, "corp", RECORD_ISS, &user, &sought);
			assert_true(row == 0 || row == i);
			if (round == 0)
				syncer_index_learn(index, &sought, i, 1);
			else if (row == i)
				found++;
			if (round == 1 && i % 2)
				syncer_index_touch(index, i + 1);
		}
	}
	assert_in_range(found, N / 2 - 4, N / 2 + 4); /* ids with the tag of another one */
	syncer_forget(record.syncer);
	assert_true(index->room == 0 && !index->entries && !index->contents);
	syncer_index_touch(index, 7);
	syncer_index_touch(index, INT64_MAX);
	record_teardown(&record);
}

TEST_MAIN(TEST(test_what_wrote_to_a_person_is_noticed), TEST(test_an_id_of_old_is_not_recognised),
	  TEST(test_another_issuer_is_another_record),
	  TEST(test_nobody_is_recognised_by_a_clock_turned_back),
	  TEST(test_what_wrote_to_a_membership_is_noticed),
	  TEST(test_every_field_is_of_the_content), TEST(test_many_are_found_again))
