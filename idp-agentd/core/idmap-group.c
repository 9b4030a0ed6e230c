/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same for groups: (directory, dir_id) is who, the gid is for ever. MUSTs: idmap.h. */

#include "idp-agentd/core/idmap.h"

#include <string.h>

#include "idp-agentd/core/idmap-internal.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"

static int check_group_name(const struct idmap *map, const struct group *group,
			    const struct group *bound, char reason[static REASON_MAX])
{
	_cleanup_(group_freep) struct group *holder = NULL;
	int r;

	if (bound && !bound->retired && strcmp(bound->name, group->name) == 0)
		return 0;
	r = idmap_check_group(map, group->name, reason);
	if (r != 0)
		return r;
	r = store_find_group(map->store, group->name, &holder);
	if (r == STORE_E_NOT_FOUND || (r == 0 && bound && holder->id == bound->id))
		return 0;
	if (r != 0)
		return r;
	if (holder->is_private &&
	    (group->gid == holder->gid || (bound && bound->gid == holder->gid)))
		return 0; /* the directory makes the private group explicit */
	return idmap_refuse(IDMAP_E_NAME, reason, "group %s is already %s (gid %u)", group->name,
			    holder->is_private ? "a person's private group" : "another group",
			    holder->gid);
}

static int check_group_gid(const struct idmap *map, const struct group *group,
			   char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r;

	if (idmap_check_id(map, group->gid) != 0)
		return idmap_refuse(
			IDMAP_E_RANGE, reason,
			"group %s: the platform's gid %u is reserved or outside id_range %u-%u",
			group->name, group->gid, map->first, map->last);
	if (localnames_has_gid(map->locals, group->gid))
		return idmap_refuse(
			IDMAP_E_RANGE, reason,
			"group %s: the platform's gid %u belongs to a local group of this host",
			group->name, group->gid);
	r = store_find_uid(map->store, group->gid, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (holder->uid == holder->gid && strcmp(holder->name, group->name) != 0)
		return idmap_refuse(IDMAP_E_TAKEN, reason,
				    "group %s: the platform's gid %u is the private group of %s",
				    group->name, group->gid, holder->name);
	return 0;
}

static int claim_group(const struct idmap *map, struct group *group, char reason[static REASON_MAX])
{
	_cleanup_(group_freep) struct group *bound = NULL;
	int r;

	if (!idmap_is_identifier(group->dir_id, SUBJECT_LEN_MAX))
		return idmap_refuse(IDMAP_E_INVALID, reason,
				    "the group's id is empty, too long or not text");
	r = store_find_group_dir_id(map->store, group->directory, group->dir_id, &bound);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	r = check_group_name(map, group, bound, reason);
	if (r != 0)
		return r;
	group->retired = false;
	group->id = bound ? bound->id : 0;
	if (bound) {
		if (group->gid != PERSON_ID_NONE && group->gid != bound->gid)
			idmap_refuse(0, reason, "group %s keeps gid %u; the platform now says %u",
				     group->name, bound->gid, group->gid);
		group->gid = bound->gid;
	} else if (group->gid != PERSON_ID_NONE) {
		r = check_group_gid(map, group, reason);
	} else {
		r = idmap_allocate(map, group->directory, group->dir_id, group->name, reason,
				   &group->gid);
	}
	if (r != 0)
		return r;
	r = store_put_group(map->store, group);
	if (r == STORE_E_TAKEN)
		return idmap_refuse(IDMAP_E_TAKEN, reason,
				    "group %s: gid %u belongs to another group", group->name,
				    group->gid);
	return r;
}

int idmap_claim_group(const struct idmap *map, struct group *group, char reason[static REASON_MAX])
{
	uint32_t gid = group->gid;
	int r;

	reason[0] = '\0';
	r = claim_group(map, group, reason);
	if (r != 0)
		group->gid = gid;
	return r;
}
