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
struct wire_in;

/*
 * Reads a SIGN or PROVE behind its flow number and puts the SIGNED into out, a secret buffer, to
 * be ended by the caller: an assertion or a proof, or why there is none. proof_key is the key of
 * proofs, NULL before the first. -EPROTO: the flow may not ask for this provider's, or the message
 * is broken.
 */
int assertion_answer(const struct config *config, struct key **proof_key, const struct flow *flow,
		     struct wire_in *in, uint64_t now, struct buf *out) _must_check_;

#endif
