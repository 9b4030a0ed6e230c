/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* free() and close() in the shape __attribute__((cleanup)) wants. errno survives both. */

#include "common/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void macro_freep(void *p)
{
	free(*(void **)p);
}

void macro_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		IGNORE(close(*fd)); /* nothing of ours is buffered behind a descriptor */
	*fd = -1;
	errno = saved;
}
