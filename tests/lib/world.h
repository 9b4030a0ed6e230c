/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_WORLD_H
#define IDP_TESTS_LIB_WORLD_H

/*
 * The world of one test of the daemon: a real idp-agentd, the fake idp-netd it listens to, the
 * people it knows, and root who asks. What goes wrong in here fails the test.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/agentd.h"

#define WORLD_ISS "https://idp.example.com"
#define WORLD_URI WORLD_ISS "/device"

/* Sections of a configuration. */
#define WORLD_PROVIDER             \
	"[provider corp]\n"        \
	"issuer = " WORLD_ISS "\n" \
	"client_id = host1\n"
#define WORLD_DIRECTORY                        \
	"[directory people]\n"                 \
	"kind = scim\n"                        \
	"url = https://idp.example.com/scim\n" \
	"auth = bearer\n"                      \
	"token = file:@/token\n"
#define WORLD_ALLOW(group) "[allow " group "]\nneed = group:" group "\n"

struct world {
	struct agentd agentd;
	struct talk talk;                          /* of root, on the agent's socket */
	char reason[REASON_MAX], text[REASON_MAX]; /* of the last DONE */
	uint64_t flow;                             /* of the last sign-in */
};

/* Starts the daemon and tells it READY. False: this is not root, who alone may speak for others. */
bool world_start(struct world *w, const char *config);
/* Answers its synchronisation: alice (s1), bob (s2) and more (p0, p1, ...), all of this group. */
void world_sync(struct world *w, const char *group, unsigned more);
/* Until the pass is in the record, and the person is let in: groups come last. */
void world_wait_for(struct world *w, const char *name);
/* Until the record knows this person: nobody is asked meanwhile. */
void world_wait_for_record(struct world *w, const char *name);
/* Opens w->talk, or opens it again. */
void world_open(struct world *w);
/* Opens a talk of this user on the agent's socket: the kernel says who, at the moment of
 * connecting. */
void world_talk_as(struct world *w, struct talk *talk, uid_t uid);
/* Ends the daemon, which must leave in order and never have logged its secret. */
void world_end(struct world *w);

/* RELOAD: what its END says. */
int world_reload(struct world *w);
/* SYNC of the directory people, asked on a talk of its own. */
void world_ask_sync(struct world *w, struct talk *talk, bool full, bool force);
/* AUTH for user up to the prompt. */
void world_sign_in(struct world *w, const char *user);
/* What the person answers, which must come to idp-netd byte for byte. */
void world_answer(struct world *w, const char *text);
/* DONE of the request under way: its result. */
int world_finish(struct world *w);
uint32_t world_uid_of(struct world *w, const char *user);

#endif
