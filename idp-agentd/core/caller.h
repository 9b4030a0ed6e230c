/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CALLER_H
#define IDP_CORE_CALLER_H

/*
 * Who stands at the desk: the user id and the groups that the kernel reports of a process, and
 * whether they are those of idp.conf. Looked up for each question, good until it is answered.
 * Asking about many names costs no more than looking up once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/macro.h"

struct authority;
struct config_list;
struct conn;
struct person;

struct caller {
	struct authority *authority;
	uint32_t uid;
	bool root;
	bool barred; /* an id of the platform's range that nobody may have now, or nobody's at all
		      */
	struct person *person; /* NULL: this host's own user */
	size_t n_gids;
	gid_t *gids;
	size_t n_names; /* of groups of the platform that the caller is in now */
	char **names;
};

/* -errno: it cannot be told who that is. */
int caller_identify(struct authority *authority, const struct conn *conn,
		    struct caller *ret_caller) _must_check_;
/* The same of ids: gids are copied. */
int caller_from_ids(struct authority *authority, uint32_t uid, const gid_t *gids, size_t n_gids,
		    struct caller *ret_caller) _must_check_;
void caller_done(struct caller *caller);

/* A name of this host's own files is its own user or group, whatever the platform says. */
bool caller_is_user(const struct caller *caller, const char *name) _must_check_;
bool caller_is_in(const struct caller *caller, const char *group) _must_check_;
/* One of these users, or in one of these groups; nobody is among none. Root is not asked here. */
bool caller_is_among(const struct caller *caller, const struct config_list *users,
		     const struct config_list *groups) _must_check_;

#endif
