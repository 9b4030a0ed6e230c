/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Most homes are "/home/" and the name, most shells one of three: such texts are stored once, as
 * templates, and a user's cell holds their numbers. What does not fit the 255 templates is
 * stored in full by the caller.
 */
#include "idp-agentd/core/snapshot-pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/snapshot-hash.h"

#define GROWTH_FIRST 1024u

int snapshot_array_reserve(struct snapshot_array *array, size_t more, size_t size)
{
	size_t room = array->room > 0 ? array->room : GROWTH_FIRST;
	void *data;

	if (more <= array->room - array->n)
		return 0;
	while (room - array->n < more)
		if (__builtin_mul_overflow(room, (size_t)2, &room))
			return -ENOMEM;
	if (room > SNAPSHOT_SIZE_MAX / size)
		return -EFBIG;
	data = reallocarray(array->data, room, size);
	if (!data)
		return -ENOMEM;
	array->data = data;
	array->room = room;
	return 0;
}

int snapshot_pool_put(struct snapshot_pool *pool, const char *text, size_t len, bool nul,
		      uint32_t *ret_offset)
{
	char *at;
	int r;

	r = snapshot_array_reserve(&pool->text, len + 1, 1);
	if (r < 0)
		return r;
	*ret_offset = (uint32_t)pool->text.n;
	at = (char *)pool->text.data + pool->text.n;
	memcpy(at, text, len);
	at[len] = '\0';
	pool->text.n += len + nul;
	return 0;
}

struct snapshot_shape snapshot_shape_home(const char *home, const char *name)
{
	const size_t name_len = strlen(name);
	const char *found = NULL, *at = home;

	/* Only a whole component: anything else would be a template of one home. */
	for (; (at = strstr(at, name)) != NULL; at++)
		if (at > home && at[-1] == '/' && (at[name_len] == '\0' || at[name_len] == '/'))
			found = at;
	if (!found)
		return (struct snapshot_shape){ .text = home, .before_len = strlen(home) };
	return (struct snapshot_shape){
		.text = home,
		.before_len = (size_t)(found - home),
		.after_len = strlen(found + name_len),
		.name_len = name_len,
	};
}

static const char *shape_after(const struct snapshot_shape *shape)
{
	return shape->text + shape->before_len + shape->name_len;
}

static bool template_is(const struct snapshot_pool *pool, const struct snapshot_template *have,
			const struct snapshot_shape *shape)
{
	const char *text = (const char *)pool->text.data + have->text;

	return have->before_len == shape->before_len && have->after_len == shape->after_len &&
	       have->flags == (shape->name_len > 0 ? SNAPSHOT_TEMPLATE_NAMED : 0) &&
	       memcmp(text, shape->text, shape->before_len) == 0 &&
	       memcmp(text + shape->before_len, shape_after(shape), shape->after_len) == 0;
}

static size_t template_slot(const struct snapshot_shape *shape)
{
	static const uint64_t key[4] = { 1, 2, 0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u };
	uint64_t hash = 0;

	if (shape->before_len > 0)
		hash = snapshot_hash_name(key, shape->text, shape->before_len);
	if (shape->after_len > 0)
		hash ^= snapshot_hash_name(key, shape_after(shape), shape->after_len) * 3;
	return (size_t)(hash >> 32) % SNAPSHOT_TEMPLATE_SLOTS;
}

static int template_add(struct snapshot_pool *pool, const struct snapshot_shape *shape,
			uint16_t *slot)
{
	uint32_t offset, ignored;
	int r;

	r = snapshot_pool_put(pool, shape->text, shape->before_len, false, &offset);
	if (r < 0)
		return r;
	r = snapshot_pool_put(pool, shape_after(shape), shape->after_len, false, &ignored);
	if (r < 0)
		return r;
	pool->templates[pool->n_templates] = (struct snapshot_template){
		.text = offset,
		.before_len = (uint16_t)shape->before_len,
		.after_len = (uint16_t)shape->after_len,
		.flags = shape->name_len > 0 ? SNAPSHOT_TEMPLATE_NAMED : 0,
	};
	*slot = (uint16_t)++pool->n_templates;
	return 0;
}

int snapshot_pool_template(struct snapshot_pool *pool, const struct snapshot_shape *shape,
			   uint8_t *ret_number, bool *ret_found)
{
	size_t at = template_slot(shape);
	int r = 0;

	while (pool->slots[at] > 0 &&
	       !template_is(pool, &pool->templates[pool->slots[at] - 1], shape))
		at = (at + 1) % SNAPSHOT_TEMPLATE_SLOTS;
	if (pool->slots[at] == 0 && pool->n_templates == SNAPSHOT_TEMPLATES_MAX) {
		*ret_found = false;
		return 0;
	}
	if (pool->slots[at] == 0)
		r = template_add(pool, shape, &pool->slots[at]);
	if (r < 0)
		return r;
	*ret_number = (uint8_t)(pool->slots[at] - 1);
	*ret_found = true;
	return 0;
}
