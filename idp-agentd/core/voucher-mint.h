/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_MINT_H
#define IDP_CORE_VOUCHER_MINT_H

/*
 * The client assertion that a platform of vouchers wants (RFC 7523, and the platform's own rules):
 * a header of exactly alg, kid and typ; who asks, whom, for which purpose, once, for a minute.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct key;
struct secret;

#define VOUCHER_DIGEST_LEN 64u /* SHA-256 in hexadecimal digits */

struct voucher_claims {
	const char *client_id;
	const char *audience;
	const char *purpose; /* its id; NULL: of the platform's own interfaces */
	const char *digest;  /* VOUCHER_DIGEST_LEN lower case digits; NULL none */
};

/* Lower case digits only, and exactly so many. */
bool voucher_is_digest(const char *text) _must_check_;
/*
 * key signs RS256; now is seconds since 1970. -EINVAL: the digest is none, or the key is for another
 * algorithm; -EIO, -ENOMEM; then reason holds a sentence.
 */
int voucher_mint(const struct key *key, const struct voucher_claims *claims, uint64_t now,
		 char reason[static REASON_MAX], struct secret **ret_assertion) _must_check_;

#endif
