/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which scopes a sign-in asks for, and which there is no use in asking for. MUST: leaving one out
 * makes no rule hold; the judge sees only what was granted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/world-internal.h"

static bool world_is_refused(const struct world *world, const char *provider, const char *scope)
{
	return scope_book_is_refused(world->authority->scopes, provider, scope, clock_now());
}

/* One by which a rule keeps people out is asked for all the same, since it was disabled before
 * there was that rule: else whom it stops would get in. */
static bool world_is_off(const struct world *world, const char *scope)
{
	struct access_scope_use use;

	return scope_book_is_off(world->authority->scopes, scope) &&
	       !access_scope_forbids(world->authority->config->rules, scope, &use);
}

void world_add_scope(struct world *world, const char *provider, size_t *n, const char *scope)
{
	const struct ruleset *rules = world->authority->config->rules;

	if (world_is_off(world, scope) || (access_scope_is_optional(rules, scope) &&
					   world_is_refused(world, provider, scope))) {
		world->left_out = true;
		return;
	}
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(world->scopes[i], scope))
			return;
	if (*n < WORLD_SCOPES_MAX)
		world->scopes[(*n)++] = scope;
}

int world_check_scopes(struct world *world, const struct session_flow *flow)
{
	if (flow->way == SESSION_WAY_TOKEN || flow->n_scopes > 0 || !world->left_out)
		return 0;
	log_error("provider %s: every scope of this sign-in is disabled or refused, and asked for "
		  "none a platform grants what it likes; see idpctl scope doctor",
		  flow->provider);
	return SESSION_E_SCOPES;
}

/* Without it nobody could tell which scope was refused: no more is lost than that. */
void world_note_asked(struct world *world, const struct session_flow *flow)
{
	struct buf out;

	free(TAKE_PTR(world->asked));
	if (flow->way == SESSION_WAY_TOKEN) /* it asks for nothing */
		return;
	buf_init(&out, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < flow->n_scopes; i++) {
		if (i > 0)
			buf_put_u8(&out, ' ');
		buf_put_text(&out, flow->scopes[i]);
	}
	if (buf_end(&out) == 0)
		world->asked = (char *)TAKE_PTR(out.data);
	buf_done(&out);
}

static bool world_was_asked(const struct world *world, const char *scope)
{
	size_t len = strlen(scope);

	for (const char *at = world->asked ? world->asked : ""; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && strncmp(at, scope, len) == 0)
			return true;
		at += n;
	}
	return false;
}

static void world_add_trace(struct world *world, const char *scope, const char *why)
{
	size_t len = strlen(world->trace);

	(void)snprintf(world->trace + len, sizeof(world->trace) - len,
		       "no other sign-in: scope %s %s\n", scope, why);
}

bool world_scope_is_out(struct world *world, const struct access_step_up *missing, char *text,
			size_t room)
{
	for (size_t i = 0; i < missing->n_new_scopes; i++) {
		const char *scope = missing->scopes[i];

		if (world_is_off(world, scope)) {
			world_add_trace(world, scope, "is disabled (idpctl scope enable)");
			(void)snprintf(text, room, "This host does not ask for it at present.");
			return true;
		}
		if (world_is_refused(world, world->provider, scope)) {
			world_add_trace(world, scope, "is refused by the platform");
			(void)snprintf(text, room, "The identity platform does not know it.");
			return true;
		}
		/* After a second sign-in there is no other one anyway. */
		if (!*world->stepped && world_was_asked(world, scope)) {
			world_add_trace(world, scope, "was asked for and not granted");
			(void)snprintf(text, room, "It was asked for, and the platform did not "
						   "grant it.");
			return true;
		}
	}
	return false;
}
