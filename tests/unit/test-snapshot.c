/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The snapshot's writer and reader against one another, against golden bytes, against damage. */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/snapshot.h"
#include "idp-agentd/core/snapshot-write-internal.h"
#include "tests/lib/snapshot.h"

/* Every test has a slot of its own: mappings stay until the process ends. */
#define FRESH(snapshot)                                        \
	static struct snapshot snapshot = SNAPSHOT_INIT(NULL); \
	snapshot.path = world_path()

static bool text_is(struct snapshot_text text, const char *want)
{
	return text.len == strlen(want) && memcmp(text.at, want, text.len) == 0;
}

static void home_of(const struct snapshot_user *user, char *home, size_t room)
{
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		assert_true(at + user->home[i].len < room);
		memcpy(home + at, user->home[i].at, user->home[i].len);
		at += user->home[i].len;
	}
	home[at] = '\0';
}

static bool has_member(const struct snapshot_group *group, const char *name)
{
	struct snapshot_members members;
	struct snapshot_text member;

	snapshot_members_begin(group, &members);
	while (snapshot_members_next(&members, &member))
		if (text_is(member, name))
			return true;
	return false;
}

static uint32_t add_user(struct snapshot_writer *writer, const char *name, uint32_t uid,
			 const char *gecos, const char *home, const char *shell)
{
	const struct snapshot_person person = { name, uid, uid, gecos, home, shell };
	uint32_t number = 0;

	assert_int_equal(snapshot_writer_add_user(writer, &person, &number), 0);
	return number;
}

static void publish(struct snapshot_writer *writer, uint32_t flags, uint64_t generation)
{
	const struct snapshot_options options = {
		.flags = flags, .generation = generation, .published = 1, .key = world_key
	};
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;

	assert_int_equal(snapshot_writer_write(writer, &options, world_path(), &old), 0);
}

/* 256 bytes, the most there may be. */
#define GECOS_64   "Maria del Carmen Fernandez de Cordoba y Alvarez, Dept. of Titles"
#define LONG_GECOS GECOS_64 GECOS_64 GECOS_64 GECOS_64

/* Every way a user can be stored: near, far, in between; the corners of each length. */
static void build_shapes(void)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	uint32_t u[8], g[3];

	assert_non_null(w);
	u[0] = add_user(w, "a", WORLD_UID(0), "", "/home/a", "/bin/sh");
	u[1] = add_user(w, "alice", WORLD_UID(1), "Alice Liddell", "/home/alice", "/bin/bash");
	u[2] = add_user(w, "bob", WORLD_UID(2), LONG_GECOS, "/srv/people/b/bob/home", "/bin/bash");
	u[3] = add_user(w, "abcdefghijklmnopqrstuvwxyz012345", WORLD_UID(3), "Forty-eight b",
			"/home/abcdefghijklmnopqrstuvwxyz012345", "/bin/bash");
	u[4] = add_user(w, "carol", WORLD_UID(4), "exactly forty-four with the name, yes!!",
			"/nonexistent", "/usr/sbin/nologin");
	u[5] = add_user(w, "dave@example.org", WORLD_UID(5), "Dave", "/home/dave", "/bin/bash");
	assert_int_equal(snapshot_writer_add_group(w, "staff-of-x", WORLD_GID(0), &g[0]), 0);
	assert_int_equal(snapshot_writer_add_group(
				 w, "A-name-that-is-longer-than-the-forty-bytes-of-the-cell",
				 WORLD_GID(1), &g[1]),
			 0);
	assert_int_equal(snapshot_writer_add_group(w, "empty", WORLD_GID(2), &g[2]), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(snapshot_writer_add_member(w, u[i], g[0]), 0);
	assert_int_equal(snapshot_writer_add_member(w, u[1], g[1]), 0);
	assert_int_equal(snapshot_writer_add_member(w, u[2], g[1]), 0);
	publish(w, SNAPSHOT_COMPLETE, 7);
}

static void check_user(const struct snapshot_view *view, const char *name, uint32_t uid,
		       const char *gecos, const char *home, const char *shell)
{
	struct snapshot_user by_name, by_id;
	char got[PATH_LEN_MAX + 1];

	assert_true(snapshot_user_by_name(view, name, strlen(name), &by_name));
	assert_true(snapshot_user_by_id(view, uid, &by_id));
	assert_true(text_is(by_name.name, name) && text_is(by_id.name, name));
	assert_int_equal(by_name.uid, uid);
	assert_int_equal(by_name.gid, uid);
	assert_int_equal(by_id.uid, uid);
	assert_true(text_is(by_name.gecos, gecos));
	home_of(&by_name, got, sizeof(got));
	assert_string_equal(got, home);
	assert_true(text_is(by_name.shell, shell));
}

/* Also what later versions must still read: see test_golden_bytes_are_read(). */
static void check_shapes(struct snapshot *snapshot)
{
	struct snapshot_view view;
	struct snapshot_user user;
	struct snapshot_group group;

	assert_int_equal(snapshot_enter(snapshot, &view), 0);
	assert_int_equal(view.map->generation, 7);
	assert_int_equal(view.map->flags, SNAPSHOT_COMPLETE);
	check_user(&view, "a", WORLD_UID(0), "", "/home/a", "/bin/sh");
	check_user(&view, "alice", WORLD_UID(1), "Alice Liddell", "/home/alice", "/bin/bash");
	check_user(&view, "bob", WORLD_UID(2), LONG_GECOS, "/srv/people/b/bob/home", "/bin/bash");
	check_user(&view, "abcdefghijklmnopqrstuvwxyz012345", WORLD_UID(3), "Forty-eight b",
		   "/home/abcdefghijklmnopqrstuvwxyz012345", "/bin/bash");
	check_user(&view, "carol", WORLD_UID(4), "exactly forty-four with the name, yes!!",
		   "/nonexistent", "/usr/sbin/nologin");
	check_user(&view, "dave@example.org", WORLD_UID(5), "Dave", "/home/dave", "/bin/bash");
	assert_true(snapshot_user_by_name(&view, "alice", 5, &user));
	assert_int_equal(user.n_gids, 2);
	assert_true((user.gids[0] == WORLD_GID(0) && user.gids[1] == WORLD_GID(1)) ||
		    (user.gids[1] == WORLD_GID(0) && user.gids[0] == WORLD_GID(1)));
	assert_true(snapshot_user_by_name(&view, "bob", 3, &user));
	assert_int_equal(user.n_gids, 2);
	assert_true(snapshot_group_by_name(&view, "staff-of-x", 10, &group));
	assert_int_equal(group.n_members, 6);
	assert_true(has_member(&group, "carol") && has_member(&group, "dave@example.org"));
	assert_false(has_member(&group, "eve"));
	assert_true(snapshot_group_by_id(&view, WORLD_GID(1), &group));
	assert_true(text_is(group.name, "A-name-that-is-longer-than-the-forty-bytes-of-the-cell"));
	assert_true(snapshot_group_by_name(&view, group.name.at, group.name.len, &group));
	assert_int_equal(group.n_members, 2);
	assert_true(snapshot_group_by_name(&view, "empty", 5, &group));
	assert_int_equal(group.n_members, 0);
	assert_int_equal(group.names_len, 0);
	assert_false(snapshot_user_by_name(&view, "eve", 3, &user));
	assert_false(snapshot_user_by_name(&view, "alic", 4, &user));
	assert_false(snapshot_user_by_name(&view, "alice\0x", 7, &user));
	assert_false(snapshot_user_by_name(&view, "", 0, &user));
	assert_false(snapshot_user_by_id(&view, WORLD_UID(6), &user));
	assert_false(snapshot_user_by_id(&view, 0, &user));
	assert_false(snapshot_group_by_id(&view, WORLD_UID(1), &group));
	assert_true(snapshot_leave(&view));
}

static void test_what_was_written_is_read(void **state _unused_)
{
	FRESH(snapshot);

	build_shapes();
	check_shapes(&snapshot);
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

static const char *golden_path(void)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");

	IGNORE(snprintf(path, sizeof(path), "%s/tests/data/snapshot/shapes-v1.snap",
			top ? top : ".") < 0);
	return path;
}

static uint8_t golden[65536], written[65536];

/* The same records and key give the same bytes for ever, or the version must change. */
static void test_golden_bytes_are_written(void **state _unused_)
{
	size_t n_golden, n_written;

	build_shapes();
	n_written = read_file(world_path(), written, sizeof(written));
	if (getenv("IDP_TEST_WRITE_GOLDEN"))
		write_file(golden_path(), written, n_written);
	n_golden = read_file(golden_path(), golden, sizeof(golden));
	assert_true(n_golden > SNAPSHOT_HEADER_SIZE);
	assert_int_equal(n_written, n_golden);
	assert_memory_equal(written, golden, n_golden);
}

static void test_golden_bytes_are_read(void **state _unused_)
{
	FRESH(snapshot);
	const size_t n = read_file(golden_path(), golden, sizeof(golden));

	assert_true(n > SNAPSHOT_HEADER_SIZE);
	write_file(world_path(), golden, n);
	check_shapes(&snapshot);
}

static void test_many_people_are_all_found(void **state _unused_)
{
	FRESH(snapshot);
	const struct world world = {
		.n_users = 5000, .n_groups = 700, .n_big_user = 500, .n_big_group = 3000
	};
	struct snapshot_view view;
	struct snapshot_user user;
	struct snapshot_group group;
	char name[16];

	assert_int_equal(world_publish(&world, NULL), 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_true(view.map->user_names.probe_max < 40);
	for (uint32_t i = 0; i < world.n_users; i++) {
		IGNORE(snprintf(name, sizeof(name), "user%07u", i) < 0);
		assert_true(snapshot_user_by_name(&view, name, strlen(name), &user));
		assert_int_equal(user.uid, WORLD_UID(i));
		assert_true(snapshot_user_by_id(&view, WORLD_UID(i), &user));
		assert_true(text_is(user.name, name));
		name[0] = 'n';
		assert_false(snapshot_user_by_name(&view, name, strlen(name), &user));
	}
	for (uint32_t g = 0; g < world.n_groups; g++) {
		IGNORE(snprintf(name, sizeof(name), "grp%06u", g) < 0);
		assert_true(snapshot_group_by_name(&view, name, strlen(name), &group));
		assert_int_equal(group.gid, WORLD_GID(g));
	}
	assert_int_equal(group.n_members, 3000);
	assert_true(snapshot_user_by_name(&view, "user0000001", 11, &user));
	assert_int_equal(user.n_gids, 501);
	assert_true(snapshot_leave(&view));
}

static void test_iteration_goes_by_increasing_id(void **state _unused_)
{
	FRESH(snapshot);
	struct snapshot_view view;
	struct snapshot_user user;
	struct snapshot_group group;
	uint32_t n = 0, after = 0;

	assert_int_equal(world_publish(&(struct world){ .n_users = 333, .n_groups = 5 }, NULL), 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	for (; snapshot_user_after(&view, after, &user); after = user.uid)
		assert_int_equal(user.uid, WORLD_UID(n++));
	assert_int_equal(n, 333);
	for (n = 0, after = 0; snapshot_group_after(&view, after, &group); after = group.gid)
		assert_int_equal(group.gid, WORLD_GID(n++));
	assert_int_equal(n, 5);
	assert_false(snapshot_user_after(&view, UINT32_MAX, &user));
	assert_true(snapshot_leave(&view));
}

static void test_an_empty_directory_is_a_file_too(void **state _unused_)
{
	FRESH(snapshot);
	struct snapshot_view view;
	struct snapshot_user user;

	assert_int_equal(world_publish(&(struct world){ .flags = SNAPSHOT_COMPLETE }, NULL), 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_false(snapshot_user_by_name(&view, "alice", 5, &user));
	assert_false(snapshot_user_after(&view, 0, &user));
	assert_true(snapshot_leave(&view));
}

/* ---- what the writer refuses ---- */

static void test_the_writer_refuses_what_a_host_must_not_see(void **state _unused_)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR + 10, WORLD_CEILING);
	const struct {
		struct snapshot_person person;
		int want;
	} rows[] = {
		{ { "root", WORLD_UID(1), WORLD_UID(1), "", "/home/x", "/bin/sh" },
		  SNAPSHOT_E_NAME },
		{ { "", WORLD_UID(1), WORLD_UID(1), "", "/home/x", "/bin/sh" }, SNAPSHOT_E_NAME },
		{ { "a:b", WORLD_UID(1), WORLD_UID(1), "", "/home/x", "/bin/sh" },
		  SNAPSHOT_E_NAME },
		{ { "x", WORLD_UID(1), WORLD_UID(1), "a:b", "/home/x", "/bin/sh" },
		  SNAPSHOT_E_NAME },
		{ { "x", WORLD_UID(1), WORLD_UID(1), "a\nb", "/home/x", "/bin/sh" },
		  SNAPSHOT_E_NAME },
		{ { "x", WORLD_UID(1), WORLD_UID(1), "", "/", "/bin/sh" }, SNAPSHOT_E_NAME },
		{ { "x", WORLD_UID(1), WORLD_UID(1), "", "", "/bin/sh" }, SNAPSHOT_E_NAME },
		{ { "x", WORLD_UID(1), WORLD_UID(1), "", "/home/x", "sh" }, SNAPSHOT_E_NAME },
		{ { "x", 0, WORLD_UID(1), "", "/home/x", "/bin/sh" }, SNAPSHOT_E_ID },
		{ { "x", WORLD_UID(1), 0, "", "/home/x", "/bin/sh" }, SNAPSHOT_E_ID },
		{ { "x", 65534, 65534, "", "/home/x", "/bin/sh" }, SNAPSHOT_E_ID },
		{ { "x", WORLD_FLOOR + 9, WORLD_UID(1), "", "/home/x", "/bin/sh" }, SNAPSHOT_E_ID },
		{ { "x", UINT32_MAX, WORLD_UID(1), "", "/home/x", "/bin/sh" }, SNAPSHOT_E_ID },
		{ { "x", WORLD_UID(0), WORLD_UID(1), "", "/home/x", "/bin/sh" }, SNAPSHOT_E_ORDER },
		{ { "x", WORLD_UID(1), WORLD_UID(1), "", "/home/x", "/bin/sh" }, 0 },
	};
	uint32_t number;

	assert_non_null(w);
	assert_int_equal(add_user(w, "first", WORLD_UID(0), "", "/home/first", "/bin/sh"), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(snapshot_writer_add_user(w, &rows[i].person, &number),
				 rows[i].want);
	assert_int_equal(number, 1);
	assert_int_equal(snapshot_writer_add_group(w, "sudo", WORLD_GID(0), &number),
			 SNAPSHOT_E_NAME);
	assert_int_equal(snapshot_writer_add_group(w, "g", 27, &number), SNAPSHOT_E_ID);
	assert_int_equal(snapshot_writer_add_group(w, "g", WORLD_GID(0), &number), 0);
	assert_int_equal(snapshot_writer_add_group(w, "h", WORLD_GID(0), &number),
			 SNAPSHOT_E_ORDER);
	assert_int_equal(snapshot_writer_add_member(w, 2, 0), -EINVAL);
	assert_int_equal(snapshot_writer_add_member(w, 0, 1), -EINVAL);
}

static void test_one_name_twice_is_not_published(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	const struct snapshot_options options = { .generation = 8 };
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;

	build_shapes();
	add_user(w, "twin", WORLD_UID(1), "", "/home/twin", "/bin/sh");
	add_user(w, "twin", WORLD_UID(2), "", "/home/twin", "/bin/sh");
	assert_int_equal(snapshot_writer_write(w, &options, world_path(), &old), SNAPSHOT_E_TWICE);
	check_shapes(&snapshot);
}

static void test_memberships_of_one_person_are_bounded(void **state _unused_)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	uint32_t group;

	add_user(w, "alice", WORLD_UID(1), "", "/home/alice", "/bin/sh");
	assert_int_equal(snapshot_writer_add_group(w, "g", WORLD_GID(0), &group), 0);
	for (uint32_t i = 0; i < USER_GROUPS_MAX; i++)
		assert_int_equal(snapshot_writer_add_member(w, 0, group), 0);
	assert_int_equal(snapshot_writer_add_member(w, 0, group), SNAPSHOT_E_MANY);
}

/* Both stand in one index, whose slots have room for so many. */
static void test_people_and_other_names_are_bounded_together(void **state _unused_)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	const struct snapshot_person person = { "bob", WORLD_UID(2), WORLD_UID(2),
						"",    "/home/bob",  "/bin/sh" };
	uint32_t number;

	w->user_names.n = SNAPSHOT_CELLS_MAX - 1; /* what four million aliases would leave */
	add_user(w, "alice", WORLD_UID(1), "", "/home/alice", "/bin/sh");
	assert_int_equal(snapshot_writer_add_user(w, &person, &number), -EFBIG);
}

static void test_three_hundred_homes_overflow_the_templates(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *w =
		snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	char name[16], home[32], shell[32];
	struct snapshot_view view;

	for (uint32_t i = 0; i < 300; i++) {
		IGNORE(snprintf(name, sizeof(name), "u%u", i) < 0);
		IGNORE(snprintf(home, sizeof(home), "/srv/%u/u%u/x", i / 2, i) < 0);
		IGNORE(snprintf(shell, sizeof(shell), "/opt/%u/sh", i / 2) < 0);
		add_user(w, name, WORLD_UID(i), "G", home, shell);
	}
	publish(w, 0, 1);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	for (uint32_t i = 0; i < 300; i++) {
		IGNORE(snprintf(name, sizeof(name), "u%u", i) < 0);
		IGNORE(snprintf(home, sizeof(home), "/srv/%u/u%u/x", i / 2, i) < 0);
		IGNORE(snprintf(shell, sizeof(shell), "/opt/%u/sh", i / 2) < 0);
		check_user(&view, name, WORLD_UID(i), "G", home, shell);
	}
	assert_true(snapshot_leave(&view));
}

/* ---- publishing ---- */

static void test_a_new_file_is_seen_and_the_old_one_emptied(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct world world = { .n_users = 1000, .generation = 1, .flags = SNAPSHOT_COMPLETE };
	struct snapshot_view view;
	struct snapshot_user user;

	assert_int_equal(world_publish(&world, &old), 0);
	old = snapshot_old_free(old);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_int_equal(view.map->generation, 1);
	assert_false(snapshot_user_by_name(&view, "user0001500", 11, &user));
	world.n_users = 2000;
	world.generation = 2;
	assert_int_equal(world_publish(&world, &old), 0);
	assert_non_null(old);
	assert_int_equal(snapshot_generation(world_path()), 2);
	/* A lookup that began in the old file may end in it... */
	assert_true(snapshot_user_by_name(&view, "user0000500", 11, &user));
	assert_true(snapshot_leave(&view));
	/* ... and the next one sees the new file. */
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_int_equal(view.map->generation, 2);
	assert_true(snapshot_user_by_name(&view, "user0001500", 11, &user));
	assert_true(snapshot_leave(&view));
}

static void test_what_was_copied_from_a_punched_file_is_thrown_away(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	struct world world = { .n_users = 1000, .generation = 1 };
	struct snapshot_view view;
	struct snapshot_user user;
	int r;

	assert_int_equal(world_publish(&world, NULL), 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	world.generation = 2;
	assert_int_equal(world_publish(&world, &old), 0);
	r = snapshot_old_punch(old);
	if (r == -EOPNOTSUPP) {
		assert_false(snapshot_leave(&view));
		skip();
	}
	assert_int_equal(r, 0);
	assert_false(snapshot_user_by_name(&view, "user0000500", 11, &user));
	assert_false(snapshot_user_by_id(&view, WORLD_UID(500), &user));
	assert_false(snapshot_user_after(&view, 0, &user));
	assert_false(snapshot_leave(&view));
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_true(snapshot_user_by_name(&view, "user0000500", 11, &user));
	assert_true(snapshot_leave(&view));
}

static bool exists(const char *suffix)
{
	char path[300];

	IGNORE(snprintf(path, sizeof(path), "%s%s", world_path(), suffix) < 0);
	return access(path, F_OK) == 0;
}

/* RLIMIT_FSIZE gives EFBIG where a full disk gives ENOSPC: the same way out of the code. */
static void test_a_publication_that_fails_leaves_everything_as_it_was(void **state _unused_)
{
	FRESH(snapshot);
	struct rlimit saved, small;
	struct snapshot_view view;
	int r;

	build_shapes();
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_true(snapshot_leave(&view));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	small = (struct rlimit){ 20000, saved.rlim_max };
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = world_publish(&(struct world){ .n_users = 1000, .generation = 9 }, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(r, -EFBIG);
	assert_false(exists(".new"));
	check_shapes(&snapshot);
}

static void test_a_full_file_system_leaves_everything_as_it_was(void **state _unused_)
{
	FRESH(snapshot);
	struct snapshot_view view;
	int r;

	/* A device that is always full, in the place of the temporary file, needs no mount. */
	build_shapes();
	if (geteuid() != 0)
		skip();
	const pid_t pid = fork();
	if (pid == 0) {
		/* In a mount namespace of its own: nothing of this is seen outside. */
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("none", world_directory(), "tmpfs", 0, "size=64k,mode=755") < 0)
			_exit(77);
		build_shapes();
		check_shapes(&snapshot);
		r = world_publish(&(struct world){ .n_users = 3000, .generation = 9 }, NULL);
		if (r != -ENOSPC || exists(".new"))
			_exit(1);
		check_shapes(&snapshot);
		_exit(snapshot_generation(world_path()) == 7 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &r, 0), pid);
	if (WIFEXITED(r) && WEXITSTATUS(r) == 77)
		skip();
	assert_int_equal(r, 0);
	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	assert_true(snapshot_leave(&view));
}

static void test_what_a_killed_writer_left_is_no_obstacle(void **state _unused_)
{
	FRESH(snapshot);
	char path[300];

	IGNORE(snprintf(path, sizeof(path), "%s.new", world_path()) < 0);
	write_file(path, (const uint8_t *)"half", 4);
	build_shapes();
	assert_false(exists(".new"));
	check_shapes(&snapshot);
}

/* Killed after the old file was superseded and before the rename: it still answers. */
static void test_a_superseded_file_at_the_path_still_answers(void **state _unused_)
{
	FRESH(snapshot);
	_cleanup_close_ int fd = -1;
	const uint32_t superseded = SNAPSHOT_SUPERSEDED;

	build_shapes();
	fd = open(world_path(), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, &superseded, 4, offsetof(struct snapshot_header, state)), 4);
	check_shapes(&snapshot);
	check_shapes(&snapshot);
	assert_null(atomic_load(&snapshot.current));
	build_shapes();
	check_shapes(&snapshot);
	assert_non_null(atomic_load(&snapshot.current));
}

/* ---- who may have written it ---- */

static int enter_result(struct snapshot *snapshot)
{
	struct snapshot_view view;
	const int r = snapshot_enter(snapshot, &view);

	if (r == 0)
		IGNORE(!snapshot_leave(&view));
	return r;
}

static void test_a_file_others_may_write_is_refused(void **state _unused_)
{
	FRESH(snapshot);

	build_shapes();
	assert_int_equal(chmod(world_path(), 0664), 0);
	assert_int_equal(enter_result(&snapshot), -EPERM);
	assert_int_equal(chmod(world_path(), 0646), 0);
	assert_int_equal(enter_result(&snapshot), -EPERM);
	assert_int_equal(chmod(world_path(), 0644), 0);
	assert_int_equal(chmod(world_directory(), 0777), 0);
	assert_int_equal(enter_result(&snapshot), -EPERM);
	assert_int_equal(chmod(world_directory(), 0755), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(world_path(), 12345, 0), 0);
		assert_int_equal(enter_result(&snapshot), -EPERM);
		assert_int_equal(chown(world_directory(), 12345, 0), 0);
		assert_int_equal(enter_result(&snapshot), 0);
		assert_int_equal(chown(world_directory(), 0, 0), 0);
	}
}

static void test_what_is_no_regular_file_is_refused(void **state _unused_)
{
	FRESH(snapshot);

	IGNORE(unlink(world_path()));
	assert_int_equal(enter_result(&snapshot), -ENOENT);
	assert_int_equal(mkfifo(world_path(), 0644), 0);
	assert_int_equal(enter_result(&snapshot), -EPERM);
	assert_int_equal(unlink(world_path()), 0);
	assert_int_equal(symlink("/etc/passwd", world_path()), 0);
	assert_int_equal(enter_result(&snapshot), -ELOOP);
	assert_int_equal(unlink(world_path()), 0);
	assert_int_equal(mkdir(world_path(), 0755), 0);
	assert_int_equal(enter_result(&snapshot), -EPERM);
	assert_int_equal(rmdir(world_path()), 0);
	build_shapes();
	check_shapes(&snapshot);
}

/* ---- damage ---- */

/* Asks for everything there is; the answers do not matter, only that there are some. */
static void exercise(struct snapshot *snapshot)
{
	static const char *const names[] = {
		"a",
		"alice",
		"bob",
		"abcdefghijklmnopqrstuvwxyz012345",
		"carol",
		"dave@example.org",
		"eve",
		"staff-of-x",
		"A-name-that-is-longer-than-the-forty-bytes-of-the-cell"
	};
	struct snapshot_view view;
	struct snapshot_user user;
	struct snapshot_group group;
	unsigned sum = 0;

	if (snapshot_enter(snapshot, &view) < 0)
		return;
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		if (snapshot_user_by_name(&view, names[i], strlen(names[i]), &user)) {
			for (uint32_t k = 0; k < user.n_gids; k++)
				sum += user.gids[k];
			for (uint32_t k = 0; k < user.shell.len; k++)
				sum += (uint8_t)user.shell.at[k];
			for (uint32_t k = 0; k < user.gecos.len; k++)
				sum += (uint8_t)user.gecos.at[k];
			for (int h = 0; h < 3; h++)
				for (uint32_t k = 0; k < user.home[h].len; k++)
					sum += (uint8_t)user.home[h].at[k];
		}
		if (snapshot_group_by_name(&view, names[i], strlen(names[i]), &group))
			sum += has_member(&group, "nobody at all");
		if (snapshot_user_by_id(&view, WORLD_UID(i), &user))
			sum += user.uid;
		if (snapshot_group_by_id(&view, WORLD_GID(i), &group))
			sum += group.gid;
	}
	for (uint32_t n = 0, at = 0; n < 100 && snapshot_user_after(&view, at, &user); n++) {
		assert_true(user.uid > at && user.uid >= WORLD_FLOOR);
		at = user.uid;
	}
	for (uint32_t n = 0, at = 0; n < 100 && snapshot_group_after(&view, at, &group); n++) {
		assert_true(group.gid > at && group.gid >= WORLD_FLOOR);
		at = group.gid;
	}
	IGNORE(!snapshot_leave(&view));
	IGNORE(sum == 0);
}

/* One slot, a file that changes its name's content: each look maps anew, then lets go. */
static void exercise_bytes(const uint8_t *bytes, size_t len)
{
	struct snapshot *snapshot = aligned_alloc(64, sizeof(*snapshot));

	assert_non_null(snapshot);
	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->path = world_path();
	write_file(world_path(), bytes, len);
	exercise(snapshot);
	snapshot_forget(snapshot);
	free(snapshot);
}

static void test_any_flipped_byte_is_survived(void **state _unused_)
{
	size_t n;

	build_shapes();
	n = read_file(world_path(), golden, sizeof(golden));
	assert_true(n > SNAPSHOT_HEADER_SIZE && n < sizeof(golden));
	for (size_t i = 0; i < n; i++) {
		static const uint8_t masks[] = { 0x01, 0x80, 0xff };

		if (i >= sizeof(struct snapshot_header) && i < SNAPSHOT_HEADER_SIZE)
			continue; /* reserved, read by nobody */
		for (size_t k = 0; k < ELEMENTSOF(masks); k++) {
			golden[i] ^= masks[k];
			exercise_bytes(golden, n);
			golden[i] ^= masks[k];
		}
	}
}

static void test_any_truncation_is_refused(void **state _unused_)
{
	FRESH(snapshot);
	size_t n;

	build_shapes();
	n = read_file(world_path(), golden, sizeof(golden));
	for (size_t len = 0; len < n; len += len < 4000 ? 97 : 1) {
		write_file(world_path(), golden, len);
		assert_int_equal(enter_result(&snapshot), -EBADMSG);
	}
	golden[n] = 0;
	write_file(world_path(), golden, n + 1);
	assert_int_equal(enter_result(&snapshot), -EBADMSG);
}

static void test_a_stranger_to_the_version_refuses_it(void **state _unused_)
{
	FRESH(snapshot);
	size_t n;

	build_shapes();
	n = read_file(world_path(), golden, sizeof(golden));
	golden[offsetof(struct snapshot_header, version)] = 2;
	write_file(world_path(), golden, n);
	assert_int_equal(enter_result(&snapshot), -EPROTONOSUPPORT);
	golden[offsetof(struct snapshot_header, version)] = 1;
	golden[offsetof(struct snapshot_header, flags) + 2] = 0x80;
	write_file(world_path(), golden, n);
	assert_int_equal(enter_result(&snapshot), -EPROTONOSUPPORT);
	golden[offsetof(struct snapshot_header, flags) + 2] = 0;
	golden[offsetof(struct snapshot_header, flags) + 1] = 1;
	write_file(world_path(), golden, n);
	assert_int_equal(enter_result(&snapshot), 0);
}

static void test_all_zeros_behind_the_header_are_no_answer(void **state _unused_)
{
	size_t n;

	build_shapes();
	n = read_file(world_path(), golden, sizeof(golden));
	memset(golden + SNAPSHOT_HEADER_SIZE, 0, n - SNAPSHOT_HEADER_SIZE);
	exercise_bytes(golden, n);
	memset(golden, 0, n);
	exercise_bytes(golden, n);
}

TEST_MAIN(TEST(test_what_was_written_is_read), TEST(test_golden_bytes_are_written),
	  TEST(test_golden_bytes_are_read), TEST(test_many_people_are_all_found),
	  TEST(test_iteration_goes_by_increasing_id), TEST(test_an_empty_directory_is_a_file_too),
	  TEST(test_the_writer_refuses_what_a_host_must_not_see),
	  TEST(test_one_name_twice_is_not_published),
	  TEST(test_memberships_of_one_person_are_bounded),
	  TEST(test_people_and_other_names_are_bounded_together),
	  TEST(test_three_hundred_homes_overflow_the_templates),
	  TEST(test_a_new_file_is_seen_and_the_old_one_emptied),
	  TEST(test_what_was_copied_from_a_punched_file_is_thrown_away),
	  TEST(test_a_publication_that_fails_leaves_everything_as_it_was),
	  TEST(test_a_full_file_system_leaves_everything_as_it_was),
	  TEST(test_what_a_killed_writer_left_is_no_obstacle),
	  TEST(test_a_superseded_file_at_the_path_still_answers),
	  TEST(test_a_file_others_may_write_is_refused),
	  TEST(test_what_is_no_regular_file_is_refused), TEST(test_any_flipped_byte_is_survived),
	  TEST(test_any_truncation_is_refused), TEST(test_a_stranger_to_the_version_refuses_it),
	  TEST(test_all_zeros_behind_the_header_are_no_answer))
