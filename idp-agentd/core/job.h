/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_JOB_H
#define IDP_CORE_JOB_H

/*
 * A request of idpctl that takes time: it ends once with an END, or dies with its connection.
 * What a request needs besides stands around it, the job as the first member of what calloc() gave.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct conn;
struct control_parts;
struct job;

/* Each may be NULL: nothing to do. */
struct job_ops {
	/* The client is gone: whatever still works for the job must not call it again. Its flow is
	 * aborted already. */
	void (*abandon)(struct job *job);
	/* Frees what the request holds besides its own memory. */
	void (*release)(struct job *job);
};

struct job {
	const struct job_ops *ops;
	const struct control_parts *parts;
	struct conn *conn;
	uint64_t flow; /* of idp-netd; 0 none */
	bool failed;   /* a finding was an error */
};

/* The job is its connection's from here on, which frees it. parts lives as long as the connection.
 */
void job_begin(struct job *job, const struct job_ops *ops, const struct control_parts *parts,
	       struct conn *conn);
/* The last answer; the job is gone after it. */
void job_end(struct job *job, uint32_t status, const char *code, const char *text);
/* The same for one that has told findings. */
void job_end_findings(struct job *job);

/* A FINDING of idp-netd. Its texts point into the message. */
struct finding {
	enum wire_finding level;
	const char *topic, *text, *remedy;
};

/* Reads one behind its flow. -EPROTO: not as it must be. */
int finding_read(struct wire_in *in, struct finding *ret_finding) _must_check_;
/* Tells the client; an error makes the job one that failed. */
void job_tell(struct job *job, const struct finding *finding);

#endif
