/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd with access tokens that somebody presents: signed here with the platform's own
 * key, as an attacker who has one would like to, and introspected at a platform that misbehaves.
 */
#include "tests/lib/test.h"

#include <poll.h>
#include <time.h>

#include "tests/lib/forge.h"
#include "tests/lib/memory.h"
#include "tests/lib/mock-token.h"
#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC)
#define HOST "https://host.test"

#define IDENTITY MSG_IDENTITY
#define DENIED   MSG_DENIED
#define FAILED   MSG_FAILED

static uint32_t revision;
static uint64_t flow;
static char issuer[256];

/* The whole of a [provider] whose issuer is a case of the mock. */
static void set_up(const char *what, const char *verify, const char *key, const char *value)
{
	const char *more[] = { "verify", verify, "audience", HOST, key, value, NULL };

	if (key && strcmp(key, "audience") == 0) { /* another, or none */
		more[2] = value ? key : NULL;
		more[3] = value;
		more[4] = NULL;
	}
	netd_world_issuer(what, issuer);
	netd_world_provider(++revision, "p", what, "host-basic", more);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

static void begin(void)
{
	revision = 0;
	assert_int_equal(fake_core_reconnect(&core), 0);
}

/* A good token of the issuer set up last, with one claim replaced (JSON), added or removed (""). */
static char *new_token(const char *header, const char *name, const char *value)
{
	int64_t now = (int64_t)time(NULL);
	json_t *claims = json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:s,s:s,s:[s]}", "iss", issuer, "sub",
				   "u-alice", "aud", HOST, "exp", (json_int_t)now + 300, "iat",
				   (json_int_t)now, "client_id", "a-portal", "scope", "profile",
				   "preferred_username", "alice", "groups", "staff");

	return mock_token(&mock,
			  header ? header
				 : "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}",
			  claims, name, value);
}

struct verdict {
	enum wire_type type;
	char code[64], text[REASON_MAX], sub[64], name[64], unknown[64];
	size_t n_groups;
};

static void copy(char *room, size_t len, const char *text)
{
	assert_true(snprintf(room, len, "%s", text) >= 0);
}

/* What IDENTITY says last: the lists that are not known, with spaces between. */
static void read_unknown(struct wire_in *in, size_t n_groups, struct verdict *verdict)
{
	uint32_t n;

	for (size_t i = 0; i < n_groups; i++)
		(void)wire_get_str(in, 256);
	for (unsigned lists = 0; lists < 2; lists++) /* entitlements, scopes */
		for (n = wire_get_count(in); n > 0; n--)
			(void)wire_get_str(in, 256);
	(void)wire_get_str(in, 256); /* acr */
	for (n = wire_get_count(in); n > 0; n--)
		(void)wire_get_str(in, 256);
	(void)wire_get_u64(in);
	(void)wire_get_u64(in);
	for (n = wire_get_count(in); n > 0; n--)
		(void)wire_get_field(in);
	for (n = wire_get_count(in); n > 0; n--) {
		size_t len = strlen(verdict->unknown);

		assert_true(snprintf(verdict->unknown + len, sizeof(verdict->unknown) - len, "%s%s",
				     len ? " " : "", wire_get_str(in, 64)) > 0);
	}
	assert_int_equal(wire_close(in), 0);
}

static void read_verdict(struct wire_in *in, struct verdict *verdict)
{
	*verdict = (struct verdict){ .type = in->type };
	assert_true(wire_get_u64(in) == flow);
	if (in->type == MSG_IDENTITY) {
		assert_string_equal(wire_get_str(in, 64), "p");
		assert_string_equal(wire_get_str(in, 256), issuer);
		copy(verdict->sub, sizeof(verdict->sub), wire_get_str(in, 63));
		copy(verdict->name, sizeof(verdict->name), wire_get_str(in, 63));
		verdict->n_groups = wire_get_count(in);
		read_unknown(in, verdict->n_groups, verdict);
	} else {
		copy(verdict->code, sizeof(verdict->code), wire_get_str(in, 63));
		copy(verdict->text, sizeof(verdict->text), wire_get_str(in, REASON_MAX - 1));
	}
}

static struct verdict check(const char *token)
{
	struct verdict verdict;
	struct wire_in in;

	assert_int_equal(fake_core_token(&core, ++flow, "p", token), 0);
	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	read_verdict(&in, &verdict);
	return verdict;
}

static unsigned wrong(const char *what, const struct verdict *got, enum wire_type type,
		      const char *code)
{
	bool same = got->type == type && (!code || strcmp(got->code, code) == 0);

	if (!same)
		print_message("%s: %s %s (%s), expected %s %s\n", what,
			      wire_name((uint16_t)got->type), got->code, got->text,
			      wire_name((uint16_t)type), code ? code : "");
	if (same && type != MSG_IDENTITY && strlen(got->text) < 10)
		print_message("%s: no sentence\n", what);
	return !same;
}

/* ---- by the platform's keys ---- */

static void test_only_a_sound_access_token_becomes_an_identity(void **state)
{
	static const char rs256[] = "\"alg\":\"RS256\",\"kid\":\"mock-rs256\"";
	static const struct {
		const char *name, *value;
		const char *typ; /* NULL: at+jwt */
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ NULL, NULL, NULL, IDENTITY, NULL },
		{ "aud", "[\"x\",\"" HOST "\"]", NULL, IDENTITY, NULL },
		{ "scope", "", NULL, IDENTITY, NULL },
		{ NULL, NULL, "AT+JWT", IDENTITY, NULL },
		{ NULL, NULL, "JWT", DENIED, "token-kind" },
		{ NULL, NULL, "", DENIED, "token-kind" },
		{ NULL, NULL, "logout+jwt", DENIED, "token-kind" },
		{ "nonce", "\"n\"", NULL, DENIED, "token-kind" },
		{ "cnf", "{\"jkt\":\"x\"}", NULL, DENIED, "token-kind" },
		{ "exp", "1", NULL, DENIED, "token-expired" },
		{ "exp", "", NULL, DENIED, "token-expired" },
		{ "exp", "\"soon\"", NULL, DENIED, "token-refused" },
		{ "iat", "9999999999", NULL, DENIED, "token-refused" },
		{ "nbf", "9999999999", NULL, DENIED, "token-refused" },
		{ "aud", "\"https://somebody-else.test\"", NULL, DENIED, "token-audience" },
		{ "aud", "\"host-basic\"", NULL, DENIED, "token-audience" },
		{ "aud", "", NULL, DENIED, "token-audience" },
		{ "aud", "7", NULL, DENIED, "token-refused" },
		{ "iss", "\"https://evil.example\"", NULL, DENIED, "token-refused" },
		{ "iss", "", NULL, DENIED, "token-refused" },
		{ "sub", "\"a-portal\"", NULL, DENIED, "workload-token" },
		{ "sub", "\"host-basic\"", NULL, DENIED, "workload-token" },
		{ "sub", "", NULL, DENIED, "token-refused" },
		{ "client_id", "", NULL, DENIED, "token-refused" },
		{ "preferred_username", "\"a\\nb\"", NULL, FAILED, "token-refused" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("good", "jwks", NULL, NULL);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const char *typ = rows[i].typ ? rows[i].typ : "at+jwt";
		_cleanup_free_ char *header = forge_printf(
			"{%s%s%s%s}", rs256, *typ ? ",\"typ\":\"" : "", typ, *typ ? "\"" : "");
		_cleanup_free_ char *token = new_token(header, rows[i].name, rows[i].value);
		_cleanup_free_ char *what =
			forge_printf("%s = %s, typ %s", rows[i].name, rows[i].value, typ);
		struct verdict verdict = check(token);

		n_wrong += wrong(what, &verdict, rows[i].type, rows[i].code);
		if (verdict.type == IDENTITY) {
			assert_string_equal(verdict.sub, "u-alice");
			assert_string_equal(verdict.name, "alice");
			assert_int_equal(verdict.n_groups, 1);
		}
	}
	assert_int_equal(n_wrong, 0);
	assert_int_equal(netd_world_asked("good", "introspection"), 0);
}

static void test_what_is_forged_is_refused(void **state)
{
	static const char header[] =
		"{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}";
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"HS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"PS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"ES256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"RS256\",\"kid\":\"mock-es256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"RS256\",\"kid\":\"stranger\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\",\"crit\":[\"x\"]}",
	};
	static const char *const texts[] = { "", "x", "static-token", "a b", "a\nb", "..", "\x01" };
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("good~forged", "jwks", NULL, NULL);
	for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
		_cleanup_free_ char *token = new_token(headers[i], NULL, NULL);
		struct verdict verdict = check(token);

		n_wrong += wrong(headers[i], &verdict, DENIED, "token-refused");
	}
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		struct verdict verdict = check(texts[i]);

		n_wrong += wrong(texts[i], &verdict, DENIED, "token-refused");
	}
	{
		_cleanup_free_ char *good = new_token(header, NULL, NULL);
		_cleanup_free_ char *stranger = forge_token(forge_other_key(JOSE_RS256), JOSE_RS256,
							    header, "{\"sub\":\"u-alice\"}");
		struct verdict verdict = check(stranger);

		n_wrong += wrong("a stranger's", &verdict, DENIED, "token-refused");
		good[strlen(good) - 5] ^= 1;
		verdict = check(good);
		n_wrong += wrong("a bit changed", &verdict, DENIED, "token-refused");
		good[strlen(good) - 5] ^= 1;
		verdict = check(good);
		n_wrong += wrong("the honest one", &verdict, IDENTITY, NULL);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_without_an_audience_no_jwt_passes(void **state)
{
	_cleanup_free_ char *token = NULL;
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("good~nobody", "jwks", "audience", NULL);
	token = new_token(NULL, NULL, NULL);
	verdict = check(token);
	assert_int_equal(wrong("no audience", &verdict, DENIED, "token-refused"), 0);
}

/* A platform whose access tokens say "JWT": its ID tokens still are none. */
static void test_a_platform_without_a_typ(void **state)
{
	static const char header[] = "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"JWT\"}";
	_cleanup_free_ char *token = NULL, *at = NULL, *id = NULL;
	struct verdict verdict;
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("good~plain", "jwks", "access_typ", "JWT");
	token = new_token(header, NULL, NULL);
	at = new_token(NULL, NULL, NULL);
	id = new_token(header, "at_hash", "\"x\"");
	verdict = check(token);
	n_wrong += wrong("typ JWT", &verdict, IDENTITY, NULL);
	verdict = check(at);
	n_wrong += wrong("typ at+jwt", &verdict, DENIED, "token-kind");
	verdict = check(id);
	n_wrong += wrong("an ID token", &verdict, DENIED, "token-kind");
	assert_int_equal(n_wrong, 0);
}

/* ---- by introspection ---- */

static void test_what_the_platform_says_is_held_to_its_rules(void **state)
{
	static const struct {
		const char *what;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "good~i", IDENTITY, NULL },
		{ "introspect-active-text", FAILED, "platform-refused" },
		{ "introspect-active-one", FAILED, "platform-refused" },
		{ "introspect-active-null", FAILED, "platform-refused" },
		{ "introspect-no-active", FAILED, "platform-refused" },
		{ "introspect-twice", FAILED, "platform-refused" },
		{ "introspect-inactive", DENIED, "token-inactive" },
		{ "introspect-no-exp", DENIED, "token-expired" },
		{ "introspect-expired", DENIED, "token-expired" },
		{ "introspect-exp-text", DENIED, "token-refused" },
		{ "introspect-nbf-future", DENIED, "token-refused" },
		{ "introspect-other-iss", DENIED, "token-refused" },
		{ "introspect-no-iss", IDENTITY, NULL },
		{ "introspect-aud-other", DENIED, "token-audience" },
		{ "introspect-aud-list", IDENTITY, NULL },
		{ "introspect-aud-number", DENIED, "token-refused" },
		{ "introspect-no-aud", DENIED, "token-audience" },
		{ "introspect-dpop", DENIED, "token-kind" },
		{ "introspect-bound", DENIED, "token-kind" },
		{ "introspect-workload", DENIED, "workload-token" },
		{ "introspect-no-sub", DENIED, "workload-token" },
		{ "introspect-name-only", DENIED, "token-refused" },
		{ "introspect-id-token", DENIED, "token-kind" },
		{ "introspect-no-type", IDENTITY, NULL },
		{ "introspect-refresh", DENIED, "token-inactive" },
		{ "introspect-no-groups", IDENTITY, NULL },
		{ "introspect-no-groups-bob", DENIED, "token-refused" },
		{ "introspect-no-openid", IDENTITY, NULL },
		{ "introspect-401", FAILED, "platform-refused" },
		{ "introspect-html", FAILED, "platform-refused" },
		{ "introspect-signed", FAILED, "platform-refused" },
		{ "no-introspection", FAILED, "platform-refused" },
		{ "garbage,at=introspection", FAILED, "platform-refused" },
		{ "empty,at=introspection", FAILED, "platform-refused" },
		{ "html-404,at=introspection", FAILED, "platform-refused" },
		{ "error-500,at=introspection", FAILED, "platform-unreachable" },
		{ "error-429,at=introspection", FAILED, "platform-unreachable" },
		{ "redirect-same,at=introspection", FAILED, "platform-unreachable" },
		{ "reset,at=introspection", FAILED, "platform-unreachable" },
		{ "big,at=introspection", FAILED, "platform-unreachable" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct verdict verdict;

		set_up(rows[i].what, "introspect", NULL, NULL);
		verdict = check("static-token");
		n_wrong += wrong(rows[i].what, &verdict, rows[i].type, rows[i].code);
		if (verdict.type == IDENTITY)
			assert_string_equal(verdict.sub, "u-alice");
		if (strcmp(rows[i].what, "introspect-no-groups") == 0) { /* userinfo says it */
			assert_string_equal(verdict.name, "alice");
			assert_int_equal(verdict.n_groups, 2);
		}
		if (strcmp(rows[i].what, "introspect-no-openid") == 0)
			assert_int_equal(netd_world_asked(rows[i].what, "userinfo"), 0);
		verdict = check("another-token");
		if (rows[i].type == IDENTITY)
			n_wrong += wrong("unknown", &verdict, DENIED, "token-inactive");
	}
	assert_int_equal(n_wrong, 0);
}

/* Not "in no group": the authority must not take it for that. */
static void test_a_list_that_is_none_is_not_known(void **state)
{
	static const struct {
		const char *what, *from, *unknown;
		size_t n_groups;
	} rows[] = {
		{ "good~lists", "/groups", "", 2 },
		{ "good~lists-there", "introspection:/groups", "", 2 },
		{ "introspect-groups-text", "/groups", "groups", 0 },
		{ "introspect-groups-text~there", "introspection:/groups", "groups", 0 },
		{ "introspect-groups-numbers", "/groups", "groups", 0 },
		{ "introspect-groups-object", "/groups", "groups", 0 },
		{ "good~nowhere", "introspection:/nowhere", "", 0 },
	};
	_cleanup_free_ char *token = NULL;
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	begin();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		set_up(rows[i].what, "introspect", "groups_from", rows[i].from);
		verdict = check("static-token");
		assert_int_equal(wrong(rows[i].what, &verdict, IDENTITY, NULL), 0);
		assert_string_equal(verdict.unknown, rows[i].unknown);
		assert_int_equal(verdict.n_groups, rows[i].n_groups);
	}
	set_up("good~keys", "jwks", NULL, NULL);
	token = new_token(NULL, "groups", "\"staff\"");
	verdict = check(token);
	assert_int_equal(wrong("a text", &verdict, IDENTITY, NULL), 0);
	assert_string_equal(verdict.unknown, "groups");
	set_up("good~elsewhere", "jwks", "groups_from", "introspection:/groups");
	free(token);
	token = new_token(NULL, NULL, NULL);
	verdict = check(token); /* nobody was asked */
	assert_int_equal(wrong("elsewhere", &verdict, IDENTITY, NULL), 0);
	assert_string_equal(verdict.unknown, "groups");
}

/* Userinfo may come as a token itself, for the client the presented one was given to. */
static void test_userinfo_may_be_signed(void **state)
{
	static const struct {
		const char *what;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "userinfo-signed", IDENTITY, NULL },
		{ "userinfo-signed-times", IDENTITY, NULL },
		{ "userinfo-signed-aud-list", IDENTITY, NULL },
		{ "userinfo-signed-newer", IDENTITY, NULL },
		{ "userinfo-signed-expired", DENIED, "token-invalid" },
		{ "userinfo-signed-future", DENIED, "token-invalid" },
		{ "userinfo-signed-other-sub", DENIED, "token-refused" },
		{ "userinfo-signed-no-sub", DENIED, "token-invalid" },
		{ "userinfo-signed-other-iss", DENIED, "token-invalid" },
		{ "userinfo-signed-no-iss", DENIED, "token-invalid" },
		{ "userinfo-signed-other-aud", DENIED, "token-invalid" },
		{ "userinfo-signed-no-aud", DENIED, "token-invalid" },
		{ "userinfo-signed-wrong-key", DENIED, "token-invalid" },
		{ "userinfo-signed-none", DENIED, "token-invalid" },
		{ "userinfo-signed-hs256", DENIED, "token-invalid" },
		{ "userinfo-signed-typ", DENIED, "token-invalid" },
		{ "userinfo-signed-cut", DENIED, "token-invalid" },
		{ "userinfo-json-as-jwt", DENIED, "token-invalid" },
		{ "userinfo-jwt-as-json", FAILED, NULL },
		{ "userinfo-empty-jwt", DENIED, "token-invalid" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *token = NULL;
		struct verdict verdict;

		set_up(rows[i].what, "jwks", "groups_from", "userinfo:/groups");
		token = new_token(NULL, "scope", "\"openid profile\"");
		verdict = check(token);
		n_wrong += wrong(rows[i].what, &verdict, rows[i].type, rows[i].code);
		if (verdict.type == IDENTITY)
			assert_int_equal(verdict.n_groups, 2);
	}
	assert_int_equal(n_wrong, 0);
	assert_true(fake_core_logged(&core, "signed userinfo is refused"));
}

/* Unset is not "any": then only a token that was issued to this host's own client passes. */
static void test_without_an_audience_the_token_must_be_ours(void **state)
{
	struct verdict verdict;
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("good~unset", "introspect", "audience", NULL);
	verdict = check("static-token");
	n_wrong += wrong("another's", &verdict, DENIED, "token-audience");
	set_up("introspect-to-us", "introspect", "audience", NULL);
	verdict = check("static-token");
	n_wrong += wrong("ours", &verdict, IDENTITY, NULL);
	assert_int_equal(n_wrong, 0);
}

/* INDIGO IAM joins the audiences of its answers with blanks, PDND those of its tokens with commas.
 */
static void test_joined_audiences_are_an_option(void **state)
{
	static const struct {
		const char *what, *verify, *form, *aud;
		enum wire_type expected;
	} rows[] = {
		{ "introspect-aud-spaces", "introspect", "list", NULL, DENIED },
		{ "introspect-aud-spaces", "introspect", "comma", NULL, DENIED },
		{ "introspect-aud-spaces", "introspect", "space", NULL, IDENTITY },
		{ "introspect-aud-list", "introspect", "space", NULL, IDENTITY },
		{ "introspect-aud-other", "introspect", "space", NULL, DENIED },
		{ "good~joined", "jwks", "list", "\"https://a.test," HOST "\"", DENIED },
		{ "good~joined", "jwks", "space", "\"https://a.test," HOST "\"", DENIED },
		{ "good~joined", "jwks", "comma", "\"https://a.test," HOST "\"", IDENTITY },
		{ "good~joined", "jwks", "comma", "\"https://a.test," HOST "x\"", DENIED },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *token = NULL;
		struct verdict verdict;

		set_up(rows[i].what, rows[i].verify, "aud_form", rows[i].form);
		token = rows[i].aud ? new_token(NULL, "aud", rows[i].aud) : strdup("static-token");
		verdict = check(token);
		n_wrong += wrong(rows[i].form, &verdict, rows[i].expected,
				 rows[i].expected == DENIED ? "token-audience" : NULL);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_a_yes_is_remembered_and_a_no_is_not(void **state)
{
	struct verdict verdict;
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("introspect-revoked", "introspect", NULL, NULL);
	for (unsigned i = 0; i < 3; i++) { /* for a minute, that is */
		verdict = check("static-token");
		n_wrong += wrong("remembered", &verdict, IDENTITY, NULL);
	}
	assert_int_equal(netd_world_asked("introspect-revoked", "introspection"), 1);
	assert_int_equal(fake_core_reconnect(&core), 0); /* nothing outlives the link */
	revision = 0;
	set_up("introspect-revoked", "introspect", NULL, NULL);
	for (unsigned i = 0; i < 2; i++) {
		verdict = check("static-token");
		n_wrong += wrong("revoked", &verdict, DENIED, "token-inactive");
	}
	assert_int_equal(netd_world_asked("introspect-revoked", "introspection"), 3);
	set_up("introspect-exp-soon", "introspect", "leeway", "0");
	verdict = check("static-token");
	n_wrong += wrong("ends soon", &verdict, IDENTITY, NULL);
	for (int64_t end = (int64_t)time(NULL) + 3; (int64_t)time(NULL) < end;)
		verdict = check("static-token");
	assert_true(netd_world_asked("introspect-exp-soon", "introspection") > 1);
	assert_int_equal(n_wrong, 0);
}

/* ---- by both ---- */

static void test_of_both_each_must_agree(void **state)
{
	static const struct {
		const char *what;
		enum wire_type type;
		const char *code;
	} rows[] = {
		{ "good~both", IDENTITY, NULL },
		{ "introspect-inactive~both", DENIED, "token-inactive" },
		{ "introspect-other-sub~both", DENIED, "token-refused" },
		{ "introspect-other-client~both", DENIED, "token-refused" },
		{ "introspect-no-aud~both", IDENTITY, NULL },
		{ "introspect-aud-other~both", DENIED, "token-audience" },
		{ "introspect-expired~both", DENIED, "token-expired" },
		{ "introspect-401~both", FAILED, "platform-refused" },
		{ "error-500,at=introspection~both", FAILED, "platform-unreachable" },
		{ "jwks-empty~both", DENIED, "token-refused" },
	};
	unsigned n_wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *token = NULL;
		struct verdict verdict;

		set_up(rows[i].what, "both", NULL, NULL);
		token = new_token(NULL, NULL, NULL);
		verdict = check(token);
		n_wrong += wrong(rows[i].what, &verdict, rows[i].type, rows[i].code);
	}
	{ /* what the keys refuse is not even asked about */
		_cleanup_free_ char *token = NULL;
		struct verdict verdict;

		set_up("good~bad", "both", NULL, NULL);
		token = new_token(NULL, "exp", "1");
		verdict = check(token);
		n_wrong += wrong("expired", &verdict, DENIED, "token-expired");
		verdict = check("static-token");
		n_wrong += wrong("opaque", &verdict, DENIED, "token-refused");
		assert_int_equal(netd_world_asked("good~bad", "introspection"), 0);
	}
	assert_int_equal(n_wrong, 0);
}

/* ---- the token that nobody asked for ---- */

static void sign_in(const char *what)
{
	struct wire_in in;

	set_up(what, "jwks", NULL, NULL);
	assert_int_equal(fake_core_device(&core, ++flow, "p", "openid profile"), 0);
	do {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	} while (in.type == MSG_CODE);
	assert_int_equal(in.type, MSG_IDENTITY);
}

static void test_a_refresh_token_that_nobody_keeps_is_revoked(void **state)
{
	(void)state;
	if (no_platform)
		skip();
	begin();
	sign_in("good~no-refresh");
	sign_in("with-refresh");
	for (unsigned i = 0; i < 100 && netd_world_asked("with-refresh", "revocation") == 0; i++)
		IGNORE(poll(NULL, 0, 50));
	assert_int_equal(netd_world_asked("with-refresh", "revocation"), 1);
	assert_int_equal(netd_world_asked("good~no-refresh", "revocation"), 0);
}

/* ---- what is left of a token ---- */

static void test_no_token_stays_in_memory_or_in_the_log(void **state)
{
	_cleanup_free_ char *token = NULL, *expired = NULL;
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	begin();
	set_up("good~memory", "jwks", NULL, NULL);
	token = new_token(NULL, NULL, NULL);
	expired = new_token(NULL, "exp", "1");
	verdict = check(token);
	assert_int_equal(verdict.type, IDENTITY);
	verdict = check(expired);
	assert_int_equal(verdict.type, DENIED);
	verdict = check("x"); /* what was erased after the answer is erased now */
	assert_int_equal(verdict.type, DENIED);
	if (!memory_holds(core.pid, mock.ca)) { /* what it must hold */
		print_message("# the memory of idp-netd cannot be read here\n");
		skip();
	}
	/* the signature: payloads of tokens of one second are alike */
	assert_false(memory_holds(core.pid, strrchr(token, '.') + 1));
	assert_false(memory_holds(core.pid, strrchr(expired, '.') + 1));
	assert_false(fake_core_logged(&core, strrchr(token, '.') + 1));
	assert_false(fake_core_logged(&core, strrchr(expired, '.') + 1));
	assert_true(fake_core_logged(&core, "token-expired") ||
		    fake_core_logged(&core, "access-expired"));
}

NETD_WORLD_MAIN(TEST(test_only_a_sound_access_token_becomes_an_identity),
		TEST(test_what_is_forged_is_refused), TEST(test_without_an_audience_no_jwt_passes),
		TEST(test_a_platform_without_a_typ),
		TEST(test_what_the_platform_says_is_held_to_its_rules),
		TEST(test_a_list_that_is_none_is_not_known), TEST(test_userinfo_may_be_signed),
		TEST(test_without_an_audience_the_token_must_be_ours),
		TEST(test_joined_audiences_are_an_option),
		TEST(test_a_yes_is_remembered_and_a_no_is_not), TEST(test_of_both_each_must_agree),
		TEST(test_a_refresh_token_that_nobody_keeps_is_revoked),
		TEST(test_no_token_stays_in_memory_or_in_the_log))
