/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_CURSOR_H
#define IDP_COMMON_CURSOR_H

/*
 * The one way to read bytes somebody else wrote. Errors are sticky: a read past the end or over a
 * limit gives zeros and marks the cursor; act only after cursor_end() said 0.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct cursor {
	const uint8_t *data;
	size_t len;
	size_t at;
	int error; /* 0 or -EBADMSG */
};

void cursor_init(struct cursor *cursor, const void *data, size_t len);

uint8_t cursor_get_u8(struct cursor *cursor);
uint16_t cursor_get_u16(struct cursor *cursor);
uint32_t cursor_get_u32(struct cursor *cursor);
uint64_t cursor_get_u64(struct cursor *cursor);
/* n bytes inside the cursor's memory, or NULL. */
const uint8_t *cursor_get(struct cursor *cursor, size_t n);
size_t cursor_left(const struct cursor *cursor);

/* 0 when every read fitted and nothing is left over, else -EBADMSG. */
int cursor_end(const struct cursor *cursor) _must_check_;

#endif
