/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_FLOWS_H
#define IDP_CORE_FLOWS_H

/*
 * The questions under way at idp-netd. Numbers are never used twice in the life of the process,
 * so an answer that comes too late is told from one nobody asked for. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/permit.h"

struct flows;

struct flow_owner {
	/* A permitted message, behind its flow number. last: the flow is over and already removed.
	 * Negative: idp-netd broke the rules. */
	int (*message)(void *owner, uint64_t flow, struct wire_in *in, bool last);
	/* There will be no answer: the link is gone. The flow is already removed. */
	void (*lost)(void *owner, uint64_t flow);
};

struct flow {
	struct flow *next;
	uint64_t id;
	enum permit_flow kind;
	char provider[CONFIG_NAME_MAX + 1]; /* whose assertions it may ask for; "" anyone's */
	const struct flow_owner *ops;
	void *owner;
};

enum flows_answer {
	FLOWS_STRANGE = 0, /* nobody ever asked */
	FLOWS_LATE,        /* over already */
	FLOWS_OPEN,
};

int flows_new(struct flows **ret_flows) _must_check_;
struct flows *flows_free(struct flows *flows);
DEFINE_CLEANUP(struct flows *, flows_free);

/* -ENOBUFS beyond FLOWS_MAX, FIND, VERIFY and VOUCHER beyond FLOWS_FIND_MAX, FLOWS_VERIFY_MAX and
 * FLOWS_VOUCHER_MAX of their own, -ENOMEM, -ENAMETOOLONG. */
int flows_add(struct flows *flows, enum permit_flow kind, const char *provider,
	      const struct flow_owner *ops, void *owner, uint64_t *ret_id) _must_check_;
enum flows_answer flows_find(struct flows *flows, uint64_t id, struct flow **ret_flow);
/* A flow that is not there is fine. */
void flows_remove(struct flows *flows, uint64_t id);
/* Removes every flow, telling its owner. */
void flows_lose_all(struct flows *flows);
size_t flows_count(const struct flows *flows);

#endif
