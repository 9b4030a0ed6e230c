/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd and what people give it: the platform's password, or a ticket. What is typed
 * is the secret of the test, so world_end() finds it if it was ever logged. As root.
 */
#include "tests/lib/test.h"

#include <signal.h>

#include "common/limits.h"
#include "tests/lib/memory.h"
#include "tests/lib/world.h"

static const char config_password[] = WORLD_PROVIDER
	"password_grant = yes\n" WORLD_DIRECTORY
	"[service default]\nflow = password\nscope = host.login\n" WORLD_ALLOW("staff");

/* False: the test cannot run here. */
static bool make(struct world *w, const char *config)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_open(w);
	world_wait_for(w, "alice");
	return true;
}

static void expect_prompt(struct world *w, const char *text)
{
	struct wire_in in;

	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(wire_get_u32(&in), WIRE_ASK_HIDDEN);
	assert_string_equal(wire_get_str(&in, 256), text);
}

/* PASSWORD: flow provider user password scopes acr max_age resource keep */
static void give_password(struct world *w, const char *password)
{
	struct wire_in in;

	expect_prompt(w, "Password for alice at corp: ");
	assert_int_equal(talk_answer(&w->talk, password), 0);
	assert_int_equal(fake_netd_next(&w->agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_PASSWORD);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	assert_string_equal(wire_get_str(&in, 64), "alice");
	assert_string_equal(wire_get_str(&in, PAM_ANSWER_MAX), password);
	assert_int_equal(wire_get_count(&in), 3);
	assert_string_equal(wire_get_str(&in, 64), "openid");
	assert_string_equal(wire_get_str(&in, 64), "profile");
	assert_string_equal(wire_get_str(&in, 64), "host.login");
}

static int say(struct world *w, const char *sub)
{
	return fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub, "alice",
				  "staff");
}

static void test_a_password_grants_whom_the_platform_knows(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w, config_password))
		skip();
	give_password(&w, "first-" AGENTD_TOKEN);
	assert_int_equal(say(&w, "s1"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit rule=staff");
	give_password(&w, "other-" AGENTD_TOKEN);
	assert_int_equal(say(&w, "s2"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	if (memory_holds(w.agentd.pid, WORLD_ISS))
		assert_false(memory_holds(w.agentd.pid, "first-" AGENTD_TOKEN));
	world_end(&w);
}

static void test_wrong_ones_are_braked(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w, config_password))
		skip();
	for (unsigned i = 0; i < 2 * PASSWORD_TRIES_FREE;
	     i++) { /* nobody knows: they do not count */
		give_password(&w, AGENTD_TOKEN);
		assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "timeout"),
				 0);
		assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	}
	/* Said in words of the platform's own: it counts like any. */
	give_password(&w, AGENTD_TOKEN);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "platform-refused"),
			 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	for (unsigned i = 1; i < PASSWORD_TRIES_FREE; i++) {
		give_password(&w, AGENTD_TOKEN);
		assert_int_equal(
			fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "wrong-password"), 0);
		assert_int_equal(world_finish(&w), WIRE_DENY);
		assert_string_equal(w.reason, "wrong-password");
		assert_string_equal(w.text,
				    "The identity platform says: wrong user name or password.");
	}
	expect_prompt(&w, "Password for alice at corp: ");
	assert_int_equal(talk_answer(&w.talk, AGENTD_TOKEN), 0);
	assert_int_equal(world_finish(&w), WIRE_BUSY);
	assert_string_equal(w.reason, "password-brake");
	world_end(&w);
}

/* ---- tickets ---- */

static const char config_token[] =
	WORLD_PROVIDER "verify = introspect\n" WORLD_DIRECTORY
		       "[service default]\nflow = token\n" WORLD_ALLOW("staff");

/* TICKET of this user for a token: its words, or the reason there are none. */
static void take_ticket(struct world *w, uid_t uid, const char *token, const char *reason,
			char words[static 64])
{
	const char *const texts[] = { token, NULL };
	struct wire_in in;
	struct talk talk;

	world_talk_as(w, &talk, uid);
	assert_int_equal(talk_ask(&talk, MSG_TICKET, texts), 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	*words = '\0';
	if (reason) {
		assert_int_equal(in.type, MSG_END);
		assert_int_equal(wire_get_u32(&in), 1);
		assert_string_equal(wire_get_str(&in, 64), reason);
	} else {
		assert_int_equal(in.type, MSG_TICKET_IS);
		assert_true(snprintf(words, 64, "%s", wire_get_str(&in, 63)) > 20);
		assert_int_equal(wire_get_u32(&in), 120);
		assert_int_equal(wire_close(&in), 0);
	}
	talk_close(&talk);
}

/* It is typed for user; the token it stands for must come to idp-netd, NULL: nothing may. */
static void use_ticket(struct world *w, const char *user, const char *words, const char *token)
{
	struct wire_in in;

	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, user), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(talk_answer(&w->talk, words), 0);
	if (!token) {
		assert_int_equal(world_finish(w), WIRE_DENY);
		assert_string_equal(w->reason, "ticket-refused");
		return;
	}
	assert_int_equal(fake_netd_next(&w->agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_TOKEN_CHECK);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	assert_string_equal(wire_get_str(&in, JWS_LEN_MAX), token);
}

static void test_a_ticket_stands_for_its_token_once(void **state)
{
	_cleanup_free_ char *longest = calloc(JWS_LEN_MAX + 1, 1);
	char words[64];
	struct world w;
	uid_t alice;
	(void)state;
	assert_non_null(longest);
	memset(longest, 'a', JWS_LEN_MAX);
	if (!make(&w, config_token))
		skip();
	alice = world_uid_of(&w, "alice");
	take_ticket(&w, alice, longest, NULL, words);
	use_ticket(&w, "alice", words, longest);
	assert_int_equal(say(&w, "s1"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	use_ticket(&w, "alice", words, NULL); /* once */
	/* what it stands for is judged as if it had been typed: also somebody else's */
	take_ticket(&w, alice, "bobs-" AGENTD_TOKEN, NULL, words);
	use_ticket(&w, "alice", words, "bobs-" AGENTD_TOKEN);
	assert_int_equal(say(&w, "s2"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	use_ticket(&w, "alice", words, NULL); /* whatever came of it */
	if (memory_holds(w.agentd.pid, WORLD_ISS))
		assert_false(memory_holds(w.agentd.pid, "bobs-" AGENTD_TOKEN));
	world_end(&w);
}

/* A mouth that calls whoever signs in a program, or just anybody, has broken the rules. */
static void test_nobody_signs_in_as_a_program_or_as_anybody(void **state)
{
	static const char *const marks[] = { "workload", "anonymous", "whatever" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(marks); i++) {
		struct world w;
		struct wire_in in;

		if (!make(&w, config_token))
			skip();
		assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
		assert_int_equal(talk_next(&w.talk, &in), 0);
		assert_int_equal(talk_answer(&w.talk, AGENTD_TOKEN), 0);
		assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_TOKEN_CHECK, &w.flow), 0);
		w.agentd.netd.unknown = marks[i];
		assert_int_equal(say(&w, "s1"), 0);
		assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
		assert_string_equal(w.reason, "internal");
		world_end(&w);
	}
}

static void test_a_ticket_is_its_owners(void **state)
{
	char words[64], others[64], none[64];
	struct world w;
	uid_t alice, bob;
	(void)state;
	if (!make(&w, config_token))
		skip();
	alice = world_uid_of(&w, "alice");
	bob = world_uid_of(&w, "bob");
	take_ticket(&w, alice, "alices-" AGENTD_TOKEN, NULL, words);
	take_ticket(&w, bob, "bobs-" AGENTD_TOKEN, NULL, others);
	assert_string_not_equal(words, others);
	use_ticket(&w, "bob", words, NULL);
	/* whoever guesses under a name does not keep the right one of that name out */
	for (unsigned i = 0; i < 4 * PASSWORD_TRIES_FREE; i++)
		use_ticket(&w, "alice", others, NULL);
	use_ticket(&w, "alice", words, "alices-" AGENTD_TOKEN);
	assert_int_equal(say(&w, "s1"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	/* nobody of the platform's has none, root included; and none without a token */
	take_ticket(&w, 0, AGENTD_TOKEN, "not-ours", none);
	take_ticket(&w, 4321, AGENTD_TOKEN, "not-ours", none);
	take_ticket(&w, alice, "", "no-tokens", none);
	for (unsigned i = 0; i < TICKETS_PER_USER_MAX; i++)
		take_ticket(&w, alice, AGENTD_TOKEN, NULL, words);
	take_ticket(&w, alice, AGENTD_TOKEN, "busy", none);
	world_end(&w);
}

/* In memory only. */
static void test_tickets_do_not_outlive_the_agent(void **state)
{
	char words[64];
	struct world w;
	(void)state;
	if (!make(&w, config_token))
		skip();
	take_ticket(&w, world_uid_of(&w, "alice"), AGENTD_TOKEN, NULL, words);
	talk_close(&w.talk);
	assert_int_equal(agentd_stop(&w.agentd, SIGTERM), 0);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(agentd_start(&w.agentd), 0);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_open(&w);
	use_ticket(&w, "alice", words, NULL);
	world_end(&w);
}

TEST_MAIN(TEST(test_a_ticket_stands_for_its_token_once),
	  TEST(test_nobody_signs_in_as_a_program_or_as_anybody), TEST(test_a_ticket_is_its_owners),
	  TEST(test_tickets_do_not_outlive_the_agent),
	  TEST(test_a_password_grants_whom_the_platform_knows), TEST(test_wrong_ones_are_braked))
