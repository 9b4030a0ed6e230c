/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows: what does not fit a message is our own bug and costs the connection, not the daemon. */
#include "idp-agentd/core/row.h"

#include <assert.h>
#include <stdio.h>

#include "common/wire.h"
#include "idp-agentd/core/conn.h"

void row_begin(struct row *row, const char *kind)
{
	row->kind = kind;
	row->n = 0;
}

static struct row_field *row_field(struct row *row, char type, const char *key)
{
	struct row_field *field = &row->fields[row->n++];

	assert(row->n <= ROW_FIELDS_MAX);
	field->type = type;
	field->key = key;
	field->text = NULL;
	return field;
}

void row_put_text(struct row *row, const char *key, const char *text)
{
	row_field(row, 's', key)->text = text ? text : "";
}

void row_put_number(struct row *row, const char *key, uint64_t number)
{
	struct row_field *field = row_field(row, 'n', key);

	(void)snprintf(field->number, sizeof(field->number), "%llu", (unsigned long long)number);
}

void row_put_bool(struct row *row, const char *key, bool value)
{
	row_field(row, 'b', key)->text = value ? "true" : "false";
}

void row_send(const struct row *row, struct conn *conn)
{
	struct buf out;

	conn_begin(conn, &out, MSG_ROW);
	wire_put_str(&out, row->kind);
	wire_put_count(&out, row->n);
	for (size_t i = 0; i < row->n; i++) {
		const struct row_field *field = &row->fields[i];

		wire_put_field(&out, field->type, field->key,
			       field->text ? field->text : field->number);
	}
	conn_send(conn, &out);
}

void row_end(struct conn *conn, uint32_t status, const char *code, const char *text)
{
	struct buf out;

	conn_begin(conn, &out, MSG_END);
	wire_put_u32(&out, status);
	wire_put_str(&out, code);
	wire_put_str(&out, text);
	conn_send(conn, &out);
}
