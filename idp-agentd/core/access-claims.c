/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which claims the rules read: no other claim is ever kept. */
#include "idp-agentd/core/access.h"

#include <string.h>

#include "idp-agentd/core/access-rules.h"

static bool atoms_read(const struct atoms *atoms, const char *path)
{
	for (size_t i = 0; i < atoms->n; i++)
		if (atoms->items[i].kind == ATOM_CLAIM && !strcmp(atoms->items[i].path, path))
			return true;
	return false;
}

static bool rules_read(const struct rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->n; i++)
		if (atoms_read(&rules->items[i].need, path) ||
		    atoms_read(&rules->items[i].any, path) ||
		    atoms_read(&rules->items[i].never, path))
			return true;
	return false;
}

bool access_reads_claim(const struct ruleset *rules, const char *path)
{
	for (size_t i = 0; i < rules->n_ladders; i++)
		for (size_t k = 0; k < rules->ladders[i].n; k++)
			if (atoms_read(&rules->ladders[i].rungs[k].ways, path))
				return true;
	for (size_t i = 0; i < rules->n_maps; i++)
		if (atoms_read(&(struct atoms){ .n = 1, .items = &rules->maps[i].atom }, path))
			return true;
	return rules_read(&rules->allow, path) || rules_read(&rules->deny, path);
}
