/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_LOCALNAMES_H
#define IDP_CORE_LOCALNAMES_H

/*
 * Who lives in this host's own files. Read with fgetpwent(), never through NSS (that would ask
 * ourselves). A name or id found here is never ours: not claimed, not published, not answered.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"

struct localnames;

/* NULL paths: /etc/passwd and /etc/group. Reads both; -errno when either cannot be read. */
int localnames_new(const char *passwd_path, const char *group_path,
		   struct localnames **ret) _must_check_;
struct localnames *localnames_free(struct localnames *names);
DEFINE_CLEANUP(struct localnames *, localnames_free);

/*
 * Reads a file again whose inode, size or times changed: two stat() when nothing did. 1 when
 * something changed (publish again), 0 when not; on -errno the old content stays in force.
 */
int localnames_refresh(struct localnames *names) _must_check_;

/* Another number after each change. */
uint64_t localnames_generation(const struct localnames *names) _must_check_;

bool localnames_has_user(const struct localnames *names, const char *name) _must_check_;
bool localnames_has_group(const struct localnames *names, const char *name) _must_check_;
/* The id behind a name; false: nobody has it. */
bool localnames_find_user(const struct localnames *names, const char *name,
			  uint32_t *ret_uid) _must_check_;
bool localnames_find_group(const struct localnames *names, const char *name,
			   uint32_t *ret_gid) _must_check_;
/* A name of this user id (the first by the alphabet), or NULL; good until the next refresh. */
const char *localnames_name_of(const struct localnames *names, uint32_t uid);
bool localnames_has_uid(const struct localnames *names, uint32_t uid) _must_check_;
bool localnames_has_gid(const struct localnames *names, uint32_t gid) _must_check_;

#endif
