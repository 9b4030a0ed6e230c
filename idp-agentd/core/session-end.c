/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a conversation ends, and what the person is told of it. The numbers of MUST are those of
 * session.c.
 */
#include "idp-agentd/core/session-internal.h"

#include <stdio.h>
#include <string.h>

/* What a person is told for a reason code. Add a row here when a code is added. */
static const struct {
	const char *reason;
	const char *text;
} session_texts[] = {
	{ "access-denied", "The sign-in was refused at the identity platform." },
	{ "anonymous",
	  "The identity platform gives such a token to anybody: it does not say who you are." },
	{ "bad-subject",
	  "The identity platform did not say who you are in a way this host understands. Please "
	  "tell the administrator." },
	{ "busy", "Too many sign-ins are waiting for you already. Finish or stop one first." },
	{ "cancelled", "The sign-in was stopped." },
	{ "disabled", "This account is disabled." },
	{ "ended", "This account has ended." },
	{ "expired-code", "The code has expired. Please start again." },
	{ "internal",
	  "The sign-in failed on this host. The administrator finds the cause in its log." },
	{ "password-brake",
	  "Too many wrong passwords were given for this account. Please wait before the next." },
	{ "password-off", "This host may not ask for passwords of your identity platform." },
	{ "platform-refused",
	  "The identity platform refused this host. Please tell the administrator." },
	{ "platform-unreachable",
	  "The identity platform cannot be reached. Please try again later." },
	{ "replaced",
	  "Another sign-in was started at this terminal: only the code shown last is of use." },
	{ "rebind-needed",
	  "This host has been told of another identity platform, or of another way to know people, "
	  "and its administrator has not confirmed that yet." },
	{ "scope-dropped",
	  "The identity platform does not know a permission that this host can do without. Please "
	  "sign in once more." },
	{ "scope-refused",
	  "The identity platform does not know a permission that this host asks for. Please tell the "
	  "administrator." },
	{ "someone-else", "That was somebody else's sign-in: it does not belong to this account." },
	{ "stale", "This host has not been able to confirm your account for too long." },
	{ "wrong-answer", "That was not the answer of this sign-in. Please start again." },
	{ "ticket-refused",
	  "That ticket is not good: it was used, has expired, or is not this account's. Get another "
	  "with \"idpctl ticket\"." },
	{ "token-audience", "That token is not meant for this host." },
	{ "token-cut",
	  "The token came incomplete: the program you typed it into cuts long passwords." },
	{ "token-expired", "That token has expired. Please get a new one." },
	{ "token-inactive",
	  "The identity platform says that this token is expired, revoked or none of its own." },
	{ "token-invalid",
	  "The identity platform's answer did not hold up. Please tell the administrator." },
	{ "token-kind", "That is not an access token that can be used as a password." },
	{ "token-refused", "That is not an access token this host can take." },
	{ "wrong-tenant", "That token is of another organisation than this host's." },
	{ "wrong-password", "The identity platform says: wrong user name or password." },
	{ "workload-token", "That token is a program's, not a person's." },
};

const char *session_text(const char *reason)
{
	for (size_t i = 0; i < ELEMENTSOF(session_texts); i++)
		if (!strcmp(session_texts[i].reason, reason))
			return session_texts[i].text;
	return NULL;
}

int session_finish(struct session *s, const struct step *step, enum wire_result result,
		   const char *reason, const char *text)
{
	struct session_out *out = step->out;

	if (s->flow_open)
		out->abort = true;
	s->flow_open = false;
	s->state = SESSION_OVER;
	out->done = true;
	out->result = result;
	session_put(out->reason, sizeof(out->reason), reason);
	session_put(out->text, sizeof(out->text), text);
	return 0;
}

/* The ending of a known reason, in that reason's words. */
int session_end(struct session *s, const struct step *step, enum wire_result result,
		const char *reason)
{
	return session_finish(s, step, result, reason, session_text(reason));
}

int session_not_ours(struct session *s, const struct step *step)
{
	return session_finish(s, step, WIRE_NOT_OURS, "not-ours", "");
}

int session_come_again(struct session *s, const struct step *step)
{
	char text[REASON_MAX];

	(void)snprintf(
		text, sizeof(text),
		"Welcome %s: this host has just learned who you are. Please connect once more.",
		s->request.user);
	return session_finish(s, step, WIRE_DENY, "learned", text);
}

/* The world itself failed. */
int session_broken(struct session *s, const struct step *step, int error)
{
	(void)snprintf(step->out->detail, sizeof(step->out->detail), "%s", strerrordesc_np(-error));
	return session_end(s, step, WIRE_UNAVAIL, "internal");
}

/* A no that another sign-in could have changed says so: of what kind it must be, or was not. */
static void session_say_no(const struct session *s, const struct session_verdict *verdict,
			   const char *why, char *text, size_t room)
{
	if (s->stepped)
		(void)snprintf(text, room, "%s The second sign-in did not change that.", why);
	else if (*verdict->more && s->way == SESSION_WAY_TOKEN)
		(void)snprintf(text, room, "%s It takes a token of %s.", why, verdict->more);
	else if (*verdict->more)
		(void)snprintf(text, room, "%s It takes %s.", why, verdict->more);
	else
		session_put(text, room, why);
}

int session_verdict(struct session *s, const struct step *step,
		    const struct session_verdict *verdict)
{
	char text[REASON_MAX * 2], said[REASON_MAX * 4];

	if (verdict->permit) {
		step->out->session = verdict->session;
		return session_finish(s, step, WIRE_PERMIT, verdict->reason, "");
	}
	(void)snprintf(text, sizeof(text), "%s is not allowed to use %s on this host.",
		       s->request.user, s->request.service);
	session_say_no(s, verdict, *verdict->say ? verdict->say : text, said, sizeof(said));
	return session_finish(s, step, WIRE_DENY, verdict->reason, said);
}

void session_break(struct session_out *ret_out)
{
	*ret_out = (struct session_out){ .done = true,
					 .result = WIRE_UNAVAIL,
					 .deadline = USEC_INFINITY };
	session_put(ret_out->reason, sizeof(ret_out->reason), "internal");
	session_put(ret_out->detail, sizeof(ret_out->detail), "idp-netd broke the rules");
	session_put(ret_out->text, sizeof(ret_out->text), session_text("internal"));
}
