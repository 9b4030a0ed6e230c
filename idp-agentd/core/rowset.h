/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ROWSET_H
#define IDP_CORE_ROWSET_H

/*
 * A set of row ids of one table: a bit a row, since rows are numbered from 1 without large gaps
 * and never deleted. { 0 } is the empty set. At most ROWSET_MAX: 8 MiB.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

#define ROWSET_MAX ((int64_t)1 << 26) /* sixteen times what a snapshot holds */

struct rowset {
	uint64_t *words;
	size_t room; /* words */
	size_t n;    /* rows in it */
};

void rowset_done(struct rowset *set);
/* Empties it and keeps its memory. */
void rowset_clear(struct rowset *set);
/* -EUCLEAN for what cannot be a row id, -ENOMEM. */
int rowset_add(struct rowset *set, int64_t row) _must_check_;
void rowset_drop(struct rowset *set, int64_t row);
bool rowset_has(const struct rowset *set, int64_t row) _must_check_;
/* The first row above after; false: there is none. Begin with 0. */
bool rowset_next(const struct rowset *set, int64_t after, int64_t *ret) _must_check_;
/* Adds all of the other. -ENOMEM: some of them. */
int rowset_join(struct rowset *set, const struct rowset *other) _must_check_;

#endif
