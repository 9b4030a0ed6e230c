/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of this host and what is signed with them. Every signature is judged by the gate of
 * idp-netd, which shares no line with the code under test; published examples are known answers.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/b64url.h"
#include "common/secret.h"
#include "idp-agentd/core/compact.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

static struct secret *pem_of(EVP_PKEY *pkey, const char *passphrase)
{
	BIO *out = BIO_new(BIO_s_mem());
	struct secret *secret;
	char *text = NULL;
	long len;

	assert_int_equal(PEM_write_bio_PrivateKey(out, pkey, passphrase ? EVP_aes_128_cbc() : NULL,
						  (const unsigned char *)passphrase,
						  passphrase ? (int)strlen(passphrase) : 0, NULL,
						  NULL),
			 1);
	len = BIO_get_mem_data(out, &text);
	secret = secret_new(text, (size_t)len);
	BIO_free(out);
	assert_non_null(secret);
	return secret;
}

static struct key *load(EVP_PKEY *pkey, const char *alg)
{
	_cleanup_(secret_freep) struct secret *pem = pem_of(pkey, NULL);
	char reason[REASON_MAX] = "";
	struct key *key = NULL;

	if (key_load(pem, alg, reason, &key) != 0)
		fail_msg("%s: %s", alg, reason);
	return key;
}

/* The public half as net reads it. */
static struct jwk *published(const struct key *key)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	struct jwk *jwk = NULL;
	struct buf text;

	buf_init(&text, 8192);
	key_put_jwk(key, &text);
	assert_int_equal(buf_end(&text), 0);
	assert_int_equal(json_parse(text.data, text.len, 8192, JSON_ROOT_OBJECT, &object), 0);
	assert_int_equal(jwk_parse(object, &jwk), 0);
	buf_done(&text);
	return jwk;
}

static void test_every_algorithm_verifies_at_the_gate(void **state)
{
	static const char bytes[] = "header.payload";
	unsigned n = 0;

	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		const struct jose_alg_facts *facts = jose_alg_facts(alg);
		_cleanup_(key_freep) struct key *key = load(forge_key(alg), facts->name);
		_cleanup_(jwk_freep) struct jwk *jwk = published(key);
		char thumbprint[KEY_THUMBPRINT_LEN + 1];
		struct buf signature;

		assert_string_equal(key_alg(key), facts->name);
		assert_int_equal(key_thumbprint(key, thumbprint), 0);
		assert_string_equal(thumbprint, jwk_thumbprint(jwk));
		buf_init(&signature, 2048);
		/* Often enough that numbers of ECDSA begin with zero. */
		for (unsigned i = 0; i < (facts->signature_len ? 300 : 3); i++) {
			buf_reset(&signature);
			assert_int_equal(key_sign(key, bytes, sizeof(bytes), &signature), 0);
			if (facts->signature_len)
				assert_int_equal(signature.len, facts->signature_len);
			assert_int_equal(jwk_verify(jwk, alg, bytes, sizeof(bytes), signature.data,
						    signature.len),
					 0);
			n++;
		}
		signature.data[signature.len / 2] ^= 1;
		assert_int_equal(
			jwk_verify(jwk, alg, bytes, sizeof(bytes), signature.data, signature.len),
			JWK_E_INVALID);
		buf_done(&signature);
	}
	print_message("# %u signatures of 10 algorithms verified\n", n);
}

/* ---- keys that do not do ---- */

static void refuse(EVP_PKEY *pkey, const char *alg, const char *words)
{
	_cleanup_(secret_freep) struct secret *pem = pem_of(pkey, NULL);
	char reason[REASON_MAX] = "";
	struct key *key = NULL;

	assert_int_equal(key_load(pem, alg, reason, &key), -EKEYREJECTED);
	assert_null(key);
	if (!strstr(reason, words) || !strstr(reason, "openssl "))
		fail_msg("%s: said: %s; wanted: %s", alg, reason, words);
}

static void test_a_wrong_key_is_told_with_its_remedy(void **state)
{
	static const struct {
		const char *type;
		unsigned bits;
		const char *alg, *words;
	} rows[] = {
		{ "RSA", 1024, "RS256", "it is an RSA key of 1024 bits, which cannot sign RS256" },
		{ "RSA", 2040, "PS512", "it is an RSA key of 2040 bits" },
		{ "RSA", 2048, "ES256", "openssl ecparam -name prime256v1" },
		{ "RSA", 2048, "EdDSA", "openssl genpkey -algorithm ed25519" },
		{ "P-256", 0, "RS256", "it is an EC key on prime256v1, which cannot sign RS256" },
		{ "P-256", 0, "ES384", "openssl ecparam -name secp384r1" },
		{ "P-384", 0, "ES256", "it is an EC key on secp384r1" },
		{ "P-384", 0, "ES512", "openssl ecparam -name secp521r1" },
		{ "secp256k1", 0, "ES256", "it is an EC key on secp256k1" },
		{ "ED448", 0, "EdDSA", "it is a key of the type ED448" },
		{ "ED25519", 0, "ES256", "it is a key of the type ED25519" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		EVP_PKEY *pkey = forge_new_key(rows[i].type, rows[i].bits);

		refuse(pkey, rows[i].alg, rows[i].words);
		EVP_PKEY_free(pkey);
	}
}

static void test_what_is_no_private_key_is_refused(void **state)
{
	EVP_PKEY *pkey = forge_key(JOSE_ES256);
	_cleanup_free_ char *public = forge_pem(pkey);
	_cleanup_(secret_freep) struct secret *locked = pem_of(pkey, "hunter2");
	_cleanup_(secret_freep) struct secret *open = secret_new(public, strlen(public));
	_cleanup_(secret_freep) struct secret *garbage = secret_new("hunter2 is no key", 17);
	const struct secret *const rows[] = { locked, open, garbage };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char reason[REASON_MAX] = "";
		struct key *key = NULL;

		assert_int_equal(key_load(rows[i], "ES256", reason, &key), -EKEYREJECTED);
		assert_null(key);
		assert_non_null(strstr(reason, "no private key in PEM without a passphrase"));
		assert_null(strstr(reason, "hunter2"));
	}
	char reason[REASON_MAX];
	struct key *key = NULL;
	assert_int_equal(key_load(locked, "HS256", reason, &key), -EINVAL);
	assert_int_equal(key_load(locked, "none", reason, &key), -EINVAL);
	assert_true(key_judge.key(garbage, "RS256", reason) < 0);
}

/* ---- certificates ---- */

static struct secret *certificate_for(EVP_PKEY *pkey)
{
	BIO *out = BIO_new(BIO_s_mem());
	X509 *x509 = X509_new();
	struct secret *secret;
	char *text = NULL;
	long len;

	assert_int_equal(X509_set_pubkey(x509, pkey), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
	assert_true(X509_sign(x509, pkey, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(out, x509), 1);
	len = BIO_get_mem_data(out, &text);
	secret = secret_new(text, (size_t)len);
	X509_free(x509);
	BIO_free(out);
	assert_non_null(secret);
	return secret;
}

static void test_a_certificate_is_held_against_its_key(void **state)
{
	EVP_PKEY *pkey = forge_key(JOSE_ES256), *other = forge_other_key(JOSE_ES256);
	_cleanup_(secret_freep) struct secret *cert = certificate_for(pkey);
	_cleanup_(secret_freep) struct secret *key = pem_of(pkey, NULL);
	_cleanup_(secret_freep) struct secret *strange = pem_of(other, NULL);
	_cleanup_(secret_freep) struct secret *garbage = secret_new("garbage", 7);
	char reason[REASON_MAX] = "";

	(void)state;
	assert_int_equal(key_judge.certificate(cert, key, reason), 0);
	assert_true(key_judge.certificate(cert, strange, reason) < 0);
	assert_non_null(strstr(reason, "not issued for tls_key"));
	assert_true(key_judge.certificate(garbage, key, reason) < 0);
	assert_non_null(strstr(reason, "no certificate in PEM"));
	assert_true(key_judge.certificate(key, key, reason) < 0);
	assert_true(key_judge.certificate(cert, garbage, reason) < 0);
	assert_non_null(strstr(reason, "tls_key is no private key"));
}

/* ---- published examples ---- */

static void sign_as_published(const struct key *key, const char *token)
{
	const char *dot = strrchr(token, '.');
	_cleanup_free_ char *text = NULL;
	struct buf signature;

	buf_init(&signature, 2048);
	assert_int_equal(key_sign(key, token, (size_t)(dot - token), &signature), 0);
	text = forge_base64(signature.data, signature.len);
	assert_string_equal(text, dot + 1);
	buf_done(&signature);
}

/* RFC 8037 appendix A: the key (A.1), its thumbprint (A.3), a token (A.4). */
static void test_the_example_of_rfc_8037(void **state)
{
	char thumbprint[KEY_THUMBPRINT_LEN + 1];
	uint8_t bytes[32 + 2];
	size_t len = 0;
	EVP_PKEY *pkey;

	(void)state;
	assert_int_equal(b64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", 43, bytes,
				       sizeof(bytes), &len),
			 0);
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, len);
	_cleanup_(key_freep) struct key *key = load(pkey, "EdDSA");
	EVP_PKEY_free(pkey);
	assert_int_equal(key_thumbprint(key, thumbprint), 0);
	assert_string_equal(thumbprint, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
	sign_as_published(
		key, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0Jzl"
		     "nLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

static char *vector(const char *name)
{
	char path[4400], *text = calloc(1, 65536);
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/jose-raw/%s", test_vectors(), name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("%s is missing", path);
	n = fread(text, 1, 65535, file);
	(void)fclose(file);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	return text;
}

static BIGNUM *push_number(OSSL_PARAM_BLD *build, const char *name, const json_t *jwk,
			   const char *member)
{
	uint8_t bytes[1024];
	const char *text = NULL;
	BIGNUM *number;
	size_t len = 0;

	assert_int_equal(json_get_text(jwk, member, 2048, &text), 0);
	assert_int_equal(b64url_decode(text, strlen(text), bytes, sizeof(bytes), &len), 0);
	number = BN_bin2bn(bytes, (int)len, NULL);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, name, number), 1);
	return number;
}

static EVP_PKEY *rsa_of_jwk(const char *text)
{
	static const char *const rows[][2] = {
		{ OSSL_PKEY_PARAM_RSA_N, "n" },          { OSSL_PKEY_PARAM_RSA_E, "e" },
		{ OSSL_PKEY_PARAM_RSA_D, "d" },          { OSSL_PKEY_PARAM_RSA_FACTOR1, "p" },
		{ OSSL_PKEY_PARAM_RSA_FACTOR2, "q" },    { OSSL_PKEY_PARAM_RSA_EXPONENT1, "dp" },
		{ OSSL_PKEY_PARAM_RSA_EXPONENT2, "dq" }, { OSSL_PKEY_PARAM_RSA_COEFFICIENT1, "qi" },
	};
	_cleanup_(json_release_p) json_t *jwk = NULL;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *numbers[ELEMENTSOF(rows)];
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;

	assert_int_equal(json_parse(text, strlen(text), 65536, JSON_ROOT_OBJECT, &jwk), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		numbers[i] = push_number(build, rows[i][0], jwk, rows[i][1]);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params), 1);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		BN_free(numbers[i]);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	return pkey;
}

/* RS256 has one signature for one input: RFC 7515 A.2 and RFC 7520 4.1 must come out. */
static void test_the_examples_of_rfc_7515_and_7520(void **state)
{
	static const char *const rows[][2] = {
		{ "rfc7515_A.2.jwk", "rfc7515_A.2.jwsc" },
		{ "rfc7520_3.4.jwk", "rfc7520_4.1.jwsc" },
	};

	(void)state;
	if (!test_vectors())
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *jwk = vector(rows[i][0]), *token = vector(rows[i][1]);
		EVP_PKEY *pkey = rsa_of_jwk(jwk);
		_cleanup_(key_freep) struct key *key = load(pkey, "RS256");

		EVP_PKEY_free(pkey);
		sign_as_published(key, token);
	}
}

/* ---- the writer ---- */

static void test_no_byte_leaves_its_quotes(void **state)
{
	static const char *const values[] = {
		"",          "plain",        "\"",
		"\\",        "\\\"",         "\",\"iss\":\"root",
		"a\nb\tc",   "\x01\x1f\x7f", "\xc3\xa8 \xe2\x82\xac \xf0\x9f\x94\x91",
		"</script>", "{}[],:",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(values); i++) {
		_cleanup_(json_release_p) json_t *object = NULL;
		const char *text = NULL;
		struct buf json;

		buf_init(&json, COMPACT_JSON_MAX);
		compact_put_text(&json, "a", values[i]);
		compact_put_number(&json, "n", UINT64_MAX / 2);
		compact_put_text(&json, "b", values[i]);
		buf_put_u8(&json, '}');
		assert_int_equal(buf_end(&json), 0);
		for (size_t j = 0; j < json.len; j++)
			assert_true(json.data[j] >= 0x20 && json.data[j] != 0x7f);
		assert_int_equal(
			json_parse(json.data, json.len, json.len, JSON_ROOT_OBJECT, &object), 0);
		assert_int_equal(json_object_size(object), 3);
		assert_int_equal(json_get_text(object, "a", 4096, &text), 0);
		assert_string_equal(text, values[i]);
		assert_int_equal(json_get_text(object, "b", 4096, &text), 0);
		assert_string_equal(text, values[i]);
		buf_done(&json);
	}
}

static int put(const char *value)
{
	struct buf json;
	int r;

	buf_init(&json, COMPACT_JSON_MAX);
	compact_put_text(&json, "a", value);
	buf_put_u8(&json, '}');
	r = buf_end(&json);
	buf_done(&json);
	return r;
}

static void test_what_is_no_text_is_not_written(void **state)
{
	static char text[COMPACT_TEXT_MAX + 2];

	(void)state;
	assert_int_equal(put("\xff"), -EBADMSG);
	assert_int_equal(put("\xc0\xaf"), -EBADMSG);     /* an overlong '/' */
	assert_int_equal(put("\xed\xa0\x80"), -EBADMSG); /* half a surrogate pair */
	assert_int_equal(put("caf\xc3"), -EBADMSG);
	memset(text, 'x', COMPACT_TEXT_MAX);
	assert_int_equal(put(text), 0);
	text[COMPACT_TEXT_MAX] = 'x';
	assert_int_equal(put(text), -EMSGSIZE);
}

static void test_a_token_is_what_was_put(void **state)
{
	struct jws_policy policy = { .algs = JOSE_ALGS_ALL, .use = JWS_USE_PROOF };
	_cleanup_(key_freep) struct key *key = NULL;
	_cleanup_(secret_freep) struct secret *token = NULL;
	struct jws jws = JWS_NULL;
	struct buf header, payload, jwk;

	(void)state;
	assert_int_equal(key_generate(&key), 0);
	assert_string_equal(key_alg(key), "ES256");
	buf_init(&header, COMPACT_JSON_MAX);
	buf_init(&payload, COMPACT_JSON_MAX);
	buf_init(&jwk, COMPACT_JSON_MAX);
	key_put_jwk(key, &jwk);
	assert_int_equal(buf_end(&jwk), 0);
	compact_put_text(&header, "alg", "ES256");
	compact_put_json(&header, "jwk", (const char *)jwk.data);
	compact_put_text(&header, "typ", "dpop+jwt");
	compact_put_number(&payload, "iat", 1);
	assert_int_equal(compact_sign(key, &header, &payload, &token), 0);
	assert_int_equal(jws_verify_own(&policy, token->text, token->len, &jws), 0);
	assert_string_equal((const char *)jws.payload, "{\"iat\":1}");
	jws_done(&jws);
	/* The first error of either object is the answer. */
	buf_reset(&header);
	buf_reset(&payload);
	compact_put_text(&header, "alg", "ES256");
	compact_put_text(&payload, "iss", "\xff");
	secret_free(TAKE_PTR(token));
	assert_int_equal(compact_sign(key, &header, &payload, &token), -EBADMSG);
	assert_null(token);
	buf_done(&header);
	buf_done(&payload);
	buf_done(&jwk);
}

/* What a token shows of its key: it verifies what the whole key signs, and signs nothing. */
static void public_half(enum jose_alg alg)
{
	const char *name = jose_alg_facts(alg)->name;
	_cleanup_(key_freep) struct key *whole = NULL, *half = NULL, *none = NULL;
	_cleanup_(secret_freep) struct secret *pem = pem_of(forge_key(alg), NULL);
	char reason[REASON_MAX], a[KEY_THUMBPRINT_LEN + 1], b[KEY_THUMBPRINT_LEN + 1];
	unsigned char der[2048 + 1] = { 0 };
	size_t len = forge_der(forge_key(alg), der);
	struct buf signature, more;

	buf_init(&signature, 2048);
	buf_init(&more, 2048);
	assert_int_equal(key_load(pem, name, reason, &whole), 0);
	assert_int_equal(key_load_public(der, len, name, reason, &half), 0);
	assert_int_equal(key_thumbprint(whole, a), 0);
	assert_int_equal(key_thumbprint(half, b), 0);
	assert_string_equal(a, b);
	assert_int_equal(key_sign(whole, "bytes", 5, &signature), 0);
	assert_true(key_verify(half, "bytes", 5, signature.data, signature.len));
	assert_false(key_verify(half, "byteS", 5, signature.data, signature.len));
	assert_false(key_verify(half, "bytes", 5, signature.data, signature.len - 1));
	assert_false(key_verify(half, "bytes", 5, signature.data, 0));
	signature.data[signature.len / 2] ^= 1;
	assert_false(key_verify(half, "bytes", 5, signature.data, signature.len));
	assert_int_equal(key_sign(half, "bytes", 5, &more), -EIO);
	assert_int_equal(key_load_public(der, len + 1, name, reason, &none), -EKEYREJECTED);
	assert_int_equal(key_load_public(der, len - 1, name, reason, &none), -EKEYREJECTED);
	assert_int_equal(key_load_public(der, len, "none", reason, &none), -EINVAL);
	assert_int_equal(
		key_load_public(der, len, name[0] == 'E' ? "RS256" : "ES256", reason, &none),
		-EKEYREJECTED);
	buf_done(&signature);
	buf_done(&more);
}

static void test_a_public_half_verifies_and_signs_nothing(void **state)
{
	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++)
		public_half(alg);
}

TEST_MAIN(TEST(test_a_public_half_verifies_and_signs_nothing),
	  TEST(test_every_algorithm_verifies_at_the_gate),
	  TEST(test_a_wrong_key_is_told_with_its_remedy),
	  TEST(test_what_is_no_private_key_is_refused),
	  TEST(test_a_certificate_is_held_against_its_key), TEST(test_the_example_of_rfc_8037),
	  TEST(test_the_examples_of_rfc_7515_and_7520), TEST(test_no_byte_leaves_its_quotes),
	  TEST(test_what_is_no_text_is_not_written), TEST(test_a_token_is_what_was_put))
