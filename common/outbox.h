/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_OUTBOX_H
#define IDP_COMMON_OUTBOX_H

/*
 * Messages a SEQPACKET socket did not take at once, in their order, up to a limit. What waits is
 * erased when it is sent or dropped: it may hold secrets. Never blocks, never a signal.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/macro.h"

struct outbox_piece;

struct outbox {
	struct outbox_piece *first, *last;
	size_t bytes, limit;
};

enum {
	OUTBOX_E_WAITS = 1, /* something is unsent: flush when the socket has room */
};

void outbox_init(struct outbox *outbox, size_t limit);
/* Drops what waits; may be used again. */
void outbox_done(struct outbox *outbox);
/* Sends message, or lets it wait. -ENOBUFS: more would wait than may; -errno: the socket broke. */
int outbox_send(struct outbox *outbox, int fd, const struct buf *message) _must_check_;
/* Sends what waits, as far as it goes. 0: nothing waits any more. */
int outbox_flush(struct outbox *outbox, int fd) _must_check_;

#endif
