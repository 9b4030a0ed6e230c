/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads what is trusted: configuration files and secrets.
 *
 * MUST
 * 1. The file that was judged is the file that is read: open first, then fstat (no stat before).
 * 2. Only regular files, never through a symbolic link in the last component.
 * 3. Nobody but root or ourselves may be able to change a byte of it, nor replace it.
 * 4. A secret that others can read is refused, not used (CVE-2009-1073).
 */

#include "idp-agentd/core/config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/secret.h"

int config_file_refuse(char reason[static REASON_MAX], int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(reason, REASON_MAX, format, args) < 0);
	va_end(args);
	return r;
}

static int judge_readers(const struct stat *st, struct config_readers readers, char *reason)
{
	if (readers.anybody)
		return 0;
	if (st->st_mode & 07)
		return config_file_refuse(
			reason, -EPERM,
			"everybody can read it (mode %03o): run chmod 0600 on it, and "
			"replace the secret, which is none any more",
			(unsigned)(st->st_mode & 0777));
	if ((st->st_mode & 070) && st->st_gid != readers.group &&
	    !(readers.root_group && st->st_gid == 0))
		return config_file_refuse(
			reason, -EPERM,
			"its group (gid %u) can read it (mode %03o): run chmod 0600 on it",
			(unsigned)st->st_gid, (unsigned)(st->st_mode & 0777));
	return 0;
}

static int judge_owner(const struct stat *st, char *reason)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return config_file_refuse(reason, -EPERM,
					  "it belongs to uid %u: run chown root on it",
					  (unsigned)st->st_uid);
	if (st->st_mode & 022)
		return config_file_refuse(
			reason, -EPERM,
			"others than its owner can write it (mode %03o): run chmod go-w on it",
			(unsigned)(st->st_mode & 0777));
	return 0;
}

static int judge_file(const struct stat *st, struct config_readers readers, size_t most,
		      char *reason)
{
	int r;

	if (S_ISDIR(st->st_mode))
		return config_file_refuse(reason, -EPERM, "it is a folder, not a file");
	if (!S_ISREG(st->st_mode))
		return config_file_refuse(reason, -EPERM, "it is not a regular file");
	r = judge_owner(st, reason);
	if (r == 0)
		r = judge_readers(st, readers, reason);
	if (r == 0 && (uint64_t)st->st_size > most)
		r = config_file_refuse(reason, -EFBIG,
				       "it is too large: %lld bytes, at most %zu are read",
				       (long long)st->st_size, most);
	return r;
}

static int open_file(int dirfd, const char *name, char *reason, int *ret_fd)
{
	/* O_NONBLOCK: a FIFO must not keep us waiting before it is refused. */
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (errno == ELOOP)
		return config_file_refuse(reason, -ELOOP,
					  "it is a symbolic link: put the file itself there");
	if (errno == ENOENT)
		return config_file_refuse(reason, -ENOENT, "there is no such file");
	if (errno == EACCES)
		return config_file_refuse(reason, -EACCES,
					  "uid %u may not read it; the agent may with: chown "
					  "root:idp-agentd, chmod 0640",
					  (unsigned)geteuid());
	return config_file_refuse(reason, -errno, "it cannot be opened: %m");
}

static int read_all(int fd, struct buf *out, char *reason)
{
	uint8_t chunk[4096];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return config_file_refuse(reason, -errno, "it cannot be read: %m");
		if (n == 0)
			break;
		buf_put(out, chunk, (size_t)n);
	}
	secret_erase(chunk, sizeof(chunk));
	if (buf_end(out) == -EMSGSIZE) /* it grew while being read */
		return config_file_refuse(
			reason, -EFBIG, "it is too large: at most %zu bytes are read", out->limit);
	return out->error;
}

int config_file_read(int dirfd, const char *name, struct config_readers readers, struct buf *out,
		     char reason[static REASON_MAX])
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = open_file(dirfd, name, reason, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return config_file_refuse(reason, -errno, "it cannot be examined: %m");
	r = judge_file(&st, readers, out->limit, reason);
	return r < 0 ? r : read_all(fd, out, reason);
}

/* A folder whose entries others can replace cannot hold a file that is trusted. */
int config_folder_open(int dirfd, const char *path, char reason[static REASON_MAX], int *ret_fd)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return config_file_refuse(reason, -ENOENT, "there is no such folder");
	if (fd < 0 || fstat(fd, &st) < 0)
		return config_file_refuse(reason, -errno, "this folder cannot be opened: %m");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return config_file_refuse(reason, -EPERM,
					  "this folder belongs to uid %u: run chown root on it",
					  (unsigned)st.st_uid);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return config_file_refuse(
			reason, -EPERM,
			"others than its owner can write this folder (mode %03o): run "
			"chmod go-w on it",
			(unsigned)(st.st_mode & 0777));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* "/etc/idp/idp.conf" is "/etc/idp" and "idp.conf". */
int config_path_split(const char *path, char **ret_folder, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_folder = slash == path ? strdup("/")
		      : slash       ? strndup(path, (size_t)(slash - path))
				    : strdup(".");
	*ret_name = slash ? slash + 1 : path;
	return *ret_folder ? 0 : -ENOMEM;
}
