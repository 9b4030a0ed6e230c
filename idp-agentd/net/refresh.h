/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_REFRESH_H
#define IDP_NET_REFRESH_H

/*
 * When to fetch a document again: ageing, back-off after failures, and a budget for "what I have
 * does not help". Pure: now comes in, a verdict comes out. The zero value has nothing.
 */

#include <stdbool.h>

#include "common/clock.h"
#include "common/macro.h"

struct refresh {
	bool have;         /* something was fetched */
	usec_t fetched;    /* when */
	usec_t life;       /* fresh for so long */
	unsigned failures; /* since the last success */
	usec_t retry_at;   /* not before */
	unsigned spent;    /* of JWKS_REFETCH_BURST */
	usec_t refilled;   /* when a token last came back */
};

enum refresh_verdict {
	REFRESH_REFUSE = 0, /* nothing usable, and it is too early to ask again */
	REFRESH_FETCH, /* ask and wait; on failure refresh_usable() says whether the old will do */
	REFRESH_USE,
	REFRESH_USE_AND_FETCH, /* good, but ageing: use it, and ask without waiting */
};

enum refresh_verdict refresh_look(const struct refresh *refresh, usec_t now) _must_check_;
/*
 * What is here lacks what somebody needs (a key id nobody has seen): may it be fetched again?
 * Costs one of JWKS_REFETCH_BURST, which come back one a JWKS_REFETCH_REFILL.
 */
bool refresh_spend(struct refresh *refresh, usec_t now) _must_check_;
/* Fetched; max_age is the answer's or HTTP_MAX_AGE_NONE, and is bounded here. */
void refresh_done(struct refresh *refresh, usec_t now, usec_t max_age);
void refresh_failed(struct refresh *refresh, usec_t now);
/* May what is here still be used, fresh or within METADATA_GRACE. */
bool refresh_usable(const struct refresh *refresh, usec_t now) _must_check_;

#endif
