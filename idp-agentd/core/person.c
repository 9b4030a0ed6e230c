/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* People and groups as plain data; strings are owned and never NULL. */

#include "idp-agentd/core/person.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_TURNED_BACK 300u /* seconds a confirmation may lie ahead of the clock */

static char **person_texts(struct person *person, size_t i)
{
	char **const texts[] = {
		&person->iss,    &person->sub,      &person->directory,  &person->dir_id,
		&person->name,   &person->gecos,    &person->home,       &person->shell,
		&person->loa,    &person->origin,   &person->given_home, &person->given_shell,
		&person->labels, &person->ssh_keys,
	};

	return i < ELEMENTSOF(texts) ? texts[i] : NULL;
}

struct person *person_new(void)
{
	_cleanup_(person_freep) struct person *person = calloc(1, sizeof(*person));
	char **text;

	if (!person)
		return NULL;
	for (size_t i = 0; (text = person_texts(person, i)); i++) {
		*text = strdup("");
		if (!*text)
			return NULL;
	}
	person->uid = PERSON_ID_NONE;
	person->gid = PERSON_ID_NONE;
	return TAKE_PTR(person);
}

struct person *person_free(struct person *person)
{
	char **text;

	if (!person)
		return NULL;
	for (size_t i = 0; (text = person_texts(person, i)); i++)
		free(*text);
	free(person);
	return NULL;
}

struct group *group_new(void)
{
	_cleanup_(group_freep) struct group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->directory = strdup("");
	group->dir_id = strdup("");
	group->name = strdup("");
	group->gid = PERSON_ID_NONE;
	if (!group->directory || !group->dir_id || !group->name)
		return NULL;
	return TAKE_PTR(group);
}

struct group *group_free(struct group *group)
{
	if (!group)
		return NULL;
	for (size_t i = 0; i < group->n_members; i++)
		free(group->members[i]);
	free(group->members);
	free(group->directory);
	free(group->dir_id);
	free(group->name);
	free(group);
	return NULL;
}

int person_set(char **field, const char *value)
{
	char *copy;

	if (!value)
		value = "";
	if (*field && strcmp(*field, value) == 0)
		return 0;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

bool person_is_alive(const struct person *person, uint64_t now)
{
	return person->active && !person->retired &&
	       (person->end_time == 0 || now <= person->end_time);
}

bool group_is_claimed(const struct group *group)
{
	return strcmp(group->directory, GROUP_CLAIMED) == 0;
}

uint64_t person_age(const struct person *person, uint64_t now)
{
	if (person->last_seen == 0)
		return UINT64_MAX;
	if (person->last_seen <= now)
		return now - person->last_seen;
	return person->last_seen - now <= CLOCK_TURNED_BACK ? 0 : UINT64_MAX;
}
