/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting and ending the misbehaving platform. It ends with its standard input, so a test that
 * crashes takes it along. */
#include "tests/lib/mock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/macro.h"

static void mock_child(const struct mock *mock, int in, int out)
{
	const char *top = getenv("top_srcdir");
	char program[4096];

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    snprintf(program, sizeof(program), "%s/tests/idp/mock.mjs", top && *top ? top : ".") <
		    0)
		_exit(127);
	execlp("node", "node", program, "--state", mock->dir, "--stdin", (char *)NULL);
	_exit(127);
}

/* "ready PORT" */
static int mock_read_port(struct mock *mock, int fd)
{
	FILE *out = fdopen(fd, "re");
	char line[64];
	int r = -EPROTO;

	if (!out) {
		close(fd);
		return -errno;
	}
	if (fgets(line, sizeof(line), out) && sscanf(line, "ready %u", &mock->port) == 1)
		r = 0;
	IGNORE(fclose(out));
	return r;
}

static int mock_spawn(struct mock *mock)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	mock->pid = fork();
	if (mock->pid < 0)
		return -errno;
	if (mock->pid == 0)
		mock_child(mock, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	mock->in = in[1];
	return mock_read_port(mock, out[0]);
}

int mock_start(struct mock *mock)
{
	int r;

	*mock = (struct mock){ .pid = -1, .in = -1 };
	if (system("node --version >/dev/null 2>&1") != 0)
		return -ENOENT;
	strcpy(mock->dir, "/tmp/idp-mock-XXXXXX");
	if (!mkdtemp(mock->dir))
		return -errno;
	if (snprintf(mock->ca, sizeof(mock->ca), "%s/ca.pem", mock->dir) < 0)
		return -EINVAL;
	r = mock_spawn(mock);
	if (r < 0)
		mock_stop(mock);
	return r;
}

void mock_stop(struct mock *mock)
{
	char command[128];

	if (mock->in >= 0)
		close(mock->in);
	if (mock->pid > 0)
		IGNORE(waitpid(mock->pid, NULL, 0) < 0);
	mock->in = -1;
	mock->pid = -1;
	if (mock->dir[0] && snprintf(command, sizeof(command), "rm -rf '%s'", mock->dir) > 0)
		IGNORE(system(command));
	mock->dir[0] = '\0';
}

unsigned mock_port(const struct mock *mock, const char *name)
{
	char path[128];
	char found[64];
	unsigned port = 0;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/ports", mock->dir) < 0)
		return 0;
	f = fopen(path, "re");
	while (f && fscanf(f, "%63s %u", found, &port) == 2) {
		if (strcmp(found, name) == 0)
			break;
		port = 0;
	}
	if (f)
		IGNORE(fclose(f));
	return port;
}
