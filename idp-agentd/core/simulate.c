/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would be decided now. Who is refused whatever the rules say (not of ours, disabled, gone)
 * is refused here in the words of session.c's reasons; then the rules of this moment are asked,
 * about what the last sign-in left, the directory says and the administrator supposes.
 */
#include "idp-agentd/core/simulate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/wire.h"
#include "idp-agentd/core/access-can.h"
#include "idp-agentd/core/access-parse.h"
#include "idp-agentd/core/access-show.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/store-person.h"

struct simulation {
	char user[SESSION_WORD_MAX], service[SESSION_WORD_MAX], as[SESSION_WORD_MAX];
	const char *conditions[ACCESS_SUPPOSED_MAX]; /* inside the message */
	size_t n;
	bool only; /* what is supposed, and not the record */
	struct person *person;
	const char *objection; /* a reason code; NULL none */
	struct access_decision decision;
	char trace[ACCESS_TRACE_MAX];
	char reason[REASON_MAX];
};

static void simulation_done(struct simulation *simulation)
{
	simulation->person = person_free(simulation->person);
}

/* ---- the question ---- */

static int read_question(struct wire_in *in, struct simulation *simulation)
{
	size_t n;

	(void)snprintf(simulation->user, sizeof(simulation->user), "%s",
		       wire_get_str(in, SESSION_WORD_MAX - 1));
	(void)snprintf(simulation->service, sizeof(simulation->service), "%s",
		       wire_get_str(in, SESSION_WORD_MAX - 1));
	(void)snprintf(simulation->as, sizeof(simulation->as), "%s",
		       wire_get_str(in, SESSION_WORD_MAX - 1));
	n = wire_get_count(in);
	if (n > ACCESS_SUPPOSED_MAX)
		return -EPROTO;
	for (size_t i = 0; i < n; i++)
		simulation->conditions[simulation->n++] = wire_get_str(in, WIRE_STRING_MAX);
	simulation->only = wire_get_bool(in);
	return wire_close(in) < 0 ? -EPROTO : 0;
}

/* ---- whoever is refused before any rule ---- */

static int find_person(struct authority *authority, struct simulation *simulation)
{
	enum publish_verdict verdict;
	enum authority_who who;
	bool left = false;
	int r = authority_find(authority, simulation->user, &who, &verdict, &simulation->person);

	if (r < 0)
		return r;
	if (simulation->person) /* rules go by the name, not by the alias */
		(void)snprintf(simulation->user, sizeof(simulation->user), "%s",
			       simulation->person->name);
	if (who == AUTHORITY_LOCAL) {
		simulation->objection = verdict == PUBLISH_NO ? "local" : "ended";
	} else if (who == AUTHORITY_NOBODY) {
		r = store_has_left(authority->store, simulation->user, &left);
		simulation->objection = left ? "ended" : NULL;
	} else if (!simulation->person->active || verdict == PUBLISH_INACTIVE ||
		   verdict == PUBLISH_LOA) {
		simulation->objection = "disabled";
	} else if (verdict == PUBLISH_ENDED) {
		simulation->objection = "ended";
	}
	return r > 0 ? -EIO : r;
}

/* ---- the rules ---- */

/* Without the record nothing is unknown of them: as in [expect], so that both say the same. */
static struct access_request base_of(const struct simulation *simulation,
				     const struct access_request *known)
{
	struct access_request base = simulation->only ? access_nobody : *known;

	base.now = known->now;
	base.host = known->host;
	base.user = known->user;
	base.service = known->service;
	return base;
}

static int ask_rules(struct authority *authority, struct simulation *simulation)
{
	_cleanup_(evidence_freep) struct evidence *evidence = NULL;
	const struct session_request request = { .user = simulation->user,
						 .service = simulation->service };
	struct access_request base;
	struct buf trace;
	int r = evidence_new(authority, &request, simulation->person, NULL, &evidence);

	if (r < 0)
		return r;
	base = base_of(simulation, evidence_request(evidence));
	base.workload_ok = access_is_for_programs(authority->config, simulation->service);
	base.as = *simulation->as ? simulation->as : NULL;
	base.may_step_up = true;
	buf_init_fixed(&trace, simulation->trace, sizeof(simulation->trace));
	r = access_can(authority->config, &base, simulation->conditions, simulation->n,
		       &simulation->decision, &trace, simulation->reason);
	if (r == 0 && buf_end(&trace) < 0)
		simulation->trace[0] = '\0';
	return r;
}

/* ---- the answer ---- */

static const char *name_verdict(const struct simulation *simulation)
{
	if (simulation->objection)
		return "deny";
	switch (simulation->decision.verdict) {
	case VERDICT_PERMIT:
		return "permit";
	case VERDICT_STEP_UP:
		return "step-up";
	case VERDICT_DENY:
		break;
	}
	return "deny";
}

static void put_asked(struct buf *out, const char *name, const char *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s%s", i == 0 && out->len ? " " : "", i == 0 ? name : " ",
			   items[i]);
}

/* What the sign-in would have to ask for, as it is put to the platform. */
static void put_step_up(struct buf *out, const struct access_step_up *step_up)
{
	put_asked(out, "scope=", step_up->scopes, step_up->n_scopes);
	put_asked(out, "acr_values=", step_up->acr, step_up->n_acr);
	if (step_up->max_age != UINT64_MAX)
		buf_printf(out, "%smax_age=%llu", out->len ? " " : "",
			   (unsigned long long)step_up->max_age);
}

static void put_span(struct row *row, const char *key, usec_t time, char *text, size_t room)
{
	struct buf out;

	if (time == USEC_INFINITY)
		return;
	buf_init_fixed(&out, text, room);
	access_put_time(&out, time / USEC_PER_SEC);
	if (buf_end(&out) == 0)
		row_put_text(row, key, text);
}

static void put_known(struct row *row, const char *key, const char *text)
{
	if (text && *text)
		row_put_text(row, key, text);
}

static void put_record(struct row *row, const struct simulation *simulation)
{
	if (simulation->only) {
		row_put_text(row, "record", "not looked at");
	} else if (!simulation->person) {
		row_put_text(row, "record", "none: judged by what is supposed alone");
	} else {
		row_put_number(row, "seen", simulation->person->last_seen);
		row_put_number(row, "signed_in", simulation->person->last_login);
	}
}

static bool is_stale(const struct authority *authority, const struct simulation *simulation)
{
	uint64_t age = person_age(simulation->person, authority_time());

	return age / (USEC_INFINITY / USEC_PER_SEC) > 0 ||
	       age * USEC_PER_SEC > authority->config->agent.offline ||
	       authority_is_stale(authority, simulation->person, simulation->decision.offline);
}

/* Does a permit hold where nobody signs in, as with a key of ssh or a job of cron? */
static void put_without(struct row *row, const struct authority *authority,
			const struct simulation *simulation)
{
	if (!simulation->person || simulation->decision.verdict != VERDICT_PERMIT ||
	    simulation->objection)
		return;
	row_put_text(row, "unattended",
		     is_stale(authority, simulation)
			     ? "no: the platform has not confirmed the person for too long"
			     : "yes");
}

static void send_decision(const struct authority *authority, struct conn *conn,
			  const struct simulation *simulation)
{
	const struct access_decision *decision = &simulation->decision;
	char asked[2 * REASON_MAX], spans[3][32];
	struct buf out;
	struct row row;

	row_begin(&row, "can");
	row_put_text(&row, "user", simulation->user);
	row_put_text(&row, "service", simulation->service);
	row_put_text(&row, "result", name_verdict(simulation));
	row_put_text(&row, "reason",
		     simulation->objection ? simulation->objection : decision->code);
	put_known(&row, "rule", decision->rule);
	put_known(&row, "because", decision->admin);
	put_known(&row, "told",
		  simulation->objection ? session_text(simulation->objection) : decision->person);
	buf_init_fixed(&out, asked, sizeof(asked));
	if (decision->verdict == VERDICT_STEP_UP)
		put_step_up(&out, &decision->step_up);
	put_known(&row, "asks", buf_end(&out) < 0 ? "too much to say" : asked);
	put_record(&row, simulation);
	put_without(&row, authority, simulation);
	put_span(&row, "session", decision->session, spans[0], sizeof(spans[0]));
	put_span(&row, "offline", decision->offline, spans[1], sizeof(spans[1]));
	put_span(&row, "max_age", decision->max_age, spans[2], sizeof(spans[2]));
	row_put_text(&row, "trace", simulation->trace);
	row_send(&row, conn);
}

static void send_end(struct conn *conn, const struct simulation *simulation)
{
	bool permit = !simulation->objection && simulation->decision.verdict == VERDICT_PERMIT;
	bool step_up = !simulation->objection && simulation->decision.verdict == VERDICT_STEP_UP;
	char text[2 * SESSION_WORD_MAX + REASON_MAX];

	(void)snprintf(text, sizeof(text), "%s %s use %s%s", simulation->user,
		       permit || step_up ? "may" : "may not", simulation->service,
		       step_up ? " only after a new sign-in that brings what is missing." : ".");
	row_end(conn, permit ? 0 : 1, "", text);
}

static void send_local(struct conn *conn, const struct simulation *simulation)
{
	char text[SESSION_WORD_MAX + REASON_MAX];

	(void)snprintf(text, sizeof(text),
		       "%s belongs to this host itself: the agent is never asked about it.",
		       simulation->user);
	row_end(conn, 1, "local", text);
}

int simulate_request(struct authority *authority, struct conn *conn, struct wire_in *in)
{
	_cleanup_(simulation_done) struct simulation simulation = { .n = 0 };
	int r = read_question(in, &simulation);

	if (r < 0)
		return r;
	if (!simulation.only)
		r = find_person(authority, &simulation);
	if (r == 0 && simulation.objection && strcmp(simulation.objection, "local") == 0) {
		send_local(conn, &simulation);
		return 0;
	}
	if (r == 0)
		r = ask_rules(authority, &simulation);
	if (r < 0) {
		row_end(conn, 1, "store", "The record cannot be read: see the journal.");
	} else if (r > 0) {
		row_end(conn, 1, "condition", simulation.reason);
	} else {
		send_decision(authority, conn, &simulation);
		send_end(conn, &simulation);
	}
	return 0;
}
