/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd where the host has to prove something: what it asks the authority to sign, in
 * which order, how often, and that a platform can neither lead it round in circles nor down to a
 * token that is not bound.
 */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */

static uint32_t revision;
static uint64_t last_flow;

/* A provider named after its case; more are pairs, NULL ends them. */
static void set_up(const char *what, const char *const *more)
{
	assert_int_equal(fake_core_reconnect(&core), 0);
	netd_world_provider(++revision, what, what, "host", more);
	core.signs = core.proves = 0;
}

/* Signs somebody in; how it ended, with the reason. */
static enum wire_type sign_in(const char *what, char code[static REASON_MAX],
			      char text[static REASON_MAX])
{
	struct wire_in in;

	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	assert_int_equal(fake_core_device(&core, ++last_flow, what, "openid"), 0);
	do {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), last_flow);
	} while (in.type == MSG_CODE);
	*code = *text = '\0';
	if (in.type != MSG_IDENTITY) {
		assert_true(snprintf(code, REASON_MAX, "%s", wire_get_str(&in, REASON_MAX)) >= 0);
		assert_true(snprintf(text, REASON_MAX, "%s", wire_get_str(&in, REASON_MAX)) >= 0);
	}
	return in.type;
}

/* name_from is where no claim is, so that userinfo is asked as well. */
#define BOUND "dpop", "true", "groups_from", "/nowhere"

static void test_tokens_are_bound_or_refused(void **state)
{
	static const char *const more[] = { BOUND, NULL };
	static const struct {
		const char *what;
		enum wire_type type;
		const char *code;
		unsigned token, userinfo; /* requests; 0: not counted */
	} rows[] = {
		{ "dpop", MSG_IDENTITY, "", 2, 1 },
		{ "dpop-nonce", MSG_IDENTITY, "", 3, 2 },
		{ "dpop-nonce-rolling", MSG_IDENTITY, "", 3, 1 },
		{ "dpop-bearer", MSG_FAILED, "platform-refused", 2, 0 },
		{ "dpop-type-missing", MSG_FAILED, "platform-refused", 2, 0 },
		{ "good~bound", MSG_FAILED, "platform-refused", 2, 0 },
		{ "dpop-nonce-endless", MSG_FAILED, "platform-refused", 2, 0 },
		{ "dpop-nonce-endless-userinfo", MSG_FAILED, "userinfo-refused", 2, 2 },
		{ "dpop-nonce-long", MSG_FAILED, "platform-refused", 1, 0 },
		{ "dpop-nonce-spaces", MSG_FAILED, "platform-refused", 1, 0 },
		{ "dpop-nonce-quote", MSG_FAILED, "platform-refused", 1, 0 },
		{ "dpop-nonce-missing", MSG_FAILED, "platform-refused", 1, 0 },
		{ "dpop-nonce-twice", MSG_FAILED, "platform-refused", 1, 0 },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char code[REASON_MAX], text[REASON_MAX];
		enum wire_type type;
		unsigned token, userinfo;

		set_up(rows[i].what, more);
		type = sign_in(rows[i].what, code, text);
		token = netd_world_asked(rows[i].what, "token");
		userinfo = netd_world_asked(rows[i].what, "userinfo");
		if (type != rows[i].type || strcmp(code, rows[i].code) != 0 ||
		    token != rows[i].token || userinfo != rows[i].userinfo)
			fail_msg("%s: %s %s (%s), %u and %u requests", rows[i].what,
				 wire_name((uint16_t)type), code, text, token, userinfo);
		/* A proof for each request, and none for any other. */
		assert_int_equal(core.proves, token + userinfo);
		assert_int_equal(core.signs, 0);
	}
}

static void test_who_did_not_ask_takes_no_bound_token(void **state)
{
	static const char *const more[] = { NULL };
	char code[REASON_MAX], text[REASON_MAX];

	(void)state;
	if (no_platform)
		skip();
	/* The mock wants proofs there; the point is that none is made. */
	set_up("dpop~unasked", more);
	assert_int_equal(sign_in("dpop~unasked", code, text), MSG_FAILED);
	assert_int_equal(core.proves, 0);
}

static void test_an_assertion_and_a_proof_go_together(void **state)
{
	static const char *const more[] = { BOUND, "client_auth", "private_key_jwt", NULL };
	char code[REASON_MAX], text[REASON_MAX];
	unsigned token;

	(void)state;
	if (no_platform)
		skip();
	set_up("dpop-nonce~both", more);
	assert_int_equal(sign_in("dpop-nonce~both", code, text), MSG_IDENTITY);
	token = netd_world_asked("dpop-nonce~both", "token");
	assert_int_equal(token, 3);
	/* What is sent twice is signed twice; the device endpoint wants an assertion, and no proof.
	 */
	assert_int_equal(core.signs, token + netd_world_asked("dpop-nonce~both", "device"));
	assert_int_equal(core.proves, token + netd_world_asked("dpop-nonce~both", "userinfo"));
}

static void test_a_host_that_cannot_prove_says_so(void **state)
{
	static const char *const more[] = { BOUND, NULL };
	char code[REASON_MAX], text[REASON_MAX];
	const char *kept = core.assertion;

	(void)state;
	if (no_platform)
		skip();
	set_up("dpop~keyless", more);
	core.assertion = NULL;
	assert_int_equal(sign_in("dpop~keyless", code, text), MSG_FAILED);
	core.assertion = kept;
	assert_non_null(strstr(text, "could not sign"));
	assert_int_equal(netd_world_asked("dpop~keyless", "token"), 0);
}

static void test_the_audience_is_the_token_endpoint_or_what_is_written(void **state)
{
	static const char *const plain[] = { "client_auth", "private_key_jwt", NULL };
	static const char *const own[] = { "client_auth", "private_key_jwt", "client_aud",
					   "auth.interop.example/client-assertion", NULL };
	char code[REASON_MAX], text[REASON_MAX], wanted[300];

	(void)state;
	if (no_platform)
		skip();
	set_up("good~aud", plain);
	assert_int_equal(sign_in("good~aud", code, text), MSG_IDENTITY);
	(void)snprintf(wanted, sizeof(wanted), "https://127.0.0.1:%u/good~aud/token", mock.port);
	assert_string_equal(core.audience, wanted);
	set_up("good~own", own);
	assert_int_equal(sign_in("good~own", code, text), MSG_IDENTITY);
	assert_string_equal(core.audience, "auth.interop.example/client-assertion");
}

/* ---- directories ---- */

static void sync_directory(const char *what, const char *auth, unsigned users)
{
	char url[300];
	const char *pairs[] = { "kind", "scim",  "provider",     what,        "url", url, "auth",
				auth,   "token", "static-token", "page_size", "2",   NULL };
	struct wire_in in;
	unsigned n = 0;

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/%s/scim/v2", mock.port, what);
	assert_int_equal(fake_core_setup(&core, revision, "directory", what, pairs), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	wire_begin(&core.out, MSG_DIR_SYNC, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, what);
	wire_put_bool(&core.out, true);
	wire_put_str(&core.out, "");
	assert_int_equal(fake_core_send(&core), 0);
	assert_int_equal(fake_core_credit(&core, last_flow, 1000), 0);
	do {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), last_flow);
		n += in.type == MSG_DIR_USER;
	} while (in.type != MSG_DIR_END);
	assert_int_equal(wire_get_bool(&in), users > 0);
	assert_int_equal(n, users);
}

static void test_a_directory_is_read_with_a_bound_token(void **state)
{
	static const char *const more[] = {
		"dpop",          "true",     "client_auth", "client_secret_basic",
		"client_secret", "a secret", NULL
	};

	(void)state;
	if (no_platform)
		skip();
	set_up("dpop~dir", more);
	sync_directory("dpop~dir", "client_credentials", 3);
	assert_int_equal(core.proves, netd_world_asked("dpop~dir", "token") +
					      netd_world_asked("dpop~dir", "scim-config") +
					      netd_world_asked("dpop~dir", "users") +
					      netd_world_asked("dpop~dir", "groups"));
	set_up("dpop-nonce-rolling~dir", more);
	sync_directory("dpop-nonce-rolling~dir", "client_credentials", 3);
	assert_int_equal(netd_world_asked("dpop-nonce-rolling~dir", "token"), 2);
	assert_int_equal(netd_world_asked("dpop-nonce-rolling~dir", "users"), 2);
	set_up("dpop-bearer~dir", more);
	sync_directory("dpop-bearer~dir", "client_credentials", 0);
	assert_int_equal(netd_world_asked("dpop-bearer~dir", "users"), 0);
	/* A token somebody wrote into a file is bound to nobody, and is sent as what it is. */
	set_up("good~static", more);
	sync_directory("good~static", "bearer", 3);
	assert_int_equal(core.proves, 0);
}

/* ---- certificates ---- */

static char *pem(const char *name)
{
	static char files[4][4096];
	static unsigned next;
	char path[200], *text = files[next++ % ELEMENTSOF(files)];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", mock.dir, name);
	file = fopen(path, "re");
	assert_non_null(file);
	text[fread(text, 1, sizeof(files[0]) - 1, file)] = '\0';
	(void)fclose(file);
	return text;
}

static enum wire_type sign_in_with(const char *what, const char *cert, const char *key,
				   char code[static REASON_MAX], char text[static REASON_MAX])
{
	const char *more[] = { "client_auth", "tls_client_auth", "client_cert",
			       pem(cert),     "tls_key",         pem(key),
			       "groups_from", "/nowhere",        NULL };

	set_up(what, more);
	return sign_in(what, code, text);
}

static void test_a_certificate_is_shown_where_it_is_wanted(void **state)
{
	char code[REASON_MAX], text[REASON_MAX];

	(void)state;
	if (no_platform)
		skip();
	assert_int_equal(sign_in_with("mtls", "host.pem", "host.key", code, text), MSG_IDENTITY);
	assert_int_equal(netd_world_asked("mtls", "token"), 2);
	assert_int_equal(netd_world_asked("mtls", "userinfo"), 1);
	assert_int_equal(core.signs + core.proves, 0);
	assert_false(fake_core_logged(&core, "PRIVATE KEY"));
}

static void test_a_certificate_that_will_not_do_is_named(void **state)
{
	static const char *const rows[][3] = {
		/* of an authority nobody trusts there */
		{ "mtls-alert", "strange-host.pem", "strange-host.key" },
		/* of another key, and no certificate */
		{ "mtls~bad", "host.pem", "strange-host.key" },
		{ "mtls~bad", "host.key", "host.key" },
	};
	char code[REASON_MAX], text[REASON_MAX];

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		assert_int_equal(sign_in_with(rows[i][0], rows[i][1], rows[i][2], code, text),
				 MSG_FAILED);
		assert_string_equal(code, "client-certificate");
		assert_non_null(strstr(text, "client_cert"));
	}
	assert_int_equal(netd_world_asked("mtls~bad", "token"), 0);
}

static void test_the_other_door_is_for_those_who_show_one(void **state)
{
	static const char *const none[] = { "client_auth", "none", NULL };
	static const char *const wrong[] = { "mtls-alias-http", "mtls-alias-number",
					     "mtls-aliases-array" };
	static const char *const codes[] = { "discovery-endpoint", "discovery-endpoint",
					     "discovery-shape" };
	char code[REASON_MAX], text[REASON_MAX];

	(void)state;
	if (no_platform)
		skip();
	/* Had it gone to the other door, TLS would have refused it and not the platform. */
	set_up("mtls~none", none);
	assert_int_equal(sign_in("mtls~none", code, text), MSG_FAILED);
	assert_string_equal(code, "platform-refused");
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		assert_int_equal(sign_in_with(wrong[i], "host.pem", "host.key", code, text),
				 MSG_FAILED);
		assert_string_equal(code, codes[i]);
	}
}

NETD_WORLD_MAIN(TEST(test_tokens_are_bound_or_refused),
		TEST(test_who_did_not_ask_takes_no_bound_token),
		TEST(test_an_assertion_and_a_proof_go_together),
		TEST(test_a_host_that_cannot_prove_says_so),
		TEST(test_the_audience_is_the_token_endpoint_or_what_is_written),
		TEST(test_a_directory_is_read_with_a_bound_token),
		TEST(test_a_certificate_is_shown_where_it_is_wanted),
		TEST(test_a_certificate_that_will_not_do_is_named),
		TEST(test_the_other_door_is_for_those_who_show_one))
