/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_FILE_H
#define IDP_COMMON_FILE_H

/* Files that have to survive whatever happens next. */

#include <stddef.h>

#include "common/macro.h"

/* All of it, where the descriptor stands, and onto the medium. 0 or -errno; then some of it may be
 * there. */
int file_write_synced(int fd, const void *bytes, size_t len) _must_check_;

#endif
