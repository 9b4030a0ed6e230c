/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/render.h"

/* Rows as people read them: records, tables, lines and findings. Titles: render-kinds.c. */

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idpctl/render-kinds.h"
#include "idpctl/rows.h"
#include "idpctl/text.h"

#define CELL_MAX 65536u
#define NO_ID    "4294967295" /* a group that only rules know */

/* "last_full" becomes "Last full". */
static void put_title(struct buf *out, const struct render_kind *kind, const char *key)
{
	const struct render_column *column = render_column_find(kind, key);
	char title[64];

	if (column) {
		buf_put_text(out, column->title);
		return;
	}
	(void)snprintf(title, sizeof(title), "%s", key);
	for (char *p = title; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	title[0] = (char)toupper((unsigned char)title[0]);
	text_put(out, title);
}

static void put_value(struct buf *out, const struct render_kind *kind,
		      const struct row_field *field, uint64_t now)
{
	const struct render_column *column = render_column_find(kind, field->key);
	uint64_t number;

	if (field->type == 'S')
		buf_put_text(out, "(secret)");
	else if (field->type == 'b')
		buf_put_text(out, strcmp(field->value, "true") == 0 ? "yes" : "no");
	else if (column && column->format == FORMAT_TIME &&
		 text_parse_number(field->value, &number) == 0)
		text_put_time(out, number, now);
	else if (column && column->format == FORMAT_ID && strcmp(field->value, NO_ID) == 0)
		buf_put_text(out, "none");
	else
		text_put(out, field->value[0] ? field->value : "-");
}

/* One cell on its own, to be measured before it is put. */
struct cell {
	char memory[CELL_MAX];
	struct buf buf;
};

static const char *cell_end(struct cell *cell)
{
	return buf_end(&cell->buf) < 0 ? "(too long)" : cell->memory;
}

static const char *cell_title(struct cell *cell, const struct render_kind *kind, const char *key)
{
	buf_init_fixed(&cell->buf, cell->memory, sizeof(cell->memory));
	put_title(&cell->buf, kind, key);
	return cell_end(cell);
}

static const char *cell_value(struct cell *cell, const struct render_kind *kind,
			      const struct row_field *field, uint64_t now)
{
	buf_init_fixed(&cell->buf, cell->memory, sizeof(cell->memory));
	put_value(&cell->buf, kind, field, now);
	return cell_end(cell);
}

static void put_heading(struct buf *out, const struct render_kind *kind, const struct row *row)
{
	if (kind)
		buf_put_text(out, kind->heading);
	else
		put_title(out, NULL, row->kind);
	if (kind && kind->named && row->n_fields > 0) {
		buf_put_u8(out, ' ');
		text_put(out, row->fields[0].value);
	}
	buf_put_u8(out, '\n');
}

static void put_padded(struct buf *out, const char *text, size_t width)
{
	size_t have = text_width(text);

	buf_put_text(out, text);
	text_put_blanks(out, width > have ? width - have : 0);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static const char *cell_text(struct cell *cell, const char *text)
{
	buf_init_fixed(&cell->buf, cell->memory, sizeof(cell->memory));
	text_put(&cell->buf, text);
	return cell_end(cell);
}

/* Words of an escaped text up to width columns a line, below one another; width 0: one line. */
static void put_wrapped(struct buf *out, const char *text, size_t indent, size_t width)
{
	size_t at = indent;

	for (bool first = true; *text; first = false) {
		size_t len = strcspn(text, " ");
		char *word = strndup(text, len);
		size_t wide = text_width(word ? word : "");

		if (!first && width && at + 1 + wide > width) {
			buf_put_u8(out, '\n');
			text_put_blanks(out, indent);
			at = indent;
		} else if (!first) {
			buf_put_u8(out, ' ');
			at++;
		}
		buf_put_text(out, word ? word : "");
		at += wide;
		free(word);
		text += len + (text[len] == ' ');
	}
	buf_put_u8(out, '\n');
}

/* Below the title, and further in than any title: what the value says stays the value's. */
static void put_text_lines(struct buf *out, const char *text, size_t width)
{
	static struct cell cell;

	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		buf_put_text(out, "      ");
		put_wrapped(out, cell_text(&cell, line ? line : ""), 6, width);
		free(line);
		text += len + (text[len] == '\n');
	}
}

/* Those whose lines are kept; width: of the page where they may be broken, else 0. */
static bool is_lines(const struct render_kind *kind, const struct row_field *field, size_t *width)
{
	const struct render_column *column = render_column_find(kind, field->key);

	if (!column || field->type != 's' || !field->value[0])
		return false;
	if (column->format == FORMAT_LINES)
		*width = 0;
	return column->format == FORMAT_LINES || column->format == FORMAT_SENTENCES;
}

static void put_record(struct buf *out, const struct render_kind *kind, const struct row *row,
		       uint64_t now, size_t columns)
{
	static struct cell cell;
	size_t first = kind && kind->named ? 1 : 0;
	size_t width = 18;

	put_heading(out, kind, row);
	for (size_t i = first; i < row->n_fields; i++)
		width = larger(width, text_width(cell_title(&cell, kind, row->fields[i].key)));
	for (size_t i = first; i < row->n_fields; i++) {
		size_t wide = columns;

		buf_put_text(out, "  ");
		if (is_lines(kind, &row->fields[i], &wide)) {
			put_title(out, kind, row->fields[i].key);
			buf_put_u8(out, '\n');
			put_text_lines(out, row->fields[i].value, wide);
		} else {
			put_padded(out, cell_title(&cell, kind, row->fields[i].key), width + 2);
			put_wrapped(out, cell_value(&cell, kind, &row->fields[i], now), width + 4,
				    columns);
		}
	}
}

/* Of column i, over its title and every value. */
static size_t column_width(const struct render_kind *kind, const struct row *row,
			   const struct row *end, size_t i, uint64_t now)
{
	static struct cell cell;
	size_t width = text_width(cell_title(&cell, kind, row->fields[i].key));

	for (; row != end; row = row->next) {
		if (i < row->n_fields)
			width = larger(width,
				       text_width(cell_value(&cell, kind, &row->fields[i], now)));
	}
	return width;
}

#define TABLE_COLUMNS_MAX 32u

struct table {
	const struct render_kind *kind;
	uint64_t now;
	size_t first; /* column; 1 when the heading has the first field */
	size_t n;
	size_t width; /* of the page; 0: no end */
	size_t widths[TABLE_COLUMNS_MAX];
};

static void put_table_line(struct buf *out, const struct table *table, const struct row *row,
			   bool title)
{
	static struct cell cell;
	size_t at = 2;

	buf_put_text(out, "  ");
	for (size_t i = table->first; i < table->n && i < row->n_fields; i++) {
		const struct row_field *field = &row->fields[i];
		const char *text = title ? cell_title(&cell, table->kind, field->key)
					 : cell_value(&cell, table->kind, field, table->now);

		if (i + 1 == table->n || i + 1 == row->n_fields) {
			put_wrapped(out, text, at, table->width);
			return;
		}
		put_padded(out, text, table->widths[i] + 2);
		at += table->widths[i] + 2;
	}
	buf_put_u8(out, '\n');
}

/* Rows of one kind from row up to end, which is not among them. */
static void put_table(struct buf *out, const struct render_kind *kind, const struct row *row,
		      const struct row *end, uint64_t now, size_t width)
{
	struct table table = {
		.kind = kind,
		.now = now,
		.first = kind->named ? 1 : 0,
		.width = width,
	};

	table.n = row->n_fields < TABLE_COLUMNS_MAX ? row->n_fields : TABLE_COLUMNS_MAX;
	put_heading(out, kind, row);
	for (size_t i = 0; i < table.n; i++)
		table.widths[i] = column_width(kind, row, end, i, now);
	put_table_line(out, &table, row, true);
	for (; row != end; row = row->next)
		put_table_line(out, &table, row, false);
}

static void put_lines(struct buf *out, const struct render_kind *kind, const struct row *row,
		      const struct row *end)
{
	put_heading(out, kind, row);
	for (; row != end; row = row->next) {
		buf_put_text(out, "  ");
		text_put(out, row->n_fields > 0 ? row->fields[0].value : "-");
		buf_put_u8(out, '\n');
	}
}

static const char *get(const struct row *row, const char *key)
{
	const char *value = row_get(row, key);

	return value ? value : "";
}

static void put_finding(struct buf *out, const struct row *row, size_t topic, size_t width)
{
	static struct cell cell;
	const char *level = get(row, "level");
	const char *remedy = get(row, "remedy");
	size_t indent = 2 + 9 + topic;

	buf_put_text(out, "  ");
	put_padded(out, cell_text(&cell, strcmp(level, "error") == 0 ? "ERROR" : level), 9);
	put_padded(out, cell_text(&cell, get(row, "topic")), topic);
	put_wrapped(out, cell_text(&cell, get(row, "text")), indent, width);
	if (!*remedy)
		return;
	text_put_blanks(out, indent);
	buf_put_text(out, "-> ");
	put_wrapped(out, cell_text(&cell, remedy), indent + 3, width);
}

static void put_findings(struct buf *out, const struct render_kind *kind, const struct row *row,
			 const struct row *end, size_t width)
{
	static struct cell cell;
	size_t topic = 12;

	put_heading(out, kind, row);
	for (const struct row *each = row; each != end; each = each->next)
		topic = larger(topic, text_width(cell_text(&cell, get(each, "topic"))));
	for (; row != end; row = row->next)
		put_finding(out, row, topic + 2, width);
}

/* Do two rows of one kind stand under one heading. */
static bool same_heading(const struct row *a, const struct row *b)
{
	const struct render_kind *kind = render_kind_find(a->kind);

	return !kind || kind->layout != LAYOUT_TABLE || !kind->named || a->n_fields == 0 ||
	       b->n_fields == 0 || strcmp(a->fields[0].value, b->fields[0].value) == 0;
}

/* The first row after row that is of another kind, or of a table about something else. */
static const struct row *block_end(const struct row *row)
{
	const struct row *end = row->next;

	while (end && strcmp(end->kind, row->kind) == 0 && same_heading(row, end))
		end = end->next;
	return end;
}

static void put_block(struct buf *out, const struct row *row, const struct row *end, uint64_t now,
		      size_t width)
{
	const struct render_kind *kind = render_kind_find(row->kind);

	switch (kind ? kind->layout : LAYOUT_RECORD) {
	case LAYOUT_TABLE:
		put_table(out, kind, row, end, now, width);
		return;
	case LAYOUT_LINES:
		put_lines(out, kind, row, end);
		return;
	case LAYOUT_FINDING:
		put_findings(out, kind, row, end, width);
		return;
	case LAYOUT_RECORD:
		break;
	}
	for (; row != end; row = row->next) {
		put_record(out, kind, row, now, width);
		if (row->next && row->next != end)
			buf_put_u8(out, '\n');
	}
}

void render_people(struct buf *out, const struct rows *rows, uint64_t now, size_t width)
{
	const struct row *end;

	for (const struct row *row = rows->first; row; row = end) {
		end = block_end(row);
		put_block(out, row, end, now, width);
		if (end)
			buf_put_u8(out, '\n');
	}
}
