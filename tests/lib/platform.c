/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both programs end with their standard input, so a test that crashes takes them along. */
#include "tests/lib/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/macro.h"

#define PLATFORM_SKIPPED 77 /* exit status of platform.sh */

/* args ends with NULL. Both ends of what it reads and says. */
static int platform_spawn(const struct platform *platform, const char *program, const char **args,
			  pid_t *ret_pid, int ret_ends[static 2])
{
	const char *top = getenv("top_srcdir");
	char script[4096], idp[4096];
	const char *argv[16] = { "sh", script, idp, platform->dir, program };
	int in[2], out[2];
	size_t n = 5;

	if (snprintf(script, sizeof(script), "%s/tests/lib/platform.sh", top ? top : ".") < 0 ||
	    snprintf(idp, sizeof(idp), "%s/tests/idp", top ? top : ".") < 0)
		return -EINVAL;
	while (*args && n + 1 < ELEMENTSOF(argv))
		argv[n++] = *args++;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	*ret_pid = fork();
	if (*ret_pid < 0)
		return -errno;
	if (*ret_pid == 0) {
		if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0)
			execv("/bin/sh", (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	ret_ends[0] = out[0];
	ret_ends[1] = in[1];
	return 0;
}

/* "ready ISSUER", or the exit status says why not. */
static int platform_ready(struct platform *platform, int fd)
{
	FILE *out = fdopen(fd, "re");
	char line[160];
	int r = -EPROTO, status = -1;

	if (!out)
		return -errno;
	if (fgets(line, sizeof(line), out) && sscanf(line, "ready %127s", platform->issuer) == 1)
		r = 0;
	IGNORE(fclose(out));
	if (r == 0)
		return 0;
	if (waitpid(platform->pid, &status, 0) == platform->pid)
		platform->pid = -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == PLATFORM_SKIPPED ? -ENOENT : r;
}

static int platform_start_crowd(struct platform *platform)
{
	char ca[80];
	const char *args[] = { "--ca", ca, "--as", "alice", NULL };
	int ends[2] = { -1, -1 }, r;

	if (snprintf(ca, sizeof(ca), "%s/ca.pem", platform->dir) < 0)
		return -EINVAL;
	r = platform_spawn(platform, "crowd.mjs", args, &platform->crowd_pid, ends);
	if (r < 0)
		return r;
	platform->from_crowd = fdopen(ends[0], "re");
	platform->to_crowd = fdopen(ends[1], "we");
	return platform->from_crowd && platform->to_crowd ? 0 : -errno;
}

int platform_start(struct platform *platform)
{
	const char *args[] = {
		"--state", platform->dir, "--port", "0", "--matrix", "--stdin", NULL
	};
	int ends[2] = { -1, -1 }, r;

	*platform = (struct platform){ .pid = -1, .crowd_pid = -1, .in = -1 };
	strcpy(platform->dir, "/tmp/idp-platform-XXXXXX");
	if (!mkdtemp(platform->dir))
		return -errno;
	r = platform_spawn(platform, "platform.mjs", args, &platform->pid, ends);
	if (r < 0)
		return r;
	platform->in = ends[1];
	r = platform_ready(platform, ends[0]);
	if (r == 0)
		r = platform_start_crowd(platform);
	if (r < 0)
		platform_stop(platform);
	return r;
}

void platform_stop(struct platform *platform)
{
	char command[128];

	if (platform->to_crowd)
		IGNORE(fclose(platform->to_crowd));
	if (platform->from_crowd)
		IGNORE(fclose(platform->from_crowd));
	if (platform->in >= 0)
		close(platform->in);
	if (platform->crowd_pid > 0)
		IGNORE(waitpid(platform->crowd_pid, NULL, 0) < 0);
	if (platform->pid > 0)
		IGNORE(waitpid(platform->pid, NULL, 0) < 0);
	if (snprintf(command, sizeof(command), "rm -rf '%s'", platform->dir) > 0)
		IGNORE(system(command));
	*platform = (struct platform){ .pid = -1, .crowd_pid = -1, .in = -1 };
}

int platform_browse(struct platform *platform, const char *tag, const char *url)
{
	if (fprintf(platform->to_crowd, "%s %s\n", tag, url) < 0 || fflush(platform->to_crowd) != 0)
		return -EPIPE;
	return 0;
}

int platform_browsed(struct platform *platform, char *line, size_t room)
{
	if (!fgets(line, (int)room, platform->from_crowd))
		return -EPIPE;
	line[strcspn(line, "\n")] = '\0';
	return 0;
}
