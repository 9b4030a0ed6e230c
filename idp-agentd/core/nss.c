/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From NSS requests to answers. MUST: a placeholder is shown to root's sshd only (useradd and the
 * scripts of packages ask as root, too, whether a name is free), never for a name that is not
 * ours to give, and never without noting by whom: no session may come of it.
 */
#include "idp-agentd/core/nss.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/answer.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/placeholder.h"

/* A client that waits for a name. */
struct nss_job {
	const struct nss *nss;
	struct conn *conn;
	struct lookup_waiter *waiter;
	enum wire_type type;
	char name[NAME_LEN_MAX + 1];
};

static int nss_answer(const struct nss *nss, struct conn *conn, enum wire_type type,
		      const char *name)
{
	struct authority *authority = nss->authority;

	return type == MSG_INITGROUPS ? answer_gids(authority, conn, name)
				      : answer_user(authority, conn, name);
}

/* MUST. Names that begin with '_' are what packages call their system users. */
static bool nss_may_hold_place(const struct nss *nss, const struct conn *conn, enum wire_type type,
			       const char *name)
{
	return type == MSG_GETPWNAM_LOGIN && conn_peer(conn)->uid == 0 && *name != '_' &&
	       authority_has_directory(nss->authority, true);
}

static void nss_finish(const struct nss *nss, struct conn *conn, enum wire_type type,
		       const char *name, enum lookup_outcome outcome)
{
	int r = ANSWER_E_MISS;

	if (outcome == LOOKUP_FOUND)
		r = nss_answer(nss, conn, type, name);
	if (!r)
		return;
	if (r == ANSWER_E_MISS && nss_may_hold_place(nss, conn, type, name)) {
		placeholders_note(lookup_placeholders(nss->lookup), conn_peer(conn)->pid, name,
				  clock_now());
		answer_placeholder(nss->authority, conn, name);
		return;
	}
	answer_missing(conn,
		       r == ANSWER_E_NEVER || (r == ANSWER_E_MISS && outcome != LOOKUP_UNAVAIL));
}

static void nss_on_done(void *userdata, enum lookup_outcome outcome)
{
	struct nss_job *job = userdata;

	nss_finish(job->nss, job->conn, job->type, job->name, outcome);
	conn_end_job(job->conn);
	free(job);
}

static void nss_on_gone(void *userdata)
{
	struct nss_job *job = userdata;

	lookup_cancel(job->waiter);
	free(job);
}

static const struct conn_job nss_job = {
	.gone = nss_on_gone,
};

static int nss_ask(const struct nss *nss, struct conn *conn, enum wire_type type, const char *name)
{
	struct nss_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	*job = (struct nss_job){ .nss = nss, .conn = conn, .type = type };
	memcpy(job->name, name, strlen(name) + 1); /* a valid name fits */
	conn_begin_job(conn, &nss_job, job, PERMIT_BUSY);
	r = lookup_user(nss->lookup, name, conn_peer(conn)->uid,
			clock_add(clock_now(), NSS_DEADLINE - LOOKUP_MARGIN), nss_on_done, job,
			&job->waiter);
	if (r < 0)
		nss_on_done(job, LOOKUP_UNAVAIL);
	return 0;
}

static int nss_by_name(const struct nss *nss, struct conn *conn, enum wire_type type,
		       const char *name)
{
	int r = nss_answer(nss, conn, type, name);

	if (r == ANSWER_E_MISS)
		return nss_ask(nss, conn, type, name);
	if (r)
		answer_missing(conn, r == ANSWER_E_NEVER);
	return 0;
}

int nss_request(const struct nss *nss, struct conn *conn, struct wire_in *in)
{
	struct authority *authority = nss->authority;
	bool by_name = in->type != MSG_GETPWUID && in->type != MSG_GETGRGID;
	const char *name = by_name ? wire_get_str(in, WIRE_STRING_MAX) : "";
	uint32_t id = by_name ? 0 : wire_get_u32(in);
	int r;

	if (wire_close(in) < 0)
		return -EPROTO;
	if (in->type == MSG_GETPWNAM || in->type == MSG_GETPWNAM_LOGIN ||
	    in->type == MSG_INITGROUPS)
		return nss_by_name(nss, conn, in->type, name);
	if (in->type == MSG_SSH_KEYS)
		r = answer_keys(authority, conn, name);
	else if (in->type == MSG_GETPWUID)
		r = answer_uid(authority, conn, id);
	else if (in->type == MSG_GETGRGID)
		r = answer_gid(authority, conn, id);
	else
		r = answer_group(authority, conn, name);
	/* Ids, groups and keys come with synchronisation only: there is nobody to ask. */
	if (r)
		answer_missing(conn, r > 0);
	return 0;
}
