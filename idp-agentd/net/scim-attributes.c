/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys for ssh and labels of a person, as SCIM servers write them: a list of texts, or of objects
 * as INDIGO IAM has them, or one text with a line each. MUST: one element gives at most one line,
 * so that nobody's comment brings a second key along. What a line holds is the authority's to
 * judge.
 */
#include "idp-agentd/net/scim-attributes.h"

#include <string.h>

#include "common/limits.h"

#define KEY_TYPE_MAX 63u /* "sk-ecdsa-sha2-nistp256@openssh.com" has 34 */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Length without the blanks at the end, 0 when a control byte is among the rest. */
static size_t line_len(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && is_blank(text[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return 0;
	return len;
}

/* A line of its own, whole or not at all. */
static void put_line(struct buf *out, const char *line, size_t len)
{
	if (len == 0 || out->len + len + 1 > out->limit)
		return;
	if (out->len > 0)
		buf_put_u8(out, '\n');
	buf_put(out, line, len);
}

/* ---- keys ---- */

static int digit_of(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* The first bytes of what base64 text stands for, at most max. */
static size_t decode_head(const char *text, size_t len, uint8_t *bytes, size_t max)
{
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < len && n < max; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0)
			break;
		bits = (bits << 6 | (uint32_t)digit) & 0xffff;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		bytes[n++] = (uint8_t)(bits >> n_bits);
	}
	return n;
}

/* The type a key's blob begins with (RFC 4253 section 6.6); 0: it is no such blob. */
static size_t key_type(const char *blob, size_t len, uint8_t type[static KEY_TYPE_MAX + 4])
{
	size_t n = decode_head(blob, len, type, KEY_TYPE_MAX + 4);

	if (n < 5 || type[0] != 0 || type[1] != 0 || type[2] != 0 || type[3] == 0 ||
	    type[3] > n - 4)
		return 0;
	n = type[3];
	memmove(type, type + 4, n);
	return n;
}

/* Many keep the blob alone; its type and the name its owner gave it make it the line ssh knows. */
static void put_blob(struct buf *out, const char *blob, size_t len, const char *display)
{
	uint8_t type[KEY_TYPE_MAX + 4];
	size_t type_len = key_type(blob, len, type);
	size_t display_len = line_len(display);
	struct buf line;

	if (type_len == 0)
		return;
	buf_init(&line, SSH_KEYS_LEN_MAX);
	buf_put(&line, type, type_len);
	buf_put_u8(&line, ' ');
	buf_put(&line, blob, len);
	if (display_len > 0) {
		buf_put_u8(&line, ' ');
		buf_put(&line, display, display_len);
	}
	if (buf_end(&line) == 0)
		put_line(out, (const char *)line.data, line.len);
	buf_done(&line);
}

static void put_key(struct buf *out, const json_t *key)
{
	const json_t *value = json_is_object(key) ? json_object_get(key, "value") : key;
	const char *text = json_text(value, SSH_KEYS_LEN_MAX);
	const char *display = json_text(json_object_get(key, "display"), SUBJECT_LEN_MAX);
	size_t len = text ? line_len(text) : 0;

	if (len > 0 && !memchr(text, ' ', len) && !memchr(text, '\t', len))
		put_blob(out, text, len, display ? display : "");
	else if (len > 0)
		put_line(out, text, len);
}

/* ---- labels ---- */

/* "PREFIX/NAME=VALUE", of which only the name has to be there. */
static void put_label(struct buf *out, const json_t *label)
{
	const json_t *name_value = json_is_object(label) ? json_object_get(label, "name") : label;
	const char *prefix = json_text(json_object_get(label, "prefix"), LABELS_LEN_MAX);
	const char *name = json_text(name_value, LABELS_LEN_MAX);
	const char *value = json_text(json_object_get(label, "value"), LABELS_LEN_MAX);
	struct buf line;

	if (!name || !*name)
		return;
	buf_init(&line, LABELS_LEN_MAX);
	buf_printf(&line, "%s%s%s", prefix ? prefix : "", prefix && *prefix ? "/" : "", name);
	if (json_is_object(label) || !strchr(name, '='))
		buf_printf(&line, "=%s", value ? value : "");
	if (buf_end(&line) == 0)
		put_line(out, (const char *)line.data, line_len((const char *)line.data));
	buf_done(&line);
}

/* ---- both ---- */

static void put_all(struct buf *out, const json_t *value, size_t max,
		    void (*put)(struct buf *out, const json_t *element))
{
	const char *text = json_text(value, out->limit);

	for (size_t i = 0; i < json_array_size(value) && i < max; i++)
		put(out, json_array_get(value, i));
	if (text)
		buf_put_text(out, text);
}

void scim_put_keys(struct buf *out, const json_t *value)
{
	put_all(out, value, SSH_KEYS_MAX, put_key);
}

void scim_put_labels(struct buf *out, const json_t *value)
{
	put_all(out, value, LABELS_MAX, put_label);
}
