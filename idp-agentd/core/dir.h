/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_DIR_H
#define IDP_CORE_DIR_H

/*
 * Reads what idp-netd says about a directory: DIR_USER, DIR_GROUP, DIR_GONE, DIR_END, DIR_PROGRESS, each
 * behind its flow number. Texts stay inside the message. Pure; -EBADMSG on anything too long or
 * left over.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/naming.h"
#include "common/wire.h"
#include "idp-agentd/core/syncer.h"

struct dir_end {
	bool complete;
	const char *cursor;
	uint32_t users, groups;
	const char *code; /* "" fine */
	const char *text;
};

struct dir_members {
	size_t n;
	const char *ids[WIRE_ARRAY_MAX];
};

int dir_read_user(struct wire_in *in, struct dir_user *ret_user) _must_check_;
/* From here on the person is called what this host calls them; returns user, whose name is room. */
const struct dir_user *dir_name_user(const struct naming *naming, char room[static NAMING_ROOM],
				     struct dir_user *user);
/* members is the memory ret_group points into. */
int dir_read_group(struct wire_in *in, struct dir_members *members,
		   struct dir_group *ret_group) _must_check_;
int dir_read_gone(struct wire_in *in, bool *ret_is_group, const char **ret_id) _must_check_;
int dir_read_end(struct wire_in *in, struct dir_end *ret_end) _must_check_;
int dir_read_progress(struct wire_in *in, uint32_t *ret_done, uint32_t *ret_total) _must_check_;

#endif
