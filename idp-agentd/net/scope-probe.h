/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SCOPE_PROBE_H
#define IDP_NET_SCOPE_PROBE_H

/*
 * SCOPE_PROBE: which scopes a platform refuses this client, found out without a person. The
 * questions are beginnings of sign-ins that nobody ends: at the device authorization endpoint, or
 * pushed authorization requests.
 */

#include <stdint.h>

#include "common/macro.h"

struct net;
struct provider;

/* Texts are copied. Words have one space between. */
struct scope_probe_order {
	uint64_t flow;
	struct provider *provider;
	const char *scopes;
	const char *canary;   /* a scope that does not exist; "" none */
	const char *resource; /* RFC 8707; "" none */
};

/* Adds the flow and begins. Answered by SCOPES or FAILED. */
int scope_probe_start(struct net *net, const struct scope_probe_order *order) _must_check_;

#endif
