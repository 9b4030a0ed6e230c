/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-keyd/spki.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "idp-keyd/mech.h"

/* Takes pkey over; NULL is a key that could not be made. */
static int spki_put(EVP_PKEY *pkey, struct buf *out)
{
	unsigned char *der = NULL;
	int len = pkey ? i2d_PUBKEY(pkey, &der) : -1;

	if (len > 0)
		buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return len > 0 ? 0 : -EKEYREJECTED;
}

/* Takes params over. */
static EVP_PKEY *spki_make(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *context = params ? EVP_PKEY_CTX_new_from_name(NULL, type, NULL) : NULL;
	EVP_PKEY *pkey = NULL;

	if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return pkey;
}

int spki_put_rsa(const void *modulus, size_t n_len, const void *exponent, size_t e_len,
		 struct buf *out)
{
	BIGNUM *n = BN_bin2bn(modulus, (int)n_len, NULL),
	       *e = BN_bin2bn(exponent, (int)e_len, NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;

	if (n && e && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(builder);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return spki_put(spki_make("RSA", params), out);
}

static EVP_PKEY *spki_ec(const struct mech_curve *curve, const unsigned char *point)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;

	if (builder &&
	    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) ==
		    1 &&
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
					     curve->point_len) == 1)
		params = OSSL_PARAM_BLD_to_param(builder);
	OSSL_PARAM_BLD_free(builder);
	return spki_make("EC", params);
}

/* Past the head of the OCTET STRING, if the length says that there is one. NULL: neither. */
static const unsigned char *spki_unwrap(const struct mech_curve *curve, const unsigned char *point,
					size_t len)
{
	size_t want = curve->point_len;

	if (len == want)
		return point;
	if (len == want + 2 && want < 128 && point[0] == 0x04 && point[1] == want)
		return point + 2;
	if (len == want + 3 && want >= 128 && point[0] == 0x04 && point[1] == 0x81 &&
	    point[2] == want)
		return point + 3;
	return NULL;
}

int spki_put_point(const struct mech_curve *curve, const unsigned char *point, size_t len,
		   struct buf *out)
{
	const unsigned char *bare = spki_unwrap(curve, point, len);

	if (!bare)
		return -EKEYREJECTED;
	if (curve->type == CKK_EC)
		return spki_put(spki_ec(curve, bare), out);
	return spki_put(
		EVP_PKEY_new_raw_public_key_ex(NULL, curve->name, NULL, bare, curve->point_len),
		out);
}
