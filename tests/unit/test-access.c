/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may enter: decision tables, the platforms' examples, and a second opinion by chance. */

#include "tests/lib/test.h"

#include "common/buf.h"
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

#define PROVIDERS                                                              \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n" \
	"[provider infn]\nissuer = https://iam.example.org/\nclient_id = host\n"

static struct config *take(const char *text)
{
	return conf_take(PROVIDERS, text);
}

/* Lines are counted behind the six of PROVIDERS. */
static void refuse(const char *text, const char *wanted)
{
	conf_refuse(PROVIDERS, text, wanted);
}

static struct access_decision decide(const struct config *config,
				     const struct access_request *request)
{
	struct access_decision decision;

	memset(&decision, 0xff, sizeof(decision)); /* nothing of it may survive */
	access_check(config->rules, request, &decision);
	return decision;
}

/* One question to a set of rules, and the code that is expected. */
static void ask(const struct config *config, struct access_request request, enum verdict verdict,
		const char *code)
{
	struct access_decision decision;

	request.now = NOW;
	decision = decide(config, &request);
	assert_string_equal(decision.code, code);
	assert_int_equal(decision.verdict, verdict);
	assert_int_equal(decision.person[0] == '\0', verdict == VERDICT_PERMIT);
}

/* ---- the shape of a decision ---- */

static void test_zero_is_no(void **state)
{
	_cleanup_(config_freep) struct config *config = take("[allow a]\nneed = group:staff\n");
	struct access_request nobody = { .user = NULL };
	struct access_decision decision = decide(config, &nobody);

	(void)state;
	assert_int_equal(VERDICT_DENY, 0);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_string_equal(decision.code, "missing=group:staff");
	assert_string_equal(decision.rule, "a");
	assert_string_equal(decision.person,
			    "You may not use this service here. Missing: membership in a group.");
	assert_string_equal(decision.admin,
			    "[allow a] at t.conf:7 came closest, but there is no group:staff");
	assert_int_equal(decision.n_missing, 1);
	assert_string_equal(decision.missing[0], "group:staff");
}

static void test_without_a_rule_nobody_enters(void **state)
{
	_cleanup_(config_freep) struct config *config = take("");
	_cleanup_(config_freep) struct config *other =
		take("[allow a]\nservice = sudo\nneed = group:g\n");

	(void)state;
	ask(config, (struct access_request){ .user = "anna", .groups = LIST("g") }, VERDICT_DENY,
	    "no-rule");
	ask(other, (struct access_request){ .service = "sshd", .groups = LIST("g") }, VERDICT_DENY,
	    "no-rule");
	ask(other, (struct access_request){ .groups = LIST("g") }, VERDICT_DENY, "no-rule");
	ask(other, (struct access_request){ .service = "sudo", .groups = LIST("g") },
	    VERDICT_PERMIT, "permit rule=a");
}

static void test_deny_wins_whatever_else_holds(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow z]\nneed = group:staff\n[deny b]\nneed = group:leavers\nsay = Go to the helpdesk.\n"
		"[allow a]\nneed = user:anna\n[deny a]\nneed = group:leavers group:staff\n");
	struct access_request request = { .user = "anna",
					  .service = "sshd",
					  .groups = LIST("staff", "leavers") };
	struct access_decision decision;

	(void)state;
	ask(config, request, VERDICT_DENY, "denied-by=a");
	request.groups = (struct access_list)LIST("leavers");
	ask(config, request, VERDICT_DENY, "denied-by=b");
	decision = decide(config, &request);
	assert_string_equal(decision.person,
			    "A rule of this host denies you sshd. Go to the helpdesk.");
	assert_string_equal(decision.admin, "[deny b] at t.conf:9 holds");
	request.groups = (struct access_list)LIST("staff");
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
	request.user = "bob";
	ask(config, request, VERDICT_PERMIT, "permit rule=z");
}

static void test_need_any_never(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nneed = group:a group:b\nany = group:c group:d\nnever = group:x group:y\n");

	(void)state;
	ask(config, (struct access_request){ .groups = LIST("a", "b", "c") }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .groups = LIST("d", "b", "a", "z") }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .groups = LIST("a", "c") }, VERDICT_DENY,
	    "missing=group:b");
	ask(config, (struct access_request){ .groups = LIST("a", "b") }, VERDICT_DENY,
	    "missing=group:c|group:d");
	ask(config, (struct access_request){ .groups = LIST("a", "b", "c", "y") }, VERDICT_DENY,
	    "missing=!group:y");
	ask(config, (struct access_request){ .groups = LIST("c", "x") }, VERDICT_DENY,
	    "missing=group:a group:b !group:x");
}

static void test_the_closest_rule_is_named(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow far]\nneed = group:a group:b group:c\n[allow near]\nneed = group:a group:d\n");

	(void)state;
	ask(config, (struct access_request){ .groups = LIST("a") }, VERDICT_DENY,
	    "missing=group:d");
	ask(config, (struct access_request){ .groups = LIST("a", "b") }, VERDICT_DENY,
	    "missing=group:c");
}

static void test_the_strictest_effects_win(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nneed = group:a\nsession = 10h\noffline = 24h\n"
		"[allow b]\nneed = group:b\nsession = 1h\n[allow c]\nneed = group:c\noffline = no\nmax-age = 8h\n");
	struct access_request request = { .groups = LIST("a", "b", "c"),
					  .now = NOW,
					  .auth_time = NOW - 60 };
	struct access_decision decision = decide(config, &request);

	(void)state;
	assert_int_equal(decision.verdict, VERDICT_PERMIT);
	assert_true(decision.session == USEC_PER_HOUR);
	assert_true(decision.offline == 0);
	assert_true(decision.max_age == 8 * USEC_PER_HOUR);
	request.groups = (struct access_list)LIST("b");
	decision = decide(config, &request);
	assert_true(decision.session == USEC_PER_HOUR);
	assert_true(decision.offline == USEC_INFINITY);
	assert_true(decision.max_age == USEC_INFINITY);
}

/* Who was let in and is permitted by no rule any more is bound by the strictest that was asked. */
static void test_a_session_is_bound_by_every_rule_about_it(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nservice = sshd\nneed = group:a\nsession = 10h\nmax-age = 1h\n"
		     "[allow b]\nservice = sshd\nneed = group:b\nsession = 2h\n"
		     "[allow c]\nservice = login\nneed = group:c\nsession = 1h\n"
		     "[allow d]\nservice = cron\nneed = group:a\n");
	struct access_request request = { .service = "sshd" };

	(void)state;
	assert_true(access_session(config->rules, &request) == 2 * USEC_PER_HOUR);
	request.service = "login";
	assert_true(access_session(config->rules, &request) == USEC_PER_HOUR);
	request.service = "cron";
	assert_true(access_session(config->rules, &request) == USEC_INFINITY);
	request.service = NULL;
	assert_true(access_session(config->rules, &request) == USEC_INFINITY);
}

static void test_max_age_is_applied(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nneed = group:a\nmax-age = 8h\n");
	struct access_request request = { .service = "sshd",
					  .groups = LIST("a"),
					  .auth_time = NOW - 8 * 3600 };
	struct access_decision decision;

	(void)state;
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
	request.auth_time--;
	ask(config, request, VERDICT_DENY, "stale-login");
	request.auth_time = 0; /* never signed in */
	ask(config, request, VERDICT_DENY, "stale-login");
	request.auth_time = NOW + TOKEN_LEEWAY_SEC + 1; /* a clock that runs ahead proves nothing */
	ask(config, request, VERDICT_DENY, "stale-login");
	request.may_step_up = true;
	ask(config, request, VERDICT_STEP_UP, "stale-login");
	request.now = NOW;
	decision = decide(config, &request);
	assert_true(decision.step_up.max_age == 8 * 3600);
	assert_string_equal(decision.missing[0], "max-age=8h");
}

/* ---- one kind after another ---- */

static void test_values_are_compared_byte_for_byte(void **state)
{
	_cleanup_(config_freep) struct config *config = take("[allow a]\nneed = group:Staff\n");

	(void)state;
	ask(config, (struct access_request){ .groups = LIST("Staff") }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .groups = LIST("staff") }, VERDICT_DENY,
	    "missing=group:Staff (the sign-in has group:staff, differs only in case)");
	ask(config, (struct access_request){ .groups = LIST("Staff ", "Staf", "Staffx") },
	    VERDICT_DENY, "missing=group:Staff (the sign-in has group:Staff , looks alike)");
	ask(config, (struct access_request){ .groups = LIST("", "engineering") }, VERDICT_DENY,
	    "missing=group:Staff");
}

static void test_scopes_name_their_near_misses(void **state)
{
	_cleanup_(config_freep) struct config *config = take("[allow a]\nneed = scope:host.sudo\n");

	(void)state;
	ask(config, (struct access_request){ .scopes = LIST("openid", "host.Sudo") }, VERDICT_DENY,
	    "missing=scope:host.sudo (granted has scope:host.Sudo, differs only in case)");
	ask(config, (struct access_request){ .scopes = LIST("openid", "host.sud") }, VERDICT_DENY,
	    "missing=scope:host.sudo (granted has scope:host.sud, looks alike)");
	/* a terminal is not moved by what a platform says */
	ask(config, (struct access_request){ .scopes = LIST("host.sudo\x1b") }, VERDICT_DENY,
	    "missing=scope:host.sudo (granted has scope:host.sudo?, looks alike)");
}

static void test_path_scopes_end_at_a_slash(void **state)
{
	static const struct {
		const char *granted;
		bool holds;
	} table[] = {
		{ "storage.read:/data", true },     { "storage.read:/", true },
		{ "storage.read:/data/", true },    { "storage.read:/dat", false },
		{ "storage.read:/data/x", false },  { "storage.read:", false },
		{ "storage.read", false },          { "storage.write:/data", false },
		{ "storage.read:/../data", false }, { "storage.read:/x/..", false },
		{ "storage.read:/DATA", false },    { "storage.read://", false },
	};
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nneed = path-scope:storage.read:/data\n");

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		struct access_request request = { .scopes = LIST(table[i].granted) };

		if ((decide(config, &request).verdict == VERDICT_PERMIT) != table[i].holds)
			fail_msg("%s", table[i].granted);
	}
}

static void test_levels_are_compared_with_at_least(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nneed = loa:2\nsay = See the office.\n");
	struct access_request request = { .service = "sshd" };

	(void)state;
	static const char *const high[] = { "2", "3", "10" }, *const low[] = { "1",  "0",    "",
									       "02", "LoA2", "2 ",
									       "-2" };

	for (size_t i = 0; i < ELEMENTSOF(high); i++) {
		request.loa = high[i];
		ask(config, request, VERDICT_PERMIT, "permit rule=a");
	}
	for (size_t i = 0; i < ELEMENTSOF(low); i++) {
		request.loa = low[i];
		ask(config, request, VERDICT_DENY, "loa-too-low");
	}
	request.loa = NULL;
	assert_string_equal(
		decide(config, &request).person,
		"Your identity is not verified well enough for sshd here. See the office.");
}

static void test_ladders(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[ladder loa]\n1 = claim:/loa=1\n2 = claim:/loa=2 | entitlement:https://refeds.org/IAP/medium | gold\n"
		"[ladder acr.spid]\n1 = https://www.spid.gov.it/SpidL1\n"
		"2 = https://www.spid.gov.it/SpidL2 | https://refeds.org/profile/mfa\n3 = https://www.spid.gov.it/SpidL3\n"
		"[allow l]\nservice = l\nneed = loa:2\n[allow s]\nservice = s\nneed = acr:spid.2\n"
		"[allow p]\nservice = p\nneed = acr:https://refeds.org/profile/mfa\n");
	struct access_claim two = { .path = "/loa", .value = "2" },
			    one = { .path = "/loa", .value = "1" };
	struct access_request request = { .service = "s", .may_step_up = true, .now = NOW };
	struct access_decision decision;

	(void)state;
	ask(config, (struct access_request){ .service = "l", .n_claims = 1, .claims = &two },
	    VERDICT_PERMIT, "permit rule=l");
	ask(config, (struct access_request){ .service = "l", .n_claims = 1, .claims = &one },
	    VERDICT_DENY, "loa-too-low");
	ask(config,
	    (struct access_request){ .service = "l",
				     .entitlements = LIST("https://refeds.org/IAP/medium") },
	    VERDICT_PERMIT, "permit rule=l");
	ask(config, (struct access_request){ .service = "l", .loa = "gold" }, VERDICT_PERMIT,
	    "permit rule=l");
	/* with a ladder the bare number means nothing */
	ask(config, (struct access_request){ .service = "l", .loa = "2" }, VERDICT_DENY,
	    "loa-too-low");
	request.acr = "https://www.spid.gov.it/SpidL3";
	ask(config, request, VERDICT_PERMIT, "permit rule=s");
	request.acr = "https://refeds.org/profile/mfa";
	ask(config, request, VERDICT_PERMIT, "permit rule=s");
	request.acr = "https://www.spid.gov.it/SpidL1";
	ask(config, request, VERDICT_STEP_UP, "missing=acr:spid.2");
	decision = decide(config, &request);
	assert_int_equal(decision.step_up.n_acr, 3);
	assert_string_equal(decision.step_up.acr[0], "https://www.spid.gov.it/SpidL2");
	request.service = "p";
	request.acr = "https://refeds.org/profile/MFA";
	ask(config, request, VERDICT_STEP_UP,
	    "missing=acr:https://refeds.org/profile/mfa (the sign-in has acr:https://refeds.org/profile/MFA, "
	    "differs only in case)");
}

/* [service] acr: a higher rung is good, a lower or an unknown one is not, nor a missing one. */
static void test_a_context_reaches_what_was_asked(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[ladder acr.spid]\n1 = https://www.spid.gov.it/SpidL1\n"
		"2 = https://www.spid.gov.it/SpidL2 | https://refeds.org/profile/mfa\n3 = https://www.spid.gov.it/SpidL3\n"
		"[ladder loa]\n1 = low\n2 = high\n[allow a]\nneed = group:staff\n");
	static const struct {
		const char *acr, *wanted;
		bool good;
	} rows[] = {
		{ "x", "x", true },
		{ "x", "X", false },
		{ NULL, "x", false },
		{ "", "", false },
		{ "https://www.spid.gov.it/SpidL3", "https://www.spid.gov.it/SpidL2", true },
		{ "https://refeds.org/profile/mfa", "https://www.spid.gov.it/SpidL2", true },
		{ "https://www.spid.gov.it/SpidL1", "https://www.spid.gov.it/SpidL2", false },
		{ "unknown", "https://www.spid.gov.it/SpidL1", false },
		{ "https://www.spid.gov.it/SpidL1", "unknown", false },
		{ "high", "low", false }, /* the ladder of loa is not one of contexts */
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(access_acr_reaches(config->rules, rows[i].acr, rows[i].wanted),
				 rows[i].good);
}

static void test_claims(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nneed = claim:/org/unit=it=x\n");
	struct access_claim claims[] = { { "/org/unit", "x" },
					 { "/org/unit", "it=x" },
					 { "/org", "it=x" } };

	(void)state;
	ask(config, (struct access_request){ .n_claims = 3, .claims = claims }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .n_claims = 1, .claims = claims }, VERDICT_DENY,
	    "missing=claim:/org/unit=it=x");
	ask(config, (struct access_request){ .n_claims = 1, .claims = claims + 2 }, VERDICT_DENY,
	    "missing=claim:/org/unit=it=x");
}

static void test_fresh(void **state)
{
	_cleanup_(config_freep) struct config *config = take("[allow a]\nneed = fresh:15m\n");

	(void)state;
	ask(config, (struct access_request){ .auth_time = NOW - 900 }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .auth_time = NOW }, VERDICT_PERMIT, "permit rule=a");
	ask(config, (struct access_request){ .auth_time = NOW + TOKEN_LEEWAY_SEC }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .auth_time = NOW - 901 }, VERDICT_DENY, "stale-login");
	ask(config, (struct access_request){ .auth_time = NOW + 86400 }, VERDICT_DENY,
	    "stale-login");
	ask(config, (struct access_request){ .auth_time = 0 }, VERDICT_DENY, "stale-login");
	ask(config, (struct access_request){ .auth_time = UINT64_MAX }, VERDICT_DENY,
	    "stale-login");
}

static void test_networks(void **state)
{
	static const struct {
		const char *from;
		bool inside;
	} table[] = {
		{ "10.1.2.3", true },
		{ "11.0.0.0", false },
		{ "", true },
		{ "2001:db8::1", true },
		{ "2001:db9::1", false },
		{ "::ffff:10.0.0.1", true },
		{ "fe80::1%eth0", false },
		{ "host.example.org", false },
		{ "local", false },
		{ "10.0.0.0/8", false },
		{ "192.0.2.7", true },
		{ "192.0.2.6", false },
	};
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nfrom = 10.0.0.0/8 2001:db8::/32 192.0.2.7 local\nneed = group:g\n");

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++)
		ask(config, (struct access_request){ .from = table[i].from, .groups = LIST("g") },
		    table[i].inside ? VERDICT_PERMIT : VERDICT_DENY,
		    table[i].inside ? "permit rule=a" : "no-rule");
	ask(config, (struct access_request){ .groups = LIST("g") }, VERDICT_DENY, "no-rule");
}

static void test_what_is_not_known_helps_nobody(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nservice = s\nneed = group:g\n[deny outside]\nfrom = 203.0.113.0/24\nneed = group:g\n"
		"[deny other]\non = evil.example.org\nneed = group:h\n"
		"[allow n]\nservice = n\nneed = group:n\nnever = from:203.0.113.0/24\n"
		"[deny p]\nneed = provider:infn group:p\n");
	struct access_request request = {
		.service = "s", .from = "192.0.2.1", .groups = LIST("g"), .provider = "corp"
	};

	(void)state;
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
	request.from = "some.host.example.org"; /* cannot be told */
	ask(config, request, VERDICT_DENY, "denied-by=outside");
	request.from = NULL;
	ask(config, request, VERDICT_DENY, "denied-by=outside");
	assert_string_equal(decide(config, &request).admin,
			    "[deny outside] at t.conf:10 holds (its \"from\" cannot be told)");
	request.from = "";
	request.groups = (struct access_list)LIST("h");
	ask(config, request, VERDICT_DENY, "denied-by=other"); /* host NULL */
	request.host = "good.example.org";
	ask(config, request, VERDICT_DENY, "missing=group:g");
	ask(config,
	    (struct access_request){ .service = "n",
				     .host = "h",
				     .from = "x.example.org",
				     .groups = LIST("n"),
				     .provider = "corp" },
	    VERDICT_DENY, "missing=!from:203.0.113.0/24");
	ask(config, (struct access_request){ .host = "h", .from = "", .groups = LIST("g", "p") },
	    VERDICT_DENY, "denied-by=p");
}

/* The platform's list was none: nobody is known to be in a group, or not to be in one. */
static void test_a_list_that_could_not_be_read_helps_nobody(void **state)
{
	_cleanup_(config_freep) struct config *allow = take("[allow a]\nneed = group:staff\n");
	_cleanup_(config_freep) struct config *any =
		take("[allow a]\nany = entitlement:x user:anna\n");
	_cleanup_(config_freep) struct config *never =
		take("[allow a]\nneed = user:anna\nnever = entitlement:banned\n");
	_cleanup_(config_freep) struct config *deny =
		take("[allow a]\nneed = user:anna\n[deny d]\nneed = group:leavers\n");
	_cleanup_(config_freep) struct config *ladder =
		take("[ladder loa]\n1 = entitlement:low\n2 = entitlement:high\n"
		     "[allow a]\nneed = user:anna\n[deny d]\nneed = loa:2\n");
	struct access_request unknown = { .user = "anna",
					  .groups_unknown = true,
					  .entitlements_unknown = true };
	struct access_request empty = { .user = "anna" };

	(void)state;
	ask(allow, unknown, VERDICT_DENY, "missing=group:staff");
	ask(any, unknown, VERDICT_PERMIT, "permit rule=a");
	ask(never, empty, VERDICT_PERMIT, "permit rule=a");
	ask(never, unknown, VERDICT_DENY, "missing=!entitlement:banned");
	ask(deny, empty, VERDICT_PERMIT, "permit rule=a");
	ask(deny, unknown, VERDICT_DENY, "denied-by=d");
	ask(ladder, empty, VERDICT_PERMIT, "permit rule=a");
	ask(ladder, unknown, VERDICT_DENY, "denied-by=d");
	unknown.groups = (struct access_list)LIST("staff"); /* a directory says so */
	ask(allow, unknown, VERDICT_PERMIT, "permit rule=a");
	unknown.groups_unknown = false; /* each list for itself */
	ask(deny, unknown, VERDICT_PERMIT, "permit rule=a");
	ask(never, unknown, VERDICT_DENY, "missing=!entitlement:banned");
}

static void test_sudo_does_not_say_whom_it_becomes(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nservice = sudo su\nas = root\nneed = group:g\n"
		     "[allow p]\nservice = sudo\nas = postgres\nneed = group:p\n"
		     "[deny d]\nas = postgres\nneed = group:d\n");
	struct access_request request = { .service = "sudo", .groups = LIST("g") };

	(void)state;
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
	request.groups = (struct access_list)LIST("p"); /* could become root as well */
	ask(config, request, VERDICT_DENY, "missing=group:g");
	request.as = "postgres";
	ask(config, request, VERDICT_PERMIT, "permit rule=p");
	request.as = NULL;
	request.groups = (struct access_list)LIST("g", "d");
	ask(config, request, VERDICT_DENY, "denied-by=d");
	request.service = "su";
	request.groups = (struct access_list)LIST("g");
	ask(config, request, VERDICT_DENY, "no-rule");
	request.as = "root";
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
}

static void test_a_workload_opens_no_session(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nneed = subject:workload\n[allow b]\nneed = subject:person\n[allow c]\nneed = group:g\n");
	struct access_request request = { .groups = LIST("g"), .subject_kind = SUBJECT_WORKLOAD };

	(void)state;
	ask(config, request, VERDICT_DENY, "workload-token");
	request.workload_ok = true;
	ask(config, request, VERDICT_PERMIT, "permit rule=a");
	request.groups.n = 0;
	request.subject_kind = SUBJECT_PERSON;
	ask(config, request, VERDICT_PERMIT, "permit rule=b");
	request.subject_kind = SUBJECT_UNKNOWN;
	ask(config, request, VERDICT_DENY, "missing=subject:workload");
}

/* ---- stepping up ---- */

static void test_step_up_asks_for_exactly_what_is_missing(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nneed = group:g scope:host.sudo acr:mfa fresh:15m\nany = scope:x group:y\n");
	struct access_request request = {
		.service = "sudo",
		.groups = LIST("g"),
		.auth_time = NOW - 7200,
		.now = NOW,
		.may_step_up = true,
	};
	struct access_decision decision = decide(config, &request);

	(void)state;
	assert_int_equal(decision.verdict, VERDICT_STEP_UP);
	assert_string_equal(decision.code,
			    "missing=scope:host.sudo acr:mfa fresh:15m scope:x|group:y");
	assert_int_equal(decision.step_up.n_scopes, 2);
	assert_string_equal(decision.step_up.scopes[0], "host.sudo");
	assert_string_equal(decision.step_up.scopes[1], "x");
	assert_int_equal(decision.step_up.n_acr, 1);
	assert_string_equal(decision.step_up.acr[0], "mfa");
	assert_true(decision.step_up.max_age == 900);
	request.may_step_up = false; /* once per attempt */
	ask(config, request, VERDICT_DENY,
	    "missing=scope:host.sudo acr:mfa fresh:15m scope:x|group:y");
	request.may_step_up = true;
	request.groups.n = 0; /* no sign-in brings a group */
	ask(config, request, VERDICT_DENY,
	    "missing=group:g scope:host.sudo acr:mfa fresh:15m scope:x|group:y");
}

/* The next sign-in counts for itself: what this one brought is asked for behind what is missing. */
static void test_what_was_brought_has_to_be_brought_again(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nneed = group:g scope:x acr:mfa fresh:15m\nany = user:anna scope:y\n"
		"max-age = 10m\n");
	struct access_request request = {
		.service = "sudo",
		.groups = LIST("g"),
		.scopes = LIST("x", "y"),
		.acr = "mfa",
		.auth_time = NOW - 7200,
		.now = NOW,
		.may_step_up = true,
	};
	struct access_decision decision = decide(config, &request);

	(void)state;
	assert_int_equal(decision.verdict, VERDICT_STEP_UP);
	assert_string_equal(decision.code, "stale-login");
	assert_int_equal(decision.step_up.n_scopes, 2);
	assert_int_equal(decision.step_up.n_new_scopes, 0);
	assert_string_equal(decision.step_up.scopes[0], "x");
	assert_string_equal(decision.step_up.scopes[1], "y");
	assert_int_equal(decision.step_up.n_acr, 1);
	assert_true(decision.step_up.newer && !decision.step_up.stronger);
	assert_true(decision.step_up.max_age == 600); /* the rule's own is the strictest */
	request.user = "anna";                        /* she is who she is without a token */
	request.scopes.n = 0;
	request.auth_time = NOW;
	decision = decide(config, &request);
	assert_string_equal(decision.code, "missing=scope:x");
	assert_int_equal(decision.step_up.n_scopes, 1);
	assert_int_equal(decision.step_up.n_new_scopes, 1);
	assert_true(!decision.step_up.newer && !decision.step_up.stronger);
	request.scopes.n = 1;
	request.acr = NULL;
	decision = decide(config, &request);
	assert_true(!decision.step_up.newer && decision.step_up.stronger);
	request.acr = "mfa";
	decision = decide(config, &request);
	assert_int_equal(decision.verdict, VERDICT_PERMIT); /* and what it rests on */
	assert_int_equal(decision.step_up.n_scopes, 1);
	assert_int_equal(decision.step_up.n_acr, 1);
	request.auth_time = NOW - 700; /* fresh enough, and older than the effect max-age */
	decision = decide(config, &request);
	assert_int_equal(decision.verdict, VERDICT_STEP_UP);
	assert_string_equal(decision.code, "stale-login");
	assert_true(decision.step_up.newer && decision.step_up.max_age == 600);
	assert_int_equal(decision.step_up.n_acr, 1);
	request.may_step_up = false;
	decision = decide(config, &request);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.step_up.n_acr, 0);
}

/* Before a sign-in nobody knows the token's groups; its scopes must be asked for all the same. */
static void test_before_a_sign_in_the_token_is_not_held_against_anybody(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nneed = group:g scope:host.login fresh:15m\n[deny d]\nneed = group:leavers\n"
		"[allow z]\nservice = z\nneed = user:bob scope:x\n[allow y]\nservice = y\nneed = scope:y\nnever = user:bob\n");
	struct access_request request = {
		.service = "sshd", .user = "anna", .may_step_up = true, .now = NOW
	};
	struct access_decision decision;

	(void)state;
	ask(config, request, VERDICT_DENY, "missing=group:g scope:host.login fresh:15m");
	request.signing_in = true;
	ask(config, request, VERDICT_STEP_UP, "missing=group:g scope:host.login fresh:15m");
	decision = decide(config, &request);
	assert_int_equal(decision.step_up.n_scopes, 1);
	assert_string_equal(decision.step_up.scopes[0], "host.login");
	assert_true(decision.step_up.max_age == 900);
	request.service =
		"z"; /* a token does not change who somebody is on this host; rule a may do */
	decision = decide(config, &request);
	assert_string_equal(decision.rule, "a");
	request.groups = (struct access_list)LIST("leavers");
	ask(config, request, VERDICT_DENY, "denied-by=d");
	request = (struct access_request){
		.service = "y", .user = "bob", .may_step_up = true, .signing_in = true, .now = NOW
	};
	decision = decide(config, &request);
	assert_string_equal(decision.rule, "a");
}

static void test_a_rule_that_a_sign_in_can_meet_is_closer(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take("[allow a]\nneed = group:g\n[allow b]\nneed = scope:x scope:y\n");
	struct access_request request = { .may_step_up = true };

	(void)state;
	ask(config, request, VERDICT_STEP_UP, "missing=scope:x scope:y");
}

static void test_a_level_is_brought_only_by_an_authentication(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[ladder loa]\n1 = claim:/loa=1\n2 = claim:/loa=2\n3 = acr:https://mfa | claim:/loa=3\n"
		"[ladder loa.office]\n1 = claim:/seen=true\n[allow a]\nservice = a\nneed = loa:2\n"
		"[allow o]\nservice = o\nneed = loa:office.1\n");

	(void)state;
	ask(config, (struct access_request){ .service = "a", .may_step_up = true }, VERDICT_STEP_UP,
	    "loa-too-low");
	ask(config, (struct access_request){ .service = "a", .acr = "https://mfa" }, VERDICT_PERMIT,
	    "permit rule=a");
	ask(config, (struct access_request){ .service = "o", .may_step_up = true }, VERDICT_DENY,
	    "loa-too-low");
}

/* ---- what the parser refuses ---- */

static void test_conditions_that_mean_nothing_are_refused(void **state)
{
	(void)state;
	refuse("[allow a]\nservice = sshd\nnever = group:x\n",
	       "t.conf:7: [allow a] has neither need nor any: it would let everybody in; say who, as in need = "
	       "group:staff\n");
	refuse("[deny a]\nsay = no\n",
	       "t.conf:7: [deny a] has no condition: it would keep everybody out of everything\n");
	refuse("[allow a]\nneed = staff\n",
	       "t.conf:8: \"staff\" is no condition: write KIND:VALUE, as in group:staff\n");
	refuse("[allow a]\nneed = Group:staff\n",
	       "t.conf:8: \"Group:\" is not a kind of condition: did you mean \"group:\"?\n");
	refuse("[allow a]\nneed = zzz:staff\n", "t.conf:8: \"zzz:\" is not a kind of condition\n");
	refuse("[allow a]\nneed = group:\n", "t.conf:8: there is no value after \"group:\"\n");
	refuse("[allow a]\nneed =\n", "t.conf:8: need: there is nothing here; write at least 1\n");
	refuse("[allow a]\nneed = provider:Corp\n",
	       "t.conf:8: there is no [provider Corp]: did you mean \"corp\" (it differs only in case)?\n");
	refuse("[allow a]\nneed = user:Anna\n", "t.conf:8: \"Anna\" is not a user name\n");
	refuse("[allow a]\nneed = loa:high\n",
	       "t.conf:8: \"high\" is no level: write loa:NUMBER or loa:LADDER.NUMBER\n");
	refuse("[allow a]\nneed = acr:spid.2\n", "t.conf:8: there is no [ladder acr.spid]\n");
	refuse("[ladder loa]\n1 = x\n[allow a]\nneed = loa:2\n",
	       "t.conf:10: [ladder loa] has no rung 2\n");
	refuse("[allow a]\nneed = fresh:15\n",
	       "t.conf:8: \"15\" is not a time: write a number and s, m, h or d, as in fresh:15m\n");
	refuse("[allow a]\nneed = claim:loa=2\n",
	       "t.conf:8: \"loa=2\" is no claim: write claim:/JSON/POINTER=VALUE\n");
	refuse("[allow a]\nneed = subject:human\n",
	       "t.conf:8: \"human\" is not person or workload\n");
	refuse("[allow a]\nneed = from:10.0.0.1/8\n",
	       "t.conf:8: \"10.0.0.1/8\" has bits behind its /8: is the address or the length wrong?\n");
	refuse("[allow a]\nfrom = example.org\nneed = group:a\n",
	       "t.conf:8: from: \"example.org\" is no network: write ADDRESS/BITS or local\n");
	refuse("[allow a]\nneed = path-scope:storage.read\n",
	       "t.conf:8: \"storage.read\" is no path scope: write NAME:/PATH, as in storage.read:/data\n");
	refuse("[allow a]\nneed = group:a\nwhen = night\n",
	       "t.conf:9: unknown key \"when\" in [allow a]\n");
	refuse("[deny a]\nneed = group:a\nsession = 1h\n",
	       "t.conf:9: unknown key \"session\" in [deny a]\n");
}

static void test_the_register_knows_every_scope(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;
	const char *items[1] = { NULL };
	struct access_scope_use use;

	(void)state;
#define REGISTER                                                                                   \
	"[scope host.login]\nprotects = sshd login\nprovider = corp\ndescription = Log in to %h\n" \
	"[scope host.sudo]\nprotects = sudo\nrequest = on-demand\n"                                \
	"[scope a]\nprotects = sshd\noptional = yes\n"
	refuse(REGISTER "[allow a]\nneed = scope:host.Sudo\n",
	       "t.conf:18: there is no [scope host.Sudo]: did you mean \"host.sudo\" (it differs only in case)?\n");
	refuse("[scope a]\n[scope b]\nprotects = x\nprovider = c0rp\n",
	       "t.conf:7: [scope a] has no protects: the services that it opens\n"
	       "t.conf:10: there is no [provider c0rp]: did you mean \"corp\"?\n");
	/* What a rule stops people by cannot be left out. */
	refuse(REGISTER "[deny d]\nservice = sshd\nneed = scope:a\n",
	       "t.conf:16: [scope a] is optional, but [deny d] depends on it: left out, it would let "
	       "in whom that rule stops\n");
	refuse(REGISTER "[deny d]\nany = group:g scope:a\n",
	       "t.conf:16: [scope a] is optional, but [deny d] depends on it: left out, it would let "
	       "in whom that rule stops\n");
	refuse(REGISTER "[allow b]\nneed = group:g\nnever = scope:a\n",
	       "t.conf:16: [scope a] is optional, but [allow b] depends on it: left out, it would let "
	       "in whom that rule stops\n");
	refuse(REGISTER "[ladder loa]\n1 = x\n2 = scope:a\n[deny d]\nneed = loa:1\n",
	       "t.conf:16: [scope a] is optional, but [deny d] depends on it: left out, it would let "
	       "in whom that rule stops\n");
	config = take(REGISTER "[deny d]\nneed = group:g\nnever = scope:a\n"
			       "[deny e]\nneed = scope:host.sudo\n");
	assert_true(access_scope_is_optional(config->rules, "a"));
	assert_false(access_scope_forbids(config->rules, "a", &use));
	assert_true(access_scope_forbids(config->rules, "host.sudo", &use));
	assert_string_equal(use.rule, "e");
	config = config_free(config);
	config = take(REGISTER);
	assert_int_equal(access_scopes(config->rules, "sshd", "corp", items, 1), 2);
	assert_string_equal(items[0], "a");
	assert_int_equal(access_scopes(config->rules, "sshd", "infn", items, 1), 1);
	assert_int_equal(access_scopes(config->rules, "sudo", "corp", items, 1), 0);
	assert_int_equal(access_scopes(config->rules, NULL, NULL, items, 1), 0);
	assert_string_equal(access_scope_text(config->rules, "host.login"), "Log in to %h");
	assert_null(access_scope_text(config->rules, "none"));
	assert_true(access_scope_is_optional(config->rules, "a"));
	assert_false(access_scope_is_optional(config->rules, "host.login"));
	assert_false(access_scope_is_optional(config->rules, "none"));
}

static void test_ladders_that_cannot_be_climbed_are_refused(void **state)
{
	(void)state;
	refuse("[ladder spid]\n1 = x\n",
	       "t.conf:7: [ladder spid] is never asked: a ladder is called loa, loa.NAME or acr.NAME\n");
	refuse("[ladder loa]\n", "t.conf:7: [ladder loa] has no rung\n");
	refuse("[ladder loa]\none = x\n",
	       "t.conf:8: \"one\" is no rung: the keys of a ladder are numbers from 1 to 999\n");
	refuse("[ladder loa]\n1 = x || y\n2 = a b\n3 =\n",
	       "t.conf:8: rung 1: between two | stands one value or condition\n"
	       "t.conf:9: rung 2: between two | stands one value or condition\n"
	       "t.conf:10: rung 3: between two | stands one value or condition\n");
	refuse("[ladder acr.a]\n1 = x\n[ladder loa]\n1 = acr:a.1\n",
	       "t.conf:10: rung 1: \"acr:a.1\": a ladder does not stand on another\n");
}

static void test_an_expectation_that_fails_refuses_the_load(void **state)
{
	(void)state;
	refuse("[allow a]\nneed = group:a\n[expect e]\nwho = user:anna group:b\nsshd = permit\n",
	       "t.conf:11: [expect e] expects sshd = permit, but it is deny missing=group:a\n");
	refuse("[allow a]\nneed = group:a\n[expect e]\nwho = group:a\nsshd = deny\nsudo = permit rule=b\n",
	       "t.conf:11: [expect e] expects sshd = deny, but it is permit rule=a\n"
	       "t.conf:12: [expect e] expects sudo = permit rule=b, but it is permit rule=a\n");
	refuse("[allow a]\nneed = loa:2\n[expect e]\nwho = loa:1\nsshd = deny missing=loa:3\n",
	       "t.conf:11: [expect e] expects sshd = deny missing=loa:3, but it is deny loa-too-low missing=loa:2\n");
	refuse("[allow a]\nneed = scope:x\n[expect e]\nwho = user:anna\nsshd = permit\n",
	       "t.conf:11: [expect e] expects sshd = permit, but it is step-up missing=scope:x\n");
	refuse("[expect e]\nsshd = permit\n",
	       "t.conf:7: [expect e] does not say who: write who = user:NAME group:NAME ...\n");
	refuse("[expect e]\nwho = group:a\n",
	       "t.conf:7: [expect e] expects nothing: write sshd = permit, or another service\n");
	refuse("[expect e]\nwho = group:a\nsshd = allow\n",
	       "t.conf:9: sshd: \"allow\" is not permit, deny or step-up\n");
	config_free(take(
		"[allow a]\nneed = group:a scope:x\n[deny d]\nneed = group:d\n[expect e]\nwho = group:a scope:x\n"
		"sshd = permit rule=a\n[expect f]\nwho = group:a\nsshd = step-up missing=scope:x\nx = deny\n"
		"[expect g]\nwho = group:a group:d\nsshd = deny denied-by=d\n[expect h]\n"
		"who = subject:workload\nsshd = deny workload-token\n"));
	/* where nobody opens a session, programs are judged by the rules */
	config_free(take(
		"[provider q]\nissuer = https://q.example.org\nmode = jwt\njwks_uri = https://q.example.org/k\n"
		"discovery = no\naudience = h\n[service api]\nprovider = q\n[service sshd]\nprompt = plain\n"
		"[allow a]\nneed = subject:workload\n[expect e]\nwho = subject:workload\napi = permit\n"
		"voucher = permit\nsshd = deny workload-token\nother = deny workload-token\n"));
}

/* Asserting a level asserts those below it, whatever the ladder is made of. */
static void test_an_expectation_stands_on_a_ladder(void **state)
{
	(void)state;
#define LADDER "[ladder loa]\n1 = a\n2 = claim:/loa=2\n3 = c\n[allow a]\nneed = loa:2\n[expect e]\n"
	config_free(take(LADDER "who = loa:2\nsshd = permit\n"));
	config_free(take(LADDER "who = loa:3\nsshd = permit\n"));
	config_free(take(LADDER "who = loa:1\nsshd = deny loa-too-low\n"));
	config_free(take(LADDER "who = claim:/loa=2\nsshd = permit\n"));
#undef LADDER
}

/* What no rule reads need not be kept. */
static void test_rules_tell_which_claims_they_read(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[ladder loa]\n1 = claim:/a=1\n[allow x]\nneed = claim:/b=1\nany = claim:/c/d=1\n"
		"[deny y]\nneed = group:g\nnever = claim:/e=1\n");
	static const char *const read[] = { "/a", "/b", "/c/d", "/e" }, *const other[] = {
		"", "/", "/c", "/A", "/b/x"
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(read); i++)
		assert_true(access_reads_claim(config->rules, read[i]));
	for (size_t i = 0; i < ELEMENTSOF(other); i++)
		assert_false(access_reads_claim(config->rules, other[i]));
}

static void test_what_is_acted_on_is_not_noted(void **state)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;

	(void)state;
	assert_int_equal(
		conf_parse(
			PROVIDERS,
			"[scope s]\nprotects = sshd\noptional = yes\n[scope t]\nprotects = x\noptional = no\n"
			"[allow a]\nneed = group:g\nsession = 10h\n",
			&config, &said),
		0);
	assert_string_equal(said, ""); /* all of it is acted on */
	config_free(config);
}

/* ---- five real platforms, as far as this version can judge them ---- */

static void test_the_platforms_examples(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		/* a research institute: levels, groups that are paths, scopes of its own */
		"[scope host.login]\nprotects = sshd login\ndescription = Log in to %h\nprovider = infn\n"
		"[scope host.sudo]\nprotects = sudo\nprovider = infn\nrequest = on-demand\noptional = no\n"
		"[scope WINDCHILL_READ]\nprotects = windchill-sync\n"
		"[ladder loa]\n1 = claim:/loa=1\n2 = claim:/loa=2 | entitlement:https://refeds.org/assurance/IAP/medium\n"
		"[ladder acr.spid]\n1 = https://www.spid.gov.it/SpidL1\n"
		"2 = https://www.spid.gov.it/SpidL2 | https://refeds.org/profile/mfa\n3 = https://www.spid.gov.it/SpidL3\n"
		"[allow shell]\nservice = sshd login\nneed = provider:infn loa:2 scope:host.login\n"
		"any = group:/infn/calcolo group:/infn/lnf claim:/site=LNF\nnever = claim:/origin=application\n"
		"session = 10h\noffline = 24h\nsay = Identity not verified yet? https://userportal.example.org\n"
		"[allow admin]\nservice = sudo\nas = root\n"
		"need = provider:infn loa:2 scope:host.sudo group:/infn/calcolo/admin acr:spid.2 fresh:15m\n"
		"session = 15m\noffline = no\n"
		/* a product-data system: a scope, nothing else */
		"[allow windchill-readers]\nservice = windchill-sync\nneed = provider:corp scope:WINDCHILL_READ\n"
		/* a town hall: roles and tenants as claims */
		"[allow citizen-own-data]\nservice = residenza-api\n"
		"need = provider:corp claim:/tenant_id=60e3c0de claim:/roles=ROLE_CPS_USER\n"
		/* an exchange of vouchers: programs, not people */
		"[allow eservice-x]\nservice = eservice-x\nneed = subject:workload provider:corp claim:/eserviceId=X\n"
		"any = claim:/purposeId=P1 claim:/purposeId=P2\n"
		/* a publisher: products bought */
		"[allow readers]\nservice = epaper-sftp\nneed = provider:corp\nany = entitlement:AOW entitlement:AOW-PLUS\n"
		"[expect admin-survives]\n"
		"who = user:anna provider:infn loa:2 scope:host.login scope:host.sudo group:/infn/calcolo "
		"group:/infn/calcolo/admin acr:spid.2 fresh:1m\nsshd = permit\nsudo = permit\n"
		"[expect loa1-stays-out]\nwho = user:bob provider:infn loa:1 scope:host.login group:/infn/calcolo\n"
		"sshd = deny missing=loa:2\n");
	struct access_claim voucher[] = { { "/eserviceId", "X" }, { "/purposeId", "P2" } };
	struct access_claim citizen[] = { { "/tenant_id", "60e3c0de" },
					  { "/roles", "ROLE_USER" },
					  { "/roles", "ROLE_CPS_USER" } };
	struct access_claim born[] = { { "/loa", "2" }, { "/origin", "application" } };
	struct access_request anna = {
		.user = "anna",
		.service = "sshd",
		.provider = "infn",
		.subject_kind = SUBJECT_PERSON,
		.scopes = LIST("openid", "host.login"),
		.groups = LIST("/infn/lnf"),
		.n_claims = 1,
		.claims = born,
	};

	(void)state;
	ask(config, anna, VERDICT_PERMIT, "permit rule=shell");
	anna.n_claims = 2;
	ask(config, anna, VERDICT_DENY, "missing=!claim:/origin=application");
	anna.n_claims = 1;
	anna.groups = (struct access_list)LIST(
		"/infn/calcolo/admin"); /* a child does not imply its parent */
	ask(config, anna, VERDICT_DENY,
	    "missing=group:/infn/calcolo|group:/infn/lnf|claim:/site=LNF");
	anna.service = "sudo";
	anna.may_step_up = true;
	ask(config, anna, VERDICT_STEP_UP, "missing=scope:host.sudo acr:spid.2 fresh:15m");
	ask(config,
	    (struct access_request){ .service = "windchill-sync",
				     .provider = "corp",
				     .scopes = LIST("WINDCHILL_READ") },
	    VERDICT_PERMIT, "permit rule=windchill-readers");
	ask(config,
	    (struct access_request){ .service = "windchill-sync",
				     .provider = "corp",
				     .scopes = LIST("windchill_read") },
	    VERDICT_DENY,
	    "missing=scope:WINDCHILL_READ (granted has scope:windchill_read, differs only in case)");
	ask(config,
	    (struct access_request){ .service = "residenza-api",
				     .provider = "corp",
				     .n_claims = 3,
				     .claims = citizen },
	    VERDICT_PERMIT, "permit rule=citizen-own-data");
	citizen[0].value = "another";
	ask(config,
	    (struct access_request){ .service = "residenza-api",
				     .provider = "corp",
				     .n_claims = 3,
				     .claims = citizen },
	    VERDICT_DENY, "missing=claim:/tenant_id=60e3c0de");
	ask(config,
	    (struct access_request){ .service = "eservice-x",
				     .provider = "corp",
				     .subject_kind = SUBJECT_WORKLOAD,
				     .workload_ok = true,
				     .n_claims = 2,
				     .claims = voucher },
	    VERDICT_PERMIT, "permit rule=eservice-x");
	ask(config,
	    (struct access_request){ .service = "eservice-x",
				     .provider = "corp",
				     .subject_kind = SUBJECT_WORKLOAD,
				     .n_claims = 2,
				     .claims = voucher },
	    VERDICT_DENY, "workload-token");
	ask(config,
	    (struct access_request){ .service = "epaper-sftp",
				     .provider = "corp",
				     .entitlements = LIST("AOW-PLUS", "NEW") },
	    VERDICT_PERMIT, "permit rule=readers");
	ask(config,
	    (struct access_request){
		    .service = "epaper-sftp", .provider = "corp", .entitlements = LIST("NEW") },
	    VERDICT_DENY, "missing=entitlement:AOW|entitlement:AOW-PLUS");
}

/* ---- the trace ---- */

static void test_the_trace_says_what_decided(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[allow a]\nservice = sshd\nneed = group:Staff\nnever = group:x\n[deny d]\nservice = sudo\nneed = group:x\n");
	struct access_request request = {
		.user = "anna",
		.service = "sshd",
		.host = "web01",
		.from = "192.0.2.1",
		.provider = "corp",
		.groups = LIST("staff\x1b[2J"),
		.auth_time = NOW - 60,
		.now = NOW,
		.loa = "2",
	};
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	access_explain(config->rules, &request, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(
		(char *)out.data,
		"user          anna\nservice       sshd\nhost          web01\nfrom          192.0.2.1\n"
		"provider      corp\ngroups        staff?[2J\nentitlements  (none)\nscopes        (none)\n"
		"loa           2\nacr           (not known)\namr           (none)\nsigned in     60 s ago\n"
		"[allow a] t.conf:7\n"
		"    need  group:Staff: no\n"
		"    never group:x: no\n"
		"(1 rule is about another service)\n"
		"verdict       deny\nreason        missing=group:Staff\n"
		"because       [allow a] at t.conf:7 came closest, but there is no group:Staff\n");
	buf_done(&out);
}

TEST_MAIN(TEST(test_zero_is_no), TEST(test_without_a_rule_nobody_enters),
	  TEST(test_deny_wins_whatever_else_holds), TEST(test_need_any_never),
	  TEST(test_the_closest_rule_is_named), TEST(test_a_session_is_bound_by_every_rule_about_it),
	  TEST(test_the_strictest_effects_win),
	  TEST(test_max_age_is_applied), TEST(test_values_are_compared_byte_for_byte),
	  TEST(test_scopes_name_their_near_misses), TEST(test_path_scopes_end_at_a_slash),
	  TEST(test_levels_are_compared_with_at_least), TEST(test_ladders),
	  TEST(test_a_context_reaches_what_was_asked), TEST(test_claims), TEST(test_fresh),
	  TEST(test_networks), TEST(test_what_is_not_known_helps_nobody),
	  TEST(test_a_list_that_could_not_be_read_helps_nobody),
	  TEST(test_sudo_does_not_say_whom_it_becomes), TEST(test_a_workload_opens_no_session),
	  TEST(test_step_up_asks_for_exactly_what_is_missing),
	  TEST(test_what_was_brought_has_to_be_brought_again),
	  TEST(test_before_a_sign_in_the_token_is_not_held_against_anybody),
	  TEST(test_a_rule_that_a_sign_in_can_meet_is_closer),
	  TEST(test_a_level_is_brought_only_by_an_authentication),
	  TEST(test_conditions_that_mean_nothing_are_refused),
	  TEST(test_the_register_knows_every_scope),
	  TEST(test_ladders_that_cannot_be_climbed_are_refused),
	  TEST(test_an_expectation_that_fails_refuses_the_load),
	  TEST(test_an_expectation_stands_on_a_ladder),
	  TEST(test_rules_tell_which_claims_they_read), TEST(test_what_is_acted_on_is_not_noted),
	  TEST(test_the_platforms_examples), TEST(test_the_trace_says_what_decided))
