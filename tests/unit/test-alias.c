/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people are called here, by which other name they are found, and whom that never hides. */

#include "tests/lib/test.h"

#include "common/naming.h"
#include "common/snapshot.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/store-stage.h"
#include "tests/lib/record.h"

#define DOMAIN "example.org"

static const struct naming shorts = { .domain = DOMAIN },
			   qualified = { .domain = DOMAIN, .qualified = true };
static const struct naming lower = { .domain = DOMAIN, .lower = true }, plain = { 0 };

static void test_domains(void **state)
{
	static const char *const good[] = { "a",         "corp", "example.org",
					    "a-b.c-d.e", "1.2",  "abcdefghijklmnopqrstuvwxyz.org" };
	static const char *const bad[] = { "",
					   ".",
					   "a.",
					   ".a",
					   "a..b",
					   "-a",
					   "a-",
					   "a.-b",
					   "a-.b",
					   "A.org",
					   "ex\xc3\xa4mple.org",
					   "a b",
					   "a@b",
					   "a/b",
					   "a_b",
					   "abcdefghijklmnopqrstuvwxyz1.org" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		assert_true(naming_is_domain(good[i]));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(naming_is_domain(bad[i]));
}

static void test_what_people_are_called(void **state)
{
	static const struct {
		const struct naming *naming;
		const char *said, *name;
	} cases[] = {
		{ &plain, "alice", "alice" },
		{ &plain, "alice@" DOMAIN, "alice@" DOMAIN },
		{ &plain, "Alice", "Alice" }, /* refused as a name, later */
		{ &shorts, "alice", "alice" },
		{ &shorts, "alice@" DOMAIN, "alice" },
		{ &shorts, "bob@partner.example", "bob@partner.example" },
		{ &shorts, "alice@sub." DOMAIN, "alice@sub." DOMAIN },
		{ &shorts, "alice@" DOMAIN ".evil", "alice@" DOMAIN ".evil" },
		{ &shorts, "alice@Example.org", "alice@Example.org" },
		{ &shorts, "bob@partner.example@" DOMAIN, "bob@partner.example@" DOMAIN },
		{ &shorts, "@" DOMAIN, "@" DOMAIN },
		{ &shorts, "", "" },
		{ &qualified, "alice", "alice@" DOMAIN },
		{ &qualified, "alice@" DOMAIN, "alice@" DOMAIN },
		{ &qualified, "root", "root@" DOMAIN },
		{ &qualified, "bob@partner.example", "bob@partner.example" },
		{ &qualified, "alice@", "alice@" },
		{ &qualified, "", "" },
		{ &lower, "Alice@EXAMPLE.Org", "alice" },
		{ &lower, "\xc3\x80lice", "\xc3\x80lice" },     /* no folding beyond ASCII */
		{ &lower, "\xe2\x84\xaaim", "\xe2\x84\xaaim" }, /* U+212A KELVIN is no k */
		{ &lower, "\xd0\xb0lice", "\xd0\xb0lice" },     /* cyrillic a stays what it is */
	};
	char out[NAMING_ROOM];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		naming_apply(cases[i].naming, cases[i].said, out);
		assert_string_equal(out, cases[i].name);
	}
}

/* However long: never a valid name made of the beginning of one that is too long. */
static void test_long_names_never_become_short_ones(void **state)
{
	const struct naming *const namings[] = { &plain, &shorts, &qualified, &lower };
	char said[2 * SUBJECT_LEN_MAX], out[NAMING_ROOM];

	(void)state;
	for (size_t len = NAME_LEN_MAX + 1; len < sizeof(said); len += len < 60 ? 1 : 97) {
		memset(said, 'a', len);
		said[len] = '\0';
		for (size_t i = 0; i < ELEMENTSOF(namings); i++) {
			naming_apply(namings[i], said, out);
			assert_true(strlen(out) > NAME_LEN_MAX);
		}
	}
}

static void test_other_form(void **state)
{
	static const struct {
		const char *name, *other;
	} cases[] = {
		{ "alice", "alice@" DOMAIN },
		{ "alice@" DOMAIN, "alice" },
		{ "alice@partner.example", NULL },
		{ "abcdefghijklmnopqrst", "abcdefghijklmnopqrst@" DOMAIN },
		{ "abcdefghijklmnopqrstu", NULL }, /* one byte more than a name has */
		{ "1@" DOMAIN, NULL },
		{ "Alice", NULL },
		{ "", NULL },
		{ "@" DOMAIN, NULL },
	};
	const struct naming both = { .domain = DOMAIN, .aliases = true };
	char out[NAME_LEN_MAX + 1], back[NAME_LEN_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		assert_false(naming_other(&shorts, cases[i].name, out));
		assert_false(naming_other(&(struct naming){ .aliases = true }, cases[i].name, out));
		assert_int_equal(naming_other(&both, cases[i].name, out), cases[i].other != NULL);
		if (!cases[i].other)
			continue;
		assert_string_equal(out, cases[i].other);
		assert_true(naming_other(&both, out, back));
		assert_string_equal(back, cases[i].name);
	}
}

static void guess(struct naming naming, const char *name, const char *first, const char *second)
{
	struct naming_guess out[NAMING_GUESSES_MAX];
	size_t n = naming_guess(&naming, name, out);

	assert_int_equal(n, first ? second ? 2 : 1 : 0);
	if (first)
		assert_string_equal(out[0].name, first);
	if (second)
		assert_string_equal(out[1].name, second);
}

static void test_what_a_directory_is_asked_for(void **state)
{
	struct naming both = { .domain = DOMAIN, .aliases = true };

	(void)state;
	guess(plain, "alice", "alice", NULL);
	guess(plain, "alice@" DOMAIN, "alice@" DOMAIN, NULL);
	guess(shorts, "alice", "alice", "alice@" DOMAIN);
	guess(shorts, "alice@" DOMAIN, NULL, NULL); /* not found here, so nobody is asked */
	guess(shorts, "bob@partner.example", "bob@partner.example", NULL);
	guess(qualified, "alice", NULL, NULL);
	guess(qualified, "alice@" DOMAIN, "alice", "alice@" DOMAIN);
	guess(both, "alice", "alice", "alice@" DOMAIN);
	guess(both, "alice@" DOMAIN, "alice", "alice@" DOMAIN);
}

/* ---- with people ---- */

static struct alias_book *book_of(const struct naming *corp, const struct naming *guests)
{
	struct alias_book *book = calloc(1, sizeof(*book) + 2 * sizeof(book->rows[0]));

	assert_non_null(book);
	book->rows[book->n++] = (struct alias_row){ "corp", *corp };
	if (guests)
		book->rows[book->n++] = (struct alias_row){ "guests", *guests };
	return book;
}

static int try_claim(struct record *record, const char *directory, const char *sub,
		     const char *name)
{
	_cleanup_(person_freep) struct person *person = person_new();

	assert_non_null(person);
	assert_int_equal(person_set(&person->iss, RECORD_ISS), 0);
	assert_int_equal(person_set(&person->sub, sub), 0);
	assert_int_equal(person_set(&person->directory, directory), 0);
	assert_int_equal(person_set(&person->dir_id, sub), 0);
	assert_int_equal(person_set(&person->name, name), 0);
	person->active = true;
	person->last_seen = RECORD_NOW;
	return idmap_claim(&record->map, person, record->reason);
}

static void claim_in(struct record *record, const char *directory, const char *sub,
		     const char *name)
{
	assert_int_equal(try_claim(record, directory, sub, name), 0);
}

/* The alias of a name's person is found, and leads back to that person and to nobody else. */
static void has_alias(struct record *record, const char *name, const char *alias)
{
	_cleanup_(person_freep) struct person *person = NULL, *found = NULL;
	char out[NAME_LEN_MAX + 1];

	assert_int_equal(store_find_name(record->store, name, &person), 0);
	assert_int_equal(alias_of(&record->map, person, out), 0);
	assert_string_equal(out, alias);
	assert_int_equal(alias_find(&record->map, alias, &found), 0);
	assert_string_equal(found->name, name);
}

static void has_none(struct record *record, const char *name, int why)
{
	_cleanup_(person_freep) struct person *person = NULL;
	char out[NAME_LEN_MAX + 1];

	assert_int_equal(store_find_name(record->store, name, &person), 0);
	assert_int_equal(alias_of(&record->map, person, out), why);
}

static void test_an_alias_never_hides_a_name(void **state)
{
	static const char *const break_glass[] = { "root", "rescue", NULL };
	const struct naming both = { .domain = DOMAIN, .qualified = true, .aliases = true };
	const struct naming none = { 0 };
	struct record record;
	struct alias_book *book = book_of(&both, &none);

	(void)state;
	record_setup(&record);
	record.map.aliases = book;
	record.map.break_glass = break_glass;
	claim_in(&record, "corp", "1", "alice@" DOMAIN);
	claim_in(&record, "corp", "2", "carol@" DOMAIN); /* carol lives in /etc/passwd */
	claim_in(&record, "corp", "3", "root@" DOMAIN);
	claim_in(&record, "corp", "4", "rescue@" DOMAIN);
	claim_in(&record, "corp", "5", "bob@" DOMAIN);
	claim_in(&record, "guests", "6", "bob"); /* a live person of any directory */
	claim_in(&record, "corp", "7", "dora@partner.example");
	has_alias(&record, "alice@" DOMAIN, "alice");
	has_none(&record, "carol@" DOMAIN, ALIAS_E_HELD);
	has_none(&record, "root@" DOMAIN, ALIAS_E_HELD);
	has_none(&record, "rescue@" DOMAIN, ALIAS_E_HELD);
	has_none(&record, "bob@" DOMAIN, ALIAS_E_HELD);
	has_none(&record, "bob", ALIAS_E_NONE);
	has_none(&record, "dora@partner.example", ALIAS_E_NONE);
	record.map.aliases = NULL;
	has_none(&record, "alice@" DOMAIN, ALIAS_E_NONE);
	free(book);
	record_teardown(&record);
}

static void test_who_left_gives_the_alias_back(void **state)
{
	const struct naming both = { .domain = DOMAIN, .qualified = true, .aliases = true };
	const struct naming none = { 0 };
	_cleanup_(person_freep) struct person *guest = NULL;
	struct record record;
	struct alias_book *book = book_of(&both, &none);

	(void)state;
	record_setup(&record);
	record.map.aliases = book;
	claim_in(&record, "corp", "1", "bob@" DOMAIN);
	claim_in(&record, "guests", "2", "bob");
	has_none(&record, "bob@" DOMAIN, ALIAS_E_HELD);
	assert_int_equal(store_find_name(record.store, "bob", &guest), 0);
	assert_int_equal(store_retire_person(record.store, guest->id), 0);
	has_alias(&record, "bob@" DOMAIN, "bob");
	free(book);
	record_teardown(&record);
}

static void test_two_people_with_one_alias_have_none(void **state)
{
	const struct naming corp = { .domain = DOMAIN, .qualified = true, .aliases = true };
	const struct naming guests = { .domain = "guest.net", .qualified = true, .aliases = true };
	_cleanup_(person_freep) struct person *found = NULL;
	struct record record;
	struct alias_book *book = book_of(&corp, &guests);

	(void)state;
	record_setup(&record);
	record.map.aliases = book;
	claim_in(&record, "corp", "1", "alice@" DOMAIN);
	claim_in(&record, "corp", "2", "bob@" DOMAIN);
	claim_in(&record, "guests", "3", "alice@guest.net");
	has_none(&record, "alice@" DOMAIN, ALIAS_E_SHARED);
	has_none(&record, "alice@guest.net", ALIAS_E_SHARED);
	assert_int_equal(alias_find(&record.map, "alice", &found), ALIAS_E_SHARED);
	assert_int_equal(alias_find(&record.map, "zoe", &found), ALIAS_E_NONE);
	has_alias(&record, "bob@" DOMAIN, "bob");
	free(book);
	record_teardown(&record);
}

/* A name of one directory that looks like another's domain leads to nobody of that other. */
static void test_only_the_own_directory_has_the_domain(void **state)
{
	const struct naming corp = { .domain = DOMAIN, .aliases = true };
	const struct naming guests = { .domain = "guest.net", .aliases = true };
	_cleanup_(person_freep) struct person *found = NULL;
	struct record record;
	struct alias_book *book = book_of(&corp, &guests);

	(void)state;
	record_setup(&record);
	record.map.aliases = book;
	claim_in(&record, "guests", "1", "alice");
	has_alias(&record, "alice", "alice@guest.net");
	assert_int_equal(alias_find(&record.map, "alice@" DOMAIN, &found), ALIAS_E_NONE);
	/* nor does it give out names with that domain */
	assert_int_equal(try_claim(&record, "guests", "2", "bob@" DOMAIN), IDMAP_E_NAME);
	assert_non_null(strstr(record.reason, "domain of directory corp"));
	claim_in(&record, "guests", "3", "bob@elsewhere.example");
	claim_in(&record, "corp", "4", "bob");
	has_alias(&record, "bob", "bob@" DOMAIN);
	free(book);
	record_teardown(&record);
}

static void test_what_falls_together_is_refused(void **state)
{
	const char *const said[] = { "Alice", ("ALICE@" DOMAIN), "alice" };
	struct record record;
	char name[NAMING_ROOM];

	(void)state;
	record_setup(&record);
	for (size_t i = 0; i < ELEMENTSOF(said); i++) {
		char sub[8];

		(void)snprintf(sub, sizeof(sub), "%zu", i);
		naming_apply(&lower, said[i], name);
		assert_string_equal(name, "alice");
		assert_int_equal(record_claim(&record, sub, name, PERSON_ID_NONE, NULL),
				 i == 0 ? 0 : IDMAP_E_NAME);
	}
	record_teardown(&record);
}

/* ---- what processes see of it ---- */

static void publish(struct record *record, struct publisher *publisher)
{
	struct publish_counts counts;

	assert_int_equal(publish_run(publisher, RECORD_NOW, record->reason, &counts), 0);
}

/* By this name processes find a record called so; NULL: none. */
static void sees(const struct record *record, const char *name, const char *called)
{
	struct snapshot snapshot = SNAPSHOT_INIT(record->snapshot);
	struct snapshot_view view;
	struct snapshot_user user;
	bool found;

	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	found = snapshot_user_by_name(&view, name, strlen(name), &user);
	if (found != (called != NULL))
		fail_msg("%s is%s found", name, found ? "" : " not");
	if (found) {
		assert_int_equal(user.name.len, strlen(called));
		assert_memory_equal(user.name.at, called, user.name.len);
	}
	assert_true(snapshot_leave(&view));
}

static void leave(struct record *record, const char *name)
{
	_cleanup_(person_freep) struct person *person = NULL;

	assert_int_equal(store_find_name(record->store, name, &person), 0);
	assert_int_equal(store_retire_person(record->store, person->id), 0);
}

/* Through changes, each a small file over the one before: the snapshot says what alias_find() says.
 */
static void test_processes_see_aliases_come_and_go(void **state)
{
	const struct naming corp = { .domain = DOMAIN, .qualified = true, .aliases = true };
	const struct naming guests = { .domain = "guest.net", .qualified = true, .aliases = true };
	const struct publish_directory directories[] = {
		{ .name = "corp", .iss = RECORD_ISS, .fingerprint = 7 },
		{ .name = "guests", .iss = RECORD_ISS, .fingerprint = 7 },
	};
	struct publisher *publisher = NULL;
	struct record record;
	struct alias_book *book = book_of(&corp, &guests);

	(void)state;
	record_setup(&record);
	record.map.aliases = book;
	assert_int_equal(publisher_new(record.snapshot, &record.map, &publisher), 0);
	assert_int_equal(publisher_set_directories(publisher, directories, 2), 0);
	claim_in(&record, "corp", "1", "alice@" DOMAIN);
	claim_in(&record, "corp", "2", "carol@" DOMAIN); /* carol lives in /etc/passwd */
	for (unsigned i = 0; i < 300; i++) {             /* so that a change is small beside them */
		char name[NAME_LEN_MAX + 1];

		(void)snprintf(name, sizeof(name), "p%u@" DOMAIN, i);
		claim_in(&record, "corp", name, name);
	}
	publish(&record, publisher);
	sees(&record, "alice", "alice@" DOMAIN);
	sees(&record, "alice@" DOMAIN, "alice@" DOMAIN);
	sees(&record, "carol", NULL);
	sees(&record, "p7", "p7@" DOMAIN);
	claim_in(&record, "guests", "3", "alice@guest.net"); /* now it is two people's */
	publish(&record, publisher);
	sees(&record, "alice", NULL);
	sees(&record, "alice@" DOMAIN, "alice@" DOMAIN);
	leave(&record, "alice@guest.net");
	publish(&record, publisher);
	sees(&record, "alice", "alice@" DOMAIN);
	claim_in(&record, "guests", "4", "alice"); /* a name of its own */
	publish(&record, publisher);
	sees(&record, "alice", "alice");
	leave(&record, "alice");
	publish(&record, publisher);
	sees(&record, "alice", "alice@" DOMAIN);
	claim_in(&record, "corp", "1", "alicia@" DOMAIN); /* renamed: the old forms are nobody's */
	publish(&record, publisher);
	sees(&record, "alice", NULL);
	sees(&record, "alice@" DOMAIN, NULL);
	sees(&record, "alicia", "alicia@" DOMAIN);
	publisher_free(publisher);
	free(book);
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_what_people_are_called),
		cmocka_unit_test(test_long_names_never_become_short_ones),
		cmocka_unit_test(test_other_form),
		cmocka_unit_test(test_what_a_directory_is_asked_for),
		cmocka_unit_test(test_an_alias_never_hides_a_name),
		cmocka_unit_test(test_who_left_gives_the_alias_back),
		cmocka_unit_test(test_two_people_with_one_alias_have_none),
		cmocka_unit_test(test_only_the_own_directory_has_the_domain),
		cmocka_unit_test(test_what_falls_together_is_refused),
		cmocka_unit_test(test_processes_see_aliases_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
