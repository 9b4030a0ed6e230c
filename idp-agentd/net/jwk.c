/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/jwk-key.h"

/*
 * One public key: read and checked. jwk-verify.c uses it.
 *
 * MUST
 *  1. A key is for public-key signatures or it is refused: no oct, no private member (RFC 7517
 *     section 9.2; RFC 8725 section 3.1), no purpose but verifying (RFC 7517 sections 4.2, 4.3).
 *  2. The key fixes the algorithm: its type and curve, and its own "alg" where it has one. The
 *     header of a token may only agree (RFC 8725 section 3.1; RFC 7515 section 10.7).
 *  3. RSA has 2048 to 8192 bits and an odd exponent from 3 to 2^64 (RFC 7518 sections 3.3, 3.5; the
 *     upper bounds cap what a signature may cost us).
 *  4. Elliptic coordinates have exactly the length of the field and lie on the curve (RFC 7518
 *     section 6.2.1.2; RFC 8725 section 3.4).
 *  5. Certificates (x5c, x5u, x5t) are never read: trust comes from where the set was fetched.
 */

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "idp-agentd/net/json.h"

#define RSA_BITS_MIN     2048
#define RSA_BITS_MAX     8192
#define RSA_BYTES_MAX    (RSA_BITS_MAX / 8)
#define RSA_EXPONENT_MAX 8u /* bytes; OpenSSL takes no more above 3072 bits either */
#define COORDINATE_MAX   66u
#define NUMBER_TEXT_MAX  B64URL_ENCODED_LEN(RSA_BYTES_MAX)
#define KEY_OPS_MAX      8u
#define WORD_MAX         32u
#define UNCOMPRESSED     0x04 /* SEC 1 section 2.3.3: both coordinates follow */

/* The base64url texts of the members that make the key, and the bytes of them. */
struct material {
	const char *a, *b; /* n and e, or x and y */
	uint8_t bytes[RSA_BYTES_MAX + 1 + 2 * COORDINATE_MAX];
	size_t a_len, b_len;
};

struct curve {
	const char *kty;
	const char *crv;
	const char *group; /* the name EVP knows */
	enum jose_key kind;
	size_t len; /* of a coordinate */
};

static const struct curve curves[] = {
	{ "EC", "P-256", "P-256", JOSE_KEY_P256, 32 },
	{ "EC", "P-384", "P-384", JOSE_KEY_P384, 48 },
	{ "EC", "P-521", "P-521", JOSE_KEY_P521, 66 },
	{ "OKP", "Ed25519", "ED25519", JOSE_KEY_ED25519, 32 },
};

static inline void bignum_freep(BIGNUM **p)
{
	BN_free(*p);
}

static inline void params_freep(OSSL_PARAM **p)
{
	OSSL_PARAM_free(*p);
}

static inline void builder_freep(OSSL_PARAM_BLD **p)
{
	OSSL_PARAM_BLD_free(*p);
}

/* ---- reading ---- */

/* MUST 1: nothing secret in it. */
static int check_public(const json_t *object, const char *kty)
{
	static const char *const private[] = { "d", "p", "q", "dp", "dq", "qi", "oth" };

	if (strcmp(kty, "oct") == 0 || json_object_get(object, "k"))
		return JWK_E_SYMMETRIC;
	for (size_t i = 0; i < ELEMENTSOF(private); i++)
		if (json_object_get(object, private[i]))
			return JWK_E_PRIVATE;
	return 0;
}

/* MUST 1: "use" and "key_ops", where they are, say verifying and nothing but signatures. */
static int check_purpose(const json_t *object)
{
	const char *use = NULL;
	const json_t *ops = NULL;
	bool verifies = false;
	int r = json_get_text(object, "use", WORD_MAX, &use);

	if (r == JSON_E_TYPE)
		return JWK_E_SHAPE;
	if (r == 0 && strcmp(use, "sig") != 0)
		return JWK_E_PURPOSE;

	r = json_get_texts(object, "key_ops", KEY_OPS_MAX, WORD_MAX, &ops);
	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return JWK_E_SHAPE;
	for (size_t i = 0; i < json_array_size(ops); i++) {
		const char *op = json_string_value(json_array_get(ops, i));

		if (strcmp(op, "verify") == 0)
			verifies = true;
		else if (strcmp(op, "sign") != 0)
			return JWK_E_PURPOSE;
	}
	return verifies ? 0 : JWK_E_PURPOSE;
}

/* What sort of key: MUST 2. */
static int read_kind(const json_t *object, const char *kty, const struct curve **ret_curve,
		     struct jwk *jwk)
{
	const char *crv = NULL;
	int r;

	if (strcmp(kty, "RSA") == 0) {
		jwk->kind = JOSE_KEY_RSA;
		*ret_curve = NULL;
		return 0;
	}
	if (strcmp(kty, "EC") != 0 && strcmp(kty, "OKP") != 0)
		return JWK_E_UNKNOWN;
	r = json_get_text(object, "crv", WORD_MAX, &crv);
	if (r != 0)
		return JWK_E_SHAPE;
	for (size_t i = 0; i < ELEMENTSOF(curves); i++) {
		if (strcmp(kty, curves[i].kty) == 0 && strcmp(crv, curves[i].crv) == 0) {
			jwk->kind = curves[i].kind;
			*ret_curve = &curves[i];
			return 0;
		}
	}
	return JWK_E_UNKNOWN;
}

static int read_alg(const json_t *object, struct jwk *jwk)
{
	const char *name = NULL;
	int r = json_get_text(object, "alg", WORD_MAX, &name);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return JWK_E_SHAPE;
	jwk->alg = jose_alg_from_name(name, strlen(name));
	if (jwk->alg == JOSE_NO_ALG)
		return JWK_E_UNKNOWN;
	if (jose_alg_facts(jwk->alg)->key != jwk->kind)
		return JWK_E_CONFLICT;
	return 0;
}

static int read_kid(const json_t *object, struct jwk *jwk)
{
	const char *kid = NULL;
	int r = json_get_text(object, "kid", JWK_KID_MAX, &kid);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0 || *kid == '\0')
		return JWK_E_SHAPE;
	jwk->kid = strdup(kid);
	return jwk->kid ? 0 : -ENOMEM;
}

/* Decodes one member behind what is in the material already. */
static int read_number(const json_t *object, const char *name, uint8_t *out, size_t room,
		       const char **ret_text, size_t *ret_len)
{
	const char *text = NULL;

	if (json_get_text(object, name, NUMBER_TEXT_MAX, &text) != 0)
		return JWK_E_SHAPE;
	if (b64url_decode(text, strlen(text), out, room, ret_len) < 0 || *ret_len == 0)
		return JWK_E_INVALID;
	*ret_text = text;
	return 0;
}

/* ---- making the EVP_PKEY ---- */

static int pkey_from(const char *type, OSSL_PARAM_BLD *builder, EVP_PKEY **ret_key)
{
	_cleanup_(params_freep) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	_cleanup_(jwk_context_freep) EVP_PKEY_CTX *context = NULL;

	if (!params)
		return -ENOMEM;
	context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (!context || EVP_PKEY_fromdata_init(context) != 1)
		return -EIO;
	if (EVP_PKEY_fromdata(context, ret_key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return JWK_E_INVALID;
	return 0;
}

/* MUST 3. */
static int check_rsa_numbers(const BIGNUM *n, const BIGNUM *e)
{
	if (BN_num_bits(n) < RSA_BITS_MIN || BN_num_bits(n) > RSA_BITS_MAX)
		return JWK_E_WEAK;
	if (!BN_is_odd(e) || BN_is_one(e))
		return JWK_E_WEAK;
	return BN_is_odd(n) ? 0 : JWK_E_INVALID;
}

static int build_rsa(const uint8_t *n, size_t n_len, const uint8_t *e, size_t e_len,
		     struct jwk *jwk)
{
	_cleanup_(bignum_freep) BIGNUM *modulus = BN_bin2bn(n, (int)n_len, NULL);
	_cleanup_(bignum_freep) BIGNUM *exponent = BN_bin2bn(e, (int)e_len, NULL);
	_cleanup_(builder_freep) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	int r;

	if (!modulus || !exponent || !builder)
		return -ENOMEM;
	r = check_rsa_numbers(modulus, exponent);
	if (r != 0)
		return r;
	if (!OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) ||
	    !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
		return -ENOMEM;
	jwk->size = (size_t)BN_num_bytes(modulus);
	return pkey_from("RSA", builder, &jwk->key);
}

static int read_rsa(const json_t *object, struct material *m, struct jwk *jwk)
{
	uint8_t *n = m->bytes, *e = m->bytes + RSA_BYTES_MAX + 1;
	int r;

	if (json_string_length(json_object_get(object, "n")) > NUMBER_TEXT_MAX)
		return JWK_E_WEAK;
	r = read_number(object, "n", n, RSA_BYTES_MAX + 1, &m->a, &m->a_len);
	if (r == 0)
		r = read_number(object, "e", e, COORDINATE_MAX, &m->b, &m->b_len);
	if (r != 0)
		return r;
	if (m->b_len > RSA_EXPONENT_MAX)
		return JWK_E_WEAK;
	if (n[0] == 0 || e[0] == 0) /* RFC 7518 section 2, Base64urlUInt: no leading zero octet */
		return JWK_E_INVALID;
	return build_rsa(n, m->a_len, e, m->b_len, jwk);
}

/* MUST 4: OpenSSL checks that the point is on the curve and not infinity, then the order too. */
static int build_ec(const struct curve *curve, const uint8_t *point, size_t len, struct jwk *jwk)
{
	_cleanup_(builder_freep) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	_cleanup_(jwk_context_freep) EVP_PKEY_CTX *context = NULL;
	int r;

	if (!builder ||
	    !OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->group,
					     0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, len))
		return -ENOMEM;
	r = pkey_from("EC", builder, &jwk->key);
	if (r != 0)
		return r;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, jwk->key, NULL);
	if (!context)
		return -ENOMEM;
	return EVP_PKEY_public_check(context) == 1 ? 0 : JWK_E_INVALID;
}

static int read_curve(const json_t *object, const struct curve *curve, struct material *m,
		      struct jwk *jwk)
{
	uint8_t *point = m->bytes;
	bool flat = jwk->kind == JOSE_KEY_ED25519;
	int r;

	point[0] = UNCOMPRESSED;
	r = read_number(object, "x", point + 1, COORDINATE_MAX, &m->a, &m->a_len);
	if (r == 0 && m->a_len != curve->len)
		r = JWK_E_INVALID;
	if (r == 0 && !flat)
		r = read_number(object, "y", point + 1 + curve->len, COORDINATE_MAX, &m->b,
				&m->b_len);
	if (r == 0 && !flat && m->b_len != curve->len)
		r = JWK_E_INVALID;
	if (r != 0)
		return r;
	if (!flat)
		return build_ec(curve, point, 1 + 2 * curve->len, jwk);
	jwk->key = EVP_PKEY_new_raw_public_key_ex(NULL, curve->group, NULL, point + 1, m->a_len);
	return jwk->key ? 0 : JWK_E_INVALID;
}

/* RFC 7638 section 3: the required members in lexical order, no white space. The values were
 * decoded strictly, so none needs escaping. */
static int make_thumbprint(const struct curve *curve, const struct material *m, struct jwk *jwk)
{
	char text[NUMBER_TEXT_MAX + 256];
	uint8_t digest[32];
	int n;

	if (!curve)
		n = snprintf(text, sizeof(text), "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}",
			     m->b, m->a);
	else if (m->b)
		n = snprintf(text, sizeof(text),
			     "{\"crv\":\"%s\",\"kty\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}",
			     curve->crv, curve->kty, m->a, m->b);
	else
		n = snprintf(text, sizeof(text), "{\"crv\":\"%s\",\"kty\":\"%s\",\"x\":\"%s\"}",
			     curve->crv, curve->kty, m->a);
	if (n < 0 || (size_t)n >= sizeof(text))
		return JWK_E_INVALID;
	if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha256(), NULL) != 1)
		return -EIO;
	return b64url_encode(digest, sizeof(digest), jwk->thumbprint, sizeof(jwk->thumbprint));
}

static int read_key(const json_t *object, const char *kty, struct jwk *jwk)
{
	struct material m = { .a = NULL };
	const struct curve *curve = NULL;
	int r = read_kind(object, kty, &curve, jwk);

	if (r == 0)
		r = check_purpose(object);
	if (r == 0)
		r = read_alg(object, jwk);
	if (r == 0)
		r = read_kid(object, jwk);
	if (r != 0)
		return r;
	r = curve ? read_curve(object, curve, &m, jwk) : read_rsa(object, &m, jwk);
	if (r != 0)
		return r;
	return make_thumbprint(curve, &m, jwk);
}

int jwk_parse(const json_t *object, struct jwk **ret_jwk)
{
	_cleanup_(jwk_freep) struct jwk *jwk = NULL;
	const char *kty = NULL;
	int r;

	if (json_get_text(object, "kty", WORD_MAX, &kty) != 0)
		return JWK_E_SHAPE;
	r = check_public(object, kty);
	if (r != 0)
		return r;
	jwk = calloc(1, sizeof(*jwk));
	if (!jwk)
		return -ENOMEM;
	r = read_key(object, kty, jwk);
	ERR_clear_error(); /* a refused key leaves nothing in the thread's error queue */
	if (r != 0)
		return r;
	jwk->digest = EVP_MD_CTX_new();
	if (!jwk->digest)
		return -ENOMEM;
	*ret_jwk = TAKE_PTR(jwk);
	return 0;
}

struct jwk *jwk_free(struct jwk *jwk)
{
	if (!jwk)
		return NULL;
	for (size_t i = 0; i < JOSE_ALG_END; i++) {
		EVP_PKEY_CTX_free(jwk->verifier[i]);
		EVP_MD_free(jwk->hash[i]);
	}
	EVP_MD_CTX_free(jwk->digest);
	EVP_PKEY_free(jwk->key);
	free(jwk->kid);
	free(jwk);
	return NULL;
}

const char *jwk_kid(const struct jwk *jwk)
{
	return jwk->kid;
}

const char *jwk_thumbprint(const struct jwk *jwk)
{
	return jwk->thumbprint;
}

bool jwk_fits(const struct jwk *jwk, enum jose_alg alg)
{
	if (alg <= JOSE_NO_ALG || alg >= JOSE_ALG_END || jose_alg_facts(alg)->key != jwk->kind)
		return false;
	return jwk->alg == JOSE_NO_ALG || jwk->alg == alg;
}

/* ---- words ---- */

static const struct {
	const char *reason;
	const char *sentence;
} words[] = {
	[JWK_E_SHAPE] = { "jwk-shape", "a member of the key is missing or of the wrong type" },
	[JWK_E_UNKNOWN] = { "jwk-unknown", "a key type, curve or algorithm we do not know" },
	[JWK_E_PURPOSE] = { "jwk-purpose", "a key that is not for verifying signatures" },
	[JWK_E_SYMMETRIC] = { "jwk-symmetric", "the platform publishes a shared secret" },
	[JWK_E_PRIVATE] = { "jwk-private", "the platform publishes the private half of a key" },
	[JWK_E_WEAK] = { "jwk-weak",
			 "an RSA key outside 2048 to 8192 bits, or with an unusable exponent" },
	[JWK_E_INVALID] = { "jwk-invalid", "numbers that are no key: length, encoding or point" },
	[JWK_E_CONFLICT] = { "jwk-conflict", "a key whose alg does not fit its type or curve" },
};

const char *jwk_reason(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].reason : "jwk";
}

const char *jwk_sentence(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].sentence
								  : "the key could not be read";
}
