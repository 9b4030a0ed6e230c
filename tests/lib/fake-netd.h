/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_FAKE_NETD_H
#define IDP_TESTS_LIB_FAKE_NETD_H

/*
 * idp-netd as idp-agentd sees it, scripted by a test: listens, takes the set-up, waits for
 * questions and says whatever the test wants, right or wrong. Every wait has a deadline.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/wire.h"

struct fake_netd {
	int listener, fd;
	uint32_t revision;
	unsigned setups;     /* sections told in the last set-up */
	char secret[128];    /* the last 'S' field of it */
	char jkt[64];        /* dpop_jkt of the last set-ups; "" never said */
	const char *acr;     /* of the identities it tells; NULL none */
	uint64_t login_age;  /* seconds since their sign-in */
	const char *scope;   /* granted beside openid; NULL none */
	const char *unknown; /* a list those say is not known; NULL none */
	/* their claims beside the name: "/path=value" ..., NULL; NULL none */
	const char *const *claims;
	struct buf out;
	uint8_t in[WIRE_MESSAGE_MAX];
};

int fake_netd_listen(struct fake_netd *netd, const char *path);
void fake_netd_close(struct fake_netd *netd);
/* Waits for the authority, takes its set-up and says READY. 0 or -errno. */
int fake_netd_welcome(struct fake_netd *netd);
/* The link dies. */
void fake_netd_hang_up(struct fake_netd *netd);

/* The next message; answers a SETUP that comes between. -ETIMEDOUT. */
int fake_netd_next(struct fake_netd *netd, usec_t wait, struct wire_in *ret_in);
/* The next message must be of this type; its flow in *ret_flow. -EPROTO when it is not. */
int fake_netd_expect(struct fake_netd *netd, enum wire_type type, uint64_t *ret_flow);

/* Begin with wire_begin(&netd->out, ...), put fields, then: */
int fake_netd_send(struct fake_netd *netd);
int fake_netd_code(struct fake_netd *netd, uint64_t flow, const char *uri, const char *code,
		   uint32_t life);
int fake_netd_auth_url(struct fake_netd *netd, uint64_t flow, const char *url, uint32_t life);
int fake_netd_repaste(struct fake_netd *netd, uint64_t flow, const char *code);
int fake_netd_identity(struct fake_netd *netd, uint64_t flow, const char *provider, const char *iss,
		       const char *sub, const char *name, const char *group);
/* DENIED or FAILED */
int fake_netd_refuse(struct fake_netd *netd, enum wire_type type, uint64_t flow, const char *code);
/* TOKENS: NULL texts are "" (type Bearer, scope openid); life 0: not said. */
struct fake_tokens {
	const char *type, *access, *refresh, *scope, *resource;
	uint64_t life; /* seconds */
};
int fake_netd_tokens(struct fake_netd *netd, uint64_t flow, const struct fake_tokens *tokens);
int fake_netd_revoked(struct fake_netd *netd, uint64_t flow, bool told, const char *endpoint);
int fake_netd_user(struct fake_netd *netd, uint64_t flow, const char *id, const char *name);
/* The same with lines of keys for ssh, "" for none. */
int fake_netd_person(struct fake_netd *netd, uint64_t flow, const char *id, const char *name,
		     bool active, const char *ssh_keys);
int fake_netd_group(struct fake_netd *netd, uint64_t flow, const char *name,
		    const char *const *members);
int fake_netd_end(struct fake_netd *netd, uint64_t flow, bool complete, const char *code);

#endif
