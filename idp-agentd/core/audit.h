/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_AUDIT_H
#define IDP_CORE_AUDIT_H

/*
 * Events an auditor looks for, as journal entries with a MESSAGE_ID and fields of their own
 * (idp-agentd(8) lists them); without a journal, as lines of the log. Never a secret, never a
 * control byte.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct syncer_result;

enum audit_kind {
	AUDIT_DECISION = 0, /* somebody was let in or kept out */
	AUDIT_SESSION,      /* a session was opened or closed */
	AUDIT_LEARNED,      /* a person was bound to a name */
	AUDIT_SYNC,         /* a directory was read */
	AUDIT_CONFIG,       /* a configuration was taken or refused */
	AUDIT_LINK,         /* idp-netd came or went */
	AUDIT_REBIND,       /* an administrator said what becomes of a provider's people */
	AUDIT_KEY,          /* a key of a client was made, put to use or removed */
	AUDIT_TOKENS,       /* tokens of a person were kept, renewed, handed out or forgotten */
	AUDIT_VOUCHER,      /* a voucher was issued to this host, handed to a user, or refused */
};

/* NULL texts are left out. */
struct audit_event {
	enum audit_kind kind;
	int priority;        /* syslog(3) */
	const char *message; /* one sentence */
	const char *user, *service, *result, *reason, *detail;
	const char *source, *tty, *provider, *subject, *rule, *directory;
	const char *step_up; /* what a second sign-in was asked for */
	const char *asker;   /* the user id of who asked, when that was not root */
	/* of a voucher, as the platform writes them */
	const char *jti, *client, *purpose, *audience;
};

void audit_write(const struct audit_event *event);

/* The end of a pass, and every record it refused. error: "" it went well. */
void audit_sync(const char *directory, bool full, const struct syncer_result *result,
		const char *error);

/* "permit", "deny", "not-ours", "unavailable", "expired", "busy" */
const char *audit_result(enum wire_result result);

#endif
