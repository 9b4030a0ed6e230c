/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/jwk-key.h"

/*
 * Verifying with a key that jwk.c let in. The digest and the verifying context are made once for a
 * key and an algorithm and used again for every token.
 *
 * MUST
 *  1. The algorithm fits the key, or nothing is computed (jwk.c MUST 2).
 *  2. A signature has exactly the length its algorithm gives it (RFC 7518 sections 3.3 to 3.5;
 *     RFC 8037 section 3.1).
 *  3. PSS has a salt of the digest's length and MGF1 with the same digest (RFC 7518 section 3.5).
 *  4. Whatever OpenSSL says that is not plainly "yes" is "no".
 */

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define NUMBER_MAX 66u /* bytes of r and of s on P-521 */
#define DER_MAX    (2 * (NUMBER_MAX + 3) + 3)

/* One number of an ECDSA signature as a DER INTEGER; the bytes written. */
static size_t put_integer(uint8_t *out, const uint8_t *number, size_t len)
{
	size_t zero = 0;

	while (len > 1 && *number == 0) {
		number++;
		len--;
	}
	zero = *number & 0x80 ? 1 : 0;
	out[0] = 0x02;
	out[1] = (uint8_t)(len + zero);
	out[2] = 0;
	memcpy(out + 2 + zero, number, len);
	return 2 + zero + len;
}

/* r||s of JWS to the SEQUENCE OpenSSL takes. len is one of 64, 96, 132. */
static size_t ecdsa_to_der(const uint8_t *raw, size_t len, uint8_t out[static DER_MAX])
{
	uint8_t body[DER_MAX];
	size_t n = put_integer(body, raw, len / 2), head = 2;

	n += put_integer(body + n, raw + len / 2, len / 2);
	out[0] = 0x30;
	out[1] = (uint8_t)n;
	if (n > 127) {
		out[1] = 0x81;
		out[2] = (uint8_t)n;
		head = 3;
	}
	memcpy(out + head, body, n);
	return head + n;
}

/* MUST 3. */
static int set_pss(EVP_PKEY_CTX *context, const EVP_MD *hash)
{
	if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) != 1)
		return -EIO;
	return 0;
}

/* The context that verifies digests with alg, kept for the next token. */
static int make_verifier(struct jwk *jwk, enum jose_alg alg)
{
	const struct jose_alg_facts *facts = jose_alg_facts(alg);
	_cleanup_(jwk_context_freep) EVP_PKEY_CTX *context = NULL;
	int r = 0;

	if (!jwk->hash[alg])
		jwk->hash[alg] = EVP_MD_fetch(NULL, facts->digest, NULL);
	if (!jwk->hash[alg])
		return -EIO;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, jwk->key, NULL);
	if (!context)
		return -ENOMEM;
	if (EVP_PKEY_verify_init(context) != 1)
		return -EIO;
	if (jwk->kind == JOSE_KEY_RSA && !facts->pss &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1)
		return -EIO;
	if (EVP_PKEY_CTX_set_signature_md(context, jwk->hash[alg]) != 1)
		return -EIO;
	if (facts->pss)
		r = set_pss(context, jwk->hash[alg]);
	if (r == 0)
		jwk->verifier[alg] = TAKE_PTR(context);
	return r;
}

static int verify_digest(struct jwk *jwk, enum jose_alg alg, const void *bytes, size_t len,
			 const uint8_t *signature, size_t signature_len)
{
	uint8_t digest[EVP_MAX_MD_SIZE], der[DER_MAX];
	unsigned digest_len = 0;
	int r = jwk->verifier[alg] ? 0 : make_verifier(jwk, alg);

	if (r != 0)
		return r;
	if (EVP_DigestInit_ex2(jwk->digest, jwk->hash[alg], NULL) != 1 ||
	    EVP_DigestUpdate(jwk->digest, bytes, len) != 1 ||
	    EVP_DigestFinal_ex(jwk->digest, digest, &digest_len) != 1)
		return -EIO;
	if (jwk->kind != JOSE_KEY_RSA) {
		signature_len = ecdsa_to_der(signature, signature_len, der);
		signature = der;
	}
	if (EVP_PKEY_verify(jwk->verifier[alg], signature, signature_len, digest, digest_len) != 1)
		return JWK_E_INVALID; /* MUST 4 */
	return 0;
}

/* Ed25519 signs the message itself, so there is no digest to hand over. */
static int verify_message(struct jwk *jwk, const void *bytes, size_t len, const uint8_t *signature,
			  size_t signature_len)
{
	if (EVP_DigestVerifyInit_ex(jwk->digest, NULL, NULL, NULL, NULL, jwk->key, NULL) != 1)
		return -EIO;
	if (EVP_DigestVerify(jwk->digest, signature, signature_len, bytes, len) != 1)
		return JWK_E_INVALID;
	return 0;
}

int jwk_verify(struct jwk *jwk, enum jose_alg alg, const void *bytes, size_t len,
	       const uint8_t *signature, size_t signature_len)
{
	size_t wanted;
	int r;

	if (!jwk_fits(jwk, alg)) /* MUST 1 */
		return -EINVAL;
	wanted = jwk->kind == JOSE_KEY_RSA ? jwk->size : jose_alg_facts(alg)->signature_len;
	if (signature_len != wanted) /* MUST 2 */
		return JWK_E_INVALID;
	if (jwk->kind == JOSE_KEY_ED25519)
		r = verify_message(jwk, bytes, len, signature, signature_len);
	else
		r = verify_digest(jwk, alg, bytes, len, signature, signature_len);
	if (r != 0)
		ERR_clear_error();
	return r;
}
