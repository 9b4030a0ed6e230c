/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SERVER_H
#define IDP_CORE_SERVER_H

/*
 * The listening sockets and everybody connected to them: who gets in while others flood, who is
 * shown the door for idling.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/permit.h"

struct conn;
struct sd_event;
struct server;

/* One per class of message; a negative return closes the connection. */
struct server_handlers {
	void *userdata;
	int (*nss)(void *userdata, struct conn *conn, struct wire_in *in);
	int (*pam)(void *userdata, struct conn *conn, struct wire_in *in);
	int (*control)(void *userdata, struct conn *conn, struct wire_in *in);
	int (*self)(void *userdata, struct conn *conn, struct wire_in *in);
	int (*desk)(void *userdata, struct conn *conn, struct wire_in *in);
};

int server_new(struct sd_event *event, const struct server_handlers *handlers,
	       struct server **ret_server) _must_check_;
/* Every job under way hears gone(). */
struct server *server_free(struct server *server);
DEFINE_CLEANUP(struct server *, server_free);

/* Takes fd, a listening SEQPACKET socket, over in every case. */
int server_listen(struct server *server, int fd, enum permit_socket socket) _must_check_;

size_t server_clients(const struct server *server);
uint64_t server_refused(const struct server *server);

#endif
