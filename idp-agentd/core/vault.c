/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A seal: version 1, nonce of 12 bytes, ciphertext, tag of 16 bytes.
 *
 * MUST
 * 1. A nonce is random and used once. 96 random bits under one key are good for 2^32 seals
 *    (NIST SP 800-38D section 8.3): a host that seals once a second gets there in 136 years.
 * 2. What is authenticated beside the ciphertext is unambiguous: every part has its length before
 *    it, so that no two rows have the same.
 * 3. Nothing of an opened text leaves here before its tag was found right.
 */
#include "idp-agentd/core/vault.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/cursor.h"
#include "common/secret.h"

#define VAULT_VERSION 1u
#define VAULT_NONCE   12u
#define VAULT_TAG     16u
#define VAULT_ROW_MAX (64u + CONFIG_NAME_MAX + ISSUER_LEN_MAX + SUBJECT_LEN_MAX)

_Static_assert(VAULT_OVERHEAD == 1 + VAULT_NONCE + VAULT_TAG, "what a seal adds");

struct vault {
	uint8_t key[VAULT_KEY_LEN];
};

/* ---- AES-256-GCM ---- */

static void cipher_freep(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

/* A context with key, nonce and what is authenticated only; NULL: memory. */
static EVP_CIPHER_CTX *cipher_begin(const struct vault_aead *aead, int encrypt)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n;

	if (context &&
	    EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, aead->key, aead->nonce, encrypt) ==
		    1 &&
	    EVP_CipherUpdate(context, NULL, &n, aead->aad, (int)aead->aad_len) == 1)
		return context;
	EVP_CIPHER_CTX_free(context);
	return NULL;
}

int vault_encrypt(const struct vault_aead *aead, const uint8_t *plain, size_t len, uint8_t *out,
		  uint8_t tag[static 16])
{
	_cleanup_(cipher_freep) EVP_CIPHER_CTX *context = NULL;
	uint8_t none[VAULT_TAG];
	int n;

	if (len > INT_MAX || aead->aad_len > INT_MAX)
		return -EMSGSIZE;
	context = cipher_begin(aead, 1);
	if (!context)
		return -ENOMEM;
	if (EVP_CipherUpdate(context, out, &n, plain, (int)len) != 1 || (size_t)n != len ||
	    EVP_CipherFinal_ex(context, none, &n) != 1 || n != 0 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, VAULT_TAG, tag) != 1)
		return -EIO;
	return 0;
}

int vault_decrypt(const struct vault_aead *aead, const uint8_t *cipher, size_t len,
		  const uint8_t tag[static 16], uint8_t *out)
{
	_cleanup_(cipher_freep) EVP_CIPHER_CTX *context = NULL;
	uint8_t expected[VAULT_TAG], none[VAULT_TAG];
	int n;

	if (len > INT_MAX || aead->aad_len > INT_MAX)
		return -EMSGSIZE;
	context = cipher_begin(aead, 0);
	if (!context)
		return -ENOMEM;
	memcpy(expected, tag, sizeof(expected)); /* OpenSSL takes it without const */
	if (EVP_CipherUpdate(context, out, &n, cipher, (int)len) != 1 || (size_t)n != len ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, VAULT_TAG, expected) != 1)
		return -EIO;
	return EVP_CipherFinal_ex(context, none, &n) == 1 ? 0 : VAULT_E_SEALED;
}

/* ---- seals ---- */

/* MUST 2. */
static void put_part(struct buf *out, const char *text)
{
	buf_put_u32(out, (uint32_t)strlen(text));
	buf_put_text(out, text);
}

static int row_bytes(const struct vault_row *row, struct buf *out)
{
	buf_put_u8(out, VAULT_VERSION);
	buf_put_u64(out, (uint64_t)row->person);
	put_part(out, row->provider);
	put_part(out, row->issuer);
	put_part(out, row->subject);
	return buf_end(out);
}

int vault_seal(const struct vault *vault, const struct vault_row *row, const void *bytes,
	       size_t len, struct buf *out)
{
	uint8_t memory[VAULT_ROW_MAX], nonce[VAULT_NONCE], tag[VAULT_TAG];
	_cleanup_free_ uint8_t *cipher = malloc(len + 1);
	struct vault_aead aead = { .key = vault->key, .nonce = nonce };
	struct buf aad;
	int r;

	if (!cipher)
		return -ENOMEM;
	buf_init_fixed(&aad, memory, sizeof(memory));
	r = row_bytes(row, &aad);
	if (r == 0)
		r = secret_random(nonce, sizeof(nonce)); /* MUST 1 */
	if (r < 0)
		return r;
	aead.aad = aad.data;
	aead.aad_len = aad.len;
	r = vault_encrypt(&aead, bytes, len, cipher, tag);
	if (r < 0)
		return r;
	buf_put_u8(out, VAULT_VERSION);
	buf_put(out, nonce, sizeof(nonce));
	buf_put(out, cipher, len);
	buf_put(out, tag, sizeof(tag));
	return buf_end(out);
}

/* MUST 3: plain is secret memory of the same length as the ciphertext. */
static int unseal(const struct vault_aead *aead, const uint8_t *cipher, size_t len,
		  struct buf *out)
{
	_cleanup_(secret_freep) struct secret *plain = NULL;
	_cleanup_free_ char *room = calloc(1, len + 1);
	int r;

	if (!room)
		return -ENOMEM;
	plain = secret_new(room, len);
	if (!plain)
		return -ENOMEM;
	r = vault_decrypt(aead, cipher, len, cipher + len, (uint8_t *)plain->text);
	if (r != 0)
		return r;
	buf_put(out, plain->text, len);
	return buf_end(out);
}

int vault_unseal(const struct vault *vault, const struct vault_row *row, const void *seal,
		 size_t len, struct buf *out)
{
	uint8_t memory[VAULT_ROW_MAX];
	struct vault_aead aead = { .key = vault->key };
	struct cursor in;
	const uint8_t *cipher;
	struct buf aad;
	int r;

	if (len < VAULT_OVERHEAD)
		return VAULT_E_SEALED;
	cursor_init(&in, seal, len);
	if (cursor_get_u8(&in) != VAULT_VERSION)
		return VAULT_E_SEALED;
	buf_init_fixed(&aad, memory, sizeof(memory));
	r = row_bytes(row, &aad);
	if (r < 0)
		return r;
	aead.nonce = cursor_get(&in, VAULT_NONCE);
	aead.aad = aad.data;
	aead.aad_len = aad.len;
	cipher = cursor_get(&in, len - VAULT_OVERHEAD + VAULT_TAG);
	return cipher ? unseal(&aead, cipher, len - VAULT_OVERHEAD, out) : VAULT_E_SEALED;
}

/* ---- life ---- */

int vault_new(const uint8_t key[static VAULT_KEY_LEN], struct vault **ret_vault)
{
	struct vault *vault = malloc(sizeof(*vault));

	if (!vault)
		return -ENOMEM;
	memcpy(vault->key, key, sizeof(vault->key));
	*ret_vault = vault;
	return 0;
}

struct vault *vault_free(struct vault *vault)
{
	if (vault)
		secret_erase(vault, sizeof(*vault));
	free(vault);
	return NULL;
}
