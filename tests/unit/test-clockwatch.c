/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that is set is noticed once; one that is kept right is not. */

#include "tests/lib/test.h"

#include "common/limits.h"
#include "idp-agentd/core/clockwatch.h"

#define REAL (UINT64_C(1700000000) * USEC_PER_SEC)

static void test_a_jump_is_noticed_once(void **state)
{
	static const int64_t jumps[] = { 86400, -86400, CLOCKWATCH_LEAST, -CLOCKWATCH_LEAST };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(jumps); i++) {
		usec_t now = 5 * USEC_PER_SEC, real = REAL;
		uint64_t offset = real - now;

		now += CLOCKWATCH_PERIOD;
		real += CLOCKWATCH_PERIOD;
		assert_true(clockwatch_step(&offset, now, real) == 0);
		real += (uint64_t)(jumps[i] * (int64_t)USEC_PER_SEC);
		assert_true(clockwatch_step(&offset, now, real) == jumps[i]);
		now += CLOCKWATCH_PERIOD;
		real += CLOCKWATCH_PERIOD;
		assert_true(clockwatch_step(&offset, now, real) == 0);
	}
}

/* chrony and ntpd correct a little at a time: no pass for that, however far it comes to. */
static void test_a_clock_that_is_slewed_is_not_noticed(void **state)
{
	usec_t now = USEC_PER_SEC, real = REAL;
	uint64_t offset = real - now;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		now += CLOCKWATCH_PERIOD;
		real += CLOCKWATCH_PERIOD + (CLOCKWATCH_LEAST - 1) * USEC_PER_SEC;
		assert_true(clockwatch_step(&offset, now, real) == 0);
	}
}

/* A machine that is up for longer than its clock counts from 1970 (no battery). */
static void test_a_clock_before_its_time(void **state)
{
	usec_t now = 1000 * USEC_PER_SEC, real = 10 * USEC_PER_SEC;
	uint64_t offset = real - now;

	(void)state;
	assert_true(clockwatch_step(&offset, now, real) == 0);
	assert_true(clockwatch_step(&offset, now, REAL) == 1700000000 - 10);
}

TEST_MAIN(TEST(test_a_jump_is_noticed_once), TEST(test_a_clock_that_is_slewed_is_not_noticed),
	  TEST(test_a_clock_before_its_time))
