/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/flatten.h"

/*
 * Claims to pairs.
 *
 * MUST
 *  1. A member named like personal data a host does not need, or a text that is a fiscal code, is
 *     dropped with all below it, at any depth, whatever the configuration asks for.
 *  2. All or nothing: claims that do not fit the limits give no pairs at all. A rule that forbids
 *     must never miss the claim it is about.
 *  3. No value has a NUL.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "idp-agentd/net/json.h"

#define PATH_MAX_LEN 1024u
#define NUMBER_ROOM  40u

struct flatten {
	struct buf pool; /* path NUL value NUL, ... */
	size_t n_pairs;
	size_t n_dropped;
	struct flatten_pair pairs[CLAIMS_PAIRS_MAX];
	size_t value_at[CLAIMS_PAIRS_MAX]; /* offsets in the pool while it grows */
	size_t path_at[CLAIMS_PAIRS_MAX];
};

struct walk {
	struct flatten *flatten;
	const struct flatten_policy *policy;
	char path[PATH_MAX_LEN + 1];
	size_t path_len;
};

/* ---- the path ---- */

/* Appends "/key" escaped as RFC 6901 wants; false when it does not fit. */
static bool push_key(struct walk *walk, const char *key)
{
	size_t len = walk->path_len;

	if (len == PATH_MAX_LEN)
		return false;
	walk->path[len++] = '/';
	for (; *key != '\0'; key++) {
		if (len + 2 > PATH_MAX_LEN)
			return false;
		if (*key == '~' || *key == '/') {
			walk->path[len++] = '~';
			walk->path[len++] = *key == '~' ? '0' : '1';
		} else {
			walk->path[len++] = *key;
		}
	}
	walk->path[len] = '\0';
	walk->path_len = len;
	return true;
}

static bool push_index(struct walk *walk, size_t index)
{
	char text[NUMBER_ROOM];
	int n = snprintf(text, sizeof(text), "%zu", index);

	return n > 0 && push_key(walk, text);
}

static void pop_to(struct walk *walk, size_t len)
{
	walk->path_len = len;
	walk->path[len] = '\0';
}

/* Is path the pointer itself or below it? */
static bool is_at_or_below(const char *path, const char *pointer)
{
	size_t len = strlen(pointer);

	return strncmp(path, pointer, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool is_wanted(const struct walk *walk)
{
	const struct flatten_policy *policy = walk->policy;

	if (!policy)
		return true;
	for (size_t i = 0; i < policy->n_skip; i++)
		if (*policy->skip[i] != '\0' && is_at_or_below(walk->path, policy->skip[i]))
			return false;
	if (!policy->only)
		return true;
	for (size_t i = 0; i < policy->n_only; i++)
		if (is_at_or_below(walk->path, policy->only[i]))
			return true;
	return false;
}

/* ---- the pairs ---- */

static int add_pair(struct walk *walk, char type, const char *value)
{
	struct flatten *flatten = walk->flatten;
	size_t i = flatten->n_pairs;

	if (i == CLAIMS_PAIRS_MAX)
		return FLATTEN_E_TOO_MUCH;
	flatten->pairs[i].type = type;
	flatten->path_at[i] = flatten->pool.len;
	buf_put(&flatten->pool, walk->path, walk->path_len + 1);
	flatten->value_at[i] = flatten->pool.len;
	buf_put(&flatten->pool, value, strlen(value) + 1);
	flatten->n_pairs = i + 1;
	return 0;
}

static int add_text(struct walk *walk, const json_t *value)
{
	const char *text = json_text(value, CLAIMS_BYTES_MAX);

	if (!text) /* MUST 2, 3 */
		return FLATTEN_E_TOO_MUCH;
	if (!flatten_is_personal("", text))
		return add_pair(walk, 's', text);
	walk->flatten->n_dropped++;
	return 0;
}

static int add_number(struct walk *walk, const json_t *value)
{
	char text[NUMBER_ROOM];
	int n;

	if (json_is_integer(value))
		n = snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else
		n = snprintf(text, sizeof(text), "%.17g", json_real_value(value));
	if (n <= 0 || (size_t)n >= sizeof(text))
		return FLATTEN_E_TOO_MUCH;
	return add_pair(walk, 'n', text);
}

static int add_scalar(struct walk *walk, const json_t *value)
{
	if (json_is_null(value) || !is_wanted(walk))
		return 0;
	if (json_is_string(value))
		return add_text(walk, value);
	if (json_is_boolean(value))
		return add_pair(walk, 'b', json_is_true(value) ? "true" : "false");
	return add_number(walk, value);
}

/* jansson's iterators take no const, and change nothing. */
static json_t *iterable(const json_t *value)
{
	return (json_t *)(uintptr_t)value; // NOLINT(performance-no-int-to-ptr)
}

static int walk_value(struct walk *walk, const json_t *value);

static int walk_object(struct walk *walk, const json_t *object) // NOLINT(misc-no-recursion)
{
	size_t len = walk->path_len;
	const char *key = NULL;
	json_t *member = NULL;
	int r = 0;

	json_object_foreach(iterable(object), key, member)
	{
		if (flatten_is_personal(key, NULL)) { /* MUST 1 */
			walk->flatten->n_dropped++;
			continue;
		}
		if (!push_key(walk, key))
			return FLATTEN_E_TOO_MUCH;
		r = walk_value(walk, member);
		pop_to(walk, len);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Scalars have the path of their array, containers one with their index. */
static int walk_array(struct walk *walk, const json_t *array) // NOLINT(misc-no-recursion)
{
	size_t len = walk->path_len;
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(array); i++) {
		const json_t *element = json_array_get(array, i);

		if (!json_is_object(element) && !json_is_array(element)) {
			r = add_scalar(walk, element);
			continue;
		}
		if (!push_index(walk, i))
			return FLATTEN_E_TOO_MUCH;
		r = walk_value(walk, element);
		pop_to(walk, len);
	}
	return r;
}

/* As deep as the JSON is, which json_parse() bounds by JSON_DEPTH_MAX. */
static int walk_value(struct walk *walk, const json_t *value) // NOLINT(misc-no-recursion)
{
	if (json_is_object(value))
		return walk_object(walk, value);
	if (json_is_array(value))
		return walk_array(walk, value);
	return add_scalar(walk, value);
}

int flatten_claims(const json_t *object, const struct flatten_policy *policy,
		   struct flatten **ret_flatten)
{
	_cleanup_(flatten_freep) struct flatten *flatten = calloc(1, sizeof(*flatten));
	struct walk walk = { .flatten = flatten, .policy = policy };
	int r;

	if (!flatten)
		return -ENOMEM;
	buf_init(&flatten->pool, CLAIMS_BYTES_MAX);
	r = json_is_object(object) ? walk_object(&walk, object) : 0;
	if (r != 0)
		return r;
	r = buf_end(&flatten->pool);
	if (r < 0)
		return r == -EMSGSIZE ? FLATTEN_E_TOO_MUCH : r; /* MUST 2 */
	for (size_t i = 0; i < flatten->n_pairs; i++) {
		flatten->pairs[i].path = (const char *)flatten->pool.data + flatten->path_at[i];
		flatten->pairs[i].value = (const char *)flatten->pool.data + flatten->value_at[i];
	}
	*ret_flatten = TAKE_PTR(flatten);
	return 0;
}

struct flatten *flatten_free(struct flatten *flatten)
{
	if (!flatten)
		return NULL;
	buf_done(&flatten->pool);
	free(flatten);
	return NULL;
}

size_t flatten_count(const struct flatten *flatten)
{
	return flatten->n_pairs;
}

const struct flatten_pair *flatten_get(const struct flatten *flatten, size_t index)
{
	return index < flatten->n_pairs ? &flatten->pairs[index] : NULL;
}

size_t flatten_dropped(const struct flatten *flatten)
{
	return flatten->n_dropped;
}
