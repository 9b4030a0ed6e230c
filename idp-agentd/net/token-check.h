/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_TOKEN_CHECK_H
#define IDP_NET_TOKEN_CHECK_H

/* TOKEN_CHECK and TOKEN_VERIFY: an access token that somebody presents, to IDENTITY, DENIED or
 * FAILED. */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"

struct net;
struct provider;
struct secret;

/* Of a token that somebody brings; also of logout-check.h. */
struct token_order {
	uint64_t flow;
	struct provider *provider;
	const struct secret *token; /* copied */
	/* Of TOKEN_VERIFY: it was shown to a service, and nobody signs in with it. */
	bool shown;
	const struct secret *proof; /* copied; NULL: none came along */
	const char *method;         /* of the request it is for, and its address */
	const char *address;
};

/* Adds the flow and begins. Every trouble after that is answered on the wire. */
int token_check_start(struct net *net, const struct token_order *order) _must_check_;

#endif
