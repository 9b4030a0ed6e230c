/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growable, bounded byte buffer with a sticky error.
 * Invariants: len <= limit; room > len whenever data is set (buf_end() needs a place for its NUL);
 * after an error the content is never longer than what was put before it.
 */

#include "common/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define BUF_ROOM_FIRST 256u

void buf_init(struct buf *buf, size_t limit)
{
	*buf = (struct buf){ .limit = limit };
}

void buf_init_secret(struct buf *buf, size_t limit)
{
	*buf = (struct buf){ .limit = limit, .secret = true };
}

void buf_init_fixed(struct buf *buf, void *memory, size_t limit)
{
	/* One byte is kept for the NUL of buf_end(). */
	*buf = (struct buf){
		.data = memory,
		.room = limit,
		.limit = limit > 0 ? limit - 1 : 0,
		.fixed = true,
	};
}

void buf_done(struct buf *buf)
{
	if (buf->secret && buf->data)
		secret_erase(buf->data, buf->room);
	if (!buf->fixed) {
		free(buf->data);
		buf->data = NULL;
		buf->room = 0;
	}
	buf->len = 0;
	buf->error = 0;
}

void buf_reset(struct buf *buf)
{
	if (buf->secret && buf->data)
		secret_erase(buf->data, buf->room);
	buf->len = 0;
	buf->error = 0;
}

/* Moves by hand, since realloc() would leave a copy of a secret behind. */
static int buf_move(struct buf *buf, size_t room)
{
	uint8_t *data = malloc(room);

	if (!data)
		return -ENOMEM;
	if (buf->data) {
		memcpy(data, buf->data, buf->len);
		if (buf->secret)
			secret_erase(buf->data, buf->room);
		free(buf->data);
	}
	buf->data = data;
	buf->room = room;
	return 0;
}

/* Makes place for n bytes more and a NUL; false leaves the error set. */
static bool buf_reserve(struct buf *buf, size_t n)
{
	size_t room = buf->room ? buf->room : BUF_ROOM_FIRST;

	if (buf->error != 0)
		return false;
	if (n > buf->limit - buf->len) {
		buf->error = -EMSGSIZE;
		return false;
	}
	if (buf->len + n < buf->room)
		return true;
	if (buf->fixed) {
		buf->error = -EMSGSIZE;
		return false;
	}
	while (room <= buf->len + n)
		if (__builtin_mul_overflow(room, (size_t)2, &room)) {
			buf->error = -ENOMEM;
			return false;
		}
	buf->error = buf_move(buf, room);
	return buf->error == 0;
}

void buf_put(struct buf *buf, const void *bytes, size_t len)
{
	if (len == 0 || !buf_reserve(buf, len))
		return;
	memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
	buf_put(buf, &value, sizeof(value));
}

static void put_le(struct buf *buf, uint64_t value, size_t n)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(value >> (8 * i) & 0xff);
	buf_put(buf, bytes, n);
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
	put_le(buf, value, 2);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
	put_le(buf, value, 4);
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
	put_le(buf, value, 8);
}

void buf_put_text(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		if (buf->error == 0)
			buf->error = -EINVAL;
		return;
	}
	if (!buf_reserve(buf, (size_t)n))
		return;
	va_start(args, format);
	n = vsnprintf((char *)buf->data + buf->len, (size_t)n + 1, format, args);
	va_end(args);
	buf->len += n > 0 ? (size_t)n : 0;
}

int buf_end(struct buf *buf)
{
	if (!buf_reserve(buf, 0))
		return buf->error;
	buf->data[buf->len] = '\0';
	return 0;
}
