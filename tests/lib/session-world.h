/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_SESSION_WORLD_H
#define IDP_TESTS_LIB_SESSION_WORLD_H

/*
 * A made-up world for the session machine, and the invariant that is the product: a person is let
 * in only after an identity of the asked provider, bound exactly to the record, that the rules
 * permit. Used by the unit test, the model and the fuzzer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/session.h"

struct session_fake {
	struct session_world ops;
	struct session_person person;
	struct session_verdict verdict;
	enum session_way way;
	bool admit;
	const char *asks;            /* of the flow, or NULL */
	const char *second_provider; /* of the second sign-in */
	int find_error, flow_error, judge_error, remember_error, learn_result, more_error;
	/* what was called */
	int ticket_result;
	bool braked; /* no password may be tried now */
	unsigned learned, remembered, retracted, judged, counted, stepped;
	bool judged_identity;
};

void session_fake_init(struct session_fake *fake);
/* An identity on the heap for a step to take over. */
struct identity *session_fake_identity(const char *provider, const char *iss, const char *sub,
				       const char *name);

/* What the invariant must know of the past. */
struct session_past {
	bool identity_matched; /* an IDENTITY came that fits provider and record as they are now */
	bool began_unknown;
	bool answered;                     /* what the person typed went to idp-netd */
	char first_iss[64], first_sub[16]; /* whose the answer before the second sign-in was */
};

/* A world out of bytes, random or a fuzzer's. Steps a session through it; aborts (assert) when
 * the invariant breaks. Returns how many DONEs with PERMIT there were. */
unsigned session_model_run(const uint8_t *data, size_t size);

#endif
