/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-keyd/mech.h"

#include <string.h>

#include "common/macro.h"

/* RFC 7518 section 3.5: MGF1 with the same digest, the salt as long as that. */
#define MECH_RSA(bits)                                                           \
	{ "RS" #bits, CKK_RSA, CKM_SHA##bits##_RSA_PKCS, NULL, { 0, 0, 0 }, 0 }, \
	{                                                                        \
		"PS" #bits, CKK_RSA, CKM_SHA##bits##_RSA_PKCS_PSS, NULL,         \
			{ CKM_SHA##bits, CKG_MGF1_SHA##bits, bits / 8 }, 0       \
	}
/* CKM_ECDSA signs a digest and gives r||s, which every token with the mechanism has. */
#define MECH_EC(bits, len)                                                     \
	{                                                                      \
		"ES" #bits, CKK_EC, CKM_ECDSA, "SHA" #bits, { 0, 0, 0 }, (len) \
	}

const struct mech *mech_find(const char *alg)
{
	static const struct mech rows[] = {
		MECH_RSA(256),
		MECH_RSA(384),
		MECH_RSA(512),
		MECH_EC(256, 64),
		MECH_EC(384, 96),
		MECH_EC(512, 132),
		{ "EdDSA", CKK_EC_EDWARDS, CKM_EDDSA, NULL, { 0, 0, 0 }, 64 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (strcmp(rows[i].alg, alg) == 0)
			return &rows[i];
	return NULL;
}

/* DER of an OBJECT IDENTIFIER; of Edwards curves there is a PrintableString as well. */
static const unsigned char p256[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
static const unsigned char p384[] = "\x06\x05\x2b\x81\x04\x00\x22";
static const unsigned char p521[] = "\x06\x05\x2b\x81\x04\x00\x23";
static const unsigned char ed25519_oid[] = "\x06\x03\x2b\x65\x70";
static const unsigned char ed25519_name[] = "\x13\x0c"
					    "edwards25519";

const struct mech_curve *mech_curve(CK_KEY_TYPE type, const void *params, size_t len)
{
	static const struct mech_curve rows[] = {
		{ CKK_EC, "prime256v1", p256, sizeof(p256) - 1, 65 },
		{ CKK_EC, "secp384r1", p384, sizeof(p384) - 1, 97 },
		{ CKK_EC, "secp521r1", p521, sizeof(p521) - 1, 133 },
		{ CKK_EC_EDWARDS, "ED25519", ed25519_oid, sizeof(ed25519_oid) - 1, 32 },
		{ CKK_EC_EDWARDS, "ED25519", ed25519_name, sizeof(ed25519_name) - 1, 32 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].type == type && rows[i].params_len == len &&
		    memcmp(rows[i].params, params, len) == 0)
			return &rows[i];
	return NULL;
}
