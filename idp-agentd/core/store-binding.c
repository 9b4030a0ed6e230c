/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of issuers as a whole. The binding of a person to (issuer row, sub) never changes here. */

#include "idp-agentd/core/store-binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/store-internal.h"

void store_bindings_free(struct store_binding *bindings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(bindings[i].issuer);
		free(bindings[i].provider);
		free(bindings[i].subject);
	}
	free(bindings);
}

KEEPS_POINTERS_BEGIN
static int add_binding(sqlite3_stmt *statement, struct store_binding **list, size_t *n)
{
	struct store_binding *items = reallocarray(*list, *n + 1, sizeof(*items));
	struct store_binding *item;

	if (!items)
		return -ENOMEM;
	*list = items;
	item = &items[(*n)++];
	item->issuer = strdup(store_text(statement, 0));
	item->provider = strdup(store_text(statement, 1));
	item->subject = strdup(store_text(statement, 2));
	return item->issuer && item->provider && item->subject ? 0 : -ENOMEM;
}
KEEPS_POINTERS_END

int store_get_bindings(struct store *store, struct store_binding **ret, size_t *ret_n)
{
	struct store_binding *list = NULL;
	sqlite3_stmt *statement = NULL;
	size_t n = 0;
	int r;

	r = store_query(store, STORE_SQL_BINDINGS, &statement, "");
	while (r == 0) {
		r = store_row(store, statement);
		if (r == 0)
			r = add_binding(statement, &list, &n);
	}
	if (r == STORE_E_NOT_FOUND) {
		*ret = list;
		*ret_n = n;
		return 0;
	}
	if (statement)
		IGNORE(sqlite3_reset(statement)); /* the error is known */
	store_bindings_free(list, n);
	return r;
}

int store_put_binding(struct store *store, const char *issuer, const char *provider,
		      const char *subject)
{
	return store_change(store, STORE_SQL_PUT_BINDING, "ttt", issuer, provider, subject);
}

int store_drop_binding(struct store *store, const char *issuer)
{
	return store_change(store, STORE_SQL_DROP_BINDING, "t", issuer);
}

int store_count_issuer(struct store *store, const char *issuer, bool with_retired, uint64_t *ret)
{
	int64_t id, n = 0;
	int r = store_intern_issuer(store, issuer, false, &id);

	if (r == 0)
		r = store_ask(store, STORE_SQL_COUNT_ISSUER, &n, "ii", id, (int64_t)with_retired);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	*ret = (uint64_t)n;
	return 0;
}

static int retire(struct store *store, int64_t issuer)
{
	int r = store_exec(store, STORE_SQL_DETACH_ISSUER, "i", issuer);

	if (r == 0)
		r = store_exec(store, STORE_SQL_DROP_ISSUER_MEMBERSHIPS, "i", issuer);
	if (r == 0)
		r = store_exec(store, STORE_SQL_RETIRE_ISSUER, "i", issuer);
	return r;
}

int store_retire_issuer(struct store *store, const char *issuer)
{
	int64_t id;
	bool own;
	int r = store_intern_issuer(store, issuer, false, &id);

	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	return store_leave(store, own, retire(store, id));
}

static int rename_issuer(struct store *store, const char *issuer, const char *other)
{
	int r = store_exec(store, STORE_SQL_RENAME_ISSUER, "tt", issuer, other);

	if (r == 0)
		r = store_exec(store, STORE_SQL_RENAME_GIVEN, "tt", issuer, other);
	return r != 0 ? r : store_exec(store, STORE_SQL_RENAME_CLASHES, "tt", issuer, other);
}

int store_rename_issuer(struct store *store, const char *issuer, const char *other)
{
	bool own;
	int r = store_enter(store, STORE_DURABLE, &own);

	if (r == 0)
		r = store_leave(store, own, rename_issuer(store, issuer, other));
	return r != 0 ? r : store_load_words(store);
}
