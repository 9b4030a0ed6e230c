/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGOUT_H
#define IDP_IDPCTL_LOGOUT_H

/* The address where a person's browser ends the session at the platform. Pure. */

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/logout-url.h"

struct config;
struct config_provider;
struct rows;

/* By name; without one (NULL) the only one. Else CONFIG_E_REFUSED with a sentence. */
int logout_choose(const struct config *config, const char *name, char reason[static REASON_MAX],
		  const struct config_provider **ret_provider) _must_check_;
/* The endpoint that the agent's doctor found at this provider, or NULL. */
const char *logout_found(const struct rows *rows, const struct config_provider *provider);
/*
 * From logout_url of the provider; without one from its end_session_endpoint; without that from
 * the endpoint that was found (NULL: none). Else CONFIG_E_REFUSED with a sentence.
 */
int logout_make(const struct config_provider *provider, const char *found,
		struct logout_values values, char reason[static REASON_MAX],
		char url[static LOGOUT_URL_MAX + 1]) _must_check_;

#endif
