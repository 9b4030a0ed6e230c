/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/record.h"

static int claim_group(struct record *record, const char *dir_id, const char *name, uint32_t gid,
		       uint32_t *ret_gid)
{
	_cleanup_(group_freep) struct group *group = group_new();
	int r;

	assert_non_null(group);
	assert_int_equal(person_set(&group->directory, "corp"), 0);
	assert_int_equal(person_set(&group->dir_id, dir_id), 0);
	assert_int_equal(person_set(&group->name, name), 0);
	group->gid = gid;
	r = idmap_claim_group(&record->map, group, record->reason);
	if (r == 0 && ret_gid)
		*ret_gid = group->gid;
	return r;
}

static void test_ids_are_drawn_inside_the_range_and_the_same_on_every_host(void **state)
{
	struct record one, two;

	(void)state;
	record_setup(&one);
	record_setup(&two);
	for (unsigned i = 0; i < 50; i++) {
		char name[16];
		uint32_t a, b;

		(void)snprintf(name, sizeof(name), "user%u", i);
		assert_int_equal(record_claim(&one, name, name, PERSON_ID_NONE, &a), 0);
		(void)snprintf(name, sizeof(name), "user%u", 49 - i);
		assert_int_equal(record_claim(&two, name, name, PERSON_ID_NONE, NULL), 0);
		assert_in_range(a, RECORD_FIRST, RECORD_LAST - 1);
		if (i >= 25) { /* both hosts know user i by now */
			_cleanup_(person_freep) struct person *person = NULL;

			(void)snprintf(name, sizeof(name), "user%u", i);
			assert_int_equal(store_find_name(two.store, name, &person), 0);
			b = person->uid;
			assert_int_equal(a, b);
		}
	}
	record_teardown(&two);
	record_teardown(&one);
}

static void test_a_range_that_is_full_says_so_and_the_placeholder_is_never_given_out(void **state)
{
	struct record record;
	bool used[4] = { false };

	(void)state;
	record_setup(&record);
	record.map.last = RECORD_FIRST + 4;
	record.map.probe = true;
	assert_int_equal(idmap_placeholder(&record.map), RECORD_FIRST + 4);
	for (unsigned i = 0; i < 4; i++) {
		char name[16];
		uint32_t uid;

		(void)snprintf(name, sizeof(name), "user%u", i);
		assert_int_equal(record_claim(&record, name, name, PERSON_ID_NONE, &uid), 0);
		assert_in_range(uid, RECORD_FIRST, RECORD_FIRST + 3);
		assert_false(used[uid - RECORD_FIRST]);
		used[uid - RECORD_FIRST] = true;
	}
	assert_int_equal(record_claim(&record, "s5", "user5", PERSON_ID_NONE, NULL), IDMAP_E_FULL);
	assert_non_null(strstr(record.reason, "widen id_range"));
	assert_int_equal(record_claim(&record, "s6", "user6", RECORD_FIRST + 4, NULL),
			 IDMAP_E_RANGE);
	record.map.last = RECORD_FIRST;
	assert_int_equal(record_claim(&record, "s7", "user7", PERSON_ID_NONE, NULL), IDMAP_E_FULL);
	record_teardown(&record);
}

static void test_the_platforms_uid_is_taken_when_it_may_be(void **state)
{
	struct record record;
	uint32_t uid;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s1", "alice", RECORD_FIRST + 7, &uid), 0);
	assert_int_equal(uid, RECORD_FIRST + 7);
	assert_int_equal(record_claim(&record, "s2", "bob", RECORD_FIRST + 7, NULL), IDMAP_E_TAKEN);
	assert_non_null(strstr(record.reason, "belongs to alice"));
	assert_int_equal(record_claim(&record, "s1", "alice", RECORD_FIRST + 8, &uid), 0);
	assert_int_equal(uid, RECORD_FIRST + 7); /* for ever */
	assert_non_null(strstr(record.reason, "keeps uid"));
	record_teardown(&record);
}

static void test_reserved_and_local_ids_are_refused_from_every_source(void **state)
{
	static const uint32_t bad[] = { 0,           1,
					999,         1000,
					60001,       61184,
					65534,       65535,
					65536,       524288,
					1879048191,  2147483648u,
					4294967294u, RECORD_FIRST - 1,
					RECORD_LAST, RECORD_LAST + 1 };
	struct record record;
	uint32_t uid;

	(void)state;
	record_setup(&record);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		assert_int_equal(record_claim(&record, "s1", "alice", bad[i], NULL), IDMAP_E_RANGE);
		assert_int_equal(claim_group(&record, "g1", "crew", bad[i], &uid), 0);
		assert_int_equal(uid, PERSON_ID_NONE);
	}
	record.map.first = 500; /* an admin with a low floor: still not what is reserved or local */
	record.map.last = 70000;
	assert_int_equal(record_claim(&record, "s1", "alice", 1000, NULL), IDMAP_E_RANGE);
	assert_int_equal(record_claim(&record, "s1", "alice", 60001, NULL), IDMAP_E_RANGE);
	assert_int_equal(record_claim(&record, "s1", "alice", 65534, NULL), IDMAP_E_RANGE);
	record_teardown(&record);
}

static void test_a_local_or_reserved_name_is_refused(void **state)
{
	static const char *const break_glass[] = { "rescue", NULL };
	static const char *const bad[] = {
		"root", "carol", "daemon", "rescue", "nobody", "", "-x"
	};
	struct record record;

	(void)state;
	record_setup(&record);
	record.map.break_glass = break_glass;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_int_equal(record_claim(&record, "s1", bad[i], PERSON_ID_NONE, NULL),
				 IDMAP_E_NAME);
	record_teardown(&record);
}

static void test_a_retired_uid_is_never_given_again_though_the_name_may_be(void **state)
{
	struct record record;
	const char *const names[] = { "alice", "bob" };
	uint32_t old, fresh;
	_cleanup_(person_freep) struct person *person = NULL;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_sync(&record, names, 2, true, false), 0);
	assert_int_equal(store_find_name(record.store, "bob", &person), 0);
	old = person->uid;
	assert_int_equal(record_sync(&record, names, 1, true, false), 0);
	assert_int_equal(record_claim(&record, "another-bob", "bob", old, NULL), IDMAP_E_TAKEN);
	assert_non_null(strstr(record.reason, "never given twice"));
	assert_int_equal(record_claim(&record, "another-bob", "bob", PERSON_ID_NONE, &fresh), 0);
	assert_int_not_equal(old, fresh);
	assert_non_null(strstr(record.reason, "the name of somebody who left"));
	assert_int_equal(record_sync(&record, names, 2, false, false), 0); /* the name is taken */
	assert_int_equal(syncer_get_result(record.syncer)->refused, 1);
	record_teardown(&record);
}

static void test_a_subject_of_another_live_directory_is_refused(void **state)
{
	struct record record;
	static const char *const only_web[] = { "web", NULL };
	const struct syncer_pass web = { .directory = "web", .iss = RECORD_ISS };
	struct dir_user user = record_user("alice");

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "alice", "alice", PERSON_ID_NONE, NULL), 0);
	assert_int_equal(syncer_upsert(record.syncer, &web, &user, RECORD_NOW, record.reason, NULL),
			 SYNCER_E_REFUSED);
	assert_non_null(strstr(record.reason, "already comes from directory corp"));
	record.map.directories = only_web; /* corp was taken out of idp.conf */
	assert_int_equal(syncer_upsert(record.syncer, &web, &user, RECORD_NOW, record.reason, NULL),
			 0);
	record_teardown(&record);
}

static void test_a_directory_given_another_issuer_yields_names_but_no_uid(void **state)
{
	struct record record;
	const struct syncer_pass moved = { .directory = "corp", .iss = "https://new.example.org" };
	const struct dir_user user = record_user("alice");
	_cleanup_(person_freep) struct person *person = NULL;
	uint32_t uid;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "alice", "alice", PERSON_ID_NONE, &uid), 0);
	assert_int_equal(
		syncer_upsert(record.syncer, &moved, &user, RECORD_NOW, record.reason, &person), 0);
	assert_int_not_equal(person->uid, uid);
	assert_string_equal(person->iss, "https://new.example.org");
	record_teardown(&record);
}

static void test_texts_that_no_colon_file_can_hold(void **state)
{
	struct record record;
	const struct syncer_pass pass = record_pass(false, false);
	struct dir_user user = record_user("alice");
	_cleanup_(person_freep) struct person *person = NULL;
	char sub[SUBJECT_LEN_MAX + 2];

	(void)state;
	record_setup(&record);
	user.home = "relative";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	user.home = "/";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	user.home = "/home/a:b";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	user.home = NULL;
	user.shell = "bash";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	user.shell = NULL;
	memset(sub, 'x', sizeof(sub) - 1);
	sub[sizeof(sub) - 1] = '\0';
	user.sub = sub;
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	user.sub = "";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	user.sub = "s1";
	user.gecos = "A:B\nroot::0:0:::";
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &user, RECORD_NOW, record.reason, &person), 0);
	assert_string_equal(person->gecos, "");
	record_teardown(&record);
}

/* ---- groups ---- */

static void test_private_groups_belong_to_one_person_only(void **state)
{
	struct record record;
	const struct syncer_pass pass = record_pass(false, false);
	struct dir_user mallory = record_user("mallory");
	uint32_t uid, gid;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s1", "alice", PERSON_ID_NONE, &uid), 0);
	mallory.gid = uid; /* wants to share alice's private group */
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &mallory, RECORD_NOW, record.reason, NULL),
		SYNCER_E_REFUSED);
	assert_int_equal(claim_group(&record, "g1", "crew", uid, &gid), 0);
	assert_int_equal(gid, PERSON_ID_NONE);
	assert_int_equal(claim_group(&record, "g2", "alice", PERSON_ID_NONE, &gid), 0);
	assert_int_equal(gid, PERSON_ID_NONE);
	assert_int_equal(claim_group(&record, "g3", "team", RECORD_FIRST + 9, &gid), 0);
	assert_int_equal(gid, RECORD_FIRST + 9);
	assert_int_equal(record_claim(&record, "s2", "bob", RECORD_FIRST + 9, NULL), IDMAP_E_TAKEN);
	mallory.gid = RECORD_FIRST + 9; /* a shared primary group is fine */
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &mallory, RECORD_NOW, record.reason, NULL), 0);
	record_teardown(&record);
}

static void test_an_explicit_private_group_is_accepted(void **state)
{
	struct record record;
	_cleanup_(group_freep) struct group *group = NULL;
	uint32_t uid, gid;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "s1", "alice", RECORD_FIRST + 3, &uid), 0);
	assert_int_equal(claim_group(&record, "g1", "alice", RECORD_FIRST + 3, &gid), 0);
	assert_int_equal(gid, RECORD_FIRST + 3);
	assert_int_equal(store_find_gid(record.store, gid, &group), 0);
	assert_false(group->is_private);
	record_teardown(&record);
}

static void test_group_names_and_gids_are_bound_like_those_of_people(void **state)
{
	struct record record;
	uint32_t first, again, other;

	(void)state;
	record_setup(&record);
	assert_int_equal(claim_group(&record, "g1", "crew", PERSON_ID_NONE, &first), 0);
	assert_in_range(first, RECORD_FIRST, RECORD_LAST - 1);
	assert_int_equal(claim_group(&record, "g1", "Crew2", RECORD_FIRST + 1, &again), 0);
	assert_int_equal(first, again);
	assert_int_equal(claim_group(&record, "g2", "Crew2", PERSON_ID_NONE, NULL), IDMAP_E_NAME);
	assert_int_equal(claim_group(&record, "g2", "crew", first, &other), 0);
	assert_int_equal(other, PERSON_ID_NONE); /* the gid is g1's */
	assert_int_equal(claim_group(&record, "g3", "Domain Users", PERSON_ID_NONE, &other), 0);
	assert_int_equal(other, PERSON_ID_NONE);
	assert_int_equal(claim_group(&record, "g3", "", PERSON_ID_NONE, NULL), IDMAP_E_INVALID);
	record_teardown(&record);
}

/* ---- the promise, at random ---- */

#define PLAYERS 24
#define MOVES   1500

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Every uid ever seen, by its first owner. */
struct ledger {
	char owner[64][16];
	uint32_t uid[64];
	size_t n;
};

static void check_ledger(struct ledger *ledger, const char *sub, uint32_t uid)
{
	for (size_t i = 0; i < ledger->n; i++) {
		if (strcmp(ledger->owner[i], sub) == 0) {
			assert_int_equal(ledger->uid[i], uid);
			return;
		}
		assert_int_not_equal(ledger->uid[i], uid);
	}
	assert_true(ledger->n < ELEMENTSOF(ledger->owner));
	(void)snprintf(ledger->owner[ledger->n], sizeof(ledger->owner[0]), "%s", sub);
	ledger->uid[ledger->n++] = uid;
}

static void check_everybody(struct record *record, struct ledger *ledger)
{
	for (unsigned i = 0; i < PLAYERS; i++) {
		_cleanup_(person_freep) struct person *person = NULL;
		char sub[16];

		(void)snprintf(sub, sizeof(sub), "s%u", i);
		if (store_find_subject(record->store, RECORD_ISS, sub, &person) != 0)
			continue;
		assert_in_range(person->uid, RECORD_FIRST, record->map.last - 1);
		check_ledger(ledger, sub, person->uid);
	}
}

/* A full pass with a random half of the players under random names. */
static void random_pass(struct record *record, uint64_t *random)
{
	const struct syncer_pass pass = record_pass(true, next_random(random) % 2);

	assert_int_equal(syncer_begin(record->syncer, &pass, RECORD_NOW), 0);
	for (unsigned i = 0; i < PLAYERS; i++) {
		struct dir_user user = record_user("");
		char id[16], name[16], sub[16];

		if (next_random(random) % 2)
			continue;
		(void)snprintf(id, sizeof(id), "id-s%u", next_random(random) % 8 ? i : i / 2);
		(void)snprintf(sub, sizeof(sub), "s%u", i);
		(void)snprintf(name, sizeof(name), "n%u", next_random(random) % PLAYERS);
		user.id = id;
		user.sub = sub;
		user.name = name;
		if (next_random(random) % 3 == 0)
			user.uid = RECORD_FIRST + next_random(random) % 48;
		assert_int_equal(syncer_user(record->syncer, &user), 0);
	}
	if (next_random(random) % 4 == 0) {
		syncer_abort(record->syncer, "", RECORD_NOW);
		return;
	}
	assert_int_equal(syncer_end(record->syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(record), 0);
}

static void test_no_sequence_of_moves_gives_one_uid_to_two_people(void **state)
{
	struct record record;
	struct ledger ledger = { .n = 0 };
	uint64_t random = 20261121;

	(void)state;
	record_setup(&record);
	record.map.last = RECORD_FIRST + 40; /* crowded on purpose */
	for (unsigned move = 0; move < MOVES; move++) {
		char sub[16], name[16];

		(void)snprintf(sub, sizeof(sub), "s%u", next_random(&random) % PLAYERS);
		(void)snprintf(name, sizeof(name), "n%u", next_random(&random) % PLAYERS);
		record.map.probe = move % 3 != 0;
		if (next_random(&random) % 20 == 0)
			random_pass(&record, &random);
		else
			assert_true(record_claim(&record, sub, name,
						 next_random(&random) % 2
							 ? PERSON_ID_NONE
							 : RECORD_FIRST + next_random(&random) % 48,
						 NULL) >= 0);
		if (move % 10 == 0)
			check_everybody(&record, &ledger);
	}
	check_everybody(&record, &ledger);
	assert_true(ledger.n > PLAYERS / 2);
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ids_are_drawn_inside_the_range_and_the_same_on_every_host),
		TEST(test_a_range_that_is_full_says_so_and_the_placeholder_is_never_given_out),
		TEST(test_the_platforms_uid_is_taken_when_it_may_be),
		TEST(test_reserved_and_local_ids_are_refused_from_every_source),
		TEST(test_a_local_or_reserved_name_is_refused),
		TEST(test_a_retired_uid_is_never_given_again_though_the_name_may_be),
		TEST(test_a_subject_of_another_live_directory_is_refused),
		TEST(test_a_directory_given_another_issuer_yields_names_but_no_uid),
		TEST(test_texts_that_no_colon_file_can_hold),
		TEST(test_private_groups_belong_to_one_person_only),
		TEST(test_an_explicit_private_group_is_accepted),
		TEST(test_group_names_and_gids_are_bound_like_those_of_people),
		TEST(test_no_sequence_of_moves_gives_one_uid_to_two_people),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
