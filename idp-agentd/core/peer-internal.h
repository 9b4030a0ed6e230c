/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PEER_INTERNAL_H
#define IDP_CORE_PEER_INTERNAL_H

/* What peer.c (the link itself) and peer-ask.c (what is asked over it) share; nobody else. */

#include <systemd/sd-event.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/outbox.h"
#include "idp-agentd/core/assertion.h"
#include "idp-agentd/core/peer.h"

struct peer {
	sd_event *event;
	const char *path;
	struct authority *authority;
	void (*changed)(void *userdata);
	void *userdata;
	int fd; /* -1: no link */
	sd_event_source *io, *retry, *collapse;
	struct flows *flows;
	uint32_t revision;
	struct peer_status status;
	usec_t backoff, linked_at;
	bool complained, broken;
	struct assertion_desk desk; /* its key is of this process's life, whatever becomes of the link */
	struct outbox outbox;
	uint8_t memory[WIRE_MESSAGE_MAX];
};

/* Ends message and sends it. -ENOTCONN without a link, also when it ends by this very message. */
int peer_send(struct peer *peer, struct buf *message) _must_check_;

#endif
