/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SIGNIN_INTERNAL_H
#define IDP_CORE_SIGNIN_INTERNAL_H

/* What signin.c (what comes in) and signin-say.c (what goes out) share; nobody else. */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "idp-agentd/core/quota.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/signin.h"
#include "idp-agentd/core/terminal.h"
#include "idp-agentd/core/world.h"

struct admission;
struct grant;
struct lookup_waiter;
struct scope_seeker;
struct scope_waiter;
struct signin_heard;

#define SIGNIN_BUCKETS 256u

struct signins {
	struct signins_parts parts;
	struct admission *admission;
	struct scope_seeker *seeker;
	struct quota_bucket
		strangers[SIGNIN_BUCKETS]; /* by user id: each request is a journal line */
	struct terminals terminals;
	struct signins_status status;
};

struct signin {
	struct signins *owner;
	struct conn *conn; /* NULL: the client is gone */
	struct session session;
	struct world world;
	struct session_out out;
	sd_event_source *timer;
	uint64_t flow;
	struct terminal_seat seat;
	struct grant *grant; /* what it brought so far: nobody's before the verdict */
	struct lookup_waiter *waiter;
	struct scope_waiter *seek; /* which of its scopes were refused is being found out */
	char refused[REASON_MAX];  /* meanwhile: the platform's words */
	bool again;                /* it was begun anew without some of them */
	bool stepping; /* no step within a step */
};

/* Begins the flow of out. -errno of peer.h. */
int signin_start_flow(struct signin *signin) _must_check_;
/* Negative: the event had no place; signin is over and freed then too. */
int signin_step(struct signin *signin, enum session_event event,
		struct session_input *input);

/* ---- signin-scopes.c ---- */

/* The platform refused the scopes of the flow: true when it is found out which, and the event comes
 * later, or not at all. */
bool signin_seek_scopes(struct signin *signin, const struct signin_heard *heard);

/* ---- signin-say.c ---- */

/* DONE, counted, audited and remembered; what the sign-in brought is kept or given back. */
void signin_say_done(struct signin *signin);
void signin_say_ask(struct signin *signin);
void signin_say_browse(struct signin *signin);
/* The patience of the module begins anew; the person sees nothing of it. */
void signin_say_alive(struct signin *signin);

#endif
