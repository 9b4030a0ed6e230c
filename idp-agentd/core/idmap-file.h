/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDMAP_FILE_H
#define IDP_CORE_IDMAP_FILE_H

/*
 * Who has which id, as a text that hosts hand to one another. The first line names the form and the
 * range of the host; then one line for each, people before groups, by (realm, key) in the order of
 * their bytes, so that two hosts with the same ids write the same lines; the last line counts
 * them and has the SHA-256 of all before it, so that a file that was cut or changed is noticed:
 *
 *   # Ids of idp-agent, form 1, id_range 1879048192-2147483647
 *   person <tab> uid <tab> gid <tab> live|retired|given <tab> name <tab> issuer <tab> subject
 *   group <tab> gid <tab> gid <tab> live|retired|given <tab> name <tab> directory <tab> its id there
 *   # End of 2 ids, sha256:...
 *
 * gid "-": nothing is said of it. A file that begins with another line was written by hand: it may
 * have comments, may be in any order and ends where it ends.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

enum idmap_kind { IDMAP_PERSON = 0, IDMAP_GROUP = 1 };
enum idmap_state {
	IDMAP_LIVE = 0,
	IDMAP_RETIRED, /* left: nobody else ever gets the id */
	IDMAP_GIVEN,   /* by hand or by import, to somebody who has not been seen yet */
};

#define IDMAP_NAME_MAX  SUBJECT_LEN_MAX /* a group of the rules is called what it likes */
#define IDMAP_LINE_MAX  (64u + IDMAP_NAME_MAX + ISSUER_LEN_MAX + SUBJECT_LEN_MAX)
#define IDMAP_LINES_MAX 16777216u /* ids of one file: as many as one million people have, 16 times */

struct idmap_line {
	enum idmap_kind kind;
	enum idmap_state state;
	uint32_t id;
	uint32_t gid; /* PERSON_ID_NONE: nothing is said of it; of a group its id */
	char name[IDMAP_NAME_MAX + 1];
	char realm[ISSUER_LEN_MAX + 1]; /* issuer, or the directory of a group */
	char key[SUBJECT_LEN_MAX + 1];  /* subject, or the directory's id of a group */
};

/* Negative, 0, positive: by kind, realm, key. */
static inline int idmap_line_compare(const struct idmap_line *a, const struct idmap_line *b)
{
	int r;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	r = strcmp(a->realm, b->realm);
	return r != 0 ? r : strcmp(a->key, b->key);
}
/* The line with its newline. */
void idmap_line_put(struct buf *out, const struct idmap_line *line);
void idmap_file_put_head(struct buf *out, uint32_t first, uint32_t last);

/* ---- reading, line by line ---- */

enum idmap_file_outcome {
	IDMAP_FILE_E_NONE = 1, /* fine, and nobody stands there: a comment, head or end */
	IDMAP_FILE_E_SHAPE,    /* reason says which line and field, and what is wrong */
};

/* One line without its newline, len bytes: not checked against any host. 0 or IDMAP_FILE_E_*. */
int idmap_line_read(const char *text, size_t len, struct idmap_line *ret_line,
		    char reason[static REASON_MAX]) _must_check_;

/* Decimal as it is written here: no sign, no leading zero, at most max. */
bool idmap_read_number(const char *text, size_t len, uint64_t max, uint64_t *ret) _must_check_;

struct idmap_reader;

/* NULL when memory is out. */
struct idmap_reader *idmap_reader_new(void);
struct idmap_reader *idmap_reader_free(struct idmap_reader *reader);
DEFINE_CLEANUP(struct idmap_reader *, idmap_reader_free);
/* The next line of the file, without its newline. 0, IDMAP_FILE_E_*, -ENOMEM. */
int idmap_reader_next(struct idmap_reader *reader, const char *text, size_t len,
		      struct idmap_line *ret_line, char reason[static REASON_MAX]) _must_check_;
/* There are no more lines: 0, or IDMAP_FILE_E_SHAPE when it was cut. */
int idmap_reader_end(struct idmap_reader *reader, char reason[static REASON_MAX]) _must_check_;
/* Was it written by export, and with which range? Known after the first line. */
bool idmap_reader_is_export(const struct idmap_reader *reader, uint32_t *ret_first,
			    uint32_t *ret_last) _must_check_;

struct idmap_digest;
/* For the last line: every line goes through it, with its newline. */
struct idmap_digest *idmap_digest_new(void);
struct idmap_digest *idmap_digest_free(struct idmap_digest *digest);
DEFINE_CLEANUP(struct idmap_digest *, idmap_digest_free);
int idmap_digest_add(struct idmap_digest *digest, const void *bytes, size_t len) _must_check_;
/* Puts the last line. -ENOMEM. */
int idmap_digest_put_end(struct idmap_digest *digest, uint64_t n, struct buf *out) _must_check_;

#endif
