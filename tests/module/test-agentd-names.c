/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd and people with two names: what NSS, PAM and idpctl say of alice and of
 * alice@example.org agree, and neither form ever becomes somebody else.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "tests/lib/world.h"

#define NAMES_BOTH "domain = example.org\naliases = yes\n"

static const char config_short[] = WORLD_PROVIDER WORLD_DIRECTORY NAMES_BOTH WORLD_ALLOW("staff");
static const char config_plain[] =
	WORLD_PROVIDER WORLD_DIRECTORY "domain = example.org\n" WORLD_ALLOW("staff");
static const char config_qualified[] =
	WORLD_PROVIDER WORLD_DIRECTORY NAMES_BOTH "names = qualified\n" WORLD_ALLOW("staff");
static const char config_two[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[directory guests]\nkind = userinfo\n" NAMES_BOTH WORLD_ALLOW("staff");
static const char config_learned[] = WORLD_PROVIDER
	"[directory people]\nkind = userinfo\nname_case = lower\n" NAMES_BOTH WORLD_ALLOW("staff");

/* Until idpctl would find the name; false: the test cannot run here. */
static bool names_start(struct world *w, const char *config, const char *known)
{
	if (!world_start(w, config))
		return false;
	world_open(w);
	if (!known)
		return true;
	world_sync(w, "staff", 0);
	world_wait_for(w, known);
	return true;
}

/* GETPWNAM of a name that the record knows: what the entry is called. */
static uint32_t names_ask(struct world *w, const char *asked, const char *called)
{
	const char *const texts[] = { asked, NULL };
	struct wire_in in;
	uint32_t uid;

	assert_int_equal(talk_ask(&w->talk, MSG_GETPWNAM, texts), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_USER);
	assert_string_equal(wire_get_str(&in, 64), called);
	uid = wire_get_u32(&in);
	return uid;
}

static void names_miss(struct world *w, const char *asked)
{
	const char *const texts[] = { asked, NULL };

	assert_int_equal(talk_ask(&w->talk, MSG_GETPWNAM, texts), 0);
	assert_int_equal(talk_next_type(&w->talk), MSG_NOTFOUND);
}

static int names_approve(struct world *w, const char *sub, const char *name)
{
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(
		fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub, name, "staff"),
		0);
	return world_finish(w);
}

static void test_both_forms_are_one_person(void **state)
{
	static const struct {
		const char *config, *name, *alias;
	} cases[] = {
		{ config_short, "alice", "alice@example.org" },
		{ config_qualified, "alice@example.org", "alice" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const char *const groups_of[] = { cases[i].alias, NULL };
		struct world w;
		uint32_t uid;

		if (!names_start(&w, cases[i].config, cases[i].name))
			skip();
		uid = names_ask(&w, cases[i].name, cases[i].name);
		assert_int_equal(names_ask(&w, cases[i].alias, cases[i].name), uid);
		assert_int_equal(talk_ask(&w.talk, MSG_INITGROUPS, groups_of), 0);
		assert_int_equal(talk_next_type(&w.talk), MSG_GIDS);
		/* sshd hands to PAM what was typed */
		world_sign_in(&w, cases[i].alias);
		assert_int_equal(names_approve(&w, "s1", "alice"), WIRE_PERMIT);
		assert_int_equal(talk_pam(&w.talk, MSG_ACCT, cases[i].alias), 0);
		assert_int_equal(world_finish(&w), WIRE_PERMIT);
		assert_int_equal(talk_pam(&w.talk, MSG_OPEN, cases[i].alias), 0);
		assert_int_equal(world_finish(&w), WIRE_PERMIT);
		/* and bob is not let in as alice under either */
		world_sign_in(&w, cases[i].alias);
		assert_int_equal(names_approve(&w, "s2", "bob"), WIRE_DENY);
		assert_string_equal(w.reason, "someone-else");
		world_end(&w);
	}
}

/* Rules and decisions go by the name of the record, whichever was asked about. */
static void test_idpctl_takes_either_form(void **state)
{
	static const char *const show[] = { "alice@example.org", NULL };
	static const char *const why[] = { "alice@example.org", "sshd", NULL };
	struct world w;
	struct talk talk;

	(void)state;
	if (!names_start(&w, config_short, "alice"))
		skip();
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice@example.org"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_SHOW_USER, show), 0);
	assert_int_equal(talk_next_type(&talk), MSG_ROW);
	while (talk_next_type(&talk) == MSG_ROW)
		;
	assert_int_equal(talk_ask(&talk, MSG_WHY, why), 0);
	assert_int_equal(talk_next_type(&talk), MSG_ROW);
	talk_close(&talk);
	world_end(&w);
}

/* doctor names who is not found by the other form, and whose home is not the platform's. */
static void test_doctor_says_who_is_not_found(void **state)
{
	static const char *const none[] = { NULL };
	struct wire_in in;
	struct world w;
	struct talk talk;
	uint64_t flow;
	bool found = false;

	(void)state;
	if (!names_start(&w, config_qualified, "alice@example.org"))
		skip();
	/* a namesake of root, whose short form is the system's */
	assert_int_equal(
		talk_ask(&w.talk, MSG_GETPWNAM, (const char *const[]){ "root@example.org", NULL }),
		0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s9", "root"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_USER);
	names_miss(&w, "root");
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_DOCTOR, none), 0);
	while (!found) {
		uint32_t n;

		assert_int_equal(talk_next(&talk, &in), 0);
		assert_int_equal(in.type, MSG_ROW);
		IGNORE(wire_get_str(&in, 64));
		n = wire_get_count(&in);
		for (uint32_t i = 0; i < n; i++)
			found |= strstr(wire_get_field(&in).value, "root@example.org: the other "
								   "form") != NULL;
	}
	talk_close(&talk);
	world_end(&w);
}

/* Without aliases the other form is nobody: no directory is asked, however often. */
static void test_without_aliases_there_is_one_name(void **state)
{
	struct world w;
	struct wire_in in;

	(void)state;
	if (!names_start(&w, config_plain, "alice"))
		skip();
	IGNORE(names_ask(&w, "alice", "alice"));
	names_miss(&w, "alice@example.org");
	names_miss(&w, "Alice");
	names_miss(&w, "zoe@example.org");
	assert_int_equal(fake_netd_next(&w.agentd.netd, 100 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice@example.org"), 0);
	assert_int_equal(world_finish(&w), WIRE_NOT_OURS);
	world_end(&w);
}

/* Platforms write either form: both are asked for, and what comes is called by this host's. */
static void test_a_directory_is_asked_for_both(void **state)
{
	static const char *const name[] = { "dave@example.org", NULL };
	struct world w;
	struct wire_in in;
	uint64_t first, second;

	(void)state;
	if (!names_start(&w, config_short, "alice"))
		skip();
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &first), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &second), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, first, true, ""), 0);
	assert_int_equal(fake_netd_user(&w.agentd.netd, second, "s3", "dave@example.org"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, second, true, ""), 0);
	assert_int_equal(talk_next(&w.talk, &in), 0);
	assert_int_equal(in.type, MSG_USER);
	assert_string_equal(wire_get_str(&in, 64), "dave");
	world_end(&w);
}

/* Who is learned is learned under this host's form, whichever was typed and told. */
static void test_learned_people_have_both_names(void **state)
{
	struct world w;

	(void)state;
	if (!names_start(&w, config_learned, NULL))
		skip();
	world_sign_in(&w, "carol@example.org");
	assert_int_equal(names_approve(&w, "c1", "Carol@Example.org"), WIRE_DENY);
	assert_string_equal(w.reason, "learned");
	assert_int_equal(names_ask(&w, "carol@example.org", "carol"),
			 names_ask(&w, "carol", "carol"));
	world_sign_in(&w, "carol@example.org");
	assert_int_equal(names_approve(&w, "c1", "Carol@Example.org"), WIRE_PERMIT);
	/* the same name of another domain is another name, and not hers to learn */
	world_sign_in(&w, "dora");
	assert_int_equal(names_approve(&w, "d1", "dora@partner.example"), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	world_end(&w);
}

/*
 * alice@example.org is to be learned as alice of the guests; that another directory has an alice
 * makes it nobody else's account meanwhile.
 */
static void test_a_form_of_nobody_is_not_somebody_else(void **state)
{
	static const char *const name[] = { "alice@example.org", NULL };
	struct world w;
	uint64_t flow;

	(void)state;
	if (!names_start(&w, config_two, "alice"))
		skip();
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_NOTFOUND);
	world_sign_in(&w, "alice@example.org");
	assert_int_equal(names_approve(&w, "s1", "alice"), WIRE_DENY);
	world_sign_in(&w, "alice@example.org");
	assert_int_equal(names_approve(&w, "s1", "alice"), WIRE_DENY);
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice@example.org"), 0);
	assert_int_equal(world_finish(&w), WIRE_NOT_OURS);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_forms_are_one_person),
		cmocka_unit_test(test_idpctl_takes_either_form),
		cmocka_unit_test(test_doctor_says_who_is_not_found),
		cmocka_unit_test(test_without_aliases_there_is_one_name),
		cmocka_unit_test(test_a_directory_is_asked_for_both),
		cmocka_unit_test(test_learned_people_have_both_names),
		cmocka_unit_test(test_a_form_of_nobody_is_not_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
