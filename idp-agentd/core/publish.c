/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the record to the snapshot. One judge decides who may be seen, here and for every answer
 * given from the record; the snapshot's writer checks names and ids once more by itself.
 */

#include "idp-agentd/core/publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/name.h"
#include "common/snapshot-format.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish-internal.h"
#include "idp-agentd/core/snapshot-write.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-stage.h"

int publisher_new(const char *path, const struct idmap *map, struct publisher **ret)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));

	if (!publisher)
		return -ENOMEM;
	publisher->map = map;
	publisher->path = strdup(path);
	if (!publisher->path) {
		free(publisher);
		return -ENOMEM;
	}
	*ret = publisher;
	return 0;
}

KEEPS_POINTERS_BEGIN
static void directories_free(struct publisher_directory *directories, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(directories[i].name);
		free(directories[i].iss);
	}
	free(directories);
}
KEEPS_POINTERS_END

struct publisher *publisher_free(struct publisher *publisher)
{
	if (!publisher)
		return NULL;
	for (size_t i = 0; i < publisher->n_waiting; i++)
		publisher->waiting[i].old = snapshot_old_free(publisher->waiting[i].old);
	directories_free(publisher->directories, publisher->n_directories);
	free(publisher->path);
	free(publisher);
	return NULL;
}

int publisher_set_directories(struct publisher *publisher,
			      const struct publish_directory *directories, size_t n)
{
	struct publisher_directory *copy = calloc(n + 1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		copy[i].name = strdup(directories[i].name);
		copy[i].iss = strdup(directories[i].iss);
		copy[i].fingerprint = directories[i].fingerprint;
		copy[i].min_loa = directories[i].min_loa;
		copy[i].shows_disabled = directories[i].shows_disabled;
		copy[i].shows_ended = directories[i].shows_ended;
		copy[i].shows_below_loa = directories[i].shows_below_loa;
		copy[i].swept = directories[i].swept;
		if (!copy[i].name || !copy[i].iss) {
			directories_free(copy, i + 1);
			return -ENOMEM;
		}
	}
	directories_free(publisher->directories, publisher->n_directories);
	publisher->directories = copy;
	publisher->n_directories = n;
	return 0;
}

void publisher_set_enumerate(struct publisher *publisher, bool enumerate)
{
	publisher->enumerate = enumerate;
}

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

struct building {
	struct publisher *publisher;
	struct snapshot_writer *writer;
	struct publish_counts counts;
	uint64_t now;
	struct shown_group *groups; /* by increasing gid */
	size_t n_groups, groups_room;
	size_t next_group; /* the first that is not yet written */
	struct numbers users, group_numbers;
};

static void building_done(struct building *building)
{
	building->writer = snapshot_writer_free(building->writer);
	for (size_t i = 0; i < building->n_groups; i++)
		free(building->groups[i].name);
	free(building->groups);
	free(building->users.items);
	free(building->group_numbers.items);
}

static int numbers_set(struct numbers *numbers, int64_t id, uint32_t number)
{
	size_t at = (size_t)id;

	if (id < 0)
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

/* A private group of the same name and another number hides a directory's group. */
static int is_overshadowed(struct building *building, const struct group *group, bool *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	*ret = false;
	r = store_find_name(building->publisher->map->store, group->name, &person);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	*ret = person->uid == person->gid && person->gid != group->gid;
	return 0;
}

KEEPS_POINTERS_BEGIN
static int choose_group(void *arg, const struct group *group)
{
	struct building *building = arg;
	struct shown_group *groups;
	bool overshadowed;
	int r;

	r = is_overshadowed(building, group, &overshadowed);
	if (r != 0)
		return r;
	if (overshadowed || publish_judge_group(building->publisher, group) != PUBLISH_YES) {
		building->counts.hidden_groups++;
		return 0;
	}
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

/* Directory groups with a gid up to (or at) limit go in, so that the order of gids is kept. */
static int add_groups_up_to(struct building *building, uint32_t limit)
{
	while (building->next_group < building->n_groups &&
	       building->groups[building->next_group].gid <= limit) {
		const struct shown_group *group = &building->groups[building->next_group++];
		uint32_t number = 0;
		int r;

		r = snapshot_writer_add_group(building->writer, group->name, group->gid, &number);
		if (r > 0)
			building->counts.hidden_groups++;
		if (r > 0)
			continue;
		if (r == 0)
			r = numbers_set(&building->group_numbers, group->id, number);
		if (r != 0)
			return r;
		building->counts.groups++;
	}
	return 0;
}

static int add_private_group(struct building *building, const struct person *person)
{
	const struct idmap *map = building->publisher->map;
	uint32_t number = 0;
	int r;

	r = add_groups_up_to(building, person->gid);
	if (r != 0)
		return r;
	if (building->next_group > 0 &&
	    building->groups[building->next_group - 1].gid == person->gid)
		return 0; /* the directory made it explicit */
	if (localnames_has_group(map->locals, person->name) || name_is_reserved_group(person->name))
		return 0;
	r = snapshot_writer_add_group(building->writer, person->name, person->gid, &number);
	return r < 0 ? r : 0;
}

static int add_person(void *arg, const struct person *person)
{
	struct building *building = arg;
	enum publish_verdict verdict = publish_look(building->publisher, person, building->now);
	struct snapshot_person record = {
		.name = person->name,
		.uid = person->uid,
		.gid = person->gid,
		.gecos = person->gecos,
		.home = person->home,
		.shell = person->shell,
	};
	uint32_t number = 0;
	int r;

	if (verdict != PUBLISH_YES) {
		building->counts.hidden[verdict]++;
		return 0;
	}
	r = snapshot_writer_add_user(building->writer, &record, &number);
	if (r > 0) {
		building->counts.hidden[r == SNAPSHOT_E_ID ? PUBLISH_RANGE : PUBLISH_NAME]++;
		return 0;
	}
	if (r == 0)
		r = numbers_set(&building->users, person->id, number);
	if (r != 0)
		return r;
	building->counts.people++;
	if (person->end_time != 0 &&
	    (building->counts.next_end == 0 || person->end_time < building->counts.next_end))
		building->counts.next_end = person->end_time;
	return person->uid == person->gid ? add_private_group(building, person) : 0;
}

static int add_member(void *arg, int64_t group, int64_t person)
{
	struct building *building = arg;
	uint32_t user_number, group_number;
	int r;

	if (!numbers_get(&building->group_numbers, group, &group_number) ||
	    !numbers_get(&building->users, person, &user_number))
		return 0;
	r = snapshot_writer_add_member(building->writer, user_number, group_number);
	if (r != SNAPSHOT_E_MANY)
		return r;
	building->counts.cut_members++; /* who has too many is no reason to hold all others back */
	return 0;
}

/* Every directory has shown all of itself under the settings now in force. */
static int ask_complete(const struct publisher *publisher, bool *ret)
{
	*ret = false;
	for (size_t i = 0; i < publisher->n_directories; i++) {
		_cleanup_(store_directory_freep) struct store_directory *progress = NULL;
		const struct publisher_directory *directory = &publisher->directories[i];
		int r;

		if (!directory->swept)
			return 0;
		r = store_get_directory(publisher->map->store, directory->name, &progress);
		if (r != 0)
			return r == STORE_E_NOT_FOUND ? 0 : r;
		if (progress->last_full == 0 || progress->fingerprint != directory->fingerprint)
			return 0;
	}
	*ret = publisher->n_directories > 0;
	return 0;
}

static int build(struct building *building)
{
	const struct idmap *map = building->publisher->map;
	int r;

	building->writer = snapshot_writer_new(map->first, map->last);
	if (!building->writer)
		return -ENOMEM;
	r = ask_complete(building->publisher, &building->counts.complete);
	if (r == 0)
		r = store_each_group(map->store, choose_group, building);
	if (r == 0)
		r = store_each_person(map->store, add_person, building);
	if (r == 0)
		r = add_groups_up_to(building, UINT32_MAX);
	if (r == 0)
		r = store_each_member(map->store, add_member, building);
	return r;
}

static void keep_old(struct publisher *publisher, struct snapshot_old *old)
{
	if (!old)
		return;
	if (publisher->n_waiting == PUBLISH_OLD_MAX) {
		/* Nobody reaps. Its memory comes back when the last process lets go of it. */
		publisher->waiting[0].old = snapshot_old_free(publisher->waiting[0].old);
		memmove(publisher->waiting, publisher->waiting + 1,
			(PUBLISH_OLD_MAX - 1) * sizeof(publisher->waiting[0]));
		publisher->n_waiting--;
	}
	publisher->waiting[publisher->n_waiting++] = (struct waiting_file){ .old = old };
}

static uint64_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0; /* for status only */
}

static int write_file(struct building *building)
{
	struct publisher *publisher = building->publisher;
	struct snapshot_old *old = NULL;
	struct snapshot_options options = {
		.flags = (building->counts.complete ? SNAPSHOT_COMPLETE : 0) |
			 (publisher->enumerate ? SNAPSHOT_ENUMERATE : 0),
		.generation = snapshot_generation(publisher->path) + 1,
		.published = clock_real(),
	};
	int r;

	r = snapshot_writer_write(building->writer, &options, publisher->path, &old);
	if (r == 0) {
		keep_old(publisher, old);
		building->counts.generation = options.generation;
		building->counts.bytes = file_size(publisher->path);
	}
	return r;
}

static int fail(const struct publisher *publisher, int r, char reason[static REASON_MAX])
{
	int n = snprintf(reason, REASON_MAX,
			 "%s: cannot publish, the old snapshot stays in force: %s", publisher->path,
			 r > 0 ? "two records have one name" : strerrordesc_np(-r));

	if (n < 0)
		reason[0] = '\0';
	return r > 0 ? -EUCLEAN : r;
}

int publish_run(struct publisher *publisher, uint64_t now, char reason[static REASON_MAX],
		struct publish_counts *ret)
{
	_cleanup_(building_done) struct building building = { .publisher = publisher, .now = now };
	_cleanup_(store_seal_freep) struct store_seal *seal = NULL;
	int r;

	reason[0] = '\0';
	r = store_get_seal(publisher->map->store, &seal);
	if (r == 0)
		return PUBLISH_E_SYNC;
	if (r < 0)
		return fail(publisher, r, reason);
	r = build(&building);
	if (r == 0)
		r = write_file(&building);
	if (r != 0)
		return fail(publisher, r, reason);
	*ret = building.counts;
	return 0;
}

uint64_t publish_reap(struct publisher *publisher, uint64_t now)
{
	usec_t next = USEC_INFINITY;
	size_t kept = 0;

	for (size_t i = 0; i < publisher->n_waiting; i++) {
		struct waiting_file *file = &publisher->waiting[i];

		if (file->due == 0)
			file->due = clock_add(now, SNAPSHOT_GRACE);
		if (file->due <= now) {
			IGNORE(snapshot_old_punch(
				file->old)); /* then it goes with its last reader */
			file->old = snapshot_old_free(file->old);
			continue;
		}
		if (file->due - now < next)
			next = file->due - now;
		publisher->waiting[kept++] = *file;
	}
	publisher->n_waiting = kept;
	return next;
}
