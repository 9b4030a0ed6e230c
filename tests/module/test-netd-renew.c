/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd and the tokens of a session, at a platform that misbehaves: handed over,
 * renewed and revoked. What the authority was not given is revoked, and nothing of a token is ever
 * logged.
 */
#include "tests/lib/test.h"

#include <poll.h>

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */

static uint32_t revision;
static uint64_t flow;

/* A provider named after its case; more: pairs, NULL at their end, or NULL. */
static void set_up(const char *what, const char *const *more)
{
	assert_int_equal(fake_core_reconnect(&core), 0);
	netd_world_provider(++revision, what, what, "host", more);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	core.signs = core.proves = 0;
	core.keep = false;
	core.resource = NULL;
}

/* How a flow went on, in what a test looks at. */
struct answer {
	enum wire_type type;
	char code[64], text[REASON_MAX]; /* DENIED, FAILED */
	char kind[16];                   /* TOKENS, from here */
	char access[JWS_LEN_MAX + 1], refresh[JWS_LEN_MAX + 1], id[JWS_LEN_MAX + 1];
	char scope[256], resource[256];
	uint64_t expires;
	bool told; /* REVOKED, from here */
	char end_session[256];
};

static void copy(char *room, size_t size, const char *text)
{
	assert_true(snprintf(room, size, "%s", text) < (int)size);
}

static void read_tokens(struct wire_in *in, struct answer *answer)
{
	copy(answer->kind, sizeof(answer->kind), wire_get_str(in, WIRE_STRING_MAX));
	copy(answer->access, sizeof(answer->access), wire_get_str(in, WIRE_STRING_MAX));
	copy(answer->refresh, sizeof(answer->refresh), wire_get_str(in, WIRE_STRING_MAX));
	copy(answer->id, sizeof(answer->id), wire_get_str(in, WIRE_STRING_MAX));
	copy(answer->scope, sizeof(answer->scope), wire_get_str(in, WIRE_STRING_MAX));
	copy(answer->resource, sizeof(answer->resource), wire_get_str(in, WIRE_STRING_MAX));
	answer->expires = wire_get_u64(in);
	assert_int_equal(wire_close(in), 0);
}

static struct answer next(void)
{
	static struct answer answer;
	struct wire_in in;

	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	answer = (struct answer){ .type = in.type };
	assert_true(wire_get_u64(&in) == flow);
	if (in.type == MSG_TOKENS) {
		read_tokens(&in, &answer);
	} else if (in.type == MSG_DENIED || in.type == MSG_FAILED) {
		copy(answer.code, sizeof(answer.code), wire_get_str(&in, WIRE_STRING_MAX));
		copy(answer.text, sizeof(answer.text), wire_get_str(&in, WIRE_STRING_MAX));
	} else if (in.type == MSG_REVOKED) {
		answer.told = wire_get_bool(&in);
		copy(answer.end_session, sizeof(answer.end_session),
		     wire_get_str(&in, WIRE_STRING_MAX));
		assert_int_equal(wire_close(&in), 0);
	}
	return answer;
}

/* Waits until the mock has noted text of a case: revocations of idp-netd's own wait for nobody. */
static bool noted(const char *what, const char *text)
{
	for (unsigned i = 0; i < 600; i++) {
		if (netd_world_noted(what, text))
			return true;
		IGNORE(poll(NULL, 0, 50));
	}
	return false;
}

/* ---- the tokens of a sign-in ---- */

static struct answer sign_in(const char *what, const char *scopes)
{
	struct answer answer;

	assert_int_equal(fake_core_device(&core, ++flow, what, scopes), 0);
	do {
		answer = next();
	} while (answer.type == MSG_CODE);
	return answer;
}

/* As idp-netd counts: time() may still say the second before. */
static uint64_t now(void)
{
	return clock_real() / USEC_PER_SEC;
}

static void test_tokens_come_directly_before_the_identity(void **state)
{
	static const char what[] = "refresh-offered";
	struct answer tokens;

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	core.keep = true;
	core.resource = "https://api.test/";
	tokens = sign_in(what, "openid profile");
	assert_int_equal(tokens.type, MSG_TOKENS);
	assert_string_equal(tokens.kind, "Bearer");
	assert_memory_equal(tokens.access, "mock-access-", 12);
	assert_memory_equal(tokens.refresh, "mock-refresh-", 13);
	assert_non_null(strchr(tokens.id, '.'));
	assert_string_equal(tokens.scope, "openid profile");
	assert_string_equal(tokens.resource, "https://api.test/");
	assert_in_range(tokens.expires, now() + 500, now() + 600);
	assert_int_equal(next().type, MSG_IDENTITY);
	/* One more flow of the same provider: whatever was to be revoked has been by then. */
	assert_int_equal(sign_in(what, "openid").type, MSG_TOKENS);
	assert_int_equal(next().type, MSG_IDENTITY);
	assert_int_equal(netd_world_asked(what, "revocation"), 0);
	assert_false(fake_core_logged(&core, tokens.refresh));
	assert_false(fake_core_logged(&core, tokens.access));
	assert_false(fake_core_logged(&core, tokens.id));
}

static void test_who_does_not_keep_gets_none(void **state)
{
	static const char what[] = "refresh-offered~not";

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	assert_int_equal(sign_in(what, "openid").type, MSG_IDENTITY);
	assert_true(noted(what, "refresh_token mock-refresh-"));
}

static void test_what_was_not_handed_over_is_revoked(void **state)
{
	static const char what[] = "refresh-offered,alg=RS512~list";
	static const char *const es256[] = { "algs", "ES256", NULL };
	struct answer answer;

	(void)state;
	if (no_platform)
		skip();
	set_up(what, es256);
	core.keep = true;
	answer = sign_in(what, "openid");
	assert_int_equal(answer.type, MSG_DENIED);
	assert_string_equal(answer.code, "token-invalid");
	assert_true(noted(what, "refresh_token mock-refresh-"));
}

static void test_other_tokens_of_a_sign_in(void **state)
{
	static const struct {
		const char *what, *scope;
		bool refresh, id, expires;
	} rows[] = {
		{ "good~no-refresh", "openid", false, true, true },
		{ "no-expires-in", "openid", false, true, false },
		{ "scope-absent", "", false, true, true },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct answer tokens;

		set_up(rows[i].what, NULL);
		core.keep = true;
		tokens = sign_in(rows[i].what, "openid");
		assert_int_equal(tokens.type, MSG_TOKENS);
		assert_string_equal(tokens.scope, rows[i].scope);
		assert_string_equal(tokens.resource, "");
		assert_true((*tokens.refresh != '\0') == rows[i].refresh);
		assert_true((*tokens.id != '\0') == rows[i].id);
		assert_true((tokens.expires != 0) == rows[i].expires);
		assert_int_equal(next().type, MSG_IDENTITY);
	}
}

/* ---- a refresh ---- */

static struct answer renew(const char *what, const char *token)
{
	assert_int_equal(fake_core_refresh(&core, ++flow, what, token, "u-alice"), 0);
	return next();
}

static unsigned wrong(const char *what, const struct answer *got, enum wire_type type,
		      const char *code)
{
	bool same = got->type == type && strcmp(got->code, code) == 0;

	if (!same)
		print_message("%s: %s %s (%s), expected %s %s\n", what,
			      wire_name((uint16_t)got->type), got->code, got->text,
			      wire_name((uint16_t)type), code);
	if (same && type != MSG_TOKENS && strlen(got->text) < 10)
		print_message("%s: no sentence\n", what);
	return !same;
}

static void test_what_a_platform_says_to_a_refresh(void **state)
{
	static const struct {
		const char *what;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "good~renew", MSG_TOKENS, "" },
		{ "refresh-kept", MSG_TOKENS, "" },
		{ "refresh-no-id-token", MSG_TOKENS, "" },
		{ "refresh-narrowed", MSG_TOKENS, "" },
		{ "refresh-no-scope", MSG_TOKENS, "" },
		{ "refresh-no-expires", MSG_TOKENS, "" },
		{ "refresh-fat", MSG_TOKENS, "" },
		{ "refresh-refused", MSG_DENIED, "refresh-refused" },
		{ "refresh-refused-401", MSG_DENIED, "refresh-refused" },
		{ "refresh-somebody", MSG_DENIED, "token-invalid" },
		{ "refresh-wrong-iss", MSG_DENIED, "token-invalid" },
		{ "refresh-wrong-aud", MSG_DENIED, "token-invalid" },
		{ "refresh-expired", MSG_DENIED, "token-invalid" },
		{ "refresh-at-hash", MSG_DENIED, "token-invalid" },
		{ "refresh-forged", MSG_DENIED, "token-invalid" },
		{ "refresh-typ-logout", MSG_DENIED, "token-invalid" },
		{ "refresh-id-token-number", MSG_FAILED, "platform-refused" },
		{ "refresh-token-type-mac", MSG_FAILED, "platform-refused" },
		{ "refresh-no-access", MSG_FAILED, "platform-refused" },
		{ "refresh-huge", MSG_FAILED, "platform-refused" },
		{ "refresh-twice", MSG_FAILED, "platform-refused" },
		{ "refresh-scope-controls", MSG_FAILED, "platform-refused" },
		{ "refresh-invalid-client", MSG_FAILED, "platform-refused" },
		{ "refresh-invalid-target", MSG_DENIED, "audience-refused" },
		{ "refresh-invalid-scope", MSG_FAILED, "platform-refused" },
		{ "refresh-unauthorized", MSG_FAILED, "platform-refused" },
		{ "refresh-invalid-grant-500", MSG_FAILED, "platform-unreachable" },
		{ "garbage,at=token", MSG_FAILED, "platform-refused" },
		{ "empty,at=token", MSG_FAILED, "platform-refused" },
		{ "html-404,at=token", MSG_FAILED, "platform-refused" },
		{ "error-500,at=token", MSG_FAILED, "platform-unreachable" },
		{ "error-503-retry,at=token", MSG_FAILED, "platform-unreachable" },
		{ "error-429,at=token", MSG_FAILED, "platform-unreachable" },
		{ "redirect-same,at=token", MSG_FAILED, "redirect-refused" },
		{ "big,at=token", MSG_FAILED, "answer-too-large" },
		{ "reset,at=token", MSG_FAILED, "answer-truncated" },
		{ "error-500,at=discovery", MSG_FAILED, "http-status" },
		{ "discovery-no-token", MSG_FAILED, "not-offered" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct answer answer;

		set_up(rows[i].what, NULL);
		answer = renew(rows[i].what, "static-refresh");
		n_wrong += wrong(rows[i].what, &answer, rows[i].type, rows[i].code);
	}
	assert_int_equal(n_wrong, 0);
	assert_false(fake_core_logged(&core, "static-refresh"));
	assert_false(fake_core_logged(&core, "\033"));
}

static void test_a_rotated_token_is_new_and_the_old_one_is_spent(void **state)
{
	static const char what[] = "good~rotate";
	struct answer first, second, again;

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	first = renew(what, "static-refresh");
	assert_int_equal(first.type, MSG_TOKENS);
	assert_string_equal(first.kind, "Bearer");
	assert_memory_equal(first.refresh, "mock-refresh-", 13);
	assert_string_equal(first.scope, "openid profile");
	assert_in_range(first.expires, now() + 500, now() + 600);
	assert_non_null(strchr(first.id, '.'));
	second = renew(what, first.refresh);
	assert_int_equal(second.type, MSG_TOKENS);
	assert_string_not_equal(second.refresh, first.refresh);
	assert_string_not_equal(second.access, first.access);
	assert_int_equal(netd_world_asked(what, "revocation"), 0);
	/* Used again, it costs the whole family (RFC 9700 section 4.14.2). */
	again = renew(what, first.refresh);
	assert_string_equal(again.code, "refresh-refused");
	assert_non_null(strstr(again.text, "not good"));
	again = renew(what, second.refresh);
	assert_string_equal(again.code, "refresh-refused");
	assert_false(fake_core_logged(&core, first.refresh));
	assert_false(fake_core_logged(&core, second.access));
}

static void test_one_that_is_kept_is_not_said_again(void **state)
{
	static const char *const cases[] = { "refresh-kept~twice", "refresh-same" };

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		set_up(cases[i], NULL);
		for (unsigned n = 0; n < 2; n++) {
			struct answer tokens = renew(cases[i], "static-refresh");

			assert_int_equal(tokens.type, MSG_TOKENS);
			assert_string_equal(tokens.refresh, "");
		}
		assert_int_equal(netd_world_asked(cases[i], "revocation"), 0);
	}
}

/* The new one is nobody's; an old one that is said again is still the authority's to judge. */
static void test_a_new_token_that_goes_nowhere_is_revoked(void **state)
{
	(void)state;
	if (no_platform)
		skip();
	set_up("refresh-somebody~revoke", NULL);
	assert_int_equal(renew("refresh-somebody~revoke", "static-refresh").type, MSG_DENIED);
	assert_true(noted("refresh-somebody~revoke", "refresh_token mock-refresh-"));
	set_up("refresh-same-somebody", NULL);
	assert_int_equal(renew("refresh-same-somebody", "static-refresh").type, MSG_DENIED);
	assert_int_equal(renew("refresh-same-somebody", "static-refresh").type, MSG_DENIED);
	assert_int_equal(netd_world_asked("refresh-same-somebody", "revocation"), 0);
}

static void test_the_resource_goes_along(void **state)
{
	static const char what[] = "good~resource";
	struct answer tokens;

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	tokens = renew(what, "static-refresh");
	assert_string_equal(tokens.resource, "");
	assert_false(netd_world_noted(what, "\"resource\":"));
	core.resource = "https://api.test/a?b=c&d";
	tokens = renew(what, tokens.refresh);
	assert_int_equal(tokens.type, MSG_TOKENS);
	assert_string_equal(tokens.resource, core.resource);
	assert_true(netd_world_noted(what, "\"resource\":\"https://api.test/a?b=c&d\""));
	assert_true(netd_world_noted(what, "\"grant_type\":\"refresh_token\""));
	assert_false(netd_world_noted(what, "\"scope\":"));
}

static void test_every_client_proves_itself(void **state)
{
	static const struct {
		const char *what;
		const char *more[7];
		const char *noted; /* of the request, as the mock saw it */
		unsigned signs, proves;
	} rows[] = {
		{ "good~none", { NULL }, "\"client_id\":\"host\"", 0, 0 },
		{ "good~post",
		  { "client_auth", "client_secret_post", "client_secret", "s3cret", NULL },
		  "\"client_secret\":\"s3cret\"",
		  0,
		  0 },
		{ "good~basic",
		  { "client_auth", "client_secret_basic", "client_secret", "s3cret", NULL },
		  "Basic aG9zdDpzM2NyZXQ=",
		  0,
		  0 },
		{ "good~jwt",
		  { "client_auth", "private_key_jwt", NULL },
		  "\"client_assertion\":\"assertion\"",
		  1,
		  0 },
		{ "dpop~renew", { "dpop", "true", NULL }, "\"token\":1", 0, 1 },
		{ "dpop-nonce~renew", { "dpop", "true", NULL }, "\"token\":2", 0, 2 },
		{ "dpop-nonce~renew-jwt",
		  { "dpop", "true", "client_auth", "private_key_jwt", NULL },
		  "\"client_assertion\":\"assertion\"",
		  2,
		  2 },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct answer tokens;

		set_up(rows[i].what, rows[i].more);
		tokens = renew(rows[i].what, "static-refresh");
		if (tokens.type != MSG_TOKENS)
			fail_msg("%s: %s (%s)", rows[i].what, tokens.code, tokens.text);
		assert_string_equal(tokens.kind, rows[i].proves > 0 ? "DPoP" : "Bearer");
		assert_true(netd_world_noted(rows[i].what, rows[i].noted));
		assert_int_equal(core.signs, rows[i].signs);
		assert_int_equal(core.proves, rows[i].proves);
	}
}

static void test_a_host_that_cannot_sign_spends_nothing(void **state)
{
	static const char *const more[] = { "client_auth", "private_key_jwt", NULL };
	const char *kept = core.assertion;
	struct answer answer;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~keyless", more);
	core.assertion = NULL;
	answer = renew("good~keyless", "static-refresh");
	core.assertion = kept;
	assert_int_equal(answer.type, MSG_FAILED);
	assert_int_equal(netd_world_asked("good~keyless", "token"), 0);
}

/* Keys that are not to be had are missed before the token is spent, not after. */
static void test_without_keys_nothing_is_spent(void **state)
{
	static const char what[] = "error-500,at=jwks";

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	assert_int_equal(renew(what, "static-refresh").type, MSG_FAILED);
	assert_int_equal(netd_world_asked(what, "token"), 0);
}

/* Who somebody is stands in the token response: said again, it must be the same. */
static void test_a_platform_without_id_tokens(void **state)
{
	static const struct {
		const char *what;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "good~plain", MSG_TOKENS, "" },
		{ "refresh-uid-other", MSG_DENIED, "token-invalid" },
		{ "refresh-uid-same", MSG_TOKENS, "" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		static const char *const more[] = {
			"mode",
			"oauth2",
			"subject_from",
			"token:/user_id",
			"token_endpoint",
			"@/token",
			"device_endpoint",
			"@/device",
			NULL,
		};
		struct answer answer;

		set_up(rows[i].what, more);
		answer = renew(rows[i].what, "static-refresh");
		n_wrong += wrong(rows[i].what, &answer, rows[i].type, rows[i].code);
		assert_string_equal(answer.id, ""); /* nothing verified it */
	}
	assert_int_equal(n_wrong, 0);
}

static void test_a_platform_that_hangs_is_given_up(void **state)
{
	static const char what[] = "hang,at=token";

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	assert_string_equal(renew(what, "static-refresh").code, "timeout");
}

/* A connection that was kept and is broken now: nobody knows whether the platform has acted. */
static void test_a_token_is_not_spent_twice(void **state)
{
	static const char what[] = "reset,at=token~once";

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	assert_string_equal(renew(what, "static-refresh").code, "answer-truncated");
	assert_int_equal(netd_world_asked(what, "token"), 1);
}

/* ---- revocation ---- */

static struct answer revoke(const char *what, const char *refresh_token, const char *access_token)
{
	assert_int_equal(fake_core_revoke(&core, ++flow, what, refresh_token, access_token), 0);
	return next();
}

static void test_what_a_platform_says_to_a_revocation(void **state)
{
	static const struct {
		const char *what;
		const char *refresh, *access;
		bool told, end_session;
		unsigned asked; /* 0: not counted */
	} rows[] = {
		{ "good~revoke", "static-refresh", "static-token", true, true, 2 },
		{ "good~revoke-refresh", "static-refresh", "", true, true, 1 },
		{ "good~revoke-access", "", "static-token", true, true, 1 },
		{ "good~revoke-nothing", "", "", false, true, 0 },
		{ "good~revoke-unknown", "nobody-knows", "this", true, true, 2 },
		{ "revoke-never", "static-refresh", "static-token", false, true, 0 },
		{ "revoke-refused", "static-refresh", "static-token", false, true, 2 },
		{ "revoke-unsupported-access", "static-refresh", "static-token", true, true, 2 },
		{ "revoke-unsupported", "static-refresh", "static-token", false, true, 2 },
		{ "revoke-503", "static-refresh", "static-token", false, true, 2 },
		{ "revoke-204", "static-refresh", "static-token", true, true, 2 },
		{ "logout-never", "static-refresh", "", true, false, 1 },
		{ "logout-long", "static-refresh", "", true, false, 1 },
		{ "error-500,at=discovery~revoke", "static-refresh", "", false, false, 0 },
		{ "reset,at=revocation", "static-refresh", "static-token", false, true, 0 },
		{ "garbage,at=revocation", "static-refresh", "static-token", true, true, 2 },
		{ "redirect-same,at=revocation", "static-refresh", "x", false, true, 1 },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct answer answer;

		set_up(rows[i].what, NULL);
		answer = revoke(rows[i].what, rows[i].refresh, rows[i].access);
		if (answer.type != MSG_REVOKED || answer.told != rows[i].told ||
		    (*answer.end_session != '\0') != rows[i].end_session)
			fail_msg("%s: %s %s, told %d, %s", rows[i].what,
				 wire_name((uint16_t)answer.type), answer.text, answer.told,
				 answer.end_session);
		if (rows[i].asked > 0)
			assert_int_equal(netd_world_asked(rows[i].what, "revocation"),
					 rows[i].asked);
	}
	assert_false(fake_core_logged(&core, "static-refresh"));
	assert_false(fake_core_logged(&core, "static-token"));
}

static void test_the_refresh_token_goes_first_each_with_its_hint(void **state)
{
	static const char what[] = "good~hints";

	(void)state;
	if (no_platform)
		skip();
	set_up(what, NULL);
	assert_int_equal(revoke(what, "static-refresh", "static-token").type, MSG_REVOKED);
	assert_true(netd_world_noted(what, "\"revoked\":[\"refresh_token static-refresh\","
					   "\"access_token static-token\"]"));
	assert_string_equal(renew(what, "static-refresh").code, "refresh-refused");
}

static void test_a_revocation_is_signed_as_everything_else(void **state)
{
	static const char *const jwt[] = { "client_auth", "private_key_jwt", NULL };
	static const char *const basic[] = { "client_auth", "client_secret_basic", "client_secret",
					     "s3cret", NULL };
	static const char *const bound[] = { "dpop", "true", NULL };
	const char *kept = core.assertion;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~revoke-jwt", jwt);
	assert_true(revoke("good~revoke-jwt", "static-refresh", "static-token").told);
	assert_int_equal(core.signs, 2);
	assert_true(netd_world_noted("good~revoke-jwt", "\"client_assertion\":\"assertion\""));
	core.assertion = NULL;
	assert_false(revoke("good~revoke-jwt", "static-refresh", "static-token").told);
	core.assertion = kept;
	set_up("good~revoke-basic", basic);
	assert_true(revoke("good~revoke-basic", "static-refresh", "").told);
	assert_true(netd_world_noted("good~revoke-basic", "Basic aG9zdDpzM2NyZXQ="));
	/* RFC 9449 knows no proof there. */
	set_up("dpop~revoke", bound);
	assert_true(revoke("dpop~revoke", "static-refresh", "static-token").told);
	assert_int_equal(core.proves, 0);
}

/* ---- configuration ---- */

static void test_a_mistake_of_the_configuration_is_failed(void **state)
{
	static const char *const broken[] = { "algs", "XX", NULL };
	struct answer answer;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~broken", broken);
	answer = revoke("good~broken", "static-refresh", "");
	assert_int_equal(wrong("revoke", &answer, MSG_FAILED, "configuration"), 0);
	answer = renew("good~broken", "static-refresh");
	assert_int_equal(wrong("renew", &answer, MSG_FAILED, "configuration"), 0);
	answer = revoke("nobody", "static-refresh", "");
	assert_int_equal(wrong("nobody", &answer, MSG_FAILED, "configuration"), 0);
	answer = renew("nobody", "static-refresh");
	assert_int_equal(wrong("nobody", &answer, MSG_FAILED, "configuration"), 0);
}

NETD_WORLD_MAIN(TEST(test_tokens_come_directly_before_the_identity),
		TEST(test_who_does_not_keep_gets_none),
		TEST(test_what_was_not_handed_over_is_revoked),
		TEST(test_other_tokens_of_a_sign_in), TEST(test_what_a_platform_says_to_a_refresh),
		TEST(test_a_rotated_token_is_new_and_the_old_one_is_spent),
		TEST(test_one_that_is_kept_is_not_said_again),
		TEST(test_a_new_token_that_goes_nowhere_is_revoked),
		TEST(test_the_resource_goes_along), TEST(test_every_client_proves_itself),
		TEST(test_a_host_that_cannot_sign_spends_nothing),
		TEST(test_without_keys_nothing_is_spent), TEST(test_a_platform_without_id_tokens),
		TEST(test_a_platform_that_hangs_is_given_up), TEST(test_a_token_is_not_spent_twice),
		TEST(test_what_a_platform_says_to_a_revocation),
		TEST(test_the_refresh_token_goes_first_each_with_its_hint),
		TEST(test_a_revocation_is_signed_as_everything_else),
		TEST(test_a_mistake_of_the_configuration_is_failed))
