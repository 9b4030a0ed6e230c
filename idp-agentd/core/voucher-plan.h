/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_PLAN_H
#define IDP_CORE_VOUCHER_PLAN_H

/*
 * When a voucher is asked for: not while the one that is kept is young, not while the platform has
 * been left alone. Pure; times are clock_now()'s, so that no wall clock moves them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"

/* Why a client does not ask for a purpose now. Zeroed memory: it may. */
struct voucher_hold {
	usec_t until; /* 0: nothing holds it */
	usec_t pause; /* how long the last one was */
	bool refused; /* the platform said no; else there was trouble on the way */
};

/* The platform said no: a minute, then twice as long each time, an hour at most. */
void voucher_hold_refused(struct voucher_hold *hold, usec_t now);
/* There was no answer, or "later": two seconds, then twice as long, a minute at most; wait is what
 * the platform asked for, 0 nothing. */
void voucher_hold_trouble(struct voucher_hold *hold, usec_t wait, usec_t now);
void voucher_hold_clear(struct voucher_hold *hold);

/* The life of what is kept. Zeroed memory: nothing is. */
struct voucher_term {
	usec_t got, end; /* 0: there is no voucher */
	bool wanted;     /* somebody has asked since it was asked for */
};

void voucher_term_set(struct voucher_term *term, usec_t life, usec_t now);
/* Is it good for a request that begins now? */
bool voucher_term_is_alive(const struct voucher_term *term, usec_t now) _must_check_;

enum voucher_step {
	VOUCHER_HELD = 0, /* there is none, and none is asked for */
	VOUCHER_GIVE,     /* the one that is kept */
	VOUCHER_ASK,      /* the platform; if that fails, the kept one may still be alive */
};

/* What to do for somebody who wants one now. */
enum voucher_step voucher_step(const struct voucher_term *term, const struct voucher_hold *hold,
			       usec_t now) _must_check_;
/* When it is to be asked for by itself: at four fifths of its life, or when the hold ends, if
 * somebody wants it; USEC_INFINITY else. */
usec_t voucher_renewal(const struct voucher_term *term, const struct voucher_hold *hold);
/* When nothing is left of it that anybody needs to know. */
usec_t voucher_oblivion(const struct voucher_term *term, const struct voucher_hold *hold);

#endif
