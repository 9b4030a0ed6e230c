/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_BUF_H
#define IDP_COMMON_BUF_H

/*
 * A growable, bounded byte buffer with a sticky error: any number of puts, one check at the end.
 * After a failed put the content is unspecified and every later put is a no-op.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct buf {
	uint8_t *data;
	size_t len;
	size_t room;  /* bytes allocated */
	size_t limit; /* len never passes this */
	int error;    /* 0, -ENOMEM or -EMSGSIZE */
	bool secret;  /* erase on release and on every move */
	bool fixed;   /* data is the caller's: never moved, never freed */
};

/* Empty buffer that may grow to limit bytes; allocates nothing. */
void buf_init(struct buf *buf, size_t limit);
/* The same for secrets: content is erased when it moves and when the buffer is done. */
void buf_init_secret(struct buf *buf, size_t limit);
/* A buffer in the caller's memory of limit bytes: no allocation at all (NSS, signal-poor places).
 */
void buf_init_fixed(struct buf *buf, void *memory, size_t limit);
/* Releases the memory; the buffer is empty again and may be used with the same limit. */
void buf_done(struct buf *buf);
/* Forgets the content and the error, keeps the memory. */
void buf_reset(struct buf *buf);

void buf_put(struct buf *buf, const void *bytes, size_t len);
void buf_put_u8(struct buf *buf, uint8_t value);
/* Little-endian. */
void buf_put_u16(struct buf *buf, uint16_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
/* The bytes of a string without its NUL. */
void buf_put_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) _printf_(2, 3);

/*
 * Ends building: the error of the first put that failed, or 0.
 * The content is then NUL-terminated (the NUL is not counted in len).
 */
int buf_end(struct buf *buf) _must_check_;

#endif
