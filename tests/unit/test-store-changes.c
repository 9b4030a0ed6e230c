/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the record says of its own changes: nothing is missing, what costs publications is not
 * there. */
#include "tests/lib/test.h"

#include <errno.h>

#include "idp-agentd/core/store-binding.h"
#include "idp-agentd/core/store-changes.h"
#include "idp-agentd/core/store-claimed.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-stage.h"
#include "tests/lib/record.h"

struct fixture {
	struct record record;
	struct store_changes changes;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	record_setup(&fixture->record);
	assert_int_equal(store_take_changes(fixture->record.store, &fixture->changes), 0);
	assert_true(fixture->changes.everything); /* an open says nothing about before */
	fixture->changes.everything = false;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	store_changes_done(&fixture->changes);
	record_teardown(&fixture->record);
	free(fixture);
	return 0;
}

static const struct store_changes *take(struct fixture *fixture)
{
	rowset_clear(&fixture->changes.people);
	rowset_clear(&fixture->changes.groups);
	fixture->changes.everything = false;
	assert_int_equal(store_take_changes(fixture->record.store, &fixture->changes), 0);
	return &fixture->changes;
}

static int64_t make_person(struct fixture *fixture, const char *name)
{
	_cleanup_(person_freep) struct person *person = NULL;

	assert_int_equal(record_claim(&fixture->record, name, name, PERSON_ID_NONE, NULL), 0);
	assert_int_equal(store_find_name(fixture->record.store, name, &person), 0);
	return person->id;
}

static int64_t make_group(struct fixture *fixture, const char *name, uint32_t gid)
{
	_cleanup_(group_freep) struct group *group = group_new();

	assert_non_null(group);
	assert_int_equal(person_set(&group->directory, "corp"), 0);
	assert_int_equal(person_set(&group->dir_id, name), 0);
	assert_int_equal(person_set(&group->name, name), 0);
	group->gid = gid;
	assert_int_equal(store_put_group(fixture->record.store, group), 0);
	return group->id;
}

static void test_a_changed_row_is_listed_once_and_only_it(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->record.store;
	int64_t alice = make_person(fixture, "alice"), bob = make_person(fixture, "bob");
	_cleanup_(person_freep) struct person *person = NULL;
	const struct store_changes *changes = take(fixture);
	const struct store_fact none = { 0 };

	assert_true(rowset_has(&changes->people, alice) && rowset_has(&changes->people, bob));
	assert_int_equal(take(fixture)->people.n, 0);
	assert_int_equal(store_find_person(store, alice, &person), 0);
	assert_int_equal(store_put_person(store, person), 0); /* as it was */
	person->last_seen++;
	person->last_login++;
	assert_int_equal(store_put_person(store, person), 0);
	assert_int_equal(store_put_login(store, alice, RECORD_NOW, &none, 0), 0);
	assert_int_equal(take(fixture)->people.n, 0);
	person->active = false;
	assert_int_equal(store_put_person(store, person), 0);
	changes = take(fixture);
	assert_true(rowset_has(&changes->people, alice));
	assert_int_equal(changes->people.n, 1);
	assert_int_equal(changes->groups.n, 0);
	assert_false(changes->everything);
}

static void test_members_are_listed_whatever_statement_moves_them(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->record.store;
	int64_t alice = make_person(fixture, "alice"), group;
	const struct store_changes *changes;
	bool changed;

	(void)make_person(fixture, "bob");
	group = make_group(fixture, "crew", 2000000001);
	changes = take(fixture);
	assert_true(rowset_has(&changes->groups, group));
	assert_int_equal(store_put_claimed(store, alice, &group, 1, &changed), 0);
	changes = take(fixture);
	assert_true(rowset_has(&changes->people, alice));
	assert_int_equal(changes->people.n, 1);
	assert_int_equal(store_retire_group(store, group), 0);
	changes = take(fixture);
	assert_true(rowset_has(&changes->people, alice));
	assert_true(rowset_has(&changes->groups, group));
	assert_int_equal(changes->people.n, 1);
}

/* A private group hides a directory's group of the same name: who gives the name up uncovers it. */
static void test_a_group_is_listed_when_somebody_gives_its_name_up(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->record.store;
	int64_t alice = make_person(fixture, "alice");
	int64_t group = make_group(fixture, "alice", 2000000001);
	_cleanup_(person_freep) struct person *person = NULL;

	(void)take(fixture);
	assert_int_equal(store_find_person(store, alice, &person), 0);
	assert_int_equal(person_set(&person->name, "alina"), 0);
	assert_int_equal(store_put_person(store, person), 0);
	assert_true(rowset_has(&take(fixture)->groups, group));
	assert_int_equal(person_set(&person->name, "alice"), 0);
	assert_int_equal(store_put_person(store, person), 0);
	assert_true(rowset_has(&take(fixture)->groups, group));
	assert_int_equal(store_retire_person(store, alice), 0);
	assert_true(rowset_has(&take(fixture)->groups, group));
	(void)make_person(fixture, "alice");
}

static void test_a_rollback_loses_no_mark_of_before(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->record.store;
	int64_t alice = make_person(fixture, "alice");
	struct store_changes early = { 0 };

	assert_int_equal(store_begin(store, STORE_DURABLE), 0);
	(void)make_person(fixture, "bob");
	assert_int_equal(store_take_changes(store, &early), -EDEADLK);
	store_rollback(store);
	assert_true(rowset_has(&take(fixture)->people, alice));
}

static void test_what_is_not_a_row_is_everything(void **state)
{
	struct fixture *fixture = *state;
	const struct store_options options = { .folder = fixture->record.folder,
					       .home_template = "/srv/%u" };

	(void)make_person(fixture, "alice");
	assert_false(take(fixture)->everything);
	assert_int_equal(
		store_rename_issuer(fixture->record.store, RECORD_ISS, "https://other.example/"),
		0);
	assert_true(take(fixture)->everything);
	assert_int_equal(store_set_defaults(fixture->record.store, &options), 0);
	assert_true(take(fixture)->everything);
	assert_false(take(fixture)->everything);
}

static void test_ends_are_found_on_the_second(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->record.store;
	int64_t alice = make_person(fixture, "alice");
	_cleanup_(person_freep) struct person *person = NULL;
	struct rowset ended = { 0 };
	uint64_t next;

	assert_int_equal(store_next_end(store, RECORD_NOW, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(store_find_person(store, alice, &person), 0);
	person->end_time = RECORD_NOW + 10; /* its last second */
	assert_int_equal(store_put_person(store, person), 0);
	assert_int_equal(store_next_end(store, RECORD_NOW, &next), 0);
	assert_int_equal(next, RECORD_NOW + 10);
	assert_true(person_is_alive(person, next));
	assert_int_equal(store_add_ended(store, RECORD_NOW, next, &ended), 0);
	assert_int_equal(ended.n, 0);
	assert_int_equal(store_add_ended(store, next, next + 1, &ended), 0);
	assert_true(rowset_has(&ended, alice));
	assert_int_equal(store_next_end(store, next + 1, &next), 0);
	assert_int_equal(next, 0);
	rowset_done(&ended);
}

/* A set beside an array of bools. */
static void test_a_set_of_rows_does_what_a_set_does(void **state)
{
	enum { ROWS = 700 };
	bool model[ROWS + 1] = { false };
	struct rowset set = { 0 };
	uint64_t seed = 42;
	int64_t row = 0, last;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		row = (int64_t)((seed >> 33) % ROWS) + 1;
		if (seed >> 62) {
			assert_int_equal(rowset_add(&set, row), 0);
			model[row] = true;
		} else {
			rowset_drop(&set, row);
			model[row] = false;
		}
	}
	for (row = 0; rowset_next(&set, row, &row); n++)
		assert_true(model[row]);
	assert_int_equal(n, set.n);
	for (row = 1; row <= ROWS; row++) {
		assert_int_equal(rowset_has(&set, row), model[row]);
		n -= model[row];
	}
	assert_int_equal(n, 0);
	last = ROWSET_MAX;
	assert_int_equal(rowset_add(&set, 0), -EUCLEAN);
	assert_int_equal(rowset_add(&set, -5), -EUCLEAN);
	assert_int_equal(rowset_add(&set, last + 1), -EUCLEAN);
	rowset_clear(&set);
	assert_false(rowset_next(&set, 0, &row));
	rowset_done(&set);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_changed_row_is_listed_once_and_only_it),
		CASE(test_members_are_listed_whatever_statement_moves_them),
		CASE(test_a_group_is_listed_when_somebody_gives_its_name_up),
		CASE(test_a_rollback_loses_no_mark_of_before),
		CASE(test_what_is_not_a_row_is_everything),
		CASE(test_ends_are_found_on_the_second),
		TEST(test_a_set_of_rows_does_what_a_set_does),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
