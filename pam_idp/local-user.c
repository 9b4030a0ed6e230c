/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pam_idp/local-user.h"

/*
 * Reads a passwd file as a stream of bytes, in a few KiB of stack and without stdio: a line is of
 * name when, after blanks, it begins with the name and a colon. That is how glibc reads it too.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"

enum scan_state {
	SCAN_BLANKS = 0, /* at the start of a line */
	SCAN_NAME,       /* every byte so far was the name's */
	SCAN_SKIP,       /* some other line: up to its end */
};

struct scan {
	const char *name;
	size_t at; /* bytes of name seen in this line */
	enum scan_state state;
};

/* True at the colon behind the name. */
static bool scan_byte(struct scan *scan, char byte)
{
	if (byte == '\n') {
		*scan = (struct scan){ .name = scan->name };
		return false;
	}
	if (scan->state == SCAN_SKIP)
		return false;
	if (scan->state == SCAN_BLANKS && (byte == ' ' || byte == '\t'))
		return false;
	scan->state = SCAN_NAME;
	if (byte == ':' && scan->name[scan->at] == '\0')
		return true;
	if (scan->name[scan->at] == '\0' || scan->name[scan->at] != byte) {
		scan->state = SCAN_SKIP;
		return false;
	}
	scan->at++;
	return false;
}

static bool scan_chunk(struct scan *scan, const char *chunk, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (scan_byte(scan, chunk[i]))
			return true;
	}
	return false;
}

static int scan_file(int fd, struct scan *scan, bool *ret_found)
{
	char chunk[4096];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		if (scan_chunk(scan, chunk, (size_t)n)) {
			*ret_found = true;
			return 0;
		}
		total += (size_t)n;
		if (total > PAM_PASSWD_FILE_MAX)
			return -EFBIG;
	}
	*ret_found = false;
	return 0;
}

int local_user_find(const char *path, const char *name, bool *ret_found)
{
	_cleanup_close_ int fd = -1;
	struct scan scan = { .name = name };
	struct stat st;

	if (name[0] == '\0')
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	return scan_file(fd, &scan, ret_found);
}
