/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Partial passes: the last word counts, who is gone is retired, and the guard still stands. */
#include "tests/lib/test.h"

#include "tests/lib/record.h"

#define N_PEOPLE 24u
#define N_GROUPS 4u
#define N_ROUNDS 150u

static const struct syncer_result *result_of(const struct record *record)
{
	return syncer_get_result(record->syncer);
}

static void begin_as(struct record *record, bool full, bool force)
{
	const struct syncer_pass pass = record_pass(full, force);

	assert_int_equal(syncer_begin(record->syncer, &pass, RECORD_NOW), 0);
}

static void begin(struct record *record, bool full)
{
	begin_as(record, full, false);
}

static void end(struct record *record, const char *cursor)
{
	assert_int_equal(syncer_end(record->syncer, true, cursor, "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(record), 0);
}

static void add(struct record *record, const char *id, const char *sub, const char *gecos)
{
	struct dir_user user = record_user(sub);

	user.id = id;
	user.gecos = gecos;
	assert_int_equal(syncer_user(record->syncer, &user), 0);
}

static void gone(struct record *record, const char *id)
{
	assert_int_equal(syncer_gone(record->syncer, false, id), 0);
}

/* The name under which (iss, sub) is live, its gecos in full; "" for nobody. */
static void live(struct record *record, const char *sub, char out[static 32], uint32_t *ret_uid)
{
	_cleanup_(person_freep) struct person *person = NULL;

	out[0] = '\0';
	if (store_find_subject(record->store, RECORD_ISS, sub, &person) != 0)
		return;
	*ret_uid = person->uid;
	if (!person->retired)
		(void)snprintf(out, 32, "%s", person->gecos);
}

static void add_many(struct record *record, size_t n)
{
	begin(record, true);
	for (size_t i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%zu", i);
		add(record, name, name, "");
	}
	end(record, "c1");
}

static void lose_many(struct record *record, size_t n)
{
	begin(record, false);
	for (size_t i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%zu", i);
		gone(record, name);
	}
	end(record, "c2");
}

static void test_who_is_gone_is_retired_and_the_guard_counts(void **state)
{
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;
	_cleanup_(person_freep) struct person *person = NULL;
	struct record record;

	(void)state;
	record_setup(&record);
	add_many(&record, 300);
	lose_many(&record, 15); /* a twentieth */
	assert_int_equal(result_of(&record)->retired, 15);
	assert_int_equal(result_of(&record)->held, 0);
	lose_many(&record, 15 + 15); /* 15 of 285 are more */
	assert_int_equal(result_of(&record)->retired, 0);
	assert_int_equal(result_of(&record)->held, 15);
	assert_int_equal(store_find_name(record.store, "user20", &person), 0);
	assert_true(person->missing);
	assert_int_equal(store_get_directory(record.store, "corp", &directory), 0);
	assert_int_equal(directory->held, 15);
	assert_string_equal(directory->cursor, "c2");
	assert_int_equal(store_find_name(record.store, "user0", &person), STORE_E_NOT_FOUND);
	record_teardown(&record);
}

static void test_everybody_gone_is_held_however_few(void **state)
{
	struct record record;

	(void)state;
	record_setup(&record);
	add_many(&record, 3);
	lose_many(&record, 3);
	assert_int_equal(result_of(&record)->held, 3);
	lose_many(&record, 2);
	assert_int_equal(result_of(&record)->retired, 2);
	record_teardown(&record);
}

static void test_gone_has_no_place_in_a_full_pass(void **state)
{
	struct record record;

	(void)state;
	record_setup(&record);
	begin(&record, true);
	assert_int_equal(syncer_gone(record.syncer, false, "a"), SYNCER_E_BROKEN);
	syncer_abort(record.syncer, "", RECORD_NOW);
	begin(&record, false);
	assert_int_equal(syncer_gone(record.syncer, false, ""), SYNCER_E_BROKEN);
	syncer_abort(record.syncer, "", RECORD_NOW);
	record_teardown(&record);
}

static void test_nothing_new_confirms_what_was_read_whole(void **state)
{
	_cleanup_(store_directory_freep) struct store_directory *directory = NULL;
	const struct syncer_pass other = { .directory = "corp",
					   .iss = RECORD_ISS,
					   .fingerprint = 8 };
	struct record record;

	(void)state;
	record_setup(&record);
	begin(&record, false); /* never read whole */
	assert_int_equal(syncer_confirm(record.syncer, "c", RECORD_NOW), SYNCER_E_FAILED);
	add_many(&record, 3);
	begin(&record, false);
	assert_int_equal(syncer_confirm(record.syncer, "", RECORD_NOW + 5), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(store_get_directory(record.store, "corp", &directory), 0);
	assert_string_equal(directory->cursor, "c1");
	assert_int_equal(directory->last_full, RECORD_NOW);
	begin(&record, false);
	add(&record, "user1", "user1", "");
	assert_int_equal(syncer_confirm(record.syncer, "c", RECORD_NOW), SYNCER_E_BROKEN);
	assert_int_equal(syncer_begin(record.syncer, &other, RECORD_NOW), 0);
	assert_int_equal(syncer_confirm(record.syncer, "c", RECORD_NOW), SYNCER_E_FAILED);
	record_teardown(&record);
}

/* ---- by chance ---- */

struct model {
	char gecos[N_PEOPLE][32]; /* "": gone */
	uint32_t uid[N_PEOPLE];
	bool there[N_GROUPS], member[N_GROUPS][N_PEOPLE];
	uint32_t seed;
};

static uint32_t draw(struct model *model, uint32_t n)
{
	model->seed = model->seed * 1664525u + 1013904223u;
	return (model->seed >> 8) % n;
}

static void say_person(struct record *record, struct model *model, uint32_t at, bool may_go)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "p%u", at);
	if (may_go && draw(model, 3) == 0) {
		gone(record, name);
		model->gecos[at][0] = '\0';
		return;
	}
	(void)snprintf(model->gecos[at], sizeof(model->gecos[at]), "G %u", draw(model, 3));
	add(record, name, name, model->gecos[at]);
}

static void say_group(struct record *record, struct model *model, uint32_t at)
{
	char name[16], text[N_PEOPLE][16];
	const char *members[N_PEOPLE];
	struct dir_group group = { .id = name,
				   .name = name,
				   .gid = PERSON_ID_NONE,
				   .first = true,
				   .last = true,
				   .members = members };

	(void)snprintf(name, sizeof(name), "g%u", at);
	model->there[at] = draw(model, 3) != 0;
	for (size_t i = 0; i < N_PEOPLE; i++)
		model->member[at][i] =
			model->there[at] && model->gecos[i][0] && draw(model, 2) == 0;
	if (!model->there[at]) {
		assert_int_equal(syncer_gone(record->syncer, true, name), 0);
		return;
	}
	for (uint32_t i = 0; i < N_PEOPLE; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "p%u", i);
		if (model->member[at][i])
			members[group.n_members++] = text[i];
	}
	assert_int_equal(syncer_group(record->syncer, &group), 0);
}

static void check_group(struct record *record, const struct model *model, uint32_t at)
{
	_cleanup_(group_freep) struct group *group = NULL;
	char name[16];
	size_t n = 0;
	int r;

	(void)snprintf(name, sizeof(name), "g%u", at);
	r = store_find_group(record->store, name, &group);
	assert_int_equal(r, model->there[at] ? 0 : STORE_E_NOT_FOUND);
	if (r != 0)
		return;
	assert_int_equal(store_group_members(record->store, group), 0);
	for (size_t i = 0; i < N_PEOPLE; i++)
		n += model->member[at][i];
	assert_int_equal(group->n_members, n);
}

static void check(struct record *record, struct model *model)
{
	for (uint32_t i = 0; i < N_PEOPLE; i++) {
		char sub[16], found[32];
		uint32_t uid = 0;

		(void)snprintf(sub, sizeof(sub), "p%u", i);
		live(record, sub, found, &uid);
		assert_string_equal(found, model->gecos[i]);
		assert_true(model->uid[i] == 0 || uid == model->uid[i]);
		model->uid[i] = uid;
	}
	for (uint32_t i = 0; i < N_GROUPS; i++)
		check_group(record, model, i);
}

/* Ids named again and again in one pass, here and gone, people before groups. */
static void test_the_last_word_counts(void **state)
{
	struct model model = { .seed = 4711 };
	struct record record;

	(void)state;
	record_setup(&record);
	begin(&record, true);
	for (uint32_t i = 0; i < N_PEOPLE; i++)
		say_person(&record, &model, i, false);
	end(&record, "c0");
	check(&record, &model);
	for (uint32_t round = 0; round < N_ROUNDS; round++) {
		begin_as(&record, false, true); /* four groups may all leave */
		for (uint32_t n = draw(&model, 14); n > 0; n--)
			say_person(&record, &model, draw(&model, N_PEOPLE), true);
		for (size_t i = 0; i < N_PEOPLE; i++) /* who comes back is in no group by that */
			for (size_t j = 0; j < N_GROUPS && !model.gecos[i][0]; j++)
				model.member[j][i] = false;
		for (uint32_t n = draw(&model, 5); n > 0; n--)
			say_group(&record, &model, draw(&model, N_GROUPS));
		end(&record, "c");
		assert_int_equal(result_of(&record)->held, 0);
		assert_int_equal(result_of(&record)->refused, 0);
		check(&record, &model);
	}
	record_teardown(&record);
}

/* The same person under another id of the directory: in either order nobody leaves. */
static void test_a_new_id_for_the_same_subject_is_no_leaving(void **state)
{
	struct record record;
	char found[32];
	uint32_t uid = 0, again = 0;

	(void)state;
	for (int order = 0; order < 2; order++) {
		record_setup(&record);
		begin(&record, true);
		add(&record, "old", "alice", "A");
		add(&record, "x", "bob", "B");
		end(&record, "c0");
		live(&record, "alice", found, &uid);
		begin(&record, false);
		if (order == 0)
			gone(&record, "old");
		add(&record, "new", "alice", "A2");
		if (order == 1)
			gone(&record, "old");
		end(&record, "c1");
		live(&record, "alice", found, &again);
		assert_string_equal(found, "A2");
		assert_int_equal(uid, again);
		record_teardown(&record);
	}
}

TEST_MAIN(TEST(test_who_is_gone_is_retired_and_the_guard_counts),
	  TEST(test_everybody_gone_is_held_however_few),
	  TEST(test_gone_has_no_place_in_a_full_pass),
	  TEST(test_nothing_new_confirms_what_was_read_whole), TEST(test_the_last_word_counts),
	  TEST(test_a_new_id_for_the_same_subject_is_no_leaving))
