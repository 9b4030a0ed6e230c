/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From rows that changed to entries of the overlay. Each row is read and judged as for a base; what
 * comes out is compared with what processes see now, and only a difference becomes an entry.
 *
 * 1. MUST leave a row listed until its entry is there: whatever fails is looked at again.
 * 2. Groups come first: who may be seen in which group depends on them. A group that appears or
 *    goes lists its people, since each of them gains or loses a gid.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish-internal.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-page.h"
#include "idp-agentd/core/store-person.h"

struct looking {
	struct publisher *publisher;
	struct snapshot_view view; /* what processes see */
	uint64_t now;
	usec_t until; /* at the others later */
	size_t n;     /* looked at */
	bool force;   /* whatever processes see */
};

int publish_mark_person(struct publisher *publisher, int64_t row)
{
	int r = publisher->building ? rowset_add(&publisher->since.people, row) : 0;

	return r == 0 ? rowset_add(&publisher->changes.people, row) : r;
}

/* ---- what is seen now ---- */

static bool text_is(const struct snapshot_text *text, const char *with)
{
	return text->len == strlen(with) && memcmp(text->at, with, text->len) == 0;
}

/* Is it these pieces, one after the other? */
static bool pieces_are(const struct snapshot_text *pieces, size_t n, const char *with)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(with, pieces[i].at, pieces[i].len) != 0)
			return false;
		with += pieces[i].len;
	}
	return *with == '\0';
}

static int compare_gids(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static bool gids_are(const struct snapshot_user *user, const struct publish_entry *entry)
{
	uint32_t seen[USER_GROUPS_MAX];

	if (user->n_gids != entry->n_gids || user->n_gids > USER_GROUPS_MAX)
		return false;
	if (user->n_gids == 0)
		return true;
	memcpy(seen, user->gids, user->n_gids * sizeof(*seen));
	qsort(seen, user->n_gids, sizeof(*seen), compare_gids);
	return memcmp(seen, entry->gids, user->n_gids * sizeof(*seen)) == 0;
}

static bool is_user_seen_so(const struct looking *looking, const struct publish_entry *entry)
{
	struct snapshot_user user;

	if (!snapshot_user_by_id(&looking->view, entry->id, &user))
		return entry->gone;
	return !entry->gone && user.gid == entry->gid && text_is(&user.name, entry->name) &&
	       text_is(&user.gecos, entry->gecos) &&
	       pieces_are(user.home, ELEMENTSOF(user.home), entry->home) &&
	       text_is(&user.shell, entry->shell) && gids_are(&user, entry);
}

/* The other form of the name, if it is found. */
static bool is_alias_seen_so(const struct looking *looking, const struct person *person,
			     const char *alias)
{
	const struct idmap *map = looking->publisher->map;
	char other[NAME_LEN_MAX + 1];
	struct snapshot_user user;
	bool seen;

	if (!naming_other(alias_naming(map->aliases, person->directory), person->name, other))
		return true;
	seen = snapshot_user_by_name(&looking->view, other, strlen(other), &user) &&
	       user.uid == person->uid;
	return seen == (alias != NULL);
}

static bool is_group_seen_so(const struct looking *looking, const struct publish_entry *entry)
{
	struct snapshot_group group;

	if (!snapshot_group_by_id(&looking->view, entry->id, &group))
		return entry->gone;
	return !entry->gone && text_is(&group.name, entry->name);
}

static bool is_forced(const struct looking *looking, int64_t row)
{
	return looking->force || rowset_has(&looking->publisher->forced, row);
}

/* An entry that is there already is newer than what is seen. */
static int put_entry(struct looking *looking, struct publish_entries *entries,
		     const struct publish_entry *entry, bool seen_so)
{
	const struct publish_entry *old = publish_entries_find(entries, entry->id);

	if (old ? publish_entry_equal(old, entry) : seen_so && !is_forced(looking, entry->row))
		return 0;
	looking->publisher->is_unwritten = true;
	return publish_entries_put(entries, entry);
}

/* ---- groups ---- */

static int list_member(void *arg, int64_t group _unused_, int64_t person)
{
	struct publisher *publisher = arg;

	return publish_mark_person(publisher, person);
}

/* It appeared or went: its people have another gid, and somebody's private group may be it. */
static int list_touched(struct looking *looking, const struct group *group)
{
	struct publisher *publisher = looking->publisher;
	struct store *store = publisher->map->store;
	_cleanup_(person_freep) struct person *person = NULL;
	int r = store_each_member_of(store, group->id, list_member, publisher);

	if (r == 0)
		r = store_find_uid(store, group->gid, &person);
	if (r == STORE_E_NOT_FOUND)
		return 0;
	if (r == 0)
		r = publish_mark_person(publisher, person->id);
	return r == 0 ? rowset_add(&publisher->forced, person->id) : r;
}

static int look_at_group(struct looking *looking, int64_t row)
{
	struct publisher *publisher = looking->publisher;
	_cleanup_(group_freep) struct group *group = NULL;
	struct publish_entry entry = { .row = row };
	enum publish_group state, was;
	int r;

	r = store_find_group_row(publisher->map->store, row, &group);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r; /* it was rolled back */
	r = publish_choose_group(publisher, group, &state);
	if (r != 0)
		return r;
	was = publish_rows_get(&publisher->tally.groups, row);
	entry.id = group->gid;
	entry.gid = group->gid;
	entry.name = group->name;
	entry.gone = state != PUBLISH_GROUP_SHOWN;
	if ((was == PUBLISH_GROUP_SHOWN) == entry.gone)
		r = list_touched(looking, group);
	if (r == 0 && (was == PUBLISH_GROUP_SHOWN || !entry.gone || looking->force) &&
	    group->gid != PERSON_ID_NONE)
		r = put_entry(looking, &publisher->groups, &entry,
			      (was == PUBLISH_GROUP_SHOWN) != entry.gone &&
				      is_group_seen_so(looking, &entry));
	return r == 0 ? publish_tally_group(&publisher->tally, row, state) : r;
}

/* ---- people ---- */

/* The gids the person is to be seen with. */
static int read_gids(struct publisher *publisher, const struct person *person,
		     uint32_t gids[static USER_GROUPS_MAX], size_t *ret_n)
{
	struct group **groups = NULL;
	size_t n = 0, found = 0;
	int r = store_person_groups(publisher->map->store, person->id, &n, &groups);

	if (r != 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (publish_rows_get(&publisher->tally.groups, groups[i]->id) !=
		    PUBLISH_GROUP_SHOWN)
			continue;
		if (found == USER_GROUPS_MAX)
			publisher->wants_base = true; /* which counts those left out */
		else
			gids[found++] = groups[i]->gid;
	}
	group_list_free(groups, n);
	qsort(gids, found, sizeof(*gids), compare_gids);
	*ret_n = found;
	return 0;
}

/* Is a group of a directory shown under this gid? Then it is the person's. */
static int is_explicit(struct publisher *publisher, uint32_t gid, bool *ret)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r = store_find_gid(publisher->map->store, gid, &group);

	*ret = false;
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	*ret = !group->is_private &&
	       publish_rows_get(&publisher->tally.groups, group->id) == PUBLISH_GROUP_SHOWN;
	return 0;
}

static int put_person(struct looking *looking, const struct person *person)
{
	struct publisher *publisher = looking->publisher;
	uint32_t gids[USER_GROUPS_MAX];
	struct publish_entry entry = {
		.row = person->id,
		.id = person->uid,
		.gid = person->gid,
		.gids = gids,
		.name = person->name,
		.gecos = person->gecos,
		.home = person->home,
		.shell = person->shell,
		.has_private = publish_has_private(publisher, person),
	};
	char room[NAME_LEN_MAX + 1];
	bool explicit = false;
	int r = read_gids(publisher, person, gids, &entry.n_gids);

	if (r == 0)
		r = publish_find_alias(publisher, person, room, &entry.alias);
	if (r == 0 && entry.has_private)
		r = is_explicit(publisher, person->gid, &explicit);
	if (r != 0)
		return r;
	entry.has_private = entry.has_private && !explicit;
	return put_entry(looking, &publisher->users, &entry,
			 is_user_seen_so(looking, &entry) &&
				 is_alias_seen_so(looking, person, entry.alias));
}

/* Whose second name this would be loses it. That one lists nobody in turn. */
static int list_derived(void *arg, const struct person *person)
{
	struct publisher *publisher = arg;
	int r;

	if (rowset_has(&publisher->changes.people, person->id))
		return 0;
	r = rowset_add(&publisher->derived, person->id);
	return r == 0 ? publish_mark_person(publisher, person->id) : r;
}

/* And whoever could have the same second name: two people's is nobody's, and one's is that one's.
 */
static int list_aliases(struct publisher *publisher, const struct person *person)
{
	_cleanup_(person_freep) struct person *holder = NULL;
	int r = alias_find(publisher->map, person->name, &holder);

	if (r == 0)
		r = list_derived(publisher, holder);
	if (r < 0)
		return r;
	return alias_each_rival(publisher->map, person, list_derived, publisher);
}

static int look_at_person(struct looking *looking, int64_t row)
{
	struct publisher *publisher = looking->publisher;
	_cleanup_(person_freep) struct person *person = NULL;
	struct publish_entry gone = { .row = row, .gone = true };
	enum publish_verdict verdict;
	int r;

	r = store_find_person(publisher->map->store, row, &person);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r; /* it was rolled back */
	verdict = publish_look(publisher, person, looking->now);
	gone.id = person->uid;
	if (verdict == PUBLISH_YES)
		r = put_person(looking, person);
	else
		r = put_entry(looking, &publisher->users, &gone, is_user_seen_so(looking, &gone));
	if (r == 0 && !rowset_has(&publisher->derived, row))
		r = list_aliases(publisher, person);
	if (r == 0)
		r = publish_tally_person(&publisher->tally, row,
					 person->retired ? PUBLISH_NO : verdict);
	return r;
}

/* ---- all of them ---- */

/* After each row: they are cheap beside a look at the clock and a new slice. */
static bool is_over(struct looking *looking)
{
	return ++looking->n % 8 == 0 && clock_now() >= looking->until;
}

static int look_at_all(struct looking *looking)
{
	struct store_changes *changes = &looking->publisher->changes;
	int64_t row = 0;
	int r = 0;

	while (r == 0 && rowset_next(&changes->groups, 0, &row)) {
		r = look_at_group(looking, row);
		if (r == 0)
			rowset_drop(&changes->groups, row);
		if (r == 0 && is_over(looking) && changes->groups.n > 0)
			r = SNAPSHOT_E_MORE;
	}
	if (changes->people.n > publish_patience(looking->publisher))
		return r; /* not one by one */
	while (r == 0 && rowset_next(&changes->people, 0, &row)) {
		r = look_at_person(looking, row);
		if (r != 0)
			break;
		rowset_drop(&changes->people, row);
		rowset_drop(&looking->publisher->forced, row);
		rowset_drop(&looking->publisher->derived, row);
		if (is_over(looking) && changes->people.n > 0)
			r = SNAPSHOT_E_MORE;
	}
	return r;
}

static int look(struct looking *looking, int (*at)(struct looking *looking))
{
	int r = snapshot_enter(&looking->publisher->seen, &looking->view);

	if (r < 0) {
		looking->publisher->needs_base = true; /* somebody took it away */
		return SNAPSHOT_E_BASE;
	}
	looking->until = publish_slice_end(looking->publisher);
	r = at(looking);
	if (!snapshot_leave(&looking->view) && r == 0)
		r = -EAGAIN;
	return r;
}

int publish_review(struct publisher *publisher, uint64_t now)
{
	struct looking looking = { .publisher = publisher, .now = now };

	if (publisher->changes.people.n == 0 && publisher->changes.groups.n == 0)
		return 0;
	return look(&looking, look_at_all);
}

static int rows_of(const struct publish_entries *entries, struct rowset *rows)
{
	int r = 0;

	for (size_t i = 0; i < entries->n && r == 0; i++)
		r = rowset_add(rows, entries->items[i]->row);
	return r;
}

/*
 * The next row since the base was begun of which more is known than what the base knew: it was
 * looked at. Those that still wait for that show no other form by then.
 */
static bool next_since(const struct rowset *since, const struct rowset *changes,
		       const struct rowset *entries, int64_t after, int64_t *ret)
{
	while (rowset_next(since, after, &after)) {
		if (rowset_has(changes, after) && !rowset_has(entries, after))
			continue;
		*ret = after;
		return true;
	}
	return false;
}

static int look_at_rows(struct looking *looking, const struct rowset *since,
			const struct rowset *changes, const struct publish_entries *entries,
			int64_t *at, int (*look_at)(struct looking *looking, int64_t row))
{
	struct rowset rows = { 0 };
	int64_t row = 0;
	int r = rows_of(entries, &rows);

	while (r == 0 && next_since(since, changes, &rows, *at, &row)) {
		r = look_at(looking, row);
		if (r != 0)
			break;
		*at = row;
		if (is_over(looking))
			r = SNAPSHOT_E_MORE;
	}
	rowset_done(&rows);
	return r;
}

/* Each of them gets an entry, since the new base may have another form, or none. */
static int look_at_since(struct looking *looking)
{
	struct publisher *publisher = looking->publisher;
	int r = look_at_rows(looking, &publisher->since.groups, &publisher->changes.groups,
			     &publisher->groups, &publisher->laid_group, look_at_group);

	return r != 0 ? r
		      : look_at_rows(looking, &publisher->since.people, &publisher->changes.people,
				     &publisher->users, &publisher->laid_person, look_at_person);
}

int publish_review_again(struct publisher *publisher, uint64_t now)
{
	struct looking looking = { .publisher = publisher, .now = now, .force = true };

	return look(&looking, look_at_since);
}

static int has_looked_at(const struct rowset *since, const struct rowset *changes,
			 const struct publish_entries *entries, bool *ret)
{
	struct rowset rows = { 0 };
	int64_t row;
	int r = since->n > 0 ? rows_of(entries, &rows) : 0;

	*ret = r == 0 && next_since(since, changes, &rows, 0, &row);
	rowset_done(&rows);
	return r;
}

int publish_has_since(const struct publisher *publisher, bool *ret)
{
	int r = has_looked_at(&publisher->since.groups, &publisher->changes.groups,
			      &publisher->groups, ret);

	if (r < 0 || *ret)
		return r;
	return has_looked_at(&publisher->since.people, &publisher->changes.people,
			     &publisher->users, ret);
}
