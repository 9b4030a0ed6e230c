/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/home.h"

#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "common/naming.h"

/* The letter after a '%', whether "1" stands between, and how long all of it is; '\0': no such. */
struct piece {
	char letter;
	bool first;
	size_t len;
};

static struct piece piece_at(const char *percent)
{
	bool first = percent[1] == '1';
	char letter = percent[first ? 2 : 1];

	if (!letter || !strchr(first ? "us" : "usdU%", letter))
		return (struct piece){ .len = 1 };
	return (struct piece){ letter, first, first ? 3 : 2 };
}

/* Is "%LETTER", the whole of it, in the template? */
static bool has(const char *template, char letter)
{
	for (const char *at = strchr(template, '%'); at;) {
		struct piece piece = piece_at(at);

		if (piece.letter == letter && !piece.first)
			return true;
		at = strchr(at + piece.len, '%');
	}
	return false;
}

static bool has_unknown(const char *template)
{
	for (const char *at = strchr(template, '%'); at;) {
		struct piece piece = piece_at(at);

		if (!piece.letter)
			return true;
		at = strchr(at + piece.len, '%');
	}
	return false;
}

/* Is there a byte between %s and %d that neither can hold? Else a.b of c and a of b.c meet. */
static bool keeps_apart(const char *template)
{
	char before = '\0';
	bool parted = false;

	for (const char *at = template; *at;) {
		struct piece piece = { .len = 1 };

		if (*at == '%')
			piece = piece_at(at);
		if ((piece.letter == 's' || piece.letter == 'd') && !piece.first) {
			if (before && before != piece.letter && parted)
				return true;
			before = piece.letter;
			parted = false;
		}
		parted = parted || *at == '/' || *at == '@';
		at += piece.len;
	}
	return false;
}

bool home_template_has_domain(const char *template)
{
	return has(template, 'd');
}

const char *home_template_fault(const char *template)
{
	/* as long as they get, so that what fits here always does */
	const struct home_parts longest = { .name = "abcdefghijklmnopqrstuvwxyz012345",
					    .domain = "abcdefghijklmnopqrstuvwxyz.org",
					    .uid = UID_RANGE_CEILING };
	char out[PATH_LEN_MAX + 1];

	if (has_unknown(template))
		return "knows only %u, %s, %d, %U, %1u and %1s (user name, its part before the @, "
		       "domain, user id, first letter) after %";
	if (!has(template, 'u') && !has(template, 'U') &&
	    !(has(template, 's') && has(template, 'd')))
		return "has no %u: everybody would share one home";
	if (!has(template, 'u') && !has(template, 'U') && !keeps_apart(template))
		return "has no / or @ between %s and %d: two people could share one home";
	if (!home_expand(template, &longest, out))
		return "is not an absolute path without '..', '//' and ':', or is too long";
	return NULL;
}

/* What stands for a piece: text, *ret_len bytes of it. */
static const char *value_of(struct piece piece, const struct home_parts *parts,
			    char number[static 12], size_t *ret_len)
{
	const char *domain, *text = parts->name;
	size_t len = naming_split(parts->name, &domain);

	switch (piece.letter) {
	case 'u':
		len = strlen(text);
		break;
	case 's':
		break;
	case 'd':
		text = domain ? domain : parts->domain ? parts->domain : "";
		len = strlen(text);
		break;
	case 'U':
		len = (size_t)snprintf(number, 12, "%u", parts->uid);
		text = number;
		break;
	default:
		text = "%";
		len = 1;
		break;
	}
	*ret_len = piece.first && len > 1 ? 1 : len;
	return text;
}

bool home_expand(const char *template, const struct home_parts *parts,
		 char out[static PATH_LEN_MAX + 1])
{
	size_t n = 0;

	while (*template) {
		struct piece piece = { .len = 1 };
		char number[12];
		const char *text = template;
		size_t len = 1;

		if (*template == '%')
			piece = piece_at(template);
		if (piece.letter)
			text = value_of(piece, parts, number, &len);
		if (len > PATH_LEN_MAX - n)
			return false;
		memcpy(out + n, text, len);
		n += len;
		template += piece.len;
	}
	out[n] = '\0';
	return name_is_path(out, n);
}

size_t home_template_parent(const char *template)
{
	size_t n = strcspn(template, "%");

	while (n > 0 && template[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : 0;
}

bool home_is_below(const char *path, const char *folder, size_t len)
{
	while (len > 0 && folder[len - 1] == '/')
		len--;
	return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/' && path[len + 1];
}

bool home_shell_is_none(const char *shell)
{
	static const char *const none[] = { "/usr/sbin/nologin", "/sbin/nologin", "/bin/false",
					    "/usr/bin/false" };

	for (size_t i = 0; i < ELEMENTSOF(none); i++) {
		if (strcmp(shell, none[i]) == 0)
			return true;
	}
	return false;
}
