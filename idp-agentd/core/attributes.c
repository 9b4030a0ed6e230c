/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines in, those fit to be kept out. */
#include "idp-agentd/core/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/limits.h"
#include "common/ssh-key.h"
#include "common/utf8.h"

#define TYPE_LEN_MAX 64u

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	}
	return true;
}

static size_t word(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && !is_blank(line[n]))
		n++;
	return n;
}

static size_t skip_blanks(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && is_blank(line[n]))
		n++;
	return n;
}

/* Appends the key of a line; nothing when it holds none. */
static void put_key(struct buf *out, const char *line, size_t len)
{
	const char *type = line, *blob, *comment;
	size_t type_len = word(line, len), blob_len, comment_len, at = type_len;

	at += skip_blanks(line + at, len - at);
	blob = line + at;
	blob_len = word(blob, len - at);
	at += blob_len;
	at += skip_blanks(line + at, len - at);
	comment = line + at;
	comment_len = is_printable(comment, len - at) ? len - at : 0;
	if (type_len == 0 || type_len > TYPE_LEN_MAX || !is_printable(type, type_len) ||
	    !ssh_key_has_type(blob, blob_len, type, type_len))
		return;
	if (out->len + type_len + blob_len + comment_len + 3 > SSH_KEYS_LEN_MAX)
		return;
	if (out->len > 0)
		buf_put_u8(out, '\n');
	buf_put(out, type, type_len);
	buf_put_u8(out, ' ');
	buf_put(out, blob, blob_len);
	if (comment_len == 0)
		return;
	buf_put_u8(out, ' ');
	buf_put(out, comment, comment_len);
}

static bool is_label(const char *line, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t character = 0;
		size_t n = utf8_decode(line + at, len - at, &character);

		if (n == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0) ||
		    character == 0x2028 || character == 0x2029)
			return false;
		at += n;
	}
	return len > 0 && line[0] != '=' && memchr(line, '=', len);
}

static void put_label(struct buf *out, const char *line, size_t len)
{
	if (!is_label(line, len) || out->len + len + 1 > LABELS_LEN_MAX)
		return;
	if (out->len > 0)
		buf_put_u8(out, '\n');
	buf_put(out, line, len);
}

/* Every line without the blanks around it goes to put, until max were taken. */
static int each_line(const char *text, struct buf *out, size_t max,
		     void (*put)(struct buf *out, const char *line, size_t len))
{
	size_t kept = 0;

	buf_reset(out);
	while (*text && kept < max) {
		size_t len = strcspn(text, "\n"), before = out->len;
		const char *next = text + len + (text[len] == '\n');
		size_t lead = skip_blanks(text, len);

		while (len > lead && is_blank(text[len - 1]))
			len--;
		put(out, text + lead, len - lead);
		kept += out->len > before;
		text = next;
	}
	return buf_end(out);
}

int attributes_clean_keys(const char *text, struct buf *out)
{
	return each_line(text, out, SSH_KEYS_MAX, put_key);
}

int attributes_clean_labels(const char *text, struct buf *out)
{
	return each_line(text, out, LABELS_MAX, put_label);
}
