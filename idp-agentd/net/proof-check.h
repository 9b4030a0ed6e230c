/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_PROOF_CHECK_H
#define IDP_NET_PROOF_CHECK_H

/*
 * Is this a DPoP proof for this request and this token, now (RFC 9449 section 4.3)? Proofs that
 * are ours are made by the authority; these come with tokens shown to a service of this host.
 * Pure: the time is handed in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/jwk.h"

struct secret;

enum proof_outcome {
	PROOF_E_JWS = 1, /* no signed token, of another kind, or not by the key it brings */
	PROOF_E_SHAPE,   /* a claim absent, of the wrong type or too long */
	PROOF_E_REQUEST, /* for another method or address */
	PROOF_E_AGE,     /* too old, of the future, or older than what is remembered */
	PROOF_E_TOKEN,   /* for another token */
	PROOF_E_AGAIN,   /* it was shown before */
};

struct proof_policy {
	uint32_t algs;              /* mask of JOSE_ALG_BIT() */
	const struct secret *token; /* the access token it goes with */
	const char *method;         /* byte for byte */
	const char *address;        /* of the request; its query and fragment do not count */
	int64_t now;                /* seconds since 1970 */
	int64_t since;              /* proofs_since() */
};

struct proof_facts {
	char thumbprint[JWK_THUMBPRINT_LEN + 1]; /* of the key that was proven */
	uint8_t id[16];                          /* of this proof: proofs_see() */
	char reason[REASON_MAX];                 /* on refusal: a sentence */
};

/* 0, -ENOMEM, -EIO or PROOF_E_*; all but the reason only on 0. */
int proof_check(const struct proof_policy *policy, const char *proof, size_t len,
		struct proof_facts *ret_facts) _must_check_;
/* A reason word ("proof-age"). */
const char *proof_reason(int outcome);

/* ---- none passes twice ---- */

struct proofs;

/* real: the time, in seconds since 1970. */
int proofs_new(int64_t real, struct proofs **ret_proofs) _must_check_;
struct proofs *proofs_free(struct proofs *proofs);
DEFINE_CLEANUP(struct proofs *, proofs_free);
/* What is older may have been seen and forgotten, also where the clock was set back. */
int64_t proofs_since(const struct proofs *proofs);
/*
 * Remembers it as long as it could pass again. 0; PROOF_E_AGAIN; -ENOMEM; -ENOBUFS: more than can
 * be remembered, of this key or of all, so nobody can say.
 */
int proofs_see(struct proofs *proofs, const char *thumbprint, const uint8_t id[static 16],
	       usec_t now, int64_t real) _must_check_;

#endif
