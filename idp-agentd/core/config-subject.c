/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who somebody is, as a [provider] says it: does what it names exist in the mode it is in? A
 * provider that signs nobody in, or takes identities from where none are, is refused by its line.
 */

#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config.h"

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

static bool asks_for(const struct config_provider *provider, const char *scope)
{
	for (size_t i = 0; i < provider->scope.n; i++)
		if (strcmp(provider->scope.items[i], scope) == 0)
			return true;
	return false;
}

/* By hand, if only badly, or from a preset. */
static bool is_there(const struct config_section *section, const char *key, const char *value)
{
	return value || config_is_written(section, key);
}

/* Without discovery there is nothing but what is written. */
static void judge_endpoints(const struct config_provider *provider,
			    struct config_problems *problems)
{
	const struct config_section *section = provider->section;
	const struct config_place place = config_place_of(section, "mode");

	if (!is_there(section, "token_endpoint", provider->token_endpoint))
		config_problem_add(problems, place,
				   "[provider %s] has mode = oauth2, where nothing is discovered, "
				   "but no token_endpoint: write its address",
				   provider->name);
	if (!is_there(section, "device_endpoint", provider->device_endpoint) &&
	    !is_there(section, "authorization_endpoint", provider->authorization_endpoint))
		config_problem_add(
			problems, place,
			"[provider %s] has mode = oauth2, where nothing is discovered, but nowhere "
			"for people to sign in: write device_endpoint or authorization_endpoint",
			provider->name);
}

/* A value that lies in userinfo needs an endpoint; the key says which value. */
static void judge_userinfo(const struct config_provider *provider, const char *key,
			   const char *value, struct config_problems *problems)
{
	const struct config_section *section = provider->section;

	if (begins(value, "userinfo") &&
	    !is_there(section, "userinfo_endpoint", provider->userinfo_endpoint))
		config_problem_add(problems, config_place_of(section, key),
				   "%s = %s, but with mode = oauth2 nothing is discovered: write "
				   "userinfo_endpoint",
				   key, value);
	if (begins(value, "id_token"))
		config_problem_add(problems, config_place_of(section, key),
				   "%s = %s, but mode = oauth2 has no ID token: write token:/NAME, "
				   "a member of the token response, or userinfo:/NAME",
				   key, value);
}

static void judge_idle(const struct config_section *section, const char *key,
		       struct config_problems *problems)
{
	if (config_is_written(section, key))
		config_problem_add(problems, config_place_of(section, key),
				   "%s is for mode = oidc only: remove it", key);
}

static void judge_oauth2(const struct config_provider *provider, struct config_problems *problems)
{
	const struct config_section *section = provider->section;

	judge_endpoints(provider, problems);
	if (!config_is_written(section, "subject_from"))
		config_problem_add(
			problems, config_place_of(section, "mode"),
			"[provider %s] has mode = oauth2 but no subject_from: write subject_from = "
			"token:/NAME, a member of the token response, or userinfo",
			provider->name);
	judge_userinfo(provider, "subject_from", provider->subject_from, problems);
	judge_userinfo(provider, "groups_from", provider->groups_from, problems);
	judge_userinfo(provider, "entitlements_from", provider->entitlements_from, problems);
	if (provider->discovery && strcmp(provider->discovery, "no") != 0)
		judge_idle(section, "discovery", problems);
	judge_idle(section, "typ", problems);
	if (asks_for(provider, "openid"))
		config_problem_add(problems, config_place_of(section, "scope"),
				   "scope asks for openid, but mode = oauth2 looks at no ID token: "
				   "remove openid, or set mode = oidc");
}

void config_judge_subject(const struct config_provider *provider, struct config_problems *problems)
{
	if (!config_is_sound(provider->section, "mode") ||
	    !config_is_sound(provider->section, "subject_from"))
		return; /* told already; the rest would be guesses */
	if (provider->mode == CONFIG_MODE_JWT)
		return; /* config-jwt.c */
	if (begins(provider->subject_from, "/"))
		config_problem_add(problems, config_place_of(provider->section, "subject_from"),
				   "subject_from = %s is for mode = jwt: write id_token, userinfo, "
				   "userinfo:/NAME or token:/NAME; the Unix id is uid_from of a [directory]",
				   provider->subject_from);
	else if (provider->mode == CONFIG_MODE_OAUTH2)
		judge_oauth2(provider, problems);
	else if (begins(provider->subject_from, "id_token") && !asks_for(provider, "openid") &&
		 config_is_sound(provider->section, "scope"))
		config_problem_note(
			problems, config_place_of(provider->section, "scope"),
			"scope does not ask for openid: unless a service adds it, no ID "
			"token comes, and nobody can sign in");
}
