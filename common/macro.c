/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* free() and close() in the shape __attribute__((cleanup)) wants. errno survives both. */

#include "common/macro.h"

#include <errno.h>
#include <fcntl.h>
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

int macro_fd_above_2(int fd)
{
	int above;

	if (fd < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (above < 0)
		above = -errno;
	IGNORE(close(fd));
	return above;
}
