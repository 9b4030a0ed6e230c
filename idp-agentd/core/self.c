/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. The person is the one whose user id the kernel reports, and it is looked up for each question:
 *    nothing a process says of itself counts, root included.
 * 2. Whoever is nobody of the platform's hears one and the same, whatever the reason.
 * 3. An answer costs a read of the record: each user has so many and no more.
 */
#include "idp-agentd/core/self.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/grant.h"
#include "idp-agentd/core/logout-url.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/quota.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/ticket.h"
#include "idp-agentd/core/wallet.h"

#define SELF_BUCKETS 256u

struct selves {
	struct selves_parts parts;
	struct quota_bucket buckets[SELF_BUCKETS]; /* by user id */
};

/* A question that takes time. */
struct self_job {
	struct conn *conn;
	struct selves *selves;
	bool kept; /* LOGOUT: there was something to forget */
	char provider[CONFIG_NAME_MAX + 1];
	uint32_t uid; /* TICKET: whose */
	char user[NAME_LEN_MAX + 1];
	struct wallet_waiter *waiter;
	struct wallet_errand *errand;
};

/* ---- jobs ---- */

static void job_on_gone(void *userdata)
{
	struct self_job *job = userdata;

	wallet_waiter_cancel(job->waiter);
	wallet_errand_leave(job->errand);
	free(job);
}

static const struct conn_job job_ops = { .gone = job_on_gone };

static struct self_job *job_new(struct selves *selves, struct conn *conn)
{
	struct self_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->selves = selves;
	job->conn = conn;
	conn_begin_job(conn, &job_ops, job, PERMIT_BUSY);
	return job;
}

static void job_end(struct self_job *job)
{
	conn_end_job(job->conn);
	free(job);
}

static int self_broken(struct conn *conn)
{
	row_end(conn, 1, "internal",
		"This host cannot read its record; its administrator finds the cause in the log.");
	return 0;
}

/* ---- WHOAMI ---- */

static void whoami_put_grant(struct row *row, const struct grant *grant)
{
	row_put_number(row, "signed_in", grant->signed_in);
	row_put_number(row, "auth_time", grant->auth_time);
	row_put_text(row, "acr", grant->acr);
	row_put_text(row, "amr", grant->amr);
	row_put_text(row, "scopes", grant->scope);
	row_put_number(row, "token_until", grant->expiry);
	row_put_bool(row, "renewable", grant->refresh);
	row_put_number(row, "kept_until", grant->until);
}

static int self_whoami(struct selves *selves, struct conn *conn, struct wire_in *in,
		       const struct person *person)
{
	const struct config_provider *provider =
		authority_issuer(selves->parts.authority, person->iss);
	_cleanup_(grant_freep) struct grant *grant = NULL;
	uint64_t sessions = 0;
	struct row row;

	if (wire_close(in) < 0)
		return -EPROTO;
	if (wallets_look(selves->parts.wallets, person, &grant) < 0 ||
	    wallets_count_open(selves->parts.wallets, person, &sessions) < 0)
		return self_broken(conn);
	row_begin(&row, "whoami");
	row_put_text(&row, "user", person->name);
	row_put_number(&row, "uid", person->uid);
	row_put_text(&row, "provider", provider ? provider->name : "");
	row_put_text(&row, "issuer", person->iss);
	row_put_text(&row, "subject", person->sub);
	row_put_bool(&row, "tokens", grant);
	if (grant)
		whoami_put_grant(&row, grant);
	row_put_number(&row, "sessions", sessions);
	row_send(&row, conn);
	row_end(conn, 0, "", "");
	return 0;
}

/* ---- TOKEN ---- */

static void token_on_answer(void *userdata, const struct wallet_token *token)
{
	struct self_job *job = userdata;
	struct buf out;

	if (*token->refused) {
		row_end(job->conn, 1, token->refused, token->text);
	} else {
		conn_begin(job->conn, &out, MSG_TOKEN_IS);
		wire_put_strn(&out, token->token->text, token->token->len);
		wire_put_u64(&out, token->expiry);
		wire_put_str(&out, token->type);
		conn_send(job->conn, &out);
	}
	job_end(job);
}

static int self_token(struct selves *selves, struct conn *conn, struct wire_in *in,
		      const struct person *person)
{
	char audience[ISSUER_LEN_MAX + 1];
	struct wallet_waiter *waiter;
	struct self_job *job;
	int r;

	(void)snprintf(audience, sizeof(audience), "%s", wire_get_str(in, ISSUER_LEN_MAX));
	if (wire_close(in) < 0)
		return -EPROTO;
	job = job_new(selves, conn);
	if (!job)
		return -ENOMEM;
	r = wallets_get_token(selves->parts.wallets, person, audience, token_on_answer, job,
			      &waiter);
	if (r == 0 && waiter)
		job->waiter = waiter; /* without one the job is over */
	return r;
}

/* ---- TICKET ---- */

static void ticket_say(struct selves *selves, struct conn *conn, uint32_t uid, const char *user,
		       const struct secret *token)
{
	char text[TICKET_LEN + 1];
	struct buf out;
	int r = tickets_issue(selves->parts.tickets, uid, user, token, clock_now(), text);

	if (r == TICKET_E_MANY) {
		row_end(conn, 1, "busy",
			"You have tickets enough. Use one, or wait until they have expired.");
	} else if (r < 0) {
		row_end(conn, 1, "internal", "No ticket could be made.");
	} else {
		conn_begin(conn, &out, MSG_TICKET_IS);
		wire_put_str(&out, text);
		wire_put_u32(&out, (uint32_t)(TICKET_LIFE / USEC_PER_SEC));
		conn_send(conn, &out);
		secret_erase(text, sizeof(text));
	}
}

static void ticket_on_token(void *userdata, const struct wallet_token *token)
{
	struct self_job *job = userdata;

	if (*token->refused)
		row_end(job->conn, 1, token->refused, token->text);
	else
		ticket_say(job->selves, job->conn, job->uid, job->user, token->token);
	job_end(job);
}

/* For the token the host keeps. */
static int ticket_of_wallet(struct selves *selves, struct conn *conn, const struct person *person)
{
	struct wallet_waiter *waiter;
	struct self_job *job = job_new(selves, conn);
	int r;

	if (!job)
		return -ENOMEM;
	job->uid = conn_peer(conn)->uid;
	(void)snprintf(job->user, sizeof(job->user), "%s", person->name);
	r = wallets_get_token(selves->parts.wallets, person, "", ticket_on_token, job, &waiter);
	if (r == 0 && waiter)
		job->waiter = waiter; /* without one the job is over */
	return r;
}

/* What is brought is looked at when it is used: then as if it had been typed itself. */
static int self_ticket(struct selves *selves, struct conn *conn, struct wire_in *in,
		       const struct person *person)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	const char *text = wire_get_str(in, JWS_LEN_MAX);

	if (wire_close(in) < 0)
		return -EPROTO;
	if (!*text)
		return ticket_of_wallet(selves, conn, person);
	token = secret_new(text, strlen(text));
	if (!token)
		return -ENOMEM;
	ticket_say(selves, conn, conn_peer(conn)->uid, person->name, token);
	return 0;
}

/* ---- LOGOUT ---- */

/* The address for the person's browser: "" when nobody knows one. */
static void logout_address(const struct self_job *job, const char *found,
			   char url[static LOGOUT_URL_MAX + 1])
{
	const struct config_provider *provider =
		config_provider(job->selves->parts.authority->config, job->provider);
	char template[LOGOUT_URL_MAX + 1], reason[REASON_MAX];
	struct logout_values values = { 0 };
	int r;

	*url = '\0';
	if (!provider)
		return;
	values.client_id = provider->client_id;
	if (provider->end_session_endpoint)
		found = provider->end_session_endpoint;
	if (provider->logout_url)
		r = logout_url_build(provider->logout_url, &values, reason, url);
	else if (*found)
		r = logout_url_standard(found, &values, reason, template);
	else
		return;
	if (r == 0 && !provider->logout_url)
		r = logout_url_build(template, &values, reason, url);
	if (r != 0) {
		log_notice("provider %s: no address for a logout: %s", job->provider, reason);
		*url = '\0';
	}
}

static void logout_on_farewell(void *userdata, const struct wallet_farewell *farewell)
{
	struct self_job *job = userdata;
	char url[LOGOUT_URL_MAX + 1];
	struct row row;

	logout_address(job, farewell->endpoint, url);
	row_begin(&row, "logout");
	row_put_text(&row, "provider", job->provider);
	row_put_text(&row, "url", url);
	row_put_bool(&row, "kept", job->kept);
	row_put_bool(&row, "told", farewell->told);
	row_send(&row, job->conn);
	if (!job->kept)
		row_end(job->conn, 0, "", "This host kept no tokens of yours.");
	else if (farewell->told)
		row_end(job->conn, 0, "", "Your tokens are forgotten here and revoked.");
	else
		row_end(job->conn, 1, "not-told",
			"Your tokens are forgotten here, but the identity platform could not be "
			"told: there they live until they expire.");
	job_end(job);
}

static int self_logout(struct selves *selves, struct conn *conn, struct wire_in *in,
		       const struct person *person)
{
	const struct config_provider *provider =
		authority_issuer(selves->parts.authority, person->iss);
	static const struct wallet_farewell nobody = { .endpoint = "" };
	struct self_job *job;
	int r;

	if (wire_close(in) < 0)
		return -EPROTO;
	job = job_new(selves, conn);
	if (!job)
		return -ENOMEM;
	(void)snprintf(job->provider, sizeof(job->provider), "%s", provider ? provider->name : "");
	r = wallets_logout(selves->parts.wallets, person, logout_on_farewell, job, &job->kept,
			   &job->errand);
	if (r == -EIO && !job->kept) { /* what nobody could look for may be there */
		job_end(job);
		return self_broken(conn);
	}
	if (r < 0)
		logout_on_farewell(job, &nobody);
	return 0;
}

/* ---- all of them ---- */

static const struct {
	enum wire_type type;
	int (*answer)(struct selves *selves, struct conn *conn, struct wire_in *in,
		      const struct person *person);
} self_questions[] = {
	{ MSG_WHOAMI, self_whoami },
	{ MSG_TOKEN, self_token },
	{ MSG_LOGOUT, self_logout },
	{ MSG_TICKET, self_ticket },
};

/* MUST 1. */
static int self_find(const struct selves *selves, const struct conn *conn,
		     struct person **ret_person)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum authority_who who;
	int r = authority_find_uid(selves->parts.authority, conn_peer(conn)->uid, &who, &person);

	if (r == 0 && conn_peer(conn)->uid != 0 && who == AUTHORITY_SHOWN)
		*ret_person = TAKE_PTR(person);
	return r;
}

int selves_request(struct selves *selves, struct conn *conn, struct wire_in *in)
{
	_cleanup_(person_freep) struct person *person = NULL;
	uid_t uid = conn_peer(conn)->uid;

	/* MUST 3. */
	if (!quota_bucket_take(&selves->buckets[uid % SELF_BUCKETS], SELF_BURST, SELF_REFILL,
			       clock_now())) {
		row_end(conn, 1, "busy", "You ask too often. Please wait a moment.");
		return 0;
	}
	if (self_find(selves, conn, &person) < 0)
		return self_broken(conn);
	if (!person) { /* MUST 2 */
		row_end(conn, 1, "not-ours", "This user is not one of the identity platform's.");
		return 0;
	}
	for (size_t i = 0; i < ELEMENTSOF(self_questions); i++)
		if (self_questions[i].type == in->type)
			return self_questions[i].answer(selves, conn, in, person);
	return -EPROTO;
}

int selves_new(const struct selves_parts *parts, struct selves **ret_selves)
{
	struct selves *selves = calloc(1, sizeof(*selves));

	if (!selves)
		return -ENOMEM;
	selves->parts = *parts;
	*ret_selves = selves;
	return 0;
}

struct selves *selves_free(struct selves *selves)
{
	free(selves);
	return NULL;
}
