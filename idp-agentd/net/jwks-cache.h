/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWKS_CACHE_H
#define IDP_NET_JWKS_CACHE_H

/*
 * The keys a platform signs with, as fetched: provider->keys. A new set replaces the old one
 * whole; a fetch that fails leaves the old one until its life and METADATA_GRACE are over
 * (refresh.h). The metadata must be here before the keys are asked for.
 */

#include "common/macro.h"
#include "idp-agentd/net/document.h"

struct provider;

extern const struct document_ops jwks_cache_ops;

/* DOCUMENT_HERE: provider->keys is a set. */
enum document_verdict jwks_cache_want(struct provider *provider,
				      struct waiter *waiter) _must_check_;
/* A token names a key the set does not have: fetch again, within the budget. */
enum document_verdict jwks_cache_want_newer(struct provider *provider,
					    struct waiter *waiter) _must_check_;

#endif
