/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/access-can.h"

#include <errno.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"

static int read_conditions(const struct config *config, struct arena *arena,
			   const char *const *conditions, size_t n, struct atoms *ret_who,
			   char *reason)
{
	struct parse parse = { .arena = arena, .config = config, .rules = config->rules };

	*ret_who = (struct atoms){ .items = arena_take(arena, n, sizeof(struct atom)) };
	if (!ret_who->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = atom_parse(&parse, conditions[i], &ret_who->items[i], reason);

		if (r == 0 && ret_who->items[i].kind == ATOM_FROM && strchr(conditions[i], '/'))
			r = config_refuse(reason,
					  "\"%.60s\" is a network: somebody comes from one address",
					  ret_who->items[i].value);
		if (r != 0)
			return r;
		ret_who->n++;
	}
	return 0;
}

/* All texts of a decision are the rules', so nothing of the arena outlives it. */
int access_can(const struct config *config, const struct access_request *base,
	       const char *const *conditions, size_t n, struct access_decision *ret_decision,
	       struct buf *trace, char reason[static REASON_MAX])
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct access_request request;
	struct atoms who;
	struct facts facts = { .rules = config->rules, .request = &request, .asserted = &who };
	int r;

	if (!arena)
		return -ENOMEM;
	r = read_conditions(config, arena, conditions, n, &who, reason);
	if (r == 0)
		r = request_suppose(base, &who, arena, &request);
	if (r != 0)
		return r;
	access_decide(&facts, ret_decision);
	facts_explain(&facts, trace);
	return 0;
}
