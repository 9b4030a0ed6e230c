/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handlers that only the token flow has: the prompt comes first, and what the person gives is
 * what idp-netd is asked about. The numbers of MUST are those of session.c.
 */
#include "idp-agentd/core/session-internal.h"

#include <errno.h>

#include "common/secret.h"
#include "idp-agentd/core/prompt.h"

/* Nothing is asked of the platform yet: there is nothing to ask. */
int token_begin(struct session *s, const struct step *step)
{
	if (prompt_token(s->world->host, step->out->text, sizeof(step->out->text)) < 0)
		return session_broken(s, step, -EMSGSIZE);
	s->code_until = clock_add(step->now, LOGIN_TOKEN_LIFE);
	return session_ask(s, step, SESSION_TYPING, WIRE_ASK_HIDDEN);
}

/* Lengths at which programs cut what is typed: PAM_MAX_RESP_SIZE, ssh, a terminal's line. */
static bool token_is_cut(size_t len)
{
	return len == 511 || len == 1023 || len == 4095;
}

/* MUST 8. The token goes out with this step and is not kept; nor is what stood for it. */
int token_on_answer(struct session *s, const struct step *step)
{
	const struct secret *typed = step->input->answer;
	struct session_out *out = step->out;
	int r = s->world->ticket(s->world->userdata, &s->request, typed, &s->token);

	if (r == SESSION_E_TICKET)
		return session_end(s, step, WIRE_DENY, "ticket-refused");
	if (r)
		return session_broken(s, step, r < 0 ? r : -EPROTO);
	s->cut = !s->token && token_is_cut(typed->len);
	s->flow_open = true;
	s->state = SESSION_CHECKING;
	out->start_flow = true;
	out->token = s->token ? s->token : typed;
	out->flow = (struct session_flow){ .way = s->way, .provider = s->provider };
	out->deadline = clock_add(step->now, LOGIN_PATIENCE);
	return 0;
}
