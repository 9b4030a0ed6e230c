/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_FLATTEN_H
#define IDP_NET_FLATTEN_H

/*
 * Claims as pairs (JSON pointer, value) for the authority, which reads no JSON. Personal data a
 * host does not need is dropped here, before anything can store or log it.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"

enum flatten_outcome {
	FLATTEN_E_TOO_MUCH =
		1, /* over CLAIMS_PAIRS_MAX or CLAIMS_BYTES_MAX: nothing is given, since a
		      rule that forbids must never miss the claim it is about */
};

struct flatten_pair {
	char type;         /* 's', 'n', 'b', as the wire's fields */
	const char *path;  /* RFC 6901; scalars of an array all have the array's path */
	const char *value; /* text, decimal number, "true" or "false"; never with a NUL */
};

struct flatten_policy {
	/* Only these pointers and what is below them; NULL: all. Personal data is dropped all the
	 * same. */
	const char *const *only;
	size_t n_only;
	/* Not these and what is below them: what goes over in a field of its own, say the groups.
	 */
	const char *const *skip;
	size_t n_skip;
};

struct flatten;

/* 0, -ENOMEM or FLATTEN_E_TOO_MUCH. policy may be NULL. Order: that of the JSON text. */
int flatten_claims(const json_t *object, const struct flatten_policy *policy,
		   struct flatten **ret_flatten) _must_check_;
struct flatten *flatten_free(struct flatten *flatten);
DEFINE_CLEANUP(struct flatten *, flatten_free);
size_t flatten_count(const struct flatten *flatten);
const struct flatten_pair *flatten_get(const struct flatten *flatten, size_t index);
/* Members dropped as personal data, for a debug line that says only how many. */
size_t flatten_dropped(const struct flatten *flatten);

/*
 * Must a member of this name (or, for texts, with this value: a fiscal code) never leave the
 * parser? Also for the attributes of a directory.
 */
bool flatten_is_personal(const char *name, const char *value) _must_check_;
/* Has text the form of an Italian fiscal code, its check letter as well? */
bool flatten_is_fiscal_code(const char *text) _must_check_;

#endif
