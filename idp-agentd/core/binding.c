/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A subject counts only in the place it was bound in: the people of an issuer whose subjects
 *    stood elsewhere are never met by a subject of the new place, not even after they left, since
 *    the same text may be somebody else's there.
 * 2. Nobody's uid goes to another: whoever leaves here keeps it like everybody who leaves.
 * 3. Nothing is decided by the change alone: it only guards.
 */

#include "idp-agentd/core/binding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/store-binding.h"
#include "idp-agentd/core/store.h"

#define BINDING_BEFORE "id_token" /* where subjects stood before there was a choice */
/* No issuer of idp.conf has a '#': whoever was set aside is behind one. */
#define BINDING_ASIDE_MAX (ISSUER_LEN_MAX + PATH_LEN_MAX + 16u)
#define BINDING_ASIDE_MOST                                                    \
	16u /* times one place was left for another, and the people were kept \
	     */

/* What is compared, at hand. */
struct check {
	struct store *store;
	const struct binding_provider *providers;
	size_t n;
	struct store_binding *rows;
	size_t n_rows;
	struct binding_guards *guards;
};

/* ---- guards ---- */

static void guard_done(struct binding_guard *guard)
{
	free(guard->provider);
	free(guard->issuer);
	free(guard->subject);
}

struct binding_guards *binding_guards_free(struct binding_guards *guards)
{
	if (!guards)
		return NULL;
	for (size_t i = 0; i < guards->n; i++)
		guard_done(&guards->items[i]);
	free(guards->items);
	free(guards);
	return NULL;
}

const struct binding_guard *binding_find(const struct binding_guards *guards, const char *provider)
{
	for (size_t i = 0; guards && i < guards->n; i++)
		if (strcmp(guards->items[i].provider, provider) == 0)
			return &guards->items[i];
	return NULL;
}

/* There is room: a provider has one guard at most. */
static int add_guard(struct check *check, const struct binding_provider *provider,
		     const char *issuer, const char *subject)
{
	struct binding_guard *guard = &check->guards->items[check->guards->n++];
	int r = store_count_issuer(check->store, issuer, false, &guard->people);

	guard->other_issuer = strcmp(issuer, provider->issuer) != 0;
	guard->provider = strdup(provider->name);
	guard->issuer = strdup(issuer);
	guard->subject = strdup(subject);
	if (!guard->provider || !guard->issuer || !guard->subject)
		return -ENOMEM;
	return r > 0 ? -EIO : r;
}

/* ---- comparing ---- */

static const struct store_binding *find_row(const struct check *check, const char *issuer)
{
	for (size_t i = 0; i < check->n_rows; i++)
		if (strcmp(check->rows[i].issuer, issuer) == 0)
			return &check->rows[i];
	return NULL;
}

static bool is_configured(const struct check *check, const char *issuer)
{
	for (size_t i = 0; i < check->n; i++)
		if (strcmp(check->providers[i].issuer, issuer) == 0)
			return true;
	return false;
}

/* Has anybody ever been bound under it? */
static int is_bound(const struct check *check, const char *issuer, bool *ret)
{
	uint64_t people = 0;
	int r = store_count_issuer(check->store, issuer, true, &people);

	*ret = people > 0;
	return r > 0 ? -EIO : r;
}

static void note(struct check *check, const struct binding_provider *provider)
{
	int r = store_put_binding(check->store, provider->issuer, provider->name,
				  provider->subject);

	if (r != 0)
		log_error("provider %s: cannot note how its people are bound: %s", provider->name,
			  strerrordesc_np(r < 0 ? -r : EIO));
}

/* The people of its issuer. */
static int check_issuer(struct check *check, const struct binding_provider *provider)
{
	const struct store_binding *row = find_row(check, provider->issuer);
	const char *subject = row ? row->subject : BINDING_BEFORE;
	bool bound;
	int r = is_bound(check, provider->issuer, &bound);

	if (r < 0)
		return r;
	if (bound && strcmp(subject, provider->subject) != 0)
		return add_guard(check, provider, provider->issuer, subject);
	if (!row || strcmp(row->provider, provider->name) != 0 ||
	    strcmp(subject, provider->subject) != 0)
		note(check, provider);
	return 0;
}

/* The people of an issuer that this provider had before, and nobody has now. */
static int check_former(struct check *check, const struct binding_provider *provider,
			const struct store_binding *row)
{
	bool bound;
	int r;

	if (strcmp(row->provider, provider->name) != 0 || is_configured(check, row->issuer))
		return 0;
	r = is_bound(check, row->issuer, &bound);
	if (r < 0)
		return r;
	if (bound)
		return binding_find(check->guards, provider->name)
			       ? 0 /* one thing after the other */
			       : add_guard(check, provider, row->issuer, row->subject);
	IGNORE(store_drop_binding(check->store, row->issuer)); /* else the next time */
	return 0;
}

static int check_all(struct check *check)
{
	int r = 0;

	for (size_t i = 0; i < check->n && r == 0; i++) {
		const struct binding_provider *provider = &check->providers[i];

		r = check_issuer(check, provider);
		for (size_t j = 0; j < check->n_rows && r == 0; j++)
			r = check_former(check, provider, &check->rows[j]);
	}
	return r;
}

int binding_check(struct store *store, const struct binding_provider *providers, size_t n,
		  struct binding_guards **ret)
{
	_cleanup_(binding_guards_freep) struct binding_guards *guards = calloc(1, sizeof(*guards));
	struct store_binding *rows = NULL;
	size_t n_rows = 0;
	int r = store_get_bindings(store, &rows, &n_rows);

	if (guards)
		guards->items = calloc(n + 1, sizeof(*guards->items));
	if (r == 0 && (!guards || !guards->items))
		r = -ENOMEM;
	if (r == 0)
		r = check_all(&(struct check){ .store = store,
					       .providers = providers,
					       .n = n,
					       .rows = rows,
					       .n_rows = n_rows,
					       .guards = guards });
	store_bindings_free(rows, n_rows);
	if (r != 0)
		return r < 0 ? r : -EIO;
	*ret = TAKE_PTR(guards);
	return 0;
}

/* ---- settling ---- */

/* Where the people whose subjects stood at `subject` are kept while others stand elsewhere. */
static int put_aside(char aside[static BINDING_ASIDE_MAX], const char *issuer, const char *subject,
		     unsigned again)
{
	int n = again ? snprintf(aside, BINDING_ASIDE_MAX, "%s#%s#%u", issuer, subject, again)
		      : snprintf(aside, BINDING_ASIDE_MAX, "%s#%s", issuer, subject);

	return n > 0 && (size_t)n < BINDING_ASIDE_MAX ? 0 : -ENAMETOOLONG;
}

/* MUST 1: the issuer's row becomes another one, and whoever stood in the new place comes back. */
static int set_aside(struct store *store, const struct binding_guard *guard,
		     const struct binding_provider *provider)
{
	char aside[BINDING_ASIDE_MAX];
	uint64_t taken = 1;
	int r = store_retire_issuer(store, guard->issuer);

	for (unsigned again = 0; r == 0 && taken > 0 && again < BINDING_ASIDE_MOST; again++) {
		r = put_aside(aside, guard->issuer, guard->subject, again);
		if (r == 0)
			r = store_count_issuer(store, aside, true, &taken);
	}
	if (r == 0)
		r = store_rename_issuer(store, guard->issuer, aside);
	if (r == 0)
		r = put_aside(aside, provider->issuer, provider->subject, 0);
	return r != 0 ? r : store_rename_issuer(store, aside, provider->issuer);
}

static int settle(struct store *store, const struct binding_guard *guard,
		  const struct binding_provider *provider, enum binding_choice choice)
{
	int r;

	if (choice == BINDING_KEEP)
		r = guard->other_issuer
			    ? store_rename_issuer(store, guard->issuer, provider->issuer)
			    : 0;
	else if (guard->other_issuer)
		r = store_retire_issuer(store, guard->issuer);
	else
		r = set_aside(store, guard, provider);
	if (r == 0 && guard->other_issuer &&
	    choice == BINDING_NEW) /* MUST 1, should it come back */
		r = store_put_binding(store, guard->issuer, "", guard->subject);
	else if (r == 0)
		r = store_drop_binding(store, guard->issuer);
	if (r == 0)
		r = store_put_binding(store, provider->issuer, provider->name, provider->subject);
	return r;
}

int binding_settle(struct store *store, const struct binding_guard *guard,
		   const struct binding_provider *provider, enum binding_choice choice)
{
	bool own;
	int r = store_enter(store, STORE_DURABLE, &own);

	if (r == 0)
		r = store_leave(store, own, settle(store, guard, provider, choice));
	if (r == STORE_E_TAKEN)
		return BINDING_E_TAKEN;
	return r > 0 ? -EIO : r;
}
