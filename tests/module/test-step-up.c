/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A second sign-in in one conversation, through the real daemon: what it asks for, what it says,
 * and that nothing but its own answer counts.
 */
#include "tests/lib/test.h"

#include "tests/lib/world.h"

#define MFA "https://example.com/mfa"

/* Before the token nobody knows that alice administers: the first sign-in asks for nothing. */
static const char config_admin[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[scope host.admin]\nprotects = sshd\nrequest = on-demand\n"
	"description = Administer this host\n"
	"[allow admins]\nservice = sshd\nneed = group:admins scope:host.admin acr:" MFA
	" fresh:15m\nsay = Ask the help desk.\n"
	"[allow others]\nservice = sshd\nneed = group:others\n";
static const char config_service[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[service sshd]\nacr = " MFA "\nmax_age = 1h\n" WORLD_ALLOW("staff");
static const char config_rule_age[] =
	WORLD_PROVIDER WORLD_DIRECTORY "[allow staff]\nneed = group:staff\nmax-age = 1h\n";
static const char config_token[] = WORLD_PROVIDER
	"audience = https://host.test\n" WORLD_DIRECTORY "[service sshd]\nflow = token\n"
	"[allow staff]\nneed = group:staff acr:" MFA " fresh:15m\n";

/* What a DEVICE asks for: lists joined by spaces. */
struct asked {
	char scopes[256], acr[256];
	uint32_t max_age;
};

static void read_list(struct wire_in *in, char *text, size_t room)
{
	uint32_t n = wire_get_count(in);

	*text = '\0';
	for (uint32_t i = 0; i < n; i++)
		(void)snprintf(text + strlen(text), room - strlen(text), "%s%s", i ? " " : "",
			       wire_get_str(in, 128));
}

static void hear_device(struct world *w, struct asked *asked)
{
	struct wire_in in;

	assert_int_equal(fake_netd_next(&w->agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_DEVICE);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	read_list(&in, asked->scopes, sizeof(asked->scopes));
	read_list(&in, asked->acr, sizeof(asked->acr));
	asked->max_age = wire_get_u32(&in);
}

static char prompt[WIRE_STRING_MAX]; /* the last */

static void hear_prompt(struct world *w, const char *code)
{
	struct wire_in in;

	assert_int_equal(fake_netd_code(&w->agentd.netd, w->flow, WORLD_URI, code, 300), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(wire_get_u32(&in), WIRE_ASK_ECHO);
	(void)snprintf(prompt, sizeof(prompt), "%s", wire_get_str(&in, WIRE_STRING_MAX));
}

/* Enter, and the platform says that alice did it. */
static void approve(struct world *w, const char *sub, const char *group)
{
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub,
					    "alice", group),
			 0);
}

/* The module is told that it goes on, without a word for the person. */
static void hear_sign_of_life(struct world *w)
{
	struct wire_in in;

	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_SAY);
	assert_int_equal(wire_get_u32(&in), WIRE_SAY_INFO);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "");
}

static bool begin(struct world *w, const char *config)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_wait_for_record(w, "alice");
	world_open(w);
	return true;
}

/* AUTH with a first answer that is not enough, up to the prompt of the second sign-in. */
static void come_to_the_second(struct world *w, struct asked *asked)
{
	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, "alice"), 0);
	hear_device(w, asked);
	assert_string_equal(asked->acr, "");
	assert_int_equal(asked->max_age, UINT32_MAX);
	assert_null(strstr(asked->scopes, "host.admin"));
	hear_prompt(w, "ABCD-EFGH");
	assert_null(strstr(prompt, "More is needed"));
	w->agentd.netd.login_age = 7200;
	approve(w, "s1", "admins");
	w->agentd.netd.login_age = 5;
	hear_sign_of_life(w);
	hear_device(w, asked);
	hear_prompt(w, "WXYZ-WXYZ");
}

static void test_what_the_rule_misses_is_asked_for_once_more(void **state)
{
	struct asked asked;
	struct world w;
	(void)state;
	if (!begin(&w, config_admin))
		skip();
	come_to_the_second(&w, &asked);
	assert_string_equal(asked.acr, MFA);
	assert_int_equal(asked.max_age, 900);
	assert_non_null(strstr(asked.scopes, "host.admin"));
	assert_non_null(strstr(prompt,
			       "More is needed for sshd: a stronger sign-in, not older than "
			       "15 minutes; Administer this host.\n"));
	assert_non_null(strstr(prompt, "WXYZ-WXYZ"));
	w.agentd.netd.acr = MFA;
	w.agentd.netd.scope = "host.admin";
	approve(&w, "s1", "admins");
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit rule=admins");
	world_end(&w);
}

/* The first brought the scope, the second the level: neither has both, and nothing is added up. */
static void test_two_halves_are_no_whole(void **state)
{
	struct asked asked;
	struct world w;
	(void)state;
	if (!begin(&w, config_admin))
		skip();
	w.agentd.netd.scope = "host.admin";
	come_to_the_second(&w, &asked);
	assert_string_equal(asked.acr, MFA);
	assert_non_null(strstr(asked.scopes, "host.admin")); /* asked again: it counts no more */
	assert_null(strstr(prompt, "Administer this host."));
	w.agentd.netd.acr = MFA;
	w.agentd.netd.scope = NULL;
	approve(&w, "s1", "admins");
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "missing=scope:host.admin");
	assert_non_null(
		strstr(w.text, "Ask the help desk. The second sign-in did not change that."));
	world_end(&w);
}

static void test_somebody_else_cannot_do_the_second(void **state)
{
	struct asked asked;
	struct world w;
	(void)state;
	if (!begin(&w, config_admin))
		skip();
	come_to_the_second(&w, &asked);
	w.agentd.netd.acr = MFA;
	w.agentd.netd.scope = "host.admin";
	approve(&w, "s2", "admins");
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	world_end(&w);
}

static void hear_revoke(struct world *w, const char *refresh, const char *access)
{
	struct wire_in in;
	uint64_t flow;

	assert_int_equal(fake_netd_next(&w->agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_REVOKE);
	flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "corp");
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), refresh);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), access);
	assert_int_equal(fake_netd_revoked(&w->agentd.netd, flow, true, ""), 0);
}

/* Nobody was let in with them: they end before the second sign-in begins. */
static void test_the_tokens_of_the_first_are_revoked(void **state)
{
	static const struct fake_tokens first = { .access = "a-1", .refresh = "r-1" },
					second = { .access = "a-2", .refresh = "r-2" };
	struct asked asked;
	struct world w;
	(void)state;
	if (!begin(&w, config_admin))
		skip();
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	hear_device(&w, &asked);
	hear_prompt(&w, "ABCD-EFGH");
	assert_int_equal(fake_netd_tokens(&w.agentd.netd, w.flow, &first), 0);
	approve(&w, "s1", "admins");
	hear_sign_of_life(&w);
	hear_revoke(&w, "r-1", "a-1");
	hear_device(&w, &asked);
	hear_prompt(&w, "WXYZ-WXYZ");
	assert_int_equal(fake_netd_tokens(&w.agentd.netd, w.flow, &second), 0);
	approve(&w, "s1", "admins"); /* too little once more: these end as well */
	assert_int_equal(world_finish(&w), WIRE_DENY);
	hear_revoke(&w, "r-2", "a-2");
	world_end(&w);
}

static void test_a_second_that_is_left_alone_is_aborted(void **state)
{
	struct asked asked;
	struct world w;
	uint64_t flow;
	(void)state;
	if (!begin(&w, config_admin))
		skip();
	come_to_the_second(&w, &asked);
	talk_close(&w.talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	assert_int_equal(flow, w.flow);
	world_open(&w);
	world_end(&w);
}

/* [service] acr and the max-age of a rule are asked for at once; an answer below them is asked
 * for once more, and then it is a no. */
static void test_an_answer_below_what_was_asked(void **state)
{
	static const struct {
		const char *config, *acr, *asked, *reason, *words;
		uint64_t age;
		uint32_t max_age;
	} rows[] = {
		{ config_service, NULL, MFA, "missing=acr:" MFA, "sshd: a stronger sign-in.\n", 0,
		  3600 },
		{ config_rule_age, MFA, "", "stale-login",
		  "sshd: a sign-in not older than 1 hour.\n", 7200, 3600 },
	};
	(void)state;
	for (size_t i = 0; i < 2 * ELEMENTSOF(rows); i++) {
		bool better = i % 2;
		struct asked asked;
		struct world w;

		if (!begin(&w, rows[i / 2].config))
			skip();
		w.agentd.netd.acr = rows[i / 2].acr;
		w.agentd.netd.login_age = rows[i / 2].age;
		assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
		for (unsigned round = 0; round < 2; round++) {
			hear_device(&w, &asked);
			assert_string_equal(asked.acr, rows[i / 2].asked);
			assert_int_equal(asked.max_age, rows[i / 2].max_age);
			hear_prompt(&w, "ABCD-EFGH");
			assert_int_equal(strstr(prompt, rows[i / 2].words) != NULL, round);
			if (better && round) {
				w.agentd.netd.acr = MFA;
				w.agentd.netd.login_age = 5;
			}
			approve(&w, "s1", "staff");
			if (!round)
				hear_sign_of_life(&w);
		}
		assert_int_equal(world_finish(&w), better ? WIRE_PERMIT : WIRE_DENY);
		assert_string_equal(w.reason, better ? "permit rule=staff" : rows[i / 2].reason);
		world_end(&w);
	}
}

static void test_a_token_names_what_it_lacks(void **state)
{
	struct wire_in in;
	struct world w;
	(void)state;
	if (!begin(&w, config_token))
		skip();
	w.agentd.netd.login_age = 7200;
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_ASK);
	assert_int_equal(talk_answer(&w.talk, "a-token"), 0);
	assert_int_equal(fake_netd_next(&w.agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_TOKEN_CHECK);
	w.flow = wire_get_u64(&in);
	assert_int_equal(fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s1",
					    "alice", "staff"),
			 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "missing=acr:" MFA " fresh:15m");
	assert_non_null(strstr(w.text, " It takes a token of a stronger sign-in, not older than 15 "
				       "minutes."));
	world_end(&w);
}

/* The trace of idpctl why: that there was a second one, and what it asked for. */
static void test_why_tells_of_it(void **state)
{
	static const char *const texts[] = { "alice", "sshd", NULL };
	struct wire_field trace = { 0 };
	struct asked asked;
	struct wire_in in;
	struct talk talk;
	struct world w;
	(void)state;
	if (!begin(&w, config_admin))
		skip();
	come_to_the_second(&w, &asked);
	approve(&w, "s1", "admins");
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_WHY, texts), 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_ROW);
	assert_string_equal(wire_get_str(&in, 64), "decision");
	for (uint32_t n = wire_get_count(&in); n; n--)
		trace = wire_get_field(&in);
	assert_string_equal(trace.key, "trace");
	assert_ptr_equal(strstr(trace.value, "step-up       missing=scope:host.admin acr:" MFA
					     " fresh:15m, asked for acr_values=" MFA
					     " max_age=900 scope=openid profile host.admin\n"),
			 trace.value);
	talk_close(&talk);
	world_end(&w);
}

TEST_MAIN(TEST(test_what_the_rule_misses_is_asked_for_once_more),
	  TEST(test_two_halves_are_no_whole), TEST(test_somebody_else_cannot_do_the_second),
	  TEST(test_the_tokens_of_the_first_are_revoked),
	  TEST(test_a_second_that_is_left_alone_is_aborted),
	  TEST(test_an_answer_below_what_was_asked), TEST(test_a_token_names_what_it_lacks),
	  TEST(test_why_tells_of_it))
