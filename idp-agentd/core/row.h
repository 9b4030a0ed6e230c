/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ROW_H
#define IDP_CORE_ROW_H

/* Builds the rows of the control socket: the fields first, their count when it is known. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"

struct conn;

#define ROW_FIELDS_MAX 24u

struct row {
	const char *kind;
	size_t n;
	struct row_field {
		char type;
		const char *key;
		const char *text; /* borrowed, or NULL: number */
		char number[24];
	} fields[ROW_FIELDS_MAX];
};

void row_begin(struct row *row, const char *kind);
/* Texts are borrowed until row_send(); NULL counts as "". */
void row_put_text(struct row *row, const char *key, const char *text);
void row_put_number(struct row *row, const char *key, uint64_t number);
void row_put_bool(struct row *row, const char *key, bool value);
void row_send(const struct row *row, struct conn *conn);
/* END */
void row_end(struct conn *conn, uint32_t status, const char *code, const char *text);

#endif
