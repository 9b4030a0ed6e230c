/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_PROVIDER_READ_H
#define IDP_NET_PROVIDER_READ_H

/* A [provider] from its settings, for the files that read them. */

#include <stddef.h>

#include "common/macro.h"
#include "idp-agentd/net/provider.h"

/* It cannot be used, since key is what it should not be; the first such reason stays. */
void provider_break(struct provider *provider, const char *key, const char *what);
/* Which of these words, which end with NULL, key says: the first, where it says none of them. */
size_t provider_read_word(struct provider *provider, const char *key, const char *const *words,
			  const char *trouble) _must_check_;
/* A JSON pointer, or fallback where nothing is said. */
const char *provider_pointer(struct provider *provider, const char *key,
			     const char *fallback) _must_check_;

/* What tokens that somebody brings must be. */
void provider_read_tokens(struct provider *provider);
/* The further instances; once the settings are read. -ENOMEM. */
int provider_make_instances(struct provider *provider, struct http *http) _must_check_;
void provider_free_instances(struct provider *provider);

#endif
