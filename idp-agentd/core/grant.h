/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_GRANT_H
#define IDP_CORE_GRANT_H

/*
 * What a sign-in brought that outlives it: the tokens, and what the platform said of the sign-in.
 * As bytes it is what a seal of the vault holds. Pure. Times are seconds since 1970.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"

struct identity;
struct secret;

struct grant {
	struct secret *access;  /* never NULL */
	struct secret *refresh; /* NULL none */
	char *type;             /* "Bearer", "DPoP" */
	char *scope;            /* as granted, one space between */
	char *acr, *amr, *sid;  /* "" not said; amr joined by one space */
	uint64_t auth_time;     /* of the sign-in at the platform; 0 not said */
	uint64_t signed_in;     /* on this host */
	uint64_t got, expiry;   /* of the access token; expiry 0: not said */
	uint64_t until;         /* it is forgotten then at the latest */
};

/* Reads TOKENS behind its flow; ret_resource lies in the message. -EBADMSG, -ENOMEM. */
int grant_read(struct wire_in *in, uint64_t now, struct grant **ret_grant,
	       const char **ret_resource) _must_check_;
/* What the identity of the same sign-in says. -ENOMEM. */
int grant_set_identity(struct grant *grant, const struct identity *identity) _must_check_;
struct grant *grant_free(struct grant *grant);
DEFINE_CLEANUP(struct grant *, grant_free);

/*
 * Takes what a refresh brought: its refresh token, if there is one, and with access the access token
 * as well. Nothing else: a refresh proves nobody's presence. -ENOMEM.
 */
int grant_renew(struct grant *grant, const struct grant *fresh, bool access) _must_check_;

/* out is a secret buffer that the caller has begun. */
int grant_write(const struct grant *grant, struct buf *out) _must_check_;
/* -EBADMSG, -ENOMEM. */
int grant_parse(const void *bytes, size_t len, struct grant **ret_grant) _must_check_;

/* Bound to a key of this host: of no use to the person. */
bool grant_is_bound(const struct grant *grant) _must_check_;
/* Is enough of the access token's life left, in the light of a clock that may have been set? */
bool grant_is_fresh(const struct grant *grant, uint64_t now) _must_check_;
/* Is any of it left? */
bool grant_is_alive(const struct grant *grant, uint64_t now) _must_check_;

#endif
