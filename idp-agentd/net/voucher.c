/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. a request is sent once: its assertion names one moment and one number;
 *  2. every path ends in exactly one of VOUCHED, FAILED and the flow's end; VOUCHED says what the
 *     platform said, yes or no; FAILED is for what never got an answer;
 *  3. nothing of an assertion, a proof or a voucher is logged.
 */
#include "idp-agentd/net/voucher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/clientauth.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply-tokens.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/url.h"
#include "idp-agentd/net/voucher-read.h"

struct vouch {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct http_request *request;
};

static struct vouch *vouch_free(struct vouch *vouch)
{
	if (!vouch)
		return NULL;
	http_cancel(vouch->request);
	provider_unref(vouch->provider);
	free(vouch);
	return NULL;
}
DEFINE_CLEANUP(struct vouch *, vouch_free);

static void vouch_on_free(void *state)
{
	vouch_free(state);
}

static const struct flow_ops vouch_ops = { .free = vouch_on_free };

/* ---- endings: vouch is gone after these ---- */

static void vouch_fail(struct vouch *vouch, const char *code, const char *text)
{
	log_info("provider %s: no voucher: %s (%s)", vouch->provider->name, text, code);
	reply_failed(vouch->net->outlet, vouch->flow, code, text);
	flow_end(vouch->net->flows, vouch->flow);
}

static void vouch_say(struct vouch *vouch, const struct reply_vouched *reply)
{
	int r = reply_vouched(vouch->net->outlet, vouch->flow, reply);

	if (r < 0)
		vouch_fail(vouch, "platform-refused", "the platform's answer is more than fits");
	else
		flow_end(vouch->net->flows, vouch->flow);
}

/* ---- the answer ---- */

static void vouch_refused(struct vouch *vouch, const struct http_answer *answer,
			  struct reply_vouched *reply)
{
	bool trouble = answer->status >= 500 || answer->status == 429 || answer->status == 408;
	struct voucher_problem problem;
	char text[REASON_MAX];

	voucher_read_problem(answer->body, answer->body_len, &problem);
	reason_format(text, sizeof(text), "HTTP status %u%s%s%s%.180s", answer->status,
		      *problem.code ? ", " : "", problem.code, *problem.text ? ": " : "",
		      problem.text);
	log_info("provider %s gave no voucher: %s", vouch->provider->name, text);
	reply->code = trouble ? "platform-busy" : "voucher-refused";
	reply->text = text;
	vouch_say(vouch, reply);
}

/* The claims the authority compares or writes into its journal, and no others. */
static int vouch_flatten(const json_t *claims, struct flatten **ret_flatten)
{
	static const char *const only[] = {
		"/jti", "/iss",       "/aud",    "/sub", "/client_id",  "/iat",        "/nbf",
		"/exp", "/purposeId", "/digest", "/cnf", "/eserviceId", "/consumerId", "/role",
	};
	static const struct flatten_policy policy = { .only = only, .n_only = ELEMENTSOF(only) };

	return flatten_claims(claims, &policy, ret_flatten);
}

static void vouch_take(struct vouch *vouch, const struct http_answer *answer,
		       struct reply_vouched *reply)
{
	_cleanup_(flatten_freep) struct flatten *claims = NULL;
	struct voucher_answer read;
	int r = voucher_read(answer->body, answer->body_len, &read);

	reply->text = voucher_sentence(r);
	if (r == 0) {
		r = vouch_flatten(read.claims, &claims);
		reply->text = "the voucher says more than this host takes";
	}
	if (r < 0) {
		vouch_fail(vouch, "internal", strerrordesc_np(-r));
	} else if (r > 0) {
		reply->code = "voucher-invalid";
		vouch_say(vouch, reply);
	} else {
		reply->text = "";
		reply->voucher = read.voucher;
		reply->type = read.type;
		reply->typ = read.typ;
		reply->expires_in = read.expires_in;
		reply->claims = claims;
		vouch_say(vouch, reply);
	}
	voucher_answer_done(&read);
}

static void vouch_on_answer(void *userdata, const struct http_answer *answer)
{
	struct vouch *vouch = userdata;
	struct reply_vouched reply = {
		.type = "",
		.typ = "",
		.code = "",
		.text = "",
		.date = answer->date == HTTP_DATE_NONE ? 0 : answer->date,
		.wait = (int64_t)(answer->retry_after / USEC_PER_SEC),
	};

	vouch->request = NULL;
	if (answer->error != HTTP_OK)
		vouch_fail(vouch, http_reason(answer->error), answer->reason);
	else if (answer->status == 200)
		vouch_take(vouch, answer, &reply);
	else
		vouch_refused(vouch, answer, &reply);
}

/* ---- the question ---- */

static int vouch_send(struct vouch *vouch, const struct vouch_order *order)
{
	const struct clientauth auth = {
		.method = CLIENTAUTH_PRIVATE_KEY,
		.client_id = order->client_id,
		.assertion = order->assertion,
	};
	_cleanup_(buf_done) struct buf form, header;
	const struct http_order http = {
		.url = order->url,
		.ca = vouch->provider->ca,
		.form = &form,
		.proof = order->proof,
		.once = true, /* MUST 1 */
	};
	int r;

	buf_init_secret(&form, HTTP_HEADER_MAX);
	buf_init_secret(&header, HTTP_HEADER_MAX);
	url_put_pair(&form, "grant_type", "client_credentials");
	r = clientauth_apply(&auth, &form, &header);
	return r < 0 ? r
		     : http_start(vouch->net->http, &http, vouch_on_answer, vouch, &vouch->request);
}

int vouch_start(struct net *net, const struct vouch_order *order)
{
	_cleanup_(vouch_freep) struct vouch *mine = calloc(1, sizeof(*mine));
	struct vouch *vouch;
	int r;

	if (!mine)
		return -ENOMEM;
	mine->net = net;
	mine->flow = order->flow;
	mine->provider = provider_ref(order->provider);
	if (!url_is_https(order->url))
		return -EINVAL;
	r = flow_add(net->flows, order->flow, &vouch_ops, mine);
	if (r < 0)
		return r;
	vouch = TAKE_PTR(mine);
	r = vouch_send(vouch, order);
	if (r < 0)
		vouch_fail(vouch, "internal", strerrordesc_np(-r));
	return 0;
}
