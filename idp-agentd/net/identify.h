/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_IDENTIFY_H
#define IDP_NET_IDENTIFY_H

/* From checked claims to the IDENTITY message: who this is, in what the authority reads. Pure. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"

struct provider;
struct token_claims;

struct identify {
	const struct provider *provider;
	const struct token_claims *claims; /* of the ID token; NULL: the platform gave none */
	const json_t *userinfo;            /* or NULL */
	const char *scopes;                /* granted, with spaces between */
	int64_t expires;                   /* seconds since 1970, where no ID token says it */
};

/* Does something this provider is configured for stand in userinfo only? */
bool identify_wants_userinfo(const struct provider *provider, const json_t *claims) _must_check_;
/*
 * Begins and fills an IDENTITY message, not yet ended. 0; -ENOMEM; -EMSGSIZE: more than a
 * message, or than the authority takes; -ENODATA: neither an ID token nor userinfo says sub;
 * -EBADMSG: a control byte in a name.
 */
int identify_put(struct buf *out, uint64_t flow, const struct identify *who) _must_check_;

#endif
