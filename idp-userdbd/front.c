/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. nobody holds a connection without asking for longer than the limits say: a call is whole in
 *     its time however it trickles, a part of an answer is taken in its;
 *  2. no user but root takes all places; who waits for nothing yields his to who comes;
 *  3. one answer at a time of a connection, made part by part as it is taken: neither a list of
 *     everybody nor a thousand calls at once fill the memory, or keep the others waiting;
 *  4. a listener that was turned off is turned on again, though nobody is here who could leave.
 */
#include "idp-userdbd/front.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-userdbd/answer.h"
#include "idp-userdbd/call.h"

#define FRONT_GULP      32u    /* connections taken in one wake-up */
#define FRONT_PARTS     64u    /* parts of an answer made in one wake-up (MUST 3) */
#define FRONT_OUT       32768u /* bytes written before more are made */
#define FRONT_SWEEP     USEC_PER_SEC
#define FRONT_COMPLAINT (10 * USEC_PER_SEC) /* one line of log so often */

struct visit {
	struct front *front;
	struct visit *next, *previous;
	sd_event_source *io;
	int fd;
	uid_t uid;
	usec_t deadline;
	struct buf in; /* calls that came, the first of them perhaps not whole */
	struct answer *answer;
	bool oneway; /* it is not told */
	struct buf out;
	size_t written;
	size_t held; /* bytes of the above, as counted in front */
};

struct front {
	sd_event *event;
	sd_event_source *listener;
	bool full; /* the listener is off until somebody has left, or the next sweep */
	struct visit *visits;
	size_t n;
	size_t held; /* bytes, of all of them */
	sd_event_source *sweep;
	usec_t complained;
};

/* ---- connections ---- */

static int front_set_sweep(struct front *front)
{
	int r = sd_event_source_set_time(front->sweep, clock_now() + FRONT_SWEEP);

	return r < 0 ? r : sd_event_source_set_enabled(front->sweep, SD_EVENT_ONESHOT);
}

static int front_need_sweep(struct front *front)
{
	return sd_event_source_get_enabled(front->sweep, NULL) == 0 ? front_set_sweep(front) : 0;
}

/* MUST 4. Without a sweep it stays on: a loop that spins is better than a deaf one. */
static void front_stop(struct front *front)
{
	if (front_need_sweep(front) >= 0 &&
	    sd_event_source_set_enabled(front->listener, SD_EVENT_OFF) >= 0)
		front->full = true;
}

static void front_wake(struct front *front)
{
	if (front->full && sd_event_source_set_enabled(front->listener, SD_EVENT_ON) >= 0)
		front->full = false;
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
	front->held -= visit->held;
	answer_free(visit->answer);
	buf_done(&visit->in);
	buf_done(&visit->out);
	sd_event_source_disable_unref(visit->io);
	(void)close(visit->fd);
	free(visit);
	front_wake(front);
}

static bool visit_is_idle(const struct visit *visit)
{
	return !visit->answer && visit->in.len == 0 && visit->out.len == 0;
}

static void front_complain(struct front *front, const char *what, const char *why)
{
	usec_t now = clock_now();

	if (front->complained && now < clock_add(front->complained, FRONT_COMPLAINT))
		return;
	front->complained = now;
	log_warning("%s: %s", what, why);
}

/* ---- answering ---- */

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
		visit->deadline = clock_now() + USERDBD_WRITE_TIME;
	}
	buf_done(&visit->out); /* it may have been a group of many members */
	visit->written = 0;
	return 1;
}

/* Makes parts until there is enough to write, or no more to say. */
static int visit_make(struct visit *visit)
{
	for (unsigned i = 0; visit->answer && i < FRONT_PARTS && visit->out.len < FRONT_OUT; i++) {
		int r = answer_next(visit->answer, &visit->out);

		if (r < 0)
			return r;
		if (visit->oneway)
			buf_reset(&visit->out);
		if (r == 0 || visit->oneway)
			visit->answer = answer_free(visit->answer);
	}
	return 0;
}

/*
 * MUST 3: who asks for large groups and does not listen holds them. Who holds much when all hold
 * too much goes; whoever holds little stays.
 */
static int visit_count(struct visit *visit)
{
	struct front *front = visit->front;
	size_t held = visit->in.room + visit->out.room;

	if (visit->answer)
		held += answer_held(visit->answer);
	front->held += held - visit->held;
	visit->held = held;
	return held > USERDBD_HELD_SMALL && front->held > USERDBD_HELD_MAX ? -ENOMEM : 0;
}

/* ---- reading ---- */

/* Takes the first whole call out of what came. 1: there is none yet. */
static int visit_take_call(struct visit *visit)
{
	struct call call = { .method = CALL_UNKNOWN };
	const char *bytes = (const char *)visit->in.data;
	const char *end = visit->in.len > 0 ? memchr(bytes, '\0', visit->in.len) : NULL;
	size_t len;
	int r;

	if (!end)
		return 1;
	len = (size_t)(end - bytes);
	r = call_parse(bytes, len, &call);
	if (r < 0 || r == CALL_E_BROKEN)
		return r < 0 ? r : -EPROTO;
	memmove(visit->in.data, visit->in.data + len + 1, visit->in.len - len - 1);
	visit->in.len -= len + 1;
	visit->oneway = call.oneway;
	return answer_new(&call, r, &visit->answer);
}

static int visit_read(struct visit *visit)
{
	char bytes[4096];
	size_t room = USERDBD_CALL_MAX - visit->in.len;
	ssize_t n;

	if (room == 0)
		return -EMSGSIZE;
	n = recv(visit->fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	if (visit->in.len == 0) /* MUST 1: from the first byte, however they trickle */
		visit->deadline = clock_now() + USERDBD_CALL_TIME;
	buf_put(&visit->in, bytes, (size_t)n);
	return buf_end(&visit->in);
}

/*
 * As far as it goes without waiting, for the time of one wake-up: then the others have their turn,
 * since what can be written is told again (level-triggered).
 */
static int visit_go_on(struct visit *visit)
{
	bool idle;
	int r = visit_make(visit);

	if (visit->answer && visit->out.len == 0) /* it is not the caller who takes long */
		visit->deadline = clock_now() + USERDBD_WRITE_TIME;
	if (r == 0 && visit->out.len > 0)
		r = visit_flush(visit);
	if (r >= 0 && !visit->answer && visit->out.len == 0) {
		r = visit_take_call(visit);
		if (r < 0)
			return r;
	}
	if (r >= 0)
		r = visit_count(visit);
	if (r < 0)
		return r;
	idle = !visit->answer && visit->out.len == 0;
	if (idle && visit->in.len == 0)
		visit->deadline = clock_now() + USERDBD_IDLE;
	return sd_event_source_set_io_events(visit->io, idle ? EPOLLIN : EPOLLOUT);
}

static int visit_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct visit *visit = userdata;
	int r = 0;

	(void)source;
	(void)fd;
	if (!visit->answer && visit->out.len == 0)
		r = visit_read(visit);
	else if (events & (EPOLLERR | EPOLLHUP)) /* nobody is there to be told */
		r = -ECONNRESET;
	if (r >= 0)
		r = visit_go_on(visit);
	if (r == -ENOMEM || r == -EMSGSIZE)
		front_complain(visit->front, "a caller was turned away", strerrordesc_np(-r));
	if (r < 0)
		visit_free(visit);
	return 0;
}

/* ---- accepting ---- */

static size_t front_count(const struct front *front, uid_t uid)
{
	size_t n = 0;

	for (const struct visit *visit = front->visits; visit; visit = visit->next)
		n += visit->uid == uid;
	return n;
}

/* MUST 2. One that waits for nothing makes room, the one that would end first. */
static bool front_make_room(struct front *front, bool of_user, uid_t uid)
{
	struct visit *oldest = NULL;

	for (struct visit *visit = front->visits; visit; visit = visit->next)
		if (visit_is_idle(visit) && (!of_user || visit->uid == uid) &&
		    (!oldest || visit->deadline < oldest->deadline))
			oldest = visit;
	if (oldest)
		visit_free(oldest);
	return oldest;
}

static int front_welcome(struct front *front, int fd, uid_t uid)
{
	struct visit *visit = calloc(1, sizeof(*visit));
	int r;

	if (!visit) {
		(void)close(fd);
		return -ENOMEM;
	}
	visit->front = front;
	visit->fd = fd;
	visit->uid = uid;
	visit->deadline = clock_now() + USERDBD_IDLE;
	buf_init(&visit->in, USERDBD_CALL_MAX);
	buf_init(&visit->out, USERDBD_OUT_MAX);
	visit->next = front->visits;
	if (front->visits)
		front->visits->previous = visit;
	front->visits = visit;
	front->n++;
	r = sd_event_add_io(front->event, &visit->io, fd, EPOLLIN, visit_on_io, visit);
	if (r >= 0)
		r = front_need_sweep(front);
	if (r < 0)
		visit_free(visit);
	return r;
}

/* Somebody who has too many is let go at once, and connects again in vain: the others do not wait.
 */
static int front_admit(struct front *front, int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    (peer.uid != 0 && front_count(front, peer.uid) >= USERDBD_UID_MAX &&
	     !front_make_room(front, true, peer.uid))) {
		(void)close(fd);
		front_complain(front, "a user has too many connections", "the newest was closed");
		return 0;
	}
	return front_welcome(front, fd, peer.uid);
}

static int front_on_accept(sd_event_source *source, int listener, uint32_t events, void *userdata)
{
	struct front *front = userdata;

	(void)source;
	(void)events;
	for (unsigned i = 0; i < FRONT_GULP; i++) {
		int fd;

		if (front->n >= USERDBD_CONNS_MAX && !front_make_room(front, false, 0)) {
			front_complain(front, "callers wait", "too many connections");
			front_stop(front);
			break;
		}
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
			break;
		if (fd < 0 || front_admit(front, fd) < 0) {
			front_complain(front, "no connection can be taken",
				       fd < 0 ? strerrordesc_np(errno) : "memory is short");
			front_stop(front); /* a loop that spins helps nobody */
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
	front_wake(front);
	return front->full || front->visits ? front_set_sweep(front) : 0;
}

/* ---- life ---- */

static int front_judge_socket(int fd)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(address), int_len = sizeof(int);
	int type = 0, listening = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &int_len) < 0)
		return -errno;
	if (address.ss_family != AF_UNIX || type != SOCK_STREAM || !listening)
		return -EPROTOTYPE;
	/* systemd hands over blocking ones: a connection that is gone again must not stop us */
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int front_listen(struct front *front, int fd)
{
	int r = front->listener ? -EBUSY : front_judge_socket(fd);

	if (r < 0)
		return r;
	r = sd_event_add_io(front->event, &front->listener, fd, EPOLLIN, front_on_accept, front);
	return r < 0 ? r : 0;
}

int front_new(sd_event *event, struct front **ret_front)
{
	_cleanup_(front_freep) struct front *front = calloc(1, sizeof(*front));
	int r;

	if (!front)
		return -ENOMEM;
	front->event = sd_event_ref(event);
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
	sd_event_source_disable_unref(front->listener);
	sd_event_source_disable_unref(front->sweep);
	sd_event_unref(front->event);
	free(front);
	return NULL;
}
