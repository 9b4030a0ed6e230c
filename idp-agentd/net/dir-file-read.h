/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_FILE_READ_H
#define IDP_NET_DIR_FILE_READ_H

/*
 * A directory that is one JSON file (idp.conf(5), "The file of a directory"): bytes in, a checked
 * directory out. Pure. The file is the sysadmin's own, so it is read as strictly as a
 * configuration: one wrong word refuses all of it, and the reason names where ("users[3].name").
 */

#include <jansson.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/dir-backend.h"

enum dir_file_outcome {
	DIR_FILE_E_JSON = 1, /* not JSON, or not one object */
	DIR_FILE_E_CONTENT,  /* JSON, and not a directory */
};

struct dir_file {
	json_t *json;
	const json_t *users, *groups; /* arrays */
	json_t *user_at, *group_at;   /* name: number in those */
	const json_t *group;          /* the one dir_file_group() gave last */
};
#define DIR_FILE_NULL ((struct dir_file){ .json = NULL })

/* What of a user is not in the file as it is given: freed by the caller, used again and again. */
struct dir_file_scratch {
	struct buf ssh_keys, labels;
	char loa[24];
};

/*
 * 0, -ENOMEM, DIR_FILE_E_JSON or DIR_FILE_E_CONTENT with a sentence in reason. Everything was
 * checked then: fields known and of their type, names and ids good and given once, members there.
 */
int dir_file_parse(const void *bytes, size_t len, char reason[static REASON_MAX],
		   struct dir_file *ret_file) _must_check_;
void dir_file_done(struct dir_file *file);

void dir_file_scratch_init(struct dir_file_scratch *scratch);
void dir_file_scratch_done(struct dir_file_scratch *scratch);

size_t dir_file_n_users(const struct dir_file *file);
size_t dir_file_n_groups(const struct dir_file *file);
/* User i of the file; texts live in file and scratch. 0 or -ENOMEM. */
int dir_file_user(const struct dir_file *file, size_t i, struct dir_file_scratch *scratch,
		  struct dir_user *ret_user) _must_check_;
/* Group i of the file, whole; it lives in file until the next call. */
void dir_file_group(struct dir_file *file, size_t i, struct dir_group *ret_group);

#endif
