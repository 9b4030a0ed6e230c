/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that differs from the base, as one small file. */
#include "idp-agentd/core/snapshot-overlay.h"

#include <errno.h>

#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/publish-internal.h"

static int put_group(struct snapshot_writer *writer, const struct publish_entry *group)
{
	uint32_t number = 0;

	if (!group->gone)
		return snapshot_writer_add_group(writer, group->name, group->id, &number);
	return snapshot_writer_add_gone_group(writer, group->id);
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
		return snapshot_writer_add_gone_user(writer, user->id);
	r = publish_add_user(writer, &person, user->alias, user->has_private, &number);
	if (r == 0)
		return put_gids(publisher, writer, user, number);
	if (r < 0)
		return r;
	r = publish_tally_person(&publisher->tally, user->row,
				 r == SNAPSHOT_E_ID ? PUBLISH_RANGE : PUBLISH_NAME);
	return r < 0 ? r : snapshot_writer_add_gone_user(writer, user->id);
}

static int put_all(struct publisher *publisher, struct snapshot_writer *writer)
{
	int r = 0;

	for (size_t i = 0; i < publisher->groups.n && r == 0; i++)
		r = put_group(writer, publisher->groups.items[i]);
	for (size_t i = 0; i < publisher->users.n && r == 0; i++)
		r = put_user(publisher, writer, publisher->users.items[i]);
	return r;
}

int publish_write_overlay(struct publisher *publisher, uint32_t flags)
{
	const struct idmap *map = publisher->map;
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *writer = NULL;
	const struct snapshot_options options = publish_options(publisher, flags);
	struct snapshot_old *old = NULL;
	int r;

	r = snapshot_writer_new_overlay(map->first, map->last, publisher->path, &writer);
	if (r == 0)
		r = put_all(publisher, writer);
	if (r == 0)
		r = snapshot_writer_write(writer, &options, publisher->path, &old);
	if (r != 0)
		return r;
	publish_keep_old(publisher, old);
	publish_measure(publisher);
	publisher->flags = flags;
	publisher->is_unwritten = false;
	return 0;
}
