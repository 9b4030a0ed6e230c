/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Builds the configuration tree.
 *
 * MUST
 * 1. A tree with any problem is never handed out: the caller keeps the one in force.
 * 2. Nothing is guessed from what is absent but the defaults of config-keys.h.
 * 3. Every key of the table passes config_value_parse(), its default as well.
 */

#include "idp-agentd/core/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/access-parse.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-default.h"
#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-raw.h"
#include "idp-agentd/core/config-table.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config-value.h"

struct build {
	struct config *config;
	struct config_problems *problems;
	struct config_raws raws;
	struct config_section *sections;
};

/* A value of a key that nobody wrote, and who else says so. */
static int find_unwritten(const struct build *build, const struct config_key *key,
			  const struct config_raw *raw, const char **ret_text, bool *ret_preset)
{
	const struct config_raw_pair *word = config_raw_find(raw, "preset");
	const struct config_raw_pair *issuer = config_raw_find(raw, "issuer");
	int r = 0;

	*ret_text = NULL;
	if (key->kind == CONFIG_PROVIDER && word &&
	    (config_default_is_jwt(raw) || !config_preset_is_for_jwt(word->value, key->key)))
		r = config_preset_value(word->value, key->key, issuer ? issuer->value : NULL,
					build->config->arena, ret_text);
	*ret_preset = *ret_text != NULL;
	if (r == 0 && !*ret_text)
		*ret_text = config_default_of(&build->raws, raw, key);
	return r;
}

static void store(void *target, const struct config_key *key, const struct config_value *value)
{
	char *field = (char *)target + key->offset;
	unsigned choice = (unsigned)value->number;
	uint32_t number = (uint32_t)value->number;
	bool yes = value->number != 0;

	switch (key->type) {
	case TYPE_BOOL:
		memcpy(field, &yes, sizeof(yes));
		break;
	case TYPE_CHOICE:
		memcpy(field, &choice, sizeof(choice));
		break;
	case TYPE_NUMBER:
		memcpy(field, &number, sizeof(number));
		break;
	case TYPE_TIME:
		memcpy(field, &value->number, sizeof(value->number));
		break;
	case TYPE_RANGE:
		memcpy(field, &value->range, sizeof(value->range));
		break;
	case TYPE_PATHS:
	case TYPE_NAMES:
	case TYPE_GROUPS:
	case TYPE_WORDS:
	case TYPE_SCOPES:
	case TYPE_ACRS:
		memcpy(field, &value->list, sizeof(value->list));
		break;
	case TYPE_TEXT:
	case TYPE_WORD:
	case TYPE_NAME:
	case TYPE_PATH:
	case TYPE_TEMPLATE:
	case TYPE_POINTER:
	case TYPE_SOURCE:
	case TYPE_SUBJECT:
	case TYPE_URL:
	case TYPE_ISSUER:
	case TYPE_REDIRECT:
	case TYPE_DISCOVERY:
	case TYPE_RESOURCE:
	case TYPE_LOGOUT:
	case TYPE_SECRET:
	case TYPE_KEY:
	case TYPE_UUID:
		memcpy(field, &value->text, sizeof(value->text));
		break;
	case TYPE_NETS:
	case TYPE_ATOMS:
	case TYPE_RUNG:
	case TYPE_VERDICT:
		break; /* rules only: no field */
	}
}

static void store_unset(void *target, const struct config_key *key)
{
	struct config_value none = { .number = 0 };

	if (key->type == TYPE_TIME)
		none.number = USEC_INFINITY;
	if (key->type == TYPE_NUMBER)
		none.number = UINT32_MAX;
	store(target, key, &none);
}

static int fill_key(const struct build *build, const struct config_key *key,
		    const struct config_raw *raw, void *target, struct config_section *section,
		    struct config_pair *pairs)
{
	const struct config_raw_pair *written = config_raw_find(raw, key->key);
	const char *text = written ? written->value : NULL;
	struct config_place place = written ? written->place : (struct config_place){ .file = "" };
	char reason[REASON_MAX];
	struct config_value value;
	bool preset = false;
	int r = written ? 0 : find_unwritten(build, key, raw, &text, &preset);

	if (r < 0)
		return r;
	store_unset(target, key);
	if (!text) {
		if ((key->flags & CONFIG_KEY_MUST) && raw)
			config_problem_add(build->problems, section->place,
					   "[%s %s] has no %s: %c%s", section->kind_name,
					   section->name, key->key, key->help[0] | 0x20,
					   key->help + 1);
		return 0;
	}
	r = config_value_parse(key, text, build->config->arena, reason, &value);
	if (r < 0)
		return r;
	if (r > 0) {
		/* What was taken from another section is told there. The pair stays, without a
		 * type, so that nobody complains about its absence as well. */
		if (written)
			config_problem_add(build->problems, place, "%s: %s", key->key, reason);
		value = (struct config_value){ .wire = text };
	} else {
		store(target, key, &value);
	}
	pairs[section->n_pairs++] = (struct config_pair){
		.key = key->key,
		.value = value.wire,
		.type = value.wire_type,
		.net = key->flags & CONFIG_KEY_NET,
		.preset = preset,
		.place = place,
	};
	return 0;
}

/* One typed section, written (raw) or not (NULL). */
static int fill(const struct build *build, enum config_kind kind, const struct config_raw *raw,
		void *target, struct config_section *section)
{
	struct config_pair *pairs = arena_take(build->config->arena, n_config_keys, sizeof(*pairs));

	if (!pairs)
		return -ENOMEM;
	section->pairs = pairs;
	for (size_t i = 0; i < n_config_keys; i++) {
		int r;

		if (config_keys[i].kind != kind)
			continue;
		r = fill_key(build, &config_keys[i], raw, target, section, pairs);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The next free section: of raw, or of something nobody wrote. */
static struct config_section *add_section(struct build *build, enum config_kind kind,
					  const struct config_raw *raw, const char *name)
{
	struct config_section *section = &build->sections[build->config->n_sections++];

	*section = (struct config_section){
		.kind = kind,
		.kind_name = config_kind_name(kind),
		.name = raw ? raw->name : name,
		.place = raw ? raw->place : (struct config_place){ .file = "" },
	};
	return section;
}

static int add_rule_section(struct build *build, const struct config_raw *raw)
{
	struct config_section *section = add_section(build, raw->kind, raw, NULL);
	struct config_pair *pairs = arena_take(build->config->arena, raw->n_pairs, sizeof(*pairs));

	if (!pairs)
		return -ENOMEM;
	for (size_t i = 0; i < raw->n_pairs; i++)
		pairs[i] = (struct config_pair){
			.key = raw->pairs[i].key,
			.value = raw->pairs[i].value,
			.type = 's',
			.place = raw->pairs[i].place,
		};
	section->pairs = pairs;
	section->n_pairs = raw->n_pairs;
	return 0;
}

static int add_agent(struct build *build, const struct config_raw *raw)
{
	struct config_section *section = add_section(build, CONFIG_AGENT, raw, "");

	build->config->agent.section = section;
	return fill(build, CONFIG_AGENT, raw, &build->config->agent, section);
}

static int add_provider(struct build *build, const struct config_raw *raw)
{
	struct config_provider *provider = &build->config->providers[build->config->n_providers++];
	struct config_section *section = add_section(build, CONFIG_PROVIDER, raw, NULL);

	*provider = (struct config_provider){ .section = section, .name = raw->name };
	return fill(build, CONFIG_PROVIDER, raw, provider, section);
}

static int add_directory(struct build *build, const struct config_raw *raw)
{
	struct config_directory *directory =
		&build->config->directories[build->config->n_directories++];
	struct config_section *section = add_section(build, CONFIG_DIRECTORY, raw, NULL);

	*directory = (struct config_directory){ .section = section, .name = raw->name };
	return fill(build, CONFIG_DIRECTORY, raw, directory, section);
}

/* [service default] is kept for the end of the list, where it is added whether written or not. */
static int add_service(struct build *build, const struct config_raw *raw, const char *name)
{
	struct config_service *service = &build->config->services[build->config->n_services++];
	struct config_section *section = add_section(build, CONFIG_SERVICE, raw, name);

	*service = (struct config_service){ .section = section, .name = section->name };
	return fill(build, CONFIG_SERVICE, raw, service, section);
}

static int add_client(struct build *build, const struct config_raw *raw)
{
	struct config_client *client = &build->config->clients[build->config->n_clients++];
	struct config_section *section = add_section(build, CONFIG_CLIENT, raw, NULL);

	*client = (struct config_client){ .section = section, .name = raw->name };
	return fill(build, CONFIG_CLIENT, raw, client, section);
}

static int add_purpose(struct build *build, const struct config_raw *raw)
{
	struct config_purpose *purpose = &build->config->purposes[build->config->n_purposes++];
	struct config_section *section = add_section(build, CONFIG_PURPOSE, raw, NULL);

	*purpose = (struct config_purpose){ .section = section, .name = raw->name };
	return fill(build, CONFIG_PURPOSE, raw, purpose, section);
}

static int add_eservice(struct build *build, const struct config_raw *raw)
{
	struct config_eservice *eservice = &build->config->eservices[build->config->n_eservices++];
	struct config_section *section = add_section(build, CONFIG_ESERVICE, raw, NULL);

	*eservice = (struct config_eservice){ .section = section, .name = raw->name };
	return fill(build, CONFIG_ESERVICE, raw, eservice, section);
}

/* A platform without a directory teaches us people as they sign in. */
static int add_implicit_directory(struct build *build)
{
	const struct config_raw *provider = config_default_provider(&build->raws);
	struct config_raw_pair pairs[] = {
		{ .key = "kind", .value = "userinfo", .place = { .file = "" } },
		{ .key = "provider", .value = provider->name, .place = { .file = "" } },
	};
	struct config_raw raw = {
		.kind = CONFIG_DIRECTORY,
		.name = "userinfo",
		.place = { .file = "" },
		.n_pairs = ELEMENTSOF(pairs),
		.pairs = pairs,
	};
	int r = add_directory(build, &raw);

	build->config->directories[0].implicit = true;
	return r;
}

static int allocate(struct build *build)
{
	struct config *config = build->config;

	build->sections = arena_take(config->arena, build->raws.n + 3, sizeof(*build->sections));
	config->sections = build->sections;
	config->providers =
		arena_take(config->arena, config_raws_count(&build->raws, CONFIG_PROVIDER),
			   sizeof(*config->providers));
	config->directories =
		arena_take(config->arena, config_raws_count(&build->raws, CONFIG_DIRECTORY) + 1,
			   sizeof(*config->directories));
	config->services =
		arena_take(config->arena, config_raws_count(&build->raws, CONFIG_SERVICE) + 1,
			   sizeof(*config->services));
	config->clients = arena_take(config->arena, config_raws_count(&build->raws, CONFIG_CLIENT),
				     sizeof(*config->clients));
	config->purposes =
		arena_take(config->arena, config_raws_count(&build->raws, CONFIG_PURPOSE),
			   sizeof(*config->purposes));
	config->eservices =
		arena_take(config->arena, config_raws_count(&build->raws, CONFIG_ESERVICE),
			   sizeof(*config->eservices));
	if (!build->sections || !config->providers || !config->directories || !config->services)
		return -ENOMEM;
	return config->clients && config->purposes && config->eservices ? 0 : -ENOMEM;
}

static int add_raw(struct build *build, const struct config_raw *raw)
{
	switch (raw->kind) {
	case CONFIG_AGENT:
		return add_agent(build, raw);
	case CONFIG_PROVIDER:
		return add_provider(build, raw);
	case CONFIG_DIRECTORY:
		return add_directory(build, raw);
	case CONFIG_SERVICE:
		return strcmp(raw->name, "default") == 0 ? 0 : add_service(build, raw, NULL);
	case CONFIG_CLIENT:
		return add_client(build, raw);
	case CONFIG_PURPOSE:
		return add_purpose(build, raw);
	case CONFIG_ESERVICE:
		return add_eservice(build, raw);
	case CONFIG_SCOPE:
	case CONFIG_LADDER:
	case CONFIG_ROLES:
	case CONFIG_ALLOW:
	case CONFIG_DENY:
	case CONFIG_EXPECT:
	case CONFIG_GROUPS:
		return add_rule_section(build, raw);
	}
	return 0;
}

static int build_tree(struct build *build)
{
	int r = allocate(build);

	for (size_t i = 0; r == 0 && i < build->raws.n; i++)
		r = add_raw(build, &build->raws.items[i]);
	if (r == 0 && !config_raws_find(&build->raws, CONFIG_AGENT, NULL))
		r = add_agent(build, NULL);
	if (r == 0)
		r = add_service(build, config_raws_find(&build->raws, CONFIG_SERVICE, "default"),
				"default");
	if (r == 0 && build->config->n_directories == 0 && build->config->n_providers > 0)
		r = add_implicit_directory(build);
	return r;
}

/* The whole way; problems may be found on it. */
static int parse(const struct config_source *sources, size_t n_sources,
		 struct config_problems *problems, struct config *config)
{
	struct build build = { .config = config, .problems = problems };
	int r;

	config->arena = arena_new();
	if (!config->arena)
		return -ENOMEM;
	r = config_raw_read(sources, n_sources, config->arena, problems, &build.raws);
	if (r < 0)
		return r;
	r = build_tree(&build);
	if (r < 0)
		return r;
	if (config->n_providers == 0)
		config_problem_add(
			problems, (struct config_place){ .file = n_sources ? sources[0].file : "" },
			"there is no [provider NAME] section: nobody could sign in");
	config_judge(config, problems);
	return access_parse(&build.raws, config, problems, &config->rules);
}

int config_parse(const struct config_source *sources, size_t n_sources,
		 struct config_problems *problems, struct config **ret_config)
{
	_cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));
	_cleanup_free_ const char **files = calloc(n_sources + 1, sizeof(*files));
	size_t n_before = problems->n_errors, n_first = problems->n;
	int r;

	if (!config || !files)
		return -ENOMEM;
	for (size_t i = 0; i < n_sources; i++)
		files[i] = sources[i].file;
	r = parse(sources, n_sources, problems, config);
	if (r < 0)
		return r;
	config_problems_sort(problems, n_first, files, n_sources);
	if (problems->n_errors > n_before)
		return CONFIG_E_REFUSED; /* MUST 1 */
	*ret_config = TAKE_PTR(config);
	return 0;
}

struct config *config_free(struct config *config)
{
	if (config)
		config->arena = arena_free(config->arena);
	free(config);
	return NULL;
}
