/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_TEXT_H
#define IDP_IDPCTL_TEXT_H

/* Text on its way to a terminal: nothing anybody sent may move the cursor. */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/*
 * Puts text with everything a terminal could act upon made visible: control bytes and bytes that
 * are no UTF-8 as \xNN, C1 controls, line separators and direction overrides as \u{NNNN}.
 */
void text_put(struct buf *out, const char *text);
/* Columns that an escaped text takes: its characters. */
size_t text_width(const char *text);
/* Puts n blanks. */
void text_put_blanks(struct buf *out, size_t n);
/* "2026-11-22 00:19:03 (5 min ago)" in local time; "never" for 0. now in seconds since 1970. */
void text_put_time(struct buf *out, uint64_t seconds, uint64_t now);
/* What a -errno means, in words. */
const char *text_error(int error);
/* Decimal digits and nothing else, without overflow. -EINVAL. */
int text_parse_number(const char *text, uint64_t *ret_number) _must_check_;

#endif
