/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups inside groups: what a directory says against what a simple model makes of it. */
#include "tests/lib/test.h"

#include "tests/lib/record.h"

#define N_GROUPS 12u
#define N_PEOPLE 20u
#define N_ROUNDS 60u

/* A directory of the model: who is where. A group that is not there may still be named. */
struct model {
	bool there[N_GROUPS];
	bool nested[N_GROUPS][N_GROUPS]; /* [outer][inner] */
	bool member[N_GROUPS][N_PEOPLE];
	bool inside[N_GROUPS][N_GROUPS]; /* what follows: at any depth */
	char groups[N_GROUPS][8], people[N_PEOPLE][8];
	uint32_t seed;
};

static uint32_t draw(struct model *model, uint32_t n)
{
	model->seed = model->seed * 1664525u + 1013904223u;
	return (model->seed >> 8) % n;
}

static void close_model(struct model *model)
{
	memset(model->inside, 0, sizeof(model->inside));
	for (size_t i = 0; i < N_GROUPS; i++)
		for (size_t j = 0; j < N_GROUPS; j++)
			model->inside[i][j] =
				model->there[i] && model->there[j] && model->nested[i][j];
	for (size_t k = 0; k < N_GROUPS; k++)
		for (size_t i = 0; i < N_GROUPS; i++)
			for (size_t j = 0; j < N_GROUPS; j++)
				model->inside[i][j] |= model->inside[i][k] && model->inside[k][j];
}

static bool is_in(const struct model *model, size_t group, size_t person, bool *ret_direct)
{
	bool found = *ret_direct = model->there[group] && model->member[group][person];

	for (size_t i = 0; i < N_GROUPS; i++)
		found |= model->inside[group][i] && model->member[i][person];
	return found;
}

static void send_group(struct record *record, const struct model *model, size_t at)
{
	const char *members[N_GROUPS + N_PEOPLE + 1];
	struct dir_group group = {
		.id = model->groups[at],
		.name = model->groups[at],
		.gid = PERSON_ID_NONE,
		.first = true,
		.last = true,
		.members = members,
	};

	for (size_t i = 0; i < N_GROUPS; i++)
		if (model->nested[at][i])
			members[group.n_members++] = model->groups[i];
	for (size_t i = 0; i < N_PEOPLE; i++)
		if (model->member[at][i])
			members[group.n_members++] = model->people[i];
	assert_int_equal(syncer_group(record->syncer, &group), 0);
}

/* Groups before people or behind them, the inner before the outer or not. */
static void send_all(struct record *record, struct model *model)
{
	const struct syncer_pass pass = record_pass(true, true);
	size_t from = draw(model, N_GROUPS);
	bool people_first = draw(model, 2) == 0;

	assert_int_equal(syncer_begin(record->syncer, &pass, RECORD_NOW), 0);
	for (size_t turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < N_PEOPLE && people_first == (turn == 0); i++) {
			const struct dir_user user = record_user(model->people[i]);

			assert_int_equal(syncer_user(record->syncer, &user), 0);
		}
		for (size_t i = 0; i < N_GROUPS && people_first == (turn == 1); i++) {
			size_t at = (i * 7 + from) % N_GROUPS;

			if (model->there[at])
				send_group(record, model, at);
		}
	}
	assert_int_equal(syncer_end(record->syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(record), 0);
}

static size_t number_of(char names[][8], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	fail_msg("nobody is called %s", name);
	return 0;
}

static void check_person(struct record *record, struct model *model, size_t at)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct group **groups;
	size_t n, expected = 0;
	bool direct;

	assert_int_equal(store_find_name(record->store, model->people[at], &person), 0);
	assert_int_equal(store_person_groups(record->store, person->id, &n, &groups), 0);
	for (size_t i = 0; i < n; i++) {
		size_t group = number_of(model->groups, N_GROUPS, groups[i]->name);

		assert_true(is_in(model, group, at, &direct));
		assert_int_equal(groups[i]->is_inherited, !direct);
	}
	for (size_t i = 0; i < N_GROUPS; i++)
		expected += is_in(model, i, at, &direct);
	assert_int_equal(n, expected);
	group_list_free(groups, n);
}

static int count_around(void *arg, int64_t group)
{
	size_t *n = arg;

	assert_true(group > 0);
	++*n;
	return 0;
}

static void check_group(struct record *record, struct model *model, size_t at)
{
	_cleanup_(group_freep) struct group *group = NULL;
	struct group **nested;
	size_t n_nested, around = 0, expected_around = 0, expected = 0, n_direct = 0;
	bool direct;

	if (!model->there[at]) {
		assert_int_equal(store_find_group(record->store, model->groups[at], &group),
				 STORE_E_NOT_FOUND);
		return;
	}
	assert_int_equal(store_find_group(record->store, model->groups[at], &group), 0);
	assert_int_equal(store_group_members(record->store, group), 0);
	for (size_t i = 0; i < group->n_members; i++) {
		size_t person = number_of(model->people, N_PEOPLE, group->members[i]);

		assert_true(is_in(model, at, person, &direct));
		assert_int_equal(direct, i < group->n_direct);
	}
	for (size_t i = 0; i < N_PEOPLE; i++) {
		expected += is_in(model, at, i, &direct);
		n_direct += direct;
	}
	assert_int_equal(group->n_members, expected);
	assert_int_equal(group->n_direct, n_direct);
	assert_int_equal(store_nested_groups(record->store, group->id, &n_nested, &nested), 0);
	for (size_t i = 0; i < n_nested; i++)
		assert_true(model->nested[at][number_of(model->groups, N_GROUPS, nested[i]->name)]);
	group_list_free(nested, n_nested);
	assert_int_equal(store_each_around(record->store, group->id, count_around, &around), 0);
	for (size_t i = 0; i < N_GROUPS; i++)
		expected_around += i != at && model->inside[i][at];
	assert_int_equal(around, expected_around);
}

struct tally {
	struct record *record;
	int64_t closed[N_GROUPS], open; /* groups come one after the other */
	size_t n_closed, n;
};

static int tally_member(void *arg, int64_t group, int64_t person)
{
	struct tally *tally = arg;

	assert_true(person > 0);
	if (group != tally->open) {
		for (size_t i = 0; i < tally->n_closed; i++)
			assert_true(tally->closed[i] != group);
		assert_true(tally->n_closed < N_GROUPS);
		tally->closed[tally->n_closed++] = tally->open = group;
	}
	tally->n++;
	return 0;
}

static void check_all(struct record *record, struct model *model)
{
	struct tally tally = { .record = record };
	size_t expected = 0;
	bool direct;

	close_model(model);
	for (size_t i = 0; i < N_GROUPS; i++) {
		check_group(record, model, i);
		for (size_t j = 0; j < N_PEOPLE; j++)
			expected += is_in(model, i, j, &direct);
	}
	for (size_t i = 0; i < N_PEOPLE; i++)
		check_person(record, model, i);
	assert_int_equal(store_each_member(record->store, tally_member, &tally), 0);
	assert_int_equal(tally.n, expected);
}

static void change(struct model *model)
{
	for (uint32_t n = draw(model, 12) + 1; n > 0; n--) {
		size_t group = draw(model, N_GROUPS), inner = draw(model, N_GROUPS);
		size_t person = draw(model, N_PEOPLE);

		model->nested[group][inner] = draw(model, 3) == 0; /* itself, too, and in circles */
		model->member[group][person] = draw(model, 2) == 0;
	}
	for (uint32_t n = draw(model, 3); n > 0; n--)
		model->there[draw(model, N_GROUPS)] = draw(model, 4) != 0;
}

static void test_groups_hold_groups_in_any_order_and_in_circles(void **state)
{
	struct model model = { .seed = 20261122 };
	struct record record;

	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++)
		(void)snprintf(model.groups[i], sizeof(model.groups[i]), "g%zu", i);
	for (size_t i = 0; i < N_PEOPLE; i++)
		(void)snprintf(model.people[i], sizeof(model.people[i]), "p%zu", i);
	record_setup(&record);
	for (size_t round = 0; round < N_ROUNDS; round++) {
		change(&model);
		send_all(&record, &model);
		check_all(&record, &model);
		if (round % 10 == 0) {
			send_all(&record, &model); /* nothing is new: nothing is staged */
			assert_int_equal(syncer_get_result(record.syncer)->to_apply, 0);
		}
	}
	record_teardown(&record);
}

/* A chain of groups, longer than counts, each inside the one before it. */
static void test_a_chain_counts_to_its_depth(void **state)
{
	const struct syncer_pass pass = record_pass(true, true);
	const struct dir_user user = record_user("alice");
	_cleanup_(person_freep) struct person *alice = NULL;
	struct group **groups;
	struct record record;
	size_t n;

	(void)state;
	record_setup(&record);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	assert_int_equal(syncer_user(record.syncer, &user), 0);
	for (size_t i = 0; i < GROUP_DEPTH_MAX + 8; i++) {
		char name[16], inner[16];
		const char *members[] = { i < GROUP_DEPTH_MAX + 7 ? inner : "alice" };
		const struct dir_group group = { .id = name,
						 .name = name,
						 .gid = PERSON_ID_NONE,
						 .first = true,
						 .last = true,
						 .members = members,
						 .n_members = 1 };

		(void)snprintf(name, sizeof(name), "chain%zu", i);
		(void)snprintf(inner, sizeof(inner), "chain%zu", i + 1);
		assert_int_equal(syncer_group(record.syncer, &group), 0);
	}
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(store_find_name(record.store, "alice", &alice), 0);
	assert_int_equal(store_person_groups(record.store, alice->id, &n, &groups), 0);
	assert_int_equal(n, GROUP_DEPTH_MAX + 1);
	for (size_t i = 0; i < n; i++) {
		assert_string_not_equal(groups[i]->name, "chain6");
		assert_int_equal(store_group_members(record.store, groups[i]), 0);
		assert_int_equal(groups[i]->n_members, 1);
	}
	group_list_free(groups, n);
	record_teardown(&record);
}

TEST_MAIN(TEST(test_groups_hold_groups_in_any_order_and_in_circles),
	  TEST(test_a_chain_counts_to_its_depth))
