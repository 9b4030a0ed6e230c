/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Nothing here blocks: a token may hang for minutes, and lookups go on.
 * 2. Every question has one deadline from when it was asked, waiting included; one that passes ends
 *    the link, since nobody knows whose answer would come next.
 * 3. An answer is to the question that was sent, by its serial and its type, or the link ends.
 */
#include "idp-agentd/core/card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "common/reason.h"
#include "common/sock.h"
#include "idp-agentd/core/timer.h"

struct card_ask {
	struct card_ask *next;
	enum wire_type answer;
	uint32_t serial;
	usec_t deadline;
	struct buf message;
	card_fn fn;
	void *userdata;
};

struct card {
	sd_event *event;
	const char *path;
	int fd; /* -1: no link */
	sd_event_source *io, *kick, *timer;
	struct card_ask *first, *last; /* the first is sent, if any */
	size_t n;
	bool sent;
	uint32_t serial;
	uint64_t links;
	uint8_t memory[WIRE_MESSAGE_MAX];
};

/* ---- the link ---- */

static void card_close(struct card *card)
{
	card->io = sd_event_source_disable_unref(card->io);
	if (card->fd >= 0)
		(void)close(TAKE_FD(card->fd));
	card->sent = false;
}

static int card_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata);

static int card_connect(struct card *card)
{
	_cleanup_close_ int fd = -1;
	int r = sock_connect(card->path, clock_now(), &fd); /* at once or not at all */

	if (r < 0)
		return r;
	r = sd_event_add_io(card->event, &card->io, fd, EPOLLIN, card_on_io, card);
	if (r < 0)
		return r;
	card->fd = TAKE_FD(fd);
	card->links++;
	return 0;
}

static int card_write(struct card *card, const struct buf *message)
{
	int r = card->fd < 0 ? card_connect(card) : 0;

	if (r < 0)
		return r;
	return send(card->fd, message->data, message->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno
											    : 0;
}

/* The other side may have ended an old link since; a new one is worth one more try. */
static int card_send(struct card *card, const struct buf *message)
{
	bool old = card->fd >= 0;
	int r = card_write(card, message);

	if (r < 0)
		card_close(card);
	if (r >= 0 || !old)
		return r;
	r = card_write(card, message);
	if (r < 0)
		card_close(card);
	return r;
}

/* ---- the queue ---- */

static void card_ask_free(struct card_ask *ask)
{
	buf_done(&ask->message);
	free(ask);
}

/* The first in the queue has its answer, or none. */
static void card_settle(struct card *card, struct wire_in *in, const char *why)
{
	struct card_ask *ask = card->first;

	card->first = ask->next;
	if (!card->first)
		card->last = NULL;
	card->n--;
	card->sent = false;
	ask->fn(ask->userdata, in, why);
	card_ask_free(ask);
}

static void card_refuse(struct card *card, int r)
{
	char why[REASON_MAX];

	if (r == -ENOENT || r == -ECONNREFUSED || r == -EACCES)
		reason_format(why, sizeof(why),
			      "idp-keyd cannot be reached (%s): systemctl status idp-keyd.socket",
			      strerrordesc_np(-r));
	else
		reason_format(why, sizeof(why), "idp-keyd does not take the question: %s",
			      strerrordesc_np(-r));
	card_settle(card, NULL, why);
}

static void card_arm(struct card *card)
{
	IGNORE(timer_set(card->timer, card->first ? card->first->deadline : USEC_INFINITY));
}

/* Sends the next question, if none is under way. */
static void card_go(struct card *card)
{
	while (card->first && !card->sent) {
		int r = card_send(card, &card->first->message);

		card->sent = r >= 0;
		if (r < 0)
			card_refuse(card, r);
	}
	card_arm(card);
}

static int card_on_kick(sd_event_source *source, void *userdata)
{
	(void)source;
	card_go(userdata);
	return 0;
}

/* MUST 2. */
static int card_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct card *card = userdata;

	(void)source;
	(void)usec;
	card_close(card);
	while (card->first && card->first->deadline <= clock_now())
		card_settle(card, NULL,
			    "idp-keyd did not answer in time; the token or its module may hang");
	card_go(card);
	return 0;
}

/* ---- answers ---- */

int card_read(struct wire_in *in, uint8_t bytes[static CARD_BYTES_MAX], size_t *ret_len)
{
	const char *text = wire_get_str(in, B64URL_ENCODED_LEN(CARD_BYTES_MAX));

	if (wire_close(in) < 0)
		return -EBADMSG;
	return b64url_decode(text, strlen(text), bytes, CARD_BYTES_MAX, ret_len);
}

static void card_answer(struct card *card, struct wire_in *in)
{
	char why[2 * REASON_MAX], code[32], text[REASON_MAX];

	if (in->type != MSG_KEY_NO) {
		card_settle(card, in, NULL);
		return;
	}
	reason_copy_printable(wire_get_str(in, REASON_MAX), code, sizeof(code));
	reason_copy_printable(wire_get_str(in, REASON_MAX), text, sizeof(text));
	(void)snprintf(why, sizeof(why), "%s (%s)", text, code);
	card_settle(card, NULL, why);
}

/* 0 nothing has come, 1 an answer, negative: the link is of no use. MUST 3. */
static int card_receive(struct card *card, struct wire_in *in)
{
	ssize_t n = recv(card->fd, card->memory, sizeof(card->memory), MSG_DONTWAIT | MSG_TRUNC);
	int r;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0 || (size_t)n > sizeof(card->memory))
		return n == 0 ? -ECONNRESET : -EMSGSIZE;
	r = wire_open(in, card->memory, (size_t)n);
	if (r < 0)
		return r;
	if (!card->sent || in->serial != card->first->serial ||
	    (in->type != card->first->answer && in->type != MSG_KEY_NO))
		return -EPROTO;
	return 1;
}

static int card_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct card *card = userdata;
	struct wire_in in;
	int r = card_receive(card, &in);

	(void)source;
	(void)fd;
	(void)events;
	if (r == 0)
		return 0;
	if (r < 0) {
		bool waited = card->sent;

		card_close(card);
		if (waited)
			card_settle(card, NULL,
				    r == -ECONNRESET ? "idp-keyd went away; its journal says why"
						     : "idp-keyd said something it may not say");
	} else {
		card_answer(card, &in);
	}
	card_go(card);
	return 0;
}

/* ---- asking ---- */

/* Takes message, which is not ended, over. */
static int card_ask(struct card *card, struct buf *message, enum wire_type answer, card_fn fn,
		    void *userdata)
{
	struct card_ask *ask;
	int r = card->n < CARD_QUEUE_MAX ? wire_end(message) : -ENOBUFS;

	if (r == 0) /* with nothing to do it does nothing */
		r = sd_event_source_set_enabled(card->kick, SD_EVENT_ONESHOT);
	ask = r < 0 ? NULL : calloc(1, sizeof(*ask));
	if (!ask) {
		buf_done(message);
		return r < 0 ? r : -ENOMEM;
	}
	*ask = (struct card_ask){ .answer = answer,
				  .serial = card->serial,
				  .deadline = clock_add(clock_now(), CARD_DEADLINE),
				  .message = *message,
				  .fn = fn,
				  .userdata = userdata };
	if (card->last)
		card->last->next = ask;
	else
		card->first = ask;
	card->last = ask;
	card->n++;
	return 0;
}

int card_ask_key(struct card *card, const char *uri, card_fn fn, void *userdata)
{
	struct buf message;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_KEY_PUBLIC, ++card->serial);
	wire_put_str(&message, uri);
	return card_ask(card, &message, MSG_KEY_IS, fn, userdata);
}

int card_ask_signature(struct card *card, const char *uri, const char *alg, const char *bytes,
		       size_t len, card_fn fn, void *userdata)
{
	struct buf message;

	if (len > KEY_BYTES_MAX)
		return -EMSGSIZE;
	buf_init_secret(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_KEY_SIGN, ++card->serial);
	wire_put_str(&message, uri);
	wire_put_str(&message, alg);
	wire_put_strn(&message, bytes, len);
	return card_ask(card, &message, MSG_SIGNED_IS, fn, userdata);
}

uint64_t card_link(const struct card *card)
{
	return card->fd < 0 ? 0 : card->links;
}

/* ---- life ---- */

static int card_watch(struct card *card)
{
	int r = sd_event_add_defer(card->event, &card->kick, card_on_kick, card);

	if (r >= 0)
		r = sd_event_source_set_enabled(card->kick, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(card->event, &card->timer, CLOCK_BOOTTIME, USEC_INFINITY,
				      10 * USEC_PER_MSEC, card_on_timer, card);
	return r < 0 ? r : sd_event_source_set_enabled(card->timer, SD_EVENT_OFF);
}

int card_new(struct sd_event *event, const char *path, struct card **ret_card)
{
	_cleanup_(card_freep) struct card *card = calloc(1, sizeof(*card));
	int r;

	if (!card)
		return -ENOMEM;
	card->fd = -1;
	card->path = path;
	card->event = sd_event_ref(event);
	r = card_watch(card);
	if (r < 0)
		return r;
	*ret_card = TAKE_PTR(card);
	return 0;
}

struct card *card_free(struct card *card)
{
	if (!card)
		return NULL;
	while (card->first)
		card_settle(card, NULL, "idp-agentd ends");
	card_close(card);
	sd_event_source_disable_unref(card->kick);
	sd_event_source_disable_unref(card->timer);
	sd_event_unref(card->event);
	free(card);
	return NULL;
}
