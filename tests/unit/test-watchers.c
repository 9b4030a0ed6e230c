/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who watches is told of the passes that began after asking, once each. */

#include "tests/lib/test.h"

#include <errno.h>

#include "idp-agentd/core/syncer.h"
#include "idp-agentd/core/watchers.h"

struct seen {
	unsigned progress, ended, failed, over;
	uint64_t users;
};

static void on_progress(void *userdata, uint32_t done, uint32_t total, const char *what)
{
	struct seen *seen = userdata;

	(void)done;
	(void)total;
	(void)what;
	seen->progress++;
}

static void on_ended(void *userdata, const char *directory, bool full,
		     const struct syncer_result *result, const char *error)
{
	struct seen *seen = userdata;

	assert_string_equal(directory, "people");
	assert_true(full);
	seen->ended++;
	seen->failed += *error ? 1 : 0;
	seen->users = result->seen;
}

static void on_over(void *userdata)
{
	struct seen *seen = userdata;

	seen->over++;
}

static int watch(struct watchers *watchers, struct seen *seen, bool under_way)
{
	const struct passes_watcher watcher = {
		.userdata = seen, .progress = on_progress, .ended = on_ended, .over = on_over
	};

	*seen = (struct seen){ 0 };
	return watchers_add(watchers, &watcher, under_way);
}

static void test_who_watches_is_told_and_forgotten(void **state)
{
	const struct syncer_result result = { .seen = 7 };
	struct watchers watchers = { 0 };
	struct seen seen;
	(void)state;
	assert_int_equal(watch(&watchers, &seen, false), 0);
	watchers_progress(&watchers, 1, 2, "people");
	watchers_ended(&watchers, "people", true, &result, "", false);
	assert_int_equal(seen.over, 0);
	watchers_ended(&watchers, "people", true, NULL, "no link", true);
	watchers_progress(&watchers, 1, 2, "people");
	watchers_ended(&watchers, "people", true, &result, "", true);
	assert_int_equal(seen.progress, 1);
	assert_int_equal(seen.ended, 2);
	assert_int_equal(seen.failed, 1);
	assert_int_equal(seen.users, 0); /* nothing came of what was never begun */
	assert_int_equal(seen.over, 1);
}

/* Whoever asked before it, and whoever asked while it ran: its failure is not the second's. */
static void test_a_pass_that_began_before_asking_is_not_what_was_asked_for(void **state)
{
	const struct syncer_result early = { .seen = 1 }, own = { .seen = 2 };
	struct watchers watchers = { 0 };
	struct seen first, second;
	(void)state;
	assert_int_equal(watch(&watchers, &first, false), 0);
	assert_int_equal(watch(&watchers, &second, true), 0);
	watchers_ended(&watchers, "people", true, &early, "silent", false);
	assert_int_equal(first.failed, 1);
	assert_int_equal(second.ended, 0);
	watchers_ended(&watchers, "people", true, &own, "", true);
	assert_int_equal(second.ended, 1);
	assert_int_equal(second.failed, 0);
	assert_int_equal(second.users, 2);
	assert_int_equal(first.over + second.over, 2);
}

/* A reload gives up what was asked for while a sealed pass is still being carried to its end. */
static void test_what_was_given_up_is_told_before_the_pass_under_way_ends(void **state)
{
	const struct syncer_result early = { .seen = 1 };
	struct watchers watchers = { 0 };
	struct seen seen;
	(void)state;
	assert_int_equal(watch(&watchers, &seen, true), 0);
	watchers_ended(&watchers, "people", true, NULL, "reloaded", false);
	assert_int_equal(seen.failed, 1);
	watchers_ended(&watchers, "people", true, &early, "", true);
	assert_int_equal(seen.ended, 1);
	assert_int_equal(seen.over, 1);
}

static void test_few_may_watch_and_a_place_is_taken_anew(void **state)
{
	const struct syncer_result own = { .seen = 2 };
	struct watchers watchers = { 0 };
	struct seen seen[WATCHERS_MAX + 1];
	(void)state;
	for (unsigned i = 0; i < WATCHERS_MAX; i++)
		assert_int_equal(watch(&watchers, &seen[i], true), 0);
	assert_int_equal(watch(&watchers, &seen[WATCHERS_MAX], false), -EBUSY);
	watchers_remove(&watchers, &seen[3]);
	assert_int_equal(watch(&watchers, &seen[WATCHERS_MAX], false), 0);
	watchers_ended(&watchers, "people", true, &own, "", true);
	assert_int_equal(seen[3].ended + seen[3].over, 0);
	assert_int_equal(seen[4].ended, 0);
	assert_int_equal(seen[4].over, 1);
	assert_int_equal(seen[WATCHERS_MAX].ended, 1);
}

TEST_MAIN(TEST(test_who_watches_is_told_and_forgotten),
	  TEST(test_a_pass_that_began_before_asking_is_not_what_was_asked_for),
	  TEST(test_what_was_given_up_is_told_before_the_pass_under_way_ends),
	  TEST(test_few_may_watch_and_a_place_is_taken_anew))
