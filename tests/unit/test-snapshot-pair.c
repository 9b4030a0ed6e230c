/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An overlay and its base as files: killed writers, full disks, strangers, damage, golden bytes. */
#include "tests/lib/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/snapshot.h"
#include "idp-agentd/core/snapshot-overlay.h"
#include "tests/lib/snapshot.h"

#define FRESH(snapshot)                                        \
	static struct snapshot snapshot = SNAPSHOT_INIT(NULL); \
	snapshot.path = world_path()

#define PEOPLE 12u

/* Generation g: everybody's GECOS is "g<g>"; overlays say so of the first three only. */
static uint32_t put_user(struct snapshot_writer *w, uint32_t i, uint64_t generation)
{
	char name[32], home[64], gecos[32];
	uint32_t number = 0;

	IGNORE(snprintf(name, sizeof(name), "person%02u", i) < 0);
	IGNORE(snprintf(home, sizeof(home), "/home/person%02u", i) < 0);
	IGNORE(snprintf(gecos, sizeof(gecos), "g%llu", (unsigned long long)generation) < 0);
	const struct snapshot_person person = { name,  WORLD_UID(i), WORLD_UID(i),
						gecos, home,         "/bin/sh" };

	assert_int_equal(snapshot_writer_add_user(w, &person, &number), 0);
	assert_int_equal(snapshot_writer_add_private_group(w, number), 0);
	return number;
}

static bool beside; /* full files are laid beside what is published */

static int finish(struct snapshot_writer *w, uint64_t generation, struct snapshot_old **ret_old)
{
	const struct snapshot_options options = {
		.flags = SNAPSHOT_COMPLETE,
		.generation = generation,
		.published = 1,
		.key = world_key,
		.names_max = 1,
		.beside = beside,
	};
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	const int r = snapshot_writer_write(w, &options, world_path(), &old);

	if (r == 0 && ret_old)
		*ret_old = TAKE_PTR(old);
	return r;
}

static int write_full(uint64_t generation, struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	uint32_t group, users[PEOPLE];

	assert_non_null(w);
	for (uint32_t i = 0; i < PEOPLE; i++)
		users[i] = put_user(w, i, generation);
	assert_int_equal(snapshot_writer_add_group(w, "crew", WORLD_GID(0), &group), 0);
	for (uint32_t i = 0; i < PEOPLE - 1; i++)
		assert_int_equal(snapshot_writer_add_member(w, users[i], group), 0);
	assert_int_equal(snapshot_writer_add_alias(w, "other-name", WORLD_UID(5)), 0);
	return finish(w, generation, ret_old);
}

/* The last person joins the crew, the second leaves it, the fourth is gone. */
static int write_overlay_at(const char *path, uint64_t generation, struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w = NULL;
	uint32_t group, users[3];
	int r;

	r = snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, path, &w);
	if (r != 0)
		return r;
	for (uint32_t i = 0; i < 3; i++)
		users[i] = put_user(w, i == 2 ? PEOPLE - 1 : i, generation);
	assert_int_equal(snapshot_writer_patch_group(w, WORLD_GID(0), &group), 0);
	assert_int_equal(snapshot_writer_add_member(w, users[0], group), 0);
	assert_int_equal(snapshot_writer_add_member(w, users[2], group), 0);
	assert_int_equal(snapshot_writer_add_gone_user(w, WORLD_UID(3)), 0);
	assert_int_equal(snapshot_writer_add_alias(w, "new-name", WORLD_UID(0)), 0);
	return finish(w, generation, ret_old);
}

static int write_overlay(uint64_t generation, struct snapshot_old **ret_old)
{
	return write_overlay_at(world_path(), generation, ret_old);
}

static const char *base_path(uint64_t generation)
{
	static char path[300];

	IGNORE(snprintf(path, sizeof(path), "%s/identity.base-%llu", world_directory(),
			(unsigned long long)generation) < 0);
	return path;
}

/* A base that nobody sees. */
static int lay_base(uint64_t generation)
{
	int r;

	beside = true;
	r = write_full(generation, NULL);
	beside = false;
	return r;
}

static bool text_is(struct snapshot_text text, const char *want)
{
	return text.len == strlen(want) && memcmp(text.at, want, text.len) == 0;
}

static uint32_t count_members(const struct snapshot_group *group, const char *one, bool *ret_found)
{
	struct snapshot_members members;
	struct snapshot_text name;
	uint32_t n = 0;

	*ret_found = false;
	snapshot_members_begin(group, &members);
	for (; snapshot_members_next(&members, &name); n++)
		*ret_found |= text_is(name, one);
	return n;
}

static void check_pair(const struct snapshot_view *view, uint64_t generation, uint64_t base)
{
	char now[32], then[32];
	struct snapshot_user user;
	struct snapshot_group group;
	bool has;

	IGNORE(snprintf(now, sizeof(now), "g%llu", (unsigned long long)generation) < 0);
	IGNORE(snprintf(then, sizeof(then), "g%llu", (unsigned long long)base) < 0);
	assert_true(snapshot_user_by_name(view, "person00", 8, &user) && text_is(user.gecos, now));
	assert_true(snapshot_user_by_id(view, WORLD_UID(4), &user) && text_is(user.gecos, then));
	assert_true(snapshot_user_by_name(view, "other-name", 10, &user));
	assert_int_equal(user.uid, WORLD_UID(5));
	assert_int_equal(snapshot_user_by_name(view, "person03", 8, &user), generation == base);
	assert_int_equal(snapshot_group_by_id(view, WORLD_UID(3), &group), generation == base);
	assert_int_equal(snapshot_user_by_name(view, "new-name", 8, &user), generation != base);
	assert_true(snapshot_group_by_name(view, "crew", 4, &group));
	assert_int_equal(count_members(&group, "person11", &has),
			 generation == base ? PEOPLE - 1 : PEOPLE - 2);
	assert_int_equal(has, generation != base);
}

/* Whatever is at the path, it is one of these two; returns its generation. */
static uint64_t check_published(struct snapshot *snapshot)
{
	struct snapshot_view view;
	uint64_t generation, base;

	assert_int_equal(snapshot_enter(snapshot, &view), 0);
	generation = view.map->generation;
	base = view.map->under ? view.map->under->generation : generation;
	check_pair(&view, generation, base);
	assert_true(snapshot_leave(&view));
	return generation;
}

static unsigned count_files(void)
{
	DIR *dir = opendir(world_directory());
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strncmp(entry->d_name, "identity.", 9) == 0;
	IGNORE(closedir(dir));
	return n;
}

static void test_files_come_and_go(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct snapshot_facts facts;

	assert_int_equal(write_full(1, NULL), 0);
	assert_int_equal(check_published(&snapshot), 1);
	assert_int_equal(write_overlay(2, &old), 0);
	assert_null(old); /* it is the base now */
	assert_int_equal(check_published(&snapshot), 2);
	assert_int_equal(count_files(), 2);
	assert_int_equal(snapshot_facts(world_path(), &facts), 0);
	assert_int_equal(facts.generation, 2);
	assert_int_equal(facts.base_generation, 1);
	assert_true(facts.size < 10000 && facts.base_size > SNAPSHOT_HEADER_SIZE);
	assert_int_equal(write_overlay(3, &old), 0);
	assert_non_null(old);
	IGNORE(snapshot_old_punch(old)); /* the overlay before; the base stays whole */
	old = snapshot_old_free(old);
	assert_int_equal(check_published(&snapshot), 3);
	assert_int_equal(write_full(4, &old), 0);
	assert_non_null(old);
	assert_int_equal(count_files(), 1);
	assert_int_equal(check_published(&snapshot), 4);
	assert_int_equal(snapshot_generation(world_path()), 4);
}

/* A base and an overlay over it appear in one rename, whatever is there. */
static void appear_together(bool over_overlay)
{
	FRESH(snapshot);
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct snapshot_facts facts;

	assert_int_equal(write_full(1, NULL), 0);
	if (over_overlay)
		assert_int_equal(write_overlay(2, NULL), 0);
	assert_int_equal(check_published(&snapshot), over_overlay ? 2 : 1);
	assert_int_equal(lay_base(3), 0);
	assert_int_equal(check_published(&snapshot), over_overlay ? 2 : 1);
	assert_int_equal(access(base_path(3), R_OK), 0);
	snapshot_clean(world_path()); /* nobody came for it */
	assert_int_equal(count_files(), over_overlay ? 2 : 1);
	assert_int_equal(lay_base(3), 0);
	assert_int_equal(write_overlay_at(base_path(3), 4, &old), 0);
	assert_non_null(old);
	assert_int_equal(snapshot_facts(world_path(), &facts), 0);
	assert_int_equal(facts.generation, 4);
	assert_int_equal(facts.base_generation, 3);
	IGNORE(snapshot_old_punch(old)); /* with its base */
	assert_int_equal(check_published(&snapshot), 4);
	assert_int_equal(count_files(), 2);
	snapshot_forget(&snapshot);
	assert_int_equal(write_overlay(5, NULL), 0);
	assert_int_equal(check_published(&snapshot), 5);
	snapshot_forget(&snapshot);
	assert_int_equal(write_full(6, NULL), 0);
	assert_int_equal(count_files(), 1);
}

static void test_a_base_appears_with_the_overlay_over_it(void **state _unused_)
{
	appear_together(false);
	appear_together(true);
}

static struct snapshot_writer *many_people(uint32_t n)
{
	struct snapshot_writer *w = snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);

	assert_non_null(w);
	for (uint32_t i = 0; i < n; i++)
		put_user(w, i + 100, 9);
	return w;
}

/* The daemon goes on between the slices: what it publishes then stays until the last one. */
static void test_overlays_are_published_while_a_full_file_grows(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w = many_people(100000);
	/* So many that no slice begins and ends the file. */
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *given_up = many_people(600000);
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct snapshot_options options = { .generation = 3, .key = world_key };
	struct snapshot_view view;
	struct snapshot_user user;
	unsigned slices = 0;
	int r;

	assert_int_equal(write_full(1, NULL), 0);
	do {
		r = snapshot_writer_step(w, &options, world_path(), &old);
		if (r == SNAPSHOT_E_MORE && slices++ % 4 == 0) {
			assert_int_equal(write_overlay(options.generation++, NULL), 0);
			assert_int_equal(check_published(&snapshot), options.generation - 1);
		}
	} while (r == SNAPSHOT_E_MORE);
	assert_int_equal(r, 0);
	assert_true(slices > 1);
	assert_non_null(old);
	assert_int_equal(count_files(), 1);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_int_equal(view.map->generation, options.generation);
	assert_true(snapshot_user_by_name(&view, "person77777", 11, &user));
	assert_true(snapshot_leave(&view));
	/* Given up half-way, nothing happened. */
	options.key = NULL;
	for (r = SNAPSHOT_E_MORE; r == SNAPSHOT_E_MORE && count_files() == 1;) {
		old = snapshot_old_free(old);
		r = snapshot_writer_step(given_up, &options, world_path(), &old);
	}
	assert_int_equal(r, SNAPSHOT_E_MORE);
	given_up = snapshot_writer_free(given_up);
	assert_int_equal(count_files(), 1);
	assert_int_equal(snapshot_generation(world_path()), options.generation);
}

static void test_what_was_copied_from_a_punched_base_is_thrown_away(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct snapshot_view view;
	struct snapshot_user user;

	assert_int_equal(write_full(1, NULL), 0);
	assert_int_equal(write_overlay(2, NULL), 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	/* The overlay the reader is in is forgotten, its memory never given back; the base's is. */
	assert_int_equal(write_overlay(3, NULL), 0);
	assert_int_equal(write_full(4, &old), 0);
	if (snapshot_old_punch(old) == -EOPNOTSUPP)
		skip();
	assert_false(snapshot_user_by_name(&view, "person04", 8, &user));
	assert_false(snapshot_leave(&view));
	assert_int_equal(check_published(&snapshot), 4);
}

/* ---- killed at every system call ---- */

enum kind { FULL, OVERLAY, PAIR };

static int publish_kind(enum kind kind, uint64_t generation)
{
	const uint64_t base = generation + 100;
	int r;

	if (kind != PAIR)
		return kind == OVERLAY ? write_overlay(generation, NULL)
				       : write_full(generation, NULL);
	r = lay_base(base);
	return r == 0 ? write_overlay_at(base_path(base), generation, NULL) : r;
}

static bool untraceable;

/* Publishes in a child that is killed at its stop number at. False: it was done before that. */
static bool publish_and_die(enum kind kind, uint64_t generation, unsigned at)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		IGNORE(raise(SIGSTOP));
		_exit(publish_kind(kind, generation) == 0 ? 0 : 1);
	}
	for (unsigned i = 0;; i++) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			break;
		assert_true(WIFSTOPPED(status));
		if (i == at) {
			assert_int_equal(kill(pid, SIGKILL), 0);
			assert_int_equal(waitpid(pid, &status, 0), pid);
			return true;
		}
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	}
	if (WEXITSTATUS(status) == 77)
		untraceable = true;
	else
		assert_int_equal(status, 0);
	return false;
}

static void die_everywhere(bool over_overlay, enum kind kind)
{
	unsigned at = 1, n_old = 0, n_new = 0;

	for (bool killed = true; killed; at++) {
		static struct snapshot snapshot = SNAPSHOT_INIT(NULL);
		uint64_t generation;

		snapshot.path = world_path();
		assert_int_equal(write_full(10, NULL), 0);
		if (over_overlay)
			assert_int_equal(write_overlay(11, NULL), 0);
		generation = check_published(&snapshot); /* from now on it holds a mapping */
		killed = publish_and_die(kind, 12, at);
		if (check_published(&snapshot) == 12)
			n_new++;
		else
			n_old++;
		snapshot_forget(&snapshot);
		assert_true(check_published(&snapshot) == 12 || generation < 12);
		snapshot_forget(&snapshot);
		/* Whoever is started next publishes a full file, or goes on with overlays. */
		if (at % 2)
			assert_int_equal(write_overlay(13, NULL), 0);
		if (at % 2)
			assert_int_equal(check_published(&snapshot), 13);
		assert_int_equal(write_full(14, NULL), 0);
		assert_int_equal(check_published(&snapshot), 14);
		snapshot_forget(&snapshot);
		assert_int_equal(count_files(), 1);
	}
	if (untraceable)
		return;
	assert_true(n_old > 5 && n_new > 0);
	print_message("killed at %u places: %u before it was published, %u after\n", at, n_old,
		      n_new);
}

static void test_a_writer_killed_anywhere_leaves_a_readable_pair(void **state _unused_)
{
	die_everywhere(false, OVERLAY);
	die_everywhere(true, OVERLAY);
	die_everywhere(true, FULL);
	die_everywhere(false, PAIR);
	die_everywhere(true, PAIR);
	if (untraceable)
		skip();
}

/* ---- no room ---- */

static void test_a_full_file_system_leaves_the_old_pair(void **state _unused_)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		FRESH(snapshot);
		_cleanup_close_ int fd = -1;
		static const char filler[4096];

		if (unshare(CLONE_NEWNS) < 0 ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("none", world_directory(), "tmpfs", 0, "size=64k,mode=755") < 0)
			_exit(77);
		assert_int_equal(write_full(1, NULL), 0);
		assert_int_equal(write_overlay(2, NULL), 0);
		assert_int_equal(chdir(world_directory()), 0);
		fd = open("filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		while (write(fd, filler, sizeof(filler)) > 0)
			;
		if (write_overlay(3, NULL) != -ENOSPC || write_full(3, NULL) != -ENOSPC)
			_exit(1);
		_exit(check_published(&snapshot) == 2 && count_files() == 2 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* ---- bases that are none ---- */

static int enter_result(void)
{
	static struct snapshot snapshot = SNAPSHOT_INIT(NULL);
	struct snapshot_view view;
	int r;

	snapshot.path = world_path();
	r = snapshot_enter(&snapshot, &view);
	if (r == 0)
		assert_true(snapshot_leave(&view));
	snapshot_forget(&snapshot);
	return r;
}

static size_t read_file(const char *path, uint8_t *bytes, size_t room)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, bytes, room);

	return n < 0 ? 0 : (size_t)n;
}

static void write_file(const char *path, const uint8_t *bytes, size_t len)
{
	_cleanup_close_ int fd = -1;

	IGNORE(unlink(path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
}

static uint8_t root_bytes[65536], base_bytes[65536];

static void test_only_the_right_base_is_believed(void **state _unused_)
{
	size_t n, n_root;

	assert_int_equal(write_full(1, NULL), 0);
	assert_int_equal(write_overlay(2, NULL), 0);
	n = read_file(base_path(1), base_bytes, sizeof(base_bytes));
	n_root = read_file(world_path(), root_bytes, sizeof(root_bytes));
	assert_true(n > SNAPSHOT_HEADER_SIZE && n_root > SNAPSHOT_HEADER_SIZE);
	assert_int_equal(enter_result(), 0);
	assert_int_equal(chmod(base_path(1), 0666), 0);
	assert_int_equal(enter_result(), -EPERM);
	if (geteuid() == 0) {
		assert_int_equal(chmod(base_path(1), 0644), 0);
		assert_int_equal(chown(base_path(1), 12345, 0), 0);
		assert_int_equal(enter_result(), -EPERM);
	}
	IGNORE(unlink(base_path(1)));
	assert_int_equal(enter_result(), -EBADMSG);
	assert_int_equal(symlink(world_path(), base_path(1)), 0);
	assert_int_equal(enter_result(), -ELOOP);
	/* An overlay over an overlay; another file of that generation; another generation. */
	write_file(base_path(1), root_bytes, n_root);
	assert_int_equal(enter_result(), -EBADMSG);
	base_bytes[offsetof(struct snapshot_header, key)] ^= 1;
	write_file(base_path(1), base_bytes, n);
	assert_int_equal(enter_result(), -EBADMSG);
	base_bytes[offsetof(struct snapshot_header, key)] ^= 1;
	base_bytes[offsetof(struct snapshot_header, generation)] ^= 2;
	write_file(base_path(1), base_bytes, n);
	assert_int_equal(enter_result(), -EBADMSG);
	base_bytes[offsetof(struct snapshot_header, generation)] ^= 2;
	base_bytes[offsetof(struct snapshot_header, id_floor)] ^= 2;
	write_file(base_path(1), base_bytes, n);
	assert_int_equal(enter_result(), -EBADMSG);
	base_bytes[offsetof(struct snapshot_header, id_floor)] ^= 2;
	write_file(base_path(1), base_bytes, n);
	assert_int_equal(enter_result(), 0);
}

static void test_an_overlay_wants_its_base_to_be_published(void **state _unused_)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w = NULL;
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *other = NULL;
	uint32_t group;

	IGNORE(unlink(world_path()));
	assert_int_equal(snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &w),
			 SNAPSHOT_E_BASE);
	assert_int_equal(write_full(1, NULL), 0);
	assert_int_equal(
		snapshot_writer_new_overlay(WORLD_FLOOR + 1, WORLD_CEILING, world_path(), &w),
		SNAPSHOT_E_BASE);
	assert_int_equal(snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &w),
			 0);
	assert_int_equal(snapshot_writer_patch_group(w, WORLD_GID(7), &group), SNAPSHOT_E_ID);
	assert_int_equal(write_full(2, NULL), 0);
	assert_int_equal(finish(w, 3, NULL), SNAPSHOT_E_BASE);
	assert_int_equal(snapshot_generation(world_path()), 2);
	assert_int_equal(count_files(), 1);
	/* One id twice. */
	assert_int_equal(
		snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &other), 0);
	assert_int_equal(snapshot_writer_add_gone_user(other, WORLD_UID(1)), 0);
	assert_int_equal(snapshot_writer_add_gone_user(other, WORLD_UID(1)), 0);
	assert_int_equal(finish(other, 3, NULL), SNAPSHOT_E_TWICE);
}

/* A group of a platform may be larger than one of a host: its changes are no reason for a base. */
static void test_a_full_group_takes_nobody_and_loses_nobody(void **state _unused_)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *over = NULL;
	FRESH(snapshot);
	struct snapshot_group crew;
	struct snapshot_view view;
	struct snapshot_user user;
	uint32_t group, user_number;
	bool has;

	assert_int_equal(snapshot_writer_add_group(w, "crew", WORLD_GID(0), &group), 0);
	for (uint32_t i = 0; i <= GROUP_MEMBERS_MAX; i++)
		assert_int_equal(snapshot_writer_add_member(w, put_user(w, i, 1), group),
				 i < GROUP_MEMBERS_MAX ? 0 : SNAPSHOT_E_MANY);
	assert_int_equal(finish(w, 1, NULL), 0);
	assert_int_equal(
		snapshot_writer_new_overlay(WORLD_FLOOR, WORLD_CEILING, world_path(), &over), 0);
	assert_int_equal(snapshot_writer_patch_group(over, WORLD_GID(0), &group), 0);
	user_number = put_user(over, GROUP_MEMBERS_MAX, 2);
	assert_int_equal(snapshot_writer_add_member(over, user_number, group), SNAPSHOT_E_MANY);
	assert_int_equal(snapshot_writer_add_member(over, put_user(over, 5, 2), group), 0);
	assert_int_equal(finish(over, 2, NULL), 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_true(snapshot_group_by_name(&view, "crew", 4, &crew));
	assert_int_equal(count_members(&crew, "person05", &has), GROUP_MEMBERS_MAX);
	assert_true(has);
	assert_true(snapshot_user_by_id(&view, WORLD_UID(5), &user) && text_is(user.gecos, "g2"));
	assert_int_equal(user.n_gids, 1);
	assert_true(snapshot_user_by_id(&view, WORLD_UID(GROUP_MEMBERS_MAX), &user) &&
		    text_is(user.gecos, "g2"));
	assert_int_equal(user.n_gids, 0);
	assert_true(snapshot_leave(&view));
	snapshot_forget(&snapshot);
	assert_int_equal(write_full(3, NULL), 0); /* small again, for the next tests */
}

/* ---- damage ---- */

static uint32_t sum_group(const struct snapshot_group *group)
{
	struct snapshot_members members;
	struct snapshot_text name;
	uint32_t sum = group->gid, n = 0;

	snapshot_members_begin(group, &members);
	for (; snapshot_members_next(&members, &name); n++)
		for (uint32_t k = 0; k < name.len; k++)
			sum += (uint8_t)name.at[k];
	assert_true(n < 70000);
	return sum;
}

static void exercise(void)
{
	static struct snapshot snapshot = SNAPSHOT_INIT(NULL);
	struct snapshot_view view;
	struct snapshot_user user;
	struct snapshot_group group;
	uint32_t sum = 0, after = 0;
	char name[32];

	snapshot.path = world_path();
	if (snapshot_enter(&snapshot, &view) < 0)
		return;
	for (uint32_t i = 0; i < PEOPLE; i++) {
		IGNORE(snprintf(name, sizeof(name), "person%02u", i) < 0);
		if (snapshot_user_by_name(&view, name, 8, &user))
			sum += user.uid;
		if (snapshot_group_by_name(&view, name, 8, &group))
			sum += sum_group(&group);
		if (snapshot_user_by_id(&view, WORLD_UID(i), &user))
			sum += user.gid;
	}
	if (snapshot_user_by_name(&view, "new-name", 8, &user))
		sum += user.uid;
	if (snapshot_group_by_id(&view, WORLD_GID(0), &group))
		sum += sum_group(&group);
	for (; snapshot_group_after(&view, after, &group); after = group.gid) {
		assert_true(group.gid > after && group.gid >= WORLD_FLOOR);
		sum += sum_group(&group);
	}
	for (after = 0; snapshot_user_after(&view, after, &user); after = user.uid)
		assert_true(user.uid > after && user.uid >= WORLD_FLOOR);
	IGNORE(!snapshot_leave(&view));
	IGNORE(sum == 0);
	snapshot_forget(&snapshot);
}

static void flip_all(uint8_t *bytes, size_t n, const char *path)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };

	for (size_t i = 0; i < n; i++) {
		if (i >= sizeof(struct snapshot_header) && i < SNAPSHOT_HEADER_SIZE)
			continue; /* reserved, read by nobody */
		for (size_t k = 0; k < ELEMENTSOF(masks); k++) {
			bytes[i] ^= masks[k];
			write_file(path, bytes, n);
			exercise();
			bytes[i] ^= masks[k];
		}
	}
	write_file(path, bytes, n);
}

static void test_any_flipped_byte_is_survived(void **state _unused_)
{
	size_t n, n_root;

	assert_int_equal(write_full(1, NULL), 0);
	assert_int_equal(write_overlay(2, NULL), 0);
	n = read_file(base_path(1), base_bytes, sizeof(base_bytes));
	n_root = read_file(world_path(), root_bytes, sizeof(root_bytes));
	flip_all(root_bytes, n_root, world_path());
	flip_all(base_bytes, n, base_path(1));
	assert_int_equal(enter_result(), 0);
	for (size_t at = SNAPSHOT_HEADER_SIZE; at < n; at += 64) {
		/* Punched as far as this. */
		memset(base_bytes + SNAPSHOT_HEADER_SIZE, 0, at + 64 - SNAPSHOT_HEADER_SIZE);
		write_file(base_path(1), base_bytes, n);
		exercise();
	}
}

/* ---- golden bytes ---- */

static const char *golden_path(const char *name)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");

	IGNORE(snprintf(path, sizeof(path), "%s/tests/data/snapshot/%s", top ? top : ".", name) <
	       0);
	return path;
}

static void check_golden(const char *written, const char *name)
{
	const size_t n = read_file(written, root_bytes, sizeof(root_bytes));

	if (getenv("IDP_TEST_WRITE_GOLDEN"))
		write_file(golden_path(name), root_bytes, n);
	assert_int_equal(read_file(golden_path(name), base_bytes, sizeof(base_bytes)), n);
	/* The base is superseded by then; everything else of it is as it was. */
	memset(root_bytes + offsetof(struct snapshot_header, state), 0, 4);
	memset(base_bytes + offsetof(struct snapshot_header, state), 0, 4);
	assert_true(n > SNAPSHOT_HEADER_SIZE);
	assert_memory_equal(root_bytes, base_bytes, n);
}

/* The same records and key give the same bytes for ever, or the version must change. */
static void test_golden_bytes_are_written_and_read(void **state _unused_)
{
	FRESH(snapshot);
	size_t n;

	assert_int_equal(write_full(21, NULL), 0);
	assert_int_equal(write_overlay(22, NULL), 0);
	check_golden(world_path(), "overlay-v1.snap");
	check_golden(base_path(21), "overlay-base-v1.snap");
	n = read_file(golden_path("overlay-base-v1.snap"), base_bytes, sizeof(base_bytes));
	write_file(base_path(21), base_bytes, n);
	n = read_file(golden_path("overlay-v1.snap"), root_bytes, sizeof(root_bytes));
	write_file(world_path(), root_bytes, n);
	assert_int_equal(check_published(&snapshot), 22);
}

TEST_MAIN(TEST(test_files_come_and_go), TEST(test_overlays_are_published_while_a_full_file_grows),
	  TEST(test_what_was_copied_from_a_punched_base_is_thrown_away),
	  TEST(test_a_base_appears_with_the_overlay_over_it),
	  TEST(test_a_writer_killed_anywhere_leaves_a_readable_pair),
	  TEST(test_a_full_file_system_leaves_the_old_pair),
	  TEST(test_only_the_right_base_is_believed),
	  TEST(test_an_overlay_wants_its_base_to_be_published),
	  TEST(test_a_full_group_takes_nobody_and_loses_nobody),
	  TEST(test_any_flipped_byte_is_survived), TEST(test_golden_bytes_are_written_and_read))
