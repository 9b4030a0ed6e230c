/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * [groups NAME]: which claims of a person make which Unix groups of this host.
 *
 * MUST
 * 1. No group that opens root's doors or belongs to the system: the load is refused. What is local
 *    on this host only the record knows: idmap.h.
 * 2. Only what is true of the person for longer than one sign-in: a Unix group stays.
 * 3. What cannot be told makes no group; what no line names is ignored.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"
#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

/* ---- what they say of a person ---- */

static bool list_adds(const char **items, size_t *n, size_t room, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(items[i], name) == 0)
			return true;
	if (*n == room)
		return false;
	items[(*n)++] = name;
	return true;
}

static bool map_holds(const struct facts *facts, const struct group_map *map)
{
	const struct access_request *request = facts->request;

	if (map->provider && (!request->provider || strcmp(map->provider, request->provider) != 0))
		return false;
	return atom_judge(facts, &map->atom) == TRUTH_YES;
}

size_t access_groups(const struct ruleset *rules, const struct access_request *request,
		     const char *items[static ACCESS_GROUPS_MAX])
{
	const struct facts facts = { .rules = rules, .request = request };
	size_t n = 0;

	if (request->anonymous || request->subject_kind == SUBJECT_WORKLOAD)
		return 0;
	for (size_t i = 0; i < rules->n_maps; i++) {
		const struct group_map *map = &rules->maps[i];

		for (size_t j = 0; map_holds(&facts, map) && j < map->groups.n; j++)
			IGNORE(list_adds(items, &n, ACCESS_GROUPS_MAX, map->groups.items[j]));
	}
	return n;
}

size_t access_group_names(const struct ruleset *rules, const char *items[static ACCESS_GROUPS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n_maps; i++)
		for (size_t j = 0; j < rules->maps[i].groups.n; j++)
			IGNORE(list_adds(items, &n, ACCESS_GROUPS_MAX,
					 rules->maps[i].groups.items[j]));
	return n;
}

/* ---- reading them ---- */

/* MUST 2 */
static bool is_lasting(enum atom_kind kind)
{
	switch (kind) {
	case ATOM_GROUP:
	case ATOM_ROLE:
	case ATOM_PRODUCT:
	case ATOM_ENTITLEMENT:
	case ATOM_SITE:
	case ATOM_ORIGIN:
	case ATOM_LOA:
	case ATOM_USER:
	case ATOM_UUID:
	case ATOM_TENANT:
	case ATOM_PROVIDER:
	case ATOM_CLAIM:
		return true;
	case ATOM_SCOPE:
	case ATOM_PATH_SCOPE:
	case ATOM_ACR:
	case ATOM_AMR:
	case ATOM_CLIENT:
	case ATOM_PURPOSE:
	case ATOM_ESERVICE:
	case ATOM_CONSUMER:
	case ATOM_SUBJECT:
	case ATOM_FROM:
	case ATOM_FRESH:
	case ATOM_LITERAL:
		break;
	}
	return false;
}

static void judge_names(const struct parse *parse, struct config_place place,
			const struct config_list *names)
{
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->items[i];

		if (!name_is_group(name, strlen(name)))
			config_problem_add(parse->problems, place, "\"%.60s\" is not a group name",
					   name);
		else if (name_is_reserved_group(name))
			config_problem_add(parse->problems, place,
					   "claims never give the group %s: it opens root's doors "
					   "or belongs to the system; take a name of your own",
					   name);
	}
}

/*
 * "claim:/loa=2 = readers": the file's reader cuts a line at its first '=', so the value of the
 * claim stands at the head of ours, up to a blank and the second '='. 0 or -ENOMEM.
 */
static int cut_claim(const struct parse *parse, const struct config_raw_pair *pair,
		     const char **ret_atom, const char **ret_names)
{
	size_t len = strcspn(pair->value, " \t");
	size_t gap = strspn(pair->value + len, " \t");

	*ret_atom = pair->key;
	*ret_names = pair->value;
	if (strncmp(pair->key, "claim:", STRLEN("claim:")) != 0 || pair->value[len + gap] != '=')
		return 0;
	*ret_atom = arena_printf(parse->arena, "%s=%.*s", pair->key, (int)len, pair->value);
	*ret_names = pair->value + len + gap + 1;
	*ret_names += strspn(*ret_names, " \t");
	return *ret_atom ? 0 : -ENOMEM;
}

static int parse_map(const struct parse *parse, const struct config_raw_pair *pair,
		     const char *provider)
{
	static const struct config_key words = { .type = TYPE_WORDS, .min = 1, .max = 64 };
	struct group_map *map = &parse->rules->maps[parse->rules->n_maps];
	struct config_value value;
	char reason[REASON_MAX];
	const char *atom, *names;
	int r = cut_claim(parse, pair, &atom, &names);

	if (r == 0)
		r = config_value_parse(&words, names, parse->arena, reason, &value);
	if (r == 0)
		r = atom_parse(parse, atom, &map->atom, reason);
	if (r < 0)
		return r;
	if (r > 0) {
		config_problem_add(parse->problems, pair->place, "%s", reason);
		return 0;
	}
	judge_names(parse, pair->place, &value.list);
	if (!is_lasting(map->atom.kind)) {
		config_problem_add(
			parse->problems, pair->place,
			"\"%.60s\" is true of one sign-in, and a Unix group stays: take group, "
			"role, product, entitlement, site, origin, loa, tenant, provider, user, "
			"uuid or claim",
			atom);
		return 0;
	}
	map->groups = value.list;
	map->provider = provider;
	parse->rules->n_maps++;
	return 0;
}

static bool is_plain(const struct config_raw_pair *pair)
{
	return strcmp(pair->key, "unknown") == 0 || strcmp(pair->key, "provider") == 0;
}

static int parse_section(const struct parse *parse, const struct config_raw *raw)
{
	const char *provider = NULL;
	struct config_value unknown;
	struct config_place place;
	int r = parse_text(parse, raw, "provider", &provider);

	if (r == 0) /* "ignore" is the only word it takes */
		r = parse_value(parse, raw, "unknown", &unknown, &place);
	if (r < 0)
		return r;
	if (provider)
		check_provider(parse, config_raw_find(raw, "provider")->place, provider);
	for (size_t i = 0; i < raw->n_pairs && r == 0; i++)
		if (!is_plain(&raw->pairs[i]))
			r = parse_map(parse, &raw->pairs[i], provider);
	return r;
}

static size_t count_maps(const struct config_raws *raws)
{
	size_t n = 0;

	for (size_t i = 0; i < raws->n; i++)
		for (size_t j = 0;
		     raws->items[i].kind == CONFIG_GROUPS && j < raws->items[i].n_pairs; j++)
			n += !is_plain(&raws->items[i].pairs[j]);
	return n;
}

int parse_groups(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;
	const char *names[ACCESS_GROUPS_MAX];

	rules->maps = arena_take(parse->arena, count_maps(raws), sizeof(*rules->maps));
	if (!rules->maps)
		return -ENOMEM;
	for (size_t i = 0; i < raws->n; i++) {
		int r;

		if (raws->items[i].kind != CONFIG_GROUPS)
			continue;
		r = parse_section(parse, &raws->items[i]);
		if (r < 0)
			return r;
		if (access_group_names(rules, names) == ACCESS_GROUPS_MAX)
			config_problem_add(parse->problems, raws->items[i].place,
					   "claims may give fewer than %u groups in all",
					   ACCESS_GROUPS_MAX);
	}
	return 0;
}
