/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VAULT_H
#define IDP_CORE_VAULT_H

/*
 * Seals what must not lie open in the record: AES-256-GCM under one key of this host. A seal says
 * whose row it is, so that a row copied over another does not open there. See the MUST list in
 * vault.c, and SECURITY.md for what this protects from.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

struct secret;
struct vault;

#define VAULT_KEY_LEN  32u
#define VAULT_KEY_FILE "vault.key"
#define VAULT_OVERHEAD 29u /* version, nonce and tag */

enum {
	VAULT_E_SEALED = 1, /* not ours, not this row's, or changed since: it stays shut */
	VAULT_E_REFUSED,    /* the key cannot be used; the reason says why */
};

/* Whose row it is: all of it is authenticated, none of it is kept in the seal. */
struct vault_row {
	int64_t person;
	const char *provider, *issuer, *subject;
};

/*
 * The key: from what reference names (config.h), 64 hexadecimal digits; from VAULT_KEY_FILE in the
 * folder without one (NULL), which is made when it is not there. VAULT_E_REFUSED or -errno, with a
 * sentence and its remedy in reason.
 */
int vault_open(const char *reference, const char *folder, char reason[static REASON_MAX],
	       struct vault **ret_vault) _must_check_;
/* From the bytes themselves. -ENOMEM. */
int vault_new(const uint8_t key[static VAULT_KEY_LEN], struct vault **ret_vault) _must_check_;
/* Erases the key; NULL is fine; returns NULL. */
struct vault *vault_free(struct vault *vault);
DEFINE_CLEANUP(struct vault *, vault_free);

/* Puts the seal of len bytes into out, which the caller has begun. -errno. */
int vault_seal(const struct vault *vault, const struct vault_row *row, const void *bytes,
	       size_t len, struct buf *out) _must_check_;
/* The bytes into out, a secret buffer the caller has begun. VAULT_E_SEALED: out is empty. */
int vault_unseal(const struct vault *vault, const struct vault_row *row, const void *seal,
		 size_t len, struct buf *out) _must_check_;

/* For the test with published vectors: one operation with a given nonce. */
struct vault_aead {
	const uint8_t *key;   /* VAULT_KEY_LEN */
	const uint8_t *nonce; /* 12 */
	const uint8_t *aad;
	size_t aad_len;
};
/* out: len bytes. */
int vault_encrypt(const struct vault_aead *aead, const uint8_t *plain, size_t len, uint8_t *out,
		  uint8_t tag[static 16]) _must_check_;
/* VAULT_E_SEALED: what is in out then must not be looked at. */
int vault_decrypt(const struct vault_aead *aead, const uint8_t *cipher, size_t len,
		  const uint8_t tag[static 16], uint8_t *out) _must_check_;

#endif
