/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. An algorithm has one kind of key, and RSA is never below 2048 bits (RFC 7518 sections 3.3 to
 *    3.5): checked when the key is read, so that a wrong one is told at a reload, not at a login.
 * 2. Signatures have the fixed length of their algorithm, also when a number begins with zero.
 * 3. No sentence holds anything of the key, nor what OpenSSL says about it.
 */
#include "idp-agentd/core/key.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/config.h"

#define KEY_RSA_LEAST  2048
#define KEY_RSA_MOST   8192 /* whoever checks would take seconds; jwk.c has the same limit */
#define KEY_NUMBER_MAX (KEY_RSA_MOST / 8)
#define KEY_DER_MAX    256u /* an ECDSA-Sig-Value of P-521 has 139 bytes */

/* group is the name OpenSSL reports, curve the one of RFC 7518 and RFC 8037. */
static const struct key_facts {
	const char *alg, *type, *group, *curve, *digest;
	const char *remedy; /* how such a key is made */
	bool pss;
	int half; /* bytes of r, of s, and of a coordinate */
} key_rows[] = {
#define KEY_RSA(name, digest, pss)                                             \
	{                                                                      \
		name, "RSA", NULL, NULL, digest, "openssl genrsa 3072", pss, 0 \
	}
	KEY_RSA("RS256", "SHA256", false),
	KEY_RSA("RS384", "SHA384", false),
	KEY_RSA("RS512", "SHA512", false),
	KEY_RSA("PS256", "SHA256", true),
	KEY_RSA("PS384", "SHA384", true),
	KEY_RSA("PS512", "SHA512", true),
	{ "ES256", "EC", "prime256v1", "P-256", "SHA256",
	  "openssl ecparam -name prime256v1 -genkey", false, 32 },
	{ "ES384", "EC", "secp384r1", "P-384", "SHA384", "openssl ecparam -name secp384r1 -genkey",
	  false, 48 },
	{ "ES512", "EC", "secp521r1", "P-521", "SHA512", "openssl ecparam -name secp521r1 -genkey",
	  false, 66 },
	{ "EdDSA", "ED25519", NULL, "Ed25519", NULL, "openssl genpkey -algorithm ed25519", false,
	  32 },
};

struct key {
	EVP_PKEY *pkey;
	const struct key_facts *facts;
};

struct key *key_free(struct key *key)
{
	if (!key)
		return NULL;
	EVP_PKEY_free(key->pkey);
	free(key);
	return NULL;
}

static const struct key_facts *key_find(const char *alg)
{
	for (size_t i = 0; i < ELEMENTSOF(key_rows); i++)
		if (strcmp(key_rows[i].alg, alg) == 0)
			return &key_rows[i];
	return NULL;
}

/* ---- reading ---- */

/* Nobody is there who could type a passphrase, and a daemon must not ask. */
static int key_no_passphrase(char *text, int room, int writing, void *userdata)
{
	(void)text;
	(void)room;
	(void)writing;
	(void)userdata;
	return -1;
}

/* NULL when it is no PEM private key. */
static EVP_PKEY *key_read_pem(const struct secret *pem)
{
	BIO *bio = pem->len <= CONFIG_SECRET_MAX ? BIO_new_mem_buf(pem->text, (int)pem->len) : NULL;
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, key_no_passphrase, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error(); /* MUST 3 */
	return pkey;
}

static bool key_is_on(const EVP_PKEY *pkey, const char *group)
{
	char name[64] = "";

	return EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) == 1 &&
	       strcmp(name, group) == 0;
}

/* "an RSA key of 1024 bits" */
static void key_describe(const EVP_PKEY *pkey, char *text, size_t room)
{
	char group[64] = "";

	if (EVP_PKEY_is_a(pkey, "RSA"))
		(void)snprintf(text, room, "an RSA key of %d bits", EVP_PKEY_get_bits(pkey));
	else if (EVP_PKEY_is_a(pkey, "EC") &&
		 EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1)
		(void)snprintf(text, room, "an EC key on %.30s", group);
	else
		(void)snprintf(text, room, "a key of the type %.30s",
			       EVP_PKEY_get0_type_name(pkey) ? EVP_PKEY_get0_type_name(pkey)
							     : "nobody knows");
}

/* MUST 1. */
static bool key_fits(const EVP_PKEY *pkey, const struct key_facts *facts)
{
	if (!EVP_PKEY_is_a(pkey, facts->type))
		return false;
	if (facts->group)
		return key_is_on(pkey, facts->group);
	return strcmp(facts->type, "RSA") != 0 || (EVP_PKEY_get_bits(pkey) >= KEY_RSA_LEAST &&
						   EVP_PKEY_get_bits(pkey) <= KEY_RSA_MOST);
}

static int key_weigh(const EVP_PKEY *pkey, const struct key_facts *facts,
		     char reason[static REASON_MAX])
{
	char what[80];

	if (!pkey) {
		(void)snprintf(
			reason, REASON_MAX,
			"it is no private key in PEM without a passphrase; make one with: %s",
			facts->remedy);
		return -EKEYREJECTED;
	}
	if (key_fits(pkey, facts))
		return 0;
	key_describe(pkey, what, sizeof(what));
	(void)snprintf(
		reason, REASON_MAX,
		"it is %s, which cannot sign %s; set client_alg to what it can, or make a key "
		"with: %s",
		what, facts->alg, facts->remedy);
	return -EKEYREJECTED;
}

/* Takes pkey over. */
static int key_wrap(EVP_PKEY *pkey, const struct key_facts *facts, struct key **ret_key)
{
	struct key *key = calloc(1, sizeof(*key));

	if (!key) {
		EVP_PKEY_free(pkey);
		return -ENOMEM;
	}
	*key = (struct key){ .pkey = pkey, .facts = facts };
	*ret_key = key;
	return 0;
}

int key_load(const struct secret *pem, const char *alg, char reason[static REASON_MAX],
	     struct key **ret_key)
{
	const struct key_facts *facts = key_find(alg);
	EVP_PKEY *pkey;
	int r;

	if (!facts) {
		(void)snprintf(reason, REASON_MAX, "no key signs with %.20s", alg);
		return -EINVAL;
	}
	pkey = key_read_pem(pem);
	r = key_weigh(pkey, facts, reason);
	if (r < 0) {
		EVP_PKEY_free(pkey);
		return r;
	}
	r = key_wrap(pkey, facts, ret_key);
	if (r < 0)
		(void)snprintf(reason, REASON_MAX, "memory is short");
	return r;
}

int key_load_public(const void *spki, size_t len, const char *alg, char reason[static REASON_MAX],
		    struct key **ret_key)
{
	const struct key_facts *facts = key_find(alg);
	const unsigned char *at = spki;
	EVP_PKEY *pkey =
		facts && len <= 2 * KEY_NUMBER_MAX ? d2i_PUBKEY(NULL, &at, (long)len) : NULL;
	int r = -EKEYREJECTED;

	ERR_clear_error(); /* MUST 3 */
	if (!facts)
		r = reason_refuse(-EINVAL, reason, "no key signs with %.20s", alg);
	else if (!pkey || at != (const unsigned char *)spki + len)
		reason_format(reason, REASON_MAX, "its public half is no key");
	else
		r = key_weigh(pkey, facts, reason);
	if (r == 0)
		return key_wrap(pkey, facts, ret_key);
	EVP_PKEY_free(pkey);
	return r;
}

int key_generate(struct key **ret_key)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	if (!pkey) {
		ERR_clear_error();
		return -EIO;
	}
	return key_wrap(pkey, key_find("ES256"), ret_key);
}

static int key_judge_key(const struct secret *pem, const char *alg, char reason[static REASON_MAX])
{
	_cleanup_(key_freep) struct key *key = NULL;

	return key_load(pem, alg, reason, &key);
}

static int key_judge_certificate(const struct secret *cert, const struct secret *pem,
				 char reason[static REASON_MAX])
{
	EVP_PKEY *pkey = key_read_pem(pem);
	BIO *bio =
		cert->len <= CONFIG_SECRET_MAX ? BIO_new_mem_buf(cert->text, (int)cert->len) : NULL;
	X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, key_no_passphrase, NULL) : NULL;
	bool fits = x509 && pkey && X509_check_private_key(x509, pkey) == 1;

	if (!pkey)
		reason_format(reason, REASON_MAX,
			      "tls_key is no private key in PEM without a passphrase");
	else if (!x509)
		reason_format(reason, REASON_MAX, "it is no certificate in PEM");
	else if (!fits)
		reason_format(
			reason, REASON_MAX,
			"it was not issued for tls_key; this host's own certificate must be the "
			"first in it");
	X509_free(x509);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return fits ? 0 : -EKEYREJECTED;
}

const struct config_judge key_judge = { .key = key_judge_key,
					.certificate = key_judge_certificate };

/* ---- the public half ---- */

const char *key_alg(const struct key *key)
{
	return key->facts->alg;
}

static void key_put_base64(struct buf *out, const void *bytes, size_t len)
{
	char text[B64URL_ENCODED_LEN(KEY_NUMBER_MAX) + 1];

	if (len > KEY_NUMBER_MAX || b64url_encode(bytes, len, text, sizeof(text)) < 0)
		out->error = -EIO;
	else
		buf_put_text(out, text);
}

/* A number in len bytes, or (0) in as many as it needs. */
static void key_put_number(const struct key *key, const char *name, int len, struct buf *out)
{
	uint8_t bytes[KEY_NUMBER_MAX];
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(key->pkey, name, &number) == 1) {
		if (len == 0)
			len = BN_num_bytes(number);
		if (len <= KEY_NUMBER_MAX && BN_bn2binpad(number, bytes, len) == len)
			key_put_base64(out, bytes, (size_t)len);
		else
			out->error = -EIO;
	} else {
		out->error = -EIO;
	}
	BN_free(number);
}

static void key_put_raw(const struct key *key, struct buf *out)
{
	uint8_t bytes[64];
	size_t len = sizeof(bytes);

	if (EVP_PKEY_get_raw_public_key(key->pkey, bytes, &len) == 1)
		key_put_base64(out, bytes, len);
	else
		out->error = -EIO;
}

void key_put_jwk(const struct key *key, struct buf *out)
{
	const struct key_facts *facts = key->facts;

	if (!facts->curve) {
		buf_put_text(out, "{\"e\":\"");
		key_put_number(key, OSSL_PKEY_PARAM_RSA_E, 0, out);
		buf_put_text(out, "\",\"kty\":\"RSA\",\"n\":\"");
		key_put_number(key, OSSL_PKEY_PARAM_RSA_N, 0, out);
	} else if (facts->group) {
		buf_printf(out, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"", facts->curve);
		key_put_number(key, OSSL_PKEY_PARAM_EC_PUB_X, facts->half, out);
		buf_put_text(out, "\",\"y\":\"");
		key_put_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, facts->half, out);
	} else {
		buf_printf(out, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"", facts->curve);
		key_put_raw(key, out);
	}
	buf_put_text(out, "\"}");
}

int key_thumbprint(const struct key *key, char ret_text[static KEY_THUMBPRINT_LEN + 1])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	_cleanup_(buf_done) struct buf jwk;
	size_t len = 0;
	int r;

	buf_init(&jwk, 4 * KEY_NUMBER_MAX);
	key_put_jwk(key, &jwk);
	r = buf_end(&jwk);
	if (r < 0)
		return r;
	if (EVP_Q_digest(NULL, "SHA256", NULL, jwk.data, jwk.len, digest, &len) != 1)
		return -EIO;
	return b64url_encode(digest, len, ret_text, KEY_THUMBPRINT_LEN + 1);
}

/* ---- signing ---- */

/* MUST 2: OpenSSL's SEQUENCE of two numbers as two numbers of equal length. */
static int key_put_pair(const struct key *key, const uint8_t *der, size_t der_len, struct buf *out)
{
	uint8_t bytes[2 * 66];
	int half = key->facts->half;
	const unsigned char *at = der;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
	bool good = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, half) == half &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + half, half) == half;

	ECDSA_SIG_free(pair);
	if (good)
		buf_put(out, bytes, 2 * (size_t)half);
	return good ? 0 : -EIO;
}

/* init is EVP_DigestSignInit_ex or EVP_DigestVerifyInit_ex. */
static bool key_begin(const struct key *key, EVP_MD_CTX *context,
		      __typeof__(EVP_DigestSignInit_ex) *init)
{
	EVP_PKEY_CTX *pkey_context = NULL;

	if (init(context, &pkey_context, key->facts->digest, NULL, NULL, key->pkey, NULL) != 1)
		return false;
	/* RFC 7518 section 3.5: the salt is as long as the digest, MGF1 uses the same digest. */
	return !key->facts->pss ||
	       (EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING) > 0 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, RSA_PSS_SALTLEN_DIGEST) > 0);
}

int key_sign(const struct key *key, const void *bytes, size_t len, struct buf *out)
{
	uint8_t raw[KEY_NUMBER_MAX > KEY_DER_MAX ? KEY_NUMBER_MAX : KEY_DER_MAX];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = sizeof(raw);
	bool good;

	if (!context)
		return -ENOMEM;
	good = key_begin(key, context, EVP_DigestSignInit_ex) &&
	       EVP_DigestSign(context, raw, &n, bytes, len) == 1;
	EVP_MD_CTX_free(context);
	if (!good) {
		ERR_clear_error();
		return -EIO;
	}
	if (key->facts->group)
		return key_put_pair(key, raw, n, out);
	buf_put(out, raw, n);
	return 0;
}

/* The opposite of key_put_pair(): a new DER to be freed, its length in ret_len; NULL. */
static unsigned char *key_join_pair(const struct key *key, const uint8_t *raw, size_t len,
				    size_t *ret_len)
{
	int half = key->facts->half, n = -1;
	unsigned char *der = NULL;
	ECDSA_SIG *pair;
	BIGNUM *r, *s;

	if (len != 2 * (size_t)half)
		return NULL;
	pair = ECDSA_SIG_new();
	r = BN_bin2bn(raw, half, NULL);
	s = BN_bin2bn(raw + half, half, NULL);
	if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		n = i2d_ECDSA_SIG(pair, &der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	*ret_len = n > 0 ? (size_t)n : 0;
	return n > 0 ? der : NULL;
}

bool key_verify(const struct key *key, const void *bytes, size_t len, const uint8_t *signature,
		size_t signature_len)
{
	bool pair = key->facts->group != NULL, good = false;
	unsigned char *der =
		pair ? key_join_pair(key, signature, signature_len, &signature_len) : NULL;
	EVP_MD_CTX *context = !pair || der ? EVP_MD_CTX_new() : NULL;

	if (context && key_begin(key, context, EVP_DigestVerifyInit_ex))
		good = EVP_DigestVerify(context, pair ? der : signature, signature_len, bytes,
					len) == 1;
	EVP_MD_CTX_free(context);
	OPENSSL_free(der);
	ERR_clear_error();
	return good;
}
