/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URLs as this tree needs them: is it https and harmless, is it the same place, escape a value. */
#include "idp-agentd/net/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define URL_SCHEME "https://"

static bool url_is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.';
}

static bool url_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool url_is_hex(char c)
{
	return url_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the host of the authority that starts at text, or NULL. */
static const char *url_skip_host(const char *text)
{
	const char *at = text;

	if (*at == '[') {
		at++;
		while (url_is_hex(*at) || *at == ':' || *at == '.')
			at++;
		return *at == ']' && at > text + 2 ? at + 1 : NULL;
	}
	while (url_is_host_char(*at))
		at++;
	return at > text && *text != '.' && *text != '-' ? at : NULL;
}

static const char *url_skip_port(const char *text)
{
	const char *at = text;
	unsigned long port = 0;

	if (*at != ':')
		return at;
	for (at++; url_is_digit(*at) && at - text <= 5; at++)
		port = port * 10 + (unsigned long)(*at - '0');
	return at > text + 1 && port > 0 && port <= 65535 ? at : NULL;
}

static bool url_is_path_char(char c)
{
	return c > ' ' && c < 0x7f && !strchr("\"#<>\\^`{|}", c);
}

/* Behind scheme, host and port, or NULL. */
static const char *url_skip_origin(const char *url)
{
	const char *at;

	if (strncmp(url, URL_SCHEME, STRLEN(URL_SCHEME)) != 0)
		return NULL;
	at = url_skip_host(url + STRLEN(URL_SCHEME));
	return at ? url_skip_port(at) : NULL;
}

bool url_is_https(const char *url)
{
	const char *at;

	if (!url || strnlen(url, URL_LEN_MAX + 1) > URL_LEN_MAX)
		return false;
	at = url_skip_origin(url);
	if (!at || (*at != '\0' && *at != '/' && *at != '?'))
		return false;
	while (url_is_path_char(*at))
		at++;
	return *at == '\0';
}

/* Length of scheme and host; ret_port is 443 when none is written. */
static size_t url_host_len(const char *url, unsigned *ret_port)
{
	const char *end = url_skip_host(url + STRLEN(URL_SCHEME));

	*ret_port = end && *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : 443;
	return end ? (size_t)(end - url) : 0;
}

bool url_same_origin(const char *a, const char *b)
{
	unsigned port_a, port_b;
	size_t len_a, len_b;

	if (!url_is_https(a) || !url_is_https(b))
		return false;
	len_a = url_host_len(a, &port_a);
	len_b = url_host_len(b, &port_b);
	return port_a == port_b && len_a == len_b && strncasecmp(a, b, len_a) == 0;
}

void url_put_escaped(struct buf *out, const char *text, bool form)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const char *at = text; *at; at++) {
		uint8_t c = (uint8_t)*at;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c)) {
			buf_put_u8(out, c);
		} else if (form && c == ' ') {
			buf_put_u8(out, '+');
		} else {
			buf_put_u8(out, '%');
			buf_put_u8(out, (uint8_t)hex[c >> 4]);
			buf_put_u8(out, (uint8_t)hex[c & 15]);
		}
	}
}

void url_put_pair(struct buf *out, const char *name, const char *value)
{
	if (out->len > 0)
		buf_put_u8(out, '&');
	url_put_escaped(out, name, true);
	buf_put_u8(out, '=');
	url_put_escaped(out, value, true);
}
