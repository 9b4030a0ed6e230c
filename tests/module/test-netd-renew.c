/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd and the tokens of a session: handed over, at a platform that misbehaves. What
 * the authority was not given is revoked, and nothing of a token is ever logged.
 */
#include "tests/lib/test.h"

#include <poll.h>
#include <time.h>

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */

static uint32_t revision;
static uint64_t flow;

/* A provider named after its case; more are pairs, NULL ends them. */
static void set_up(const char *what, const char *const *more)
{
	char issuer[256];
	const char *pairs[32] = { "issuer", issuer, "client_id", "host", "ca", mock.ca };
	size_t n = 6;

	assert_true(snprintf(issuer, sizeof(issuer), "https://127.0.0.1:%u/%s", mock.port, what) >
		    0);
	while (more && *more && n + 1 < ELEMENTSOF(pairs))
		pairs[n++] = *more++;
	assert_int_equal(fake_core_reconnect(&core), 0);
	assert_int_equal(fake_core_setup(&core, ++revision, "provider", what, pairs), 0);
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
	assert_in_range(tokens.expires, (uint64_t)time(NULL) + 500, (uint64_t)time(NULL) + 600);
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

NETD_WORLD_MAIN(TEST(test_tokens_come_directly_before_the_identity),
		TEST(test_who_does_not_keep_gets_none),
		TEST(test_what_was_not_handed_over_is_revoked),
		TEST(test_other_tokens_of_a_sign_in))
