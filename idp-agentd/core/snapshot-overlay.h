/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_OVERLAY_H
#define IDP_CORE_SNAPSHOT_OVERLAY_H

/*
 * Overlays: a small identity.snap that says what is different from a full file, its base, which
 * stays beside it as identity.base-GENERATION (format: common/snapshot-format.h).
 *
 *	snapshot_writer_new_overlay(floor, ceiling, path, &writer)
 *	snapshot_writer_add_user() for each person that is new or different in anything,
 *	snapshot_writer_add_member() for each of their groups, with numbers from
 *	snapshot_writer_patch_group() or, for groups that are new or renamed, ..._add_group()
 *	snapshot_writer_add_gone_user(), snapshot_writer_add_gone_group()
 *	snapshot_writer_write() or step(); generation is the root's, as ever
 *
 * An overlay holds all changes since its base, not since the overlay before. Ids in any order.
 *
 * Whole people are given, groups hardly ever: the writer looks up what the base says of each
 * person and derives the names that are gone, and who left or joined which group under which
 * name. So
 *  - a person whose memberships changed is a changed person: give the record, with ALL groups;
 *  - aliases belong to the person: those of the base are gone unless they are added again;
 *  - add_group() of a gid that the base has keeps the base's members (but for people given here);
 *    so a renamed group is one call, whatever its size; patch_group() keeps the name as well;
 *  - the people of a gone group are changed people: they lose a gid. The caller gives them.
 */

#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/snapshot-write.h"

/*
 * A writer over the full file at path, or over the base of the overlay at path. path may also be
 * that of a base which was laid beside what is published (snapshot_options.beside): both appear in
 * one rename then, when write() or step() is given the path of what is published.
 * -ENOMEM; SNAPSHOT_E_BASE: there is none, it is of another id range, or cannot be read.
 * write() and step() say SNAPSHOT_E_BASE when the base was replaced meanwhile, or when the
 * overlay cannot be built with the base's hash key (one in a billion).
 */
int snapshot_writer_new_overlay(uint32_t floor, uint32_t ceiling, const char *path,
				struct snapshot_writer **ret) _must_check_;
/* There is no such person (group) any more; also when the base never had it. SNAPSHOT_E_ID. */
int snapshot_writer_add_gone_user(struct snapshot_writer *writer, uint32_t uid) _must_check_;
int snapshot_writer_add_gone_group(struct snapshot_writer *writer, uint32_t gid) _must_check_;
/*
 * The base's group, for snapshot_writer_add_member(). Again for the same gid: the same number,
 * also when it is one of snapshot_writer_add_group(). SNAPSHOT_E_ID: the base has no such group.
 */
int snapshot_writer_patch_group(struct snapshot_writer *writer, uint32_t gid,
				uint32_t *ret_group) _must_check_;

/* What is published at a path. */
struct snapshot_facts {
	uint64_t generation;
	uint64_t base_generation; /* 0: a full file */
	uint64_t size;            /* bytes of the file at the path */
	uint64_t base_size;       /* of its base; 0: a full file */
};

/* -ENOENT, ...; -EBADMSG: no snapshot. When size passes a hundredth of base_size, a full file is
 * due: an overlay is written whole each time. */
int snapshot_facts(const char *path, struct snapshot_facts *ret) _must_check_;

#endif
