/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/text.h"

/*
 * The only way bytes of the agent, of a file or of the command line reach the terminal.
 */

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "common/utf8.h"

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Invisible characters that change how what follows is shown. */
static bool is_treacherous(uint32_t c)
{
	return (c >= 0x80 && c <= 0x9f) || c == 0x200e || c == 0x200f || c == 0x061c ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       c == 0xad || (c >= 0x200b && c <= 0x200d) || (c >= 0xe0000 && c <= 0xe007f);
}

void text_put(struct buf *out, const char *text)
{
	while (*text) {
		uint32_t c = 0;
		size_t len = utf8_decode(text, UTF8_LEN_MAX, &c);

		if (len == 0 || c < 0x20 || c == 0x7f) {
			buf_printf(out, "\\x%02X", (unsigned)(uint8_t)*text);
			len = 1;
		} else if (is_treacherous(c)) {
			buf_printf(out, "\\u{%04X}", (unsigned)c);
		} else {
			buf_put(out, text, len);
		}
		text += len;
	}
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += !is_continuation((uint8_t)*text);
	return width;
}

void text_put_blanks(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_put_u8(out, ' ');
}

static void put_distance(struct buf *out, uint64_t seconds)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };

	for (size_t i = 0; i < ELEMENTSOF(units); i++) {
		if (seconds >= 2 * units[i].unit || units[i].unit == 1) {
			buf_printf(out, "%llu %s", (unsigned long long)(seconds / units[i].unit),
				   units[i].name);
			return;
		}
	}
}

void text_put_time(struct buf *out, uint64_t seconds, uint64_t now)
{
	char stamp[64];
	time_t when = (time_t)seconds;
	struct tm local;

	if (seconds == 0) {
		buf_put_text(out, "never");
		return;
	}
	if (when < 0 || !localtime_r(&when, &local) ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local) == 0) {
		buf_printf(out, "%llu", (unsigned long long)seconds);
		return;
	}
	buf_printf(out, "%s (", stamp);
	if (seconds > now)
		buf_put_text(out, "in ");
	put_distance(out, seconds > now ? seconds - now : now - seconds);
	buf_put_text(out, seconds > now ? ")" : " ago)");
}

const char *text_error(int error)
{
	const char *words = strerrordesc_np(-error);

	return words ? words : "an unknown error";
}

int text_parse_number(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			return -EINVAL;
	}
	*ret_number = number;
	return 0;
}
