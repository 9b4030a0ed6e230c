/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SIGNIN_H
#define IDP_CORE_SIGNIN_H

/*
 * Carries one session machine: events from the connection, the link, the lookup and the clock go
 * in, its actions come out as messages. All decisions are the machine's (session.c) and its
 * world's (world.c); this file only moves them.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct authority;
struct conn;
struct lookup;
struct peer;
struct quota;
struct sd_event;
struct tickets;
struct signins;

struct signins_status {
	size_t under_way;
	uint64_t permitted, denied, unavailable;
};

/* publish: a person was learned, the snapshot is to be written anew; publish_now: at once, since
 * somebody who is let in has other groups than before. */
struct signins_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
	struct lookup *lookup;
	struct tickets *tickets;
	struct wallets *wallets;
	void (*publish)(void *userdata);
	void (*publish_now)(void *userdata);
	void *userdata;
};

int signins_new(const struct signins_parts *parts, struct signins **ret_signins) _must_check_;
/* All connections must be gone before. */
struct signins *signins_free(struct signins *signins);
DEFINE_CLEANUP(struct signins *, signins_free);

/* The last word of a conversation, or the only one. */
void signin_send_done(struct conn *conn, enum wire_result result, const char *reason,
		      const char *text);
/* A request of class PAM. Negative: the client broke the rules. */
int signins_request(struct signins *signins, struct conn *conn, struct wire_in *in) _must_check_;
void signins_get_status(const struct signins *signins, struct signins_status *ret_status);

#endif
