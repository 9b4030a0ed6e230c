/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/scope-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"

#define TABLE_MAX 1024u /* scopes of one provider; CONFIG_SECTIONS_MAX sections may name 64 each */

struct making {
	struct scope_table *table;
	const struct config_provider *provider;
	int r; /* of what a callback could not do */
};

static struct scope_entry *entry_of(struct making *making, const char *name)
{
	struct scope_table *table = making->table;
	struct scope_entry *entry;

	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->items[i].name, name) == 0)
			return &table->items[i];
	if (table->n == TABLE_MAX) {
		making->r = -E2BIG;
		return NULL;
	}
	entry = &table->items[table->n++];
	*entry = (struct scope_entry){ .name = name, .by = "", .rules = "" };
	return entry;
}

/* NULL: memory is short, and making says so. */
static const char *join(struct making *making, const char *list, const char *kind, const char *name)
{
	const char *joined = arena_printf(making->table->arena, "%s%s%s%s%s", list,
					  *list ? ", " : "", kind, *name ? " " : "", name);

	if (!joined)
		making->r = -ENOMEM;
	return joined ? joined : list;
}

/* ---- who asks ---- */

static void add_asker(struct making *making, const char *name, const struct config_section *section)
{
	struct scope_entry *entry = entry_of(making, name);
	bool registers = section->kind == CONFIG_SCOPE;

	if (!entry)
		return;
	entry->asked = entry->asked || !registers || !entry->on_demand;
	if (registers && entry->on_demand)
		return;
	if (!*entry->by || registers) { /* the register is where it is looked for first */
		const char *who = arena_printf(making->table->arena, "[%s %s]", section->kind_name,
					       section->name);

		if (!who)
			making->r = -ENOMEM;
		entry->who = who;
		entry->place = config_place_of(section, registers ? "protects" : "scope");
		if (registers)
			entry->place = section->place;
	}
	entry->by = join(making, entry->by, section->kind_name, registers ? "" : section->name);
}

static void add_askers(struct making *making, const struct config_list *scopes,
		       const struct config_section *section)
{
	for (size_t i = 0; i < scopes->n; i++)
		add_asker(making, scopes->items[i], section);
}

/* What a service takes from [service default] is told there. */
static void add_services(struct making *making, const struct config *config)
{
	for (size_t i = 0; i < config->n_services; i++) {
		const struct config_service *service = &config->services[i];

		if (strcmp(service->provider, making->provider->name) == 0 &&
		    (config_is_written(service->section, "scope") || i + 1 == config->n_services))
			add_askers(making, &service->scope, service->section);
	}
}

static const struct config_section *section_of(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_sections; i++)
		if (config->sections[i].kind == CONFIG_SCOPE &&
		    strcmp(config->sections[i].name, name) == 0)
			return &config->sections[i];
	return NULL;
}

static void add_register(struct making *making, const struct config *config)
{
	struct access_scope scope;

	for (size_t i = 0; access_scope_at(config->rules, i, &scope); i++) {
		const struct config_section *section = section_of(config, scope.name);
		struct scope_entry *entry;

		if (scope.provider && strcmp(scope.provider, making->provider->name) != 0)
			continue;
		entry = entry_of(making, scope.name);
		if (!entry)
			return;
		entry->registered = true;
		entry->on_demand = scope.on_demand;
		entry->optional = scope.optional;
		entry->description = scope.description;
		entry->protects = scope.protects;
		if (section)
			add_asker(making, scope.name, section);
		if (section && !entry->who) {
			entry->who = arena_printf(making->table->arena, "[scope %s]", scope.name);
			entry->place = section->place;
			making->r = entry->who ? making->r : -ENOMEM;
		}
	}
}

/* ---- which rules ---- */

static void add_use(void *userdata, const struct access_scope_use *use)
{
	struct making *making = userdata;
	struct scope_entry *entry;

	if (use->provider && strcmp(use->provider, making->provider->name) != 0)
		return;
	entry = entry_of(making, use->scope);
	if (!entry)
		return;
	if (!entry->who) {
		entry->who = arena_printf(making->table->arena, "[%s %s]", use->verb, use->rule);
		making->r = entry->who ? making->r : -ENOMEM;
	}
	entry->rules = join(making, entry->rules, use->verb, use->rule);
	if (use->needed && !entry->allow)
		entry->allow = use->rule;
	entry->needed = entry->needed || use->needed;
}

static void add_forbids(struct making *making, const struct config *config)
{
	for (size_t i = 0; i < making->table->n; i++) {
		struct scope_entry *entry = &making->table->items[i];
		struct access_scope_use use;

		if (!access_scope_forbids(config->rules, entry->name, &use))
			continue;
		entry->forbids =
			arena_printf(making->table->arena, "[%s %s]", use.verb, use.rule);
		making->r = entry->forbids ? making->r : -ENOMEM;
	}
}

/* A rule has no place in the table of sections but as a section. */
static void place_rules(struct making *making, const struct config *config)
{
	for (size_t i = 0; i < making->table->n; i++) {
		struct scope_entry *entry = &making->table->items[i];

		for (size_t j = 0; !entry->place.file && entry->allow && j < config->n_sections;
		     j++)
			if (strcmp(config->sections[j].kind_name, "allow") == 0 &&
			    strcmp(config->sections[j].name, entry->allow) == 0)
				entry->place = config->sections[j].place;
	}
}

/* ---- all of it ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct scope_entry *)a)->name, ((const struct scope_entry *)b)->name);
}

int scope_table_new(const struct config *config, const struct config_provider *provider,
		    struct scope_table **ret_table)
{
	_cleanup_(scope_table_freep) struct scope_table *table = calloc(1, sizeof(*table));
	struct making making = { .table = table, .provider = provider };

	if (!table)
		return -ENOMEM;
	table->arena = arena_new();
	table->items = table->arena ? arena_take(table->arena, TABLE_MAX, sizeof(*table->items))
				    : NULL;
	if (!table->items)
		return -ENOMEM;
	add_askers(&making, &provider->scope, provider->section);
	add_services(&making, config);
	add_register(&making, config);
	access_scope_uses(config->rules, add_use, &making);
	add_forbids(&making, config);
	place_rules(&making, config);
	if (making.r < 0)
		return making.r;
	qsort(table->items, table->n, sizeof(*table->items), by_name);
	*ret_table = TAKE_PTR(table);
	return 0;
}

struct scope_table *scope_table_free(struct scope_table *table)
{
	if (!table)
		return NULL;
	arena_free(table->arena);
	free(table);
	return NULL;
}

const struct scope_entry *scope_table_find(const struct scope_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->items[i].name, name) == 0)
			return &table->items[i];
	return NULL;
}

bool scope_table_knows(const struct config *config, const char *name, const char **ret_near)
{
	struct config_guess guess = { .word = name };
	bool known = false;

	for (size_t i = 0; !known && i < config->n_providers; i++) {
		_cleanup_(scope_table_freep) struct scope_table *table = NULL;

		if (scope_table_new(config, &config->providers[i], &table) < 0)
			continue;
		known = scope_table_find(table, name) != NULL;
		for (size_t j = 0; !known && j < table->n; j++)
			config_guess(&guess, table->items[j].name);
	}
	*ret_near = guess.best;
	return known;
}
