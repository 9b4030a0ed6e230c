/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd and what people give it: the platform's password. What is typed is the secret
 * of the test, so world_end() finds it if it was ever logged. As root.
 */
#include "tests/lib/test.h"

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
	for (unsigned i = 0; i < PASSWORD_TRIES_FREE; i++) {
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

TEST_MAIN(TEST(test_a_password_grants_whom_the_platform_knows), TEST(test_wrong_ones_are_braked))
