/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_FLOW_H
#define IDP_NET_FLOW_H

/*
 * The table of flows: one question of the authority and all of its answers. A flow owns its
 * requests and waits; ending it, for whatever reason, stops them all.
 */

#include <stdint.h>

#include "common/macro.h"

struct flows;
struct secret;

struct flow_ops {
	/* Stops everything and frees state. Never answers. */
	void (*free)(void *state);
	/* SIGNED: why_not is "" and assertion set, or the other way round. May be NULL: refused. */
	void (*sign)(void *state, const char *why_not, const struct secret *assertion);
	/* REDIRECT; -EPROTO: not now. May be NULL: refused. */
	int (*redirect)(void *state, const struct secret *pasted);
	/* CREDIT. May be NULL: refused. */
	void (*credit)(void *state, uint32_t n);
};

int flows_new(struct flows **ret_flows) _must_check_;
/* Ends every flow. */
struct flows *flows_free(struct flows *flows);
DEFINE_CLEANUP(struct flows *, flows_free);

/* -EEXIST, -EMFILE (as many as the authority may ask), -ENOMEM: state stays the caller's. */
int flow_add(struct flows *flows, uint64_t id, const struct flow_ops *ops,
	     void *state) _must_check_;
/* Ends the flow; one nobody knows is fine (it ended while the message was on its way). */
void flow_end(struct flows *flows, uint64_t id);
/* -EPROTO: that flow has asked for nothing of the kind. 0 also when the flow is gone. */
int flow_sign(struct flows *flows, uint64_t id, const char *why_not,
	      const struct secret *assertion) _must_check_;
int flow_redirect(struct flows *flows, uint64_t id, const struct secret *pasted) _must_check_;
int flow_credit(struct flows *flows, uint64_t id, uint32_t n) _must_check_;

#endif
