/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One request, its replies, a deadline. A reply with another serial is not ours: the connection
 * is then of no more use, since nobody knows whose answers are still on their way.
 */

#include "common/client.h"

#include <errno.h>
#include <unistd.h>

#include "common/sock.h"

int client_open(struct client *client, const char *path, usec_t deadline)
{
	*client = CLIENT_NULL;
	return sock_connect(path, deadline, &client->fd);
}

void client_close(struct client *client)
{
	if (!client)
		return;
	macro_closep(&client->fd);
}

void client_begin(struct client *client, struct buf *out, enum wire_type type)
{
	wire_begin(out, type, ++client->serial);
}

int client_send(struct client *client, struct buf *out, usec_t deadline)
{
	int r;

	if (client->fd < 0)
		return -ENOTCONN;
	r = wire_end(out);
	if (r < 0)
		return r;
	return sock_send(client->fd, out->data, out->len, deadline);
}

int client_receive(struct client *client, void *memory, size_t room, usec_t deadline,
		   struct wire_in *ret_in)
{
	struct wire_in in;
	size_t len = 0;
	int r;

	if (client->fd < 0)
		return -ENOTCONN;
	r = sock_receive(client->fd, memory, room, deadline, &len);
	if (r < 0)
		return r;
	r = wire_open(&in, memory, len);
	if (r < 0)
		return r;
	if (in.serial != client->serial)
		return -EPROTO;
	*ret_in = in;
	return 0;
}
