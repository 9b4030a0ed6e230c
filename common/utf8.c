/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one decoder of UTF-8: what one of our processes takes for a character, all of them do. */

#include "common/utf8.h"

/* How many bytes a lead byte announces; 0 for one that cannot lead (RFC 3629 section 4). */
static size_t lead_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

size_t utf8_decode(const char *text, size_t left, uint32_t *ret_character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t character;
	size_t len;

	if (left == 0)
		return 0;
	len = lead_length((uint8_t)text[0]);
	if (len == 0 || len > left)
		return 0;
	character = len == 1 ? (uint8_t)text[0] : (uint8_t)text[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((uint8_t)text[i] & 0x3fu);
	}
	if (character < least[len] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return len;
}

bool utf8_has_control(const char *text)
{
	for (; *text; text++)
		if ((uint8_t)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}
