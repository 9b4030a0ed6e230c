/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of a rule section as values; what is wrong with one goes to the problems. */

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

/* The value of key as its row wants it; absent and wrong ones are unset. 0 or -ENOMEM. */
int parse_value(const struct parse *parse, const struct config_raw *raw, const char *key,
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

int parse_list(const struct parse *parse, const struct config_raw *raw, const char *key,
	       struct config_list *ret_list)
{
	struct config_value value;
	struct config_place place;
	int r = parse_value(parse, raw, key, &value, &place);

	*ret_list = value.list;
	return r;
}

int parse_text(const struct parse *parse, const struct config_raw *raw, const char *key,
	       const char **ret_text)
{
	struct config_value value;
	struct config_place place;
	int r = parse_value(parse, raw, key, &value, &place);

	*ret_text = value.text;
	return r;
}

int parse_time(const struct parse *parse, const struct config_raw *raw, const char *key,
	       usec_t *ret_time)
{
	struct config_value value;
	struct config_place place;
	int r = parse_value(parse, raw, key, &value, &place);

	*ret_time = value.text ? value.number : USEC_INFINITY;
	return r;
}

int parse_atoms(const struct parse *parse, const struct config_raw *raw, const char *key,
		struct atoms *ret_atoms)
{
	struct config_value value;
	struct config_place place;
	int r = parse_value(parse, raw, key, &value, &place);

	return r < 0 ? r : atoms_parse(parse, place, &value.list, ret_atoms);
}

size_t parse_count(const struct config_raws *raws, enum config_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < raws->n; i++)
		n += raws->items[i].kind == kind;
	return n;
}
