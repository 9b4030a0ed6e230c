/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_SPKI_H
#define IDP_KEYD_SPKI_H

/* SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) in DER out of what a token tells. */

#include <stddef.h>

#include "common/buf.h"
#include "common/macro.h"

struct mech_curve;

/* Big-endian numbers. 0 or -EKEYREJECTED. */
int spki_put_rsa(const void *modulus, size_t n_len, const void *exponent, size_t e_len,
		 struct buf *out) _must_check_;
/* CKA_EC_POINT: an OCTET STRING of the point, as the standard says, or the point alone. */
int spki_put_point(const struct mech_curve *curve, const unsigned char *point, size_t len,
		   struct buf *out) _must_check_;

#endif
