/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The second sign-in of a conversation (RFC 9470 in spirit): the first has shown who it is, and
 * the rules miss something that a sign-in can bring. It is a flow like the first, and what comes
 * of it goes the same way to the same judge: nothing is believed because it was asked for. The
 * numbers of MUST are those of session.c.
 */
#include "idp-agentd/core/session-internal.h"

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/identity.h"

/*
 * MUST 10. Only a sign-in at the platform's own pages can be asked for more: what a person types
 * here brings what it brings. Who listens for a browser listens for one answer.
 */
bool step_up_may(const struct session *s, const struct session_verdict *verdict)
{
	bool pages = s->way == SESSION_WAY_DEVICE || s->way == SESSION_WAY_CODE;

	return *verdict->more && !s->stepped && pages && !s->request.browse;
}

bool step_up_is_same(const struct session *s, const struct identity *identity)
{
	return !s->stepped ||
	       (!strcmp(s->first_iss, identity->iss) && !strcmp(s->first_sub, identity->sub));
}

/* All that stays of the first identity is whose it was. */
static int step_up_forget(struct session *s, const struct identity *identity)
{
	if (strlen(identity->iss) >= sizeof(s->first_iss) ||
	    strlen(identity->sub) >= sizeof(s->first_sub))
		return -ENAMETOOLONG;
	session_put(s->first_iss, sizeof(s->first_iss), identity->iss);
	session_put(s->first_sub, sizeof(s->first_sub), identity->sub);
	s->identity = identity_free(s->identity); /* it may have been this one */
	return 0;
}

int step_up_begin(struct session *s, const struct step *step, const struct session_person *person,
		  const struct identity *identity, const struct session_verdict *verdict)
{
	struct session_flow *flow = &step->out->flow;
	int r = s->world->more(s->world->userdata, &s->request, person, flow);

	if (r == SESSION_E_SCOPES)
		return session_end(s, step, WIRE_UNAVAIL, "scope-refused");
	if (!r && strcmp(flow->provider, s->provider) != 0)
		r = -ESTALE;
	if (!r)
		r = step_up_forget(s, identity);
	if (r)
		return session_broken(s, step, r < 0 ? r : -EPROTO);
	s->stepped = true;
	s->repastes = 0;
	session_put(s->more, sizeof(s->more), verdict->more);
	flow->way = s->way; /* a reload may have changed the service; the person is at it already */
	step->out->alive = true;
	return session_start_flow(s, step, person);
}
