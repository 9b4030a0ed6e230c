/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_CONTROL_H
#define IDP_IDPCTL_CONTROL_H

/* One question to the agent over its control socket, and all of its answer. */

#include <stdint.h>
#include <stdio.h>

#include "common/client.h"
#include "common/macro.h"
#include "common/wire.h"

struct progress;
struct rows;

/* The agent's last word. Zeroed memory is fine for done. */
struct control_end {
	uint32_t status; /* exit status the agent suggests */
	char *reason;    /* stable code, "" when all is well */
	char *text;      /* a sentence, or "" */
};

void control_end_done(struct control_end *end);
/* Copies of these in the place of what it had. -ENOMEM. */
int control_end_set(struct control_end *end, uint32_t status, const char *reason,
		    const char *text) _must_check_;

/* The same from an END. -EBADMSG, -ENOMEM. */
int control_take_end(struct wire_in *in, struct control_end *end) _must_check_;
/*
 * Sends what the caller began with client_begin() in out, collects ROWs, shows PROGRESS (NULL:
 * to nobody) until END. -errno, with what came until then in rows.
 */
int control_ask(struct client *client, struct buf *out, struct rows *rows,
		struct progress *progress, struct control_end *end) _must_check_;

/* Writes what failed, why, and what to do next, for an error of client_open() or control_ask(). */
void control_explain(FILE *out, const char *path, int error);

#endif
