/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one judge of who may be seen by processes: for the snapshot and for every single answer. */

#include <string.h>

#include "common/name.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish-internal.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/store-person.h"

static const struct publisher_directory *find_directory(const struct publisher *publisher,
							const char *name)
{
	for (size_t i = 0; i < publisher->n_directories; i++) {
		if (strcmp(publisher->directories[i].name, name) == 0)
			return &publisher->directories[i];
	}
	return NULL;
}

static bool is_our_name(const struct idmap *map, const char *name)
{
	if (!name_is_user(name, strlen(name)) || name_is_reserved_user(name))
		return false;
	for (size_t i = 0; map->break_glass && map->break_glass[i]; i++) {
		if (strcmp(map->break_glass[i], name) == 0)
			return false;
	}
	return true;
}

/* A level that is no number, or none at all, is the lowest. */
static bool is_assured(const char *loa, uint32_t least)
{
	uint32_t level = 0;

	for (; loa && *loa; loa++) {
		if (*loa < '0' || *loa > '9' || level > 1000)
			return least == 0;
		level = level * 10 + (uint32_t)(*loa - '0');
	}
	return level >= least;
}

/* Can this host have the person at all, whatever has become of them? */
static enum publish_verdict judge_place(const struct publisher *publisher,
					const struct publisher_directory *directory,
					const struct person *person)
{
	const struct idmap *map = publisher->map;

	if (!directory || strcmp(directory->iss, person->iss) != 0)
		return PUBLISH_DIRECTORY;
	if (idmap_check_id(map, person->uid) != 0 || idmap_check_id(map, person->gid) != 0)
		return PUBLISH_RANGE;
	if (localnames_has_user(map->locals, person->name) ||
	    localnames_has_uid(map->locals, person->uid) ||
	    localnames_has_gid(map->locals, person->gid))
		return PUBLISH_LOCAL;
	if (!is_our_name(map, person->name))
		return PUBLISH_NAME;
	return PUBLISH_YES;
}

enum publish_verdict publish_judge(const struct publisher *publisher, const struct person *person,
				   uint64_t now)
{
	const struct publisher_directory *directory = find_directory(publisher, person->directory);
	enum publish_verdict place = judge_place(publisher, directory, person);

	if (person->retired)
		return PUBLISH_RETIRED;
	if (!person->active)
		return PUBLISH_INACTIVE;
	if (!person_is_alive(person, now))
		return PUBLISH_ENDED;
	if (place == PUBLISH_DIRECTORY || !directory)
		return PUBLISH_DIRECTORY;
	return is_assured(person->loa, directory->min_loa) ? place : PUBLISH_LOA;
}

enum publish_verdict publish_look(const struct publisher *publisher, const struct person *person,
				  uint64_t now)
{
	const struct publisher_directory *directory = find_directory(publisher, person->directory);
	enum publish_verdict verdict = publish_judge(publisher, person, now);
	bool shown = false;

	if (!directory)
		return verdict;
	/* Below the level and disabled: both must be shown. The end comes after "disabled". */
	if (verdict == PUBLISH_INACTIVE)
		shown = directory->shows_disabled;
	else if (verdict == PUBLISH_ENDED)
		shown = directory->shows_ended;
	else if (verdict == PUBLISH_LOA)
		shown = directory->shows_below_loa;
	if (!shown ||
	    (!directory->shows_below_loa && !is_assured(person->loa, directory->min_loa)) ||
	    (!directory->shows_ended && person->end_time != 0 && now > person->end_time))
		return verdict;
	return judge_place(publisher, directory, person);
}

int publish_find_alias(const struct publisher *publisher, const struct person *person,
		       char room[static NAME_LEN_MAX + 1], const char **ret)
{
	int r = alias_of(publisher->map, person, room);

	*ret = r == 0 ? room : NULL;
	return r < 0 ? r : 0;
}

bool publish_has_private(const struct publisher *publisher, const struct person *person)
{
	return person->uid == person->gid && name_is_group(person->name, strlen(person->name)) &&
	       !localnames_has_group(publisher->map->locals, person->name) &&
	       !name_is_reserved_group(person->name);
}

/* A private group of the same name and another number hides a directory's group. */
static int is_overshadowed(const struct publisher *publisher, const struct group *group, bool *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	*ret = false;
	r = store_find_name(publisher->map->store, group->name, &person);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	*ret = person->uid == person->gid && person->gid != group->gid;
	return 0;
}

int publish_choose_group(const struct publisher *publisher, const struct group *group,
			 enum publish_group *ret)
{
	bool overshadowed;
	int r;

	*ret = group->retired ? PUBLISH_GROUP_NONE : PUBLISH_GROUP_HIDDEN;
	if (group->retired || publish_judge_group(publisher, group) != PUBLISH_YES)
		return 0;
	r = is_overshadowed(publisher, group, &overshadowed);
	if (r == 0 && !overshadowed)
		*ret = PUBLISH_GROUP_SHOWN;
	return r;
}

enum publish_verdict publish_judge_group(const struct publisher *publisher,
					 const struct group *group)
{
	const struct idmap *map = publisher->map;

	if (group->retired)
		return PUBLISH_RETIRED;
	if (!group_is_claimed(group) && !find_directory(publisher, group->directory))
		return PUBLISH_DIRECTORY;
	if (idmap_check_id(map, group->gid) != 0)
		return PUBLISH_RANGE;
	if (localnames_has_group(map->locals, group->name) ||
	    localnames_has_gid(map->locals, group->gid))
		return PUBLISH_LOCAL;
	if (!name_is_group(group->name, strlen(group->name)) || name_is_reserved_group(group->name))
		return PUBLISH_NAME;
	return PUBLISH_YES;
}
