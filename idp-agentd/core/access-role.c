/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roles, and what they imply: access-roles.c has worked out all that follows. */

#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/access-rules.h"

static const struct role_table *table_of(const struct ruleset *rules, const char *provider)
{
	for (size_t i = 1; provider && i < rules->n_roles; i++)
		if (strcmp(rules->roles[i].provider, provider) == 0)
			return &rules->roles[i];
	return rules->n_roles > 0 ? &rules->roles[0] : NULL;
}

static int by_name(const void *key, const void *name)
{
	return strcmp(key, *(const char *const *)name);
}

static bool find(const struct role_table *table, const char *role, size_t *ret_index)
{
	const char **name = bsearch(role, table->names, table->n, sizeof(*table->names), by_name);

	if (!name)
		return false;
	*ret_index = (size_t)(name - table->names);
	return true;
}

const char *role_held(const struct ruleset *rules, const struct access_request *request,
		      const char *wanted)
{
	const struct role_table *table = table_of(rules, request->provider);
	const struct access_list *roles = &request->roles;
	size_t from, to;

	for (size_t i = 0; i < roles->n; i++)
		if (strcmp(roles->items[i], wanted) == 0)
			return roles->items[i];
	if (!table || table->n == 0 || !find(table, wanted, &to))
		return NULL;
	for (size_t i = 0; i < roles->n; i++)
		if (find(table, roles->items[i], &from) && table->reach[from * table->n + to])
			return roles->items[i];
	return NULL;
}
