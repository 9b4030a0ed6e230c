/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/demand.h"

#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

bool demand_acr_met(const struct ruleset *rules, const struct config_service *service,
		    const char *acr)
{
	for (size_t i = 0; i < service->acr.n; i++)
		if (access_acr_reaches(rules, acr, service->acr.items[i]))
			return true;
	return service->acr.n == 0;
}

bool demand_age_met(const struct config_service *service, const struct access_request *request)
{
	return service->max_age == USEC_INFINITY ||
	       access_signed_in_within(request, service->max_age / USEC_PER_SEC);
}
