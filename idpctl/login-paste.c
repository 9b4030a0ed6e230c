/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/login-paste.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool login_paste_may_read(const struct login_paste *paste)
{
	pid_t foreground;

	if (paste->fd < 0)
		return false;
	foreground = tcgetpgrp(paste->fd);
	return foreground < 0 || foreground == getpgrp(); /* < 0: no terminal of ours */
}

static int paste_end_line(struct login_paste *paste, struct secret **ret_line)
{
	const char *from = paste->line;
	size_t len = paste->len;
	bool overlong = paste->overlong;
	struct secret *line;

	paste->len = 0;
	paste->overlong = false;
	if (overlong)
		return LOGIN_PASTE_LONG;
	while (len > 0 && strchr(" \t\r", from[len - 1]))
		len--;
	while (len > 0 && strchr(" \t\r", *from)) {
		from++;
		len--;
	}
	if (len == 0)
		return LOGIN_PASTE_EMPTY;
	line = secret_new(from, len);
	secret_erase(paste->line, sizeof(paste->line));
	if (!line)
		return -ENOMEM;
	*ret_line = line;
	return LOGIN_PASTE_LINE;
}

/* A byte at a time: what is behind the line belongs to whoever reads next. */
int login_paste_read(struct login_paste *paste, struct secret **ret_line)
{
	char c;
	ssize_t n = read(paste->fd, &c, 1);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return LOGIN_PASTE_MORE;
	if (n <= 0) {
		paste->fd = -1;
		return paste->len > 0 ? paste_end_line(paste, ret_line) : LOGIN_PASTE_END;
	}
	if (c == '\n')
		return paste_end_line(paste, ret_line);
	if (c == '\0' || paste->len == sizeof(paste->line))
		paste->overlong = true;
	else
		paste->line[paste->len++] = c;
	return LOGIN_PASTE_MORE;
}

void login_paste_done(struct login_paste *paste)
{
	secret_erase(paste->line, sizeof(paste->line));
	paste->len = 0;
}
