/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has which second name. The MUSTs are in alias.h. */

#include "idp-agentd/core/alias.h"

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"

const struct naming *alias_naming(const struct alias_book *book, const char *directory)
{
	static const struct naming plain = { 0 };

	for (size_t i = 0; book && i < book->n; i++) {
		if (strcmp(book->rows[i].directory, directory) == 0)
			return &book->rows[i].naming;
	}
	return &plain;
}

/* The person of this directory whose other name it is. ALIAS_E_NONE when there is none. */
static int find_in(const struct idmap *map, const struct alias_row *row, const char *alias,
		   struct person **ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	char name[NAME_LEN_MAX + 1];
	int r;

	if (!naming_other(&row->naming, alias, name))
		return ALIAS_E_NONE;
	r = store_find_name(map->store, name, &person);
	if (r == STORE_E_NOT_FOUND)
		return ALIAS_E_NONE;
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	if (strcmp(person->directory, row->directory) != 0)
		return ALIAS_E_NONE;
	*ret = TAKE_PTR(person);
	return 0;
}

int alias_find(const struct idmap *map, const char *alias, struct person **ret)
{
	_cleanup_(person_freep) struct person *found = NULL;

	for (size_t i = 0; map->aliases && i < map->aliases->n; i++) {
		_cleanup_(person_freep) struct person *person = NULL;
		int r = find_in(map, &map->aliases->rows[i], alias, &person);

		if (r == ALIAS_E_NONE)
			continue;
		if (r != 0)
			return r;
		if (found)
			return ALIAS_E_SHARED; /* MUST 2 */
		found = TAKE_PTR(person);
	}
	if (!found)
		return ALIAS_E_NONE;
	*ret = TAKE_PTR(found);
	return 0;
}

int alias_of(const struct idmap *map, const struct person *person,
	     char out[static NAME_LEN_MAX + 1])
{
	_cleanup_(person_freep) struct person *holder = NULL, *found = NULL;
	char reason[REASON_MAX];
	int r;

	if (!naming_other(alias_naming(map->aliases, person->directory), person->name, out))
		return ALIAS_E_NONE;
	if (idmap_check_user(map, out, reason) != 0)
		return ALIAS_E_HELD; /* MUST 1 */
	r = store_find_name(map->store, out, &holder);
	if (r == 0)
		return ALIAS_E_HELD;
	if (r != STORE_E_NOT_FOUND)
		return r < 0 ? r : -EUCLEAN;
	r = alias_find(map, out, &found);
	if (r == 0 && found->id != person->id)
		return ALIAS_E_SHARED; /* not to be reached: found is the only one there is */
	return r;
}

int alias_each_rival(const struct idmap *map, const struct person *person,
		     int (*each)(void *arg, const struct person *rival), void *arg)
{
	char alias[NAME_LEN_MAX + 1];

	if (!naming_other(alias_naming(map->aliases, person->directory), person->name, alias))
		return 0;
	for (size_t i = 0; i < map->aliases->n; i++) {
		_cleanup_(person_freep) struct person *rival = NULL;
		const struct alias_row *row = &map->aliases->rows[i];
		int r = ALIAS_E_NONE;

		if (strcmp(row->directory, person->directory) != 0)
			r = find_in(map, row, alias, &rival);
		if (r == 0)
			r = each(arg, rival);
		if (r != 0 && r != ALIAS_E_NONE)
			return r;
	}
	return 0;
}
