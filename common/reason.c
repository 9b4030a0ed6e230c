/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reasons are for people to read; no code decides by them but by "is there one". */
#include "common/reason.h"

#include <stdio.h>
#include <string.h>

void reason_vformat(char *text, size_t room, const char *format, va_list args)
{
	static const char unsayable[] = "?";

	if (vsnprintf(text, room, format, args) < 0)
		memcpy(text, unsayable, sizeof(unsayable));
}

void reason_format(char *text, size_t room, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reason_vformat(text, room, format, args);
	va_end(args);
}

int reason_refuse(int outcome, char reason[static REASON_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reason_vformat(reason, REASON_MAX, format, args);
	va_end(args);
	return outcome;
}

void reason_copy_printable(const char *from, char *text, size_t room)
{
	size_t n = 0;

	for (; *from && n + 1 < room; from++)
		text[n++] = (char)(*from >= 0x20 && *from < 0x7f ? *from : '?');
	text[n] = '\0';
}
