/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_FILE_H
#define IDP_CORE_CONFIG_FILE_H

/* Reading a file that is trusted: only after its kind, owner and mode were looked at. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/limits.h"
#include "common/macro.h"

struct buf;

/* Who may read a trusted file beside its owner, who is root or us. Zero: nobody but group 0. */
struct config_readers {
	bool anybody;    /* a configuration: nobody else may write it, that is all */
	bool root_group; /* and the members of group 0 */
	gid_t group;     /* and the members of this group */
};

/*
 * Appends the whole of name under dirfd to out, which bounds it. -ENOENT and other -errno when
 * it cannot be opened or read, -EPERM when it is not to be trusted; the sentence in reason says
 * why and what to do, in each case.
 */
int config_file_read(int dirfd, const char *name, struct config_readers readers, struct buf *out,
		     char reason[static REASON_MAX]) _must_check_;

/*
 * Opens a folder that holds trusted files: owned by root or us, and nobody else can replace what
 * is in it. As config_file_read().
 */
int config_folder_open(int dirfd, const char *path, char reason[static REASON_MAX],
		       int *ret_fd) _must_check_;
/* "/etc/idp/idp.conf" is "/etc/idp" (to be freed) and "idp.conf" (inside path). 0 or -ENOMEM. */
int config_path_split(const char *path, char **ret_folder, const char **ret_name) _must_check_;
/* Writes the sentence and returns r. */
int config_file_refuse(char reason[static REASON_MAX], int r, const char *format, ...)
	_printf_(3, 4);

#endif
