/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel numbers logins (pam_loginuid has it do so), and no program can take another number;
 * systemd-logind gives each login a control group; where neither is there, as in small containers,
 * the oldest process that leads to this one has to do.
 *
 * A kernel session (setsid) would be of no use: sudo with use_pty and every window of tmux begin
 * one. Nor would the newest process: what matters is when somebody signed in. So a session began
 * with the oldest of its processes that is still there, which for ssh is the connection's own.
 */
#include "idpctl/own-session.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AUDIT_NONE 4294967295ul /* (u32)-1: nobody has signed in */

struct process {
	pid_t parent;
	usec_t began;
	char name[32];
};

/* The first bytes of PROC/PID/NAME. */
static bool read_proc(const char *proc, pid_t pid, const char *name, char *text, size_t room)
{
	_cleanup_close_ int fd = -1;
	char path[512];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%.400s/%ld/%s", proc, (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, room - 1);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static usec_t from_ticks(unsigned long long ticks)
{
	long per_second = sysconf(_SC_CLK_TCK);

	return per_second > 0 ? ticks * USEC_PER_SEC / (unsigned long)per_second : 0;
}

/* The n-th word from 0; NULL: there are not so many. */
static const char *word_at(const char *text, unsigned n)
{
	text += strspn(text, " ");
	for (; *text && n > 0; n--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return *text ? text : NULL;
}

/* proc(5). The name of a process may hold blanks and brackets; the last bracket ends it. */
static bool read_process(const char *proc, pid_t pid, struct process *ret)
{
	char text[1024];
	const char *begin, *end, *parent, *ticks;

	if (!read_proc(proc, pid, "stat", text, sizeof(text)))
		return false;
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end || end < begin)
		return false;
	parent = word_at(end + 1, 1);
	ticks = word_at(end + 1, 19);
	if (!parent || !ticks)
		return false;
	*ret = (struct process){
		.parent = (pid_t)strtol(parent, NULL, 10),
		.began = from_ticks(strtoull(ticks, NULL, 10)),
	};
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(end - begin - 1), begin + 1);
	return true;
}

/* ---- logins ---- */

/* "audit:12": the number the kernel gave this login. */
static bool name_by_audit(const char *proc, pid_t pid, char *name, size_t room)
{
	char text[32];
	unsigned long number;
	char *end;

	if (!read_proc(proc, pid, "sessionid", text, sizeof(text)))
		return false;
	number = strtoul(text, &end, 10);
	if (end == text || number >= AUDIT_NONE)
		return false;
	(void)snprintf(name, room, "login:audit:%lu", number);
	return true;
}

static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("._@-", text[i]))
			return false;
	return true;
}

/* "scope:session-12.scope": the control group of this login. */
static bool name_by_group(const char *proc, pid_t pid, char *name, size_t room)
{
	static const char begin[] = "/session-", end[] = ".scope";
	char text[4096];
	const char *at, *stop;
	size_t len;

	if (!read_proc(proc, pid, "cgroup", text, sizeof(text)))
		return false;
	at = strstr(text, begin);
	stop = at ? strstr(at, end) : NULL;
	if (!stop)
		return false;
	at++;
	len = (size_t)(stop - at) + STRLEN(".scope");
	if (len > 64 || !is_plain(at, len))
		return false;
	(void)snprintf(name, room, "login:scope:%.*s", (int)len, at);
	return true;
}

typedef bool (*name_fn)(const char *proc, pid_t pid, char *name, size_t room);

/* The oldest process of the session of that name, this one among them. */
static usec_t find_began(const char *proc, name_fn name_of, const char *wanted, usec_t mine)
{
	DIR *folder = opendir(proc);
	char name[POLICY_SESSION_MAX + 1];
	const struct dirent *entry;
	struct process process;
	usec_t began = mine;

	while (folder && (entry = readdir(folder))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (*end || pid <= 0 || pid > INT_MAX ||
		    !name_of(proc, (pid_t)pid, name, sizeof(name)) || strcmp(name, wanted) != 0 ||
		    !read_process(proc, (pid_t)pid, &process))
			continue;
		if (process.began < began)
			began = process.began;
	}
	if (folder)
		(void)closedir(folder);
	return began;
}

/* ---- processes ---- */

/* Its parent listens for connections: each child of it is a session. */
static bool is_listener(const struct process *process)
{
	static const char *const names[] = { "sshd", "dropbear" };

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (strcmp(process->name, names[i]) == 0)
			return process->parent <= 1;
	return false;
}

static void find_oldest(const char *proc, pid_t pid, struct own_session *session)
{
	struct process process, parent;

	if (!read_process(proc, pid, &process))
		return;
	/* a loop of parents that change meanwhile has an end */
	for (unsigned i = 0; i < 1000 && process.parent > 1; i++) {
		if (!read_process(proc, process.parent, &parent) || is_listener(&parent))
			break;
		pid = process.parent;
		process = parent;
	}
	(void)snprintf(session->name, sizeof(session->name), "process:%ld:%llu", (long)pid,
		       (unsigned long long)process.began);
	session->began = process.began;
}

void own_session_find(const char *proc, pid_t pid, struct own_session *ret_session)
{
	static const name_fn names[] = { name_by_audit, name_by_group };
	struct process process;

	*ret_session = (struct own_session){ .began = 0 };
	if (!read_process(proc, pid, &process))
		return;
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		if (!names[i](proc, pid, ret_session->name, sizeof(ret_session->name)))
			continue;
		ret_session->began = find_began(proc, names[i], ret_session->name, process.began);
		return;
	}
	find_oldest(proc, pid, ret_session);
}
