/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handlers that only the password flow has (RFC 6749 section 4.3). What is typed goes out with
 * the step that brings it and is kept nowhere; one try a conversation. The numbers of MUST are
 * those of session.c.
 */
#include "idp-agentd/core/session-internal.h"

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/prompt.h"

/* Nothing is asked of the platform yet: there is nothing to ask. */
int password_begin(struct session *s, const struct step *step)
{
	if (prompt_password(s->request.user, s->provider, step->out->text,
			    sizeof(step->out->text)) < 0)
		return session_broken(s, step, -EMSGSIZE);
	s->code_until = clock_add(step->now, LOGIN_TOKEN_LIFE);
	return session_ask(s, step, SESSION_TYPING, WIRE_ASK_HIDDEN);
}

/* What is asked for is asked of the world anew: a reload may lie between prompt and answer, and a
 * password typed for one platform goes to no other. */
static int password_flow(struct session *s, struct session_flow *flow)
{
	struct session_person person;
	int r = session_find(s, &person);

	if (r < 0)
		return r;
	if (person.local || (person.known && session_objection(&person)))
		return -ESTALE;
	r = s->world->flow(s->world->userdata, &s->request, &person, flow);
	if (r != 0)
		return r < 0 ? r : -ESTALE;
	return flow->way == s->way && !strcmp(flow->provider, s->provider) ? 0 : -ESTALE;
}

/* MUST 8. */
int password_on_answer(struct session *s, const struct step *step)
{
	struct session_out *out = step->out;
	int r = password_flow(s, &out->flow);

	if (r < 0)
		return session_broken(s, step, r);
	if (!s->world->attempt(s->world->userdata, &s->request))
		return session_end(s, step, WIRE_BUSY, "password-brake");
	s->flow_open = true;
	s->state = SESSION_CHECKING;
	out->start_flow = true;
	out->password = step->input->answer;
	out->deadline = clock_add(step->now, LOGIN_PATIENCE);
	return 0;
}
