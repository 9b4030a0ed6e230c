/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_WALLET_H
#define IDP_CORE_STORE_WALLET_H

/*
 * What stays of a sign-in: one sealed blob for each person and provider, which nobody here can
 * open; and how many sessions of a person are open, counted for one boot of the machine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "idp-agentd/core/store.h"

struct store_wallet {
	int64_t id; /* never used twice: a newer one of the same person has another */
	int64_t person;
	char *provider;
	uint64_t until; /* seconds since 1970: to be forgotten then at the latest */
	size_t len;
	uint8_t *sealed; /* NULL in lists */
};

/*
 * Puts a new one in the place of the person's at that provider. On the disk when it returns 0.
 * ret_id is its number.
 */
int store_put_wallet(struct store *store, const struct store_wallet *wallet,
		     int64_t *ret_id) _must_check_;
/* New content under the same number. durable: on the disk when it returns 0. STORE_E_NOT_FOUND. */
int store_set_wallet(struct store *store, const struct store_wallet *wallet,
		     bool durable) _must_check_;
/* STORE_E_NOT_FOUND. */
int store_get_wallet(struct store *store, int64_t person, const char *provider,
		     struct store_wallet **ret) _must_check_;
/* None of that number is fine. */
int store_drop_wallet(struct store *store, int64_t id) _must_check_;
/* The next ones behind the number after, at most room of them, without what is sealed in them. */
int store_list_wallets(struct store *store, int64_t after, struct store_wallet *list, size_t room,
		       size_t *ret_n) _must_check_;
int store_count_wallets(struct store *store, uint64_t *ret) _must_check_;

struct store_wallet *store_wallet_free(struct store_wallet *wallet);
DEFINE_CLEANUP(struct store_wallet *, store_wallet_free);
/* Frees what the members of a list hold. */
void store_wallets_done(struct store_wallet *list, size_t n);

/* ---- open sessions ---- */

/* Of this boot; a count of another is none. */
int store_get_opened(struct store *store, int64_t person, const char *boot, uint64_t *ret_n,
		     bool *ret_revoke) _must_check_;
/* Survives kill -9, may be lost with the power, as the sessions are. */
int store_set_opened(struct store *store, int64_t person, const char *boot, uint64_t n,
		     bool revoke) _must_check_;
/*
 * The people behind the number after whose sessions ended with another boot, and whose tokens were
 * to end with them; at most room of them.
 */
int store_list_cut_off(struct store *store, const char *boot, int64_t after, int64_t *list,
		       size_t room, size_t *ret_n) _must_check_;
int store_drop_cut_off(struct store *store, const char *boot) _must_check_;

#endif
