/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defaults. Most are the table's; some depend on what a platform is, or on another section. */
#include "idp-agentd/core/config-default.h"

#include <string.h>

#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config-tree.h"

static bool says(const struct config_raw *raw, const char *key, const char *value)
{
	const struct config_raw_pair *pair = config_raw_find(raw, key);

	return pair && strcmp(pair->value, value) == 0;
}

bool config_default_is_jwt(const struct config_raw *raw)
{
	const struct config_raw_pair *preset = config_raw_find(raw, "preset");

	if (config_raw_find(raw, "mode"))
		return says(raw, "mode", "jwt");
	return preset && config_preset_is_for_jwt(preset->value, "mode");
}

const struct config_raw *config_default_provider(const struct config_raws *raws)
{
	for (size_t i = 0; i < raws->n; i++)
		if (raws->items[i].kind == CONFIG_PROVIDER &&
		    !config_default_is_jwt(&raws->items[i]))
			return &raws->items[i];
	return config_raws_find(raws, CONFIG_PROVIDER, NULL);
}

/*
 * Plain OAuth has no ID token to ask for or to take, and no place where it describes itself; where
 * nobody signs in nothing is asked for, and a token says itself whose it is.
 */
static const char *of_provider(const struct config_raw *raw, const struct config_key *key)
{
	bool jwt = config_default_is_jwt(raw), oauth2 = says(raw, "mode", "oauth2");

	if (!jwt && !oauth2)
		return key->def;
	if (strcmp(key->key, "scope") == 0 || (oauth2 && strcmp(key->key, "discovery") == 0))
		return NULL;
	if (strcmp(key->key, "subject_from") == 0)
		return jwt ? "/sub" : NULL;
	return key->def;
}

/* A key of a service that [service default] does not say either. */
static const char *of_service(const struct config_raws *raws, const struct config_raw *raw,
			      const struct config_key *key)
{
	const struct config_raw *provider = config_default_provider(raws);
	const struct config_raw_pair *name = config_raw_find(raw, "provider");

	if (strcmp(key->key, "provider") == 0)
		return provider ? provider->name : NULL;
	if (strcmp(key->key, "flow") != 0)
		return key->def;
	if (!name)
		name = config_raw_find(config_raws_find(raws, CONFIG_SERVICE, "default"),
				       "provider");
	if (name)
		provider = config_raws_find(raws, CONFIG_PROVIDER, name->value);
	/* Where nobody can sign in, a token that somebody has already is all there is. */
	return provider && config_default_is_jwt(provider) ? "token" : key->def;
}

/* What the preset of its provider says. */
static const char *of_preset(const struct config_raws *raws, const struct config_raw *raw,
			     const struct config_key *key)
{
	const struct config_raw_pair *name = config_raw_find(raw, "provider");
	const struct config_raw *provider =
		name || config_raws_count(raws, CONFIG_PROVIDER) == 1
			? config_raws_find(raws, CONFIG_PROVIDER, name ? name->value : NULL)
			: NULL;
	const struct config_raw_pair *preset = config_raw_find(provider, "preset");

	return preset ? config_preset_directory(preset->value, key->key) : NULL;
}

/* Keycloak has its own names for things; what does not go with a kind has no default in it. */
static const char *of_directory(const struct config_raws *raws, const struct config_raw *raw,
				const struct config_key *key)
{
	static const char *const none[] = { "gecos_from", "end_time_from", "group_name_from" };
	const struct config_raw_pair *kind = config_raw_find(raw, "kind");
	const char *preset = of_preset(raws, raw, key);

	if (!config_directory_takes(kind ? kind->value : NULL, key->key))
		return NULL;
	if (preset && kind && strcmp(kind->value, "scim") == 0)
		return preset;
	if (!kind || strcmp(kind->value, "keycloak") != 0)
		return key->def;
	for (size_t i = 0; i < ELEMENTSOF(none); i++)
		if (strcmp(key->key, none[i]) == 0)
			return NULL;
	return strcmp(key->key, "name_from") == 0 ? "/username" : key->def;
}

static bool names_a_provider(enum config_kind kind)
{
	return kind == CONFIG_DIRECTORY || kind == CONFIG_CLIENT || kind == CONFIG_ESERVICE;
}

const char *config_default_of(const struct config_raws *raws, const struct config_raw *raw,
			      const struct config_key *key)
{
	const struct config_raw_pair *pair = NULL;

	if (key->kind == CONFIG_PROVIDER)
		return of_provider(raw, key);
	if (key->kind == CONFIG_SERVICE) {
		pair = config_raw_find(config_raws_find(raws, CONFIG_SERVICE, "default"), key->key);
		return pair ? pair->value : of_service(raws, raw, key);
	}
	if (names_a_provider(key->kind) && strcmp(key->key, "provider") == 0)
		return config_raws_count(raws, CONFIG_PROVIDER) == 1
			       ? config_raws_find(raws, CONFIG_PROVIDER, NULL)->name
			       : NULL;
	if (key->kind == CONFIG_DIRECTORY && strcmp(key->key, "interval") == 0) {
		pair = config_raw_find(config_raws_find(raws, CONFIG_AGENT, NULL), "sync_interval");
		return pair ? pair->value : config_key_find(CONFIG_AGENT, "sync_interval")->def;
	}
	if (key->kind == CONFIG_DIRECTORY)
		return of_directory(raws, raw, key);
	return key->def;
}
