/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_USERINFO_H
#define IDP_NET_USERINFO_H

/* The UserInfo endpoint (OIDC Core section 5.3): asking, and judging the answer. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"

struct call;
struct provider;
struct secret;

enum userinfo_outcome {
	USERINFO_E_UNREACHABLE = 1, /* no answer, or a 5xx */
	USERINFO_E_REFUSED,         /* 401, 403, any other status */
	USERINFO_E_SHAPE,           /* not one JSON object with a sub */
	USERINFO_E_SOMEBODY,        /* it is about somebody else */
	USERINFO_E_INVALID, /* signed, and not for us, not of now, or not of this platform */
	USERINFO_SIGNED,    /* it is a token: verify it, then userinfo_read_signed() */
};

/* Zero takes the answer of an OpenID provider about anybody. */
struct userinfo_policy {
	const char *subject; /* the sub it must be about, byte for byte; NULL: anybody */
	const char *client;  /* whom a signed answer must be for; NULL: this host's client */
	bool plain_oauth2;   /* sub need not be there, and a signature cannot be verified */
};

/*
 * Asks with the call, whose done gets the answer; bound: the token was given to this host and is
 * bound to it where dpop = yes. -ENOTSUP: the platform has no such endpoint.
 */
int userinfo_start(struct call *call, const struct secret *token, bool bound) _must_check_;
/*
 * Pure. The content type decides: application/jwt is a token and nothing else, any other is JSON
 * and never a token. 0 with the object (the caller's), -ENOMEM, USERINFO_SIGNED, or USERINFO_E_*
 * with a sentence in reason.
 */
int userinfo_read(const struct http_answer *answer, const struct userinfo_policy *policy,
		  char reason[static REASON_MAX], json_t **ret_object) _must_check_;
/*
 * The payload of a signed answer whose signature is verified. now: seconds since 1970. 0 with the
 * object, -ENOMEM, USERINFO_E_SOMEBODY or USERINFO_E_INVALID.
 */
int userinfo_read_signed(const struct provider *provider, const void *payload, size_t len,
			 const struct userinfo_policy *policy, int64_t now,
			 char reason[static REASON_MAX], json_t **ret_object) _must_check_;
const char *userinfo_reason(int outcome);

#endif
