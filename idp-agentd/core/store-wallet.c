/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealed blobs and counts of sessions. Nothing here can be read without the vault's key. */

#include "idp-agentd/core/store-wallet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/store-internal.h"

/* ---- wallets ---- */

static int replace(struct store *store, const struct store_wallet *wallet, int64_t *ret_id)
{
	int64_t old = 0;
	int r = store_ask(store, STORE_SQL_GET_WALLET, &old, "it", wallet->person,
			  wallet->provider);

	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_WALLET, "i", old);
	else if (r == STORE_E_NOT_FOUND)
		r = 0;
	if (r == 0)
		r = store_exec(store, STORE_SQL_ADD_WALLET, "itib", wallet->person,
			       wallet->provider, (int64_t)wallet->until, wallet->sealed,
			       wallet->len);
	if (r == 0)
		*ret_id = sqlite3_last_insert_rowid(store->db);
	return r;
}

int store_put_wallet(struct store *store, const struct store_wallet *wallet, int64_t *ret_id)
{
	bool own;
	int r = store_enter(store, STORE_DURABLE, &own);

	return r != 0 ? r : store_leave(store, own, replace(store, wallet, ret_id));
}

int store_set_wallet(struct store *store, const struct store_wallet *wallet, bool durable)
{
	bool own;
	int r = store_enter(store, durable ? STORE_DURABLE : STORE_RELAXED, &own);

	if (r != 0)
		return r;
	r = store_exec(store, STORE_SQL_SET_WALLET, "iib", wallet->id, (int64_t)wallet->until,
		       wallet->sealed, wallet->len);
	if (r == 0 && sqlite3_changes(store->db) != 1)
		r = STORE_E_NOT_FOUND;
	return store_leave(store, own, r);
}

KEEPS_POINTERS_BEGIN
static int read_wallet(sqlite3_stmt *statement, struct store_wallet *wallet)
{
	const void *sealed = sqlite3_column_blob(statement, 2);
	int len = sqlite3_column_bytes(statement, 2);

	wallet->id = sqlite3_column_int64(statement, 0);
	wallet->until = (uint64_t)sqlite3_column_int64(statement, 1);
	wallet->len = len > 0 && sealed ? (size_t)len : 0;
	wallet->sealed = malloc(wallet->len + 1);
	if (!wallet->sealed)
		return -ENOMEM;
	if (wallet->len > 0)
		memcpy(wallet->sealed, sealed, wallet->len);
	return 0;
}

int store_get_wallet(struct store *store, int64_t person, const char *provider,
		     struct store_wallet **ret)
{
	_cleanup_(store_wallet_freep) struct store_wallet *wallet = calloc(1, sizeof(*wallet));
	sqlite3_stmt *statement = NULL;
	int r;

	if (!wallet)
		return -ENOMEM;
	wallet->person = person;
	wallet->provider = strdup(provider);
	if (!wallet->provider)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_GET_WALLET, &statement, "it", person, provider);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	r = read_wallet(statement, wallet);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (r == 0)
		*ret = TAKE_PTR(wallet);
	return r;
}

int store_list_wallets(struct store *store, int64_t after, struct store_wallet *list, size_t room,
		       size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	size_t n = 0;
	int r = store_query(store, STORE_SQL_EACH_WALLET, &statement, "ii", after, (int64_t)room);

	while (r == 0 && n < room && (r = store_row(store, statement)) == 0) {
		list[n] = (struct store_wallet){
			.id = sqlite3_column_int64(statement, 0),
			.person = sqlite3_column_int64(statement, 1),
			.provider = strdup(store_text(statement, 2)),
			.until = (uint64_t)sqlite3_column_int64(statement, 3),
		};
		r = list[n++].provider ? 0 : -ENOMEM;
	}
	if (statement)
		IGNORE(sqlite3_reset(statement)); /* what failed is known */
	if (r < 0) {
		store_wallets_done(list, n);
		return r;
	}
	*ret_n = n;
	return 0;
}

void store_wallets_done(struct store_wallet *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].provider);
		free(list[i].sealed);
		list[i] = (struct store_wallet){ 0 };
	}
}

struct store_wallet *store_wallet_free(struct store_wallet *wallet)
{
	if (wallet)
		store_wallets_done(wallet, 1);
	free(wallet);
	return NULL;
}
KEEPS_POINTERS_END

int store_drop_wallet(struct store *store, int64_t id)
{
	return store_change(store, STORE_SQL_DROP_WALLET, "i", id);
}

int store_count_wallets(struct store *store, uint64_t *ret)
{
	int64_t n = 0;
	int r = store_ask(store, STORE_SQL_COUNT_WALLETS, &n, "");

	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

/* ---- open sessions ---- */

int store_get_opened(struct store *store, int64_t person, const char *boot, uint64_t *ret_n,
		     bool *ret_revoke)
{
	sqlite3_stmt *statement = NULL;
	int r;

	*ret_n = 0;
	*ret_revoke = false;
	r = store_query(store, STORE_SQL_GET_OPENED, &statement, "it", person, boot);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	*ret_n = (uint64_t)sqlite3_column_int64(statement, 0);
	*ret_revoke = sqlite3_column_int(statement, 1) == 1;
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	return 0;
}

static int write_opened(struct store *store, int64_t person, const char *boot, uint64_t n,
			bool revoke)
{
	return n == 0 ? store_exec(store, STORE_SQL_DROP_OPENED, "i", person)
		      : store_exec(store, STORE_SQL_SET_OPENED, "itii", person, boot, (int64_t)n,
				   (int64_t)revoke);
}

int store_set_opened(struct store *store, int64_t person, const char *boot, uint64_t n,
		     bool revoke)
{
	bool own;
	int r = store_enter(store, STORE_RELAXED, &own);

	return r != 0 ? r : store_leave(store, own, write_opened(store, person, boot, n, revoke));
}

int store_list_cut_off(struct store *store, const char *boot, int64_t after, int64_t *list,
		       size_t room, size_t *ret_n)
{
	sqlite3_stmt *statement = NULL;
	size_t n = 0;
	int r = store_query(store, STORE_SQL_OTHER_BOOTS, &statement, "tii", boot, after,
			    (int64_t)room);

	while (r == 0 && n < room && (r = store_row(store, statement)) == 0)
		list[n++] = sqlite3_column_int64(statement, 0);
	if (statement)
		IGNORE(sqlite3_reset(statement)); /* what failed is known */
	if (r < 0)
		return r;
	*ret_n = n;
	return 0;
}

int store_drop_cut_off(struct store *store, const char *boot)
{
	return store_change(store, STORE_SQL_DROP_OTHER_BOOTS, "t", boot);
}
