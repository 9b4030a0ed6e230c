/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the record to the snapshot. One judge decides who may be seen, here and for every answer
 * given from the record; the snapshot's writer checks names and ids once more by itself.
 *
 * What is published is a base and, over it, an overlay of everything that differs. What changed
 * becomes an overlay at once, whatever else goes on. A base is written
 *  - when the judge's rules changed, or rows nobody can list (it is needed), or
 *  - when the overlay has become dear (it is wanted, and waits for its time),
 * in slices (publish-base.c), as overlays are. What changes meanwhile is shown over the old base.
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
	publish_drop_overlay(publisher);
	publish_drop_base(publisher);
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

usec_t publish_slice_end(const struct publisher *publisher)
{
	return clock_add(clock_now(), publisher->pace.slice);
}

/* It is written anew. */
static void drop_overlay(struct publisher *publisher)
{
	publisher->is_unwritten = publisher->is_unwritten || publisher->overlay;
	publish_drop_overlay(publisher);
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
		publish_drop_base(publisher); /* what it has read may be wrong by now */
		drop_overlay(publisher);
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

/*
 * All rows that changed become entries: 0 when they are, SNAPSHOT_E_MORE, or SNAPSHOT_E_BASE when
 * the next base has to show them.
 */
static int look_at_changes(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	const struct store_changes *changes = &publisher->changes;
	const size_t patience = publish_patience(publisher);
	const size_t n = changes->people.n + changes->groups.n;
	int r;

	if ((is_small(publisher) && (n > 0 || flags != publisher->flags)) || n > patience)
		return SNAPSHOT_E_BASE;
	r = publish_review(publisher, now);
	if (r == 0 && (count_entries(publisher) > patience || changes->people.n > 0))
		return SNAPSHOT_E_BASE;
	publisher->wants_base = publisher->wants_base ||
				count_entries(publisher) > entries_limit(publisher) ||
				(publisher->is_unwritten && publisher->tally.counts.cut_members);
	return r;
}

/* What changed, as an overlay. 0: done, or left to the next base. SNAPSHOT_E_MORE, -errno. */
static int show_changes(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	int r = 0;

	if (!is_ours(publisher)) {
		drop_overlay(publisher);
		r = SNAPSHOT_E_BASE;
	} else if (!publisher->overlay) { /* else what changed meanwhile waits for that one's end */
		r = look_at_changes(publisher, now, flags);
	}
	if (r == 0 && (publisher->overlay || publisher->is_unwritten || flags != publisher->flags))
		r = publish_write_overlay(publisher, flags);
	if (r != SNAPSHOT_E_BASE)
		return r;
	leave_to_base(publisher);
	return 0;
}

/*
 * Large overlays, one after the other, get half of the slices: a base on its way would never be
 * done. One that is laid lacks a slice or two, and changes wait for it.
 */
static int show_in_turn(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	int r;

	if (publisher->laid != 0)
		return 0;
	if (publisher->owed > 0 && !publisher->overlay && !publisher->is_unwritten) {
		publisher->owed--;
		return 0;
	}
	r = show_changes(publisher, now, flags);
	if (r == SNAPSHOT_E_MORE && publisher->building)
		publisher->owed++;
	return r;
}

/* A slice of the base, if one is under way or due; then what had to wait for it. */
static int work_on_base(struct publisher *publisher, uint64_t now, uint32_t flags, bool at_once)
{
	int r;

	if (!publisher->needs_base && !publisher->building &&
	    (!publisher->wants_base || (!at_once && clock_now() < publisher->rest_until)))
		return 0;
	r = publish_work_on_base(publisher, now, flags);
	if (r == 0)
		r = show_changes(publisher, now, flags);
	return r == 0 && publisher->needs_base ? SNAPSHOT_E_MORE : r;
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
		publish_drop_base(publisher); /* it would have read half a pass */
		drop_overlay(publisher);
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
	r = show_in_turn(publisher, now, flags);
	if (r == 0)
		r = work_on_base(publisher, now, flags, at_once);
	publisher->tally.counts.complete = (publisher->flags & SNAPSHOT_COMPLETE) != 0;
	return r == SNAPSHOT_E_MORE ? PUBLISH_E_MORE : r;
}

/* Does anybody see less than what changed? */
static bool is_behind(const struct publisher *publisher)
{
	return publisher->needs_base || publisher->overlay || publisher->is_unwritten ||
	       publisher->changes.people.n + publisher->changes.groups.n > 0;
}

/* Does some of it need no new base? */
static bool is_soon(const struct publisher *publisher)
{
	const size_t patience = publish_patience(publisher);
	const size_t n = publisher->changes.people.n + publisher->changes.groups.n;

	if (publisher->overlay || publisher->laid != 0)
		return true;
	return (n > 0 || publisher->is_unwritten) && n <= patience &&
	       count_entries(publisher) <= patience;
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
		counts->is_behind = is_behind(publisher);
		counts->is_soon = is_soon(publisher);
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
