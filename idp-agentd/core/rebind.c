/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: nothing changes without "yes", and what changes is what the answer without it showed; the
 * change is in the record, and in the journal, before anybody may sign in again.
 */
#include "idp-agentd/core/rebind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/binding.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/policy.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/row.h"

struct rebind {
	const struct control_parts *parts;
	struct conn *conn;
	const struct config_provider *provider;
	const struct binding_guard *guard;
	bool keep;
};

static void rebind_show(const struct rebind *rebind)
{
	struct row row;

	row_begin(&row, "rebind");
	row_put_text(&row, "provider", rebind->guard->provider);
	row_put_number(&row, "people", rebind->guard->people);
	row_put_text(&row, "issuer", rebind->guard->issuer);
	row_put_text(&row, "subject_from", rebind->guard->subject);
	row_put_text(&row, "new_issuer", rebind->provider->issuer);
	row_put_text(&row, "new_subject_from", rebind->provider->subject_from);
	row_put_bool(&row, "keep", rebind->keep);
	row_send(&row, rebind->conn);
}

static void rebind_audit(const struct rebind *rebind)
{
	const struct binding_guard *guard = rebind->guard;
	char message[256], detail[REASON_MAX * 2];
	const struct audit_event event = {
		.kind = AUDIT_REBIND,
		.priority = LOG_NOTICE,
		.message = message,
		.result = rebind->keep ? "kept" : "set-aside",
		.detail = detail,
		.provider = guard->provider,
	};

	(void)snprintf(message, sizeof(message), "the people of %.64s were bound anew: %llu %s",
		       guard->provider, (unsigned long long)guard->people,
		       rebind->keep ? "stay who they are" : "left");
	(void)snprintf(detail, sizeof(detail), "%.160s of %.80s, before %.160s of %.80s",
		       rebind->provider->subject_from, rebind->provider->issuer, guard->subject,
		       guard->issuer);
	audit_write(&event);
}

static void rebind_failed(const struct rebind *rebind, int r)
{
	char text[REASON_MAX];

	if (r == BINDING_E_TAKEN) {
		row_end(rebind->conn, 1, "taken",
			"People of the new issuer are bound already, so the old ones cannot become "
			"theirs. Without --keep the old ones leave.");
		return;
	}
	(void)snprintf(text, sizeof(text), "The record cannot be written: %s.",
		       strerrordesc_np(r < 0 ? -r : EIO));
	row_end(rebind->conn, 1, "store", text);
}

static void rebind_settle(const struct rebind *rebind)
{
	const struct control_parts *parts = rebind->parts;
	const struct binding_provider now = { .name = rebind->provider->name,
					      .issuer = rebind->provider->issuer,
					      .subject = rebind->provider->subject_from };
	int r = binding_settle(parts->authority->store, rebind->guard, &now,
			       rebind->keep ? BINDING_KEEP : BINDING_NEW);

	if (r != 0) {
		rebind_failed(rebind, r);
		return;
	}
	rebind_audit(rebind);
	authority_check_bindings(parts->authority); /* the guard is gone, with its texts */
	publishing_request(parts->publishing);
	IGNORE(passes_request(parts->passes, "", true, false, NULL)); /* else at its time */
	row_end(rebind->conn, 0, "",
		rebind->keep ? "They stay who they are."
			     : "They left. Whoever signs in is known anew, with another uid; "
			       "the old uids are never given to anybody else.");
}

static void rebind_decide(const struct rebind *rebind, bool yes)
{
	rebind_show(rebind);
	if (yes) {
		rebind_settle(rebind);
		return;
	}
	row_end(rebind->conn, 1, "confirm",
		rebind->keep
			? "Nothing has changed yet. If each of the new subjects is the same "
			  "person's as before, say it again with --yes."
			: "Nothing has changed yet. With --yes these people leave, and are known "
			  "anew, with other uids, as they sign in. If their subjects are the same "
			  "as before: --keep --yes.");
}

/* It may go back by itself, and the people would be bound by what is not in force any more. */
static bool is_on_trial(const struct control_parts *parts)
{
	struct policy_status status;

	policy_get_status(parts->policy, &status);
	return status.trial;
}

int rebind_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	const struct authority *authority = parts->authority;
	const char *name = wire_get_str(in, CONFIG_NAME_MAX);
	struct rebind rebind = { .parts = parts, .conn = conn };
	bool yes;

	rebind.keep = wire_get_bool(in);
	yes = wire_get_bool(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	rebind.provider = config_provider(authority->config, name);
	rebind.guard = binding_find(authority->guards, name);
	if (!rebind.provider)
		row_end(conn, 1, "no-provider", "There is no [provider] of that name.");
	else if (authority->guards_unsure)
		row_end(conn, 1, "store", "The record cannot be read; see the journal.");
	else if (!rebind.guard)
		row_end(conn, 0, "", "Nothing to do: its people are bound as idp.conf says.");
	else if (is_on_trial(parts))
		row_end(conn, 1, "on-trial",
			"Nothing was changed: a policy is on trial, and may go back by itself. "
			"First idpctl policy confirm or idpctl policy rollback, then this.");
	else
		rebind_decide(&rebind, yes);
	return 0;
}
