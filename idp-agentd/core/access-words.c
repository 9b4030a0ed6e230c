/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Atoms: kind ":" value. Each kind says here what its value must look like. */

#include "idp-agentd/core/access-words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

static const struct {
	const char *name;
	enum atom_kind kind;
} kinds[] = {
	{ "scope", ATOM_SCOPE },       { "path-scope", ATOM_PATH_SCOPE },
	{ "group", ATOM_GROUP },       { "role", ATOM_ROLE },
	{ "product", ATOM_PRODUCT },   { "entitlement", ATOM_ENTITLEMENT },
	{ "site", ATOM_SITE },         { "origin", ATOM_ORIGIN },
	{ "loa", ATOM_LOA },           { "acr", ATOM_ACR },
	{ "amr", ATOM_AMR },           { "user", ATOM_USER },
	{ "uuid", ATOM_UUID },         { "tenant", ATOM_TENANT },
	{ "provider", ATOM_PROVIDER }, { "client", ATOM_CLIENT },
	{ "purpose", ATOM_PURPOSE },   { "eservice", ATOM_ESERVICE },
	{ "consumer", ATOM_CONSUMER }, { "subject", ATOM_SUBJECT },
	{ "from", ATOM_FROM },         { "fresh", ATOM_FRESH },
	{ "claim", ATOM_CLAIM },
};

bool atom_kind_find(const char *word, size_t len, enum atom_kind *ret_kind)
{
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, word, len) == 0) {
			*ret_kind = kinds[i].kind;
			return true;
		}
	return false;
}

static int refuse_kind(const char *word, size_t len, char *reason)
{
	char kind[32] = "";
	struct config_guess guess = { .word = kind };

	if (word[len] == '\0')
		return config_refuse(
			reason, "\"%.60s\" is no condition: write KIND:VALUE, as in group:staff",
			word);
	IGNORE(snprintf(kind, sizeof(kind), "%.*s", (int)(len < 31 ? len : 31), word) < 0);
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		config_guess(&guess, kinds[i].name);
	if (guess.best)
		return config_refuse(reason,
				     "\"%s:\" is not a kind of condition: did you mean \"%s:\"?",
				     kind, guess.best);
	return config_refuse(reason, "\"%s:\" is not a kind of condition", kind);
}

static void name_nearest(struct config_guess *guess, char *text, size_t room)
{
	text[0] = '\0';
	if (guess->best)
		IGNORE(snprintf(text, room, ": did you mean \"%s\"%s?", guess->best,
				guess->near == CONFIG_NEAR_CASE ? " (it differs only in case)"
								: "") < 0);
}

/* ---- what each kind's value must look like ---- */

static int read_scope(const struct parse *parse, struct atom *atom, char *reason)
{
	const struct ruleset *rules = parse->rules;
	struct config_guess guess = { .word = atom->value };
	char nearest[128];

	if (!config_value_is_scope(atom->value))
		return config_refuse(
			reason, "\"%.60s\" is not a scope: no quotes, no backslash, ASCII only",
			atom->value);
	if (rules->n_scopes == 0 || scope_find(rules, atom->value))
		return 0;
	for (size_t i = 0; i < rules->n_scopes; i++)
		config_guess(&guess, rules->scopes[i].name);
	name_nearest(&guess, nearest, sizeof(nearest));
	return config_refuse(reason, "there is no [scope %.60s]%s", atom->value, nearest);
}

static int read_path_scope(struct atom *atom, char *reason)
{
	const char *colon = strchr(atom->value, ':');

	if (!colon || colon == atom->value || colon[1] != '/' ||
	    !config_value_is_scope(atom->value) || !path_is_plain(colon + 1))
		return config_refuse(
			reason,
			"\"%.60s\" is no path scope: write NAME:/PATH, as in storage.read:/data",
			atom->value);
	atom->prefix_len = (size_t)(colon + 1 - atom->value);
	atom->path = colon + 1;
	return 0;
}

/* "2" is on [ladder loa]; "spid.2" on [ladder acr.spid]. false: no such form. */
static bool split_rung(const char *value, size_t *ret_name_len, uint32_t *ret_rung)
{
	const char *dot = strrchr(value, '.');
	const char *digits = dot ? dot + 1 : value;
	uint64_t rung;

	if (!config_value_number(digits, strlen(digits), 999, &rung))
		return false;
	*ret_name_len = dot ? (size_t)(dot - value) : 0;
	*ret_rung = (uint32_t)rung;
	return true;
}

static int find_rung(const struct parse *parse, const char *family, size_t name_len,
		     struct atom *atom, char *reason)
{
	char name[CONFIG_NAME_MAX + 8];
	const struct ladder *ladder;

	IGNORE(snprintf(name, sizeof(name), "%s%s%.*s", family, name_len ? "." : "",
			(int)(name_len < CONFIG_NAME_MAX ? name_len : CONFIG_NAME_MAX),
			atom->value) < 0);
	ladder = ladder_find(parse->rules, name);
	if (!ladder)
		return config_refuse(reason, "there is no [ladder %s]", name);
	for (size_t i = 0; i < ladder->n; i++)
		if (ladder->rungs[i].number == atom->rung) {
			atom->ladder = ladder;
			return 0;
		}
	return config_refuse(reason, "[ladder %s] has no rung %u", name, atom->rung);
}

static int read_loa(const struct parse *parse, struct atom *atom, char *reason)
{
	size_t name_len;

	if (!split_rung(atom->value, &name_len, &atom->rung))
		return config_refuse(reason,
				     "\"%.60s\" is no level: write loa:NUMBER or loa:LADDER.NUMBER",
				     atom->value);
	if (name_len == 0 && !ladder_find(parse->rules, "loa"))
		return 0; /* without a ladder the claim is a number itself */
	return find_rung(parse, "loa", name_len, atom, reason);
}

static int read_acr(const struct parse *parse, struct atom *atom, char *reason)
{
	size_t name_len;

	/* A URI or a URN is a value of the platform; NAME.NUMBER is ours. */
	if (strpbrk(atom->value, ":/") || !split_rung(atom->value, &name_len, &atom->rung) ||
	    name_len == 0)
		return 0;
	return find_rung(parse, "acr", name_len, atom, reason);
}

static int read_fresh(struct atom *atom, char *reason)
{
	usec_t time;

	if (!config_value_time(atom->value, &time) || time == 0)
		return config_refuse(
			reason,
			"\"%.60s\" is not a time: write a number and s, m, h or d, as in fresh:15m",
			atom->value);
	atom->seconds = time / USEC_PER_SEC;
	return 0;
}

static int read_claim(const struct parse *parse, struct atom *atom, char *reason)
{
	const char *equals = strchr(atom->value, '=');

	if (!equals || !config_value_is_pointer(atom->value, (size_t)(equals - atom->value)))
		return config_refuse(reason,
				     "\"%.60s\" is no claim: write claim:/JSON/POINTER=VALUE",
				     atom->value);
	atom->path = arena_copy(parse->arena, atom->value, (size_t)(equals - atom->value));
	atom->wanted = equals + 1;
	return atom->path ? 0 : -ENOMEM;
}

static int read_subject(struct atom *atom, char *reason)
{
	if (strcmp(atom->value, "person") == 0)
		atom->subject = SUBJECT_PERSON;
	else if (strcmp(atom->value, "workload") == 0)
		atom->subject = SUBJECT_WORKLOAD;
	else
		return config_refuse(reason, "\"%.60s\" is not person or workload", atom->value);
	return 0;
}

static int read_provider(const struct parse *parse, const char *name, char *reason)
{
	struct config_guess guess = { .word = name };
	char nearest[128];

	if (config_provider(parse->config, name))
		return 0;
	for (size_t i = 0; i < parse->config->n_providers; i++)
		config_guess(&guess, parse->config->providers[i].name);
	name_nearest(&guess, nearest, sizeof(nearest));
	return config_refuse(reason, "there is no [provider %.60s]%s", name, nearest);
}

void check_provider(const struct parse *parse, struct config_place place, const char *name)
{
	char reason[REASON_MAX];

	if (read_provider(parse, name, reason) != 0)
		config_problem_add(parse->problems, place, "%s", reason);
}

/*
 * client:A is compared with the id of [client A], where there is one: rules speak in this host's
 * names, tokens in the platform's.
 */
static int read_section(struct atom *atom, const char *kind, bool found, const char *id,
			struct config_guess *guess, char *reason)
{
	if (found && id)
		atom->wanted = id;
	if (!found && guess->near == CONFIG_NEAR_CASE)
		return config_refuse(
			reason,
			"there is no [%s %.60s]: did you mean \"%s\"? (it differs only "
			"in case)",
			kind, atom->value, guess->best);
	return 0;
}

static int read_client(const struct parse *parse, struct atom *atom, char *reason)
{
	const struct config_client *client = config_client(parse->config, atom->value);
	struct config_guess guess = { .word = atom->value };

	for (size_t i = 0; i < parse->config->n_clients; i++)
		config_guess(&guess, parse->config->clients[i].name);
	return read_section(atom, "client", client, client ? client->client_id : NULL, &guess,
			    reason);
}

static int read_purpose(const struct parse *parse, struct atom *atom, char *reason)
{
	const struct config_purpose *purpose = config_purpose(parse->config, atom->value);
	struct config_guess guess = { .word = atom->value };

	for (size_t i = 0; i < parse->config->n_purposes; i++)
		config_guess(&guess, parse->config->purposes[i].name);
	return read_section(atom, "purpose", purpose, purpose ? purpose->id : NULL, &guess, reason);
}

static int read_eservice(const struct parse *parse, struct atom *atom, char *reason)
{
	const struct config_eservice *eservice = config_eservice(parse->config, atom->value);
	struct config_guess guess = { .word = atom->value };

	for (size_t i = 0; i < parse->config->n_eservices; i++)
		config_guess(&guess, parse->config->eservices[i].name);
	return read_section(atom, "eservice", eservice, eservice ? eservice->id : NULL, &guess,
			    reason);
}

static int read_value(const struct parse *parse, struct atom *atom, char *reason)
{
	if (atom->value[0] == '\0')
		return config_refuse(reason, "there is no value after \"%s\"", atom->text);
	switch (atom->kind) {
	case ATOM_SCOPE:
		return read_scope(parse, atom, reason);
	case ATOM_PATH_SCOPE:
		return read_path_scope(atom, reason);
	case ATOM_LOA:
		return read_loa(parse, atom, reason);
	case ATOM_ACR:
		return read_acr(parse, atom, reason);
	case ATOM_USER:
		return name_is_user(atom->value, strlen(atom->value))
			       ? 0
			       : config_refuse(reason, "\"%.60s\" is not a user name", atom->value);
	case ATOM_PROVIDER:
		return read_provider(parse, atom->value, reason);
	case ATOM_SUBJECT:
		return read_subject(atom, reason);
	case ATOM_FROM:
		return net_parse(atom->value, &atom->net, reason) ? 0 : CONFIG_E_REFUSED;
	case ATOM_FRESH:
		return read_fresh(atom, reason);
	case ATOM_CLAIM:
		return read_claim(parse, atom, reason);
	case ATOM_CLIENT:
		return read_client(parse, atom, reason);
	case ATOM_PURPOSE:
		return read_purpose(parse, atom, reason);
	case ATOM_ESERVICE:
		return read_eservice(parse, atom, reason);
	case ATOM_GROUP:
	case ATOM_ENTITLEMENT:
	case ATOM_AMR:
	case ATOM_ROLE:
	case ATOM_PRODUCT:
	case ATOM_SITE:
	case ATOM_ORIGIN:
	case ATOM_UUID:
	case ATOM_TENANT:
	case ATOM_CONSUMER:
	case ATOM_LITERAL:
		return 0;
	}
	return config_refuse(reason, "\"%.60s\" cannot be judged", atom->text);
}

int atom_parse(const struct parse *parse, const char *word, struct atom *atom, char *reason)
{
	size_t len = strcspn(word, ":");

	*atom = (struct atom){ .text = word };
	if (word[len] == '\0' || !atom_kind_find(word, len, &atom->kind))
		return refuse_kind(word, len, reason);
	atom->value = atom->wanted = word + len + 1;
	atom->negated = arena_printf(parse->arena, "!%s", word);
	return atom->negated ? read_value(parse, atom, reason) : -ENOMEM;
}

static int join(const struct parse *parse, struct atoms *atoms)
{
	size_t len = 1;
	char *text, *end;

	for (size_t i = 0; i < atoms->n; i++)
		len += strlen(atoms->items[i].text) + 1;
	text = end = arena_take(parse->arena, len, 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < atoms->n; i++) {
		if (i > 0)
			*end++ = '|';
		end = stpcpy(end, atoms->items[i].text);
	}
	atoms->joined = text;
	return 0;
}

int atoms_parse(const struct parse *parse, struct config_place place,
		const struct config_list *list, struct atoms *ret_atoms)
{
	char reason[REASON_MAX];

	*ret_atoms =
		(struct atoms){ .items = arena_take(parse->arena, list->n, sizeof(struct atom)) };
	if (!ret_atoms->items)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		int r = atom_parse(parse, list->items[i], &ret_atoms->items[ret_atoms->n], reason);

		if (r < 0)
			return r;
		if (r > 0)
			config_problem_add(parse->problems, place, "%s", reason);
		else
			ret_atoms->n++;
	}
	return join(parse, ret_atoms);
}
