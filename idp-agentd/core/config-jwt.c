/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Platforms whose tokens are checked and where nobody signs in, and what is said of their tokens.
 * A key that would do nothing, or only half of what it seems to, is refused by its line.
 */

#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"

/* ---- what a mode has no use for ---- */

/* There is no client of ours, so nothing that one could be asked for or prove. */
static const char *const of_clients[] = {
	"client_id",
	"client_auth",
	"client_secret",
	"client_key",
	"client_cert",
	"tls_key",
	"dpop",
	"scope",
	"device_endpoint",
	"userinfo_endpoint",
	"authorization_endpoint",
	"par_endpoint",
	"introspection_endpoint",
	"revocation_endpoint",
	"end_session_endpoint",
	"redirect_uri",
	"password_grant",
	"state",
	"par",
	"resource_parameter",
	"logout_url",
	"typ",
	"token_audiences",
};

/* A sign-in does not look at these: a rule has to say it. */
static const char *const of_jwt[] = {
	"tenant", "instances", "holders", "person_from", "person_form", "person_roles",
};

static void judge_clients(const struct config_provider *provider, struct config_problems *problems)
{
	const struct config_section *section = provider->section;

	for (size_t i = 0; i < ELEMENTSOF(of_clients); i++)
		if (config_is_written(section, of_clients[i]))
			config_problem_add(problems, config_place_of(section, of_clients[i]),
					   "%s is for platforms where people sign in, and mode = "
					   "jwt only checks tokens: remove it",
					   of_clients[i]);
	if (provider->verify != VERIFY_JWKS)
		config_problem_add(problems, config_place_of(section, "verify"),
				   "verify asks the platform as a client, and mode = jwt has none: "
				   "write verify = jwks");
	if (provider->subject_from && *provider->subject_from != '/')
		config_problem_add(problems, config_place_of(section, "subject_from"),
				   "subject_from = %s, but with mode = jwt the token is all there "
				   "is: write /NAME, its claim",
				   provider->subject_from);
}

static void judge_others(const struct config_provider *provider, struct config_problems *problems)
{
	const struct config_section *section = provider->section;

	for (size_t i = 0; i < ELEMENTSOF(of_jwt); i++)
		if (config_is_written(section, of_jwt[i]))
			config_problem_add(problems, config_place_of(section, of_jwt[i]),
					   "%s is for mode = jwt only: whom to let in is said by "
					   "rules",
					   of_jwt[i]);
	if (provider->iss_form == ISS_FORM_NONE)
		config_problem_add(problems, config_place_of(section, "iss_form"),
				   "iss_form = none is for mode = jwt only: a sign-in is bound to "
				   "who made it");
	if (!provider->client_id && !config_is_written(section, "client_id"))
		config_problem_add(
			problems, section->place,
			"[provider %s] has no client_id: the name under which this host "
			"is registered at the platform; or write mode = jwt, where tokens "
			"are checked and nobody signs in",
			provider->name);
}

/* ---- tenants and instances ---- */

static void judge_tenant(const struct config_provider *provider, struct config_problems *problems)
{
	const struct config_section *section = provider->section;

	if (provider->tenant && !provider->tenant_from)
		config_problem_add(
			problems, config_place_of(section, "tenant"),
			"[provider %s] has a tenant but no tenant_from: write tenant_from "
			"= /NAME, the claim that says it",
			provider->name);
	if (provider->instances.n > 0 && !provider->tenant)
		config_problem_add(problems, config_place_of(section, "instances"),
				   "[provider %s] has instances but no tenant of its own: which "
				   "tokens are whose?",
				   provider->name);
}

/* Is the address one of another section, or of an instance before this one? */
static const char *taken_by(const struct config *config, size_t at, size_t instance,
			    const char *address)
{
	const struct config_provider *mine = &config->providers[at];

	for (size_t i = 0; i < config->n_providers; i++)
		if (config->providers[i].issuer &&
		    strcmp(config->providers[i].issuer, address) == 0)
			return config->providers[i].name;
	for (size_t i = 0; i < at; i++)
		if (config->providers[i].issuer &&
		    config_has_issuer(&config->providers[i], address))
			return config->providers[i].name;
	for (size_t i = 0; i < instance; i++) {
		const char *equals = strchr(mine->instances.items[i], '=');

		if (equals && strcmp(equals + 1, address) == 0)
			return mine->name;
	}
	return NULL;
}

static bool same_tenant(const char *a, size_t len, const char *b)
{
	return b && strlen(b) == len && strncmp(a, b, len) == 0;
}

static bool tenant_is_taken(const struct config_provider *provider, size_t instance, size_t len)
{
	const char *item = provider->instances.items[instance];

	for (size_t i = 0; i < instance; i++) {
		const char *other = provider->instances.items[i];

		if (strcspn(other, "=") == len && strncmp(other, item, len) == 0)
			return true;
	}
	return same_tenant(item, len, provider->tenant);
}

static void judge_instance(const struct config *config, size_t at, size_t instance,
			   struct config_problems *problems)
{
	const struct config_provider *provider = &config->providers[at];
	const char *item = provider->instances.items[instance];
	const struct config_place place = config_place_of(provider->section, "instances");
	size_t len = strcspn(item, "=");
	const char *address = item[len] ? item + len + 1 : "", *other;

	if (len == 0 || !config_value_is_url(address) || strchr(address, '?')) {
		config_problem_add(problems, place,
				   "\"%.100s\" is no instance: write TENANT=https://HOST/PATH",
				   item);
		return;
	}
	if (tenant_is_taken(provider, instance, len))
		config_problem_add(problems, place,
				   "the tenant %.*s has two instances: whose keys are right?",
				   (int)len, item);
	other = taken_by(config, at, instance, address);
	if (other)
		config_problem_add(
			problems, place,
			"%.100s is also an address of [provider %s]: whose are its people?",
			address, other);
}

/* ---- visitors ---- */

static void judge_visitors(const struct config_provider *provider, struct config_problems *problems)
{
	static const char *const keys[] = { "person_form", "person_roles" };
	const struct config_section *section = provider->section;

	for (size_t i = 0; !provider->person_from && i < ELEMENTSOF(keys); i++)
		if (config_is_written(section, keys[i]))
			config_problem_add(problems, config_place_of(section, keys[i]),
					   "%s needs person_from, the claim it is about", keys[i]);
	if (provider->person_roles.n > 0 && !provider->roles_from)
		config_problem_add(problems, config_place_of(section, "person_roles"),
				   "person_roles needs roles_from, the claim that lists roles");
}

/* A service that could only ever refuse. */
static void judge_services(const struct config *config, const struct config_provider *provider,
			   struct config_problems *problems)
{
	for (size_t i = 0; i < config->n_services; i++) {
		const struct config_service *service = &config->services[i];

		if (config_is_written(service->section, "provider") &&
		    strcmp(service->provider, provider->name) == 0)
			config_problem_add(
				problems, config_place_of(service->section, "provider"),
				"[service %s] takes tokens of [provider %s], and none could be "
				"meant for this host: write audience = NAME there, or where its "
				"tokens have none tenant = ID",
				service->name, provider->name);
	}
}

/* Is it only there for the vouchers of our own clients? */
static bool has_clients(const struct config *config, const struct config_provider *provider)
{
	for (size_t i = 0; i < config->n_clients; i++)
		if (config->clients[i].provider &&
		    strcmp(config->clients[i].provider, provider->name) == 0)
			return true;
	return false;
}

void config_judge_jwt(const struct config *config, size_t at, struct config_problems *problems)
{
	const struct config_provider *provider = &config->providers[at];

	if (!config_is_sound(provider->section, "mode"))
		return; /* told already; the rest would be guesses */
	if (provider->mode != CONFIG_MODE_JWT) {
		judge_others(provider, problems);
		return;
	}
	judge_clients(provider, problems);
	judge_tenant(provider, problems);
	for (size_t i = 0; i < provider->instances.n; i++)
		judge_instance(config, at, i, problems);
	judge_visitors(provider, problems);
	if (provider->audience.n > 0 || provider->tenant ||
	    !config_is_sound(provider->section, "audience") ||
	    !config_is_sound(provider->section, "tenant"))
		return;
	judge_services(config, provider, problems);
	if (!has_clients(config, provider))
		config_problem_note(
			problems, provider->section->place,
			"no token of [provider %s] could be meant for this host: write audience = "
			"NAME, or where its tokens have none tenant = ID",
			provider->name);
}
