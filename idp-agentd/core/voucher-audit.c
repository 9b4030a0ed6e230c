/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/voucher-audit.h"

#include <string.h>
#include <syslog.h>

#include "common/reason.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/config.h"

void voucher_name(const char *purpose, const char *client, char text[static REASON_MAX])
{
	if (*purpose)
		reason_format(text, REASON_MAX, "the purpose %.64s as the client %.64s", purpose,
			      client);
	else
		reason_format(text, REASON_MAX, "the platform's own interfaces as the client %.64s",
			      client);
}

void voucher_audit(const struct voucher_trace *trace)
{
	const struct audit_event event = {
		.kind = AUDIT_VOUCHER,
		.priority = strcmp(trace->what, "refused") == 0 ? LOG_NOTICE : LOG_INFO,
		.message = trace->text,
		.service = "voucher",
		.result = trace->what,
		.reason = trace->reason,
		.detail = trace->detail,
		.user = trace->user,
		.asker = trace->asker,
		.provider = trace->client ? trace->client->provider : NULL,
		.client = trace->client ? trace->client->client_id : NULL,
		.purpose = trace->purpose ? trace->purpose->id : NULL,
		.jti = trace->jti,
		.audience = trace->audience,
	};

	audit_write(&event);
}
