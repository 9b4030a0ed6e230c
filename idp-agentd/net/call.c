/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Authenticated requests. The audience of an assertion is the token endpoint also where another
 * endpoint is asked: OIDC Core section 9 says so, and nearly every deployed platform takes it; the
 * others are what client_aud is for. Proofs of DPoP go to the token endpoint and along with tokens
 * (RFC 9449 sections 5 and 7); no other endpoint knows them. Order: assertion, proof, request; an
 * assertion or a proof is used once, so that what is sent again is signed again.
 */
#include "idp-agentd/net/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/net/clientauth.h"
#include "idp-agentd/net/dpop.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/url.h"

static int call_go_on(struct call *call);

void call_init(struct call *call, struct net *net, uint64_t flow, struct provider *provider,
	       http_done_fn done, void *userdata)
{
	*call = (struct call){ .net = net, .flow = flow, .provider = provider };
	call->done = done;
	call->userdata = userdata;
	buf_init_secret(&call->form, HTTP_HEADER_MAX);
}

/* Ready for another. The form stays: the flow may be filling it. */
static void call_forget(struct call *call)
{
	call->request = http_cancel(call->request);
	free(TAKE_PTR(call->url));
	free(TAKE_PTR(call->etag));
	call->token = secret_free(call->token);
	call->assertion = secret_free(call->assertion);
	call->wait = CALL_WAITS_NOT;
	call->get = call->proves = call->again = false;
}

void call_done(struct call *call)
{
	call_forget(call);
	buf_done(&call->form);
}

struct buf *call_form(struct call *call)
{
	buf_reset(&call->form);
	return &call->form;
}

/* The last thing done to a call: the flow may be gone after it. */
static void call_finish(struct call *call, const struct http_answer *answer)
{
	call_forget(call);
	buf_done(&call->form);
	call->done(call->userdata, answer);
}

/* ---- sending ---- */

static void call_on_answer(void *userdata, const struct http_answer *answer)
{
	struct call *call = userdata;

	call->request = NULL;
	if (call->proves)
		dpop_learn(call->net->nonces, call->url, answer);
	if (call->proves && !call->again && dpop_wants_nonce(answer)) {
		call->again = true;
		if (call_go_on(call) == 0)
			return;
	}
	call_finish(call, answer);
}

static int call_post(struct call *call, const struct secret *proof)
{
	const struct provider *provider = call->provider;
	const struct clientauth auth = {
		.method = provider->auth,
		.client_id = provider->client_id,
		.secret = provider->secret,
		.assertion = call->assertion,
	};
	struct http_order order = { .url = call->url, .ca = provider->ca, .proof = proof };
	struct buf form, header;
	int r;

	order.cert = provider->cert;
	order.key = provider->tls_key;
	order.once = call->once;
	buf_init_secret(&form, HTTP_HEADER_MAX);
	buf_init_secret(&header, HTTP_HEADER_MAX);
	buf_put(&form, call->form.data, call->form.len);
	r = clientauth_apply(&auth, &form, &header);
	if (r == 0) {
		order.form = &form;
		order.authorization = header.len > 0 ? (const char *)header.data : NULL;
		r = http_start(call->net->http, &order, call_on_answer, call, &call->request);
	}
	buf_done(&header);
	buf_done(&form);
	call->assertion = secret_free(call->assertion);
	return r;
}

static int call_fetch(struct call *call, const struct secret *proof)
{
	const struct http_order order = {
		.url = call->url,
		.ca = call->provider->ca,
		/* A token may be bound to the certificate it was fetched with (RFC 8705 section 3).
		 */
		.cert = call->provider->cert,
		.key = call->provider->tls_key,
		.bearer = call->token,
		.proof = proof,
		.accept = call->accept,
		.etag = call->etag,
		.body_max = call->body_max,
	};

	return http_start(call->net->http, &order, call_on_answer, call, &call->request);
}

static int call_send(struct call *call, const struct secret *proof)
{
	call->wait = CALL_WAITS_NOT;
	return call->get ? call_fetch(call, proof) : call_post(call, proof);
}

/* ---- what has to be signed first ---- */

static int call_ask_assertion(struct call *call)
{
	const char *audience = call->provider->client_aud;

	if (!audience)
		audience = provider_endpoint(call->provider, PROVIDER_TOKEN);
	call->wait = CALL_WAITS_ASSERTION;
	reply_sign(call->net->outlet, call->flow, call->provider->name,
		   audience ? audience : call->url);
	return 0;
}

static int call_ask_proof(struct call *call)
{
	struct reply_prove prove = { .provider = call->provider->name, .ath = "" };
	char ath[DPOP_ATH_LEN + 1];
	struct buf target;
	int r = call->token ? dpop_hash(call->token, ath) : 0;

	buf_init(&target, URL_LEN_MAX);
	dpop_put_target(&target, call->url);
	if (r == 0)
		r = buf_end(&target);
	if (r == 0) {
		prove.method = call->get ? "GET" : "POST";
		prove.target = (const char *)target.data;
		prove.nonce = dpop_nonce(call->net->nonces, call->url);
		prove.ath = call->token ? ath : "";
		call->wait = CALL_WAITS_PROOF;
		reply_prove(call->net->outlet, call->flow, &prove);
	}
	buf_done(&target);
	return r;
}

/* The next step of the order above. */
static int call_go_on(struct call *call)
{
	if (!call->get && clientauth_needs_assertion(call->provider->auth) && !call->assertion)
		return call_ask_assertion(call);
	return call->proves ? call_ask_proof(call) : call_send(call, NULL);
}

static int call_begin(struct call *call, const char *url)
{
	int r;

	call->url = strdup(url);
	if (!call->url)
		return -ENOMEM;
	r = call_go_on(call);
	if (r < 0)
		call_forget(call);
	return r;
}

int call_start(struct call *call, const char *url)
{
	const char *token_endpoint = provider_endpoint(call->provider, PROVIDER_TOKEN);

	if (call->url)
		return -EBUSY;
	call->proves = call->provider->dpop && token_endpoint && strcmp(url, token_endpoint) == 0;
	return call_begin(call, url);
}

int call_get(struct call *call, const struct call_get *get)
{
	if (call->url)
		return -EBUSY;
	call->get = true;
	call->proves = get->bound;
	call->accept = get->accept;
	call->body_max = get->body_max;
	call->token = secret_new(get->token->text, get->token->len);
	call->etag = get->etag ? strdup(get->etag) : NULL;
	if (!call->token || (get->etag && !call->etag)) {
		call_forget(call);
		return -ENOMEM;
	}
	return call_begin(call, get->url);
}

void call_signed(struct call *call, const char *why_not, const struct secret *made)
{
	struct http_answer answer = { .error = HTTP_E_UNSIGNED, .body = "" };
	enum call_wait waited = call->wait;
	int r = -EACCES;

	if (waited == CALL_WAITS_NOT)
		return;
	call->wait = CALL_WAITS_NOT;
	if (made && !*why_not && waited == CALL_WAITS_ASSERTION) {
		call->assertion = secret_new(made->text, made->len);
		r = call->assertion ? call_go_on(call) : -ENOMEM;
	} else if (made && !*why_not) {
		r = call_send(call, made);
	}
	if (r == 0)
		return;
	log_warning("provider %s: a request was not signed: %s", call->provider->name,
		    *why_not ? why_not : "it could not be sent");
	http_explain(answer.error, call->url, answer.reason, sizeof(answer.reason));
	call_finish(call, &answer);
}
