/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket. What takes time is a job of its connection and dies with it. */
#include "idp-agentd/core/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/backchannel.h"
#include "idp-agentd/core/binding.h"
#include "idp-agentd/core/card-mint.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/examine.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/provider-check.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/rebind.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/show.h"
#include "idp-agentd/core/status.h"
#include "idp-agentd/core/wallet.h"
#include "idp-agentd/core/watchers.h"

struct control {
	struct control_parts parts;
	struct backchannel *backchannel;
};

/* A SYNC or a DOCTOR under way. */
struct control_job {
	struct control *control;
	struct conn *conn;
	uint64_t flow; /* DOCTOR */
	size_t n_keys; /* DOCTOR: keys in tokens that are being tried */
	bool failed;
	bool held; /* the deletion guard kept somebody */
};

/* ---- jobs ---- */

static void job_end(struct control_job *job, uint32_t status, const char *code, const char *text)
{
	row_end(job->conn, status, code, text);
	conn_end_job(job->conn);
	free(job);
}

static void job_on_gone(void *userdata)
{
	struct control_job *job = userdata;

	passes_unwatch(job->control->parts.passes, job);
	peer_abort(job->control->parts.peer, job->flow);
	minter_forget(job->control->parts.minter, job);
	free(job);
}

static const struct conn_job job_ops = {
	.gone = job_on_gone,
};

static struct control_job *job_new(struct control *control, struct conn *conn)
{
	struct control_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->control = control;
	job->conn = conn;
	conn_begin_job(conn, &job_ops, job, PERMIT_BUSY);
	return job;
}

/* ---- SYNC ---- */

static void sync_on_progress(void *userdata, uint32_t done, uint32_t total, const char *what)
{
	struct control_job *job = userdata;
	struct buf out;

	conn_begin(job->conn, &out, MSG_PROGRESS);
	wire_put_u32(&out, done);
	wire_put_u32(&out, total);
	wire_put_str(&out, what);
	conn_send(job->conn, &out);
}

static void sync_on_ended(void *userdata, const char *directory, bool full,
			  const struct syncer_result *result, const char *error)
{
	struct control_job *job = userdata;
	struct row row;

	job->failed = job->failed || *error;
	job->held = job->held || result->held;
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
	row_send(&row, job->conn);
	for (size_t i = 0; i < result->n_problems && i < SYNCER_PROBLEMS_MAX; i++) {
		row_begin(&row, "problem");
		row_put_text(&row, "text", result->problems[i]);
		row_send(&row, job->conn);
	}
}

static void sync_on_over(void *userdata)
{
	struct control_job *job = userdata;

	if (job->failed)
		job_end(job, 1, "sync-failed", "Not every directory could be read.");
	else if (job->held)
		job_end(job, 1, "held",
			"So many are gone from the directory that it may be broken, and nobody was "
			"removed. If it is right: idpctl sync --full --force");
	else
		job_end(job, 0, "", "");
}

static void sync_refuse(struct control_job *job, const char *directory, int r)
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
	struct control_job *job;
	bool full, force;
	int r;

	(void)snprintf(directory, sizeof(directory), "%s", wire_get_str(in, CONFIG_NAME_MAX));
	full = wire_get_bool(in);
	force = wire_get_bool(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	job = job_new(control, conn);
	if (!job)
		return -ENOMEM;
	watcher.userdata = job;
	r = passes_request(control->parts.passes, directory, full, force, &watcher);
	if (r < 0)
		sync_refuse(job, directory, r);
	return 0;
}

/* ---- DOCTOR ---- */

static void doctor_send(struct control_job *job, enum wire_finding level, const char *topic,
			const char *text, const char *remedy)
{
	static const char *const names[] = { "ok", "note", "warning", "error" };
	struct row row;

	if (level >= WIRE_FINDING_ERROR)
		job->failed = true;
	row_begin(&row, "finding");
	row_put_text(&row, "level", names[level]);
	row_put_text(&row, "topic", topic);
	row_put_text(&row, "text", text);
	row_put_text(&row, "remedy", remedy);
	row_send(&row, job->conn);
}

/* When the platforms and the tokens have been looked at. */
static void doctor_end(struct control_job *job)
{
	if (job->flow || job->n_keys > 0)
		return;
	if (job->failed)
		job_end(job, 1, "findings", "Something needs your attention.");
	else
		job_end(job, 0, "", "");
}

struct doctor_topic {
	struct control_job *job;
	const char *topic;
};

static void doctor_on_examined(void *userdata, enum wire_finding level, const char *text,
			       const char *remedy)
{
	const struct doctor_topic *about = userdata;

	doctor_send(about->job, level, about->topic, text, remedy);
}

/* A fact is nothing to tell; what this host asks for beyond it is. */
static void doctor_examine(struct control_job *job, enum wire_finding kind, const char *topic,
			   const char *what, const char *value)
{
	struct doctor_topic about = { job, topic };
	const struct examine examine = { job->control->parts.authority->config, doctor_on_examined,
					 &about };

	if (strncmp(topic, "provider ", STRLEN("provider ")) == 0)
		examine_fact(&examine, topic + STRLEN("provider "), kind, what, value);
}

static int doctor_on_finding(struct control_job *job, struct wire_in *in)
{
	uint32_t level = wire_get_u32(in);
	const char *topic = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, WIRE_STRING_MAX / 4);
	const char *remedy = wire_get_str(in, WIRE_STRING_MAX / 4);

	if (wire_close(in) < 0 || level > WIRE_FINDING_USE)
		return -EPROTO;
	if (level >= WIRE_FINDING_OFFER)
		doctor_examine(job, (enum wire_finding)level, topic, text, remedy);
	else
		doctor_send(job, (enum wire_finding)level, topic, text, remedy);
	return 0;
}

static int doctor_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct control_job *job = owner;
	int r = 0;

	(void)flow;
	if (in->type == MSG_FINDING)
		r = doctor_on_finding(job, in);
	else if (in->type == MSG_FAILED)
		doctor_send(job, WIRE_FINDING_ERROR, "network", "idp-netd could not look.",
			    "See the journal of idp-netd.");
	if (last) {
		job->flow = 0;
		doctor_end(job);
	}
	return r;
}

static void doctor_on_lost(void *owner, uint64_t flow)
{
	struct control_job *job = owner;

	(void)flow;
	job->flow = 0;
	doctor_send(job, WIRE_FINDING_ERROR, "network", "The link to idp-netd was lost.",
		    "See the journal of idp-netd.");
	doctor_end(job);
}

static const struct flow_owner doctor_flow = {
	.message = doctor_on_message,
	.lost = doctor_on_lost,
};

/* Providers whose people were bound otherwise than idp.conf says. */
static void doctor_look_at_guards(const struct control *control, struct control_job *job)
{
	const struct binding_guards *guards = control->parts.authority->guards;
	char text[2 * REASON_MAX], remedy[REASON_MAX];

	for (size_t i = 0; guards && i < guards->n; i++) {
		const struct binding_guard *guard = &guards->items[i];

		(void)snprintf(text, sizeof(text),
			       "Provider %.64s: %llu people are bound by %.100s of %.160s, and "
			       "idp.conf now says otherwise: nobody signs in there.",
			       guard->provider, (unsigned long long)guard->people, guard->subject,
			       guard->issuer);
		(void)snprintf(remedy, sizeof(remedy),
			       "Put it back in idp.conf, or: idpctl provider rebind %.64s",
			       guard->provider);
		doctor_send(job, WIRE_FINDING_ERROR, "bindings", text, remedy);
	}
}

/* What the authority sees by itself. */
static void doctor_look(const struct control *control, struct control_job *job)
{
	const char *config_error = control->parts.config_error(control->parts.userdata);
	struct publish_counts counts;
	struct wallets_status wallets;
	uint64_t published;

	publishing_get_status(control->parts.publishing, &counts, &published);
	if (*config_error)
		doctor_send(job, WIRE_FINDING_ERROR, "configuration", config_error,
			    "Correct the file, then idpctl reload; the last good one is in force.");
	else
		doctor_send(job, WIRE_FINDING_OK, "configuration",
			    "The configuration in force is the newest.", "");
	if (!published)
		doctor_send(job, WIRE_FINDING_ERROR, "snapshot",
			    "The snapshot could not be written since the start.",
			    "See the journal; check the space and the owner of its folder.");
	else
		doctor_send(job, WIRE_FINDING_OK, "snapshot", "The snapshot is written.", "");
	doctor_look_at_guards(control, job);
	wallets_get_status(control->parts.wallets, &wallets);
	if (!wallets.ready)
		doctor_send(job, WIRE_FINDING_WARNING, "tokens", wallets.reason,
			    "No tokens of sessions are kept until then; correct it, then idpctl "
			    "reload.");
	if (counts.hidden[PUBLISH_LOCAL])
		doctor_send(job, WIRE_FINDING_WARNING, "names",
			    "Some people of the platform have a name or id of this host's own.",
			    "idpctl user NAME says who; rename the local account or the person.");
	if (counts.hidden[PUBLISH_RANGE])
		doctor_send(job, WIRE_FINDING_WARNING, "ids",
			    "Some people of the record have ids outside id_range.",
			    "Widen id_range again: ids once given are never changed.");
}

/* A key in a token has signed, or not. */
static void doctor_on_key(void *userdata, uint64_t id, const struct secret *made, const char *why)
{
	struct control_job *job = userdata;

	(void)id;
	if (made)
		doctor_send(job, WIRE_FINDING_OK, "token", "The key in the token signs.", "");
	else
		doctor_send(job, WIRE_FINDING_ERROR, "token", why,
			    "See the journal of idp-keyd, and idp-keyd(8).");
	job->n_keys--;
	doctor_end(job);
}

static void doctor_try_keys(const struct control *control, struct control_job *job)
{
	const struct config *config = control->parts.authority->config;
	char reason[REASON_MAX];

	for (size_t i = 0; i < config->n_providers; i++) {
		const struct config_provider *provider = &config->providers[i];

		if (!config_is_token_key(provider->client_key))
			continue;
		if (minter_mint(control->parts.minter, provider, mint_own_audience(provider),
				doctor_on_key, job, i, reason) == 0)
			job->n_keys++;
		else
			doctor_send(job, WIRE_FINDING_ERROR, "token", reason, "");
	}
}

static int control_doctor(struct control *control, struct conn *conn)
{
	struct control_job *job = job_new(control, conn);

	if (!job)
		return -ENOMEM;
	doctor_look(control, job);
	doctor_try_keys(control, job);
	if (peer_ask_probe(control->parts.peer, "", &doctor_flow, job, &job->flow) >= 0)
		return 0;
	job->flow = 0;
	doctor_send(job, WIRE_FINDING_ERROR, "network", "idp-netd is not connected.",
		    "systemctl status idp-netd.socket idp-netd.service");
	doctor_end(job);
	return 0;
}

/* ---- RELOAD, FLUSH ---- */

static void reload_on_problem(void *userdata, const char *text)
{
	struct row row;

	row_begin(&row, "problem");
	row_put_text(&row, "text", text);
	row_send(&row, userdata);
}

static void control_reload(struct control *control, struct conn *conn)
{
	if (control->parts.reload(control->parts.userdata, reload_on_problem, conn))
		row_end(conn, 1, "config-invalid",
			"The configuration was refused; the last good one stays in force.");
	else
		row_end(conn, 0, "", "The configuration was taken.");
}

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
	else
		show_why(authority, conn, name, service);
	return 0;
}

static int control_plain(struct control *control, struct conn *conn, struct wire_in *in)
{
	if (wire_close(in) < 0)
		return -EPROTO;
	if (in->type == MSG_DOCTOR)
		return control_doctor(control, conn);
	if (in->type == MSG_STATUS)
		status_send(&control->parts, conn);
	else if (in->type == MSG_RELOAD)
		control_reload(control, conn);
	else if (in->type == MSG_FLUSH)
		control_flush(control, conn);
	else
		return -EPROTO;
	return 0;
}

int control_request(struct control *control, struct conn *conn, struct wire_in *in)
{
	if (in->type == MSG_SYNC)
		return control_sync(control, conn, in);
	if (in->type == MSG_PROVIDER_CHECK)
		return provider_check_request(&control->parts, conn, in);
	if (in->type == MSG_BACKCHANNEL)
		return backchannel_request(control->backchannel, &control->parts, conn, in);
	if (in->type == MSG_REBIND)
		return rebind_request(&control->parts, conn, in);
	if (in->type == MSG_SHOW_USER || in->type == MSG_SHOW_GROUP || in->type == MSG_WHY)
		return control_show(control, conn, in);
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
