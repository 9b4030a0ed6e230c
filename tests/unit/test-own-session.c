/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which session a process is of: machines with their processes, written as files like those of
 * /proc. */
#include "tests/lib/test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idpctl/own-session.h"

#define NONE "4294967295"

struct fake {
	int pid, parent;
	unsigned long second; /* it began so long after the machine */
	const char *name, *session, *group;
};

static char folder[64];

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/test-session-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	return nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS) < 0 ? -1 : 0;
}

static void put(int pid, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%d/%s", folder, pid, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make(const struct fake *fakes, size_t n)
{
	unsigned long ticks = (unsigned long)sysconf(_SC_CLK_TCK);
	char path[128], text[512];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%d", folder, fakes[i].pid);
		assert_int_equal(mkdir(path, 0755), 0);
		(void)snprintf(text, sizeof(text),
			       "%d (%s) S %d 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %lu 99 1\n",
			       fakes[i].pid, fakes[i].name, fakes[i].parent,
			       fakes[i].second * ticks);
		put(fakes[i].pid, "stat", text);
		put(fakes[i].pid, "sessionid", fakes[i].session);
		put(fakes[i].pid, "cgroup", fakes[i].group);
	}
}

static void expect(int pid, const char *name, unsigned long second)
{
	struct own_session session;

	own_session_find(folder, pid, &session);
	assert_string_equal(session.name, name);
	assert_int_equal(session.began, second * USEC_PER_SEC);
}

/* sshd, sudo with use_pty and tmux, of a login at 100 s; another login at 200 s that attaches. */
static const struct fake logins[] = {
	{ 1, 0, 0, "systemd", NONE, "0::/init.scope\n" },
	{ 10, 1, 5, "sshd", NONE, "0::/system.slice/ssh.service\n" },
	{ 20, 10, 100, "sshd", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 21, 20, 101, "bash", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 22, 21, 150, "sudo", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 23, 22, 151, "sudo", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 24, 23, 152, "idpctl", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 30, 1, 160, "tmux: server) S 9", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 31, 30, 210, "bash", "3", "0::/user.slice/user-1.slice/session-3.scope\n" },
	{ 40, 10, 200, "sshd", "4", "0::/user.slice/user-1.slice/session-4.scope\n" },
	{ 41, 40, 201, "bash", "4", "0::/user.slice/user-1.slice/session-4.scope\n" },
	{ 42, 1, 205, "bash", NONE, "0::/system.slice/run-u7.service\n" },
};

static void test_the_kernel_numbers_logins(void **state)
{
	(void)state;
	make(logins, ELEMENTSOF(logins));
	expect(24, "login:audit:3", 100);
	expect(31, "login:audit:3", 100); /* a window opened by who signed in at 200 s */
	expect(41, "login:audit:4", 200);
	expect(42, "process:42:205000000", 205);
}

static void test_logind_has_groups_for_logins(void **state)
{
	struct fake fakes[ELEMENTSOF(logins)];
	(void)state;
	memcpy(fakes, logins, sizeof(fakes));
	for (size_t i = 0; i < ELEMENTSOF(fakes); i++)
		fakes[i].session = i % 2 ? NONE : "";
	make(fakes, ELEMENTSOF(fakes));
	expect(24, "login:scope:session-3.scope", 100);
	expect(31, "login:scope:session-3.scope", 100);
	expect(41, "login:scope:session-4.scope", 200);
	expect(42, "process:42:205000000", 205);
}

static void test_else_the_oldest_process_of_the_connection(void **state)
{
	struct fake fakes[ELEMENTSOF(logins)];
	(void)state;
	memcpy(fakes, logins, sizeof(fakes));
	for (size_t i = 0; i < ELEMENTSOF(fakes); i++) {
		fakes[i].session = NONE;
		fakes[i].group = "0::/\n";
	}
	make(fakes, ELEMENTSOF(fakes));
	expect(24, "process:20:100000000", 100);
	expect(31, "process:30:160000000", 160); /* tmux hides whose it was */
	expect(41, "process:40:200000000", 200);
}

static void test_what_is_strange_is_nothing(void **state)
{
	static const struct fake fakes[] = {
		{ 5, 6, 50, "a", NONE, "0::/x/session-a b.scope\n" },
		{ 6, 5, 60, "b", "twelve", "0::/session-.scope\n" },
		{ 7, 99, 70, "c", NONE, "0::/session-3\n" },
	};
	(void)state;
	make(fakes, ELEMENTSOF(fakes));
	expect(4, "", 0);
	expect(7, "process:7:70000000", 70); /* its parent is gone */
	put(7, "stat", "7 (c S 1");
	expect(7, "", 0);
	put(7, "stat", "7 (c) S 1 1");
	expect(7, "", 0);
	expect(6, "login:scope:session-.scope", 60);
	put(5, "cgroup", "0::/x\n");
	put(6, "cgroup", "0::/x\n");
	own_session_find(folder, 5, &(struct own_session){ .began = 0 }); /* parents in a ring */
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_the_kernel_numbers_logins),
		CASE(test_logind_has_groups_for_logins),
		CASE(test_else_the_oldest_process_of_the_connection),
		CASE(test_what_is_strange_is_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
