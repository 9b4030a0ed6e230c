/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of who may say what, against their meaning written a second time. */
#include "tests/lib/test.h"

#include <errno.h>

#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/permit.h"

static const enum wire_type all[] = {
#define WIRE_MESSAGE(name, number, class, signature) MSG_##name,
#include "common/wire-messages.h"
#undef WIRE_MESSAGE
};

static bool is_request(enum wire_type type)
{
	return (type & 0x80) == 0 && type != MSG_ANSWER && type != MSG_CANCEL;
}

static void test_requests_belong_to_their_socket(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(all); i++) {
		unsigned class = (unsigned)all[i] >> 8;
		bool agent = is_request(all[i]) && (class == WIRE_NSS || class == WIRE_PAM ||
						    class == WIRE_SELF || class == WIRE_DESK);
		bool control = is_request(all[i]) && class == WIRE_CTL &&
			       all[i] != MSG_IDMAP_LINES; /* which belong to an import */

		assert_int_equal(permit_client(PERMIT_AGENT, PERMIT_IDLE, all[i]),
				 agent ? PERMIT_REQUEST : PERMIT_NO);
		assert_int_equal(permit_client(PERMIT_CONTROL, PERMIT_IDLE, all[i]),
				 control ? PERMIT_REQUEST : PERMIT_NO);
	}
}

static void test_nothing_may_come_while_busy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(all); i++) {
		assert_int_equal(permit_client(PERMIT_AGENT, PERMIT_BUSY, all[i]), PERMIT_NO);
		assert_int_equal(permit_client(PERMIT_CONTROL, PERMIT_BUSY, all[i]), PERMIT_NO);
	}
}

static void test_answers_come_to_questions_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(all); i++) {
		enum permit_verdict talk = permit_client(PERMIT_AGENT, PERMIT_TALK, all[i]);
		enum permit_verdict asked = permit_client(PERMIT_AGENT, PERMIT_ASKED, all[i]);

		assert_int_equal(talk, all[i] == MSG_CANCEL ? PERMIT_REPLY : PERMIT_NO);
		assert_int_equal(asked, all[i] == MSG_CANCEL || all[i] == MSG_ANSWER ? PERMIT_REPLY
										     : PERMIT_NO);
	}
	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		assert_int_equal(permit_client(PERMIT_CONTROL, PERMIT_ASKED, all[i]),
				 all[i] == MSG_IDMAP_LINES ? PERMIT_REPLY : PERMIT_NO);
	assert_int_equal(permit_client(PERMIT_AGENT, PERMIT_CROSSED, MSG_ANSWER), PERMIT_IGNORE);
	assert_int_equal(permit_client(PERMIT_CONTROL, PERMIT_CROSSED, MSG_ANSWER), PERMIT_NO);
	assert_int_equal(permit_client((enum permit_socket)0, PERMIT_IDLE, MSG_GETPWNAM),
			 PERMIT_NO);
	assert_int_equal(permit_client(PERMIT_AGENT, (enum permit_state)99, MSG_GETPWNAM),
			 PERMIT_NO);
}

static bool is_signin(unsigned flow)
{
	return flow == PERMIT_FLOW_DEVICE || flow == PERMIT_FLOW_CODE ||
	       flow == PERMIT_FLOW_TOKEN || flow == PERMIT_FLOW_PASSWORD;
}

static void test_only_answers_of_a_flows_kind_pass(void **state)
{
	(void)state;
	for (unsigned flow = 0; flow < PERMIT_FLOWS; flow++) {
		for (size_t i = 0; i < ELEMENTSOF(all); i++) {
			enum permit_net net = permit_net((enum permit_flow)flow, all[i]);

			if (flow == PERMIT_FLOW_NONE || (unsigned)all[i] >> 8 != WIRE_NET ||
			    (all[i] & 0x80) == 0 || all[i] == MSG_READY)
				assert_int_equal(net, PERMIT_NET_NO);
			if (all[i] == MSG_IDENTITY)
				assert_int_equal(net == PERMIT_NET_LAST,
						 is_signin(flow) || flow == PERMIT_FLOW_VERIFY);
			if (all[i] == MSG_DENIED)
				assert_int_equal(net == PERMIT_NET_LAST,
						 is_signin(flow) || flow == PERMIT_FLOW_VERIFY ||
							 flow == PERMIT_FLOW_REFRESH ||
							 flow == PERMIT_FLOW_REVOKE ||
							 flow == PERMIT_FLOW_LOGOUT);
			if (all[i] == MSG_TOKENS)
				assert_int_equal(net == PERMIT_NET_LAST,
						 flow == PERMIT_FLOW_REFRESH);
			if (all[i] == MSG_TOKENS && flow == PERMIT_FLOW_TOKEN)
				assert_int_equal(net, PERMIT_NET_NO);
			if (all[i] == MSG_CODE)
				assert_true(net == PERMIT_NET_NO || flow == PERMIT_FLOW_DEVICE);
			if (all[i] == MSG_AUTH_URL || all[i] == MSG_REPASTE)
				assert_true(net == PERMIT_NET_NO || flow == PERMIT_FLOW_CODE);
			if (all[i] == MSG_VOUCHED)
				assert_int_equal(net == PERMIT_NET_LAST,
						 flow == PERMIT_FLOW_VOUCHER);
			/* A logout token is checked with public keys only; what a voucher is asked
			 * with is signed already. */
			if (all[i] == MSG_SIGN && flow)
				assert_int_equal(net == PERMIT_NET_SIGN,
						 flow != PERMIT_FLOW_LOGOUT &&
							 flow != PERMIT_FLOW_VOUCHER);
			/* A token somebody shows us is not ours: nothing is proven of it. */
			if (all[i] == MSG_PROVE && flow)
				assert_int_equal(net == PERMIT_NET_SIGN,
						 flow != PERMIT_FLOW_TOKEN &&
							 flow != PERMIT_FLOW_LOGOUT &&
							 flow != PERMIT_FLOW_VOUCHER &&
							 flow != PERMIT_FLOW_VERIFY &&
							 flow != PERMIT_FLOW_SCOPES);
			if (all[i] == MSG_SCOPES)
				assert_int_equal(net == PERMIT_NET_LAST,
						 flow == PERMIT_FLOW_SCOPES);
		}
	}
}

static int on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	(void)owner;
	(void)flow;
	(void)in;
	(void)last;
	return 0;
}

struct lost {
	struct flows *flows;
	uint64_t other;
	unsigned n;
};

static void on_lost(void *owner, uint64_t flow)
{
	struct lost *lost = owner;

	(void)flow;
	lost->n++;
	flows_remove(lost->flows, lost->other); /* owners end others of theirs */
}

static const struct flow_owner owner_ops = { on_message, on_lost };

static void test_flows_are_strange_open_or_late(void **state)
{
	_cleanup_(flows_freep) struct flows *flows = NULL;
	struct lost lost = { 0 };
	struct flow *flow;
	uint64_t a, b;
	(void)state;
	assert_int_equal(flows_new(&flows), 0);
	lost.flows = flows;
	assert_int_equal(flows_find(flows, 0, &flow), FLOWS_STRANGE);
	assert_int_equal(flows_find(flows, 1, &flow), FLOWS_STRANGE);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_DEVICE, "corp", &owner_ops, &lost, &a), 0);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_DEVICE, "corp", &owner_ops, &lost, &b), 0);
	assert_int_equal(flows_find(flows, a, &flow), FLOWS_OPEN);
	assert_string_equal(flow->provider, "corp");
	flows_remove(flows, a);
	assert_int_equal(flows_find(flows, a, &flow), FLOWS_LATE);
	assert_int_equal(flows_find(flows, UINT64_MAX, &flow), FLOWS_STRANGE);
	flows_lose_all(flows);
	assert_int_equal(lost.n, 1);
	assert_int_equal(flows_count(flows), 0);
}

static void test_flows_are_bounded_and_lost_once(void **state)
{
	_cleanup_(flows_freep) struct flows *flows = NULL;
	struct lost lost[FLOWS_MAX] = { 0 };
	uint64_t id;
	unsigned n = 0;
	(void)state;
	assert_int_equal(flows_new(&flows), 0);
	for (size_t i = 0; i < FLOWS_MAX; i++) {
		lost[i].flows = flows;
		assert_int_equal(
			flows_add(flows, PERMIT_FLOW_DEVICE, "", &owner_ops, &lost[i], &id), 0);
		lost[i].other = i % 2 ? id - 1 : id + 1; /* each takes its neighbour with it */
	}
	assert_true(flows_add(flows, PERMIT_FLOW_DEVICE, "", &owner_ops, lost, &id) < 0);
	flows_lose_all(flows);
	for (size_t i = 0; i < FLOWS_MAX; i++) {
		assert_true(lost[i].n <= 1);
		n += lost[i].n;
	}
	assert_int_equal(n, FLOWS_MAX / 2);
}

/* However many names are looked up and tokens shown, everybody can still sign in, and the other way
 * round. */
static void test_lookups_tokens_and_sign_ins_leave_room_for_each_other(void **state)
{
	_cleanup_(flows_freep) struct flows *flows = NULL;
	struct lost lost = { 0 };
	uint64_t id;
	(void)state;
	assert_int_equal(flows_new(&flows), 0);
	for (size_t i = 0; i < FLOWS_FIND_MAX; i++)
		assert_int_equal(flows_add(flows, PERMIT_FLOW_FIND, "", &owner_ops, &lost, &id), 0);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_FIND, "", &owner_ops, &lost, &id), -ENOBUFS);
	for (size_t i = 0; i < FLOWS_VERIFY_MAX; i++)
		assert_int_equal(flows_add(flows, PERMIT_FLOW_VERIFY, "", &owner_ops, &lost, &id),
				 0);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_VERIFY, "", &owner_ops, &lost, &id),
			 -ENOBUFS);
	for (size_t i = 0; i < FLOWS_VOUCHER_MAX; i++)
		assert_int_equal(flows_add(flows, PERMIT_FLOW_VOUCHER, "", &owner_ops, &lost, &id),
				 0);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_VOUCHER, "", &owner_ops, &lost, &id),
			 -ENOBUFS);
	for (size_t i = 0; i < FLOWS_MAX; i++)
		assert_int_equal(flows_add(flows, PERMIT_FLOW_DEVICE, "", &owner_ops, &lost, &id),
				 0);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_DEVICE, "", &owner_ops, &lost, &id),
			 -ENOBUFS);
	flows_remove(flows, id); /* a sign-in's room, which no voucher may take */
	assert_int_equal(flows_add(flows, PERMIT_FLOW_VOUCHER, "", &owner_ops, &lost, &id),
			 -ENOBUFS);
	flows_remove(flows, FLOWS_FIND_MAX + 1);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_FIND, "", &owner_ops, &lost, &id), -ENOBUFS);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_VERIFY, "", &owner_ops, &lost, &id), 0);
	flows_remove(flows, 1);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_FIND, "", &owner_ops, &lost, &id), 0);
	assert_int_equal(flows_add(flows, PERMIT_FLOW_FIND, "", &owner_ops, &lost, &id), -ENOBUFS);
}

TEST_MAIN(TEST(test_requests_belong_to_their_socket), TEST(test_nothing_may_come_while_busy),
	  TEST(test_answers_come_to_questions_only), TEST(test_only_answers_of_a_flows_kind_pass),
	  TEST(test_flows_are_strange_open_or_late), TEST(test_flows_are_bounded_and_lost_once),
	  TEST(test_lookups_tokens_and_sign_ins_leave_room_for_each_other))
