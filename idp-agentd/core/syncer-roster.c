/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The members of one group, part by part. Only differences are staged: each member is looked for
 * among those the record has, by a keyed 64-bit hash, so that a group of 100,000 people in which
 * one changed costs one row and no list of names in memory.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/siphash.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer-internal.h"

void syncer_roster_done(struct syncer_roster *roster)
{
	free(roster->dir_id);
	free(roster->old);
	free(roster->new);
	buf_done(&roster->names); /* keeps its limit */
	*roster = (struct syncer_roster){ .names = roster->names };
}

static uint64_t hash_of(const struct syncer *syncer, const char *dir_id)
{
	return siphash24(syncer->key, dir_id, strlen(dir_id));
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool contains(const uint64_t *hashes, size_t n, uint64_t hash)
{
	return n > 0 && bsearch(&hash, hashes, n, sizeof(hash), compare) != NULL;
}

static int append(uint64_t **hashes, size_t *n, size_t *room, uint64_t hash)
{
	if (*n == *room) {
		size_t wanted = *room ? *room * 2 : 64;
		uint64_t *grown = reallocarray(*hashes, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		*hashes = grown;
		*room = wanted;
	}
	(*hashes)[(*n)++] = hash;
	return 0;
}

static void sort(uint64_t *hashes, size_t n)
{
	if (n > 1)
		qsort(hashes, n, sizeof(*hashes), compare);
}

static int add_old(void *arg, const char *dir_id)
{
	struct syncer *syncer = arg;
	struct syncer_roster *roster = &syncer->roster;

	return append(&roster->old, &roster->n_old, &roster->old_room, hash_of(syncer, dir_id));
}

static int add_member(struct syncer *syncer, const char *member)
{
	struct syncer_roster *roster = &syncer->roster;
	uint64_t hash = hash_of(syncer, member);
	int r = append(&roster->new, &roster->n_new, &roster->new_room, hash);

	if (r != 0 || contains(roster->old, roster->n_old, hash))
		return r;
	roster->changed = true;
	return syncer_stage(syncer, SYNCER_LANE_MEMBERS, SYNCER_OP_JOIN, roster->dir_id, member,
			    strlen(member) + 1);
}

static int stage_group(struct syncer *syncer, const struct dir_group *group)
{
	_cleanup_(buf_done) struct buf record;
	int r;

	r = syncer_pack_group(&record, group->name ? group->name : "", group->gid);
	if (r != 0)
		return r == -EMSGSIZE ? SYNCER_E_BROKEN : r;
	return syncer_stage(syncer, SYNCER_LANE_GROUPS, SYNCER_OP_GROUP, group->id, record.data,
			    record.len);
}

/* What the record says about this group so far, and what came since it was begun. */
static int load_roster(struct syncer *syncer)
{
	struct syncer_roster *roster = &syncer->roster;
	const char *name = (const char *)roster->names.data;
	int r;

	r = store_each_member_id(syncer->store, syncer->seal.directory, roster->id, add_old,
				 syncer);
	sort(roster->old, roster->n_old);
	roster->lazy = false;
	for (size_t left = roster->names.len; left > 0 && r == 0;) {
		size_t len = strlen(name) + 1;

		r = add_member(syncer, name);
		name += len;
		left -= len;
	}
	buf_done(&roster->names);
	return r;
}

/* The first part: what does the record say about this group so far? */
static int open_roster(struct syncer *syncer, const struct dir_group *group)
{
	_cleanup_(group_freep) struct group *known = NULL;
	struct syncer_roster *roster = &syncer->roster;
	int r;

	roster->dir_id = strdup(group->id);
	if (!roster->dir_id)
		return -ENOMEM;
	syncer->result.groups_seen++;
	r = syncer_said_group(syncer, group->id);
	if (r != 0)
		return r;
	r = store_find_group_dir_id(syncer->store, syncer->seal.directory, group->id, &known);
	if (r == STORE_E_NOT_FOUND)
		return stage_group(syncer, group);
	if (r != 0)
		return r;
	roster->id = known->id;
	syncer_bits_clear(&syncer->gone_groups, known->id);
	r = syncer_bits_set(&syncer->seen_groups, known->id);
	roster->lazy = syncer_index_group(&syncer->index, known->id) != NULL && !known->retired;
	if (r == 0 && (known->retired || known->gid == PERSON_ID_NONE ||
		       strcmp(known->name, group->name ? group->name : "") != 0 ||
		       (group->gid != PERSON_ID_NONE && group->gid != known->gid)))
		r = stage_group(syncer, group);
	return r == 0 && !roster->lazy ? load_roster(syncer) : r;
}

/* The members of a group that looks like last time are not looked at one by one, but summed. */
static int put_member(struct syncer *syncer, const char *member)
{
	struct syncer_roster *roster = &syncer->roster;
	int r = 0;

	if (!member || !*member || strlen(member) > SUBJECT_LEN_MAX) {
		syncer->result.unknown_members++;
		return 0;
	}
	if (roster->n_put++ >= GROUP_MEMBERS_MAX)
		return SYNCER_E_BROKEN;
	roster->sum += syncer_index_member(&syncer->index, member);
	if (roster->lazy && roster->names.len + SUBJECT_LEN_MAX + 1 > SYNCER_ROSTER_MEMORY_MAX)
		r = load_roster(syncer);
	if (r != 0 || !roster->lazy)
		return r != 0 ? r : add_member(syncer, member);
	buf_put(&roster->names, member, strlen(member) + 1);
	return roster->names.error;
}

static int stage_leaver(void *arg, const char *dir_id)
{
	struct syncer *syncer = arg;
	struct syncer_roster *roster = &syncer->roster;

	if (contains(roster->new, roster->n_new, hash_of(syncer, dir_id)))
		return 0;
	roster->changed = true;
	return syncer_stage(syncer, SYNCER_LANE_MEMBERS, SYNCER_OP_LEAVE, roster->dir_id, dir_id,
			    strlen(dir_id) + 1);
}

static bool somebody_left(const struct syncer_roster *roster)
{
	for (size_t i = 0; i < roster->n_old; i++) {
		if (!contains(roster->new, roster->n_new, roster->old[i]))
			return true;
	}
	return false;
}

/* The members are those of last time, and the record was not written to since. */
static bool is_same(const struct syncer *syncer)
{
	const struct syncer_roster *roster = &syncer->roster;
	const struct syncer_digest *digest = syncer_index_group(&syncer->index, roster->id);

	return roster->lazy && digest && digest->n == roster->n_put && digest->sum == roster->sum;
}

/* Whoever the record has and the directory did not name, leaves. */
static int compare_roster(struct syncer *syncer)
{
	struct syncer_roster *roster = &syncer->roster;
	int r = roster->lazy ? load_roster(syncer) : 0;

	sort(roster->new, roster->n_new);
	if (r == 0 && somebody_left(roster))
		r = store_each_member_id(syncer->store, syncer->seal.directory, roster->id,
					 stage_leaver, syncer);
	if (r == 0 && !roster->changed && roster->id != 0)
		syncer_index_learn_group(&syncer->index, roster->id, roster->sum, roster->n_put);
	return r;
}

/* The last part. */
static int close_roster(struct syncer *syncer)
{
	int r = is_same(syncer) ? 0 : compare_roster(syncer);

	syncer_roster_done(&syncer->roster);
	return r;
}

int syncer_roster_part(struct syncer *syncer, const struct dir_group *group)
{
	struct syncer_roster *roster = &syncer->roster;
	int r = 0;

	if (!group->id || !*group->id || strlen(group->id) > SUBJECT_LEN_MAX)
		return SYNCER_E_BROKEN;
	if (group->first == (roster->dir_id != NULL))
		return SYNCER_E_BROKEN;
	if (group->first)
		r = open_roster(syncer, group);
	else if (strcmp(roster->dir_id, group->id) != 0)
		return SYNCER_E_BROKEN;
	for (size_t i = 0; i < group->n_members && r == 0; i++)
		r = put_member(syncer, group->members[i]);
	if (r == 0 && group->last)
		r = close_roster(syncer);
	return r;
}
