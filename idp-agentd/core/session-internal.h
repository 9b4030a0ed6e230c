/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SESSION_INTERNAL_H
#define IDP_CORE_SESSION_INTERNAL_H

/* What session.c and the session-*.c of its handlers share; nobody else includes this. */

#include "idp-agentd/core/prompt.h"
#include "idp-agentd/core/session.h"

struct step {
	struct session_input *input;
	usec_t now;
	struct session_out *out;
};

/* ---- endings, session-end.c ---- */

int session_finish(struct session *s, const struct step *step, enum wire_result result,
		   const char *reason, const char *text);
/* The ending of a known reason, in that reason's words. */
int session_end(struct session *s, const struct step *step, enum wire_result result,
		const char *reason);
int session_not_ours(struct session *s, const struct step *step);
/* MUST 2: known now, but perhaps not to the caller. */
int session_come_again(struct session *s, const struct step *step);
/* The world itself failed. */
int session_broken(struct session *s, const struct step *step, int error);
int session_verdict(struct session *s, const struct step *step,
		    const struct session_verdict *verdict);

/* ---- who is it, session.c ---- */

int session_find(struct session *s, struct session_person *ret);
/* What speaks against a known person whatever the rules say, or NULL. */
const char *session_objection(const struct session_person *person);

/* What every prompt of this session says first. */
struct prompt_who session_who(const struct session *s);
void session_put(char *room, size_t len, const char *text);
usec_t session_earlier(usec_t a, usec_t b);
/* The prompt in out goes out; its answer is awaited in state, for as long as the code is good. */
int session_ask(struct session *s, const struct step *step, enum session_state state,
		enum wire_ask style);

/* ---- the second sign-in, session-step-up.c ---- */

/* Whether one may begin after this verdict. */
bool step_up_may(const struct session *s, const struct session_verdict *verdict);
/* Begins it; nothing of identity is left then but whose it was. */
int step_up_begin(struct session *s, const struct step *step, const struct session_person *person,
		  const struct identity *identity, const struct session_verdict *verdict);
/* Whether it may be the answer of a second sign-in: there was none, or it is the first's person. */
bool step_up_is_same(const struct session *s, const struct identity *identity);

/* ---- handlers, session-auth.c ---- */

/* Begins the flow of out. */
int session_start_flow(struct session *s, const struct step *step,
		       const struct session_person *person);

int auth_check(struct session *s, const struct step *step);
int auth_on_code(struct session *s, const struct step *step);
int auth_hold_identity(struct session *s, const struct step *step);
int auth_on_refused(struct session *s, const struct step *step);
int auth_on_failed(struct session *s, const struct step *step);
int auth_on_identity(struct session *s, const struct step *step);
int auth_on_early_answer(struct session *s, const struct step *step);
int auth_on_held_answer(struct session *s, const struct step *step);
int auth_on_held_timeout(struct session *s, const struct step *step);
int auth_on_asked_timeout(struct session *s, const struct step *step);
int auth_on_pending_timeout(struct session *s, const struct step *step);
int auth_on_start_timeout(struct session *s, const struct step *step);
int auth_on_replaced(struct session *s, const struct step *step);

/* ---- handlers, session-token.c ---- */

int token_begin(struct session *s, const struct step *step);
int token_on_answer(struct session *s, const struct step *step);

/* ---- handlers, session-password.c ---- */

int password_begin(struct session *s, const struct step *step);
int password_on_answer(struct session *s, const struct step *step);

/* ---- handlers, session-code.c ---- */

int code_on_address(struct session *s, const struct step *step);
int code_on_answer(struct session *s, const struct step *step);
int code_on_repaste(struct session *s, const struct step *step);

#endif
