/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection of the authority. MUST:
 *  1. only the messages of the table below are taken; anything else ends the connection;
 *  2. a message is acted upon only after all of its fields were read well;
 *  3. what arrives may hold secrets: the receive buffer is erased after every message;
 *  4. a send that fails never calls back into the sender: the end comes from the loop.
 */
#include "idp-agentd/net/link.h"

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
#include "common/wire.h"
#include "idp-agentd/net/dpop.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/link-in.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/proof-check.h"
#include "idp-agentd/net/registry.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/revoke.h"

#define LINK_MESSAGES_A_TURN 32u

struct link {
	int fd;
	struct net net;
	struct outlet outlet;
	sd_event_source *io;
	bool over;
	sd_event_source *end; /* enabled once the connection is over */
	link_gone_fn gone;
	void *userdata;
	struct outbox outbox;
	uint8_t in[WIRE_MESSAGE_MAX];
};

static void link_die(struct link *link, const char *why)
{
	if (link->over)
		return;
	link->over = true;
	log_info("the connection of the authority ends: %s", why);
	if (sd_event_source_set_enabled(link->end, SD_EVENT_ONESHOT) < 0)
		log_error("the end of a connection could not be scheduled");
	IGNORE(sd_event_source_set_enabled(link->io,
					   SD_EVENT_OFF)); /* the end comes all the same */
}

/* ---- out ---- */

static void link_send(void *userdata, struct buf *message)
{
	struct link *link = userdata;
	int r = outbox_send(&link->outbox, link->fd, message);

	/* Names only: a code or a claim has no place in a log. */
	if (message->len >= WIRE_HEADER_LEN)
		log_debug("out: %s, %zu bytes",
			  wire_name((uint16_t)(message->data[4] | message->data[5] << 8)),
			  message->len);
	if (r == OUTBOX_E_WAITS)
		r = sd_event_source_set_io_events(link->io, EPOLLIN | EPOLLOUT);
	if (r < 0)
		link_die(link, strerrordesc_np(-r));
}

static void link_flush(struct link *link)
{
	int r = outbox_flush(&link->outbox, link->fd);

	if (r == 0)
		r = sd_event_source_set_io_events(link->io, EPOLLIN);
	if (r < 0)
		link_die(link, strerrordesc_np(-r));
}

/* ---- in ---- */

/* 1 one message was handled, 0 nothing is there now, negative: the end. */
static int link_read(struct link *link)
{
	struct wire_in in;
	ssize_t n = recv(link->fd, link->in, sizeof(link->in), MSG_DONTWAIT | MSG_TRUNC);
	int r;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	if ((size_t)n > sizeof(link->in))
		return -EMSGSIZE;
	r = wire_open(&in, link->in, (size_t)n);
	if (r == 0) {
		log_debug("in: %s", wire_name((uint16_t)in.type));
		r = link_in(&link->net, &in);
	}
	secret_erase(link->in, (size_t)n);
	return r < 0 ? r : 1;
}

static int link_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct link *link = userdata;
	int r = 1;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		link_flush(link);
	for (unsigned i = 0; i < LINK_MESSAGES_A_TURN && r > 0 && !link->over; i++)
		r = link_read(link);
	if (r == -ECONNRESET)
		link_die(link, "it was closed");
	else if (r < 0)
		link_die(link, strerrordesc_np(-r));
	return 0;
}

static int link_on_end(sd_event_source *source, void *userdata)
{
	struct link *link = userdata;

	(void)source;
	link->gone(link->userdata);
	return 0;
}

/* ---- lifetime ---- */

static int link_watch(struct link *link, sd_event *event)
{
	int r = sd_event_add_io(event, &link->io, link->fd, EPOLLIN, link_on_io, link);

	if (r < 0)
		return r;
	r = sd_event_add_defer(event, &link->end, link_on_end, link);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(link->end, SD_EVENT_OFF);
}

static int link_furnish(struct link *link)
{
	int r = http_new(link->net.event, &link->net.http);

	if (r == 0)
		r = registry_new(link->net.http, &link->net.registry);
	if (r == 0)
		r = flows_new(&link->net.flows);
	if (r == 0)
		r = dpop_nonces_new(&link->net.nonces);
	if (r == 0)
		r = proofs_new((int64_t)(clock_real() / USEC_PER_SEC), &link->net.proofs);
	return r;
}

int link_new(struct sd_event *event, int fd, link_gone_fn gone, void *userdata,
	     struct link **ret_link)
{
	_cleanup_(link_freep) struct link *link = calloc(1, sizeof(*link));
	int r;

	if (!link) {
		close(fd);
		return -ENOMEM;
	}
	link->fd = fd;
	link->gone = gone;
	link->userdata = userdata;
	outbox_init(&link->outbox, NET_OUT_MAX);
	link->outlet = (struct outlet){ .send = link_send, .userdata = link };
	link->net.event = sd_event_ref(event);
	link->net.outlet = &link->outlet;
	r = link_watch(link, event);
	if (r < 0)
		return r;
	r = link_furnish(link);
	if (r < 0)
		return r;
	*ret_link = TAKE_PTR(link);
	return 0;
}

struct link *link_free(struct link *link)
{
	if (!link)
		return NULL;
	/* Flows use all of these; the registry uses http. */
	flows_free(link->net.flows);
	revocations_free(link->net.revocations);
	dpop_nonces_free(link->net.nonces);
	proofs_free(link->net.proofs);
	registry_free(link->net.registry);
	http_free(link->net.http);
	outbox_done(&link->outbox);
	sd_event_source_disable_unref(link->io);
	sd_event_source_disable_unref(link->end);
	sd_event_unref(link->net.event);
	close(link->fd);
	secret_erase(link->in, sizeof(link->in));
	free(link);
	return NULL;
}
