/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flow numbers count up from one; a chained table finds them. */
#include "idp-agentd/core/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS_SLOTS 1024u

struct flows {
	uint64_t next;
	size_t n, n_finds, n_verifies, n_vouchers; /* n counts all of them */
	struct flow *slots[FLOWS_SLOTS];
};

int flows_new(struct flows **ret_flows)
{
	struct flows *flows = calloc(1, sizeof(*flows));

	if (!flows)
		return -ENOMEM;
	flows->next = 1;
	*ret_flows = flows;
	return 0;
}

struct flows *flows_free(struct flows *flows)
{
	if (!flows)
		return NULL;
	for (size_t i = 0; i < FLOWS_SLOTS; i++) {
		while (flows->slots[i]) {
			struct flow *flow = flows->slots[i];

			flows->slots[i] = flow->next;
			free(flow);
		}
	}
	free(flows);
	return NULL;
}

static bool flows_have_room(const struct flows *flows, enum permit_flow kind)
{
	if (kind == PERMIT_FLOW_FIND)
		return flows->n_finds < FLOWS_FIND_MAX;
	if (kind == PERMIT_FLOW_VERIFY)
		return flows->n_verifies < FLOWS_VERIFY_MAX;
	if (kind == PERMIT_FLOW_VOUCHER)
		return flows->n_vouchers < FLOWS_VOUCHER_MAX;
	return flows->n - flows->n_finds - flows->n_verifies - flows->n_vouchers < FLOWS_MAX;
}

static void flows_forget(struct flows *flows, const struct flow *flow)
{
	flows->n--;
	flows->n_finds -= flow->kind == PERMIT_FLOW_FIND;
	flows->n_verifies -= flow->kind == PERMIT_FLOW_VERIFY;
	flows->n_vouchers -= flow->kind == PERMIT_FLOW_VOUCHER;
}

int flows_add(struct flows *flows, enum permit_flow kind, const char *provider,
	      const struct flow_owner *ops, void *owner, uint64_t *ret_id)
{
	struct flow **slot = &flows->slots[flows->next % FLOWS_SLOTS];
	size_t len = strlen(provider);
	struct flow *flow;

	if (!flows_have_room(flows, kind))
		return -ENOBUFS;
	if (len > CONFIG_NAME_MAX)
		return -ENAMETOOLONG;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return -ENOMEM;
	*flow = (struct flow){
		.next = *slot, .id = flows->next, .kind = kind, .ops = ops, .owner = owner
	};
	memcpy(flow->provider, provider, len + 1);
	*slot = flow;
	flows->next++;
	flows->n++;
	flows->n_finds += kind == PERMIT_FLOW_FIND;
	flows->n_verifies += kind == PERMIT_FLOW_VERIFY;
	flows->n_vouchers += kind == PERMIT_FLOW_VOUCHER;
	*ret_id = flow->id;
	return 0;
}

static struct flow **flows_link(struct flows *flows, uint64_t id)
{
	struct flow **link = &flows->slots[id % FLOWS_SLOTS];

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

enum flows_answer flows_find(struct flows *flows, uint64_t id, struct flow **ret_flow)
{
	*ret_flow = *flows_link(flows, id);
	if (*ret_flow)
		return FLOWS_OPEN;
	return id > 0 && id < flows->next ? FLOWS_LATE : FLOWS_STRANGE;
}

void flows_remove(struct flows *flows, uint64_t id)
{
	struct flow **link = flows_link(flows, id);
	struct flow *flow = *link;

	if (!flow)
		return;
	*link = flow->next;
	flows_forget(flows, flow);
	free(flow);
}

void flows_lose_all(struct flows *flows)
{
	for (size_t i = 0; i < FLOWS_SLOTS; i++) {
		/* One at a time from the head: an owner may end other flows meanwhile. */
		while (flows->slots[i]) {
			struct flow *flow = flows->slots[i];

			flows->slots[i] = flow->next;
			flows_forget(flows, flow);
			flow->ops->lost(flow->owner, flow->id);
			free(flow);
		}
	}
}

size_t flows_count(const struct flows *flows)
{
	return flows->n;
}
