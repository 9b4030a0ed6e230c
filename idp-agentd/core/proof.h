/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PROOF_H
#define IDP_CORE_PROOF_H

/*
 * DPoP proofs (RFC 9449): that a request comes from the host its token was given to. The key is
 * made when the first proof is wanted, lives in this process and dies with it.
 */

#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct config;
struct config_provider;
struct key;
struct secret;

/* One request, as idp-netd describes it. */
struct proof_order {
	const char *method; /* GET or POST */
	const char *target; /* without query and fragment */
	const char *nonce;  /* "" none */
	const char *ath;    /* base64url of SHA-256 of the token that goes along; "" none */
};

/*
 * Makes *key when it is NULL. -EINVAL when the provider has no dpop = yes or the order is none,
 * -EACCES when the target is none of the provider's (pin.h), -errno; then reason holds a sentence.
 */
int proof_make(const struct config *config, const struct config_provider *provider,
	       struct key **key, const struct proof_order *order, uint64_t now,
	       char reason[static REASON_MAX], struct secret **ret_proof) _must_check_;

/*
 * The same with a key in hand, for whoever answers for the target himself: the token endpoint of
 * idp.conf, or any place where a token of the asker's own goes along (ath), without which such a
 * proof is of no use. -EINVAL: the order is none; -errno.
 */
int proof_make_with(const struct key *key, const struct proof_order *order, uint64_t now,
		    char reason[static REASON_MAX], struct secret **ret_proof) _must_check_;

#endif
