/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_JSON_H
#define IDP_NET_JSON_H

/*
 * The one gate through which JSON enters this project (RFC 8259 read strictly), and typed getters
 * that never give half a string. Look members up with these, not with json_string_value().
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

/* Outcomes (> 0) of this header. */
enum json_outcome {
	JSON_E_SIZE = 1, /* longer than the caller's cap, too many arrays and objects, or empty */
	JSON_E_SYNTAX,   /* not JSON; not UTF-8; bytes after the end; a NUL inside */
	JSON_E_DEPTH,    /* nested deeper than JSON_DEPTH_MAX */
	JSON_E_MEMBERS,  /* an object says the same member twice */
	JSON_E_ROOT,     /* the outermost value is not what the caller takes */
	JSON_E_ABSENT,   /* getters: no such member (null counts as absent) */
	JSON_E_TYPE,     /* getters: there, but of another type, too long or out of range */
};

enum json_flags {
	JSON_ROOT_OBJECT = 1 << 0, /* which outermost values are taken; neither: nothing is */
	JSON_ROOT_ARRAY = 1 << 1,
	/*
	 * A string with an escaped NUL becomes null instead of refusing the whole text. For pages
	 * of a directory only, where one person's odd display name must not stop everybody's
	 * records.
	 */
	JSON_NUL_IS_NULL = 1 << 2,
};

/*
 * Reads len bytes, at most max, which need no NUL at the end. 0, -ENOMEM or JSON_E_SIZE, _SYNTAX,
 * _DEPTH, _MEMBERS, _ROOT. The caller owns *ret_value (json_release_p() for _cleanup_).
 */
int json_parse(const void *bytes, size_t len, size_t max, unsigned flags,
	       json_t **ret_value) _must_check_;
/* A reason word ("json-syntax") for an outcome of this header. */
const char *json_reason(int outcome);
/* For _cleanup_: drops the reference and forgets it. */
void json_release_p(json_t **value);

/*
 * Members of an object: 0, JSON_E_ABSENT or JSON_E_TYPE. object may be NULL or no object: absent.
 * Texts are valid UTF-8 without NUL, at most max bytes, and live as long as the object.
 */
int json_get_text(const json_t *object, const char *key, size_t max,
		  const char **ret_text) _must_check_;
int json_get_int(const json_t *object, const char *key, int64_t min, int64_t max,
		 int64_t *ret_value) _must_check_;
int json_get_bool(const json_t *object, const char *key, bool *ret_value) _must_check_;
/* An array of at most n_max texts of at most len_max bytes each: all of them, or JSON_E_TYPE. */
int json_get_texts(const json_t *object, const char *key, size_t n_max, size_t len_max,
		   const json_t **ret_array) _must_check_;

/* The same for a value in hand (say from json_find()): NULL when it is not such a text. */
const char *json_text(const json_t *value, size_t max);
bool json_is_texts(const json_t *value, size_t n_max, size_t len_max) _must_check_;

/*
 * An id: a text of 1 to max bytes as it stands, or a whole number from 1 to 2^53 - 1 in decimal
 * digits, which are put into number. NULL for everything else: 1.0 and 1e3 (who knows what they
 * were before), 0 and less (what programs say for nobody), more than 2^53 - 1 (RFC 8259 section 6:
 * such numbers are rounded on the way, and two people would become one).
 */
#define JSON_ID_ROOM 24u
const char *json_id(const json_t *value, size_t max, char number[static JSON_ID_ROOM]);

/*
 * RFC 6901. "" is the root; every segment begins with '/', "~0" is '~', "~1" is '/'; a key with ':'
 * or '.' (a SCIM schema URN) is one segment. Array elements by number without leading zeros.
 * NULL: nothing there, or the pointer is malformed.
 */
const json_t *json_find(const json_t *root, const char *pointer);
/* For configuration: would json_find() take it. */
bool json_is_pointer(const char *pointer) _must_check_;

#endif
