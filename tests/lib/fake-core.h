/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_FAKE_CORE_H
#define IDP_TESTS_LIB_FAKE_CORE_H

/*
 * The authority as idp-netd sees it, scripted by a test: starts a real idp-netd, is its one
 * client, sends what the test wants and waits for what comes back, always with a deadline.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/wire.h"

struct fake_core {
	pid_t pid;
	int fd;
	char path[108];
	char log[128]; /* of idp-netd, run with --debug */
	struct buf out;
	uint8_t in[WIRE_MESSAGE_MAX];
	unsigned signs;  /* SIGN messages answered by fake_core_next() */
	unsigned proves; /* PROVE messages, likewise; the proof is what was asked, see mock/dpop.mjs
			  */
	const char *assertion; /* what they are answered with; NULL: "no key" */
	/* Or: puts the SIGNED for the SIGN or PROVE behind its flow into out. 0 or -errno. */
	int (*sign)(uint64_t flow, struct wire_in *in, struct buf *out);
	char audience[300];   /* of the last SIGN */
	bool keep;            /* DEVICE and AUTHCODE want their tokens */
	const char *resource; /* and name this; NULL: none */
};

/* Starts $top_builddir/idp-netd on a socket of its own in dir and connects. 0 or -errno. */
int fake_core_start(struct fake_core *core, const char *dir);
/* Closes, ends the process; its wait status, or -errno. */
int fake_core_stop(struct fake_core *core);
/* Closes the connection and opens it again: the world of before is gone. */
int fake_core_reconnect(struct fake_core *core);

/* Did idp-netd log this text so far? */
bool fake_core_logged(const struct fake_core *core, const char *text);
/* Begin with wire_begin(&core->out, ...), put the fields, then: */
int fake_core_send(struct fake_core *core);
/* The next message, opened. -ETIMEDOUT. SIGN is answered and skipped. */
int fake_core_next(struct fake_core *core, usec_t wait, struct wire_in *ret_in);

/* A section: key, value, key, value, ..., NULL. */
int fake_core_setup(struct fake_core *core, uint32_t revision, const char *kind, const char *name,
		    const char *const *pairs);
/* Ends the set-up and waits for READY. */
int fake_core_setup_end(struct fake_core *core, uint32_t revision);
/* DEVICE with scopes in one text. */
int fake_core_device(struct fake_core *core, uint64_t flow, const char *provider,
		     const char *scopes);
/* AUTHCODE, likewise. */
int fake_core_authcode(struct fake_core *core, uint64_t flow, const char *provider,
		       const char *scopes);
/* PASSWORD for user with scopes in one text. */
int fake_core_password(struct fake_core *core, uint64_t flow, const char *user,
		       const char *password, const char *scopes);
int fake_core_redirect(struct fake_core *core, uint64_t flow, const char *pasted);
/* TOKEN_CHECK. */
int fake_core_token(struct fake_core *core, uint64_t flow, const char *provider, const char *token);
/* TOKEN_VERIFY; proof "": none came along. */
int fake_core_shown(struct fake_core *core, uint64_t flow, const char *provider, const char *token,
		    const char *proof, const char *method, const char *address);
/* REFRESH, REVOKE, LOGOUT_CHECK. */
int fake_core_refresh(struct fake_core *core, uint64_t flow, const char *provider,
		      const char *token, const char *subject);
int fake_core_revoke(struct fake_core *core, uint64_t flow, const char *provider,
		     const char *refresh_token, const char *access_token);
int fake_core_logout(struct fake_core *core, uint64_t flow, const char *provider,
		     const char *token);
int fake_core_abort(struct fake_core *core, uint64_t flow);
int fake_core_credit(struct fake_core *core, uint64_t flow, uint32_t n);

#endif
