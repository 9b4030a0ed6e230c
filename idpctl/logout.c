/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/logout.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config.h"
#include "idpctl/rows.h"

int logout_choose(const struct config *config, const char *name, char reason[static REASON_MAX],
		  const struct config_provider **ret_provider)
{
	const struct config_provider *provider =
		name ? config_provider(config, name) : &config->providers[0];

	if (!name && config->n_providers > 1)
		return config_refuse(reason, "there are several providers: name one");
	if (!provider)
		return config_refuse(reason, "there is no [provider %.64s]", name);
	*ret_provider = provider;
	return 0;
}

/* idp-wire(7): the finding "logout NAME" has the address for its text. */
const char *logout_found(const struct rows *rows, const struct config_provider *provider)
{
	char topic[CONFIG_NAME_MAX + sizeof("logout ")];

	(void)snprintf(topic, sizeof(topic), "logout %s", provider->name);
	for (const struct row *row = rows->first; row; row = row->next) {
		const char *about = row_get(row, "topic");

		if (about && strcmp(about, topic) == 0)
			return row_get(row, "text");
	}
	return NULL;
}

int logout_make(const struct config_provider *provider, const char *found,
		struct logout_values values, char reason[static REASON_MAX],
		char url[static LOGOUT_URL_MAX + 1])
{
	char template[LOGOUT_URL_MAX + 1];
	const char *endpoint =
		provider->end_session_endpoint ? provider->end_session_endpoint : found;
	int r;

	values.client_id = provider->client_id;
	if (provider->logout_url)
		return logout_url_build(provider->logout_url, &values, reason, url);
	if (!endpoint)
		return config_refuse(reason,
				     "[provider %s] has no logout_url, and no end_session_endpoint "
				     "is known",
				     provider->name);
	r = logout_url_standard(endpoint, &values, reason, template);
	return r ? r : logout_url_build(template, &values, reason, url);
}
