/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate against everything RFC 8725 and other people's CVEs know, with tokens forged here. */
#include "tests/lib/test.h"

#include "common/b64url.h"
#include "common/limits.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define PAYLOAD "{\"iss\":\"https://idp.example\",\"sub\":\"alice\"}"

static const struct jws_policy any_policy = { .algs = JOSE_ALGS_ALL, .use = JWS_USE_ID_TOKEN };

static int verify_len(const struct jws_policy *policy, const char *set, const char *token,
		      size_t len)
{
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	struct jws jws;
	int r;

	assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
	r = jws_verify(policy, token, len, keys, &jws);
	/* MUST 8: a payload exactly when the answer is yes, and a word for every no. */
	assert_true((r == 0) == (jws.payload != NULL));
	if (r != 0)
		assert_true(r > 0 && strlen(jws_reason(r)) > 4 && strlen(jws_sentence(r)) > 10);
	jws_done(&jws);
	return r;
}

static int verify(const char *set, const char *token)
{
	return verify_len(&any_policy, set, token, strlen(token));
}

static char *header_for(enum jose_alg alg, const char *more)
{
	return forge_printf("{\"alg\":\"%s\"%s}", jose_alg_facts(alg)->name, more);
}

/* A good token by the published key of alg, with more in the header. */
static int verify_header(enum jose_alg alg, const char *header)
{
	_cleanup_free_ char *set = forge_jwks(forge_key(alg), "\"kid\":\"k1\"");
	_cleanup_free_ char *token = forge_token(forge_key(alg), alg, header, PAYLOAD);

	return verify(set, token);
}

/* ---- what must work ---- */

static void test_every_algorithm_verifies_and_gives_the_payload(void **state)
{
	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(alg), "\"kid\":\"k1\"");
		_cleanup_free_ char *header = header_for(alg, ",\"kid\":\"k1\",\"typ\":\"JWT\"");
		_cleanup_free_ char *token = forge_token(forge_key(alg), alg, header, PAYLOAD);
		_cleanup_(jwks_freep) struct jwks *keys = NULL;
		struct jws jws;

		assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
		for (unsigned again = 0; again < 3; again++) { /* the contexts are used again */
			assert_int_equal(jws_verify(&any_policy, token, strlen(token), keys, &jws),
					 0);
			assert_int_equal(jws.alg, alg);
			assert_true(jws.has_kid);
			assert_string_equal(jws.kid, "k1");
			assert_string_equal(jws.typ, "JWT");
			assert_int_equal(strlen(jws.thumbprint), JWK_THUMBPRINT_LEN);
			assert_int_equal(jws.payload_len, strlen(PAYLOAD));
			assert_string_equal((const char *)jws.payload, PAYLOAD);
			jws_done(&jws);
			assert_null(jws.payload);
		}
	}
}

static void test_a_bad_token_does_not_spoil_the_next_good_one(void **state)
{
	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(alg), NULL);
		_cleanup_free_ char *header = header_for(alg, "");
		_cleanup_free_ char *good = forge_token(forge_key(alg), alg, header, PAYLOAD);
		_cleanup_free_ char *bad = forge_token(forge_other_key(alg), alg, header, PAYLOAD);
		_cleanup_(jwks_freep) struct jwks *keys = NULL;
		struct jws jws;

		assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(jws_verify(&any_policy, bad, strlen(bad), keys, &jws),
					 JWS_E_SIGNATURE);
			jws_done(&jws);
			assert_int_equal(jws_verify(&any_policy, good, strlen(good), keys, &jws),
					 0);
			jws_done(&jws);
		}
	}
}

/* ---- algorithm ---- */

static void test_none_is_refused_in_every_spelling(void **state)
{
	static const char *const spellings[] = { "none", "None", "NONE", "nOnE", "", " none" };
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_RS256), NULL);

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(spellings); i++) {
		_cleanup_free_ char *header = forge_printf("{\"alg\":\"%s\"}", spellings[i]);
		_cleanup_free_ char *empty = forge_signed_by(header, PAYLOAD, "", 0);
		_cleanup_free_ char *junk = forge_signed_by(header, PAYLOAD, "x", 1);

		assert_int_equal(verify(set, empty), JWS_E_SHAPE);
		assert_int_equal(verify(set, junk), JWS_E_ALG);
	}
}

static void test_hmac_with_the_public_key_is_refused(void **state)
{
	static const char *const names[] = { "HS256", "HS384", "HS512", "hs256" };
	EVP_PKEY *rsa = forge_key(JOSE_RS256), *ec = forge_key(JOSE_ES256);
	EVP_PKEY *keys[] = { rsa, ec };

	(void)state;
	for (size_t k = 0; k < ELEMENTSOF(keys); k++) {
		_cleanup_free_ char *set = forge_jwks(keys[k], "\"kid\":\"k1\"");
		_cleanup_free_ char *jwk = forge_jwk(keys[k], "\"kid\":\"k1\"");
		_cleanup_free_ char *pem = forge_pem(keys[k]);
		unsigned char der[2048];
		size_t der_len = forge_der(keys[k], der);

		for (size_t i = 0; i < ELEMENTSOF(names); i++) {
			_cleanup_free_ char *header =
				forge_printf("{\"alg\":\"%s\",\"kid\":\"k1\"}", names[i]);
			_cleanup_free_ char *by_pem = forge_hmac(pem, strlen(pem), header, PAYLOAD);
			_cleanup_free_ char *by_der = forge_hmac(der, der_len, header, PAYLOAD);
			_cleanup_free_ char *by_jwk = forge_hmac(jwk, strlen(jwk), header, PAYLOAD);
			_cleanup_free_ char *blank = forge_hmac("", 0, header, PAYLOAD);

			assert_int_equal(verify(set, by_pem), JWS_E_ALG);
			assert_int_equal(verify(set, by_der), JWS_E_ALG);
			assert_int_equal(verify(set, by_jwk), JWS_E_ALG);
			assert_int_equal(verify(set, blank), JWS_E_ALG);
		}
	}
}

static void test_the_name_of_an_algorithm_is_exact(void **state)
{
	static const char *const names[] = { "rs256",  "Rs256",  "RS256 ", " RS256", "RS25",
					     "RS2560", "RS-256", "RSA",    "ES521",  "Ed25519",
					     "EDDSA",  "SHA256", "ES256K", "RS1" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		_cleanup_free_ char *header = forge_printf("{\"alg\":\"%s\"}", names[i]);

		assert_int_equal(verify_header(JOSE_RS256, header), JWS_E_ALG);
	}
	assert_int_equal(verify_header(JOSE_RS256, "{\"alg\":256}"), JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_RS256, "{\"alg\":null}"), JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_RS256, "{\"alg\":[\"RS256\"]}"), JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_RS256, "{\"typ\":\"JWT\"}"), JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_RS256, "{\"alg\":\"RS256\\u0000\"}"), JWS_E_HEADER);
}

/* Every algorithm against every key: only the pairs that belong together, and only when the token
 * was signed with that very algorithm. */
static void test_the_key_fixes_the_algorithm(void **state)
{
	(void)state;
	for (enum jose_alg key = JOSE_RS256; key < JOSE_ALG_END; key++) {
		_cleanup_free_ char *members =
			forge_printf("\"kid\":\"k1\",\"alg\":\"%s\"", jose_alg_facts(key)->name);
		_cleanup_free_ char *set = forge_jwks(forge_key(key), members);

		for (enum jose_alg said = JOSE_RS256; said < JOSE_ALG_END; said++) {
			_cleanup_free_ char *header = header_for(said, ",\"kid\":\"k1\"");
			_cleanup_free_ char *anonymous = header_for(said, "");
			_cleanup_free_ char *a = forge_token(forge_key(key), key, header, PAYLOAD);
			_cleanup_free_ char *b =
				forge_token(forge_key(key), key, anonymous, PAYLOAD);

			assert_int_equal(verify(set, a), said == key ? 0 : JWS_E_KEY);
			assert_int_equal(verify(set, b), said == key ? 0 : JWS_E_UNKNOWN_KEY);
		}
	}
}

static void test_the_right_key_with_another_padding_or_digest_is_refused(void **state)
{
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_RS256), NULL); /* says no alg */

	(void)state;
	for (enum jose_alg signed_with = JOSE_RS256; signed_with <= JOSE_PS512; signed_with++) {
		for (enum jose_alg said = JOSE_RS256; said <= JOSE_PS512; said++) {
			_cleanup_free_ char *header = header_for(said, "");
			_cleanup_free_ char *token =
				forge_token(forge_key(JOSE_RS256), signed_with, header, PAYLOAD);

			assert_int_equal(verify(set, token),
					 said == signed_with ? 0 : JWS_E_SIGNATURE);
		}
	}
}

static void test_an_algorithm_off_the_list_is_refused(void **state)
{
	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		struct jws_policy without = { .algs = JOSE_ALGS_ALL & ~JOSE_ALG_BIT(alg),
					      .use = JWS_USE_ID_TOKEN };
		struct jws_policy only = { .algs = JOSE_ALG_BIT(alg), .use = JWS_USE_ID_TOKEN };
		struct jws_policy nothing = { .use = JWS_USE_ID_TOKEN };
		_cleanup_free_ char *set = forge_jwks(forge_key(alg), NULL);
		_cleanup_free_ char *header = header_for(alg, "");
		_cleanup_free_ char *token = forge_token(forge_key(alg), alg, header, PAYLOAD);

		assert_int_equal(verify_len(&without, set, token, strlen(token)), JWS_E_ALG);
		assert_int_equal(verify_len(&nothing, set, token, strlen(token)), JWS_E_ALG);
		assert_int_equal(verify_len(&only, set, token, strlen(token)), 0);
	}
}

/* ---- keys ---- */

static void test_keys_in_the_header_are_never_followed(void **state)
{
	EVP_PKEY *attacker = forge_other_key(JOSE_ES256);
	_cleanup_free_ char *jwk = forge_jwk(attacker, NULL);
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), "\"kid\":\"k1\"");
	_cleanup_free_ char *embedded = forge_printf(",\"jwk\":%s", jwk);
	_cleanup_free_ char *both = forge_printf(",\"jwk\":%s,\"kid\":\"k1\"", jwk);
	const char *const members[] = {
		embedded,
		both,
		",\"jku\":\"https://evil.example/jwks\"",
		",\"x5u\":\"https://evil.example/c.pem\"",
		",\"x5c\":[\"MIIB\"]",
		",\"x5t\":\"AAAA\"",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(members); i++) {
		_cleanup_free_ char *header = header_for(JOSE_ES256, members[i]);
		_cleanup_free_ char *token = forge_token(attacker, JOSE_ES256, header, PAYLOAD);
		/* An honest platform may print its certificate there; nobody reads it. */
		_cleanup_free_ char *honest =
			forge_token(forge_key(JOSE_ES256), JOSE_ES256, header, PAYLOAD);

		assert_int_equal(verify(set, token), JWS_E_SIGNATURE);
		assert_int_equal(verify(set, honest), 0);
	}
}

static void test_a_kid_is_a_name_and_nothing_else(void **state)
{
	static const char *const kids[] = { "../../../../dev/null",
					    "/dev/null",
					    "k1' OR '1'='1",
					    "k1;ls",
					    "http://evil.example/k",
					    "K1",
					    "k1 ",
					    "k",
					    "k11",
					    "%6b1",
					    "0" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(kids); i++) {
		_cleanup_free_ char *header =
			forge_printf("{\"alg\":\"ES256\",\"kid\":\"%s\"}", kids[i]);

		assert_int_equal(verify_header(JOSE_ES256, header), JWS_E_UNKNOWN_KEY);
	}
	assert_int_equal(verify_header(JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":\"k1\"}"), 0);
	assert_int_equal(verify_header(JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":\"\\u006b1\"}"), 0);
	assert_int_equal(verify_header(JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":\"k1\\u0000\"}"),
			 JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":1}"), JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":null}"),
			 JWS_E_HEADER);
	assert_int_equal(verify_header(JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":\"\"}"),
			 JWS_E_HEADER);
}

static void test_new_keys_are_wanted_only_where_they_may_help(void **state)
{
	struct jws named = { .has_kid = true }, nameless = { .has_kid = false };

	(void)state;
	assert_true(jws_wants_new_keys(JWS_E_UNKNOWN_KEY, &named));
	assert_true(jws_wants_new_keys(JWS_E_UNKNOWN_KEY, &nameless));
	assert_true(jws_wants_new_keys(JWS_E_SIGNATURE, &nameless));
	assert_false(jws_wants_new_keys(JWS_E_SIGNATURE, &named));
	assert_false(jws_wants_new_keys(JWS_E_KEY, &named));
	assert_false(jws_wants_new_keys(JWS_E_ALG, &nameless));
	assert_false(jws_wants_new_keys(0, &named));
}

/* ---- signatures ---- */

/* CVE-2022-21449 and its relatives: zeros, and the order of the group in place of r and s. */
static void test_null_signatures_are_refused(void **state)
{
	static const unsigned char order[32] = {
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
		0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	};
	unsigned char signature[64] = { 0 };

	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(alg), NULL);
		_cleanup_free_ char *header = header_for(alg, "");
		size_t len = jose_alg_facts(alg)->signature_len;
		unsigned char zeros[512] = { 0 };

		if (len == 0)
			len = 256;
		for (size_t n = 1; n <= len + 1; n = n < len - 1 ? len - 1 : n + 1) {
			_cleanup_free_ char *token = forge_signed_by(header, PAYLOAD, zeros, n);

			assert_int_equal(verify(set, token), JWS_E_SIGNATURE);
		}
	}
	for (unsigned which = 1; which < 4; which++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), NULL);
		_cleanup_free_ char *token = NULL;

		memset(signature, 0, sizeof(signature));
		if (which & 1)
			memcpy(signature, order, 32);
		if (which & 2)
			memcpy(signature + 32, order, 32);
		token = forge_signed_by("{\"alg\":\"ES256\"}", PAYLOAD, signature, 64);
		assert_int_equal(verify(set, token), JWS_E_SIGNATURE);
	}
}

static void test_a_signature_of_another_length_or_shape_is_refused(void **state)
{
	unsigned char raw[2048];

	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(alg), NULL);
		_cleanup_free_ char *header = header_for(alg, "");
		_cleanup_free_ char *token = forge_token(forge_key(alg), alg, header, PAYLOAD);
		const char *text = strrchr(token, '.') + 1;
		size_t len = 0;

		memset(raw, 0, sizeof(raw));
		assert_int_equal(b64url_decode(text, strlen(text), raw + 1, sizeof(raw) - 2, &len),
				 0);
		_cleanup_free_ char *longer = forge_signed_by(header, PAYLOAD, raw + 1, len + 1);
		_cleanup_free_ char *front = forge_signed_by(header, PAYLOAD, raw, len + 1);
		_cleanup_free_ char *cut = forge_signed_by(header, PAYLOAD, raw + 1, len - 1);
		_cleanup_free_ char *same = forge_signed_by(header, PAYLOAD, raw + 1, len);

		assert_int_equal(verify(set, longer), JWS_E_SIGNATURE);
		assert_int_equal(verify(set, front), JWS_E_SIGNATURE);
		assert_int_equal(verify(set, cut), JWS_E_SIGNATURE);
		assert_int_equal(verify(set, same), 0);
	}
}

/* A signature that begins with zero is the same number without it, but not the same signature. */
static void test_a_signature_without_its_leading_zero_is_refused(void **state)
{
	static const enum jose_alg algs[] = { JOSE_RS256, JOSE_PS256 };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(algs); i++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(algs[i]), NULL);
		_cleanup_free_ char *header = header_for(algs[i], "");
		unsigned char raw[512];
		size_t len = 0;
		unsigned n = 0;

		do { /* one in 256 */
			_cleanup_free_ char *payload = forge_printf("{\"n\":%u}", n++);
			_cleanup_free_ char *token =
				forge_token(forge_key(algs[i]), algs[i], header, payload);
			const char *text = strrchr(token, '.') + 1;

			assert_int_equal(b64url_decode(text, strlen(text), raw, sizeof(raw), &len),
					 0);
			if (raw[0] != 0)
				continue;
			_cleanup_free_ char *cut =
				forge_signed_by(header, payload, raw + 1, len - 1);

			assert_int_equal(verify(set, token), 0);
			assert_int_equal(verify(set, cut), JWS_E_SIGNATURE);
		} while (raw[0] != 0 && n < 10000);
		assert_int_equal(raw[0], 0);
	}
}

static void test_every_bit_counts(void **state)
{
	static const enum jose_alg algs[] = { JOSE_RS256, JOSE_ES256, JOSE_EDDSA };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(algs); i++) {
		_cleanup_free_ char *set = forge_jwks(forge_key(algs[i]), NULL);
		_cleanup_free_ char *header = header_for(algs[i], "");
		_cleanup_free_ char *token =
			forge_token(forge_key(algs[i]), algs[i], header, PAYLOAD);
		size_t len = strlen(token);

		for (size_t at = 0; at < len; at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				token[at] = (char)(token[at] ^ (1 << bit));
				assert_int_not_equal(verify_len(&any_policy, set, token, len), 0);
				token[at] = (char)(token[at] ^ (1 << bit));
			}
		}
		assert_int_equal(verify(set, token), 0);
	}
}

static void test_a_token_cut_or_extended_anywhere_is_refused(void **state)
{
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *token =
		forge_token(forge_key(JOSE_ES256), JOSE_ES256, "{\"alg\":\"ES256\"}", PAYLOAD);
	static const char *const tails[] = { ".",  "=",    "==", "A",  "AAAA", " ",
					     "\n", "\r\n", "?",  ".A", ".A.A", "~" };

	(void)state;
	for (size_t len = 0; len < strlen(token); len++) {
		/* In memory of exactly that size, so that a sanitizer sees a byte too many. */
		_cleanup_free_ char *cut = malloc(len ? len : 1);

		memcpy(cut, token, len);
		assert_int_not_equal(verify_len(&any_policy, set, cut, len), 0);
	}
	for (size_t i = 0; i < ELEMENTSOF(tails); i++) {
		_cleanup_free_ char *longer = forge_printf("%s%s", token, tails[i]);
		_cleanup_free_ char *before = forge_printf("%s%s", tails[i], token);

		assert_int_not_equal(verify(set, longer), 0);
		assert_int_not_equal(verify(set, before), 0);
	}
	assert_int_not_equal(verify_len(&any_policy, set, token, strlen(token) + 1),
			     0); /* the NUL */
}

/* ---- form ---- */

static void test_more_than_one_signature_is_refused(void **state)
{
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *good =
		forge_token(forge_key(JOSE_ES256), JOSE_ES256, "{\"alg\":\"ES256\"}", PAYLOAD);
	const char *signature = strrchr(good, '.') + 1;
	_cleanup_free_ char *twice = forge_printf("%s.%s", good, signature);
	_cleanup_free_ char *pair = forge_printf("%s,%s", good, good);
	_cleanup_free_ char *json = forge_printf("{\"payload\":\"e30\",\"signatures\":[]}");
	_cleanup_free_ char *jwe = forge_printf("%s.AAAA.AAAA", good);
	_cleanup_free_ char *prefixed = forge_printf("Bearer %s", good);

	(void)state;
	assert_int_equal(verify(set, twice), JWS_E_SHAPE);
	assert_int_equal(verify(set, jwe), JWS_E_SHAPE);
	assert_int_equal(verify(set, pair), JWS_E_SHAPE);
	assert_int_equal(verify(set, json), JWS_E_SHAPE);
	assert_int_equal(verify(set, prefixed), JWS_E_ENCODING);
	assert_int_equal(verify(set, ".."), JWS_E_SHAPE);
	assert_int_equal(verify(set, "."), JWS_E_SHAPE);
	assert_int_equal(verify(set, "..."), JWS_E_SHAPE);
	assert_int_equal(verify(set, "a.b.c"), JWS_E_ENCODING);
}

static void test_a_nested_token_is_refused(void **state)
{
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *inner =
		forge_token(forge_key(JOSE_ES256), JOSE_ES256, "{\"alg\":\"ES256\"}", PAYLOAD);
	_cleanup_free_ char *outer = forge_token(forge_key(JOSE_ES256), JOSE_ES256,
						 "{\"alg\":\"ES256\",\"cty\":\"JWT\"}", inner);

	(void)state;
	assert_int_equal(verify(set, outer), JWS_E_TYP);
}

static void test_a_header_is_one_json_object_without_doubles(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"alg\":\"none\"}",
		"{\"alg\":\"ES256\",\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"\\u0061lg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"kid\":\"k1\",\"kid\":\"k2\"}",
		"[{\"alg\":\"ES256\"}]",
		"\"ES256\"",
		"null",
		"{\"alg\":\"ES256\"} ",
		"{\"alg\":\"ES256\"}{}",
		"{\"alg\":\"ES256\",}",
		"{'alg':'ES256'}",
		"{\"alg\":\"ES256\"",
		"\xef\xbb\xbf{\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"x\":\"\xff\"}",
		"{\"alg\":\"ES256\",\"typ\":5}",
		"{\"alg\":\"ES256\",\"typ\":null}",
		"{\"alg\":\"ES256\",\"cty\":{}}",
		"{\"alg\":\"ES256\",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
		int r = verify_header(JOSE_ES256, headers[i]);

		if (i == 8) /* white space around JSON is JSON */
			assert_int_equal(r, 0);
		else if (r != JWS_E_HEADER)
			fail_msg("%s: %s", headers[i], r ? jws_reason(r) : "verified");
	}
}

static void test_what_must_be_understood_is_refused(void **state)
{
	static const char *const more[] = {
		",\"crit\":[\"exp\"],\"exp\":1",
		",\"crit\":[]",
		",\"crit\":null",
		",\"crit\":\"b64\"",
		",\"b64\":false",
		",\"b64\":true",
		",\"crit\":[\"b64\"],\"b64\":false",
		",\"crit\":[\"http://evil.example\"]",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(more); i++) {
		_cleanup_free_ char *header = header_for(JOSE_ES256, more[i]);

		assert_int_equal(verify_header(JOSE_ES256, header), JWS_E_CRIT);
	}
}

static void test_a_token_over_the_size_is_refused(void **state)
{
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_ES256), NULL);
	_cleanup_free_ char *filler = malloc(JWS_LEN_MAX + 1);

	(void)state;
	memset(filler, 'x', JWS_LEN_MAX);
	for (size_t n = JWS_LEN_MAX / 4 * 3 - 200; n < JWS_LEN_MAX; n += 400) {
		_cleanup_free_ char *payload = forge_printf("\"%.*s\"", (int)n, filler);
		_cleanup_free_ char *token = forge_token(forge_key(JOSE_ES256), JOSE_ES256,
							 "{\"alg\":\"ES256\"}", payload);

		assert_int_equal(verify(set, token), strlen(token) > JWS_LEN_MAX ? JWS_E_SIZE : 0);
	}
	assert_int_equal(verify(set, ""), JWS_E_SIZE);
}

/* ---- kinds of token ---- */

static void test_a_token_of_one_kind_never_passes_for_another(void **state)
{
	static const struct {
		const char *typ;  /* NULL: none */
		enum jws_use use; /* the only one it passes for */
	} rows[] = {
		{ NULL, JWS_USE_ID_TOKEN },
		{ "JWT", JWS_USE_ID_TOKEN },
		{ "jwt", JWS_USE_ID_TOKEN },
		{ "application/jwt", JWS_USE_ID_TOKEN },
		{ "at+jwt", JWS_USE_ACCESS_TOKEN },
		{ "AT+JWT", JWS_USE_ACCESS_TOKEN },
		{ "application/at+jwt", JWS_USE_ACCESS_TOKEN },
		{ "secevent+jwt", JWS_USE_EVENT },
		{ "application/secevent+jwt", JWS_USE_EVENT },
		{ "logout+jwt", JWS_USE_LOGOUT },
		{ "dpop+jwt", JWS_USE_NONE },
		{ "oauth-authz-req+jwt", JWS_USE_NONE },
		{ "token-introspection+jwt", JWS_USE_NONE },
		{ "entity-statement+jwt", JWS_USE_NONE },
		{ "JOSE", JWS_USE_NONE },
		{ "JOSE+JSON", JWS_USE_NONE },
		{ "text/jwt", JWS_USE_NONE },
		{ "jwt ", JWS_USE_NONE },
		{ "at+jw", JWS_USE_NONE },
		{ "at+jwt2", JWS_USE_NONE },
		{ "application/application/jwt", JWS_USE_NONE },
	};
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_EDDSA), NULL);

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *more = rows[i].typ
						    ? forge_printf(",\"typ\":\"%s\"", rows[i].typ)
						    : forge_printf("%s", "");
		_cleanup_free_ char *header = header_for(JOSE_EDDSA, more);
		_cleanup_free_ char *token =
			forge_token(forge_key(JOSE_EDDSA), JOSE_EDDSA, header, PAYLOAD);

		for (enum jws_use use = JWS_USE_NONE; use <= JWS_USE_LOGOUT; use++) {
			struct jws_policy policy = { .algs = JOSE_ALGS_ALL, .use = use };
			int wanted = use != JWS_USE_NONE && use == rows[i].use ? 0 : JWS_E_TYP;

			assert_int_equal(verify_len(&policy, set, token, strlen(token)), wanted);
		}
	}
}

static void test_a_providers_own_typ_replaces_the_rule(void **state)
{
	struct jws_policy policy = { .algs = JOSE_ALGS_ALL,
				     .use = JWS_USE_ACCESS_TOKEN,
				     .typ = "JWT" };
	_cleanup_free_ char *set = forge_jwks(forge_key(JOSE_EDDSA), NULL);
	_cleanup_free_ char *jwt = forge_token(forge_key(JOSE_EDDSA), JOSE_EDDSA,
					       "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", PAYLOAD);
	_cleanup_free_ char *at = forge_token(forge_key(JOSE_EDDSA), JOSE_EDDSA,
					      "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}", PAYLOAD);
	_cleanup_free_ char *none =
		forge_token(forge_key(JOSE_EDDSA), JOSE_EDDSA, "{\"alg\":\"EdDSA\"}", PAYLOAD);

	(void)state;
	assert_int_equal(verify_len(&policy, set, jwt, strlen(jwt)), 0);
	assert_int_equal(verify_len(&policy, set, at, strlen(at)), JWS_E_TYP);
	assert_int_equal(verify_len(&policy, set, none, strlen(none)), JWS_E_TYP);
	policy.typ = ""; /* nobody's word: nothing passes */
	assert_int_equal(verify_len(&policy, set, none, strlen(none)), JWS_E_TYP);
	policy.typ = "JWT";
	policy.use = JWS_USE_NONE;
	assert_int_equal(verify_len(&policy, set, jwt, strlen(jwt)), JWS_E_TYP);
}

TEST_MAIN(TEST(test_every_algorithm_verifies_and_gives_the_payload),
	  TEST(test_a_bad_token_does_not_spoil_the_next_good_one),
	  TEST(test_none_is_refused_in_every_spelling),
	  TEST(test_hmac_with_the_public_key_is_refused),
	  TEST(test_the_name_of_an_algorithm_is_exact), TEST(test_the_key_fixes_the_algorithm),
	  TEST(test_the_right_key_with_another_padding_or_digest_is_refused),
	  TEST(test_an_algorithm_off_the_list_is_refused),
	  TEST(test_keys_in_the_header_are_never_followed),
	  TEST(test_a_kid_is_a_name_and_nothing_else),
	  TEST(test_new_keys_are_wanted_only_where_they_may_help),
	  TEST(test_null_signatures_are_refused),
	  TEST(test_a_signature_of_another_length_or_shape_is_refused),
	  TEST(test_a_signature_without_its_leading_zero_is_refused), TEST(test_every_bit_counts),
	  TEST(test_a_token_cut_or_extended_anywhere_is_refused),
	  TEST(test_more_than_one_signature_is_refused), TEST(test_a_nested_token_is_refused),
	  TEST(test_a_header_is_one_json_object_without_doubles),
	  TEST(test_what_must_be_understood_is_refused),
	  TEST(test_a_token_over_the_size_is_refused),
	  TEST(test_a_token_of_one_kind_never_passes_for_another),
	  TEST(test_a_providers_own_typ_replaces_the_rule))
