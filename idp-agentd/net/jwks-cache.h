/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JWKS_CACHE_H
#define IDP_NET_JWKS_CACHE_H

/*
 * The keys a platform signs with, as fetched: provider->keys. A new set replaces the old one
 * whole; a fetch that fails leaves the old one until its life and METADATA_GRACE are over
 * (refresh.h). The metadata must be here before the keys are asked for.
 */

#include "idp-agentd/net/document.h"

/* Of provider->keys_document; once that is here, provider->keys is a set. */
extern const struct document_ops jwks_cache_ops;

#endif
