/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_USERDBD_SOURCE_H
#define IDP_USERDBD_SOURCE_H

/*
 * Users and groups out of the published snapshot, through the functions of libnss_idp themselves:
 * what userdbctl shows and what getent shows pass the same judgement. The agent is never asked.
 */

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/macro.h"

enum source_outcome {
	SOURCE_E_ABSENT = 1, /* there is no such record, or no further one */
	SOURCE_E_UNLISTED,   /* the snapshot does not allow to list everybody */
	SOURCE_E_AWAY,       /* there is no snapshot that can be used */
};

/* Memory that records are written into; grows, and is used again. */
struct source_room {
	char *bytes;
	size_t size;
};

void source_room_done(struct source_room *room);

/*
 * One record, by name where it is not NULL, else by id. ret points into room, until the next call
 * with it. 0, SOURCE_E_ABSENT, SOURCE_E_AWAY, -ENOMEM.
 */
int source_user(struct source_room *room, const char *name, uid_t uid,
		struct passwd *ret) _must_check_;
int source_group(struct source_room *room, const char *name, gid_t gid,
		 struct group *ret) _must_check_;

/* The least id above after that has a record. 0, SOURCE_E_ABSENT, _UNLISTED, _AWAY. */
int source_uid_after(uint32_t after, uint32_t *ret_uid) _must_check_;
int source_gid_after(uint32_t after, uint32_t *ret_gid) _must_check_;

/*
 * The groups that name a user among their members; ret_gids is the caller's to free.
 * 0, SOURCE_E_ABSENT, SOURCE_E_AWAY, -ENOMEM.
 */
int source_gids(const char *name, gid_t **ret_gids, size_t *ret_n) _must_check_;

#endif
