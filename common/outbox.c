/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of copies; empty as long as the other side reads. */
#include "common/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/secret.h"

struct outbox_piece {
	struct outbox_piece *next;
	size_t len;
	uint8_t bytes[];
};

void outbox_init(struct outbox *outbox, size_t limit)
{
	*outbox = (struct outbox){ .limit = limit };
}

static void outbox_drop(struct outbox *outbox)
{
	struct outbox_piece *piece = outbox->first;

	outbox->first = piece->next;
	if (!outbox->first)
		outbox->last = NULL;
	outbox->bytes -= piece->len;
	secret_erase(piece->bytes, piece->len);
	free(piece);
}

void outbox_done(struct outbox *outbox)
{
	while (outbox->first)
		outbox_drop(outbox);
}

/* 0 sent, OUTBOX_E_WAITS no room, -errno. */
static int outbox_write(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return OUTBOX_E_WAITS;
	return -errno;
}

static int outbox_keep(struct outbox *outbox, const struct buf *message)
{
	struct outbox_piece *piece;

	if (message->len > outbox->limit - outbox->bytes)
		return -ENOBUFS;
	piece = malloc(sizeof(*piece) + message->len);
	if (!piece)
		return -ENOMEM;
	*piece = (struct outbox_piece){ .len = message->len };
	memcpy(piece->bytes, message->data, message->len);
	if (outbox->last)
		outbox->last->next = piece;
	else
		outbox->first = piece;
	outbox->last = piece;
	outbox->bytes += piece->len;
	return OUTBOX_E_WAITS;
}

int outbox_send(struct outbox *outbox, int fd, const struct buf *message)
{
	if (!outbox->first) {
		int r = outbox_write(fd, message->data, message->len);

		if (r != OUTBOX_E_WAITS)
			return r;
	}
	return outbox_keep(outbox, message);
}

int outbox_flush(struct outbox *outbox, int fd)
{
	while (outbox->first) {
		int r = outbox_write(fd, outbox->first->bytes, outbox->first->len);

		if (r)
			return r;
		outbox_drop(outbox);
	}
	return 0;
}
