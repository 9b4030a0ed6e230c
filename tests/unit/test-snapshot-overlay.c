/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Overlays against full files: whatever happened to a directory, an overlay over an older base
 * reads like a full file written from the same state. The model below is that state.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <stdlib.h>

#include "common/snapshot.h"
#include "idp-agentd/core/snapshot-overlay.h"
#include "tests/lib/snapshot.h"

#define PEOPLE  60u
#define GROUPS  24u
#define NAMES   90u /* more than people: names wander */
#define ALIASES 40u

struct human {
	bool there;
	bool private;
	uint32_t name;
	uint32_t look; /* GECOS, home, shell */
	int alias;     /* -1: none */
	bool in[GROUPS];
};

struct crowd {
	bool there;
	uint32_t name;
};

struct model {
	struct human people[PEOPLE];
	struct crowd groups[GROUPS];
	int alias_of[ALIASES]; /* who has it, -1: nobody */
};

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* ---- names of all lengths ---- */

static const char *user_name(uint32_t i)
{
	static char name[64];

	IGNORE(snprintf(name, sizeof(name), "u%u%.*s", i, (int)(i * 7 % 27),
			"abcdefghijklmnopqrstuvwxyz0123") < 0);
	return name;
}

static const char *alias_name(uint32_t i)
{
	static char name[64];

	IGNORE(snprintf(name, sizeof(name), "alias%u@example.org", i) < 0);
	return name;
}

static const char *group_name(uint32_t i)
{
	static char name[128];

	IGNORE(snprintf(name, sizeof(name), "group%u%.*s", i, (int)(i * 11 % 50),
			"-of-those-who-have-a-name-that-does-not-fit-the-forty") < 0);
	return name;
}

/* ---- the directory changes ---- */

static bool user_name_is_free(const struct model *model, uint32_t name)
{
	for (uint32_t i = 0; i < PEOPLE; i++)
		if (model->people[i].there && model->people[i].name == name)
			return false;
	return true;
}

static bool group_name_is_free(const struct model *model, uint32_t name)
{
	for (uint32_t i = 0; i < GROUPS; i++)
		if (model->groups[i].there && model->groups[i].name == name)
			return false;
	return true;
}

static void drop_alias(struct model *model, uint32_t i)
{
	if (model->people[i].alias >= 0)
		model->alias_of[model->people[i].alias] = -1;
	model->people[i].alias = -1;
}

static void change_person(struct model *model, uint32_t i)
{
	struct human *human = &model->people[i];
	const uint32_t name = random_below(NAMES), alias = random_below(ALIASES);

	drop_alias(model, i);
	if (random_below(5) == 0) {
		human->there = false;
		return;
	}
	if (user_name_is_free(model, name) && (!human->there || random_below(3) == 0))
		human->name = name;
	else if (!human->there)
		return;
	human->there = true;
	human->look = random_below(6);
	human->private = random_below(2);
	if (random_below(2) && model->alias_of[alias] < 0) {
		model->alias_of[alias] = (int)i;
		human->alias = (int)alias;
	}
	for (uint32_t g = 0; g < GROUPS; g++)
		if (random_below(4) == 0)
			human->in[g] = random_below(3) > 0;
}

static void swap_names(struct model *model)
{
	struct human *a = &model->people[random_below(PEOPLE)];
	struct human *b = &model->people[random_below(PEOPLE)];
	const uint32_t name = a->name;

	if (!a->there || !b->there)
		return;
	a->name = b->name;
	b->name = name;
}

static void change_group(struct model *model, uint32_t g)
{
	struct crowd *group = &model->groups[g];
	const uint32_t name = random_below(NAMES);

	if (group->there && random_below(3) == 0) {
		group->there = false;
		for (uint32_t i = 0; i < PEOPLE; i++)
			model->people[i].in[g] = false;
	} else if (group_name_is_free(model, name)) {
		group->there = true;
		group->name = name;
	}
}

static void change_something(struct model *model)
{
	switch (random_below(4)) {
	case 0:
		swap_names(model);
		break;
	case 1:
		change_group(model, random_below(GROUPS));
		break;
	default:
		change_person(model, random_below(PEOPLE));
	}
	for (uint32_t i = 0; i < PEOPLE; i++)
		for (uint32_t g = 0; g < GROUPS; g++)
			model->people[i].in[g] &= model->people[i].there && model->groups[g].there;
}

/* ---- it is published ---- */

static uint32_t put_person(struct snapshot_writer *w, const struct model *model, uint32_t i)
{
	static const char *const homes[] = { "/home/%s", "/srv/%s/home", "/nonexistent" };
	const struct human *human = &model->people[i];
	char home[128], gecos[128], name[64];
	uint32_t number = 0;

	IGNORE(snprintf(name, sizeof(name), "%s", user_name(human->name)) < 0);
	if (human->look % 3 == 2)
		IGNORE(snprintf(home, sizeof(home), "%s", homes[2]) < 0);
	else
		IGNORE(snprintf(home, sizeof(home), human->look % 3 ? "/srv/%s/home" : "/home/%s",
				name) < 0);
	IGNORE(snprintf(gecos, sizeof(gecos), "%.*s", (int)(human->look * 9),
			"A person whose description is longer than a cell has room for") < 0);
	const struct snapshot_person person = {
		name,  WORLD_UID(i), WORLD_UID(i),
		gecos, home,         human->look % 2 ? "/bin/sh" : "/bin/ksh"
	};

	assert_int_equal(snapshot_writer_add_user(w, &person, &number), 0);
	if (human->private)
		assert_int_equal(snapshot_writer_add_private_group(w, number), 0);
	if (human->alias >= 0)
		assert_int_equal(snapshot_writer_add_alias(w, alias_name((uint32_t)human->alias),
							   WORLD_UID(i)),
				 0);
	return number;
}

static void finish(struct snapshot_writer *w, const char *path, uint64_t generation,
		   struct snapshot_old **ret_old)
{
	const struct snapshot_options options = {
		.flags = SNAPSHOT_COMPLETE,
		.generation = generation,
		.names_max = generation % 3 == 0   ? 1
			     : generation % 3 == 1 ? 300
						   : 0,
	};
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	int r;

	do
		r = snapshot_writer_step(w, &options, path, &old);
	while (r == SNAPSHOT_E_MORE);
	assert_int_equal(r, 0);
	if (ret_old)
		*ret_old = TAKE_PTR(old);
}

static void write_full(const struct model *model, const char *path, uint64_t generation,
		       struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	uint32_t users[PEOPLE], groups[GROUPS];

	assert_non_null(w);
	for (uint32_t i = 0; i < PEOPLE; i++)
		if (model->people[i].there)
			users[i] = put_person(w, model, i);
	for (uint32_t g = 0; g < GROUPS; g++)
		if (model->groups[g].there)
			assert_int_equal(
				snapshot_writer_add_group(w, group_name(model->groups[g].name),
							  WORLD_GID(g), &groups[g]),
				0);
	for (uint32_t i = 0; i < PEOPLE; i++)
		for (uint32_t g = 0; g < GROUPS; g++)
			if (model->people[i].in[g])
				assert_int_equal(snapshot_writer_add_member(w, users[i], groups[g]),
						 0);
	finish(w, path, generation, ret_old);
}

static void overlay_person(struct snapshot_writer *w, const struct model *now, uint32_t i)
{
	uint32_t user, group = 0;
	int r;

	if (!now->people[i].there) {
		assert_int_equal(snapshot_writer_add_gone_user(w, WORLD_UID(i)), 0);
		return;
	}
	user = put_person(w, now, i);
	for (uint32_t g = 0; g < GROUPS; g++) {
		if (!now->people[i].in[g])
			continue;
		r = snapshot_writer_patch_group(w, WORLD_GID(g), &group);
		assert_int_equal(r, 0);
		assert_int_equal(snapshot_writer_add_member(w, user, group), 0);
	}
}

static void write_overlay(const struct model *base, const struct model *now, uint64_t generation,
			  struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w = NULL;
	uint32_t number;

	assert_int_equal(snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &w),
			 0);
	for (uint32_t i = GROUPS; i-- > 0;) {
		const struct crowd *was = &base->groups[i], *is = &now->groups[i];

		if (is->there && (!was->there || was->name != is->name))
			assert_int_equal(snapshot_writer_add_group(w, group_name(is->name),
								   WORLD_GID(i), &number),
					 0);
		else if (was->there && !is->there)
			assert_int_equal(snapshot_writer_add_gone_group(w, WORLD_GID(i)), 0);
	}
	for (uint32_t i = PEOPLE; i-- > 0;)
		if (memcmp(&base->people[i], &now->people[i], sizeof(now->people[i])) != 0)
			overlay_person(w, now, i);
	finish(w, world_path(), generation, ret_old);
}

/* ---- and compared ---- */

static char *put_text(char *at, struct snapshot_text text)
{
	memcpy(at, text.at, text.len);
	at += text.len;
	*at++ = ':';
	return at;
}

static int compare_words(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static size_t describe_user(const struct snapshot_user *user, char *text)
{
	uint32_t gids[GROUPS + 1];
	char *at = text;

	assert_true(user->n_gids <= GROUPS);
	memcpy(gids, user->gids, user->n_gids * sizeof(*gids));
	qsort(gids, user->n_gids, sizeof(*gids), compare_words);
	at = put_text(at, user->name);
	at = put_text(at, user->gecos);
	for (int i = 0; i < 3; i++) {
		memcpy(at, user->home[i].at, user->home[i].len);
		at += user->home[i].len;
	}
	at = put_text(at, user->shell);
	at += sprintf(at, "%u:%u", user->uid, user->gid);
	for (uint32_t i = 0; i < user->n_gids; i++)
		at += sprintf(at, ",%u", gids[i]);
	return (size_t)(at - text);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

static size_t describe_group(const struct snapshot_group *group, char *text)
{
	char names[PEOPLE + 1][40];
	struct snapshot_members members;
	struct snapshot_text name;
	uint32_t n = 0, names_len = 0;
	char *at = text;

	snapshot_members_begin(group, &members);
	while (snapshot_members_next(&members, &name)) {
		assert_true(n < PEOPLE && name.len < 40);
		memcpy(names[n], name.at, name.len);
		names[n++][name.len] = '\0';
		names_len += name.len + 1;
	}
	assert_int_equal(n, group->n_members);
	assert_int_equal(names_len, group->names_len);
	qsort(names, n, sizeof(names[0]), compare_texts);
	at = put_text(at, group->name);
	at += sprintf(at, "%u", group->gid);
	for (uint32_t i = 0; i < n; i++)
		at += sprintf(at, ",%s", names[i]);
	return (size_t)(at - text);
}

static void same_user(bool one, const struct snapshot_user *a, bool two,
		      const struct snapshot_user *b)
{
	char x[1024], y[1024];
	size_t n;

	assert_int_equal(one, two);
	if (!one)
		return;
	n = describe_user(a, x);
	assert_int_equal(n, describe_user(b, y));
	assert_memory_equal(x, y, n);
}

static void same_group(bool one, const struct snapshot_group *a, bool two,
		       const struct snapshot_group *b)
{
	char x[4096], y[4096];
	size_t n;

	assert_int_equal(one, two);
	if (!one)
		return;
	n = describe_group(a, x);
	assert_int_equal(n, describe_group(b, y));
	assert_memory_equal(x, y, n);
}

static void same_people(const struct snapshot_view *one, const struct snapshot_view *two)
{
	struct snapshot_user a, b;
	uint32_t after = 0;
	bool more;

	for (uint32_t i = 0; i < NAMES + ALIASES; i++) {
		const char *name = i < NAMES ? user_name(i) : alias_name(i - NAMES);
		const size_t len = strlen(name);

		same_user(snapshot_user_by_name(one, name, len, &a), &a,
			  snapshot_user_by_name(two, name, len, &b), &b);
	}
	for (uint32_t i = 0; i < PEOPLE + 2; i++)
		same_user(snapshot_user_by_id(one, WORLD_UID(i), &a), &a,
			  snapshot_user_by_id(two, WORLD_UID(i), &b), &b);
	do {
		more = snapshot_user_after(one, after, &a);
		same_user(more, &a, snapshot_user_after(two, after, &b), &b);
		after = a.uid;
	} while (more);
}

static void same_groups(const struct snapshot_view *one, const struct snapshot_view *two)
{
	struct snapshot_group a, b;
	uint32_t after = 0;
	bool more;

	for (uint32_t i = 0; i < 2 * NAMES + ALIASES; i++) {
		const char *name = i < NAMES       ? group_name(i)
				   : i < 2 * NAMES ? user_name(i - NAMES)
						   : alias_name(i - 2 * NAMES);
		const size_t len = strlen(name);

		same_group(snapshot_group_by_name(one, name, len, &a), &a,
			   snapshot_group_by_name(two, name, len, &b), &b);
	}
	for (uint32_t i = 0; i < PEOPLE + GROUPS + 2; i++) {
		const uint32_t gid = i < PEOPLE ? WORLD_UID(i) : WORLD_GID(i - PEOPLE);

		same_group(snapshot_group_by_id(one, gid, &a), &a,
			   snapshot_group_by_id(two, gid, &b), &b);
	}
	do {
		more = snapshot_group_after(one, after, &a);
		same_group(more, &a, snapshot_group_after(two, after, &b), &b);
		after = a.gid;
	} while (more);
}

static const char *other_path(void)
{
	static char path[300];

	IGNORE(snprintf(path, sizeof(path), "%s/identity.other", world_directory()) < 0);
	return path;
}

/* The model's own word on a few things, so that both files cannot be wrong together. */
static void check_model(const struct snapshot_view *view, const struct model *model)
{
	uint32_t n = 0, after = 0;
	struct snapshot_user user;
	struct snapshot_group group;

	for (uint32_t i = 0; i < PEOPLE; i++) {
		const struct human *human = &model->people[i];
		const char *name = human->alias >= 0 ? alias_name((uint32_t)human->alias)
						     : user_name(human->name);

		if (!human->there)
			continue;
		n++;
		assert_true(snapshot_user_by_name(view, name, strlen(name), &user));
		assert_int_equal(user.uid, WORLD_UID(i));
		assert_int_equal(user.by_alias, human->alias >= 0);
		if (human->alias >= 0) /* a group of one's own has one name */
			assert_false(snapshot_group_by_name(view, name, strlen(name), &group));
	}
	for (; snapshot_user_after(view, after, &user); after = user.uid)
		n--;
	assert_int_equal(n, 0);
}

static void compare(struct snapshot *layered, struct snapshot *full, const struct model *model)
{
	struct snapshot_view one, two;

	assert_int_equal(snapshot_enter(layered, &one), 0);
	assert_int_equal(snapshot_enter(full, &two), 0);
	assert_true(two.map->under == NULL);
	same_people(&one, &two);
	same_groups(&one, &two);
	check_model(&one, model);
	assert_true(snapshot_leave(&one));
	assert_true(snapshot_leave(&two));
}

static void model_start(struct model *model)
{
	memset(model, 0, sizeof(*model));
	for (uint32_t i = 0; i < PEOPLE; i++)
		model->people[i].alias = -1;
	for (uint32_t i = 0; i < ALIASES; i++)
		model->alias_of[i] = -1;
	for (uint32_t i = 0; i < 100; i++)
		change_something(model);
}

static void run_history(uint64_t with, unsigned steps)
{
	static struct snapshot layered = SNAPSHOT_INIT(NULL), full = SNAPSHOT_INIT(NULL);
	static struct model base, now;
	uint64_t generation = 1;

	layered.path = world_path();
	full.path = other_path();
	seed = with;
	model_start(&base);
	now = base;
	write_full(&base, world_path(), generation, NULL);
	for (unsigned step = 0; step < steps; step++) {
		for (uint32_t n = random_below(4); n > 0; n--)
			change_something(&now);
		generation++;
		if (random_below(12) == 0) {
			base = now;
			write_full(&now, world_path(), generation, NULL);
		} else {
			write_overlay(&base, &now, generation, NULL);
		}
		write_full(&now, other_path(), generation, NULL);
		compare(&layered, &full, &now);
	}
	snapshot_forget(&layered);
	snapshot_forget(&full);
}

static void test_an_overlay_reads_like_a_full_file(void **state _unused_)
{
	const unsigned histories = getenv("IDP_TEST_LONG") ? 200 : 12;

	for (unsigned i = 0; i < histories; i++)
		run_history(i * 7919 + 1, 60);
	print_message("%u histories of 60 publications\n", histories);
}

TEST_MAIN(TEST(test_an_overlay_reads_like_a_full_file))
