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

#endif
