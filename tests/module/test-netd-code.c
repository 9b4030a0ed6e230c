/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd and the code flow, against the platform that misbehaves, with a browser
 * (approve.mjs) that goes where AUTH_URL leads and brings back the address at which it ended.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "tests/lib/netd-world.h"

#define WAIT  (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */
#define QUIET 400000u             /* "nothing came": microseconds */

static uint32_t revision;
static uint64_t flow;
static char url[WIRE_STRING_MAX], address[WIRE_STRING_MAX];
static uint32_t opened_for; /* seconds AUTH_URL may be opened */

/* more: further keys and values, NULL at their end. */
static void set_up_with(const char *what, const char *const *more)
{
	netd_world_provider(++revision, "p", what, "host-code", more);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

static void set_up(const char *what, const char *redirect_uri)
{
	const char *const more[] = { redirect_uri ? "redirect_uri" : NULL, redirect_uri, NULL };

	set_up_with(what, more);
}

static void next(struct wire_in *in)
{
	assert_int_equal(fake_core_next(&core, WAIT, in), 0);
	assert_true(wire_get_u64(in) == flow);
}

/* AUTHCODE; the type of what is said to it. With AUTH_URL, url is filled. */
static enum wire_type ask(const char *what, const char *scopes, struct wire_in *in)
{
	set_up(what, NULL);
	flow++;
	assert_int_equal(fake_core_authcode(&core, flow, "p", scopes), 0);
	next(in);
	if (in->type == MSG_AUTH_URL) {
		assert_true(snprintf(url, sizeof(url), "%s", wire_get_str(in, LOGIN_URL_MAX)) > 0);
		opened_for = wire_get_u32(in);
		assert_int_equal(wire_close(in), 0);
	}
	return in->type;
}

static void paste(const char *text)
{
	assert_int_equal(fake_core_redirect(&core, flow, text), 0);
}

/* What the next message must be; code is that of DENIED, FAILED or REPASTE, NULL any. */
static void expect(const char *what, enum wire_type type, const char *code)
{
	struct wire_in in;
	const char *said;

	next(&in);
	said = in.type == MSG_IDENTITY ? "" : wire_get_str(&in, REASON_MAX);
	if (in.type != type || (code && strcmp(said, code) != 0))
		fail_msg("%s: %s %s (%s), expected %s %s", what, wire_name((uint16_t)in.type), said,
			 in.type == MSG_DENIED || in.type == MSG_FAILED
				 ? wire_get_str(&in, REASON_MAX)
				 : "",
			 wire_name((uint16_t)type), code ? code : "");
}

static void sign_in(const char *what)
{
	struct wire_in in;
	enum wire_type type = ask(what, "openid profile", &in);

	if (type != MSG_AUTH_URL)
		fail_msg("%s: %s %s instead of an address", what, wire_name((uint16_t)type),
			 wire_get_str(&in, REASON_MAX));
	netd_world_browse(url, address);
}

struct row {
	const char *what; /* case of the mock */
	enum wire_type expected;
	const char *code;
};

static void test_only_a_sound_answer_becomes_an_identity(void **state)
{
	static const struct row rows[] = {
		{ "good", MSG_IDENTITY, NULL },
		{ "good,alg=ES256", MSG_IDENTITY, NULL },
		{ "code-iss-unasked", MSG_IDENTITY, NULL },
		{ "code-iss-never", MSG_IDENTITY, NULL },
		{ "code-iss-wrong", MSG_DENIED, "token-invalid" },
		{ "code-iss-slash", MSG_DENIED, "token-invalid" },
		{ "code-iss-wrong-unasked", MSG_DENIED, "token-invalid" },
		{ "code-iss-missing", MSG_REPASTE, "paste-cut" },
		{ "code-state-changed", MSG_REPASTE, "paste-other" },
		{ "code-state-missing", MSG_REPASTE, "paste-cut" },
		{ "code-nothing", MSG_REPASTE, "paste-no-code" },
		{ "code-both", MSG_REPASTE, "paste-unclear" },
		{ "code-denied", MSG_DENIED, "access-denied" },
		{ "code-denied-by-other", MSG_DENIED, "token-invalid" },
		{ "code-error", MSG_REPASTE, "paste-unclear" }, /* an escape sequence inside */
		{ "code-unavailable", MSG_FAILED, "platform-unreachable" },
		{ "code-used", MSG_DENIED, "expired-code" },
		{ "code-stolen", MSG_DENIED, "expired-code" },
		{ "code-redeem-500", MSG_FAILED, NULL },
		{ "code-redeem-client", MSG_FAILED, "platform-refused" },
		{ "nonce-wrong", MSG_DENIED, "token-invalid" },
		{ "nonce-missing", MSG_DENIED, "token-invalid" },
		{ "nonce-number", MSG_DENIED, "token-invalid" },
		{ "c-hash-wrong", MSG_DENIED, "token-invalid" },
		{ "signature-wrong", MSG_DENIED, "token-invalid" },
		{ "wrong-aud", MSG_DENIED, "token-invalid" },
		{ "no-id-token", MSG_DENIED, "token-invalid" },
		{ "token-type-mac", MSG_FAILED, "platform-refused" },
		{ "workload", MSG_DENIED, "workload-token" },
		{ "garbage,at=token", MSG_FAILED, "platform-refused" },
		{ "hang,at=token", MSG_FAILED, "timeout" },
		{ "par-never", MSG_IDENTITY, NULL },
		{ "auth-query", MSG_IDENTITY, NULL },
	};

	(void)state;
	if (no_platform)
		skip();
	assert_int_equal(fake_core_reconnect(&core), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		sign_in(rows[i].what);
		paste(address);
		expect(rows[i].what, rows[i].expected, rows[i].code);
		assert_int_equal(fake_core_abort(&core, flow), 0);
	}
	print_message("# %zu answers\n", ELEMENTSOF(rows));
}

static void test_a_request_that_cannot_be_made_says_why(void **state)
{
	static const struct row rows[] = {
		{ "auth-nowhere", MSG_FAILED, "not-offered" },
		{ "discovery-no-token", MSG_FAILED, "not-offered" },
		{ "par-nowhere", MSG_FAILED, "not-offered" },
		{ "par-refused", MSG_FAILED, "platform-refused" },
		{ "par-404-html", MSG_FAILED, "platform-refused" },
		{ "par-500", MSG_FAILED, "platform-unreachable" },
		{ "par-garbage", MSG_FAILED, "platform-garbage" },
		{ "par-no-uri", MSG_FAILED, "platform-garbage" },
		{ "par-no-expires", MSG_FAILED, "platform-garbage" },
		{ "par-expires-zero", MSG_FAILED, "platform-garbage" },
		{ "par-uri-long", MSG_FAILED, "platform-garbage" },
		{ "par-uri-controls", MSG_FAILED, "platform-garbage" },
		{ "redirect-same,at=par", MSG_FAILED, "redirect-refused" },
		{ "reset,at=par", MSG_FAILED, "answer-truncated" },
		{ "discovery-issuer-other", MSG_FAILED, "discovery-issuer" },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct wire_in in;
		enum wire_type type = ask(rows[i].what, "openid", &in);
		const char *code = type == MSG_AUTH_URL ? "" : wire_get_str(&in, REASON_MAX);

		if (type != rows[i].expected || strcmp(code, rows[i].code) != 0)
			fail_msg("%s: %s %s, expected %s", rows[i].what, wire_name((uint16_t)type),
				 code, rows[i].code);
	}
}

/* Neither a nonce nor PKCE: a code from anywhere would do. */
static void test_a_code_that_nothing_binds_is_not_asked_for(void **state)
{
	static const char *const modes[][3] = { { "subject_from", "userinfo", NULL },
						{ "subject_from", "id_token", NULL } };
	static const struct {
		const char *what, *scopes;
		bool id_token, asked;
	} rows[] = {
		{ "good", "profile", false, true },        { "no-pkce", "profile", false, false },
		{ "pkce-plain", "profile", false, false }, { "no-pkce", "openid", false, true },
		{ "no-pkce", "profile", true, true },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct wire_in in;

		set_up_with(rows[i].what, modes[rows[i].id_token]);
		flow++;
		assert_int_equal(fake_core_authcode(&core, flow, "p", rows[i].scopes), 0);
		next(&in);
		assert_int_equal(in.type, rows[i].asked ? MSG_AUTH_URL : MSG_FAILED);
		if (!rows[i].asked)
			assert_string_equal(wire_get_str(&in, REASON_MAX), "not-offered");
	}
}

/* Pushed, nothing but a reference stands in the address; else everything but the verifier. */
static void test_the_address_says_no_more_than_it_must(void **state)
{
	static const char *const named[] = { "response_type=code",
					     "code_challenge=",
					     "code_challenge_method=S256",
					     "state=",
					     "nonce=",
					     "scope=openid+groups",
					     "redirect_uri=http%3A%2F%2F127.0.0.1%2F" };
	struct wire_in in;
	char long_scope[3000] = "openid ";

	(void)state;
	if (no_platform)
		skip();
	assert_int_equal(ask("good", "openid groups", &in), MSG_AUTH_URL);
	assert_int_equal(opened_for, 60);
	assert_non_null(strstr(url, "/auth?client_id=host-code&request_uri=urn%3Aietf"));
	for (size_t i = 0; i < ELEMENTSOF(named); i++)
		assert_null(strstr(url, named[i]));
	assert_int_equal(ask("par-never", "openid groups", &in), MSG_AUTH_URL);
	assert_int_equal(opened_for, 0);
	for (size_t i = 0; i < ELEMENTSOF(named); i++)
		assert_non_null(strstr(url, named[i]));
	assert_null(strstr(url, "verifier"));
	memset(long_scope + 7, 's', sizeof(long_scope) - 8);
	assert_int_equal(ask("par-never", long_scope, &in), MSG_FAILED);
}

static void test_a_wrong_paste_may_be_put_right(void **state)
{
	static const struct {
		const char *text, *code;
	} wrong[] = {
		{ "", "paste-empty" },
		{ "no idea", "paste-unclear" },
		{ "http://127.0.0.1/", "paste-no-code" },
		{ "http://127.0.0.1/?code=x", "paste-cut" },
		{ "http://127.0.0.1/?code=x&state=y", "paste-other" },
		{ "never-heard-of", "paste-unknown" },
	};
	char first[4096];

	(void)state;
	if (no_platform)
		skip();
	sign_in("good~first");
	assert_true(snprintf(first, sizeof(first), "%s", address) > 0);
	sign_in("good~second");
	paste(first); /* whole, sound, and of another sign-in */
	expect("first", MSG_REPASTE, "paste-other");
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		paste(wrong[i].text);
		expect(wrong[i].text, MSG_REPASTE, wrong[i].code);
	}
	paste(address);
	expect("second", MSG_IDENTITY, NULL);
}

static void test_the_code_alone_will_do(void **state)
{
	char *code, stolen[4096];

	(void)state;
	if (no_platform)
		skip();
	sign_in("good~bare");
	code = strstr(address, "code=") + 5;
	code[strcspn(code, "&")] = '\0';
	paste(code);
	expect("bare", MSG_IDENTITY, NULL);
	/* but not the code of another sign-in: it is bound to that one's verifier */
	sign_in("good~victim");
	code = strstr(address, "code=") + 5;
	code[strcspn(code, "&")] = '\0';
	assert_true(snprintf(stolen, sizeof(stolen), "%s", code) > 0);
	sign_in("good~victim");
	paste(stolen);
	expect("stolen", MSG_REPASTE, "paste-unknown");
}

static void test_a_page_of_the_site_may_show_the_code(void **state)
{
	char redirect[256];
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	assert_true(snprintf(redirect, sizeof(redirect), "https://127.0.0.1:%u/good/callback?a=b",
			     mock.port) > 0);
	set_up("good", redirect);
	flow++;
	assert_int_equal(fake_core_authcode(&core, flow, "p", "openid"), 0);
	next(&in);
	assert_int_equal(in.type, MSG_AUTH_URL);
	assert_true(snprintf(url, sizeof(url), "%s", wire_get_str(&in, LOGIN_URL_MAX)) > 0);
	netd_world_browse(url, address);
	assert_memory_equal(address, redirect, strlen(redirect));
	paste(address);
	expect("callback", MSG_IDENTITY, NULL);
	/* and nothing but https, or the browser's own machine */
	set_up("good~http", "http://site.example/code");
	flow++;
	assert_int_equal(fake_core_authcode(&core, flow, "p", "openid"), 0);
	expect("http", MSG_FAILED, "configuration");
}

/* What idp.conf says wins, and what it says whole needs no document. */
static void test_endpoints_may_be_configured(void **state)
{
	static const struct {
		const char *what, *keys[16];
	} cases[] = {
		{ "html-404,at=discovery",
		  { "authorization_endpoint", "@/auth", "token_endpoint", "@/token", "jwks_uri",
		    "@/jwks", NULL } },
		{ "html-404,at=discovery~par",
		  { "authorization_endpoint", "@/auth", "token_endpoint", "@/token", "jwks_uri",
		    "@/jwks", "par_endpoint", "@/par", NULL } },
		{ "good~found",
		  { "device_endpoint", "@/device", "token_endpoint", "@/token", "jwks_uri",
		    "@/jwks", NULL } },
		{ "par-nowhere", { "par_endpoint", "@/par", NULL } },
		{ "no-id-token",
		  { "mode", "oauth2", "authorization_endpoint", "@/auth", "token_endpoint",
		    "@/token", "userinfo_endpoint", "@/userinfo", "subject_from", "userinfo:/sub",
		    NULL } },
	};
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		set_up_with(cases[i].what, cases[i].keys);
		flow++;
		assert_int_equal(fake_core_authcode(&core, flow, "p", "profile"), 0);
		next(&in);
		if (in.type != MSG_AUTH_URL)
			fail_msg("%s: %s %s", cases[i].what, wire_name((uint16_t)in.type),
				 wire_get_str(&in, REASON_MAX));
		assert_true(snprintf(url, sizeof(url), "%s", wire_get_str(&in, LOGIN_URL_MAX)) > 0);
		netd_world_browse(url, address);
		paste(address);
		expect(cases[i].what, MSG_IDENTITY, NULL);
	}
}

static void test_redirect_has_its_time(void **state)
{
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	sign_in("good~late");
	paste(address);
	expect("good", MSG_IDENTITY, NULL);
	paste(address); /* the flow is over: nobody's fault */
	assert_int_equal(fake_core_next(&core, QUIET, &in), -ETIMEDOUT);
	sign_in("hang,at=token~twice");
	paste(address);
	paste(address); /* while the first is being redeemed: the authority's mistake */
	assert_int_not_equal(fake_core_next(&core, WAIT, &in), 0);
	assert_int_equal(fake_core_reconnect(&core), 0);
	set_up("pending", NULL);
	flow++;
	assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	next(&in);
	assert_int_equal(in.type, MSG_CODE);
	paste("abc"); /* a device flow waits for nothing of the kind */
	assert_int_not_equal(fake_core_next(&core, WAIT, &in), 0);
	assert_int_equal(fake_core_reconnect(&core), 0);
}

static void test_nothing_of_it_is_logged(void **state)
{
	char *code;

	(void)state;
	if (no_platform)
		skip();
	sign_in("good~log");
	paste(address);
	expect("good", MSG_IDENTITY, NULL);
	code = strstr(address, "code=") + 5;
	code[strcspn(code, "&")] = '\0';
	assert_true(strlen(code) > 20);
	assert_false(fake_core_logged(&core, code));
	assert_false(fake_core_logged(&core, "request_uri="));
	assert_true(fake_core_logged(&core, "AUTH_URL"));
}

NETD_WORLD_MAIN(TEST(test_only_a_sound_answer_becomes_an_identity),
		TEST(test_a_request_that_cannot_be_made_says_why),
		TEST(test_a_code_that_nothing_binds_is_not_asked_for),
		TEST(test_the_address_says_no_more_than_it_must),
		TEST(test_a_wrong_paste_may_be_put_right), TEST(test_the_code_alone_will_do),
		TEST(test_a_page_of_the_site_may_show_the_code),
		TEST(test_endpoints_may_be_configured), TEST(test_redirect_has_its_time),
		TEST(test_nothing_of_it_is_logged))
