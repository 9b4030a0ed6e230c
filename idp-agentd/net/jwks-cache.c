/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key set of a provider as a cached document. The decisions are in refresh.c and jwks.c. */
#include "idp-agentd/net/jwks-cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/provider.h"

static const char *jwks_cache_url(void *owner, char reason[static REASON_MAX])
{
	const struct jwks_cache *cache = owner;
	const struct provider *provider = cache->provider;
	const char *url = cache->url ? cache->url : provider_endpoint(provider, PROVIDER_JWKS);

	if (!url)
		reason_format(reason, REASON_MAX, "provider %s publishes no keys (jwks_uri)",
			      provider->name);
	return url;
}

static int jwks_cache_take(void *owner, const char *body, size_t len,
			   char reason[static REASON_MAX], const char **ret_code)
{
	struct jwks_cache *cache = owner;
	const struct provider *provider = cache->provider;
	const struct jwks_facts *facts;
	struct jwks *keys = NULL;
	int r = jwks_parse(body, len, &keys);

	if (r != 0) {
		*ret_code = r > 0 ? jwks_reason(r) : "out-of-memory";
		reason_format(reason, REASON_MAX, "the keys of provider %.64s: %s", provider->name,
			      r > 0 ? jwks_sentence(r) : "out of memory");
		return -EBADMSG;
	}
	jwks_free(cache->keys);
	cache->keys = keys;
	facts = jwks_facts(keys);
	if (facts->n_refused > 0)
		log_warning("provider %s: %zu of its keys are refused; the first: %s",
			    provider->name, facts->n_refused, jwk_sentence(facts->first_refusal));
	if (facts->n_keys == 0)
		log_warning("provider %s: none of its keys can verify a signature", provider->name);
	return 0;
}

static const struct document_ops jwks_cache_ops = {
	.url = jwks_cache_url,
	.take = jwks_cache_take,
};

int jwks_cache_init(struct jwks_cache *cache, struct http *http, const struct provider *provider,
		    const char *url)
{
	cache->provider = provider;
	cache->url = url ? strdup(url) : NULL;
	document_init(&cache->document, http, provider->ca, &jwks_cache_ops, cache);
	return url && !cache->url ? -ENOMEM : 0;
}

void jwks_cache_done(struct jwks_cache *cache)
{
	document_done(&cache->document);
	cache->keys = jwks_free(cache->keys);
	free(cache->url);
	cache->url = NULL;
}
