/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who gets which number and which name. The MUSTs are in idmap.h and are referred to by number.
 * A decision here and its row are one transaction; UNIQUE in store.sql stands behind each of them.
 */

#include "idp-agentd/core/idmap.h"

#include <stdbool.h>
#include <string.h>

#include "common/name.h"
#include "common/naming.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/idmap-internal.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/store.h"

static int check_texts(struct person *person, char reason[static REASON_MAX])
{
	if (!idmap_is_identifier(person->iss, ISSUER_LEN_MAX))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the issuer is empty, too long or not text");
	if (!idmap_is_identifier(person->sub, SUBJECT_LEN_MAX))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the subject is empty, longer than %u bytes or not text",
				     SUBJECT_LEN_MAX);
	if (*person->dir_id && !idmap_is_identifier(person->dir_id, SUBJECT_LEN_MAX))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the directory's id is longer than %u bytes or not text",
				     SUBJECT_LEN_MAX);
	if (*person->given_home && !name_is_path(person->given_home, strlen(person->given_home)))
		return reason_refuse(
			IDMAP_E_INVALID, reason,
			"the home folder is not an absolute path without '..' and ':'");
	if (*person->given_shell && !name_is_path(person->given_shell, strlen(person->given_shell)))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the shell is not an absolute path without '..' and ':'");
	if ((*person->loa && !idmap_is_identifier(person->loa, SUBJECT_LEN_MAX)) ||
	    (*person->origin && !idmap_is_identifier(person->origin, SUBJECT_LEN_MAX)))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "loa or origin is longer than %u bytes or not text",
				     SUBJECT_LEN_MAX);
	if (person->end_time > INT64_MAX)
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the end of the account is not a time");
	/* A display name never costs a login: one that no colon file can hold is left out. */
	if (!name_is_gecos(person->gecos, strlen(person->gecos)))
		return person_set(&person->gecos, "");
	return 0;
}

/*
 * Does this binding still stand for anybody? Not when idp.conf has no such directory any more, or
 * gave it another issuer: then it yields its name, though never its uid.
 */
static bool is_standing(const struct idmap *map, const struct person *holder,
			const struct person *person)
{
	if (!idmap_is_configured(map, holder->directory))
		return false;
	return strcmp(holder->directory, person->directory) != 0 ||
	       strcmp(holder->iss, person->iss) == 0;
}

/* What a claim comes to before the rows are written. */
struct yielding {
	int64_t ids[2]; /* bindings that yield once it is sure to succeed */
	size_t n;
	uint32_t clash; /* the id that another has, or PERSON_ID_NONE */
};

/* May this directory speak for the binding of (iss, sub)? */
static int check_owner(const struct idmap *map, const struct person *person,
		       const struct person *bound, char reason[static REASON_MAX])
{
	if (!bound || bound->learned || strcmp(bound->directory, person->directory) == 0 ||
	    !idmap_is_configured(map, bound->directory))
		return 0;
	if (bound->retired && !person->learned)
		return 0;
	return reason_refuse(IDMAP_E_OTHER, reason, "%s %s directory %s", bound->name,
			     bound->retired ? "has left" : "already comes from", bound->directory);
}

/* Does another subject stand behind the same record of the directory? */
static int check_record(const struct idmap *map, const struct person *person,
			const struct person *bound, struct yielding *yielding,
			char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r;

	if (!*person->dir_id)
		return 0;
	r = store_find_dir_id(map->store, person->directory, person->dir_id, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (bound && holder->id == bound->id)
		return 0;
	if (is_standing(map, holder, person))
		return reason_refuse(
			IDMAP_E_SUBJECT, reason,
			"the directory's record of %s now names another subject; a new person "
			"needs a record of their own",
			holder->name);
	yielding->ids[yielding->n++] = holder->id;
	return 0;
}

/*
 * Whoever left leaves the name free at once: the platform decides who is called what, and files
 * go by the uid, which nobody gets again. But rules of sudo, and much else, go by names: so it
 * is said.
 */
static int check_name_left(const struct idmap *map, const struct person *person,
			   const struct person *bound, char reason[static REASON_MAX])
{
	bool left = false;
	int r;

	if (bound)
		return 0; /* comes back, or is called something else now */
	r = store_has_left(map->store, person->name, &left);
	if (r == 0 && left)
		reason_refuse(0, reason,
			      "%s was the name of somebody who left: another person has it now, "
			      "with another uid; look for what goes by names",
			      person->name);
	return r;
}

/*
 * A name with the domain of another directory is for that one to give: it is the other form of a
 * name there, and, by a template with %d, has that person's home.
 */
static int check_domain(const struct idmap *map, const struct person *person,
			char reason[static REASON_MAX])
{
	const char *own = alias_naming(map->aliases, person->directory)->domain, *domain;

	IGNORE(naming_split(person->name, &domain));
	if (!domain || !map->aliases || (own && strcmp(own, domain) == 0))
		return 0;
	for (size_t i = 0; i < map->aliases->n; i++) {
		const struct alias_row *row = &map->aliases->rows[i];

		if (row->naming.domain && strcmp(row->naming.domain, domain) == 0)
			return reason_refuse(IDMAP_E_NAME, reason,
					     "%s carries the domain of directory %.64s, and comes "
					     "from %.64s",
					     person->name, row->directory, person->directory);
	}
	return 0;
}

/* MUST 4 and 5. A live binding that keeps its name is not asked again. */
static int check_name(const struct idmap *map, const struct person *person,
		      const struct person *bound, struct yielding *yielding,
		      char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r;

	if (bound && !bound->retired && strcmp(bound->name, person->name) == 0)
		return 0;
	r = idmap_check_user(map, person->name, reason);
	if (r == 0)
		r = check_domain(map, person, reason);
	if (r != 0)
		return r;
	r = store_find_name(map->store, person->name, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? check_name_left(map, person, bound, reason) : r;
	if (is_standing(map, holder, person))
		return reason_refuse(IDMAP_E_NAME, reason,
				     "%s is already the name of another person (uid %u)",
				     person->name, holder->uid);
	if (yielding->n == 0 || yielding->ids[0] != holder->id)
		yielding->ids[yielding->n++] = holder->id;
	return 0;
}

/* A uid that somebody gives to somebody new: from is "platform's" or "given"; MUST 1 and 3. */
static int check_given_uid(const struct idmap *map, const struct person *person, const char *from,
			   char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r;

	if (idmap_check_id(map, person->uid) != 0)
		return reason_refuse(IDMAP_E_RANGE, reason,
				     "%s: the %s uid %u is reserved or outside id_range %u-%u",
				     person->name, from, person->uid, map->first, map->last);
	if (localnames_has_uid(map->locals, person->uid))
		return reason_refuse(IDMAP_E_RANGE, reason,
				     "%s: the %s uid %u belongs to a local user of this host",
				     person->name, from, person->uid);
	r = store_find_uid(map->store, person->uid, &holder);
	if (r == STORE_E_NOT_FOUND)
		return 0;
	if (r != 0)
		return r;
	return reason_refuse(IDMAP_E_TAKEN, reason, "%s: the %s uid %u belongs to %s%s",
			     person->name, from, person->uid, holder->name,
			     holder->retired ? ", who left; uids are never given twice" : "");
}

/* A gid the platform gives to somebody new: may be shared, but never somebody's private group. */
static int check_given_gid(const struct idmap *map, const struct person *person,
			   char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	struct idmap_line who;
	int r;

	if (idmap_check_id(map, person->gid) != 0)
		return reason_refuse(
			IDMAP_E_RANGE, reason,
			"%s: the platform's gid %u is reserved or outside id_range %u-%u",
			person->name, person->gid, map->first, map->last);
	if (localnames_has_gid(map->locals, person->gid))
		return reason_refuse(
			IDMAP_E_RANGE, reason,
			"%s: the platform's gid %u belongs to a local group of this host",
			person->name, person->gid);
	idmap_line_of_person(person, &who);
	r = idmap_check_promised_gid(map, &who, person->gid, reason);
	if (r != 0)
		return r;
	r = store_find_uid(map->store, person->gid, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (holder->gid == holder->uid)
		return reason_refuse(IDMAP_E_TAKEN, reason,
				     "%s: the platform's gid %u is the private group of %s",
				     person->name, person->gid, holder->name);
	return 0;
}

/* The private group of a uid the platform gave: nobody else may be in it already. */
static int check_private_gid(const struct idmap *map, const struct person *person,
			     char reason[static REASON_MAX])
{
	_cleanup_(group_freep) struct group *group = NULL;
	bool in_use;
	int r;

	if (localnames_has_gid(map->locals, person->uid))
		return reason_refuse(
			IDMAP_E_RANGE, reason,
			"%s: id %u belongs to a local group, so there is no private group",
			person->name, person->uid);
	r = store_find_gid(map->store, person->uid, &group);
	if (r == 0 && strcmp(group->name, person->name) == 0)
		return 0; /* the directory made the private group explicit */
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	r = store_id_in_use(map->store, person->uid, &in_use);
	if (r != 0)
		return r;
	if (in_use)
		return reason_refuse(
			IDMAP_E_TAKEN, reason,
			"%s: id %u is already a group, so there is no private group; let the "
			"platform give a gid",
			person->name, person->uid);
	return 0;
}

/* uid of somebody new: given by hand or by import, else the platform's, else drawn. */
static int choose_uid(const struct idmap *map, struct person *person, bool *gid_given,
		      uint32_t *ret_clash, char reason[static REASON_MAX])
{
	struct idmap_line who, given;
	uint32_t said = person->uid;
	int r;

	idmap_line_of_person(person, &who);
	r = idmap_find_given(map, &who, reason, &given);
	if (r != 0)
		return r;
	*ret_clash = said;
	if (given.id == PERSON_ID_NONE && said == PERSON_ID_NONE) {
		r = idmap_allocate(map, &who, reason, ret_clash);
		person->uid = *ret_clash;
		return r;
	}
	if (given.id != PERSON_ID_NONE) {
		*ret_clash = person->uid = given.id;
		if (given.gid != PERSON_ID_NONE) {
			person->gid = given.gid;
			*gid_given = given.gid != given.id;
		}
	}
	r = check_given_uid(map, person, given.id == PERSON_ID_NONE ? "platform's" : "given",
			    reason);
	if (r == 0)
		r = idmap_check_promised(map, &who, person->uid, reason);
	if (r == 0 && said != PERSON_ID_NONE && said != person->uid)
		reason_refuse(0, reason, "%s gets uid %u as it was given; the platform says %u",
			      person->name, person->uid, said);
	return r;
}

static int choose_ids(const struct idmap *map, struct person *person, bool gid_given,
		      uint32_t *ret_clash, char reason[static REASON_MAX])
{
	int r = choose_uid(map, person, &gid_given, ret_clash, reason);

	if (r != 0)
		return r;
	if (gid_given) {
		*ret_clash = PERSON_ID_NONE; /* another uid would not help */
		return check_given_gid(map, person, reason);
	}
	person->gid = person->uid;
	return check_private_gid(map, person, reason);
}

/* MUST 2: what was bound stays, and a platform that says otherwise is reported. */
static void keep_ids(struct person *person, const struct person *bound,
		     char reason[static REASON_MAX])
{
	if (person->uid != PERSON_ID_NONE && person->uid != bound->uid)
		reason_refuse(0, reason, "%s keeps uid %u; the platform now says %u", person->name,
			      bound->uid, person->uid);
	else if (person->gid != PERSON_ID_NONE && person->gid != bound->gid)
		reason_refuse(0, reason, "%s keeps gid %u; the platform now says %u", person->name,
			      bound->gid, person->gid);
	person->id = bound->id;
	person->uid = bound->uid;
	person->gid = bound->gid;
	person->first_seen = bound->first_seen;
	person->last_login =
		bound->last_login > person->last_login ? bound->last_login : person->last_login;
}

static int settle(const struct idmap *map, const struct person *person)
{
	struct idmap_line who;

	idmap_line_of_person(person, &who);
	return idmap_settle(map, &who);
}

/* Everything is decided: the rows. Memberships wait for, or leave with, the directory's id. */
static int write_person(const struct idmap *map, struct person *person, const struct person *bound,
			const struct yielding *yielding)
{
	bool moved = bound && (strcmp(bound->directory, person->directory) != 0 ||
			       strcmp(bound->dir_id, person->dir_id) != 0);
	int r = 0;

	for (size_t i = 0; i < yielding->n && r == 0; i++)
		r = store_retire_person(map->store, yielding->ids[i]);
	if (r == 0 && moved)
		r = store_detach_person(map->store, bound->id);
	if (r == 0)
		r = store_put_person(map->store, person);
	if (r == 0 && !bound)
		r = settle(map, person);
	if (r == 0 && *person->dir_id && (!bound || bound->retired || moved))
		r = store_attach_person(map->store, person->directory, person->dir_id, person->id);
	return r;
}

static int decide(const struct idmap *map, struct person *person, const struct person *bound,
		  struct yielding *yielding, char reason[static REASON_MAX])
{
	bool gid_given = person->gid != PERSON_ID_NONE;
	int r;

	r = check_owner(map, person, bound, reason);
	if (r == 0)
		r = check_record(map, person, bound, yielding, reason);
	if (r == 0)
		r = check_name(map, person, bound, yielding, reason);
	if (r != 0)
		return r;
	person->retired = false;
	person->missing = false;
	person->id = 0;
	if (!bound) {
		person->first_seen = person->last_seen;
		return choose_ids(map, person, gid_given, &yielding->clash, reason);
	}
	keep_ids(person, bound, reason);
	return 0;
}

static int claim(const struct idmap *map, struct person *person, uint32_t *ret_clash,
		 char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *bound = NULL;
	struct yielding yielding = { .clash = PERSON_ID_NONE };
	int r;

	r = check_texts(person, reason);
	if (r != 0)
		return r;
	r = store_find_subject(map->store, person->iss, person->sub, &bound);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r;
	r = decide(map, person, bound, &yielding, reason);
	*ret_clash = r == IDMAP_E_TAKEN ? yielding.clash : PERSON_ID_NONE;
	if (r != 0)
		return r;
	r = write_person(map, person, bound, &yielding);
	if (r == STORE_E_TAKEN)
		return reason_refuse(IDMAP_E_TAKEN, reason, "%s: the record refuses a second owner",
				     person->name);
	return r;
}

/* MUST 6. Behind the end of the claim, which took back whatever it wrote. */
static int remember(const struct idmap *map, const struct person *person, uint32_t clash)
{
	struct idmap_line who;

	if (clash == PERSON_ID_NONE)
		return 0;
	idmap_line_of_person(person, &who);
	who.id = clash;
	return idmap_remember_clash(map, &who, person->directory, person->last_seen);
}

int idmap_claim(const struct idmap *map, struct person *person, char reason[static REASON_MAX])
{
	uint32_t uid = person->uid, gid = person->gid, clash = PERSON_ID_NONE;
	bool own;
	int r;

	reason[0] = '\0';
	r = store_enter(map->store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = store_leave(map->store, own, claim(map, person, &clash, reason));
	if (r != 0) {
		person->uid = uid;
		person->gid = gid;
	}
	if (r == IDMAP_E_TAKEN) {
		int remembered = remember(map, person, clash);

		return remembered < 0 ? remembered : r;
	}
	return r;
}
