/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_NAME_H
#define IDP_COMMON_NAME_H

/*
 * What may stand in a passwd or group entry. One strict validator at every border: the authority
 * when a record arrives, the NSS module when a process asks, the PAM module before it speaks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

/*
 * A user name: 1 to NAME_LEN_MAX bytes of [a-z0-9._-], the first a letter or '_', not only dots,
 * not ending in '.'; one '@' may separate a domain part of [a-z0-9.-]. Never only digits.
 */
bool name_is_user(const char *name, size_t len) _must_check_;
/* A group name: like a user name, also upper case letters and '/' ':' replaced before by nobody:
 * [A-Za-z0-9._@-], first a letter or '_', 1 to GROUP_NAME_LEN_MAX bytes. */
bool name_is_group(const char *name, size_t len) _must_check_;
/* Free text of a colon file (GECOS): valid UTF-8, no control bytes, no ':' and no newline. */
bool name_is_gecos(const char *text, size_t len) _must_check_;
/* An absolute path without '..', '//', ':' or control bytes, not "/" itself (CVE-2019-3811). */
bool name_is_path(const char *path, size_t len) _must_check_;
/* A name that opens root's doors or belongs to the system, whatever /etc says on this host. */
bool name_is_reserved_user(const char *name) _must_check_;
bool name_is_reserved_group(const char *name) _must_check_;
/*
 * An id that is never ours: 0, system ids, systemd's dynamic and container ranges, 65534, 65535,
 * everything below UID_RANGE_FLOOR or above UID_RANGE_CEILING unless the admin's floor says less
 * (then still never the reserved ranges of https://systemd.io/UIDS-GIDS/).
 */
static inline bool name_is_reserved_id(uint32_t id) _must_check_;

/* What name_is_reserved_id() says of an id below UID_RANGE_FLOOR. */
bool name_is_reserved_low_id(uint32_t id) _must_check_;

/* Inline: it is asked of each of the groups of a person whenever these are looked up. */
static inline bool name_is_reserved_id(uint32_t id)
{
	if (id >= UID_RANGE_FLOOR)
		return id > UID_RANGE_CEILING; /* negative as int32, and (uid_t)-1 */
	return name_is_reserved_low_id(id);
}

/*
 * The entry that sshd is shown of somebody a userinfo directory has yet to learn: an id that is
 * nobody's, and nothing that could be entered (CVE-2025-5689). Many such names have the one id, so
 * no session may ever come of it.
 */
#define NAME_PLACEHOLDER_HOME  "/nonexistent"
#define NAME_PLACEHOLDER_SHELL "/usr/sbin/nologin"
/* Is this such an entry? Not of the system's own users, some of whom have that home and shell. */
bool name_is_placeholder(uint32_t uid, uint32_t gid, const char *home,
			 const char *shell) _must_check_;

#endif
