/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_USERINFO_H
#define IDP_NET_USERINFO_H

/* The UserInfo endpoint (OIDC Core section 5.3): asking, and judging the answer. */

#include <jansson.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"

struct net;
struct provider;
struct secret;

enum userinfo_outcome {
	USERINFO_E_UNREACHABLE = 1, /* no answer, or a 5xx */
	USERINFO_E_REFUSED,         /* 401, 403, any other status */
	USERINFO_E_SHAPE,           /* not one JSON object with a sub */
	USERINFO_E_SOMEBODY,        /* it is about somebody else */
};

/* -ENOTSUP: the platform has no such endpoint. */
int userinfo_start(struct net *net, const struct provider *provider, const struct secret *token,
		   http_done_fn done, void *userdata,
		   struct http_request **ret_request) _must_check_;
/*
 * Pure. subject NULL: anybody. 0 with the object (the caller's), -ENOMEM or USERINFO_E_* with a
 * sentence in reason.
 */
int userinfo_read(const struct http_answer *answer, const char *subject,
		  char reason[static REASON_MAX], json_t **ret_object) _must_check_;
const char *userinfo_reason(int outcome);

#endif
