/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Ids come from the kernel and names from this host's files or the record: nothing a process
 *    says of itself counts.
 * 2. Who left the platform, or a group of it, has left here as well: a process that kept its ids
 *    is not who they once stood for.
 * 3. The id that stands for "none of ours" (user namespaces show it) is nobody.
 */
#include "idp-agentd/core/caller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store.h"

#define CALLER_OVERFLOW 65534u /* MUST 3 */

static bool caller_has_gid(const struct caller *caller, uint32_t gid)
{
	for (size_t i = 0; gid != CALLER_OVERFLOW && i < caller->n_gids; i++)
		if (caller->gids[i] == gid)
			return true;
	return false;
}

/* MUST 2: an id of the range that is given to people, and nobody has it. */
static bool caller_is_gone(const struct caller *caller)
{
	const struct config_range *range = &caller->authority->config->agent.id_range;

	return !caller->person && caller->uid >= range->first && caller->uid <= range->last &&
	       !localnames_has_uid(caller->authority->locals, caller->uid);
}

/* ---- groups of the platform ---- */

KEEPS_POINTERS_BEGIN
static int caller_add_group(struct caller *caller, const struct group *group)
{
	char **names;

	if (group->is_private ||
	    publish_judge_group(caller->authority->publisher, group) != PUBLISH_YES)
		return 0;
	names = reallocarray(caller->names, caller->n_names + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	caller->names = names;
	names[caller->n_names] = strdup(group->name);
	if (!names[caller->n_names])
		return -ENOMEM;
	caller->n_names++;
	return 0;
}
KEEPS_POINTERS_END

static int caller_add_gid(struct caller *caller, uint32_t gid)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	if (gid == CALLER_OVERFLOW || idmap_check_id(&caller->authority->idmap, gid) != 0)
		return 0;
	r = store_find_gid(caller->authority->store, gid, &group);
	if (r == STORE_E_NOT_FOUND)
		return 0;
	if (r != 0)
		return r < 0 ? r : -EIO;
	return caller_add_group(caller, group);
}

/* MUST 2: of the platform's people the record says it. */
static int caller_add_groups_of(struct caller *caller, const struct person *person)
{
	struct group **groups;
	size_t n;
	int r = store_person_groups(caller->authority->store, person->id, &n, &groups);

	if (r != 0)
		return r < 0 ? r : -EIO;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = caller_add_group(caller, groups[i]);
	group_list_free(groups, n);
	return r < 0 ? r : caller_add_gid(caller, person->gid); /* which is not in that list */
}

/* This host's own users (a service of systemd, say) have them from the kernel. */
static int caller_find_groups(struct caller *caller)
{
	int r = 0;

	if (caller->barred)
		return 0;
	if (caller->person)
		return caller_add_groups_of(caller, caller->person);
	for (size_t i = 0; r == 0 && i < caller->n_gids; i++)
		r = caller_add_gid(caller, caller->gids[i]);
	return r;
}

/* ---- who it is ---- */

static int caller_find_person(struct caller *caller)
{
	enum authority_who who;
	int r;

	authority_refresh_locals(caller->authority);
	r = authority_find_uid(caller->authority, caller->uid, &who, &caller->person);
	if (r < 0)
		return r;
	if (who != AUTHORITY_SHOWN)
		caller->person = person_free(caller->person);
	caller->barred =
		!caller->root && (caller->uid == CALLER_OVERFLOW || caller_is_gone(caller));
	return caller_find_groups(caller);
}

int caller_from_ids(struct authority *authority, uint32_t uid, const gid_t *gids, size_t n_gids,
		    struct caller *ret_caller)
{
	struct caller caller = { .authority = authority, .uid = uid, .root = uid == 0 };
	int r;

	caller.gids = calloc(n_gids + 1, sizeof(*caller.gids));
	if (!caller.gids)
		return -ENOMEM;
	for (size_t i = 0; i < n_gids; i++)
		caller.gids[i] = gids[i];
	caller.n_gids = n_gids;
	r = caller_find_person(&caller);
	if (r < 0) {
		caller_done(&caller);
		return r;
	}
	*ret_caller = caller;
	return 0;
}

int caller_identify(struct authority *authority, const struct conn *conn, struct caller *ret_caller)
{
	const struct sock_peer *peer = conn_peer(conn);
	gid_t *supplementary, *gids;
	size_t n;
	int r = conn_peer_groups(conn, &n, &supplementary);

	if (r < 0)
		return r;
	gids = reallocarray(supplementary, n + 1, sizeof(*gids));
	if (!gids) {
		free(supplementary);
		return -ENOMEM;
	}
	gids[n] = peer->gid;
	r = caller_from_ids(authority, peer->uid, gids, n + 1, ret_caller);
	free(gids);
	return r;
}

void caller_done(struct caller *caller)
{
	caller->person = person_free(caller->person);
	for (size_t i = 0; i < caller->n_names; i++)
		free(caller->names[i]);
	free(caller->names);
	free(caller->gids);
	*caller = (struct caller){ 0 };
}

bool caller_is_user(const struct caller *caller, const char *name)
{
	uint32_t uid;

	if (caller->barred)
		return false;
	if (localnames_find_user(caller->authority->locals, name, &uid))
		return uid == caller->uid;
	return caller->person && strcmp(caller->person->name, name) == 0;
}

bool caller_is_in(const struct caller *caller, const char *group)
{
	uint32_t gid;

	if (caller->barred)
		return false;
	if (localnames_find_group(caller->authority->locals, group, &gid))
		return caller_has_gid(caller, gid);
	for (size_t i = 0; i < caller->n_names; i++)
		if (strcmp(caller->names[i], group) == 0)
			return true;
	return false;
}

bool caller_is_among(const struct caller *caller, const struct config_list *users,
		     const struct config_list *groups)
{
	for (size_t i = 0; i < users->n; i++)
		if (caller_is_user(caller, users->items[i]))
			return true;
	for (size_t i = 0; i < groups->n; i++)
		if (caller_is_in(caller, groups->items[i]))
			return true;
	return false;
}
