/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handlers that only the code flow has: the address goes out with the prompt, what the person
 * brings back goes to idp-netd, and a wrong answer may be put right a few times. The numbers of
 * MUST are those of session.c.
 */
#include "idp-agentd/core/session-internal.h"

#include <errno.h>

#include "idp-agentd/core/prompt.h"

static int code_prompt(const struct session *s, const struct step *step)
{
	const struct session_address *address = step->input->address;
	struct session_out *out = step->out;
	const struct prompt_browser what = {
		.who = session_who(s),
		.url = address->url,
		.redirect_uri = s->redirect_uri,
		.seconds = address->life < FLOW_LIFE_MAX ? (unsigned)(address->life / USEC_PER_SEC)
							 : 0,
	};

	if (!prompt_address_ok(address->url))
		return -EBADMSG;
	if (!s->request.browse)
		return prompt_browser(&what, out->text, sizeof(out->text));
	out->browse = true;
	out->seconds = what.seconds;
	session_put(out->text, sizeof(out->text), address->url);
	return 0;
}

int code_on_address(struct session *s, const struct step *step)
{
	int r = code_prompt(s, step);

	if (r < 0) {
		session_put(step->out->detail, sizeof(step->out->detail),
			    "the address cannot be shown to a person");
		return session_end(s, step, WIRE_UNAVAIL, "platform-refused");
	}
	s->code_until = clock_add(step->now, FLOW_LIFE_MAX);
	return session_ask(s, step, SESSION_TYPING, WIRE_ASK_ECHO);
}

/* MUST 8: only from here on may an identity come. */
int code_on_answer(struct session *s, const struct step *step)
{
	s->state = SESSION_CHECKING;
	step->out->redirect = step->input->answer;
	step->out->deadline = clock_add(step->now, LOGIN_PATIENCE);
	return 0;
}

int code_on_repaste(struct session *s, const struct step *step)
{
	if (s->repastes++ >= LOGIN_REPASTES_MAX) {
		session_put(step->out->detail, sizeof(step->out->detail),
			    step->input->refusal->code);
		return session_end(s, step, WIRE_DENY, "wrong-answer");
	}
	if (prompt_repaste(step->input->refusal->code, step->out->text, sizeof(step->out->text)) <
	    0)
		return -EMSGSIZE;
	return session_ask(s, step, SESSION_TYPING, WIRE_ASK_ECHO);
}
