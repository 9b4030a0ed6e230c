/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "idp-agentd/core/negative.h"
#include "idp-agentd/core/quota.h"

static void test_a_key_holds_no_more_than_its_share(void **state)
{
	_cleanup_(quota_freep) struct quota *quota = NULL;
	(void)state;
	assert_int_equal(quota_new(2, 3, &quota), 0);
	assert_int_equal(quota_take(quota, "u1"), 0);
	assert_int_equal(quota_take(quota, "u1"), 0);
	assert_int_equal(quota_take(quota, "u1"), QUOTA_E_KEY);
	assert_int_equal(quota_take(quota, "u2"), 0);
	assert_int_equal(quota_take(quota, "u3"), QUOTA_E_TOTAL);
	assert_int_equal(quota_held(quota, "u3"), 0);
	quota_give(quota, "u1");
	assert_int_equal(quota_take(quota, "u3"), 0);
	assert_int_equal(quota_total(quota), 3);
}

static void test_ten_thousand_keys_come_and_go(void **state)
{
	_cleanup_(quota_freep) struct quota *quota = NULL;
	char key[QUOTA_UID_LEN];
	(void)state;
	assert_int_equal(quota_new(4, 20000, &quota), 0);
	for (uint32_t i = 0; i < 10000; i++) {
		quota_uid(i, key);
		assert_int_equal(quota_take(quota, key), 0);
	}
	for (uint32_t i = 0; i < 10000; i++) {
		quota_uid(i, key);
		assert_int_equal(quota_held(quota, key), 1);
		quota_give(quota, key);
	}
	assert_int_equal(quota_total(quota), 0);
}

static void test_a_bucket_empties_and_fills(void **state)
{
	struct quota_bucket bucket = { 0 };
	usec_t now = 1000 * USEC_PER_SEC;
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_true(quota_bucket_take(&bucket, 3, USEC_PER_SEC, now));
	assert_false(quota_bucket_take(&bucket, 3, USEC_PER_SEC, now));
	assert_true(quota_bucket_take(&bucket, 3, USEC_PER_SEC, now + USEC_PER_SEC));
	assert_false(quota_bucket_take(&bucket, 3, USEC_PER_SEC, now + USEC_PER_SEC));
	now += 100 * USEC_PER_SEC; /* never more than full */
	for (unsigned i = 0; i < 3; i++)
		assert_true(quota_bucket_take(&bucket, 3, USEC_PER_SEC, now));
	assert_false(quota_bucket_take(&bucket, 3, USEC_PER_SEC, now));
}

static void test_a_user_empties_no_bucket_of_another(void **state)
{
	struct quota_user users[4] = { 0 };
	usec_t now = 1000 * USEC_PER_SEC;
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_true(quota_user_take(users, 4, 1, 3, USEC_PER_SEC, now));
	assert_false(quota_user_take(users, 4, 1, 3, USEC_PER_SEC, now));
	/* 5 and 9 would have the place of 1, and are asked for themselves. */
	for (unsigned i = 0; i < 3; i++) {
		assert_true(quota_user_take(users, 4, 5, 3, USEC_PER_SEC, now));
		assert_true(quota_user_take(users, 4, 9, 3, USEC_PER_SEC, now));
	}
	assert_false(quota_user_take(users, 4, 5, 3, USEC_PER_SEC, now));
	assert_false(quota_user_take(users, 4, 1, 3, USEC_PER_SEC, now)); /* nobody drops a debt */
	assert_true(quota_user_take(users, 4, 13, 3, USEC_PER_SEC, now));
	/* More at once than there are buckets: one is shared, and none is forgiven. */
	assert_false(quota_user_take(users, 4, 17, 3, USEC_PER_SEC, now));
	assert_false(quota_user_take(users, 4, 1, 3, USEC_PER_SEC, now));
	now += 3 * USEC_PER_SEC; /* all are full again, and anybody's */
	assert_true(quota_user_take(users, 4, 17, 3, USEC_PER_SEC, now));
	assert_true(quota_user_take(users, 4, 21, 3, USEC_PER_SEC, now));
}

static void test_a_miss_is_remembered_for_its_life(void **state)
{
	_cleanup_(negative_freep) struct negative *negative = NULL;
	(void)state;
	assert_int_equal(negative_new(4, 60, &negative), 0);
	assert_false(negative_has(negative, "a", 10));
	negative_put(negative, "a", 10);
	assert_true(negative_has(negative, "a", 69));
	assert_false(negative_has(negative, "a", 70));
	negative_put(negative, "a", 100);
	negative_drop(negative, "a");
	assert_false(negative_has(negative, "a", 100));
	negative_put(negative, "b", 100);
	assert_int_equal(negative_flush(negative), 1);
	assert_false(negative_has(negative, "b", 100));
}

static void test_the_oldest_miss_makes_room(void **state)
{
	_cleanup_(negative_freep) struct negative *negative = NULL;
	char name[16];
	(void)state;
	assert_int_equal(negative_new(100, 1000, &negative), 0);
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		negative_put(negative, name, 1);
		negative_put(negative, name, 1); /* twice is once */
	}
	assert_true(negative_has(negative, "n999", 2));
	assert_false(negative_has(negative, "n0", 2));
	assert_true(negative_flush(negative) <= 100);
}

TEST_MAIN(TEST(test_a_key_holds_no_more_than_its_share), TEST(test_ten_thousand_keys_come_and_go),
	  TEST(test_a_bucket_empties_and_fills), TEST(test_a_user_empties_no_bucket_of_another),
	  TEST(test_a_miss_is_remembered_for_its_life), TEST(test_the_oldest_miss_makes_room))
