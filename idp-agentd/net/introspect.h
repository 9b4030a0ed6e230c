/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_INTROSPECT_H
#define IDP_NET_INTROSPECT_H

/*
 * Token introspection (RFC 7662): what the platform says about a token. Here is the answer as far
 * as it is one, and the memory of answers; what it means is judged in access-token.c. Pure.
 */

#include <jansson.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"

struct introspections;
struct secret;

enum introspect_outcome {
	INTROSPECT_E_UNREACHABLE = 1, /* no answer, 429 or a 5xx */
	INTROSPECT_E_REFUSED,         /* the platform does not answer this host */
	INTROSPECT_E_SHAPE,           /* not one JSON object that says active, true or false */
	INTROSPECT_E_INACTIVE,        /* expired, revoked, or none of its tokens */
};

/* Fills the form that asks about token. */
void introspect_put_form(struct buf *form, const struct secret *token);
/* 0 with the object (the caller's), -ENOMEM or INTROSPECT_E_* with a sentence in reason. */
int introspect_read(const struct http_answer *answer, char reason[static REASON_MAX],
		    json_t **ret_object) _must_check_;
/* The reason on the wire. */
const char *introspect_reason(int outcome);

/*
 * Answers that said yes, for a while: by the SHA-256 of their token, which itself is not kept.
 * NULL is an empty memory.
 */
struct introspections *introspections_free(struct introspections *memory);
/* A new reference, or NULL. */
json_t *introspections_find(struct introspections *memory, const struct secret *token,
			    usec_t now) _must_check_;
/* Keeps answer until then, INTROSPECT_LIFE_MAX from now at the latest; makes *memory when needed.
 * What cannot be kept is asked again. */
void introspections_keep(struct introspections **memory, const struct secret *token, json_t *answer,
			 usec_t now, usec_t until);

#endif
