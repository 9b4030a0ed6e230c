/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/forge.h"

/* See forge.h. Written on OpenSSL alone, with nothing of the code under test but base64url. */

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"

#define REQUIRE(condition)                                                               \
	do {                                                                             \
		if (!(condition)) {                                                      \
			(void)fprintf(stderr, "forge.c:%d: %s\n", __LINE__, #condition); \
			abort();                                                         \
		}                                                                        \
	} while (0)

char *forge_printf(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	REQUIRE(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	return text;
}

EVP_PKEY *forge_new_key(const char *type, unsigned bits)
{
	EVP_PKEY *key = NULL;

	if (strcmp(type, "RSA") == 0)
		key = EVP_RSA_gen(bits);
	else if (strcmp(type, "ED25519") == 0 || strcmp(type, "ED448") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, type);
	else
		key = EVP_EC_gen(type);
	REQUIRE(key);
	return key;
}

EVP_PKEY *forge_read_key(const char *path)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	REQUIRE(key);
	(void)fclose(f);
	return key;
}

static EVP_PKEY *cached_key(enum jose_key kind, unsigned which)
{
	static EVP_PKEY *keys[2][JOSE_KEY_ED25519 + 1];
	static const char *const types[] = { "RSA", "RSA", "P-256", "P-384", "P-521", "ED25519" };

	if (!keys[which][kind])
		keys[which][kind] = forge_new_key(types[kind], 2048);
	return keys[which][kind];
}

EVP_PKEY *forge_key(enum jose_alg alg)
{
	return cached_key(jose_alg_facts(alg)->key, 0);
}

EVP_PKEY *forge_other_key(enum jose_alg alg)
{
	return cached_key(jose_alg_facts(alg)->key, 1);
}

char *forge_base64(const void *bytes, size_t len)
{
	char *text = malloc(B64URL_ENCODED_LEN(len) + 1);

	REQUIRE(text && b64url_encode(bytes, len, text, B64URL_ENCODED_LEN(len) + 1) == 0);
	return text;
}

/* A number of the key as base64url, in len bytes or (0) in as many as it needs. */
static char *number(EVP_PKEY *key, const char *name, int len)
{
	unsigned char bytes[2048];
	BIGNUM *value = NULL;

	REQUIRE(EVP_PKEY_get_bn_param(key, name, &value) == 1);
	if (len == 0)
		len = BN_num_bytes(value);
	REQUIRE(BN_bn2binpad(value, bytes, len) == len);
	BN_free(value);
	return forge_base64(bytes, (size_t)len);
}

static char *rsa_jwk(EVP_PKEY *key, const char *comma, const char *members)
{
	_cleanup_free_ char *n = number(key, OSSL_PKEY_PARAM_RSA_N, 0);
	_cleanup_free_ char *e = number(key, OSSL_PKEY_PARAM_RSA_E, 0);

	return forge_printf("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s%s}", n, e, comma,
			    members);
}

static char *ec_jwk(EVP_PKEY *key, const char *comma, const char *members)
{
	int bits = EVP_PKEY_get_bits(key), len = (bits + 7) / 8;
	_cleanup_free_ char *x = number(key, OSSL_PKEY_PARAM_EC_PUB_X, len);
	_cleanup_free_ char *y = number(key, OSSL_PKEY_PARAM_EC_PUB_Y, len);

	return forge_printf("{\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\"%s%s}", bits,
			    x, y, comma, members);
}

char *forge_jwk(EVP_PKEY *key, const char *members)
{
	const char *comma = members ? "," : "";
	unsigned char raw[64];
	size_t len = sizeof(raw);

	if (!members)
		members = "";
	if (EVP_PKEY_is_a(key, "RSA"))
		return rsa_jwk(key, comma, members);
	if (EVP_PKEY_is_a(key, "EC"))
		return ec_jwk(key, comma, members);
	REQUIRE(EVP_PKEY_get_raw_public_key(key, raw, &len) == 1);
	_cleanup_free_ char *x = forge_base64(raw, len);
	return forge_printf("{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"%s\"%s%s}",
			    len == 32 ? "Ed25519" : "Ed448", x, comma, members);
}

char *forge_jwks(EVP_PKEY *key, const char *members)
{
	_cleanup_free_ char *jwk = forge_jwk(key, members);

	return forge_printf("{\"keys\":[%s]}", jwk);
}

char *forge_signed_by(const char *header, const char *payload, const void *signature, size_t len)
{
	_cleanup_free_ char *h = forge_base64(header, strlen(header));
	_cleanup_free_ char *p = forge_base64(payload, strlen(payload));
	_cleanup_free_ char *s = forge_base64(signature, len);

	return forge_printf("%s.%s.%s", h, p, s);
}

static char *signing_input(const char *header, const char *payload)
{
	_cleanup_free_ char *h = forge_base64(header, strlen(header));
	_cleanup_free_ char *p = forge_base64(payload, strlen(payload));

	return forge_printf("%s.%s", h, p);
}

/* The SEQUENCE OpenSSL writes to the r||s of JWS. */
static size_t raw_of_der(const unsigned char *der, size_t der_len, unsigned char *out, size_t len)
{
	const unsigned char *at = der;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);

	REQUIRE(pair);
	REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, (int)len / 2) >= 0);
	REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + len / 2, (int)len / 2) >= 0);
	ECDSA_SIG_free(pair);
	return len;
}

static size_t sign(EVP_PKEY *key, enum jose_alg alg, const char *text,
		   unsigned char out[static 2048])
{
	const struct jose_alg_facts *facts = jose_alg_facts(alg);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_context = NULL;
	unsigned char raw[2048];
	size_t len = sizeof(raw);

	REQUIRE(EVP_DigestSignInit_ex(context, &pkey_context,
				      alg == JOSE_EDDSA ? NULL : facts->digest, NULL, NULL, key,
				      NULL) == 1);
	if (facts->pss) {
		REQUIRE(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING) == 1);
		REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST) ==
			1);
	}
	REQUIRE(EVP_DigestSign(context, raw, &len, (const unsigned char *)text, strlen(text)) == 1);
	EVP_MD_CTX_free(context);
	if (EVP_PKEY_is_a(key, "EC"))
		return raw_of_der(raw, len, out, facts->signature_len);
	memcpy(out, raw, len);
	return len;
}

char *forge_token(EVP_PKEY *key, enum jose_alg alg, const char *header, const char *payload)
{
	_cleanup_free_ char *input = signing_input(header, payload);
	unsigned char signature[2048];
	size_t len = sign(key, alg, input, signature);
	_cleanup_free_ char *text = forge_base64(signature, len);

	return forge_printf("%s.%s", input, text);
}

char *forge_hmac(const void *key, size_t len, const char *header, const char *payload)
{
	_cleanup_free_ char *input = signing_input(header, payload);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;

	REQUIRE(HMAC(EVP_sha256(), len ? key : "", (int)len, (const unsigned char *)input,
		     strlen(input), mac, &mac_len));
	_cleanup_free_ char *text = forge_base64(mac, mac_len);
	return forge_printf("%s.%s", input, text);
}

char *forge_pem(EVP_PKEY *key)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	REQUIRE(out && PEM_write_bio_PUBKEY(out, key) == 1);
	len = BIO_get_mem_data(out, &text);
	text = strndup(text, (size_t)len);
	REQUIRE(text);
	BIO_free(out);
	return text;
}

size_t forge_der(EVP_PKEY *key, unsigned char out[static 2048])
{
	unsigned char *at = out;
	int len = i2d_PUBKEY(key, &at);

	REQUIRE(len > 0 && len <= 2048);
	return (size_t)len;
}
