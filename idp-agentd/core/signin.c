/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver of a session machine. It decides two things only: who may ask about whom (root
 * about anybody, others about the record with their own user id), and that a machine that says
 * -EPROTO costs the side that broke the rules its connection.
 */
#include "idp-agentd/core/signin-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/core/admission.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/grant.h"
#include "idp-agentd/core/login.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/placeholder.h"
#include "idp-agentd/core/scope-seek.h"
#include "idp-agentd/core/signin-read.h"
#include "idp-agentd/core/timer.h"
#include "idp-agentd/core/wallet.h"

/* ---- life ---- */

static void signin_discard_grant(struct signin *signin)
{
	if (signin->grant)
		wallets_discard(signin->owner->parts.wallets, signin->world.provider,
				TAKE_PTR(signin->grant));
}

static struct signin *signin_free(struct signin *signin)
{
	if (!signin)
		return NULL;
	terminal_leave(&signin->seat);
	lookup_cancel(signin->waiter);
	scope_seek_cancel(signin->seek);
	peer_abort(signin->owner->parts.peer, signin->flow);
	sd_event_source_disable_unref(signin->timer);
	session_done(&signin->session);
	world_done(&signin->world);
	signin_discard_grant(signin); /* nobody was let in with it, or nobody keeps it */
	signin->owner->status.under_way--;
	free(signin);
	return NULL;
}
DEFINE_CLEANUP(struct signin *, signin_free);

/* ---- from the link ---- */

static bool signin_is_from_netd(enum session_event event)
{
	switch (event) {
	case SESSION_CODE:
	case SESSION_ADDRESS:
	case SESSION_REPASTE:
	case SESSION_IDENTITY:
	case SESSION_REFUSED:
	case SESSION_FAILED:
		return true;
	case SESSION_START:
	case SESSION_FOUND:
	case SESSION_ANSWER:
	case SESSION_CANCEL:
	case SESSION_HANGUP:
	case SESSION_TIMEOUT:
	case SESSION_REPLACED:
		return false;
	}
	return false;
}

/* Whoever broke the rules: a client is sent away, a person whose idp-netd did is told. */
static void signin_break(struct signin *signin, enum session_event event)
{
	log_warning("sign-in of %s: an event out of turn", signin->session.request.user);
	if (signin_is_from_netd(event)) {
		session_break(&signin->out);
		signin_say_done(signin);
	} else {
		conn_end_job(signin->conn);
		conn_close(signin->conn);
	}
	signin_free(signin);
}

/* Once, and directly before the identity; the machine never sees them. */
static int signin_on_tokens(struct signin *signin, struct wire_in *in)
{
	const char *resource;
	int r = signin->grant ? -EPROTO
			      : grant_read(in, authority_time(), &signin->grant, &resource);

	if (r < 0 && r != -ENOMEM)
		signin_break(signin, SESSION_FAILED);
	return r == -ENOMEM ? 0 : r; /* without them the sign-in goes on */
}

static void signin_note_identity(struct signin *signin, const struct identity *identity)
{
	if (signin->grant && grant_set_identity(signin->grant, identity) < 0)
		signin_discard_grant(signin); /* without them the sign-in goes on */
}

static int signin_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct signin *signin = owner;
	struct signin_heard heard;
	int r;

	(void)flow;
	if (in->type == MSG_TOKENS)
		return signin_on_tokens(signin, in);
	r = signin_read(in, &heard);
	if (r == 0 && heard.event == SESSION_IDENTITY) {
		world_name(&signin->world, heard.input.identity);
		signin_note_identity(signin, heard.input.identity);
	}
	if (last)
		signin->flow = 0;
	if (r == 0 && signin_seek_scopes(signin, &heard))
		return 0;
	if (r < 0) /* it never reaches the machine; nothing else would come for this flow */
		signin_break(signin, SESSION_FAILED);
	else
		r = signin_step(signin, heard.event, &heard.input);
	return r;
}

static void signin_on_lost(void *owner, uint64_t flow)
{
	struct signin *signin = owner;
	const struct session_refusal refusal = { "platform-unreachable",
						 "the link to idp-netd is lost" };

	(void)flow;
	signin->flow = 0;
	IGNORE(signin_step(signin, SESSION_FAILED, &(struct session_input){ .refusal = &refusal }));
}

static const struct flow_owner signin_flow = {
	.message = signin_on_message,
	.lost = signin_on_lost,
};

/* ---- from the lookup and the clock ---- */

static void signin_on_found(void *userdata, enum lookup_outcome outcome)
{
	struct signin *signin = userdata;

	(void)outcome; /* the machine asks the record itself */
	signin->waiter = NULL;
	if (!signin->stepping)
		IGNORE(signin_step(signin, SESSION_FOUND, NULL));
}

static int signin_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	IGNORE(signin_step(userdata, SESSION_TIMEOUT, NULL));
	return 0;
}

/* ---- carrying out ---- */

static enum permit_flow signin_kind(enum session_way way)
{
	switch (way) {
	case SESSION_WAY_CODE:
		return PERMIT_FLOW_CODE;
	case SESSION_WAY_PASSWORD:
		return PERMIT_FLOW_PASSWORD;
	case SESSION_WAY_TOKEN:
		return PERMIT_FLOW_TOKEN;
	case SESSION_WAY_DEVICE:
		break;
	}
	return PERMIT_FLOW_DEVICE;
}

int signin_start_flow(struct signin *signin)
{
	const struct session_flow *flow = &signin->out.flow;
	const struct peer_signin ask = {
		.kind = signin_kind(flow->way),
		.provider = flow->provider,
		.user = signin->session.request.user,
		.password = signin->out.password,
		.scopes = flow->scopes,
		.n_scopes = flow->n_scopes,
		.acr = flow->acr,
		.n_acr = flow->n_acr,
		.max_age = flow->max_age,
		.resource = flow->resource,
		.redirect_uri = signin->session.request.browse ? flow->redirect_uri : NULL,
		.keep = flow->keep,
	};

	if (signin->out.token)
		return peer_ask_token(signin->owner->parts.peer, flow->provider, signin->out.token,
				      &signin_flow, signin, &signin->flow);
	return peer_ask_signin(signin->owner->parts.peer, &ask, &signin_flow, signin,
			       &signin->flow);
}

static void signin_replace_older(struct signin *signin)
{
	struct signin *older =
		terminal_take(&signin->owner->terminals, &signin->seat, &signin->session.request,
			      signin->world.by_root, signin);

	if (!older)
		return;
	/* Its prompt may stay for long; what waits for an Enter only is no flow. */
	admission_give(signin->owner->admission, &older->world.admitted);
	IGNORE(signin_step(older, SESSION_REPLACED, NULL)); /* it may be gone now */
}

/* What a step wants done that answers at once: the event to go on with, or SESSION_EVENTS. */
static enum session_event signin_begin(struct signin *signin)
{
	const struct signins_parts *parts = &signin->owner->parts;

	if (signin->out.find) {
		int r = lookup_user(parts->lookup, signin->session.asked, 0, signin->out.deadline,
				    signin_on_found, signin, &signin->waiter);

		return r < 0 || !signin->waiter ? SESSION_FOUND : SESSION_EVENTS;
	}
	if (signin->out.start_flow) {
		signin_discard_grant(signin); /* of an earlier flow of this sign-in */
		signin_replace_older(signin);
		return signin_start_flow(signin) < 0 ? SESSION_FAILED : SESSION_EVENTS;
	}
	if (signin->out.redirect)
		return peer_redirect(parts->peer, signin->flow, signin->out.redirect) < 0
			       ? SESSION_FAILED
			       : SESSION_EVENTS;
	return SESSION_EVENTS;
}

static void signin_end_flow(struct signin *signin)
{
	peer_abort(signin->owner->parts.peer, signin->flow);
	signin->flow = 0;
	signin->seek = scope_seek_cancel(signin->seek);
}

/* Frees signin when it is over. */
static void signin_conclude(struct signin *signin)
{
	if (signin->out.alive)
		signin_say_alive(signin);
	if (signin->out.browse)
		signin_say_browse(signin);
	else if (signin->out.ask)
		signin_say_ask(signin);
	if (signin->world.regrouped) {
		signin->world.regrouped = false;
		signin->owner->parts.publish_now(signin->owner->parts.userdata);
	}
	if (signin->out.done)
		signin_say_done(signin);
	if (signin->world.learned) {
		signin->world.learned = false;
		signin->owner->parts.publish(signin->owner->parts.userdata);
	}
	if (signin->session.state == SESSION_OVER)
		signin_free(signin);
	else if (timer_set(signin->timer, signin->out.deadline) < 0)
		conn_close(signin->conn);
}

int signin_step(struct signin *signin, enum session_event event, struct session_input *input)
{
	static const struct session_refusal no_link = { "platform-unreachable",
							"no link to idp-netd" };
	struct session_input refused = { .refusal = &no_link };
	int r;

	signin->stepping = true;
	do {
		r = session_step(&signin->session, event, input, clock_now(), &signin->out);
		if (signin->out.abort || r < 0)
			signin_end_flow(signin);
		if (r < 0)
			break;
		lookup_cancel(TAKE_PTR(signin->waiter));
		event = signin_begin(signin);
		session_forget(&signin->session);
		input = event == SESSION_FAILED ? &refused : NULL;
	} while (event != SESSION_EVENTS);
	signin->stepping = false;
	if (r >= 0)
		signin_conclude(signin);
	else
		signin_break(signin, event);
	return r;
}

/* ---- from the connection ---- */

static int signin_on_answer(struct signin *signin, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *answer = NULL;
	const char *text = wire_get_str(in, PAM_ANSWER_MAX);

	if (wire_close(in) < 0)
		return -EPROTO;
	answer = secret_new(text, strlen(text));
	if (!answer)
		return -ENOMEM;
	conn_set_state(signin->conn, PERMIT_TALK);
	return signin_step(signin, SESSION_ANSWER, &(struct session_input){ .answer = answer });
}

static int signin_on_client(void *job, struct wire_in *in)
{
	return in->type == MSG_ANSWER ? signin_on_answer(job, in)
				      : signin_step(job, SESSION_CANCEL, NULL);
}

static void signin_on_gone(void *job)
{
	struct signin *signin = job;
	struct session_out out;

	IGNORE(session_step(&signin->session, SESSION_HANGUP, NULL, clock_now(), &out));
	signin_free(signin); /* aborts the flow */
}

static const struct conn_job signin_job = {
	.message = signin_on_client,
	.gone = signin_on_gone,
};

/* Root about anybody; others about themselves, by the record and not by what they say. */
static int signin_may(struct signins *signins, const struct conn *conn, const char *user,
		      bool *ret_may)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum authority_who who;
	int r;

	*ret_may = conn_peer(conn)->uid == 0;
	if (*ret_may)
		return 0;
	r = authority_find_uid(signins->parts.authority, conn_peer(conn)->uid, &who, &person);
	if (r < 0)
		return r;
	*ret_may = who == AUTHORITY_SHOWN && person && !strcmp(person->name, user);
	return 0;
}

static int signin_new(struct signins *signins, struct conn *conn,
		      const struct session_request *request, struct signin **ret_signin)
{
	_cleanup_(signin_freep) struct signin *signin = calloc(1, sizeof(*signin));
	int r;

	if (!signin)
		return -ENOMEM;
	signins->status.under_way++;
	signin->owner = signins;
	signin->conn = conn;
	world_init(&signin->world, signins->parts.authority, signins->admission);
	signin->world.tickets = signins->parts.tickets;
	signin->world.wallets = signins->parts.wallets;
	signin->world.asker = conn_peer(conn)->uid;
	signin->world.by_root = conn_peer(conn)->uid == 0;
	r = session_init(&signin->session, request, &signin->world.ops);
	if (r < 0)
		return r;
	r = sd_event_add_time(signins->parts.event, &signin->timer, CLOCK_BOOTTIME, USEC_INFINITY,
			      10 * USEC_PER_MSEC, signin_on_timer, signin);
	if (r < 0)
		return r;
	*ret_signin = TAKE_PTR(signin);
	return 0;
}

static int signins_start(struct signins *signins, struct conn *conn,
			 const struct session_request *request)
{
	struct signin *signin;
	bool may;
	int r = signin_may(signins, conn, request->user, &may);

	if (r < 0)
		return r;
	if (!may) { /* somebody else, or a name that is not ours: not told apart */
		signin_send_done(conn, WIRE_NOT_OURS, "not-ours", "");
		return 0;
	}
	r = signin_new(signins, conn, request, &signin);
	if (r < 0)
		return r;
	conn_begin_job(conn, &signin_job, signin, PERMIT_TALK);
	return signin_step(signin, SESSION_START, NULL);
}

int signins_request(struct signins *signins, struct conn *conn, struct wire_in *in)
{
	_cleanup_(session_request_done) struct session_request request = { 0 };
	uid_t uid = conn_peer(conn)->uid;
	int r;

	if (uid != 0 && !quota_bucket_take(&signins->strangers[uid % SIGNIN_BUCKETS],
					   STRANGER_PAM_BURST, STRANGER_PAM_REFILL, clock_now())) {
		signin_send_done(conn, WIRE_BUSY, "busy", "");
		return 0;
	}
	if (in->type == MSG_LOGIN_WHERE || in->type == MSG_LOGIN)
		r = login_read_request(signins->parts.authority, conn, in, &request);
	else
		r = signin_read_request(in, &request);
	if (r)
		return r < 0 ? r : 0; /* LOGIN_E_ANSWERED */
	request.placeholder = placeholders_has(lookup_placeholders(signins->parts.lookup),
					       conn_peer(conn)->pid, request.user, clock_now());
	return signins_start(signins, conn, &request);
}

/* ---- all of them ---- */

int signins_new(const struct signins_parts *parts, struct signins **ret_signins)
{
	_cleanup_(signins_freep) struct signins *signins = calloc(1, sizeof(*signins));
	int r;

	if (!signins)
		return -ENOMEM;
	signins->parts = *parts;
	r = admission_new(&signins->admission);
	if (r == 0)
		r = scope_seeker_new(parts->authority, parts->peer, &signins->seeker);
	if (r < 0)
		return r;
	*ret_signins = TAKE_PTR(signins);
	return 0;
}

struct signins *signins_free(struct signins *signins)
{
	if (!signins)
		return NULL;
	admission_free(signins->admission);
	scope_seeker_free(signins->seeker);
	free(signins);
	return NULL;
}

void signins_get_status(const struct signins *signins, struct signins_status *ret_status)
{
	*ret_status = signins->status;
}
