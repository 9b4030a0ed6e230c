/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A ring of fixed size in the order of arrival, and an open hash over it. All memory is taken
 * once: names are bounded by the validator, so an entry is a plain struct.
 */
#include "idp-agentd/core/negative.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/secret.h"
#include "common/siphash.h"

#define NEGATIVE_NONE UINT32_MAX

struct negative_entry {
	usec_t until;  /* 0: empty */
	uint32_t next; /* in its slot */
	char name[NAME_LEN_MAX + 1];
};

struct negative {
	size_t max;
	usec_t life;
	size_t at; /* the next place in the ring, the oldest once it has gone round */
	uint32_t n_slots;
	uint32_t *slots;
	struct negative_entry *ring;
	uint8_t hash_key[16];
};

int negative_new(size_t max, usec_t life, struct negative **ret_negative)
{
	_cleanup_(negative_freep) struct negative *negative = calloc(1, sizeof(*negative));
	int r;

	if (!negative)
		return -ENOMEM;
	if (max == 0 || max >= NEGATIVE_NONE)
		return -EINVAL;
	negative->max = max;
	negative->life = life;
	negative->n_slots = (uint32_t)max;
	negative->slots = calloc(max, sizeof(*negative->slots));
	negative->ring = calloc(max, sizeof(*negative->ring));
	if (!negative->slots || !negative->ring)
		return -ENOMEM;
	for (size_t i = 0; i < max; i++)
		negative->slots[i] = NEGATIVE_NONE;
	r = secret_random(negative->hash_key, sizeof(negative->hash_key));
	if (r < 0)
		return r;
	*ret_negative = TAKE_PTR(negative);
	return 0;
}

struct negative *negative_free(struct negative *negative)
{
	if (!negative)
		return NULL;
	free(negative->slots);
	free(negative->ring);
	free(negative);
	return NULL;
}

static uint32_t *negative_slot(struct negative *negative, const char *name)
{
	uint64_t hash = siphash24(negative->hash_key, name, strlen(name));

	return &negative->slots[hash % negative->n_slots];
}

/* The link that points to the entry of name, or to NEGATIVE_NONE. */
static uint32_t *negative_find(struct negative *negative, const char *name)
{
	uint32_t *link = negative_slot(negative, name);

	while (*link != NEGATIVE_NONE && strcmp(negative->ring[*link].name, name))
		link = &negative->ring[*link].next;
	return link;
}

void negative_drop(struct negative *negative, const char *name)
{
	uint32_t *link = negative_find(negative, name);

	if (*link == NEGATIVE_NONE)
		return;
	negative->ring[*link].until = 0;
	*link = negative->ring[*link].next;
}

bool negative_has(struct negative *negative, const char *name, usec_t now)
{
	uint32_t *link = negative_find(negative, name);

	if (*link == NEGATIVE_NONE)
		return false;
	if (now < negative->ring[*link].until)
		return true;
	negative_drop(negative, name);
	return false;
}

void negative_put(struct negative *negative, const char *name, usec_t now)
{
	struct negative_entry *entry = &negative->ring[negative->at];
	uint32_t *slot;

	if (strlen(name) > NAME_LEN_MAX)
		return;
	negative_drop(negative, name);
	if (entry->until)
		negative_drop(negative, entry->name);
	entry->until = clock_add(now, negative->life);
	memcpy(entry->name, name, strlen(name) + 1);
	slot = negative_slot(negative, name);
	entry->next = *slot;
	*slot = (uint32_t)negative->at;
	negative->at = (negative->at + 1) % negative->max;
}

size_t negative_flush(struct negative *negative)
{
	size_t n = 0;

	for (size_t i = 0; i < negative->max; i++) {
		n += negative->ring[i].until != 0;
		negative->ring[i].until = 0;
		negative->slots[i] = NEGATIVE_NONE;
	}
	return n;
}
