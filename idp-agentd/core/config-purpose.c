/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients, purposes and e-services: what they are to one another.
 *
 * MUST
 * 1. A pair of client and purpose exists only where somebody wrote it.
 * 2. No id stands for two things: whoever meets it in a token must know whose it is.
 */

#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"

/* ---- asking ---- */

const struct config_client *config_client(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_clients; i++)
		if (strcmp(config->clients[i].name, name) == 0)
			return &config->clients[i];
	return NULL;
}

const struct config_purpose *config_purpose(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_purposes; i++)
		if (strcmp(config->purposes[i].name, name) == 0)
			return &config->purposes[i];
	return NULL;
}

const struct config_eservice *config_eservice(const struct config *config, const char *name)
{
	for (size_t i = 0; name && i < config->n_eservices; i++)
		if (strcmp(config->eservices[i].name, name) == 0)
			return &config->eservices[i];
	return NULL;
}

bool config_list_has(const struct config_list *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

/* ---- judging: names ---- */

/* key of section names something of that kind that does not exist. */
static void tell_dangling(const struct config *config, const struct config_section *section,
			  const char *key, const char *kind, const char *name,
			  struct config_problems *problems)
{
	struct config_guess guess = { .word = name };

	for (size_t i = 0; i < config->n_sections; i++)
		if (strcmp(config->sections[i].kind_name, kind) == 0)
			config_guess(&guess, config->sections[i].name);
	config_problem_add(problems, config_place_of(section, key), "there is no [%s %.64s]%s%s%s",
			   kind, name, guess.best ? ": did you mean \"" : "",
			   guess.best ? guess.best : "", guess.best ? "\"?" : "");
}

static void judge_provider(const struct config *config, const struct config_section *section,
			   const char *name, struct config_problems *problems)
{
	if (config->n_providers == 0 || config_provider(config, name) ||
	    !config_is_sound(section, "provider"))
		return;
	if (name)
		tell_dangling(config, section, "provider", "provider", name, problems);
	else
		config_problem_add(
			problems, section->place,
			"[%s %s] does not say which provider knows it and there are %zu: "
			"write provider = %s, or another",
			section->kind_name, section->name, config->n_providers,
			config->providers[0].name);
}

/* ---- judging: ids ---- */

struct thing {
	const struct config_section *section;
	const char *key;
	const char *id; /* NULL: none, or not a good one */
	const char *provider;
};

/* All that have ids, one after the other; false: there is no such number. */
static bool thing_at(const struct config *config, size_t at, struct thing *ret_thing)
{
	if (at < config->n_clients) {
		const struct config_client *client = &config->clients[at];

		*ret_thing = (struct thing){ client->section, "client_id", client->client_id,
					     client->provider };
		return true;
	}
	at -= config->n_clients;
	if (at < config->n_purposes) {
		const struct config_purpose *purpose = &config->purposes[at];

		*ret_thing = (struct thing){ purpose->section, "id", purpose->id, NULL };
		return true;
	}
	at -= config->n_purposes;
	if (at < config->n_eservices) {
		const struct config_eservice *eservice = &config->eservices[at];

		*ret_thing = (struct thing){ eservice->section, "id", eservice->id, NULL };
		return true;
	}
	return false;
}

/* A UUID is nobody else's anywhere; what else a platform calls its clients is its own affair. */
static bool is_same(const struct thing *a, const struct thing *b)
{
	if (!a->id || !b->id || strcmp(a->id, b->id) != 0)
		return false;
	return config_value_is_uuid(a->id) ||
	       (a->provider && b->provider && strcmp(a->provider, b->provider) == 0);
}

static void judge_ids(const struct config *config, struct config_problems *problems)
{
	struct thing thing, other;

	for (size_t i = 0; thing_at(config, i, &thing); i++)
		for (size_t j = 0; j < i && thing_at(config, j, &other); j++) {
			struct config_place first = config_place_of(other.section, other.key);

			if (!is_same(&thing, &other))
				continue;
			/* MUST 2 */
			config_problem_add(problems, config_place_of(thing.section, thing.key),
					   "[%s %s] has the %s of [%s %s] (%s:%u): one of them was "
					   "copied and not changed",
					   thing.section->kind_name, thing.section->name, other.key,
					   other.section->kind_name, other.section->name,
					   first.file, first.line);
			break;
		}
}

/* ---- judging: what belongs together ---- */

static void judge_client(const struct config *config, const struct config_client *client,
			 struct config_problems *problems)
{
	const struct config_provider *provider = config_provider(config, client->provider);

	judge_provider(config, client->section, client->provider, problems);
	if (provider && provider->preset == PRESET_PDND && client->client_id &&
	    !config_value_is_uuid(client->client_id))
		config_problem_add(problems, config_place_of(client->section, "client_id"),
				   "client_id: \"%.60s\" is not a UUID: 36 of 0-9, a-f and '-', in "
				   "small letters, as the platform shows it",
				   client->client_id);
}

/* A client of a purpose: there, of the right kind, at the platform of the e-service. */
static void judge_pair(const struct config *config, const struct config_purpose *purpose,
		       const char *name, struct config_problems *problems)
{
	const struct config_eservice *eservice = config_eservice(config, purpose->eservice);
	const struct config_client *client = config_client(config, name);
	struct config_place place = config_place_of(purpose->section, "clients");

	if (!client) {
		tell_dangling(config, purpose->section, "clients", "client", name, problems);
		return;
	}
	if (client->kind == CLIENT_API && config_is_sound(client->section, "kind"))
		config_problem_add(problems, place,
				   "[client %s] is for the platform's own interfaces (kind = api): "
				   "such a client has no purposes",
				   name);
	if (eservice && client->provider && eservice->provider &&
	    strcmp(client->provider, eservice->provider) != 0)
		config_problem_add(problems, place,
				   "[client %s] is known to [provider %s], but [eservice %s] "
				   "belongs to [provider %s]",
				   name, client->provider, eservice->name, eservice->provider);
}

static void judge_purpose(const struct config *config, const struct config_purpose *purpose,
			  struct config_problems *problems)
{
	if (purpose->eservice && !config_eservice(config, purpose->eservice))
		tell_dangling(config, purpose->section, "eservice", "eservice", purpose->eservice,
			      problems);
	for (size_t i = 0; i < purpose->clients.n; i++)
		judge_pair(config, purpose, purpose->clients.items[i], problems);
}

void config_judge_purposes(const struct config *config, struct config_problems *problems)
{
	for (size_t i = 0; i < config->n_clients; i++)
		judge_client(config, &config->clients[i], problems);
	for (size_t i = 0; i < config->n_eservices; i++)
		judge_provider(config, config->eservices[i].section, config->eservices[i].provider,
			       problems);
	for (size_t i = 0; i < config->n_purposes; i++)
		judge_purpose(config, &config->purposes[i], problems);
	judge_ids(config, problems);
}
