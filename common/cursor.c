/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bounded reads with a sticky error. at never passes len; after an error at no longer moves. */

#include "common/cursor.h"

#include <errno.h>

void cursor_init(struct cursor *cursor, const void *data, size_t len)
{
	*cursor = (struct cursor){ .data = data, .len = len };
}

size_t cursor_left(const struct cursor *cursor)
{
	return cursor->len - cursor->at;
}

const uint8_t *cursor_get(struct cursor *cursor, size_t n)
{
	const uint8_t *bytes = cursor->data + cursor->at;

	if (cursor->error != 0)
		return NULL;
	if (n > cursor_left(cursor)) {
		cursor->error = -EBADMSG;
		return NULL;
	}
	cursor->at += n;
	return bytes;
}

static uint64_t get_le(struct cursor *cursor, size_t n)
{
	const uint8_t *bytes = cursor_get(cursor, n);
	uint64_t value = 0;

	if (!bytes)
		return 0;
	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

uint8_t cursor_get_u8(struct cursor *cursor)
{
	return (uint8_t)get_le(cursor, 1);
}

uint16_t cursor_get_u16(struct cursor *cursor)
{
	return (uint16_t)get_le(cursor, 2);
}

uint32_t cursor_get_u32(struct cursor *cursor)
{
	return (uint32_t)get_le(cursor, 4);
}

uint64_t cursor_get_u64(struct cursor *cursor)
{
	return get_le(cursor, 8);
}

int cursor_end(const struct cursor *cursor)
{
	if (cursor->error != 0)
		return cursor->error;
	return cursor->at == cursor->len ? 0 : -EBADMSG;
}
