/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open addressing with linear probing, at most half full; what a slot holds is in
 * common/snapshot-format.h. A reader never probes further than the longest distance noted here.
 */
#include "idp-agentd/core/snapshot-index.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/secret.h"
#include "common/snapshot-hash.h"
#include "idp-agentd/core/snapshot-write.h"

#define KEYS_TRIED_MAX 8u /* half full, a random key probes past 128 about never */

struct index_job {
	const struct snapshot_cells *cells;
	const uint64_t *key;
	size_t n;
	/* The hash of cell i, and whether cells a and b have one key. */
	uint64_t (*hash)(const struct index_job *job, size_t i);
	bool (*same)(const struct index_job *job, size_t a, size_t b);
};

static uint64_t hash_user_name(const struct index_job *job, size_t i)
{
	const struct snapshot_user_cell *cell = &job->cells->users[i];

	return snapshot_hash_name(job->key, cell->body.text, cell->name_len);
}

static bool same_user_name(const struct index_job *job, size_t a, size_t b)
{
	const struct snapshot_user_cell *x = &job->cells->users[a];
	const struct snapshot_user_cell *y = &job->cells->users[b];

	return x->name_len == y->name_len && memcmp(x->body.text, y->body.text, x->name_len) == 0;
}

static uint64_t hash_user_id(const struct index_job *job, size_t i)
{
	return snapshot_hash_id(job->key, job->cells->users[i].uid);
}

static const char *group_name(const struct snapshot_cells *cells, size_t i)
{
	const struct snapshot_group_cell *cell = &cells->groups[i];

	if (cell->flags & SNAPSHOT_CELL_FAR_NAME)
		return cells->pool + cell->far_name;
	return cell->name;
}

static uint64_t hash_group_name(const struct index_job *job, size_t i)
{
	return snapshot_hash_name(job->key, group_name(job->cells, i),
				  job->cells->groups[i].name_len);
}

static bool same_group_name(const struct index_job *job, size_t a, size_t b)
{
	const uint8_t len = job->cells->groups[a].name_len;

	return len == job->cells->groups[b].name_len &&
	       memcmp(group_name(job->cells, a), group_name(job->cells, b), len) == 0;
}

static uint64_t hash_group_id(const struct index_job *job, size_t i)
{
	return snapshot_hash_id(job->key, job->cells->groups[i].gid);
}

/* Ids grow, so no two are the same. */
static bool same_never(const struct index_job *job _unused_, size_t a _unused_, size_t b _unused_)
{
	return false;
}

static uint32_t index_bits(size_t n)
{
	uint32_t bits = 4;

	while ((1u << bits) / 2 < n)
		bits++;
	return bits;
}

/* Enters cell i. SNAPSHOT_E_TWICE; -EAGAIN: too far from home, another key is wanted. */
static int index_put(const struct index_job *job, uint32_t *slots, struct snapshot_index *index,
		     size_t i)
{
	const uint64_t hash = job->hash(job, i);
	const uint32_t tag = snapshot_tag(hash), mask = (1u << index->bits) - 1;
	uint32_t at = (uint32_t)(hash >> (64 - index->bits)), distance = 0;

	while (slots[at] != 0) {
		if (slots[at] >> SNAPSHOT_REF_BITS == tag &&
		    job->same(job, (slots[at] & SNAPSHOT_REF_MASK) - 1, i))
			return SNAPSHOT_E_TWICE;
		at = (at + 1) & mask;
		if (++distance > SNAPSHOT_PROBE_MAX)
			return -EAGAIN;
	}
	slots[at] = tag << SNAPSHOT_REF_BITS | (uint32_t)(i + 1);
	if (distance > index->probe_max)
		index->probe_max = distance;
	return 0;
}

static int index_build(const struct index_job *job, uint32_t **slots, struct snapshot_index *index)
{
	int r;

	*index = (struct snapshot_index){ .bits = index_bits(job->n) };
	free(*slots);
	*slots = calloc((size_t)1 << index->bits, sizeof(**slots));
	if (!*slots)
		return -ENOMEM;
	for (size_t i = 0; i < job->n; i++) {
		r = index_put(job, *slots, index, i);
		if (r != 0)
			return r;
	}
	return 0;
}

static int index_all(const struct snapshot_cells *cells, struct snapshot_header *header,
		     uint32_t *slots[static SNAPSHOT_INDEXES])
{
	const struct index_job jobs[SNAPSHOT_INDEXES] = {
		{ cells, header->key, cells->n_users, hash_user_name, same_user_name },
		{ cells, header->key, cells->n_users, hash_user_id, same_never },
		{ cells, header->key, cells->n_groups, hash_group_name, same_group_name },
		{ cells, header->key, cells->n_groups, hash_group_id, same_never },
	};
	struct snapshot_index *const indexes[SNAPSHOT_INDEXES] = {
		&header->user_names, &header->user_ids, &header->group_names, &header->group_ids
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < SNAPSHOT_INDEXES; i++)
		r = index_build(&jobs[i], &slots[i], indexes[i]);
	return r;
}

int snapshot_index_build(const struct snapshot_cells *cells, const uint64_t *key,
			 struct snapshot_header *header, uint32_t *slots[static SNAPSHOT_INDEXES])
{
	int r = -EAGAIN;

	if (key) {
		memcpy(header->key, key, sizeof(header->key));
		return index_all(cells, header, slots);
	}
	for (unsigned i = 0; r == -EAGAIN && i < KEYS_TRIED_MAX; i++) {
		r = secret_random(header->key, sizeof(header->key));
		if (r == 0)
			r = index_all(cells, header, slots);
	}
	return r;
}
