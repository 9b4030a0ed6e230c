/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of a full pass: who of this directory did not come? A page of rows per step, then the
 * deletion guard, then the removals are staged like any other change, then the seal. Nothing is
 * retired here.
 */

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer-internal.h"

#define SWEEP_PAGE 4096u

/*
 * More than max(10, 5 %) gone at once, or everybody: a broken filter, not a busy day. Those who
 * are missing are then kept, marked, and grow stale; --force retires them.
 */
static bool is_guarded(const struct syncer *syncer, uint64_t absent, uint64_t total)
{
	uint64_t allowed = total / 20 > 10 ? total / 20 : 10;

	return !syncer->force && (absent > allowed || (absent == total && total > 1));
}

static int sweep_page(struct syncer *syncer, bool groups, struct syncer_ids *absent,
		      uint64_t *swept, bool *ret_end)
{
	const struct syncer_bits *seen = groups ? &syncer->seen_groups : &syncer->seen;
	int64_t ids[SWEEP_PAGE];
	size_t n = 0;
	int r;

	r = store_page(syncer->store, syncer->seal.directory, groups, syncer->sweep_at, SWEEP_PAGE,
		       ids, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (!syncer_bits_get(seen, ids[i]))
			r = syncer_ids_add(absent, ids[i]);
	}
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	*swept += n;
	if (n > 0)
		syncer->sweep_at = ids[n - 1];
	*ret_end = n < SWEEP_PAGE;
	return 0;
}

void syncer_judge(struct syncer *syncer)
{
	syncer->hold = is_guarded(syncer, syncer->absent.n, syncer->swept);
	syncer->hold_groups = is_guarded(syncer, syncer->absent_groups.n, syncer->swept_groups);
	if (syncer->hold)
		syncer->result.held += syncer->absent.n;
	if (syncer->hold_groups)
		syncer->result.held += syncer->absent_groups.n;
	syncer->seal.held = syncer->result.held;
	syncer->removed = 0;
	syncer->state = SYNCER_REMOVING;
}

static int stage_removal(struct syncer *syncer, enum syncer_op op, int64_t id)
{
	return syncer_stage(syncer, SYNCER_LANE_REMOVE, op, "", &id, sizeof(id));
}

/*
 * A full pass says every group again, so memberships may wait for whoever comes back. A partial one
 * does not: who comes back then is in no group before the directory says so.
 */
static enum syncer_op removal_of(const struct syncer *syncer)
{
	if (syncer->hold)
		return SYNCER_OP_MISS;
	return syncer->full ? SYNCER_OP_RETIRE : SYNCER_OP_FORGET;
}

/* One batch of removals; SYNCER_MORE, or 0 when all are staged. */
static int stage_removals(struct syncer *syncer)
{
	size_t n_people = syncer->absent.n;
	size_t n_groups = syncer->hold_groups ? 0 : syncer->absent_groups.n;
	int r = 0;

	for (size_t i = 0; i < SYNCER_BATCH && r == 0; i++) {
		size_t at = syncer->removed;

		if (at >= n_people + n_groups)
			return syncer_flush(syncer);
		if (at < n_people)
			r = stage_removal(syncer, removal_of(syncer), syncer->absent.items[at]);
		else
			r = stage_removal(syncer, SYNCER_OP_RETIRE_GROUP,
					  syncer->absent_groups.items[at - n_people]);
		if (r == 0)
			syncer->removed++;
	}
	return r != 0 ? r : SYNCER_MORE;
}

static int seal(struct syncer *syncer)
{
	int r;

	r = store_put_seal(syncer->store, &syncer->seal);
	if (r == 0)
		r = store_count_staged(syncer->store, &syncer->result.to_apply);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	syncer->state = SYNCER_APPLYING;
	return SYNCER_MORE;
}

int syncer_sweep(struct syncer *syncer)
{
	bool end = false;
	int r = 0;

	if (syncer->state == SYNCER_SWEEPING_PEOPLE) {
		r = sweep_page(syncer, false, &syncer->absent, &syncer->swept, &end);
		if (r == 0 && end) {
			syncer->state = SYNCER_SWEEPING_GROUPS;
			syncer->sweep_at = 0;
		}
	} else if (syncer->state == SYNCER_SWEEPING_GROUPS) {
		r = sweep_page(syncer, true, &syncer->absent_groups, &syncer->swept_groups, &end);
		if (r == 0 && end)
			syncer_judge(syncer);
	} else {
		r = stage_removals(syncer);
		return r == 0 ? seal(syncer) : r;
	}
	return r != 0 ? r : SYNCER_MORE;
}
