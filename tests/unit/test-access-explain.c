/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every reason code, word for word: what the log says, what the person reads, what the
 * administrator reads, and the whole trace. And what is true of all traces however large.
 */

#include "tests/lib/test.h"

#include "common/buf.h"
#include "idp-agentd/core/access-can.h"
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

#define HEAD                                                                    \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"  \
	"[scope host.login]\nprotects = sshd\ndescription = Log in to %h\n"     \
	"[scope host.sudo]\nprotects = sudo\ndescription = Become root on %h\n" \
	"[ladder loa]\n1 = 1\n2 = 2\n"                                          \
	"[ladder acr.spid]\n2 = https://www.spid.gov.it/SpidL2\n"

/* Of anna at sshd, from 192.0.2.7, one minute after a sign-in that brought nothing. */
static struct access_request anna(void)
{
	return (struct access_request){
		.user = "anna",
		.service = "sshd",
		.host = "build7",
		.from = "192.0.2.7",
		.provider = "corp",
		.subject_kind = SUBJECT_PERSON,
		.auth_time = NOW - 60,
		.now = NOW,
	};
}

#define ANNA_IS                                                          \
	"user          anna\nservice       sshd\nhost          build7\n" \
	"from          192.0.2.7\nprovider      corp\n"
#define NOTHING_BROUGHT                                                                \
	"groups        (none)\nentitlements  (none)\nscopes        (none)\n"           \
	"loa           (not known)\nacr           (not known)\namr           (none)\n" \
	"signed in     60 s ago\n"

static void check(const char *rules, const struct access_request *request, const char *code,
		  const char *person, const char *trace)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, rules);
	struct access_decision decision;
	char memory[ACCESS_TRACE_MAX];
	struct buf out;

	access_check(config->rules, request, &decision);
	assert_string_equal(decision.code, code);
	assert_string_equal(decision.person, person);
	buf_init_fixed(&out, memory, sizeof(memory));
	access_explain(config->rules, request, &out);
	assert_int_equal(buf_end(&out), 0);
	if (trace)
		assert_string_equal(memory, trace);
}

/* ---- each code ---- */

static void test_permit(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.groups = (struct access_list)LIST("staff");
	request.loa = "2";
	check("[allow a]\nneed = group:staff\nsession = 10h\noffline = 1d\n"
	      "[allow b]\nneed = loa:2\nsession = 8h\nmax-age = 2h\n"
	      "[allow c]\nneed = group:other\n"
	      "[allow d]\nservice = sudo\nneed = group:staff\n",
	      &request, "permit rule=a", "",
	      ANNA_IS "groups        staff\nentitlements  (none)\nscopes        (none)\n"
		      "loa           2\nacr           (not known)\namr           (none)\n"
		      "signed in     60 s ago\n"
		      "[allow a] t.conf:15: it permits\n"
		      "    need  group:staff: yes\n"
		      "[allow b] t.conf:19: it permits\n"
		      "    need  loa:2: yes\n"
		      "[allow c] t.conf:23\n"
		      "    need  group:other: no\n"
		      "(1 rule is about another service)\n"
		      "verdict       permit\nreason        permit rule=a\n"
		      "session       28800 s\noffline       86400 s\nmax-age       7200 s\n");
}

static void test_no_rule(void **state)
{
	struct access_request request = anna();
	(void)state;
	check("[allow a]\nservice = sudo\nneed = group:staff\n"
	      "[allow b]\nfrom = 10.0.0.0/8\nneed = group:staff\n",
	      &request, "no-rule",
	      "No rule of this host lets you use sshd. The administrator of this host sees why with "
	      "\"idpctl why anna sshd\".",
	      ANNA_IS NOTHING_BROUGHT "[allow b] t.conf:18 is about another from\n"
				      "(1 rule is about another service)\n"
				      "verdict       deny\nreason        no-rule\n"
				      "because       no [allow] rule is about service sshd here\n");
}

static void test_denied_by(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.groups = (struct access_list)LIST("staff", "blocked");
	check("[allow a]\nneed = group:staff\n"
	      "[deny bad]\nneed = group:blocked\n",
	      &request, "denied-by=bad",
	      "A rule of this host denies you sshd. The administrator of this host sees why with "
	      "\"idpctl why anna sshd\".",
	      ANNA_IS "groups        staff blocked\nentitlements  (none)\nscopes        (none)\n"
		      "loa           (not known)\nacr           (not known)\namr           (none)\n"
		      "signed in     60 s ago\n"
		      "[deny bad] t.conf:17: it denies\n"
		      "    need  group:blocked: yes\n"
		      "[allow a] t.conf:15: it permits\n"
		      "    need  group:staff: yes\n"
		      "verdict       deny\nreason        denied-by=bad\n"
		      "because       [deny bad] at t.conf:17 holds\n");
}

/* What differs only in case is told to the administrator, and to nobody else. */
static void test_missing(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.groups = (struct access_list)LIST("Staff");
	check("[allow a]\nneed = group:staff scope:host.login\nany = user:bob entitlement:gold\n",
	      &request,
	      "missing=group:staff scope:host.login user:bob|entitlement:gold (the sign-in has "
	      "group:Staff, differs only in case)",
	      "You may not use sshd here. Missing: membership in a group, the right \"Log in to "
	      "build7\", something that your account does not have or an entitlement. The "
	      "administrator of this host sees why with \"idpctl why anna sshd\".",
	      ANNA_IS
	      "groups        Staff\nentitlements  (none)\nscopes        (none)\n"
	      "loa           (not known)\nacr           (not known)\namr           (none)\n"
	      "signed in     60 s ago\n"
	      "[allow a] t.conf:15\n"
	      "    need  group:staff: no (there is Staff, differs only in case)\n"
	      "    need  scope:host.login: no\n"
	      "    any   user:bob: no\n"
	      "    any   entitlement:gold: no\n"
	      "verdict       deny\n"
	      "reason        missing=group:staff scope:host.login user:bob|entitlement:gold "
	      "(the sign-in has group:Staff, differs only in case)\n"
	      "because       [allow a] at t.conf:15 came closest, but there is no group:staff "
	      "scope:host.login user:bob|entitlement:gold\n");
}

static void test_step_up(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.may_step_up = true;
	check("[allow a]\nneed = scope:host.login acr:spid.2 fresh:30s\n", &request,
	      "missing=scope:host.login acr:spid.2 fresh:30s",
	      "You may not use sshd here. Missing: the right \"Log in to build7\", a stronger "
	      "sign-in, a newer sign-in.",
	      ANNA_IS NOTHING_BROUGHT
	      "[allow a] t.conf:15\n"
	      "    need  scope:host.login: no\n"
	      "    need  acr:spid.2: no\n"
	      "    need  fresh:30s: no\n"
	      "verdict       step-up\nreason        missing=scope:host.login acr:spid.2 fresh:30s\n"
	      "because       [allow a] at t.conf:15 came closest, but there is no scope:host.login "
	      "acr:spid.2 fresh:30s\n");
}

static void test_loa_too_low(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.loa = "1";
	check("[allow a]\nneed = loa:2\nsay = Go to the user office.\n", &request, "loa-too-low",
	      "Your identity is not verified well enough for sshd here. Go to the user office.",
	      ANNA_IS "groups        (none)\nentitlements  (none)\nscopes        (none)\n"
		      "loa           1\nacr           (not known)\namr           (none)\n"
		      "signed in     60 s ago\n"
		      "[allow a] t.conf:15\n"
		      "    need  loa:2: no\n"
		      "verdict       deny\nreason        loa-too-low\n"
		      "because       [allow a] at t.conf:15 came closest, but there is no loa:2\n");
}

static void test_stale_login(void **state)
{
	struct access_request request = anna();
	(void)state;
	check("[allow a]\nneed = provider:corp\nmax-age = 30s\n", &request, "stale-login",
	      "Your sign-in is too long ago for sshd; please sign in again.",
	      ANNA_IS NOTHING_BROUGHT
	      "[allow a] t.conf:15: it permits\n"
	      "    need  provider:corp: yes\n"
	      "verdict       deny\nreason        stale-login\n"
	      "because       [allow a] and its like permit, but not max-age=30s\n");
}

static void test_workload_token(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.subject_kind = SUBJECT_WORKLOAD;
	check("[allow a]\nneed = provider:corp\n", &request, "workload-token",
	      "This identity belongs to a program, not to a person; it cannot sign in here.",
	      ANNA_IS NOTHING_BROUGHT
	      "subject       a program\n"
	      "[allow a] t.conf:15: it permits\n"
	      "    need  provider:corp: yes\n"
	      "verdict       deny\nreason        workload-token\n"
	      "because       a workload opens no session, whatever the rules say\n");
}

static void test_anonymous(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.anonymous = true;
	check("[allow a]\nneed = provider:corp\n", &request, "anonymous",
	      "You are not signed in at the platform: what it gave you may not use sshd here.",
	      ANNA_IS NOTHING_BROUGHT
	      "anonymous     yes, says the platform\n"
	      "[allow a] t.conf:15: it permits\n"
	      "    need  provider:corp: yes\n"
	      "verdict       deny\nreason        anonymous\n"
	      "because       the platform gives such a token to anybody; no rule lets it in\n");
}

static void test_details_required(void **state)
{
	struct access_request request = anna();
	(void)state;
	request.details_missing = true;
	request.details = (struct access_list)LIST("birth-date", "photo");
	check("[allow a]\nneed = provider:corp\n", &request, "details-required",
	      "The platform still needs details of you (birth-date, photo): complete your profile "
	      "there, then sign in again.",
	      ANNA_IS NOTHING_BROUGHT
	      "still wanted  birth-date photo\n"
	      "[allow a] t.conf:15: it permits\n"
	      "    need  provider:corp: yes\n"
	      "verdict       deny\nreason        details-required\n"
	      "because       the platform says that details of this person are missing; no rule "
	      "lets them in to sshd before\n");
	request.details = (struct access_list)LIST("true", "photo");
	check("[allow a]\nneed = provider:corp\n", &request, "details-required",
	      "The platform still needs details of you (photo): complete your profile there, then "
	      "sign in again.",
	      NULL);
	request.details.n = 1;
	check("[allow a]\nneed = provider:corp\n", &request, "details-required",
	      "The platform still needs details of you: complete your profile there, then sign in "
	      "again.",
	      NULL);
}

/* ---- what the person is not told ---- */

static void test_no_name_that_opens_the_host_is_told(void **state)
{
	static const char *const secrets[] = { "g-one", "g-two",   "bob",  "10.0.0.0", "e-gold",
					       "/org",  "calcolo", "infn", "SpidL2",   "amr-otp" };
	static const char *const rules[] = {
		"[allow a]\nneed = group:g-one claim:/org/unit=calcolo from:10.0.0.0/8\n",
		"[allow a]\nany = user:bob group:g-two entitlement:e-gold amr:amr-otp\n",
		"[allow a]\nneed = provider:corp acr:https://www.spid.gov.it/SpidL2\n"
		"never = group:Staff\n",
		"[deny g-one]\nneed = group:Staff\n",
		"[allow a]\nneed = provider:infn\n[provider infn]\nissuer = https://infn.org\n"
		"client_id = x\n",
	};
	struct access_request request = anna();
	(void)state;
	request.groups = (struct access_list)LIST("Staff");
	for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
		_cleanup_(config_freep) struct config *config = conf_take(HEAD, rules[i]);
		struct access_decision decision;

		access_check(config->rules, &request, &decision);
		assert_true(decision.person[0] != '\0');
		for (size_t j = 0; j < ELEMENTSOF(secrets); j++)
			if (strstr(decision.person, secrets[j]))
				fail_msg("\"%s\" tells %s", decision.person, secrets[j]);
	}
}

static void test_too_much_is_not_half_told(void **state)
{
	char *rules = NULL;
	size_t len;
	FILE *file = open_memstream(&rules, &len);
	struct access_request request = anna();
	_cleanup_(config_freep) struct config *config = NULL;
	struct access_decision decision;
	(void)state;
	assert_non_null(file);
	for (unsigned i = 0; i < 6; i++)
		(void)fprintf(file,
			      "[scope s%u]\nprotects = sshd\ndescription = Do a rather long "
			      "and wordy thing number %u on the machine %%h\n",
			      i, i);
	(void)fprintf(file, "[allow a]\nneed = scope:s0 scope:s1 scope:s2 scope:s3 scope:s4\n");
	assert_int_equal(fclose(file), 0);
	config = conf_take(HEAD, rules);
	access_check(config->rules, &request, &decision);
	assert_string_equal(decision.person,
			    "You may not use sshd here: several things are missing. The "
			    "administrator of this host sees why with \"idpctl why anna sshd\".");
	free(rules);
}

/* ---- however much there is ---- */

/* The verdict is there behind a thousand rules and lists without end, and what decided before them.
 */
static void test_the_verdict_is_always_told(void **state)
{
	static char big[8][1024];
	static const char *items[512];
	struct access_request request = anna();
	struct access_claim claims[256];
	char memory[ACCESS_TRACE_MAX], *rules = NULL;
	size_t len;
	FILE *file = open_memstream(&rules, &len);
	_cleanup_(config_freep) struct config *config = NULL;
	struct buf out;
	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < ELEMENTSOF(big); i++)
		memset(big[i], 'a' + (int)i, sizeof(big[i]) - 1);
	for (size_t i = 0; i < ELEMENTSOF(items); i++)
		items[i] = big[i % ELEMENTSOF(big)];
	for (size_t i = 0; i < ELEMENTSOF(claims); i++)
		claims[i] = (struct access_claim){ .path = "/x", .value = big[0] };
	for (unsigned i = 0; i < 1000; i++)
		(void)fprintf(file, "[allow a%u]\nneed = group:nobody%u claim:/x=y\n", i, i);
	(void)fprintf(file, "[allow zz]\nneed = provider:corp\n");
	assert_int_equal(fclose(file), 0);
	config = conf_take(HEAD, rules);
	request.groups = request.roles = request.products = request.entitlements = request.scopes =
		request.amr = (struct access_list){ .n = ELEMENTSOF(items), .items = items };
	request.user = request.tenant = request.uuid = request.site = request.origin = request.acr =
		request.loa = request.client = request.purpose = big[1];
	request.claims = claims;
	request.n_claims = ELEMENTSOF(claims);
	buf_init_fixed(&out, memory, sizeof(memory));
	access_explain(config->rules, &request, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_non_null(strstr(memory, "[allow zz] t.conf:2015: it permits\n"));
	assert_non_null(strstr(memory, " more rules were looked at and have no room here)\n"));
	assert_non_null(strstr(memory, "verdict       permit\nreason        permit rule=zz\n"));
	free(rules);
}

/* ---- what is supposed ---- */

static void can(const char *rules, struct access_request request, const char *const *conditions,
		size_t n, const char *code, const char *part)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, rules);
	char memory[ACCESS_TRACE_MAX], reason[REASON_MAX];
	struct access_decision decision;
	struct buf out;

	buf_init_fixed(&out, memory, sizeof(memory));
	assert_int_equal(access_can(config, &request, conditions, n, &decision, &out, reason), 0);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(decision.code, code);
	if (!strstr(memory, part))
		fail_msg("\"%s\" does not have \"%s\"", memory, part);
}

#define CAN(rules, request, code, part, ...)                      \
	can(rules, request, (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), code, part)

static void test_conditions_are_added_or_take_the_place(void **state)
{
	static const char rules[] = "[allow a]\nneed = group:staff scope:host.login loa:2\n"
				    "[deny b]\nneed = from:10.0.0.0/8\n";
	struct access_request request = anna();
	(void)state;
	request.groups = (struct access_list)LIST("staff");
	request.loa = "2";
	CAN(rules, request, "permit rule=a", "need  scope:host.login: yes (supposed)\n",
	    "scope:host.login");
	CAN(rules, request, "permit rule=a", "groups        staff more\n", "scope:host.login",
	    "group:more");
	CAN(rules, request, "loa-too-low", "need  loa:2: no\n", "scope:host.login", "loa:1");
	CAN(rules, request, "denied-by=b", "from          10.1.2.3\n", "from:10.1.2.3");
	CAN("[allow a]\nneed = fresh:1m\n", request, "stale-login", "signed in     3600 s ago\n",
	    "fresh:1h");
}

static void test_what_is_no_condition_is_refused(void **state)
{
	static const struct {
		const char *condition, *reason;
	} table[] = {
		{ "host.sudo",
		  "\"host.sudo\" is no condition: write KIND:VALUE, as in group:staff" },
		{ "scope:host.Sudo",
		  "there is no [scope host.Sudo]: did you mean \"host.sudo\" (it "
		  "differs only in case)?" },
		{ "loa:7", "[ladder loa] has no rung 7" },
		{ "from:10.0.0.0/8",
		  "\"10.0.0.0/8\" is a network: somebody comes from one address" },
	};
	_cleanup_(config_freep) struct config *config =
		conf_take(HEAD, "[allow a]\nneed = provider:corp\n");
	struct access_request request = anna();
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		char memory[ACCESS_TRACE_MAX], reason[REASON_MAX] = "";
		struct access_decision decision;
		struct buf out;

		buf_init_fixed(&out, memory, sizeof(memory));
		assert_int_equal(access_can(config, &request, &table[i].condition, 1, &decision,
					    &out, reason),
				 CONFIG_E_REFUSED);
		assert_string_equal(reason, table[i].reason);
	}
}

TEST_MAIN(TEST(test_permit), TEST(test_no_rule), TEST(test_denied_by), TEST(test_missing),
	  TEST(test_step_up), TEST(test_loa_too_low), TEST(test_stale_login),
	  TEST(test_workload_token), TEST(test_anonymous), TEST(test_details_required),
	  TEST(test_no_name_that_opens_the_host_is_told), TEST(test_too_much_is_not_half_told),
	  TEST(test_the_verdict_is_always_told), TEST(test_conditions_are_added_or_take_the_place),
	  TEST(test_what_is_no_condition_is_refused))
