/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every DONE, told to the auditor and kept for idpctl why. */
#include "idp-agentd/core/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/world.h"

void verdict_audit(const struct session_request *request, const struct session_out *out,
		   const struct world *world)
{
	char message[768], asker[32] = ""; /* all it is made of fits */
	const char *result = audit_result(out->result);
	/* "permit rule=staff" says both */
	bool twice = strncmp(out->reason, result, strlen(result)) == 0;
	bool quiet = out->result == WIRE_NOT_OURS;
	struct audit_event event = {
		.kind = AUDIT_DECISION,
		.priority = quiet                        ? LOG_DEBUG
			    : out->result == WIRE_PERMIT ? LOG_INFO
							 : LOG_NOTICE,
		.message = message,
		.user = request->user,
		.service = request->service,
		.result = result,
		.reason = out->reason,
		.detail = out->detail,
		.source = request->rhost,
		.tty = request->tty,
		.provider = world->provider,
		.subject = world->subject,
		.rule = world->rule,
		.asker = asker,
		.step_up = world->stepped,
	};

	if (!world->by_root)
		(void)snprintf(asker, sizeof(asker), "%u", world->asker);
	if (request->kind == SESSION_KIND_OPEN || request->kind == SESSION_KIND_CLOSE)
		event.kind = AUDIT_SESSION;
	(void)snprintf(message, sizeof(message), "%s of %.64s for %.64s%s%.64s%s%s: %s%s%s",
		       session_kind_name(request->kind), request->user, request->service,
		       *request->rhost ? " from " : "", request->rhost,
		       *asker ? ", as told by user " : "", asker, twice ? "" : result,
		       twice ? "" : ", ", out->reason);
	audit_write(&event);
}

/*
 * For idpctl why. What is not ours, and what merely had to wait, is not remembered; nor is what a
 * user asked about himself, who could write over what sshd was told. The journal has it.
 */
void verdict_remember(const struct session_request *request, const struct session_out *out,
		      const struct world *world)
{
	char trace[sizeof(world->stepped) + sizeof(world->trace) + sizeof(out->detail) + 64];
	const struct store_decision decision = {
		.time = authority_time(),
		.permit = out->result == WIRE_PERMIT,
		.user = request->user,
		.service = request->service,
		.phase = session_kind_name(request->kind),
		.code = out->reason,
		.rule = world->rule,
		.text = out->text,
		.trace = trace,
	};
	int r;

	/* It may not have come to the rules, or have gone on behind them. */
	(void)snprintf(trace, sizeof(trace), "%s%s%s%s%s%s",
		       *world->stepped ? "step-up       " : "", world->stepped,
		       *world->stepped ? "\n" : "", world->trace,
		       *world->trace && *out->detail ? "then          " : "", out->detail);

	if (request->kind != SESSION_KIND_AUTH && request->kind != SESSION_KIND_ACCT)
		return;
	if (out->result == WIRE_NOT_OURS || out->result == WIRE_BUSY || !world->by_root)
		return;
	r = store_put_decision(world->authority->store, &decision);
	if (r)
		log_error("a decision cannot be remembered: %s", strerrordesc_np(r < 0 ? -r : EIO));
}
