/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base64url without padding, canonical only: one text for one value, so that two spellings of a
 * token can never be told apart by one reader and confused by another.
 */

#include "common/b64url.h"

#include <errno.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of one character, or 64 for one that is not in the alphabet. */
static uint32_t value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : 64;
}

int b64url_decode(const char *text, size_t text_len, uint8_t *out, size_t out_len, size_t *ret_len)
{
	size_t n_bytes = text_len / 4 * 3 + (text_len % 4 ? text_len % 4 - 1 : 0);
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t at = 0;

	if (text_len % 4 == 1)
		return -EBADMSG;
	if (n_bytes > out_len)
		return -ENOSPC;
	for (size_t i = 0; i < text_len; i++) {
		uint32_t value = value_of(text[i]);

		if (value > 63)
			return -EBADMSG;
		bits = bits << 6 | value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[at++] = (uint8_t)(bits >> n_bits & 0xff);
			bits &= (1u << n_bits) - 1;
		}
	}
	if (bits != 0)
		return -EBADMSG; /* trailing bits that no encoder sets */
	*ret_len = at;
	return 0;
}

int b64url_encode(const void *bytes, size_t len, char *out, size_t out_len)
{
	const uint8_t *in = bytes;
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t at = 0;

	if (len > SIZE_MAX / 4 - 2 || out_len <= B64URL_ENCODED_LEN(len))
		return -ENOSPC;
	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8 | in[i]) & 0xffff;
		n_bits += 8;
		while (n_bits >= 6) {
			n_bits -= 6;
			out[at++] = alphabet[bits >> n_bits & 63];
		}
	}
	if (n_bits > 0)
		out[at++] = alphabet[bits << (6 - n_bits) & 63];
	out[at] = '\0';
	return 0;
}
