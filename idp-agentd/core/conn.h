/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONN_H
#define IDP_CORE_CONN_H

/*
 * One local client. Reads a message, holds it against the table of permit.h, hands it on; queues
 * what a slow reader does not take, up to a limit. A connection never dies inside a call: it is
 * marked, and buried when the loop comes round, so no caller ever holds a freed one.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/macro.h"
#include "common/sock.h"
#include "common/wire.h"
#include "idp-agentd/core/permit.h"

struct conn;
struct sd_event;

/* What is under way on a connection: exactly one of conn_end_job() and gone() ends it. */
struct conn_job {
	/* An ANSWER or CANCEL; NULL: neither has a place here. Negative: the client broke the
	 * rules, the connection is closed. */
	int (*message)(void *job, struct wire_in *in);
	/* The client is gone; the job frees itself and does not touch the connection again. */
	void (*gone)(void *job);
};

struct conn_owner {
	void *userdata;
	/* A permitted request. Negative: the connection is closed. */
	int (*request)(void *userdata, struct conn *conn, struct wire_in *in);
	/* The last word about a connection; the owner frees it. */
	void (*closed)(void *userdata, struct conn *conn);
};

/* Takes fd over in every case. memory: WIRE_MESSAGE_MAX bytes, shared by all connections. */
int conn_new(struct sd_event *event, int fd, enum permit_socket socket,
	     const struct sock_peer *peer, const struct conn_owner *owner, uint8_t *memory,
	     struct conn **ret_conn) _must_check_;
struct conn *conn_free(struct conn *conn);
DEFINE_CLEANUP(struct conn *, conn_free);

const struct sock_peer *conn_peer(const struct conn *conn);
/* Its supplementary groups, as sock_peer_groups(). */
int conn_peer_groups(const struct conn *conn, size_t *ret_n, gid_t **ret_gids) _must_check_;
/* When it last said something, or was answered; USEC_INFINITY while a job is under way. */
usec_t conn_idle_since(const struct conn *conn);

/* Something begins that needs time. state: PERMIT_BUSY or PERMIT_TALK. */
void conn_begin_job(struct conn *conn, const struct conn_job *ops, void *job,
		    enum permit_state state);
/* Between PERMIT_TALK and PERMIT_ASKED. */
void conn_set_state(struct conn *conn, enum permit_state state);
/* The last answer was sent. */
void conn_end_job(struct conn *conn);

/* An answer to the client's last message: begin, put fields, send. */
void conn_begin(struct conn *conn, struct buf *out, enum wire_type type);
/* Ends out, sends or queues it, releases it. Failures close the connection later. */
void conn_send(struct conn *conn, struct buf *out);
/* Marks it; the owner hears of it from the loop. */
void conn_close(struct conn *conn);
/* Tells the job under way that the client is gone, now: before freeing it outside the loop. */
void conn_abandon(struct conn *conn);

/* For the owner's list. */
struct conn *conn_next(const struct conn *conn);
void conn_link(struct conn **list, struct conn *conn);
void conn_unlink(struct conn **list, struct conn *conn);

#endif
