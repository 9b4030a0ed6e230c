/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_WORLD_INTERNAL_H
#define IDP_CORE_WORLD_INTERNAL_H

/* What world.c, world-flow.c and world-judge.c share; nobody else includes this. */

#include "idp-agentd/core/world.h"

struct config_provider;
struct person;

/* The record behind a session's person, or NULL for nobody. */
int world_record(struct world *world, const char *user, struct person **ret);
/* What a subject of this provider means. */
void world_bound(const struct config_provider *provider, char bound[static WORLD_BOUND_MAX]);
uint64_t world_seconds(usec_t usec);

/* ---- the answers, one file each ---- */

int world_flow(void *userdata, const struct session_request *request,
	       const struct session_person *person, struct session_flow *ret);
int world_more(void *userdata, const struct session_request *request,
	       const struct session_person *person, struct session_flow *ret);
/* "a stronger sign-in, not older than 15 minutes; Become root on build7" */
void world_put_missing(const struct world *world, char *text, size_t room);
int world_judge(void *userdata, const struct session_request *request,
		const struct session_person *person, const struct identity *identity,
		struct session_verdict *ret);

#endif
