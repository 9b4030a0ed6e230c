/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handlers of AUTH: from the request through the device flow to the one place that grants. What
 * only the code flow has is in session-code.c.
 * The numbers of MUST are those of session.c.
 */
#include "idp-agentd/core/session-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/prompt.h"

/* MUST 1: byte for byte, both parts, neither empty. */
static bool session_bound(const struct session_person *person, const struct identity *identity)
{
	return *person->iss && *person->sub && !strcmp(person->iss, identity->iss) &&
	       !strcmp(person->sub, identity->sub);
}

/* Whether the identity may be taken for the name of the request. */
static bool session_is(const struct session *s, const struct session_person *person,
		       const struct identity *identity)
{
	if (!*identity->iss || !*identity->sub || !step_up_is_same(s, identity))
		return false;
	if (person->known)
		return session_bound(person, identity);
	return person->learnable && !strcmp(identity->name, s->request.user);
}

/* MUST 2: binds if need be; the answer is "come again" in either case. */
static int auth_learn(struct session *s, const struct step *step,
		      const struct session_person *person, const struct identity *identity)
{
	if (!person->known) {
		int r = s->world->learn(s->world->userdata, s->request.user, identity);

		if (r == SESSION_E_TAKEN)
			return session_end(s, step, WIRE_DENY, "someone-else");
		if (r)
			return session_broken(s, step, r < 0 ? r : -EPROTO);
	}
	IGNORE(s->world->remember(s->world->userdata, &s->request,
				  identity)); /* the next one will */
	return session_come_again(s, step);
}

/* The one place where a sign-in is granted (MUST 1). */
static int auth_judge(struct session *s, const struct step *step, const struct identity *identity)
{
	struct session_person person;
	struct session_verdict verdict = { 0 };
	const char *objection;
	int r = session_find(s, &person);

	if (r < 0)
		return session_broken(s, step, r);
	if (person.local)
		return session_end(s, step, WIRE_DENY, "someone-else");
	if (!session_is(s, &person, identity)) {
		(void)snprintf(step->out->detail, sizeof(step->out->detail),
			       "signed in as %s, sub %s", identity->name, identity->sub);
		return session_end(s, step, WIRE_DENY, "someone-else");
	}
	objection = person.known ? session_objection(&person) : NULL;
	if (objection)
		return session_end(s, step, WIRE_DENY, objection);
	r = s->world->judge(s->world->userdata, &s->request, &person, identity, &verdict);
	if (r < 0)
		return session_broken(s, step, r);
	if (!verdict.permit && step_up_may(s, &verdict))
		return step_up_begin(s, step, &person, identity, &verdict);
	if (!verdict.permit) {
		/* MUST 11. Who was a stranger has no older facts. */
		if (verdict.told && person.known && !s->was_unknown)
			IGNORE(s->world->retract(s->world->userdata, &s->request, identity));
		return session_verdict(s, step, &verdict);
	}
	if (s->was_unknown || !person.known)
		return auth_learn(s, step, &person, identity);
	/* A full disk must not lock out a person the platform has just vouched for. */
	IGNORE(s->world->remember(s->world->userdata, &s->request, identity));
	return session_verdict(s, step, &verdict);
}

/* ---- AUTH ---- */

int session_start_flow(struct session *s, const struct step *step,
		       const struct session_person *person)
{
	const struct session_flow *flow = &step->out->flow;

	if (strlen(flow->provider) >= sizeof(s->provider))
		return session_broken(s, step, -ENAMETOOLONG);
	session_put(s->provider, sizeof(s->provider), flow->provider);
	session_put(s->redirect_uri, sizeof(s->redirect_uri), flow->redirect_uri);
	s->way = flow->way;
	s->prompt = flow->prompt;
	session_put(s->asks, sizeof(s->asks), flow->asks);
	s->was_unknown = s->was_unknown || !person->known;
	if (s->way == SESSION_WAY_TOKEN)
		return token_begin(s, step);
	if (s->way == SESSION_WAY_PASSWORD)
		return password_begin(s, step);
	s->flow_open = true;
	s->state = SESSION_STARTING;
	step->out->start_flow = true;
	step->out->deadline = clock_add(step->now, LOGIN_START_DEADLINE);
	return 0;
}

int session_again(struct session *s, const struct session_flow *flow)
{
	if (s->state != SESSION_STARTING || s->stepped || flow->way != s->way ||
	    strcmp(flow->provider, s->provider) != 0)
		return -EPROTO;
	session_put(s->redirect_uri, sizeof(s->redirect_uri), flow->redirect_uri);
	session_put(s->asks, sizeof(s->asks), flow->asks);
	return 0;
}

static int auth_flow(struct session *s, const struct step *step,
		     const struct session_person *person)
{
	int r;

	if (!s->world->admit(s->world->userdata, &s->request))
		return session_end(s, step, WIRE_BUSY, "busy");
	r = s->world->flow(s->world->userdata, &s->request, person, &step->out->flow);
	if (r == SESSION_E_GUARDED)
		return session_end(s, step, WIRE_UNAVAIL, "rebind-needed");
	if (r == SESSION_E_FORBIDDEN)
		return session_end(s, step, WIRE_DENY, "password-off");
	if (r == SESSION_E_SCOPES)
		return session_end(s, step, WIRE_UNAVAIL, "scope-refused");
	if (r)
		return session_broken(s, step, r < 0 ? r : -EPROTO);
	return session_start_flow(s, step, person);
}

int auth_check(struct session *s, const struct step *step)
{
	struct session_person person;
	const char *objection;
	int r = session_find(s, &person);

	if (r < 0)
		return session_broken(s, step, r);
	if (person.local)
		return session_not_ours(s, step);
	if (!person.known && person.askable && !s->found) {
		s->found = true;
		s->state = SESSION_FINDING;
		step->out->find = true;
		step->out->deadline = clock_add(step->now, NSS_DEADLINE);
		return 0;
	}
	if (!person.known && !person.learnable)
		return session_not_ours(s, step);
	objection = person.known ? session_objection(&person) : NULL;
	if (objection)
		return session_end(s, step, WIRE_DENY, objection);
	if (person.known && s->request.placeholder)
		return session_come_again(s, step);
	return auth_flow(s, step, &person);
}

static bool auth_code_ok(const char *code)
{
	size_t len = strlen(code);

	if (!len || len > LOGIN_CODE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (code[i] <= ' ' || code[i] > '~')
			return false;
	return true;
}

struct prompt_who session_who(const struct session *s)
{
	return (struct prompt_who){
		.style = (enum prompt_style)s->prompt,
		.host = s->world->host,
		.user = s->request.user,
		.service = s->request.service,
		.source = *s->request.rhost ? s->request.rhost : s->request.tty,
		.asks = s->asks,
		.more = s->more,
	};
}

static int auth_prompt(struct session *s, const struct step *step)
{
	const struct session_code *code = step->input->code;
	const struct prompt_device what = {
		.who = session_who(s),
		.uri = code->uri,
		.uri_complete = code->uri_complete,
		.code = code->code,
	};
	int r;

	if (!auth_code_ok(code->code) || !prompt_url_ok(code->uri) ||
	    (*code->uri_complete && !prompt_url_ok(code->uri_complete)))
		return -EBADMSG;
	r = prompt_device(&what, step->out->text, sizeof(step->out->text));
	return r < 0 ? r : prompt_again(&what, s->again, sizeof(s->again));
}

int auth_on_code(struct session *s, const struct step *step)
{
	int r = auth_prompt(s, step);

	if (r < 0) {
		session_put(step->out->detail, sizeof(step->out->detail),
			    "the address or the code cannot be shown to a person");
		return session_end(s, step, WIRE_UNAVAIL, "platform-refused");
	}
	s->code_until =
		clock_add(step->now, session_earlier(step->input->code->life, FLOW_LIFE_MAX));
	return session_ask(s, step, SESSION_ASKED, WIRE_ASK_ECHO);
}

/* MUST 4: the answer waits for the person's Enter. */
int auth_hold_identity(struct session *s, const struct step *step)
{
	s->identity = TAKE_PTR(step->input->identity);
	s->flow_open = false;
	s->state = SESSION_HELD;
	step->out->deadline = s->code_until;
	return 0;
}

/* The codes of OAuth and of idp-netd, in the words of ours. */
static const char *session_refusal_reason(const char *code, const char *otherwise)
{
	static const struct {
		const char *code, *reason;
	} map[] = {
		{ "access_denied", "access-denied" },
		{ "access-denied", "access-denied" },
		{ "expired_token", "expired-code" },
		{ "expired-code", "expired-code" },
		{ "token-invalid", "token-invalid" },
		{ "platform-refused", "platform-refused" },
		{ "platform-unreachable", "platform-unreachable" },
		{ "invalid-scope", "scope-refused" },
		{ "scope-refused", "scope-refused" },
		{ "scope-dropped", "scope-dropped" },
		{ "bad-subject", "bad-subject" },
		{ "busy", "busy" },
		{ "token-refused", "token-refused" },
		{ "token-expired", "token-expired" },
		{ "token-audience", "token-audience" },
		{ "token-inactive", "token-inactive" },
		{ "token-kind", "token-kind" },
		{ "workload-token", "workload-token" },
		{ "anonymous", "anonymous" },
		{ "wrong-tenant", "wrong-tenant" },
		{ "wrong-password", "wrong-password" },
	};

	for (size_t i = 0; i < ELEMENTSOF(map); i++)
		if (!strcmp(map[i].code, code))
			return map[i].reason;
	return otherwise;
}

static enum wire_result session_refusal_result(const char *reason)
{
	if (!strcmp(reason, "platform-unreachable") || !strcmp(reason, "platform-refused") ||
	    !strcmp(reason, "scope-refused") || !strcmp(reason, "scope-dropped"))
		return WIRE_UNAVAIL;
	return !strcmp(reason, "busy") ? WIRE_BUSY : WIRE_DENY;
}

static void session_refuse(struct session *s, const struct step *step, const char *otherwise)
{
	const struct session_refusal *said = step->input->refusal;
	const char *reason = session_refusal_reason(said->code, otherwise);

	if (s->cut && !strcmp(reason, "token-refused"))
		reason = "token-cut";
	s->flow_open = false;
	s->refusal.result = session_refusal_result(reason);
	session_put(s->refusal.reason, sizeof(s->refusal.reason), reason);
	(void)snprintf(s->refusal.detail, sizeof(s->refusal.detail), "%s: %s", said->code,
		       said->text);
}

static int session_say_refusal(struct session *s, const struct step *step)
{
	session_put(step->out->detail, sizeof(step->out->detail), s->refusal.detail);
	return session_end(s, step, s->refusal.result, s->refusal.reason);
}

static int session_hold_refusal(struct session *s, const struct step *step)
{
	s->state = SESSION_HELD;
	step->out->deadline = s->over_at;
	return 0;
}

/* MUST 4: whether the person has to answer a prompt before anything may be said. */
static int session_tell_refusal(struct session *s, const struct step *step)
{
	bool out =
		s->state == SESSION_ASKED || s->state == SESSION_TYPING || s->state == SESSION_HELD;

	return out ? session_hold_refusal(s, step) : session_say_refusal(s, step);
}

int auth_on_refused(struct session *s, const struct step *step)
{
	session_refuse(s, step, "platform-refused");
	return session_tell_refusal(s, step);
}

int auth_on_failed(struct session *s, const struct step *step)
{
	session_refuse(s, step, "platform-unreachable");
	return session_tell_refusal(s, step);
}

int auth_on_identity(struct session *s, const struct step *step)
{
	s->flow_open = false;
	return auth_judge(s, step, step->input->identity);
}

int auth_on_early_answer(struct session *s, const struct step *step)
{
	s->state = SESSION_PENDING;
	step->out->deadline = session_earlier(clock_add(step->now, LOGIN_PATIENCE), s->code_until);
	return 0;
}

int auth_on_held_answer(struct session *s, const struct step *step)
{
	return s->identity ? auth_judge(s, step, s->identity) : session_say_refusal(s, step);
}

int auth_on_held_timeout(struct session *s, const struct step *step)
{
	return s->identity ? session_end(s, step, WIRE_DENY, "expired-code")
			   : session_say_refusal(s, step);
}

/*
 * Two codes on one terminal cannot be told apart by who reads them, so the older one ends, even
 * when the platform has answered it: that person goes on with the one shown last.
 */
int auth_on_replaced(struct session *s, const struct step *step)
{
	step->out->abort = s->flow_open;
	s->flow_open = false;
	s->identity = identity_free(s->identity);
	s->refusal.result = WIRE_DENY;
	*s->refusal.detail = '\0';
	session_put(s->refusal.reason, sizeof(s->refusal.reason), "replaced");
	return session_tell_refusal(s, step);
}

/* The code is worthless, and the person still reads it. */
int auth_on_asked_timeout(struct session *s, const struct step *step)
{
	step->out->abort = s->flow_open;
	s->flow_open = false;
	s->refusal.result = WIRE_DENY;
	session_put(s->refusal.reason, sizeof(s->refusal.reason),
		    s->way == SESSION_WAY_DEVICE || s->way == SESSION_WAY_CODE ? "expired-code"
									       : "cancelled");
	return session_hold_refusal(s, step);
}

int auth_on_pending_timeout(struct session *s, const struct step *step)
{
	if (step->now >= session_earlier(s->code_until, s->over_at))
		return session_end(s, step, WIRE_DENY, "expired-code");
	session_put(step->out->text, sizeof(step->out->text), s->again);
	return session_ask(s, step, SESSION_ASKED, WIRE_ASK_ECHO);
}

int auth_on_start_timeout(struct session *s, const struct step *step)
{
	return session_end(s, step, WIRE_UNAVAIL, "platform-unreachable");
}
