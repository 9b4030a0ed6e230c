/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys and sets of keys. */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "tests/lib/forge.h"

static int parse_text(const char *text)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	_cleanup_(jwk_freep) struct jwk *jwk = NULL;
	int r;

	assert_int_equal(
		json_parse(text, strlen(text), 1 << 20, JSON_ROOT_OBJECT | JSON_ROOT_ARRAY, &json),
		0);
	r = jwk_parse(json, &jwk);
	assert_true((r == 0) == (jwk != NULL));
	if (r != 0)
		assert_true(r > 0 && strlen(jwk_reason(r)) > 4 && strlen(jwk_sentence(r)) > 10);
	return r;
}

/* The published key of alg with more members. */
static int parse_with(enum jose_alg alg, const char *members)
{
	_cleanup_free_ char *text = forge_jwk(forge_key(alg), members);

	return parse_text(text);
}

static void test_every_kind_of_key_is_read(void **state)
{
	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		_cleanup_free_ char *members = forge_printf(
			"\"kid\":\"k\",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"%s\","
			"\"x5c\":[\"not a certificate\"],\"x5t\":7,\"extra\":{\"a\":[]}",
			jose_alg_facts(alg)->name);

		assert_int_equal(parse_with(alg, NULL), 0);
		assert_int_equal(parse_with(alg, members), 0);
	}
}

static void test_secrets_are_refused(void **state)
{
	static const char *const private[] = { "d", "p", "q", "dp", "dq", "qi", "oth" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(private); i++) {
		_cleanup_free_ char *members = forge_printf("\"%s\":\"AQAB\"", private[i]);
		_cleanup_free_ char *nothing = forge_printf("\"%s\":null", private[i]);

		assert_int_equal(parse_with(JOSE_RS256, members), JWK_E_PRIVATE);
		assert_int_equal(parse_with(JOSE_ES256, members), JWK_E_PRIVATE);
		assert_int_equal(parse_with(JOSE_EDDSA, members), JWK_E_PRIVATE);
		assert_int_equal(parse_with(JOSE_ES256, nothing), JWK_E_PRIVATE);
	}
	assert_int_equal(parse_text("{\"kty\":\"oct\",\"k\":\"AAAA\"}"), JWK_E_SYMMETRIC);
	assert_int_equal(parse_text("{\"kty\":\"oct\"}"), JWK_E_SYMMETRIC);
	assert_int_equal(parse_with(JOSE_RS256, "\"k\":\"AAAA\""), JWK_E_SYMMETRIC);
}

static void test_a_key_of_another_purpose_is_skipped(void **state)
{
	static const struct {
		const char *members;
		int outcome;
	} rows[] = {
		{ "\"use\":\"enc\"", JWK_E_PURPOSE },
		{ "\"use\":\"SIG\"", JWK_E_PURPOSE },
		{ "\"use\":\"\"", JWK_E_PURPOSE },
		{ "\"use\":[\"sig\"]", JWK_E_SHAPE },
		{ "\"use\":1", JWK_E_SHAPE },
		{ "\"key_ops\":[\"encrypt\"]", JWK_E_PURPOSE },
		{ "\"key_ops\":[\"sign\"]", JWK_E_PURPOSE },
		{ "\"key_ops\":[]", JWK_E_PURPOSE },
		{ "\"key_ops\":[\"verify\",\"encrypt\"]", JWK_E_PURPOSE },
		{ "\"key_ops\":[\"verify\",\"sign\"]", 0 },
		{ "\"key_ops\":\"verify\"", JWK_E_SHAPE },
		{ "\"key_ops\":[1]", JWK_E_SHAPE },
		{ "\"use\":\"enc\",\"key_ops\":[\"verify\"]", JWK_E_PURPOSE },
		{ "\"use\":\"sig\",\"key_ops\":[\"encrypt\"]", JWK_E_PURPOSE },
		{ "\"alg\":\"RSA-OAEP\"", JWK_E_UNKNOWN },
		{ "\"alg\":\"HS256\"", JWK_E_UNKNOWN },
		{ "\"alg\":\"none\"", JWK_E_UNKNOWN },
		{ "\"alg\":\"rs256\"", JWK_E_UNKNOWN },
		{ "\"alg\":256", JWK_E_SHAPE },
		{ "\"alg\":\"ES256\"", JWK_E_CONFLICT },
		{ "\"alg\":\"EdDSA\"", JWK_E_CONFLICT },
		{ "\"alg\":\"PS512\"", 0 },
		{ "\"kid\":7", JWK_E_SHAPE },
		{ "\"kid\":\"\"", JWK_E_SHAPE },
		{ "\"kid\":\"a\\tb\"", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = parse_with(JOSE_RS256, rows[i].members);

		if (r != rows[i].outcome)
			fail_msg("%s: %s", rows[i].members, r ? jwk_reason(r) : "taken");
	}
	assert_int_equal(parse_with(JOSE_ES256, "\"alg\":\"ES384\""), JWK_E_CONFLICT);
	assert_int_equal(parse_with(JOSE_ES512, "\"alg\":\"ES512\""), 0);
}

static void test_unknown_kinds_are_skipped(void **state)
{
	static const struct {
		const char *text;
		int outcome;
	} rows[] = {
		{ "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AAAA\"}", JWK_E_UNKNOWN },
		{ "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}",
		  JWK_E_UNKNOWN },
		{ "{\"kty\":\"EC\",\"crv\":\"Ed25519\",\"x\":\"AA\"}", JWK_E_UNKNOWN },
		{ "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"AA\"}", JWK_E_UNKNOWN },
		{ "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}", JWK_E_UNKNOWN },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"}", JWK_E_UNKNOWN },
		{ "{\"kty\":\"rsa\",\"n\":\"AA\",\"e\":\"AQAB\"}", JWK_E_UNKNOWN },
		{ "{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}", JWK_E_SHAPE },
		{ "{\"kty\":\"EC\",\"crv\":256,\"x\":\"AA\",\"y\":\"AA\"}", JWK_E_SHAPE },
		{ "{\"kty\":7}", JWK_E_SHAPE },
		{ "{}", JWK_E_SHAPE },
		{ "[]", JWK_E_SHAPE },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(parse_text(rows[i].text), rows[i].outcome);
}

static void test_rsa_numbers_are_checked(void **state)
{
	static const unsigned sizes[] = { 512, 1024, 2040, 2048, 3072, 4096 };
	_cleanup_free_ char *good = forge_jwk(forge_key(JOSE_RS256), NULL);
	_cleanup_(json_release_p) json_t *json = NULL;
	static const struct {
		const char *e;
		int outcome;
	} exponents[] = {
		{ "AQAB", 0 },
		{ "Aw", 0 },
		{ "AQ", JWK_E_WEAK },
		{ "Ag", JWK_E_WEAK },
		{ "AQAA", JWK_E_WEAK },
		{ "AA", JWK_E_INVALID },
		{ "AAEAAQ", JWK_E_INVALID },
		{ "____________", JWK_E_WEAK },
		{ "", JWK_E_INVALID },
		{ "AQAB=", JWK_E_INVALID },
		{ "AQA", JWK_E_WEAK },
		{ "A+B/", JWK_E_INVALID },
	};
	uint8_t n[1100];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
		EVP_PKEY *key = forge_new_key("RSA", sizes[i]);
		_cleanup_free_ char *text = forge_jwk(key, NULL);

		assert_int_equal(parse_text(text), sizes[i] < 2048 ? JWK_E_WEAK : 0);
		EVP_PKEY_free(key);
	}
	assert_int_equal(json_parse(good, strlen(good), 10000, JSON_ROOT_OBJECT, &json), 0);
	const char *modulus = json_string_value(json_object_get(json, "n"));
	for (size_t i = 0; i < ELEMENTSOF(exponents); i++) {
		_cleanup_free_ char *text = forge_printf(
			"{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", modulus, exponents[i].e);

		if (parse_text(text) != exponents[i].outcome)
			fail_msg("e = %s: %s", exponents[i].e, jwk_reason(parse_text(text)));
	}
	/* A leading zero, an even modulus, and one of 8200 and of 16384 bits. */
	n[0] = 0;
	assert_int_equal(b64url_decode(modulus, strlen(modulus), n + 1, sizeof(n) - 1, &len), 0);
	_cleanup_free_ char *zero = forge_base64(n, len + 1);
	_cleanup_free_ char *with_zero =
		forge_printf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", zero);
	assert_int_equal(parse_text(with_zero), JWK_E_INVALID);
	n[len] &= 0xfe;
	_cleanup_free_ char *even = forge_base64(n + 1, len);
	_cleanup_free_ char *with_even =
		forge_printf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", even);
	assert_int_equal(parse_text(with_even), JWK_E_INVALID);
	memset(n, 0xff, sizeof(n));
	_cleanup_free_ char *large = forge_base64(n, 1025);
	_cleanup_free_ char *with_large =
		forge_printf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", large);
	assert_int_equal(parse_text(with_large), JWK_E_WEAK);
	_cleanup_free_ char *largest = forge_base64(n, 1024);
	_cleanup_free_ char *with_largest =
		forge_printf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", largest);
	assert_int_equal(parse_text(with_largest), 0);
	assert_int_equal(parse_text("{\"kty\":\"RSA\",\"e\":\"AQAB\"}"), JWK_E_SHAPE);
	assert_int_equal(parse_text("{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}"), JWK_E_SHAPE);
}

static int parse_point(const char *crv, const uint8_t *x, size_t x_len, const uint8_t *y,
		       size_t y_len)
{
	_cleanup_free_ char *a = forge_base64(x, x_len), *b = forge_base64(y, y_len);
	_cleanup_free_ char *text = forge_printf(
		"{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}", crv, a, b);

	return parse_text(text);
}

static void test_points_must_be_on_the_curve(void **state)
{
	static const struct {
		const char *crv;
		enum jose_alg alg;
	} rows[] = { { "P-256", JOSE_ES256 }, { "P-384", JOSE_ES384 }, { "P-521", JOSE_ES512 } };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *good = forge_jwk(forge_key(rows[i].alg), NULL);
		_cleanup_(json_release_p) json_t *json = NULL;
		uint8_t x[80] = { 0 }, y[80] = { 0 }, zero[80] = { 0 };
		size_t len = 0;

		assert_int_equal(json_parse(good, strlen(good), 10000, JSON_ROOT_OBJECT, &json), 0);
		const char *text = json_string_value(json_object_get(json, "x"));
		assert_int_equal(b64url_decode(text, strlen(text), x + 1, sizeof(x) - 1, &len), 0);
		text = json_string_value(json_object_get(json, "y"));
		assert_int_equal(b64url_decode(text, strlen(text), y + 1, sizeof(y) - 1, &len), 0);

		assert_int_equal(parse_point(rows[i].crv, x + 1, len, y + 1, len), 0);
		assert_int_equal(parse_point(rows[i].crv, x, len + 1, y, len + 1), JWK_E_INVALID);
		assert_int_equal(parse_point(rows[i].crv, x + 1, len - 1, y + 1, len),
				 JWK_E_INVALID);
		assert_int_equal(parse_point(rows[i].crv, x + 1, len, y + 1, len - 1),
				 JWK_E_INVALID);
		assert_int_equal(parse_point(rows[i].crv, zero, len, zero, len), JWK_E_INVALID);
		assert_int_equal(parse_point(rows[i].crv, y + 1, len, x + 1, len), JWK_E_INVALID);
		for (size_t at = 1; at <= len; at += 7) {
			y[at] ^= 1;
			assert_int_equal(parse_point(rows[i].crv, x + 1, len, y + 1, len),
					 JWK_E_INVALID);
			y[at] ^= 1;
		}
		memset(zero, 0xff, sizeof(zero)); /* not reduced */
		assert_int_equal(parse_point(rows[i].crv, zero, len, y + 1, len), JWK_E_INVALID);
	}
	/* The curve it says is the curve it is on. */
	_cleanup_free_ char *p256 = forge_jwk(forge_key(JOSE_ES256), NULL);
	memcpy(strstr(p256, "P-256"), "P-384", 5);
	assert_int_equal(parse_text(p256), JWK_E_INVALID);
}

static void test_ed25519_has_exactly_32_bytes(void **state)
{
	uint8_t x[64];

	(void)state;
	memset(x, 9, sizeof(x));
	for (size_t len = 1; len < 64; len++) {
		_cleanup_free_ char *a = forge_base64(x, len);
		_cleanup_free_ char *text =
			forge_printf("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}", a);

		assert_int_equal(parse_text(text), len == 32 ? 0 : JWK_E_INVALID);
	}
}

/* ---- thumbprints ---- */

static void assert_thumbprint(const char *text, const char *wanted)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	_cleanup_(jwk_freep) struct jwk *jwk = NULL;

	assert_int_equal(json_parse(text, strlen(text), 10000, JSON_ROOT_OBJECT, &json), 0);
	assert_int_equal(jwk_parse(json, &jwk), 0);
	assert_string_equal(jwk_thumbprint(jwk), wanted);
}

static void test_thumbprints_of_published_keys(void **state)
{
	(void)state;
	/* RFC 7638 section 3.1 */
	assert_thumbprint(
		"{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAt"
		"VT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl9"
		"3lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5h"
		"ajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF"
		"44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}",
		"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	/* RFC 8037 appendix A.3 */
	assert_thumbprint("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
			  "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
	/* RFC 9449 section 6.1, jkt */
	assert_thumbprint(
		"{\"kty\":\"EC\",\"x\":\"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs\","
		"\"y\":\"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA\",\"crv\":\"P-256\"}",
		"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

/* ---- sets ---- */

static int select_in(const char *set, const char *kid, enum jose_alg alg, const char **ret_kid)
{
	_cleanup_(jwks_freep) struct jwks *jwks = NULL;
	struct jwk *key = NULL;
	int r;

	assert_int_equal(jwks_parse(set, strlen(set), &jwks), 0);
	r = jwks_select(jwks, kid, alg, &key);
	assert_true((r == 0) == (key != NULL));
	if (r == 0 && ret_kid) {
		static char found[300];

		(void)snprintf(found, sizeof(found), "%s", jwk_kid(key) ? jwk_kid(key) : "(none)");
		*ret_kid = found;
	}
	return r;
}

static int parse_set(const char *set, struct jwks_facts *ret_facts)
{
	_cleanup_(jwks_freep) struct jwks *jwks = NULL;
	int r = jwks_parse(set, strlen(set), &jwks);

	assert_true((r == 0) == (jwks != NULL));
	if (r == 0 && ret_facts)
		*ret_facts = *jwks_facts(jwks);
	if (r != 0)
		assert_true(r > 0 && strlen(jwks_reason(r)) > 5 && strlen(jwks_sentence(r)) > 10);
	return r;
}

static void test_a_set_must_be_a_set(void **state)
{
	(void)state;
	assert_int_equal(parse_set("", NULL), JWKS_E_JSON);
	assert_int_equal(parse_set("<html>", NULL), JWKS_E_JSON);
	assert_int_equal(parse_set("[]", NULL), JWKS_E_JSON);
	assert_int_equal(parse_set("{\"keys\":[],\"keys\":[]}", NULL), JWKS_E_JSON);
	assert_int_equal(parse_set("{}", NULL), JWKS_E_SHAPE);
	assert_int_equal(parse_set("{\"keys\":{}}", NULL), JWKS_E_SHAPE);
	assert_int_equal(parse_set("{\"keys\":null}", NULL), JWKS_E_SHAPE);
}

static void test_bad_keys_are_counted_and_do_not_spoil_the_rest(void **state)
{
	_cleanup_free_ char *rsa = forge_jwk(forge_key(JOSE_RS256), "\"kid\":\"r\"");
	_cleanup_free_ char *enc =
		forge_jwk(forge_key(JOSE_RS256), "\"kid\":\"r\",\"use\":\"enc\"");
	_cleanup_free_ char *leak =
		forge_jwk(forge_key(JOSE_ES256), "\"kid\":\"r\",\"d\":\"AAAA\"");
	_cleanup_free_ char *set = forge_printf(
		"{\"keys\":[%s,%s,{\"kty\":\"AKP\"},7,%s,{\"kty\":\"oct\",\"k\":\"AAAA\"},null]}",
		enc, leak, rsa);
	struct jwks_facts facts;

	(void)state;
	assert_int_equal(parse_set(set, &facts), 0);
	assert_int_equal(facts.n_keys, 1);
	assert_int_equal(facts.n_skipped, 2);
	assert_int_equal(facts.n_refused, 4);
	assert_int_equal(facts.first_refusal, JWK_E_PRIVATE);
	assert_int_equal(select_in(set, "r", JOSE_RS256, NULL), 0);
	assert_int_equal(select_in(set, "r", JOSE_ES256, NULL), JWKS_E_UNFIT);
	assert_int_equal(parse_set("{\"keys\":[]}", &facts), 0);
	assert_int_equal(facts.n_keys, 0);
	assert_int_equal(select_in("{\"keys\":[]}", "r", JOSE_RS256, NULL), JWKS_E_UNKNOWN_KEY);
	assert_int_equal(select_in("{\"keys\":[]}", NULL, JOSE_RS256, NULL), JWKS_E_UNKNOWN_KEY);
}

static void test_two_keys_of_one_name_are_refused(void **state)
{
	_cleanup_free_ char *a = forge_jwk(forge_key(JOSE_RS256), "\"kid\":\"k\"");
	_cleanup_free_ char *b = forge_jwk(forge_other_key(JOSE_RS256), "\"kid\":\"k\"");
	_cleanup_free_ char *c = forge_jwk(forge_key(JOSE_ES256), "\"kid\":\"k\"");
	_cleanup_free_ char *ab = forge_printf("{\"keys\":[%s,%s]}", a, b);
	_cleanup_free_ char *aa = forge_printf("{\"keys\":[%s,%s]}", a, a);
	_cleanup_free_ char *ac = forge_printf("{\"keys\":[%s,%s]}", a, c);

	(void)state;
	assert_int_equal(parse_set(ab, NULL), JWKS_E_DUPLICATE);
	assert_int_equal(parse_set(aa, NULL), JWKS_E_DUPLICATE);
	assert_int_equal(parse_set(ac, NULL), JWKS_E_DUPLICATE);
}

static void test_selection(void **state)
{
	_cleanup_free_ char *r1 =
		forge_jwk(forge_key(JOSE_RS256), "\"kid\":\"r1\",\"alg\":\"RS256\"");
	_cleanup_free_ char *r2 = forge_jwk(forge_other_key(JOSE_RS256), "\"kid\":\"r2\"");
	_cleanup_free_ char *e1 = forge_jwk(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *both = forge_printf("{\"keys\":[%s,%s,%s]}", r1, r2, e1);
	_cleanup_free_ char *one = forge_printf("{\"keys\":[%s,%s]}", r1, e1);
	const char *kid = NULL;

	(void)state;
	assert_int_equal(select_in(both, "r1", JOSE_RS256, &kid), 0);
	assert_string_equal(kid, "r1");
	assert_int_equal(select_in(both, "r2", JOSE_RS256, &kid), 0);
	assert_string_equal(kid, "r2");
	assert_int_equal(select_in(both, "r1", JOSE_PS256, NULL), JWKS_E_UNFIT);
	assert_int_equal(select_in(both, "r2", JOSE_PS256, NULL), 0);
	assert_int_equal(select_in(both, "r2", JOSE_ES256, NULL), JWKS_E_UNFIT);
	assert_int_equal(select_in(both, "r3", JOSE_RS256, NULL), JWKS_E_UNKNOWN_KEY);
	assert_int_equal(select_in(both, "R1", JOSE_RS256, NULL), JWKS_E_UNKNOWN_KEY);
	assert_int_equal(select_in(both, "", JOSE_ES256, NULL), JWKS_E_UNKNOWN_KEY);
	assert_int_equal(select_in(both, NULL, JOSE_RS256, NULL), JWKS_E_AMBIGUOUS);
	assert_int_equal(select_in(both, NULL, JOSE_PS256, &kid), 0); /* r1 says RS256 */
	assert_string_equal(kid, "r2");
	assert_int_equal(select_in(both, NULL, JOSE_ES256, &kid), 0);
	assert_string_equal(kid, "(none)");
	assert_int_equal(select_in(both, NULL, JOSE_ES384, NULL), JWKS_E_UNKNOWN_KEY);
	assert_int_equal(select_in(both, NULL, JOSE_NO_ALG, NULL), JWKS_E_UNKNOWN_KEY);
	assert_int_equal(select_in(one, NULL, JOSE_RS256, &kid), 0);
	assert_string_equal(kid, "r1");
}

static void test_a_set_has_a_size(void **state)
{
	_cleanup_free_ char *text = malloc(100000);
	struct jwks_facts facts;

	(void)state;
	for (size_t n_keys = JWKS_KEYS_MAX - 1; n_keys < JWKS_KEYS_MAX + 2; n_keys++) {
		size_t n = (size_t)snprintf(text, 100000, "{\"keys\":[");

		for (size_t i = 0; i < n_keys; i++)
			n += (size_t)snprintf(
				text + n, 100000 - n,
				"%s{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%zu\","
				"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
				i ? "," : "", i);
		(void)snprintf(text + n, 100000 - n, "]}");
		if (n_keys > JWKS_KEYS_MAX) {
			assert_int_equal(parse_set(text, &facts), JWKS_E_SIZE);
			continue;
		}
		assert_int_equal(parse_set(text, &facts), 0);
		assert_int_equal(facts.n_keys, n_keys);
		assert_int_equal(select_in(text, "0", JOSE_EDDSA, NULL), 0);
		assert_int_equal(select_in(text, NULL, JOSE_EDDSA, NULL), JWKS_E_AMBIGUOUS);
	}
}

/* ---- published sets ---- */

static char *load(const char *name)
{
	char path[4400], *text = calloc(1, 65536);
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", test_vectors(), name);
	FILE *file = fopen(path, "re");
	if (!file)
		fail_msg("%s is missing", path);
	n = fread(text, 1, 65535, file);
	(void)fclose(file);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	return text;
}

static void test_the_sets_of_rfc_7517(void **state)
{
	struct jwks_facts facts;

	(void)state;
	if (!test_vectors())
		skip();
	_cleanup_free_ char *public_set = load("jose-raw/rfc7517_A.1.jwkset");
	_cleanup_free_ char *private_set = load("jose-raw/rfc7517_A.2.jwkset");
	_cleanup_free_ char *symmetric_set = load("jose-raw/rfc7517_A.3.jwkset");
	_cleanup_free_ char *x5c = load("jose-raw/rfc7517_B.jwk");
	_cleanup_free_ char *rsa = load("jose-raw/rfc7638_3.1.jwk");
	_cleanup_free_ char *thumbprint = load("jose-raw/rfc7638_3.1.thp");

	assert_int_equal(parse_set(public_set, &facts), 0); /* the EC key says "enc" */
	assert_int_equal(facts.n_keys, 1);
	assert_int_equal(facts.n_skipped, 1);
	assert_int_equal(parse_set(private_set, &facts), 0);
	assert_int_equal(facts.n_keys, 0);
	assert_int_equal(facts.n_refused, 2);
	assert_int_equal(facts.first_refusal, JWK_E_PRIVATE);
	assert_int_equal(parse_set(symmetric_set, &facts), 0);
	assert_int_equal(facts.n_keys, 0);
	assert_int_equal(facts.first_refusal, JWK_E_SYMMETRIC);
	assert_int_equal(parse_text(x5c), 0);
	assert_thumbprint(rsa, thumbprint);
}

static void test_lists_of_algorithms(void **state)
{
	uint32_t algs = 0;
	const char *bad = NULL;

	(void)state;
	assert_int_equal(jose_algs_parse("RS256 ES256", &algs, &bad), 0);
	assert_int_equal(algs, JOSE_ALG_BIT(JOSE_RS256) | JOSE_ALG_BIT(JOSE_ES256));
	assert_int_equal(jose_algs_parse(" EdDSA,PS512\t", &algs, &bad), 0);
	assert_int_equal(algs, JOSE_ALG_BIT(JOSE_EDDSA) | JOSE_ALG_BIT(JOSE_PS512));
	assert_int_equal(jose_algs_parse("RS256 none", &algs, &bad), -EINVAL);
	assert_string_equal(bad, "none");
	assert_int_equal(jose_algs_parse("HS256", &algs, &bad), -EINVAL);
	assert_int_equal(jose_algs_parse("rs256", &algs, &bad), -EINVAL);
	assert_int_equal(jose_algs_parse("", &algs, &bad), -EINVAL);
	assert_int_equal(jose_algs_parse(" , ", &algs, &bad), -EINVAL);
	assert_int_equal(JOSE_ALGS_ALL & JOSE_ALG_BIT(JOSE_NO_ALG), 0);
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++)
		assert_true(JOSE_ALGS_ALL & JOSE_ALG_BIT(alg));
}

TEST_MAIN(TEST(test_every_kind_of_key_is_read), TEST(test_secrets_are_refused),
	  TEST(test_a_key_of_another_purpose_is_skipped), TEST(test_unknown_kinds_are_skipped),
	  TEST(test_rsa_numbers_are_checked), TEST(test_points_must_be_on_the_curve),
	  TEST(test_ed25519_has_exactly_32_bytes), TEST(test_thumbprints_of_published_keys),
	  TEST(test_a_set_must_be_a_set), TEST(test_bad_keys_are_counted_and_do_not_spoil_the_rest),
	  TEST(test_two_keys_of_one_name_are_refused), TEST(test_selection),
	  TEST(test_a_set_has_a_size), TEST(test_the_sets_of_rfc_7517),
	  TEST(test_lists_of_algorithms))
