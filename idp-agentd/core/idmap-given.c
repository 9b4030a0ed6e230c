/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids that were given by hand or brought from another host, and ids that another has. MUST 1 and 3
 * of idmap.h hold for them as for any other.
 */

#include "idp-agentd/core/idmap.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/idmap-internal.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/store-person.h"

/* Does a given id count? Not when it is of an import that never ended. */
static bool is_in_force(const struct idmap *map, const struct store_given *given)
{
	return given->sealed || (map->importing && given->pass == map->importing);
}

/* Somebody is refused who might not be, if it comes to nothing: who runs it must know. */
static void note_import(const struct idmap *map, const struct store_given *given)
{
	if (!given->sealed && map->waited)
		*map->waited = true;
}

static bool is_same(const struct idmap_line *a, const struct idmap_line *b)
{
	return idmap_line_compare(a, b) == 0;
}

void idmap_line_of_person(const struct person *person, struct idmap_line *ret)
{
	*ret = (struct idmap_line){ .kind = IDMAP_PERSON, .id = person->uid, .gid = person->gid };
	(void)snprintf(ret->realm, sizeof(ret->realm), "%s", person->iss);
	(void)snprintf(ret->key, sizeof(ret->key), "%s", person->sub);
	(void)snprintf(ret->name, sizeof(ret->name), "%s", person->name);
}

void idmap_line_of_group(const struct group *group, struct idmap_line *ret)
{
	*ret = (struct idmap_line){ .kind = IDMAP_GROUP, .id = group->gid, .gid = group->gid };
	(void)snprintf(ret->realm, sizeof(ret->realm), "%s", group->directory);
	(void)snprintf(ret->key, sizeof(ret->key), "%s", group->dir_id);
	(void)snprintf(ret->name, sizeof(ret->name), "%s", group->name);
}

int idmap_find_given(const struct idmap *map, const struct idmap_line *who,
		     char reason[static REASON_MAX], struct idmap_line *ret)
{
	struct store_given given;
	int r = store_find_given(map->store, who, &given);

	ret->id = PERSON_ID_NONE;
	ret->gid = PERSON_ID_NONE;
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (!is_in_force(map, &given))
		return 0;
	note_import(map, &given);
	if (!given.sealed)
		return reason_refuse(IDMAP_E_BUSY, reason,
				     "%s: ids are being imported; the next look finds whether it is "
				     "among them",
				     who->name);
	*ret = given.line;
	return 0;
}

/* Who is to get the id of this kind, unless that is who asks. */
static int find_promised(const struct idmap *map, const struct idmap_line *who,
			 enum idmap_kind kind, uint32_t id, bool *ret_found,
			 struct idmap_line *ret)
{
	struct store_given given;
	int r = store_find_given_id(map->store, kind, id, &given);

	*ret_found = false;
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (!is_in_force(map, &given) || is_same(&given.line, who))
		return 0;
	note_import(map, &given);
	*ret_found = true;
	*ret = given.line;
	return 0;
}

/* A person and a group may have one id: the directory made the private group explicit. */
static bool is_private_pair(const struct idmap_line *who, const struct idmap_line *other)
{
	return who->kind != other->kind && strcmp(who->name, other->name) == 0;
}

int idmap_check_promised(const struct idmap *map, const struct idmap_line *who, uint32_t id,
			 char reason[static REASON_MAX])
{
	for (enum idmap_kind kind = IDMAP_PERSON; kind <= IDMAP_GROUP; kind++) {
		struct idmap_line other;
		bool found;
		int r = find_promised(map, who, kind, id, &found, &other);

		if (r != 0)
			return r;
		if (found && !is_private_pair(who, &other))
			return reason_refuse(IDMAP_E_TAKEN, reason,
					     "%.64s: id %u is kept for %s%.64s, by hand or by import",
					     who->name, id, kind == IDMAP_GROUP ? "the group " : "",
					     other.name);
	}
	return 0;
}

int idmap_check_promised_gid(const struct idmap *map, const struct idmap_line *who, uint32_t gid,
			     char reason[static REASON_MAX])
{
	struct idmap_line other;
	bool found;
	int r = find_promised(map, who, IDMAP_PERSON, gid, &found, &other);

	if (r != 0 || !found || (other.gid != PERSON_ID_NONE && other.gid != other.id))
		return r;
	return reason_refuse(IDMAP_E_TAKEN, reason,
			     "%.64s: gid %u is kept for the private group of %.64s", who->name, gid,
			     other.name);
}

/* ---- who has it ---- */

/* "" when nobody has it. Local ones first: they are what the administrator can change. */
int idmap_say_holder(const struct idmap *map, uint32_t id, char ret_text[static IDMAP_HOLDER_MAX])
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct store_given given;
	struct idmap_line line;
	bool in_use;
	int r;

	*ret_text = '\0';
	if (localnames_has_uid(map->locals, id) || localnames_has_gid(map->locals, id)) {
		reason_format(ret_text, IDMAP_HOLDER_MAX, "a local %s of this host",
			      localnames_has_uid(map->locals, id) ? "user" : "group");
		return 0;
	}
	r = store_find_uid(map->store, id, &person);
	if (r == 0)
		reason_format(ret_text, IDMAP_HOLDER_MAX, "%.64s%s", person->name,
			      person->retired ? ", who left" : "");
	if (r != STORE_E_NOT_FOUND)
		return r;
	r = store_find_gid_holder(map->store, id, &line);
	if (r == 0)
		reason_format(ret_text, IDMAP_HOLDER_MAX, "the group %.64s%s", line.name,
			      line.state == IDMAP_RETIRED ? ", which is gone" : "");
	if (r != STORE_E_NOT_FOUND)
		return r;
	for (enum idmap_kind kind = IDMAP_PERSON; kind <= IDMAP_GROUP; kind++) {
		r = store_find_given_id(map->store, kind, id, &given);
		if (r < 0)
			return r;
		if (r == 0 && is_in_force(map, &given))
			reason_format(ret_text, IDMAP_HOLDER_MAX, "%s%.64s, for whom it is kept",
				      kind == IDMAP_GROUP ? "the group " : "", given.line.name);
	}
	r = store_id_in_use(map->store, id, &in_use);
	if (r == 0 && in_use && !*ret_text)
		reason_format(ret_text, IDMAP_HOLDER_MAX, "a group that people share");
	return r;
}

/* ---- who was refused ---- */

int idmap_remember_clash(const struct idmap *map, const struct idmap_line *who,
			 const char *directory, uint64_t seen)
{
	struct store_clash clash = { .who = *who, .seen = seen };

	(void)snprintf(clash.directory, sizeof(clash.directory), "%s", directory);
	return store_put_clash(map->store, &clash);
}

int idmap_settle(const struct idmap *map, const struct idmap_line *who)
{
	int r = store_drop_given(map->store, who);

	return r != 0 ? r : store_drop_clash(map->store, who);
}
