/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Accepts. MUST:
 *  1. root is not counted and has descriptors kept for it: a flood by others never keeps root out;
 *  2. the backlog is emptied in gulps, so that strangers beyond their quota cost one accept() and
 *     one close() each;
 *  3. who you are comes from SO_PEERCRED and from nothing else.
 */
#include "idp-agentd/core/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/quota.h"
#include "idp-agentd/core/timer.h"

#define SERVER_GULP      64u                   /* accepted in one wake-up */
#define SERVER_SWEEP     (5 * USEC_PER_SEC)    /* idle clients are looked for so often */
#define SERVER_PAUSE     (100 * USEC_PER_MSEC) /* without descriptors, even for root */
#define SERVER_COMPLAINT (10 * USEC_PER_SEC)   /* one line of log about a flood so often */

struct listener {
	struct server *server;
	enum permit_socket socket;
	int fd;
	sd_event_source *io;
};

struct server {
	sd_event *event;
	struct server_handlers handlers;
	struct listener listeners[4];
	size_t n_listeners;
	struct conn *conns;
	size_t n_conns;
	struct quota *quota;
	sd_event_source *sweep, *pause;
	uint64_t refused;
	usec_t complained;
	uint8_t memory[WIRE_MESSAGE_MAX];
};

/* ---- clients ---- */

/* Gives back what server_admit() took. */
static void server_dismiss(struct server *server, const struct sock_peer *peer)
{
	char key[QUOTA_UID_LEN];

	if (peer->uid == 0)
		return;
	quota_uid(peer->uid, key);
	quota_give(server->quota, key);
}

static void server_on_closed(void *userdata, struct conn *conn)
{
	struct server *server = userdata;

	server_dismiss(server, conn_peer(conn));
	conn_unlink(&server->conns, conn);
	server->n_conns--;
	conn_free(conn);
}

static int server_on_request(void *userdata, struct conn *conn, struct wire_in *in)
{
	const struct server_handlers *handlers = &((struct server *)userdata)->handlers;

	switch (in->class) {
	case WIRE_NSS:
		return handlers->nss(handlers->userdata, conn, in);
	case WIRE_PAM:
		return handlers->pam(handlers->userdata, conn, in);
	case WIRE_CTL:
		return handlers->control(handlers->userdata, conn, in);
	case WIRE_SELF:
		return handlers->self(handlers->userdata, conn, in);
	case WIRE_DESK:
		return handlers->desk(handlers->userdata, conn, in);
	case WIRE_NET:
	case WIRE_KEY:
		break;
	}
	return -EPROTO;
}

static void server_refuse(struct server *server, const struct sock_peer *peer, const char *why)
{
	usec_t now = clock_now();

	server->refused++;
	if (server->complained && now < clock_add(server->complained, SERVER_COMPLAINT))
		return;
	server->complained = now;
	log_warning("client uid %u pid %i refused: %s", peer->uid, (int)peer->pid, why);
}

/* 0: let in. MUST 1. */
static int server_admit(struct server *server, const struct sock_peer *peer)
{
	char key[QUOTA_UID_LEN];
	int r;

	if (peer->uid == 0)
		return 0;
	quota_uid(peer->uid, key);
	r = quota_take(server->quota, key);
	if (r == QUOTA_E_KEY)
		server_refuse(server, peer, "this user has too many connections");
	else if (r)
		server_refuse(server, peer, "too many connections");
	return r;
}

static void server_welcome(struct server *server, int fd, enum permit_socket socket)
{
	const struct conn_owner owner = {
		.userdata = server,
		.request = server_on_request,
		.closed = server_on_closed,
	};
	struct sock_peer peer;
	struct conn *conn;

	if (sock_peer(fd, &peer) < 0 || server_admit(server, &peer)) {
		(void)close(fd);
		return;
	}
	if (conn_new(server->event, fd, socket, &peer, &owner, server->memory, &conn) < 0) {
		server_dismiss(server, &peer);
		return;
	}
	conn_link(&server->conns, conn);
	server->n_conns++;
}

/* ---- listening ---- */

static void server_set_listening(struct server *server, bool listening)
{
	for (size_t i = 0; i < server->n_listeners; i++)
		IGNORE(sd_event_source_set_enabled(server->listeners[i].io,
						   listening ? SD_EVENT_ON : SD_EVENT_OFF));
}

static int server_on_pause_over(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	server_set_listening(userdata, true);
	return 0;
}

/* No descriptor is left: a loop that spins on the backlog would help nobody. */
static void server_pause(struct server *server)
{
	if (timer_set(server->pause, clock_now() + SERVER_PAUSE) < 0)
		return;
	server_set_listening(server, false);
	log_error("no more descriptors: clients wait");
}

static int server_on_listener(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct listener *listener = userdata;

	(void)source;
	(void)events;
	for (unsigned i = 0; i < SERVER_GULP; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (client >= 0) {
			server_welcome(listener->server, client, listener->socket);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			server_pause(listener->server);
		break;
	}
	return 0;
}

/* A listening SEQPACKET socket, made non-blocking: systemd hands over blocking ones, and taking
 * one connection too many would stop everything. */
static int server_prepare_socket(int fd)
{
	int type = 0, listening = 0, flags;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return -errno;
	len = sizeof(listening);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		return -errno;
	if (type != SOCK_SEQPACKET || !listening)
		return -EPROTOTYPE;
	flags = fcntl(fd, F_GETFL);
	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int server_listen(struct server *server, int fd, enum permit_socket socket)
{
	struct listener *listener;
	int r = server_prepare_socket(fd);

	if (!r && server->n_listeners == ELEMENTSOF(server->listeners))
		r = -ENOSPC;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	listener = &server->listeners[server->n_listeners++];
	*listener = (struct listener){ .server = server, .socket = socket, .fd = fd };
	return sd_event_add_io(server->event, &listener->io, fd, EPOLLIN, server_on_listener,
			       listener);
}

/* ---- idling ---- */

static int server_on_sweep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct server *server = userdata;
	usec_t now = clock_now();

	(void)usec;
	for (struct conn *conn = server->conns; conn; conn = conn_next(conn)) {
		usec_t since = conn_idle_since(conn);

		if (since != USEC_INFINITY && now > clock_add(since, CLIENT_IDLE_MAX))
			conn_close(conn);
	}
	return timer_set(source, now + SERVER_SWEEP);
}

/* ---- life ---- */

/* How many strangers fit beside root's reserve and our own files. */
static size_t server_room(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 64;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
			return 64;
	}
	if (limit.rlim_cur < (rlim_t)CLIENTS_RESERVE + 128)
		return 64;
	if (limit.rlim_cur > (rlim_t)CLIENTS_MAX + CLIENTS_RESERVE)
		return CLIENTS_MAX;
	return (size_t)(limit.rlim_cur - CLIENTS_RESERVE);
}

int server_new(struct sd_event *event, const struct server_handlers *handlers,
	       struct server **ret_server)
{
	_cleanup_(server_freep) struct server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->event = sd_event_ref(event);
	server->handlers = *handlers;
	r = quota_new(CLIENTS_PER_UID_MAX, server_room(), &server->quota);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &server->sweep, CLOCK_BOOTTIME, clock_now() + SERVER_SWEEP,
			      USEC_PER_SEC, server_on_sweep, server);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &server->pause, CLOCK_BOOTTIME, USEC_INFINITY, 0,
			      server_on_pause_over, server);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(server->pause, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret_server = TAKE_PTR(server);
	return 0;
}

struct server *server_free(struct server *server)
{
	if (!server)
		return NULL;
	while (server->conns) {
		struct conn *conn = server->conns;

		conn_abandon(conn);
		server_on_closed(server, conn);
	}
	for (size_t i = 0; i < server->n_listeners; i++) {
		sd_event_source_disable_unref(server->listeners[i].io);
		(void)close(server->listeners[i].fd);
	}
	sd_event_source_disable_unref(server->sweep);
	sd_event_source_disable_unref(server->pause);
	quota_free(server->quota);
	sd_event_unref(server->event);
	free(server);
	return NULL;
}

size_t server_clients(const struct server *server)
{
	return server->n_conns;
}

uint64_t server_refused(const struct server *server)
{
	return server->refused;
}
