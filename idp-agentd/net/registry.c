/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration in force, and the one that is being gathered. */
#include "idp-agentd/net/registry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/settings.h"

struct registry_section {
	char *kind;
	char *name;
	struct settings *settings;
};

struct registry_set {
	size_t n_providers;
	struct provider *providers[PROVIDERS_MAX];
	size_t n_directories;
	struct directory *directories[PROVIDERS_MAX];
};

struct registry {
	struct http *http;
	struct registry_set *current;
	uint32_t revision; /* being gathered */
	size_t n_sections;
	struct registry_section sections[2 * PROVIDERS_MAX];
};

static struct registry_set *registry_set_free(struct registry_set *set)
{
	if (!set)
		return NULL;
	for (size_t i = 0; i < set->n_directories; i++)
		directory_unref(set->directories[i]);
	for (size_t i = 0; i < set->n_providers; i++)
		provider_unref(set->providers[i]);
	free(set);
	return NULL;
}
DEFINE_CLEANUP(struct registry_set *, registry_set_free);

static void registry_forget_sections(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_sections; i++) {
		free(registry->sections[i].kind);
		free(registry->sections[i].name);
		settings_free(registry->sections[i].settings);
		registry->sections[i] = (struct registry_section){ .kind = NULL };
	}
	registry->n_sections = 0;
}

int registry_new(struct http *http, struct registry **ret_registry)
{
	_cleanup_(registry_freep) struct registry *registry = calloc(1, sizeof(*registry));

	if (!registry)
		return -ENOMEM;
	registry->http = http;
	registry->current = calloc(1, sizeof(*registry->current));
	if (!registry->current)
		return -ENOMEM;
	*ret_registry = TAKE_PTR(registry);
	return 0;
}

struct registry *registry_free(struct registry *registry)
{
	if (!registry)
		return NULL;
	registry_forget_sections(registry);
	registry_set_free(registry->current);
	free(registry);
	return NULL;
}

/* ---- asking ---- */

static struct provider *registry_find_provider(const struct registry_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_providers; i++)
		if (!*name || strcmp(set->providers[i]->name, name) == 0)
			return set->providers[i];
	return NULL;
}

static struct directory *registry_find_directory(const struct registry_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_directories; i++)
		if (!*name || strcmp(set->directories[i]->name, name) == 0)
			return set->directories[i];
	return NULL;
}

struct provider *registry_provider(const struct registry *registry, const char *name)
{
	return registry_find_provider(registry->current, name);
}

struct directory *registry_directory(const struct registry *registry, const char *name)
{
	return registry_find_directory(registry->current, name);
}

struct provider *registry_provider_at(const struct registry *registry, size_t index)
{
	return index < registry->current->n_providers ? registry->current->providers[index] : NULL;
}

struct directory *registry_directory_at(const struct registry *registry, size_t index)
{
	return index < registry->current->n_directories ? registry->current->directories[index]
							: NULL;
}

/* ---- changing ---- */

static bool registry_has_section(const struct registry *registry, const char *kind,
				 const char *name)
{
	for (size_t i = 0; i < registry->n_sections; i++)
		if (strcmp(registry->sections[i].kind, kind) == 0 &&
		    strcmp(registry->sections[i].name, name) == 0)
			return true;
	return false;
}

int registry_setup(struct registry *registry, uint32_t revision, const char *kind, const char *name,
		   struct settings *settings)
{
	_cleanup_(settings_freep) struct settings *mine = settings;
	struct registry_section *section;

	if (strcmp(kind, "provider") != 0 && strcmp(kind, "directory") != 0)
		return 0;
	/* A revision that was never ended is replaced by the next one. */
	if (revision != registry->revision)
		registry_forget_sections(registry);
	registry->revision = revision;
	if (registry->n_sections >= ELEMENTSOF(registry->sections) ||
	    registry_has_section(registry, kind, name))
		return -EPROTO;
	section = &registry->sections[registry->n_sections++];
	section->kind = strdup(kind);
	section->name = strdup(name);
	section->settings = TAKE_PTR(mine);
	return section->kind && section->name ? 0 : -ENOMEM;
}

/* The one in force when it says the same, else a new one. */
static int registry_make_provider(struct registry *registry, struct registry_section *section,
				  struct provider **ret_provider)
{
	struct provider *old = registry_find_provider(registry->current, section->name);

	if (old && strcmp(old->name, section->name) == 0 &&
	    settings_equal(old->settings, section->settings)) {
		*ret_provider = provider_ref(old);
		return 0;
	}
	return provider_new(registry->http, section->name, TAKE_PTR(section->settings),
			    ret_provider);
}

static int registry_make_directory(struct registry *registry, const struct registry_set *next,
				   struct registry_section *section,
				   struct directory **ret_directory)
{
	struct directory *old = registry_find_directory(registry->current, section->name);
	const char *wanted = settings_text(section->settings, "provider");
	struct provider *provider = registry_find_provider(next, wanted ? wanted : "");

	if (old && strcmp(old->name, section->name) == 0 && old->provider == provider &&
	    settings_equal(old->settings, section->settings)) {
		*ret_directory = directory_ref(old);
		return 0;
	}
	return directory_new(section->name, TAKE_PTR(section->settings), provider, ret_directory);
}

static int registry_fill(struct registry *registry, struct registry_set *next)
{
	int r;

	/* Providers first: directories name them. */
	for (size_t i = 0; i < registry->n_sections; i++) {
		if (strcmp(registry->sections[i].kind, "provider") != 0)
			continue;
		if (next->n_providers >= PROVIDERS_MAX)
			return -EPROTO;
		r = registry_make_provider(registry, &registry->sections[i],
					   &next->providers[next->n_providers]);
		if (r < 0)
			return r;
		next->n_providers++;
	}
	for (size_t i = 0; i < registry->n_sections; i++) {
		if (strcmp(registry->sections[i].kind, "directory") != 0)
			continue;
		if (next->n_directories >= PROVIDERS_MAX)
			return -EPROTO;
		r = registry_make_directory(registry, next, &registry->sections[i],
					    &next->directories[next->n_directories]);
		if (r < 0)
			return r;
		next->n_directories++;
	}
	return 0;
}

int registry_commit(struct registry *registry, uint32_t revision)
{
	_cleanup_(registry_set_freep) struct registry_set *next = NULL;
	int r;

	/* An empty configuration has no SETUP before its end. */
	if (registry->n_sections > 0 && revision != registry->revision)
		return -EPROTO;
	next = calloc(1, sizeof(*next));
	if (!next)
		return -ENOMEM;
	r = registry_fill(registry, next);
	registry_forget_sections(registry);
	if (r < 0)
		return r;
	log_info("configuration %u is in force: %zu providers, %zu directories", revision,
		 next->n_providers, next->n_directories);
	registry_set_free(registry->current);
	registry->current = TAKE_PTR(next);
	return 0;
}
