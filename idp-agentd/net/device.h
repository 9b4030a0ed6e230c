/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DEVICE_H
#define IDP_NET_DEVICE_H

/*
 * The waiting half of the device flow (RFC 8628 sections 3.4, 3.5) as a pure state machine: when
 * to ask the token endpoint, and what its answer means. Time comes in, a deadline comes out.
 */

#include <stdbool.h>

#include "common/clock.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/oauth.h"

enum device_state {
	DEVICE_NONE = 0,
	DEVICE_WAITING, /* until next */
	DEVICE_ASKING,  /* a poll is under way */
	DEVICE_GRANTED, /* tokens came */
	DEVICE_DENIED,  /* the person or the platform said no */
	DEVICE_EXPIRED,
	DEVICE_FAILED, /* an answer that waiting will not improve */
};
#define DEVICE_STATES (DEVICE_FAILED + 1)

enum device_event {
	DEVICE_TOKENS = 0,
	DEVICE_PENDING,
	DEVICE_SLOW_DOWN,
	DEVICE_NO,          /* access_denied */
	DEVICE_TOO_LATE,    /* expired_token */
	DEVICE_UNREACHABLE, /* network, 5xx: ask again, more and more seldom */
	DEVICE_BROKEN,      /* anything else */
};
#define DEVICE_EVENTS (DEVICE_BROKEN + 1)

struct device {
	enum device_state state;
	usec_t interval;
	usec_t expires; /* clock_now() time */
	usec_t next;
	unsigned failures; /* in a row */
};

/* A code was handed out: the first poll is due one interval from now. */
void device_begin(struct device *device, const struct oauth_device *code, usec_t now);
/* Is a poll due? Then the machine is DEVICE_ASKING; past the end it is DEVICE_EXPIRED. */
bool device_due(struct device *device, usec_t now) _must_check_;
/* What the poll brought. In any other state than DEVICE_ASKING: -EPROTO, and nothing changes. */
int device_answer(struct device *device, enum device_event event, usec_t now) _must_check_;
/* When device_due() wants to be called; USEC_INFINITY: it does not. */
usec_t device_deadline(const struct device *device);

/*
 * Reads the answer of a poll. DEVICE_TOKENS only with tokens in ret_tokens (oauth_tokens_done() in
 * every case); ret_error is what the platform said, for the text of a refusal.
 */
enum device_event device_read(const struct http_answer *answer, bool dpop,
			      struct oauth_tokens *ret_tokens,
			      struct oauth_error *ret_error) _must_check_;

#endif
