/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a scope is called refused only for invalid_scope; whatever else comes ends the look as
 * FAILED, so that an outage or a wrong client_id blames no scope. Nothing is polled and nobody is
 * shown a code: what was begun here expires.
 */
#include "idp-agentd/net/scope-probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/authcode.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/clientauth.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/scope-search.h"
#include "idp-agentd/net/url.h"

struct scope_probe {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct waiter waiter;
	struct call call;
	bool pushes; /* the device authorization endpoint is not for this client, or is not there */
	char *words, *canary, *resource;
	const char *list[SCOPES_ASKED_MAX]; /* parts of words */
	size_t n;
	struct scope_search search;
};

static void probe_ask(struct scope_probe *probe);

static struct scope_probe *probe_free(struct scope_probe *probe)
{
	if (!probe)
		return NULL;
	waiter_leave(&probe->waiter);
	call_done(&probe->call);
	provider_unref(probe->provider);
	free(probe->words);
	free(probe->canary);
	free(probe->resource);
	free(probe);
	return NULL;
}
DEFINE_CLEANUP(struct scope_probe *, probe_free);

static void probe_on_free(void *state)
{
	probe_free(state);
}

static void probe_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct scope_probe *probe = state;

	call_signed(&probe->call, why_not, assertion);
}

static const struct flow_ops probe_ops = { .free = probe_on_free, .sign = probe_on_sign };

/* ---- the end; probe is gone after these ---- */

static void probe_fail(struct scope_probe *probe, const char *code, const char *text)
{
	log_info("provider %s: cannot tell which scopes it refuses: %s (%s)", probe->provider->name,
		 text, code);
	reply_failed(probe->net->outlet, probe->flow, code, text);
	flow_end(probe->net->flows, probe->flow);
}

static void probe_tell(struct scope_probe *probe, const char *where)
{
	const char *refused[SCOPES_ASKED_MAX];
	size_t n = 0;

	for (size_t i = 0; *where && i < probe->n; i++)
		if (probe->search.refused[i])
			refused[n++] = probe->list[i];
	reply_scopes(probe->net->outlet, probe->flow,
		     &(struct reply_scopes){ .where = where,
					     .takes_any = probe->search.takes_any,
					     .whole = *where && !probe->search.unclear,
					     .refused = refused,
					     .n_refused = n });
	flow_end(probe->net->flows, probe->flow);
}

/* ---- one question ---- */

static void probe_restart(struct scope_probe *probe)
{
	scope_search_init(&probe->search, probe->list, probe->n, probe->canary);
	probe_ask(probe);
}

static bool probe_can_push(const struct scope_probe *probe)
{
	return probe->provider->par != PROVIDER_PAR_NEVER &&
	       provider_endpoint(probe->provider, PROVIDER_PAR);
}

/* What was asked was not answered by yes or by invalid_scope. */
static void probe_no_answer(struct scope_probe *probe, const struct http_answer *answer,
			    const struct oauth_error *error)
{
	char text[REASON_MAX];

	if (strcmp(error->code, "unauthorized_client") == 0 && !probe->pushes &&
	    probe_can_push(probe)) {
		probe->pushes = true;
		probe_restart(probe);
		return;
	}
	if (*error->code)
		reason_format(text, sizeof(text), "%.30s: %.200s", error->code,
			      *error->text ? error->text : "the platform refused to go on");
	else
		reason_format(text, sizeof(text), "HTTP status %u", answer->status);
	probe_fail(probe,
		   !*error->code && answer->status >= 500 ? "platform-unreachable"
							  : "platform-refused",
		   text);
}

/* Is it the beginning of a sign-in? A page of a captive portal has status 200, too. */
static int probe_read(const struct scope_probe *probe, const struct http_answer *answer)
{
	struct oauth_device code = OAUTH_DEVICE_NULL;
	struct authcode_pushed pushed;
	int r;

	if (probe->pushes)
		return authcode_pushed_parse(answer->body, answer->body_len, &pushed);
	r = oauth_device_parse(answer->body, answer->body_len, &code);
	oauth_device_done(&code);
	return r;
}

static void probe_on_answer(void *userdata, const struct http_answer *answer)
{
	struct scope_probe *probe = userdata;
	struct oauth_error error = { .code = "" };
	bool taken;
	int r = 0;

	if (answer->error != HTTP_OK) {
		probe_fail(probe, http_reason(answer->error), answer->reason);
		return;
	}
	taken = answer->status == 200 || (probe->pushes && answer->status == 201);
	if (taken)
		r = probe_read(probe, answer);
	else
		oauth_error_parse(answer->body, answer->body_len, &error);
	if (r != 0) {
		probe_fail(probe, "platform-garbage", r < 0 ? strerrordesc_np(-r) : oauth_sentence(r));
	} else if (!taken && strcmp(error.code, "invalid_scope") != 0) {
		probe_no_answer(probe, answer, &error);
	} else {
		scope_search_answer(&probe->search, taken);
		probe_ask(probe);
	}
}

/* A whole request of a code flow, whose answer nobody waits for. */
static int probe_put_request(struct scope_probe *probe, struct buf *form, const char *scopes)
{
	const struct authcode_request request = {
		.redirect_uri = probe->provider->redirect_uri,
		.scopes = scopes,
		.acr_values = "",
		.max_age = UINT32_MAX,
		.resource = probe->resource,
		.resource_parameter = probe->provider->resource_parameter,
		.dpop_jkt = probe->provider->dpop_jkt,
	};
	struct authcode mine = { .state = NULL };
	int r = authcode_new(&mine);

	if (r == 0)
		r = authcode_put_request(form, &mine, &request);
	authcode_done(&mine);
	return r;
}

static int probe_send(struct scope_probe *probe, const char *scopes)
{
	const char *url = provider_endpoint(probe->provider,
					    probe->pushes ? PROVIDER_PAR : PROVIDER_DEVICE);
	struct buf *form = call_form(&probe->call);

	/* As a sign-in does it. */
	if (probe->provider->auth == CLIENTAUTH_BASIC)
		url_put_pair(form, "client_id", probe->provider->client_id);
	if (probe->pushes) {
		int r = probe_put_request(probe, form, scopes);

		if (r < 0)
			return r;
	} else {
		url_put_pair(form, "scope", scopes);
		provider_put_resource(probe->provider, form, probe->resource);
	}
	return url ? call_start(&probe->call, url) : -ENOTSUP;
}

static void probe_ask(struct scope_probe *probe)
{
	struct buf scopes;
	int r = 0;

	buf_init(&scopes, WIRE_MESSAGE_MAX);
	if (scope_search_next(&probe->search, &scopes)) {
		r = buf_end(&scopes);
		if (r == 0)
			r = probe_send(probe, (const char *)scopes.data);
		if (r < 0)
			probe_fail(probe, "internal", strerrordesc_np(-r));
	} else {
		probe_tell(probe, probe->pushes ? "par" : "device");
	}
	buf_done(&scopes);
}

static void probe_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct scope_probe *probe = userdata;

	if (!ok) {
		probe_fail(probe, code, text);
		return;
	}
	probe->pushes = !provider_endpoint(probe->provider, PROVIDER_DEVICE);
	if (probe->pushes && !probe_can_push(probe))
		probe_tell(probe, "");
	else
		probe_restart(probe);
}

/* ---- start ---- */

static int probe_split(struct scope_probe *probe)
{
	char *save = NULL;

	for (char *word = strtok_r(probe->words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (probe->n >= ELEMENTSOF(probe->list))
			return -E2BIG;
		probe->list[probe->n++] = word;
	}
	return 0;
}

static int probe_new(struct net *net, const struct scope_probe_order *order,
		     struct scope_probe **ret_probe)
{
	_cleanup_(probe_freep) struct scope_probe *probe = calloc(1, sizeof(*probe));
	int r;

	if (!probe)
		return -ENOMEM;
	probe->net = net;
	probe->flow = order->flow;
	probe->provider = provider_ref(order->provider);
	call_init(&probe->call, net, order->flow, probe->provider, probe_on_answer, probe);
	probe->waiter = (struct waiter){ .ready = probe_on_metadata, .userdata = probe };
	probe->words = strdup(order->scopes);
	probe->canary = strdup(order->canary);
	probe->resource = strdup(order->resource);
	if (!probe->words || !probe->canary || !probe->resource)
		return -ENOMEM;
	r = probe_split(probe);
	if (r < 0)
		return r;
	*ret_probe = TAKE_PTR(probe);
	return 0;
}

int scope_probe_start(struct net *net, const struct scope_probe_order *order)
{
	_cleanup_(probe_freep) struct scope_probe *mine = NULL;
	struct scope_probe *probe;
	int r = probe_new(net, order, &mine);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &probe_ops, mine);
	if (r < 0)
		return r;
	probe = TAKE_PTR(mine);
	if (*probe->provider->broken)
		probe_fail(probe, "configuration", probe->provider->broken);
	else if (probe->provider->name_only)
		probe_tell(probe, "");
	else
		provider_ask_metadata(probe->provider, PROVIDER_DEVICE, &probe->waiter);
	return 0;
}
