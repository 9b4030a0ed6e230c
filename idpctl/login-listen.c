/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. an answer is taken from a socket of this user alone (login-peer.h): nobody else on this host
 *     can use up the few wrong ones a sign-in forgives;
 *  2. what others do costs a place among few for a short time, and nothing of what waits;
 *  3. one answer at a time: while it is looked at, no other is read;
 *  4. what was read holds a code: it is erased.
 */
#include "idpctl/login-listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "idpctl/login-peer.h"

#define BACKLOG    128 /* of connections that others may make as well */
#define PORT_TRIES 16u /* a free port of IPv4 may be taken in IPv6 */

enum caller_state {
	CALLER_NONE = 0,
	CALLER_READING, /* its request has not come whole */
	CALLER_WAITING, /* it brought the answer that is looked at */
	CALLER_WRITING, /* what it is told is on its way */
	CALLER_LEAVING, /* all is said; whoever hangs up first keeps the port, and that is not us */
};

struct caller {
	enum caller_state state;
	int fd;
	bool stranger;
	bool head;
	usec_t deadline;
	size_t len, sent;
	struct buf out;
	char bytes[LOGIN_REQUEST_MAX];
};

struct login_listen {
	struct login_here here;
	int fds[2]; /* 127.0.0.1 and ::1 */
	bool held;  /* an answer is looked at */
	uid_t uid;
	struct caller callers[LOGIN_CONNECTIONS_MAX];
};

/* ---- sockets ---- */

static int listen_at(const struct sockaddr *address, socklen_t len, int *ret_fd)
{
	static const int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* Without SO_REUSEADDR: nobody else can be at this port, before or after. */
	if ((address->sa_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, address, len) < 0 || listen(fd, BACKLOG) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int listen_v4(uint16_t *port, int *ret_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(*port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = -1;
	int r = listen_at((const struct sockaddr *)&address, len, &fd);

	if (r < 0)
		return r;
	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*port = ntohs(address.sin_port);
	*ret_fd = fd;
	return 0;
}

/* A host may have no IPv6. One that has it, and somebody else at our port there, is no place. */
static int listen_v6(uint16_t port, int *ret_fd)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_port = htons(port),
					      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int r = listen_at((const struct sockaddr *)&address, sizeof(address), ret_fd);

	return r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT ? 0 : r;
}

static int listen_both(struct login_listen *listen)
{
	int r = -EADDRINUSE;
	bool any = listen->here.port == 0;

	for (unsigned i = 0; r == -EADDRINUSE && i < (any ? PORT_TRIES : 1); i++) {
		uint16_t port = any ? 0 : listen->here.port;

		r = listen_v4(&port, &listen->fds[0]);
		if (r < 0)
			return r;
		r = listen_v6(port, &listen->fds[1]);
		listen->here.port = port;
		if (r < 0) {
			(void)close(listen->fds[0]);
			listen->fds[0] = -1;
		}
	}
	return r;
}

/* ---- one caller ---- */

static void caller_end(struct caller *caller)
{
	if (caller->state == CALLER_NONE)
		return;
	(void)close(caller->fd);
	buf_done(&caller->out);
	secret_erase(caller->bytes, sizeof(caller->bytes)); /* MUST 4 */
	*caller = (struct caller){ .state = CALLER_NONE, .fd = -1 };
}

static void caller_say(struct caller *caller, const struct login_page *page, usec_t now)
{
	buf_init(&caller->out, 2 * LOGIN_PAGE_MAX);
	login_page_put(&caller->out, page);
	caller->state = CALLER_WRITING;
	caller->deadline = clock_add(now, LOGIN_REQUEST_LIFE);
	if (buf_end(&caller->out) < 0)
		caller_end(caller);
}

static void caller_write(struct caller *caller, usec_t now)
{
	ssize_t n = send(caller->fd, caller->out.data + caller->sent,
			 caller->out.len - caller->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		caller_end(caller);
		return;
	}
	caller->sent += (size_t)n;
	if (caller->sent < caller->out.len)
		return;
	caller->state = CALLER_LEAVING;
	caller->deadline = clock_add(now, LOGIN_LINGER);
}

/* What it still says matters to nobody; but closed over unread bytes, it might not get the page. */
static void caller_leave(struct caller *caller)
{
	char waste[4096];
	ssize_t n = recv(caller->fd, waste, sizeof(waste), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		caller_end(caller);
}

static void caller_refuse(struct caller *caller, enum login_request_verdict verdict, usec_t now)
{
	static const char go_on[] = "The sign-in goes on: see your terminal.";
	static const struct login_page pages[] = {
		[LOGIN_REQUEST_BAD] = { 400, "Not understood", "That is not what a browser says.",
					go_on, false },
		[LOGIN_REQUEST_NO_ANSWER] = { 400, "Nothing to see here",
					      "A sign-in ends at this address, but yours has not "
					      "come here yet.",
					      go_on, false },
		[LOGIN_REQUEST_NOT_FOUND] = { 404, "Nothing to see here", "There is no such page.",
					      go_on, false },
		[LOGIN_REQUEST_METHOD] = { 405, "Not understood", "A browser only reads this page.",
					   go_on, false },
		[LOGIN_REQUEST_WRONG_HOST] = { 421, "Not understood",
					       "That was meant for another machine.", go_on,
					       false },
		[LOGIN_REQUEST_IN_PAGE] = { 403, "Not accepted",
					    "Another page asked for this one. Only you can, by "
					    "going there.",
					    go_on, false },
		[LOGIN_REQUEST_TOO_LONG] = { 431, "Not understood",
					     "The address, or the cookies of this machine, are "
					     "too long.",
					     go_on, false },
		[LOGIN_REQUEST_VERSION] = { 505, "Not understood", "Only HTTP/1.1 is spoken here.",
					    go_on, false },
	};
	struct login_page page = pages[LOGIN_REQUEST_BAD];

	if ((unsigned)verdict < ELEMENTSOF(pages) && pages[verdict].status)
		page = pages[verdict];
	page.head = caller->head;
	caller_say(caller, &page, now);
}

static void caller_tell_stranger(struct caller *caller, usec_t now)
{
	static const struct login_page page = {
		403, "Not yours",
		"Another user of this machine is signing in here. Only that user's browser is heard.",
		NULL, false
	};

	caller_say(caller, &page, now);
}

/* ---- accepting ---- */

/* One more of this kind; NULL: there is no place. MUST 2. */
static struct caller *listen_place(struct login_listen *listen, bool stranger)
{
	struct caller *oldest = NULL;
	unsigned strangers = 0;

	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++)
		strangers += listen->callers[i].state != CALLER_NONE && listen->callers[i].stranger;
	if (stranger && strangers >= LOGIN_STRANGERS_MAX)
		return NULL;
	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++) {
		struct caller *caller = &listen->callers[i];

		if (caller->state == CALLER_NONE)
			return caller;
		if (caller->state != CALLER_WAITING && !stranger &&
		    (!oldest || caller->deadline < oldest->deadline))
			oldest = caller;
	}
	if (oldest)
		caller_end(oldest);
	return oldest;
}

static void listen_take(struct login_listen *listen, int fd, usec_t now)
{
	uid_t uid = 0;
	bool known = login_peer_uid(fd, &uid) == 0;
	bool stranger = !known || uid != listen->uid; /* MUST 1 */
	struct caller *caller = known ? listen_place(listen, stranger) : NULL;

	if (!caller) {
		(void)close(fd);
		return;
	}
	*caller = (struct caller){ .state = CALLER_READING,
				   .fd = fd,
				   .stranger = stranger,
				   .deadline = clock_add(now, LOGIN_REQUEST_LIFE) };
}

static void listen_accept(struct login_listen *listen, int listener, usec_t now)
{
	for (unsigned i = 0; i < LOGIN_CONNECTIONS_MAX; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		listen_take(listen, fd, now);
	}
}

/* ---- reading ---- */

static struct secret *listen_answer(struct login_listen *listen, struct caller *caller,
				    const struct login_request *request, usec_t now)
{
	static const struct login_page later = { 409, "One moment",
						 "An answer is being looked at already.",
						 "See your terminal.", false };
	struct buf url;
	struct secret *answer = NULL;

	if (listen->held) { /* MUST 3 */
		caller_say(caller, &later, now);
		return NULL;
	}
	buf_init_secret(&url, LOGIN_REQUEST_MAX);
	buf_put_text(&url, "http://");
	buf_put(&url, request->host, request->host_len);
	buf_put(&url, request->target, request->target_len);
	if (buf_end(&url) == 0)
		answer = secret_new(url.data, url.len);
	buf_done(&url);
	if (!answer) {
		caller_end(caller);
		return NULL;
	}
	listen->held = true;
	caller->state = CALLER_WAITING;
	return answer;
}

static struct secret *listen_read(struct login_listen *listen, struct caller *caller, usec_t now)
{
	enum login_request_verdict verdict;
	struct login_request request;
	ssize_t n = recv(caller->fd, caller->bytes + caller->len,
			 sizeof(caller->bytes) - caller->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n <= 0) {
		caller_end(caller);
		return NULL;
	}
	caller->len += (size_t)n;
	verdict = login_request_read(caller->bytes, caller->len, &listen->here, &request);
	caller->head = request.head;
	if (verdict == LOGIN_REQUEST_MORE)
		return NULL;
	if (caller->stranger)
		caller_tell_stranger(caller, now);
	else if (verdict == LOGIN_REQUEST_ANSWER)
		return listen_answer(listen, caller, &request, now);
	else
		caller_refuse(caller, verdict, now);
	return NULL;
}

static struct secret *listen_serve(struct login_listen *listen, struct caller *caller, usec_t now)
{
	if (caller->state == CALLER_READING)
		return listen_read(listen, caller, now);
	if (caller->state == CALLER_WRITING)
		caller_write(caller, now);
	else if (caller->state == CALLER_LEAVING)
		caller_leave(caller);
	return NULL;
}

static void listen_expire(struct login_listen *listen, usec_t now)
{
	static const struct login_page slow = { 408, "Not understood",
						"Your browser said only half of it.",
						"The sign-in goes on: see your terminal.", false };

	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++) {
		struct caller *caller = &listen->callers[i];

		if (caller->state == CALLER_NONE || caller->state == CALLER_WAITING ||
		    now < caller->deadline)
			continue;
		if (caller->state == CALLER_READING && caller->len > 0)
			caller_say(caller, &slow, now);
		else
			caller_end(caller);
	}
}

/* ---- the caller's side ---- */

usec_t login_listen_wait(const struct login_listen *listen, struct pollfd *fds)
{
	usec_t until = USEC_INFINITY;

	for (size_t i = 0; i < 2; i++)
		fds[i] = (struct pollfd){ .fd = listen->fds[i], .events = POLLIN };
	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++) {
		const struct caller *caller = &listen->callers[i];
		bool silent = caller->state == CALLER_NONE || caller->state == CALLER_WAITING;

		fds[2 + i] = (struct pollfd){
			.fd = silent ? -1 : caller->fd,
			.events = caller->state == CALLER_WRITING ? POLLOUT : POLLIN,
		};
		if (!silent && caller->deadline < until)
			until = caller->deadline;
	}
	return until;
}

struct secret *login_listen_work(struct login_listen *listen, const struct pollfd *fds, usec_t now)
{
	struct secret *answer = NULL;

	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX && !answer; i++)
		if (fds[2 + i].revents && fds[2 + i].fd == listen->callers[i].fd)
			answer = listen_serve(listen, &listen->callers[i], now);
	listen_expire(listen, now);
	for (size_t i = 0; i < 2; i++)
		if (fds[i].revents)
			listen_accept(listen, listen->fds[i], now);
	return answer;
}

void login_listen_hold(struct login_listen *listen)
{
	listen->held = true;
}

void login_listen_reply(struct login_listen *listen, const struct login_page *page)
{
	listen->held = false;
	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++)
		if (listen->callers[i].state == CALLER_WAITING)
			caller_say(&listen->callers[i], page, clock_now());
}

bool login_listen_is_busy(const struct login_listen *listen)
{
	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++)
		if (listen->callers[i].state == CALLER_WRITING ||
		    listen->callers[i].state == CALLER_LEAVING)
			return true;
	return false;
}

/* ---- life ---- */

int login_listen_new(struct login_here *here, struct login_listen **ret_listen)
{
	_cleanup_(login_listen_freep) struct login_listen *listen = calloc(1, sizeof(*listen));
	int r;

	if (!listen)
		return -ENOMEM;
	listen->here = *here;
	listen->fds[0] = listen->fds[1] = -1;
	listen->uid = geteuid();
	r = listen_both(listen);
	if (r < 0)
		return r;
	here->port = listen->here.port;
	*ret_listen = TAKE_PTR(listen);
	return 0;
}

struct login_listen *login_listen_free(struct login_listen *listen)
{
	if (!listen)
		return NULL;
	for (size_t i = 0; i < LOGIN_CONNECTIONS_MAX; i++)
		caller_end(&listen->callers[i]);
	for (size_t i = 0; i < 2; i++)
		if (listen->fds[i] >= 0)
			(void)close(listen->fds[i]);
	free(listen);
	return NULL;
}
