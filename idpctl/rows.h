/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_ROWS_H
#define IDP_IDPCTL_ROWS_H

/* What there is to show: rows of one kind or another, as idp-wire(7) describes ROW. */

#include <stddef.h>

#include "common/macro.h"

struct wire_in;

struct row_field {
	char type; /* 's' text, 'n' integer in decimal, 'b' "true" or "false", 'S' secret */
	char *key;
	char *value;
};

struct row {
	struct row *next;
	char *kind;
	size_t n_fields;
	struct row_field *fields;
};

/* Zeroed memory is an empty list. */
struct rows {
	struct row *first;
	struct row *last;
	size_t n;
};

void rows_done(struct rows *rows);
/* Drops the rows of every other kind. */
void rows_keep(struct rows *rows, const char *kind);
/* Appends a row without fields; NULL when memory is short. */
struct row *rows_add(struct rows *rows, const char *kind) _must_check_;
/* -ENOMEM. */
int row_put(struct row *row, char type, const char *key, const char *value) _must_check_;
/* The value of a field, NULL when the row has none of that name. */
const char *row_get(const struct row *row, const char *key);
/* Appends what a ROW message says. -EBADMSG, -E2BIG past CTL_ROWS_MAX, -ENOMEM. */
int rows_add_message(struct rows *rows, struct wire_in *in) _must_check_;

#endif
