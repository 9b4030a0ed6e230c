/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_INI_H
#define IDP_COMMON_INI_H

/*
 * The tokenizer of idp.conf: lines in, (section, key, value, line number) out. Pure: no files.
 * "[kind name]" sections, "key = value", comments with ';' or '#' at the start of a line or after
 * white space, '\\' at the end continues a line. It knows no keys: core/config does.
 */

#include <stddef.h>

#include "common/macro.h"

enum ini_kind {
	INI_END = 0,
	INI_SECTION, /* kind, name ("" when absent) */
	INI_PAIR,    /* key, value (trimmed; may be empty) */
	INI_ERROR,   /* text says what is wrong */
};

struct ini_item {
	enum ini_kind kind;
	unsigned line; /* of its first character, from 1 */
	const char
		*key; /* section kind or key; inside the tokenizer's memory, until the next call */
	const char *value; /* section name or value */
	const char *text;  /* INI_ERROR: a sentence for a person, without file and line */
};

struct ini;

/* Reads len bytes, which must stay; NULL when memory is short. */
struct ini *ini_new(const char *text, size_t len) _must_check_;
struct ini *ini_free(struct ini *ini);
DEFINE_CLEANUP(struct ini *, ini_free);
/* The next item; after INI_END and INI_ERROR the same again. */
struct ini_item ini_next(struct ini *ini);

#endif
