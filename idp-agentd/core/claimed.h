/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CLAIMED_H
#define IDP_CORE_CLAIMED_H

/*
 * [groups] in the record: claims of the last sign-in, and what a directory says, become Unix groups
 * that the snapshot shows. What is given is worked out anew by each sign-in, after each pass of a
 * directory and with each configuration; nothing else puts anybody in or takes anybody out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct authority;
struct person;

#define CLAIMED_STEP 64u /* people of one step: well below a millisecond each */

/* The groups that the configuration names are there, those it names no more are gone. -errno. */
int claimed_configure(struct authority *authority) _must_check_;
/* Whether claims give any group at all. */
bool claimed_is_used(const struct authority *authority) _must_check_;
/* Of one person, as things are. ret_changed: the snapshot shows something else now. -errno. */
int claimed_person(struct authority *authority, const struct person *person,
		   bool *ret_changed) _must_check_;
/*
 * Of the next CLAIMED_STEP people behind row *after, which moves on; ret_over: there are no more.
 * changed is set when anybody's groups did. -errno.
 */
int claimed_step(struct authority *authority, int64_t *after, bool *changed,
		 bool *ret_over) _must_check_;

#endif
