/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines in, those fit to be kept out. */
#include "idp-agentd/core/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/limits.h"
#include "common/utf8.h"

#define TYPE_LEN_MAX 64u

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* -1: not of the alphabet of RFC 4648 section 4. */
static int digit_of(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? memchr(alphabet, c, sizeof(alphabet) - 1) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Whole groups of four, padding at the end only. */
static bool is_base64(const char *text, size_t len)
{
	size_t pad = 0;

	while (pad < 2 && pad < len && text[len - pad - 1] == '=')
		pad++;
	for (size_t i = 0; i < len - pad; i++) {
		if (digit_of(text[i]) < 0)
			return false;
	}
	return len > 0 && len % 4 == 0;
}

/* The byte at a place of what base64 text stands for; -1 past its end. */
static int byte_at(const char *text, size_t len, size_t place)
{
	size_t bit = place * 8, at = bit / 6;
	int high, low;

	if (at + 1 >= len)
		return -1;
	high = digit_of(text[at]);
	low = digit_of(text[at + 1]);
	if (high < 0 || low < 0)
		return -1;
	return (int)(((unsigned int)high << 6 | (unsigned int)low) >> (4 - bit % 6) & 0xff);
}

/* A blob begins with its type, so that no other word can stand where the type should. */
static bool names_type(const char *blob, size_t len, const char *type, size_t type_len)
{
	const uint8_t length[] = { 0, 0, 0, (uint8_t)type_len };

	for (size_t i = 0; i < sizeof(length) + type_len; i++) {
		int expected = i < sizeof(length) ? length[i] : (uint8_t)type[i - sizeof(length)];

		if (byte_at(blob, len, i) != expected)
			return false;
	}
	return true;
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
	    !is_base64(blob, blob_len) || !names_type(blob, blob_len, type, type_len))
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
