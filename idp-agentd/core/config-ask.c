/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of a configuration tree once it stands; nothing here changes it. */

#include <string.h>
#include <syslog.h>

#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config.h"

struct config_place config_place_of(const struct config_section *section, const char *key)
{
	for (size_t i = 0; i < section->n_pairs; i++)
		if (section->pairs[i].place.line > 0 && strcmp(section->pairs[i].key, key) == 0)
			return section->pairs[i].place;
	return section->place;
}

bool config_is_written(const struct config_section *section, const char *key)
{
	for (size_t i = 0; i < section->n_pairs; i++)
		if (section->pairs[i].place.line > 0 && strcmp(section->pairs[i].key, key) == 0)
			return true;
	return false;
}

bool config_is_sound(const struct config_section *section, const char *key)
{
	for (size_t i = 0; i < section->n_pairs; i++)
		if (strcmp(section->pairs[i].key, key) == 0)
			return section->pairs[i].type != '\0';
	return true;
}

const struct config_provider *config_provider(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_providers; i++)
		if (strcmp(config->providers[i].name, name) == 0)
			return &config->providers[i];
	return NULL;
}

const struct config_directory *config_directory(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_directories; i++)
		if (strcmp(config->directories[i].name, name) == 0)
			return &config->directories[i];
	return NULL;
}

const struct config_service *config_service(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_services; i++)
		if (strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return &config->services[config->n_services - 1];
}

bool config_keeps_tokens(const struct config *config, const char *name)
{
	static const char *const droppers[] = { "sudo", "sudo-i", "su", "su-l" };
	const struct config_service *service = config_service(config, name);
	bool own =
		strcmp(service->name, name) == 0 && config_is_written(service->section, "tokens");

	for (size_t i = 0; i < ELEMENTSOF(droppers) && !own; i++)
		if (strcmp(droppers[i], name) == 0)
			return false;
	return service->tokens == TOKENS_KEEP;
}

int config_log_level(const struct config *config)
{
	static const int levels[] = { LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

	return config->agent.log_level < ELEMENTSOF(levels) ? levels[config->agent.log_level]
							    : LOG_INFO;
}

const char *config_alg_name(unsigned alg)
{
	static const char *const names[] = {
		"RS256", "RS384", "RS512", "PS256", "PS384",
		"PS512", "ES256", "ES384", "ES512", "EdDSA",
	};

	return alg < ELEMENTSOF(names) ? names[alg] : "";
}

bool config_has_issuer(const struct config_provider *provider, const char *issuer)
{
	for (size_t i = 0; i < provider->instances.n; i++) {
		const char *equals = strchr(provider->instances.items[i], '=');

		if (equals && strcmp(equals + 1, issuer) == 0)
			return true;
	}
	return strcmp(provider->issuer, issuer) == 0;
}
