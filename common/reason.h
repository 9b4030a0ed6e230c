/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_REASON_H
#define IDP_COMMON_REASON_H

/*
 * Why not, said to a person: short texts of a fixed room, cut where they are too long. They always
 * end, and one that cannot be written still is not empty: "" means that nothing is wrong.
 */

#include <stdarg.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

/* room is at least 2. */
void reason_format(char *text, size_t room, const char *format, ...) _printf_(3, 4);
void reason_vformat(char *text, size_t room, const char *format, va_list args) _printf_(3, 0);
/* Says why in reason and returns outcome. */
int reason_refuse(int outcome, char reason[static REASON_MAX], const char *format, ...)
	_printf_(3, 4);
/* Copies what a stranger wrote, everything but printable ASCII as '?'. text may be from. */
void reason_copy_printable(const char *from, char *text, size_t room);

#endif
