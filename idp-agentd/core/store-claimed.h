/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_CLAIMED_H
#define IDP_CORE_STORE_CLAIMED_H

/*
 * Groups that claims give: rows of dirgroup like all others, of the directory GROUP_CLAIMED, whose
 * members are put in by row and never wait for anybody.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct group;
struct store;

/* Live ones. A positive answer of each ends it and is returned. */
int store_each_claimed_group(struct store *store, int (*each)(void *arg, const struct group *group),
			     void *arg) _must_check_;
/* The person is in these of them and in no other. ret_changed: they were others before. */
int store_put_claimed(struct store *store, int64_t person, const int64_t *groups, size_t n,
		      bool *ret_changed) _must_check_;
/* Row ids of live people above after, in order: n of them at most. */
int store_people_after(struct store *store, int64_t after, size_t n, int64_t *ret_ids,
		       size_t *ret_n) _must_check_;

#endif
