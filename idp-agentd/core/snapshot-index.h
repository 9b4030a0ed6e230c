/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_INDEX_H
#define IDP_CORE_SNAPSHOT_INDEX_H

/* The hash tables of the snapshot writer: cells in, slots out. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"
#include "common/snapshot-format.h"

#define SNAPSHOT_INDEXES 4u /* user names, user ids, group names, group ids: the header's order */

struct snapshot_cells {
	const struct snapshot_user_cell *users;
	size_t n_users;
	struct snapshot_user_cell *user_names; /* name-only, aliases first; numbered behind users */
	size_t n_user_names;
	const struct snapshot_group_cell *groups;
	size_t n_groups;
	const struct snapshot_group_cell *group_names;
	size_t n_group_names;
	const char *pool;
};

/* How far it got. Zero is the beginning. */
struct snapshot_indexing {
	unsigned n_keys; /* tried so far */
	unsigned table;
	size_t at;
};

/*
 * Builds the four tables, until the deadline: SNAPSHOT_E_MORE, call again. With this key (4 words)
 * or, when key is NULL, with random ones until no entry is further from home than
 * SNAPSHOT_PROBE_MAX; the key, the sizes and the probe lengths go to the header. slots[i] is
 * allocated (what was there is freed); the caller frees it, also after an error.
 *
 * Two users, or two groups, of one name: SNAPSHOT_E_TWICE. A name-only cell gives way to a user
 * (group) of that name and a gone name to an alias; an alias of two people becomes a gone name.
 * -EAGAIN: no key was good, or the one that was given is not.
 */
int snapshot_index_step(struct snapshot_indexing *indexing, const struct snapshot_cells *cells,
			const uint64_t *key, usec_t deadline, struct snapshot_header *header,
			uint32_t *slots[static SNAPSHOT_INDEXES]) _must_check_;

#endif
