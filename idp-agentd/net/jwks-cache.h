/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWKS_CACHE_H
#define IDP_NET_JWKS_CACHE_H

/*
 * The keys a platform signs with, as fetched. A new set replaces the old one whole; a fetch that
 * fails leaves the old one until its life and METADATA_GRACE are over (refresh.h). The metadata
 * must be here before the keys are asked for, unless their address is known by itself.
 */

#include "common/macro.h"
#include "idp-agentd/net/document.h"

struct jwks;
struct provider;

struct jwks_cache {
	const struct provider *provider; /* it is part of */
	char *url;                       /* NULL: where the provider says */
	struct document document;
	struct jwks *keys; /* a set, once the document is here */
};

/* url is copied; NULL: where the provider says. -ENOMEM, and then it is a cache all the same. */
int jwks_cache_init(struct jwks_cache *cache, struct http *http, const struct provider *provider,
		    const char *url) _must_check_;
/* Nobody may wait any more. */
void jwks_cache_done(struct jwks_cache *cache);

#endif
