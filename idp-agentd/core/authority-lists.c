/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/authority-lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/store.h"

int authority_list(const struct config_list *list, const char ***ret)
{
	const char **items = calloc(list->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		items[i] = list->items[i];
	*ret = items;
	return 0;
}

/* Names of the directories: people of any other yield their names. */
static int directory_names(const struct config *config, const char ***ret)
{
	const char **names = calloc(config->n_directories + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_directories; i++)
		names[i] = config->directories[i].name;
	*ret = names;
	return 0;
}

/* How the people of the directories are called; texts are config's. */
static int alias_names(const struct config *config, struct alias_book **ret)
{
	struct alias_book *book =
		calloc(1, sizeof(*book) + config->n_directories * sizeof(book->rows[0]));

	if (!book)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_directories; i++) {
		const struct config_directory *directory = &config->directories[i];

		book->rows[book->n++] = (struct alias_row){
			.directory = directory->name,
			.naming = { .domain = directory->domain,
				    .qualified = directory->names == NAMES_QUALIFIED,
				    .aliases = directory->aliases,
				    .lower = directory->name_case == NAME_CASE_LOWER },
		};
	}
	*ret = book;
	return 0;
}

void authority_lists_done(struct authority_lists *lists)
{
	free(lists->break_glass);
	free(lists->directories);
	free(lists->aliases);
}

int authority_lists_make(const struct config *config, struct authority_lists *lists)
{
	int r = authority_list(&config->agent.break_glass, &lists->break_glass);

	if (r == 0)
		r = directory_names(config, &lists->directories);
	return r == 0 ? alias_names(config, &lists->aliases) : r;
}

/* ---- where people live ---- */

#define SHELLS_MAX 256u /* of /etc/shells; more is not a list of shells */

KEEPS_POINTERS_BEGIN
static int add_shell(char **shells, size_t *n, const char *shell)
{
	shells[*n] = strdup(shell);
	if (!shells[*n])
		return -ENOMEM;
	(*n)++;
	return 0;
}

static int shells_make(const struct config *config, char ***ret)
{
	const struct config_list *list = &config->agent.shells;
	const char *shell;
	size_t n = 0;
	int r = 0;

	*ret = calloc((list->n > SHELLS_MAX ? list->n : SHELLS_MAX) + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = add_shell(*ret, &n, list->items[i]);
	if (list->n > 0)
		return r;
	setusershell(); /* shells(5), from its beginning */
	while (r == 0 && n < SHELLS_MAX && (shell = getusershell()))
		r = add_shell(*ret, &n, shell);
	endusershell();
	return r;
}
KEEPS_POINTERS_END

int authority_homes_make(const struct config *config, struct authority_homes *homes)
{
	size_t n = 0;
	int r = shells_make(config, &homes->shells);

	if (r == 0 && config->agent.homes.n > 0)
		r = authority_list(&config->agent.homes, &homes->homes);
	if (r < 0)
		return r;
	homes->domains = calloc(config->n_directories + 1, sizeof(*homes->domains));
	if (!homes->domains)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_directories; i++)
		if (config->directories[i].domain)
			homes->domains[n++] =
				(struct store_domain){ config->directories[i].name,
						       config->directories[i].domain };
	return 0;
}

void authority_homes_done(struct authority_homes *homes)
{
	for (size_t i = 0; homes->shells && homes->shells[i]; i++)
		free(homes->shells[i]);
	free(homes->shells);
	free(homes->homes);
	free(homes->domains);
}
