/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A group is given by a claim that holds now: an error takes nobody in.
 * 2. A number stays with its group for ever, as all others do: idmap.c.
 * 3. A name that is local, reserved or a directory's is never given: it has no number, or no row.
 */
#include "idp-agentd/core/claimed.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/store-claimed.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/store.h"

/* ---- the groups ---- */

struct names {
	const char *items[ACCESS_GROUPS_MAX];
	size_t n;
};

struct gone {
	const struct names *names;
	int64_t ids[ACCESS_GROUPS_MAX];
	size_t n;
};

static bool names_has(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

static int find_gone(void *arg, const struct group *group)
{
	struct gone *gone = arg;

	if (!names_has(gone->names, group->name) && gone->n < ACCESS_GROUPS_MAX)
		gone->ids[gone->n++] = group->id;
	return 0;
}

static int retire_others(struct store *store, const struct names *names)
{
	struct gone gone = { .names = names };
	int r = store_each_claimed_group(store, find_gone, &gone);

	for (size_t i = 0; i < gone.n && r == 0; i++)
		r = store_retire_group(store, gone.ids[i]);
	return r;
}

static int claim_name(const struct authority *authority, const char *name)
{
	_cleanup_(group_freep) struct group *group = group_new();
	char reason[REASON_MAX];
	int r;

	if (!group || person_set(&group->directory, GROUP_CLAIMED) < 0 ||
	    person_set(&group->dir_id, name) < 0 || person_set(&group->name, name) < 0)
		return -ENOMEM;
	r = idmap_claim_group(&authority->idmap, group, reason);
	if (r >= 0 && *reason)
		log_warning("the group %s of [groups] is not given: %s", name, reason);
	return r < 0 ? r : 0; /* MUST 3: it has no row then, and nobody is in it */
}

static int claim_all(const struct authority *authority, const struct names *names)
{
	int r = retire_others(authority->store, names);

	for (size_t i = 0; i < names->n && r == 0; i++)
		r = claim_name(authority, names->items[i]);
	return r;
}

int claimed_configure(struct authority *authority)
{
	struct names names;
	int r;

	names.n = access_group_names(authority->config->rules, names.items);
	r = store_begin(authority->store, STORE_DURABLE);
	if (r == 0)
		r = claim_all(authority, &names);
	if (r == 0)
		r = store_commit(authority->store);
	store_rollback(authority->store);
	return r > 0 ? -EUCLEAN : r;
}

bool claimed_is_used(const struct authority *authority)
{
	const char *names[ACCESS_GROUPS_MAX];

	return access_group_names(authority->config->rules, names) > 0;
}

/* ---- who is in them ---- */

/* Rows of the groups that are given; a name without a row is nobody's. */
static int find_rows(struct store *store, const struct names *names,
		     int64_t ids[static ACCESS_GROUPS_MAX], size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++) {
		_cleanup_(group_freep) struct group *group = NULL;
		int r = store_find_group_dir_id(store, GROUP_CLAIMED, names->items[i], &group);

		if (r == STORE_E_NOT_FOUND)
			continue;
		if (r != 0)
			return r < 0 ? r : -EIO;
		if (!group->retired)
			ids[n++] = group->id;
	}
	*ret_n = n;
	return 0;
}

int claimed_person(struct authority *authority, const struct person *person, bool *ret_changed)
{
	_cleanup_(evidence_freep) struct evidence *evidence = NULL;
	const struct session_request request = { .user = person->name };
	int64_t ids[ACCESS_GROUPS_MAX];
	struct names names = { .n = 0 };
	size_t n;
	int r;

	*ret_changed = false;
	if (!claimed_is_used(authority))
		return 0;
	r = evidence_new(authority, &request, person, NULL, &evidence);
	if (r < 0 && r != -E2BIG) /* too many groups to decide about: given is none */
		return r;
	if (r == 0)
		names.n = access_groups(authority->config->rules, evidence_request(evidence),
					names.items);
	r = find_rows(authority->store, &names, ids, &n);
	if (r == 0)
		r = store_put_claimed(authority->store, person->id, ids, n, ret_changed);
	return r > 0 ? -EIO : r;
}

static int step(struct authority *authority, const int64_t *ids, size_t n, bool *ret_changed)
{
	*ret_changed = false;
	for (size_t i = 0; i < n; i++) {
		_cleanup_(person_freep) struct person *person = NULL;
		bool changed;
		int r = store_find_person(authority->store, ids[i], &person);

		if (r == 0)
			r = claimed_person(authority, person, &changed);
		if (r == -EUCLEAN) { /* one row: nobody else keeps or lacks a group for it */
			log_error("the groups of person %lld cannot be told: the record is damaged",
				  (long long)ids[i]);
			continue;
		}
		if (r != 0)
			return r < 0 ? r : -EIO;
		*ret_changed = *ret_changed || changed;
	}
	return 0;
}

int claimed_step(struct authority *authority, int64_t *after, bool *changed, bool *ret_over)
{
	int64_t ids[CLAIMED_STEP];
	bool more = false;
	size_t n = 0;
	int r = store_people_after(authority->store, *after, CLAIMED_STEP, ids, &n);

	if (r == 0)
		r = store_begin(authority->store, STORE_DURABLE);
	if (r == 0)
		r = step(authority, ids, n, &more);
	if (r == 0)
		r = store_commit(authority->store);
	store_rollback(authority->store);
	if (r != 0)
		return r < 0 ? r : -EIO;
	*after = n > 0 ? ids[n - 1] : *after;
	*changed = *changed || more;
	*ret_over = n < CLAIMED_STEP;
	return 0;
}
