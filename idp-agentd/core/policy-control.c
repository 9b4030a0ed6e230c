/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/policy-control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/row.h"

/* ---- telling ---- */

static const char *files_name(enum policy_files files)
{
	switch (files) {
	case POLICY_FILES_SAME:
		return "in force";
	case POLICY_FILES_CHANGED:
		return "changed, not in force yet";
	case POLICY_FILES_ROLLED_BACK:
		return "rolled back, not in force";
	case POLICY_FILES_REFUSED:
		break;
	}
	return "refused, not in force";
}

void policy_control_show(const struct control_parts *parts, struct conn *conn)
{
	struct policy_status status;
	struct row row;

	policy_get_status(parts->policy, &status);
	row_begin(&row, "policy");
	row_put_text(&row, "state", status.trial ? "on trial" : "in force");
	row_put_text(&row, "hash", status.hash);
	row_put_text(&row, "rules", status.rules);
	row_put_text(&row, "files", files_name(status.files));
	row_put_number(&row, "taken", status.taken);
	if (status.trial)
		row_put_number(&row, "until", status.until);
	if (*status.before)
		row_put_text(&row, "before", status.before);
	if (status.rolled_back)
		row_put_number(&row, "rolled_back", status.rolled_back);
	if (*status.unkept)
		row_put_text(&row, "not_kept", status.unkept);
	row_send(&row, conn);
}

static void on_problem(void *told, const char *text)
{
	struct row row;

	row_begin(&row, "problem");
	row_put_text(&row, "text", text);
	row_send(&row, told);
}

struct policy_listener policy_control_listener(struct conn *conn)
{
	return (struct policy_listener){ .fn = on_problem, .told = conn };
}

/* A sentence of policy.h begins small: it may stand behind a colon as well. */
static void end_refused(struct conn *conn, int r, const char *reason)
{
	char text[2 * REASON_MAX];

	(void)snprintf(text, sizeof(text), "Nothing was changed: %s.", reason);
	row_end(conn, 1, policy_refusal_code(r), text);
}

/* ---- requests ---- */

void policy_control_reload(const struct control_parts *parts, struct conn *conn)
{
	char reason[REASON_MAX], text[2 * REASON_MAX];
	int r = parts->reload(parts->userdata, policy_control_listener(conn), reason);

	if (r == 0) {
		row_end(conn, 0, "", "The configuration was taken.");
	} else if (r == POLICY_E_INVALID || r < 0) {
		row_end(conn, 1, "config-invalid",
			"The configuration was refused; the last good one stays in force.");
	} else {
		(void)snprintf(text, sizeof(text), "The configuration was not taken: %s.", reason);
		row_end(conn, 1, policy_refusal_code(r), text);
	}
}

int policy_control_session(struct wire_in *in, char name[static POLICY_SESSION_MAX + 1])
{
	const char *text = wire_get_str(in, POLICY_SESSION_MAX);

	/* It is written into the record. */
	if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._@-") !=
	    strlen(text))
		return -EPROTO;
	(void)snprintf(name, POLICY_SESSION_MAX + 1, "%s", text);
	return 0;
}

static int confirm(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	char name[POLICY_SESSION_MAX + 1], reason[REASON_MAX];
	struct policy_session session = { .name = name };
	int r = policy_control_session(in, name);
	bool force;

	session.began = wire_get_u64(in);
	force = wire_get_bool(in);
	if (wire_close(in) < 0 || r < 0)
		return -EPROTO;
	r = policy_confirm(parts->policy, &session, force, reason);
	if (r)
		end_refused(conn, r, reason);
	else
		row_end(conn, 0, "", "The policy stays in force.");
	return 0;
}

static int rollback(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	char reason[REASON_MAX];
	int r;

	if (wire_close(in) < 0)
		return -EPROTO;
	r = policy_rollback(parts->policy, reason);
	if (r) {
		end_refused(conn, r, reason);
		return 0;
	}
	policy_control_show(parts, conn);
	row_end(conn, 0, "",
		"The policy before is in force again. The files are as they were, and are not "
		"taken again until they change: correct them, then idpctl policy apply --confirm "
		"5m.");
	return 0;
}

int policy_control_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	return in->type == MSG_POLICY_CONFIRM ? confirm(parts, conn, in)
					      : rollback(parts, conn, in);
}
