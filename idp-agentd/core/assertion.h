/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ASSERTION_H
#define IDP_CORE_ASSERTION_H

/* Answers SIGN and PROVE with SIGNED. */

#include <stdint.h>

#include "common/macro.h"

struct buf;
struct config;
struct flow;
struct key;
struct minter;
struct secret;
struct wire_in;

enum {
	ASSERTION_E_LATER = 1, /* a token is asked: done() will be called */
};

/* Who signs. */
struct assertion_desk {
	const struct config *config;
	struct key *proof_key; /* of proofs; NULL before the first */
	struct minter *minter; /* NULL: nobody waits for tokens */
	/* made or NULL, with a sentence why not; for assertion_put(). */
	void (*done)(void *userdata, uint64_t flow, const struct secret *made, const char *why);
	void *userdata;
};

/*
 * Reads a SIGN or PROVE behind its flow number and puts the SIGNED into out, a secret buffer, to
 * be ended by the caller: an assertion or a proof, or why there is none. ASSERTION_E_LATER: nothing
 * is in out. -EPROTO: the flow may not ask for this provider's, or the message is broken.
 */
int assertion_answer(struct assertion_desk *desk, const struct flow *flow, struct wire_in *in,
		     uint64_t now, struct buf *out) _must_check_;
/* The SIGNED of flow, to be ended by the caller. */
void assertion_put(struct buf *out, uint64_t flow, const struct secret *made, const char *why);

#endif
