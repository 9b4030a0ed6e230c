/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One sign-in. Order: metadata; tokens, by the way of the order (signin-device.c, signin-code.c,
 * signin-password.c); what they say (signin-check.c). Invariant: every path ends in exactly one of
 * IDENTITY, DENIED and FAILED, or in the flow's end.
 */
#include "idp-agentd/net/signin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/revoke.h"
#include "idp-agentd/net/signin-flow.h"
#include "idp-agentd/net/url.h"

static struct signin *signin_free(struct signin *signin)
{
	if (!signin)
		return NULL;
	waiter_leave(&signin->waiter);
	call_done(&signin->call);
	sd_event_source_disable_unref(signin->timer);
	userinfo_reader_done(&signin->userinfo);
	secret_free(signin->device_code);
	authcode_done(&signin->authcode);
	secret_free(signin->code);
	secret_free(signin->password);
	free(signin->user);
	if (signin->tokens.refresh_token) /* whatever became of the sign-in */
		revoke_unused(signin->net, signin->provider, signin->tokens.refresh_token);
	oauth_tokens_done(&signin->tokens);
	token_claims_done(&signin->claims);
	verify_done(&signin->verify);
	free(signin->scopes);
	free(signin->acr_values);
	free(signin->resource);
	free(signin->redirect_uri);
	provider_unref(signin->provider);
	free(signin);
	return NULL;
}
DEFINE_CLEANUP(struct signin *, signin_free);

static void signin_on_free(void *state)
{
	signin_free(state);
}

static void signin_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct signin *signin = state;

	call_signed(&signin->call, why_not, assertion);
}

static int signin_on_redirect(void *state, const struct secret *pasted)
{
	struct signin *signin = state;

	return signin->way->redirect ? signin->way->redirect(signin, pasted) : -EPROTO;
}

static const struct flow_ops signin_ops = {
	.free = signin_on_free,
	.sign = signin_on_sign,
	.redirect = signin_on_redirect,
};

void signin_fail(struct signin *signin, const char *code, const char *text)
{
	log_info("sign-in at provider %s failed: %s (%s)", signin->provider->name, text, code);
	reply_failed(signin->net->outlet, signin->flow, code, text);
	flow_end(signin->net->flows, signin->flow);
}

void signin_deny(struct signin *signin, const char *code, const char *text)
{
	log_info("provider %s refused a sign-in: %s (%s)", signin->provider->name, text, code);
	reply_denied(signin->net->outlet, signin->flow, code, text);
	flow_end(signin->net->flows, signin->flow);
}

void signin_refused(struct signin *signin, const struct oauth_error *error)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.30s: %.200s", *error->code ? error->code : "no token",
		      *error->text ? error->text : "the platform refused to go on");
	signin_fail(signin,
		    strcmp(error->code, "invalid_scope") == 0 ? "invalid-scope"
							      : "platform-refused",
		    text);
}

void signin_no_answer(struct signin *signin, const struct http_answer *answer, const char *what)
{
	struct oauth_error error;
	char text[REASON_MAX];

	oauth_error_parse(answer->body, answer->body_len, &error);
	if (*error.code) {
		signin_refused(signin, &error);
		return;
	}
	reason_format(text, sizeof(text), "the platform gave no %s (HTTP status %u)%s", what,
		      answer->status,
		      answer->status == 404 || answer->status == 401
			      ? ": it may not know this client_id"
			      : "");
	signin_fail(signin, answer->status >= 500 ? "platform-unreachable" : "platform-refused",
		    text);
}

void signin_want_keys(struct signin *signin)
{
	if (document_want(&signin->provider->keys.document, NULL) == DOCUMENT_NO)
		log_debug("provider %s: no keys yet", signin->provider->name);
}

void signin_take_tokens(struct signin *signin, const struct http_answer *answer,
			void (*bad_grant)(struct signin *signin))
{
	struct oauth_error error = { .code = "" };
	int r;

	if (answer->error != HTTP_OK) {
		signin_fail(signin, http_reason(answer->error), answer->reason);
		return;
	}
	if (answer->status != 200) {
		oauth_error_parse(answer->body, answer->body_len, &error);
		if (strcmp(error.code, "invalid_grant") == 0)
			bad_grant(signin);
		else
			signin_no_answer(signin, answer, "token");
		return;
	}
	r = oauth_tokens_parse(answer->body, answer->body_len, signin->provider->dpop,
			       &signin->tokens);
	if (r == 0) {
		signin_check(signin);
		return;
	}
	reason_copy_printable(oauth_sentence(r), error.text, sizeof(error.text));
	signin_refused(signin, &error);
}

static void signin_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct signin *signin = userdata;

	if (ok)
		signin->way->begin(signin);
	else
		signin_fail(signin, code, text);
}

/* ---- start ---- */

static const struct signin_way *const signin_ways[] = {
	[SIGNIN_DEVICE] = &signin_device_way,
	[SIGNIN_CODE] = &signin_code_way,
	[SIGNIN_PASSWORD] = &signin_password_way,
};

/* Who and what is tried; nothing for the other ways. */
static int signin_copy_password(struct signin *signin, const struct signin_order *order)
{
	if (order->kind != SIGNIN_PASSWORD)
		return 0;
	signin->user = strdup(order->user);
	signin->password = secret_new(order->password->text, order->password->len);
	return signin->user && signin->password ? 0 : -ENOMEM;
}

static int signin_new(struct net *net, const struct signin_order *order, struct signin **ret_signin)
{
	_cleanup_(signin_freep) struct signin *signin = calloc(1, sizeof(*signin));
	int r;

	if (!signin)
		return -ENOMEM;
	signin->way = signin_ways[order->kind];
	signin->net = net;
	signin->flow = order->flow;
	signin->provider = provider_ref(order->provider);
	signin->max_age = order->max_age;
	signin->tokens = OAUTH_TOKENS_NULL;
	verify_init(&signin->verify, signin->provider, signin_take_verified, signin);
	signin->claims = TOKEN_CLAIMS_NULL;
	call_init(&signin->call, net, order->flow, signin->provider, NULL, signin);
	userinfo_reader_init(&signin->userinfo, signin->provider, signin_take_userinfo, signin);
	signin->scopes = strdup(order->scopes);
	signin->acr_values = strdup(order->acr_values);
	signin->resource = strdup(order->resource);
	signin->redirect_uri =
		strdup(*order->redirect_uri ? order->redirect_uri : signin->provider->redirect_uri);
	signin->keep = order->keep;
	if (!signin->scopes || !signin->acr_values || !signin->resource || !signin->redirect_uri)
		return -ENOMEM;
	r = signin_copy_password(signin, order);
	if (r == 0)
		r = signin->way->prepare(signin);
	if (r < 0)
		return r;
	signin->waiter = (struct waiter){ .ready = signin_on_metadata, .userdata = signin };
	*ret_signin = TAKE_PTR(signin);
	return 0;
}

int signin_start(struct net *net, const struct signin_order *order)
{
	_cleanup_(signin_freep) struct signin *mine = NULL;
	struct signin *signin;
	int r = signin_new(net, order, &mine);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &signin_ops, mine);
	if (r < 0)
		return r;
	signin = TAKE_PTR(mine);
	if (*signin->provider->broken) {
		signin_fail(signin, "configuration", signin->provider->broken);
		return 0;
	}
	if (signin->provider->name_only) {
		signin_fail(signin, "not-offered",
			    "nobody can sign in at a platform whose issuer is only a name");
		return 0;
	}
	provider_ask_metadata(signin->provider, signin->way->endpoint, &signin->waiter);
	return 0;
}
