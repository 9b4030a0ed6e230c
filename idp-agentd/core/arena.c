/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is released all at once. One allocation for each piece, so that a sanitizer still
 * sees the edge of every text; configurations are small and built rarely.
 */

#include "idp-agentd/core/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct piece {
	struct piece *next;
	max_align_t bytes[];
};

struct arena {
	struct piece *pieces;
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

struct arena *arena_free(struct arena *arena)
{
	while (arena && arena->pieces) {
		struct piece *piece = arena->pieces;

		arena->pieces = piece->next;
		free(piece);
	}
	free(arena);
	return NULL;
}

void *arena_take(struct arena *arena, size_t n, size_t size)
{
	struct piece *piece;
	size_t room;

	if (__builtin_mul_overflow(n, size, &room) ||
	    __builtin_add_overflow(room, sizeof(*piece), &room))
		return NULL;
	piece = calloc(1, room);
	if (!piece)
		return NULL;
	piece->next = arena->pieces;
	arena->pieces = piece;
	return piece->bytes;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_take(arena, len + 1, 1) : NULL;

	if (copy && len > 0)
		memcpy(copy, text, len);
	return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL; /* vasprintf() leaves it undefined */
		return NULL;
	}
	return arena_copy(arena, text, (size_t)n);
}
