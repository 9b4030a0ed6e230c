/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any text as a token, against three keys made for this file.
 * An input that begins with '{' is taken as header, newline, payload and is encoded here, so that
 * the fuzzer does not have to learn base64url. Whatever is accepted must be canonical: the payload
 * encodes to exactly the text it came from.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char set[] =
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"icOO5DDBawOO9FcKnQWxnldlUT-71Z9ZXup"
	"GvYbKCvQ\",\"y\":\"9bzxK37LWJ4mzl7cqG3hyEHSjfDYdNULZSNymeNCXfY\",\"kid\":\"ec\"},{\"kty"
	"\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"7jZA9LbBqNiq0QQZWk5wmtFN9LA9EAvVLwg58aj_NEA\"},{"
	"\"kty\":\"RSA\",\"n\":\"xqHBkkKgnnR8HjVRkvOEEt62zi1ctxDrqztrabPUeAnfIdjK2ee8ozEdI9xNzITW"
	"UdEuu7kl6G__eOl0nYdCBFz1t2aaoQbQTxgtvtJmVz-sooG2MbZUMda-e3X-3YJ5KU2Sjid4k58vLN8l0oyo3V9q"
	"d410dAv8GPHRvdxpWgpBJsevAZWLbevAVWw0dvHtQi1_sZAHkv-w-hAtKz7JBV4NRPfaN3wOj62d-PEIY1UPV1Y8"
	"X5vdAcy4Q1EUT7OwwwICaGxtDqNVWTZG6GRD622JL6FCOu3vnesIp6xX1N3yaOTPEIf-rfNr-SNXd6ltYkIyeZNs"
	"SJW2sShAf3e3CQ\",\"e\":\"AQAB\",\"kid\":\"rsa\"}]}";

static void require(int condition)
{
	if (!condition)
		abort();
}

static void verify(struct jwks *keys, const char *token, size_t len)
{
	for (enum jws_use use = JWS_USE_NONE; use <= JWS_USE_LOGOUT; use++) {
		struct jws_policy policy = { .algs = JOSE_ALGS_ALL, .use = use };
		struct jws jws;
		int r = jws_verify(&policy, token, len, keys, &jws);

		require((r == 0) == (jws.payload != NULL) && r >= 0);
		require(strlen(jws.kid) <= JWK_KID_MAX && strlen(jws.typ) <= JWS_TYP_MAX);
		if (r == 0) {
			char text[JWS_LEN_MAX + 1];
			const char *dot = memchr(token, '.', len);

			require(use != JWS_USE_NONE);
			require(b64url_encode(jws.payload, jws.payload_len, text, sizeof(text)) ==
				0);
			require(dot && memcmp(dot + 1, text, strlen(text)) == 0);
		}
		jws_done(&jws);
	}
}

/* Header and payload around a signature that is nobody's. */
static void verify_encoded(struct jwks *keys, const uint8_t *data, size_t size)
{
	static const char signature[] =
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAA";
	const uint8_t *end = memchr(data, '\n', size);
	size_t header_len = end ? (size_t)(end - data) : size;
	size_t payload_len = end ? size - header_len - 1 : 0;
	char token[2 * JWS_LEN_MAX];
	size_t n;

	if (size > JWS_LEN_MAX / 2)
		return;
	require(b64url_encode(data, header_len, token, sizeof(token)) == 0);
	n = strlen(token);
	token[n++] = '.';
	if (payload_len > 0)
		require(b64url_encode(end + 1, payload_len, token + n, sizeof(token) - n) == 0);
	n += B64URL_ENCODED_LEN(payload_len);
	token[n++] = '.';
	memcpy(token + n, signature, (sizeof(signature) - 1));
	verify(keys, token, n + (sizeof(signature) - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jwks *keys;

	if (!keys)
		require(jwks_parse(set, sizeof(set) - 1, &keys) == 0);
	if (size > 0 && data[0] == '{')
		verify_encoded(keys, data, size);
	else
		verify(keys, (const char *)data, size);
	return 0;
}
