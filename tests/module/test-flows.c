/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two hundred people before their codes at once, each from a place of their own or a shared one:
 * every conversation ends as the platform, the person or the hang-up of that one says, whatever
 * happens to the others. How long it takes is bench/flows.mjs's business.
 */
#include "tests/lib/test.h"

#include <signal.h>

#include "tests/lib/world.h"

#define N        200u
#define PLACE    20u /* sign-ins of one source; FLOWS_PER_SOURCE_MAX is more */
#define N_ENDING 6u

static const char config[] = WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("staff");

enum ending {
	APPROVED_AFTER_ENTER = 0,
	APPROVED_BEFORE_ENTER,
	SOMEBODY_ELSES,
	REFUSED,
	CANCELLED,
	HUNG_UP,
};

static struct flow {
	struct talk talk;
	uint64_t id;
	char user[8]; /* and the subject */
	enum ending ending;
} flows[N];

static void name_them(void)
{
	for (unsigned i = 0; i < N; i++) {
		struct flow *flow = &flows[i];

		(void)snprintf(flow->user, sizeof(flow->user), "p%u", i);
		flow->ending = (enum ending)(i % N_ENDING);
	}
}

/* The next question; what the authority still had to say of the directory is passed over. */
static uint64_t expect(struct world *w, enum wire_type type)
{
	struct wire_in in;

	do
		assert_int_equal(fake_netd_next(&w->agentd.netd, 5 * USEC_PER_SEC, &in), 0);
	while (in.type == MSG_CREDIT);
	assert_int_equal(in.type, type);
	return wire_get_u64(&in);
}

static void begin(struct world *w, unsigned i)
{
	struct fake_netd *netd = &w->agentd.netd;
	struct flow *flow = &flows[i];
	char rhost[32], code[16];
	const char *const texts[] = { "sshd", flow->user, rhost, "ssh", "", NULL };
	struct wire_in in;

	(void)snprintf(rhost, sizeof(rhost), "192.0.2.%u", i / PLACE);
	(void)snprintf(code, sizeof(code), "CODE-%04u", i);
	assert_int_equal(talk_open(&flow->talk, &w->agentd, "agent"), 0);
	assert_int_equal(talk_ask(&flow->talk, MSG_AUTH, texts), 0);
	flow->id = expect(w, MSG_DEVICE);
	assert_int_equal(fake_netd_code(netd, flow->id, WORLD_URI, code, 600), 0);
	assert_int_equal(talk_next(&flow->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	(void)wire_get_u32(&in);
	assert_non_null(strstr(wire_get_str(&in, WIRE_STRING_MAX), code));
}

static void identify(struct world *w, const struct flow *flow, const struct flow *who)
{
	assert_int_equal(fake_netd_identity(&w->agentd.netd, flow->id, "corp", WORLD_ISS, who->user,
					    who->user, "staff"),
			 0);
}

static void expect_abort(struct world *w, const struct flow *flow)
{
	assert_int_equal(expect(w, MSG_ABORT), flow->id);
}

static void expect_done(struct world *w, struct flow *flow, int result, const char *reason)
{
	assert_int_equal(talk_done(&flow->talk, w->reason, w->text), result);
	assert_string_equal(w->reason, reason);
	talk_close(&flow->talk);
}

static void finish(struct world *w, unsigned i)
{
	struct flow *flow = &flows[i];

	switch (flow->ending) {
	case APPROVED_AFTER_ENTER:
		assert_int_equal(talk_reply(&flow->talk, MSG_ANSWER), 0);
		identify(w, flow, flow);
		expect_done(w, flow, WIRE_PERMIT, "permit rule=staff");
		return;
	case APPROVED_BEFORE_ENTER:
		identify(w, flow, flow);
		assert_int_equal(talk_reply(&flow->talk, MSG_ANSWER), 0);
		expect_done(w, flow, WIRE_PERMIT, "permit rule=staff");
		return;
	case SOMEBODY_ELSES: /* who waits for his own code in this very moment */
		identify(w, flow, &flows[(i + 1) % N]);
		assert_int_equal(talk_reply(&flow->talk, MSG_ANSWER), 0);
		expect_done(w, flow, WIRE_DENY, "someone-else");
		return;
	case REFUSED:
		assert_int_equal(
			fake_netd_refuse(&w->agentd.netd, MSG_DENIED, flow->id, "access-denied"),
			0);
		assert_int_equal(talk_reply(&flow->talk, MSG_ANSWER), 0);
		expect_done(w, flow, WIRE_DENY, "access-denied");
		return;
	case CANCELLED:
		assert_int_equal(talk_reply(&flow->talk, MSG_CANCEL), 0);
		expect_abort(w, flow);
		expect_done(w, flow, WIRE_DENY, "cancelled");
		return;
	case HUNG_UP:
		talk_close(&flow->talk);
		expect_abort(w, flow);
		return;
	}
}

/* Every number below N once, in an order of no meaning. */
static unsigned shuffled(unsigned i)
{
	return (i * 77u + 13u) % N;
}

static void test_two_hundred_sign_ins_end_each_in_its_own_way(void **state)
{
	struct world w;

	(void)state;
	name_them();
	if (!world_start(&w, config))
		skip();
	world_sync(&w, "staff", N);
	world_open(&w);
	world_wait_for(&w, flows[N - 1].user);
	for (unsigned round = 0; round < 2; round++) { /* all that was taken was given back */
		for (unsigned i = 0; i < N; i++)
			begin(&w, shuffled(i));
		for (unsigned i = 0; i < N; i++)
			finish(&w, shuffled(N - 1 - i));
	}
	print_message("# %u conversations at once, twice\n", N);
	world_end(&w);
}

TEST_MAIN(TEST(test_two_hundred_sign_ins_end_each_in_its_own_way))
