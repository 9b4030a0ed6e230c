/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What names of people and their folders contradict. */

#include "common/home.h"
#include "common/naming.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config.h"

/* Both forms of a name need the domain that tells them apart. */
void config_judge_names(const struct config_directory *directory, struct config_problems *problems)
{
	static const char *const keys[] = { "names", "aliases" };
	const struct config_section *section = directory->section;

	if (directory->domain && config_is_sound(section, "domain") &&
	    !naming_is_domain(directory->domain))
		config_problem_add(problems, config_place_of(section, "domain"),
				   "\"%.60s\" is not a domain in small letters: write it as "
				   "example.org, with at most %u bytes",
				   directory->domain, NAMING_DOMAIN_MAX);
	if (directory->domain || (directory->names == NAMES_SHORT && !directory->aliases))
		return;
	for (size_t i = 0; i < ELEMENTSOF(keys); i++)
		if (config_is_written(section, keys[i]) && config_is_sound(section, keys[i]))
			config_problem_add(problems, config_place_of(section, keys[i]),
					   "[directory %s] has no domain that names could be "
					   "qualified with: write domain = example.org",
					   directory->name);
}

void config_judge_homes(const struct config *config, struct config_problems *problems)
{
	const struct config_section *section = config->agent.section;

	if (!config->agent.home || !config_is_sound(section, "home") ||
	    !home_template_has_domain(config->agent.home))
		return;
	for (size_t i = 0; i < config->n_directories; i++)
		if (!config->directories[i].domain)
			config_problem_add(problems, config_place_of(section, "home"),
					   "home has %%d, and [directory %s] has no domain: write "
					   "domain = example.org there",
					   config->directories[i].name);
}
