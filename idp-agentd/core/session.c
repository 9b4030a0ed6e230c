/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PAM conversation. MUST:
 *  1. WIRE_PERMIT to AUTH is said in one place, auth_judge(), and only after an IDENTITY of the
 *     provider that was asked, an exact (iss, sub) match with the record as it is at that moment,
 *     and a permitting verdict of the rules.
 *  2. A person nobody knew when the conversation began is never permitted in it, nor one of whom
 *     the caller was shown a placeholder before: it may hold that passwd entry to its end.
 *  3. Every failure of the world ends in UNAVAIL, but that of remember() and retract(), which
 *     change no answer; every pair of state and event that the table does not list in -EPROTO; zero
 * is no.
 *  4. Between ASK and ANSWER what the platform says is held; only the end of the whole is said.
 *  5. PAM_USER is what was asked about, from the first event to the last: who it is, is found by it
 *     each time. An alias is exchanged for the name that rules, counts and records go by; what that
 *     name alone would find may be somebody else of another directory.
 *  6. A flow that is of no use any more is aborted in the same step.
 *  7. Every state has a deadline; the whole has one as well.
 *  8. In a code flow, with a token or a password an identity is taken only after the person has
 *     answered the prompt.
 *  9. Sessions are counted where OPEN or CLOSE is permitted and nowhere else; what becomes of the
 *     count changes no answer.
 * 10. At most one second sign-in, of the same provider and in the same way, and only after the
 *     rules have said of an identity that a sign-in could bring what is missing. MUST 1 is said of
 *     its answer alone: of the first nothing is left but whose it was, and nobody else's is taken.
 * 11. Whom a sign-in refuses for what it says of them is not let in by what an older one said: the
 *     refused facts are kept, and only those of an identity that MUST 1 asks for.
 */
#include "idp-agentd/core/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/prompt.h"
#include "idp-agentd/core/session-internal.h"

#define SESSION_MARGIN (30 * USEC_PER_SEC) /* our DONE arrives before the module gives up */

typedef int session_handler(struct session *s, const struct step *step);

void session_put(char *room, size_t len, const char *text)
{
	(void)snprintf(room, len, "%s", text ? text : "");
}

usec_t session_earlier(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

int session_ask(struct session *s, const struct step *step, enum session_state state,
		enum wire_ask style)
{
	s->state = state;
	step->out->ask = true;
	step->out->ask_style = style;
	step->out->deadline = s->code_until;
	return 0;
}

/* ---- who is it ---- */

/* MUST 5: who has two names is counted and judged by one of them. */
static int session_call(struct session *s, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	free(s->request.user);
	s->request.user = copy;
	return 0;
}

int session_find(struct session *s, struct session_person *ret)
{
	const char *name;
	int r;

	*ret = (struct session_person){ 0 };
	r = s->world->find(s->world->userdata, s->asked, ret);
	if (r < 0)
		return r;
	name = *ret->name ? ret->name : s->asked;
	return strcmp(name, s->request.user) == 0 ? r : session_call(s, name);
}

/* What speaks against a known person whatever the rules say, or NULL. */
const char *session_objection(const struct session_person *person)
{
	if (!person->active)
		return "disabled";
	if (person->ended)
		return "ended";
	return NULL;
}

/*
 * ---- ACCT, OPEN, CLOSE, CHAUTHTOK: from the record alone ----
 *
 * "Not ours" lets a stack go on with its other modules. It must not be said of a name of ours that
 * nobody may use any more: a process may still see it, in a snapshot that could not be replaced.
 */

static int acct_start(struct session *s, const struct step *step)
{
	struct session_person person;
	struct session_verdict verdict = { 0 };
	const char *objection;
	int r = session_find(s, &person);

	if (r < 0)
		return session_broken(s, step, r);
	if (person.withheld)
		return session_end(s, step, WIRE_EXPIRED, "ended");
	if (person.local || !person.known)
		return session_not_ours(s, step);
	if (s->request.placeholder)
		return session_come_again(s, step);
	objection = session_objection(&person);
	if (!objection && !person.fresh)
		objection = "stale";
	if (objection)
		return session_end(s, step, WIRE_EXPIRED, objection);
	r = s->world->judge(s->world->userdata, &s->request, &person, NULL, &verdict);
	if (r < 0)
		return session_broken(s, step, r);
	return session_verdict(s, step, &verdict);
}

/*
 * Who was let in is not judged again, but how long the session may last is asked here: between the
 * account phase and this one, sshd keeps nothing of a module but what others could change as well.
 */
static int open_start(struct session *s, const struct step *step)
{
	struct session_person person;
	struct session_verdict verdict = { 0 };
	const char *objection;
	int r = session_find(s, &person);

	if (r < 0)
		return session_broken(s, step, r);
	if (person.withheld)
		return session_end(s, step, WIRE_EXPIRED, "ended");
	if (person.local || !person.known)
		return session_not_ours(s, step);
	if (s->request.placeholder)
		return session_come_again(s, step);
	objection = session_objection(&person);
	if (objection)
		return session_end(s, step, WIRE_EXPIRED, objection);
	r = s->world->judge(s->world->userdata, &s->request, &person, NULL, &verdict);
	if (r < 0)
		return session_broken(s, step, r);
	s->world->count(s->world->userdata, &s->request);
	step->out->session = verdict.session; /* a rule may have run out since the account phase */
	return session_finish(s, step, WIRE_PERMIT, "opened", "");
}

static int close_start(struct session *s, const struct step *step)
{
	struct session_person person;
	int r = session_find(s, &person);

	if (r < 0)
		return session_broken(s, step, r);
	if (person.local || !person.known)
		return session_not_ours(s, step);
	s->world->count(s->world->userdata, &s->request);
	return session_finish(s, step, WIRE_PERMIT, "closed", "");
}

static int chauthtok_start(struct session *s, const struct step *step)
{
	struct session_person person;
	char text[ISSUER_LEN_MAX + REASON_MAX];
	int r = session_find(s, &person);

	if (r < 0)
		return session_broken(s, step, r);
	if (person.local || !person.known)
		return session_not_ours(s, step);
	(void)snprintf(text, sizeof(text),
		       "This host keeps no password of %s. Change it at the identity platform: %s",
		       s->request.user,
		       prompt_url_ok(person.iss) ? person.iss : "ask your administrator");
	return session_finish(s, step, WIRE_DENY, "password-elsewhere", text);
}

static int session_on_start(struct session *s, const struct step *step)
{
	s->over_at = clock_add(step->now, PAM_TOTAL_DEADLINE - SESSION_MARGIN);
	switch (s->request.kind) {
	case SESSION_KIND_AUTH:
		return auth_check(s, step);
	case SESSION_KIND_ACCT:
		return acct_start(s, step);
	case SESSION_KIND_OPEN:
		return open_start(s, step);
	case SESSION_KIND_CLOSE:
		return close_start(s, step);
	case SESSION_KIND_CHAUTHTOK:
		return chauthtok_start(s, step);
	case SESSION_KIND_NONE:
		break;
	}
	return -EPROTO;
}

static int session_on_cancel(struct session *s, const struct step *step)
{
	return session_end(s, step, WIRE_DENY, "cancelled");
}

static int session_on_hangup(struct session *s, const struct step *step)
{
	step->out->abort = s->flow_open;
	s->flow_open = false;
	s->state = SESSION_OVER;
	return 0;
}

static int session_on_typed(struct session *s, const struct step *step)
{
	switch (s->way) {
	case SESSION_WAY_TOKEN:
		return token_on_answer(s, step);
	case SESSION_WAY_PASSWORD:
		return password_on_answer(s, step);
	case SESSION_WAY_CODE:
		return code_on_answer(s, step);
	case SESSION_WAY_DEVICE:
		break;
	}
	return -EPROTO;
}

/*
 * The machine. A pair that is not here is -EPROTO. To add a transition, write its handler and
 * name it in its one cell; the model test walks every cell.
 */
static session_handler *const session_table[SESSION_STATES][SESSION_EVENTS] = {
	[SESSION_NONE] = {
		[SESSION_START] = session_on_start,
		[SESSION_HANGUP] = session_on_hangup,
	},
	[SESSION_FINDING] = {
		[SESSION_FOUND] = auth_check,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_check,
		[SESSION_REPLACED] = auth_on_replaced,
	},
	[SESSION_STARTING] = {
		[SESSION_CODE] = auth_on_code,
		[SESSION_ADDRESS] = code_on_address,
		[SESSION_REFUSED] = auth_on_refused,
		[SESSION_FAILED] = auth_on_failed,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_on_start_timeout,
		[SESSION_REPLACED] = auth_on_replaced,
	},
	[SESSION_ASKED] = {
		[SESSION_IDENTITY] = auth_hold_identity,
		[SESSION_REFUSED] = auth_on_refused,
		[SESSION_FAILED] = auth_on_failed,
		[SESSION_ANSWER] = auth_on_early_answer,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_on_asked_timeout,
		[SESSION_REPLACED] = auth_on_replaced,
	},
	[SESSION_TYPING] = {
		[SESSION_REFUSED] = auth_on_refused,
		[SESSION_FAILED] = auth_on_failed,
		[SESSION_ANSWER] = session_on_typed,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_on_asked_timeout,
		[SESSION_REPLACED] = auth_on_replaced,
	},
	[SESSION_PENDING] = {
		[SESSION_IDENTITY] = auth_on_identity,
		[SESSION_REFUSED] = auth_on_refused,
		[SESSION_FAILED] = auth_on_failed,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_on_pending_timeout,
		[SESSION_REPLACED] = auth_on_replaced,
	},
	[SESSION_CHECKING] = {
		[SESSION_IDENTITY] = auth_on_identity,
		[SESSION_REPASTE] = code_on_repaste,
		[SESSION_REFUSED] = auth_on_refused,
		[SESSION_FAILED] = auth_on_failed,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_on_start_timeout,
		[SESSION_REPLACED] = auth_on_replaced,
	},
	[SESSION_HELD] = {
		[SESSION_ANSWER] = auth_on_held_answer,
		[SESSION_CANCEL] = session_on_cancel,
		[SESSION_HANGUP] = session_on_hangup,
		[SESSION_TIMEOUT] = auth_on_held_timeout,
		[SESSION_REPLACED] = auth_on_replaced,
	},
};

/* What the event must bring, and from whom: a wrong provider is as good as no identity. */
static bool session_input_ok(const struct session *s, enum session_event event,
			     const struct session_input *input)
{
	switch (event) {
	case SESSION_CODE:
		return input->code && s->way == SESSION_WAY_DEVICE;
	case SESSION_ADDRESS:
		return input->address && s->way == SESSION_WAY_CODE;
	case SESSION_IDENTITY:
		return input->identity && !strcmp(input->identity->provider, s->provider);
	case SESSION_REPASTE:
		return input->refusal && s->way == SESSION_WAY_CODE;
	case SESSION_REFUSED:
	case SESSION_FAILED:
		return input->refusal;
	case SESSION_START:
	case SESSION_FOUND:
	case SESSION_CANCEL:
	case SESSION_HANGUP:
	case SESSION_TIMEOUT:
	case SESSION_REPLACED:
		return true;
	case SESSION_ANSWER:
		return input->answer || s->state != SESSION_TYPING;
	}
	return false;
}

static int session_dispatch(struct session *s, enum session_event event, const struct step *step)
{
	session_handler *handler = NULL;

	if ((unsigned)s->state < SESSION_STATES && (unsigned)event < SESSION_EVENTS)
		handler = session_table[s->state][event];
	if (!handler || !session_input_ok(s, event, step->input))
		return -EPROTO;
	return handler(s, step);
}

int session_step(struct session *s, enum session_event event, struct session_input *input,
		 usec_t now, struct session_out *ret_out)
{
	struct session_input none = { 0 };
	const struct step step = { .input = input ? input : &none, .now = now, .out = ret_out };
	int r;

	*ret_out = (struct session_out){ .deadline = USEC_INFINITY };
	r = session_dispatch(s, event, &step);
	step.input->identity = identity_free(step.input->identity);
	if (r < 0) {
		IGNORE(session_on_hangup(s, &step));
		ret_out->deadline = USEC_INFINITY;
		return r;
	}
	if (s->state == SESSION_OVER)
		ret_out->deadline = USEC_INFINITY;
	else
		ret_out->deadline = session_earlier(ret_out->deadline, s->over_at);
	return 0;
}

/* ---- life ---- */

int session_init(struct session *s, const struct session_request *request,
		 const struct session_world *world)
{
	*s = (struct session){ .world = world };
	s->request.kind = request->kind;
	s->request.browse = request->browse;
	s->request.placeholder = request->placeholder;
	s->request.port = request->port;
	s->request.service = strdup(request->service);
	s->request.user = strdup(request->user);
	s->request.rhost = strdup(request->rhost);
	s->request.tty = strdup(request->tty);
	s->request.ruser = strdup(request->ruser);
	s->asked = strdup(request->user);
	if (s->request.service && s->request.user && s->request.rhost && s->request.tty &&
	    s->request.ruser && s->asked)
		return 0;
	session_done(s);
	return -ENOMEM;
}

void session_request_done(struct session_request *request)
{
	free(request->service);
	free(request->user);
	free(request->rhost);
	free(request->tty);
	free(request->ruser);
	*request = (struct session_request){ 0 };
}

void session_forget(struct session *s)
{
	s->token = secret_free(s->token);
}

void session_done(struct session *s)
{
	session_request_done(&s->request);
	free(s->asked);
	identity_free(s->identity);
	session_forget(s);
	*s = (struct session){ 0 };
}

const char *session_kind_name(enum session_kind kind)
{
	static const char *const names[] = {
		"none", "auth", "account", "open", "close", "password"
	};

	return (unsigned)kind < ELEMENTSOF(names) ? names[kind] : "?";
}
