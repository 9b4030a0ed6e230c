/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MUST: a flow gets signatures of the provider it was opened for, and of no other. */
#include "idp-agentd/core/assertion.h"

#include <errno.h>
#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/card-mint.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/proof.h"
#include "idp-agentd/core/signer.h"

/* What SIGN and PROVE say; of the first only audience, of the second only order. */
struct assertion {
	const char *provider, *audience;
	struct proof_order order;
};

static int assertion_read(const struct flow *flow, struct wire_in *in, struct assertion *ask)
{
	ask->provider = wire_get_str(in, CONFIG_NAME_MAX);
	if (in->type == MSG_PROVE) {
		ask->order.method = wire_get_str(in, CONFIG_NAME_MAX);
		ask->order.target = wire_get_str(in, WIRE_STRING_MAX);
		ask->order.nonce = wire_get_str(in, WIRE_STRING_MAX);
		ask->order.ath = wire_get_str(in, WIRE_STRING_MAX);
	} else {
		ask->audience = wire_get_str(in, ISSUER_LEN_MAX);
	}
	if (wire_close(in) < 0 || (*flow->provider && strcmp(flow->provider, ask->provider) != 0))
		return -EPROTO;
	return 0;
}

/* 0, ASSERTION_E_LATER, or negative with a sentence in reason. */
static int assertion_make(struct assertion_desk *desk, const struct flow *flow,
			  const struct assertion *ask, uint64_t now, char reason[static REASON_MAX],
			  struct secret **ret_made)
{
	const struct config_provider *provider = config_provider(desk->config, ask->provider);
	int r;

	if (!provider)
		return reason_refuse(-ENOENT, reason, "there is no such provider any more");
	if (!ask->audience)
		return proof_make(desk->config, provider, &desk->proof_key, &ask->order, now,
				  reason, ret_made);
	if (!desk->minter || !config_is_token_key(provider->client_key))
		return signer_mint(provider, ask->audience, now, reason, ret_made);
	r = minter_mint(desk->minter, provider, ask->audience, desk->done, desk->userdata, flow->id,
			reason);
	return r < 0 ? r : ASSERTION_E_LATER;
}

void assertion_put(struct buf *out, uint64_t flow, const struct secret *made, const char *why)
{
	wire_begin(out, MSG_SIGNED, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, made ? "" : why);
	wire_put_str(out, made ? made->text : "");
}

int assertion_answer(struct assertion_desk *desk, const struct flow *flow, struct wire_in *in,
		     uint64_t now, struct buf *out)
{
	_cleanup_(secret_freep) struct secret *made = NULL;
	struct assertion ask = { .audience = NULL };
	char reason[REASON_MAX] = "";
	int r = assertion_read(flow, in, &ask);

	if (r < 0)
		return r;
	r = assertion_make(desk, flow, &ask, now, reason, &made);
	if (r == ASSERTION_E_LATER)
		return r;
	if (r < 0 && !*reason)
		reason_format(reason, REASON_MAX, "%s", strerrordesc_np(-r));
	if (!made)
		log_error("nothing is signed for %s: %s", ask.provider, reason);
	assertion_put(out, flow->id, made, reason);
	return 0;
}
