/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/rowset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void rowset_done(struct rowset *set)
{
	free(set->words);
	*set = (struct rowset){ 0 };
}

void rowset_clear(struct rowset *set)
{
	if (set->n > 0)
		memset(set->words, 0, set->room * sizeof(*set->words));
	set->n = 0;
}

static int reserve(struct rowset *set, size_t words)
{
	size_t room = words + words / 2 + 16;
	uint64_t *grown;

	if (words <= set->room)
		return 0;
	grown = reallocarray(set->words, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + set->room, 0, (room - set->room) * sizeof(*grown));
	set->words = grown;
	set->room = room;
	return 0;
}

static uint64_t bit_of(int64_t row)
{
	return (uint64_t)1 << (row % 64);
}

int rowset_add(struct rowset *set, int64_t row)
{
	int r;

	if (row <= 0 || row > ROWSET_MAX)
		return -EUCLEAN;
	r = reserve(set, (size_t)(row / 64) + 1);
	if (r < 0)
		return r;
	if (!(set->words[row / 64] & bit_of(row)))
		set->n++;
	set->words[row / 64] |= bit_of(row);
	return 0;
}

bool rowset_has(const struct rowset *set, int64_t row)
{
	return row > 0 && (size_t)(row / 64) < set->room &&
	       (set->words[row / 64] & bit_of(row)) != 0;
}

void rowset_drop(struct rowset *set, int64_t row)
{
	if (!rowset_has(set, row))
		return;
	set->words[row / 64] &= ~bit_of(row);
	set->n--;
}

bool rowset_next(const struct rowset *set, int64_t after, int64_t *ret)
{
	size_t at = (size_t)((after + 1) / 64);
	unsigned skip = (unsigned)((after + 1) % 64);

	for (; at < set->room && set->n > 0; at++, skip = 0) {
		const uint64_t word = set->words[at] >> skip << skip;

		if (word) {
			*ret = (int64_t)at * 64 + __builtin_ctzll(word);
			return true;
		}
	}
	return false;
}

int rowset_join(struct rowset *set, const struct rowset *other)
{
	int64_t row = 0;
	int r = 0;

	while (r == 0 && rowset_next(other, row, &row))
		r = rowset_add(set, row);
	return r;
}
