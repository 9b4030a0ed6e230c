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

/* ---- scopes, world-scope.c ---- */

/* Adds what a sign-in at this provider may ask for: not what is disabled, nor what is optional and
 * was just refused. */
void world_add_scope(struct world *world, const char *provider, size_t *n, const char *scope);
/* SESSION_E_SCOPES: there was something to ask for, and nothing is left of it. A request without a
 * scope parameter would have the platform choose, and it may choose more (RFC 6749, 3.3). */
int world_check_scopes(struct world *world, const struct session_flow *flow) _must_check_;
/* Notes what a flow asks for. */
void world_note_asked(struct world *world, const struct session_flow *flow);
/*
 * Why no other sign-in would bring a scope that the last judge() missed, as a sentence for the
 * person in room bytes of text and a line for idpctl why. False: one could.
 */
bool world_scope_is_out(struct world *world, const struct access_step_up *missing, char *text,
			size_t room) _must_check_;

int world_judge(void *userdata, const struct session_request *request,
		const struct session_person *person, const struct identity *identity,
		struct session_verdict *ret);

#endif
