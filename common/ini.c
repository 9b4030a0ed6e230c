/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tokenizer of idp.conf. It joins continued lines into one logical line of at most
 * CONFIG_LINE_MAX bytes, cuts comments, and splits. Invariant: everything it hands out is
 * printable text without NUL, so that messages may quote it.
 */

#include "common/ini.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"

struct ini {
	const char *text;
	size_t len;
	size_t at;
	unsigned line;        /* of the byte at 'at' */
	struct ini_item last; /* INI_END and INI_ERROR stay */
	bool over;
	char logical[CONFIG_LINE_MAX + 1];
};

struct ini *ini_new(const char *text, size_t len)
{
	struct ini *ini = calloc(1, sizeof(*ini));

	if (!ini)
		return NULL;
	ini->text = text;
	ini->len = len;
	ini->line = 1;
	return ini;
}

struct ini *ini_free(struct ini *ini)
{
	if (ini)
		explicit_bzero(ini->logical, sizeof(ini->logical));
	free(ini);
	return NULL;
}

static struct ini_item finish(struct ini *ini, struct ini_item item)
{
	ini->last = item;
	ini->over = true;
	return item;
}

static struct ini_item fail(struct ini *ini, unsigned line, const char *text)
{
	return finish(ini, (struct ini_item){ .kind = INI_ERROR, .line = line, .text = text });
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A sentence about the first byte that may not stand in a configuration, or NULL. */
static const char *unprintable(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)line[i];

		if (c == '\0')
			return "there is a NUL byte in this line; is this a text file?";
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "there is a control byte in this line; remove it";
	}
	return NULL;
}

/* The length of line without its comment: ';' or '#' at the start or after white space. */
static size_t without_comment(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((line[i] == ';' || line[i] == '#') && (i == 0 || is_blank(line[i - 1])))
			return i;
	return len;
}

static size_t without_blanks(const char *line, size_t len)
{
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	return len;
}

/*
 * Appends the next physical line to logical[*len]. Returns a sentence on failure.
 * *ret_more: the line ended in '\\' and the next one belongs to it.
 */
static const char *join_line(struct ini *ini, size_t *len, bool *ret_more)
{
	const char *start = ini->text + ini->at;
	const char *newline = memchr(start, '\n', ini->len - ini->at);
	size_t n = newline ? (size_t)(newline - start) : ini->len - ini->at;
	const char *complaint;

	ini->at += n + (newline ? 1 : 0);
	ini->line++;
	if (n > 0 && start[n - 1] == '\r')
		n--; /* written on another system: harmless */
	complaint = unprintable(start, n);
	if (complaint)
		return complaint;
	n = without_blanks(start, without_comment(start, n));
	*ret_more = n > 0 && start[n - 1] == '\\';
	if (*ret_more)
		n--;
	if (n > CONFIG_LINE_MAX - *len)
		return "this line is too long (8192 bytes with its continuations)";
	memcpy(ini->logical + *len, start, n);
	*len += n;
	if (*ret_more && ini->at >= ini->len)
		return "the file ends where a continued line should follow";
	return NULL;
}

/* Cuts blanks on both sides in place and NUL-terminates. */
static char *trim(char *text, size_t len)
{
	len = without_blanks(text, len);
	while (len > 0 && is_blank(*text)) {
		text++;
		len--;
	}
	text[len] = '\0';
	return text;
}

static struct ini_item parse_section(struct ini *ini, char *text, size_t len, unsigned line)
{
	char *name;

	if (text[len - 1] != ']')
		return fail(ini, line, "a section starts with '[' but does not end with ']'");
	text = trim(text + 1, len - 2);
	if (*text == '\0')
		return fail(ini, line, "a section needs a kind, as in [provider NAME]");
	if (strpbrk(text, "[]"))
		return fail(ini, line, "a section name holds no brackets");
	name = strpbrk(text, " \t");
	if (name) {
		*name++ = '\0';
		name = trim(name, strlen(name));
	}
	return (struct ini_item){
		.kind = INI_SECTION,
		.line = line,
		.key = text,
		.value = name ? name : "",
	};
}

static struct ini_item parse_pair(struct ini *ini, char *text, size_t len, unsigned line)
{
	char *equals = memchr(text, '=', len);
	char *key, *value;

	if (!equals)
		return fail(ini, line, "this is neither [section] nor key = value");
	key = trim(text, (size_t)(equals - text));
	value = trim(equals + 1, len - (size_t)(equals + 1 - text));
	if (*key == '\0')
		return fail(ini, line, "there is no key before '='");
	return (struct ini_item){ .kind = INI_PAIR, .line = line, .key = key, .value = value };
}

struct ini_item ini_next(struct ini *ini)
{
	if (ini->over)
		return ini->last;
	while (ini->at < ini->len) {
		unsigned line = ini->line;
		size_t len = 0;
		bool more = true;
		char *text;

		while (more) {
			const char *complaint = join_line(ini, &len, &more);

			if (complaint)
				return fail(ini, ini->line - 1, complaint);
		}
		text = trim(ini->logical, len);
		len = strlen(text);
		if (len == 0)
			continue;
		return *text == '[' ? parse_section(ini, text, len, line)
				    : parse_pair(ini, text, len, line);
	}
	return finish(ini, (struct ini_item){ .kind = INI_END, .line = ini->line });
}
