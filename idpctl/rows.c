/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/rows.h"

/*
 * A list of rows in the order they came. Values are kept as they came, too: making them safe to
 * look at is the renderer's work.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/wire.h"

static void row_free(struct row *row)
{
	for (size_t i = 0; i < row->n_fields; i++) {
		free(row->fields[i].key);
		free(row->fields[i].value);
	}
	free(row->fields);
	free(row->kind);
	free(row);
}

void rows_done(struct rows *rows)
{
	struct row *next;

	for (struct row *row = rows->first; row; row = next) {
		next = row->next;
		row_free(row);
	}
	*rows = (struct rows){ 0 };
}

void rows_keep(struct rows *rows, const char *kind)
{
	struct row *next, *row = rows->first;

	*rows = (struct rows){ 0 };
	for (; row; row = next) {
		next = row->next;
		row->next = NULL;
		if (strcmp(row->kind, kind) != 0) {
			row_free(row);
			continue;
		}
		if (rows->last)
			rows->last->next = row;
		else
			rows->first = row;
		rows->last = row;
		rows->n++;
	}
}

struct row *rows_add(struct rows *rows, const char *kind)
{
	struct row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->kind = strdup(kind);
	if (!row->kind) {
		free(row);
		return NULL;
	}
	if (rows->last)
		rows->last->next = row;
	else
		rows->first = row;
	rows->last = row;
	rows->n++;
	return row;
}

KEEPS_POINTERS_BEGIN
int row_put(struct row *row, char type, const char *key, const char *value)
{
	struct row_field field = { .type = type, .key = strdup(key), .value = strdup(value) };
	struct row_field *fields;

	fields = reallocarray(row->fields, row->n_fields + 1, sizeof(*fields));
	if (fields)
		row->fields = fields;
	if (!fields || !field.key || !field.value) {
		free(field.key);
		free(field.value);
		return -ENOMEM;
	}
	fields[row->n_fields++] = field;
	return 0;
}
KEEPS_POINTERS_END

const char *row_get(const struct row *row, const char *key)
{
	for (size_t i = 0; i < row->n_fields; i++) {
		if (strcmp(row->fields[i].key, key) == 0)
			return row->fields[i].value;
	}
	return NULL;
}

/* wire_open() has checked the whole message: what the getters give is what was sent. */
int rows_add_message(struct rows *rows, struct wire_in *in)
{
	const char *kind = wire_get_str(in, REASON_MAX);
	uint32_t n = wire_get_count(in);
	struct row *row;
	int r;

	if (rows->n >= CTL_ROWS_MAX)
		return -E2BIG;
	row = rows_add(rows, kind);
	if (!row)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);

		r = row_put(row, field.type, field.key, field.value);
		if (r < 0)
			return r;
	}
	return wire_close(in);
}
