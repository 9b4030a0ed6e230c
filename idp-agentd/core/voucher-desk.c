/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Who may have a voucher is decided here, before anything else is done about it: by the users
 *    and groups of purpose and client, then by the rules for the service "voucher".
 * 2. What the asker may not know of is answered in the words for what nobody knows (purpose.h).
 * 3. A proof of this host's key is made beside a voucher only, and names it (ath).
 * 4. The journal has a line of everybody who got one or was refused, and has an end.
 */
#include "idp-agentd/core/voucher-desk.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/buf.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/caller.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/desk.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/prompt.h"
#include "idp-agentd/core/proof.h"
#include "idp-agentd/core/purpose.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/voucher-audit.h"
#include "idp-agentd/core/voucher-mint.h"
#include "idp-agentd/core/voucher.h"

#define VOUCHER_SERVICE "voucher"
#define VOUCHER_MISSING "missing=" /* of access.h's codes */
#define VOUCHER_SCHEME  "https://"

/* What VOUCHER says, and of what that turned out to be about; the latter is idp.conf's. */
struct request {
	char purpose[CONFIG_NAME_MAX + 1], client[CONFIG_NAME_MAX + 1];
	char digest[VOUCHER_DIGEST_LEN + 1];
	bool bound;
	char method[16], target[LOGOUT_URL_MAX + 1]; /* of the proof; "" none */
};

struct voucher_job {
	struct conn *conn;
	struct desk *desk;
	struct voucher_waiter *waiter;
	struct request request;
	uint32_t uid;
	char user[NAME_LEN_MAX + 1], asker[16];
};

/* ---- the request ---- */

static bool take(char *room, size_t size, const char *text)
{
	return snprintf(room, size, "%s", text) < (int)size;
}

static int request_read(struct wire_in *in, struct request *request)
{
	bool fits = take(request->purpose, sizeof(request->purpose),
			 wire_get_str(in, CONFIG_NAME_MAX));

	fits &= take(request->client, sizeof(request->client), wire_get_str(in, CONFIG_NAME_MAX));
	/* One too long is told, not hung up on: somebody typed it. */
	if (!take(request->digest, sizeof(request->digest), wire_get_str(in, WIRE_STRING_MAX)))
		(void)take(request->digest, sizeof(request->digest), "too long");
	request->bound = wire_get_bool(in);
	fits &= take(request->method, sizeof(request->method),
		     wire_get_str(in, sizeof(request->method) - 1));
	fits &= take(request->target, sizeof(request->target), wire_get_str(in, LOGOUT_URL_MAX));
	return wire_close(in) < 0 || !fits ? -EPROTO : 0;
}

/* A sentence for the asker; "" all is well. */
static const char *request_fault(const struct request *request)
{
	if (*request->digest && !voucher_is_digest(request->digest))
		return "A digest is the SHA-256 of what is sent, in 64 digits of 0-9 and a-f, in "
		       "lower case.";
	if (!request->bound)
		return *request->method || *request->target
			       ? "A proof goes with a voucher that is bound to a key."
			       : "";
	if (strncmp(request->target, VOUCHER_SCHEME, STRLEN(VOUCHER_SCHEME)) != 0 ||
	    !prompt_url_ok(request->target))
		return "A proof is for an https address: write the one you are about to ask.";
	if (strpbrk(request->target, "?#"))
		return "The address of a proof is without what follows '?' and '#' (RFC 9449).";
	return "";
}

/* ---- who asks ---- */

static const char *asker_name(const struct caller *caller)
{
	const char *name = caller->person ? caller->person->name
					  : localnames_name_of(caller->authority->locals,
							       caller->uid);

	/* A name cut short would be another's. */
	return name && strlen(name) <= NAME_LEN_MAX ? name : "";
}

/* MUST 4. */
static void tell_refused(const struct voucher_job *job, const struct config_client *client,
			 const struct config_purpose *purpose, const char *code,
			 const char *detail)
{
	char message[REASON_MAX];
	const struct voucher_trace trace = {
		.what = "refused",
		.text = message,
		.client = client,
		.purpose = purpose,
		.user = job->user,
		.asker = job->asker,
		.reason = code,
		.detail = detail,
	};

	reason_format(message, sizeof(message),
		      "no voucher for user %s (%.32s): purpose \"%.64s\", client \"%.64s\": %.40s",
		      job->asker, job->user, job->request.purpose, job->request.client, code);
	if (desk_may_complain(job->desk, job->uid))
		voucher_audit(&trace);
}

/* ---- the rules ---- */

/* Nobody of a platform: that it has nothing of one is known, so that a [deny] about somebody who has
 * is not about it. */
static void make_program(struct access_request *request)
{
	request->subject_kind = SUBJECT_WORKLOAD;
	request->roles_unknown = request->products_unknown = false;
	request->provider = request->site = request->origin = request->uuid = request->tenant =
		request->consumer = "";
}

/* As a rule's eservice:NAME is compared: by its id, or by its name where it has none. */
static const char *eservice_id(const struct config *config, const struct config_purpose *purpose)
{
	const struct config_eservice *eservice =
		purpose ? config_eservice(config, purpose->eservice) : NULL;

	if (!eservice)
		return "";
	return eservice->id ? eservice->id : eservice->name;
}

/* A process of this host's own user is a program; who a person of the platform is, the record says.
 */
static int rules_decide(const struct voucher_job *job, const struct caller *caller,
			const struct config_client *client, const struct config_purpose *purpose,
			struct access_decision *ret_decision)
{
	struct authority *authority = caller->authority;
	char user[NAME_LEN_MAX + 1], service[] = VOUCHER_SERVICE, here[] = "";
	const struct session_request session = {
		.kind = SESSION_KIND_ACCT,
		.service = service,
		.user = user,
		.rhost = here,
		.tty = here,
		.ruser = here,
	};
	_cleanup_(evidence_freep) struct evidence *evidence = NULL;
	struct access_request request;
	int r;

	memcpy(user, job->user, sizeof(user));
	r = evidence_new(authority, &session, caller->person, NULL, &evidence);
	if (r < 0)
		return r;
	request = *evidence_request(evidence);
	if (!caller->person)
		make_program(&request);
	request.workload_ok = true; /* no session comes of it */
	request.client = client->client_id;
	request.purpose = purpose ? purpose->id : ""; /* known: there is none */
	request.eservice = eservice_id(authority->config, purpose);
	access_check(authority->config->rules, &request, ret_decision);
	return 0;
}

/* Whether it is a no of the [allow] rules: not of a [deny], nor of what no rule opens. */
static bool is_of_allow(const char *code)
{
	return !strcmp(code, "no-rule") || !strcmp(code, "loa-too-low") ||
	       !strcmp(code, "stale-login") ||
	       !strncmp(code, VOUCHER_MISSING, STRLEN(VOUCHER_MISSING));
}

/*
 * Where no [allow] names the service, the users and groups of the sections are all there is to
 * say; a [deny] and the gates count in any case. Root is no exception: what a rule forbids, it
 * forbids.
 */
static bool rules_permit(const struct caller *caller, const struct access_decision *decision)
{
	if (decision->verdict == VERDICT_PERMIT)
		return true;
	return !access_is_named(caller->authority->config->rules, VOUCHER_SERVICE) &&
	       is_of_allow(decision->code);
}

/* ---- the answer ---- */

static void job_on_gone(void *userdata)
{
	struct voucher_job *job = userdata;

	voucher_waiter_cancel(job->waiter);
	free(job);
}

static const struct conn_job job_ops = { .gone = job_on_gone };

static void job_end(struct voucher_job *job)
{
	conn_end_job(job->conn);
	free(job);
}

/* RFC 9449 section 4.2, ath. */
static int hash_voucher(const struct secret *voucher, char ret_ath[static 64])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, voucher->text, voucher->len, digest, &len) != 1)
		return -EIO;
	return b64url_encode(digest, len, ret_ath, 64);
}

/* MUST 3. NULL without one. */
static int make_proof(const struct voucher_job *job, const struct secret *voucher,
		      char reason[static REASON_MAX], struct secret **ret_proof)
{
	char ath[64];
	const struct proof_order order = {
		.method = job->request.method,
		.target = job->request.target,
		.nonce = "",
		.ath = ath,
	};
	const struct key *key = NULL;
	int r;

	if (!job->request.bound)
		return 0;
	r = hash_voucher(voucher, ath);
	if (r == 0)
		r = peer_proof_key(desk_parts(job->desk)->peer, &key);
	if (r < 0)
		return reason_refuse(r, reason, "no proof could be made: %s", strerrordesc_np(-r));
	return proof_make_with(key, &order, authority_time(), reason, ret_proof);
}

static void say_voucher(struct voucher_job *job, const struct voucher_given *given,
			const struct secret *proof)
{
	struct buf out;

	conn_begin(job->conn, &out, MSG_VOUCHER_IS);
	wire_put_strn(&out, given->voucher->text, given->voucher->len);
	wire_put_str(&out, given->type);
	wire_put_u64(&out, given->expiry);
	wire_put_strn(&out, proof ? proof->text : "", proof ? proof->len : 0);
	wire_put_str(&out, job->request.purpose);
	wire_put_str(&out, job->request.client);
	conn_send(job->conn, &out);
}

/* MUST 4: once for each user and voucher. */
static void tell_handed(const struct voucher_job *job, const struct voucher_given *given)
{
	const struct config *config = desk_parts(job->desk)->authority->config;
	char message[REASON_MAX], name[REASON_MAX];
	const struct voucher_trace trace = {
		.what = "handed",
		.text = message,
		.client = config_client(config, job->request.client),
		.purpose = config_purpose(config, job->request.purpose),
		.user = job->user,
		.asker = job->asker,
		.jti = given->jti,
		.audience = given->audience,
	};

	voucher_name(job->request.purpose, job->request.client, name);
	reason_format(message, sizeof(message), "user %s (%.32s) has a voucher: %.170s", job->asker,
		      job->user, name);
	if (!given->again)
		voucher_audit(&trace);
}

static void job_on_voucher(void *userdata, const struct voucher_given *given)
{
	_cleanup_(secret_freep) struct secret *proof = NULL;
	struct voucher_job *job = userdata;
	char reason[REASON_MAX] = "";

	job->waiter = NULL;
	if (*given->refused) {
		row_end(job->conn, 1, given->refused, given->text);
	} else if (make_proof(job, given->voucher, reason, &proof) < 0) {
		row_end(job->conn, 1, "bad-request", reason);
	} else {
		tell_handed(job, given);
		say_voucher(job, given, proof);
	}
	job_end(job);
}

/* ---- all of it ---- */

/* Taken over from here on: by the connection, until it is answered. */
static int job_begin(struct voucher_job *job, const struct caller *caller,
		     const struct config_client *client, const struct config_purpose *purpose)
{
	const struct voucher_order order = {
		.client = client,
		.purpose = purpose,
		.digest = job->request.digest,
		.bound = job->request.bound,
		.uid = caller->uid,
	};
	struct voucher_waiter *waiter;
	int r;

	(void)take(job->request.client, sizeof(job->request.client), client->name);
	conn_begin_job(job->conn, &job_ops, job, PERMIT_BUSY);
	r = vouchers_get(desk_vouchers(job->desk), &order, job_on_voucher, job, &waiter);
	if (r == 0 && waiter)
		job->waiter = waiter; /* without one the job is over */
	return r;
}

/* 0: job is taken over; 1: it was answered, and is not. */
static int job_decide(struct voucher_job *job, const struct caller *caller)
{
	const char *fault = request_fault(&job->request);
	const struct config_purpose *purpose;
	const struct config_client *client;
	struct access_decision decision;

	if (purpose_find(caller, job->request.purpose, job->request.client, &purpose, &client)) {
		tell_refused(job, NULL, NULL, "unknown-purpose", NULL);
		purpose_say_unknown(job->conn); /* MUST 2 */
		return 1;
	}
	if (*fault) {
		row_end(job->conn, 1, "bad-request", fault);
		return 1;
	}
	if (rules_decide(job, caller, client, purpose, &decision) < 0) {
		row_end(job->conn, 1, "internal",
			"This host cannot read its record; its administrator finds the cause in "
			"the log.");
		return 1;
	}
	if (rules_permit(caller, &decision)) /* MUST 1 */
		return job_begin(job, caller, client, purpose);
	tell_refused(job, client, purpose, "voucher-denied", decision.code);
	row_end(job->conn, 1, "voucher-denied",
		*decision.person ? decision.person : "The rules of this host give you none.");
	return 1;
}

int voucher_request(struct desk *desk, struct conn *conn, struct wire_in *in,
		    const struct caller *caller)
{
	struct voucher_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	job->conn = conn;
	job->desk = desk;
	r = request_read(in, &job->request);
	if (r < 0) {
		free(job);
		return r;
	}
	job->uid = caller->uid;
	(void)snprintf(job->user, sizeof(job->user), "%s", asker_name(caller));
	(void)snprintf(job->asker, sizeof(job->asker), "%u", caller->uid);
	r = job_decide(job, caller);
	if (r <= 0)
		return r; /* the connection frees it */
	free(job);
	return 0;
}
