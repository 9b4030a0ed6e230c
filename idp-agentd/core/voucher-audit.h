/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_AUDIT_H
#define IDP_CORE_VOUCHER_AUDIT_H

/* What an auditor hears of vouchers (AgID asks for a trace of each): never one of them. */

#include "common/limits.h"

struct config_client;
struct config_purpose;

/* NULL: not known, or not to be told. */
struct voucher_trace {
	const char *what; /* "issued", "handed", "refused" */
	const char *text; /* one sentence */
	const struct config_client *client;
	const struct config_purpose *purpose;
	const char *user, *asker; /* name and id of whom it is for */
	const char *reason, *detail;
	const char *jti, *audience;
};

/* "the purpose P1 as the client A"; purpose "": the platform's own interfaces. */
void voucher_name(const char *purpose, const char *client, char text[static REASON_MAX]);
void voucher_audit(const struct voucher_trace *trace);

#endif
