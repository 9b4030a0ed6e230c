/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd and what a request of a sign-in says beside the usual: what the token is for,
 * how the request is bound, and whose key proves it. The mock keeps the last form of every
 * endpoint.
 */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT     (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */
#define RESOURCE "https://web01.example.org/?a=b&c"

static uint32_t revision;
static uint64_t flow;
static char url[WIRE_STRING_MAX], address[WIRE_STRING_MAX];

/* more: further keys and values, NULL at their end, or NULL. */
static void set_up(const char *what, const char *const *more)
{
	netd_world_provider(++revision, "p", what, "host", more);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	flow++;
}

/* The next message, which must be of this type; of DENIED and the like the code. */
static void expect(enum wire_type type, const char *code, struct wire_in *in)
{
	const char *said = "";

	assert_int_equal(fake_core_next(&core, WAIT, in), 0);
	assert_true(wire_get_u64(in) == flow);
	if (in->type == MSG_DENIED || in->type == MSG_FAILED || in->type == MSG_REPASTE)
		said = wire_get_str(in, REASON_MAX);
	if (in->type != type || (code && strcmp(said, code) != 0))
		fail_msg("%s %s, expected %s %s", wire_name((uint16_t)in->type), said,
			 wire_name((uint16_t)type), code ? code : "");
}

static void ask_code(void)
{
	struct wire_in in;

	assert_int_equal(fake_core_authcode(&core, flow, "p", "openid profile"), 0);
	expect(MSG_AUTH_URL, NULL, &in);
	assert_true(snprintf(url, sizeof(url), "%s", wire_get_str(&in, LOGIN_URL_MAX)) > 0);
}

static void paste(const char *text)
{
	assert_int_equal(fake_core_redirect(&core, flow, text), 0);
}

static void assert_said(const char *what, const char *endpoint, const char *name,
			const char *wanted)
{
	char value[1024];

	if (!netd_world_said(what, endpoint, name, value))
		fail_msg("%s: no %s was said", endpoint, name);
	assert_string_equal(value, wanted);
}

static void assert_unsaid(const char *what, const char *endpoint, const char *name)
{
	char value[1024];

	if (netd_world_said(what, endpoint, name, value))
		fail_msg("%s: %s = %s was said", endpoint, name, value);
}

/* ---- RFC 8707 ---- */

static void test_every_request_says_what_the_token_is_for(void **state)
{
	static const struct {
		const char *tag, *name, *other, *more[3];
	} rows[] = {
		{ "a", "resource", "audience", { NULL } },
		{ "b", "resource", "audience", { "resource_parameter", "resource", NULL } },
		{ "c", "audience", "resource", { "resource_parameter", "audience", NULL } },
	};
	struct wire_in in;
	char what[32];

	(void)state;
	if (no_platform)
		skip();
	core.resource = RESOURCE;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		(void)snprintf(what, sizeof(what), "good~%s", rows[i].tag);
		set_up(what, rows[i].more);
		assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
		expect(MSG_CODE, NULL, &in);
		expect(MSG_IDENTITY, NULL, &in);
		assert_said(what, "device", rows[i].name, RESOURCE);
		assert_said(what, "token", rows[i].name, RESOURCE);
		assert_unsaid(what, "device", rows[i].other);
		flow++;
		ask_code();
		netd_world_browse(url, address);
		paste(address);
		expect(MSG_IDENTITY, NULL, &in);
		assert_said(what, "par", rows[i].name, RESOURCE);
		assert_said(what, "token", "grant_type", "authorization_code");
		assert_said(what, "token", rows[i].name, RESOURCE);
		assert_unsaid(what, "token", rows[i].other);
	}
	set_up("par-never", rows[2].more);
	ask_code();
	assert_non_null(strstr(url, "&audience=https%3A%2F%2Fweb01.example.org%2F%3Fa%3Db%26c"));
	assert_null(strstr(url, "resource="));
	core.resource = NULL;
	set_up("good~none", NULL);
	assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	expect(MSG_CODE, NULL, &in);
	expect(MSG_IDENTITY, NULL, &in);
	assert_unsaid("good~none", "device", "resource");
	assert_unsaid("good~none", "token", "resource");
}

static void test_another_name_for_it_is_refused(void **state)
{
	static const char *const more[] = { "resource_parameter", "scope", NULL };
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~name", more);
	assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	expect(MSG_FAILED, "configuration", &in);
}

/* ---- state, PKCE, nonce ---- */

/* What binds an answer to its request: requirement by requirement, what is begun and what is not.
 */
static void test_a_state_may_be_left_out_where_something_else_binds(void **state)
{
	static const char *const off[] = { "state", "off", NULL };
	static const char *const off_unsigned[] = { "state", "off", "subject_from", "userinfo",
						    NULL };
	static const char *const off_blind[] = {
		"state", "off", "subject_from", "userinfo", "discovery", "no", NULL,
	};
	static const struct {
		const char *what, *scopes, *const *more;
		bool begun;
	} rows[] = {
		{ "good~1", "openid", off, true },           /* a nonce and PKCE */
		{ "no-pkce~1", "openid", off, true },        /* a nonce */
		{ "good~2", "profile", off_unsigned, true }, /* PKCE */
		{ "no-pkce~2", "profile", off_unsigned, false },
		{ "pkce-plain~2", "profile", off_unsigned, false },
		{ "good~3", "profile", off_blind, false },
	};
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		set_up(rows[i].what, rows[i].more);
		assert_int_equal(fake_core_authcode(&core, flow, "p", rows[i].scopes), 0);
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_true(wire_get_u64(&in) == flow);
		if ((in.type == MSG_AUTH_URL) != rows[i].begun)
			fail_msg("%s: %s %s", rows[i].what, wire_name((uint16_t)in.type),
				 wire_get_str(&in, REASON_MAX));
		if (rows[i].begun)
			assert_unsaid(rows[i].what, "par", "state");
		else
			assert_string_equal(wire_get_str(&in, REASON_MAX), "not-offered");
	}
}

static void test_the_four_cases_of_state(void **state)
{
	static const char *const off[] = { "state", "off", NULL };
	static const struct {
		const char *what, *const *more;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "good~on", NULL, MSG_IDENTITY, NULL },
		{ "code-state-missing~on", NULL, MSG_REPASTE, "paste-cut" },
		{ "code-state-changed~on", NULL, MSG_REPASTE, "paste-other" },
		{ "good~off", off, MSG_IDENTITY, NULL },
		{ "code-state-extra~off", off, MSG_REPASTE, "paste-other" },
		{ "code-stolen~off", off, MSG_DENIED, "expired-code" }, /* PKCE */
		{ "nonce-wrong~off", off, MSG_DENIED, "token-invalid" },
	};
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		set_up(rows[i].what, rows[i].more);
		ask_code();
		netd_world_browse(url, address);
		paste(address);
		expect(rows[i].type, rows[i].code, &in);
		assert_int_equal(fake_core_abort(&core, flow), 0);
	}
}

/* ---- RFC 9126 ---- */

static void test_whether_a_request_is_pushed(void **state)
{
	static const char *const require[] = { "par", "require", NULL };
	static const char *const no[] = { "par", "no", NULL };
	static const char *const odd[] = { "par", "perhaps", NULL };
	static const struct {
		const char *what, *const *more;
		enum wire_type type;
		const char *code;
		bool pushed;
	} rows[] = {
		{ "good~auto", NULL, MSG_AUTH_URL, NULL, true },
		{ "par-never~auto", NULL, MSG_AUTH_URL, NULL, false },
		{ "good~require", require, MSG_AUTH_URL, NULL, true },
		{ "par-never~require", require, MSG_FAILED, "not-offered", false },
		{ "good~no", no, MSG_AUTH_URL, NULL, false },
		{ "par-nowhere~no", no, MSG_FAILED, "not-offered", false },
		{ "good~odd", odd, MSG_FAILED, "configuration", false },
	};
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		set_up(rows[i].what, rows[i].more);
		assert_int_equal(fake_core_authcode(&core, flow, "p", "openid"), 0);
		expect(rows[i].type, rows[i].code, &in);
		if (rows[i].type == MSG_AUTH_URL)
			assert_int_equal(strstr(wire_get_str(&in, LOGIN_URL_MAX), "request_uri=") !=
						 NULL,
					 rows[i].pushed);
		assert_int_equal(netd_world_asked(rows[i].what, "par") > 0, rows[i].pushed);
	}
}

/* ---- RFC 9449 section 10 ---- */

#define JKT "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

static void test_the_code_is_bound_to_the_key_of_the_tokens(void **state)
{
	static const char *const bound[] = { "dpop", "true", "dpop_jkt", JKT, NULL };
	static const char *const unbound[] = { "dpop", "false", "dpop_jkt", JKT, NULL };

	(void)state;
	if (no_platform)
		skip();
	set_up("dpop~jkt", bound);
	ask_code();
	assert_said("dpop~jkt", "par", "dpop_jkt", JKT);
	set_up("par-never~jkt", bound);
	ask_code();
	assert_non_null(strstr(url, "&dpop_jkt=" JKT));
	set_up("good~jkt", unbound);
	ask_code();
	assert_unsaid("good~jkt", "par", "dpop_jkt");
}

/* ---- RFC 6749 section 4.3 ---- */

static void test_a_password_goes_to_the_token_endpoint_once(void **state)
{
	static const char *const yes[] = { "password_grant", "true", NULL };
	static const struct {
		const char *what, *user, *password;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "good", "alice", "right of alice", MSG_IDENTITY, NULL },
		{ "good", "bob", "right of bob", MSG_IDENTITY, NULL },
		{ "good", "alice", "right of bob", MSG_DENIED, "wrong-password" },
		{ "good", "alice", "", MSG_DENIED, "wrong-password" },
		{ "no-id-token", "alice", "right of alice", MSG_DENIED, "token-invalid" },
		{ "signature-wrong", "alice", "right of alice", MSG_DENIED, "token-invalid" },
		{ "wrong-aud", "alice", "right of alice", MSG_DENIED, "token-invalid" },
		{ "workload", "alice", "right of alice", MSG_DENIED, "workload-token" },
		{ "token-type-mac", "alice", "right of alice", MSG_FAILED, "platform-refused" },
		{ "error-500,at=token", "alice", "right of alice", MSG_FAILED, NULL },
		{ "garbage,at=token", "alice", "right of alice", MSG_FAILED, NULL },
		{ "redirect-foreign,at=token", "alice", "right of alice", MSG_FAILED, NULL },
		{ "discovery-no-token", "alice", "right of alice", MSG_FAILED, NULL },
	};
	struct wire_in in;
	char what[64];

	(void)state;
	if (no_platform)
		skip();
	core.resource = RESOURCE;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		(void)snprintf(what, sizeof(what), "%s~pw%zu", rows[i].what, i);
		set_up(what, yes);
		assert_int_equal(fake_core_password(&core, flow, rows[i].user, rows[i].password,
						    "openid profile"),
				 0);
		expect(rows[i].type, rows[i].code, &in);
		if (strncmp(what, "good", 4) == 0) {
			assert_said(what, "token", "grant_type", "password");
			assert_said(what, "token", "username", rows[i].user);
			assert_said(what, "token", "scope", "openid profile");
			assert_said(what, "token", "resource", RESOURCE);
			assert_int_equal(netd_world_asked(what, "token"), 1);
		}
	}
	core.resource = NULL;
	assert_false(fake_core_logged(&core, "right of"));
	assert_false(fake_core_logged(&core, "right%20of"));
	assert_false(fake_core_logged(&core, "right+of"));
}

/* The connection that discovery left breaks: nobody knows whether the platform has counted it. */
static void test_a_password_is_not_sent_twice(void **state)
{
	static const char *const yes[] = { "password_grant", "true", NULL };
	static const char what[] = "reset,at=token~pwonce";
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	set_up(what, yes);
	assert_int_equal(fake_core_password(&core, flow, "alice", "right of alice", "openid"), 0);
	expect(MSG_FAILED, "answer-truncated", &in);
	assert_int_equal(netd_world_asked(what, "token"), 1);
}

/* The authority would not ask; it is not obeyed either. */
static void test_without_password_grant_no_password_leaves(void **state)
{
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~pwoff", NULL);
	assert_int_equal(fake_core_password(&core, flow, "alice", "right of alice", "openid"), 0);
	expect(MSG_FAILED, "configuration", &in);
	assert_int_equal(netd_world_asked("good~pwoff", "token"), 0);
}

NETD_WORLD_MAIN(TEST(test_every_request_says_what_the_token_is_for),
		TEST(test_another_name_for_it_is_refused),
		TEST(test_a_state_may_be_left_out_where_something_else_binds),
		TEST(test_the_four_cases_of_state), TEST(test_whether_a_request_is_pushed),
		TEST(test_the_code_is_bound_to_the_key_of_the_tokens),
		TEST(test_a_password_goes_to_the_token_endpoint_once),
		TEST(test_a_password_is_not_sent_twice),
		TEST(test_without_password_grant_no_password_leaves))
