/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDMAP_INTERNAL_H
#define IDP_CORE_IDMAP_INTERNAL_H

/* What idmap*.c share; nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "idp-agentd/core/idmap.h"

/* An identifier of the platform: not empty, bounded, no control bytes. */
bool idmap_is_identifier(const char *text, size_t max) _must_check_;
/* The first free id from the hash of (a, b) on; name is for the sentence. IDMAP_E_FULL. */
int idmap_allocate(const struct idmap *map, const char *a, const char *b, const char *name,
		   char reason[static REASON_MAX], uint32_t *ret) _must_check_;

#endif
