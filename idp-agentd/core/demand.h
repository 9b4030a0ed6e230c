/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_DEMAND_H
#define IDP_CORE_DEMAND_H

/* What [service NAME] itself demands of a sign-in, beside the access rules. Pure. */

#include <stdbool.h>

#include "common/macro.h"

struct access_request;
struct config_service;
struct ruleset;

/* One of [service] acr, or a higher one of its ladder; acr NULL or "": none was told. */
bool demand_acr_met(const struct ruleset *rules, const struct config_service *service,
		    const char *acr) _must_check_;
/* [service] max_age: no when the time of the sign-in is not known. */
bool demand_age_met(const struct config_service *service,
		    const struct access_request *request) _must_check_;

#endif
