/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd with tokens to keep, between a scripted idp-netd and processes of several
 * users. Every token holds the secret of the test: world_end() finds it if it was ever logged, and
 * check_record() if it lies open in the record. As root.
 */
#include "tests/lib/test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

#include "common/limits.h"
#include "tests/lib/world.h"

#define ACCESS_1  AGENTD_TOKEN "-access-1"
#define ACCESS_2  AGENTD_TOKEN "-access-2"
#define REFRESH_1 AGENTD_TOKEN "-refresh-1"
#define REFRESH_2 AGENTD_TOKEN "-refresh-2"
#define API       "https://api.example.org"
#define WAIT      (30 * USEC_PER_SEC)

static const char config[] = WORLD_PROVIDER "token_audiences = " API "\n" WORLD_DIRECTORY
					    WORLD_ALLOW("staff");

/* False: the test cannot run here. */
static bool make(struct world *w)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_open(w);
	world_wait_for(w, "alice");
	world_wait_for(w, "bob");
	return true;
}

/* A sign-in of alice up to her verdict. */
static int sign_in(struct world *w, const struct fake_tokens *tokens, const char *sub)
{
	world_sign_in(w, "alice");
	assert_int_equal(fake_netd_tokens(&w->agentd.netd, w->flow, tokens), 0);
	assert_int_equal(fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub,
					    "alice", "staff"),
			 0);
	assert_int_equal(talk_answer(&w->talk, ""), 0);
	return world_finish(w);
}

static const struct fake_tokens long_lived = { .access = ACCESS_1,
					       .refresh = REFRESH_1,
					       .life = 3600 };
static const struct fake_tokens short_lived = { .access = ACCESS_1,
						.refresh = REFRESH_1,
						.life = 50 };

/* The world with alice, who has signed in and was granted these. False: it cannot run here. */
static bool make_signed_in(struct world *w, const struct fake_tokens *tokens, uid_t *ret_alice)
{
	if (!make(w))
		return false;
	*ret_alice = world_uid_of(w, "alice");
	assert_int_equal(sign_in(w, tokens, "s1"), WIRE_PERMIT);
	return true;
}

static void ask_token(struct talk *talk, const char *audience)
{
	const char *const texts[] = { audience, NULL };

	assert_int_equal(talk_ask(talk, MSG_TOKEN, texts), 0);
}

static void expect_token(struct talk *talk, const char *token)
{
	struct wire_in in;

	assert_int_equal(talk_next(talk, &in), 0);
	assert_int_equal(in.type, MSG_TOKEN_IS);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), token);
	(void)wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "Bearer");
}

static void expect_end(struct talk *talk, uint32_t status, const char *reason)
{
	struct wire_in in;

	do
		assert_int_equal(talk_next(talk, &in), 0);
	while (in.type == MSG_ROW);
	assert_int_equal(in.type, MSG_END);
	assert_int_equal(wire_get_u32(&in), status);
	assert_string_equal(wire_get_str(&in, REASON_MAX), reason);
}

static void token_of(struct world *w, uid_t uid, const char *audience, const char *token,
		     const char *reason)
{
	struct talk talk;

	world_talk_as(w, &talk, uid);
	ask_token(&talk, audience);
	if (token)
		expect_token(&talk, token);
	else
		expect_end(&talk, 1, reason);
	talk_close(&talk);
}

/* The next question must be a revocation of these; it is answered. */
static void expect_revoke(struct world *w, const char *refresh, const char *access)
{
	struct fake_netd *netd = &w->agentd.netd;
	struct wire_in in;
	uint64_t flow;

	assert_int_equal(fake_netd_next(netd, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_REVOKE);
	flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "corp");
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), refresh);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), access);
	assert_int_equal(fake_netd_revoked(netd, flow, true, WORLD_ISS "/logout"), 0);
}

/* The next question must be a refresh with this token. */
static uint64_t expect_refresh(struct world *w, const char *refresh, const char *resource)
{
	struct wire_in in;
	uint64_t flow;

	assert_int_equal(fake_netd_next(&w->agentd.netd, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_REFRESH);
	flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "corp");
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), refresh);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "s1");
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), resource);
	return flow;
}

/* This user asks for a token, and the platform is asked with this one: the question's flow. */
static uint64_t ask_renewal(struct world *w, struct talk *talk, uid_t uid, const char *audience,
			    const char *refresh)
{
	world_talk_as(w, talk, uid);
	ask_token(talk, audience);
	return expect_refresh(w, refresh, audience);
}

/* No file of the state folder holds the secret of the test. */
static void check_record(const struct world *w)
{
	char path[108], file[400];
	static char bytes[4 << 20];
	DIR *folder = opendir(agentd_path(&w->agentd, "state", path));
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		FILE *f;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		f = fopen(file, "re");
		assert_non_null(f);
		len = fread(bytes, 1, sizeof(bytes), f);
		(void)fclose(f);
		assert_null(memmem(bytes, len, AGENTD_TOKEN, strlen(AGENTD_TOKEN)));
		n++;
	}
	(void)closedir(folder);
	assert_true(n >= 2); /* the record and the key */
}

static void start_again(struct world *w)
{
	talk_close(&w->talk);
	assert_true(agentd_stop(&w->agentd, SIGKILL) >= 0);
	fake_netd_hang_up(&w->agentd.netd);
	assert_int_equal(agentd_start(&w->agentd), 0);
	assert_int_equal(fake_netd_welcome(&w->agentd.netd), 0);
	world_sync(w, "staff", 0);
	world_open(w);
}

/* ---- whose they are ---- */

static void test_a_token_is_its_persons_and_nobody_elses(void **state)
{
	struct world w;
	uid_t alice, bob;
	(void)state;
	if (!make(&w))
		skip();
	alice = world_uid_of(&w, "alice");
	bob = world_uid_of(&w, "bob");
	token_of(&w, alice, "", NULL, "no-tokens");
	assert_int_equal(sign_in(&w, &long_lived, "s1"), WIRE_PERMIT);
	token_of(&w, alice, "", ACCESS_1, NULL);
	token_of(&w, bob, "", NULL, "no-tokens");
	token_of(&w, 0, "", NULL, "not-ours");
	token_of(&w, 12345, "", NULL, "not-ours");
	check_record(&w);
	world_end(&w);
}

static void test_whoami_says_what_is_kept(void **state)
{
	static const char *const none[] = { NULL };
	struct world w;
	struct talk talk;
	struct wire_in in;
	bool tokens = false, renewable = false, subject = false;
	uint32_t n;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	world_talk_as(&w, &talk, alice);
	assert_int_equal(talk_ask(&talk, MSG_WHOAMI, none), 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_ROW);
	assert_string_equal(wire_get_str(&in, REASON_MAX), "whoami");
	n = wire_get_count(&in);
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(&in);

		assert_null(strstr(field.value, AGENTD_TOKEN));
		tokens |= !strcmp(field.key, "tokens") && !strcmp(field.value, "true");
		renewable |= !strcmp(field.key, "renewable") && !strcmp(field.value, "true");
		subject |= !strcmp(field.key, "subject") && !strcmp(field.value, "s1");
	}
	assert_true(tokens && renewable && subject);
	expect_end(&talk, 0, "");
	talk_close(&talk);
	world_end(&w);
}

static void test_tokens_of_a_refused_sign_in_are_revoked(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	assert_int_equal(sign_in(&w, &long_lived, "s2"), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	expect_revoke(&w, REFRESH_1, ACCESS_1);
	token_of(&w, world_uid_of(&w, "alice"), "", NULL, "no-tokens");
	world_end(&w);
}

static void test_sudo_asks_for_no_tokens_and_ssh_does(void **state)
{
	static const char *const services[] = { "sudo", "sshd" };
	struct world w;
	struct wire_in in;
	(void)state;
	if (!make(&w))
		skip();
	for (unsigned i = 0; i < 2; i++) {
		const char *const texts[] = { services[i], "alice", "", "", "", NULL };
		uint64_t flow;

		assert_int_equal(talk_ask(&w.talk, MSG_AUTH, texts), 0);
		assert_int_equal(fake_netd_next(&w.agentd.netd, WAIT, &in), 0);
		assert_int_equal(in.type, MSG_DEVICE);
		flow = wire_get_u64(&in);
		(void)wire_get_str(&in, WIRE_STRING_MAX);
		for (uint32_t n = wire_get_count(&in); n > 0; n--)
			(void)wire_get_str(&in, WIRE_STRING_MAX);
		for (uint32_t n = wire_get_count(&in); n > 0; n--)
			(void)wire_get_str(&in, WIRE_STRING_MAX);
		(void)wire_get_u32(&in);
		(void)wire_get_str(&in, WIRE_STRING_MAX);
		assert_int_equal(wire_get_bool(&in), i == 1);
		assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, flow, "busy"), 0);
		assert_int_equal(world_finish(&w), WIRE_BUSY);
	}
	world_end(&w);
}

static void test_a_newer_sign_in_replaces_the_older(void **state)
{
	static const struct fake_tokens newer = { .access = ACCESS_2,
						  .refresh = REFRESH_2,
						  .life = 3600 };
	struct world w;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	assert_int_equal(sign_in(&w, &newer, "s1"), WIRE_PERMIT);
	expect_revoke(&w, REFRESH_1, ACCESS_1);
	token_of(&w, alice, "", ACCESS_2, NULL);
	world_end(&w);
}

/* ---- renewing ---- */

static void test_what_was_renewed_outlives_kill_9(void **state)
{
	static const struct fake_tokens newer = { .access = ACCESS_2,
						  .refresh = REFRESH_2,
						  .life = 50 };
	struct world w;
	struct talk talk;
	uint64_t flow;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &short_lived, &alice))
		skip();
	flow = ask_renewal(&w, &talk, alice, "", REFRESH_1);
	assert_int_equal(fake_netd_tokens(&w.agentd.netd, flow, &newer), 0);
	expect_token(&talk, ACCESS_2);
	talk_close(&talk);
	start_again(&w);
	flow = ask_renewal(&w, &talk, alice, "", REFRESH_2);
	/* what cannot be renewed is good as long as it lives */
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, flow, "timeout"), 0);
	expect_token(&talk, ACCESS_2);
	talk_close(&talk);
	check_record(&w);
	world_end(&w);
}

static void test_a_refusal_ends_it(void **state)
{
	struct world w;
	struct talk talk;
	uint64_t flow;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &short_lived, &alice))
		skip();
	flow = ask_renewal(&w, &talk, alice, "", REFRESH_1);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, flow, "refresh-refused"), 0);
	expect_end(&talk, 1, "refresh-refused");
	talk_close(&talk);
	token_of(&w, alice, "", NULL, "no-tokens");
	world_end(&w);
}

static void test_an_audience_is_what_the_administrator_allows(void **state)
{
	static const struct fake_tokens for_api = { .access = ACCESS_2,
						    .resource = API,
						    .life = 3600 };
	struct world w;
	struct talk talk;
	uint64_t flow;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	token_of(&w, alice, "https://other.example.org", NULL, "audience-not-allowed");
	flow = ask_renewal(&w, &talk, alice, API, REFRESH_1);
	assert_int_equal(fake_netd_tokens(&w.agentd.netd, flow, &for_api), 0);
	expect_token(&talk, ACCESS_2);
	talk_close(&talk);
	token_of(&w, alice, API, ACCESS_2, NULL); /* from memory */
	token_of(&w, alice, "", ACCESS_1, NULL);
	world_end(&w);
}

static void test_a_bound_token_is_kept_back(void **state)
{
	static const struct fake_tokens bound = { .type = "DPoP",
						  .access = ACCESS_1,
						  .refresh = REFRESH_1,
						  .life = 3600 };
	struct world w;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &bound, &alice))
		skip();
	token_of(&w, alice, "", NULL, "token-bound");
	world_end(&w);
}

/* ---- ending ---- */

static void session(struct world *w, enum wire_type type, const char *service)
{
	const char *const texts[] = { service, "alice", "", "", "", NULL };

	assert_int_equal(talk_ask(&w->talk, type, texts), 0);
	assert_int_equal(world_finish(w), WIRE_PERMIT);
}

static void test_the_last_session_takes_them_along(void **state)
{
	struct world w;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	session(&w, MSG_OPEN, "sshd");
	session(&w, MSG_OPEN, "sshd");
	session(&w, MSG_OPEN, "sudo");
	session(&w, MSG_CLOSE, "sudo");
	session(&w, MSG_CLOSE, "sshd");
	token_of(&w, alice, "", ACCESS_1, NULL);
	start_again(&w); /* the count outlives the daemon */
	token_of(&w, alice, "", ACCESS_1, NULL);
	session(&w, MSG_CLOSE, "sshd");
	expect_revoke(&w, REFRESH_1, ACCESS_1);
	token_of(&w, alice, "", NULL, "no-tokens");
	world_end(&w);
}

static void test_a_session_ends_without_the_platform(void **state)
{
	struct world w;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	session(&w, MSG_OPEN, "sshd");
	fake_netd_hang_up(&w.agentd.netd);
	session(&w, MSG_CLOSE, "sshd");
	token_of(&w, alice, "", NULL, "no-tokens");
	world_end(&w);
}

static void test_logging_out_revokes_and_says_where_to_go(void **state)
{
	static const char *const none[] = { NULL };
	struct world w;
	struct talk talk;
	struct wire_in in;
	const char *url = NULL;
	uint32_t n;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	world_talk_as(&w, &talk, alice);
	assert_int_equal(talk_ask(&talk, MSG_LOGOUT, none), 0);
	expect_revoke(&w, REFRESH_1, ACCESS_1);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_ROW);
	assert_string_equal(wire_get_str(&in, REASON_MAX), "logout");
	n = wire_get_count(&in);
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(&in);

		if (!strcmp(field.key, "url"))
			url = field.value;
	}
	assert_non_null(url);
	assert_string_equal(url, WORLD_ISS "/logout?client_id=host1");
	expect_end(&talk, 0, "");
	talk_close(&talk);
	token_of(&w, alice, "", NULL, "no-tokens");
	world_end(&w);
}

static void ask_backchannel(struct world *w, struct talk *talk, const char *jti)
{
	const char *const texts[] = { "corp", "the.logout.token", NULL };
	struct buf *out = &w->agentd.netd.out;
	uint64_t flow;

	assert_int_equal(talk_ask(talk, MSG_BACKCHANNEL, texts), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_LOGOUT_CHECK, &flow), 0);
	wire_begin(out, MSG_LOGGED_OUT, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, WORLD_ISS);
	wire_put_str(out, "s1");
	wire_put_str(out, "");
	wire_put_str(out, jti);
	wire_put_u64(out, clock_real() / USEC_PER_SEC + 120);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void test_the_platform_may_end_it_once(void **state)
{
	static const struct fake_tokens offline = { .access = ACCESS_1,
						    .refresh = REFRESH_1,
						    .scope = "openid offline_access",
						    .life = 3600 };
	struct world w;
	struct talk talk;
	uid_t alice;
	(void)state;
	if (!make_signed_in(&w, &long_lived, &alice))
		skip();
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	ask_backchannel(&w, &talk, "jti-1");
	expect_end(&talk, 0, "");
	expect_revoke(&w, REFRESH_1, ACCESS_1);
	token_of(&w, alice, "", NULL, "no-tokens");
	assert_int_equal(sign_in(&w, &offline, "s1"), WIRE_PERMIT);
	ask_backchannel(&w, &talk, "jti-1");
	expect_end(&talk, 1, "replayed");
	token_of(&w, alice, "", ACCESS_1, NULL);
	ask_backchannel(&w, &talk, "jti-2"); /* offline access: forgotten, not revoked */
	expect_end(&talk, 0, "");
	token_of(&w, alice, "", NULL, "no-tokens");
	talk_close(&talk);
	world_end(&w);
}

TEST_MAIN(TEST(test_a_token_is_its_persons_and_nobody_elses), TEST(test_whoami_says_what_is_kept),
	  TEST(test_tokens_of_a_refused_sign_in_are_revoked),
	  TEST(test_sudo_asks_for_no_tokens_and_ssh_does),
	  TEST(test_a_newer_sign_in_replaces_the_older), TEST(test_what_was_renewed_outlives_kill_9),
	  TEST(test_a_refusal_ends_it), TEST(test_an_audience_is_what_the_administrator_allows),
	  TEST(test_a_bound_token_is_kept_back), TEST(test_the_last_session_takes_them_along),
	  TEST(test_a_session_ends_without_the_platform),
	  TEST(test_logging_out_revokes_and_says_where_to_go),
	  TEST(test_the_platform_may_end_it_once))
