/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codec of the wire.
 *
 * MUST
 * 1. A message is walked once against its signature before any field is handed out: every length
 *    inside the message, every string ended by its one NUL, every bool 0 or 1, nothing left over.
 * 2. The same walk judges what we are about to send: a field put in the wrong order never leaves.
 * 3. The printer never shows an 'S' field or an 'S' element.
 */

#include "common/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"

struct row {
	uint16_t type;
	enum wire_class class;
	const char *name;
	const char *signature;
};

static const struct row rows[] = {
#define WIRE_MESSAGE(name, number, class, signature) { (number), WIRE_##class, #name, signature },
#include "common/wire-messages.h"
#undef WIRE_MESSAGE
};

static const struct row *find_row(uint16_t type)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

const char *wire_name(uint16_t type)
{
	const struct row *row = find_row(type);

	return row ? row->name : NULL;
}

const char *wire_signature(uint16_t type)
{
	const struct row *row = find_row(type);

	return row ? row->signature : NULL;
}

/* ---- reading ---- */

static void set_bad(struct cursor *cursor)
{
	if (cursor->error == 0)
		cursor->error = -EBADMSG;
}

/* A string as it lies in the message; "" with the error set when it does not fit max. */
static const char *get_text(struct cursor *cursor, size_t max)
{
	uint32_t len = cursor_get_u32(cursor);
	const char *text;

	if (len > max) {
		set_bad(cursor);
		return "";
	}
	text = (const char *)cursor_get(cursor, (size_t)len + 1);
	if (!text)
		return "";
	if (text[len] != '\0' || memchr(text, '\0', len)) {
		set_bad(cursor);
		return "";
	}
	return text;
}

static bool get_flag(struct cursor *cursor)
{
	uint8_t value = cursor_get_u8(cursor);

	if (value > 1)
		set_bad(cursor);
	return value == 1;
}

static struct wire_field get_field(struct cursor *cursor)
{
	struct wire_field field;

	field.type = (char)cursor_get_u8(cursor);
	field.key = get_text(cursor, WIRE_STRING_MAX);
	field.value = get_text(cursor, WIRE_STRING_MAX);
	if (field.type == '\0' || !strchr("snbS", field.type))
		set_bad(cursor);
	return field;
}

static uint32_t get_count(struct cursor *cursor, size_t max)
{
	uint32_t n = cursor_get_u32(cursor);

	if (n > max) {
		set_bad(cursor);
		return 0;
	}
	return n;
}

/* Group ids may be as many as a person has groups; texts and fields stay fewer. */
static void walk_list(struct cursor *cursor, char letter)
{
	uint32_t n = get_count(cursor, WIRE_ARRAY_MAX);

	for (uint32_t i = 0; i < n && cursor->error == 0; i++) {
		if (letter == 'a')
			IGNORE(get_text(cursor, WIRE_STRING_MAX) == NULL); /* judged by the error */
		else if (letter == 'i')
			IGNORE(cursor_get_u32(cursor) == 0);
		else
			IGNORE(get_field(cursor).key == NULL);
	}
}

static void walk_letter(struct cursor *cursor, char letter)
{
	switch (letter) {
	case 'b':
		IGNORE(get_flag(cursor));
		return;
	case 'u':
		IGNORE(cursor_get_u32(cursor) == 0);
		return;
	case 't':
		IGNORE(cursor_get_u64(cursor) == 0);
		return;
	case 's':
	case 'S':
		IGNORE(get_text(cursor, WIRE_STRING_MAX) == NULL);
		return;
	case 'a':
	case 'i':
	case 'f':
		walk_list(cursor, letter);
		return;
	default: /* a letter nobody defined: the table is wrong, refuse */
		set_bad(cursor);
	}
}

static int walk(struct cursor cursor, const char *signature)
{
	for (; *signature; signature++)
		walk_letter(&cursor, *signature);
	return cursor_end(&cursor);
}

int wire_open(struct wire_in *in, const void *bytes, size_t len)
{
	const struct row *row;
	uint16_t magic, type, flags;
	uint8_t version, class;

	*in = (struct wire_in){ .serial = 0 };
	if (len > WIRE_MESSAGE_MAX)
		return -EBADMSG;
	cursor_init(&in->cursor, bytes, len);
	magic = cursor_get_u16(&in->cursor);
	version = cursor_get_u8(&in->cursor);
	class = cursor_get_u8(&in->cursor);
	type = cursor_get_u16(&in->cursor);
	flags = cursor_get_u16(&in->cursor);
	in->serial = cursor_get_u32(&in->cursor);
	row = find_row(type);
	if (in->cursor.error != 0 || magic != WIRE_MAGIC || version != WIRE_VERSION || !row ||
	    class != row->class || flags != 0)
		return -EBADMSG;
	in->type = (enum wire_type)type;
	in->class = row->class;
	return walk(in->cursor, row->signature); /* MUST 1 */
}

bool wire_get_bool(struct wire_in *in)
{
	return get_flag(&in->cursor);
}

uint32_t wire_get_u32(struct wire_in *in)
{
	return cursor_get_u32(&in->cursor);
}

uint64_t wire_get_u64(struct wire_in *in)
{
	return cursor_get_u64(&in->cursor);
}

const char *wire_get_str(struct wire_in *in, size_t max)
{
	return get_text(&in->cursor, max);
}

uint32_t wire_get_count(struct wire_in *in)
{
	return get_count(&in->cursor, WIRE_ARRAY_MAX);
}

struct wire_field wire_get_field(struct wire_in *in)
{
	return get_field(&in->cursor);
}

int wire_close(const struct wire_in *in)
{
	return cursor_end(&in->cursor);
}

/* ---- writing ---- */

void wire_begin(struct buf *out, enum wire_type type, uint32_t serial)
{
	const struct row *row = find_row((uint16_t)type);

	buf_reset(out);
	if (!row) {
		out->error = -EPROTO;
		return;
	}
	buf_put_u16(out, WIRE_MAGIC);
	buf_put_u8(out, WIRE_VERSION);
	buf_put_u8(out, (uint8_t)row->class);
	buf_put_u16(out, row->type);
	buf_put_u16(out, 0);
	buf_put_u32(out, serial);
}

void wire_put_bool(struct buf *out, bool value)
{
	buf_put_u8(out, value ? 1 : 0);
}

void wire_put_u32(struct buf *out, uint32_t value)
{
	buf_put_u32(out, value);
}

void wire_put_u64(struct buf *out, uint64_t value)
{
	buf_put_u64(out, value);
}

void wire_put_strn(struct buf *out, const char *text, size_t len)
{
	if (len > WIRE_STRING_MAX || (len > 0 && memchr(text, '\0', len))) {
		if (out->error == 0)
			out->error = -EMSGSIZE;
		return;
	}
	buf_put_u32(out, (uint32_t)len);
	buf_put(out, text, len);
	buf_put_u8(out, 0);
}

void wire_put_str(struct buf *out, const char *text)
{
	wire_put_strn(out, text ? text : "", text ? strlen(text) : 0);
}

void wire_put_count(struct buf *out, size_t n)
{
	if (n > WIRE_ARRAY_MAX && out->error == 0)
		out->error = -EMSGSIZE;
	buf_put_u32(out, n > WIRE_ARRAY_MAX ? 0 : (uint32_t)n);
}

void wire_put_field(struct buf *out, char type, const char *key, const char *value)
{
	buf_put_u8(out, (uint8_t)type);
	wire_put_str(out, key);
	wire_put_str(out, value);
}

int wire_end(struct buf *out)
{
	struct wire_in in;
	int r;

	r = buf_end(out);
	if (r < 0)
		return r;
	if (out->len > WIRE_MESSAGE_MAX)
		return out->error = -EMSGSIZE;
	if (wire_open(&in, out->data, out->len) < 0) /* MUST 2 */
		return out->error = -EPROTO;
	return 0;
}

/* ---- printing ---- */

static void print_text(struct buf *text, const char *value)
{
	buf_put_text(text, "\"");
	for (; *value; value++) {
		if ((uint8_t)*value < 0x20 || *value == 0x7f || *value == '"' || *value == '\\')
			buf_printf(text, "\\x%02x", (unsigned)(uint8_t)*value);
		else
			buf_put(text, value, 1);
	}
	buf_put_text(text, "\"");
}

static void print_secret(struct buf *text, const char *value)
{
	buf_printf(text, "<%zu bytes>", strlen(value)); /* MUST 3 */
}

static void print_element(struct buf *text, struct cursor *cursor, char letter)
{
	struct wire_field field;

	if (letter == 'a') {
		print_text(text, get_text(cursor, WIRE_STRING_MAX));
		return;
	}
	if (letter == 'i') {
		buf_printf(text, "%u", cursor_get_u32(cursor));
		return;
	}
	field = get_field(cursor);
	buf_printf(text, "%s=", field.key);
	if (field.type == 'S')
		print_secret(text, field.value);
	else
		print_text(text, field.value);
}

static void print_list(struct buf *text, struct cursor *cursor, char letter)
{
	uint32_t n = get_count(cursor, WIRE_ARRAY_MAX);

	buf_put_text(text, "[");
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			buf_put_text(text, " ");
		print_element(text, cursor, letter);
	}
	buf_put_text(text, "]");
}

static void print_letter(struct buf *text, struct cursor *cursor, char letter)
{
	buf_put_text(text, " ");
	if (letter == 'b')
		buf_put_text(text, get_flag(cursor) ? "true" : "false");
	else if (letter == 'u')
		buf_printf(text, "%u", cursor_get_u32(cursor));
	else if (letter == 't')
		buf_printf(text, "%llu", (unsigned long long)cursor_get_u64(cursor));
	else if (letter == 's')
		print_text(text, get_text(cursor, WIRE_STRING_MAX));
	else if (letter == 'S')
		print_secret(text, get_text(cursor, WIRE_STRING_MAX));
	else
		print_list(text, cursor, letter);
}

void wire_print(const void *bytes, size_t len, char *text, size_t room)
{
	struct wire_in in;
	struct buf out;
	const char *signature;

	if (room == 0)
		return;
	if (wire_open(&in, bytes, len) < 0) {
		(void)snprintf(text, room, "(not a message, %zu bytes)", len);
		return;
	}
	buf_init_fixed(&out, text, room);
	buf_printf(&out, "%s #%u", wire_name((uint16_t)in.type), in.serial);
	signature = wire_signature((uint16_t)in.type);
	for (; signature && *signature; signature++)
		print_letter(&out, &in.cursor, *signature);
	text[out.len] = '\0'; /* a put that did not fit left what was there before */
}
