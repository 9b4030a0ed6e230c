/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a request of idpctl that takes time ends, and how it dies. */
#include "idp-agentd/core/job.h"

#include <errno.h>
#include <stdlib.h>

#include "common/limits.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/row.h"

static void job_free(struct job *job)
{
	if (job->ops->release)
		job->ops->release(job);
	free(job);
}

static void job_on_gone(void *userdata)
{
	struct job *job = userdata;

	peer_abort(job->parts->peer, job->flow);
	if (job->ops->abandon)
		job->ops->abandon(job);
	job_free(job);
}

static const struct conn_job job_conn = { .gone = job_on_gone };

void job_begin(struct job *job, const struct job_ops *ops, const struct control_parts *parts,
	       struct conn *conn)
{
	job->ops = ops;
	job->parts = parts;
	job->conn = conn;
	conn_begin_job(conn, &job_conn, job, PERMIT_BUSY);
}

void job_end(struct job *job, uint32_t status, const char *code, const char *text)
{
	row_end(job->conn, status, code, text);
	conn_end_job(job->conn);
	job_free(job);
}

void job_end_findings(struct job *job)
{
	if (job->failed)
		job_end(job, 1, "findings", "Something needs your attention.");
	else
		job_end(job, 0, "", "");
}

int finding_read(struct wire_in *in, struct finding *ret_finding)
{
	uint32_t level = wire_get_u32(in);
	const char *topic = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, WIRE_STRING_MAX / 4);
	const char *remedy = wire_get_str(in, WIRE_STRING_MAX / 4);

	if (wire_close(in) < 0 || level > WIRE_FINDING_USE)
		return -EPROTO;
	*ret_finding = (struct finding){ (enum wire_finding)level, topic, text, remedy };
	return 0;
}

void job_tell(struct job *job, const struct finding *finding)
{
	static const char *const names[] = { "ok", "note", "warning", "error" };
	struct row row;

	if (finding->level >= WIRE_FINDING_ERROR)
		job->failed = true;
	row_begin(&row, "finding");
	row_put_text(&row, "level", names[finding->level]);
	row_put_text(&row, "topic", finding->topic);
	row_put_text(&row, "text", finding->text);
	row_put_text(&row, "remedy", finding->remedy);
	row_send(&row, job->conn);
}
