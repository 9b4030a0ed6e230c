/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_IDENTIFY_H
#define IDP_NET_IDENTIFY_H

/* From checked claims to the IDENTITY message: who this is, in what the authority reads. Pure. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

struct provider;
struct token_claims;

struct identify {
	const struct provider *provider;
	const struct token_claims *claims; /* of the ID token; NULL: the platform gave none */
	bool by_access_token;   /* they are an access token's, or what is said of it: no ID token */
	const json_t *userinfo; /* or NULL */
	const json_t *token;    /* properties of the token response, or NULL */
	const json_t *introspection; /* of the access token (RFC 7662), or NULL */
	const char *scopes;          /* granted, with spaces between */
	bool workload, anonymous;    /* of a token shown to a service: as in access-token.h */
	bool unasked;                /* userinfo would say more, and could not be asked */
	bool shown;      /* of one of these: nothing about it goes into the log by itself */
	int64_t expires; /* seconds since 1970, where no ID token says it */
};

/* Does something this provider is configured for stand in userinfo only? who has none yet. */
bool identify_wants_userinfo(const struct identify *who) _must_check_;
/*
 * Who it is, as subject_from says: 0, or -ENODATA with a sentence in reason (the platform does
 * not say, or says it as what nobody can be known by).
 */
int identify_subject(const struct identify *who, char reason[static REASON_MAX],
		     char subject[static SUBJECT_LEN_MAX + 1]) _must_check_;
/*
 * Begins and fills an IDENTITY message, not yet ended. 0; -ENOMEM; -EMSGSIZE: more than a
 * message, or than the authority takes; -ENODATA: as identify_subject(); -EBADMSG: a control byte
 * in a name.
 */
int identify_put(struct buf *out, uint64_t flow, const struct identify *who) _must_check_;

#endif
