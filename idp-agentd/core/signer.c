/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. the algorithm and the header are ours, from the configuration; nothing of them comes from
 *     a peer;
 *  2. the key is read for each assertion and erased after it;
 *  3. an assertion says who we are to one audience for one minute, once (jti);
 *  4. the audience is one the configuration names (pin.h), whoever asks.
 */
#include "idp-agentd/core/signer.h"

#include <errno.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/compact.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/pin.h"

#define SIGNER_JTI_BYTES 16u

struct signer {
	const struct config_provider *provider;
	const char *audience;
	uint64_t now;
	const char *kid; /* or NULL */
	struct secret *pem;
	const struct key *key; /* the same, judged: it fits the algorithm */
	char thumbprint[KEY_THUMBPRINT_LEN + 1];
};

/* ---- by libjwt: RS and ES ---- */

static jwt_t *signer_jwt_free(jwt_t *jwt)
{
	jwt_free(jwt);
	return NULL;
}
DEFINE_CLEANUP(jwt_t *, signer_jwt_free);

/* What libjwt can mint; the rest is compact.c's. */
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
static int signer_put_claims(jwt_t *jwt, const struct signer *signer)
{
	const char *client = signer->provider->client_id;

	if (jwt_add_grant(jwt, "iss", client) || jwt_add_grant(jwt, "sub", client) ||
	    jwt_add_grant(jwt, "aud", signer->audience) ||
	    jwt_add_grant_int(jwt, "iat", (long)signer->now) ||
	    jwt_add_grant_int(jwt, "exp", (long)(signer->now + SIGNER_LIFE)))
		return -ENOMEM;
	if (signer->kid && jwt_add_header(jwt, "kid", signer->kid))
		return -ENOMEM;
	return signer_put_jti(jwt);
}

static int signer_by_libjwt(const struct signer *signer, jwt_alg_t alg,
			    struct secret **ret_assertion)
{
	_cleanup_(signer_jwt_freep) jwt_t *jwt = NULL;
	char *text;
	int r;

	if (jwt_new(&jwt))
		return -ENOMEM;
	r = signer_put_claims(jwt, signer);
	if (r < 0)
		return r;
	if (jwt_set_alg(jwt, alg, (const unsigned char *)signer->pem->text, (int)signer->pem->len))
		return -ENOMEM;
	text = jwt_encode_str(jwt);
	if (!text)
		return -EIO;
	*ret_assertion = secret_new(text, strlen(text));
	secret_erase(text, strlen(text));
	free(text);
	return *ret_assertion ? 0 : -ENOMEM;
}

/* ---- by our own hand: PS and EdDSA, which libjwt 1 does not have ---- */

static void signer_put(const struct signer *signer, struct buf *header, struct buf *payload)
{
	const char *client = signer->provider->client_id;

	compact_put_text(header, "alg", key_alg(signer->key));
	if (signer->kid)
		compact_put_text(header, "kid", signer->kid);
	compact_put_text(header, "typ", "JWT");
	compact_put_text(payload, "iss", client);
	compact_put_text(payload, "sub", client);
	compact_put_text(payload, "aud", signer->audience);
	compact_put_number(payload, "iat", signer->now);
	compact_put_number(payload, "exp", signer->now + SIGNER_LIFE);
	compact_put_jti(payload);
}

static int signer_by_key(const struct signer *signer, struct secret **ret_assertion)
{
	_cleanup_(buf_done) struct buf header, payload;

	buf_init(&header, COMPACT_JSON_MAX);
	buf_init(&payload, COMPACT_JSON_MAX);
	signer_put(signer, &header, &payload);
	return compact_sign(signer->key, &header, &payload, ret_assertion);
}

/* ---- both ---- */

/* "client_kid = thumbprint": the platform knows keys by what they are (RFC 7638). */
static int signer_name_key(struct signer *signer)
{
	const char *kid = signer->provider->client_kid;

	signer->kid = kid;
	if (!kid || strcmp(kid, "thumbprint") != 0)
		return 0;
	signer->kid = signer->thumbprint;
	return key_thumbprint(signer->key, signer->thumbprint);
}

static int signer_read_key(struct signer *signer, char reason[static REASON_MAX],
			   struct key **ret_key)
{
	const struct config_provider *provider = signer->provider;
	char why[REASON_MAX];
	int r = config_secret(provider->client_key, why, &signer->pem);

	if (r == 0)
		r = key_load(signer->pem, config_alg_name(provider->client_alg), why, ret_key);
	if (r < 0)
		reason_format(reason, REASON_MAX, "[provider %.30s] client_key = %.60s: %.140s",
			      provider->name, provider->client_key, why);
	return r;
}

static int signer_sign(struct signer *signer, char reason[static REASON_MAX],
		       struct secret **ret_assertion)
{
	jwt_alg_t alg = signer_alg(config_alg_name(signer->provider->client_alg));
	_cleanup_(key_freep) struct key *key = NULL;
	int r = signer_read_key(signer, reason, &key);

	signer->key = key;
	if (r == 0)
		r = signer_name_key(signer);
	if (r < 0)
		return r;
	return alg == JWT_ALG_NONE ? signer_by_key(signer, ret_assertion)
				   : signer_by_libjwt(signer, alg, ret_assertion);
}

/* MUST 4. The sentence is for whoever reads the journal; what was asked for is shown if harmless.
 */
static int signer_refuse(const struct config_provider *provider, const char *audience,
			 char reason[static REASON_MAX])
{
	char shown[80];

	reason_copy_printable(audience, shown, sizeof(shown));
	(void)snprintf(reason, REASON_MAX,
		       "%s is no audience of [provider %.30s]: if it is the platform's own, write "
		       "token_endpoint or client_aud; if not, idp-netd was misled",
		       shown, provider->name);
	return -EACCES;
}

int signer_may(const struct config_provider *provider, const char *audience,
	       char reason[static REASON_MAX])
{
	*reason = '\0';
	if (provider->client_auth != CLIENT_AUTH_PRIVATE_KEY_JWT || !provider->client_key)
		return reason_refuse(-EINVAL, reason, "[provider %s] does not use private_key_jwt",
				     provider->name);
	return pin_audience(provider, audience) ? 0 : signer_refuse(provider, audience, reason);
}

/* A sentence for a failure that has none of its own. */
static int signer_end(const struct signer *signer, int r, char reason[static REASON_MAX])
{
	if (r < 0 && !*reason)
		(void)snprintf(reason, REASON_MAX, "[provider %.40s] client_key: %s",
			       signer->provider->name, strerrordesc_np(-r));
	return r;
}

int signer_mint(const struct config_provider *provider, const char *audience, uint64_t now,
		char reason[static REASON_MAX], struct secret **ret_assertion)
{
	struct signer signer = { .provider = provider, .audience = audience, .now = now };
	int r = signer_may(provider, audience, reason);

	if (r < 0)
		return r;
	r = signer_sign(&signer, reason, ret_assertion);
	secret_free(signer.pem);
	return signer_end(&signer, r, reason);
}

int signer_compose(const struct config_provider *provider, const char *audience, uint64_t now,
		   const struct key *key, char reason[static REASON_MAX], struct buf *token)
{
	struct signer signer = {
		.provider = provider, .audience = audience, .now = now, .key = key
	};
	_cleanup_(buf_done) struct buf header, payload;
	int r = signer_may(provider, audience, reason);

	buf_init(&header, COMPACT_JSON_MAX);
	buf_init(&payload, COMPACT_JSON_MAX);
	if (r < 0)
		return r;
	r = signer_name_key(&signer);
	if (r == 0) {
		signer_put(&signer, &header, &payload);
		r = compact_compose(&header, &payload, token);
	}
	return signer_end(&signer, r, reason);
}

int signer_check(const struct config_provider *provider, char reason[static REASON_MAX])
{
	_cleanup_(secret_freep) struct secret *assertion = NULL;

	return signer_mint(provider, pin_own_audience(provider), 0, reason, &assertion);
}
