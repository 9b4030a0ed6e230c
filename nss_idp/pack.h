/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NSS_PACK_H
#define IDP_NSS_PACK_H

/* Fills struct passwd and struct group in the caller's memory, and says exactly when it cannot. */

#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#include "common/snapshot.h"
#include "nss_idp/backend.h"

/* The caller's result and buffer. */
struct pack_target {
	void *result;
	char *buffer;
	size_t len;
};

/* BACKEND_FOUND or BACKEND_NO_ROOM: the latter exactly when one more byte would be needed. */
enum backend_found pack_user(const struct snapshot_user *user, const struct pack_target *target);

/* The same; BACKEND_ABSENT when members is not n_members names. */
enum backend_found pack_group(const struct snapshot_group *group, const struct pack_target *target);

#endif
