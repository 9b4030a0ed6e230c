/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Roles, tenants and details through the real daemon: what a sign-in says decides it, and what was
 * kept of it decides the account phase of the next day.
 */
#include "tests/lib/test.h"

#include <string.h>

#include "tests/lib/world.h"

#define RULES                                                                                    \
	WORLD_DIRECTORY                                                                          \
	"[roles city]\nprovider = corp\nROLE_ADMIN = ROLE_OPERATOR\nROLE_OPERATOR = ROLE_USER\n" \
	"[allow operators]\nservice = sshd\nneed = role:ROLE_OPERATOR tenant:60e3c0de\n"         \
	"never = origin:application\n[deny banned]\nneed = role:BANNED\n"
#define FROM                                                                     \
	"roles_from = /roles\ntenant_from = /tenant_id\norigin_from = /origin\n" \
	"details_from = /required_details\n"

static const char config_all[] = WORLD_PROVIDER FROM RULES;

static bool begin(struct world *w, const char *config)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_wait_for_record(w, "alice");
	world_open(w);
	return true;
}

static int sign_in(struct world *w, const char *const *claims)
{
	world_sign_in(w, "alice");
	w->agentd.netd.claims = claims;
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(
		fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, "s1", "alice", ""),
		0);
	return world_finish(w);
}

static int account(struct world *w)
{
	assert_int_equal(talk_pam(&w->talk, MSG_ACCT, "alice"), 0);
	return world_finish(w);
}

static const char *const admin[] = { "/roles=ROLE_ADMIN", "/tenant_id=60e3c0de", "/origin=self",
				     NULL };

static void test_what_was_told_counts_at_once_and_later(void **state)
{
	struct world w;

	(void)state;
	if (!begin(&w, config_all))
		skip();
	/* who never signed in is not known to be none of the banned */
	assert_int_equal(account(&w), WIRE_DENY);
	assert_string_equal(w.reason, "denied-by=banned");
	assert_int_equal(sign_in(&w, admin), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit rule=operators");
	assert_int_equal(account(&w), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit rule=operators");
	world_end(&w);
}

static void test_the_last_sign_in_is_the_one_that_counts(void **state)
{
	static const char *const another[] = { "/roles=ROLE_ADMIN", "/tenant_id=60e3c0d3",
					       "/origin=self", NULL };
	static const char *const born[] = { "/roles=ROLE_ADMIN", "/tenant_id=60e3c0de",
					    "/origin=application", NULL };
	static const char *const silent[] = { "/roles=ROLE_ADMIN", "/tenant_id=60e3c0de", NULL };
	static const char *const object[] = { "/roles=ROLE_ADMIN", "/roles/name=x",
					      "/tenant_id=60e3c0de", "/origin=self", NULL };
	static const struct {
		const char *const *claims;
		const char *code;
	} table[] = {
		{ another,
		  "missing=tenant:60e3c0de (the sign-in has tenant:60e3c0d3, looks alike)" },
		{ born, "missing=!origin:application" },
		{ silent, "missing=!origin:application" }, /* it was to be told */
		{ object, "denied-by=banned" },
	};
	struct world w;

	(void)state;
	if (!begin(&w, config_all))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		assert_int_equal(sign_in(&w, table[i].claims), WIRE_DENY);
		assert_string_equal(w.reason, table[i].code);
	}
	world_end(&w);
}

static void test_details_that_the_platform_misses_keep_outside(void **state)
{
	static const char *const missing[] = { "/roles=ROLE_ADMIN", "/tenant_id=60e3c0de",
					       "/origin=self", "/required_details=birthplace",
					       NULL };
	struct world w;

	(void)state;
	if (!begin(&w, config_all))
		skip();
	assert_int_equal(sign_in(&w, missing), WIRE_DENY);
	assert_string_equal(w.reason, "details-required");
	assert_int_equal(sign_in(&w, admin), WIRE_PERMIT);
	assert_int_equal(account(&w), WIRE_PERMIT);
	world_end(&w);
}

static void test_what_was_not_told_refuses_where_a_rule_forbids(void **state)
{
	static const struct {
		const char *mark, *code;
	} table[] = {
		{ "roles", "denied-by=banned" },
		{ "details", "details-required" },
		{ "products", NULL }, /* no rule asks for one */
	};
	struct world w;

	(void)state;
	if (!begin(&w, config_all))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		int verdict = table[i].code ? WIRE_DENY : WIRE_PERMIT;

		w.agentd.netd.unknown = table[i].mark;
		assert_int_equal(sign_in(&w, admin), verdict);
		if (table[i].code)
			assert_string_equal(w.reason, table[i].code);
	}
	world_end(&w);
}

/* The key, cron and sudo with a timestamp ask the account phase alone. */
static void test_whom_a_sign_in_refuses_no_older_one_lets_in(void **state)
{
	static const char *const details[] = { "/roles=ROLE_ADMIN", "/tenant_id=60e3c0de",
					       "/origin=self", "/required_details=birthplace",
					       NULL };
	static const char *const lost[] = { "/roles=ROLE_USER", "/tenant_id=60e3c0de",
					    "/origin=self", NULL };
	static const char *const banned[] = { "/roles=ROLE_ADMIN", "/roles=BANNED",
					      "/tenant_id=60e3c0de", "/origin=self", NULL };
	static const struct {
		const char *const *claims;
		const char *code;
	} table[] = {
		{ details, "details-required" },
		{ lost, "missing=role:ROLE_OPERATOR" },
		{ banned, "denied-by=banned" },
	};
	struct world w;

	(void)state;
	if (!begin(&w, config_all))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		assert_int_equal(sign_in(&w, admin), WIRE_PERMIT);
		assert_int_equal(account(&w), WIRE_PERMIT);
		assert_int_equal(sign_in(&w, table[i].claims), WIRE_DENY);
		assert_int_equal(account(&w), WIRE_DENY);
		assert_memory_equal(w.reason, table[i].code, strlen(table[i].code));
	}
	world_end(&w);
}

#define ALL "[allow all]\nneed = provider:corp\n"
static void test_who_never_signed_in_is_not_known_to_have_none(void **state)
{
	static const struct {
		const char *rule, *code;
	} table[] = {
		{ ALL "[deny x]\nneed = entitlement:banned\n", "denied-by=x" },
		{ ALL "[deny x]\nneed = claim:/kind=guest\n", "denied-by=x" },
		{ ALL "never = entitlement:banned\n", "missing=!entitlement:banned" },
		{ ALL "never = claim:/kind=guest\n", "missing=!claim:/kind=guest" },
	};
	struct world w;
	char config[4096];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		(void)snprintf(config, sizeof(config), "%s%s", WORLD_PROVIDER WORLD_DIRECTORY,
			       table[i].rule);
		if (!begin(&w, config))
			skip();
		assert_int_equal(account(&w), WIRE_DENY);
		assert_string_equal(w.reason, table[i].code);
		assert_int_equal(sign_in(&w, NULL), WIRE_PERMIT);
		assert_int_equal(account(&w), WIRE_PERMIT);
		world_end(&w);
	}
}

TEST_MAIN(TEST(test_who_never_signed_in_is_not_known_to_have_none),
	  TEST(test_whom_a_sign_in_refuses_no_older_one_lets_in),
	  TEST(test_what_was_told_counts_at_once_and_later),
	  TEST(test_the_last_sign_in_is_the_one_that_counts),
	  TEST(test_details_that_the_platform_misses_keep_outside),
	  TEST(test_what_was_not_told_refuses_where_a_rule_forbids))
