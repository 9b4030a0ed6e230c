/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_VOUCHER_H
#define IDP_NET_VOUCHER_H

/*
 * VOUCH: one request for a voucher. The authority says where it goes and has made all that is to be
 * signed for it; here it is carried there, and what comes back is carried home.
 */

#include <stdint.h>

#include "common/macro.h"

struct net;
struct provider;
struct secret;

struct vouch_order {
	uint64_t flow;
	struct provider *provider; /* for the authorities its ca names */
	const char *url;           /* of the token endpoint */
	const char *client_id;
	const struct secret *assertion;
	const struct secret *proof; /* DPoP; NULL: a bearer voucher */
};

/* Copies the order. -EINVAL: the address is none to go to. Errors of flow_add(). */
int vouch_start(struct net *net, const struct vouch_order *order) _must_check_;

#endif
