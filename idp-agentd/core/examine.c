/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/examine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/scope-judge.h"
#include "idp-agentd/core/scope-table.h"

static void _printf_(4, 5) say(const struct examine *examine, enum wire_finding level,
			       const char *remedy, const char *format, ...)
{
	char text[2 * REASON_MAX];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args) < 0);
	va_end(args);
	examine->say(examine->userdata, level, text, remedy);
}

static bool is_at(const char *provider, const char *name)
{
	return provider && strcmp(provider, name) == 0;
}

/* ---- scopes ---- */

static void judge_scopes(const struct examine *examine, const struct config_provider *provider,
			 const char *offered)
{
	const struct scope_know know = { .client_id = provider->client_id, .offered = offered };
	_cleanup_(scope_table_freep) struct scope_table *table = NULL;

	if (provider->mode == CONFIG_MODE_JWT || /* nobody signs in there */
	    scope_table_new(examine->config, provider, &table) < 0)
		return;
	for (size_t i = 0; i < table->n; i++) {
		struct scope_finding finding;

		scope_judge(&know, &table->items[i], false, &finding);
		if (finding.level > WIRE_FINDING_NOTE)
			say(examine, finding.level, finding.remedy, "%s", finding.text);
	}
}

/* ---- endpoints ---- */

static const struct {
	const char *endpoint;
	enum config_flow flow;
	const char *flow_name;
	const char *remedy;
} needs[] = {
	{ "device_authorization_endpoint", CONFIG_FLOW_DEVICE, "device",
	  "Switch the device authorization grant on for this client at the platform, or name "
	  "device_endpoint in idp.conf." },
	{ "authorization_endpoint", CONFIG_FLOW_CODE, "code",
	  "Switch the authorization code grant on for this client at the platform, or name "
	  "authorization_endpoint in idp.conf." },
	{ "introspection_endpoint", CONFIG_FLOW_TOKEN, "token",
	  "Name introspection_endpoint in idp.conf, or set verify = jwks if the platform's access "
	  "tokens are JWTs." },
};

static void judge_absent(const struct examine *examine, const struct config_provider *provider,
			 const char *endpoint)
{
	const struct config *config = examine->config;

	for (size_t i = 0; i < ELEMENTSOF(needs); i++) {
		if (strcmp(needs[i].endpoint, endpoint) != 0 ||
		    (needs[i].flow == CONFIG_FLOW_TOKEN && provider->verify == VERIFY_JWKS))
			continue;
		for (size_t j = 0; j < config->n_services; j++) {
			const struct config_service *service = &config->services[j];

			if (service->flow != needs[i].flow ||
			    !is_at(service->provider, provider->name))
				continue;
			say(examine, WIRE_FINDING_ERROR, needs[i].remedy,
			    "[service %s] signs people in with flow = %s, and there is no %s",
			    service->name, needs[i].flow_name, endpoint);
			return;
		}
	}
}

/* Told by each look at the platform, as by each load. */
static void judge_password(const struct examine *examine, const struct config_provider *provider)
{
	if (provider->password_grant)
		say(examine, WIRE_FINDING_WARNING,
		    "Use flow = device or code, and leave password_grant out.",
		    "password_grant = yes: people's passwords of this platform pass through this "
		    "host, which RFC 9700 section 2.4 forbids");
}

void examine_fact(const struct examine *examine, const char *provider, enum wire_finding kind,
		  const char *what, const char *value)
{
	const struct config_provider *found = config_provider(examine->config, provider);

	if (!found) /* a reload came between */
		return;
	if (kind == WIRE_FINDING_OFFER && strcmp(what, "scopes_supported") == 0 && *value)
		judge_scopes(examine, found, value);
	if (kind == WIRE_FINDING_USE && strcmp(what, "token_endpoint") == 0)
		judge_password(examine, found);
	if (kind == WIRE_FINDING_USE && !*value)
		judge_absent(examine, found, what);
}

/* Where a key of idp.conf and a member of the metadata have different names. */
static const struct {
	const char *offered;
	const char *key;
} names[] = {
	{ "device_authorization_endpoint", "device_endpoint" },
	{ "pushed_authorization_request_endpoint", "par_endpoint" },
};

const char *examine_origin(const struct config *config, const char *provider, const char *what,
			   const char *value)
{
	const struct config_provider *found = config_provider(config, provider);
	const char *key = what;

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (strcmp(names[i].offered, what) == 0)
			key = names[i].key;
	for (size_t i = 0; found && i < found->section->n_pairs; i++) {
		const struct config_pair *pair = &found->section->pairs[i];

		if (strcmp(pair->key, key) != 0 || strcmp(pair->value, value) != 0)
			continue;
		return pair->place.line > 0 ? "written" : pair->preset ? "preset" : "default";
	}
	return *value ? "discovery" : "";
}
