/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/fake-agent.h"

/*
 * Parent: start, stop, kill. Child: one connection after another, each through the script.
 * Complaints go to standard error, where the TAP driver leaves them alone.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/macro.h"
#include "common/sock.h"

#define PATIENCE (20 * USEC_PER_SEC)

static void complain(const char *what, const char *detail) __attribute__((__noreturn__));

static void complain(const char *what, const char *detail)
{
	(void)fprintf(stderr, "fake agent: %s: %s\n", what, detail);
	_exit(1);
}

static void serve(int listener, fake_script script, unsigned n_connections)
{
	static struct fake_peer peer;

	for (unsigned i = 0; i < n_connections; i++) {
		struct pollfd ready = { .fd = listener, .events = POLLIN };

		if (poll(&ready, 1, (int)(PATIENCE / USEC_PER_MSEC)) != 1)
			complain("nobody connected", "timeout");
		peer.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (peer.fd < 0)
			complain("accept", strerror(errno));
		buf_init(&peer.out, WIRE_MESSAGE_MAX);
		script(&peer);
		buf_done(&peer.out);
		(void)close(peer.fd);
	}
}

void fake_agent_start(struct fake_agent *agent, fake_script script, unsigned n_connections)
{
	int listener = -1;

	(void)snprintf(agent->dir, sizeof(agent->dir), "/tmp/idp-fake-XXXXXX");
	if (!mkdtemp(agent->dir))
		abort();
	(void)snprintf(agent->path, sizeof(agent->path), "%s/agent.sock", agent->dir);
	if (sock_listen(agent->path, 0666, &listener) < 0)
		abort();
	(void)fflush(NULL);
	agent->pid = fork();
	if (agent->pid < 0)
		abort();
	if (agent->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, script, n_connections);
		_exit(0);
	}
	(void)close(listener);
}

static void agent_remove(struct fake_agent *agent)
{
	(void)unlink(agent->path);
	(void)rmdir(agent->dir);
	agent->pid = -1;
}

bool fake_agent_stop(struct fake_agent *agent)
{
	int status = -1;

	for (unsigned i = 0; i < 2000; i++) {
		if (waitpid(agent->pid, &status, WNOHANG) == agent->pid) {
			agent_remove(agent);
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
		(void)usleep(10000);
	}
	(void)fprintf(stderr, "fake agent: the script did not end\n");
	fake_agent_kill(agent);
	return false;
}

void fake_agent_kill(struct fake_agent *agent)
{
	(void)kill(agent->pid, SIGKILL);
	(void)waitpid(agent->pid, NULL, 0);
	agent_remove(agent);
}

void fake_expect(struct fake_peer *peer, enum wire_type type)
{
	char line[512];
	size_t len = 0;
	int r;

	r = sock_receive(peer->fd, peer->memory, sizeof(peer->memory),
			 clock_add(clock_now(), PATIENCE), &len);
	if (r < 0)
		complain(wire_name((uint16_t)type), strerror(-r));
	if (wire_open(&peer->in, peer->memory, len) < 0)
		complain("does not parse", wire_name((uint16_t)type));
	peer->serial = peer->in.serial;
	if (peer->in.type == type)
		return;
	wire_print(peer->memory, len, line, sizeof(line));
	complain(wire_name((uint16_t)type), line);
}

void fake_expect_str(struct fake_peer *peer, const char *text)
{
	const char *got = wire_get_str(&peer->in, WIRE_STRING_MAX);

	if (strcmp(got, text) == 0)
		return;
	(void)fprintf(stderr, "fake agent: expected \"%s\"\n", text);
	complain("got another string", got);
}

void fake_expect_u32(struct fake_peer *peer, uint32_t value)
{
	char got[16];

	(void)snprintf(got, sizeof(got), "%u", wire_get_u32(&peer->in));
	if (strtoul(got, NULL, 10) != value)
		complain("got another number", got);
}

void fake_expect_hangup(struct fake_peer *peer)
{
	for (;;) {
		size_t len = 0;
		int r = sock_receive(peer->fd, peer->memory, sizeof(peer->memory),
				     clock_add(clock_now(), PATIENCE), &len);

		if (r == -ECONNRESET)
			return;
		if (r < 0)
			complain("no hang-up", strerror(-r));
		if (wire_open(&peer->in, peer->memory, len) < 0 || peer->in.type != MSG_CANCEL)
			complain("no hang-up", "a message instead");
	}
}

/* A client that is gone is what some scripts are about: only an unbuildable message is a bug. */
static void fake_send(struct fake_peer *peer)
{
	if (wire_end(&peer->out) < 0)
		complain("cannot build", "a message");
	IGNORE(sock_send(peer->fd, peer->out.data, peer->out.len,
			 clock_add(clock_now(), PATIENCE)));
}

void fake_say(struct fake_peer *peer, enum wire_say kind, const char *text)
{
	wire_begin(&peer->out, MSG_SAY, peer->serial);
	wire_put_u32(&peer->out, kind);
	wire_put_str(&peer->out, text);
	fake_send(peer);
}

void fake_ask(struct fake_peer *peer, enum wire_ask kind, const char *text)
{
	wire_begin(&peer->out, MSG_ASK, peer->serial);
	wire_put_u32(&peer->out, kind);
	wire_put_str(&peer->out, text);
	fake_send(peer);
}

void fake_done(struct fake_peer *peer, uint32_t result, const char *reason, const char *text,
	       size_t n_env, const char *const *env)
{
	wire_begin(&peer->out, MSG_DONE, peer->serial);
	wire_put_u32(&peer->out, result);
	wire_put_str(&peer->out, reason);
	wire_put_str(&peer->out, text);
	wire_put_count(&peer->out, n_env);
	for (size_t i = 0; i < n_env; i++)
		wire_put_str(&peer->out, env[i]);
	fake_send(peer);
}

void fake_here(struct fake_peer *peer, uint32_t port, const char *path)
{
	wire_begin(&peer->out, MSG_LOGIN_HERE, peer->serial);
	wire_put_u32(&peer->out, port);
	wire_put_str(&peer->out, path);
	fake_send(peer);
}

void fake_browse(struct fake_peer *peer, const char *url, uint32_t seconds)
{
	wire_begin(&peer->out, MSG_BROWSE, peer->serial);
	wire_put_str(&peer->out, url);
	wire_put_u32(&peer->out, seconds);
	fake_send(peer);
}

void fake_row(struct fake_peer *peer, const char *kind, const struct wire_field *fields,
	      size_t n_fields)
{
	wire_begin(&peer->out, MSG_ROW, peer->serial);
	wire_put_str(&peer->out, kind);
	wire_put_count(&peer->out, n_fields);
	for (size_t i = 0; i < n_fields; i++)
		wire_put_field(&peer->out, fields[i].type, fields[i].key, fields[i].value);
	fake_send(peer);
}

void fake_progress(struct fake_peer *peer, uint32_t done, uint32_t total, const char *what)
{
	wire_begin(&peer->out, MSG_PROGRESS, peer->serial);
	wire_put_u32(&peer->out, done);
	wire_put_u32(&peer->out, total);
	wire_put_str(&peer->out, what);
	fake_send(peer);
}

void fake_end(struct fake_peer *peer, uint32_t status, const char *reason, const char *text)
{
	wire_begin(&peer->out, MSG_END, peer->serial);
	wire_put_u32(&peer->out, status);
	wire_put_str(&peer->out, reason);
	wire_put_str(&peer->out, text);
	fake_send(peer);
}

void fake_raw(struct fake_peer *peer, const void *bytes, size_t len)
{
	IGNORE(sock_send(peer->fd, bytes, len, clock_add(clock_now(), PATIENCE)));
}

void fake_silence(void)
{
	for (;;)
		(void)pause();
}

void fake_die(void)
{
	(void)raise(SIGKILL);
	_exit(2);
}
