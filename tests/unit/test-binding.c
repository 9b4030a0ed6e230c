/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A changed issuer or subject_from makes nobody another person: not at once, and not later. */
#include "tests/lib/test.h"

#include <unistd.h>

#include "idp-agentd/core/binding.h"
#include "idp-agentd/core/store-binding.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-migrate.h"
#include "tests/lib/record.h"

#define OTHER_ISS "https://new.example.org/"

static struct record record;

static int setup(void **state)
{
	(void)state;
	record_setup(&record);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	record_teardown(&record);
	return 0;
}

static const struct binding_provider corp = { "corp", RECORD_ISS, "id_token" };
static const struct binding_provider by_token = { "corp", RECORD_ISS, "token:/user_id" };
static const struct binding_provider moved = { "corp", OTHER_ISS, "id_token" };

/* What one provider's guard says after a look; "" no guard. */
static const char *look(const struct binding_provider *provider)
{
	static char said[128];
	_cleanup_(binding_guards_freep) struct binding_guards *guards = NULL;
	const struct binding_guard *guard;

	assert_int_equal(binding_check(record.store, provider, 1, &guards), 0);
	guard = binding_find(guards, provider->name);
	assert_null(binding_find(guards, "another"));
	if (!guard)
		return "";
	(void)snprintf(said, sizeof(said), "%s %s %s %u",
		       guard->other_issuer ? "issuer" : "subject",
		       strcmp(guard->issuer, RECORD_ISS) == 0 ? "old" : "new", guard->subject,
		       (unsigned)guard->people);
	return said;
}

static int settle(const struct binding_provider *provider, enum binding_choice choice)
{
	_cleanup_(binding_guards_freep) struct binding_guards *guards = NULL;

	assert_int_equal(binding_check(record.store, provider, 1, &guards), 0);
	assert_int_equal(guards->n, 1);
	return binding_settle(record.store, &guards->items[0], provider, choice);
}

/* Somebody who signed in: learned under iss. */
static uint32_t learn(const char *iss, const char *sub, const char *name)
{
	const struct syncer_pass pass = { .directory = "people", .iss = iss };
	struct dir_user user = record_user(name);
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	user.sub = sub;
	r = syncer_learn(record.syncer, &pass, &user, NULL, 0, RECORD_NOW, record.reason, &person);
	if (r != 0)
		print_message("%s: %s\n", name, record.reason);
	return r == 0 ? person->uid : 0;
}

static bool is_known(const char *name)
{
	struct person *person = NULL;
	int r = store_find_name(record.store, name, &person);

	person_free(person);
	return r == 0;
}

static void test_what_nobody_is_bound_by_may_change(void **state)
{
	(void)state;
	assert_string_equal(look(&corp), "");
	assert_string_equal(look(&by_token), "");
	assert_string_equal(look(&moved), "");
	assert_string_equal(look(&corp), "");
}

static void test_another_place_guards_until_it_is_settled(void **state)
{
	(void)state;
	assert_string_equal(look(&corp), "");
	assert_int_not_equal(learn(RECORD_ISS, "17", "anna"), 0);
	assert_string_equal(look(&corp), "");
	assert_string_equal(look(&by_token), "subject old id_token 1");
	assert_string_equal(look(&by_token),
			    "subject old id_token 1"); /* looking settles nothing */
	assert_string_equal(look(&corp), "");          /* nor does going back */
	record_close(&record);
	record_open(&record);
	assert_string_equal(look(&by_token), "subject old id_token 1");
	assert_int_equal(settle(&by_token, BINDING_KEEP), 0);
	assert_string_equal(look(&by_token), "");
	assert_string_equal(look(&corp), "subject old token:/user_id 1");
	assert_true(is_known("anna"));
}

/* The heart of it: subject 17 of the new place is not subject 17 of the old. */
static void test_people_set_aside_are_never_met_again_by_chance(void **state)
{
	uint32_t anna = 0, bob, again;

	(void)state;
	assert_string_equal(look(&corp), "");
	anna = learn(RECORD_ISS, "17", "anna");
	assert_int_not_equal(anna, 0);
	assert_int_equal(settle(&by_token, BINDING_NEW), 0);
	assert_string_equal(look(&by_token), "");
	assert_false(is_known("anna"));
	bob = learn(RECORD_ISS, "17", "bob"); /* the same text, somebody else */
	assert_int_not_equal(bob, 0);
	assert_int_not_equal(bob, anna);
	again = learn(RECORD_ISS, "4711", "anna"); /* her name is free, her uid is not */
	assert_int_not_equal(again, 0);
	assert_int_not_equal(again, anna);
	/* Back to the old place: those of before are there again, with their uids. */
	assert_int_equal(settle(&corp, BINDING_NEW), 0);
	assert_false(is_known("bob"));
	assert_int_equal(learn(RECORD_ISS, "17", "anna"), anna);
	assert_int_equal(settle(&by_token, BINDING_NEW), 0);
	assert_int_equal(learn(RECORD_ISS, "17", "bob"), bob);
}

static void test_places_may_change_often(void **state)
{
	(void)state;
	assert_string_equal(look(&corp), "");
	assert_int_not_equal(learn(RECORD_ISS, "1", "anna"), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(settle(&by_token, BINDING_NEW), 0);
		assert_int_not_equal(learn(RECORD_ISS, "1", "anna"), 0);
		assert_int_equal(settle(&corp, BINDING_KEEP), 0); /* what was aside stays aside */
		assert_string_equal(look(&corp), "");
	}
	assert_true(is_known("anna"));
}

static void test_another_issuer_guards_too(void **state)
{
	uint32_t anna, bob;

	(void)state;
	assert_string_equal(look(&corp), "");
	anna = learn(RECORD_ISS, "1", "anna");
	assert_string_equal(look(&moved), "issuer old id_token 1");
	assert_string_equal(look(&corp), "");
	assert_int_equal(settle(&moved, BINDING_KEEP), 0); /* the platform has another address */
	assert_string_equal(look(&moved), "");
	assert_int_equal(learn(OTHER_ISS, "1", "anna"), anna);
	assert_string_equal(look(&corp), "issuer new id_token 1");
	assert_int_equal(settle(&corp, BINDING_NEW), 0);
	assert_string_equal(look(&corp), "");
	assert_false(is_known("anna"));
	bob = learn(RECORD_ISS, "1", "bob");
	assert_int_not_equal(bob, anna);
	/* Whoever comes back to the first issuer by another place is not met by it either. */
	assert_string_equal(look(&moved), "issuer old id_token 1");
	assert_int_equal(settle(&moved, BINDING_NEW), 0);
	assert_int_equal(learn(OTHER_ISS, "1", "anna"), anna);
	assert_string_equal(look(&by_token), "subject old id_token 0");
}

static void give(const char *sub, uint32_t id)
{
	struct idmap_line line = { .kind = IDMAP_PERSON, .id = id, .gid = PERSON_ID_NONE };

	(void)snprintf(line.realm, sizeof(line.realm), "%s", RECORD_ISS);
	(void)snprintf(line.key, sizeof(line.key), "%s", sub);
	(void)snprintf(line.name, sizeof(line.name), "%s", sub);
	assert_int_equal(store_put_given(record.store, &line, STORE_PASS_BY_HAND), 0);
}

/* An id that waits for a subject waits for that of its place, and goes with the issuer's name. */
static void test_ids_that_were_given_stay_with_whom_they_are_for(void **state)
{
	(void)state;
	assert_string_equal(look(&corp), "");
	assert_int_not_equal(learn(RECORD_ISS, "1", "anna"), 0);
	give("2", RECORD_FIRST + 2);
	give("3", RECORD_FIRST + 3);
	assert_int_equal(settle(&by_token, BINDING_NEW), 0);
	assert_int_not_equal(learn(RECORD_ISS, "2", "eve"), RECORD_FIRST + 2);
	assert_int_equal(settle(&corp, BINDING_NEW), 0);
	assert_int_equal(learn(RECORD_ISS, "2", "bob"), RECORD_FIRST + 2);
	assert_int_equal(settle(&moved, BINDING_KEEP), 0);
	assert_int_equal(learn(OTHER_ISS, "3", "carla"), RECORD_FIRST + 3);
}

static void test_people_of_two_issuers_do_not_become_one(void **state)
{
	static const struct binding_provider both[] = {
		{ "corp", RECORD_ISS, "id_token" },
		{ "other", OTHER_ISS, "id_token" },
	};
	_cleanup_(binding_guards_freep) struct binding_guards *guards = NULL;

	(void)state;
	assert_int_equal(binding_check(record.store, both, 2, &guards), 0);
	assert_int_equal(guards->n, 0);
	assert_int_not_equal(learn(RECORD_ISS, "1", "anna"), 0);
	assert_int_not_equal(learn(OTHER_ISS, "1", "bob"), 0);
	/* The section was renamed, the issuer is the same: no change at all. */
	assert_string_equal(look(&(struct binding_provider){ "renamed", OTHER_ISS, "id_token" }),
			    "");
	/* corp takes the other's issuer. */
	assert_string_equal(look(&moved), "issuer old id_token 1");
	assert_int_equal(settle(&moved, BINDING_KEEP), BINDING_E_TAKEN);
	assert_string_equal(look(&moved), "issuer old id_token 1");
	assert_true(is_known("anna"));
	assert_int_equal(settle(&moved, BINDING_NEW), 0);
	assert_false(is_known("anna"));
	assert_true(is_known("bob"));
}

/* Members leave their groups, and come back to them with the next pass. */
static void test_groups_are_left_and_found_again(void **state)
{
	static const char *const names[] = { "anna" };
	struct store_counts counts;
	const char *const members[] = { "anna" };
	const struct dir_group group = { .id = "g",
					 .name = "crew",
					 .gid = PERSON_ID_NONE,
					 .first = true,
					 .last = true,
					 .members = members,
					 .n_members = 1 };
	const struct syncer_pass pass = record_pass(true, false);
	const struct dir_user anna = record_user("anna");

	(void)state;
	assert_string_equal(look(&corp), "");
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	assert_int_equal(syncer_user(record.syncer, &anna), 0);
	assert_int_equal(syncer_group(record.syncer, &group), 0);
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(settle(&by_token, BINDING_NEW), 0);
	assert_int_equal(store_count(record.store, &counts), 0);
	assert_int_equal(counts.people, 0);
	assert_int_equal(counts.unknown_members, 1);
	assert_int_equal(record_sync(&record, names, 1, false, false), 0);
	assert_int_equal(store_count(record.store, &counts), 0);
	assert_int_equal(counts.people, 1);
	assert_int_equal(counts.unknown_members, 0);
}

#define OLD_ANNA                                                                         \
	"INSERT INTO issuer (id, text) VALUES (1, '" RECORD_ISS "');"                    \
	"INSERT INTO directory (id, text) VALUES (1, 'corp');"                           \
	"INSERT INTO person VALUES (1, 1, '1', 1, '1', 'anna', 1879048200, 1879048200, " \
	"'', '', '', '', '', 1, 0, 0, 0, 0, 1, 1, 0);"

/* A record of before: whoever is in there was bound by an ID token. */
static void test_an_older_record_is_taken_as_it_was(void **state)
{
	struct store_options options = { .folder = record.folder,
					 .migrations = store_migrations,
					 .n_migrations = 3 };
	char reason[REASON_MAX], path[128];
	struct store_binding *rows = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(store_migrations[2].version, 3);
	record_close(&record);
	(void)snprintf(path, sizeof(path), "%s/state.db", record.folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(store_open(&options, reason, &record.store), 0);
	record.map.store = record.store;
	assert_int_equal(sqlite3_exec(record.store->db, OLD_ANNA, NULL, NULL, NULL), SQLITE_OK);
	record.store = store_free(record.store);
	record_open(&record);
	assert_int_equal(store_get_bindings(record.store, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].issuer, RECORD_ISS);
	assert_string_equal(rows[0].provider, "");
	assert_string_equal(rows[0].subject, "id_token");
	store_bindings_free(rows, n);
	assert_true(is_known("anna"));
	assert_string_equal(look(&by_token), "subject old id_token 1");
	assert_string_equal(look(&corp), "");
	assert_string_equal(look(&moved),
			    "issuer old id_token 1"); /* now it knows whose they are */
}

/* What could not be noted counts as the place there was before. */
static void test_an_issuer_without_a_note_is_guarded(void **state)
{
	(void)state;
	assert_int_not_equal(learn(RECORD_ISS, "1", "anna"), 0);
	assert_string_equal(look(&by_token), "subject old id_token 1");
	assert_string_equal(look(&corp), "");
}

#define RECORD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(test_what_nobody_is_bound_by_may_change),
		RECORD_TEST(test_another_place_guards_until_it_is_settled),
		RECORD_TEST(test_people_set_aside_are_never_met_again_by_chance),
		RECORD_TEST(test_places_may_change_often),
		RECORD_TEST(test_another_issuer_guards_too),
		RECORD_TEST(test_ids_that_were_given_stay_with_whom_they_are_for),
		RECORD_TEST(test_people_of_two_issuers_do_not_become_one),
		RECORD_TEST(test_groups_are_left_and_found_again),
		RECORD_TEST(test_an_older_record_is_taken_as_it_was),
		RECORD_TEST(test_an_issuer_without_a_note_is_guarded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
