/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DPOP_H
#define IDP_NET_DPOP_H

/*
 * What a request needs to know of DPoP (RFC 9449): the nonces servers gave, the address and the
 * hash a proof names. Proofs are made by the authority. Pure.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

struct dpop_nonces;
struct http_answer;
struct secret;

#define DPOP_ATH_LEN 43u /* base64url of SHA-256 */

int dpop_nonces_new(struct dpop_nonces **ret_nonces) _must_check_;
struct dpop_nonces *dpop_nonces_free(struct dpop_nonces *nonces);
DEFINE_CLEANUP(struct dpop_nonces *, dpop_nonces_free);

/* The last nonce of url's origin, or "". */
const char *dpop_nonce(const struct dpop_nonces *nonces, const char *url);
/* Keeps the nonce of an answer from url, if it has one that is one. */
void dpop_learn(struct dpop_nonces *nonces, const char *url, const struct http_answer *answer);
/* Does the answer say: once more, with the nonce that came along? */
bool dpop_wants_nonce(const struct http_answer *answer) _must_check_;

/* url without query and fragment (section 4.2, htu). */
void dpop_put_target(struct buf *out, const char *url);
/* RFC 9449 section 4.2, ath. -EIO. */
int dpop_hash(const struct secret *token, char ret_ath[static DPOP_ATH_LEN + 1]) _must_check_;

#endif
