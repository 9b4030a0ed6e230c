/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd with logout tokens that somebody brings: signed here with the platform's own
 * key, as an attacker who has one of its other tokens would like to.
 */
#include "tests/lib/test.h"

#include <time.h>

#include "tests/lib/forge.h"
#include "tests/lib/mock-token.h"
#include "tests/lib/netd-world.h"

#define WAIT   (60 * USEC_PER_SEC)
#define CLIENT "host"
#define EVENT  "http://schemas.openid.net/event/backchannel-logout"
#define TYPED  "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"logout+jwt\"}"

static uint32_t revision;
static uint64_t flow;
static char issuer[256];
static int64_t now;

static void set_up(const char *what, const char *key, const char *value)
{
	const char *const more[] = { key, value, NULL };

	now = (int64_t)time(NULL);
	netd_world_issuer(what, issuer);
	assert_int_equal(fake_core_reconnect(&core), 0);
	netd_world_provider(++revision, "p", what, CLIENT, more);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

/* A good token of the issuer set up last, with one claim replaced (JSON), added or removed (""). */
static char *new_token(const char *header, const char *name, const char *value)
{
	json_t *claims = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:s,s:{s:{}}}", "iss", issuer, "sub",
				   "u-alice", "sid", "s-1", "aud", CLIENT, "iat", (json_int_t)now,
				   "exp", (json_int_t)now + 120, "jti", "j-1", "events", EVENT);

	return mock_token(&mock, header, claims, name, value);
}

struct verdict {
	enum wire_type type;
	char code[64], text[REASON_MAX];
	char iss[256], sub[64], sid[64], jti[64];
	uint64_t until;
};

static void copy(char *room, size_t len, const char *text)
{
	assert_true(snprintf(room, len, "%s", text) < (int)len);
}

static struct verdict check(const char *provider, const char *token)
{
	struct verdict verdict = { .code = "" };
	struct wire_in in;

	assert_int_equal(fake_core_logout(&core, ++flow, provider, token), 0);
	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	verdict.type = in.type;
	assert_true(wire_get_u64(&in) == flow);
	if (in.type == MSG_LOGGED_OUT) {
		copy(verdict.iss, sizeof(verdict.iss), wire_get_str(&in, WIRE_STRING_MAX));
		copy(verdict.sub, sizeof(verdict.sub), wire_get_str(&in, WIRE_STRING_MAX));
		copy(verdict.sid, sizeof(verdict.sid), wire_get_str(&in, WIRE_STRING_MAX));
		copy(verdict.jti, sizeof(verdict.jti), wire_get_str(&in, WIRE_STRING_MAX));
		verdict.until = wire_get_u64(&in);
	} else {
		copy(verdict.code, sizeof(verdict.code), wire_get_str(&in, WIRE_STRING_MAX));
		copy(verdict.text, sizeof(verdict.text), wire_get_str(&in, WIRE_STRING_MAX));
	}
	assert_int_equal(wire_close(&in), 0);
	return verdict;
}

/* word: in the text, which must be a sentence with it in brackets. */
static unsigned wrong(const char *what, const struct verdict *got, enum wire_type type,
		      const char *code, const char *word)
{
	bool same = got->type == type && strcmp(got->code, code) == 0 && strstr(got->text, word);

	if (!same)
		print_message("%s: %s %s (%s), expected %s %s (%s)\n", what,
			      wire_name((uint16_t)got->type), got->code, got->text,
			      wire_name((uint16_t)type), code, word);
	return !same;
}

static void test_a_good_one_says_whose_sessions_end(void **state)
{
	_cleanup_free_ char *token = NULL, *all = NULL, *one = NULL;
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~logout", NULL, NULL);
	token = new_token(TYPED, NULL, NULL);
	verdict = check("p", token);
	assert_int_equal(verdict.type, MSG_LOGGED_OUT);
	assert_string_equal(verdict.iss, issuer);
	assert_string_equal(verdict.sub, "u-alice");
	assert_string_equal(verdict.sid, "s-1");
	assert_string_equal(verdict.jti, "j-1");
	/* Within the leeway it would be taken once more: so long it has to be remembered. */
	assert_true(verdict.until == (uint64_t)now + 120 + TOKEN_LEEWAY_SEC);
	all = new_token(TYPED, "sid", "");
	assert_string_equal(check("p", all).sid, "");
	one = new_token(TYPED, "sub", "");
	verdict = check("p", one);
	assert_string_equal(verdict.sub, "");
	assert_string_equal(verdict.sid, "s-1");
	assert_false(fake_core_logged(&core, token));
}

static void test_what_it_says_is_held_to_its_rules(void **state)
{
	static const struct {
		const char *name, *value, *word;
	} rows[] = {
		{ "iss", "\"https://evil.example\"", "logout-issuer" },
		{ "iss", "", "logout-issuer" },
		{ "aud", "\"somebody-else\"", "logout-audience" },
		{ "aud", "[\"x\",\"" CLIENT "\"]", "logout-party" },
		{ "exp", "1", "logout-expired" },
		{ "exp", "9999999999", "logout-life" },
		{ "iat", "9999999999", "logout-future" },
		{ "jti", "", "logout-id" },
		{ "nonce", "\"n\"", "logout-nonce" },
		{ "events", "", "logout-event" },
		{ "events", "{\"" EVENT "\":null}", "logout-event" },
		{ "sub", "7", "logout-shape" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~rules", NULL, NULL);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *token = new_token(TYPED, rows[i].name, rows[i].value);
		_cleanup_free_ char *what = forge_printf("%s = %s", rows[i].name, rows[i].value);
		struct verdict verdict = check("p", token);

		n_wrong += wrong(what, &verdict, MSG_DENIED, "logout-token", rows[i].word);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_one_kind_never_passes_for_another(void **state)
{
	static const struct {
		const char *header, *word;
	} rows[] = {
		{ "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\"}", "jws-typ" },
		{ "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"JWT\"}", "jws-typ" },
		{ "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}", "jws-typ" },
		{ "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"secevent+jwt\"}",
		  "jws-typ" },
		{ "{\"alg\":\"none\",\"typ\":\"logout+jwt\"}", "jws-alg" },
		{ "{\"alg\":\"HS256\",\"kid\":\"mock-rs256\",\"typ\":\"logout+jwt\"}", "jws-alg" },
		{ "{\"alg\":\"ES256\",\"kid\":\"mock-rs256\",\"typ\":\"logout+jwt\"}", "jws-key" },
		{ "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"logout+jwt\","
		  "\"crit\":[\"x\"]}",
		  "jws-crit" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	/* The ID token's own typ makes no difference here. */
	set_up("good~kinds", "typ", "JWT");
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *token = new_token(rows[i].header, NULL, NULL);
		struct verdict verdict = check("p", token);

		n_wrong +=
			wrong(rows[i].header, &verdict, MSG_DENIED, "logout-token", rows[i].word);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_what_is_forged_is_refused(void **state)
{
	static const char *const texts[] = { "", "x", "..", "a.b.c", "{\"events\":{}}" };
	_cleanup_free_ char *good = NULL, *stranger = NULL, *unknown = NULL;
	struct verdict verdict;
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~forged-logout", NULL, NULL);
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		verdict = check("p", texts[i]);
		n_wrong += wrong(texts[i], &verdict, MSG_DENIED, "logout-token", "jws-");
	}
	good = new_token(TYPED, NULL, NULL);
	stranger = forge_token(forge_other_key(JOSE_RS256), JOSE_RS256, TYPED, "{}");
	verdict = check("p", stranger);
	n_wrong += wrong("a stranger's", &verdict, MSG_DENIED, "logout-token", "jws-signature");
	good[strlen(good) - 5] ^= 1;
	verdict = check("p", good);
	n_wrong += wrong("a bit changed", &verdict, MSG_DENIED, "logout-token", "jws-");
	good[strlen(good) - 5] ^= 1;
	assert_int_equal(check("p", good).type, MSG_LOGGED_OUT);
	/* A kid nobody knows costs one more fetch. */
	assert_int_equal(netd_world_asked("good~forged-logout", "jwks"), 1);
	unknown =
		new_token("{\"alg\":\"RS256\",\"kid\":\"new\",\"typ\":\"logout+jwt\"}", NULL, NULL);
	verdict = check("p", unknown);
	n_wrong += wrong("a new kid", &verdict, MSG_DENIED, "logout-token", "jws-unknown-key");
	assert_int_equal(netd_world_asked("good~forged-logout", "jwks"), 2);
	assert_int_equal(n_wrong, 0);
}

/* What cannot be found out ends nobody's session. */
static void test_what_cannot_be_checked_is_failed(void **state)
{
	static const char *const cases[] = { "error-500,at=jwks~logout", "hang,at=jwks",
					     "error-500,at=discovery~logout", "discovery-no-jwks" };
	_cleanup_free_ char *token = NULL;
	struct verdict verdict;
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *one = NULL;

		set_up(cases[i], NULL, NULL);
		one = new_token(TYPED, NULL, NULL);
		assert_int_equal(check("p", one).type, MSG_FAILED);
	}
	set_up("good~plain-logout", "mode", "oauth2");
	token = new_token(TYPED, NULL, NULL);
	assert_int_equal(check("p", token).type, MSG_FAILED);
	set_up("good~broken-logout", "algs", "XX");
	verdict = check("p", token);
	n_wrong += wrong("broken", &verdict, MSG_FAILED, "configuration", "");
	verdict = check("nobody", token);
	n_wrong += wrong("nobody", &verdict, MSG_FAILED, "configuration", "");
	assert_int_equal(n_wrong, 0);
}

NETD_WORLD_MAIN(TEST(test_a_good_one_says_whose_sessions_end),
		TEST(test_what_it_says_is_held_to_its_rules),
		TEST(test_one_kind_never_passes_for_another), TEST(test_what_is_forged_is_refused),
		TEST(test_what_cannot_be_checked_is_failed))
