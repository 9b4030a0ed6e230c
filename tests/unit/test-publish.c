/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/snapshot.h"
#include "idp-agentd/core/publish.h"
#include "tests/lib/record.h"

static const struct publish_directory corp = {
	.name = "corp",
	.iss = RECORD_ISS,
	.fingerprint = 7,
	.swept = true,
};

static struct publisher *make_publisher(struct record *record)
{
	struct publisher *publisher = NULL;

	assert_int_equal(publisher_new(record->snapshot, &record->map, &publisher), 0);
	assert_int_equal(publisher_set_directories(publisher, &corp, 1), 0);
	return publisher;
}

static struct publish_counts publish(struct record *record, struct publisher *publisher)
{
	struct publish_counts counts;
	int r = publish_run(publisher, RECORD_NOW, record->reason, &counts);

	if (r != 0)
		fail_msg("publish_run: %d %s", r, record->reason);
	return counts;
}

/* What a process would see; a fresh mapping each time. */
struct seen {
	bool user;
	bool group;
	uint32_t uid;
	uint32_t n_gids;
	uint32_t n_members;
	uint32_t flags;
};

static struct seen look(const struct record *record, const char *user_name, const char *group_name)
{
	struct snapshot snapshot = SNAPSHOT_INIT(record->snapshot);
	struct snapshot_view view;
	struct snapshot_user user;
	struct snapshot_group group;
	struct seen seen = { 0 };

	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	seen.flags = view.map->flags;
	seen.user = snapshot_user_by_name(&view, user_name, strlen(user_name), &user);
	if (seen.user) {
		seen.uid = user.uid;
		seen.n_gids = user.n_gids;
	}
	seen.group = snapshot_group_by_name(&view, group_name, strlen(group_name), &group);
	if (seen.group)
		seen.n_members = group.n_members;
	assert_true(snapshot_leave(&view));
	return seen;
}

static int sync_crew(struct record *record)
{
	const struct syncer_pass pass = record_pass(true, false);
	const char *const members[] = { "alice", "bob", "nobody-we-know" };
	const struct dir_user alice = record_user("alice"), bob = record_user("bob");
	const struct dir_group crew = { .id = "g1",
					.name = "crew",
					.gid = PERSON_ID_NONE,
					.first = true,
					.last = true,
					.members = members,
					.n_members = 3 };
	const struct dir_group staff = {
		.id = "g2", .name = "staff", .gid = PERSON_ID_NONE, .first = true, .last = true
	};
	int r;

	r = syncer_begin(record->syncer, &pass, RECORD_NOW);
	if (r == 0)
		r = syncer_group(record->syncer, &crew);
	if (r == 0)
		r = syncer_group(record->syncer, &staff);
	if (r == 0)
		r = syncer_user(record->syncer, &alice);
	if (r == 0)
		r = syncer_user(record->syncer, &bob);
	if (r == 0)
		r = syncer_end(record->syncer, true, "", "", RECORD_NOW);
	return r == SYNCER_MORE ? record_finish(record) : r;
}

static void test_people_groups_and_members_reach_the_reader(void **state)
{
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	_cleanup_(person_freep) struct person *alice = NULL;
	struct publish_counts counts;
	struct seen seen;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(sync_crew(&record), 0);
	counts = publish(&record, publisher);
	assert_int_equal(counts.people, 2);
	assert_int_equal(counts.groups, 1);
	assert_int_equal(counts.hidden_groups, 1); /* staff is the system's */
	assert_true(counts.complete);
	assert_true(counts.bytes > 0);
	seen = look(&record, "alice", "crew");
	assert_int_equal(store_find_name(record.store, "alice", &alice), 0);
	assert_int_equal(seen.uid, alice->uid);
	assert_int_equal(seen.n_gids, 1);
	assert_int_equal(seen.n_members, 2);
	assert_true(seen.flags & SNAPSHOT_COMPLETE);
	assert_true(look(&record, "bob", "bob").group); /* private */
	assert_false(look(&record, "bob", "staff").group);
	record_teardown(&record);
}

static void test_only_people_who_may_be_seen_are_published(void **state)
{
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	const struct syncer_pass pass = record_pass(true, false);
	const struct syncer_pass other = { .directory = "gone", .iss = RECORD_ISS };
	struct dir_user users[] = { record_user("alice"), record_user("inactive"),
				    record_user("ended"), record_user("ending"),
				    record_user("zoe") };
	struct dir_user foreign = record_user("foreign");
	struct publish_counts counts;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	users[1].active = false;
	users[2].end_time = RECORD_NOW - 1;
	users[3].end_time = RECORD_NOW + 100;
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	for (size_t i = 0; i < ELEMENTSOF(users); i++)
		assert_int_equal(syncer_user(record.syncer, &users[i]), 0);
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(
		syncer_upsert(record.syncer, &other, &foreign, RECORD_NOW, record.reason, NULL), 0);
	record_write(record.passwd,
		     "root:x:0:0::/root:/bin/sh\nzoe:x:1001:1001::/home/z:/bin/sh\n");
	assert_int_equal(localnames_refresh(record.locals), 1);
	counts = publish(&record, publisher);
	assert_int_equal(counts.people, 2);
	assert_int_equal(counts.hidden[PUBLISH_INACTIVE], 1);
	assert_int_equal(counts.hidden[PUBLISH_ENDED], 1);
	assert_int_equal(counts.hidden[PUBLISH_LOCAL], 1);
	assert_int_equal(counts.hidden[PUBLISH_DIRECTORY], 1);
	assert_int_equal(counts.next_end, RECORD_NOW + 100);
	assert_true(look(&record, "ending", "").user);
	assert_false(look(&record, "ended", "").user);
	assert_false(look(&record, "zoe", "").user);
	assert_int_equal(publish_run(publisher, RECORD_NOW + 101, record.reason, &counts), 0);
	assert_int_equal(counts.people, 1);
	record.map.first = record.map.last - 1; /* the admin moved the range */
	assert_int_equal(publish_run(publisher, RECORD_NOW, record.reason, &counts), 0);
	assert_int_equal(counts.people, 0);
	record_teardown(&record);
}

static void test_people_below_the_least_level_do_not_exist(void **state)
{
	static const char *const levels[] = { "3", "2", "1", "", "LoA3", "02" };
	static const char *const names[] = { "ann", "ben", "cat", "dan", "eve", "fay" };
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	const struct syncer_pass pass = record_pass(true, false);
	struct publish_directory least = corp;
	struct publish_counts counts;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		struct dir_user user = record_user(names[i]);

		user.loa = levels[i];
		assert_int_equal(syncer_user(record.syncer, &user), 0);
	}
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(publish(&record, publisher).people, ELEMENTSOF(names));
	least.min_loa = 2;
	assert_int_equal(publisher_set_directories(publisher, &least, 1), 0);
	counts = publish(&record, publisher);
	assert_int_equal(counts.people, 3);
	assert_int_equal(counts.hidden[PUBLISH_LOA], 3);
	assert_true(look(&record, "ben", "").user);
	assert_false(look(&record, "cat", "").user);
	assert_false(look(&record, "eve", "").user);
	record_teardown(&record);
}

/* Every mixture of what can be wrong with somebody and what is hidden because of it. */
static void test_who_is_not_hidden_is_seen_and_never_let_in(void **state)
{
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	_cleanup_(person_freep) struct person *person = NULL;
	struct publish_directory directory = corp;
	struct record record;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(sync_crew(&record), 0);
	assert_int_equal(store_find_name(record.store, "alice", &person), 0);
	directory.min_loa = 2;
	for (unsigned wrong = 0; wrong < 8; wrong++) {
		for (unsigned shows = 0; shows < 8; shows++) {
			enum publish_verdict judged, seen;

			person->active = !(wrong & 1);
			person->end_time = wrong & 2 ? RECORD_NOW - 1 : 0;
			assert_int_equal(person_set(&person->loa, wrong & 4 ? "1" : "2"), 0);
			directory.shows_disabled = shows & 1;
			directory.shows_ended = shows & 2;
			directory.shows_below_loa = shows & 4;
			assert_int_equal(publisher_set_directories(publisher, &directory, 1), 0);
			judged = publish_judge(publisher, person, RECORD_NOW);
			seen = publish_look(publisher, person, RECORD_NOW);
			assert_int_equal(judged == PUBLISH_YES, wrong == 0);
			assert_int_equal(seen == PUBLISH_YES, (wrong & ~shows) == 0);
			if (seen != PUBLISH_YES)
				assert_int_equal(seen, judged);
			person->retired = true;
			assert_int_equal(publish_look(publisher, person, RECORD_NOW),
					 PUBLISH_RETIRED);
			person->retired = false;
		}
	}
	/* nor does it open this host's own names: carol is in /etc/passwd */
	assert_int_equal(person_set(&person->name, "carol"), 0);
	assert_int_equal(publish_look(publisher, person, RECORD_NOW), PUBLISH_LOCAL);
	record_teardown(&record);
}

static void test_complete_needs_a_full_pass_of_every_directory_as_configured(void **state)
{
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	struct publish_directory both[] = {
		corp, { .name = "second", .iss = RECORD_ISS, .fingerprint = 1, .swept = true }
	};
	struct publish_directory changed = corp;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_false(publish(&record, publisher).complete);
	assert_int_equal(sync_crew(&record), 0);
	assert_true(publish(&record, publisher).complete);
	assert_int_equal(publisher_set_directories(publisher, both, 2), 0);
	assert_false(publish(&record, publisher).complete);
	changed.fingerprint = 8;
	assert_int_equal(publisher_set_directories(publisher, &changed, 1), 0);
	assert_false(publish(&record, publisher).complete);
	changed = corp;
	changed.swept = false; /* userinfo: nobody ever knows everybody */
	assert_int_equal(publisher_set_directories(publisher, &changed, 1), 0);
	assert_false(publish(&record, publisher).complete);
	assert_int_equal(publisher_set_directories(publisher, NULL, 0), 0);
	assert_false(publish(&record, publisher).complete);
	record_teardown(&record);
}

static void test_a_private_group_hides_a_directory_group_of_the_same_name(void **state)
{
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	const struct syncer_pass pass = record_pass(true, false);
	const char *const members[] = { "bob" };
	const struct dir_group group = { .id = "g1",
					 .name = "alice",
					 .gid = PERSON_ID_NONE,
					 .first = true,
					 .last = true,
					 .members = members,
					 .n_members = 1 };
	const struct dir_user alice = record_user("alice"), bob = record_user("bob");

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	assert_int_equal(syncer_user(record.syncer, &bob), 0);
	assert_int_equal(syncer_group(record.syncer, &group), 0); /* before alice is there */
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(look((publish(&record, publisher), &record), "bob", "alice").n_members, 1);
	assert_int_equal(
		syncer_upsert(record.syncer, &pass, &alice, RECORD_NOW, record.reason, NULL), 0);
	assert_int_equal(publish(&record, publisher).hidden_groups, 1);
	assert_true(look(&record, "alice", "alice").group);
	assert_int_equal(look(&record, "alice", "alice").n_members, 0);
	record_teardown(&record);
}

static void test_nothing_is_published_while_a_pass_is_being_applied(void **state)
{
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	const struct syncer_pass pass = record_pass(true, false);
	struct publish_counts counts;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	for (unsigned i = 0; i < 600; i++) {
		char name[16];
		struct dir_user user;

		(void)snprintf(name, sizeof(name), "user%u", i);
		user = record_user(name);
		assert_int_equal(syncer_user(record.syncer, &user), 0);
	}
	assert_int_equal(publish(&record, publisher).people, 0); /* staged only */
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	for (unsigned i = 0; i < 4; i++) /* sweep, seal, and a first batch */
		assert_int_equal(syncer_step(record.syncer, RECORD_NOW), SYNCER_MORE);
	assert_int_equal(publish_run(publisher, RECORD_NOW, record.reason, &counts),
			 PUBLISH_E_SYNC);
	assert_false(look(&record, "user0", "").user);
	assert_int_equal(record_finish(&record), 0);
	assert_int_equal(publish(&record, publisher).people, 600);
	record_teardown(&record);
}

static int publish_on_a_full_disk(struct record *record)
{
	const struct rlimit small = { .rlim_cur = 512, .rlim_max = RLIM_INFINITY };
	const struct rlimit large = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	const char *const names[] = { "alice", "bob", "dora" };
	struct publish_counts counts;
	int r;

	(void)signal(SIGXFSZ, SIG_IGN);
	record_open(record);
	publisher = make_publisher(record);
	assert_int_equal(sync_crew(record), 0);
	assert_int_equal(publish(record, publisher).people, 2);
	assert_int_equal(record_sync(record, names, 3, true, false), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = publish_run(publisher, RECORD_NOW, record->reason, &counts);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
	assert_true(r < 0);
	assert_non_null(strstr(record->reason, "the old snapshot stays in force"));
	assert_true(look(record, "alice", "crew").user);
	assert_false(look(record, "dora", "").user);
	assert_int_equal(publish(record, publisher).people, 3);
	assert_true(look(record, "dora", "").user);
	record_close(record);
	return 0;
}

static void test_on_a_full_disk_the_old_snapshot_stays(void **state)
{
	struct record record;
	int status;
	pid_t child;

	(void)state;
	record_setup(&record);
	record_close(&record);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(publish_on_a_full_disk(&record));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	record_open(&record);
	record_teardown(&record);
}

static void test_old_snapshots_are_given_back_after_their_grace(void **state)
{
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	usec_t now = 1000 * USEC_PER_SEC;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(publish_reap(publisher, now), USEC_INFINITY);
	for (unsigned i = 0; i < 100; i++) { /* more than are remembered */
		publisher_set_enumerate(publisher, i % 2 == 0);
		(void)publish(&record, publisher);
	}
	assert_int_equal(publish_reap(publisher, now), SNAPSHOT_GRACE);
	assert_int_equal(publish_reap(publisher, now + 1), SNAPSHOT_GRACE - 1);
	assert_int_equal(publish_reap(publisher, now + SNAPSHOT_GRACE), USEC_INFINITY);
	assert_int_equal(publish(&record, publisher).generation, 100); /* nothing changed */
	publisher_set_enumerate(publisher, true);
	assert_int_equal(publish(&record, publisher).generation, 101);
	record_teardown(&record);
}

/* One person whom a platform puts into everything does not stop the others from being seen. */
static void test_too_many_groups_of_one_hold_nobody_else_back(void **state)
{
	static const char *const alice_only[] = { "alice" };
	struct record record;
	_cleanup_(publisher_freep) struct publisher *publisher = NULL;
	_cleanup_(person_freep) struct person *alice = NULL;
	const struct syncer_pass pass = record_pass(true, false);
	const struct dir_user people[] = { record_user("alice"), record_user("bob") };
	struct publish_counts counts;
	struct group **groups = NULL;
	size_t n = 0;

	(void)state;
	record_setup(&record);
	publisher = make_publisher(&record);
	assert_int_equal(syncer_begin(record.syncer, &pass, RECORD_NOW), 0);
	for (size_t i = 0; i < ELEMENTSOF(people); i++)
		assert_int_equal(syncer_user(record.syncer, &people[i]), 0);
	for (unsigned i = 0; i < USER_GROUPS_MAX + 5; i++) {
		char name[16];
		struct dir_group group = { .id = name,
					   .name = name,
					   .gid = PERSON_ID_NONE,
					   .first = true,
					   .last = true,
					   .members = alice_only,
					   .n_members = 1 };

		(void)snprintf(name, sizeof(name), "g%u", i);
		assert_int_equal(syncer_group(record.syncer, &group), 0);
	}
	assert_int_equal(syncer_end(record.syncer, true, "", "", RECORD_NOW), SYNCER_MORE);
	assert_int_equal(record_finish(&record), 0);
	counts = publish(&record, publisher);
	assert_int_equal(counts.people, 2);
	assert_int_equal(counts.groups, USER_GROUPS_MAX + 5);
	assert_int_equal(counts.cut_members, 5);
	assert_true(look(&record, "bob", "g0").user);
	assert_int_equal(look(&record, "alice", "g0").n_gids, USER_GROUPS_MAX);
	/* the record itself says that there are too many, for whoever has to judge */
	assert_int_equal(store_find_name(record.store, "alice", &alice), 0);
	assert_int_equal(store_person_groups(record.store, alice->id, &n, &groups), 0);
	assert_int_equal(n, USER_GROUPS_MAX + 1);
	group_list_free(groups, n);
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_people_groups_and_members_reach_the_reader),
		TEST(test_only_people_who_may_be_seen_are_published),
		TEST(test_people_below_the_least_level_do_not_exist),
		TEST(test_who_is_not_hidden_is_seen_and_never_let_in),
		TEST(test_who_is_not_hidden_is_seen_and_never_let_in),
		TEST(test_complete_needs_a_full_pass_of_every_directory_as_configured),
		TEST(test_a_private_group_hides_a_directory_group_of_the_same_name),
		TEST(test_nothing_is_published_while_a_pass_is_being_applied),
		TEST(test_on_a_full_disk_the_old_snapshot_stays),
		TEST(test_too_many_groups_of_one_hold_nobody_else_back),
		TEST(test_old_snapshots_are_given_back_after_their_grace),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
