/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ARENA_H
#define IDP_CORE_ARENA_H

/* Memory that is released all at once: the configuration's texts and tables. Never for secrets. */

#include <stddef.h>

#include "common/macro.h"

struct arena;

/* NULL when memory is short. */
struct arena *arena_new(void) _must_check_;
/* Releases everything taken from it. NULL is fine; returns NULL. */
struct arena *arena_free(struct arena *arena);
DEFINE_CLEANUP(struct arena *, arena_free);

/* n zeroed items of size bytes, aligned for any type; NULL when memory is short. n may be 0. */
void *arena_take(struct arena *arena, size_t n, size_t size) _must_check_;
/* A NUL-terminated copy of len bytes. */
char *arena_copy(struct arena *arena, const char *text, size_t len) _must_check_;
char *arena_text(struct arena *arena, const char *text) _must_check_;
char *arena_printf(struct arena *arena, const char *format, ...) _must_check_ _printf_(2, 3);

#endif
