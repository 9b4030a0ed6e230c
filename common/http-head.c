/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/http-head.h"

#include <string.h>
#include <strings.h>

#include "common/hex.h"

bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

bool span_is_name(struct span span, const char *name)
{
	return span.len == strlen(name) && strncasecmp(span.at, name, span.len) == 0;
}

bool span_cut(struct span *rest, char c, struct span *ret_first)
{
	const char *end = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;

	if (!end)
		return false;
	*ret_first = (struct span){ rest->at, (size_t)(end - rest->at) };
	rest->at = end + 1;
	rest->len -= ret_first->len + 1;
	return true;
}

struct span span_trimmed(struct span span)
{
	while (span.len > 0 && (*span.at == ' ' || *span.at == '\t'))
		span = (struct span){ span.at + 1, span.len - 1 };
	while (span.len > 0 && (span.at[span.len - 1] == ' ' || span.at[span.len - 1] == '\t'))
		span.len--;
	return span;
}

bool http_bytes_ok(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\r'   ? i + 1 < len && bytes[i + 1] != '\n'
		    : c == '\n' ? i == 0 || bytes[i - 1] != '\r'
				: (c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool http_is_token(struct span span)
{
	for (size_t i = 0; i < span.len; i++) {
		char c = span.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c && strchr("!#$%&'*+-.^_`|~", c))))
			return false;
	}
	return span.len > 0;
}

bool http_target_ok(struct span target)
{
	for (size_t i = 0; i < target.len; i++) {
		char c = target.at[i];

		if (c <= ' ' || c > '~' || strchr("\"#<>\\^`{|}", c))
			return false;
		if (c != '%')
			continue;
		if (target.len - i < 3 || hex_value(target.at[i + 1]) < 2 ||
		    hex_value(target.at[i + 2]) < 0)
			return false; /* below 2: a control */
		if (hex_value(target.at[i + 1]) == 7 && hex_value(target.at[i + 2]) == 15)
			return false;
	}
	return target.len > 0 && *target.at == '/';
}

/* A line of a head whose bytes are ok: it ends with '\r', which is no part of it. */
static bool cut_line(struct span *lines, struct span *ret_line)
{
	if (!span_cut(lines, '\n', ret_line) || ret_line->len == 0)
		return false;
	ret_line->len--;
	return true;
}

bool http_cut_request(struct span *lines, struct span *ret_method, struct span *ret_target,
		      struct span *ret_version)
{
	struct span line;

	if (!cut_line(lines, &line) || !span_cut(&line, ' ', ret_method) ||
	    !span_cut(&line, ' ', ret_target) || !http_is_token(*ret_method))
		return false;
	*ret_version = line;
	return true;
}

/* A line that begins with a blank would be the end of another one's value. */
bool http_cut_header(struct span *lines, struct span *ret_name, struct span *ret_value)
{
	struct span line;

	if (!cut_line(lines, &line) || !span_cut(&line, ':', ret_name) || !http_is_token(*ret_name))
		return false;
	*ret_value = span_trimmed(line);
	return true;
}
