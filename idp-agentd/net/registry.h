/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_REGISTRY_H
#define IDP_NET_REGISTRY_H

/*
 * The configuration in force: providers and directories by name. SETUP messages gather the next
 * one, SETUP_END puts it in force as a whole; what did not change keeps its documents and tokens.
 */

#include <stdint.h>

#include "common/macro.h"

struct directory;
struct http;
struct provider;
struct registry;
struct settings;

int registry_new(struct http *http, struct registry **ret_registry) _must_check_;
struct registry *registry_free(struct registry *registry);
DEFINE_CLEANUP(struct registry *, registry_free);

/*
 * One section of the revision that is being gathered; takes settings over. Sections of unknown
 * kinds are left alone. -EPROTO: a name twice, or too many.
 */
int registry_setup(struct registry *registry, uint32_t revision, const char *kind, const char *name,
		   struct settings *settings) _must_check_;
/* -EPROTO: another revision than the one gathered. */
int registry_commit(struct registry *registry, uint32_t revision) _must_check_;

/* By name; "" is the first there is; NULL when there is none. */
struct provider *registry_provider(const struct registry *registry, const char *name);
struct directory *registry_directory(const struct registry *registry, const char *name);
/* For walking: NULL past the end. */
struct provider *registry_provider_at(const struct registry *registry, size_t index);
struct directory *registry_directory_at(const struct registry *registry, size_t index);

#endif
