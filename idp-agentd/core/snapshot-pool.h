/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SNAPSHOT_POOL_H
#define IDP_CORE_SNAPSHOT_POOL_H

/* Memory of the snapshot writer: growing arrays, the pool of texts, homes and shells as templates.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/snapshot-format.h"

/* Zero is empty. Whoever has it frees data. */
struct snapshot_array {
	void *data;
	size_t n;
	size_t room;
};

#define SNAPSHOT_TEMPLATE_SLOTS 512u /* at most half full */

/* Zero is empty; text.data is freed by its owner. */
struct snapshot_pool {
	struct snapshot_array text; /* bytes */
	struct snapshot_template templates[SNAPSHOT_TEMPLATES_MAX];
	uint32_t n_templates;
	uint16_t slots[SNAPSHOT_TEMPLATE_SLOTS]; /* to find a template again: its number + 1 */
};

/* A text, or one with a hole of name_len bytes where the name stands: before_len, hole, after_len.
 */
struct snapshot_shape {
	const char *text;
	size_t before_len;
	size_t after_len;
	size_t name_len; /* 0: no hole, and then no after */
};

/* Room for more elements of size bytes, by doubling. -EFBIG above SNAPSHOT_SIZE_MAX. */
int snapshot_array_reserve(struct snapshot_array *array, size_t more, size_t size) _must_check_;

/* Appends len bytes and, when nul is set, a NUL; *ret_offset is where they begin. */
int snapshot_pool_put(struct snapshot_pool *pool, const char *text, size_t len, bool nul,
		      uint32_t *ret_offset) _must_check_;

/* "/home/alice" of alice is "/home/" NAME. The last place counts: /home/a/alice. */
struct snapshot_shape snapshot_shape_home(const char *home, const char *name);

/* The number of the template of this shape, a new one if need be; *ret_found: there was room. */
int snapshot_pool_template(struct snapshot_pool *pool, const struct snapshot_shape *shape,
			   uint8_t *ret_number, bool *ret_found) _must_check_;

#endif
