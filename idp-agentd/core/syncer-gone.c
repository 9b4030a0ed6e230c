/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Partial passes: what the directory says is gone, and what it said before in the same breath. The
 * last word about an id counts, so what was staged for it earlier is taken back; then the staged
 * rows never contradict each other, and apply in their lanes. (In a full pass a group said twice,
 * too, would be left with both lists.)
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/siphash.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer-internal.h"

/* ---- what was said: open addressing, at most half full; a hash of 0 marks a free place ---- */

void syncer_said_done(struct syncer_said *said)
{
	free(said->items);
	*said = (struct syncer_said){ 0 };
}

static uint64_t hash_of(const struct syncer *syncer, char kind, const char *id)
{
	uint64_t hash = siphash24(syncer->key, id, strlen(id)) ^ (uint64_t)kind;

	return hash ? hash : 1;
}

static struct syncer_saying *find_saying(const struct syncer_said *said, uint64_t hash)
{
	size_t at = (size_t)hash & (said->room - 1);

	while (said->items[at].hash != 0 && said->items[at].hash != hash)
		at = (at + 1) & (said->room - 1);
	return &said->items[at];
}

static int grow(struct syncer_said *said)
{
	struct syncer_said grown = { .room = said->room ? said->room * 2 : 64 };

	grown.items = calloc(grown.room, sizeof(*grown.items));
	if (!grown.items)
		return -ENOMEM;
	for (size_t i = 0; i < said->room; i++) {
		if (said->items[i].hash != 0)
			*find_saying(&grown, said->items[i].hash) = said->items[i];
	}
	grown.n = said->n;
	free(said->items);
	*said = grown;
	return 0;
}

/* The place of an id, free or not. */
static int place_of(struct syncer *syncer, char kind, const char *id, struct syncer_saying **ret)
{
	uint64_t hash = hash_of(syncer, kind, id);
	int r = 0;

	if (syncer->said.n * 2 >= syncer->said.room)
		r = grow(&syncer->said);
	if (r != 0)
		return r;
	*ret = find_saying(&syncer->said, hash);
	if ((*ret)->hash == 0)
		syncer->said.n++;
	(*ret)->hash = hash;
	return 0;
}

/* ---- people ---- */

/* What was staged of this record in this pass is taken back; the next to be staged is noted. */
static int take_back_user(struct syncer *syncer, const char *id, struct syncer_saying **ret)
{
	int r = place_of(syncer, 'u', id, ret);

	if (r == 0 && (*ret)->row != 0)
		r = syncer_flush(syncer);
	if (r == 0 && (*ret)->row != 0)
		r = store_unstage_one(syncer->store, (*ret)->row);
	if (r == 0)
		(*ret)->row = 0;
	return r > 0 ? -EUCLEAN : r;
}

int syncer_said_user(struct syncer *syncer, const char *id, bool staged)
{
	struct syncer_saying *saying = NULL;
	int r;

	if (syncer->full)
		return 0;
	r = take_back_user(syncer, id, &saying);
	if (r == 0 && staged)
		saying->row = syncer_next_row(syncer, SYNCER_LANE_USERS);
	return r;
}

static int lose_user(struct syncer *syncer, const char *id)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct syncer_saying *saying = NULL;
	int r;

	r = take_back_user(syncer, id, &saying);
	if (r == 0)
		r = store_find_dir_id(syncer->store, syncer->seal.directory, id, &person);
	if (r == 0)
		r = syncer_bits_set(&syncer->gone, person->id);
	return r == STORE_E_NOT_FOUND ? 0 : r; /* nobody we know: as good as gone */
}

/* ---- groups ---- */

/* The same for a group and its members. Groups are few: also in full passes. */
static int take_back_group(struct syncer *syncer, const char *id, struct syncer_saying **ret)
{
	int r = place_of(syncer, 'g', id, ret);

	if (r == 0 && (*ret)->row != 0)
		r = syncer_flush(syncer);
	if (r == 0 && (*ret)->row != 0)
		r = store_unstage_group(syncer->store,
					(int64_t)SYNCER_LANE_GROUPS << STORE_LANE_BITS, id);
	if (r == 0)
		(*ret)->row = 0;
	return r > 0 ? -EUCLEAN : r;
}

int syncer_said_group(struct syncer *syncer, const char *id)
{
	struct syncer_saying *saying = NULL;
	int r = take_back_group(syncer, id, &saying);

	if (r == 0)
		saying->row = 1; /* some */
	return r;
}

static int lose_group(struct syncer *syncer, const char *id)
{
	_cleanup_(group_freep) struct group *group = NULL;
	struct syncer_saying *saying = NULL;
	int r;

	r = take_back_group(syncer, id, &saying);
	if (r == 0)
		r = store_find_group_dir_id(syncer->store, syncer->seal.directory, id, &group);
	if (r == 0 && !group->retired)
		r = syncer_bits_set(&syncer->gone_groups, group->id);
	return r == STORE_E_NOT_FOUND ? 0 : r;
}

int syncer_gone(struct syncer *syncer, bool is_group, const char *id)
{
	int r = syncer_count_record(syncer);

	if (r != 0)
		return r;
	if (syncer->full || syncer->roster.dir_id || !id || !*id || strlen(id) > SUBJECT_LEN_MAX)
		return SYNCER_E_BROKEN;
	r = is_group ? lose_group(syncer, id) : lose_user(syncer, id);
	return r > 0 && r != SYNCER_E_BROKEN ? -EUCLEAN : r;
}

/* ---- the end ---- */

static int collect(const struct syncer_bits *bits, struct syncer_ids *ids)
{
	for (size_t i = 0; i < bits->n; i++) {
		for (size_t bit = 0; bit < 64 && bits->words[i] >> bit != 0; bit++) {
			int r = bits->words[i] >> bit & 1
					? syncer_ids_add(ids, (int64_t)(i * 64 + bit))
					: 0;

			if (r != 0)
				return r;
		}
	}
	return 0;
}

/* The guard asks whether they are a twentieth, so nobody has to be counted beyond that. */
static int count_live(struct syncer *syncer, bool groups, size_t n, uint64_t *ret)
{
	if (n == 0)
		return 0;
	return store_count_live(syncer->store, syncer->seal.directory, groups, (uint64_t)n * 20 + 1,
				ret);
}

int syncer_collect_gone(struct syncer *syncer)
{
	int r;

	r = collect(&syncer->gone, &syncer->absent);
	if (r == 0)
		r = collect(&syncer->gone_groups, &syncer->absent_groups);
	if (r == 0)
		r = count_live(syncer, false, syncer->absent.n, &syncer->swept);
	if (r == 0)
		r = count_live(syncer, true, syncer->absent_groups.n, &syncer->swept_groups);
	return r > 0 ? -EUCLEAN : r;
}

/* ---- unchanged ---- */

/* What of an earlier pass lets the directory say "unchanged" now; SYNCER_E_FAILED: nothing does. */
static int recall(struct syncer *syncer, const char *cursor)
{
	_cleanup_(store_directory_freep) struct store_directory *known = NULL;
	int r;

	r = store_get_directory(syncer->store, syncer->seal.directory, &known);
	if (r == STORE_E_NOT_FOUND)
		return SYNCER_E_FAILED;
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	if (known->last_full == 0 || known->fingerprint != syncer->seal.fingerprint)
		return SYNCER_E_FAILED;
	free(syncer->seal.cursor);
	syncer->seal.cursor = strdup(cursor && *cursor ? cursor : known->cursor);
	syncer->seal.held = syncer->full ? known->held : 0;
	return syncer->seal.cursor ? 0 : -ENOMEM;
}

int syncer_confirm(struct syncer *syncer, const char *cursor, uint64_t now)
{
	int r;

	if (syncer->state != SYNCER_RECEIVING)
		return -EINVAL;
	if (syncer->records > 0) {
		syncer_abort(syncer, "unchanged, after records", now);
		return SYNCER_E_BROKEN;
	}
	r = recall(syncer, cursor);
	if (r == SYNCER_E_FAILED)
		syncer_abort(syncer, "unchanged, but never read whole under these settings", now);
	if (r != 0)
		return r;
	syncer->state = SYNCER_REMOVING;
	return SYNCER_MORE;
}
