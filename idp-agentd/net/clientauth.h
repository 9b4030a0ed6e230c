/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_CLIENTAUTH_H
#define IDP_NET_CLIENTAUTH_H

/* How this host proves to the platform which client it is (RFC 6749 2.3.1, RFC 7523 2.2, RFC 8705
 * 2). Pure. */

#include "common/buf.h"
#include "common/macro.h"
#include "common/secret.h"

enum clientauth_method {
	CLIENTAUTH_INVALID = 0,
	CLIENTAUTH_NONE, /* a public client: its name is all it says */
	CLIENTAUTH_BASIC,
	CLIENTAUTH_POST,
	CLIENTAUTH_PRIVATE_KEY,
	CLIENTAUTH_TLS,      /* a certificate, by its subject (RFC 8705 section 2.1) */
	CLIENTAUTH_SELF_TLS, /* a certificate, by its key (section 2.2) */
};

struct clientauth {
	enum clientauth_method method;
	const char *client_id;
	const struct secret *secret;    /* BASIC, POST */
	const struct secret *assertion; /* PRIVATE_KEY: minted for this request */
};

/* "client_secret_basic" and so on; CLIENTAUTH_INVALID for any other word. */
enum clientauth_method clientauth_from_name(const char *name);
const char *clientauth_name(enum clientauth_method method);
/* Does the connection itself prove it? */
bool clientauth_uses_tls(enum clientauth_method method) _must_check_;
/* Does a request of this method begin with a SIGN round trip? */
bool clientauth_needs_assertion(enum clientauth_method method) _must_check_;
/*
 * Adds what the method wants to form, and for BASIC puts the whole Authorization value into header
 * (else header stays empty). Both buffers should be secret. -EINVAL: something is missing.
 */
int clientauth_apply(const struct clientauth *auth, struct buf *form,
		     struct buf *header) _must_check_;

#endif
