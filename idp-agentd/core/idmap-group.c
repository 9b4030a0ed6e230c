/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same for groups: (directory, dir_id) is who, the gid is for ever. MUSTs: idmap.h. */

#include "idp-agentd/core/idmap.h"

#include <string.h>

#include "idp-agentd/core/idmap-internal.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/store.h"

/* A second live group of one name would let its members pass for the first one's in the rules. */
static int check_twin(const struct idmap *map, const struct group *group, const struct group *bound,
		      char reason[static REASON_MAX])
{
	_cleanup_(group_freep) struct group *holder = NULL;
	int r;

	if (bound && !bound->retired && strcmp(bound->name, group->name) == 0)
		return 0;
	r = store_find_directory_group(map->store, group->name, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (bound && holder->id == bound->id)
		return 0;
	/* What claims give yields to a directory, whose members rules may be about. */
	if (group_is_claimed(holder) && !group_is_claimed(group))
		return store_retire_group(map->store, holder->id);
	return reason_refuse(IDMAP_E_NAME, reason, "another group of the directory has this name");
}

/* Can it be a Unix group here? A person's private group keeps its name unless the gid is the same.
 */
static int check_group_name(const struct idmap *map, const struct group *group, uint32_t gid,
			    char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r;

	r = idmap_check_group(map, group->name, reason);
	if (r != 0)
		return r;
	r = store_find_name(map->store, group->name, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (holder->uid != holder->gid || holder->gid == gid)
		return 0;
	return reason_refuse(IDMAP_E_NAME, reason, "%s is a person's private group (gid %u)",
			     group->name, holder->gid);
}

static int check_gid_holder(const struct idmap *map, const struct group *group, const char *from,
			    char reason[static REASON_MAX])
{
	struct idmap_line other;
	int r = store_find_gid_holder(map->store, group->gid, &other);

	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (strcmp(other.realm, group->directory) == 0 && strcmp(other.key, group->dir_id) == 0)
		return 0;
	return reason_refuse(IDMAP_E_TAKEN, reason, "group %s: the %s gid %u belongs to the group %.64s%s",
			     group->name, from, group->gid, other.name,
			     other.state == IDMAP_RETIRED ? ", which is gone" : "");
}

/* from is "platform's" or "given". */
static int check_group_gid(const struct idmap *map, const struct group *group, const char *from,
			   char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	struct idmap_line who;
	int r;

	if (idmap_check_id(map, group->gid) != 0)
		return reason_refuse(
			IDMAP_E_RANGE, reason,
			"group %s: the %s gid %u is reserved or outside id_range %u-%u", group->name,
			from, group->gid, map->first, map->last);
	if (localnames_has_gid(map->locals, group->gid))
		return reason_refuse(
			IDMAP_E_RANGE, reason,
			"group %s: the %s gid %u belongs to a local group of this host",
			group->name, from, group->gid);
	idmap_line_of_group(group, &who);
	r = idmap_check_promised(map, &who, group->gid, reason);
	if (r != 0)
		return r;
	r = check_gid_holder(map, group, from, reason);
	if (r != 0)
		return r;
	r = store_find_uid(map->store, group->gid, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (holder->uid == holder->gid && strcmp(holder->name, group->name) != 0)
		return reason_refuse(IDMAP_E_TAKEN, reason,
				     "group %s: the %s gid %u is the private group of %s",
				     group->name, from, group->gid, holder->name);
	return 0;
}

/* gid of a group that has none yet. Positive: it cannot be a Unix group, reason says why. */
static int choose_gid(const struct idmap *map, struct group *group, char reason[static REASON_MAX])
{
	struct idmap_line who, given;
	int r;

	r = check_group_name(map, group, group->gid, reason);
	if (r != 0)
		return r;
	idmap_line_of_group(group, &who);
	r = idmap_find_given(map, &who, reason, &given);
	if (r != 0)
		return r;
	if (given.id != PERSON_ID_NONE) {
		group->gid = given.id;
		return check_group_gid(map, group, "given", reason);
	}
	return group->gid != PERSON_ID_NONE ? check_group_gid(map, group, "platform's", reason)
					    : idmap_allocate(map, &who, reason, &group->gid);
}

static int keep_gid(const struct idmap *map, struct group *group, uint32_t gid,
		    char reason[static REASON_MAX])
{
	int r;

	if (group->gid != PERSON_ID_NONE && group->gid != gid)
		reason_refuse(0, reason, "group %s keeps gid %u; the platform now says %u",
			      group->name, gid, group->gid);
	group->gid = gid;
	r = check_group_name(map, group, gid, reason);
	return r < 0 ? r : 0;
}

/* What choosing a gid came to: one that another has is remembered, and whoever got one is settled.
 */
static int note(const struct idmap *map, struct group *group, int outcome)
{
	struct idmap_line who;

	if (outcome < 0)
		return outcome;
	idmap_line_of_group(group, &who);
	if (outcome != 0)
		group->gid = PERSON_ID_NONE;
	if (outcome == IDMAP_E_TAKEN)
		return idmap_remember_clash(map, &who, group->directory, 0);
	return outcome == 0 ? idmap_settle(map, &who) : 0;
}

static int claim_group(const struct idmap *map, struct group *group, char reason[static REASON_MAX])
{
	_cleanup_(group_freep) struct group *bound = NULL;
	int r;

	if (!idmap_is_identifier(group->dir_id, SUBJECT_LEN_MAX) ||
	    !idmap_is_identifier(group->name, SUBJECT_LEN_MAX))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the group's id or name is empty, too long or not text");
	r = store_find_group_dir_id(map->store, group->directory, group->dir_id, &bound);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	r = check_twin(map, group, bound, reason);
	if (r != 0)
		return r;
	group->retired = false;
	group->id = bound ? bound->id : 0;
	r = bound && bound->gid != PERSON_ID_NONE
		    ? keep_gid(map, group, bound->gid, reason)
		    : note(map, group, choose_gid(map, group, reason));
	if (r != 0)
		return r;
	r = store_put_group(map->store, group);
	return r == STORE_E_TAKEN ? IDMAP_E_TAKEN : r;
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
