/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_FILE_H
#define IDP_CORE_SCOPE_FILE_H

/*
 * The register of scopes as a file, to hand over between those who run the platform, the resource
 * and this host, and to compare hosts by its hash. The file is one that conf.d takes. Its first
 * line has the SHA-256 of all that follows, so that two hosts with the same scopes have the same
 * file, byte for byte, and a line lost on the way is noticed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

#define SCOPE_FILE_MAX  1048576u /* as a file of the configuration */
#define SCOPE_HASH_LEN  64u      /* hexadecimal */
#define SCOPE_FILE_MANY 4096u    /* scopes of one file */

/* One [scope NAME]. Texts are "" where there is nothing. */
struct scope_line {
	const char *name;
	const char *protects; /* words */
	const char *description;
	const char *provider;
	bool on_demand;
	bool optional;
	bool off; /* disabled on the host it comes from */
};

/* Puts one; in the order of their names. */
void scope_file_put(struct buf *body, const struct scope_line *line);
/* What sign-ins at a provider ask for without the register. */
void scope_file_put_asked(struct buf *body, const char *provider, const char *scopes);
/* -ENOMEM, or what buf_end() says of body. */
int scope_file_hash(struct buf *body, char ret_hash[static SCOPE_HASH_LEN + 1]) _must_check_;
/* The whole file. */
int scope_file_write(struct buf *body, struct buf *out) _must_check_;

/* ---- reading ---- */

enum scope_file_outcome {
	SCOPE_FILE_E_HASH = 1, /* it is not what was written: a byte was changed, lost or added */
	SCOPE_FILE_E_SHAPE,    /* reason says where and what */
};

struct scope_file {
	size_t n;
	struct scope_line lines[SCOPE_FILE_MANY];
	bool hashed; /* it had a hash, which is right */
};

/* 0, -ENOMEM or SCOPE_FILE_E_*, with a sentence in reason. */
int scope_file_read(const char *text, size_t len, char reason[static REASON_MAX],
		    struct scope_file **ret_file) _must_check_;
struct scope_file *scope_file_free(struct scope_file *file);
DEFINE_CLEANUP(struct scope_file *, scope_file_free);

#endif
