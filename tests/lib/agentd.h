/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_AGENTD_H
#define IDP_TESTS_LIB_AGENTD_H

/* A real idp-agentd in a folder of its own, a fake idp-netd beside it, and clients of it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/client.h"
#include "tests/lib/fake-netd.h"

struct agentd {
	char folder[64];
	pid_t pid;
	struct fake_netd netd;
};

struct talk {
	struct client client;
	struct buf out;
	uint8_t in[WIRE_MESSAGE_MAX];
};

/* The content of the file "token" in the folder. */
#define AGENTD_TOKEN "s3cret-of-the-test"

/* Makes the folder, the sockets' names, a token and the configuration. 0 or -errno. */
int agentd_prepare(struct agentd *agentd, const char *config);
/* Writes a file of the folder; '@' in text stands for the folder. */
int agentd_put(const struct agentd *agentd, const char *name, const char *text);
/* Starts the daemon and waits until its sockets are there. */
int agentd_start(struct agentd *agentd);
/* Starts a daemon that is expected to give up; its exit code, or -errno. */
int agentd_fail(struct agentd *agentd);
/* Ends it with this signal (0: waits for it to end); its wait status. */
int agentd_stop(struct agentd *agentd, int signal);
/* Ends everything and removes the folder. */
void agentd_done(struct agentd *agentd);
/* FOLDER/name, in memory of the caller. */
const char *agentd_path(const struct agentd *agentd, const char *name, char path[static 108]);

int talk_open(struct talk *talk, const struct agentd *agentd, const char *socket);
void talk_close(struct talk *talk);
/* Sends a request of strings, NULL-terminated; PAM requests get their flags. */
int talk_ask(struct talk *talk, enum wire_type type, const char *const *texts);
/* An ANSWER or CANCEL under the serial of the request. */
int talk_reply(struct talk *talk, enum wire_type type);
/* An ANSWER with what the person typed. */
int talk_answer(struct talk *talk, const char *text);
/* The next answer, opened. */
int talk_next(struct talk *talk, struct wire_in *ret_in);
/* The next answer's type, or -errno. */
int talk_next_type(struct talk *talk);
/* Waits for DONE; the result, reason (of at least REASON_MAX bytes) filled. Negative: -errno. */
int talk_done(struct talk *talk, char *reason, char *text);
/* Starts AUTH or another PAM request for user at service sshd. */
int talk_pam(struct talk *talk, enum wire_type type, const char *user);

#endif
