/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receiving a pass. What equals the record is only ticked off; what differs is staged. States go
 * IDLE > RECEIVING > (SWEEPING > REMOVING >) APPLYING > IDLE; only the seal, between the last two,
 * makes a pass count. See syncer-sweep.c and syncer-apply.c.
 *
 * MUST
 * 1. Nothing of an unsealed pass ever reaches people, groups or memberships.
 * 2. A stream that breaks its own rules ends the pass; a record that cannot be used does not.
 */

#include "idp-agentd/core/syncer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-changes.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer-internal.h"

/* What the record has otherwise now is not recognised any more. */
static void on_written(void *arg, enum store_written what, int64_t row)
{
	struct syncer *syncer = arg;

	switch (what) {
	case STORE_WROTE_PERSON:
		syncer_index_touch(&syncer->index, row);
		return;
	case STORE_WROTE_MEMBERS:
		syncer_index_touch_group(&syncer->index, row);
		return;
	case STORE_WROTE_ANY:
		break;
	}
	syncer_index_forget(&syncer->index);
}

int syncer_new(const struct idmap *map, struct syncer **ret)
{
	_cleanup_(syncer_freep) struct syncer *syncer = calloc(1, sizeof(*syncer));
	int r;

	if (!syncer)
		return -ENOMEM;
	syncer->map = map;
	syncer->store = map->store;
	buf_init(&syncer->queue.memory, SYNCER_QUEUE_MEMORY_MAX);
	buf_init(&syncer->keys, SSH_KEYS_LEN_MAX + 1);
	buf_init(&syncer->labels, LABELS_LEN_MAX + 1);
	buf_init(&syncer->roster.names, SYNCER_ROSTER_MEMORY_MAX);
	r = secret_random(syncer->key, sizeof(syncer->key));
	if (r == 0)
		r = syncer_index_init(&syncer->index);
	if (r != 0)
		return r;
	store_watch(syncer->store, on_written, syncer);
	*ret = TAKE_PTR(syncer);
	return 0;
}

static void clear_bits(struct syncer_bits *bits)
{
	free(bits->words);
	*bits = (struct syncer_bits){ 0 };
}

static void clear_ids(struct syncer_ids *ids)
{
	free(ids->items);
	*ids = (struct syncer_ids){ 0 };
}

/* Forgets everything of the pass but its result. */
static void clear_pass(struct syncer *syncer)
{
	free(syncer->seal.directory);
	free(syncer->seal.iss);
	free(syncer->seal.cursor);
	syncer->seal = (struct store_seal){ 0 };
	clear_bits(&syncer->seen);
	clear_bits(&syncer->owned);
	clear_bits(&syncer->seen_groups);
	clear_bits(&syncer->gone);
	clear_bits(&syncer->gone_groups);
	syncer_said_done(&syncer->said);
	clear_ids(&syncer->absent);
	clear_ids(&syncer->absent_groups);
	syncer_roster_done(&syncer->roster);
	free(syncer->joined);
	syncer->joined = NULL;
	syncer_queue_reset(&syncer->queue);
	syncer->records = 0;
	syncer->staged = 0;
	syncer->swept = 0;
	syncer->swept_groups = 0;
	syncer->sweep_at = 0;
	syncer->state = SYNCER_IDLE;
	for (size_t i = 0; i < SYNCER_LANE_COUNT; i++)
		syncer->next[i] = 1;
}

static void clear_result(struct syncer *syncer)
{
	for (size_t i = 0; i < SYNCER_PROBLEMS_MAX; i++) {
		free(syncer->problems[i]);
		syncer->problems[i] = NULL;
	}
	syncer->result = (struct syncer_result){ 0 };
}

struct syncer *syncer_free(struct syncer *syncer)
{
	if (!syncer)
		return NULL;
	clear_pass(syncer);
	clear_result(syncer);
	if (syncer->store)
		store_watch(syncer->store, NULL, NULL);
	syncer_index_done(&syncer->index);
	buf_done(&syncer->roster.names);
	buf_done(&syncer->queue.memory);
	buf_done(&syncer->keys);
	buf_done(&syncer->labels);
	free(syncer);
	return NULL;
}

const struct syncer_result *syncer_get_result(const struct syncer *syncer)
{
	return &syncer->result;
}

static int set_seal(struct syncer *syncer, const char *directory, const char *iss,
		    const char *cursor)
{
	syncer->seal.directory = strdup(directory);
	syncer->seal.iss = strdup(iss);
	syncer->seal.cursor = strdup(cursor);
	return syncer->seal.directory && syncer->seal.iss && syncer->seal.cursor ? 0 : -ENOMEM;
}

/* ---- people ---- */

static bool same_text(const char *given, const char *stored)
{
	return strcmp(given ? given : "", stored) == 0;
}

/*
 * Everything the directory says about this person is in the record already. A confirmation from
 * the future (a clock that was turned back since) is not left to look fresh for too long.
 */
static bool is_unchanged(const struct syncer *syncer, const struct dir_user *user,
			 const struct person *person)
{
	return person_age(person, syncer->started) != UINT64_MAX && !person->missing &&
	       !person->learned && person->active == user->active &&
	       person->end_time == user->end_time && strcmp(person->iss, syncer->seal.iss) == 0 &&
	       same_text(user->sub, person->sub) && same_text(user->name, person->name) &&
	       same_text(user->gecos, person->gecos) && same_text(user->home, person->given_home) &&
	       same_text(user->shell, person->given_shell) && same_text(user->loa, person->loa) &&
	       same_text(user->origin, person->origin) &&
	       same_text(user->ssh_keys, person->ssh_keys) &&
	       same_text(user->labels, person->labels) &&
	       (user->uid == PERSON_ID_NONE || user->uid == person->uid) &&
	       (user->gid == PERSON_ID_NONE || user->gid == person->gid);
}

static int stage_user(struct syncer *syncer, const struct dir_user *user)
{
	_cleanup_(buf_done) struct buf record;
	int r;

	r = syncer_pack_user(&record, user);
	if (r == 0)
		r = syncer_said_user(syncer, user->id, true);
	if (r == -EMSGSIZE) {
		syncer->result.refused++;
		syncer_problem(syncer, "user", user->id, user->name ? user->name : "",
			       "the record is too long");
		return 0;
	}
	if (r != 0)
		return r;
	return syncer_stage(syncer, SYNCER_LANE_USERS, SYNCER_OP_USER, user->id, record.data,
			    record.len);
}

/* A record under a new id may be of a person we know: present, then, though changed. */
static int tick_subject(struct syncer *syncer, const struct dir_user *user)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	r = store_find_subject(syncer->store, syncer->seal.iss, user->sub ? user->sub : "",
			       &person);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	syncer_bits_clear(&syncer->gone, person->id);
	return syncer_bits_set(&syncer->seen, person->id);
}

static int receive_known(struct syncer *syncer, const struct dir_user *user,
			 const struct person *person)
{
	int r;

	syncer_bits_clear(&syncer->gone, person->id);
	r = syncer_bits_set(&syncer->seen, person->id);
	if (r == 0)
		r = syncer_bits_set(&syncer->owned, person->id);
	if (r != 0)
		return r;
	if (!is_unchanged(syncer, user, person))
		return stage_user(syncer, user);
	syncer->result.unchanged++;
	syncer_index_learn(&syncer->index, &syncer->sought, person->id, person->last_seen);
	return syncer_said_user(syncer, user->id, false);
}

/* The directory said the same of this row before, and nobody wrote to it since. */
static int receive_again(struct syncer *syncer, const struct dir_user *user, int64_t row)
{
	int r;

	syncer_bits_clear(&syncer->gone, row);
	r = syncer_bits_set(&syncer->seen, row);
	if (r == 0)
		r = syncer_bits_set(&syncer->owned, row);
	if (r != 0)
		return r;
	syncer->result.unchanged++;
	return syncer_said_user(syncer, user->id, false);
}

int syncer_count_record(struct syncer *syncer)
{
	if (syncer->state != SYNCER_RECEIVING)
		return -EINVAL;
	return ++syncer->records > DIR_RECORDS_MAX ? SYNCER_E_BROKEN : 0;
}

int syncer_user(struct syncer *syncer, const struct dir_user *given)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct dir_user clean;
	const struct dir_user *user = &clean;
	int64_t row;
	int r;

	r = syncer_count_record(syncer);
	if (r != 0)
		return r;
	syncer->result.seen++;
	row = syncer_index_find(&syncer->index, syncer->seal.directory, syncer->seal.iss, given,
				&syncer->sought);
	if (row != 0 && !syncer->clock_turned)
		return receive_again(syncer, given, row);
	r = syncer_clean_user(syncer, given, &clean);
	if (r != 0)
		return r;
	if (!user->id || !*user->id || strlen(user->id) > SUBJECT_LEN_MAX) {
		syncer->result.refused++;
		syncer_problem(syncer, "user", user->id ? user->id : "",
			       user->name ? user->name : "", "the record has no usable id");
		return 0;
	}
	r = store_find_dir_id(syncer->store, syncer->seal.directory, user->id, &person);
	if (r == 0)
		return receive_known(syncer, user, person);
	if (r == STORE_E_NOT_FOUND)
		r = tick_subject(syncer, user);
	if (r != 0)
		return r;
	return stage_user(syncer, user);
}

/* ---- groups: syncer-roster.c holds the members of the one that is coming in ---- */

int syncer_group(struct syncer *syncer, const struct dir_group *group)
{
	int r;

	r = syncer_count_record(syncer);
	if (r != 0)
		return r;
	return syncer_roster_part(syncer, group);
}

/* ---- the end ---- */

int syncer_end(struct syncer *syncer, bool complete, const char *cursor, const char *why,
	       uint64_t now)
{
	char *copy;
	int r;

	if (syncer->state != SYNCER_RECEIVING)
		return -EINVAL;
	if (!complete || syncer->roster.dir_id) {
		syncer_abort(syncer, complete ? "the last group never ended" : why, now);
		return complete ? SYNCER_E_BROKEN : SYNCER_E_FAILED;
	}
	copy = strdup(cursor ? cursor : "");
	if (!copy)
		return -ENOMEM;
	free(syncer->seal.cursor);
	syncer->seal.cursor = copy;
	r = syncer_flush(syncer);
	if (r == 0 && !syncer->full)
		r = syncer_collect_gone(syncer);
	if (r != 0)
		return r;
	syncer->state = SYNCER_SWEEPING_PEOPLE;
	if (!syncer->full)
		syncer_judge(syncer);
	return SYNCER_MORE;
}

int syncer_step(struct syncer *syncer, uint64_t now)
{
	int r;

	switch (syncer->state) {
	case SYNCER_IDLE:
		return 0;
	case SYNCER_RECEIVING:
		return -EINVAL;
	case SYNCER_SWEEPING_PEOPLE:
	case SYNCER_SWEEPING_GROUPS:
	case SYNCER_REMOVING:
		return syncer_sweep(syncer);
	case SYNCER_APPLYING:
		r = syncer_apply(syncer, now);
		if (r == 0)
			r = syncer_count_strangers(syncer);
		if (r == 0)
			clear_pass(syncer);
		return r;
	}
	return -EINVAL;
}

void syncer_abort(struct syncer *syncer, const char *why, uint64_t now)
{
	if (syncer->state == SYNCER_IDLE || syncer->state == SYNCER_APPLYING)
		return;
	if (why)
		IGNORE(store_fail_pass(syncer->store, syncer->seal.directory, now,
				       why));     /* for status only */
	IGNORE(store_unstage_all(syncer->store)); /* else the next begin does it */
	clear_pass(syncer);
}

int syncer_count_strangers(struct syncer *syncer)
{
	return store_count_strays(syncer->store, &syncer->result.unknown_members);
}

/* Steps until the sealed pass is in the record. */
static int finish(struct syncer *syncer, uint64_t now)
{
	int r;

	do {
		r = syncer_step(syncer, now);
	} while (r == SYNCER_MORE);
	return r;
}

static int resume(struct syncer *syncer, const struct store_seal *seal)
{
	int64_t last;
	int r;

	r = set_seal(syncer, seal->directory, seal->iss, seal->cursor);
	if (r == 0)
		r = store_last_staged(syncer->store,
				      (int64_t)(SYNCER_LANE_USERS + 1) << STORE_LANE_BITS, &last);
	if (r != 0)
		return r;
	syncer->seal.fingerprint = seal->fingerprint;
	syncer->seal.complete = seal->complete;
	syncer->seal.held = seal->held;
	syncer->result.held = seal->held;
	if (last >> STORE_LANE_BITS == SYNCER_LANE_USERS)
		syncer->next[SYNCER_LANE_USERS] =
			(last & (((int64_t)1 << STORE_LANE_BITS) - 1)) + 1;
	syncer->state = SYNCER_APPLYING;
	return 0;
}

/* Rows of a pass that never was. Mostly there are none, and nothing to wait for a disk for. */
static int forget_staged(struct syncer *syncer)
{
	uint64_t n;
	int r;

	r = store_count_staged(syncer->store, &n);
	return r != 0 || n == 0 ? r : store_unstage_all(syncer->store);
}

int syncer_recover(struct syncer *syncer, uint64_t now)
{
	_cleanup_(store_seal_freep) struct store_seal *seal = NULL;
	int r;

	if (syncer->state != SYNCER_IDLE)
		return -EBUSY;
	clear_pass(syncer);
	clear_result(syncer);
	r = store_get_seal(syncer->store, &seal);
	if (r == STORE_E_NOT_FOUND)
		return forget_staged(syncer);
	if (r == 0)
		r = resume(syncer, seal);
	return r != 0 ? r : finish(syncer, now);
}

/* A confirmation from the future is not left to look fresh: see is_unchanged(). */
static int look_at_clock(struct syncer *syncer)
{
	_cleanup_(store_directory_freep) struct store_directory *known = NULL;
	struct person newest = { .last_seen = syncer->index.newest };
	int r;

	r = store_get_directory(syncer->store, syncer->seal.directory, &known);
	if (r != 0 && r != STORE_E_NOT_FOUND)
		return r < 0 ? r : -EUCLEAN;
	if (known && known->last_full > newest.last_seen)
		newest.last_seen = known->last_full;
	syncer->clock_turned = newest.last_seen > syncer->started &&
			       person_age(&newest, syncer->started) == UINT64_MAX;
	return 0;
}

int syncer_begin(struct syncer *syncer, const struct syncer_pass *pass, uint64_t now)
{
	int r = 0;

	/* A pass that was sealed and not finished, by a full disk say, comes before all others. */
	if (syncer->state == SYNCER_APPLYING)
		r = finish(syncer, now);
	else if (syncer->state == SYNCER_IDLE)
		r = syncer_recover(syncer, now);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	if (syncer->state != SYNCER_IDLE)
		return -EBUSY;
	clear_pass(syncer);
	clear_result(syncer);
	r = set_seal(syncer, pass->directory, pass->iss, "");
	if (r != 0)
		return r;
	syncer->seal.fingerprint = pass->fingerprint;
	syncer->seal.complete = pass->full;
	syncer->full = pass->full;
	syncer->force = pass->force;
	syncer->started = now;
	r = look_at_clock(syncer);
	if (r == 0)
		syncer->state = SYNCER_RECEIVING;
	return r;
}

void syncer_forget(struct syncer *syncer)
{
	syncer_index_forget(&syncer->index);
}
