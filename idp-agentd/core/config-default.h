/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_DEFAULT_H
#define IDP_CORE_CONFIG_DEFAULT_H

/* What holds where nobody wrote anything, and no preset says it. Pure. */

#include <stdbool.h>

#include "common/macro.h"
#include "idp-agentd/core/config-raw.h"

/* Of key in raw (NULL: a section nobody wrote), as it would be written; NULL: unset. */
const char *config_default_of(const struct config_raws *raws, const struct config_raw *raw,
			      const struct config_key *key);
/* Where people sign in if nobody says where: the first provider where they can, else the first. */
const struct config_raw *config_default_provider(const struct config_raws *raws);
/* Is this a [provider] with mode = jwt, written or of its preset? */
bool config_default_is_jwt(const struct config_raw *raw) _must_check_;

#endif
