/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_VERIFY_H
#define IDP_NET_VERIFY_H

/*
 * One signed token of a platform against the platform's keys, which are fetched when they are not
 * here, and once more, within the budget, when the token names a key nobody knows. Embedded in a
 * flow's state.
 */

#include <stdbool.h>

#include "common/macro.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/jws.h"

struct jwks_cache;
struct provider;
struct secret;

enum verify_end {
	VERIFY_FAILED = 0, /* it could not be found out */
	VERIFY_REFUSED,    /* the token is not what it must be */
	VERIFY_GOOD,       /* verify.jws has the payload */
};

/* Called once for each start, perhaps before that returns. code and text: why not; "" when good. */
typedef void (*verify_done_fn)(void *userdata, enum verify_end end, const char *code,
			       const char *text);

struct verify {
	struct provider *provider; /* the flow holds both */
	struct jwks_cache *keys;   /* the provider's; may be set before the start */
	const struct secret *token;
	struct jws_policy policy;
	struct jws jws;   /* what it is, as far as it was read */
	int outcome;      /* JWS_E_*, when it is refused */
	bool asked_newer; /* the one fetch was had; set it where another token of the flow had it */
	struct waiter waiter;
	verify_done_fn done;
	void *userdata;
};

/* Nothing is under way yet. */
void verify_init(struct verify *verify, struct provider *provider, verify_done_fn done,
		 void *userdata);
/* Takes token for what use says; typ: the provider's own word for it, or NULL. */
void verify_start(struct verify *verify, const struct secret *token, enum jws_use use,
		  const char *typ);
/* Stops and erases. */
void verify_done(struct verify *verify);

#endif
