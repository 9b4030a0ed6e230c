/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_SNAPSHOT_H
#define IDP_TESTS_LIB_SNAPSHOT_H

/* Snapshots for tests: a directory of one's own, people with predictable names, one call. */

#include <stdint.h>

#include "idp-agentd/core/snapshot-write.h"

#define WORLD_FLOOR   1879048192u
#define WORLD_CEILING 2147483647u
#define WORLD_UID(i)  (WORLD_FLOOR + 10000u + (uint32_t)(i))
#define WORLD_GID(i)  (WORLD_FLOOR + 20000000u + (uint32_t)(i))

/* What world_publish() makes: user%07u and grp%06u, each user in five of the groups, and then
 * user 1 in the first n_big_user groups, the last group with the first n_big_group users. */
struct world {
	uint32_t n_users;
	uint32_t n_groups;
	uint32_t n_big_user;
	uint32_t n_big_group;
	uint32_t flags;
	uint64_t generation;
	const uint64_t *key;
};

extern const uint64_t world_key[4];

/* Uses this directory, which is made when it is not there, in the place of a new one. Waits for
 * other tests that use it: make check -j. */
void world_use_directory(const char *path);
/* A new directory under TMPDIR, mode 0755; the process removes it at its end. */
const char *world_directory(void);
/* "<directory>/identity.snap". */
const char *world_path(void);
/* 0 or what the writer said. The old file is forgotten (ret_old NULL) or handed over. */
int world_publish(const struct world *world, struct snapshot_old **ret_old) _must_check_;

#endif
