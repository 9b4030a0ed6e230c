/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing here waits without a deadline; nothing is left behind in agentd_done(). */
#include "tests/lib/agentd.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sock.h"

#define TALK_WAIT (30 * USEC_PER_SEC) /* only a test that fails waits so long */

const char *agentd_path(const struct agentd *agentd, const char *name, char path[static 108])
{
	(void)snprintf(path, 108, "%.63s/%.40s", agentd->folder, name);
	return path;
}

int agentd_put(const struct agentd *agentd, const char *name, const char *config)
{
	char path[108];
	FILE *file = fopen(agentd_path(agentd, name, path), "we");

	if (!file)
		return -errno;
	for (const char *p = config; *p; p++) /* '@' stands for the folder */
		(void)(*p == '@' ? fputs(agentd->folder, file) : fputc(*p, file));
	(void)fclose(file);
	return chmod(path, 0600) < 0 ? -errno : 0;
}

int agentd_prepare(struct agentd *agentd, const char *config)
{
	char path[108];
	int r;

	*agentd = (struct agentd){ .folder = "/tmp/idp-test-XXXXXX" };
	if (!mkdtemp(agentd->folder))
		return -errno;
	if (mkdir(agentd_path(agentd, "state", path), 0700) < 0 ||
	    mkdir(agentd_path(agentd, "db", path), 0755) < 0 || chmod(agentd->folder, 0755) < 0)
		return -errno;
	r = agentd_put(agentd, "token", AGENTD_TOKEN);
	if (r >= 0)
		r = agentd_put(agentd, "idp.conf", config);
	return r < 0 ? r : fake_netd_listen(&agentd->netd, agentd_path(agentd, "net", path));
}

static void agentd_exec(const struct agentd *agentd)
{
	char program[4096], config[108], state[108], snapshot[108], net[108], key[108], agent[108],
		control[108];
	const char *top = getenv("top_builddir");
	int log = open(agentd_path(agentd, "log", config), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (log >= 0) {
		(void)dup2(log, STDOUT_FILENO);
		(void)dup2(log, STDERR_FILENO);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing running */
	(void)snprintf(program, sizeof(program), "%s/idp-agentd/core/idp-agentd", top ? top : ".");
	(void)execl(program, program, "--config", agentd_path(agentd, "idp.conf", config),
		    "--state", agentd_path(agentd, "state", state), "--snapshot",
		    agentd_path(agentd, "db/identity.snap", snapshot), "--net",
		    agentd_path(agentd, "net", net), "--key", agentd_path(agentd, "key", key),
		    "--agent", agentd_path(agentd, "agent", agent), "--control",
		    agentd_path(agentd, "control", control), (char *)NULL);
	_exit(127);
}

static int agentd_wait(struct agentd *agentd)
{
	usec_t deadline = clock_now() + TALK_WAIT;
	char path[108];
	int fd, r;

	do {
		if (waitpid(agentd->pid, NULL, WNOHANG) != 0)
			return -ESRCH; /* it refused to start: see the log */
		r = sock_connect(agentd_path(agentd, "control", path), clock_now(), &fd);
		if (r >= 0)
			return close(fd);
		(void)poll(NULL, 0, 5);
	} while (clock_now() < deadline);
	return r;
}

int agentd_start(struct agentd *agentd)
{
	agentd->pid = fork();
	if (agentd->pid < 0)
		return -errno;
	if (agentd->pid == 0)
		agentd_exec(agentd);
	return agentd_wait(agentd);
}

int agentd_fail(struct agentd *agentd)
{
	int status;

	agentd->pid = fork();
	if (agentd->pid < 0)
		return -errno;
	if (agentd->pid == 0)
		agentd_exec(agentd);
	status = agentd_stop(agentd, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

int agentd_stop(struct agentd *agentd, int signal)
{
	usec_t deadline = clock_now() + TALK_WAIT;
	int status = -1;

	if (agentd->pid <= 0)
		return -ESRCH;
	if (signal)
		(void)kill(agentd->pid, signal);
	while (waitpid(agentd->pid, &status, WNOHANG) == 0) {
		if (clock_now() > deadline) {
			(void)kill(agentd->pid, SIGKILL);
			(void)waitpid(agentd->pid, &status, 0);
			break;
		}
		(void)poll(NULL, 0, 5);
	}
	agentd->pid = 0;
	return status;
}

static int agentd_remove(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

void agentd_done(struct agentd *agentd)
{
	(void)agentd_stop(agentd, SIGTERM);
	fake_netd_close(&agentd->netd);
	(void)nftw(agentd->folder, agentd_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- clients ---- */

int talk_open(struct talk *talk, const struct agentd *agentd, const char *socket)
{
	char path[108];

	buf_init(&talk->out, WIRE_MESSAGE_MAX);
	return client_open(&talk->client, agentd_path(agentd, socket, path),
			   clock_now() + TALK_WAIT);
}

void talk_close(struct talk *talk)
{
	client_close(&talk->client);
	buf_done(&talk->out);
}

int talk_ask(struct talk *talk, enum wire_type type, const char *const *texts)
{
	client_begin(&talk->client, &talk->out, type);
	for (size_t i = 0; texts[i]; i++)
		wire_put_str(&talk->out, texts[i]);
	if (type >= MSG_AUTH && type <= MSG_CHAUTHTOK)
		wire_put_u32(&talk->out, 0);
	return client_send(&talk->client, &talk->out, clock_now() + TALK_WAIT);
}

int talk_answer(struct talk *talk, const char *text)
{
	wire_begin(&talk->out, MSG_ANSWER, talk->client.serial);
	wire_put_str(&talk->out, text);
	return client_send(&talk->client, &talk->out, clock_now() + TALK_WAIT);
}

int talk_reply(struct talk *talk, enum wire_type type)
{
	if (type == MSG_ANSWER)
		return talk_answer(talk, "");
	wire_begin(&talk->out, type, talk->client.serial);
	return client_send(&talk->client, &talk->out, clock_now() + TALK_WAIT);
}

int talk_next(struct talk *talk, struct wire_in *ret_in)
{
	return client_receive(&talk->client, talk->in, sizeof(talk->in), clock_now() + TALK_WAIT,
			      ret_in);
}

int talk_next_type(struct talk *talk)
{
	struct wire_in in;
	int r = talk_next(talk, &in);

	return r < 0 ? r : (int)in.type;
}

int talk_done(struct talk *talk, char *reason, char *text)
{
	struct wire_in in;
	uint32_t result;
	int r = talk_next(talk, &in);

	if (r < 0)
		return r;
	if (in.type != MSG_DONE)
		return -EPROTO;
	result = wire_get_u32(&in);
	(void)snprintf(reason, REASON_MAX, "%s", wire_get_str(&in, REASON_MAX - 1));
	(void)snprintf(text, REASON_MAX, "%s", wire_get_str(&in, REASON_MAX - 1));
	return (int)result;
}

int talk_pam(struct talk *talk, enum wire_type type, const char *user)
{
	const char *const texts[] = { "sshd", user, "192.0.2.7", "ssh", "", NULL };

	return talk_ask(talk, type, texts);
}
