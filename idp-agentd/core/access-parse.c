/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads [allow] [deny] [expect] [groups]; what they name is read before, in access-names.c and
 * access-roles.c.
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

#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

/* ---- [allow] and [deny] ---- */

static int get_nets(const struct parse *parse, const struct config_raw *raw, struct nets *ret_nets)
{
	struct config_value value;
	struct config_place place;
	char reason[REASON_MAX];
	int r = parse_value(parse, raw, "from", &value, &place);

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
	if ((r = parse_list(parse, raw, "service", &rule->service)) < 0 ||
	    (r = parse_list(parse, raw, "on", &rule->on)) < 0 ||
	    (r = parse_list(parse, raw, "as", &rule->as)) < 0 ||
	    (r = get_nets(parse, raw, &rule->from)) < 0 ||
	    (r = parse_atoms(parse, raw, "need", &rule->need)) < 0 ||
	    (r = parse_atoms(parse, raw, "any", &rule->any)) < 0 ||
	    (r = parse_atoms(parse, raw, "never", &rule->never)) < 0 ||
	    (r = parse_time(parse, raw, "session", &rule->session)) < 0 ||
	    (r = parse_time(parse, raw, "offline", &rule->offline)) < 0 ||
	    (r = parse_time(parse, raw, "max-age", &rule->max_age)) < 0 ||
	    (r = parse_text(parse, raw, "say", &rule->say)) < 0)
		return r;
	rule->max_age_text = arena_printf(parse->arena, "max-age=%s", age ? age->value : "");
	return rule->max_age_text ? 0 : -ENOMEM;
}

static int by_rule_name(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->name, ((const struct rule *)b)->name);
}

static int parse_rules(const struct parse *parse, const struct config_raws *raws,
		       enum config_kind kind, struct rules *rules)
{
	rules->items = arena_take(parse->arena, parse_count(raws, kind), sizeof(*rules->items));
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

/* ---- [expect] ---- */

bool access_is_for_programs(const struct config *config, const char *service)
{
	for (size_t i = 0; i < config->n_services; i++)
		if (strcmp(config->services[i].name, service) == 0)
			return strcmp(service, "default") != 0;
	return strcmp(service, "voucher") == 0;
}

/* That some of these are services of PAM as well is what "workload-token" can say. */
static bool is_of_a_program(const struct config *config, const struct expectation *expectation)
{
	for (size_t i = 0; i < expectation->reasons.n; i++)
		if (strcmp(expectation->reasons.items[i], "workload-token") == 0)
			return false;
	return access_is_for_programs(config, expectation->service);
}

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
	expectation->workload_ok = r == 0 && is_of_a_program(parse->config, expectation);
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
	r = parse_atoms(parse, raw, "who", &expect->who);
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
		arena_take(parse->arena, parse_count(raws, CONFIG_EXPECT), sizeof(*rules->expects));
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
	    (r = parse_roles(&parse, raws)) < 0 ||
	    (r = parse_rules(&parse, raws, CONFIG_ALLOW, &parse.rules->allow)) < 0 ||
	    (r = parse_rules(&parse, raws, CONFIG_DENY, &parse.rules->deny)) < 0 ||
	    (r = parse_expects(&parse, raws)) < 0 || (r = parse_groups(&parse, raws)) < 0)
		return r;
	parse_check_optional(&parse, raws);
	if (problems->n_errors == 0 && parse.rules->allow.n == 0)
		config_problem_note(problems, config->providers[0].section->place,
				    "there is no [allow] rule: nobody of any platform may enter");
	*ret_rules = parse.rules;
	if (problems->n_errors == 0)
		r = access_expect(parse.rules, config->arena, problems);
	if (r == 0 && problems->n_errors == 0)
		parse_note_untold(&parse);
	return r;
}
