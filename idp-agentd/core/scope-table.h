/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_TABLE_H
#define IDP_CORE_SCOPE_TABLE_H

/*
 * Every scope this host knows of at one provider: which it asks for, which the register names,
 * which its rules speak of. Pure; what it borrows lives in the configuration.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

struct scope_entry {
	const char *name;
	bool registered; /* [scope NAME] */
	bool on_demand;
	bool optional;
	bool asked;              /* sign-ins ask for it by themselves */
	bool needed;             /* there is an [allow] that holds for nobody without it */
	const char *description; /* NULL: none */
	struct access_list protects;
	const char *who;           /* who asks for it, or else who speaks of it: "[service sudo]" */
	struct config_place place; /* of that; line 0: a default */
	const char *by;            /* everybody who asks: "provider corp, service sudo"; "" nobody */
	const char *rules;         /* every rule: "allow admin, deny guests"; "" none */
	const char *allow;         /* the first [allow] that needs it, or NULL */
	const char *forbids;       /* the first rule that stops people by it: "[deny d]"; or NULL */
};

struct scope_table {
	struct arena *arena;
	size_t n;
	struct scope_entry *items; /* sorted by name */
};

/* -ENOMEM, -E2BIG. */
int scope_table_new(const struct config *config, const struct config_provider *provider,
		    struct scope_table **ret_table) _must_check_;
struct scope_table *scope_table_free(struct scope_table *table);
DEFINE_CLEANUP(struct scope_table *, scope_table_free);

const struct scope_entry *scope_table_find(const struct scope_table *table, const char *name);
/* Of all providers: whether anybody asks for it or speaks of it. near: the nearest name there is,
 * or NULL; it lives in the configuration. */
bool scope_table_knows(const struct config *config, const char *name,
		       const char **ret_near) _must_check_;

#endif
