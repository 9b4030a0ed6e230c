/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_RETIRE_H
#define IDP_NET_RETIRE_H

/* REVOKE: the tokens of a session are given back (RFC 7009), to REVOKED. */

#include <stdint.h>

#include "common/macro.h"

struct net;
struct provider;
struct secret;

struct retire_order {
	uint64_t flow;
	struct provider *provider;
	const struct secret *refresh_token; /* copied; NULL: there is none */
	const struct secret *access_token;  /* likewise */
};

/* Adds the flow and begins. Every trouble after that is answered on the wire. */
int retire_start(struct net *net, const struct retire_order *order) _must_check_;

#endif
