/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of each row, and how many became what. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/publish-internal.h"

void publish_tally_done(struct publish_tally *tally)
{
	free(tally->people.items);
	free(tally->groups.items);
	*tally = (struct publish_tally){ 0 };
}

uint8_t publish_rows_get(const struct publish_rows *rows, int64_t row)
{
	return row > 0 && (size_t)row < rows->room ? rows->items[row] : 0;
}

static int rows_set(struct publish_rows *rows, int64_t row, uint8_t value)
{
	if (row <= 0 || row > ROWSET_MAX)
		return -EUCLEAN;
	if ((size_t)row >= rows->room) {
		size_t room = (size_t)row + (size_t)row / 8 + 256;
		uint8_t *items = realloc(rows->items, room);

		if (!items)
			return -ENOMEM;
		memset(items + rows->room, 0, room - rows->room);
		rows->items = items;
		rows->room = room;
	}
	rows->items[row] = value;
	return 0;
}

static void count_person(struct publish_counts *counts, uint8_t verdict, uint64_t by)
{
	if (verdict == PUBLISH_YES)
		counts->people += by;
	else if (verdict != PUBLISH_NO)
		counts->hidden[verdict] += by;
}

int publish_tally_person(struct publish_tally *tally, int64_t row, enum publish_verdict verdict)
{
	const uint8_t was = publish_rows_get(&tally->people, row);
	int r = rows_set(&tally->people, row, (uint8_t)verdict);

	if (r < 0)
		return r;
	count_person(&tally->counts, was, UINT64_MAX); /* one less */
	count_person(&tally->counts, (uint8_t)verdict, 1);
	return 0;
}

static void count_group(struct publish_counts *counts, uint8_t state, uint64_t by)
{
	if (state == PUBLISH_GROUP_SHOWN)
		counts->groups += by;
	else if (state == PUBLISH_GROUP_HIDDEN)
		counts->hidden_groups += by;
}

int publish_tally_group(struct publish_tally *tally, int64_t row, enum publish_group state)
{
	const uint8_t was = publish_rows_get(&tally->groups, row);
	int r = rows_set(&tally->groups, row, (uint8_t)state);

	if (r < 0)
		return r;
	count_group(&tally->counts, was, UINT64_MAX); /* one less */
	count_group(&tally->counts, (uint8_t)state, 1);
	return 0;
}
