/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_FAKE_AGENT_H
#define IDP_TESTS_LIB_FAKE_AGENT_H

/*
 * A peer that plays idp-agentd from a script, in a process of its own, so that it can hang and be
 * killed for real. A script is a function; an expectation that fails ends the process with 1, and
 * fake_agent_stop() says so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/wire.h"

struct fake_peer {
	int fd;
	uint32_t serial;   /* of the request last seen: replies carry it */
	struct wire_in in; /* the request last seen */
	struct buf out;
	uint8_t memory[WIRE_MESSAGE_MAX];
};

typedef void (*fake_script)(struct fake_peer *peer);

struct fake_agent {
	pid_t pid;
	char dir[64];
	char path[96]; /* of the socket */
};

/* Listens in a fresh directory; each of n_connections clients, one after another, meets script. */
void fake_agent_start(struct fake_agent *agent, fake_script script, unsigned n_connections);
/*
 * Waits for the scripts to end, kills them when they do not within some seconds, removes the
 * directory. True when every script ran to its end.
 */
bool fake_agent_stop(struct fake_agent *agent);
/* The same for scripts that never end on purpose: kills at once. */
void fake_agent_kill(struct fake_agent *agent);

/* ---- inside scripts ---- */

/* The next message must be of this type; its fields may then be read from peer->in. */
void fake_expect(struct fake_peer *peer, enum wire_type type);
/* The next field of peer->in must be this string. */
void fake_expect_str(struct fake_peer *peer, const char *text);
void fake_expect_u32(struct fake_peer *peer, uint32_t value);
/* The client must close the connection without another word but CANCEL. */
void fake_expect_hangup(struct fake_peer *peer);

void fake_say(struct fake_peer *peer, enum wire_say kind, const char *text);
void fake_ask(struct fake_peer *peer, enum wire_ask kind, const char *text);
/* env: n assignments. result is a number on purpose: scripts also send ones nobody defined. */
void fake_done(struct fake_peer *peer, uint32_t result, const char *reason, const char *text,
	       size_t n_env, const char *const *env);
/* A login: where the browser is to come back to, and what it opens. */
void fake_here(struct fake_peer *peer, uint32_t port, const char *path);
void fake_browse(struct fake_peer *peer, const char *url, uint32_t seconds);
void fake_row(struct fake_peer *peer, const char *kind, const struct wire_field *fields,
	      size_t n_fields);
void fake_progress(struct fake_peer *peer, uint32_t done, uint32_t total, const char *what);
void fake_end(struct fake_peer *peer, uint32_t status, const char *reason, const char *text);
/* Bytes that need not be a message. */
void fake_raw(struct fake_peer *peer, const void *bytes, size_t len);
/* Says nothing until killed. */
void fake_silence(void) __attribute__((__noreturn__));
/* As if an administrator or the OOM killer did it: kill -9. */
void fake_die(void) __attribute__((__noreturn__));

#endif
