/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose a token is that a platform without a client of ours signed: of a city, which gives the same
 * kind of token to visitors, and of a platform of vouchers, which gives them to programs alone.
 */
#include "tests/lib/test.h"

#include "idp-agentd/net/access-token.h"
#include "tests/lib/forge.h"

#define NOW    1700000000
#define CITY   "https://servizi.comune.example.it/lang"
#define TENANT "60e3c0de-0000-4000-8000-000000000001"
#define ID     "9b2c4d5e-1111-4222-8333-444455556666"
#define JKT    "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

/* As reconstructed in docs/platforms.md; a row of a test replaces, adds (value) or removes ("")
 * one. */
#define CITIZEN                                                                               \
	"{\"iat\":1699999990,\"exp\":1700003590,\"roles\":[\"ROLE_CPS_USER\",\"ROLE_USER\"]," \
	"\"username\":\"RSSMRA80A01H501U\",\"id\":\"" ID "\",\"tenant_id\":\"" TENANT "\"}"
#define CLIENT "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2b"
#define VOUCHER                                                                              \
	"{\"jti\":\"5c6a\",\"iss\":\"interop.pagopa.it\",\"aud\":\"https://a.example.it/v1," \
	"https://host.example.it/v1\",\"client_id\":\"" CLIENT "\",\"sub\":\"" CLIENT "\","  \
	"\"iat\":1699999990,\"nbf\":1699999990,\"exp\":1700000590,"                          \
	"\"purposeId\":\"34f1624b-91cb-4b05-b8c0-cad208a30222\",\"producerId\":\"p\","       \
	"\"consumerId\":\"c\",\"eserviceId\":\"e\",\"descriptorId\":\"d\"}"

static struct access_policy city(void)
{
	return (struct access_policy){
		.issuer = CITY,
		.issuer_unsaid = true,
		.clientless = true,
		.tenant = TENANT,
		.tenant_from = "/tenant_id",
		.subject = "/id",
		.person = "/username",
		.fiscal_code = true,
		.person_roles = "ROLE_OPERATORE ROLE_ADMIN",
		.roles = "/roles",
		.life_max = 3600,
		.now = NOW,
		.leeway = 30,
	};
}

static struct access_policy pdnd(void)
{
	return (struct access_policy){
		.issuer = "interop.pagopa.it",
		.clientless = true,
		.audiences = "https://host.example.it/v1",
		.aud_separator = ',',
		.programs = true,
		.anyone = true,
		.typed = true,
		.life_max = 86400,
		.now = NOW,
		.leeway = 30,
	};
}

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!json)
		fail_msg("not JSON: %s", text);
	return json;
}

struct row {
	const char *name, *value;
	int outcome;
	const char *name2, *value2; /* a second change, or NULL */
};

static void change(json_t *json, const char *name, const char *value)
{
	if (!name)
		return;
	if (*value)
		assert_int_equal(json_object_set_new(json, name, parse(value)), 0);
	else
		assert_int_equal(json_object_del(json, name), 0);
}

static int judge(const struct access_policy *policy, const char *base, const struct row *row,
		 struct access_claims *claims)
{
	json_t *json = parse(base);
	_cleanup_free_ char *text = NULL;
	int r;

	change(json, row->name, row->value);
	change(json, row->name2, row->value2);
	text = json_dumps(json, 0);
	json_decref(json);
	r = access_token_check(policy, text, strlen(text), claims);
	assert_true((r == 0) == (claims->token.json != NULL));
	assert_true(r == 0 || strlen(claims->token.reason) > 10);
	assert_true(r == 0 || (!claims->workload && !claims->anonymous && !claims->token.sub));
	return r;
}

static void check_rows(const struct access_policy *policy, const char *base, const struct row *rows,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct access_claims claims;
		int r = judge(policy, base, &rows[i], &claims);

		if (r != rows[i].outcome)
			fail_msg("%s = %s: %s, not %s", rows[i].name, rows[i].value,
				 r ? access_reason(r) : "accepted",
				 rows[i].outcome ? access_reason(rows[i].outcome) : "accepted");
		access_claims_done(&claims);
	}
}

static void test_a_citizen_is_known_by_id_and_place(void **state)
{
	static const struct row rows[] = {
		{ .name = NULL },
		{ "roles", "[\"ROLE_CPS_USER\"]", 0, NULL, NULL },
		{ "username", "\"rssmra80a01h501u\"", 0, NULL, NULL },
		/* nobody's, or another's */
		{ "id", "null", ACCESS_E_SUBJECT, NULL, NULL },
		{ "id", "", ACCESS_E_SUBJECT, NULL, NULL },
		{ "id", "\"\"", ACCESS_E_SUBJECT, NULL, NULL },
		{ "id", "7", ACCESS_E_SUBJECT, NULL, NULL },
		{ "id", "[\"" ID "\"]", ACCESS_E_SUBJECT, NULL, NULL },
		{ "id", "\"a\\nb\"", ACCESS_E_SUBJECT, NULL, NULL },
		{ "id", "", ACCESS_E_SUBJECT, "sub", "\"" ID "\"" }, /* not the next best */
		{ "tenant_id", "", ACCESS_E_TENANT, NULL, NULL },
		{ "tenant_id", "null", ACCESS_E_TENANT, NULL, NULL },
		{ "tenant_id", "[\"" TENANT "\"]", ACCESS_E_TENANT, NULL, NULL },
		{ "tenant_id", "\"60E3C0DE-0000-4000-8000-000000000001\"", ACCESS_E_TENANT, NULL,
		  NULL },
		{ "tenant_id", "\"" TENANT " \"", ACCESS_E_TENANT, NULL, NULL },
		{ "tenant_id", "\"60e3c0de-0000-4000-8000-000000000002\"", ACCESS_E_TENANT, NULL,
		  NULL },
		/* what it does not have to say has to be right where it says it */
		{ "iss", "\"" CITY "\"", 0, NULL, NULL },
		{ "iss", "\"" CITY "/\"", ACCESS_E_ISSUER, NULL, NULL },
		{ "iss", "\"https://evil.example\"", ACCESS_E_ISSUER, NULL, NULL },
		{ "iss", "null", ACCESS_E_SHAPE, NULL, NULL },
		{ "aud", "\"https://somebody.example\"", ACCESS_E_AUDIENCE, NULL, NULL },
		{ "aud", "[]", ACCESS_E_AUDIENCE, NULL, NULL },
		{ "client_id", "\"" ID "\"", ACCESS_E_WORKLOAD, NULL, NULL },
		{ "cnf", "{\"jkt\":\"" JKT "\"}", ACCESS_E_BOUND, NULL, NULL },
		{ "nonce", "\"n\"", ACCESS_E_KIND, NULL, NULL },
		/* time */
		{ "exp", "1700003591", ACCESS_E_LIFE, NULL, NULL },
		{ "exp", "", ACCESS_E_EXPIRED, NULL, NULL },
		{ "exp", "1699999969", ACCESS_E_EXPIRED, NULL, NULL },
		{ "iat", "", ACCESS_E_FUTURE, NULL, NULL },
		{ "iat", "1700000031", ACCESS_E_FUTURE, NULL, NULL },
		{ "iat", "null", ACCESS_E_SHAPE, NULL, NULL },
	};
	struct access_policy policy = city();
	struct access_claims claims;

	(void)state;
	check_rows(&policy, CITIZEN, rows, ELEMENTSOF(rows));
	assert_int_equal(judge(&policy, CITIZEN, &rows[0], &claims), 0);
	assert_string_equal(claims.token.iss, CITY);
	assert_string_equal(claims.token.sub, ID);
	assert_string_equal(claims.client_id, "");
	assert_false(claims.anonymous || claims.workload);
	access_claims_done(&claims);
}

/* POST /api/session-auth gives anybody a token with the roles of a citizen. */
static void test_a_visitor_is_nobody(void **state)
{
	static const struct row visitors[] = {
		{ "username", "\"" ID "\"", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "\"9B2C4D5E-1111-4222-8333-444455556666\"", ACCESS_E_ANONYMOUS, NULL,
		  NULL },
		{ "username", "\"00000000-0000-0000-0000-000000000000\"", ACCESS_E_ANONYMOUS, NULL,
		  NULL },
		{ "username", "", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "null", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "\"\"", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "7", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "[\"RSSMRA80A01H501U\"]", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "\"anonymous-7\"", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "\"RSSMRA80A01H501X\"", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "\"x RSSMRA80A01H501U\"", ACCESS_E_ANONYMOUS, NULL, NULL },
		{ "username", "\"mario.rossi\"", ACCESS_E_ANONYMOUS, NULL, NULL },
		/* a role does not make somebody of what is a visitor's for certain */
		{ "username", "\"" ID "\"", ACCESS_E_ANONYMOUS, "roles", "[\"ROLE_ADMIN\"]" },
		{ "username", "\"mario.rossi\"", ACCESS_E_ANONYMOUS, "roles", "\"ROLE_ADMIN\"" },
		{ "username", "\"mario.rossi\"", ACCESS_E_ANONYMOUS, "roles",
		  "[\"ROLE_ADMINX\",7]" },
		/* an operator has a name of another kind */
		{ "username", "\"mario.rossi\"", 0, "roles", "[\"ROLE_USER\",\"ROLE_OPERATORE\"]" },
		{ "username", "\"mario.rossi\"", 0, "roles", "[7,\"ROLE_ADMIN\"]" },
	};
	struct access_policy policy = city();
	struct access_claims claims;

	(void)state;
	check_rows(&policy, CITIZEN, visitors, ELEMENTSOF(visitors));
	policy.anyone = true;
	for (size_t i = 0; i < ELEMENTSOF(visitors); i++) {
		assert_int_equal(judge(&policy, CITIZEN, &visitors[i], &claims), 0);
		assert_int_equal(claims.anonymous, visitors[i].outcome != 0);
		assert_false(claims.workload);
		access_claims_done(&claims);
	}
	policy.anyone = policy.fiscal_code = false; /* any name that is one */
	assert_int_equal(judge(&policy, CITIZEN, &visitors[11], &claims), 0);
	access_claims_done(&claims);
	assert_int_equal(judge(&policy, CITIZEN, &visitors[0], &claims), ACCESS_E_ANONYMOUS);
	access_claims_done(&claims);
}

static void test_a_voucher_is_a_programs(void **state)
{
	static const struct row rows[] = {
		{ .name = NULL },
		{ "aud", "\"https://host.example.it/v1\"", 0, NULL, NULL },
		{ "aud", "[\"https://host.example.it/v1\"]", 0, NULL, NULL },
		{ "aud", "\"https://host.example.it/v10,https://a.example.it/v1\"",
		  ACCESS_E_AUDIENCE, NULL, NULL },
		{ "aud", "\"https://host.example.it/v1x\"", ACCESS_E_AUDIENCE, NULL, NULL },
		{ "aud", "\"https://a.example.it/v1 https://host.example.it/v1\"",
		  ACCESS_E_AUDIENCE, NULL, NULL },
		{ "aud", "", ACCESS_E_AUDIENCE, NULL, NULL },
		{ "iss", "\"uat.interop.pagopa.it\"", ACCESS_E_ISSUER, NULL, NULL },
		{ "iss", "\"https://interop.pagopa.it\"", ACCESS_E_ISSUER, NULL, NULL },
		{ "iss", "", ACCESS_E_ISSUER, NULL, NULL },
		{ "exp", "1699999969", ACCESS_E_EXPIRED, NULL, NULL },
		{ "exp", "1700086391", ACCESS_E_LIFE, NULL, NULL },
		{ "nbf", "1700000031", ACCESS_E_FUTURE, NULL, NULL },
		{ "sub", "", ACCESS_E_SUBJECT, NULL, NULL },
		/* one that forgot its client is a program's all the same */
		{ "client_id", "", 0, NULL, NULL },
		{ "client_id", "\"another\"", 0, NULL, NULL },
		/* for the platform's own interfaces */
		{ "purposeId", "", 0, "role", "\"m2m-admin\"" },
		{ "cnf", "{\"jkt\":\"" JKT "\"}", ACCESS_E_BOUND, NULL, NULL },
		{ "cnf", "null", ACCESS_E_BOUND, NULL, NULL },
	};
	struct access_policy policy = pdnd();
	struct access_claims claims;

	(void)state;
	check_rows(&policy, VOUCHER, rows, ELEMENTSOF(rows));
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		policy.anyone = true;
		if (rows[i].outcome != 0)
			continue;
		assert_int_equal(judge(&policy, VOUCHER, &rows[i], &claims), 0);
		assert_true(claims.workload && !claims.anonymous);
		access_claims_done(&claims);
		policy.anyone = false; /* at a login */
		assert_int_equal(judge(&policy, VOUCHER, &rows[i], &claims), ACCESS_E_WORKLOAD);
		access_claims_done(&claims);
	}
}

static void test_a_bound_voucher_needs_its_own_key(void **state)
{
	static const struct row rows[] = {
		{ "cnf", "{\"jkt\":\"" JKT "\"}", 0, NULL, NULL },
		{ "cnf", "{\"jkt\":\"1ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}",
		  ACCESS_E_PROOF, NULL, NULL },
		{ "cnf", "{\"jkt\":\"\"}", ACCESS_E_PROOF, NULL, NULL },
		{ "cnf", "{\"jkt\":7}", ACCESS_E_BOUND, NULL, NULL },
		{ "cnf", "{\"jkt\":\"" JKT "\",\"x5t#S256\":\"x\"}", ACCESS_E_BOUND, NULL, NULL },
		{ "cnf", "{\"x5t#S256\":\"x\"}", ACCESS_E_BOUND, NULL, NULL },
		{ "cnf", "{}", ACCESS_E_BOUND, NULL, NULL },
		{ "cnf", "\"" JKT "\"", ACCESS_E_BOUND, NULL, NULL },
		{ "cnf", "null", ACCESS_E_BOUND, NULL, NULL },
		{ .name = NULL,
		  .outcome = ACCESS_E_BOUND }, /* a proof proves nothing of a bearer's */
	};
	struct access_policy policy = pdnd();

	(void)state;
	policy.jkt = JKT;
	check_rows(&policy, VOUCHER, rows, ELEMENTSOF(rows));
}

/* Unset is never "any". */
static void test_half_a_policy_takes_nothing(void **state)
{
	static const struct row plain = { .name = NULL };
	struct access_policy policies[8];
	struct access_claims claims;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(policies); i++)
		policies[i] = city();
	policies[0].tenant = NULL;
	policies[1].tenant = "";
	policies[2].tenant_from = NULL;
	policies[3].issuer = "";
	policies[4].clientless = false;
	policies[5].audiences = "";
	policies[6].now = 0;
	policies[7].tenant_from = "";
	for (size_t i = 0; i < ELEMENTSOF(policies); i++) {
		assert_int_equal(judge(&policies[i], CITIZEN, &plain, &claims), ACCESS_E_POLICY);
		access_claims_done(&claims);
	}
	policies[0] = city(); /* both, where both are said */
	policies[0].audiences = "https://host.example.it";
	assert_int_equal(judge(&policies[0], CITIZEN, &plain, &claims), ACCESS_E_AUDIENCE);
	access_claims_done(&claims);
	policies[0] = city();
	policies[0].issuer_unsaid = false;
	assert_int_equal(judge(&policies[0], CITIZEN, &plain, &claims), ACCESS_E_ISSUER);
	access_claims_done(&claims);
	policies[0] = city();
	policies[0].subject = NULL;
	assert_int_equal(judge(&policies[0], CITIZEN, &plain, &claims), ACCESS_E_SUBJECT);
	access_claims_done(&claims);
}

/* An answer about a program's token names no subject and no user. */
static void test_an_answer_about_a_program(void **state)
{
	static const char said[] =
		"{\"active\":true,\"client_id\":\"job\",\"exp\":1700000300,"
		"\"aud\":\"h\",\"token_type\":\"DPoP\",\"cnf\":{\"jkt\":\"" JKT "\"}}";
	struct access_policy policy = {
		.issuer = "https://i", .client_id = "host", .audiences = "h", .now = NOW
	};
	struct access_claims claims;
	json_t *json = parse(said);

	(void)state;
	policy.jkt = JKT;
	assert_int_equal(access_answer_check(&policy, json, &claims), ACCESS_E_WORKLOAD);
	access_claims_done(&claims);
	policy.anyone = true;
	assert_int_equal(access_answer_check(&policy, json, &claims), 0);
	assert_true(claims.workload && claims.bearer);
	assert_string_equal(claims.token.sub, "job");
	access_claims_done(&claims);
	policy.jkt = NULL; /* without a proof it is nobody's */
	assert_int_equal(access_answer_check(&policy, json, &claims), ACCESS_E_BOUND);
	access_claims_done(&claims);
	policy.jkt = JKT; /* and with one no bearer's */
	assert_int_equal(json_object_set_new(json, "token_type", json_string("Bearer")), 0);
	assert_int_equal(access_answer_check(&policy, json, &claims), ACCESS_E_BOUND);
	access_claims_done(&claims);
	json_decref(json);
}

TEST_MAIN(TEST(test_a_citizen_is_known_by_id_and_place), TEST(test_a_visitor_is_nobody),
	  TEST(test_a_voucher_is_a_programs), TEST(test_a_bound_voucher_needs_its_own_key),
	  TEST(test_half_a_policy_takes_nothing), TEST(test_an_answer_about_a_program))
