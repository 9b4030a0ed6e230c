/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ALIAS_H
#define IDP_CORE_ALIAS_H

/*
 * The second name of a person: alice where the record says alice@example.org, or the reverse. It
 * is found, never listed, and answered with the record as it is. MUST:
 *  1. never hide a name: one of this host's files, of the system, of break_glass, or of any live
 *     person of any directory is nobody's alias;
 *  2. never choose: where it could be two people's, it is nobody's;
 *  3. say the same to the snapshot and to every single answer: there is one judge, alias_find().
 */

#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/naming.h"

struct idmap;
struct person;

/* How the configured directories name their people; texts borrowed. */
struct alias_book {
	size_t n;
	struct alias_row {
		const char *directory;
		struct naming naming;
	} rows[];
};

enum {
	ALIAS_E_NONE = 1, /* nobody has it */
	ALIAS_E_SHARED,   /* two people could: so nobody has it (MUST 2) */
	ALIAS_E_HELD,     /* it is a name already (MUST 1); only from alias_of() */
};

/* How this directory names its people; never NULL. */
const struct naming *alias_naming(const struct alias_book *book, const char *directory);
/*
 * Who has this alias. The caller knows that nobody's own name it is: store_find_name() did not
 * find it and idmap_check_user() does not mind it. 0, ALIAS_E_NONE, ALIAS_E_SHARED, -errno.
 */
int alias_find(const struct idmap *map, const char *alias, struct person **ret) _must_check_;
/* The alias of a person. 0, ALIAS_E_*, -errno; out is set for all but ALIAS_E_NONE. */
int alias_of(const struct idmap *map, const struct person *person,
	     char out[static NAME_LEN_MAX + 1]) _must_check_;

/*
 * Calls each(arg, rival) for everybody else who could have this person's alias too: while both
 * live nobody has it. What each says, unless 0, ends it.
 */
int alias_each_rival(const struct idmap *map, const struct person *person,
		     int (*each)(void *arg, const struct person *rival), void *arg) _must_check_;

#endif
