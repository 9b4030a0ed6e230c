/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/scope-diff.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/scope-file.h"
#include "idpctl/rows.h"

static const char *get(const struct row *row, const char *key)
{
	const char *value = row_get(row, key);

	return value ? value : "";
}

static struct scope_line line_of(const struct row *row)
{
	return (struct scope_line){
		.name = get(row, "scope"),
		.protects = get(row, "protects"),
		.description = get(row, "description"),
		.provider = get(row, "provider"),
		.on_demand = strcmp(get(row, "request"), "on-demand") == 0,
		.optional = strcmp(get(row, "optional"), "true") == 0,
		.off = strcmp(get(row, "disabled"), "true") == 0,
	};
}

static bool is_register(const struct row *row)
{
	return strcmp(row->kind, "register") == 0;
}

void scope_diff_put_body(const struct rows *here, struct buf *body)
{
	for (const struct row *row = here->first; row; row = row->next) {
		struct scope_line line = line_of(row);

		if (is_register(row))
			scope_file_put(body, &line);
		else if (strcmp(row->kind, "asked") == 0)
			scope_file_put_asked(body, get(row, "provider"), get(row, "scopes"));
	}
}

/* ---- comparing ---- */

static int add(struct rows *out, size_t *n, const char *scope, const char *text)
{
	struct row *row = rows_add(out, "difference");

	if (!row || row_put(row, 's', "scope", scope) < 0 || row_put(row, 's', "what", text) < 0)
		return -ENOMEM;
	(*n)++;
	return 0;
}

static const struct row *find_here(const struct rows *here, const char *name)
{
	for (const struct row *row = here->first; row; row = row->next)
		if (is_register(row) && strcmp(get(row, "scope"), name) == 0)
			return row;
	return NULL;
}

static const struct scope_line *find_there(const struct scope_file *there, const char *name)
{
	for (size_t i = 0; i < there->n; i++)
		if (strcmp(there->lines[i].name, name) == 0)
			return &there->lines[i];
	return NULL;
}

static int compare_text(const struct scope_line *line, const char *key, const char *here,
			const char *there, struct rows *out, size_t *n)
{
	char text[4 * REASON_MAX];

	if (strcmp(here, there) == 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%s: \"%.400s\" here, \"%.400s\" there", key, here,
		       there);
	return add(out, n, line->name, text);
}

static int compare(const struct scope_line *here, const struct scope_line *there, struct rows *out,
		   size_t *n)
{
	const struct {
		const char *key, *here, *there;
	} fields[] = {
		{ "protects", here->protects, there->protects },
		{ "description", here->description, there->description },
		{ "provider", here->provider, there->provider },
		{ "request", here->on_demand ? "on-demand" : "always",
		  there->on_demand ? "on-demand" : "always" },
		{ "optional", here->optional ? "yes" : "no", there->optional ? "yes" : "no" },
		{ "disabled", here->off ? "yes" : "no", there->off ? "yes" : "no" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTSOF(fields); i++)
		r = compare_text(here, fields[i].key, fields[i].here, fields[i].there, out, n);
	return r;
}

/* There is no scope of the name; one of nearly that name there may be. */
static int add_missing(const char *name, const char *near, bool here, struct rows *out, size_t *n)
{
	char text[2 * REASON_MAX];

	(void)snprintf(text, sizeof(text), "only %s%s%.200s%s", here ? "here" : "there",
		       near ? "; did somebody mean " : "", near ? near : "", near ? "?" : "");
	return add(out, n, name, text);
}

static int compare_here(const struct rows *here, const struct scope_file *there, struct rows *out,
			size_t *n)
{
	int r = 0;

	for (const struct row *row = here->first; r == 0 && row; row = row->next) {
		struct scope_line line = line_of(row);
		const struct scope_line *other = find_there(there, line.name);
		struct config_guess guess = { .word = line.name };

		if (!is_register(row))
			continue;
		for (size_t i = 0; !other && i < there->n; i++)
			config_guess(&guess, there->lines[i].name);
		r = other ? compare(&line, other, out, n)
			  : add_missing(line.name, guess.best, true, out, n);
	}
	return r;
}

static int compare_there(const struct rows *here, const struct scope_file *there, struct rows *out,
			 size_t *n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < there->n; i++) {
		struct config_guess guess = { .word = there->lines[i].name };

		if (find_here(here, there->lines[i].name))
			continue;
		for (const struct row *row = here->first; row; row = row->next)
			if (is_register(row))
				config_guess(&guess, get(row, "scope"));
		r = add_missing(there->lines[i].name, guess.best, false, out, n);
	}
	return r;
}

int scope_diff(const struct rows *here, const struct scope_file *there, struct rows *out,
	       size_t *ret_n)
{
	int r;

	*ret_n = 0;
	r = compare_here(here, there, out, ret_n);
	return r < 0 ? r : compare_there(here, there, out, ret_n);
}
