/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/schedule.h"
#include "tests/lib/conf.h"

#define HEAD "[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"
#define DIRECTORY(name)                                                        \
	"[directory " name "]\nkind = scim\nurl = https://h/\nauth = bearer\n" \
	"token = credential:t\n"
#define HOUR (3600 * USEC_PER_SEC)

/* A full pass comes between nine tenths of its time and all of it, whatever came between. */
static void test_a_full_pass_is_early_and_never_late(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take(HEAD, DIRECTORY("people") "full_interval = 10h\n");
	bool differs = false;
	unsigned first = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct schedules schedules;
		const struct schedule *schedule;

		assert_int_equal(schedules_make(&schedules, config), 0);
		assert_int_equal(schedules.n, 1);
		schedule = &schedules.items[0];
		assert_false(schedule_wants_full(schedule, &config->directories[0], 9 * 3600 - 1));
		assert_true(schedule_wants_full(schedule, &config->directories[0], 10 * 3600));
		if (i == 0)
			first = schedule->early;
		differs = differs || schedule->early != first;
		schedules_done(&schedules);
	}
	assert_true(differs);
}

/* Whom a partial pass refused nobody names again before a full one. */
static void test_a_full_pass_is_sooner_where_somebody_was_refused(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take(HEAD, DIRECTORY("people") "full_interval = 24h\n");
	const struct config_directory *directory = &config->directories[0];
	struct schedules schedules;
	struct schedule *schedule;

	(void)state;
	assert_int_equal(schedules_make(&schedules, config), 0);
	schedule = &schedules.items[0];
	schedule_note(schedule, false, false);
	assert_false(schedule_wants_full(schedule, directory, 3600));
	schedule_note(schedule, false, true);
	assert_false(schedule_wants_full(schedule, directory, 3600 * 8 / 10));
	assert_true(schedule_wants_full(schedule, directory, 3600));
	schedule_note(schedule, false, false); /* names somebody else */
	assert_true(schedule_wants_full(schedule, directory, 3600));
	schedule_note(schedule, true, true); /* refused again: until something is named again */
	assert_false(schedule_wants_full(schedule, directory, 3600));
	schedules_done(&schedules);
}

static usec_t wait_of(const struct schedule *schedule)
{
	usec_t now = clock_now();

	return schedule->due > now ? schedule->due - now : 0;
}

static void test_the_next_pass_is_by_the_shorter_interval_and_soon_after_a_failure(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take(HEAD, DIRECTORY("people") "interval = 12h\nfull_interval = 10h\n");
	struct schedules schedules;
	struct schedule *schedule;

	(void)state;
	assert_int_equal(schedules_make(&schedules, config), 0);
	schedule = &schedules.items[0];
	schedule_set_due(schedule, config, false);
	assert_true(wait_of(schedule) > 8 * HOUR && wait_of(schedule) <= 11 * HOUR);
	for (int i = 0; i < 20; i++) {
		schedule_set_due(schedule, config, true);
		assert_true(wait_of(schedule) <= 3 * HOUR);
	}
	schedule_set_due(schedule, config, false); /* forgives */
	schedule_set_due(schedule, config, true);
	assert_true(wait_of(schedule) <= 60 * USEC_PER_SEC);
	schedules_done(&schedules);
}

/* Who is asked for comes first, then who waits longest. */
static void test_the_most_overdue_is_next(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take(HEAD, DIRECTORY("a") DIRECTORY("b") DIRECTORY("c"));
	struct schedules schedules;

	(void)state;
	assert_int_equal(schedules_make(&schedules, config), 0);
	schedules.items[0].due = 30;
	schedules.items[1].due = 10;
	schedules.items[2].due = 20;
	assert_ptr_equal(schedules_pick(&schedules, 100), &schedules.items[1]);
	assert_null(schedules_pick(&schedules, 9));
	assert_true(schedules_first_due(&schedules) == 10);
	schedules_ask(&schedules, "c", true, false);
	assert_ptr_equal(schedules_pick(&schedules, 9), &schedules.items[2]);
	assert_true(schedules.items[2].full && !schedules.items[2].force);
	assert_false(schedules.items[0].asked);
	schedules_done(&schedules);
}

TEST_MAIN(TEST(test_a_full_pass_is_early_and_never_late),
	  TEST(test_a_full_pass_is_sooner_where_somebody_was_refused),
	  TEST(test_the_next_pass_is_by_the_shorter_interval_and_soon_after_a_failure),
	  TEST(test_the_most_overdue_is_next))
