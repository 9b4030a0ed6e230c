/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads [roles NAME]: which roles imply which. All that follows is worked out here, once, for
 * each provider that has a table of its own, so that no decision follows a chain.
 *
 * MUST
 * 1. A circle is refused and spelt out: whoever wrote it meant something else.
 * 2. What a table of one provider says is never true of another's roles.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-value.h"

/* One "ROLE = ROLE ROLE" of any table. */
struct line {
	const char *provider; /* NULL: every one */
	const char *role;
	struct config_list implies;
	struct config_place place;
};

struct lines {
	size_t n;
	struct line *items;
};

static int read_table(const struct parse *parse, const struct config_raw *raw, struct lines *lines)
{
	const struct config_raw_pair *provider = config_raw_find(raw, "provider");
	struct config_place place;
	struct config_value name;
	int r = parse_value(parse, raw, "provider", &name, &place);

	if (r < 0)
		return r;
	if (name.text)
		check_provider(parse, place, name.text);
	if (raw->n_pairs == (provider ? 1 : 0))
		config_problem_add(parse->problems, raw->place,
				   "[roles %s] says of no role what it implies: write ROLE = ROLE "
				   "...",
				   raw->name);
	for (size_t i = 0; i < raw->n_pairs; i++) {
		const struct config_raw_pair *pair = &raw->pairs[i];
		struct line *line = &lines->items[lines->n];

		if (pair == provider)
			continue;
		*line = (struct line){ .provider = name.text,
				       .role = pair->key,
				       .place = pair->place };
		r = parse_list(parse, raw, pair->key, &line->implies);
		if (r < 0)
			return r;
		lines->n++;
	}
	return 0;
}

static int read_tables(const struct parse *parse, const struct config_raws *raws,
		       struct lines *lines)
{
	size_t room = 0;

	for (size_t i = 0; i < raws->n; i++)
		room += raws->items[i].kind == CONFIG_ROLES ? raws->items[i].n_pairs : 0;
	lines->items = arena_take(parse->arena, room, sizeof(*lines->items));
	if (!lines->items)
		return -ENOMEM;
	for (size_t i = 0; i < raws->n; i++) {
		int r = raws->items[i].kind == CONFIG_ROLES
				? read_table(parse, &raws->items[i], lines)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- one provider's table ---- */

static bool counts_at(const struct line *line, const char *provider)
{
	return !line->provider || (provider && strcmp(line->provider, provider) == 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every role that a line names, each once. 0 or -ENOMEM. */
static int collect_names(const struct parse *parse, const struct lines *lines,
			 struct role_table *table)
{
	size_t room = 0, n = 0;

	for (size_t i = 0; i < lines->n; i++)
		if (counts_at(&lines->items[i], table->provider))
			room += 1 + lines->items[i].implies.n;
	table->names = arena_take(parse->arena, room, sizeof(*table->names));
	if (!table->names)
		return -ENOMEM;
	for (size_t i = 0; i < lines->n; i++) {
		const struct line *line = &lines->items[i];

		if (!counts_at(line, table->provider))
			continue;
		table->names[n++] = line->role;
		for (size_t k = 0; k < line->implies.n; k++)
			table->names[n++] = line->implies.items[k];
	}
	if (n > 0)
		qsort(table->names, n, sizeof(*table->names), by_name);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(table->names[i], table->names[table->n - 1]) != 0)
			table->names[table->n++] = table->names[i];
	return 0;
}

/* From one step to all of them (Warshall). */
static void close_table(struct role_table *table)
{
	size_t n = table->n;

	for (size_t via = 0; via < n; via++)
		for (size_t from = 0; from < n; from++)
			for (size_t to = 0; table->reach[from * n + via] && to < n; to++)
				if (table->reach[via * n + to])
					table->reach[from * n + to] = true;
}

/* The line by which names[from] implies names[to], or NULL. */
static const struct line *step(const struct lines *lines, const struct role_table *table,
			       size_t from, size_t to)
{
	for (size_t i = 0; i < lines->n; i++) {
		const struct line *line = &lines->items[i];

		if (!counts_at(line, table->provider) ||
		    strcmp(line->role, table->names[from]) != 0)
			continue;
		for (size_t k = 0; k < line->implies.n; k++)
			if (strcmp(line->implies.items[k], table->names[to]) == 0)
				return line;
	}
	return NULL;
}

/* before[i]: where the shortest way from start to i comes from; the way ends at start again. */
static void find_circle(const struct lines *lines, const struct role_table *table, size_t start,
			size_t before[static ACCESS_ROLES_MAX])
{
	size_t queue[ACCESS_ROLES_MAX] = { start }, n = 1;

	for (size_t i = 0; i < table->n; i++)
		before[i] = SIZE_MAX;
	for (size_t i = 0; i < n && before[start] == SIZE_MAX; i++)
		for (size_t to = 0; to < table->n; to++) {
			if (before[to] != SIZE_MAX || !step(lines, table, queue[i], to))
				continue;
			before[to] = queue[i];
			if (to != start)
				queue[n++] = to;
		}
}

/* "ADMIN -> USER -> ADMIN" */
static void tell_circle(const struct parse *parse, const struct lines *lines,
			const struct role_table *table, size_t start)
{
	size_t before[ACCESS_ROLES_MAX], way[ACCESS_ROLES_MAX], n = 0, len = 0;
	char text[REASON_MAX - 64] = "";

	find_circle(lines, table, start, before);
	for (size_t at = before[start]; at != start; at = before[at])
		way[n++] = at;
	for (size_t i = n; i > 0 && len < sizeof(text); i--)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s -> ",
					table->names[way[i - 1]]);
	config_problem_add(parse->problems,
			   step(lines, table, start, n > 0 ? way[n - 1] : start)->place,
			   "roles go in a circle: %s -> %s%s; which of them is the greater?",
			   table->names[start], text, table->names[start]);
}

static int make_table(const struct parse *parse, const struct lines *lines,
		      struct role_table *table)
{
	int r = collect_names(parse, lines, table);

	if (r < 0)
		return r;
	if (table->n > ACCESS_ROLES_MAX) {
		config_problem_add(parse->problems, lines->items[0].place,
				   "the [roles] sections name more than %u roles",
				   ACCESS_ROLES_MAX);
		table->n = 0;
	}
	table->reach = arena_take(parse->arena, table->n * table->n, sizeof(*table->reach));
	if (!table->reach)
		return -ENOMEM;
	for (size_t from = 0; from < table->n; from++)
		for (size_t to = 0; to < table->n; to++)
			table->reach[from * table->n + to] = step(lines, table, from, to);
	close_table(table);
	for (size_t i = 0; i < table->n; i++)
		if (table->reach[i * table->n + i]) {
			tell_circle(parse, lines, table, i);
			break;
		}
	return 0;
}

/* A table for every provider that is named, and the first for all others. */
int parse_roles(const struct parse *parse, const struct config_raws *raws)
{
	struct ruleset *rules = parse->rules;
	struct lines lines = { .n = 0 };
	int r = read_tables(parse, raws, &lines);
	size_t n_errors = parse->problems->n_errors;

	if (r < 0 || lines.n == 0)
		return r;
	rules->roles =
		arena_take(parse->arena, parse->config->n_providers + 1, sizeof(*rules->roles));
	if (!rules->roles)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i <= parse->config->n_providers; i++) {
		const char *name = i > 0 ? parse->config->providers[i - 1].name : NULL;
		bool own = i == 0;

		for (size_t k = 0; name && k < lines.n; k++)
			own = own || (lines.items[k].provider && counts_at(&lines.items[k], name));
		if (!own || parse->problems->n_errors > n_errors)
			continue; /* a circle is told once */
		rules->roles[rules->n_roles] = (struct role_table){ .provider = name };
		r = make_table(parse, &lines, &rules->roles[rules->n_roles++]);
	}
	return r;
}
