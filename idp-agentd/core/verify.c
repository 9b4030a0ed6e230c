/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A resource is a [service] that is written: rules that name no service are about all of them,
 *    and a slip of the pen must not open one that nobody has thought of.
 * 2. Only what idp-netd says of the token is judged, and only for the provider that was asked, as
 *    long as the configuration still says the same of it.
 * 3. Every question is answered once; what cannot be found out is not a yes.
 * 4. Nothing that was said about a token is kept: the next question is judged anew, by the rules
 *    and the record of then.
 */
#include "idp-agentd/core/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/desk.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/verify-internal.h"

#define VERIFY_LIST_MAX  16384u /* bytes of one list of an answer: three fit into a message */
#define VERIFY_FACTS_MAX 20u

/* A VERIFY under way. */
struct verify {
	const struct desk_parts *parts;
	struct conn *conn;
	uint64_t flow; /* of idp-netd; 0 none */
	char resource[CONFIG_NAME_MAX + 1];
	char provider[CONFIG_NAME_MAX + 1];
	char issuer[ISSUER_LEN_MAX + 1]; /* of the provider when it was asked */
};

/* ---- answering ---- */

struct facts {
	size_t n;
	struct wire_field fields[VERIFY_FACTS_MAX];
};

static void facts_add(struct facts *facts, char type, const char *key, const char *value)
{
	if (value && *value && facts->n < VERIFY_FACTS_MAX)
		facts->fields[facts->n++] = (struct wire_field){ type, key, value };
}

static const char *kind_of(enum subject_kind kind)
{
	switch (kind) {
	case SUBJECT_PERSON:
		return "person";
	case SUBJECT_WORKLOAD:
		return "workload";
	case SUBJECT_UNKNOWN:
		break;
	}
	return "";
}

/* Whose token it is. */
static void facts_add_holder(struct facts *facts, const struct verify_verdict *verdict,
			     char auth_time[static 24])
{
	const struct access_request *ask = evidence_request(verdict->evidence);

	facts_add(facts, 's', "kind", kind_of(ask->subject_kind));
	facts_add(facts, 's', "provider", verdict->identity->provider);
	facts_add(facts, 's', "issuer", verdict->identity->iss);
	facts_add(facts, 's', "subject", verdict->identity->sub);
	facts_add(facts, 's', "user", ask->user);
	facts_add(facts, 's', "tenant", ask->tenant);
	facts_add(facts, 's', "client", ask->client);
	facts_add(facts, 's', "purpose", ask->purpose);
	facts_add(facts, 's', "eservice", ask->eservice);
	facts_add(facts, 's', "consumer", ask->consumer);
	facts_add(facts, 's', "acr", ask->acr);
	facts_add(facts, 's', "rule", verdict->decision.rule);
	(void)snprintf(auth_time, 24, "%llu", (unsigned long long)ask->auth_time);
	if (ask->auth_time > 0)
		facts_add(facts, 'n', "auth_time", auth_time);
}

/* What another sign-in would have to be (RFC 9470). */
static void facts_add_wishes(struct facts *facts, const struct verify_verdict *verdict,
			     char acr[static REASON_MAX], char max_age[static 24])
{
	size_t n = 0;

	acr[0] = '\0';
	for (size_t i = 0; i < verdict->n_acr_values && n < REASON_MAX; i++)
		n += (size_t)snprintf(acr + n, REASON_MAX - n, "%s%s", i > 0 ? " " : "",
				      verdict->acr_values[i]);
	if (n < REASON_MAX) /* else it is cut, and names something that does not exist */
		facts_add(facts, 's', "acr_values", acr);
	(void)snprintf(max_age, 24, "%llu", (unsigned long long)verdict->max_age);
	if (verdict->max_age != UINT64_MAX)
		facts_add(facts, 'n', "max_age", max_age);
}

/* All of it, or nothing: half a list would be a wrong one. True: it was left out. */
static bool put_list(struct buf *out, const struct access_list *list)
{
	size_t bytes = 0;

	for (size_t i = 0; i < list->n; i++)
		bytes += strlen(list->items[i]) + 5;
	if (bytes > VERIFY_LIST_MAX) {
		wire_put_count(out, 0);
		return true;
	}
	wire_put_count(out, list->n);
	for (size_t i = 0; i < list->n; i++)
		wire_put_str(out, list->items[i]);
	return false;
}

static void verify_put_no(struct buf *out, const struct verify_verdict *verdict)
{
	const struct access_step_up *step_up = &verdict->decision.step_up;
	const struct access_list none = { .n = 0 };
	const struct access_list scopes = {
		.n = verdict->decision.verdict == VERDICT_STEP_UP && step_up->n_new_scopes > 0
			     ? step_up->n_scopes
			     : 0,
		.items = step_up->scopes,
	};

	IGNORE(put_list(out, &scopes)); /* they are few */
	IGNORE(put_list(out, &none));
	IGNORE(put_list(out, &none));
}

static void verify_send(struct conn *conn, const struct verify_verdict *verdict)
{
	bool yes = verdict->outcome == WIRE_VERIFIED_YES;
	char acr[REASON_MAX], number[24];
	struct facts facts = { .n = 0 };
	struct buf out;

	if (yes)
		facts_add_holder(&facts, verdict, number);
	else if (verdict->outcome == WIRE_VERIFIED_SIGN_IN)
		facts_add_wishes(&facts, verdict, acr, number);
	conn_begin(conn, &out, MSG_VERIFIED);
	wire_put_u32(&out, verdict->outcome);
	wire_put_str(&out, verdict->code);
	wire_put_str(&out, verdict->text);
	wire_put_count(&out, facts.n);
	for (size_t i = 0; i < facts.n; i++)
		wire_put_field(&out, facts.fields[i].type, facts.fields[i].key,
			       facts.fields[i].value);
	if (yes) {
		const struct access_request *ask = evidence_request(verdict->evidence);

		IGNORE(put_list(&out, &ask->scopes));
		IGNORE(put_list(&out, &ask->groups));
		IGNORE(put_list(&out, &ask->roles));
	} else {
		verify_put_no(&out, verdict);
	}
	conn_send(conn, &out);
}

/* One that was not judged. */
static void verify_send_plain(struct conn *conn, enum wire_verified outcome, const char *code,
			      const char *text)
{
	struct verify_verdict verdict = { .max_age = UINT64_MAX };

	verify_refuse(&verdict, outcome, code, text);
	verify_send(conn, &verdict);
}

/* ---- the end of a question ---- */

static void verify_on_gone(void *userdata)
{
	struct verify *verify = userdata;

	peer_abort(verify->parts->peer, verify->flow);
	free(verify);
}

static const struct conn_job verify_job = { .gone = verify_on_gone };

static void verify_end(struct verify *verify)
{
	conn_end_job(verify->conn);
	free(verify);
}

static void verify_end_plain(struct verify *verify, enum wire_verified outcome, const char *code,
			     const char *text)
{
	log_debug("resource %s: %s", verify->resource, code);
	verify_send_plain(verify->conn, outcome, code, text);
	verify_end(verify);
}

static void verify_audit(const struct verify *verify, const struct verify_verdict *verdict)
{
	bool yes = verdict->outcome == WIRE_VERIFIED_YES;
	char message[256];
	const struct audit_event event = {
		.kind = AUDIT_DECISION,
		.priority = LOG_DEBUG, /* a web server has a log of its own, of its own length */
		.message = message,
		.user = verdict->shown ? verdict->person->name : NULL,
		.service = verify->resource,
		.result = yes ? "permit" : "deny",
		.reason = verdict->code,
		.provider = verify->provider,
		.subject = verdict->identity->sub,
		.rule = verdict->decision.rule,
	};

	(void)snprintf(message, sizeof(message), "resource %s: %.128s", verify->resource,
		       verdict->code);
	audit_write(&event);
}

/* MUST 2. */
static bool verify_still_means(const struct verify *verify, const struct identity *identity)
{
	const struct config *config = verify->parts->authority->config;
	const struct config_provider *provider = config_provider(config, verify->provider);
	const struct config_service *service = config_service(config, verify->resource);

	return provider && strcmp(service->name, verify->resource) == 0 &&
	       strcmp(service->provider, verify->provider) == 0 &&
	       strcmp(identity->provider, verify->provider) == 0 &&
	       strcmp(provider->issuer ? provider->issuer : "", verify->issuer) == 0 &&
	       !authority_is_guarded(verify->parts->authority, verify->provider);
}

static void verify_on_identity(struct verify *verify, struct identity *identity)
{
	struct verify_verdict verdict;
	int r;

	if (!verify_still_means(verify, identity)) {
		verify_end_plain(verify, WIRE_VERIFIED_UNAVAIL, "changed",
				 "The configuration has changed meanwhile.");
		return;
	}
	r = verify_judge(verify->parts->authority, verify->resource, identity, &verdict);
	if (r < 0) {
		log_error("resource %s: nothing is decided: %s", verify->resource,
			  strerrordesc_np(-r));
		verify_end_plain(verify, WIRE_VERIFIED_UNAVAIL, "internal",
				 "This host cannot read its record.");
		return;
	}
	verify_audit(verify, &verdict);
	verify_send(verify->conn, &verdict);
	verify_verdict_done(&verdict);
	verify_end(verify);
}

/* DENIED: the token is none that is believed; or it is, and of a tenant that has no business here,
 * where another of the same person's would change nothing. FAILED: nobody knows. */
static int verify_on_refusal(struct verify *verify, struct wire_in *in)
{
	enum wire_verified outcome =
		in->type == MSG_DENIED ? WIRE_VERIFIED_TOKEN : WIRE_VERIFIED_UNAVAIL;
	char code[REASON_MAX], text[REASON_MAX];

	(void)snprintf(code, sizeof(code), "%s", wire_get_str(in, REASON_MAX - 1));
	if (in->type == MSG_DENIED && strcmp(code, "wrong-tenant") == 0)
		outcome = WIRE_VERIFIED_NO;
	(void)snprintf(text, sizeof(text), "%s", wire_get_str(in, WIRE_STRING_MAX));
	if (wire_close(in) < 0)
		return -EPROTO;
	verify_end_plain(verify, outcome, code, text);
	return 0;
}

static int verify_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct verify *verify = owner;
	struct identity *identity = NULL;
	int r;

	(void)flow;
	(void)last; /* every answer is */
	verify->flow = 0;
	if (in->type != MSG_IDENTITY) {
		r = verify_on_refusal(verify, in);
	} else {
		r = identity_read(in, &identity);
		if (r == 0)
			verify_on_identity(verify, identity);
		identity_free(identity);
	}
	if (r == 0)
		return 0;
	verify_end_plain(verify, WIRE_VERIFIED_UNAVAIL, "internal",
			 "What idp-netd says of the token cannot be read.");
	return r == -ENOMEM ? 0 : -EPROTO;
}

static void verify_on_lost(void *owner, uint64_t flow)
{
	struct verify *verify = owner;

	(void)flow;
	verify->flow = 0;
	verify_end_plain(verify, WIRE_VERIFIED_UNAVAIL, "not-connected",
			 "The link to idp-netd was lost.");
}

static const struct flow_owner verify_flow = {
	.message = verify_on_message,
	.lost = verify_on_lost,
};

/* ---- the question ---- */

/* What is asked; texts lie in the message. */
struct asked {
	const char *resource, *token, *proof, *method, *address;
};

static int verify_read(struct wire_in *in, struct asked *asked)
{
	asked->resource = wire_get_str(in, CONFIG_NAME_MAX);
	asked->token = wire_get_str(in, JWS_LEN_MAX);
	asked->proof = wire_get_str(in, PROOF_LEN_MAX);
	asked->method = wire_get_str(in, METHOD_LEN_MAX);
	asked->address = wire_get_str(in, LOGIN_URL_MAX);
	return wire_close(in) < 0 ? -EPROTO : 0;
}

/* MUST 1. NULL: it is none. */
static const struct config_service *find_resource(const struct config *config, const char *name)
{
	const struct config_service *service = config_service(config, name);

	return strcmp(service->name, name) == 0 && strcmp(name, "default") != 0 ? service : NULL;
}

/* Negative: nobody can be asked now. */
static int verify_ask(struct verify *verify, const struct asked *asked)
{
	_cleanup_(secret_freep) struct secret *token =
		secret_new(asked->token, strlen(asked->token));
	_cleanup_(secret_freep) struct secret *proof =
		*asked->proof ? secret_new(asked->proof, strlen(asked->proof)) : NULL;
	const struct peer_shown shown = {
		.provider = verify->provider,
		.token = token,
		.proof = proof,
		.method = asked->method,
		.address = asked->address,
	};

	if (!token || (*asked->proof && !proof))
		return -ENOMEM;
	return peer_ask_verify(verify->parts->peer, &shown, &verify_flow, verify, &verify->flow);
}

static int verify_begin(const struct desk_parts *parts, struct conn *conn,
			const struct config_service *service, const struct asked *asked)
{
	const struct config_provider *provider =
		config_provider(parts->authority->config, service->provider);
	struct verify *verify = calloc(1, sizeof(*verify));

	if (!verify)
		return -ENOMEM;
	verify->parts = parts;
	verify->conn = conn;
	(void)snprintf(verify->resource, sizeof(verify->resource), "%s", service->name);
	(void)snprintf(verify->provider, sizeof(verify->provider), "%s", service->provider);
	(void)snprintf(verify->issuer, sizeof(verify->issuer), "%s",
		       provider && provider->issuer ? provider->issuer : "");
	conn_begin_job(conn, &verify_job, verify, PERMIT_BUSY);
	if (verify_ask(verify, asked) < 0) {
		verify->flow = 0;
		verify_end_plain(verify, WIRE_VERIFIED_UNAVAIL, "not-connected",
				 "idp-netd cannot be asked now.");
	}
	return 0;
}

int verify_request(const struct desk_parts *parts, struct conn *conn, struct wire_in *in)
{
	const struct config_service *service;
	struct asked asked;

	if (verify_read(in, &asked) < 0)
		return -EPROTO;
	service = find_resource(parts->authority->config, asked.resource);
	if (!service) {
		verify_send_plain(conn, WIRE_VERIFIED_NO_RESOURCE, "no-resource",
				  "There is no [service] of that name in idp.conf.");
		return 0;
	}
	if (!*asked.token) {
		verify_send_plain(conn, WIRE_VERIFIED_TOKEN, "no-token", "No token was shown.");
		return 0;
	}
	return verify_begin(parts, conn, service, &asked);
}
