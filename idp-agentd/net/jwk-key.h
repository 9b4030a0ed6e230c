/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWK_KEY_H
#define IDP_NET_JWK_KEY_H

/* The inside of struct jwk, for jwk.c which makes it and jwk-verify.c which uses it. */

#include <openssl/evp.h>

#include "idp-agentd/net/jwk.h"

struct jwk {
	char *kid;
	enum jose_key kind;
	enum jose_alg alg; /* JOSE_NO_ALG: it does not say */
	EVP_PKEY *key;
	size_t size; /* of an RSA signature */
	char thumbprint[JWK_THUMBPRINT_LEN + 1];
	EVP_MD_CTX *digest;                   /* reused for every token */
	EVP_PKEY_CTX *verifier[JOSE_ALG_END]; /* made when an algorithm is first used */
	EVP_MD *hash[JOSE_ALG_END];
};

static inline void jwk_context_freep(EVP_PKEY_CTX **p)
{
	EVP_PKEY_CTX_free(*p);
}

#endif
