/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_BINDING_H
#define IDP_CORE_STORE_BINDING_H

/*
 * How the people of an issuer were bound: by which [provider], and where their subjects stood. For
 * binding.c; the rows say what was, never what idp.conf says now.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "idp-agentd/core/store.h"

struct store_binding {
	char *issuer;
	char *provider; /* "": bound before anybody asked */
	char *subject;  /* "id_token", "token:/user_id" ... */
};

/* All of them, by issuer; freed with store_bindings_free(). */
int store_get_bindings(struct store *store, struct store_binding **ret, size_t *ret_n) _must_check_;
void store_bindings_free(struct store_binding *bindings, size_t n);
int store_put_binding(struct store *store, const char *issuer, const char *provider,
		      const char *subject) _must_check_;
int store_drop_binding(struct store *store, const char *issuer) _must_check_;

/* How many people are bound under it, those who left included or not. */
int store_count_issuer(struct store *store, const char *issuer, bool with_retired,
		       uint64_t *ret) _must_check_;
/* Everybody of the issuer leaves: names and memberships are free, uids stay theirs. */
int store_retire_issuer(struct store *store, const char *issuer) _must_check_;
/* The people go with it, those too who are yet to come to an id given to them. STORE_E_TAKEN: somebody is bound under the other. */
int store_rename_issuer(struct store *store, const char *issuer, const char *other) _must_check_;

#endif
