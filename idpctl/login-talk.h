/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_TALK_H
#define IDP_IDPCTL_LOGIN_TALK_H

/*
 * The conversation of a login: between the agent, the browser that comes back to a port of this
 * machine, and the terminal, where its address may be pasted instead.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/client.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idpctl/login-listen.h"
#include "idpctl/login-paste.h"

struct login_talk {
	FILE *say; /* what people read */
	struct client client;
	uint8_t *memory;             /* WIRE_MESSAGE_MAX bytes, for what the agent says */
	struct login_listen *listen; /* NULL: nobody can come back here */
	struct login_paste paste;
	int signals;     /* a signalfd, or -1 */
	pid_t browser;   /* 0: none of ours, or it has ended */
	bool asked;      /* the agent waits for an answer */
	bool midline;    /* the cursor stands behind a question */
	usec_t patience; /* while not asked: it says something by then */
	usec_t until;    /* nobody signs in after that */
};

/* The agent's last word, or ours. */
struct login_end {
	uint32_t result; /* enum wire_result */
	int signal;      /* that ended it, or 0 */
	char reason[REASON_MAX + 1];
	char text[REASON_MAX * 4 + 1]; /* what is longer is cut */
};

/*
 * Lines for people, with everything a terminal could act upon made visible. A line that was begun
 * before ends first, and "" does nothing else.
 */
void login_talk_say(struct login_talk *talk, const char *text);
/* Takes a DONE apart. -EBADMSG. */
int login_talk_read_done(struct wire_in *in, struct login_end *ret_end) _must_check_;
/* From BROWSE to the end. -errno: the agent is gone. */
int login_talk_run(struct login_talk *talk, struct login_end *ret_end) _must_check_;

#endif
