/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names and ids may be ours at all, and the drawing of a new one. MUSTs: idmap.h. */

#include "idp-agentd/core/idmap.h"

#include <string.h>

#include "common/name.h"
#include "common/siphash.h"
#include "common/utf8.h"
#include "idp-agentd/core/idmap-internal.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/store-person.h"

/* Public and fixed, so that hosts that never met draw the same first candidate. */
static const uint8_t candidate_key[16] = "idp-agent uid v1";

uint32_t idmap_placeholder(const struct idmap *map)
{
	return map->last;
}

/* MUST 3 */
int idmap_check_id(const struct idmap *map, uint32_t id)
{
	if (id < map->first || id >= map->last || name_is_reserved_id(id))
		return IDMAP_E_RANGE;
	return 0;
}

static bool is_break_glass(const struct idmap *map, const char *name)
{
	for (size_t i = 0; map->break_glass && map->break_glass[i]; i++) {
		if (strcmp(map->break_glass[i], name) == 0)
			return true;
	}
	return false;
}

/* MUST 5. What a stranger typed is never echoed before it is known to be a name. */
int idmap_check_user(const struct idmap *map, const char *name, char reason[static REASON_MAX])
{
	if (!name_is_user(name, strlen(name)))
		return reason_refuse(
			IDMAP_E_NAME, reason,
			"the name is not a valid Unix user name (1 to %u of a-z 0-9 . _ -)",
			NAME_LEN_MAX);
	if (name_is_reserved_user(name))
		return reason_refuse(IDMAP_E_NAME, reason, "%s is a reserved name of the system",
				     name);
	if (is_break_glass(map, name))
		return reason_refuse(IDMAP_E_NAME, reason, "%s is a break_glass name of idp.conf",
				     name);
	if (localnames_has_user(map->locals, name))
		return reason_refuse(IDMAP_E_NAME, reason, "%s is a local user of this host", name);
	return 0;
}

int idmap_check_group(const struct idmap *map, const char *name, char reason[static REASON_MAX])
{
	if (!name_is_group(name, strlen(name)))
		return reason_refuse(
			IDMAP_E_NAME, reason,
			"the name is not a valid Unix group name (1 to %u of A-Z a-z 0-9 . _ -)",
			GROUP_NAME_LEN_MAX);
	if (name_is_reserved_group(name))
		return reason_refuse(IDMAP_E_NAME, reason, "%s is a reserved group of the system",
				     name);
	if (localnames_has_group(map->locals, name))
		return reason_refuse(IDMAP_E_NAME, reason, "%s is a local group of this host",
				     name);
	return 0;
}

/* An identifier of the platform: not empty, bounded, no control bytes. */
bool idmap_is_identifier(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	return len > 0 && len <= max && !utf8_has_control(text);
}

/* For ids that we choose ourselves. */
int idmap_is_free(const struct idmap *map, const struct idmap_line *who, uint32_t id, bool *ret)
{
	char reason[REASON_MAX];

	*ret = false;
	if (idmap_check_id(map, id) != 0 || localnames_has_uid(map->locals, id) ||
	    localnames_has_gid(map->locals, id))
		return 0;
	bool in_use;
	int r = store_id_in_use(map->store, id, &in_use);

	if (r == 0 && !in_use)
		r = idmap_check_promised(map, who, id, reason);
	if (r == 0)
		*ret = !in_use;
	return r == IDMAP_E_TAKEN ? 0 : r;
}

/* Two texts with a zero byte between them, so that no pair of pairs reads the same. */
static uint64_t hash_pair(const char *a, const char *b)
{
	char bytes[ISSUER_LEN_MAX + SUBJECT_LEN_MAX + 2];
	size_t a_len = strnlen(a, ISSUER_LEN_MAX), b_len = strnlen(b, SUBJECT_LEN_MAX);

	memcpy(bytes, a, a_len);
	bytes[a_len] = '\0';
	memcpy(bytes + a_len + 1, b, b_len);
	return siphash24(candidate_key, bytes, a_len + 1 + b_len);
}

uint32_t idmap_candidate(const struct idmap *map, const struct idmap_line *who, uint64_t n)
{
	uint64_t span = (uint64_t)map->last - map->first;

	return map->first + (uint32_t)((hash_pair(who->realm, who->key) % span + n) % span);
}

/* The first free id from number n on. IDMAP_E_FULL. */
static int find_free(const struct idmap *map, const struct idmap_line *who, uint64_t n,
		     uint32_t *ret)
{
	uint64_t span = (uint64_t)map->last - map->first;

	for (; n < IDMAP_PROBES_MAX && n < span; n++) {
		uint32_t id = idmap_candidate(map, who, n);
		bool is_free;
		int r = idmap_is_free(map, who, id, &is_free);

		if (r != 0)
			return r;
		if (is_free) {
			*ret = id;
			return 0;
		}
	}
	return IDMAP_E_FULL;
}

int idmap_suggest(const struct idmap *map, const struct idmap_line *who, uint32_t *ret)
{
	return map->last <= map->first ? IDMAP_E_FULL : find_free(map, who, 1, ret);
}

/* MUST 6: the sentence says who has it, and what settles it. */
static int refuse_taken(const struct idmap *map, const struct idmap_line *who, uint32_t id,
			char reason[static REASON_MAX])
{
	char holder[IDMAP_HOLDER_MAX];
	uint32_t other = 0;
	int r = idmap_say_holder(map, id, holder);

	if (r == 0)
		r = idmap_suggest(map, who, &other);
	if (r < 0)
		return r;
	if (r == IDMAP_E_FULL)
		return reason_refuse(IDMAP_E_FULL, reason,
				     "no free id for %.64s in %u tries; widen id_range", who->name,
				     IDMAP_PROBES_MAX);
	return reason_refuse(IDMAP_E_TAKEN, reason,
			     "%.48s: id %u, its candidate, has %.64s; settle it with: idpctl idmap "
			     "assign%s %.48s %u",
			     who->name, id, holder, who->kind == IDMAP_GROUP ? "-group" : "",
			     who->name, other);
}

/*
 * Where an issuer has got another name, or its subjects stand elsewhere now (binding.h), the same
 * text is somebody else's and would find its candidate with the one of before: that is no clash of
 * two people of the platform, and every host with this past passes over it alike.
 */
static int is_of_before(const struct idmap *map, const struct idmap_line *who, uint32_t id,
			bool *ret)
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r = store_find_uid(map->store, id, &holder);

	*ret = r == 0 && who->kind == IDMAP_PERSON && strcmp(holder->sub, who->key) == 0 &&
	       strcmp(holder->iss, who->realm) != 0;
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

static int first_candidate(const struct idmap *map, const struct idmap_line *who, uint32_t *ret)
{
	bool passed = true;
	int r = 0;

	for (uint64_t n = 0; r == 0 && passed && n < IDMAP_PROBES_MAX; n++) {
		*ret = idmap_candidate(map, who, n);
		r = is_of_before(map, who, *ret, &passed);
	}
	return r;
}

/* MUST 1 and 3. */
int idmap_allocate(const struct idmap *map, const struct idmap_line *who,
		   char reason[static REASON_MAX], uint32_t *ret)
{
	uint32_t first;
	bool is_free;
	int r;

	if (map->last <= map->first)
		return reason_refuse(IDMAP_E_FULL, reason, "id_range has no room for anybody");
	r = first_candidate(map, who, &first);
	if (r == 0)
		r = idmap_is_free(map, who, first, &is_free);
	if (r != 0)
		return r;
	*ret = first;
	if (is_free)
		return 0;
	if (!map->probe)
		return refuse_taken(map, who, first, reason);
	r = find_free(map, who, 1, ret);
	if (r == IDMAP_E_FULL)
		return reason_refuse(IDMAP_E_FULL, reason,
				     "no free id for %.64s in %u tries; widen id_range", who->name,
				     IDMAP_PROBES_MAX);
	if (r == 0)
		reason_refuse(0, reason,
			      "%.64s got id %u, not its first candidate %u: other hosts may differ",
			      who->name, *ret, first);
	return r;
}

bool idmap_is_configured(const struct idmap *map, const char *directory)
{
	if (!map->directories)
		return true;
	for (size_t i = 0; map->directories[i]; i++) {
		if (strcmp(map->directories[i], directory) == 0)
			return true;
	}
	return false;
}
