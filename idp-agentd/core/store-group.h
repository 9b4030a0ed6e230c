/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_GROUP_H
#define IDP_CORE_STORE_GROUP_H

/*
 * Groups of the record: those of directories, and the private one of each person whose gid is the
 * uid. Where both have the same name the private one is meant: what is shared with "alice" is
 * shared with alice only. Results are copies. STORE_E_NOT_FOUND is the answer "none".
 *
 * A group that cannot be a Unix group (reserved, local or odd name, no usable gid) is kept for the
 * rules all the same: its gid is PERSON_ID_NONE and publish_judge_group() hides it.
 *
 * Groups may hold groups of the same directory (RFC 7643 section 4.2): who is in the inner one is
 * in the outer one, too, GROUP_DEPTH_MAX levels down; a circle is no error, all in it have the
 * same members.
 */

#include <stdint.h>

#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store.h"

/* Live groups only, private ones included; members are not filled in. */
int store_find_group(struct store *store, const char *name, struct group **ret) _must_check_;
int store_find_gid(struct store *store, uint32_t gid, struct group **ret) _must_check_;
/* Live ones of directories only, those of the rules included. */
int store_find_directory_group(struct store *store, const char *name,
			       struct group **ret) _must_check_;
/* Also retired ones, never private ones. */
int store_find_group_dir_id(struct store *store, const char *directory, const char *dir_id,
			    struct group **ret) _must_check_;

/*
 * Fills group->members with the names of its live people (ended ones too: judge them by name),
 * n_direct of its own first, then those of the groups inside it; each part in order of rows.
 */
int store_group_members(struct store *store, struct group *group) _must_check_;

/*
 * Directory groups of a person, in order of gid; private and primary group are not listed. ret is
 * an array of n groups: group_list_free(). More than USER_GROUPS_MAX of them: they are too many,
 * and there may be others.
 */
int store_person_groups(struct store *store, int64_t person, size_t *ret_n,
			struct group ***ret) _must_check_;
/* The live groups this one holds by itself, in the same form. */
int store_nested_groups(struct store *store, int64_t group, size_t *ret_n,
			struct group ***ret) _must_check_;
void group_list_free(struct group **groups, size_t n);

/* As store_each_person(), for live groups of directories, by increasing gid. */
int store_each_group(struct store *store, int (*each)(void *arg, const struct group *group),
		     void *arg) _must_check_;
/* Every membership of live people in live groups as row ids, group by group. */
int store_each_member(struct store *store, int (*each)(void *arg, int64_t group, int64_t person),
		      void *arg) _must_check_;

/* Row ids of the groups this one is inside of, at any depth: a member more here is one more there.
 */
int store_each_around(struct store *store, int64_t group, int (*each)(void *arg, int64_t group),
		      void *arg) _must_check_;

/* For idmap.c, as store_put_person(): (directory, dir_id) of a row, and a gid once there is one,
 * never change. */
int store_put_group(struct store *store, struct group *group) _must_check_;

#endif
