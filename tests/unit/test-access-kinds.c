/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions that only some platforms can meet: roles and what they imply, products, tenants, ids
 * of programs; the gates that no rule opens; and the published vectors of paths and levels.
 */

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/access.h"
#include "tests/lib/conf.h"

#define NOW UINT64_C(1700000000)

#define LIST(...)                                                                    \
	{                                                                            \
		.n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), \
		.items = (const char *[])                                            \
		{                                                                    \
			__VA_ARGS__                                                  \
		}                                                                    \
	}

/* Six lines. */
#define PROVIDERS                                                              \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n" \
	"[provider city]\nissuer = https://city.example.org\nclient_id = host\n"

static struct config *take(const char *text)
{
	return conf_take(PROVIDERS, text);
}

static void refuse(const char *text, const char *wanted)
{
	conf_refuse(PROVIDERS, text, wanted);
}

static struct access_decision decide(const struct config *config, struct access_request request)
{
	struct access_decision decision;

	request.now = NOW;
	memset(&decision, 0xff, sizeof(decision)); /* nothing of it may survive */
	access_check(config->rules, &request, &decision);
	return decision;
}

static void ask(const struct config *config, struct access_request request, enum verdict verdict,
		const char *code)
{
	struct access_decision decision = decide(config, request);

	assert_string_equal(decision.code, code);
	assert_int_equal(decision.verdict, verdict);
	assert_int_equal(decision.person[0] == '\0', verdict == VERDICT_PERMIT);
}

/* ---- one text ---- */

static const struct {
	const char *kind;
	size_t offset;
} texts[] = {
	{ "site", offsetof(struct access_request, site) },
	{ "origin", offsetof(struct access_request, origin) },
	{ "uuid", offsetof(struct access_request, uuid) },
	{ "tenant", offsetof(struct access_request, tenant) },
	{ "client", offsetof(struct access_request, client) },
	{ "purpose", offsetof(struct access_request, purpose) },
	{ "eservice", offsetof(struct access_request, eservice) },
	{ "consumer", offsetof(struct access_request, consumer) },
};

static struct access_request with_text(size_t offset, const char *value)
{
	static const char *const groups[] = { "g" };
	struct access_request request = { .service = "sshd",
					  .groups = { .n = 1, .items = groups } };

	memcpy((char *)&request + offset, &value, sizeof(value));
	return request;
}

static void test_texts_are_compared_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_(config_freep) struct config *config = NULL;
		char text[128];

		(void)snprintf(text, sizeof(text), "[allow a]\nneed = %s:Lnf1\n", texts[i].kind);
		config = take(text);
		ask(config, with_text(texts[i].offset, "Lnf1"), VERDICT_PERMIT, "permit rule=a");
		assert_int_equal(decide(config, with_text(texts[i].offset, "")).verdict,
				 VERDICT_DENY);
		assert_int_equal(decide(config, with_text(texts[i].offset, NULL)).verdict,
				 VERDICT_DENY);
		(void)snprintf(text, sizeof(text),
			       "missing=%s:Lnf1 (the sign-in has %s:LNF1, differs only in case)",
			       texts[i].kind, texts[i].kind);
		ask(config, with_text(texts[i].offset, "LNF1"), VERDICT_DENY, text);
	}
}

/* What is not known helps nobody: an [allow] wants yes, a [deny] and a never want no. */
static void test_a_text_that_is_not_known_escapes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_(config_freep) struct config *never = NULL, *deny = NULL;
		char text[128];

		(void)snprintf(text, sizeof(text), "[allow a]\nneed = group:g\nnever = %s:x\n",
			       texts[i].kind);
		never = take(text);
		(void)snprintf(text, sizeof(text),
			       "[allow a]\nneed = group:g\n[deny d]\nneed = %s:x\n", texts[i].kind);
		deny = take(text);
		(void)snprintf(text, sizeof(text), "missing=!%s:x", texts[i].kind);
		ask(never, with_text(texts[i].offset, "x"), VERDICT_DENY, text);
		ask(never, with_text(texts[i].offset, NULL), VERDICT_DENY, text);
		ask(never, with_text(texts[i].offset, ""), VERDICT_PERMIT, "permit rule=a");
		ask(never, with_text(texts[i].offset, "y"), VERDICT_PERMIT, "permit rule=a");
		ask(deny, with_text(texts[i].offset, "x"), VERDICT_DENY, "denied-by=d");
		ask(deny, with_text(texts[i].offset, NULL), VERDICT_DENY, "denied-by=d");
		ask(deny, with_text(texts[i].offset, ""), VERDICT_PERMIT, "permit rule=a");
		ask(deny, with_text(texts[i].offset, "y"), VERDICT_PERMIT, "permit rule=a");
	}
}

/* Before a sign-in its token is not held against anybody: what it needs is asked for. */
static void test_a_planned_sign_in_is_hoped_for(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nneed = tenant:t role:r scope:s\nnever = origin:application\n"
		     "[deny d]\nneed = role:guest\nnever = site:LNF\n");
	struct access_request request = { .roles_unknown = true, .may_step_up = true };
	struct access_decision decision;

	(void)state;
	ask(config, request, VERDICT_DENY, "denied-by=d");
	request.signing_in = true;
	decision = decide(config, request);
	assert_int_equal(decision.verdict, VERDICT_STEP_UP);
	assert_int_equal(decision.step_up.n_new_scopes, 1);
	assert_string_equal(decision.step_up.scopes[0], "s");
	request.origin = "application"; /* known, and no hope */
	assert_int_equal(decide(config, request).verdict, VERDICT_DENY);
}

/* ---- lists ---- */

static void test_products_are_listed(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow readers]\nservice = epaper\nany = product:AOW product:AOW-PLUS\n"
		     "[deny trial]\nservice = epaper\nneed = product:TRIAL\n");
	struct access_request request = { .service = "epaper", .products = LIST("AOW") };

	(void)state;
	ask(config, request, VERDICT_PERMIT, "permit rule=readers");
	request.products = (struct access_list)LIST("NEWS", "SPORT"); /* named by no rule */
	ask(config, request, VERDICT_DENY, "missing=product:AOW|product:AOW-PLUS");
	request.products = (struct access_list)LIST("AOW", "TRIAL");
	ask(config, request, VERDICT_DENY, "denied-by=trial");
	request.products = (struct access_list)LIST("AOW");
	request.products_unknown = true; /* TRIAL may be among them */
	ask(config, request, VERDICT_DENY, "denied-by=trial");
}

#define CITY                                                                     \
	"[roles city]\nprovider = city\nROLE_OPERATORE_ADMIN = ROLE_OPERATORE\n" \
	"ROLE_OPERATORE = ROLE_USER\nROLE_ADMIN = ROLE_USER\n[roles all]\nROLE_USER = READER\n"

static void test_roles_imply_what_the_tables_say(void **state)
{
	static const struct {
		const char *held, *wanted, *provider;
		bool yes;
	} table[] = {
		{ "ROLE_OPERATORE_ADMIN", "ROLE_OPERATORE_ADMIN", "city", true },
		{ "ROLE_OPERATORE_ADMIN", "ROLE_OPERATORE", "city", true },
		{ "ROLE_OPERATORE_ADMIN", "ROLE_USER", "city", true },
		{ "ROLE_OPERATORE_ADMIN", "READER", "city", true },
		{ "ROLE_ADMIN", "READER", "city", true },
		{ "ROLE_ADMIN", "ROLE_OPERATORE", "city", false },
		{ "ROLE_USER", "ROLE_ADMIN", "city", false }, /* never backwards */
		{ "READER", "ROLE_USER", "city", false },
		{ "ROLE_ADMIN", "ROLE_USER", "corp", false }, /* another's roles */
		{ "ROLE_ADMIN", "READER", "corp", false },
		{ "ROLE_USER", "READER", "corp", true },
		{ "ROLE_USER", "READER", NULL, true },
		{ "ROLE_ADMIN", "ROLE_USER", NULL, false },
		{ "role_admin", "ROLE_USER", "city", false },
		{ "X", "X", "city", true }, /* named by no table */
		{ "X", "Y", "city", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		struct access_request request = { .service = "sshd",
						  .provider = table[i].provider,
						  .roles = LIST("another", table[i].held) };
		_cleanup_(config_freep) struct config *allow = NULL, *deny = NULL;
		char text[512];

		(void)snprintf(text, sizeof(text), CITY "[allow a]\nneed = role:%s\n",
			       table[i].wanted);
		allow = take(text);
		(void)snprintf(text, sizeof(text),
			       CITY "[allow a]\nneed = role:another\n[deny d]\nneed = role:%s\n",
			       table[i].wanted);
		deny = take(text);
		if ((decide(allow, request).verdict == VERDICT_PERMIT) != table[i].yes ||
		    (decide(deny, request).verdict == VERDICT_DENY) != table[i].yes)
			fail_msg("%s, which of %s", table[i].held, table[i].wanted);
	}
}

static void test_a_list_of_roles_that_is_not_known(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take(CITY "[allow a]\nneed = role:ROLE_USER\n[deny d]\nneed = role:BANNED\n");
	struct access_request request = { .provider = "city", .roles = LIST("ROLE_ADMIN") };

	(void)state;
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
	request.roles_unknown = true;
	ask(config, request, VERDICT_DENY, "denied-by=d");
	request = (struct access_request){ .roles = LIST("ROLE_USERS") };
	ask(config, request, VERDICT_DENY,
	    "missing=role:ROLE_USER (the sign-in has role:ROLE_USERS, looks alike)");
}

static void test_roles_that_go_in_a_circle_are_refused(void **state)
{
	(void)state;
	refuse("[roles r]\nA = A\n",
	       "t.conf:8: roles go in a circle: A -> A; which of them is the greater?\n");
	refuse("[roles r]\nB = C\nA = X B\nC = Y A\n",
	       "t.conf:9: roles go in a circle: A -> B -> C -> A; which of them is the greater?\n");
	/* no role of the circle is first, and the shortest one is told */
	refuse("[roles r]\nA = M\nM = N O\nN = O\nO = M\n",
	       "t.conf:9: roles go in a circle: M -> O -> M; which of them is the greater?\n");
	/* over two tables */
	refuse("[roles r]\nA = B\n[roles s]\nprovider = city\nB = A\n",
	       "t.conf:8: roles go in a circle: A -> B -> A; which of them is the greater?\n");
	/* two platforms may see it in two ways */
	config_free(take("[roles r]\nprovider = corp\nA = B\n[roles s]\nprovider = city\nB = A\n"
			 "[allow a]\nneed = role:A\n"));
}

static void test_tables_that_say_nothing_are_refused(void **state)
{
	char text[8192] = "[roles r]\n";
	size_t len = strlen(text);

	(void)state;
	refuse("[roles r]\nprovider = city\n",
	       "t.conf:7: [roles r] says of no role what it implies: write ROLE = ROLE ...\n");
	refuse("[roles r]\nprovider = ciy\nA = B\n",
	       "t.conf:8: there is no [provider ciy]: did you mean \"city\"?\n");
	refuse("[roles r]\nA =\n", "t.conf:8: A: there is nothing here; write at least 1\n");
	for (unsigned i = 0; i < 129; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "R%03u = R%03u\n", i,
					i + 1);
	refuse(text, "t.conf:8: the [roles] sections name more than 128 roles\n");
}

static void test_a_long_chain_is_climbed_at_once(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;
	char text[8192] = "[roles r]\n";
	size_t len = strlen(text);

	(void)state;
	for (unsigned i = 0; i < 127; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "R%03u = R%03u\n", i,
					i + 1);
	(void)snprintf(text + len, sizeof(text) - len, "[allow a]\nneed = role:R127\n");
	config = take(text);
	ask(config, (struct access_request){ .roles = LIST("R000") }, VERDICT_PERMIT,
	    "permit rule=a");
}

/* ---- names of this host for ids of the platform ---- */

#define ID(n) "00000000-0000-4000-8000-0000000000" n

static void test_a_section_s_id_is_what_is_compared(void **state)
{
	static const char graph[] = "[client A]\nclient_id = " ID(
		"0a") "\nprovider = corp\n"
		      "[purpose P1]\nid = " ID(
			      "01") "\nclients = A\neservice = X\n"
				    "[eservice X]\nid = " ID(
					    "0e") "\nprovider = corp\n[eservice Z]\nprovider = corp\n";
	char text[1024];
	_cleanup_(config_freep) struct config *config = NULL;
	struct access_request voucher = { .subject_kind = SUBJECT_WORKLOAD,
					  .workload_ok = true,
					  .client = ID("0a"),
					  .purpose = ID("01"),
					  .eservice = ID("0e"),
					  .consumer = "c" };

	(void)state;
	(void)snprintf(
		text, sizeof(text),
		"%s[allow a]\nneed = subject:workload client:A purpose:P1 eservice:X consumer:c\n"
		"[allow b]\nneed = eservice:Z\n[allow c]\nneed = purpose:" ID("02") "\n",
		graph);
	config = take(text);
	ask(config, voucher, VERDICT_PERMIT, "permit rule=a");
	voucher.purpose = "P1"; /* a token says ids */
	assert_int_equal(decide(config, voucher).verdict, VERDICT_DENY);
	voucher.purpose = ID("02"); /* an id that has no section */
	ask(config, voucher, VERDICT_PERMIT, "permit rule=c");
	ask(config, (struct access_request){ .eservice = "Z" }, VERDICT_PERMIT, "permit rule=b");

	(void)snprintf(text, sizeof(text), "%s[allow a]\nneed = client:a\n", graph);
	refuse(text,
	       "t.conf:20: there is no [client a]: did you mean \"A\"? (it differs only in case)\n");
	(void)snprintf(text, sizeof(text), "%s[allow a]\nneed = purpose:p1 eservice:x\n", graph);
	refuse(text,
	       "t.conf:20: there is no [purpose p1]: did you mean \"P1\"? (it differs only in case)\n"
	       "t.conf:20: there is no [eservice x]: did you mean \"X\"? (it differs only in case)\n");
}

/* ---- the gates ---- */

static void test_no_rule_opens_a_gate(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow all]\nany = user:anna subject:workload\n[deny d]\nneed = group:bad\n");
	struct access_request anna = { .user = "anna", .service = "sshd", .groups = LIST("bad") };
	struct access_decision decision;

	(void)state;
	anna.details_missing = true;
	ask(config, anna, VERDICT_DENY, "details-required");
	anna.may_step_up = true; /* no sign-in brings them by itself */
	ask(config, anna, VERDICT_DENY, "details-required");
	decision = decide(config, anna);
	assert_string_equal(decision.person,
			    "The platform still needs details of you: complete your profile there, "
			    "then sign in again.");
	anna.details = (struct access_list)LIST("phone", "birth\x1bplace");
	decision = decide(config, anna);
	assert_string_equal(
		decision.person,
		"The platform still needs details of you (phone, birth?place): complete "
		"your profile there, then sign in again.");
	assert_string_equal(
		decision.admin,
		"the platform says that details of this person are missing; no rule lets "
		"them in to sshd before");
	anna.subject_kind = SUBJECT_WORKLOAD;
	ask(config, anna, VERDICT_DENY, "workload-token");
	anna.anonymous = true;
	ask(config, anna, VERDICT_DENY, "anonymous");
	decision = decide(config, anna);
	assert_string_equal(decision.person,
			    "You are not signed in at the platform: what it gave you may not use "
			    "sshd here.");
	anna.workload_ok = true; /* a gate that is open opens no other */
	ask(config, anna, VERDICT_DENY, "anonymous");
	anna.anonymous = false;
	ask(config, anna, VERDICT_DENY, "details-required");
	anna.details_missing = false;
	ask(config, anna, VERDICT_DENY, "denied-by=d");
	anna.groups.n = 0;
	ask(config, anna, VERDICT_PERMIT, "permit rule=all");
}

static void test_details_of_before_do_not_hinder_the_next_sign_in(void **state)
{
	_cleanup_(config_freep) struct config *config = take("[allow a]\nneed = scope:s\n");
	struct access_request anna = { .details_missing = true,
				       .may_step_up = true,
				       .signing_in = true };

	(void)state;
	ask(config, anna, VERDICT_STEP_UP, "missing=scope:s");
}

/* ---- paths ---- */

/* As INDIGO IAM publishes them for its policies: what is granted, what is wanted. */
static void test_paths_as_published(void **state)
{
	static const struct {
		const char *granted, *wanted;
		bool holds;
	} table[] = {
		{ "read:/", "read:/", true },
		{ "read:/", "read:/pippo", true },
		{ "read:/", "read:/pippo/other#cheers", true },
		{ "write", "read:/", false },
		{ "read:pippo", "read:/", false },
		{ "read:/path", "read:/path", true },
		{ "read:/path", "read:/path/path/path", true },
		{ "read:/path", "read:/", false },
		{ "read:/path", "read:/other", false },
		/* the segment's border */
		{ "read:/path", "read:/pathology", false },
		{ "read:/path", "read:/path/x", true },
		{ "read:/path/", "read:/path/x", true },
		{ "read:/path/", "read:/path", true },
		{ "read:/path/", "read:/path/", true },
		{ "read:/path", "read:/path/", true },
		{ "read:/path/x", "read:/path", false },
		{ "read:/path/path", "read:/path/pathology", false },
		/* what may mean another path covers nothing */
		{ "read:/../example", "read:/example", false },
		{ "read:/ex/ample/..", "read:/ex/ample", false },
		{ "read:/ex/..", "read:/ex/x", false },
		{ "read:/.", "read:/x", false },
		{ "read:/./x", "read:/x", false },
		{ "read://", "read:/x", false },
		{ "read:/a//b", "read:/a/b", false },
		{ "read:/..a", "read:/..a/b", true },
		{ "read:/...", "read:/...", true },
		{ "read:/%2e%2e", "read:/x", false },
		{ "read:/a", "read:/%61", false },
		{ "", "read:/x", false },
		{ "read", "read:/x", false },
		{ "read:", "read:/x", false },
		{ "READ:/", "read:/x", false },
		{ "xread:/", "read:/x", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		_cleanup_(config_freep) struct config *config = NULL;
		struct access_request request = { .scopes = LIST(table[i].granted) };
		char text[128];

		(void)snprintf(text, sizeof(text), "[allow a]\nneed = path-scope:%s\n",
			       table[i].wanted);
		config = take(text);
		if ((decide(config, request).verdict == VERDICT_PERMIT) != table[i].holds)
			fail_msg("%s granted, %s wanted", table[i].granted, table[i].wanted);
	}
}

static void test_paths_that_mean_another_are_refused(void **state)
{
	static const char *const bad[] = { "read:/../example",
					   "read:/ex/ample/..",
					   "read:/..",
					   "read:/a/./b",
					   "read:/.",
					   "read://",
					   "read:/a//b",
					   "read:pippo",
					   "read",
					   "read:",
					   ":/x" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		char text[128], wanted[256];

		(void)snprintf(text, sizeof(text), "[deny a]\nneed = path-scope:%s\n", bad[i]);
		(void)snprintf(wanted, sizeof(wanted),
			       "t.conf:8: \"%s\" is no path scope: write NAME:/PATH, as in "
			       "storage.read:/data\n",
			       bad[i]);
		refuse(text, wanted);
	}
}

/* ---- levels as platforms write them ---- */

#define LEVELS                                                                                   \
	"[ladder loa]\n1 = claim:/loa=1 | origin:self | "                                        \
	"claim:/eduperson_assurance=https://refeds.org/assurance/IAP/low\n"                      \
	"2 = claim:/loa=2 | claim:/eduperson_assurance=https://refeds.org/assurance/IAP/medium " \
	"| entitlement:https://refeds.org/assurance/IAP/medium\n"                                \
	"3 = claim:/eduperson_assurance=https://refeds.org/assurance/IAP/high\n"                 \
	"[ladder acr.spid]\n1 = https://www.spid.gov.it/SpidL1\n"                                \
	"2 = https://www.spid.gov.it/SpidL2 | https://refeds.org/profile/mfa\n"                  \
	"3 = https://www.spid.gov.it/SpidL3\n"                                                   \
	"[ladder acr.eidas]\n1 = http://eidas.europa.eu/LoA/low\n"                               \
	"2 = http://eidas.europa.eu/LoA/substantial\n3 = http://eidas.europa.eu/LoA/high\n"      \
	"[ladder acr.refeds]\n1 = https://refeds.org/profile/sfa\n"                              \
	"2 = https://refeds.org/profile/mfa\n"

#define REFEDS_IAP "https://refeds.org/assurance/IAP/"

static void test_levels_of_identities(void **state)
{
	static const struct {
		const char *path, *value, *entitlement, *origin;
		unsigned level;
	} table[] = {
		{ "/loa", "1", NULL, "", 1 },
		{ "/loa", "2", NULL, "", 2 },
		{ "/loa", "3", NULL, "", 0 }, /* no rung of this ladder */
		{ "/loa", "LoA2", NULL, "", 0 },
		{ "/eduperson_assurance", REFEDS_IAP "low", NULL, "", 1 },
		{ "/eduperson_assurance", REFEDS_IAP "medium", NULL, "", 2 },
		{ "/eduperson_assurance", REFEDS_IAP "high", NULL, "", 3 },
		{ "/eduperson_assurance", REFEDS_IAP "High", NULL, "", 0 },
		{ "/eduperson_assurance", "https://refeds.org/assurance", NULL, "", 0 },
		{ "/loa", "1", REFEDS_IAP "medium", "", 2 }, /* the highest counts */
		{ "/x", "", NULL, "self", 1 },
		{ "/x", "", NULL, "application", 0 },
		{ "/x", "", NULL, NULL, 0 },
	};

	(void)state;
	for (unsigned level = 1; level <= 3; level++) {
		_cleanup_(config_freep) struct config *config = NULL;
		char text[2048];

		(void)snprintf(text, sizeof(text), LEVELS "[allow a]\nneed = loa:%u\n", level);
		config = take(text);
		for (size_t i = 0; i < ELEMENTSOF(table); i++) {
			struct access_claim claim = { table[i].path, table[i].value };
			struct access_request request = {
				.origin = table[i].origin,
				.n_claims = 1,
				.claims = &claim,
				.entitlements = LIST(table[i].entitlement ?: ""),
			};
			bool holds = table[i].level >= level;

			ask(config, request, holds ? VERDICT_PERMIT : VERDICT_DENY,
			    holds ? "permit rule=a" : "loa-too-low");
		}
	}
}

static void test_levels_of_sign_ins(void **state)
{
	static const struct {
		const char *acr;
		unsigned spid, eidas, refeds;
	} table[] = {
		{ "https://www.spid.gov.it/SpidL1", 1, 0, 0 },
		{ "https://www.spid.gov.it/SpidL2", 2, 0, 0 },
		{ "https://www.spid.gov.it/SpidL3", 3, 0, 0 },
		{ "https://www.spid.gov.it/spidl3", 0, 0, 0 },
		{ "https://www.spid.gov.it/SpidL33", 0, 0, 0 },
		{ "https://refeds.org/profile/mfa", 2, 0, 2 },
		{ "https://refeds.org/profile/sfa", 0, 0, 1 },
		{ "http://eidas.europa.eu/LoA/low", 0, 1, 0 },
		{ "http://eidas.europa.eu/LoA/substantial", 0, 2, 0 },
		{ "http://eidas.europa.eu/LoA/high", 0, 3, 0 },
		{ "http://eidas.europa.eu/LoA/NotNotified/high", 0, 0, 0 },
		{ "", 0, 0, 0 },
		{ NULL, 0, 0, 0 },
	};
	static const char *const ladders[] = { "spid", "eidas", "refeds" };

	(void)state;
	for (unsigned l = 0; l < ELEMENTSOF(ladders); l++)
		for (unsigned level = 1; level <= (l == 2 ? 2 : 3); level++) {
			_cleanup_(config_freep) struct config *config = NULL;
			char text[2048];

			(void)snprintf(text, sizeof(text), LEVELS "[allow a]\nneed = acr:%s.%u\n",
				       ladders[l], level);
			config = take(text);
			for (size_t i = 0; i < ELEMENTSOF(table); i++) {
				unsigned reached[] = { table[i].spid, table[i].eidas,
						       table[i].refeds };
				struct access_request request = { .acr = table[i].acr };

				if ((decide(config, request).verdict == VERDICT_PERMIT) !=
				    (reached[l] >= level))
					fail_msg("%s on %s.%u", table[i].acr ?: "none", ladders[l],
						 level);
			}
		}
}

/* ---- expectations ---- */

static void test_expectations_speak_of_every_kind(void **state)
{
	(void)state;
	config_free(take(
		CITY
		"[allow citizen]\nservice = residenza-api\n"
		"need = provider:city tenant:60e3c0de role:READER\nnever = origin:application\n"
		"[allow worker]\nservice = sshd\nany = site:LNF uuid:u1 product:P\n"
		"[expect operator]\nwho = provider:city tenant:60e3c0de role:ROLE_OPERATORE_ADMIN\n"
		"residenza-api = permit rule=citizen\nsshd = deny\n"
		"[expect another-tenant]\nwho = provider:city tenant:another role:ROLE_ADMIN\n"
		"residenza-api = deny missing=tenant:60e3c0de\n"
		"[expect born]\nwho = provider:city tenant:60e3c0de role:READER origin:application\n"
		"residenza-api = deny missing=!origin:application\n"
		"[expect works]\nwho = site:LNF\nsshd = permit\n"
		"[expect named]\nwho = uuid:u1\nsshd = permit\n"
		"[expect bought]\nwho = product:P\nsshd = permit\n"
		"[expect program]\nwho = subject:workload client:c purpose:p eservice:e consumer:o\n"
		"sshd = deny workload-token\n"
		"[service api]\nprompt = plain\n[allow x]\nservice = api\nneed = subject:workload eservice:X\n"
		"[expect voucher]\nwho = subject:workload eservice:X\napi = permit rule=x\nsshd = deny\n"
		"[expect another]\nwho = subject:workload eservice:Y\napi = deny missing=eservice:X\n"));
	refuse(CITY "[allow a]\nneed = role:ROLE_ADMIN\n[expect e]\n"
		    "who = provider:city role:ROLE_USER\nsshd = permit\n",
	       "t.conf:18: [expect e] expects sshd = permit, but it is deny missing=role:ROLE_ADMIN\n");
}

static void test_what_nobody_tells_is_noted(void **state)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;

	(void)state;
	assert_int_equal(
		conf_parse(PROVIDERS,
			   "tenant_from = /t\n[allow a]\nneed = tenant:t role:r\nany = product:p\n"
			   "[deny b]\nneed = role:s\nnever = origin:self\n",
			   &config, &said),
		0);
	assert_string_equal(
		said,
		"t.conf:8: note: [allow a] has a condition role: but no [provider] has roles_from: it holds for "
		"nobody\n"
		"t.conf:8: note: [allow a] has a condition product: but no [provider] has products_from: it "
		"holds for nobody\n"
		"t.conf:11: note: [deny b] has a condition origin: but no [provider] has origin_from: it holds "
		"for nobody\n");
	config_free(config);
}

TEST_MAIN(TEST(test_texts_are_compared_byte_for_byte),
	  TEST(test_a_text_that_is_not_known_escapes_nothing),
	  TEST(test_a_planned_sign_in_is_hoped_for), TEST(test_products_are_listed),
	  TEST(test_roles_imply_what_the_tables_say), TEST(test_a_list_of_roles_that_is_not_known),
	  TEST(test_roles_that_go_in_a_circle_are_refused),
	  TEST(test_tables_that_say_nothing_are_refused),
	  TEST(test_a_long_chain_is_climbed_at_once), TEST(test_a_section_s_id_is_what_is_compared),
	  TEST(test_no_rule_opens_a_gate),
	  TEST(test_details_of_before_do_not_hinder_the_next_sign_in),
	  TEST(test_paths_as_published), TEST(test_paths_that_mean_another_are_refused),
	  TEST(test_levels_of_identities), TEST(test_levels_of_sign_ins),
	  TEST(test_expectations_speak_of_every_kind), TEST(test_what_nobody_tells_is_noted))
