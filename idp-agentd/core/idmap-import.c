/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids for people and groups who have not been seen yet: by hand, and by import. MUSTs: idmap.h. */

#include "idp-agentd/core/idmap-import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/core/idmap-internal.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/store-person.h"

/* Of both kinds, for every id that somebody is to get: MUST 3. */
static int check_range(const struct idmap *map, const struct idmap_line *line, uint32_t id,
		       char reason[static REASON_MAX])
{
	if (idmap_check_id(map, id) != 0)
		return reason_refuse(IDMAP_E_RANGE, reason,
				     "%.64s: id %u is reserved or outside id_range %u-%u",
				     line->name, id, map->first, map->last);
	if (localnames_has_uid(map->locals, id) || localnames_has_gid(map->locals, id))
		return reason_refuse(IDMAP_E_RANGE, reason,
				     "%.64s: id %u belongs to a local %s of this host", line->name,
				     id, localnames_has_uid(map->locals, id) ? "user" : "group");
	return 0;
}

/* The id of a private group that the directory made explicit is a person's and a group's. */
static int is_private_pair(const struct idmap *map, const struct idmap_line *line, bool *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct idmap_line group;
	int has_person = store_find_uid(map->store, line->id, &person);
	int has_group = store_find_gid_holder(map->store, line->id, &group);

	*ret = false;
	if (has_person < 0 || has_group < 0)
		return has_person < 0 ? has_person : has_group;
	if ((has_person == 0) == (has_group == 0))
		return 0; /* the pair is whole, and another's */
	if (line->kind == IDMAP_GROUP)
		*ret = has_person == 0 && strcmp(person->name, line->name) == 0;
	else
		*ret = has_group == 0 && strcmp(group.name, line->name) == 0;
	return 0;
}

/* MUST 1: nobody has it, live or gone, and it is kept for nobody else. */
static int check_taken(const struct idmap *map, const struct idmap_line *line,
		       char reason[static REASON_MAX])
{
	char holder[IDMAP_HOLDER_MAX];
	bool in_use, pair = false;
	int r = store_id_in_use(map->store, line->id, &in_use);

	if (r == 0 && in_use)
		r = is_private_pair(map, line, &pair);
	if (r == 0 && in_use && !pair)
		r = idmap_say_holder(map, line->id, holder);
	if (r != 0)
		return r;
	if (in_use && !pair)
		return reason_refuse(IDMAP_E_TAKEN, reason, "%.64s: id %u has %.120s", line->name,
				     line->id, holder);
	return idmap_check_promised(map, line, line->id, reason);
}

/* A gid beside the uid may be shared, but is nobody's private group. */
static int check_shared(const struct idmap *map, const struct idmap_line *line,
			char reason[static REASON_MAX])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r;

	if (line->gid == PERSON_ID_NONE || line->gid == line->id)
		return 0;
	r = check_range(map, line, line->gid, reason);
	if (r == 0)
		r = idmap_check_promised_gid(map, line, line->gid, reason);
	if (r == 0)
		r = store_find_uid(map->store, line->gid, &holder);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (holder->uid != holder->gid)
		return 0;
	return reason_refuse(IDMAP_E_TAKEN, reason, "%.64s: gid %u is the private group of %.64s",
			     line->name, line->gid, holder->name);
}

static int check_new(const struct idmap *map, const struct idmap_line *line,
		     char reason[static REASON_MAX])
{
	int r = check_range(map, line, line->id, reason);

	if (r == 0)
		r = check_taken(map, line, reason);
	return r == 0 ? check_shared(map, line, reason) : r;
}

/* What is bound to the same on this host: PERSON_ID_NONE when there is nothing. */
static int find_bound(const struct idmap *map, const struct idmap_line *line, uint32_t *ret_id,
		      uint32_t *ret_gid)
{
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	*ret_id = *ret_gid = PERSON_ID_NONE;
	if (line->kind == IDMAP_GROUP) {
		r = store_find_group_dir_id(map->store, line->realm, line->key, &group);
		if (r == 0)
			*ret_id = *ret_gid = group->gid;
	} else {
		r = store_find_subject(map->store, line->realm, line->key, &person);
		if (r == 0) {
			*ret_id = person->uid;
			*ret_gid = person->gid;
		}
	}
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static bool is_equal(const struct idmap_line *line, uint32_t id, uint32_t gid)
{
	return line->id == id && (line->gid == PERSON_ID_NONE || line->gid == gid);
}

/* MUST 2. 0: it is bound to nobody here. */
static int check_bound(const struct idmap *map, const struct idmap_line *line,
		       char reason[static REASON_MAX])
{
	uint32_t id, gid;
	int r = find_bound(map, line, &id, &gid);

	if (r != 0 || id == PERSON_ID_NONE)
		return r;
	if (is_equal(line, id, gid))
		return IDMAP_IMPORT_SAME;
	if (line->id == id)
		return reason_refuse(IDMAP_E_OTHER, reason,
				     "%.64s has gid %u on this host, not %u: it is never changed",
				     line->name, gid, line->gid);
	return reason_refuse(IDMAP_E_OTHER, reason,
			     "%.64s has id %u on this host, not %u: it is never changed", line->name,
			     id, line->id);
}

/* Is it kept for the same already? 0: no, or by something that counts for nothing. */
static int check_kept(const struct idmap *map, const struct idmap_line *line,
		      char reason[static REASON_MAX])
{
	struct store_given given;
	int r = store_find_given(map->store, line, &given);

	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (!given.sealed && given.pass == map->importing)
		return reason_refuse(IDMAP_E_INVALID, reason, "%.64s stands there twice",
				     line->name);
	if (!given.sealed)
		return 0;
	if (is_equal(line, given.line.id, given.line.gid))
		return IDMAP_IMPORT_SAME;
	return reason_refuse(IDMAP_E_OTHER, reason,
			     "%.64s: id %u is kept for it on this host, not %u", line->name,
			     given.line.id, line->id);
}

int idmap_import(const struct idmap *map, const struct idmap_line *line,
		 char reason[static REASON_MAX])
{
	int r = check_bound(map, line, reason);

	if (r == 0)
		r = check_kept(map, line, reason);
	if (r == 0)
		r = check_new(map, line, reason);
	return r != 0 ? r : store_put_given(map->store, line, map->importing);
}

/* ---- by hand ---- */

int idmap_assign(const struct idmap *map, const struct idmap_line *line,
		 char reason[static REASON_MAX])
{
	int r;

	if (!idmap_is_identifier(line->realm, ISSUER_LEN_MAX) ||
	    !idmap_is_identifier(line->key, SUBJECT_LEN_MAX))
		return reason_refuse(IDMAP_E_INVALID, reason,
				     "the issuer or subject is empty, too long or not text");
	if (map->importing)
		return reason_refuse(IDMAP_E_BUSY, reason, "an import is under way; again later");
	r = check_bound(map, line, reason);
	if (r == 0)
		r = check_new(map, line, reason);
	if (r == 0)
		r = store_put_given(map->store, line, STORE_PASS_BY_HAND);
	return r != 0 ? r : store_drop_clash(map->store, line);
}

int idmap_take_back(const struct idmap *map, const struct idmap_line *who,
		    char reason[static REASON_MAX])
{
	struct store_given given;
	uint32_t id, gid;
	int r = find_bound(map, who, &id, &gid);

	if (r != 0)
		return r;
	if (id != PERSON_ID_NONE)
		return reason_refuse(IDMAP_E_OTHER, reason,
				     "%.64s has id %u for good: it is never changed", who->name, id);
	r = store_find_given(map->store, who, &given);
	if (r == STORE_E_NOT_FOUND || (r == 0 && !given.sealed))
		return reason_refuse(IDMAP_E_INVALID, reason, "no id is kept for %.64s", who->name);
	return r != 0 ? r : store_drop_given(map->store, who);
}

/* ---- who was refused ---- */

#define A_DAY   86400u
#define WAITING 32u /* clashes read at a time */

/* Not when the directory was read in whole since, and did not name them. */
static int is_gone(const struct idmap *map, const struct store_clash *clash, bool *ret)
{
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	*ret = !idmap_is_configured(map, clash->directory) &&
	       strcmp(clash->directory, GROUP_CLAIMED) != 0;
	if (*ret)
		return 0;
	if (clash->who.kind == IDMAP_GROUP) {
		r = store_find_group_dir_id(map->store, clash->who.realm, clash->who.key, &group);
		*ret = r == STORE_E_NOT_FOUND || (r == 0 && group->retired);
		return r == STORE_E_NOT_FOUND ? 0 : r;
	}
	r = store_get_directory(map->store, clash->directory, &directory);
	/* A pass takes less than a day, and what was seen in it is older than its end. */
	*ret = r == 0 && directory->last_full > clash->seen + A_DAY;
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int is_settled(const struct idmap *map, const struct store_clash *clash, bool *ret)
{
	struct store_given given;
	uint32_t id, gid;
	int r = find_bound(map, &clash->who, &id, &gid);

	*ret = r == 0 && id != PERSON_ID_NONE;
	if (r != 0 || *ret)
		return r;
	r = store_find_given(map->store, &clash->who, &given);
	*ret = r == 0 && given.sealed;
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int idmap_weigh_clash(const struct idmap *map, const struct store_clash *clash, bool *ret_counts)
{
	bool gone = false, settled = false;
	int r = is_gone(map, clash, &gone);

	if (r == 0 && !gone)
		r = is_settled(map, clash, &settled);
	if (r == 0 && gone)
		r = store_drop_clash(map->store, &clash->who);
	*ret_counts = !gone && !settled;
	return r;
}

/* The group of a clash, if it can have an id now. */
static int claim_waiting(const struct idmap *map, const struct idmap_line *who, size_t *n)
{
	_cleanup_(group_freep) struct group *group = NULL;
	char reason[REASON_MAX];
	int r = store_find_group_dir_id(map->store, who->realm, who->key, &group);

	if (r != 0 || group->retired || group->gid != PERSON_ID_NONE)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	r = idmap_claim_group(map, group, reason);
	if (r == 0 && group->gid != PERSON_ID_NONE)
		(*n)++;
	return r < 0 ? r : 0;
}

int idmap_claim_waiting(const struct idmap *map, size_t *ret_n)
{
	_cleanup_free_ struct store_clash *clashes = calloc(WAITING, sizeof(*clashes));
	struct idmap_line after = { .kind = IDMAP_GROUP };
	size_t n = WAITING, got = 0;
	int r = clashes ? 0 : -ENOMEM;

	while (r == 0 && n == WAITING) {
		r = store_clashes_after(map->store, &after, WAITING, clashes, &n);
		for (size_t i = 0; i < n && r == 0; i++) {
			after = clashes[i].who;
			r = claim_waiting(map, &after, &got);
		}
	}
	*ret_n = got;
	return r;
}

static bool is_plain(const char *text)
{
	return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789._-@:/") == strlen(text) &&
	       *text != '-';
}

static void put_word(struct buf *out, const char *text)
{
	if (is_plain(text)) {
		buf_printf(out, " %s", text);
		return;
	}
	buf_put_text(out, " '");
	for (; *text; text++)
		if (*text == '\'')
			buf_put_text(out, "'\\''");
		else
			buf_put(out, text, 1);
	buf_put_text(out, "'");
}

int idmap_say_command(const struct idmap *map, const struct idmap_line *who, struct buf *out)
{
	struct store_clash same[2];
	uint32_t id;
	size_t n;
	int r = idmap_suggest(map, who, &id);

	if (r == 0)
		r = store_clashes_of(map->store, who->kind, who->name, ELEMENTSOF(same), same, &n);
	if (r != 0)
		return r;
	buf_printf(out, "idpctl idmap assign%s", who->kind == IDMAP_GROUP ? "-group" : "");
	if (n > 1 || !is_plain(who->name)) {
		put_word(out, who->realm);
		put_word(out, who->key);
	} else {
		put_word(out, who->name);
	}
	buf_printf(out, " %u", id);
	return buf_end(out);
}
