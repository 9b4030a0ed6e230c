/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever happens to the record, what was published change by change answers exactly as what is
 * published anew from the same record. Random histories; TEST_SEED repeats one.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/naming.h"
#include "common/snapshot.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/snapshot-overlay.h"
#include "idp-agentd/core/store-changes.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-stage.h"
#include "tests/lib/record.h"

#define NAMES  60u /* people and groups share them, so that they get into each other's way */
#define PEOPLE 80u
#define GROUPS 24u

struct history {
	struct record record;
	struct publisher *publisher;
	uint64_t seed;
	uint64_t now;
	uint32_t n_people, n_groups; /* made so far */
	uint32_t gids[GROUPS];
	struct publish_directory corp;
	struct alias_book *aliases;
	char fresh[96];
	unsigned overlays, bases;
};

static uint32_t draw(struct history *history, uint32_t below)
{
	history->seed = history->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((history->seed >> 33) % below);
}

static void make_name(uint32_t i, char name[static 32])
{
	if (i % 7 == 0) /* of some both forms are about */
		(void)snprintf(name, 32, "n%u@example.org", i / 7);
	else
		(void)snprintf(name, 32, "n%u", i);
}

static struct publisher *make_publisher(struct history *history, const char *path)
{
	struct publisher *publisher = NULL;

	assert_int_equal(publisher_new(path, &history->record.map, &publisher), 0);
	assert_int_equal(publisher_set_directories(publisher, &history->corp, 1), 0);
	return publisher;
}

/* ---- what processes see ---- */

struct seen_list {
	char **lines;
	size_t n, room;
};

static void list_add(struct seen_list *list, const char *line)
{
	if (list->n == list->room) {
		list->room = list->room ? list->room * 2 : 256;
		list->lines = reallocarray(list->lines, list->room, sizeof(char *));
		assert_non_null(list->lines);
	}
	list->lines[list->n] = strdup(line);
	assert_non_null(list->lines[list->n++]);
}

static void list_done(struct seen_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->lines[i]);
	free(list->lines);
	*list = (struct seen_list){ 0 };
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int compare_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void describe_user(const struct snapshot_user *user, char line[static 4096])
{
	uint32_t gids[USER_GROUPS_MAX];
	int at;

	assert_true(user->n_gids <= USER_GROUPS_MAX);
	if (user->n_gids > 0)
		memcpy(gids, user->gids, user->n_gids * sizeof(*gids));
	qsort(gids, user->n_gids, sizeof(*gids), compare_u32);
	at = snprintf(line, 4096, "%.*s:%u:%u:%.*s:%.*s%.*s%.*s:%.*s:", (int)user->name.len,
		      user->name.at, user->uid, user->gid, (int)user->gecos.len, user->gecos.at,
		      (int)user->home[0].len, user->home[0].at, (int)user->home[1].len,
		      user->home[1].at, (int)user->home[2].len, user->home[2].at,
		      (int)user->shell.len, user->shell.at);
	for (uint32_t i = 0; i < user->n_gids; i++)
		at += snprintf(line + at, 4096 - (size_t)at, "%u,", gids[i]);
}

static void describe_group(const struct snapshot_group *group, char line[static 4096])
{
	struct snapshot_members members;
	struct snapshot_text name;
	char *names[PEOPLE];
	size_t n = 0;
	int at = snprintf(line, 4096, "%.*s:%u:", (int)group->name.len, group->name.at, group->gid);

	snapshot_members_begin(group, &members);
	while (snapshot_members_next(&members, &name)) {
		assert_true(n < PEOPLE);
		names[n] = strndup(name.at, name.len);
		assert_non_null(names[n++]);
	}
	assert_int_equal(n, group->n_members);
	qsort(names, n, sizeof(*names), compare_text);
	for (size_t i = 0; i < n; i++) {
		at += snprintf(line + at, 4096 - (size_t)at, "%s,", names[i]);
		free(names[i]);
	}
}

static void ask(const struct snapshot_view *view, const char *name, uint32_t id,
		struct seen_list *list)
{
	struct snapshot_user user;
	struct snapshot_group group;
	char line[4096], told[4200];
	const char *what = name ? name : "by id";

	if (name ? snapshot_user_by_name(view, name, strlen(name), &user)
		 : snapshot_user_by_id(view, id, &user)) {
		describe_user(&user, line);
		(void)snprintf(told, sizeof(told), "user %s %u: %s", what, id, line);
		list_add(list, told);
	}
	if (name ? snapshot_group_by_name(view, name, strlen(name), &group)
		 : snapshot_group_by_id(view, id, &group)) {
		describe_group(&group, line);
		(void)snprintf(told, sizeof(told), "group %s %u: %s", what, id, line);
		list_add(list, told);
	}
}

static void walk(const struct snapshot_view *view, struct seen_list *list)
{
	struct snapshot_user user;
	struct snapshot_group group;
	char line[4096];
	uint32_t id = 0;

	while (snapshot_user_after(view, id, &user)) {
		assert_true(user.uid > id);
		id = user.uid;
		describe_user(&user, line);
		list_add(list, line);
		ask(view, NULL, id, list);
	}
	for (id = 0; snapshot_group_after(view, id, &group); id = group.gid) {
		assert_true(group.gid > id);
		describe_group(&group, line);
		list_add(list, line);
		ask(view, NULL, group.gid, list);
	}
}

/* Everything anybody can be told. */
static void see(const struct history *history, const char *path, struct seen_list *list)
{
	struct snapshot snapshot = SNAPSHOT_INIT(path);
	struct snapshot_view view;
	char line[64], name[32];

	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	(void)snprintf(line, sizeof(line), "complete %u enumerate %u",
		       view.map->flags & SNAPSHOT_COMPLETE, view.map->flags & SNAPSHOT_ENUMERATE);
	list_add(list, line);
	walk(&view, list);
	for (uint32_t i = 0; i < NAMES; i++) {
		make_name(i, name);
		ask(&view, name, 0, list);
		(void)snprintf(name, sizeof(name), "n%u@example.org", i);
		ask(&view, name, 0, list);
	}
	for (uint32_t i = 0; i < history->n_groups; i++)
		ask(&view, NULL, history->gids[i], list);
	assert_true(snapshot_leave(&view));
	snapshot_forget(&snapshot);
}

static void compare(struct history *history, const struct publish_counts *counts)
{
	struct publisher *publisher = make_publisher(history, history->fresh);
	struct publish_counts fresh = { 0 };
	struct seen_list ours = { 0 }, theirs = { 0 };
	char reason[REASON_MAX] = "";

	publisher_set_enumerate(publisher, history->record.map.first % 2 != 0);
	assert_int_equal(publish_run(publisher, history->now, reason, &fresh), 0);
	see(history, history->record.snapshot, &ours);
	see(history, history->fresh, &theirs);
	for (size_t i = 0; i < ours.n && i < theirs.n; i++)
		if (strcmp(ours.lines[i], theirs.lines[i]) != 0)
			fail_msg("change by change: %s\n             anew: %s", ours.lines[i],
				 theirs.lines[i]);
	assert_int_equal(ours.n, theirs.n);
	assert_int_equal(counts->people, fresh.people);
	assert_int_equal(counts->groups, fresh.groups);
	assert_int_equal(counts->hidden_groups, fresh.hidden_groups);
	assert_memory_equal(counts->hidden, fresh.hidden, sizeof(fresh.hidden));
	assert_int_equal(counts->next_end, fresh.next_end);
	list_done(&ours);
	list_done(&theirs);
	publisher_free(publisher);
}

/* ---- what happens ---- */

static struct person *pick_person(struct history *history)
{
	struct person *person = NULL;

	if (history->n_people == 0 ||
	    store_find_person(history->record.store, 1 + draw(history, history->n_people),
			      &person) != 0)
		return NULL;
	return person;
}

static void put_person(struct history *history, struct person *person)
{
	int r = store_put_person(history->record.store, person);

	assert_true(r == 0 || r == STORE_E_TAKEN); /* somebody's name */
}

static void change_person(struct history *history, uint32_t what)
{
	_cleanup_(person_freep) struct person *person = pick_person(history);
	static const char *const levels[] = { "", "1", "2", "3" };
	const struct store_fact none = { 0 };
	char name[32];

	if (!person)
		return;
	switch (what) {
	case 0:
		make_name(draw(history, NAMES), name);
		assert_int_equal(person_set(&person->name, name), 0);
		break;
	case 1:
		person->active = !person->active;
		break;
	case 2:
		person->end_time = draw(history, 3) ? history->now + draw(history, 30) : 0;
		break;
	case 3:
		(void)snprintf(name, sizeof(name), "Gecos %u", draw(history, 5));
		assert_int_equal(person_set(&person->gecos, name), 0);
		break;
	case 4:
		assert_int_equal(person_set(&person->loa, levels[draw(history, 4)]), 0);
		break;
	case 5:
		assert_int_equal(
			store_put_login(history->record.store, person->id, history->now, &none, 0),
			0);
		return;
	default:
		if (person->retired || draw(history, 3) > 0)
			return;
		assert_int_equal(store_retire_person(history->record.store, person->id), 0);
		return;
	}
	put_person(history, person);
}

static void add_person(struct history *history)
{
	char sub[32], name[32];
	uint32_t uid = PERSON_ID_NONE;

	if (history->n_people == PEOPLE)
		return;
	(void)snprintf(sub, sizeof(sub), "s%u", history->n_people);
	make_name(draw(history, NAMES), name);
	if (history->n_groups > 0 && draw(history, 4) == 0)
		uid = history->gids[draw(history, history->n_groups)];
	if (record_claim(&history->record, sub, name, uid, NULL) == 0)
		history->n_people++;
}

static void add_group(struct history *history)
{
	_cleanup_(group_freep) struct group *group = group_new();
	_cleanup_(person_freep) struct person *person = pick_person(history);
	char id[32], name[32];

	if (history->n_groups == GROUPS)
		return;
	assert_non_null(group);
	(void)snprintf(id, sizeof(id), "g%u", history->n_groups);
	make_name(draw(history, NAMES), name);
	assert_int_equal(person_set(&group->directory, "corp"), 0);
	assert_int_equal(person_set(&group->dir_id, id), 0);
	assert_int_equal(person_set(&group->name, draw(history, 12) ? name : "staff"), 0);
	group->gid = RECORD_FIRST + 5000 + history->n_groups;
	if (person && draw(history, 3) == 0) /* a private group made explicit */
		group->gid = person->uid;
	if (draw(history, 8) == 0)
		group->gid = PERSON_ID_NONE;
	if (store_put_group(history->record.store, group) != 0)
		return;
	assert_int_equal(group->id, history->n_groups + 1);
	history->gids[history->n_groups++] = group->gid;
}

static void change_group(struct history *history)
{
	_cleanup_(group_freep) struct group *group = NULL;
	char id[32], name[32];

	if (history->n_groups == 0)
		return;
	(void)snprintf(id, sizeof(id), "g%u", draw(history, history->n_groups));
	assert_int_equal(store_find_group_dir_id(history->record.store, "corp", id, &group), 0);
	switch (draw(history, 4)) {
	case 0:
		if (!group->retired)
			assert_int_equal(store_retire_group(history->record.store, group->id), 0);
		return;
	case 1:
		group->retired = false;
		break;
	default:
		make_name(draw(history, NAMES), name);
		assert_int_equal(person_set(&group->name, name), 0);
	}
	if (store_put_group(history->record.store, group) != 0)
		return; /* somebody's name */
}

static void change_member(struct history *history)
{
	_cleanup_(person_freep) struct person *person = pick_person(history);
	struct store *store = history->record.store;
	int64_t group;

	if (!person || history->n_groups == 0)
		return;
	group = 1 + draw(history, history->n_groups);
	assert_int_equal(store_begin(store, STORE_DURABLE), 0);
	if (draw(history, 6) == 0) {
		char id[32];

		(void)snprintf(id, sizeof(id), "g%u", draw(history, history->n_groups));
		assert_int_equal(store_put_member(store, "corp", group, id, draw(history, 2) == 0),
				 0);
	} else {
		assert_int_equal(store_put_member(store, "corp", group, person->dir_id,
						  draw(history, 3) > 0),
				 0);
	}
	assert_int_equal(store_commit(store), 0);
}

static void change_host(struct history *history)
{
	char name[32], text[256];

	make_name(draw(history, NAMES), name);
	(void)snprintf(text, sizeof(text), "root:x:0:0::/root:/bin/sh\n%s:x:1234:1234::/:/bin/sh\n",
		       draw(history, 2) ? name : "nobody-else");
	record_write(history->record.passwd, text);
	make_name(draw(history, NAMES), name);
	(void)snprintf(text, sizeof(text), "root:x:0:\n%s:x:1235:\n",
		       draw(history, 2) ? name : "nobody-else");
	record_write(history->record.group, text);
	assert_true(localnames_refresh(history->record.locals) >= 0);
}

static void change_config(struct history *history)
{
	switch (draw(history, 5)) {
	case 4:
		history->corp.shows_disabled = draw(history, 2) == 0;
		history->corp.shows_ended = draw(history, 2) == 0;
		break;
	case 0:
		history->corp.min_loa = draw(history, 3);
		break;
	case 1:
		history->corp.fingerprint = 7 + draw(history, 2);
		break;
	case 2:
		history->record.map.first = RECORD_FIRST + draw(history, 2);
		break;
	default:
		history->aliases->rows[0].naming.aliases = draw(history, 2) == 0;
	}
	assert_int_equal(publisher_set_directories(history->publisher, &history->corp, 1), 0);
}

static void roll_back(struct history *history)
{
	uint32_t people = history->n_people, groups = history->n_groups;

	assert_int_equal(store_begin(history->record.store, STORE_DURABLE), 0);
	for (unsigned i = 0; i < 3; i++) {
		add_person(history);
		add_group(history);
		change_person(history, draw(history, 7));
	}
	store_rollback(history->record.store);
	history->n_people = people;
	history->n_groups = groups;
}

static void happen(struct history *history)
{
	const uint32_t what = draw(history, 100);

	if (what < 15)
		add_person(history);
	else if (what < 50)
		change_person(history, draw(history, 7));
	else if (what < 60)
		add_group(history);
	else if (what < 70)
		change_group(history);
	else if (what < 88)
		change_member(history);
	else if (what < 91)
		change_host(history);
	else if (what < 93)
		change_config(history);
	else if (what < 95)
		roll_back(history);
	else
		history->now += draw(history, 20) - (uint64_t)draw(history, 8);
}

/* ---- histories ---- */

static void begin(struct history *history, uint64_t seed, const struct publish_pace *pace)
{
	*history = (struct history){ .seed = seed, .now = RECORD_NOW };
	history->corp = (struct publish_directory){
		.name = "corp", .iss = RECORD_ISS, .fingerprint = 7, .swept = true
	};
	record_setup(&history->record);
	assert_int_equal(record_sync(&history->record, NULL, 0, true, false), 0);
	history->aliases = calloc(1, sizeof(*history->aliases) + sizeof(struct alias_row));
	assert_non_null(history->aliases);
	history->aliases->n = 1;
	history->aliases->rows[0] =
		(struct alias_row){ .directory = "corp",
				    .naming = { .domain = "example.org", .aliases = true } };
	history->record.map.aliases = history->aliases;
	(void)snprintf(history->fresh, sizeof(history->fresh), "%s/fresh.snap",
		       history->record.folder);
	history->publisher = make_publisher(history, history->record.snapshot);
	publisher_set_pace(history->publisher, pace);
}

static void finish(struct history *history)
{
	history->publisher = publisher_free(history->publisher);
	record_teardown(&history->record);
	free(history->aliases);
}

static void count_files(struct history *history, const struct publish_counts *counts)
{
	struct snapshot_facts facts;

	if (counts->generation == 0)
		return; /* the first base is on its way */
	assert_int_equal(snapshot_facts(history->record.snapshot, &facts), 0);
	assert_int_equal(facts.generation, counts->generation);
	assert_int_equal(facts.base_generation, counts->base_generation);
	history->overlays += facts.base_generation != 0;
	history->bases += facts.base_generation == 0;
}

static uint64_t first_seed(void)
{
	const char *text = getenv("TEST_SEED");

	return text && *text ? strtoull(text, NULL, 10) : 1;
}

/* One publication for which there may be no room on the disk. */
static int publish_starved(struct history *history, struct publish_counts *ret)
{
	const struct rlimit small = { .rlim_cur = draw(history, 3) * 4096,
				      .rlim_max = RLIM_INFINITY };
	const struct rlimit large = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	int r;

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = publish_step(history->publisher, history->now, history->record.reason, ret);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
	return r;
}

static void test_a_full_disk_loses_no_change(void **state)
{
	const struct publish_pace pace = { .entries = 8, .page = 5, .slice = 0 };
	unsigned failed = 0;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	for (unsigned h = 0; h < 8; h++) {
		struct publish_counts counts;
		struct history history;

		begin(&history, first_seed() + h, &pace);
		for (unsigned i = 0; i < 40; i++) {
			for (uint32_t k = draw(&history, 4); k > 0; k--)
				happen(&history);
			publisher_set_enumerate(history.publisher,
						history.record.map.first % 2 != 0);
			if (publish_starved(&history, &counts) < 0)
				failed++;
			if (draw(&history, 3) > 0)
				continue;
			assert_int_equal(publish_run(history.publisher, history.now,
						     history.record.reason, &counts),
					 0);
			compare(&history, &counts);
		}
		finish(&history);
	}
	print_message("# %u publications failed\n", failed);
	assert_true(failed > 20);
}

/* ---- kill -9 ---- */

static _Noreturn void live(struct history *history)
{
	struct publish_counts counts;

	for (;;) {
		for (uint32_t k = draw(history, 4); k > 0; k--)
			happen(history);
		publisher_set_enumerate(history->publisher, history->record.map.first % 2 != 0);
		if (publish_step(history->publisher, history->now, history->record.reason,
				 &counts) < 0)
			_exit(1);
	}
}

/* What the record of a process that was killed holds. */
static void count_rows(struct history *history)
{
	for (history->n_people = 0; history->n_people < PEOPLE; history->n_people++) {
		_cleanup_(person_freep) struct person *person = NULL;

		if (store_find_person(history->record.store, 1 + history->n_people, &person) != 0)
			break;
	}
	for (history->n_groups = 0; history->n_groups < GROUPS; history->n_groups++) {
		_cleanup_(group_freep) struct group *group = NULL;

		if (store_find_group_row(history->record.store, 1 + history->n_groups, &group) != 0)
			break;
		history->gids[history->n_groups] = group->gid;
	}
}

static void assert_readable(const char *path)
{
	struct snapshot snapshot = SNAPSHOT_INIT(path);
	struct snapshot_view view;

	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_true(snapshot_leave(&view));
	snapshot_forget(&snapshot);
}

static void reopen(struct history *history, const struct publish_pace *pace)
{
	record_open(&history->record);
	history->record.map.aliases = history->aliases;
	history->publisher = make_publisher(history, history->record.snapshot);
	publisher_set_pace(history->publisher, pace);
	count_rows(history);
}

static void test_whoever_is_killed_leaves_a_whole_snapshot(void **state)
{
	const struct publish_pace pace = { .entries = 6, .page = 5, .slice = 0 };
	struct publish_counts counts;
	struct history history;

	(void)state;
	begin(&history, first_seed(), &pace);
	assert_int_equal(
		publish_run(history.publisher, history.now, history.record.reason, &counts), 0);
	/* However little a child gets done on a busy machine before it is killed. */
	for (unsigned i = 0; i < 25 || (history.n_people <= 10 && i < 1000); i++) {
		int status;
		pid_t child;

		history.publisher = publisher_free(history.publisher);
		record_close(&history.record);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			reopen(&history, &pace);
			live(&history);
		}
		(void)usleep(5000 + draw(&history, 60000));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_readable(history.record.snapshot);
		reopen(&history, &pace);
		publisher_set_enumerate(history.publisher, history.record.map.first % 2 != 0);
		assert_int_equal(
			publish_run(history.publisher, history.now, history.record.reason, &counts),
			0);
		compare(&history, &counts);
	}
	assert_true(history.n_people > 0); /* how many depends on the disk */
	finish(&history);
}

static void run_histories(unsigned n, unsigned steps, const struct publish_pace *pace, bool slices)
{
	unsigned overlays = 0, bases = 0;

	for (unsigned h = 0; h < n; h++) {
		const uint64_t seed = first_seed() + h;
		struct history history;
		struct publish_counts counts;
		int r;

		begin(&history, seed, pace);
		for (unsigned i = 0; i < steps; i++) {
			for (uint32_t k = draw(&history, 6); k > 0; k--)
				happen(&history);
			publisher_set_enumerate(history.publisher,
						history.record.map.first % 2 != 0);
			if (slices && draw(&history, 3) > 0)
				r = publish_step(history.publisher, history.now,
						 history.record.reason, &counts);
			else
				r = publish_run(history.publisher, history.now,
						history.record.reason, &counts);
			if (r != 0 && r != PUBLISH_E_MORE)
				fail_msg("seed %llu: %d %s", (unsigned long long)seed, r,
					 history.record.reason);
			count_files(&history, &counts);
			if (counts.is_behind)
				continue; /* it says that it does not show everything yet */
			compare(&history, &counts);
		}
		overlays += history.overlays;
		bases += history.bases;
		finish(&history);
	}
	print_message("# %u histories: %u overlays, %u bases\n", n, overlays, bases);
	assert_true(overlays > n && bases > n);
}

static void test_overlays_answer_as_what_is_published_anew(void **state)
{
	const struct publish_pace pace = { .entries = 500, .page = 10, .slice = 1000000 };

	(void)state;
	run_histories(10, 40, &pace, false);
}

static void test_changes_while_a_base_is_written_are_seen_before_and_after(void **state)
{
	const struct publish_pace pace = { .entries = 6, .page = 3, .slice = 0 };

	(void)state;
	run_histories(10, 50, &pace, true);
}

/* ---- what a process sees that looks all the time ---- */

#define WATCHED 60u

struct watched {
	uint32_t uid;
	unsigned form; /* the newest that was seen */
	bool gone;
};

static volatile sig_atomic_t over;

static void on_over(int signal)
{
	(void)signal;
	over = 1;
}

static void watch_one(const struct snapshot_view *view, struct watched *one, bool *ret_older)
{
	struct snapshot_user user;
	char text[32];
	unsigned form;

	if (!snapshot_user_by_id(view, one->uid, &user)) {
		one->gone = true;
		return;
	}
	(void)snprintf(text, sizeof(text), "%.*s", (int)user.gecos.len, user.gecos.at);
	form = (unsigned)strtoul(text + strcspn(text, "0123456789"), NULL, 10);
	*ret_older = one->gone || form < one->form;
	one->form = form;
}

/* Until SIGTERM. Ends with 1 when somebody who was gone is there, or has an older form. */
static _Noreturn void watch(const char *path, struct watched *watched)
{
	struct snapshot snapshot = SNAPSHOT_INIT(path);

	while (!over) {
		struct snapshot_view view;

		for (unsigned i = 0; i < WATCHED; i++) {
			struct watched before = watched[i];
			bool older = false;

			if (snapshot_enter(&snapshot, &view) < 0)
				_exit(2);
			watch_one(&view, &watched[i], &older);
			if (!snapshot_leave(&view))
				watched[i] = before;
			else if (older)
				_exit(1);
		}
	}
	_exit(0);
}

static pid_t begin_to_watch(struct history *history, struct watched *watched)
{
	pid_t child;

	for (unsigned i = 0; i < WATCHED; i++) {
		char sub[32], name[32];

		(void)snprintf(sub, sizeof(sub), "s%u", i);
		(void)snprintf(name, sizeof(name), "w%u", i);
		watched[i] = (struct watched){ 0 };
		assert_int_equal(
			record_claim(&history->record, sub, name, PERSON_ID_NONE, &watched[i].uid),
			0);
	}
	assert_int_equal(publish_run(history->publisher, history->now, history->record.reason,
				     &(struct publish_counts){ 0 }),
			 0);
	over = 0;
	(void)signal(SIGTERM, on_over);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		watch(history->record.snapshot, watched);
	(void)signal(SIGTERM, SIG_DFL);
	return child;
}

/* The next form of somebody, or their end. */
static void move_on(struct history *history, unsigned *form)
{
	_cleanup_(person_freep) struct person *person = NULL;
	char gecos[32];

	assert_int_equal(
		store_find_person(history->record.store, 1 + draw(history, WATCHED), &person), 0);
	if (draw(history, 40) == 0)
		person->active = false;
	(void)snprintf(gecos, sizeof(gecos), "Form %u", ++*form);
	assert_int_equal(person_set(&person->gecos, gecos), 0);
	assert_int_equal(store_put_person(history->record.store, person), 0);
}

static void test_nobody_is_seen_as_before_while_bases_come_and_go(void **state)
{
	const struct publish_pace pace = { .entries = 6, .page = 3, .slice = 0 };
	struct watched watched[WATCHED];
	struct publish_counts counts = { 0 };
	uint64_t base = 0;
	unsigned form = 0, bases = 0;
	struct history history;
	int status = 0;
	pid_t child;

	(void)state;
	begin(&history, first_seed(), &pace);
	child = begin_to_watch(&history, watched);
	for (unsigned i = 0; i < 3000; i++) {
		int r;

		if (draw(&history, 4) == 0)
			move_on(&history, &form);
		r = publish_step(history.publisher, history.now, history.record.reason, &counts);
		assert_true(r == 0 || r == PUBLISH_E_MORE);
		bases += counts.base_generation != 0 && counts.base_generation != base;
		base = counts.base_generation;
	}
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	print_message("# %u forms over %u bases\n", form, bases);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(bases > 10);
	finish(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_overlays_answer_as_what_is_published_anew),
		TEST(test_a_full_disk_loses_no_change),
		TEST(test_whoever_is_killed_leaves_a_whole_snapshot),
		TEST(test_changes_while_a_base_is_written_are_seen_before_and_after),
		TEST(test_nobody_is_seen_as_before_while_bases_come_and_go),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
