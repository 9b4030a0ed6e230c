/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. the algorithm and the header are ours, from the configuration; nothing of them comes from
 *     a peer;
 *  2. the key is read for each assertion and erased after it;
 *  3. an assertion says who we are to one audience for one minute, once (jti).
 */
#include "idp-agentd/core/signer.h"

#include <errno.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/secret.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/prompt.h"

#define SIGNER_JTI_BYTES 16u

static jwt_t *signer_jwt_free(jwt_t *jwt)
{
	jwt_free(jwt);
	return NULL;
}
DEFINE_CLEANUP(jwt_t *, signer_jwt_free);

/* What libjwt can mint; the rest needs another library. */
static jwt_alg_t signer_alg(const char *name)
{
	static const struct {
		const char *name;
		jwt_alg_t alg;
	} algs[] = {
		{ "RS256", JWT_ALG_RS256 }, { "RS384", JWT_ALG_RS384 }, { "RS512", JWT_ALG_RS512 },
		{ "ES256", JWT_ALG_ES256 }, { "ES384", JWT_ALG_ES384 }, { "ES512", JWT_ALG_ES512 },
	};

	for (size_t i = 0; i < ELEMENTSOF(algs); i++)
		if (!strcmp(algs[i].name, name))
			return algs[i].alg;
	return JWT_ALG_NONE;
}

static int signer_put_jti(jwt_t *jwt)
{
	uint8_t bytes[SIGNER_JTI_BYTES];
	char text[B64URL_ENCODED_LEN(SIGNER_JTI_BYTES) + 1];
	int r = secret_random(bytes, sizeof(bytes));

	if (r < 0)
		return r;
	r = b64url_encode(bytes, sizeof(bytes), text, sizeof(text));
	return r < 0 ? r : -jwt_add_grant(jwt, "jti", text);
}

/* libjwt returns positive errno values; all but the last call can only be short of memory. */
static int signer_put_claims(jwt_t *jwt, const struct config_provider *provider,
			     const char *audience, uint64_t now)
{
	if (jwt_add_grant(jwt, "iss", provider->client_id) ||
	    jwt_add_grant(jwt, "sub", provider->client_id) || jwt_add_grant(jwt, "aud", audience) ||
	    jwt_add_grant_int(jwt, "iat", (long)now) ||
	    jwt_add_grant_int(jwt, "exp", (long)(now + SIGNER_LIFE)))
		return -ENOMEM;
	if (provider->client_kid && jwt_add_header(jwt, "kid", provider->client_kid))
		return -ENOMEM;
	return signer_put_jti(jwt);
}

static int signer_sign(jwt_t *jwt, const struct config_provider *provider,
		       char reason[static REASON_MAX], struct secret **ret_assertion)
{
	_cleanup_(secret_freep) struct secret *key = NULL;
	jwt_alg_t alg = signer_alg(config_alg_name(provider->client_alg));
	char why[REASON_MAX], *text;
	int r;

	if (alg == JWT_ALG_NONE) {
		(void)snprintf(reason, REASON_MAX,
			       "[provider %s] client_alg = %s: this build signs with RS256, RS384, "
			       "RS512, ES256, ES384 and ES512",
			       provider->name, config_alg_name(provider->client_alg));
		return -EOPNOTSUPP;
	}
	r = config_secret(provider->client_key, why, &key);
	if (r < 0) {
		(void)snprintf(reason, REASON_MAX, "[provider %.40s] client_key = %.80s: %.90s",
			       provider->name, provider->client_key, why);
		return r;
	}
	if (key->len > INT32_MAX)
		return -EFBIG;
	r = jwt_set_alg(jwt, alg, (const unsigned char *)key->text, (int)key->len);
	if (r)
		return -ENOMEM;
	text = jwt_encode_str(jwt);
	if (!text) {
		(void)snprintf(reason, REASON_MAX,
			       "[provider %s] client_key is no PEM private key that signs %s",
			       provider->name, config_alg_name(provider->client_alg));
		return -EKEYREJECTED;
	}
	*ret_assertion = secret_new(text, strlen(text));
	secret_erase(text, strlen(text));
	free(text);
	return *ret_assertion ? 0 : -ENOMEM;
}

int signer_mint(const struct config_provider *provider, const char *audience, uint64_t now,
		char reason[static REASON_MAX], struct secret **ret_assertion)
{
	_cleanup_(signer_jwt_freep) jwt_t *jwt = NULL;
	int r;

	*reason = '\0';
	if (provider->client_auth != CLIENT_AUTH_PRIVATE_KEY_JWT || !provider->client_key) {
		(void)snprintf(reason, REASON_MAX, "[provider %s] does not use private_key_jwt",
			       provider->name);
		return -EINVAL;
	}
	if (!prompt_url_ok(audience)) {
		(void)snprintf(reason, REASON_MAX, "the audience is not an https address");
		return -EINVAL;
	}
	if (jwt_new(&jwt))
		return -ENOMEM;
	r = signer_put_claims(jwt, provider, audience, now);
	return r < 0 ? r : signer_sign(jwt, provider, reason, ret_assertion);
}

int signer_check(const struct config_provider *provider, char reason[static REASON_MAX])
{
	_cleanup_(secret_freep) struct secret *assertion = NULL;

	return signer_mint(provider, provider->issuer, 0, reason, &assertion);
}
