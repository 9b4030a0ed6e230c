/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_TREE_H
#define IDP_CORE_CONFIG_TREE_H

/* Between config.c, which builds the tree, and config-check.c, which judges it as a whole. */

#include <stdbool.h>

#include "idp-agentd/core/config.h"

/* What no value alone can be wrong about goes to problems. */
void config_judge(const struct config *config, struct config_problems *problems);
/* The part of it about who somebody is: config-subject.c. */
void config_judge_subject(const struct config_provider *provider, struct config_problems *problems);
/* The part of it about platforms whose tokens are only checked, and their tokens: config-jwt.c. */
void config_judge_jwt(const struct config *config, size_t at, struct config_problems *problems);
/* The part of it about what people are called: config-names.c. */
void config_judge_names(const struct config_directory *directory, struct config_problems *problems);
/* The part of it about where they live: config-names.c. */
void config_judge_homes(const struct config *config, struct config_problems *problems);
/* The part of it about what a kind of directory needs and takes: config-directory.c. */
void config_judge_directory(const struct config *config, const struct config_directory *directory,
			    struct config_problems *problems);
/* Does a key of [directory] go with this kind (the word)? NULL: no kind was said. */
bool config_directory_takes(const char *kind, const char *key) _must_check_;
/* The part of it about clients, purposes and e-services: config-purpose.c. */
void config_judge_purposes(const struct config *config, struct config_problems *problems);
/* Where key was written in section, else the section itself. */
struct config_place config_place_of(const struct config_section *section, const char *key);
/* Whether somebody wrote it. */
bool config_is_written(const struct config_section *section, const char *key);

/* Whether its value, written or not, is one that can be used. */
bool config_is_sound(const struct config_section *section, const char *key);

#endif
