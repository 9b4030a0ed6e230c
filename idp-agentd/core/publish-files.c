/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every file of the publisher has, new and superseded. */
#include <string.h>
#include <sys/stat.h>

#include "common/snapshot-format.h"
#include "idp-agentd/core/publish-internal.h"
#include "idp-agentd/core/snapshot-overlay.h"

struct snapshot_options publish_options(const struct publisher *publisher, uint32_t flags)
{
	return (struct snapshot_options){
		.flags = flags,
		.generation = snapshot_generation(publisher->path) + 1,
		.published = clock_real(),
	};
}

void publish_keep_old(struct publisher *publisher, struct snapshot_old *old)
{
	if (!old)
		return;
	if (publisher->n_waiting == PUBLISH_OLD_MAX) {
		/* Too many for the grace: lookups still in there begin again, nobody pins it. */
		IGNORE(snapshot_old_punch(publisher->waiting[0].old));
		publisher->waiting[0].old = snapshot_old_free(publisher->waiting[0].old);
		memmove(publisher->waiting, publisher->waiting + 1,
			(PUBLISH_OLD_MAX - 1) * sizeof(publisher->waiting[0]));
		publisher->n_waiting--;
	}
	publisher->waiting[publisher->n_waiting++] = (struct waiting_file){ .old = old };
}

void publish_measure(struct publisher *publisher)
{
	struct publish_counts *counts = &publisher->tally.counts;
	struct snapshot_facts facts = { 0 };

	if (snapshot_facts(publisher->path, &facts) < 0)
		facts.generation =
			snapshot_generation(publisher->path); /* the rest is for people */
	counts->generation = facts.generation;
	counts->bytes = facts.size;
	counts->base_generation = facts.base_generation;
	counts->base_bytes = facts.base_size;
}

int publish_add_user(struct snapshot_writer *writer, const struct snapshot_person *person,
		     const char *alias, bool has_private, uint32_t *ret_user)
{
	uint32_t user = 0;
	int r = snapshot_writer_add_user(writer, person, &user);

	if (r != 0)
		return r;
	if (has_private)
		r = snapshot_writer_add_private_group(writer, user);
	if (r == 0 && alias)
		r = snapshot_writer_add_alias(writer, alias, person->uid);
	if (r < 0)
		return r;
	*ret_user = user;
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
