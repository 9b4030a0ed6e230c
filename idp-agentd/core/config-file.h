/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_FILE_H
#define IDP_CORE_CONFIG_FILE_H

/* Reading a file that is trusted: only after its kind, owner and mode were looked at. */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

struct buf;

/* Who may read a trusted file, beside its owner, who is root or us. */
enum config_file_readers {
	CONFIG_FILE_ANYBODY = 0, /* a configuration: nobody else may write it, that is all */
	CONFIG_FILE_OUR_GROUP,	 /* a secret in a file */
	CONFIG_FILE_ROOT_GROUP,	 /* a secret handed over by systemd: our group, or root's */
};

/*
 * Appends the whole of name under dirfd to out, which bounds it. -ENOENT and other -errno when
 * it cannot be opened or read, -EPERM when it is not to be trusted; the sentence in reason says
 * why and what to do, in each case.
 */
int config_file_read(int dirfd, const char *name, enum config_file_readers readers, struct buf *out,
		     char reason[static REASON_MAX]) _must_check_;

#endif
