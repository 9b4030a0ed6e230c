/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config-keys.h as a table. Invariant, checked when compiling: the field of a row has the type
 * that its values are stored as.
 */

#include "idp-agentd/core/config-table.h"

#include <string.h>

#include "idp-agentd/core/config-problem.h"

/* What config.c writes for each type. */
#define FIELD_TEXT      const char *
#define FIELD_WORD      const char *
#define FIELD_NAME      const char *
#define FIELD_BOOL      bool
#define FIELD_CHOICE    unsigned
#define FIELD_NUMBER    uint32_t
#define FIELD_TIME      usec_t
#define FIELD_RANGE     struct config_range
#define FIELD_PATH      const char *
#define FIELD_TEMPLATE  const char *
#define FIELD_PATHS     struct config_list
#define FIELD_NAMES     struct config_list
#define FIELD_GROUPS    struct config_list
#define FIELD_WORDS     struct config_list
#define FIELD_SCOPES    struct config_list
#define FIELD_ACRS      struct config_list
#define FIELD_POINTER   const char *
#define FIELD_SOURCE    const char *
#define FIELD_SUBJECT   const char *
#define FIELD_URL       const char *
#define FIELD_ISSUER    const char *
#define FIELD_REDIRECT  const char *
#define FIELD_DISCOVERY const char *
#define FIELD_RESOURCE  const char *
#define FIELD_LOGOUT    const char *
#define FIELD_SECRET    const char *
#define FIELD_KEY       const char *
#define FIELD_UUID      const char *

/* An enum of ours has no negative value, so both compilers store it as unsigned. */
#define CONFIG_KEY(kind, field, key, type, def, min, max, words, flags, help)                    \
	_Static_assert(__builtin_types_compatible_p(                                             \
			       __typeof__(((struct config_##kind *)0)->field), FIELD_##type) ||  \
			       (TYPE_##type == TYPE_CHOICE &&                                    \
				sizeof(((struct config_##kind *)0)->field) == sizeof(unsigned)), \
		       "the field of this key has another type");
#include "idp-agentd/core/config-keys.h"

/* clang-format off */
enum { KIND_agent = CONFIG_AGENT, KIND_provider = CONFIG_PROVIDER, KIND_directory = CONFIG_DIRECTORY,
       KIND_service = CONFIG_SERVICE, KIND_scope = CONFIG_SCOPE, KIND_ladder = CONFIG_LADDER,
       KIND_roles = CONFIG_ROLES, KIND_allow = CONFIG_ALLOW, KIND_deny = CONFIG_DENY,
       KIND_expect = CONFIG_EXPECT, KIND_groups = CONFIG_GROUPS, KIND_client = CONFIG_CLIENT, KIND_purpose = CONFIG_PURPOSE,
       KIND_eservice = CONFIG_ESERVICE };
enum { MUST = CONFIG_KEY_MUST, NET = CONFIG_KEY_NET, MANY = CONFIG_KEY_MANY };

const struct config_key config_keys[] = {
#define CONFIG_KEY(kind_, field_, key_, type_, def_, min_, max_, words_, flags_, help_) \
	{ .kind = (enum config_kind)KIND_##kind_, .kind_name = #kind_, .key = (key_), \
	  .type = TYPE_##type_, .def = (def_), .min = (min_), .max = (max_), .words = (words_), \
	  .flags = (flags_), .offset = offsetof(struct config_##kind_, field_), .help = (help_) },
#define RULE_KEY(kind_, key_, type_, min_, max_, words_, flags_, help_) \
	{ .kind = (enum config_kind)KIND_##kind_, .kind_name = #kind_, .key = (key_), \
	  .type = TYPE_##type_, .min = (min_), .max = (max_), .words = (words_), \
	  .flags = (flags_), .offset = SIZE_MAX, .help = (help_) },
#include "idp-agentd/core/config-keys.h"
};
/* clang-format on */
const size_t n_config_keys = ELEMENTSOF(config_keys);

const char *config_kind_name(enum config_kind kind)
{
	for (size_t i = 0; i < n_config_keys; i++)
		if (config_keys[i].kind == kind)
			return config_keys[i].kind_name;
	return "";
}

bool config_kind_find(const char *name, enum config_kind *ret_kind)
{
	for (size_t i = 0; i < n_config_keys; i++)
		if (strcmp(config_keys[i].kind_name, name) == 0) {
			*ret_kind = config_keys[i].kind;
			return true;
		}
	return false;
}

const struct config_key *config_key_find(enum config_kind kind, const char *key)
{
	const struct config_key *any = NULL;

	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *row = &config_keys[i];

		if (row->kind != kind)
			continue;
		if (row->flags & CONFIG_KEY_MANY)
			any = row;
		else if (strcmp(row->key, key) == 0)
			return row;
	}
	return any;
}

const char *config_kind_guess(const char *name)
{
	struct config_guess guess = { .word = name };

	for (size_t i = 0; i < n_config_keys; i++)
		config_guess(&guess, config_keys[i].kind_name);
	return guess.best;
}

const char *config_key_guess(enum config_kind kind, const char *key)
{
	struct config_guess guess = { .word = key };

	/* Some platforms call the subject uid; here that is the Unix number, which no token says.
	 */
	if (kind == CONFIG_PROVIDER && strcmp(key, "uid_from") == 0)
		return "subject_from";
	for (size_t i = 0; i < n_config_keys; i++)
		if (config_keys[i].kind == kind && !(config_keys[i].flags & CONFIG_KEY_MANY))
			config_guess(&guess, config_keys[i].key);
	return guess.best;
}

bool config_word_find(const char *words, const char *word, size_t len, unsigned *ret_index)
{
	for (unsigned i = 0; words; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && memcmp(words, word, len) == 0) {
			*ret_index = i;
			return true;
		}
		words = words[n] ? words + n + 1 : NULL;
	}
	return false;
}
