/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Access tokens: the payload of a JWT, and the platform's answer about a token, claim by claim. */
#include "tests/lib/test.h"

#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define NOW    1700000000
#define ISSUER "https://idp.example/realms/corp"
#define HOST   "https://host-17.example"
#define CLIENT "host-17"

/* The claims of a good token; a row of a test replaces, adds (value) or removes ("") one. */
#define TOKEN                                                                                   \
	"{\"iss\":\"" ISSUER "\",\"sub\":\"7f0d4f2a\",\"aud\":\"" HOST "\",\"exp\":1700000300," \
	"\"iat\":1699999995,\"jti\":\"j-1\",\"client_id\":\"a-portal\",\"scope\":\"openid x\"," \
	"\"auth_time\":1699999000,\"acr\":\"2\",\"amr\":[\"pwd\",\"otp\"]}"
/* A good answer about one. */
#define ANSWER                                                                           \
	"{\"active\":true,\"sub\":\"7f0d4f2a\",\"aud\":\"" HOST "\",\"exp\":1700000300," \
	"\"client_id\":\"a-portal\",\"scope\":\"openid x\",\"token_type\":\"Bearer\"}"

static struct access_policy good_policy(void)
{
	return (struct access_policy){
		.issuer = ISSUER,
		.client_id = CLIENT,
		.audiences = "https://other.example " HOST,
		.typed = true,
		.now = NOW,
		.leeway = 30,
	};
}

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (!json)
		fail_msg("not JSON: %s", text);
	return json;
}

/* base with name replaced by the JSON in value. */
static json_t *with(const char *base, const char *name, const char *value)
{
	json_t *claims = parse(base);

	if (!name)
		return claims;
	if (*value)
		assert_int_equal(json_object_set_new(claims, name, parse(value)), 0);
	else
		assert_int_equal(json_object_del(claims, name), 0);
	return claims;
}

/* What was refused left a word, a sentence, and nothing that could be used. */
static void check_refusal(int r, const struct access_claims *claims)
{
	assert_true(r >= 0);
	assert_true((r == 0) == (claims->token.json != NULL));
	if (r == 0)
		return;
	assert_true(strlen(access_reason(r)) > strlen("access-"));
	assert_true(strlen(access_code(r)) > strlen("token-"));
	assert_true(strlen(claims->token.reason) > 10);
	assert_null(claims->token.sub);
	assert_null(claims->scopes);
	assert_string_equal(claims->client_id, "");
}

static int judge(const struct access_policy *policy, bool answer, json_t *json,
		 struct access_claims *claims)
{
	_cleanup_free_ char *text = json_dumps(json, 0);
	int r = answer ? access_answer_check(policy, json, claims)
		       : access_token_check(policy, text, strlen(text), claims);

	json_decref(json);
	check_refusal(r, claims);
	return r;
}

struct row {
	const char *name, *value;
	int outcome;
};

static void check_rows(const struct access_policy *policy, bool answer, const struct row *rows,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct access_claims claims;
		int r = judge(policy, answer,
			      with(answer ? ANSWER : TOKEN, rows[i].name, rows[i].value), &claims);

		if (r != rows[i].outcome)
			fail_msg("%s = %s: %s, not %s", rows[i].name, rows[i].value,
				 r ? access_reason(r) : "accepted",
				 rows[i].outcome ? access_reason(rows[i].outcome) : "accepted");
		access_claims_done(&claims);
	}
}

static void test_a_good_token_gives_its_facts(void **state)
{
	struct access_policy policy = good_policy();
	struct access_claims claims;

	(void)state;
	assert_int_equal(judge(&policy, false, parse(TOKEN), &claims), 0);
	assert_string_equal(claims.token.iss, ISSUER);
	assert_string_equal(claims.token.sub, "7f0d4f2a");
	assert_string_equal(claims.token.acr, "2");
	assert_int_equal(json_array_size(claims.token.amr), 2);
	assert_int_equal(claims.token.auth_time, NOW - 1000);
	assert_int_equal(claims.token.exp, NOW + 300);
	assert_string_equal(claims.client_id, "a-portal");
	assert_string_equal(claims.scopes, "openid x");
	assert_string_equal(claims.token.reason, "");
	access_claims_done(&claims);
	assert_null(claims.token.json);
	assert_int_equal(judge(&policy, true, parse(ANSWER), &claims), 0);
	assert_string_equal(claims.token.iss, ISSUER); /* whom was asked */
	assert_string_equal(claims.token.sub, "7f0d4f2a");
	assert_true(claims.bearer);
	access_claims_done(&claims);
}

/* RFC 9068 section 3 and RFC 7662 section 2.2, as printed there. */
static void test_the_published_examples_are_taken(void **state)
{
	static const char token[] =
		"{\"iss\":\"https://authorization-server.example.com/\",\"sub\":\"5ba552d67\","
		"\"aud\":\"https://rs.example.com/\",\"exp\":1639528912,\"iat\":1618354090,"
		"\"jti\":\"dbe39bf3a3ba4238a513f51d6e1691c4\",\"client_id\":\"s6BhdRkqt3\","
		"\"scope\":\"openid profile reademail\"}";
	static const char answer[] =
		"{\"active\":true,\"client_id\":\"l238j323ds-23ij4\",\"username\":\"jdoe\","
		"\"scope\":\"read write dolphin\",\"sub\":\"Z5O3upPC88QrAjx00dis\","
		"\"aud\":\"https://protected.example.net/resource\","
		"\"iss\":\"https://server.example.com/\",\"exp\":1419356238,\"iat\":1419350238,"
		"\"extension_field\":\"twenty-seven\"}";
	struct access_policy policy = { .issuer = "https://authorization-server.example.com/",
					.client_id = "rs",
					.audiences = "https://rs.example.com/",
					.typed = true,
					.now = 1639528911 };
	struct access_claims claims;

	(void)state;
	assert_int_equal(judge(&policy, false, parse(token), &claims), 0);
	assert_string_equal(claims.scopes, "openid profile reademail");
	access_claims_done(&claims);
	policy.now++;
	assert_int_equal(judge(&policy, false, parse(token), &claims), ACCESS_E_EXPIRED);
	policy = (struct access_policy){ .issuer = "https://server.example.com/",
					 .client_id = "rs",
					 .audiences = "https://protected.example.net/resource",
					 .now = 1419350238 };
	assert_int_equal(judge(&policy, true, parse(answer), &claims), 0);
	assert_string_equal(claims.token.sub, "Z5O3upPC88QrAjx00dis");
	assert_string_equal(claims.scopes, "read write dolphin");
	assert_false(claims.bearer); /* it does not say token_type */
	access_claims_done(&claims);
}

static void test_issuer_audience_and_client(void **state)
{
	static const struct row rows[] = {
		{ "iss", "\"" ISSUER "/\"", ACCESS_E_ISSUER },
		{ "iss", "\"https://IDP.example/realms/corp\"", ACCESS_E_ISSUER },
		{ "iss", "\"https://idp.example/realms/cor\"", ACCESS_E_ISSUER },
		{ "iss", "", ACCESS_E_ISSUER },
		{ "iss", "null", ACCESS_E_SHAPE },
		{ "iss", "[\"" ISSUER "\"]", ACCESS_E_SHAPE },
		{ "iss", "\"" ISSUER "\\u0000\"", ACCESS_E_JSON },
		{ "aud", "[\"" HOST "\"]", 0 },
		{ "aud", "[\"x\",\"" HOST "\"]", 0 },
		{ "aud", "\"https://other.example\"", 0 },
		{ "aud", "\"https://other.example " HOST "\"", ACCESS_E_AUDIENCE },
		{ "aud", "\"https://other.example," HOST "\"", ACCESS_E_AUDIENCE },
		{ "aud", "\"" HOST "/\"", ACCESS_E_AUDIENCE },
		{ "aud", "\"https://other\"", ACCESS_E_AUDIENCE },
		{ "aud", "\"\"", ACCESS_E_AUDIENCE },
		{ "aud", "\" \"", ACCESS_E_AUDIENCE },
		{ "aud", "[]", ACCESS_E_AUDIENCE },
		{ "aud", "", ACCESS_E_AUDIENCE },
		{ "aud", "null", ACCESS_E_SHAPE },
		{ "aud", "{}", ACCESS_E_SHAPE },
		{ "aud", "[\"" HOST "\",7]", ACCESS_E_SHAPE },
		{ "client_id", "", ACCESS_E_CLIENT },
		{ "client_id", "\"\"", ACCESS_E_CLIENT },
		{ "client_id", "7", ACCESS_E_SHAPE },
		{ "client_id", "null", ACCESS_E_SHAPE },
		{ "client_id", "\"7f0d4f2a\"", ACCESS_E_WORKLOAD },
		{ "sub", "\"a-portal\"", ACCESS_E_WORKLOAD },
		{ "sub", "\"" CLIENT "\"", ACCESS_E_WORKLOAD },
		{ "sub", "", ACCESS_E_SUBJECT },
		{ "sub", "\"\"", ACCESS_E_SUBJECT },
		{ "sub", "\"a\\nb\"", ACCESS_E_SUBJECT },
		{ "sub", "\"\\u00e8\"", ACCESS_E_SUBJECT },
		{ "sub", "12", ACCESS_E_SHAPE },
	};
	struct access_policy policy = good_policy();
	struct access_claims claims;
	json_t *json = with(TOKEN, "client_id", "");

	(void)state;
	check_rows(&policy, false, rows, ELEMENTSOF(rows));
	assert_int_equal(json_object_set_new(json, "azp", json_string("azp-portal")), 0);
	assert_int_equal(judge(&policy, false, json, &claims), 0);
	assert_string_equal(claims.client_id, "azp-portal");
	access_claims_done(&claims);
}

/* What joins audiences is an option: by itself a text is one audience, commas and all. */
static void test_audiences_in_one_text(void **state)
{
	static const struct {
		char separator;
		const char *aud;
		int outcome;
	} rows[] = {
		{ '\0', "\"" HOST "\"", 0 },
		{ '\0', "\"https://a.example," HOST "\"", ACCESS_E_AUDIENCE },
		{ '\0', "\"https://a.example " HOST "\"", ACCESS_E_AUDIENCE },
		{ '\0', "[\"https://a.example\",\"" HOST "\"]", 0 },
		{ ',', "\"https://a.example," HOST "\"", 0 },
		{ ',', "\"" HOST "\"", 0 },
		{ ',', "\"" HOST ",https://a.example\"", 0 },
		{ ',', "\"," HOST ",,\"", 0 },
		{ ',', "\"https://a.example " HOST "\"", ACCESS_E_AUDIENCE },
		{ ',', "\"https://a.example, " HOST "\"", ACCESS_E_AUDIENCE },
		{ ',', "\"" HOST "/x," HOST ".evil.example\"", ACCESS_E_AUDIENCE },
		{ ',', "\",\"", ACCESS_E_AUDIENCE },
		{ ',', "\"\"", ACCESS_E_AUDIENCE },
		{ ',', "[\"https://a.example," HOST "\"]", ACCESS_E_AUDIENCE },
		{ ',', "[\"" HOST "\"]", 0 },
		{ ',', "7", ACCESS_E_SHAPE },
		{ ' ', "\"https://a.example " HOST "\"", 0 },
		{ ' ', "\"https://a.example  " HOST " \"", 0 },
		{ ' ', "\"https://a.example," HOST "\"", ACCESS_E_AUDIENCE },
		{ ' ', "[\"https://a.example " HOST "\"]", ACCESS_E_AUDIENCE },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct access_policy policy = good_policy();
		_cleanup_(json_release_p) json_t *json = with(TOKEN, "aud", rows[i].aud);
		_cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);
		struct access_claims claims;
		int r;

		policy.aud_separator = rows[i].separator;
		r = access_token_check(&policy, text, strlen(text), &claims);
		if (r != rows[i].outcome)
			fail_msg("row %zu: %s: %d", i, rows[i].aud, r);
		check_refusal(r, &claims);
		access_claims_done(&claims);
		json_release_p(&json);
		json = with(ANSWER, "aud", rows[i].aud);
		r = access_answer_check(&policy, json, &claims);
		assert_int_equal(r, rows[i].outcome);
		access_claims_done(&claims);
	}
}

static void test_times_are_held_to_our_clock(void **state)
{
	static const struct row rows[] = {
		{ "exp", "1699999971", 0 },
		{ "exp", "1699999970", ACCESS_E_EXPIRED },
		{ "exp", "0", ACCESS_E_EXPIRED },
		{ "exp", "", ACCESS_E_EXPIRED },
		{ "exp", "1700000300.5", 0 },
		{ "exp", "\"1700000300\"", ACCESS_E_SHAPE },
		{ "exp", "1700000300000", ACCESS_E_SHAPE },
		{ "exp", "1e300", ACCESS_E_SHAPE },
		{ "exp", "-1", ACCESS_E_SHAPE },
		{ "exp", "null", ACCESS_E_SHAPE },
		{ "exp", "true", ACCESS_E_SHAPE },
		{ "iat", "1700000030", 0 },
		{ "iat", "1700000031", ACCESS_E_FUTURE },
		{ "iat", "\"now\"", ACCESS_E_SHAPE },
		{ "nbf", "1700000030", 0 },
		{ "nbf", "1700000031", ACCESS_E_FUTURE },
		{ "nbf", "[]", ACCESS_E_SHAPE },
		{ "auth_time", "1700000031", ACCESS_E_FUTURE },
		{ "auth_time", "\"x\"", ACCESS_E_SHAPE },
	};
	static const struct row no_iat[] = { { "iat", "", ACCESS_E_FUTURE } };
	struct access_policy policy = good_policy();

	(void)state;
	check_rows(&policy, false, rows, ELEMENTSOF(rows));
	check_rows(&policy, true, rows, ELEMENTSOF(rows));
	check_rows(&policy, false, no_iat, 1);
}

static void test_an_id_token_or_a_bound_one_is_no_password(void **state)
{
	static const struct row rows[] = {
		{ "nonce", "\"n\"", ACCESS_E_KIND },
		{ "at_hash", "\"h\"", ACCESS_E_KIND },
		{ "c_hash", "null", ACCESS_E_KIND },
		{ "s_hash", "\"h\"", ACCESS_E_KIND },
		{ "typ", "\"ID\"", ACCESS_E_KIND },
		{ "typ", "\"id\"", ACCESS_E_KIND },
		{ "typ", "\"Refresh\"", ACCESS_E_KIND },
		{ "typ", "\"Offline\"", ACCESS_E_KIND },
		{ "token_use", "\"refresh_token\"", ACCESS_E_KIND },
		{ "token_use", "\"id\"", ACCESS_E_KIND },
		{ "token_use", "\"access\"", 0 },
		{ "typ", "\"Bearer\"", 0 },
		{ "cnf", "{\"jkt\":\"x\"}", ACCESS_E_BOUND },
		{ "cnf", "{\"x5t#S256\":\"x\"}", ACCESS_E_BOUND },
		{ "cnf", "null", ACCESS_E_BOUND },
		{ "acr", "7", ACCESS_E_SHAPE },
		{ "amr", "\"pwd\"", ACCESS_E_SHAPE },
	};
	static const struct row answers[] = {
		{ "token_type", "\"bearer\"", 0 },
		{ "token_type", "\"DPoP\"", ACCESS_E_BOUND },
		{ "token_type", "7", ACCESS_E_SHAPE },
		{ "token_type", "\"\"", ACCESS_E_BOUND },
		{ "token_type", "", 0 },
		{ "token_type", "null", ACCESS_E_SHAPE },
	};
	struct access_policy policy = good_policy();

	(void)state;
	check_rows(&policy, false, rows, ELEMENTSOF(rows));
	check_rows(&policy, true, rows, ELEMENTSOF(rows));
	check_rows(&policy, true, answers, ELEMENTSOF(answers));
}

/* Where the platform's access tokens say "JWT", an ID token differs by its audience: us. */
static void test_without_a_typ_our_client_is_no_audience(void **state)
{
	struct access_policy policy = good_policy();
	static const struct row typed[] = { { "aud", "\"" CLIENT "\"", 0 } };
	static const struct row untyped[] = { { "aud", "\"" CLIENT "\"", ACCESS_E_AUDIENCE },
					      { "aud", "[\"" CLIENT "\",\"" HOST "\"]", 0 } };

	(void)state;
	policy.audiences = CLIENT " " HOST;
	check_rows(&policy, false, typed, ELEMENTSOF(typed));
	policy.typed = false;
	check_rows(&policy, false, untyped, ELEMENTSOF(untyped));
}

static void test_scopes_come_in_four_shapes(void **state)
{
	static const struct {
		const char *name, *value, *scopes; /* NULL: refused */
	} rows[] = {
		{ "scope", "\"a b\"", "a b" },  { "scope", "[\"a\",\"b\"]", "a b" },
		{ "scope", "\"\"", "" },        { "scope", "[]", "" },
		{ "scope", "[\"a b\"]", NULL }, { "scope", "[\"\"]", NULL },
		{ "scope", "\"a\\tb\"", NULL }, { "scope", "\"\\u00e8\"", NULL },
		{ "scope", "7", NULL },         { "scope", "null", NULL },
		{ "scp", "\"c\"", "openid x" }, /* scope is there: it decides */
	};
	struct access_policy policy = good_policy();
	struct access_claims claims;
	json_t *json = with(TOKEN, "scope", "");

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = judge(&policy, false, with(TOKEN, rows[i].name, rows[i].value), &claims);

		assert_int_equal(r, rows[i].scopes ? 0 : ACCESS_E_SHAPE);
		if (r == 0)
			assert_string_equal(claims.scopes, rows[i].scopes);
		access_claims_done(&claims);
	}
	assert_int_equal(json_object_set_new(json, "scp", parse("[\"c\",\"d\"]")), 0);
	assert_int_equal(judge(&policy, false, json, &claims), 0);
	assert_string_equal(claims.scopes, "c d");
	access_claims_done(&claims);
	assert_int_equal(judge(&policy, false, with(TOKEN, "scope", ""), &claims), 0);
	assert_null(claims.scopes);
	access_claims_done(&claims);
}

/* Unset is never "any". */
static void test_an_empty_policy_takes_nothing(void **state)
{
	static const struct row token[] = { { NULL, NULL, ACCESS_E_POLICY } };
	static const struct row ours[] = {
		{ NULL, NULL, ACCESS_E_AUDIENCE }, /* issued to another application */
		{ "client_id", "\"" CLIENT "\"", 0 },
		{ "client_id", "\"" CLIENT "x\"", ACCESS_E_AUDIENCE },
		{ "aud", "\"" CLIENT "\"", 0 },
		{ "aud", "[\"x\",\"" CLIENT "\"]", 0 },
		{ "aud", "", ACCESS_E_AUDIENCE },
		{ "aud", "7", ACCESS_E_SHAPE },
	};
	struct access_policy policy = good_policy();

	(void)state;
	policy.audiences = NULL;
	check_rows(&policy, false, token, 1);
	check_rows(&policy, true, ours, ELEMENTSOF(ours));
	policy.audiences = "";
	check_rows(&policy, false, token, 1);
	check_rows(&policy, true, token, 1);
	policy = good_policy();
	policy.issuer = "";
	check_rows(&policy, false, token, 1);
	policy = good_policy();
	policy.client_id = NULL;
	check_rows(&policy, true, token, 1);
	policy = good_policy();
	policy.now = 0;
	check_rows(&policy, false, token, 1);
	policy = good_policy();
	policy.leeway = 301;
	check_rows(&policy, false, token, 1);
}

static void test_an_answer_may_leave_out_what_is_optional(void **state)
{
	static const struct row rows[] = {
		{ "client_id", "", 0 },
		{ "scope", "", 0 },
		{ "iss", "\"" ISSUER "\"", 0 },
		{ "iss", "\"" ISSUER "/\"", ACCESS_E_ISSUER },
		{ "aud", "", ACCESS_E_AUDIENCE },
		{ "sub", "", ACCESS_E_WORKLOAD },
		{ "sub", "\"a-portal\"", ACCESS_E_WORKLOAD },
		{ "exp", "", ACCESS_E_EXPIRED },
	};
	struct access_policy policy = good_policy();
	struct access_claims claims;
	json_t *json = with(ANSWER, "sub", "");

	(void)state;
	check_rows(&policy, true, rows, ELEMENTSOF(rows));
	/* issued to us, and for somebody else: with an audience configured only that counts */
	assert_int_equal(json_object_set_new(json, "client_id", json_string(CLIENT)), 0);
	assert_int_equal(json_object_set_new(json, "sub", json_string("7f0d4f2a")), 0);
	assert_int_equal(json_object_set_new(json, "aud", json_string("https://x")), 0);
	assert_int_equal(judge(&policy, true, json, &claims), ACCESS_E_AUDIENCE);
	json = with(ANSWER, "sub", "");
	/* a name is no subject */
	assert_int_equal(json_object_set_new(json, "username", json_string("alice")), 0);
	assert_int_equal(judge(&policy, true, json, &claims), ACCESS_E_SUBJECT);
}

/* A token that is verified twice. */
static int join(const char *name, const char *value, struct access_claims *claims)
{
	struct access_policy policy = good_policy();
	struct access_claims answer;
	int r;

	policy.both = true;
	assert_int_equal(judge(&policy, false, with(TOKEN, "acr", ""), claims), 0);
	assert_int_equal(judge(&policy, true, with(ANSWER, name, value), &answer), 0);
	r = access_claims_join(claims, &answer);
	access_claims_done(&answer);
	return r;
}

static void test_token_and_answer_must_agree(void **state)
{
	struct access_policy policy = good_policy();
	struct access_claims claims;

	(void)state;
	policy.both = true; /* an answer that says an audience is held to it */
	assert_int_equal(judge(&policy, true, with(ANSWER, "aud", "\"https://x\""), &claims),
			 ACCESS_E_AUDIENCE);
	assert_int_equal(join("sub", "\"bob\"", &claims), ACCESS_E_DIFFERS);
	access_claims_done(&claims);
	assert_int_equal(join("client_id", "\"another\"", &claims), ACCESS_E_DIFFERS);
	access_claims_done(&claims);
	assert_int_equal(join("client_id", "", &claims), 0);
	access_claims_done(&claims);
	assert_int_equal(join("aud", "", &claims), 0); /* the token itself says it */
	access_claims_done(&claims);
	assert_int_equal(join("exp", "1700000100", &claims), 0);
	assert_int_equal(claims.token.exp, NOW + 100);
	access_claims_done(&claims);
	assert_int_equal(join("scope", "\"x\"", &claims), 0); /* one was withdrawn */
	assert_string_equal(claims.scopes, "x");
	access_claims_done(&claims);
	assert_int_equal(join("acr", "\"3\"", &claims), 0);
	assert_string_equal(claims.token.acr, "3");
	assert_int_equal(claims.token.auth_time, NOW - 1000);
	access_claims_done(&claims);
	assert_int_equal(join("groups", "[\"staff\"]", &claims), 0);
	assert_non_null(json_object_get(claims.token.json, "groups"));
	assert_string_equal(claims.token.sub, "7f0d4f2a");
	access_claims_done(&claims);
}

static void test_only_what_rfc_6750_calls_a_token_is_sent(void **state)
{
	static const char *const good[] = { "mF_9.B5f-4.1JqM", "a", "a+/~==", "AAAA=" };
	static const char *const bad[] = { "",     "=",         "a b",       "a=b",   "a\nb",
					   "a%20", "a\xc3\xa8", "a&token=b", "\"a\"", "a\x7f" };
	char *longest = malloc(JWS_LEN_MAX + 2);

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		assert_true(access_token_is_sound(good[i], strlen(good[i])));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(access_token_is_sound(bad[i], strlen(bad[i])));
	assert_non_null(longest);
	memset(longest, 'a', JWS_LEN_MAX + 1);
	longest[JWS_LEN_MAX + 1] = '\0';
	assert_false(access_token_is_sound(longest, JWS_LEN_MAX + 1));
	longest[JWS_LEN_MAX] = '\0';
	assert_true(access_token_is_sound(longest, JWS_LEN_MAX));
	free(longest);
}

/* ---- the gate before: what an attacker can write into a token ---- */

static int gate(const char *typ, char *token)
{
	const struct jws_policy policy = { .algs = JOSE_ALGS_ALL,
					   .use = JWS_USE_ACCESS_TOKEN,
					   .typ = typ };
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_RS256), "\"kid\":\"k\"");
	struct jwks *keys = NULL;
	struct jws jws;
	int r;

	assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
	r = jws_verify(&policy, token, strlen(token), keys, &jws);
	assert_true((r == 0) == (jws.payload != NULL));
	jws_done(&jws);
	jwks_free(keys);
	free(token);
	return r;
}

static char *signed_with(const char *header)
{
	return forge_token(forge_key(JOSE_RS256), JOSE_RS256, header, TOKEN);
}

static void test_only_an_access_token_of_the_platform_passes_the_gate(void **state)
{
	static const struct {
		const char *typ; /* access_typ */
		const char *header;
		int outcome;
	} rows[] = {
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", 0 },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+JWT\"}", 0 },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"application/at+jwt\"}", 0 },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"JWT\"}", JWS_E_TYP },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\"}", JWS_E_TYP },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"logout+jwt\"}", JWS_E_TYP },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"dpop+jwt\"}", JWS_E_TYP },
		{ "JWT", "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"JWT\"}", 0 },
		{ "JWT", "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_TYP },
		{ "JWT", "{\"alg\":\"RS256\",\"kid\":\"k\"}", JWS_E_TYP },
		{ NULL, "{\"alg\":\"RS512\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_SIGNATURE },
		{ NULL, "{\"alg\":\"PS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_SIGNATURE },
		{ NULL, "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_KEY },
		{ NULL, "{\"alg\":\"EdDSA\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_KEY },
		{ NULL, "{\"alg\":\"none\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_ALG },
		{ NULL, "{\"alg\":\"None\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_ALG },
		{ NULL, "{\"alg\":\"HS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_ALG },
		{ NULL, "{\"alg\":\"rs256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_ALG },
		{ NULL, "{\"kid\":\"k\",\"typ\":\"at+jwt\"}", JWS_E_HEADER },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"l\",\"typ\":\"at+jwt\"}", JWS_E_UNKNOWN_KEY },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+jwt\",\"crit\":[\"exp\"]}",
		  JWS_E_CRIT },
		{ NULL, "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+jwt\",\"cty\":\"JWT\"}",
		  JWS_E_TYP },
		{ NULL, "{\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}",
		  JWS_E_HEADER },
	};
	_cleanup_free_ char *pem = forge_pem(forge_key(JOSE_RS256));
	const char *header = "{\"alg\":\"HS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}";

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = gate(rows[i].typ, signed_with(rows[i].header));

		if (r != rows[i].outcome)
			fail_msg("%s: %s, not %s", rows[i].header, r ? jws_reason(r) : "accepted",
				 rows[i].outcome ? jws_reason(rows[i].outcome) : "accepted");
	}
	/* signed with the public key, with a stranger's, and not at all */
	assert_int_equal(gate(NULL, forge_hmac(pem, strlen(pem), header, TOKEN)), JWS_E_ALG);
	header = "{\"alg\":\"RS256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}";
	assert_int_equal(
		gate(NULL, forge_token(forge_other_key(JOSE_RS256), JOSE_RS256, header, TOKEN)),
		JWS_E_SIGNATURE);
	assert_int_equal(gate(NULL, forge_signed_by(header, TOKEN, "", 0)), JWS_E_SHAPE);
}

TEST_MAIN(TEST(test_a_good_token_gives_its_facts), TEST(test_the_published_examples_are_taken),
	  TEST(test_audiences_in_one_text), TEST(test_issuer_audience_and_client),
	  TEST(test_times_are_held_to_our_clock),
	  TEST(test_an_id_token_or_a_bound_one_is_no_password),
	  TEST(test_without_a_typ_our_client_is_no_audience), TEST(test_scopes_come_in_four_shapes),
	  TEST(test_an_empty_policy_takes_nothing),
	  TEST(test_an_answer_may_leave_out_what_is_optional),
	  TEST(test_token_and_answer_must_agree),
	  TEST(test_only_what_rfc_6750_calls_a_token_is_sent),
	  TEST(test_only_an_access_token_of_the_platform_passes_the_gate))
