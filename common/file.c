/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

int file_write_synced(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		at += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}
