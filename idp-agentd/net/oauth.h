/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_OAUTH_H
#define IDP_NET_OAUTH_H

/*
 * The answers of OAuth endpoints (RFC 6749 section 5, RFC 8628 section 3.2): bytes in, checked
 * values out. Pure. Tokens come out as secrets.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "common/secret.h"

#define OAUTH_SCOPE_MAX     4096u /* the scope member of an answer */
#define OAUTH_USER_CODE_MAX 64u   /* a person types it */

enum oauth_outcome {
	OAUTH_E_JSON = 1, /* not one JSON object */
	OAUTH_E_SHAPE,    /* a member is missing, of the wrong type or out of bounds */
	OAUTH_E_URL,      /* verification_uri is not an https address */
	OAUTH_E_TYPE,     /* token_type is not the one that is wanted */
};

/* What the platform says against us. code is "" when the body is no OAuth error. */
struct oauth_error {
	char code[64];         /* printable ASCII */
	char text[REASON_MAX]; /* its description, printable, cut; "" when absent */
};

struct oauth_device {
	struct secret *device_code;
	char *uri;
	char *uri_complete; /* NULL when absent or not an https address */
	char user_code[OAUTH_USER_CODE_MAX + 1];
	usec_t expires_in; /* at most FLOW_LIFE_MAX */
	usec_t interval;   /* 1 s to FLOW_LIFE_MAX */
};
#define OAUTH_DEVICE_NULL ((struct oauth_device){ .device_code = NULL })

struct oauth_tokens {
	struct secret *access_token;
	struct secret *id_token;      /* or NULL */
	struct secret *refresh_token; /* or NULL */
	char *scope;                  /* or NULL: as asked for */
	usec_t expires_in;            /* 0 when not said */
	json_t *properties; /* what else the answer says: an object without a token in it */
};
#define OAUTH_TOKENS_NULL ((struct oauth_tokens){ .access_token = NULL })

/* Never fails: what is not an OAuth error gives an empty code. */
void oauth_error_parse(const void *body, size_t len, struct oauth_error *ret_error);
/* 0, -ENOMEM or OAUTH_E_*. Call the matching _done() in every case. */
int oauth_device_parse(const void *body, size_t len, struct oauth_device *ret_device) _must_check_;
void oauth_device_done(struct oauth_device *device);
/* dpop: token_type must be DPoP, and Bearer is refused as everything else is (RFC 9449 section 5).
 */
int oauth_tokens_parse(const void *body, size_t len, bool dpop,
		       struct oauth_tokens *ret_tokens) _must_check_;
void oauth_tokens_done(struct oauth_tokens *tokens);
/* A sentence for an outcome of this header. */
const char *oauth_sentence(int outcome);

#endif
