/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line, one key. The MUSTs are in ssh-key.h. */

#include "common/ssh-key.h"

#include <stdint.h>
#include <string.h>

/* -1: not of the alphabet of RFC 4648 section 4. */
static int digit_of(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? memchr(alphabet, c, sizeof(alphabet) - 1) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

static size_t padding_of(const char *text, size_t len)
{
	size_t pad = 0;

	while (pad < 2 && pad < len && text[len - pad - 1] == '=')
		pad++;
	return pad;
}

/* Whole groups of four, padding at the end only. */
static bool is_base64(const char *text, size_t len)
{
	size_t digits = len - padding_of(text, len);

	for (size_t i = 0; i < digits; i++) {
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

bool ssh_key_has_type(const char *blob, size_t len, const char *type, size_t type_len)
{
	const uint8_t length[] = { 0, 0, 0, (uint8_t)type_len };

	if (type_len == 0 || type_len > UINT8_MAX || !is_base64(blob, len))
		return false;
	for (size_t i = 0; i < sizeof(length) + type_len; i++) {
		int expected = i < sizeof(length) ? length[i] : (uint8_t)type[i - sizeof(length)];

		if (byte_at(blob, len, i) != expected)
			return false;
	}
	return true;
}

/* A key is strings of RFC 4251 section 5, one behind the other, to its very end. */
static bool is_whole(const char *blob, size_t len)
{
	size_t total = len / 4 * 3 - padding_of(blob, len), at = 0, strings = 0;

	while (at < total) {
		uint32_t length = 0;

		for (size_t i = 0; i < sizeof(length); i++) {
			int byte = byte_at(blob, len, at + i);

			if (byte < 0)
				return false;
			length = length << 8 | (uint32_t)byte;
		}
		if (length > total - at || sizeof(length) > total - at - length)
			return false;
		at += sizeof(length) + length;
		strings++;
	}
	return strings > 1;
}

static bool is_allowed(const char *type, size_t len)
{
	static const char *const types[] = {
		"ssh-ed25519",
		"ssh-rsa",
		"ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com",
	};

	for (size_t i = 0; i < ELEMENTSOF(types); i++) {
		if (strlen(types[i]) == len && memcmp(types[i], type, len) == 0)
			return true;
	}
	return false;
}

size_t ssh_key_length(const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len), *blob;
	size_t type_len, blob_len;

	if (!space)
		return 0;
	type_len = (size_t)(space - line);
	blob = space + 1;
	space = memchr(blob, ' ', len - type_len - 1);
	blob_len = space ? (size_t)(space - blob) : len - type_len - 1;
	if (!is_allowed(line, type_len) || !ssh_key_has_type(blob, blob_len, line, type_len) ||
	    !is_whole(blob, blob_len))
		return 0;
	return type_len + 1 + blob_len;
}
