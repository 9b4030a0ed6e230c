/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SOURCE_H
#define IDP_NET_SOURCE_H

/*
 * Where a value about a person stands: in which of a platform's documents, and where in there.
 * "/groups" is looked for in all that a sign-in brought, "userinfo:/groups" in userinfo alone.
 * Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "common/limits.h"
#include "common/macro.h"

enum source_kind {
	SOURCE_MERGED = 0, /* whichever says it, the signed one first */
	SOURCE_ID_TOKEN,
	SOURCE_USERINFO,
	SOURCE_TOKEN, /* the properties of the token response: only TLS vouches for them */
	SOURCE_INTROSPECTION,
};

struct source {
	enum source_kind kind;
	const char *pointer; /* RFC 6901; in the text it was read from */
};

/* The documents of one sign-in; NULL: there is none. */
struct source_documents {
	const json_t *merged;
	const json_t *id_token;
	const json_t *userinfo;
	const json_t *token;
	const json_t *introspection;
};

enum source_outcome {
	SOURCE_E_BAD = 1, /* the value is not there, or is no id */
};

/* "/groups", "userinfo:/groups". false: it is neither. */
bool source_parse(const char *text, struct source *ret_source) _must_check_;
/* "id_token", "userinfo", "userinfo:/id", "token:/user_id": who somebody is. */
bool source_parse_subject(const char *text, struct source *ret_source) _must_check_;
/* "userinfo", for a person to read; "" for SOURCE_MERGED. */
const char *source_name(enum source_kind kind);

/* The document, or NULL. */
const json_t *source_document(enum source_kind kind, const struct source_documents *documents);
/*
 * Who it is: 1 to SUBJECT_LEN_MAX bytes of printable ASCII, or a whole number as json_id() prints
 * it. 0, or SOURCE_E_BAD with a sentence in reason.
 */
int source_read_subject(const struct source *source, const struct source_documents *documents,
			char reason[static REASON_MAX],
			char subject[static SUBJECT_LEN_MAX + 1]) _must_check_;

#endif
