/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/render.h"

/* Rows for machines. The names of kinds and fields are those of idp-wire(7), and so is their order.
 */

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "common/utf8.h"
#include "idpctl/control.h"
#include "idpctl/rows.h"
#include "idpctl/text.h"

#define _cleanup_json_ _cleanup_(json_decrefp)

static bool is_utf8(const char *text)
{
	uint32_t character;
	size_t len;

	for (; *text; text += len) {
		len = utf8_decode(text, UTF8_LEN_MAX, &character);
		if (len == 0)
			return false;
	}
	return true;
}

/* Bytes that are no UTF-8 become \xNN: JSON cannot carry them. */
static json_t *make_text(const char *text)
{
	struct buf clean;
	json_t *json = NULL;

	if (is_utf8(text))
		return json_string(text);
	buf_init(&clean, RENDER_MAX);
	text_put(&clean, text);
	if (buf_end(&clean) == 0)
		json = json_stringn((const char *)clean.data, clean.len);
	buf_done(&clean);
	return json;
}

static json_t *make_value(const struct row_field *field)
{
	uint64_t number;

	if (field->type == 'S')
		return json_null();
	if (field->type == 'b')
		return json_boolean(strcmp(field->value, "true") == 0);
	if (field->type == 'n' && text_parse_number(field->value, &number) == 0 &&
	    number <= INT64_MAX)
		return json_integer((json_int_t)number);
	return make_text(field->value);
}

/* Steals value. */
static int put(json_t *object, const char *key, json_t *value)
{
	return value && json_object_set_new(object, key, value) == 0 ? 0 : -ENOMEM;
}

static int put_row(json_t *array, const struct row *row)
{
	_cleanup_json_ json_t *object = json_object();
	int r;

	if (!object)
		return -ENOMEM;
	r = put(object, "row", make_text(row->kind));
	for (size_t i = 0; r == 0 && i < row->n_fields; i++) {
		const struct row_field *field = &row->fields[i];

		/* No field passes for the kind, and a name that is no UTF-8 nobody can ask for. */
		if (strcmp(field->key, "row") != 0 && is_utf8(field->key))
			r = put(object, field->key, make_value(field));
	}
	if (r < 0)
		return r;
	return json_array_append(array, object) == 0 ? 0 : -ENOMEM;
}

static int append(const char *bytes, size_t len, void *data)
{
	buf_put(data, bytes, len);
	return 0;
}

int render_json(struct buf *out, const char *command, const struct rows *rows,
		const struct control_end *end)
{
	_cleanup_json_ json_t *top = json_object();
	_cleanup_json_ json_t *array = json_array();
	int r = 0;

	if (!top || !array)
		return -ENOMEM;
	for (const struct row *row = rows->first; r == 0 && row; row = row->next)
		r = put_row(array, row);
	if (r < 0)
		return r;
	if ((r = put(top, "command", make_text(command))) < 0 ||
	    (r = put(top, "status", json_integer((json_int_t)end->status))) < 0 ||
	    (r = put(top, "reason", make_text(end->reason ? end->reason : ""))) < 0 ||
	    (r = put(top, "text", make_text(end->text ? end->text : ""))) < 0)
		return r;
	if (json_object_set(top, "rows", array) < 0)
		return -ENOMEM;
	if (json_dump_callback(top, append, out, JSON_INDENT(2)) < 0)
		return -ENOMEM;
	buf_put_u8(out, '\n');
	return buf_end(out);
}
