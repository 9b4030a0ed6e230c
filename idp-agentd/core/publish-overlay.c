/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that differs from the base, as one small file. */
#include "idp-agentd/core/snapshot-overlay.h"

#include <errno.h>

#include "common/limits.h"
#include "common/snapshot-map.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/publish-internal.h"

/* Nobody is found under an id out of our range: who has one need not be said to be gone. */
static int unless_id(int r)
{
	return r == SNAPSHOT_E_ID ? 0 : r;
}

static int put_gone_user(struct snapshot_writer *writer, uint32_t uid)
{
	return unless_id(snapshot_writer_add_gone_user(writer, uid));
}

static int put_group(struct snapshot_writer *writer, const struct publish_entry *group)
{
	uint32_t number = 0;

	if (!group->gone)
		return snapshot_writer_add_group(writer, group->name, group->id, &number);
	return unless_id(snapshot_writer_add_gone_group(writer, group->id));
}

static int put_gids(struct publisher *publisher, struct snapshot_writer *writer,
		    const struct publish_entry *user, uint32_t number)
{
	for (size_t i = 0; i < user->n_gids; i++) {
		uint32_t group = 0;
		int r = snapshot_writer_patch_group(writer, user->gids[i], &group);

		if (r == 0)
			r = snapshot_writer_add_member(writer, number, group);
		if (r == SNAPSHOT_E_MANY || r == SNAPSHOT_E_ID)
			publisher->wants_base = true; /* there they are counted */
		else if (r != 0)
			return r;
	}
	return 0;
}

static int put_user(struct publisher *publisher, struct snapshot_writer *writer,
		    const struct publish_entry *user)
{
	const struct snapshot_person person = {
		.name = user->name,
		.uid = user->id,
		.gid = user->gid,
		.gecos = user->gecos,
		.home = user->home,
		.shell = user->shell,
	};
	uint32_t number = 0;
	int r;

	if (user->gone)
		return put_gone_user(writer, user->id);
	r = publish_add_user(writer, &person, user->alias, user->has_private, &number);
	if (r == 0)
		return put_gids(publisher, writer, user, number);
	if (r < 0)
		return r;
	r = publish_tally_person(&publisher->tally, user->row,
				 r == SNAPSHOT_E_ID ? PUBLISH_RANGE : PUBLISH_NAME);
	return r < 0 ? r : put_gone_user(writer, user->id);
}

/* Only what may differ from a base that was laid just now. */
static bool is_left_out(const struct publisher *publisher, const struct rowset *since, int64_t row)
{
	return publisher->laid != 0 && !rowset_has(since, row);
}

static int put_entry(struct publisher *publisher, size_t at)
{
	const size_t n = publisher->groups.n;
	const struct publish_entry *entry =
		at < n ? publisher->groups.items[at] : publisher->users.items[at - n];

	if (at < n)
		return is_left_out(publisher, &publisher->since.groups, entry->row)
			       ? 0
			       : put_group(publisher->overlay, entry);
	return is_left_out(publisher, &publisher->since.people, entry->row)
		       ? 0
		       : put_user(publisher, publisher->overlay, entry);
}

static int put_all(struct publisher *publisher, usec_t until)
{
	const size_t n = publisher->groups.n + publisher->users.n;

	while (publisher->overlay_at < n) {
		int r = put_entry(publisher, publisher->overlay_at++);

		if (r != 0)
			return r;
		if (publisher->overlay_at % 16 == 0 && clock_now() >= until)
			return SNAPSHOT_E_MORE;
	}
	return 0;
}

static int begin(struct publisher *publisher)
{
	const struct idmap *map = publisher->map;
	const char *path = publisher->path;
	char laid[PATH_LEN_MAX];

	if (publisher->laid != 0) {
		int r = snapshot_base_path(path, publisher->laid, laid, sizeof(laid));

		if (r < 0)
			return r;
		path = laid;
	}
	publisher->overlay_at = 0;
	return snapshot_writer_new_overlay(map->first, map->last, path, &publisher->overlay);
}

void publish_drop_overlay(struct publisher *publisher)
{
	publisher->overlay = snapshot_writer_free(publisher->overlay);
}

int publish_write_overlay(struct publisher *publisher, uint32_t flags)
{
	const usec_t until = publish_slice_end(publisher);
	const struct snapshot_options options = publish_options(publisher, flags);
	struct snapshot_old *old = NULL;
	int r = publisher->overlay ? 0 : begin(publisher);

	if (r == 0)
		r = put_all(publisher, until);
	if (r == 0)
		r = snapshot_writer_step(publisher->overlay, &options, publisher->path, &old);
	if (r == SNAPSHOT_E_MORE)
		return r;
	publish_drop_overlay(publisher);
	if (r != 0)
		return r;
	publish_keep_old(publisher, old);
	publish_measure(publisher);
	publisher->flags = flags;
	publisher->is_unwritten = false;
	return 0;
}
