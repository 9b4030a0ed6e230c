/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/json.h"

/*
 * The JSON gate on top of jansson.
 *
 * MUST
 *  1. Depth and number are counted over the bytes before the parser sees them: a nested text costs
 *     no stack, and one of many small things not a hundred times its bytes.
 *  2. Duplicate members refuse the whole text (RFC 8259 section 4 leaves them open; RFC 7515
 * section 4 and RFC 7519 section 4 let us refuse). Keys are compared after unescaping.
 *  3. Nothing may follow the value, and the value is what the caller said it takes.
 *  4. No text with a NUL ever leaves a getter: C code behind it would see half of it.
 *  5. A member of another type is an error of its own, never "absent".
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"

#define SEGMENT_MAX   256u /* one key of a pointer; schema URNs have about 60 characters */
#define ID_NUMBER_MAX 9007199254740991 /* 2^53 - 1: exact wherever numbers are doubles */

/*
 * How deep the arrays and objects of a text go, and how many they are, whether or not it is JSON
 * otherwise.
 */
static size_t text_depth(const char *text, size_t len, size_t *ret_opened)
{
	size_t depth = 0, deepest = 0, opened = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			opened++;
			if (++depth > deepest)
				deepest = depth;
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		}
	}
	*ret_opened = opened;
	return deepest;
}

static int outcome_of(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	if (code == json_error_out_of_memory)
		return -ENOMEM;
	if (code == json_error_duplicate_key)
		return JSON_E_MEMBERS;
	if (code == json_error_stack_overflow)
		return JSON_E_DEPTH;
	return JSON_E_SYNTAX;
}

static bool has_nul(const json_t *value)
{
	return json_is_string(value) &&
	       memchr(json_string_value(value), '\0', json_string_length(value)) != NULL;
}

static void drop_nul(json_t *value);

static void drop_nul_in_object(json_t *object) // NOLINT(misc-no-recursion)
{
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		json_t *member = json_object_iter_value(at);

		if (has_nul(member))
			json_object_iter_set_new(object, at, json_null()); /* cannot fail */
		else
			drop_nul(member);
	}
}

static void drop_nul_in_array(json_t *array) // NOLINT(misc-no-recursion)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		json_t *element = json_array_get(array, i);

		if (has_nul(element))
			json_array_set_new(array, i, json_null()); /* cannot fail */
		else
			drop_nul(element);
	}
}

/* Texts with a NUL become null. At most JSON_DEPTH_MAX calls deep (MUST 1). */
static void drop_nul(json_t *value) // NOLINT(misc-no-recursion)
{
	if (json_is_object(value))
		drop_nul_in_object(value);
	else if (json_is_array(value))
		drop_nul_in_array(value);
}

int json_parse(const void *bytes, size_t len, size_t max, unsigned flags, json_t **ret_value)
{
	_cleanup_(json_release_p) json_t *value = NULL;
	size_t parser_flags = JSON_REJECT_DUPLICATES; /* MUST 2 */
	json_error_t error;
	size_t opened;

	if (len == 0 || len > max)
		return JSON_E_SIZE;
	if (text_depth(bytes, len, &opened) > JSON_DEPTH_MAX)
		return JSON_E_DEPTH;
	if (opened > JSON_OPENED_MAX)
		return JSON_E_SIZE;

	if (flags & JSON_NUL_IS_NULL)
		parser_flags |= JSON_ALLOW_NUL;
	value = json_loadb(bytes, len, parser_flags, &error);
	if (!value)
		return outcome_of(&error);
	if (!(json_is_object(value) && (flags & JSON_ROOT_OBJECT)) &&
	    !(json_is_array(value) && (flags & JSON_ROOT_ARRAY)))
		return JSON_E_ROOT;
	if (flags & JSON_NUL_IS_NULL)
		drop_nul(value);

	*ret_value = TAKE_PTR(value);
	return 0;
}

const char *json_reason(int outcome)
{
	switch (outcome) {
	case JSON_E_SIZE:
		return "json-size";
	case JSON_E_SYNTAX:
		return "json-syntax";
	case JSON_E_DEPTH:
		return "json-depth";
	case JSON_E_MEMBERS:
		return "json-duplicate-member";
	case JSON_E_ROOT:
		return "json-root";
	case JSON_E_ABSENT:
		return "json-absent";
	case JSON_E_TYPE:
		return "json-type";
	default:
		return "json";
	}
}

void json_release_p(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

const char *json_text(const json_t *value, size_t max)
{
	if (!json_is_string(value) || json_string_length(value) > max || has_nul(value))
		return NULL;
	return json_string_value(value);
}

bool json_is_texts(const json_t *value, size_t n_max, size_t len_max)
{
	if (!json_is_array(value) || json_array_size(value) > n_max)
		return false;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_text(json_array_get(value, i), len_max))
			return false;
	return true;
}

/* 0 with the member, or JSON_E_ABSENT. */
static int get_member(const json_t *object, const char *key, const json_t **ret_value)
{
	const json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return JSON_E_ABSENT;
	*ret_value = value;
	return 0;
}

int json_get_text(const json_t *object, const char *key, size_t max, const char **ret_text)
{
	const json_t *value = NULL;
	const char *text = NULL;
	int r = get_member(object, key, &value);

	if (r != 0)
		return r;
	text = json_text(value, max);
	if (!text)
		return JSON_E_TYPE;
	*ret_text = text;
	return 0;
}

int json_get_int(const json_t *object, const char *key, int64_t min, int64_t max,
		 int64_t *ret_value)
{
	const json_t *value = NULL;
	int r = get_member(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return JSON_E_TYPE;
	*ret_value = json_integer_value(value);
	return 0;
}

int json_get_bool(const json_t *object, const char *key, bool *ret_value)
{
	const json_t *value = NULL;
	int r = get_member(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_boolean(value))
		return JSON_E_TYPE;
	*ret_value = json_is_true(value);
	return 0;
}

int json_get_texts(const json_t *object, const char *key, size_t n_max, size_t len_max,
		   const json_t **ret_array)
{
	const json_t *value = NULL;
	int r = get_member(object, key, &value);

	if (r != 0)
		return r;
	if (!json_is_texts(value, n_max, len_max))
		return JSON_E_TYPE;
	*ret_array = value;
	return 0;
}

const char *json_id(const json_t *value, size_t max, char number[static JSON_ID_ROOM])
{
	const char *text = json_text(value, max);

	if (text)
		return *text ? text : NULL;
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > ID_NUMBER_MAX)
		return NULL;
	if (snprintf(number, JSON_ID_ROOM, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0)
		return NULL;
	return number;
}

/*
 * Unescapes the segment that starts after a '/' into out. The number of characters read, up to the
 * next '/' or the end, or SIZE_MAX when the segment is malformed or too long.
 */
static size_t take_segment(const char *from, char out[static SEGMENT_MAX + 1])
{
	size_t n = 0, i = 0;

	while (from[i] != '\0' && from[i] != '/') {
		char c = from[i++];

		if (c == '~') {
			if (from[i] != '0' && from[i] != '1')
				return SIZE_MAX;
			c = from[i++] == '0' ? '~' : '/';
		}
		if (n == SEGMENT_MAX)
			return SIZE_MAX;
		out[n++] = c;
	}
	out[n] = '\0';
	return i;
}

/* RFC 6901 section 4: digits without a leading zero; "-" is past the end, so never there. */
static const json_t *element_of(const json_t *array, const char *segment)
{
	size_t index = 0, i = 0;

	if (segment[0] == '0' && segment[1] != '\0')
		return NULL;
	for (; segment[i] >= '0' && segment[i] <= '9' && i < 9; i++)
		index = index * 10 + (size_t)(segment[i] - '0');
	if (i == 0 || segment[i] != '\0')
		return NULL;
	return json_array_get(array, index);
}

const json_t *json_find(const json_t *root, const char *pointer)
{
	const json_t *at = root;
	char segment[SEGMENT_MAX + 1];

	while (at && *pointer != '\0') {
		if (*pointer++ != '/')
			return NULL;
		size_t n = take_segment(pointer, segment);
		if (n == SIZE_MAX)
			return NULL;
		pointer += n;
		at = json_is_array(at) ? element_of(at, segment) : json_object_get(at, segment);
	}
	return at;
}

bool json_is_pointer(const char *pointer)
{
	char segment[SEGMENT_MAX + 1];

	while (*pointer != '\0') {
		if (*pointer++ != '/')
			return false;
		size_t n = take_segment(pointer, segment);
		if (n == SIZE_MAX)
			return false;
		pointer += n;
	}
	return true;
}
