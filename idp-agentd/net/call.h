/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_CALL_H
#define IDP_NET_CALL_H

/*
 * One POST to an OAuth endpoint as our client: the form, the proof of who we are (minted by the
 * authority where the method wants it), the answer. Embedded in a flow's state; used again and
 * again, one call at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"

struct net;
struct provider;
struct secret;

struct call {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* the flow holds it */
	http_done_fn done;
	void *userdata;
	struct buf form;
	char *url; /* set while an assertion is waited for */
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
/* SIGNED came. Ignored unless it is waited for; may call done. */
void call_signed(struct call *call, const char *why_not, const struct secret *assertion);

#endif
