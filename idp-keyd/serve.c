/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A peer is heard only after the kernel has said that it is the owner of the socket (the unit
 *    gives it to idp-agentd) or root.
 * 2. What is not a question of the class KEY ends the connection; so does a peer that does not
 *    take its answer.
 * 3. What arrives may be worth something signed: the buffer is erased after every message.
 */
#include "idp-keyd/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/secret.h"
#include "common/sock.h"
#include "common/wire.h"
#include "idp-keyd/keyd.h"

struct serve {
	struct keyd *keyd;
	sd_event_source *accept;
	sd_event_source *clients[KEYD_CLIENTS_MAX]; /* each owns its descriptor */
	uid_t owner;
	uint8_t in[WIRE_MESSAGE_MAX];
};

static void serve_drop(struct serve *serve, const sd_event_source *source)
{
	for (size_t i = 0; i < KEYD_CLIENTS_MAX; i++)
		if (serve->clients[i] == source)
			serve->clients[i] = sd_event_source_disable_unref(serve->clients[i]);
	IGNORE(sd_event_source_set_enabled(serve->accept, SD_EVENT_ON)); /* there is room */
}

/* Negative: the end of the connection. */
static int serve_message(struct serve *serve, int fd)
{
	ssize_t n = recv(fd, serve->in, sizeof(serve->in), MSG_DONTWAIT | MSG_TRUNC);
	_cleanup_(buf_done) struct buf out;
	int r;

	buf_init(&out, WIRE_MESSAGE_MAX);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0 || (size_t)n > sizeof(serve->in))
		return n == 0 ? -ECONNRESET : -EMSGSIZE;
	r = keyd_answer(serve->keyd, serve->in, (size_t)n, &out);
	secret_erase(serve->in, (size_t)n); /* MUST 3 */
	if (r == 0 && send(fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		r = -errno;
	return r;
}

static int serve_on_client(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct serve *serve = userdata;
	int r = serve_message(serve, fd);

	(void)events;
	if (r < 0 && r != -ECONNRESET)
		log_warning("a connection is ended: %s", strerrordesc_np(-r));
	if (r < 0)
		serve_drop(serve, source);
	return 0;
}

/* MUST 1. */
static bool serve_may_ask(const struct serve *serve, int fd)
{
	struct sock_peer peer;

	if (sock_peer(fd, &peer) < 0)
		return false;
	if (peer.uid == serve->owner || peer.uid == 0)
		return true;
	log_warning("uid %u (pid %i) wants signatures and gets none", peer.uid, (int)peer.pid);
	return false;
}

/* NULL: there is no room. */
static sd_event_source **serve_find_place(struct serve *serve)
{
	for (size_t i = 0; i < KEYD_CLIENTS_MAX; i++)
		if (!serve->clients[i])
			return &serve->clients[i];
	return NULL;
}

/* Takes fd over. */
static int serve_admit(struct serve *serve, sd_event *event, sd_event_source **place, int fd)
{
	int r;

	if (!serve_may_ask(serve, fd)) {
		(void)close(fd);
		return 0;
	}
	r = sd_event_add_io(event, place, fd, EPOLLIN, serve_on_client, serve);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = sd_event_source_set_io_fd_own(*place, 1);
	return r < 0 ? r : 0;
}

static int serve_on_accept(sd_event_source *source, int listener, uint32_t events, void *userdata)
{
	struct serve *serve = userdata;
	sd_event_source **place = serve_find_place(serve);
	int fd, r;

	(void)events;
	if (!place) /* the next waits in the backlog */
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
		return 0;
	r = fd < 0 ? -errno : serve_admit(serve, sd_event_source_get_event(source), place, fd);
	if (r < 0) {
		/* A handler that fails is switched off for good: better to end and start anew. */
		log_error("no connection can be taken: %s", strerrordesc_np(-r));
		return sd_event_exit(sd_event_source_get_event(source), EXIT_FAILURE);
	}
	return 0;
}

static int serve_find_owner(int listener, uid_t *ret_owner)
{
	struct sockaddr_un address = { .sun_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	struct stat st;

	if (getsockname(listener, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	if (address.sun_family != AF_UNIX || address.sun_path[0] != '/')
		return -EBADF;
	if (stat(address.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -EBADF;
	*ret_owner = st.st_uid;
	return 0;
}

int serve_new(sd_event *event, int listener, struct keyd *keyd, struct serve **ret_serve)
{
	_cleanup_(serve_freep) struct serve *serve = calloc(1, sizeof(*serve));
	int r;

	if (!serve)
		return -ENOMEM;
	serve->keyd = keyd;
	r = serve_find_owner(listener, &serve->owner);
	if (r == 0)
		r = sd_event_add_io(event, &serve->accept, listener, EPOLLIN, serve_on_accept,
				    serve);
	if (r < 0)
		return r;
	*ret_serve = TAKE_PTR(serve);
	return 0;
}

struct serve *serve_free(struct serve *serve)
{
	if (!serve)
		return NULL;
	for (size_t i = 0; i < KEYD_CLIENTS_MAX; i++)
		sd_event_source_disable_unref(serve->clients[i]);
	sd_event_source_disable_unref(serve->accept);
	free(serve);
	return NULL;
}
