/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Authenticated POSTs. The audience of an assertion is the token endpoint also where another
 * endpoint is asked: OIDC Core section 9 says so, and every deployed platform takes it.
 */
#include "idp-agentd/net/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/net/clientauth.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"

void call_init(struct call *call, struct net *net, uint64_t flow, struct provider *provider,
	       http_done_fn done, void *userdata)
{
	*call = (struct call){ .net = net, .flow = flow, .provider = provider };
	call->done = done;
	call->userdata = userdata;
	buf_init_secret(&call->form, HTTP_HEADER_MAX);
}

void call_done(struct call *call)
{
	call->request = http_cancel(call->request);
	buf_done(&call->form);
	free(call->url);
	call->url = NULL;
}

struct buf *call_form(struct call *call)
{
	buf_reset(&call->form);
	return &call->form;
}

static void call_on_answer(void *userdata, const struct http_answer *answer)
{
	struct call *call = userdata;

	call->request = NULL;
	call->done(call->userdata, answer);
}

static int call_send(struct call *call, const char *url, const struct secret *assertion)
{
	const struct provider *provider = call->provider;
	const struct clientauth auth = {
		.method = provider->auth,
		.client_id = provider->client_id,
		.secret = provider->secret,
		.assertion = assertion,
	};
	struct http_order order = { .url = url, .ca = provider->ca, .form = &call->form };
	struct buf header;
	int r;

	buf_init_secret(&header, HTTP_HEADER_MAX);
	r = clientauth_apply(&auth, &call->form, &header);
	if (r == 0) {
		order.authorization = header.len > 0 ? (const char *)header.data : NULL;
		r = http_start(call->net->http, &order, call_on_answer, call, &call->request);
	}
	buf_done(&header);
	buf_done(&call->form);
	return r;
}

int call_start(struct call *call, const char *url)
{
	const char *audience;

	if (call->request || call->url)
		return -EBUSY;
	if (!clientauth_needs_assertion(call->provider->auth))
		return call_send(call, url, NULL);
	audience = provider_endpoint(call->provider, PROVIDER_TOKEN);
	call->url = strdup(url);
	if (!call->url)
		return -ENOMEM;
	reply_sign(call->net->outlet, call->flow, call->provider->name, audience ? audience : url);
	return 0;
}

void call_signed(struct call *call, const char *why_not, const struct secret *assertion)
{
	struct http_answer answer = { .error = HTTP_E_UNSIGNED, .body = "" };
	_cleanup_free_ char *url = TAKE_PTR(call->url);

	if (!url)
		return;
	if (assertion && !*why_not && call_send(call, url, assertion) == 0)
		return;
	log_warning("provider %s: no client assertion: %s", call->provider->name,
		    *why_not ? why_not : "it could not be sent");
	http_explain(answer.error, url, answer.reason, sizeof(answer.reason));
	call->done(call->userdata, &answer);
}
