/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_AUTHCODE_H
#define IDP_NET_AUTHCODE_H

/*
 * The authorization code flow with PKCE, its texts: what is asked of the browser, and what the
 * person brings back from it. Pure but for the random numbers. See the MUST list in authcode.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "common/secret.h"
#include "idp-agentd/net/oauth.h"

#define AUTHCODE_CHALLENGE_LEN   43u  /* base64url of a SHA-256 */
#define AUTHCODE_REQUEST_URI_MAX 512u /* of a pushed request: it stands in an address */

/* What one request is bound by. Made once, used once, never written anywhere. */
struct authcode {
	struct secret *state;    /* the browser's answer belongs to this sign-in; NULL: not used */
	struct secret *nonce;    /* the ID token as well */
	struct secret *verifier; /* whoever has the code must be who asked for it */
};
#define AUTHCODE_NULL ((struct authcode){ .state = NULL })

/* -ENOMEM, or no random numbers. authcode_done() in every case. */
int authcode_new(struct authcode *ret_mine) _must_check_;
void authcode_done(struct authcode *mine);
/* S256 of RFC 7636 section 4.2, into AUTHCODE_CHALLENGE_LEN characters and a NUL. */
int authcode_challenge(const char *verifier,
		       char ret_challenge[static AUTHCODE_CHALLENGE_LEN + 1]) _must_check_;

/* ---- asking ---- */

/* Texts of words have spaces between; "" where there is nothing to ask for. */
struct authcode_request {
	const char *redirect_uri;
	const char *scopes;
	const char *acr_values;
	uint32_t max_age; /* UINT32_MAX: not asked for */
	const char *resource;
	const char *resource_parameter; /* what the platform calls it */
	const char
		*dpop_jkt; /* of the key the token will be bound to (RFC 9449 section 10); NULL */
};

/*
 * The request but for client_id as pairs behind what out holds: for the query of an address or the
 * form of a pushed request (RFC 9126).
 */
int authcode_put_request(struct buf *out, const struct authcode *mine,
			 const struct authcode_request *request) _must_check_;
/* endpoint, which may have a query of its own (RFC 6749 section 3.1), with query behind it. */
void authcode_put_url(struct buf *out, const char *endpoint, const struct buf *query);

struct authcode_pushed {
	char request_uri[AUTHCODE_REQUEST_URI_MAX + 1];
	uint32_t expires_in; /* seconds, 1 to FLOW_LIFE_MAX */
};

/* The answer to a pushed request (RFC 9126 section 2.2). 0, -ENOMEM or OAUTH_E_*. */
int authcode_pushed_parse(const void *body, size_t len,
			  struct authcode_pushed *ret_pushed) _must_check_;
/* A redirect_uri this host may name: https, or http to the browser's own machine (RFC 8252). */
bool authcode_redirect_ok(const char *uri) _must_check_;

/* ---- reading what was pasted ---- */

enum authcode_outcome {
	AUTHCODE_E_EMPTY = 1,
	AUTHCODE_E_UNCLEAR, /* neither an address nor a code, or an address that says a thing twice
			     */
	AUTHCODE_E_NO_CODE, /* an address, but not one that a sign-in ends at */
	AUTHCODE_E_CUT,     /* state is not there, or iss although this platform always says it */
	AUTHCODE_E_OTHER,   /* the state of another sign-in */
	AUTHCODE_E_ISSUER,  /* ours, but another issuer says so (RFC 9207) */
	AUTHCODE_E_REFUSED, /* the platform's own error: ret_answer->error */
};

struct authcode_expected {
	const struct secret *state; /* NULL: none was sent */
	const char *issuer;
	bool issuer_required; /* authorization_response_iss_parameter_supported */
};

struct authcode_answer {
	struct secret *code;
	bool bare; /* the code alone was pasted: nothing but PKCE and nonce binds it */
	struct oauth_error error;
};
#define AUTHCODE_ANSWER_NULL ((struct authcode_answer){ .code = NULL })

/*
 * Reads len bytes that a person pasted, with a NUL behind them. 0 with a code, -ENOMEM or
 * AUTHCODE_E_*. authcode_answer_done() in every case.
 */
int authcode_read(const struct authcode_expected *expected, const char *pasted, size_t len,
		  struct authcode_answer *ret_answer) _must_check_;
void authcode_answer_done(struct authcode_answer *answer);
/* What REPASTE says of an outcome, or NULL: pasting again would not help. */
const char *authcode_repaste(int outcome);

#endif
