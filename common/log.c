/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line per event. Everything from outside may end up in a line, so control bytes are shown,
 * never sent: a log reader's terminal is somebody's terminal.
 */

#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static int max_level = LOG_INFO;
static void (*handler)(int priority, const char *text);

void log_set_level(int level)
{
	max_level = level;
}

int log_get_level(void)
{
	return max_level;
}

void log_set_handler(void (*function)(int priority, const char *text))
{
	handler = function;
}

/* Copies text into line with control bytes as \xNN. */
static void escape(const char *text, char line[static LINE_MAX_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (; *text && at + 5 < LINE_MAX_BYTES; text++) {
		uint8_t c = (uint8_t)*text;

		if (c >= 0x20 && c != 0x7f) {
			line[at++] = *text;
			continue;
		}
		line[at++] = '\\';
		line[at++] = 'x';
		line[at++] = digits[c >> 4];
		line[at++] = digits[c & 15];
	}
	line[at] = '\0';
}

static void write_stderr(int priority, const char *line)
{
	/* sd-daemon(3): the journal reads the priority from a "<N>" prefix. */
	bool journal = getenv("JOURNAL_STREAM") != NULL;
	char out[LINE_MAX_BYTES + 16];
	int n;

	if (journal)
		n = snprintf(out, sizeof(out), "<%i>%s\n", priority, line);
	else
		n = snprintf(out, sizeof(out), "%s\n", line);
	if (n > 0)
		IGNORE(write(STDERR_FILENO, out, (size_t)n) < 0); /* nowhere left to complain */
}

void log_write(int priority, const char *format, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	int saved = errno;
	va_list args;
	int n;

	if (priority > max_level)
		return;
	va_start(args, format);
	errno = saved;
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n >= 0) {
		escape(text, line);
		if (handler)
			handler(priority, line);
		else
			write_stderr(priority, line);
	}
	errno = saved;
}
