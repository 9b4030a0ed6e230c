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

/* Free and ours in every sense: for ids that we choose ourselves. */
static int is_free_id(const struct idmap *map, uint32_t id, bool *ret)
{
	*ret = false;
	if (idmap_check_id(map, id) != 0 || localnames_has_uid(map->locals, id) ||
	    localnames_has_gid(map->locals, id))
		return 0;
	bool in_use;
	int r = store_id_in_use(map->store, id, &in_use);

	if (r == 0)
		*ret = !in_use;
	return r;
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

/* The first free id from the hash of (a, b) on; MUST 1 and 3. */
int idmap_allocate(const struct idmap *map, const char *a, const char *b, const char *name,
		   char reason[static REASON_MAX], uint32_t *ret)
{
	uint64_t span, start;

	if (map->last <= map->first)
		return reason_refuse(IDMAP_E_FULL, reason, "id_range has no room for anybody");
	span = (uint64_t)map->last - map->first;
	start = hash_pair(a, b) % span;
	for (uint64_t i = 0; i < IDMAP_PROBES_MAX && i < span; i++) {
		uint32_t id = map->first + (uint32_t)((start + i) % span);
		bool free_id;
		int r = is_free_id(map, id, &free_id);

		if (r != 0)
			return r;
		if (!free_id)
			continue;
		if (i > 0)
			reason_refuse(
				0, reason,
				"%s got id %u, not its first candidate %u: other hosts may differ",
				name, id, map->first + (uint32_t)start);
		*ret = id;
		return 0;
	}
	return reason_refuse(IDMAP_E_FULL, reason, "no free id for %s in %u tries; widen id_range",
			     name, IDMAP_PROBES_MAX);
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
