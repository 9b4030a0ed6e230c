/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a platform that lists nothing, or more than fits, is not blamed for what it does not list;
 * what is listed is compared byte for byte, and what is only nearly the same is said to be so.
 */
#include "idp-agentd/core/examine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config.h"

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

static bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}

/* ---- scopes ---- */

/* The word nearest to word, copied into room bytes; "" when none is near. */
static enum config_near nearest(const char *words, const char *word, char *out, size_t room)
{
	enum config_near best = CONFIG_FAR;

	out[0] = '\0';
	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		char candidate[129];
		enum config_near near;

		if (n < sizeof(candidate)) {
			memcpy(candidate, at, n);
			candidate[n] = '\0';
			near = config_near(word, candidate);
			if (near > best && n < room) {
				best = near;
				memcpy(out, candidate, n + 1);
			}
		}
		at += n;
	}
	return best;
}

static void judge_scope(const struct examine *examine, const struct config_section *whose,
			const char *scope, const char *offered)
{
	char near[129];

	if (is_word_of(offered, scope))
		return;
	if (nearest(offered, scope, near, sizeof(near)) == CONFIG_FAR)
		say(examine, WIRE_FINDING_WARNING,
		    "Register it at the platform for this client, or take it out of idp.conf; leave it "
		    "if the platform offers more than it lists.",
		    "[%s %s] asks for scope %s, which is not among scopes_supported",
		    whose->kind_name, whose->name, scope);
	else
		say(examine, WIRE_FINDING_WARNING,
		    "Scopes are compared byte for byte: write it in idp.conf as the platform does.",
		    "[%s %s] asks for scope %s, which is not offered; %s is, and %s",
		    whose->kind_name, whose->name, scope, near,
		    strcasecmp(near, scope) == 0 ? "differs only in case"
						 : "differs in a letter or two");
}

static void judge_list(const struct examine *examine, const struct config_section *whose,
		       const struct config_list *scopes, const char *offered)
{
	for (size_t i = 0; i < scopes->n; i++)
		judge_scope(examine, whose, scopes->items[i], offered);
}

static bool is_at(const char *provider, const char *name)
{
	return provider && strcmp(provider, name) == 0;
}

/* The provider a [scope] is about: NULL is every one. */
static const char *scope_provider(const struct config_section *section)
{
	for (size_t i = 0; i < section->n_pairs; i++)
		if (strcmp(section->pairs[i].key, "provider") == 0)
			return section->pairs[i].value;
	return NULL;
}

static void judge_scopes(const struct examine *examine, const struct config_provider *provider,
			 const char *offered)
{
	const struct config *config = examine->config;

	judge_list(examine, provider->section, &provider->scope, offered);
	for (size_t i = 0; i < config->n_services; i++) {
		const struct config_service *service = &config->services[i];

		/* What a service takes from [service default] is told there. */
		if (is_at(service->provider, provider->name) &&
		    (config_is_written(service->section, "scope") || i + 1 == config->n_services))
			judge_list(examine, service->section, &service->scope, offered);
	}
	for (size_t i = 0; i < config->n_sections; i++) {
		const struct config_section *section = &config->sections[i];

		if (section->kind == CONFIG_SCOPE &&
		    (!scope_provider(section) || is_at(scope_provider(section), provider->name)))
			judge_scope(examine, section, section->name, offered);
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
