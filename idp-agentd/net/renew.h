/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_RENEW_H
#define IDP_NET_RENEW_H

/* REFRESH: a refresh token, to TOKENS, DENIED or FAILED (RFC 6749 section 6, OIDC Core 12). */

#include <stdint.h>

#include "common/macro.h"

struct net;
struct provider;
struct secret;

struct renew_order {
	uint64_t flow;
	struct provider *provider;
	const struct secret *refresh_token; /* copied, as the texts are */
	const char *subject;                /* who it was given for, as IDENTITY said it */
	const char *resource;               /* "" none */
};

/* Adds the flow and begins. Every trouble after that is answered on the wire. */
int renew_start(struct net *net, const struct renew_order *order) _must_check_;

#endif
