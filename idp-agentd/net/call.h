/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_CALL_H
#define IDP_NET_CALL_H

/*
 * One request in which this host proves who it is: a POST to an OAuth endpoint as our client, or
 * a GET with an access token. What has to be signed for it the authority signs. Embedded in a
 * flow's state; used again and again, one request at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"

struct net;
struct provider;
struct secret;

/* What a call waits for before it is sent. */
enum call_wait { CALL_WAITS_NOT = 0, CALL_WAITS_ASSERTION, CALL_WAITS_PROOF };

/* A GET. What is NULL or 0 is as in struct http_order. */
struct call_get {
	const char *url;
	const struct secret *token;
	bool bound; /* the token is bound to this host by DPoP */
	const char *accept;
	const char *etag; /* of what is known already: If-None-Match */
	size_t body_max;
};

struct call {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* the flow holds it */
	http_done_fn done;
	void *userdata;
	struct buf form; /* what the flow put; kept until the answer, as it may be sent twice */
	char *url;       /* set from the start to the answer */
	enum call_wait wait;
	bool once;               /* the flow's: what is posted is acted upon once (http.h) */
	bool get, proves, again; /* again: the nonce of a server was obeyed once already */
	struct secret *token, *assertion;
	char *etag; /* of a GET, as the next two */
	const char *accept;
	size_t body_max;
	struct http_request *request;
};

/* Nothing is under way yet. done gets every answer, HTTP_E_UNSIGNED among the errors. */
void call_init(struct call *call, struct net *net, uint64_t flow, struct provider *provider,
	       http_done_fn done, void *userdata);
/* Stops and erases. */
void call_done(struct call *call);
/* An empty form to fill with url_put_pair(). */
struct buf *call_form(struct call *call);
/* Sends the form to url. 0 or -errno; then done is not called. */
int call_start(struct call *call, const char *url) _must_check_;
/* Asks for a document; the token is copied, accept must be a literal. 0 or -errno, likewise. */
int call_get(struct call *call, const struct call_get *get) _must_check_;
/* SIGNED came. Ignored unless it is waited for; may call done. */
void call_signed(struct call *call, const char *why_not, const struct secret *made);

#endif
