/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each kind of directory needs, and which keys go with it. */

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config.h"

#define REALMS       "/realms/"
#define ADMIN_REALMS "/admin/realms/"

/* Keys that go with some kinds only; those in *_from go with all but file. */
static const struct {
	const char *key;
	const char *kinds; /* with ' ' around each */
} keys[] = {
	{ "url", " scim keycloak " },          { "auth", " scim keycloak " },
	{ "token", " scim keycloak " },        { "token_scope", " scim keycloak " },
	{ "page_size", " scim keycloak " },    { "filter", " scim " },
	{ "min_loa", " scim keycloak file " }, { "groups", " keycloak " },
	{ "require", " keycloak " },           { "path", " file " },
	{ "paging", " scim " },                { "delta", " scim " },
	{ "attributes", " scim " },            { "members", " scim " },
};

static const char *const kind_words[] = {
	[DIRECTORY_SCIM] = "scim",
	[DIRECTORY_USERINFO] = "userinfo",
	[DIRECTORY_KEYCLOAK] = "keycloak",
	[DIRECTORY_FILE] = "file",
};

bool config_directory_is_read(const struct config_directory *directory)
{
	return directory->kind != DIRECTORY_USERINFO;
}

const char *config_directory_word(const struct config_directory *directory)
{
	return kind_words[directory->kind];
}

static const char *kinds_of(const char *key)
{
	static const char from[] = "_from";
	size_t len = strlen(key);

	for (size_t i = 0; i < ELEMENTSOF(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].kinds;
	if (len > STRLEN("_from") && strcmp(key + len - STRLEN("_from"), from) == 0)
		return " scim userinfo keycloak ";
	return NULL;
}

bool config_directory_takes(const char *kind, const char *key)
{
	const char *kinds = kinds_of(key);
	char word[16];

	(void)snprintf(word, sizeof(word), " %.12s ", kind ? kind : "scim");
	return !kinds || strstr(kinds, word);
}

/* " scim keycloak " as "scim or keycloak". */
static void say_kinds(const char *kinds, char text[static 64])
{
	size_t n = 0;

	for (const char *at = kinds + 1; *at; at += strcspn(at, " ") + 1)
		n += (size_t)snprintf(text + n, 64 - n, "%s%.*s", n > 0 ? " or " : "",
				      (int)strcspn(at, " "), at);
}

static void judge_keys(const struct config_directory *directory, struct config_problems *problems)
{
	const struct config_section *section = directory->section;

	for (size_t i = 0; i < section->n_pairs; i++) {
		const char *key = section->pairs[i].key;
		char kinds[64];

		if (!config_is_written(section, key) ||
		    config_directory_takes(kind_words[directory->kind], key))
			continue;
		say_kinds(kinds_of(key), kinds);
		config_problem_add(problems, config_place_of(section, key),
				   "%s is for kind = %s only", key, kinds);
	}
}

/* ---- servers ---- */

static void judge_token(const struct config *config, const struct config_directory *directory,
			struct config_problems *problems)
{
	const struct config_section *section = directory->section;
	const struct config_provider *provider = config_provider(config, directory->provider);

	if (!config_is_sound(section, "auth"))
		return;
	if (directory->auth == DIRECTORY_BEARER && !config_is_written(section, "token"))
		config_problem_add(
			problems, config_place_of(section, "auth"),
			"[directory %s] has no token: write token = credential:NAME or file:PATH",
			directory->name);
	if (directory->auth == DIRECTORY_CLIENT_CREDENTIALS && directory->token)
		config_problem_add(
			problems, config_place_of(section, "token"),
			"[directory %s] has a token that is never used: set auth = bearer",
			directory->name);
	if (directory->auth == DIRECTORY_CLIENT_CREDENTIALS && provider &&
	    provider->client_auth == CLIENT_AUTH_NONE)
		config_problem_add(
			problems, config_place_of(section, "auth"),
			"[directory %s] fetches a token as the client of [provider %s], which has "
			"nothing to prove itself with: set its client_auth, or auth = bearer here",
			directory->name, provider->name);
}

static void judge_server(const struct config *config, const struct config_directory *directory,
			 struct config_problems *problems)
{
	const struct config_section *section = directory->section;

	if (!config_is_written(section, "url"))
		config_problem_add(
			problems, section->place, "[directory %s] has no url: %s", directory->name,
			directory->kind == DIRECTORY_KEYCLOAK
				? "the realm's admin API, https://HOST/admin/realms/REALM"
				: "the base address of SCIM, the part before /Users");
	if (directory->min_loa != UINT32_MAX && !config_is_written(section, "loa_from"))
		config_problem_add(
			problems, config_place_of(section, "min_loa"),
			"[directory %s] has a min_loa but no loa_from: nobody would be known",
			directory->name);
	judge_token(config, directory, problems);
}

/* ---- Keycloak ---- */

/* The realm behind that part of a URL; *ret_len 0: none. */
static const char *realm_of(const char *url, const char *part, size_t *ret_len)
{
	const char *realm = url ? strstr(url, part) : NULL;

	realm = realm ? realm + strlen(part) : "";
	*ret_len = strcspn(realm, "/?");
	return realm;
}

/*
 * People of one realm with the issuer of another would be other people: an administrator there
 * makes up any name here.
 */
static void judge_realm(const struct config *config, const struct config_directory *directory,
			struct config_problems *problems)
{
	const struct config_section *section = directory->section;
	const struct config_provider *provider = config_provider(config, directory->provider);
	const char *read, *meant;
	size_t len, meant_len;

	if (!directory->url || !config_is_sound(section, "url"))
		return;
	read = realm_of(directory->url, ADMIN_REALMS, &len);
	if (len == 0 || (read[len] != '\0' && strcmp(read + len, "/") != 0)) {
		config_problem_add(
			problems, config_place_of(section, "url"),
			"[directory %s] url is not the admin API of a realm: write it as "
			"https://HOST/admin/realms/REALM",
			directory->name);
		return;
	}
	meant = realm_of(provider ? provider->issuer : NULL, REALMS, &meant_len);
	if (!provider || meant_len == 0 || (meant_len == len && strncmp(read, meant, len) == 0))
		return;
	config_problem_add(
		problems, config_place_of(section, "url"),
		"[directory %s] reads the realm %.*s, but the people of [provider %s] are "
		"those of the realm %.*s",
		directory->name, (int)len, read, provider->name, (int)meant_len, meant);
}

void config_judge_directory(const struct config *config, const struct config_directory *directory,
			    struct config_problems *problems)
{
	if (!config_is_written(directory->section, "kind") ||
	    !config_is_sound(directory->section, "kind"))
		return; /* told already */
	judge_keys(directory, problems);
	if (directory->kind == DIRECTORY_SCIM || directory->kind == DIRECTORY_KEYCLOAK)
		judge_server(config, directory, problems);
	if (directory->kind == DIRECTORY_KEYCLOAK)
		judge_realm(config, directory, problems);
}
