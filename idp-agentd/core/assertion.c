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

/* NULL with a sentence in reason. */
static struct secret *assertion_make(const struct config *config, struct key **proof_key,
				     const struct assertion *ask, uint64_t now,
				     char reason[static REASON_MAX])
{
	const struct config_provider *provider = config_provider(config, ask->provider);
	struct secret *made = NULL;
	int r;

	if (!provider) {
		reason_format(reason, REASON_MAX, "there is no such provider any more");
		return NULL;
	}
	if (ask->audience)
		r = signer_mint(provider, ask->audience, now, reason, &made);
	else
		r = proof_make(config, provider, proof_key, &ask->order, now, reason, &made);
	if (r < 0 && !*reason)
		reason_format(reason, REASON_MAX, "%s", strerrordesc_np(-r));
	return made;
}

int assertion_answer(const struct config *config, struct key **proof_key, const struct flow *flow,
		     struct wire_in *in, uint64_t now, struct buf *out)
{
	_cleanup_(secret_freep) struct secret *made = NULL;
	struct assertion ask = { .audience = NULL };
	char reason[REASON_MAX] = "";
	int r = assertion_read(flow, in, &ask);

	if (r < 0)
		return r;
	made = assertion_make(config, proof_key, &ask, now, reason);
	if (!made)
		log_error("nothing is signed for %s: %s", ask.provider, reason);
	wire_begin(out, MSG_SIGNED, 0);
	wire_put_u64(out, flow->id);
	wire_put_str(out, made ? "" : reason);
	wire_put_str(out, made ? made->text : "");
	return 0;
}
