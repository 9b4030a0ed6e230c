/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what rules name: [scope] and [ladder]. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

/* ---- [scope] ---- */

static int parse_scope(const struct parse *parse, const struct config_raw *raw, struct scope *scope)
{
	struct config_value request, optional;
	struct config_place place;
	int r;

	*scope = (struct scope){ .name = raw->name };
	if ((r = parse_list(parse, raw, "protects", &scope->protects)) < 0 ||
	    (r = parse_text(parse, raw, "description", &scope->description)) < 0 ||
	    (r = parse_text(parse, raw, "provider", &scope->provider)) < 0 ||
	    (r = parse_value(parse, raw, "request", &request, &place)) < 0 ||
	    (r = parse_value(parse, raw, "optional", &optional, &place)) < 0)
		return r;
	scope->on_demand = request.number == 1;
	scope->optional = optional.number == 1;
	if (!config_raw_find(raw, "protects"))
		config_problem_add(parse->problems, raw->place,
				   "[scope %s] has no protects: the services that it opens",
				   raw->name);
	if (scope->provider)
		check_provider(parse, config_raw_find(raw, "provider")->place, scope->provider);
	return 0;
}

static int by_scope_name(const void *a, const void *b)
{
	return strcmp(((const struct scope *)a)->name, ((const struct scope *)b)->name);
}

int parse_scopes(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;

	rules->scopes =
		arena_take(parse->arena, parse_count(raws, CONFIG_SCOPE), sizeof(*rules->scopes));
	if (!rules->scopes)
		return -ENOMEM;
	for (size_t i = 0; i < raws->n; i++) {
		int r;

		if (raws->items[i].kind != CONFIG_SCOPE)
			continue;
		r = parse_scope(parse, &raws->items[i], &rules->scopes[rules->n_scopes++]);
		if (r < 0)
			return r;
	}
	qsort(rules->scopes, rules->n_scopes, sizeof(*rules->scopes), by_scope_name);
	return 0;
}

void parse_check_optional(const struct parse *parse, const struct config_raws *raws)
{
	for (size_t i = 0; i < raws->n; i++) {
		const struct config_raw *raw = &raws->items[i];
		const struct config_raw_pair *pair = config_raw_find(raw, "optional");
		const struct scope *scope;
		struct access_scope_use use;

		if (raw->kind != CONFIG_SCOPE || !pair)
			continue;
		scope = scope_find(parse->rules, raw->name);
		if (scope && scope->optional && access_scope_forbids(parse->rules, raw->name, &use))
			config_problem_add(parse->problems, pair->place,
					   "[scope %s] is optional, but [%s %s] depends on it: left "
					   "out, it would let in whom that rule stops",
					   raw->name, use.verb, use.rule);
	}
}

/* ---- [ladder] ---- */

static int parse_rung(const struct parse *parse, const struct config_raw_pair *pair,
		      struct ladder *ladder)
{
	struct rung *rung = &ladder->rungs[ladder->n];
	uint64_t number;

	if (!config_value_number(pair->key, strlen(pair->key), 999, &number) || number == 0) {
		config_problem_add(
			parse->problems, pair->place,
			"\"%.40s\" is no rung: the keys of a ladder are numbers from 1 to 999",
			pair->key);
		return 0;
	}
	rung->number = (uint32_t)number;
	ladder->n++;
	return rung_parse(parse, pair, &rung->ways);
}

static int parse_ladder(const struct parse *parse, const struct config_raw *raw,
			struct ladder *ladder)
{
	bool is_loa = strcmp(raw->name, "loa") == 0 || strncmp(raw->name, "loa.", 4) == 0;

	*ladder =
		(struct ladder){ .name = raw->name, .is_acr = strncmp(raw->name, "acr.", 4) == 0 };
	if (!is_loa && !ladder->is_acr)
		config_problem_add(
			parse->problems, raw->place,
			"[ladder %s] is never asked: a ladder is called loa, loa.NAME or acr.NAME",
			raw->name);
	if (raw->n_pairs == 0)
		config_problem_add(parse->problems, raw->place, "[ladder %s] has no rung",
				   raw->name);
	ladder->rungs = arena_take(parse->arena, raw->n_pairs, sizeof(*ladder->rungs));
	if (!ladder->rungs)
		return -ENOMEM;
	for (size_t i = 0; i < raw->n_pairs; i++) {
		int r = parse_rung(parse, &raw->pairs[i], ladder);

		if (r < 0)
			return r;
	}
	return 0;
}

int parse_ladders(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;

	rules->ladders =
		arena_take(parse->arena, parse_count(raws, CONFIG_LADDER), sizeof(*rules->ladders));
	if (!rules->ladders)
		return -ENOMEM;
	for (size_t i = 0; i < raws->n; i++) {
		int r;

		if (raws->items[i].kind != CONFIG_LADDER)
			continue;
		r = parse_ladder(parse, &raws->items[i], &rules->ladders[rules->n_ladders++]);
		if (r < 0)
			return r;
	}
	return 0;
}
