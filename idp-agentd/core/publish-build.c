/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole record into a new base, a page at a time. What changes in between may be seen or not,
 * in parts: publisher->since knows every such row, and publish-base.c gives each of them an entry
 * over the new base before anybody sees it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish-internal.h"
#include "idp-agentd/core/store-page.h"
#include "idp-agentd/core/store.h"

#define MEMBER_PAGES 20u /* a membership is so much cheaper to read than a person */

/* A group of a directory that is to be published. */
struct shown_group {
	int64_t id;
	uint32_t gid;
	char *name;
};

/* Row ids to numbers of the writer, plus one; 0: not published. */
struct numbers {
	uint32_t *items;
	size_t room;
};

enum phase { GROUPS, PEOPLE, MEMBERS, NESTED, WRITE };

struct publish_building {
	struct publisher *publisher;
	struct snapshot_writer *writer;
	struct publish_tally tally;
	enum phase phase;
	struct store_cursor cursor;
	uint64_t now;
	struct shown_group *groups;
	size_t n_groups, groups_room;
	struct numbers users, group_numbers;
};

struct publish_building *publish_building_free(struct publish_building *building)
{
	if (!building)
		return NULL;
	building->writer = snapshot_writer_free(building->writer);
	for (size_t i = 0; i < building->n_groups; i++)
		free(building->groups[i].name);
	free(building->groups);
	free(building->users.items);
	free(building->group_numbers.items);
	publish_tally_done(&building->tally);
	free(building);
	return NULL;
}

int publish_building_new(struct publisher *publisher, struct publish_building **ret)
{
	struct publish_building *building = calloc(1, sizeof(*building));

	if (!building)
		return -ENOMEM;
	building->publisher = publisher;
	building->writer = snapshot_writer_new(publisher->map->first, publisher->map->last);
	if (!building->writer) {
		free(building);
		return -ENOMEM;
	}
	*ret = building;
	return 0;
}

static int numbers_set(struct numbers *numbers, int64_t id, uint32_t number)
{
	size_t at = (size_t)id;

	if (id < 0 || id > ROWSET_MAX)
		return -EUCLEAN;
	if (at >= numbers->room) {
		size_t room = at + at / 2 + 256;
		uint32_t *items = reallocarray(numbers->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		memset(items + numbers->room, 0, (room - numbers->room) * sizeof(*items));
		numbers->items = items;
		numbers->room = room;
	}
	numbers->items[at] = number + 1;
	return 0;
}

static bool numbers_get(const struct numbers *numbers, int64_t id, uint32_t *ret)
{
	if (id < 0 || (size_t)id >= numbers->room || numbers->items[id] == 0)
		return false;
	*ret = numbers->items[id] - 1;
	return true;
}

/* ---- groups ---- */

KEEPS_POINTERS_BEGIN
static int add_shown(struct publish_building *building, const struct group *group)
{
	struct shown_group *groups;

	if (building->n_groups == building->groups_room) {
		size_t room = building->groups_room ? building->groups_room * 2 : 64;

		groups = reallocarray(building->groups, room, sizeof(*groups));
		if (!groups)
			return -ENOMEM;
		building->groups = groups;
		building->groups_room = room;
	}
	groups = &building->groups[building->n_groups];
	*groups = (struct shown_group){ .id = group->id, .gid = group->gid };
	groups->name = strdup(group->name);
	if (!groups->name)
		return -ENOMEM;
	building->n_groups++;
	return 0;
}
KEEPS_POINTERS_END

static int choose_group(void *arg, const struct group *group)
{
	struct publish_building *building = arg;
	enum publish_group state;
	int r;

	r = publish_choose_group(building->publisher, group, &state);
	if (r == 0)
		r = publish_tally_group(&building->tally, group->id, state);
	return r == 0 && state == PUBLISH_GROUP_SHOWN ? add_shown(building, group) : r;
}

static int compare_groups(const void *a, const void *b)
{
	const struct shown_group *x = a, *y = b;

	return x->gid < y->gid ? -1 : x->gid > y->gid;
}

static int add_groups(struct publish_building *building)
{
	if (building->n_groups > 0)
		qsort(building->groups, building->n_groups, sizeof(*building->groups),
		      compare_groups);
	for (size_t i = 0; i < building->n_groups; i++) {
		const struct shown_group *group = &building->groups[i];
		uint32_t number = 0;
		int r;

		r = snapshot_writer_add_group(building->writer, group->name, group->gid, &number);
		if (r > 0)
			r = publish_tally_group(&building->tally, group->id, PUBLISH_GROUP_HIDDEN);
		else if (r == 0)
			r = numbers_set(&building->group_numbers, group->id, number);
		if (r != 0)
			return r;
	}
	return 0;
}

/* ---- people ---- */

/* Is a directory's group shown under this gid? Then it is the person's. */
static bool is_explicit(const struct publish_building *building, uint32_t gid)
{
	const struct shown_group group = { .gid = gid };

	return building->n_groups > 0 && bsearch(&group, building->groups, building->n_groups,
						 sizeof(group), compare_groups) != NULL;
}

static int add_shown_person(struct publish_building *building, const struct person *person)
{
	const struct publisher *publisher = building->publisher;
	const struct snapshot_person record = {
		.name = person->name,
		.uid = person->uid,
		.gid = person->gid,
		.gecos = person->gecos,
		.home = person->home,
		.shell = person->shell,
	};
	char room[NAME_LEN_MAX + 1];
	const char *alias;
	uint32_t number = 0;
	int r;

	r = publish_find_alias(publisher, person, room, &alias);
	if (r == 0)
		r = publish_add_user(building->writer, &record, alias,
				     publish_has_private(publisher, person) &&
					     !is_explicit(building, person->gid),
				     &number);
	if (r > 0)
		return publish_tally_person(&building->tally, person->id,
					    r == SNAPSHOT_E_ID ? PUBLISH_RANGE : PUBLISH_NAME);
	return r == 0 ? numbers_set(&building->users, person->id, number) : r;
}

static int add_person(void *arg, const struct person *person)
{
	struct publish_building *building = arg;
	enum publish_verdict verdict = publish_look(building->publisher, person, building->now);
	int r = publish_tally_person(&building->tally, person->id, verdict);

	return r == 0 && verdict == PUBLISH_YES ? add_shown_person(building, person) : r;
}

static int add_member(void *arg, int64_t group, int64_t person)
{
	struct publish_building *building = arg;
	uint32_t user_number, group_number;
	int r;

	if (!numbers_get(&building->group_numbers, group, &group_number) ||
	    !numbers_get(&building->users, person, &user_number))
		return 0;
	r = snapshot_writer_add_member(building->writer, user_number, group_number);
	if (r != SNAPSHOT_E_MANY)
		return r;
	/* who has too many is no reason to hold all others back */
	building->tally.counts.cut_members++;
	return 0;
}

/* ---- phase by phase ---- */

static int write_file(struct publish_building *building, uint32_t flags, bool beside)
{
	struct publisher *publisher = building->publisher;
	struct snapshot_options options = publish_options(publisher, flags);
	struct snapshot_old *old = NULL;
	int r;

	options.beside = beside;
	r = snapshot_writer_step(building->writer, &options, publisher->path, &old);

	if (r == 0)
		publish_keep_old(publisher, old);
	return r;
}

/* A page of the phase. STORE_E_NOT_FOUND: the phase is over. */
static int page(struct publish_building *building)
{
	struct store *store = building->publisher->map->store;
	struct store_cursor *cursor = &building->cursor;
	const size_t n = building->publisher->pace.page;

	switch (building->phase) {
	case GROUPS:
		return store_page_groups(store, cursor, n, choose_group, building);
	case PEOPLE:
		return store_page_people(store, cursor, n, add_person, building);
	case MEMBERS:
		return store_page_members(store, cursor, n * MEMBER_PAGES, add_member, building);
	case NESTED:
		return store_page_nested(store, cursor, add_member, building);
	case WRITE:
		break;
	}
	return -EINVAL;
}

/* The phase is over. */
static int next_phase(struct publish_building *building)
{
	building->cursor = (struct store_cursor){ 0 };
	switch (building->phase++) {
	case GROUPS:
		return add_groups(building);
	case PEOPLE:
	case MEMBERS:
	case NESTED:
		return 0;
	case WRITE:
		break;
	}
	return -EINVAL;
}

int publish_building_step(struct publish_building *building, uint64_t now, uint32_t flags,
			  bool beside)
{
	const usec_t until = publish_slice_end(building->publisher);
	int r = 0;

	building->now = now;
	while (building->phase != WRITE && r == 0) {
		r = page(building);
		if (r == STORE_E_NOT_FOUND)
			r = next_phase(building);
		if (r == 0 && clock_now() >= until)
			return SNAPSHOT_E_MORE;
	}
	return r != 0 ? r : write_file(building, flags, beside);
}

struct publish_tally *publish_building_tally(struct publish_building *building)
{
	return &building->tally;
}
