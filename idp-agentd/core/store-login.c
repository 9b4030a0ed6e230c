/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sign-ins leave behind: facts of the last token, and the last decisions. */

#include "idp-agentd/core/store-login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/store-internal.h"

static int write_facts(struct store *store, int64_t person, const struct store_fact *facts,
		       size_t n)
{
	int r;

	r = store_exec(store, STORE_SQL_DROP_FACTS, "i", person);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = store_exec(store, STORE_SQL_ADD_FACT, "iitt", person, (int64_t)i, facts[i].kind,
			       facts[i].value);
	}
	return r;
}

int store_put_login(struct store *store, int64_t person, uint64_t now,
		    const struct store_fact *facts, size_t n)
{
	bool own;
	int r;

	if (n > STORE_FACTS_MAX)
		return -E2BIG;
	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_exec(store, STORE_SQL_PUT_LOGIN, "ii", person, (int64_t)now);
	if (r == 0 && sqlite3_changes(store->db) != 1)
		r = STORE_E_NOT_FOUND;
	if (r == 0)
		r = write_facts(store, person, facts, n);
	return store_leave(store, own, r);
}

int store_put_facts(struct store *store, int64_t person, const struct store_fact *facts, size_t n)
{
	bool own;
	int r;

	if (n > STORE_FACTS_MAX)
		return -E2BIG;
	r = store_enter(store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	return store_leave(store, own, write_facts(store, person, facts, n));
}

KEEPS_POINTERS_BEGIN
static int add_fact(struct store_facts *facts, const char *kind, const char *value)
{
	struct store_fact *items = reallocarray(facts->facts, facts->n + 1, sizeof(*facts->facts));
	_cleanup_free_ char *kind_copy = strdup(kind), *value_copy = strdup(value);

	if (items)
		facts->facts = items;
	if (!items || !kind_copy || !value_copy)
		return -ENOMEM;
	items[facts->n].kind = TAKE_PTR(kind_copy);
	items[facts->n].value = TAKE_PTR(value_copy);
	facts->n++;
	return 0;
}
KEEPS_POINTERS_END

static int read_last_login(struct store *store, int64_t person, uint64_t *ret)
{
	int64_t when = 0;
	int r = store_ask(store, STORE_SQL_LAST_LOGIN, &when, "i", person);

	*ret = (uint64_t)when;
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int store_get_facts(struct store *store, int64_t person, struct store_facts **ret)
{
	_cleanup_(store_facts_freep) struct store_facts *facts = calloc(1, sizeof(*facts));
	sqlite3_stmt *statement = NULL;
	int r;

	if (!facts)
		return -ENOMEM;
	r = read_last_login(store, person, &facts->time);
	if (r == 0)
		r = store_query(store, STORE_SQL_GET_FACTS, &statement, "i", person);
	if (r != 0)
		return r;
	while ((r = store_row(store, statement)) == 0) {
		r = add_fact(facts, store_text(statement, 0), store_text(statement, 1));
		if (r != 0) {
			IGNORE(sqlite3_reset(statement)); /* memory is out, that is the news */
			return r;
		}
	}
	if (r != STORE_E_NOT_FOUND)
		return r;
	*ret = TAKE_PTR(facts);
	return 0;
}

KEEPS_POINTERS_BEGIN
/* Texts handed out as const are ours to free in the two destructors below. */
static void free_text(const char *text)
{
	char *own;

	memcpy(&own, &text, sizeof(own));
	free(own);
}

struct store_facts *store_facts_free(struct store_facts *facts)
{
	if (!facts)
		return NULL;
	for (size_t i = 0; i < facts->n; i++) {
		free_text(facts->facts[i].kind);
		free_text(facts->facts[i].value);
	}
	free(facts->facts);
	free(facts);
	return NULL;
}

/* ---- decisions ---- */

static int drop_decision(struct store *store, const struct store_decision *decision)
{
	return store_exec(store, STORE_SQL_DROP_DECISION, "ttt", decision->user, decision->service,
			  decision->phase);
}

static int write_decision(struct store *store, const struct store_decision *decision)
{
	int r;

	r = drop_decision(store, decision);
	if (r == 0)
		r = store_exec(store, STORE_SQL_ADD_DECISION, "tttiitttt", decision->user,
			       decision->service, decision->phase, (int64_t)decision->time,
			       (int64_t)decision->permit, decision->code, decision->rule,
			       decision->text, decision->trace);
	return r != 0 ? r
		      : store_exec(store, STORE_SQL_TRIM_DECISIONS, "i",
				   (int64_t)STORE_DECISIONS_MAX);
}

int store_put_decision(struct store *store, const struct store_decision *decision)
{
	bool own;
	int r;

	r = store_enter(store, STORE_RELAXED, &own);
	if (r != 0)
		return r;
	return store_leave(store, own, write_decision(store, decision));
}

static bool copy_text(sqlite3_stmt *statement, int column, const char **ret)
{
	*ret = strdup(store_text(statement, column));
	return *ret != NULL;
}

static int read_decision(sqlite3_stmt *statement, struct store_decision *decision)
{
	decision->time = (uint64_t)sqlite3_column_int64(statement, 2);
	decision->permit = sqlite3_column_int(statement, 3) == 1;
	if (copy_text(statement, 0, &decision->user) &&
	    copy_text(statement, 1, &decision->service) &&
	    copy_text(statement, 4, &decision->code) && copy_text(statement, 5, &decision->rule) &&
	    copy_text(statement, 6, &decision->text) && copy_text(statement, 7, &decision->trace) &&
	    copy_text(statement, 8, &decision->phase))
		return 0;
	return -ENOMEM;
}

int store_get_decision(struct store *store, const char *user, const char *service,
		       const char *phase, struct store_decision **ret)
{
	_cleanup_(store_decision_freep) struct store_decision *decision =
		calloc(1, sizeof(*decision));
	sqlite3_stmt *statement = NULL;
	int r;

	if (!decision)
		return -ENOMEM;
	r = store_query(store, STORE_SQL_GET_DECISION, &statement, "ttt", user, service, phase);
	if (r == 0)
		r = store_row(store, statement);
	if (r != 0)
		return r;
	r = read_decision(statement, decision);
	IGNORE(sqlite3_reset(statement)); /* the row was read, nothing failed */
	if (r != 0)
		return r;
	*ret = TAKE_PTR(decision);
	return 0;
}

struct store_decision *store_decision_free(struct store_decision *decision)
{
	if (!decision)
		return NULL;
	free_text(decision->user);
	free_text(decision->service);
	free_text(decision->phase);
	free_text(decision->code);
	free_text(decision->rule);
	free_text(decision->text);
	free_text(decision->trace);
	free(decision);
	return NULL;
}
KEEPS_POINTERS_END
