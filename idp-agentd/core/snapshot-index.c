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
	size_t n_real; /* the others are name-only */
	/* The hash of cell i, and whether cells a and b have one key. */
	uint64_t (*hash)(const struct index_job *job, size_t i);
	bool (*same)(const struct index_job *job, size_t a, size_t b);
	void (*give_way)(const struct index_job *job, size_t have, size_t i);
	bool (*nameless)(const struct index_job *job, size_t i);
};

static const struct snapshot_user_cell *user_at(const struct snapshot_cells *cells, size_t i)
{
	return i < cells->n_users ? &cells->users[i] : &cells->user_names[i - cells->n_users];
}

static const struct snapshot_group_cell *group_at(const struct snapshot_cells *cells, size_t i)
{
	return i < cells->n_groups ? &cells->groups[i] : &cells->group_names[i - cells->n_groups];
}

static uint64_t hash_user_name(const struct index_job *job, size_t i)
{
	const struct snapshot_user_cell *cell = user_at(job->cells, i);

	return snapshot_hash_name(job->key, cell->body.text, cell->name_len);
}

static bool same_user_name(const struct index_job *job, size_t a, size_t b)
{
	const struct snapshot_user_cell *x = user_at(job->cells, a);
	const struct snapshot_user_cell *y = user_at(job->cells, b);

	return x->name_len == y->name_len && memcmp(x->body.text, y->body.text, x->name_len) == 0;
}

static uint64_t hash_user_id(const struct index_job *job, size_t i)
{
	return snapshot_hash_id(job->key, job->cells->users[i].uid);
}

static const char *group_name(const struct snapshot_cells *cells, size_t i)
{
	const struct snapshot_group_cell *cell = group_at(cells, i);

	if (cell->flags & SNAPSHOT_CELL_FAR_NAME)
		return cells->pool + cell->far_name;
	return cell->name;
}

static uint64_t hash_group_name(const struct index_job *job, size_t i)
{
	return snapshot_hash_name(job->key, group_name(job->cells, i),
				  group_at(job->cells, i)->name_len);
}

static bool same_group_name(const struct index_job *job, size_t a, size_t b)
{
	const uint8_t len = group_at(job->cells, a)->name_len;

	return len == group_at(job->cells, b)->name_len &&
	       memcmp(group_name(job->cells, a), group_name(job->cells, b), len) == 0;
}

static uint64_t hash_group_id(const struct index_job *job, size_t i)
{
	return snapshot_hash_id(job->key, job->cells->groups[i].gid);
}

static bool user_is_nameless(const struct index_job *job, size_t i)
{
	return user_at(job->cells, i)->name_len == 0;
}

static bool group_is_nameless(const struct index_job *job, size_t i)
{
	return group_at(job->cells, i)->name_len == 0;
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

/* Both have one name and the one at i is name-only: two people's alias becomes a gone name. */
static void name_gives_way(const struct index_job *job, size_t have, size_t i)
{
	const struct snapshot_user_cell *cell = user_at(job->cells, i);
	struct snapshot_user_cell *other;

	if (have < job->n_real)
		return;
	other = &job->cells->user_names[have - job->n_real];
	if (other->flags == SNAPSHOT_CELL_ALIAS && cell->flags == SNAPSHOT_CELL_ALIAS &&
	    other->uid != cell->uid)
		other->flags = SNAPSHOT_CELL_TOMBSTONE;
}

/* Enters cell i. SNAPSHOT_E_TWICE; -EAGAIN: too far from home, another key is wanted. */
static int index_put(const struct index_job *job, uint32_t *slots, struct snapshot_index *index,
		     size_t i)
{
	const uint64_t hash = job->hash(job, i);
	const uint32_t tag = snapshot_tag(hash), mask = (1u << index->bits) - 1;
	uint32_t at = (uint32_t)(hash >> (64 - index->bits)), distance = 0;

	while (slots[at] != 0) {
		const size_t have = (slots[at] & SNAPSHOT_REF_MASK) - 1;

		if (slots[at] >> SNAPSHOT_REF_BITS == tag && job->same(job, have, i)) {
			if (i < job->n_real)
				return SNAPSHOT_E_TWICE;
			if (job->give_way)
				job->give_way(job, have, i);
			return 0;
		}
		at = (at + 1) & mask;
		if (++distance > SNAPSHOT_PROBE_MAX)
			return -EAGAIN;
	}
	slots[at] = tag << SNAPSHOT_REF_BITS | (uint32_t)(i + 1);
	if (distance > index->probe_max)
		index->probe_max = distance;
	return 0;
}

/* A tombstone among the users has an id and no name. */
static bool has_no_name(const struct index_job *job, size_t i)
{
	return job->nameless && job->nameless(job, i);
}

KEEPS_POINTERS_BEGIN
static int table_new(size_t n, uint32_t **slots, struct snapshot_index *index)
{
	*index = (struct snapshot_index){ .bits = index_bits(n) };
	free(*slots);
	*slots = calloc((size_t)1 << index->bits, sizeof(**slots));
	return *slots ? 0 : -ENOMEM;
}
KEEPS_POINTERS_END

static int table_step(struct snapshot_indexing *indexing, const struct index_job *job,
		      usec_t deadline, uint32_t **slots, struct snapshot_index *index)
{
	int r = indexing->at == 0 ? table_new(job->n, slots, index) : 0;

	if (r < 0)
		return r;
	while (indexing->at < job->n) {
		const size_t i = indexing->at++;

		r = has_no_name(job, i) ? 0 : index_put(job, *slots, index, i);
		if (r != 0)
			return r;
		if (i % 1024 == 1023 && clock_now() >= deadline)
			return SNAPSHOT_E_MORE;
	}
	indexing->at = 0;
	indexing->table++;
	return indexing->table < SNAPSHOT_INDEXES && clock_now() >= deadline ? SNAPSHOT_E_MORE : 0;
}

static int tables_step(struct snapshot_indexing *indexing, const struct snapshot_cells *cells,
		       usec_t deadline, struct snapshot_header *header,
		       uint32_t *slots[static SNAPSHOT_INDEXES])
{
	const struct index_job jobs[SNAPSHOT_INDEXES] = {
		{ cells, header->key, cells->n_users + cells->n_user_names, cells->n_users,
		  hash_user_name, same_user_name, name_gives_way, user_is_nameless },
		{ cells, header->key, cells->n_users, cells->n_users, hash_user_id, same_never,
		  NULL, NULL },
		{ cells, header->key, cells->n_groups + cells->n_group_names, cells->n_groups,
		  hash_group_name, same_group_name, NULL, group_is_nameless },
		{ cells, header->key, cells->n_groups, cells->n_groups, hash_group_id, same_never,
		  NULL, NULL },
	};
	struct snapshot_index *const indexes[SNAPSHOT_INDEXES] = {
		&header->user_names, &header->user_ids, &header->group_names, &header->group_ids
	};
	int r = 0;

	while (r == 0 && indexing->table < SNAPSHOT_INDEXES)
		r = table_step(indexing, &jobs[indexing->table], deadline, &slots[indexing->table],
			       indexes[indexing->table]);
	return r;
}

static int key_choose(struct snapshot_indexing *indexing, const uint64_t *key,
		      struct snapshot_header *header)
{
	indexing->n_keys++;
	indexing->table = 0;
	indexing->at = 0;
	if (!key)
		return secret_random(header->key, sizeof(header->key));
	memcpy(header->key, key, sizeof(header->key));
	return 0;
}

int snapshot_index_step(struct snapshot_indexing *indexing, const struct snapshot_cells *cells,
			const uint64_t *key, usec_t deadline, struct snapshot_header *header,
			uint32_t *slots[static SNAPSHOT_INDEXES])
{
	int r = 0;

	if (indexing->n_keys == 0)
		r = key_choose(indexing, key, header);
	while (r == 0) {
		r = tables_step(indexing, cells, deadline, header, slots);
		if (r != -EAGAIN || key || indexing->n_keys == KEYS_TRIED_MAX)
			return r;
		r = key_choose(indexing, key, header);
	}
	return r;
}
