/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base64url without padding, canonical only: one text for one value, so that two spellings of a
 * token can never be told apart by one reader and confused by another.
 */

#include "common/b64url.h"

#include <errno.h>
#include <stdbool.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* clang-format off */
/* The value of a character plus one; zero is "not in the alphabet". A table, since a comparison that
 * goes another way for every character costs ten times the rest. */
static const uint8_t values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};
/* clang-format on */

/*
 * n characters, 2 to 4, to n - 1 bytes. False for one outside the alphabet and for trailing bits
 * that no encoder sets.
 */
static bool decode_group(const char *text, size_t n, uint8_t *out)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t value = values[(uint8_t)text[i]];

		if (value == 0)
			return false;
		bits |= (value - 1) << (18 - 6 * i);
	}
	for (size_t i = 0; i + 1 < n; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i) & 0xff);
	return n == 4 || (bits & (0xffffffu >> (8 * (n - 1)))) == 0;
}

int b64url_decode(const char *text, size_t text_len, uint8_t *out, size_t out_len, size_t *ret_len)
{
	size_t rest = text_len % 4, n_whole = text_len - rest;
	size_t n_bytes = n_whole / 4 * 3 + (rest ? rest - 1 : 0);

	if (rest == 1)
		return -EBADMSG;
	if (n_bytes > out_len)
		return -ENOSPC;
	for (size_t i = 0; i < n_whole; i += 4)
		if (!decode_group(text + i, 4, out + i / 4 * 3))
			return -EBADMSG;
	if (rest && !decode_group(text + n_whole, rest, out + n_whole / 4 * 3))
		return -EBADMSG;
	*ret_len = n_bytes;
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
