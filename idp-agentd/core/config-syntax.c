/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the small words of a configuration look like: numbers, times, pointers, scopes, names,
 * addresses. A text is of a form whole or not at all.
 */

#include "idp-agentd/core/config-value.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool config_value_number(const char *text, size_t len, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (len == 0 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(number, (uint64_t)10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
			return false;
	}
	if (number > max)
		return false;
	*ret_number = number;
	return true;
}

bool config_value_time(const char *text, usec_t *ret_time)
{
	static const struct {
		char letter;
		usec_t usec;
	} units[] = {
		{ 's', USEC_PER_SEC },
		{ 'm', USEC_PER_MINUTE },
		{ 'h', USEC_PER_HOUR },
		{ 'd', USEC_PER_DAY },
	};
	size_t len = strlen(text);
	uint64_t number;

	if (strcmp(text, "no") == 0 || strcmp(text, "0") == 0) {
		*ret_time = 0;
		return true;
	}
	/* No unit reaches overflow below a million. */
	if (len < 2 || !config_value_number(text, len - 1, 999999, &number))
		return false;
	for (size_t i = 0; i < ELEMENTSOF(units); i++)
		if (units[i].letter == text[len - 1]) {
			*ret_time = number * units[i].usec;
			return true;
		}
	return false;
}

bool config_value_is_pointer(const char *text, size_t len)
{
	if (len < 2 || text[0] != '/')
		return false;
	for (size_t i = 0; i < len; i++)
		if (is_blank(text[i]) || (text[i] == '~' && (i + 1 == len || (text[i + 1] != '0' &&
									      text[i + 1] != '1'))))
			return false;
	return true;
}

bool config_value_is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-'
				   : !((text[i] >= '0' && text[i] <= '9') ||
				       (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return text[i] == '\0';
}

bool config_value_is_scope(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at < 0x21 || *at > 0x7e || *at == '"' || *at == '\\')
			return false;
	return *text != '\0';
}

bool config_value_is_name(const char *text)
{
	size_t len = strlen(text);

	/* Names stand in reason codes between blanks: no blank, no quote, no comma, no bracket. */
	return len > 0 && len <= CONFIG_NAME_MAX && config_value_is_scope(text) &&
	       !strpbrk(text, "[]=|!,;#'`");
}

bool config_value_is_ascii(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at <= 0x20 || *at > 0x7e)
			return false;
	return true;
}

bool config_value_is_url(const char *text)
{
	const char *host;
	size_t len;

	if (strncmp(text, "https://", STRLEN("https://")) != 0 || !config_value_is_ascii(text) ||
	    strpbrk(text, "\"<>\\^`{|}#"))
		return false;
	host = text + STRLEN("https://");
	len = strcspn(host, "/?");
	return len > 0 && host[0] != ':' && !memchr(host, '@', len);
}

bool config_value_is_host(const char *text)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	unsigned dots = 0;

	if (strlen(text) > 253)
		return false;
	for (;;) {
		size_t len = strspn(text, set);

		if (len == 0 || len > 63 || text[0] == '-' || text[len - 1] == '-')
			return false;
		text += len;
		if (*text != '.')
			return *text == '\0' && dots > 0;
		dots++;
		text++;
	}
}
