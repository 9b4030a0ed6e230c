/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The link to the mouth. MUST:
 *  1. a message that no question asked for ends the link; one that comes late is ignored;
 *  2. the link is dropped, not waited for, when it does not take what we send.
 */
#include "idp-agentd/core/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/outbox.h"
#include "common/secret.h"
#include "common/sock.h"
#include "idp-agentd/core/assertion.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/card-mint.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/peer-internal.h"
#include "idp-agentd/core/setup.h"
#include "idp-agentd/core/timer.h"

#define PEER_BACKOFF_FIRST (100 * USEC_PER_MSEC)
#define PEER_BACKOFF_MAX   (10 * USEC_PER_SEC)
#define PEER_STEADY        (30 * USEC_PER_SEC) /* a link that held so long starts the backoff anew */
#define PEER_GULP          32u                 /* messages in one wake-up */

/* ---- losing it ---- */

static void peer_retry_later(struct peer *peer)
{
	usec_t now = clock_now();

	if (peer->linked_at && now > clock_add(peer->linked_at, PEER_STEADY))
		peer->backoff = PEER_BACKOFF_FIRST;
	if (timer_set(peer->retry, clock_add(now, peer->backoff)) < 0)
		log_error("cannot arm the timer of the link to idp-netd");
	peer->backoff *= 2;
	if (peer->backoff > PEER_BACKOFF_MAX)
		peer->backoff = PEER_BACKOFF_MAX;
}

static void peer_note(struct peer *peer, bool connected)
{
	peer->status.connected = connected;
	peer->status.ready = false;
	peer->status.since = authority_time();
	if (peer->changed)
		peer->changed(peer->userdata);
}

static void peer_close(struct peer *peer)
{
	peer->io = sd_event_source_disable_unref(peer->io);
	(void)close(TAKE_FD(peer->fd));
	outbox_done(&peer->outbox);
}

/* Owners may ask new questions from within lost(): they get -ENOTCONN. */
static int peer_on_collapse(sd_event_source *source, void *userdata)
{
	struct peer *peer = userdata;

	(void)source;
	if (peer->fd < 0)
		return 0;
	peer_close(peer);
	peer->status.losses++;
	peer_retry_later(peer);
	peer_note(peer, false);
	flows_lose_all(peer->flows);
	return 0;
}

/* From the loop, never from within a question that is just being asked. */
static void peer_collapse(struct peer *peer, const char *why)
{
	if (peer->fd < 0 || peer->broken)
		return;
	peer->broken = true;
	IGNORE(sd_event_source_set_enabled(peer->io, SD_EVENT_OFF)); /* cannot fail */
	log_warning("the link to idp-netd is lost: %s", why);
	IGNORE(sd_event_source_set_enabled(peer->collapse, SD_EVENT_ONESHOT)); /* cannot fail */
}

/* ---- sending ---- */

/* r of the outbox: listen for room while something waits. */
static int peer_after_sending(struct peer *peer, int r)
{
	return r < 0 ? r
		     : sd_event_source_set_io_events(peer->io, r ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int peer_write(struct peer *peer, const struct buf *message)
{
	return peer_after_sending(peer, outbox_send(&peer->outbox, peer->fd, message));
}

/* MUST 2. */
int peer_send(struct peer *peer, struct buf *message)
{
	int r = wire_end(message);

	if (r < 0)
		return r;
	if (peer->fd < 0)
		return -ENOTCONN;
	r = peer_write(peer, message);
	if (r >= 0)
		return 0;
	peer_collapse(peer, strerrordesc_np(-r));
	return -ENOTCONN;
}

static int peer_send_setup(void *userdata, struct buf *message)
{
	/* The builder has ended the message already. */
	return peer_write(userdata, message);
}

int peer_proof_key(struct peer *peer, const struct key **ret_key)
{
	int r = peer->desk.proof_key ? 0 : key_generate(&peer->desk.proof_key);

	if (r == 0)
		*ret_key = peer->desk.proof_key;
	return r;
}

/* The thumbprint of the key of proofs, made now if some provider wants proofs; "" else. */
static int peer_name_key(struct peer *peer, char jkt[static KEY_THUMBPRINT_LEN + 1])
{
	const struct config *config = peer->authority->config;
	const struct key *key = NULL;
	bool wanted = false;
	int r;

	*jkt = '\0';
	for (size_t i = 0; i < config->n_providers; i++)
		wanted |= config->providers[i].dpop;
	if (!wanted)
		return 0;
	r = peer_proof_key(peer, &key);
	return r < 0 ? r : key_thumbprint(key, jkt);
}

void peer_configure(struct peer *peer)
{
	char reason[REASON_MAX] = "", jkt[KEY_THUMBPRINT_LEN + 1];
	int r;

	if (peer->fd < 0)
		return;
	peer->revision++;
	peer->status.ready = false;
	r = peer_name_key(peer, jkt);
	if (r == 0)
		r = setup_send(peer->authority->config, *jkt ? jkt : NULL, peer->revision,
			       peer_send_setup, peer, reason);
	if (r < 0)
		peer_collapse(peer, *reason ? reason : strerrordesc_np(-r));
}

/* ---- receiving ---- */

static int peer_on_ready(struct peer *peer, struct wire_in *in)
{
	uint32_t revision = wire_get_u32(in);

	if (wire_close(in) < 0 || revision > peer->revision)
		return -EPROTO;
	if (revision != peer->revision)
		return 0; /* confirms one we have replaced since */
	peer->status.ready = true;
	if (peer->changed)
		peer->changed(peer->userdata);
	return 0;
}

/* A token has signed, or not; the flow may be over since, and the link another. */
static void peer_on_minted(void *userdata, uint64_t id, const struct secret *made, const char *why)
{
	struct peer *peer = userdata;
	_cleanup_(buf_done) struct buf out;
	struct flow *flow;

	buf_init_secret(&out, WIRE_MESSAGE_MAX);
	if (!made)
		log_error("nothing is signed: %s", why);
	if (flows_find(peer->flows, id, &flow) != FLOWS_OPEN)
		return;
	assertion_put(&out, id, made, why);
	IGNORE(peer_send(peer, &out)); /* a lost link says so by itself */
}

static int peer_on_sign(struct peer *peer, const struct flow *flow, struct wire_in *in)
{
	_cleanup_(buf_done) struct buf out;
	int r;

	buf_init_secret(&out, WIRE_MESSAGE_MAX);
	peer->desk.config = peer->authority->config;
	r = assertion_answer(&peer->desk, flow, in, authority_time(), &out);
	if (r != 0)
		return r < 0 ? r : 0;
	IGNORE(peer_send(peer, &out)); /* a lost link says so by itself */
	return 0;
}

/* MUST 1. */
static int peer_on_flow(struct peer *peer, struct wire_in *in)
{
	struct flow *flow;
	const struct flow_owner *ops;
	void *owner;
	uint64_t id = wire_get_u64(in);
	enum permit_net verdict;

	switch (flows_find(peer->flows, id, &flow)) {
	case FLOWS_STRANGE:
		return -EPROTO;
	case FLOWS_LATE:
		return 0;
	case FLOWS_OPEN:
		break;
	}
	verdict = permit_net(flow->kind, in->type);
	ops = flow->ops;
	owner = flow->owner;
	switch (verdict) {
	case PERMIT_NET_NO:
		return -EPROTO;
	case PERMIT_NET_SIGN:
		return peer_on_sign(peer, flow, in);
	case PERMIT_NET_MORE:
		return ops->message(owner, id, in, false);
	case PERMIT_NET_LAST:
		flows_remove(peer->flows, id);
		return ops->message(owner, id, in, true);
	}
	return -EPROTO;
}

/* 0 nothing left, 1 one was read. */
static int peer_receive(struct peer *peer)
{
	ssize_t n = recv(peer->fd, peer->memory, sizeof(peer->memory), MSG_DONTWAIT | MSG_TRUNC);
	struct wire_in in;
	int r;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	if ((size_t)n > sizeof(peer->memory))
		return -EMSGSIZE;
	r = wire_open(&in, peer->memory, (size_t)n);
	if (r < 0)
		return r;
	if (in.class != WIRE_NET)
		return -EPROTO;
	r = in.type == MSG_READY ? peer_on_ready(peer, &in) : peer_on_flow(peer, &in);
	if (in.type == MSG_TOKENS)
		secret_erase(peer->memory, (size_t)n);
	if (r < 0)
		log_warning("idp-netd broke the rules with %s", wire_name((uint16_t)in.type));
	return r < 0 ? r : 1;
}

static int peer_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct peer *peer = userdata;
	int r = 0;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		r = peer_after_sending(peer, outbox_flush(&peer->outbox, peer->fd));
	for (unsigned i = 0; r >= 0 && i < PEER_GULP; i++) {
		r = peer_receive(peer);
		if (!r || peer->broken)
			break; /* a handler may have found the link broken */
	}
	if (r < 0)
		peer_collapse(peer, strerrordesc_np(-r));
	return 0;
}

/* ---- connecting ---- */

static int peer_connect(struct peer *peer)
{
	_cleanup_close_ int fd = -1;
	int r = sock_connect(peer->path, clock_now(), &fd); /* at once or not at all */

	if (r < 0)
		return r;
	r = sd_event_add_io(peer->event, &peer->io, fd, EPOLLIN, peer_on_io, peer);
	if (r < 0)
		return r;
	peer->fd = TAKE_FD(fd);
	return 0;
}

static int peer_on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct peer *peer = userdata;
	int r = peer_connect(peer);

	(void)source;
	(void)usec;
	if (r < 0) {
		if (!peer->complained)
			log_warning("cannot reach idp-netd at %s: %s; trying again", peer->path,
				    strerrordesc_np(-r));
		peer->complained = true;
		peer->linked_at = 0;
		peer_retry_later(peer);
		return 0;
	}
	peer->complained = peer->broken = false;
	peer->linked_at = clock_now();
	peer_note(peer, true);
	peer_configure(peer);
	return 0;
}

/* ---- life ---- */

void peer_get_status(const struct peer *peer, struct peer_status *ret_status)
{
	*ret_status = peer->status;
}

static int peer_arm(struct peer *peer)
{
	int r = flows_new(&peer->flows);

	if (r < 0)
		return r;
	r = sd_event_add_defer(peer->event, &peer->collapse, peer_on_collapse, peer);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(peer->collapse, SD_EVENT_OFF);
	if (r < 0)
		return r;
	return sd_event_add_time(peer->event, &peer->retry, CLOCK_BOOTTIME, clock_now(),
				 10 * USEC_PER_MSEC, peer_on_retry, peer);
}

int peer_new(struct sd_event *event, const char *path, struct authority *authority,
	     struct minter *minter, void (*changed)(void *userdata), void *userdata,
	     struct peer **ret_peer)
{
	_cleanup_(peer_freep) struct peer *peer = calloc(1, sizeof(*peer));
	int r;

	if (!peer)
		return -ENOMEM;
	peer->fd = -1;
	peer->event = sd_event_ref(event);
	peer->path = path;
	peer->authority = authority;
	peer->desk = (struct assertion_desk){ .minter = minter,
					      .done = peer_on_minted,
					      .userdata = peer };
	peer->changed = changed;
	peer->userdata = userdata;
	peer->backoff = PEER_BACKOFF_FIRST;
	outbox_init(&peer->outbox, PEER_OUT_MAX);
	peer->status.since = authority_time();
	r = peer_arm(peer);
	if (r < 0)
		return r;
	*ret_peer = TAKE_PTR(peer);
	return 0;
}

struct peer *peer_free(struct peer *peer)
{
	if (!peer)
		return NULL;
	if (peer->fd >= 0)
		peer_close(peer);
	sd_event_source_disable_unref(peer->retry);
	sd_event_source_disable_unref(peer->collapse);
	flows_free(peer->flows);
	if (peer->desk.minter)
		minter_forget(peer->desk.minter, peer);
	key_free(peer->desk.proof_key);
	sd_event_unref(peer->event);
	free(peer);
	return NULL;
}
