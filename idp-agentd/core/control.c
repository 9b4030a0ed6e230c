/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket. What takes time is a job of its connection and dies with it. */
#include "idp-agentd/core/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/backchannel.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/doctor.h"
#include "idp-agentd/core/idmap-control.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/pdnd.h"
#include "idp-agentd/core/policy-check.h"
#include "idp-agentd/core/policy-control.h"
#include "idp-agentd/core/provider-check.h"
#include "idp-agentd/core/rebind.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/scope-control.h"
#include "idp-agentd/core/show-policy.h"
#include "idp-agentd/core/show.h"
#include "idp-agentd/core/simulate.h"
#include "idp-agentd/core/status.h"
#include "idp-agentd/core/watchers.h"

#define CONTROL_FORBIDDEN 4u /* as idpctl ends where the socket itself says so */

struct control {
	struct control_parts parts;
	struct backchannel *backchannel;
};

/* ---- SYNC ---- */

struct sync {
	struct job job;
	bool held; /* the deletion guard kept somebody */
};

static void sync_abandon(struct job *job)
{
	passes_unwatch(job->parts->passes, job);
}

static const struct job_ops sync_ops = { .abandon = sync_abandon };

static void sync_on_progress(void *userdata, uint32_t done, uint32_t total, const char *what)
{
	const struct sync *sync = userdata;
	struct conn *conn = sync->job.conn;
	struct buf out;

	conn_begin(conn, &out, MSG_PROGRESS);
	wire_put_u32(&out, done);
	wire_put_u32(&out, total);
	wire_put_str(&out, what);
	conn_send(conn, &out);
}

static void sync_on_ended(void *userdata, const char *directory, bool full,
			  const struct syncer_result *result, const char *error)
{
	struct sync *sync = userdata;
	struct row row;

	sync->job.failed = sync->job.failed || *error;
	sync->held = sync->held || result->held;
	row_begin(&row, "sync");
	row_put_text(&row, "directory", directory);
	row_put_bool(&row, "full", full);
	row_put_number(&row, "users", result->seen);
	row_put_number(&row, "groups", result->groups_seen);
	row_put_number(&row, "changed",
		       result->added + result->changed + result->groups_added +
			       result->groups_changed);
	row_put_number(&row, "retired", result->retired + result->groups_retired);
	row_put_number(&row, "refused", result->refused + result->groups_refused);
	row_put_number(&row, "held", result->held);
	row_put_text(&row, "error", error);
	row_send(&row, sync->job.conn);
	for (size_t i = 0; i < result->n_problems && i < SYNCER_PROBLEMS_MAX; i++) {
		row_begin(&row, "problem");
		row_put_text(&row, "text", result->problems[i]);
		row_send(&row, sync->job.conn);
	}
}

static void sync_on_over(void *userdata)
{
	struct sync *sync = userdata;

	if (sync->job.failed)
		job_end(&sync->job, 1, "sync-failed", "Not every directory could be read.");
	else if (sync->held)
		job_end(&sync->job, 1, "held",
			"So many are gone from the directory that it may be broken, and nobody was "
			"removed. If it is right: idpctl sync --full --force");
	else
		job_end(&sync->job, 0, "", "");
}

static void sync_refuse(struct job *job, const char *directory, int r)
{
	char text[REASON_MAX];

	if (r == -ENOTCONN)
		job_end(job, 1, "not-connected", "idp-netd is not connected; see the journal.");
	else if (r == -ENOENT) {
		(void)snprintf(
			text, sizeof(text),
			*directory
				? "There is no directory %.64s that can be read."
				: "No directory can be read: people are learned as they sign in.%.0s",
			directory);
		job_end(job, 1, "no-directory", text);
	} else
		job_end(job, 1, "busy", "Too many are watching a synchronisation already.");
}

static int control_sync(struct control *control, struct conn *conn, struct wire_in *in)
{
	char directory[CONFIG_NAME_MAX + 1];
	struct passes_watcher watcher = { .progress = sync_on_progress,
					  .ended = sync_on_ended,
					  .over = sync_on_over };
	struct sync *sync;
	bool full, force;
	int r;

	(void)snprintf(directory, sizeof(directory), "%s", wire_get_str(in, CONFIG_NAME_MAX));
	full = wire_get_bool(in);
	force = wire_get_bool(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	sync = calloc(1, sizeof(*sync));
	if (!sync)
		return -ENOMEM;
	job_begin(&sync->job, &sync_ops, &control->parts, conn);
	watcher.userdata = sync;
	r = passes_request(control->parts.passes, directory, full, force, &watcher);
	if (r < 0)
		sync_refuse(&sync->job, directory, r);
	return 0;
}

/* ---- FLUSH ---- */

static void control_flush(struct control *control, struct conn *conn)
{
	char text[REASON_MAX];

	(void)snprintf(text, sizeof(text), "%zu answers were forgotten.",
		       lookup_flush(control->parts.lookup));
	row_end(conn, 0, "", text);
}

/* ---- all of them ---- */

static int control_show(struct control *control, struct conn *conn, struct wire_in *in)
{
	struct authority *authority = control->parts.authority;
	const char *name = wire_get_str(in, REASON_MAX);
	const char *service = in->type == MSG_WHY ? wire_get_str(in, REASON_MAX) : "";

	if (wire_close(in) < 0)
		return -EPROTO;
	if (in->type == MSG_SHOW_USER)
		show_user(authority, conn, name);
	else if (in->type == MSG_SHOW_GROUP)
		show_group(authority, conn, name);
	else if (in->type == MSG_POLICY_SHOW)
		show_policy(authority, conn, name);
	else
		show_why(authority, conn, name, service);
	return 0;
}

static int control_plain(struct control *control, struct conn *conn, struct wire_in *in)
{
	if (wire_close(in) < 0)
		return -EPROTO;
	if (in->type == MSG_DOCTOR)
		return doctor_request(&control->parts, conn);
	if (in->type == MSG_STATUS)
		status_send(&control->parts, conn);
	else if (in->type == MSG_RELOAD)
		policy_control_reload(&control->parts, conn);
	else if (in->type == MSG_FLUSH)
		control_flush(control, conn);
	else
		return -EPROTO;
	return 0;
}

/* What changes who gets in, or takes back such a change, is root's alone: the group of the socket
 * looks, and puts into force what root has written; it does not choose between policies. */
static bool is_about_ids(enum wire_type type)
{
	return type == MSG_IDMAP_IMPORT || type == MSG_IDMAP_ASSIGN;
}

static bool is_for_root(enum wire_type type)
{
	return type == MSG_POLICY_APPLY || type == MSG_POLICY_CONFIRM ||
	       type == MSG_POLICY_ROLLBACK || type == MSG_SCOPE_SET || is_about_ids(type);
}

static void control_forbid(struct conn *conn, enum wire_type type)
{
	char asker[16], detail[24];
	const struct audit_event event = {
		.kind = AUDIT_CONFIG,
		.priority = LOG_WARNING,
		.message = type == MSG_SCOPE_SET ? "a scope was not changed: only root may"
			   : is_about_ids(type)	 ? "ids were not changed: only root may"
						 : "the policy was not changed: only root may",
		.result = "refused",
		.reason = "forbidden",
		.detail = detail,
		.asker = asker,
	};

	(void)snprintf(asker, sizeof(asker), "%u", conn_peer(conn)->uid);
	(void)snprintf(detail, sizeof(detail), "uid %s", asker);
	audit_write(&event);
	row_end(conn, CONTROL_FORBIDDEN, "forbidden",
		"Nothing was changed: only root may. Say it again with sudo.");
}

int control_request(struct control *control, struct conn *conn, struct wire_in *in)
{
	if (is_for_root(in->type) && conn_peer(conn)->uid != 0) {
		control_forbid(conn, in->type);
		return 0;
	}
	if (in->type == MSG_SYNC)
		return control_sync(control, conn, in);
	if (in->type == MSG_PROVIDER_CHECK)
		return provider_check_request(&control->parts, conn, in);
	if (in->type == MSG_BACKCHANNEL)
		return backchannel_request(control->backchannel, &control->parts, conn, in);
	if (in->type == MSG_SCOPE_CHECK || in->type == MSG_SCOPE_SET || in->type == MSG_SCOPE_LIST)
		return scope_control_request(&control->parts, conn, in);
	if (in->type == MSG_IDMAP_IMPORT)
		return idmap_bring_request(&control->parts, conn, in);
	if (in->type == MSG_IDMAP_EXPORT || in->type == MSG_IDMAP_ASSIGN ||
	    in->type == MSG_IDMAP_CLASHES)
		return idmap_control_request(&control->parts, conn, in);
	if (in->type == MSG_REBIND)
		return rebind_request(&control->parts, conn, in);
	if (in->type == MSG_CAN)
		return simulate_request(control->parts.authority, conn, in);
	if (in->type == MSG_POLICY_CHECK || in->type == MSG_POLICY_APPLY)
		return policy_check_request(&control->parts, conn, in);
	if (in->type == MSG_POLICY_CONFIRM || in->type == MSG_POLICY_ROLLBACK)
		return policy_control_request(&control->parts, conn, in);
	if (in->type == MSG_SHOW_USER || in->type == MSG_SHOW_GROUP || in->type == MSG_WHY ||
	    in->type == MSG_POLICY_SHOW)
		return control_show(control, conn, in);
	if (in->type == MSG_PDND)
		return pdnd_request(&control->parts, conn, in);
	if (in->type == MSG_PDND_KEY)
		return pdnd_key_request(&control->parts, conn, in);
	return control_plain(control, conn, in);
}

int control_new(const struct control_parts *parts, struct control **ret_control)
{
	_cleanup_(control_freep) struct control *control = calloc(1, sizeof(*control));
	int r;

	if (!control)
		return -ENOMEM;
	control->parts = *parts;
	r = backchannel_new(&control->backchannel);
	if (r < 0)
		return r;
	*ret_control = TAKE_PTR(control);
	return 0;
}

struct control *control_free(struct control *control)
{
	if (control)
		backchannel_free(control->backchannel);
	free(control);
	return NULL;
}
