/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SIGNER_H
#define IDP_CORE_SIGNER_H

/*
 * Client assertions for private_key_jwt (RFC 7523 section 3): minted here, so that the private
 * key never meets the network.
 */

#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct buf;
struct config_provider;
struct key;
struct secret;

#define SIGNER_LIFE 60 /* seconds an assertion is good for */

/*
 * Whether an assertion of provider's client for audience may be made at all, with any key: 0, or
 * -EINVAL or -EACCES as of signer_mint(), with its sentence in reason.
 */
int signer_may(const struct config_provider *provider, const char *audience,
	       char reason[static REASON_MAX]) _must_check_;

/*
 * An assertion of provider's client for audience; now is seconds since 1970. -EINVAL when the
 * provider does not use private_key_jwt, -EACCES when the audience is none of its own (pin.h);
 * -errno otherwise; then reason holds a sentence without anything secret.
 */
int signer_mint(const struct config_provider *provider, const char *audience, uint64_t now,
		char reason[static REASON_MAX], struct secret **ret_assertion) _must_check_;

/*
 * For a key that is in a token and has only its public half here: what the token is to sign goes
 * into token, to be ended by compact_finish(). Errors as of signer_mint(), which refuses such keys.
 */
int signer_compose(const struct config_provider *provider, const char *audience, uint64_t now,
		   const struct key *key, char reason[static REASON_MAX],
		   struct buf *token) _must_check_;

/* Whether the key can be read and signs with the algorithm that is configured. */
int signer_check(const struct config_provider *provider,
		 char reason[static REASON_MAX]) _must_check_;

#endif
