/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scopes with a path: NAME:/PATH covers /PATH and what is below it.
 *
 * MUST
 * 1. Segments are whole: /path covers /path/x, never /pathology.
 * 2. A path that could mean another one ("..", ".", an empty segment) covers nothing and is
 *    covered by nothing. Nothing is decoded: "%2e" is three letters.
 */

#include <string.h>

#include "idp-agentd/core/access-rules.h"

bool path_is_plain(const char *path)
{
	if (path[0] != '/')
		return false;
	while (*path) {
		size_t len = strcspn(++path, "/");

		if ((len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.') || (len == 0 && path[0] == '/'))
			return false;
		path += len;
	}
	return true;
}

/* Without the '/' at its end: the root has no length. */
static size_t path_len(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/' ? len - 1 : len;
}

bool path_scope_covers(const struct atom *atom, const char *granted)
{
	const char *path;
	size_t len;

	if (strncmp(granted, atom->value, atom->prefix_len) != 0)
		return false;
	path = granted + atom->prefix_len;
	if (!path_is_plain(path) || !path_is_plain(atom->path))
		return false;
	len = path_len(path);
	return strncmp(path, atom->path, len) == 0 &&
	       (atom->path[len] == '\0' || atom->path[len] == '/');
}
