/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads [scope] [ladder] [allow] [deny] [expect] [groups].
 *
 * MUST
 * 1. What is not understood, or cannot be judged, refuses the load: a rule is never half a rule.
 * 2. An [allow] without a condition is refused: nothing here lets everybody in by leaving out.
 * 3. A name that is spelt wrong is found here, not at a login: scopes against the register,
 *    providers, ladders and their rungs.
 */

#include "idp-agentd/core/access-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"
#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

/* What is understood and kept, but nothing acts on it: nobody should have to find that out. */
static void note_idle(const struct parse *parse, const struct config_raw *raw, const char *key,
		      const char *what)
{
	const struct config_raw_pair *pair = config_raw_find(raw, key);

	if (pair)
		config_problem_note(parse->problems, pair->place, "%s: %s", key, what);
}

/* The value of key as its row wants it; absent and wrong ones are unset. 0 or -ENOMEM. */
static int get(const struct parse *parse, const struct config_raw *raw, const char *key,
	       struct config_value *ret_value, struct config_place *ret_place)
{
	const struct config_raw_pair *pair = config_raw_find(raw, key);
	char reason[REASON_MAX];
	int r;

	*ret_value = (struct config_value){ .text = NULL };
	*ret_place = raw->place;
	if (!pair)
		return 0;
	*ret_place = pair->place;
	r = config_value_parse(pair->row, pair->value, parse->arena, reason, ret_value);
	if (r <= 0)
		return r;
	config_problem_add(parse->problems, pair->place, "%s: %s", key, reason);
	*ret_value = (struct config_value){ .text = NULL };
	return 0;
}

static int get_list(const struct parse *parse, const struct config_raw *raw, const char *key,
		    struct config_list *ret_list)
{
	struct config_value value;
	struct config_place place;
	int r = get(parse, raw, key, &value, &place);

	*ret_list = value.list;
	return r;
}

static int get_text(const struct parse *parse, const struct config_raw *raw, const char *key,
		    const char **ret_text)
{
	struct config_value value;
	struct config_place place;
	int r = get(parse, raw, key, &value, &place);

	*ret_text = value.text;
	return r;
}

static int get_time(const struct parse *parse, const struct config_raw *raw, const char *key,
		    usec_t *ret_time)
{
	struct config_value value;
	struct config_place place;
	int r = get(parse, raw, key, &value, &place);

	*ret_time = value.text ? value.number : USEC_INFINITY;
	return r;
}

static int get_atoms(const struct parse *parse, const struct config_raw *raw, const char *key,
		     struct atoms *ret_atoms)
{
	struct config_value value;
	struct config_place place;
	int r = get(parse, raw, key, &value, &place);

	return r < 0 ? r : atoms_parse(parse, place, &value.list, ret_atoms);
}

static int get_nets(const struct parse *parse, const struct config_raw *raw, struct nets *ret_nets)
{
	struct config_value value;
	struct config_place place;
	char reason[REASON_MAX];
	int r = get(parse, raw, "from", &value, &place);

	if (r < 0)
		return r;
	ret_nets->items = arena_take(parse->arena, value.list.n, sizeof(*ret_nets->items));
	if (!ret_nets->items)
		return -ENOMEM;
	for (size_t i = 0; i < value.list.n; i++)
		if (net_parse(value.list.items[i], &ret_nets->items[ret_nets->n], reason))
			ret_nets->n++;
		else
			config_problem_add(parse->problems, place, "from: %s", reason);
	return 0;
}

/* ---- [allow] and [deny] ---- */

static void judge_rule(const struct parse *parse, const struct config_raw *raw)
{
	bool positive = config_raw_find(raw, "need") || config_raw_find(raw, "any");

	if (raw->kind == CONFIG_ALLOW && !positive)
		config_problem_add(
			parse->problems, raw->place,
			"[allow %s] has neither need nor any: it would let everybody in; "
			"say who, as in need = group:staff",
			raw->name);
	if (raw->kind == CONFIG_DENY && raw->n_pairs == (config_raw_find(raw, "say") ? 1 : 0))
		config_problem_add(
			parse->problems, raw->place,
			"[deny %s] has no condition: it would keep everybody out of everything",
			raw->name);
}

static int parse_rule(const struct parse *parse, const struct config_raw *raw, struct rule *rule)
{
	const struct config_raw_pair *age = config_raw_find(raw, "max-age");
	int r;

	*rule = (struct rule){ .name = raw->name, .place = raw->place };
	judge_rule(parse, raw);
	note_idle(parse, raw, "session", "this version does not end sessions by itself yet");
	if ((r = get_list(parse, raw, "service", &rule->service)) < 0 ||
	    (r = get_list(parse, raw, "on", &rule->on)) < 0 ||
	    (r = get_list(parse, raw, "as", &rule->as)) < 0 ||
	    (r = get_nets(parse, raw, &rule->from)) < 0 ||
	    (r = get_atoms(parse, raw, "need", &rule->need)) < 0 ||
	    (r = get_atoms(parse, raw, "any", &rule->any)) < 0 ||
	    (r = get_atoms(parse, raw, "never", &rule->never)) < 0 ||
	    (r = get_time(parse, raw, "session", &rule->session)) < 0 ||
	    (r = get_time(parse, raw, "offline", &rule->offline)) < 0 ||
	    (r = get_time(parse, raw, "max-age", &rule->max_age)) < 0 ||
	    (r = get_text(parse, raw, "say", &rule->say)) < 0)
		return r;
	rule->max_age_text = arena_printf(parse->arena, "max-age=%s", age ? age->value : "");
	return rule->max_age_text ? 0 : -ENOMEM;
}

static int by_rule_name(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->name, ((const struct rule *)b)->name);
}

static size_t count_kind(const struct config_raws *raws, enum config_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < raws->n; i++)
		n += raws->items[i].kind == kind;
	return n;
}

static int parse_rules(const struct parse *parse, const struct config_raws *raws,
		       enum config_kind kind, struct rules *rules)
{
	rules->items = arena_take(parse->arena, count_kind(raws, kind), sizeof(*rules->items));
	if (!rules->items)
		return -ENOMEM;
	for (size_t i = 0; i < raws->n; i++) {
		int r;

		if (raws->items[i].kind != kind)
			continue;
		r = parse_rule(parse, &raws->items[i], &rules->items[rules->n++]);
		if (r < 0)
			return r;
	}
	qsort(rules->items, rules->n, sizeof(*rules->items), by_rule_name);
	return 0;
}

/* ---- [scope] ---- */

static int parse_scope(const struct parse *parse, const struct config_raw *raw, struct scope *scope)
{
	struct config_value request, optional;
	struct config_place place;
	int r;

	*scope = (struct scope){ .name = raw->name };
	if ((r = get_list(parse, raw, "protects", &scope->protects)) < 0 ||
	    (r = get_text(parse, raw, "description", &scope->description)) < 0 ||
	    (r = get_text(parse, raw, "provider", &scope->provider)) < 0 ||
	    (r = get(parse, raw, "request", &request, &place)) < 0 ||
	    (r = get(parse, raw, "optional", &optional, &place)) < 0)
		return r;
	scope->on_demand = request.number == 1;
	scope->optional = optional.number == 1;
	if (scope->optional)
		note_idle(
			parse, raw, "optional",
			"this version does not try again without a scope that a platform refuses yet");
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

static int parse_scopes(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;

	rules->scopes =
		arena_take(parse->arena, count_kind(raws, CONFIG_SCOPE), sizeof(*rules->scopes));
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

static int parse_ladders(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;

	rules->ladders =
		arena_take(parse->arena, count_kind(raws, CONFIG_LADDER), sizeof(*rules->ladders));
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

/* ---- [expect] ---- */

static int parse_expectation(const struct parse *parse, const struct config_raw_pair *pair,
			     struct expectation *expectation)
{
	char reason[REASON_MAX];
	int r;

	*expectation = (struct expectation){
		.service = pair->key,
		.text = pair->value,
		.place = pair->place,
	};
	r = verdict_parse(parse, pair->value, expectation, reason);
	if (r > 0)
		config_problem_add(parse->problems, pair->place, "%s: %s", pair->key, reason);
	return r < 0 ? r : 0;
}

static int parse_expect(const struct parse *parse, const struct config_raw *raw,
			struct expect *expect)
{
	int r;

	*expect = (struct expect){ .name = raw->name };
	expect->items = arena_take(parse->arena, raw->n_pairs, sizeof(*expect->items));
	if (!expect->items)
		return -ENOMEM;
	r = get_atoms(parse, raw, "who", &expect->who);
	if (r < 0)
		return r;
	for (size_t i = 0; i < raw->n_pairs; i++) {
		if (strcmp(raw->pairs[i].key, "who") == 0)
			continue;
		r = parse_expectation(parse, &raw->pairs[i], &expect->items[expect->n++]);
		if (r < 0)
			return r;
	}
	if (!config_raw_find(raw, "who"))
		config_problem_add(
			parse->problems, raw->place,
			"[expect %s] does not say who: write who = user:NAME group:NAME ...",
			raw->name);
	if (expect->n == 0)
		config_problem_add(
			parse->problems, raw->place,
			"[expect %s] expects nothing: write sshd = permit, or another service",
			raw->name);
	return 0;
}

static int parse_expects(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;

	rules->expects =
		arena_take(parse->arena, count_kind(raws, CONFIG_EXPECT), sizeof(*rules->expects));
	if (!rules->expects)
		return -ENOMEM;
	for (size_t i = 0; i < raws->n; i++) {
		int r;

		if (raws->items[i].kind != CONFIG_EXPECT)
			continue;
		r = parse_expect(parse, &raws->items[i], &rules->expects[rules->n_expects++]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- [groups]: the grammar is read, the mapping is not there yet ---- */

static int parse_groups(const struct parse *parse, const struct config_raw *raw)
{
	config_problem_add(parse->problems, raw->place,
			   "[groups %s]: this version does not turn claims into Unix groups yet; "
			   "take the groups from groups_from or a directory",
			   raw->name);
	for (size_t i = 0; i < raw->n_pairs; i++) {
		const struct config_raw_pair *pair = &raw->pairs[i];
		struct config_value value;
		struct config_place place;
		struct atoms atoms;
		int r = get(parse, raw, pair->key, &value, &place);

		if (r == 0 && strcmp(pair->key, "unknown") != 0)
			r = atoms_parse(parse, place,
					&(struct config_list){ .n = 1, .items = &pair->key },
					&atoms);
		if (r < 0)
			return r;
		for (size_t j = 0; j < value.list.n; j++)
			if (!name_is_group(value.list.items[j], strlen(value.list.items[j])))
				config_problem_add(parse->problems, place,
						   "\"%.60s\" is not a group name",
						   value.list.items[j]);
	}
	return 0;
}

int access_parse(const struct config_raws *raws, const struct config *config,
		 struct config_problems *problems, struct ruleset **ret_rules)
{
	struct parse parse = { .arena = config->arena, .config = config, .problems = problems };
	int r;

	parse.rules = arena_take(config->arena, 1, sizeof(*parse.rules));
	if (!parse.rules)
		return -ENOMEM;
	/* Scopes and ladders first: atoms name them. */
	if ((r = parse_scopes(&parse, raws)) < 0 || (r = parse_ladders(&parse, raws)) < 0 ||
	    (r = parse_rules(&parse, raws, CONFIG_ALLOW, &parse.rules->allow)) < 0 ||
	    (r = parse_rules(&parse, raws, CONFIG_DENY, &parse.rules->deny)) < 0 ||
	    (r = parse_expects(&parse, raws)) < 0)
		return r;
	for (size_t i = 0; i < raws->n; i++)
		if (raws->items[i].kind == CONFIG_GROUPS &&
		    (r = parse_groups(&parse, &raws->items[i])) < 0)
			return r;
	if (problems->n_errors == 0 && parse.rules->allow.n == 0)
		config_problem_note(problems, config->providers[0].section->place,
				    "there is no [allow] rule: nobody of any platform may enter");
	*ret_rules = parse.rules;
	return problems->n_errors > 0 ? 0 : access_expect(parse.rules, config->arena, problems);
}
