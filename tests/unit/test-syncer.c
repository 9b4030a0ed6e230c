/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "idp-agentd/core/store-login.h"
#include "tests/lib/record.h"

static void test_a_full_pass_adds_people_and_finds_them_unchanged_next_time(void **state)
{
	struct record record;
	const char *const names[] = { "alice", "bob", "dora" };
	const struct syncer_result *result;
	struct store_directory *directory = NULL;
	struct person *person = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 3, true, false), 0);
	result = syncer_get_result(record.syncer);
	assert_int_equal(result->added, 3);
	assert_int_equal(result->n_problems, 0);
	assert_true(result->done);
	assert_int_equal(store_get_directory(record.store, "corp", &directory), 0);
	assert_string_equal(directory->cursor, "cursor-1");
	assert_int_equal(directory->last_full, RECORD_NOW);
	assert_int_equal(directory->fingerprint, 7);
	store_directory_free(directory);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	assert_string_equal(person->home, "/home/bob");
	assert_string_equal(person->shell, "/bin/bash");
	assert_true(person->active);
	assert_int_equal(person->uid, person->gid);
	person_free(person);

	assert_int_equal(record_sync(&record, names, 3, true, false), 0);
	result = syncer_get_result(record.syncer);
	assert_int_equal(result->unchanged, 3);
	assert_int_equal(result->added + result->changed + result->retired, 0);
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_full_pass_adds_people_and_finds_them_unchanged_next_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
