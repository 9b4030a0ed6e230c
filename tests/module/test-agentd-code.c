/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd and the code flow, between a scripted idp-netd and a person who pastes. What
 * is pasted is the secret of the test, so world_end() finds it if it was ever logged. As root.
 */
#include "tests/lib/test.h"

#include "common/limits.h"
#include "tests/lib/world.h"

#define URL    WORLD_ISS "/auth?client_id=host1&request_uri=urn%3Ax"
#define PASTED "http://127.0.0.1/?state=s&code=" AGENTD_TOKEN

static const char config[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[service default]\nflow = code\nscope = host.login\nresource = urn:example:host1\n" WORLD_ALLOW(
		"staff");

/* False: the test cannot run here. */
static bool make(struct world *w)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_wait_for_record(w, "alice");
	world_open(w);
	return true;
}

/* AUTH of alice up to AUTHCODE. */
static void ask(struct world *w)
{
	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_AUTHCODE, &w->flow), 0);
}

static void expect_prompt(struct world *w, const char *text)
{
	struct wire_in in;

	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(wire_get_u32(&in), WIRE_ASK_ECHO);
	assert_non_null(strstr(wire_get_str(&in, WIRE_STRING_MAX), text));
}

/* The same up to the prompt. */
static void ask_person(struct world *w)
{
	ask(w);
	assert_int_equal(fake_netd_auth_url(&w->agentd.netd, w->flow, URL, 60), 0);
	expect_prompt(w, "\n" URL "\n");
}

static int say_identity(struct world *w, const char *sub, const char *name)
{
	return fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub, name, "");
}

static void test_what_is_pasted_opens_the_door(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	ask_person(&w);
	world_answer(&w, PASTED);
	assert_int_equal(say_identity(&w, "s1", "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit rule=staff");
	/* and to the account phase it was a sign-in like any other */
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	world_end(&w);
}

/* AUTHCODE: flow provider scopes acr max_age resource keep redirect_uri */
static void test_the_token_is_asked_for_what_the_service_says(void **state)
{
	struct wire_in in;
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(fake_netd_next(&w.agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_AUTHCODE);
	(void)wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	for (unsigned i = 0; i < 2; i++)
		for (uint32_t n = wire_get_count(&in); n > 0; n--)
			(void)wire_get_str(&in, 256);
	assert_true(wire_get_u32(&in) == UINT32_MAX);
	assert_string_equal(wire_get_str(&in, 256), "urn:example:host1");
	world_end(&w);
}

/* RFC 9449 section 10: idp-netd is told whose proofs will come, and only where some will. */
static void test_the_key_of_proofs_is_named_beforehand(void **state)
{
	char before[64];
	struct world w;
	(void)state;
	if (!world_start(&w, WORLD_PROVIDER "dpop = yes\n" WORLD_ALLOW("staff")))
		skip();
	assert_int_equal(strlen(w.agentd.netd.jkt), 43);
	memcpy(before, w.agentd.netd.jkt, sizeof(before));
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	assert_string_equal(w.agentd.netd.jkt, before); /* of the process, not of the link */
	world_end(&w);
	assert_true(world_start(&w, WORLD_PROVIDER WORLD_ALLOW("staff")));
	assert_string_equal(w.agentd.netd.jkt, "");
	world_end(&w);
}

static void test_somebody_elses_browser_opens_nothing(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	ask_person(&w);
	world_answer(&w, PASTED);
	assert_int_equal(say_identity(&w, "s2", "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	world_end(&w);
}

static void test_three_wrong_ones_may_be_put_right(void **state)
{
	struct world w;
	uint64_t flow;
	(void)state;
	if (!make(&w))
		skip();
	for (unsigned right = 0; right < 2; right++) {
		ask_person(&w);
		for (unsigned i = 0; i < LOGIN_REPASTES_MAX; i++) {
			world_answer(&w, AGENTD_TOKEN);
			assert_int_equal(fake_netd_repaste(&w.agentd.netd, w.flow, "paste-other"),
					 0);
			expect_prompt(&w, "belongs to another sign-in.\n");
		}
		world_answer(&w, PASTED);
		if (right) {
			assert_int_equal(say_identity(&w, "s1", "alice"), 0);
			assert_int_equal(world_finish(&w), WIRE_PERMIT);
			continue;
		}
		assert_int_equal(fake_netd_repaste(&w.agentd.netd, w.flow, "paste-other"), 0);
		assert_int_equal(world_finish(&w), WIRE_DENY);
		assert_string_equal(w.reason, "wrong-answer");
		assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
		assert_true(flow == w.flow);
	}
	world_end(&w);
}

static void test_an_identity_without_an_answer_ends_the_link(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	ask_person(&w);
	assert_int_equal(say_identity(&w, "s1", "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "internal");
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	/* nor is a device code an answer to AUTHCODE */
	ask(&w);
	assert_int_equal(fake_netd_code(&w.agentd.netd, w.flow, WORLD_URI, "ABCD-EFGH", 300), 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	/* nor may a wrong answer be complained of that nobody gave */
	ask_person(&w);
	assert_int_equal(fake_netd_repaste(&w.agentd.netd, w.flow, "paste-empty"), 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_end(&w);
}

static void test_refusals_are_told_apart(void **state)
{
	static const struct {
		enum wire_type type;
		const char *code, *reason;
		int result;
	} cases[] = {
		{ MSG_DENIED, "access-denied", "access-denied", WIRE_DENY },
		{ MSG_DENIED, "expired-code", "expired-code", WIRE_DENY },
		{ MSG_DENIED, "token-invalid", "token-invalid", WIRE_DENY },
		{ MSG_FAILED, "platform-refused", "platform-refused", WIRE_UNAVAIL },
		{ MSG_FAILED, "timeout", "platform-unreachable", WIRE_UNAVAIL },
	};
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		ask_person(&w);
		world_answer(&w, PASTED);
		assert_int_equal(
			fake_netd_refuse(&w.agentd.netd, cases[i].type, w.flow, cases[i].code), 0);
		assert_int_equal(world_finish(&w), cases[i].result);
		assert_string_equal(w.reason, cases[i].reason);
	}
	/* before any address */
	ask(&w);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "platform-refused"),
			 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	/* and while the person reads: it is told at Enter */
	ask_person(&w);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "expired-code"), 0);
	assert_int_equal(talk_answer(&w.talk, PASTED), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "expired-code");
	world_end(&w);
}

static void test_an_answer_has_a_size(void **state)
{
	static char text[PAM_ANSWER_MAX + 2];
	struct world w;
	uint64_t flow;
	(void)state;
	if (!make(&w))
		skip();
	memset(text, 'a', PAM_ANSWER_MAX);
	ask_person(&w);
	world_answer(&w, text);
	assert_int_equal(say_identity(&w, "s1", "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	text[PAM_ANSWER_MAX] = 'a';
	ask_person(&w);
	assert_int_equal(talk_answer(&w.talk, text), 0);
	assert_true(talk_next_type(&w.talk) < 0); /* the module would not have sent it */
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	talk_close(&w.talk);
	world_open(&w);
	world_end(&w);
}

static void test_whoever_goes_leaves_nothing_open(void **state)
{
	struct world w;
	uint64_t flow;
	(void)state;
	if (!make(&w))
		skip();
	ask_person(&w);
	talk_close(&w.talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	assert_true(flow == w.flow);
	world_open(&w);
	ask_person(&w);
	world_answer(&w, PASTED);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "platform-unreachable");
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	/* gone before the answer could be sent on */
	ask_person(&w);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(talk_answer(&w.talk, PASTED), 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_end(&w);
}

TEST_MAIN(TEST(test_what_is_pasted_opens_the_door),
	  TEST(test_the_token_is_asked_for_what_the_service_says),
	  TEST(test_the_key_of_proofs_is_named_beforehand),
	  TEST(test_somebody_elses_browser_opens_nothing),
	  TEST(test_three_wrong_ones_may_be_put_right),
	  TEST(test_an_identity_without_an_answer_ends_the_link),
	  TEST(test_refusals_are_told_apart), TEST(test_an_answer_has_a_size),
	  TEST(test_whoever_goes_leaves_nothing_open))
