/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One local client. MUST:
 *  1. every message passes wire_open() and permit_client() before anybody looks at it;
 *  2. the memory a message came in is erased when there was a secret in it;
 *  3. unsent answers never pass the limit: a client that does not read is dropped;
 *  4. one message a wake-up, so that no client starves the others;
 *  5. whatever strangers have asked, root is served first: a login waits for one of their questions
 *     at most, not for all of them.
 */
#include "idp-agentd/core/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/log.h"
#include "common/outbox.h"
#include "common/secret.h"
#include "idp-agentd/core/quota.h"

#define CONN_COMPLAINTS       16u
#define CONN_COMPLAINT_REFILL (10 * USEC_PER_SEC)
#define CONN_STRANGER         (SD_EVENT_PRIORITY_NORMAL + 10) /* after root, the link and the clocks */

struct conn {
	struct conn *next, *previous;
	int fd;
	enum permit_socket socket;
	enum permit_state state;
	struct sock_peer peer;
	struct conn_owner owner;
	const struct conn_job *ops;
	void *job;
	uint32_t serial; /* of the client's last message */
	usec_t last;
	bool dead, wants_room;
	uint8_t *memory;
	struct outbox outbox;
	sd_event_source *io, *burial;
};

/* ---- end of life ---- */

void conn_abandon(struct conn *conn)
{
	const struct conn_job *ops = conn->ops;

	conn->ops = NULL;
	if (ops)
		ops->gone(conn->job);
}

static int conn_bury(sd_event_source *source, void *userdata)
{
	struct conn *conn = userdata;

	(void)source;
	conn_abandon(conn);
	conn->owner.closed(conn->owner.userdata, conn);
	return 0;
}

void conn_close(struct conn *conn)
{
	if (conn->dead)
		return;
	conn->dead = true;
	IGNORE(sd_event_source_set_enabled(conn->io, SD_EVENT_OFF));         /* cannot fail */
	IGNORE(sd_event_source_set_enabled(conn->burial, SD_EVENT_ONESHOT)); /* cannot fail */
}

/* Whatever a client does wrong, the journal keeps room for what others do. */
static void conn_complain(const struct conn *conn, const char *what, int error)
{
	static struct quota_bucket complaints; /* of all together */

	if (quota_bucket_take(&complaints, CONN_COMPLAINTS, CONN_COMPLAINT_REFILL, clock_now()))
		log_info("client uid %u pid %i %s (%s): closed", conn->peer.uid,
			 (int)conn->peer.pid, what, strerrordesc_np(-error));
}

/* ---- sending ---- */

static void conn_listen_for_room(struct conn *conn, bool room)
{
	uint32_t events = room ? EPOLLIN | EPOLLOUT : EPOLLIN;

	if (room == conn->wants_room)
		return;
	conn->wants_room = room;
	if (sd_event_source_set_io_events(conn->io, events) < 0)
		conn_close(conn);
}

static void conn_after_sending(struct conn *conn, int r)
{
	if (r == -ENOBUFS)
		conn_complain(conn, "does not read its answers", r);
	if (r < 0)
		conn_close(conn);
	else
		conn_listen_for_room(conn, r == OUTBOX_E_WAITS);
}

static bool conn_is_secret(enum wire_type type)
{
	const char *signature = wire_signature((uint16_t)type);

	return signature && strchr(signature, 'S');
}

void conn_begin(struct conn *conn, struct buf *out, enum wire_type type)
{
	if (conn_is_secret(type))
		buf_init_secret(out, WIRE_MESSAGE_MAX);
	else
		buf_init(out, WIRE_MESSAGE_MAX);
	wire_begin(out, type, conn->serial);
}

void conn_send(struct conn *conn, struct buf *out)
{
	int r = wire_end(out);

	if (r < 0) {
		log_error("cannot build an answer: %s", strerrordesc_np(-r));
		conn_close(conn);
	} else if (!conn->dead) {
		conn_after_sending(conn, outbox_send(&conn->outbox, conn->fd, out));
	}
	conn->last = clock_now();
	buf_done(out);
}

/* ---- receiving ---- */

static int conn_dispatch(struct conn *conn, struct wire_in *in)
{
	enum permit_verdict verdict = permit_client(conn->socket, conn->state, in->type);

	conn->serial = in->serial;
	conn->last = clock_now();
	switch (verdict) {
	case PERMIT_NO:
		return -EPROTO;
	case PERMIT_IGNORE:
		conn->state = PERMIT_IDLE;
		return 0;
	case PERMIT_REPLY:
		return conn->ops->message ? conn->ops->message(conn->job, in) : -EPROTO;
	case PERMIT_REQUEST:
		conn->state = PERMIT_IDLE;
		return conn->owner.request(conn->owner.userdata, conn, in);
	}
	return -EPROTO;
}

static void conn_receive(struct conn *conn)
{
	ssize_t n = recv(conn->fd, conn->memory, WIRE_MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC);
	struct wire_in in = { 0 };
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(conn);
		return;
	}
	r = (size_t)n > WIRE_MESSAGE_MAX ? -EMSGSIZE : wire_open(&in, conn->memory, (size_t)n);
	if (!r)
		r = conn_dispatch(conn, &in);
	if (conn_is_secret(in.type))
		secret_erase(conn->memory, (size_t)n);
	if (r < 0) {
		conn_complain(conn, "broke the rules", r);
		conn_close(conn);
	}
}

static int conn_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct conn *conn = userdata;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		conn_after_sending(conn, outbox_flush(&conn->outbox, conn->fd));
	if (!conn->dead && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		conn_receive(conn);
	return 0;
}

/* ---- jobs ---- */

void conn_begin_job(struct conn *conn, const struct conn_job *ops, void *job,
		    enum permit_state state)
{
	assert(!conn->ops);
	conn->ops = ops;
	conn->job = job;
	conn->state = state;
}

void conn_set_state(struct conn *conn, enum permit_state state)
{
	assert(conn->ops);
	conn->state = state;
}

void conn_end_job(struct conn *conn)
{
	conn->ops = NULL;
	conn->job = NULL;
	conn->state = conn->state == PERMIT_BUSY ? PERMIT_IDLE : PERMIT_CROSSED;
	conn->last = clock_now();
}

/* ---- life ---- */

int conn_new(struct sd_event *event, int fd, enum permit_socket socket,
	     const struct sock_peer *peer, const struct conn_owner *owner, uint8_t *memory,
	     struct conn **ret_conn)
{
	_cleanup_(conn_freep) struct conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (!conn) {
		(void)close(fd);
		return -ENOMEM;
	}
	conn->fd = fd;
	conn->socket = socket;
	conn->peer = *peer;
	conn->owner = *owner;
	conn->memory = memory;
	outbox_init(&conn->outbox, socket == PERMIT_CONTROL ? CONTROL_OUT_MAX : CLIENT_OUT_MAX);
	conn->last = clock_now();
	r = sd_event_add_io(event, &conn->io, fd, EPOLLIN, conn_on_io, conn);
	if (r < 0)
		return r;
	if (peer->uid != 0) /* MUST 5 */
		r = sd_event_source_set_priority(conn->io, CONN_STRANGER);
	if (r < 0)
		return r;
	r = sd_event_add_defer(event, &conn->burial, conn_bury, conn);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(conn->burial, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret_conn = TAKE_PTR(conn);
	return 0;
}

struct conn *conn_free(struct conn *conn)
{
	if (!conn)
		return NULL;
	sd_event_source_disable_unref(conn->io);
	sd_event_source_disable_unref(conn->burial);
	outbox_done(&conn->outbox);
	(void)close(conn->fd);
	free(conn);
	return NULL;
}

const struct sock_peer *conn_peer(const struct conn *conn)
{
	return &conn->peer;
}

int conn_peer_groups(const struct conn *conn, size_t *ret_n, gid_t **ret_gids)
{
	return sock_peer_groups(conn->fd, ret_n, ret_gids);
}

usec_t conn_idle_since(const struct conn *conn)
{
	return conn->ops ? USEC_INFINITY : conn->last;
}

struct conn *conn_next(const struct conn *conn)
{
	return conn->next;
}

void conn_link(struct conn **list, struct conn *conn)
{
	conn->previous = NULL;
	conn->next = *list;
	if (*list)
		(*list)->previous = conn;
	*list = conn;
}

void conn_unlink(struct conn **list, struct conn *conn)
{
	if (conn->previous)
		conn->previous->next = conn->next;
	else
		*list = conn->next;
	if (conn->next)
		conn->next->previous = conn->previous;
}
