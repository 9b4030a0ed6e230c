/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A name for this boot of the machine. The kernel's own is in a part of /proc that the unit hides
 * (ProcSubset=pid), and containers that are started anew share it.
 */
#include "idp-agentd/core/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/secret.h"

static int boot_path(const char *snapshot, char **ret_path)
{
	const char *slash = strrchr(snapshot, '/');
	int n = slash ? (int)(slash - snapshot) : 1;

	if (asprintf(ret_path, "%.*s/boot", n, slash ? snapshot : ".") < 0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	return 0;
}

static bool boot_read(const char *path, char boot[static BOOT_DIGITS + 1])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, boot, BOOT_DIGITS + 1);

	boot[BOOT_DIGITS] = '\0';
	return n == BOOT_DIGITS && strspn(boot, "0123456789abcdef") == BOOT_DIGITS;
}

static int boot_make(const char *path, char boot[static BOOT_DIGITS + 1])
{
	_cleanup_close_ int fd = -1;
	uint64_t number;
	int r = secret_random(&number, sizeof(number));

	if (r < 0)
		return r;
	(void)snprintf(boot, BOOT_DIGITS + 1, "%016llx", (unsigned long long)number);
	IGNORE(unlink(path)); /* what is there is no name */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, boot, BOOT_DIGITS) != BOOT_DIGITS)
		log_warning("%s cannot be written: %s; a restart of the agent will look like one "
			    "of the machine",
			    path, strerrordesc_np(errno));
	return 0;
}

int boot_name(const char *snapshot, char boot[static BOOT_DIGITS + 1])
{
	_cleanup_free_ char *path = NULL;
	int r = boot_path(snapshot, &path);

	if (r < 0)
		return r;
	return boot_read(path, boot) ? 0 : boot_make(path, boot);
}
