/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_NET_H
#define IDP_NET_NET_H

/* What every flow may use. One for each connection of the authority; gone with it. */

struct dpop_nonces;
struct flows;
struct http;
struct outlet;
struct proofs;
struct registry;
struct revocations;
struct sd_event;

struct net {
	struct sd_event *event;
	struct http *http;
	struct registry *registry;
	struct flows *flows;
	struct outlet *outlet;
	struct dpop_nonces *nonces;
	struct proofs *proofs;
	struct revocations *revocations; /* revoke.h; NULL until there is one */
};

#endif
