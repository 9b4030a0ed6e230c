/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Partial passes through the real daemon: where they begin, and what makes them whole ones. */
#include "tests/lib/test.h"

#include "tests/lib/world.h"

static const char config[] = WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("staff");

/* The next pass begins: is it full, and from which cursor? */
static void expect_pass(struct world *w, bool full, const char *cursor, uint64_t *ret_flow)
{
	struct wire_in in;
	uint64_t credit;

	assert_int_equal(fake_netd_next(&w->agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_DIR_SYNC);
	*ret_flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "people");
	assert_int_equal(wire_get_bool(&in), full);
	assert_string_equal(wire_get_str(&in, 4096), cursor);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(credit, *ret_flow);
}

static void say_end(struct world *w, uint64_t flow, bool complete, const char *cursor,
		    const char *code)
{
	struct buf *out = &w->agentd.netd.out;

	wire_begin(out, MSG_DIR_END, 0);
	wire_put_u64(out, flow);
	wire_put_bool(out, complete);
	wire_put_str(out, cursor);
	wire_put_u32(out, 0);
	wire_put_u32(out, 0);
	wire_put_str(out, code);
	wire_put_str(out, "");
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void say_gone(struct world *w, uint64_t flow, const char *id)
{
	struct buf *out = &w->agentd.netd.out;

	wire_begin(out, MSG_DIR_GONE, 0);
	wire_put_u64(out, flow);
	wire_put_bool(out, false);
	wire_put_str(out, id);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void say_people(struct world *w, uint64_t flow)
{
	assert_int_equal(fake_netd_user(&w->agentd.netd, flow, "s1", "alice"), 0);
	assert_int_equal(fake_netd_user(&w->agentd.netd, flow, "s2", "bob"), 0);
}

/* The end of what was asked for on this talk, and the sync rows before it. */
static unsigned finish(struct talk *talk, unsigned *ret_rows)
{
	struct wire_in in;

	*ret_rows = 0;
	do {
		assert_int_equal(talk_next(talk, &in), 0);
		*ret_rows += in.type == MSG_ROW;
	} while (in.type != MSG_END);
	return wire_get_u32(&in);
}

static bool is_known(struct world *w, const char *name)
{
	const char *const texts[] = { name, NULL };
	struct talk talk;
	int type;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_SHOW_USER, texts), 0);
	type = talk_next_type(&talk);
	talk_close(&talk);
	return type == MSG_ROW;
}

static void test_a_pass_goes_on_where_the_last_one_ended(void **state)
{
	struct world w;
	struct talk talk;
	unsigned rows;
	uint64_t flow;

	(void)state;
	if (!world_start(&w, config))
		skip();
	expect_pass(&w, true, "", &flow); /* at the start */
	say_people(&w, flow);
	say_end(&w, flow, true, "c1", "");
	world_wait_for_record(&w, "bob");

	world_ask_sync(&w, &talk, false, false);
	expect_pass(&w, false, "c1", &flow);
	say_gone(&w, flow, "s2");
	say_end(&w, flow, true, "c2", "");
	assert_int_equal(finish(&talk, &rows), 0);
	assert_int_equal(rows, 1);
	assert_true(is_known(&w, "alice") && !is_known(&w, "bob"));
	talk_close(&talk);

	world_ask_sync(&w, &talk, false, false);
	expect_pass(&w, false, "c2", &flow);
	say_end(&w, flow, true, "", "unchanged");
	assert_int_equal(finish(&talk, &rows), 0);
	talk_close(&talk);

	/* the directory does not go back so far: whoever waits hears of the whole pass only */
	world_ask_sync(&w, &talk, false, false);
	expect_pass(&w, false, "c2", &flow);
	say_end(&w, flow, false, "", "cursor-expired");
	expect_pass(&w, true, "", &flow);
	say_people(&w, flow);
	say_end(&w, flow, true, "c3", "");
	assert_int_equal(finish(&talk, &rows), 0);
	assert_int_equal(rows, 1);
	assert_true(is_known(&w, "bob"));
	talk_close(&talk);

	world_ask_sync(&w, &talk, false, true); /* --force */
	expect_pass(&w, true, "", &flow);
	say_end(&w, flow, false, "", "cursor-expired"); /* of no cursor: a failure like any other */
	assert_int_equal(finish(&talk, &rows), 1);
	talk_close(&talk);

	world_ask_sync(&w, &talk, true, false);
	expect_pass(&w, true, "", &flow);
	say_end(&w, flow, true, "", "unchanged"); /* since when? so is this */
	assert_int_equal(finish(&talk, &rows), 1);
	talk_close(&talk);
	world_end(&w);
}

/* alice as one who was disabled at the platform. */
static void say_disabled(struct world *w, uint64_t flow)
{
	struct buf *out = &w->agentd.netd.out;

	wire_begin(out, MSG_DIR_USER, 0);
	wire_put_u64(out, flow);
	for (int i = 0; i < 2; i++)
		wire_put_str(out, "s1");
	wire_put_str(out, "alice");
	wire_put_u32(out, UINT32_MAX);
	wire_put_u32(out, UINT32_MAX);
	for (int i = 0; i < 3; i++)
		wire_put_str(out, "");
	wire_put_bool(out, false);
	wire_put_u64(out, 0);
	wire_put_count(out, 0);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

/* Disabled people: hidden as a rule, else seen; but never let in. */
static void test_who_is_disabled_is_seen_where_configured_and_refused_everywhere(void **state)
{
	static const char *const configs[] = {
		WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("staff"),
		WORLD_PROVIDER WORLD_DIRECTORY "hide = ended\n" WORLD_ALLOW("staff"),
	};
	static const char *const name[] = { "alice", NULL };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(configs); i++) {
		static const char *const members[] = { "s1", "s2", NULL };
		struct world w;
		struct talk talk;
		unsigned rows;
		uint64_t flow;

		if (!world_start(&w, configs[i]))
			skip();
		expect_pass(&w, true, "", &flow);
		say_people(&w, flow);
		assert_int_equal(fake_netd_group(&w.agentd.netd, flow, "staff", members), 0);
		say_end(&w, flow, true, "c1", "");
		world_wait_for_record(&w, "alice");
		world_open(&w);
		world_wait_for(&w, "alice");
		world_ask_sync(&w, &talk, false, false);
		expect_pass(&w, false, "c1", &flow);
		say_disabled(&w, flow);
		say_end(&w, flow, true, "c2", "");
		assert_int_equal(finish(&talk, &rows), 0);
		talk_close(&talk);
		assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
		assert_int_equal(talk_next_type(&w.talk), i == 0 ? MSG_NOTFOUND : MSG_USER);
		assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice"), 0);
		assert_int_equal(world_finish(&w), WIRE_EXPIRED);
		assert_string_equal(w.reason, "disabled");
		assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
		assert_true(world_finish(&w) != WIRE_PERMIT);
		world_end(&w);
	}
}

/* The next message of an import, and what it is answered with. */
static void import_say(struct talk *talk, enum wire_type type, const char *text)
{
	client_begin(&talk->client, &talk->out, type);
	if (text)
		wire_put_str(&talk->out, text);
	else
		wire_put_bool(&talk->out, false);
	assert_int_equal(client_send(&talk->client, &talk->out, clock_now() + USEC_PER_SEC), 0);
	assert_int_equal(talk_next_type(talk), MSG_PROGRESS);
}

/* Whom an import kept out is in no later change: it is looked for when the import is given up. */
static void test_whom_an_import_kept_waiting_comes_in_at_its_end(void **state)
{
	struct talk importing, talk;
	struct world w;
	unsigned rows;
	uint64_t flow;

	(void)state;
	if (!world_start(&w, config))
		skip();
	expect_pass(&w, true, "", &flow);
	say_people(&w, flow);
	say_end(&w, flow, true, "c1", "");
	world_wait_for_record(&w, "bob");

	assert_int_equal(talk_open(&importing, &w.agentd, "control"), 0);
	import_say(&importing, MSG_IDMAP_IMPORT, NULL);
	import_say(&importing, MSG_IDMAP_LINES,
		   "# by hand\nperson\t1879048300\t-\tgiven\tzoe\t" WORLD_ISS "\tzoe\n");
	world_ask_sync(&w, &talk, false, false);
	expect_pass(&w, false, "c1", &flow);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "zoe", "zoe"), 0);
	say_end(&w, flow, true, "c2", "");
	assert_int_equal(finish(&talk, &rows), 0);
	assert_false(is_known(&w, "zoe"));
	talk_close(&talk);

	talk_close(&importing); /* in the middle */
	expect_pass(&w, true, "", &flow);
	say_people(&w, flow);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "zoe", "zoe"), 0);
	say_end(&w, flow, true, "c3", "");
	world_wait_for_record(&w, "zoe");
	world_end(&w);
}

/* "gone" is not for full passes: the pass is dropped, and nobody with it. */
static void test_gone_in_a_full_pass_drops_the_pass(void **state)
{
	struct world w;
	struct talk talk;
	unsigned rows;
	uint64_t flow;

	(void)state;
	if (!world_start(&w, config))
		skip();
	expect_pass(&w, true, "", &flow);
	say_people(&w, flow);
	say_end(&w, flow, true, "c1", "");
	world_wait_for_record(&w, "bob");
	world_ask_sync(&w, &talk, true, false);
	expect_pass(&w, true, "", &flow);
	say_gone(&w, flow, "s2");
	assert_int_equal(finish(&talk, &rows), 1);
	assert_true(is_known(&w, "bob"));
	talk_close(&talk);
	world_end(&w);
}

TEST_MAIN(TEST(test_a_pass_goes_on_where_the_last_one_ended),
	  TEST(test_who_is_disabled_is_seen_where_configured_and_refused_everywhere),
	  TEST(test_whom_an_import_kept_waiting_comes_in_at_its_end),
	  TEST(test_gone_in_a_full_pass_drops_the_pass))
