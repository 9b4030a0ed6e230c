/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. an answer goes to the question it was given for: its serial is that question's, and a
 *     connection has never more than one under way;
 *  2. a question that is given up takes its connection with it: no late answer is ever read as the
 *     next one's;
 *  3. every question ends once: answered, failed or cancelled; asked anew at most once;
 *  4. tokens are erased: the message when the question ends, the memory after each reading.
 */
#include "idp-verifyd/link.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/secret.h"
#include "common/sock.h"
#include "idp-verifyd/request.h"

#define LINK_SWEEP USEC_PER_SEC /* how late a deadline may be noticed */

struct link {
	struct links *links;
	int fd; /* -1: not open */
	sd_event_source *io;
	struct question *question; /* under way; NULL idle */
};

struct question {
	struct links *links;
	struct question *next; /* in the queue */
	struct link *link;     /* where it is under way; NULL: in the queue */
	uint32_t serial;
	bool again; /* it was asked before */
	usec_t deadline;
	link_answer_fn answer;
	void *userdata;
	struct buf message;
};

struct links {
	sd_event *event;
	const char *path;
	struct link links[VERIFYD_LINKS_MAX];
	struct question *first, *last;
	sd_event_source *kick, *sweep;
	uint32_t serial;
	uint8_t memory[WIRE_MESSAGE_MAX];
};

/* ---- questions ---- */

static void question_free(struct question *question)
{
	buf_done(&question->message); /* MUST 4 */
	free(question);
}

static void question_end(struct question *question, struct wire_in *in, int error)
{
	question->answer(question->userdata, in, error);
	question_free(question);
}

static void queue_append(struct links *links, struct question *question)
{
	question->next = NULL;
	if (links->last)
		links->last->next = question;
	else
		links->first = question;
	links->last = question;
}

static void queue_prepend(struct links *links, struct question *question)
{
	question->next = links->first;
	links->first = question;
	if (!links->last)
		links->last = question;
}

static void queue_remove(struct links *links, const struct question *question)
{
	struct question *before = NULL, *at = links->first;

	while (at && at != question) {
		before = at;
		at = at->next;
	}
	if (!at)
		return;
	if (before)
		before->next = at->next;
	else
		links->first = at->next;
	if (links->last == at)
		links->last = before;
}

/* ---- connections ---- */

static void link_close(struct link *link)
{
	link->io = sd_event_source_disable_unref(link->io);
	if (link->fd >= 0)
		(void)close(link->fd);
	link->fd = -1;
}

static void links_kick(struct links *links)
{
	IGNORE(sd_event_source_set_enabled(links->kick, SD_EVENT_ONESHOT)); /* it exists */
}

/* The agent has gone away, or says what nobody may say. MUST 3. */
static void link_lose(struct link *link, int error)
{
	struct question *question = TAKE_PTR(link->question);

	link_close(link);
	if (!question)
		return;
	question->link = NULL;
	links_kick(link->links);
	if (question->again || error == -EBADMSG) {
		question_end(question, NULL, error);
	} else {
		question->again = true;
		queue_prepend(link->links, question);
	}
}

static void link_receive(struct link *link)
{
	struct links *links = link->links;
	ssize_t n = recv(link->fd, links->memory, sizeof(links->memory), MSG_DONTWAIT | MSG_TRUNC);
	struct question *question = link->question;
	struct wire_in in;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		link_lose(link, n == 0 ? -ECONNRESET : -errno);
		return;
	}
	if ((size_t)n > sizeof(links->memory) || !question ||
	    wire_open(&in, links->memory, (size_t)n) < 0 || in.serial != question->serial) {
		link_lose(link, -EBADMSG); /* MUST 1 */
		return;
	}
	link->question = NULL;
	links_kick(links);
	question_end(question, &in, 0);
	secret_erase(links->memory, (size_t)n);
}

static int link_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	link_receive(userdata);
	return 0;
}

static int link_open(struct link *link)
{
	int fd = -1, r = sock_connect(link->links->path, clock_now(), &fd); /* at once or not */

	if (r < 0)
		return r;
	r = sd_event_add_io(link->links->event, &link->io, fd, EPOLLIN, link_on_io, link);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	link->fd = fd;
	return 0;
}

/* ---- asking ---- */

/* The first question of the queue. Negative: this connection is of no use. */
static int link_ask(struct link *link)
{
	struct question *question = link->links->first;
	ssize_t n = send(link->fd, question->message.data, question->message.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return -errno;
	queue_remove(link->links, question);
	question->link = link;
	link->question = question;
	return 0;
}

/* A connection that is open and idle, else the first that is not open; NULL: all are busy. */
static struct link *links_find(struct links *links, bool *ret_busy)
{
	struct link *closed = NULL;

	*ret_busy = false;
	for (size_t i = 0; i < VERIFYD_LINKS_MAX; i++) {
		struct link *link = &links->links[i];

		if (link->fd >= 0 && !link->question)
			return link;
		if (link->fd < 0 && !closed)
			closed = link;
		*ret_busy |= link->fd >= 0;
	}
	return closed;
}

static void links_fail_all(struct links *links, int error)
{
	struct question *question = TAKE_PTR(links->first);

	links->last = NULL;
	while (question) {
		struct question *next = question->next;

		question_end(question, NULL, error); /* what is asked by it begins a new queue */
		question = next;
	}
}

/* Negative: there is no connection that would carry it. */
static int link_send_first(struct link *link)
{
	bool fresh = link->fd < 0;
	int r = fresh ? link_open(link) : 0;

	if (r == 0)
		r = link_ask(link);
	if (r == 0)
		return 0;
	link_close(link);
	return fresh ? r : 0; /* idle for too long, or the agent is a new one: the next, then */
}

static int links_on_kick(sd_event_source *source, void *userdata)
{
	struct links *links = userdata;
	bool busy;

	(void)source;
	while (links->first) {
		struct link *link = links_find(links, &busy);
		int r = link ? link_send_first(link) : 0;

		if (r < 0 && !busy)
			links_fail_all(links, r);
		if (!link || r < 0)
			break; /* whoever is answered next makes room */
	}
	return 0;
}

/* ---- deadlines ---- */

static int links_set_sweep(struct links *links)
{
	int r = sd_event_source_set_time(links->sweep, clock_now() + LINK_SWEEP);

	return r < 0 ? r : sd_event_source_set_enabled(links->sweep, SD_EVENT_ONESHOT);
}

static bool links_are_asked(const struct links *links)
{
	for (size_t i = 0; i < VERIFYD_LINKS_MAX; i++)
		if (links->links[i].question)
			return true;
	return links->first;
}

static int links_on_sweep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct links *links = userdata;
	usec_t now = clock_now();

	(void)source;
	(void)usec;
	for (size_t i = 0; i < VERIFYD_LINKS_MAX; i++) {
		struct link *link = &links->links[i];

		if (link->question && now >= link->question->deadline) { /* MUST 2 */
			link->question->again = true;
			link_lose(link, -ETIMEDOUT);
		}
	}
	while (links->first && now >= links->first->deadline) { /* the oldest is the first */
		struct question *question = links->first;

		queue_remove(links, question);
		question_end(question, NULL, -ETIMEDOUT);
	}
	return links_are_asked(links) ? links_set_sweep(links) : 0;
}

/* ---- for others ---- */

static void put_span(struct buf *out, struct span span)
{
	wire_put_strn(out, span.at ? span.at : "", span.len);
}

static int question_write(struct question *question, const struct request *request)
{
	buf_init_secret(&question->message, WIRE_MESSAGE_MAX);
	wire_begin(&question->message, MSG_VERIFY, question->serial);
	put_span(&question->message, request->resource);
	put_span(&question->message, request->token);
	put_span(&question->message, request->proof);
	put_span(&question->message, request->method);
	put_span(&question->message, request->address);
	return wire_end(&question->message);
}

int links_ask(struct links *links, const struct request *request, link_answer_fn answer,
	      void *userdata, struct question **ret_question)
{
	struct question *question = calloc(1, sizeof(*question));
	int r;

	if (!question)
		return -ENOMEM;
	question->links = links;
	question->serial = ++links->serial;
	question->deadline = clock_now() + VERIFYD_ASK_TIME;
	question->answer = answer;
	question->userdata = userdata;
	r = question_write(question, request);
	if (r == 0 && sd_event_source_get_enabled(links->sweep, NULL) == 0)
		r = links_set_sweep(links);
	if (r < 0) {
		question_free(question);
		return r;
	}
	queue_append(links, question);
	links_kick(links);
	*ret_question = question;
	return 0;
}

void links_cancel(struct question *question)
{
	struct links *links = question->links;

	if (question->link) {
		question->link->question = NULL;
		link_close(question->link); /* MUST 2 */
		links_kick(links);
	} else {
		queue_remove(links, question);
	}
	question_free(question);
}

int links_new(sd_event *event, const char *path, struct links **ret_links)
{
	_cleanup_(links_freep) struct links *links = calloc(1, sizeof(*links));
	int r;

	if (!links)
		return -ENOMEM;
	links->path = path;
	links->event = sd_event_ref(event);
	for (size_t i = 0; i < VERIFYD_LINKS_MAX; i++)
		links->links[i] = (struct link){ .links = links, .fd = -1 };
	r = sd_event_add_defer(event, &links->kick, links_on_kick, links);
	if (r >= 0)
		r = sd_event_source_set_enabled(links->kick, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(event, &links->sweep, CLOCK_BOOTTIME,
				      clock_now() + LINK_SWEEP, USEC_PER_SEC, links_on_sweep,
				      links);
	if (r < 0)
		return r;
	*ret_links = TAKE_PTR(links);
	return 0;
}

struct links *links_free(struct links *links)
{
	if (!links)
		return NULL;
	for (size_t i = 0; i < VERIFYD_LINKS_MAX; i++)
		link_close(&links->links[i]);
	sd_event_source_disable_unref(links->kick);
	sd_event_source_disable_unref(links->sweep);
	sd_event_unref(links->event);
	free(links);
	return NULL;
}
