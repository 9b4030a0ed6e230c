/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sealed pass goes into the record, batch by batch. Each batch applies rows and unstages them in
 * one transaction, so that after kill -9 the rest is exactly what is still staged. Applying a row
 * twice would do no harm either.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer-internal.h"

/* The rows of one batch, copied out so that the tables may change under them. */
struct batch {
	struct store_staged rows[SYNCER_BATCH];
	size_t n;
};

static void batch_done(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		char *memory;

		memcpy(&memory, &batch->rows[i].dir_id, sizeof(memory));
		free(memory);
	}
}

static int batch_add(void *arg, const struct store_staged *row)
{
	struct batch *batch = arg;
	size_t id_len = strlen(row->dir_id) + 1;
	char *memory = malloc(id_len + row->len);

	if (!memory)
		return -ENOMEM;
	memcpy(memory, row->dir_id, id_len);
	if (row->len > 0)
		memcpy(memory + id_len, row->record, row->len);
	batch->rows[batch->n] = *row;
	batch->rows[batch->n].dir_id = memory;
	batch->rows[batch->n].record = memory + id_len;
	batch->n++;
	return 0;
}

static struct syncer_pass pass_of(const struct syncer *syncer)
{
	return (struct syncer_pass){ .directory = syncer->seal.directory, .iss = syncer->seal.iss };
}

/*
 * A person whose record is refused keeps the binding as it was, but what takes access away is
 * followed all the same: disabled, ended.
 */
static int restrict_person(struct syncer *syncer, const struct dir_user *user, const char *dir_id)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	r = store_find_dir_id(syncer->store, syncer->seal.directory, dir_id, &person);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if ((user->active || !person->active) &&
	    (user->end_time == 0 || user->end_time == person->end_time))
		return 0;
	person->active = person->active && user->active;
	if (user->end_time != 0 && user->end_time <= INT64_MAX)
		person->end_time = user->end_time;
	return store_put_person(syncer->store, person);
}

/* Has another record of this pass already spoken for this subject? */
static bool is_second_record(const struct syncer *syncer, const struct person *person,
			     int64_t *ret_known)
{
	_cleanup_(person_freep) struct person *bound = NULL;

	*ret_known = 0;
	if (store_find_subject(syncer->store, person->iss, person->sub, &bound) != 0)
		return false;
	*ret_known = bound->id;
	return !bound->retired && strcmp(bound->dir_id, person->dir_id) != 0 &&
	       syncer_bits_get(&syncer->owned, bound->id);
}

static int wait_for_name(struct syncer *syncer, const struct store_staged *row)
{
	struct store_staged again = *row;

	again.tries++;
	again.id =
		((int64_t)SYNCER_LANE_USERS << STORE_LANE_BITS) | syncer->next[SYNCER_LANE_USERS]++;
	syncer->result.to_apply++;
	return store_stage(syncer->store, &again, 1);
}

static int refuse_user(struct syncer *syncer, const struct store_staged *row,
		       const struct dir_user *user, const char *reason)
{
	syncer->result.refused++;
	syncer_problem(syncer, "user", row->dir_id, user->name, reason);
	return restrict_person(syncer, user, row->dir_id);
}

static int apply_user(struct syncer *syncer, const struct store_staged *row, uint64_t now)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct syncer_pass pass = pass_of(syncer);
	char reason[REASON_MAX];
	struct dir_user user;
	int64_t known;
	int r;

	r = syncer_unpack_user(row->record, row->len, &user);
	if (r != 0)
		return r;
	user.id = row->dir_id;
	r = syncer_make_person(&pass, &user, now, &person);
	if (r != 0)
		return r;
	if (is_second_record(syncer, person, &known))
		return refuse_user(syncer, row, &user, "another record has the same subject");
	r = idmap_claim(syncer->map, person, reason);
	if (r == IDMAP_E_NAME && row->tries < SYNCER_TRIES)
		return wait_for_name(syncer, row);
	if (r > 0)
		return refuse_user(syncer, row, &user, reason);
	if (r < 0)
		return r;
	if (reason[0])
		syncer_problem(syncer, "user", row->dir_id, user.name, reason);
	if (known)
		syncer->result.changed++;
	else
		syncer->result.added++;
	return syncer_bits_set(&syncer->owned, person->id);
}

static int apply_group(struct syncer *syncer, const struct store_staged *row)
{
	_cleanup_(group_freep) struct group *group = group_new();
	_cleanup_(group_freep) struct group *bound = NULL;
	char reason[REASON_MAX];
	const char *name;
	uint32_t gid;
	int r;

	if (!group)
		return -ENOMEM;
	r = syncer_unpack_group(row->record, row->len, &name, &gid);
	if (r != 0)
		return r;
	group->gid = gid;
	if (person_set(&group->name, name) != 0 || person_set(&group->dir_id, row->dir_id) != 0 ||
	    person_set(&group->directory, syncer->seal.directory) != 0)
		return -ENOMEM;
	r = store_find_group_dir_id(syncer->store, group->directory, group->dir_id, &bound);
	if (r < 0)
		return r;
	r = idmap_claim_group(syncer->map, group, reason);
	if (r == 0)
		r = store_attach_group(syncer->store, group->directory, group->dir_id, group->id);
	if (r < 0)
		return r;
	if (r > 0)
		syncer->result.groups_refused++;
	else if (bound)
		syncer->result.groups_changed++;
	else
		syncer->result.groups_added++;
	if (reason[0])
		syncer_problem(syncer, "group", row->dir_id, name, reason);
	return 0;
}

/* Row of the group a member belongs to; 0 when the group was refused. Members come in a row. */
static int find_joined(struct syncer *syncer, const char *dir_id, int64_t *ret)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	if (syncer->joined && strcmp(syncer->joined, dir_id) == 0) {
		*ret = syncer->joined_id;
		return 0;
	}
	r = store_find_group_dir_id(syncer->store, syncer->seal.directory, dir_id, &group);
	if (r < 0)
		return r;
	r = person_set(&syncer->joined, dir_id);
	if (r == 0)
		*ret = syncer->joined_id = group ? group->id : 0;
	return r;
}

static int apply_member(struct syncer *syncer, const struct store_staged *row)
{
	const char *member = row->record;
	int64_t group = 0;
	int r;

	if (row->len == 0 || member[row->len - 1] != '\0')
		return -EBADMSG;
	r = find_joined(syncer, row->dir_id, &group);
	if (r != 0 || group == 0)
		return r;
	return store_put_member(syncer->store, syncer->seal.directory, group, member,
				row->op == SYNCER_OP_JOIN);
}

static int apply_removal(struct syncer *syncer, const struct store_staged *row)
{
	int64_t id;

	if (row->len != sizeof(id))
		return -EBADMSG;
	memcpy(&id, row->record, sizeof(id));
	if (row->op == SYNCER_OP_MISS)
		return store_miss_person(syncer->store, id);
	if (row->op == SYNCER_OP_RETIRE || row->op == SYNCER_OP_FORGET) {
		syncer->result.retired++;
		return row->op == SYNCER_OP_RETIRE ? store_retire_person(syncer->store, id)
						   : store_forget_person(syncer->store, id);
	}
	syncer->result.groups_retired++;
	return store_retire_group(syncer->store, id);
}

static int apply_op(struct syncer *syncer, const struct store_staged *row, uint64_t now)
{
	switch ((enum syncer_op)row->op) {
	case SYNCER_OP_USER:
		return apply_user(syncer, row, now);
	case SYNCER_OP_GROUP:
		return apply_group(syncer, row);
	case SYNCER_OP_JOIN:
	case SYNCER_OP_LEAVE:
		return apply_member(syncer, row);
	case SYNCER_OP_RETIRE:
	case SYNCER_OP_FORGET:
	case SYNCER_OP_MISS:
	case SYNCER_OP_RETIRE_GROUP:
		return apply_removal(syncer, row);
	}
	return -EBADMSG;
}

/* A row that can never be applied must not hold up all the others for ever. */
static int apply_row(struct syncer *syncer, const struct store_staged *row, uint64_t now)
{
	int r = apply_op(syncer, row, now);

	if (r != -EINVAL && r != -EBADMSG && r != -ERANGE)
		return r;
	syncer->result.refused++;
	syncer_problem(syncer, "record", row->dir_id, "", "its staged form cannot be applied");
	return 0;
}

/*
 * How many of the batch are of its first row's lane. A row that waits is staged again behind its
 * lane: unstaging up to a row of a later one would take it along, unapplied and unrefused.
 */
static size_t count_lane(const struct batch *batch)
{
	size_t n = 0;

	while (n < batch->n &&
	       batch->rows[n].id >> STORE_LANE_BITS == batch->rows[0].id >> STORE_LANE_BITS)
		n++;
	return n;
}

static int apply_batch(struct syncer *syncer, const struct batch *batch, uint64_t now)
{
	const size_t n = count_lane(batch);
	int r;

	free(syncer->joined); /* may be of a batch that was rolled back */
	syncer->joined = NULL;
	/* What a power cut takes back, the sealed rows bring again, and to the same ids. */
	r = store_begin(syncer->store, batch->n > 0 ? STORE_RELAXED : STORE_DURABLE);
	for (size_t i = 0; i < n && r == 0; i++)
		r = apply_row(syncer, &batch->rows[i], now);
	if (r == 0 && n > 0)
		r = store_unstage(syncer->store, batch->rows[n - 1].id);
	if (r == 0 && batch->n == 0)
		r = store_finish_pass(syncer->store, &syncer->seal, now);
	if (r == 0)
		r = store_commit(syncer->store);
	store_rollback(syncer->store);
	return r > 0 ? -EUCLEAN : r;
}

/* A batch that failed did nothing: its counts and sentences are taken back with it. */
static void take_back(struct syncer *syncer, const struct syncer_result *before,
		      const int64_t next[static SYNCER_LANE_COUNT])
{
	for (uint64_t i = before->n_problems;
	     i < syncer->result.n_problems && i < SYNCER_PROBLEMS_MAX; i++) {
		free(syncer->problems[i]);
		syncer->problems[i] = NULL;
	}
	syncer->result = *before;
	memcpy(syncer->next, next, sizeof(syncer->next));
}

int syncer_apply(struct syncer *syncer, uint64_t now)
{
	_cleanup_(batch_done) struct batch batch = { .n = 0 };
	struct syncer_result before = syncer->result;
	int64_t next[SYNCER_LANE_COUNT];
	int r;

	memcpy(next, syncer->next, sizeof(next));
	r = store_each_staged(syncer->store, SYNCER_BATCH, batch_add, &batch);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	r = apply_batch(syncer, &batch, now);
	if (r != 0) {
		take_back(syncer, &before, next);
		return r;
	}
	syncer->result.applied += count_lane(&batch);
	if (batch.n > 0)
		return SYNCER_MORE;
	syncer->result.done = true;
	return 0;
}
