/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_CLIENT_H
#define IDP_COMMON_CLIENT_H

/*
 * A blocking client of idp-agentd for the modules and idpctl: no allocation, no signal, no wait
 * past a deadline. The caller owns the message memory, so that NSS can keep it on its stack.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/macro.h"
#include "common/wire.h"

#define CLIENT_AGENT_SOCKET   IDP_RUNDIR "/agent.sock"
#define CLIENT_CONTROL_SOCKET IDP_RUNDIR "/control.sock"

struct client {
	int fd;
	uint32_t serial; /* of the last request */
};

#define CLIENT_NULL ((struct client){ .fd = -1 })

/* Connects to path by deadline. -ENOENT, -ECONNREFUSED, -ETIMEDOUT, ...: the agent is not there. */
int client_open(struct client *client, const char *path, usec_t deadline) _must_check_;
/* NULL or closed is fine. */
void client_close(struct client *client);
/* Starts a request with the next serial in out; the caller puts the fields. */
void client_begin(struct client *client, struct buf *out, enum wire_type type);
/* Ends and sends what client_begin() started. */
int client_send(struct client *client, struct buf *out, usec_t deadline) _must_check_;
/*
 * Receives the next message into memory of room bytes and opens it. -EPROTO when its serial is
 * not the last request's, -EBADMSG when it does not parse, -ETIMEDOUT, -ECONNRESET.
 */
int client_receive(struct client *client, void *memory, size_t room, usec_t deadline,
		   struct wire_in *ret_in) _must_check_;

#endif
