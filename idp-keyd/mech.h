/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_MECH_H
#define IDP_KEYD_MECH_H

/* The signature algorithms of RFC 7518 and RFC 8037 in the words of PKCS #11. Pure tables. */

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>

struct mech {
	const char *alg; /* "PS256" */
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism;
	const char *digest;         /* made here before the token signs; NULL the token hashes */
	CK_RSA_PKCS_PSS_PARAMS pss; /* of the PS family, else zeros */
	size_t len;                 /* of the signature; 0 as long as the modulus */
};

/* NULL for an algorithm nobody knows; "none" and the HS family are among those. */
const struct mech *mech_find(const char *alg);

/* A curve as CKA_EC_PARAMS says it. */
struct mech_curve {
	CK_KEY_TYPE type;
	const char *name; /* as OpenSSL calls the group, or the type of key */
	const unsigned char *params;
	size_t params_len, point_len; /* of the point as it is encoded: 04 X Y, or the raw key */
};

/* NULL for a curve that no algorithm above signs on. */
const struct mech_curve *mech_curve(CK_KEY_TYPE type, const void *params, size_t len);

#endif
