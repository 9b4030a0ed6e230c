/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_NAMING_H
#define IDP_COMMON_NAMING_H

/*
 * From what a platform calls a person to the name of a passwd entry, and to the other name of the
 * same person ([directory] domain, names, aliases, name_case). Pure. MUST:
 *  1. never take off or put on a domain but the directory's own: bob@partner.example stays that;
 *  2. never make of two platform names one that hides the other: what falls together here is
 *     refused by UNIQUE(name) of the record, never suffixed;
 *  3. leave what is beyond ASCII alone: it is no name, and never becomes one by folding.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

#define NAMING_DOMAIN_MAX (NAME_LEN_MAX - 2u) /* leaves "a@" */
/* Room for what may have been added to a name that is too long anyway. */
#define NAMING_ROOM (SUBJECT_LEN_MAX + NAME_LEN_MAX + 1)

/* How one directory names its people; texts borrowed. All zero: as the platform writes them. */
struct naming {
	const char *domain; /* NULL: names are as they are */
	bool qualified;     /* alice@domain, else alice */
	bool aliases;       /* the other form is found as well */
	bool lower;         /* A-Z of the platform are read as a-z; else such a name is refused */
};

/* Lower case letters, digits, '-' and '.' between them; at most NAMING_DOMAIN_MAX bytes. */
bool naming_is_domain(const char *text) _must_check_;
/*
 * The name of the passwd entry for what the platform says. Always NUL-terminated; it may be no
 * valid name, which idmap_claim() refuses then. What is longer than SUBJECT_LEN_MAX is cut there:
 * it is no name either way.
 */
void naming_apply(const struct naming *naming, const char *said, char out[static NAMING_ROOM]);
/*
 * The other form of a name: alice of alice@domain and the reverse; false when there is none
 * (aliases off, another domain, too long). Says nothing about whether anybody may have it.
 */
bool naming_other(const struct naming *naming, const char *name,
		  char out[static NAME_LEN_MAX + 1]) _must_check_;
/*
 * What the platform may write for whom a process calls name: none, one or two names to ask for.
 * Both forms with a domain, since platforms write either; none when that form is not found here.
 */
#define NAMING_GUESSES_MAX 2u
struct naming_guess {
	char name[NAME_LEN_MAX + NAME_LEN_MAX + 1];
};
size_t naming_guess(const struct naming *naming, const char *name,
		    struct naming_guess out[static NAMING_GUESSES_MAX]);
/* The part of a name before its '@'; *ret_domain: what follows it, or NULL. */
size_t naming_split(const char *name, const char **ret_domain);

#endif
