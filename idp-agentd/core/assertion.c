/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MUST: a flow gets assertions of the provider it was opened for, and of no other. */
#include "idp-agentd/core/assertion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/signer.h"

/* NULL with a sentence in reason. */
static struct secret *assertion_mint(const struct config *config, const char *name,
				     const char *audience, uint64_t now,
				     char reason[static REASON_MAX])
{
	const struct config_provider *provider = config_provider(config, name);
	struct secret *assertion = NULL;
	int r;

	if (!provider) {
		(void)snprintf(reason, REASON_MAX, "there is no such provider any more");
		return NULL;
	}
	r = signer_mint(provider, audience, now, reason, &assertion);
	if (r < 0 && !*reason)
		(void)snprintf(reason, REASON_MAX, "%s", strerrordesc_np(-r));
	return assertion;
}

int assertion_answer(const struct config *config, const struct flow *flow, struct wire_in *in,
		     uint64_t now, struct buf *out)
{
	_cleanup_(secret_freep) struct secret *assertion = NULL;
	const char *name = wire_get_str(in, CONFIG_NAME_MAX);
	const char *audience = wire_get_str(in, ISSUER_LEN_MAX);
	char reason[REASON_MAX] = "";

	if (wire_close(in) < 0 || (*flow->provider && strcmp(flow->provider, name) != 0))
		return -EPROTO;
	assertion = assertion_mint(config, name, audience, now, reason);
	if (!assertion)
		log_error("no assertion for %s: %s", name, reason);
	wire_begin(out, MSG_SIGNED, 0);
	wire_put_u64(out, flow->id);
	wire_put_str(out, assertion ? "" : reason);
	wire_put_str(out, assertion ? assertion->text : "");
	return 0;
}
