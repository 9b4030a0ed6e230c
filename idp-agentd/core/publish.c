/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the record to the snapshot. One judge decides who may be seen, here and for every answer
 * given from the record; the snapshot's writer checks names and ids once more by itself.
 *
 * What is published is a base and, over it, an overlay of everything that differs. What changed
 * becomes an overlay at once, whatever else goes on. A base is written
 *  - when the judge's rules changed, or rows nobody can list (it is needed), or
 *  - when the overlay has become dear (it is wanted, and waits for its time),
 * in slices. What changes meanwhile is shown over the old base, and again over the new one in the
 * same step in which that appears.
 */

#include "idp-agentd/core/publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/snapshot-format.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish-internal.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/store.h"

int publisher_new(const char *path, const struct idmap *map, struct publisher **ret)
{
	struct publisher *publisher = aligned_alloc(_Alignof(struct publisher), sizeof(*publisher));

	if (!publisher)
		return -ENOMEM;
	memset(publisher, 0, sizeof(*publisher));
	publisher->map = map;
	publisher->pace = (struct publish_pace)PUBLISH_PACE;
	publisher->needs_base = true;
	publisher->path = strdup(path);
	if (!publisher->path) {
		free(publisher);
		return -ENOMEM;
	}
	publisher->seen.path = publisher->path;
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
	publisher->building = publish_building_free(publisher->building);
	publish_tally_done(&publisher->tally);
	publish_entries_done(&publisher->users);
	publish_entries_done(&publisher->groups);
	store_changes_done(&publisher->changes);
	store_changes_done(&publisher->since);
	rowset_done(&publisher->forced);
	rowset_done(&publisher->derived);
	snapshot_forget(&publisher->seen);
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

void publisher_set_pace(struct publisher *publisher, const struct publish_pace *pace)
{
	publisher->pace = *pace;
}

void publisher_set_enumerate(struct publisher *publisher, bool enumerate)
{
	publisher->enumerate = enumerate;
}

/* ---- what has changed ---- */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u; /* FNV-1a: what is hashed is the admin's */
	return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

/* Everything the judges go by but the record and the time. */
static uint64_t hash_rules(const struct publisher *publisher)
{
	const struct idmap *map = publisher->map;
	const uint64_t locals = localnames_generation(map->locals);
	uint64_t hash = 0xcbf29ce484222325u;

	hash = hash_bytes(hash, &locals, sizeof(locals));
	hash = hash_bytes(hash, &map->first, sizeof(map->first));
	hash = hash_bytes(hash, &map->last, sizeof(map->last));
	for (size_t i = 0; map->break_glass && map->break_glass[i]; i++)
		hash = hash_text(hash, map->break_glass[i]);
	for (size_t i = 0; i < publisher->n_directories; i++) {
		const struct publisher_directory *directory = &publisher->directories[i];
		const bool shows[] = { directory->shows_disabled, directory->shows_ended,
				       directory->shows_below_loa };

		hash = hash_text(hash_text(hash, directory->name), directory->iss);
		hash = hash_bytes(hash, &directory->min_loa, sizeof(directory->min_loa));
		hash = hash_bytes(hash, shows, sizeof(shows));
	}
	for (size_t i = 0; map->aliases && i < map->aliases->n; i++) {
		const struct alias_row *row = &map->aliases->rows[i];
		const bool flags[] = { row->naming.qualified, row->naming.aliases };

		hash = hash_text(hash_text(hash, row->directory),
				 row->naming.domain ? row->naming.domain : "");
		hash = hash_bytes(hash, flags, sizeof(flags));
	}
	return hash;
}

static void drop_building(struct publisher *publisher)
{
	publisher->building = publish_building_free(publisher->building);
	rowset_clear(&publisher->since.people);
	rowset_clear(&publisher->since.groups);
}

/* Rows, ends of accounts and rules since the last time. */
static int take_changes(struct publisher *publisher, uint64_t now)
{
	struct store *store = publisher->map->store;
	const uint64_t rules = hash_rules(publisher), judged = publisher->judged;
	struct store_changes *changes = &publisher->changes;
	int r = store_take_changes(store, changes);

	/* A clock that was turned back brings people back. */
	if (r == 0 && judged != 0 && judged != now)
		r = store_add_ended(store, judged < now ? judged : now, judged < now ? now : judged,
				    &changes->people);
	if (r == 0 && publisher->building)
		r = rowset_join(&publisher->since.people, &changes->people);
	if (r == 0 && publisher->building)
		r = rowset_join(&publisher->since.groups, &changes->groups);
	if (r != 0)
		return r;
	publisher->judged = now;
	if (changes->everything || rules != publisher->rules) {
		publisher->needs_base = true;
		drop_building(publisher); /* what it has read may be wrong by now */
	}
	changes->everything = false;
	publisher->rules = rules;
	return 0;
}

static size_t count_entries(const struct publisher *publisher)
{
	return publisher->users.n + publisher->groups.n;
}

/* An overlay of so many is dear: it is written whole each time. */
static size_t entries_limit(const struct publisher *publisher)
{
	const struct publish_counts *counts = &publisher->tally.counts;
	const size_t part = (size_t)(counts->people + counts->groups) / PUBLISH_PART;

	return part > publisher->pace.entries ? part : publisher->pace.entries;
}

size_t publish_patience(const struct publisher *publisher)
{
	return PUBLISH_PATIENCE * entries_limit(publisher);
}

/*
 * More changed than an overlay should hold, or there is nothing to lay it over: the next base will
 * have it all. One that is on its way may have read these rows already; they stay listed then.
 */
static void leave_to_base(struct publisher *publisher)
{
	publisher->needs_base = true;
	if (publisher->building)
		return;
	rowset_clear(&publisher->changes.people);
	rowset_clear(&publisher->changes.groups);
	rowset_clear(&publisher->forced);
	rowset_clear(&publisher->derived);
}

static bool is_small(const struct publisher *publisher)
{
	const struct publish_counts *counts = &publisher->tally.counts;

	return counts->people + counts->groups < publisher->pace.small;
}

/* Is what we know of the file true of the one that is there? */
static bool is_ours(const struct publisher *publisher)
{
	return publisher->has_base &&
	       snapshot_generation(publisher->path) == publisher->tally.counts.generation;
}

/* ---- showing it ---- */

/* What changed, as an overlay. SNAPSHOT_E_BASE: not without a new base. */
static int show_changes(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	const struct store_changes *changes = &publisher->changes;
	const size_t patience = publish_patience(publisher);
	const bool any = changes->people.n + changes->groups.n > 0;
	int r;

	if (!is_ours(publisher) || (is_small(publisher) && (any || flags != publisher->flags)) ||
	    changes->people.n + changes->groups.n > patience) {
		leave_to_base(publisher);
		return 0;
	}
	r = publish_review(publisher, now);
	if (r == 0 && (count_entries(publisher) > patience || changes->people.n > 0)) {
		leave_to_base(publisher);
		return 0;
	}
	publisher->wants_base = publisher->wants_base ||
				count_entries(publisher) > entries_limit(publisher) ||
				(publisher->is_unwritten && publisher->tally.counts.cut_members);
	if (r == 0 && (publisher->is_unwritten || flags != publisher->flags))
		r = publish_write_overlay(publisher, flags);
	if (r == SNAPSHOT_E_BASE) {
		leave_to_base(publisher);
		return 0;
	}
	return r;
}

static int begin_base(struct publisher *publisher)
{
	int r;

	if (publisher->building)
		return 0;
	r = publish_building_new(publisher, &publisher->building);
	if (r < 0)
		return r;
	publisher->begun = clock_now();
	return 0;
}

static void subtract(struct rowset *rows, const struct rowset *others)
{
	int64_t row = 0;

	while (rowset_next(others, row, &row))
		rowset_drop(rows, row);
}

/* What became of the rows since the base was begun is known better than the base knows it. */
static int merge_tallies(struct publisher *publisher, struct publish_tally *tally)
{
	int64_t row = 0;
	int r = 0;

	while (r == 0 && rowset_next(&publisher->since.people, row, &row))
		r = publish_tally_person(tally, row,
					 publish_rows_get(&publisher->tally.people, row));
	for (row = 0; r == 0 && rowset_next(&publisher->since.groups, row, &row);)
		r = publish_tally_group(tally, row,
					publish_rows_get(&publisher->tally.groups, row));
	return r;
}

/* The new base is in its place. What was looked at since it was begun keeps its form over it. */
static int move_over(struct publisher *publisher, uint64_t now)
{
	struct publish_tally tally = publish_building_take(publisher->building);
	int r;

	subtract(&publisher->since.people, &publisher->changes.people);
	subtract(&publisher->since.groups, &publisher->changes.groups);
	r = merge_tallies(publisher, &tally);
	if (r == 0 && publisher->since.people.n + publisher->since.groups.n > 0)
		r = publish_review_again(publisher, now);
	publish_entries_keep(&publisher->users, &publisher->since.people);
	publish_entries_keep(&publisher->groups, &publisher->since.groups);
	publish_tally_done(&publisher->tally);
	publisher->tally = tally;
	publisher->is_unwritten = count_entries(publisher) > 0;
	drop_building(publisher);
	return r;
}

static int base_done(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	const usec_t end = clock_now(), rest = PUBLISH_REST * (end - publisher->begun);
	int r = move_over(publisher, now);

	publisher->flags = flags;
	publisher->rest_until = clock_add(end, rest < PUBLISH_REST_MAX ? rest : PUBLISH_REST_MAX);
	publisher->has_base = r == 0;
	publisher->needs_base = r != 0;
	publisher->wants_base = false;
	publish_measure(publisher);
	return r == 0 ? show_changes(publisher, now, flags) : r;
}

/* A slice of the base, if one is under way or due. */
static int work_on_base(struct publisher *publisher, uint64_t now, uint32_t flags, bool at_once)
{
	int r;

	if (!publisher->needs_base && !publisher->building &&
	    (!publisher->wants_base || (!at_once && clock_now() < publisher->rest_until)))
		return 0;
	r = begin_base(publisher);
	if (r == 0)
		r = publish_building_step(publisher->building, now, flags);
	if (r == SNAPSHOT_E_MORE)
		return PUBLISH_E_MORE;
	if (r == 0)
		r = base_done(publisher, now, flags);
	if (r == 0)
		return publisher->needs_base ? PUBLISH_E_MORE : 0;
	publisher->needs_base = true;
	drop_building(publisher);
	return r;
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

static int fail(const struct publisher *publisher, int r, char reason[static REASON_MAX])
{
	int n = snprintf(reason, REASON_MAX,
			 "%s: cannot publish, the old snapshot stays in force: %s", publisher->path,
			 r > 0 ? "two records have one name" : strerrordesc_np(-r));

	if (n < 0)
		reason[0] = '\0';
	return r > 0 ? -EUCLEAN : r;
}

static int step(struct publisher *publisher, uint64_t now, bool at_once)
{
	_cleanup_(store_seal_freep) struct store_seal *seal = NULL;
	bool complete = false;
	uint32_t flags;
	int r;

	r = store_get_seal(publisher->map->store, &seal);
	if (r == 0) {
		drop_building(publisher); /* it would have read half a pass */
		publisher->needs_base = publisher->needs_base || publisher->wants_base;
		return PUBLISH_E_SYNC;
	}
	if (r == STORE_E_NOT_FOUND)
		r = take_changes(publisher, now);
	if (r == 0)
		r = ask_complete(publisher, &complete);
	if (r != 0)
		return r;
	flags = (complete ? SNAPSHOT_COMPLETE : 0) |
		(publisher->enumerate ? SNAPSHOT_ENUMERATE : 0);
	r = show_changes(publisher, now, flags);
	if (r == 0)
		r = work_on_base(publisher, now, flags, at_once);
	publisher->tally.counts.complete = (publisher->flags & SNAPSHOT_COMPLETE) != 0;
	return r;
}

/* With a positive answer of the writer. */
static int tell(struct publisher *publisher, int r, uint64_t now, char reason[static REASON_MAX],
		struct publish_counts *ret)
{
	struct publish_counts *counts = &publisher->tally.counts;

	if (r == PUBLISH_E_SYNC)
		return r;
	if (r == 0 || r == PUBLISH_E_MORE) {
		int s = store_next_end(publisher->map->store, now, &counts->next_end);

		if (s != 0)
			return fail(publisher, s, reason);
		counts->changes = count_entries(publisher);
		counts->is_behind = publisher->needs_base;
		*ret = *counts;
		return r;
	}
	return fail(publisher, r, reason);
}

int publish_step(struct publisher *publisher, uint64_t now, char reason[static REASON_MAX],
		 struct publish_counts *ret)
{
	reason[0] = '\0';
	return tell(publisher, step(publisher, now, false), now, reason, ret);
}

int publish_run(struct publisher *publisher, uint64_t now, char reason[static REASON_MAX],
		struct publish_counts *ret)
{
	int r;

	reason[0] = '\0';
	do {
		r = step(publisher, now, true);
	} while (r == PUBLISH_E_MORE);
	return tell(publisher, r, now, reason, ret);
}
