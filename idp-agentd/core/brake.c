/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A row for each person who has a wrong password to their name. Names come from strangers, so rows
 * hold a keyed hash; two people who share one would share a wait, and with 64 bits nobody does.
 */
#include "idp-agentd/core/brake.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/secret.h"
#include "common/siphash.h"

struct brake_row {
	uint64_t person; /* meaningless while tries is 0 */
	unsigned tries;
	usec_t until;  /* no attempt before */
	usec_t before; /* what until was before the last attempt */
};

struct brake {
	uint8_t key[16];
	struct brake_row rows[PASSWORD_BRAKE_PEOPLE];
};

int brake_new(struct brake **ret_brake)
{
	_cleanup_(brake_freep) struct brake *brake = calloc(1, sizeof(*brake));
	int r;

	if (!brake)
		return -ENOMEM;
	r = secret_random(brake->key, sizeof(brake->key));
	if (r < 0)
		return r;
	*ret_brake = TAKE_PTR(brake);
	return 0;
}

struct brake *brake_free(struct brake *brake)
{
	free(brake);
	return NULL;
}

static uint64_t brake_hash(const struct brake *brake, const char *person)
{
	return siphash24(brake->key, person, strlen(person));
}

static struct brake_row *brake_find(struct brake *brake, const char *person)
{
	uint64_t hash = brake_hash(brake, person);

	for (size_t i = 0; i < ELEMENTSOF(brake->rows); i++)
		if (brake->rows[i].tries > 0 && brake->rows[i].person == hash)
			return &brake->rows[i];
	return NULL;
}

/* The person's row, else a free one, else that of whoever waits least. */
static struct brake_row *brake_row(struct brake *brake, const char *person)
{
	struct brake_row *row = brake_find(brake, person);

	if (row)
		return row;
	row = &brake->rows[0];
	for (size_t i = 0; i < ELEMENTSOF(brake->rows) && row->tries > 0; i++)
		if (brake->rows[i].tries == 0 || brake->rows[i].until < row->until)
			row = &brake->rows[i];
	*row = (struct brake_row){ .person = brake_hash(brake, person) };
	return row;
}

/* How long to wait after that many tries. */
static usec_t brake_wait(unsigned tries)
{
	usec_t wait = PASSWORD_BRAKE_FIRST;

	if (tries < PASSWORD_TRIES_FREE)
		return 0;
	for (unsigned i = PASSWORD_TRIES_FREE; i < tries && wait < PASSWORD_BRAKE_MAX; i++)
		wait *= 2;
	return wait < PASSWORD_BRAKE_MAX ? wait : PASSWORD_BRAKE_MAX;
}

bool brake_take(struct brake *brake, const char *person, usec_t now)
{
	struct brake_row *row = brake_row(brake, person);

	if (row->tries > 0 && now < row->until)
		return false;
	if (row->tries > 0 && now > clock_add(row->until, PASSWORD_BRAKE_FORGET))
		row->tries = 0;
	row->tries++;
	row->before = row->until;
	row->until = clock_add(now, brake_wait(row->tries));
	return true;
}

void brake_release(struct brake *brake, const char *person)
{
	struct brake_row *row = brake_find(brake, person);

	if (row)
		*row = (struct brake_row){ .tries = 0 };
}

void brake_undo(struct brake *brake, const char *person)
{
	struct brake_row *row = brake_find(brake, person);

	if (!row)
		return;
	row->tries--;
	row->until = row->before;
}
