/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rungs of a ladder: what reaches them. */

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"

static int read_way(const struct parse *parse, const char *word, struct atom *way, char *reason)
{
	enum atom_kind kind;
	size_t len = strcspn(word, ":");
	int r;

	if (word[len] == '\0' || !atom_kind_find(word, len, &kind)) {
		/* https://... and urn:... are values, not kinds. */
		*way = (struct atom){ .kind = ATOM_LITERAL,
				      .text = word,
				      .negated = word,
				      .value = word,
				      .wanted = word };
		return 0;
	}
	r = atom_parse(parse, word, way, reason);
	if (r != 0)
		return r;
	if (way->ladder || way->kind == ATOM_LOA)
		return config_refuse(reason, "\"%.60s\": a ladder does not stand on another", word);
	return 0;
}

/* Counts before it cuts: every '|' ends a way. */
static size_t count_ways(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '|';
	return n;
}

int rung_parse(const struct parse *parse, const struct config_raw_pair *pair,
	       struct atoms *ret_ways)
{
	char *rest = arena_text(parse->arena, pair->value);
	char reason[REASON_MAX];

	*ret_ways = (struct atoms){ .joined = pair->value };
	ret_ways->items = arena_take(parse->arena, count_ways(pair->value), sizeof(struct atom));
	if (!rest || !ret_ways->items)
		return -ENOMEM;
	while (rest) {
		char *word = strsep(&rest, "|");
		size_t len;
		int r;

		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		if (len == 0 || word[len + strspn(word + len, " \t")] != '\0') {
			config_problem_add(parse->problems, pair->place,
					   "rung %s: between two | stands one value or condition",
					   pair->key);
			continue;
		}
		word[len] = '\0';
		r = read_way(parse, word, &ret_ways->items[ret_ways->n], reason);
		if (r < 0)
			return r;
		if (r > 0)
			config_problem_add(parse->problems, pair->place, "rung %s: %s", pair->key,
					   reason);
		else
			ret_ways->n++;
	}
	return 0;
}
