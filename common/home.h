/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_HOME_H
#define IDP_COMMON_HOME_H

/*
 * Home folders: the template of idp.conf, and where a platform may put a home. Pure. In a template
 *   %u  the user name            %1u  its first letter
 *   %s  the name without domain  %1s  its first letter
 *   %d  the domain               %U   the user id            %%  a percent sign
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct home_parts {
	const char *name;   /* a valid user name; its domain, where it has one, is the one of %d */
	const char *domain; /* of its directory, NULL for none */
	uint32_t uid;
};

/* What is wrong with a template, a sentence's end behind its name, or NULL: each person has a home
 * of their own by it. */
const char *home_template_fault(const char *template) _must_check_;
/* Does it need a domain? */
bool home_template_has_domain(const char *template) _must_check_;
/* false: it does not come out as a path (name_is_path()); out is not to be used then. */
bool home_expand(const char *template, const struct home_parts *parts,
		 char out[static PATH_LEN_MAX + 1]) _must_check_;
/* How much of the template is the folder all homes are in: its beginning, without '/' at the end.
 */
size_t home_template_parent(const char *template);
/* Is path truly below the folder of len bytes? */
bool home_is_below(const char *path, const char *folder, size_t len) _must_check_;
/* A shell that lets nobody in: a platform may always choose it. */
bool home_shell_is_none(const char *shell) _must_check_;

#endif
