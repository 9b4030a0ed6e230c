/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/refresh.h"

#include "common/limits.h"
#include "tests/lib/test.h"

#define NOW (1000 * USEC_PER_HOUR)

static void test_nothing_is_fetched_and_backs_off(void **state)
{
	struct refresh refresh = { .have = false };
	usec_t now = NOW;
	usec_t waits = 0;

	(void)state;
	assert_int_equal(refresh_look(&refresh, now), REFRESH_FETCH);
	for (unsigned i = 0; i < 100; i++) {
		usec_t before = refresh.retry_at;

		refresh_failed(&refresh, now);
		assert_int_equal(refresh_look(&refresh, now), REFRESH_REFUSE);
		assert_int_equal(refresh_look(&refresh, refresh.retry_at - 1), REFRESH_REFUSE);
		assert_int_equal(refresh_look(&refresh, refresh.retry_at), REFRESH_FETCH);
		assert_true(refresh.retry_at - now >= METADATA_RETRY_MIN);
		assert_true(refresh.retry_at - now <= METADATA_RETRY_MAX);
		assert_true(refresh.retry_at > before);
		waits = refresh.retry_at - now;
		now = refresh.retry_at;
	}
	assert_int_equal(waits, METADATA_RETRY_MAX);
}

static void test_a_document_ages_in_four_steps(void **state)
{
	struct refresh refresh = { .have = false };
	usec_t life = USEC_PER_HOUR;

	(void)state;
	refresh_done(&refresh, NOW, life);
	assert_int_equal(refresh_look(&refresh, NOW), REFRESH_USE);
	assert_int_equal(refresh_look(&refresh, NOW + life / 5 * 4 - 1), REFRESH_USE);
	assert_int_equal(refresh_look(&refresh, NOW + life / 5 * 4), REFRESH_USE_AND_FETCH);
	assert_int_equal(refresh_look(&refresh, NOW + life - 1), REFRESH_USE_AND_FETCH);
	assert_int_equal(refresh_look(&refresh, NOW + life), REFRESH_FETCH);
	assert_true(refresh_usable(&refresh, NOW + life));
	assert_true(refresh_usable(&refresh, NOW + life + METADATA_GRACE - 1));
	assert_false(refresh_usable(&refresh, NOW + life + METADATA_GRACE));
}

static void test_an_outage_uses_the_old_one_for_a_day_and_not_longer(void **state)
{
	struct refresh refresh = { .have = false };
	usec_t now = NOW + USEC_PER_HOUR;

	(void)state;
	refresh_done(&refresh, NOW, USEC_PER_HOUR);
	while (now < NOW + USEC_PER_HOUR + METADATA_GRACE) {
		assert_int_equal(refresh_look(&refresh, now), REFRESH_FETCH);
		refresh_failed(&refresh, now);
		/* Between the attempts the old one serves, without a wait. */
		assert_int_equal(refresh_look(&refresh, now), REFRESH_USE);
		now = refresh.retry_at;
	}
	assert_int_equal(refresh_look(&refresh, now), REFRESH_FETCH);
	refresh_failed(&refresh, now);
	assert_int_equal(refresh_look(&refresh, now), REFRESH_REFUSE);
}

static void test_lives_are_bounded(void **state)
{
	static const struct {
		usec_t said, life;
	} rows[] = {
		{ 0, METADATA_LIFE_MIN },
		{ 1, METADATA_LIFE_MIN },
		{ METADATA_LIFE_MIN, METADATA_LIFE_MIN },
		{ 2 * USEC_PER_HOUR, 2 * USEC_PER_HOUR },
		{ 366 * USEC_PER_DAY, METADATA_LIFE_MAX },
		{ USEC_INFINITY, METADATA_LIFE_DEFAULT },
		{ USEC_INFINITY - 1, METADATA_LIFE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct refresh refresh = { .have = false };

		refresh_done(&refresh, NOW, rows[i].said);
		assert_int_equal(refresh.life, rows[i].life);
	}
}

static void test_unknown_keys_cost_a_budget(void **state)
{
	struct refresh refresh = { .have = false };
	unsigned fetched = 0;
	usec_t now;

	(void)state;
	refresh_done(&refresh, NOW, USEC_PER_HOUR);
	for (unsigned i = 0; i < JWKS_REFETCH_BURST; i++)
		assert_true(refresh_spend(&refresh, NOW));
	assert_false(refresh_spend(&refresh, NOW));
	assert_false(refresh_spend(&refresh, NOW + JWKS_REFETCH_REFILL - 1));
	assert_true(refresh_spend(&refresh, NOW + JWKS_REFETCH_REFILL));
	assert_false(refresh_spend(&refresh, NOW + JWKS_REFETCH_REFILL));
	/* Ten a second for an hour: one a minute gets through. */
	for (now = NOW + 2 * USEC_PER_HOUR; now < NOW + 3 * USEC_PER_HOUR;
	     now += 100 * USEC_PER_MSEC)
		fetched += refresh_spend(&refresh, now);
	assert_in_range(fetched, 60, 60 + JWKS_REFETCH_BURST);
}

static void test_a_success_forgets_the_failures(void **state)
{
	struct refresh refresh = { .have = false };

	(void)state;
	refresh_failed(&refresh, NOW);
	refresh_failed(&refresh, NOW);
	assert_false(refresh_spend(&refresh, NOW));
	refresh_done(&refresh, NOW, USEC_PER_HOUR);
	assert_true(refresh_spend(&refresh, NOW));
	assert_int_equal(refresh_look(&refresh, NOW), REFRESH_USE);
}

TEST_MAIN(TEST(test_nothing_is_fetched_and_backs_off), TEST(test_a_document_ages_in_four_steps),
	  TEST(test_an_outage_uses_the_old_one_for_a_day_and_not_longer),
	  TEST(test_lives_are_bounded), TEST(test_unknown_keys_cost_a_budget),
	  TEST(test_a_success_forgets_the_failures))
