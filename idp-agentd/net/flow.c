/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of flows by number. Numbers are the authority's own, so a plain remainder spreads them.
 */
#include "idp-agentd/net/flow.h"

#include <errno.h>
#include <stdlib.h>

#include "common/limits.h"

#define FLOW_BUCKETS 256u

struct flow {
	uint64_t id;
	const struct flow_ops *ops;
	void *state;
	struct flow *next;
};

struct flows {
	size_t n;
	struct flow *buckets[FLOW_BUCKETS];
};

int flows_new(struct flows **ret_flows)
{
	struct flows *flows = calloc(1, sizeof(*flows));

	if (!flows)
		return -ENOMEM;
	*ret_flows = flows;
	return 0;
}

static struct flow **flow_slot(struct flows *flows, uint64_t id)
{
	struct flow **slot = &flows->buckets[id % FLOW_BUCKETS];

	while (*slot && (*slot)->id != id)
		slot = &(*slot)->next;
	return slot;
}

int flow_add(struct flows *flows, uint64_t id, const struct flow_ops *ops, void *state)
{
	struct flow **slot = flow_slot(flows, id);
	struct flow *flow;

	if (*slot)
		return -EEXIST;
	if (flows->n >= FLOWS_MAX + FLOWS_FIND_MAX + FLOWS_VERIFY_MAX + FLOWS_VOUCHER_MAX)
		return -EMFILE;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return -ENOMEM;
	*flow = (struct flow){ .id = id, .ops = ops, .state = state };
	*slot = flow;
	flows->n++;
	return 0;
}

/* Out of the table first, so that nothing finds a flow that is being torn down. */
static void flow_remove(struct flows *flows, struct flow **slot)
{
	struct flow *flow = *slot;

	*slot = flow->next;
	flows->n--;
	flow->ops->free(flow->state);
	free(flow);
}

void flow_end(struct flows *flows, uint64_t id)
{
	struct flow **slot = flow_slot(flows, id);

	if (*slot)
		flow_remove(flows, slot);
}

int flow_sign(struct flows *flows, uint64_t id, const char *why_not, const struct secret *assertion)
{
	struct flow *flow = *flow_slot(flows, id);

	if (!flow)
		return 0;
	if (!flow->ops->sign)
		return -EPROTO;
	flow->ops->sign(flow->state, why_not, assertion);
	return 0;
}

int flow_redirect(struct flows *flows, uint64_t id, const struct secret *pasted)
{
	struct flow *flow = *flow_slot(flows, id);

	if (!flow)
		return 0;
	return flow->ops->redirect ? flow->ops->redirect(flow->state, pasted) : -EPROTO;
}

int flow_credit(struct flows *flows, uint64_t id, uint32_t n)
{
	struct flow *flow = *flow_slot(flows, id);

	if (!flow)
		return 0;
	if (!flow->ops->credit)
		return -EPROTO;
	flow->ops->credit(flow->state, n);
	return 0;
}

struct flows *flows_free(struct flows *flows)
{
	if (!flows)
		return NULL;
	for (size_t i = 0; i < FLOW_BUCKETS; i++)
		while (flows->buckets[i])
			flow_remove(flows, &flows->buckets[i]);
	free(flows);
	return NULL;
}
