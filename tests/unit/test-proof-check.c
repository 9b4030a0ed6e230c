/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proofs of DPoP that others show: every claim, every header, and that none passes twice. */
#include "tests/lib/test.h"

#include <errno.h>
#include <jansson.h>

#include "common/secret.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "idp-agentd/net/proof-check.h"
#include "tests/lib/forge.h"

#define NOW  1700000000
#define URL  "https://host.example.it/v1/data"
#define ALGS (JOSE_ALG_BIT(JOSE_RS256) | JOSE_ALG_BIT(JOSE_ES256))

/* RFC 9449 section 7.1: this token, and its ath. */
#define TOKEN "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
#define ATH   "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"

static struct secret *token;

static struct proof_policy policy(void)
{
	return (struct proof_policy){
		.algs = ALGS,
		.token = token,
		.method = "GET",
		.address = URL "?q=1",
		.now = NOW,
		.since = NOW - 3600,
	};
}

static json_t *claims(void)
{
	return json_pack("{s:s,s:s,s:I,s:s,s:s}", "htm", "GET", "htu", URL, "iat",
			 (json_int_t)NOW - 5, "jti", "j-1", "ath", ATH);
}

/* By key, with its public half in the header unless header says another. */
static char *prove(enum jose_alg alg, const char *header, json_t *body)
{
	_cleanup_free_ char *payload = json_dumps(body, 0);
	_cleanup_free_ char *jwk = forge_jwk(forge_key(alg), NULL);
	_cleanup_free_ char *own = forge_printf("{\"typ\":\"dpop+jwt\",\"alg\":\"%s\",\"jwk\":%s}",
						alg == JOSE_ES256 ? "ES256" : "RS256", jwk);

	json_decref(body);
	return forge_token(forge_key(alg), alg, header ? header : own, payload);
}

static int check(const struct proof_policy *rules, const char *proof, struct proof_facts *facts)
{
	int r;

	memset(facts, 0, sizeof(*facts));
	r = proof_check(rules, proof, strlen(proof), facts);
	assert_true(r == 0 || strlen(facts->reason) > 10);
	assert_int_equal(r == 0, strlen(facts->thumbprint) == JWK_THUMBPRINT_LEN);
	return r;
}

static int setup(void **state)
{
	(void)state;
	token = secret_new(TOKEN, strlen(TOKEN));
	return token ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	token = secret_free(token);
	return 0;
}

static void test_a_proof_shows_whose_key_it_is(void **state)
{
	static const enum jose_alg algs[] = { JOSE_RS256, JOSE_ES256 };
	struct proof_policy rules = policy();

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(algs); i++) {
		_cleanup_free_ char *proof = prove(algs[i], NULL, claims());
		_cleanup_free_ char *text = forge_jwk(forge_key(algs[i]), NULL);
		json_t *json = json_loads(text, 0, NULL);
		_cleanup_(jwk_freep) struct jwk *jwk = NULL;
		struct proof_facts facts;

		assert_int_equal(check(&rules, proof, &facts), 0);
		assert_int_equal(jwk_parse(json, &jwk), 0);
		assert_string_equal(facts.thumbprint, jwk_thumbprint(jwk));
		json_decref(json);
	}
}

static void test_every_claim_counts(void **state)
{
	static const struct {
		const char *name, *value; /* JSON; "" it is not there */
		int outcome;
	} rows[] = {
		{ "htm", "\"get\"", PROOF_E_REQUEST },
		{ "htm", "\"POST\"", PROOF_E_REQUEST },
		{ "htm", "", PROOF_E_SHAPE },
		{ "htm", "null", PROOF_E_SHAPE },
		{ "htm", "[\"GET\"]", PROOF_E_SHAPE },
		{ "htu", "\"" URL "?other=2#x\"", 0 },
		{ "htu", "\"" URL "/\"", PROOF_E_REQUEST },
		{ "htu", "\"http://host.example.it/v1/data\"", PROOF_E_REQUEST },
		{ "htu", "\"https://host.example.it/v1/dat\"", PROOF_E_REQUEST },
		{ "htu", "\"https://HOST.example.it/v1/data\"", PROOF_E_REQUEST },
		{ "htu", "\"\"", PROOF_E_SHAPE },
		{ "htu", "\"?q\"", PROOF_E_REQUEST },
		{ "htu", "", PROOF_E_SHAPE },
		{ "iat", "1699999940", 0 },
		{ "iat", "1699999939", PROOF_E_AGE },
		{ "iat", "1700000010", 0 },
		{ "iat", "1700000011", PROOF_E_AGE },
		{ "iat", "1700000000000", PROOF_E_SHAPE },
		{ "iat", "0", PROOF_E_AGE },
		{ "iat", "\"1700000000\"", PROOF_E_SHAPE },
		{ "iat", "", PROOF_E_SHAPE },
		{ "jti", "", PROOF_E_SHAPE },
		{ "jti", "\"\"", PROOF_E_SHAPE },
		{ "jti", "7", PROOF_E_SHAPE },
		{ "ath", "", PROOF_E_SHAPE },
		{ "ath", "\"" ATH "=\"", PROOF_E_TOKEN },
		{ "ath", "\"gUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo\"", PROOF_E_TOKEN },
		{ "nonce", "\"of another place\"", 0 },
	};
	struct proof_policy rules = policy();

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *proof = NULL;
		struct proof_facts facts;
		json_t *body = claims();
		int r;

		if (*rows[i].value)
			assert_int_equal(json_object_set_new(
						 body, rows[i].name,
						 json_loads(rows[i].value, JSON_DECODE_ANY, NULL)),
					 0);
		else
			assert_int_equal(json_object_del(body, rows[i].name), 0);
		proof = prove(JOSE_ES256, NULL, body);
		r = check(&rules, proof, &facts);
		if (r != rows[i].outcome)
			fail_msg("%s = %s: %s", rows[i].name, rows[i].value,
				 r ? proof_reason(r) : "accepted");
	}
}

/* A header somebody thought of, with the key's own signature all the same. */
static void test_every_header_counts(void **state)
{
	_cleanup_free_ char *jwk = forge_jwk(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *other = forge_jwk(forge_other_key(JOSE_ES256), NULL);
	_cleanup_free_ char *rsa = forge_jwk(forge_key(JOSE_RS256), NULL);
	_cleanup_free_ char *private = forge_jwk(forge_key(JOSE_ES256), "\"d\":\"AAAA\"");
	_cleanup_free_ char *encrypts = forge_jwk(forge_key(JOSE_ES256), "\"use\":\"enc\"");
	_cleanup_free_ char *another = forge_jwk(forge_key(JOSE_ES256), "\"alg\":\"ES384\"");
#define H "\"typ\":\"dpop+jwt\",\"alg\":\"ES256\""
	const struct {
		const char *head, *jwk;
	} rows[] = {
		{ H, NULL },
		{ H, other },
		{ H, rsa },
		{ H, private },
		{ H, encrypts },
		{ H, another },
		{ H, "{\"kty\":\"oct\",\"k\":\"AAAA\"}" },
		{ H, "\"text\"" },
		{ H, "null" },
		{ H ",\"crit\":[\"x\"]", jwk },
		{ "\"typ\":\"at+jwt\",\"alg\":\"ES256\"", jwk },
		{ "\"typ\":\"JWT\",\"alg\":\"ES256\"", jwk },
		{ "\"alg\":\"ES256\"", jwk },
		{ "\"typ\":\"dpop+jwt\",\"alg\":\"none\"", jwk },
		{ "\"typ\":\"dpop+jwt\",\"alg\":\"HS256\"", jwk },
		{ "\"typ\":\"dpop+jwt\",\"alg\":\"ES384\"", jwk },
		{ "\"typ\":\"dpop+jwt\",\"alg\":\"RS256\"", jwk },
		{ "\"typ\":\"dpop+jwt\",\"alg\":\"es256\"", jwk },
	};
#undef H
	struct proof_policy rules = policy();

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *header =
			forge_printf("{%s%s%s}", rows[i].head, rows[i].jwk ? ",\"jwk\":" : "",
				     rows[i].jwk ? rows[i].jwk : "");
		_cleanup_free_ char *proof = prove(JOSE_ES256, header, claims());
		struct proof_facts facts;
		int r = check(&rules, proof, &facts);

		if (r != PROOF_E_JWS)
			fail_msg("%s: %s", header, r ? proof_reason(r) : "accepted");
	}
}

/* One is never the other, though one platform's key may have signed both. */
static void test_a_proof_is_no_token_and_a_token_no_proof(void **state)
{
	_cleanup_free_ char *proof = prove(JOSE_ES256, NULL, claims());
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *body = forge_printf("{\"iss\":\"x\"}");
	_cleanup_free_ char *voucher =
		forge_token(forge_key(JOSE_ES256), JOSE_ES256,
			    "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}", body);
	const struct jws_policy gates[] = {
		{ ALGS, JWS_USE_ACCESS_TOKEN, NULL },
		{ ALGS, JWS_USE_ACCESS_TOKEN, "at+jwt dpop+jwt" },
		{ ALGS, JWS_USE_ACCESS_TOKEN, "dpop+jwt" },
		{ ALGS, JWS_USE_PROOF, NULL },
	};
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	struct proof_policy rules = policy();
	struct proof_facts facts;
	struct jws jws;

	(void)state;
	assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
	for (size_t i = 0; i < ELEMENTSOF(gates); i++) {
		assert_int_equal(jws_verify(&gates[i], proof, strlen(proof), keys, &jws),
				 JWS_E_TYP);
		jws_done(&jws);
		assert_int_equal(jws_verify(&gates[i], voucher, strlen(voucher), keys, &jws),
				 i == 0 || i == 3 ? JWS_E_TYP : 0);
		jws_done(&jws);
	}
	assert_int_equal(check(&rules, voucher, &facts), PROOF_E_JWS);
	for (size_t i = 0; i < 3;
	     i++) { /* what is no proof's use never takes the token's own key */
		assert_int_equal(jws_verify_own(&gates[i], proof, strlen(proof), &jws), JWS_E_TYP);
		jws_done(&jws);
	}
}

static void test_a_proof_has_its_size_and_its_time(void **state)
{
	_cleanup_free_ char *proof = prove(JOSE_ES256, NULL, claims());
	struct proof_policy rules = policy();
	struct proof_facts facts;
	json_t *body = claims();
	char long_jti[PROOF_LEN_MAX] = "";
	_cleanup_free_ char *big = NULL;

	(void)state;
	rules.since = NOW - 5;
	assert_int_equal(check(&rules, proof, &facts), 0);
	rules.since++;
	assert_int_equal(check(&rules, proof, &facts), PROOF_E_AGE);
	memset(long_jti, 'j', sizeof(long_jti) - 1);
	assert_int_equal(json_object_set_new(body, "jti", json_string(long_jti)), 0);
	big = prove(JOSE_ES256, NULL, body);
	rules = policy();
	assert_int_equal(check(&rules, big, &facts), PROOF_E_JWS); /* over PROOF_LEN_MAX */
}

static void make_id(uint8_t id[static 16], uint32_t n)
{
	memset(id, 0x5a, 16);
	memcpy(id, &n, sizeof(n));
	memcpy(id + 8, &n, sizeof(n));
}

static void test_none_passes_twice(void **state)
{
	_cleanup_(proofs_freep) struct proofs *proofs = NULL;
	usec_t start = USEC_PER_HOUR, life = (PROOF_LIFE_SEC + PROOF_AHEAD_SEC) * USEC_PER_SEC;
	uint8_t a[16], b[16];

	(void)state;
	make_id(a, 1);
	make_id(b, 2);
	assert_int_equal(proofs_new(NOW, &proofs), 0);
	/* What was shown in this second, to a process before this one, may be dated ahead. */
	assert_true(proofs_since(proofs) == NOW + PROOF_AHEAD_SEC + 1);
	assert_int_equal(proofs_see(proofs, "k", a, start, NOW), 0);
	assert_int_equal(proofs_see(proofs, "k", a, start, NOW), PROOF_E_AGAIN);
	assert_int_equal(proofs_see(proofs, "k", b, start + life, NOW + 70), 0);
	assert_int_equal(proofs_see(proofs, "k", a, start + life, NOW + 70), PROOF_E_AGAIN);
	/* As long as b could pass, at whatever time it is looked for. */
	for (usec_t at = start + life; at <= start + 2 * life; at += USEC_PER_SEC)
		assert_int_equal(proofs_see(proofs, "k", b, at, NOW + 70), PROOF_E_AGAIN);
}

/* The clock of the world is set back an hour: what was forgotten meanwhile may not come again. */
static void test_a_clock_set_back_brings_nothing_back(void **state)
{
	_cleanup_(proofs_freep) struct proofs *proofs = NULL;
	usec_t now = USEC_PER_HOUR;
	uint8_t id[16];

	(void)state;
	assert_int_equal(proofs_new(NOW, &proofs), 0);
	for (uint32_t i = 0; i < 20; i++) {
		make_id(id, i);
		assert_int_equal(proofs_see(proofs, "k", id, now, NOW + 60 * (int64_t)i), 0);
		/* With a clock that runs well it keeps nobody out. */
		assert_true(proofs_since(proofs) <= NOW + 60 * (int64_t)i - PROOF_LIFE_SEC ||
			    i < 2);
		now += 60 * USEC_PER_SEC;
	}
	assert_true(proofs_since(proofs) > NOW + 60 * 15);
	assert_true(proofs_since(proofs) < NOW + 60 * 19);
	make_id(id, 0); /* forgotten, and too old for any proof */
	assert_int_equal(proofs_see(proofs, "k", id, now, NOW), 0);
}

/* As many as one key may show: 0 or -ENOBUFS of the first that is refused. */
static int fill(struct proofs *proofs, const char *key, uint32_t first, unsigned *ret_n)
{
	uint8_t id[16];
	int r = 0;

	for (*ret_n = 0; r == 0 && *ret_n <= PROOFS_KEY_MAX; *ret_n += r == 0) {
		make_id(id, first + *ret_n);
		r = proofs_see(proofs, key, id, USEC_PER_HOUR, NOW);
	}
	return r;
}

/* Two keys have one number now and then; which, nobody can foresee. */
static void test_more_than_can_be_remembered_is_refused(void **state)
{
	_cleanup_(proofs_freep) struct proofs *proofs = NULL;
	unsigned n, seen = 0;
	char key[16];
	uint8_t id[16];

	(void)state;
	assert_int_equal(proofs_new(NOW, &proofs), 0);
	for (uint32_t i = 0; seen < PROOFS_SEEN_MAX; i++) {
		assert_true(i < 1000);
		(void)snprintf(key, sizeof(key), "k%u", i);
		assert_int_equal(fill(proofs, key, 1 + i * (PROOFS_KEY_MAX + 1), &n), -ENOBUFS);
		assert_true(n == PROOFS_KEY_MAX || n == 0);
		seen += n;
	}
	assert_int_equal(seen, PROOFS_SEEN_MAX);
	for (uint32_t i = 0; i < 100; i++) { /* there is room for nobody */
		(void)snprintf(key, sizeof(key), "other%u", i);
		make_id(id, UINT32_MAX - i);
		assert_int_equal(proofs_see(proofs, key, id, USEC_PER_HOUR, NOW), -ENOBUFS);
	}
	make_id(id, 7);
	assert_int_equal(proofs_see(proofs, "k0", id, USEC_PER_HOUR, NOW), PROOF_E_AGAIN);
	memset(id, 0, sizeof(id));
	assert_int_equal(proofs_see(proofs, "k0", id, USEC_PER_HOUR, NOW), PROOF_E_AGAIN);
	make_id(id, UINT32_MAX); /* later there is room again */
	assert_int_equal(proofs_see(proofs, "k0", id, 2 * USEC_PER_HOUR, NOW + 3600), 0);
}

static void test_one_key_stops_itself_only(void **state)
{
	_cleanup_(proofs_freep) struct proofs *proofs = NULL;
	unsigned n, passed = 0;
	char key[16];
	uint8_t id[16];

	(void)state;
	assert_int_equal(proofs_new(NOW, &proofs), 0);
	assert_int_equal(fill(proofs, "eager", 1, &n), -ENOBUFS);
	assert_int_equal(n, PROOFS_KEY_MAX);
	for (uint32_t i = 0; i < 100; i++) {
		(void)snprintf(key, sizeof(key), "other%u", i);
		make_id(id, UINT32_MAX - i);
		passed += proofs_see(proofs, key, id, USEC_PER_HOUR, NOW) == 0;
	}
	assert_true(passed >= 90); /* one of 1024 has its number */
	make_id(id, 1);
	assert_int_equal(proofs_see(proofs, "eager", id, USEC_PER_HOUR, NOW), PROOF_E_AGAIN);
	make_id(id, PROOFS_KEY_MAX + 1); /* and it is heard again later */
	assert_int_equal(proofs_see(proofs, "eager", id, 2 * USEC_PER_HOUR, NOW + 3600), 0);
}

/* What is said before anybody verified it: for the choice of keys only, and never half. */
static void test_a_hint_is_a_whole_text_or_none(void **state)
{
	static const struct {
		const char *payload, *said;
	} rows[] = {
		{ "{\"t\":\"abc\"}", "abc" },
		{ "{\"t\":\"\"}", "" },
		{ "{\"t\":null}", NULL },
		{ "{\"t\":7}", NULL },
		{ "{\"u\":\"abc\"}", NULL },
		{ "{\"t\":\"abcdefgh\"}", NULL },
		{ "{\"t\":\"abcdefg\"}", "abcdefg" },
		{ "[\"abc\"]", NULL },
		{ "{\"t\":\"a\",\"t\":\"b\"}", NULL },
		{ "", NULL },
		{ "{\"t\":\"a\\u0000\"}", NULL },
	};
	char out[8];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text =
			forge_signed_by("{\"alg\":\"none\"}", rows[i].payload, "x", 1);

		if (jws_hint(text, strlen(text), "/t", out, sizeof(out)) != (rows[i].said != NULL))
			fail_msg("%s", rows[i].payload);
		if (rows[i].said)
			assert_string_equal(out, rows[i].said);
	}
	assert_false(jws_hint("a.b", 3, "/t", out, sizeof(out)));
	assert_false(jws_hint("", 0, "/t", out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		TEST(test_a_proof_shows_whose_key_it_is),
		TEST(test_every_claim_counts),
		TEST(test_every_header_counts),
		TEST(test_a_proof_is_no_token_and_a_token_no_proof),
		TEST(test_a_proof_has_its_size_and_its_time),
		TEST(test_none_passes_twice),
		TEST(test_a_clock_set_back_brings_nothing_back),
		TEST(test_more_than_can_be_remembered_is_refused),
		TEST(test_one_key_stops_itself_only),
		TEST(test_a_hint_is_a_whole_text_or_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests_, setup, teardown);
}
