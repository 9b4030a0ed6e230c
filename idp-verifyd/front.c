/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. nobody holds a connection without asking for longer than the limits say: a head is whole in
 *     its time however it trickles, an answer is taken in its;
 *  2. whoever can only come by TCP, which is anybody on this host, takes half of the places, and
 *     taking them does not stop the others;
 *  3. nothing is read while a request is being answered, so that one answer is ever under way;
 *  4. what was read may hold a token: it is erased when it was judged;
 *  5. a listener that was turned off is turned on again, though nobody is here who could leave.
 */
#include "idp-verifyd/front.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/secret.h"
#include "idp-verifyd/link.h"
#include "idp-verifyd/reply.h"
#include "idp-verifyd/request.h"

#define FRONT_LISTENERS 4u
#define FRONT_GULP      32u /* connections taken in one wake-up */
#define FRONT_SWEEP     USEC_PER_SEC
#define FRONT_COMPLAINT (10 * USEC_PER_SEC) /* one line of log so often */

struct listener {
	struct front *front;
	sd_event_source *io;
	bool tcp;
	bool full; /* turned off until somebody has left, or the next sweep */
};

/* A connection: what is read, then what is asked, then what is written. */
struct visit {
	struct front *front;
	struct visit *next, *previous;
	sd_event_source *io;
	int fd;
	bool tcp;
	usec_t deadline;
	struct buf in; /* of the request that is coming */
	struct request request;
	char resource[CONFIG_NAME_MAX + 1]; /* behind request, when in is gone */
	struct question *question;
	struct buf out;
	size_t written;
};

struct front {
	sd_event *event;
	struct links *links;
	struct listener listeners[FRONT_LISTENERS];
	size_t n_listeners;
	struct visit *visits;
	size_t n, n_tcp;
	sd_event_source *sweep;
	usec_t complained;
};

/* ---- connections ---- */

static int front_set_sweep(struct front *front)
{
	int r = sd_event_source_set_time(front->sweep, clock_now() + FRONT_SWEEP);

	return r < 0 ? r : sd_event_source_set_enabled(front->sweep, SD_EVENT_ONESHOT);
}

/* The sweep will come. */
static int front_need_sweep(struct front *front)
{
	return sd_event_source_get_enabled(front->sweep, NULL) == 0 ? front_set_sweep(front) : 0;
}

/* MUST 5. Without a sweep it stays on: a loop that spins is better than a deaf one. */
static void listener_stop(struct listener *listener)
{
	if (front_need_sweep(listener->front) >= 0 &&
	    sd_event_source_set_enabled(listener->io, SD_EVENT_OFF) >= 0)
		listener->full = true;
}

/* True when all are on; turning one on needs memory as well. */
static bool front_wake(struct front *front)
{
	bool all = true;

	for (size_t i = 0; i < front->n_listeners; i++) {
		struct listener *listener = &front->listeners[i];

		if (listener->full && sd_event_source_set_enabled(listener->io, SD_EVENT_ON) >= 0)
			listener->full = false;
		all = all && !listener->full;
	}
	return all;
}

static void visit_free(struct visit *visit)
{
	struct front *front = visit->front;

	if (visit->previous)
		visit->previous->next = visit->next;
	else
		front->visits = visit->next;
	if (visit->next)
		visit->next->previous = visit->previous;
	front->n--;
	front->n_tcp -= visit->tcp;
	if (visit->question)
		links_cancel(visit->question);
	buf_done(&visit->in);
	buf_done(&visit->out);
	sd_event_source_disable_unref(visit->io);
	(void)close(visit->fd);
	free(visit);
	(void)front_wake(front); /* who stays off waits for the sweep */
}

/* Idle: nothing of a request is here. */
static bool visit_is_idle(const struct visit *visit)
{
	return !visit->question && visit->in.len == 0 && visit->out.len == 0;
}

/* events of the socket; with 0 only its death is heard. Negative: the connection is of no use. */
static int visit_wait(struct visit *visit, uint32_t events, usec_t time)
{
	visit->deadline = clock_now() + time;
	return sd_event_source_set_io_events(visit->io, events);
}

static void front_complain(struct front *front, const char *what, const char *code)
{
	usec_t now = clock_now();

	if (front->complained && now < clock_add(front->complained, FRONT_COMPLAINT))
		return;
	front->complained = now;
	log_warning("%s: %s", what, code);
}

/* ---- writing ---- */

/* 1 when it is all out. */
static int visit_flush(struct visit *visit)
{
	while (visit->written < visit->out.len) {
		ssize_t n = send(visit->fd, visit->out.data + visit->written,
				 visit->out.len - visit->written, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		visit->written += (size_t)n;
	}
	return 1;
}

/* What was put into out goes to the peer; negative: the connection is over. */
static int visit_answer(struct visit *visit)
{
	int r = buf_end(&visit->out);

	if (r == 0)
		r = visit_flush(visit);
	if (r == 0)
		return visit_wait(visit, EPOLLOUT, VERIFYD_WRITE_TIME);
	if (r < 0)
		return r;
	if (!visit->request.keep)
		return -ESHUTDOWN;
	buf_done(&visit->out);
	visit->written = 0;
	return visit_wait(visit, EPOLLIN, VERIFYD_IDLE);
}

/* ---- asking ---- */

static void visit_on_answer(void *userdata, struct wire_in *in, int error)
{
	struct visit *visit = userdata;
	int r = in ? reply_put_answer(&visit->out, &visit->request, in) : error;

	visit->question = NULL;
	if (r < 0) {
		front_complain(visit->front, "idp-agentd does not answer", strerrordesc_np(-r));
		buf_reset(&visit->out);
		reply_put_unavailable(&visit->out, &visit->request, "agent",
				      "idp-agentd does not answer.");
	}
	if (visit_answer(visit) < 0)
		visit_free(visit);
}

/* What the request says of itself stays when its bytes are erased. */
static void visit_keep_resource(struct visit *visit)
{
	size_t len = visit->request.resource.len;

	if (len > CONFIG_NAME_MAX)
		len = 0;
	if (len > 0)
		memcpy(visit->resource, visit->request.resource.at, len);
	visit->request.resource = (struct span){ visit->resource, len };
}

static int visit_ask(struct visit *visit)
{
	int r = links_ask(visit->front->links, &visit->request, visit_on_answer, visit,
			  &visit->question);

	return r < 0 ? r : visit_wait(visit, 0, 2 * VERIFYD_ASK_TIME);
}

/* ---- reading ---- */

static int visit_judge(struct visit *visit)
{
	enum request_verdict verdict =
		request_read((const char *)visit->in.data, visit->in.len, &visit->request);
	int r = 0;

	if (verdict == REQUEST_MORE)
		return 0;
	visit_keep_resource(visit);
	if (verdict == REQUEST_GOOD && visit->request.shown == SHOWN_TOKEN) {
		r = visit_ask(visit);
	} else {
		reply_put_refusal(&visit->out, &visit->request, verdict);
		if (verdict != REQUEST_GOOD) /* the web server's configuration, not its clients */
			front_complain(visit->front, "a web server asks what is no question",
				       reply_refusal(verdict));
	}
	visit->request.token = visit->request.proof = (struct span){ NULL, 0 };
	visit->request.method = visit->request.address = (struct span){ NULL, 0 };
	buf_done(&visit->in); /* MUST 4 */
	return r == 0 && !visit->question ? visit_answer(visit) : r;
}

static int visit_read(struct visit *visit)
{
	char bytes[4096];
	size_t seen = visit->in.len, room = VERIFYD_HEAD_MAX - seen;
	ssize_t n =
		recv(visit->fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	if (seen == 0) /* MUST 1: from the first byte, however they trickle */
		visit->deadline = clock_now() + VERIFYD_HEAD_TIME;
	buf_put(&visit->in, bytes, (size_t)n);
	secret_erase(bytes, (size_t)n);
	if (buf_end(&visit->in) < 0)
		return visit->in.error;
	if (request_goes_on((const char *)visit->in.data, visit->in.len, seen))
		return 0;
	return visit_judge(visit);
}

static int visit_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct visit *visit = userdata;
	int r = 0;

	(void)source;
	(void)fd;
	if (visit->out.len > 0) /* MUST 3 */
		r = visit_answer(visit);
	else if (!visit->question)
		r = visit_read(visit);
	else if (events & (EPOLLHUP | EPOLLERR))
		r = -ECONNRESET;
	if (r < 0)
		visit_free(visit);
	return 0;
}

/* ---- accepting ---- */

/* MUST 2. One that waits for nothing makes room, the one that would end first. */
static bool front_make_room(struct front *front, bool tcp)
{
	struct visit *oldest = NULL;

	if (front->n < VERIFYD_CONNS_MAX && (!tcp || front->n_tcp < VERIFYD_CONNS_MAX / 2))
		return true;
	for (struct visit *visit = front->visits; visit; visit = visit->next)
		if (visit_is_idle(visit) && (!tcp || visit->tcp) &&
		    (!oldest || visit->deadline < oldest->deadline))
			oldest = visit;
	if (oldest)
		visit_free(oldest);
	return oldest;
}

static int front_welcome(struct front *front, int fd, bool tcp)
{
	struct visit *visit = calloc(1, sizeof(*visit));
	int r;

	if (!visit) {
		(void)close(fd);
		return -ENOMEM;
	}
	visit->front = front;
	visit->fd = fd;
	visit->tcp = tcp;
	visit->deadline = clock_now() + VERIFYD_IDLE;
	buf_init_secret(&visit->in, VERIFYD_HEAD_MAX);
	buf_init(&visit->out, REPLY_MAX);
	visit->next = front->visits;
	if (front->visits)
		front->visits->previous = visit;
	front->visits = visit;
	front->n++;
	front->n_tcp += tcp;
	r = sd_event_add_io(front->event, &visit->io, fd, EPOLLIN, visit_on_io, visit);
	if (r >= 0)
		r = front_need_sweep(front);
	if (r < 0)
		visit_free(visit);
	return r;
}

static int front_on_accept(sd_event_source *source, int listener, uint32_t events, void *userdata)
{
	struct listener *at = userdata;

	(void)source;
	(void)events;
	for (unsigned i = 0; i < FRONT_GULP; i++) {
		int fd;

		if (!front_make_room(at->front, at->tcp)) {
			front_complain(at->front, "web servers wait", "too many connections");
			listener_stop(at);
			break;
		}
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
			break;
		if (fd < 0 || front_welcome(at->front, fd, at->tcp) < 0) {
			front_complain(at->front, "no connection can be taken",
				       fd < 0 ? strerrordesc_np(errno) : "memory is short");
			listener_stop(at); /* a loop that spins helps nobody */
			break;
		}
	}
	return 0;
}

static int front_on_sweep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct front *front = userdata;
	struct visit *next;
	usec_t now = clock_now();

	(void)source;
	(void)usec;
	for (struct visit *visit = front->visits; visit; visit = next) {
		next = visit->next;
		if (now >= visit->deadline) /* MUST 1 */
			visit_free(visit);
	}
	return !front_wake(front) || front->visits ? front_set_sweep(front) : 0;
}

/* ---- life ---- */

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		return ntohl(in4->sin_addr.s_addr) >> 24 == 127;
	return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static int front_judge_socket(int fd, bool *ret_tcp)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(address), int_len = sizeof(int);
	int type = 0, listening = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &int_len) < 0)
		return -errno;
	if (type != SOCK_STREAM || !listening)
		return -EPROTOTYPE;
	if (address.ss_family != AF_UNIX && !is_loopback(&address))
		return -EADDRNOTAVAIL;
	/* systemd hands over blocking ones: a connection that is gone again must not stop us */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	*ret_tcp = address.ss_family != AF_UNIX;
	return 0;
}

int front_listen(struct front *front, int fd)
{
	struct listener *listener = &front->listeners[front->n_listeners];
	int r;

	if (front->n_listeners == FRONT_LISTENERS)
		return -ENOSPC;
	r = front_judge_socket(fd, &listener->tcp);
	if (r < 0)
		return r;
	listener->front = front;
	r = sd_event_add_io(front->event, &listener->io, fd, EPOLLIN, front_on_accept, listener);
	if (r < 0)
		return r;
	front->n_listeners++;
	return 0;
}

int front_new(sd_event *event, struct links *links, struct front **ret_front)
{
	_cleanup_(front_freep) struct front *front = calloc(1, sizeof(*front));
	int r;

	if (!front)
		return -ENOMEM;
	front->event = sd_event_ref(event);
	front->links = links;
	r = sd_event_add_time(event, &front->sweep, CLOCK_BOOTTIME, clock_now() + FRONT_SWEEP,
			      USEC_PER_SEC, front_on_sweep, front);
	if (r < 0)
		return r;
	*ret_front = TAKE_PTR(front);
	return 0;
}

struct front *front_free(struct front *front)
{
	if (!front)
		return NULL;
	while (front->visits)
		visit_free(front->visits);
	for (size_t i = 0; i < front->n_listeners; i++)
		sd_event_source_disable_unref(front->listeners[i].io);
	sd_event_source_disable_unref(front->sweep);
	sd_event_unref(front->event);
	free(front);
	return NULL;
}
