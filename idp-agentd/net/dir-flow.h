/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_FLOW_H
#define IDP_NET_DIR_FLOW_H

/* What dir.c (asking) and dir-send.c (what came) share; nobody else. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/clock.h"
#include "common/limits.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/dir-token.h"

struct dir_flow {
	struct net *net;
	uint64_t flow;
	struct directory *directory; /* ours */
	const struct dir_backend *backend;
	void *state; /* the backend's */
	struct dir_ask ask;
	char *value, *cursor; /* what ask points to */
	/* asking */
	struct dir_token token;
	struct dir_request request; /* kept for another try */
	sd_event_source *timer;     /* of another try */
	usec_t retry_at;
	unsigned tries; /* of that request */
	bool renewed;   /* the token, for it */
	/* records */
	struct dir_word word;
	bool giving; /* give() may have more */
	bool held;   /* record is not yet sent, or not all of it */
	struct dir_record record;
	size_t member_at; /* next member of that group */
	uint32_t credit;
	uint32_t n_users, n_groups, n_skipped;
	char skipped[REASON_MAX]; /* why the first one was left out */
};

enum dir_pump { DIR_PUMP_OVER = 0, DIR_PUMP_WAITS };

/* Sends what give() has as far as the credit goes. enum dir_pump or -errno. */
int dir_pump(struct dir_flow *dir) _must_check_;

#endif
