/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A new base, from its first page until processes see it.
 *
 *  1. MUST NOT show anybody an older form of a row than before, not for a moment. While the base
 * was read, rows changed; it may hold what they were. Where any did, it is laid beside what is
 *     published, where nobody looks, each of these rows gets an entry over it, and the overlay with
 *     them brings it in by one rename.
 *  2. MUST leave what the publisher knows of the old base true until then: whatever fails, changes
 * go on as overlays over the old one, and another base is begun.
 */
#include <errno.h>

#include "idp-agentd/core/publish-internal.h"

void publish_drop_base(struct publisher *publisher)
{
	publisher->building = publish_building_free(publisher->building);
	rowset_clear(&publisher->since.people);
	rowset_clear(&publisher->since.groups);
	publisher->owed = 0;
	if (publisher->laid == 0)
		return;
	publish_drop_overlay(publisher); /* that was for it */
	snapshot_clean(publisher->path);
	publisher->laid = 0;
}

static int begin(struct publisher *publisher)
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

/* 0: it is published, or laid beside what is. */
static int build(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	const uint64_t generation = snapshot_generation(publisher->path) + 1;
	bool beside;
	int r = publish_has_since(publisher, &beside);

	if (r == 0)
		r = publish_building_step(publisher->building, now, flags, beside);
	if (r != 0 || !beside)
		return r;
	publisher->laid = generation;
	publisher->laid_group = publisher->laid_person = 0;
	return 0;
}

/* Brings in the base that was laid: MUST 1. For as long the publisher's tally is the new one. */
static int lay_over(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	struct publish_tally *tally = publish_building_tally(publisher->building);
	const struct publish_tally old = publisher->tally;
	int r = 0;

	publisher->tally = *tally;
	if (!publisher->overlay)
		r = publish_review_again(publisher, now);
	if (r == 0)
		r = publish_write_overlay(publisher, flags);
	*tally = publisher->tally;
	publisher->tally = old;
	return r;
}

/* The new base is seen. What of it was looked at again keeps its entry. */
static void move_over(struct publisher *publisher, uint32_t flags)
{
	const usec_t end = clock_now(), rest = PUBLISH_REST * (end - publisher->begun);
	struct publish_tally *tally = publish_building_tally(publisher->building);

	publish_entries_keep(&publisher->users, &publisher->since.people);
	publish_entries_keep(&publisher->groups, &publisher->since.groups);
	publish_tally_done(&publisher->tally);
	publisher->tally = *tally;
	*tally = (struct publish_tally){ 0 };
	publisher->laid = 0;
	publish_drop_base(publisher);
	publisher->flags = flags;
	publisher->rest_until = clock_add(end, rest < PUBLISH_REST_MAX ? rest : PUBLISH_REST_MAX);
	publisher->has_base = true;
	publisher->needs_base = publisher->wants_base = publisher->is_unwritten = false;
	publish_measure(publisher);
}

int publish_work_on_base(struct publisher *publisher, uint64_t now, uint32_t flags)
{
	int r = begin(publisher);

	if (r == 0 && publisher->laid == 0)
		r = build(publisher, now, flags);
	if (r == 0 && publisher->laid != 0)
		r = lay_over(publisher, now, flags);
	if (r == SNAPSHOT_E_MORE)
		return r;
	if (r == 0) {
		move_over(publisher, flags);
		return 0;
	}
	publisher->needs_base = true;
	publish_drop_base(publisher);
	return r == SNAPSHOT_E_BASE ? -ESTALE : r;
}
