/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd when idp.conf changes who people are, and when the platform's lists cannot be
 * read: nobody becomes another, nobody is let in by it, and an administrator can settle it.
 */
#include "tests/lib/test.h"

#include "tests/lib/world.h"

#define LEARNS    "[directory people]\nkind = userinfo\nprovider = corp\n"
#define BY_TOKEN  "subject_from = token:/user_id\n"
#define OTHER_ISS "https://moved.example.com"
#define MOVED     "[provider corp]\nissuer = " OTHER_ISS "\nclient_id = host1\n"

static const char by_sub[] = WORLD_PROVIDER LEARNS WORLD_ALLOW("crew");
static const char by_token[] = WORLD_PROVIDER BY_TOKEN LEARNS WORLD_ALLOW("crew");
static const char moved[] = MOVED LEARNS WORLD_ALLOW("crew");

static bool make(struct world *w, const char *config)
{
	if (!world_start(w, config))
		return false;
	world_open(w);
	return true;
}

static void reload(struct world *w, const char *config)
{
	assert_int_equal(agentd_put(&w->agentd, "idp.conf", config), 0);
	assert_int_equal(world_reload(w), 0);
}

/* The person presses Enter, the platform tells who it was: what came of it. */
static const char *finish(struct world *w, const char *iss, const char *sub, const char *name)
{
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(
		fake_netd_identity(&w->agentd.netd, w->flow, "corp", iss, sub, name, "crew"), 0);
	IGNORE(world_finish(w));
	return w->reason;
}

static const char *sign_in(struct world *w, const char *iss, const char *sub, const char *name)
{
	world_sign_in(w, name);
	return finish(w, iss, sub, name);
}

static const char *ask_pam(struct world *w, enum wire_type type, const char *name)
{
	assert_int_equal(talk_pam(&w->talk, type, name), 0);
	IGNORE(world_finish(w));
	return w->reason;
}

/* idpctl provider rebind: the code of END; "" it is settled. */
static const char *rebind(struct world *w, const char *provider, bool keep, bool yes)
{
	static char code[REASON_MAX];
	struct talk talk;
	struct wire_in in;
	uint32_t status;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_REBIND);
	wire_put_str(&talk.out, provider);
	wire_put_bool(&talk.out, keep);
	wire_put_bool(&talk.out, yes);
	assert_int_equal(client_send(&talk.client, &talk.out, clock_now() + USEC_PER_SEC), 0);
	do
		assert_int_equal(talk_next(&talk, &in), 0);
	while (in.type == MSG_ROW);
	assert_int_equal(in.type, MSG_END);
	status = wire_get_u32(&in);
	(void)snprintf(code, sizeof(code), "%s", wire_get_str(&in, REASON_MAX));
	assert_int_equal(status, *code ? 1 : 0);
	talk_close(&talk);
	return code;
}

static bool logged(struct world *w, const char *text)
{
	char path[108], line[4096];
	FILE *log = fopen(agentd_path(&w->agentd, "log", path), "re");
	bool found = false;

	assert_non_null(log);
	while (fgets(line, sizeof(line), log))
		found = found || strstr(line, text);
	(void)fclose(log);
	return found;
}

static void test_another_place_for_the_subject_rebinds_nobody(void **state)
{
	struct world w;
	uint32_t alice;

	(void)state;
	if (!make(&w, by_sub))
		skip();
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "learned");
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "permit rule=crew");
	alice = world_uid_of(&w, "alice");
	reload(&w, by_token);
	assert_true(logged(&w, "idpctl provider rebind corp"));
	assert_string_equal(ask_pam(&w, MSG_AUTH, "alice"), "rebind-needed");
	assert_string_equal(ask_pam(&w, MSG_AUTH, "carol"),
			    "rebind-needed"); /* nor is anybody learned */
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "permit rule=crew"); /* keys, cron */
	assert_string_equal(rebind(&w, "corp", false, false), "confirm");
	assert_string_equal(rebind(&w, "nobody", false, true), "no-provider");
	assert_string_equal(ask_pam(&w, MSG_AUTH, "alice"), "rebind-needed");
	reload(&w, by_sub); /* a slip of the pen: put right, all is as before */
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "permit rule=crew");
	reload(&w, by_token);
	assert_string_equal(rebind(&w, "corp", false, true), "");
	assert_true(logged(&w, "the people of corp were bound anew"));
	/* the same text is another person now, with another uid */
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "bob"), "learned");
	assert_int_not_equal(world_uid_of(&w, "bob"), alice);
	assert_string_equal(sign_in(&w, WORLD_ISS, "s7", "alice"), "learned");
	assert_int_not_equal(world_uid_of(&w, "alice"), alice);
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "someone-else");
	assert_string_equal(rebind(&w, "corp", false, true), ""); /* nothing to do */
	world_end(&w);
}

/* idpctl policy apply --confirm 1h, while the platform is away. */
static void try_policy(struct world *w, const char *config)
{
	struct talk talk;
	struct wire_in in;
	uint64_t flow;

	assert_int_equal(agentd_put(&w->agentd, "idp.conf", config), 0);
	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_POLICY_APPLY);
	wire_put_u32(&talk.out, 3600);
	wire_put_str(&talk.out, "login:audit:3");
	wire_put_bool(&talk.out, true);
	assert_int_equal(client_send(&talk.client, &talk.out, clock_now() + USEC_PER_SEC), 0);
	do
		assert_int_equal(fake_netd_next(&w->agentd.netd, 10 * USEC_PER_SEC, &in), 0);
	while (in.type != MSG_PROBE);
	flow = wire_get_u64(&in);
	assert_int_equal(
		fake_netd_refuse(&w->agentd.netd, MSG_FAILED, flow, "platform-unreachable"), 0);
	do
		assert_int_equal(talk_next(&talk, &in), 0);
	while (in.type != MSG_END);
	assert_int_equal(wire_get_u32(&in), 0);
	talk_close(&talk);
}

static void test_nobody_is_bound_by_what_is_on_trial(void **state)
{
	struct world w;

	(void)state;
	if (!make(&w, by_sub))
		skip();
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "learned");
	try_policy(&w, by_token);
	assert_string_equal(rebind(&w, "corp", false, false), "on-trial");
	assert_string_equal(rebind(&w, "corp", false, true), "on-trial");
	assert_string_equal(rebind(&w, "corp", true, true), "on-trial");
	assert_string_equal(ask_pam(&w, MSG_AUTH, "alice"), "rebind-needed");
	world_end(&w);
}

static void test_the_same_subjects_keep_everybody(void **state)
{
	struct world w;
	uint32_t alice;

	(void)state;
	if (!make(&w, by_sub))
		skip();
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "learned");
	alice = world_uid_of(&w, "alice");
	reload(&w, moved);
	assert_string_equal(ask_pam(&w, MSG_AUTH, "carol"), "rebind-needed");
	assert_string_equal(rebind(&w, "corp", true, false), "confirm");
	assert_string_equal(rebind(&w, "corp", true, true), "");
	assert_string_equal(sign_in(&w, OTHER_ISS, "s1", "alice"), "permit rule=crew");
	assert_int_equal(world_uid_of(&w, "alice"), alice);
	world_end(&w);
}

/* What was asked for under one meaning is not taken under another. */
static void test_a_sign_in_under_way_does_not_outlive_its_meaning(void **state)
{
	struct world w;

	(void)state;
	if (!make(&w, by_sub))
		skip();
	world_sign_in(&w, "alice"); /* nobody is bound yet: nothing is guarded */
	reload(&w, by_token);
	assert_string_equal(finish(&w, WORLD_ISS, "s1", "alice"), "internal");
	assert_string_equal(sign_in(&w, WORLD_ISS, "17", "alice"), "learned");
	world_end(&w);
}

static void test_a_directory_of_another_issuer_is_not_read(void **state)
{
	static const char before[] = WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("crew");
	static const char after[] = MOVED WORLD_DIRECTORY WORLD_ALLOW("crew");
	struct wire_in in;
	struct world w;
	uint32_t alice;
	uint64_t flow;

	(void)state;
	if (!world_start(&w, before))
		skip();
	world_sync(&w, "crew", 0);
	world_open(&w);
	world_wait_for(&w, "alice");
	alice = world_uid_of(&w, "alice");
	reload(&w, after);
	while (fake_netd_next(&w.agentd.netd, 300 * USEC_PER_MSEC, &in) == 0)
		assert_int_not_equal(in.type, MSG_DIR_SYNC);
	assert_string_equal(rebind(&w, "corp", true, true), "");
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(world_uid_of(&w, "alice"), alice);
	world_end(&w);
}

/* A list that could not be read: no [deny] is escaped by it, now or in the account phase. */
static void test_a_spoiled_list_escapes_no_deny(void **state)
{
	static const char plain[] = WORLD_PROVIDER LEARNS WORLD_ALLOW("crew");
	static const char guarded[] = WORLD_PROVIDER LEARNS WORLD_ALLOW(
		"crew") "[deny banned]\nneed = entitlement:banned\n";
	static const char never[] = WORLD_PROVIDER LEARNS
		"[allow crew]\nneed = group:crew\nnever = entitlement:banned\n";
	struct world w;

	(void)state;
	if (!make(&w, guarded))
		skip();
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "learned");
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "permit rule=crew");
	w.agentd.netd.unknown = "entitlements";
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "denied-by=banned");
	reload(&w, never);
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "missing=!entitlement:banned");
	/* where no rule asks, it harms nobody; and the account phase remembers it */
	reload(&w, plain);
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "permit rule=crew");
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "permit rule=crew");
	reload(&w, guarded);
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "denied-by=banned");
	w.agentd.netd.unknown = NULL;
	reload(&w, plain);
	assert_string_equal(sign_in(&w, WORLD_ISS, "s1", "alice"), "permit rule=crew");
	reload(&w, guarded);
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "permit rule=crew");
	world_end(&w);
}

TEST_MAIN(TEST(test_another_place_for_the_subject_rebinds_nobody),
	  TEST(test_nobody_is_bound_by_what_is_on_trial),
	  TEST(test_the_same_subjects_keep_everybody),
	  TEST(test_a_sign_in_under_way_does_not_outlive_its_meaning),
	  TEST(test_a_directory_of_another_issuer_is_not_read),
	  TEST(test_a_spoiled_list_escapes_no_deny))
