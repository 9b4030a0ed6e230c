/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast passwords may be tried: a few slips cost nothing, guessing costs more and more. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "common/limits.h"
#include "idp-agentd/core/brake.h"

#define T0 (100 * USEC_PER_HOUR)

static struct brake *brake_of_test(void)
{
	struct brake *brake = NULL;

	assert_int_equal(brake_new(&brake), 0);
	return brake;
}

/* Tries as soon as it may, as often as said; how long the last one had to wait. */
static usec_t guess(struct brake *brake, const char *person, usec_t *now, unsigned n)
{
	usec_t waited = 0;

	for (unsigned i = 0; i < n; i++)
		for (waited = 0; !brake_take(brake, person, *now); waited += USEC_PER_SEC)
			*now += USEC_PER_SEC;
	return waited;
}

static void test_slips_are_free_and_guesses_are_not(void **state)
{
	_cleanup_(brake_freep) struct brake *brake = brake_of_test();
	usec_t now = T0;

	(void)state;
	assert_true(guess(brake, "alice", &now, PASSWORD_TRIES_FREE) == 0);
	assert_true(guess(brake, "alice", &now, 1) == PASSWORD_BRAKE_FIRST);
	assert_true(guess(brake, "alice", &now, 1) == 2 * PASSWORD_BRAKE_FIRST);
	assert_true(guess(brake, "alice", &now, 1) == 4 * PASSWORD_BRAKE_FIRST);
	assert_true(guess(brake, "alice", &now, 10) == PASSWORD_BRAKE_MAX);
	assert_true(brake_take(brake, "bob", now)); /* it is hers alone */
	assert_false(brake_take(brake, "alice", now));
	now += PASSWORD_BRAKE_MAX + PASSWORD_BRAKE_FORGET + USEC_PER_SEC;
	assert_true(guess(brake, "alice", &now, PASSWORD_TRIES_FREE) == 0);
}

static void test_the_right_one_is_the_end_of_it(void **state)
{
	_cleanup_(brake_freep) struct brake *brake = brake_of_test();
	usec_t now = T0;

	(void)state;
	(void)guess(brake, "alice", &now, 8);
	(void)guess(brake, "alice", &now, 1);
	brake_release(brake, "alice");
	assert_true(guess(brake, "alice", &now, PASSWORD_TRIES_FREE) == 0);
	brake_release(brake, "nobody");
	brake_undo(brake, "nobody");
}

/* A platform out of reach has said nothing about anybody's password. */
static void test_what_could_not_be_found_out_does_not_count(void **state)
{
	_cleanup_(brake_freep) struct brake *brake = brake_of_test();

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_true(brake_take(brake, "alice", T0));
		brake_undo(brake, "alice");
	}
}

/* Many at once are no way around: each counts before it is judged. */
static void test_many_at_once_are_no_way_around(void **state)
{
	_cleanup_(brake_freep) struct brake *brake = brake_of_test();
	unsigned taken = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		taken += brake_take(brake, "alice", T0);
	assert_int_equal(taken, PASSWORD_TRIES_FREE);
}

/* Strangers' names fill the memory; whoever waits longest is forgotten last. */
static void test_the_memory_is_bounded(void **state)
{
	_cleanup_(brake_freep) struct brake *brake = brake_of_test();
	usec_t now = T0;
	char name[32];

	(void)state;
	(void)guess(brake, "alice", &now, 12);
	for (unsigned i = 0; i < 4 * PASSWORD_BRAKE_PEOPLE; i++) {
		(void)snprintf(name, sizeof(name), "p%u", i);
		assert_true(brake_take(brake, name, now));
	}
	assert_false(brake_take(brake, "alice", now));
}

TEST_MAIN(TEST(test_slips_are_free_and_guesses_are_not), TEST(test_the_right_one_is_the_end_of_it),
	  TEST(test_what_could_not_be_found_out_does_not_count),
	  TEST(test_many_at_once_are_no_way_around), TEST(test_the_memory_is_bounded))
