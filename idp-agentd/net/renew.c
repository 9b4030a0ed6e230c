/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a refresh token to new tokens. MUST:
 *  1. only the platform's own invalid_grant says that a refresh token is good no more (DENIED,
 *     refresh-refused), and its invalid_target that there is no token for that resource (DENIED,
 *     audience-refused; RFC 8707 section 2); what could not be found out is FAILED, and the old one
 *     may still be good;
 *  2. an ID token in the answer is believed only after signature, then claims, and is about the one
 *     who was asked for (OIDC Core section 12.2); none need be there;
 *  3. nothing of a login is handed on from it: who has a refresh token proves no presence;
 *  4. what can be found out beforehand is found out before the refresh token is spent: a rotated
 *     one that is lost on the way costs the session its tokens;
 *  5. a new refresh token that the authority does not get is revoked;
 *  6. every path ends in exactly one of TOKENS, DENIED and FAILED, or in the flow's end.
 */
#include "idp-agentd/net/renew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply-tokens.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/revoke.h"
#include "idp-agentd/net/url.h"
#include "idp-agentd/net/verify.h"

struct renew {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct secret *refresh_token;
	char *subject;
	char *resource;
	struct waiter waiter;
	struct call call;
	struct oauth_tokens tokens;
	int64_t tokens_end;
	struct verify verify; /* of the ID token */
};

static struct renew *renew_free(struct renew *renew)
{
	if (!renew)
		return NULL;
	waiter_leave(&renew->waiter);
	call_done(&renew->call);
	verify_done(&renew->verify);
	if (renew->tokens.refresh_token) /* MUST 5 */
		revoke_unused(renew->net, renew->provider, renew->tokens.refresh_token);
	oauth_tokens_done(&renew->tokens);
	secret_free(renew->refresh_token);
	free(renew->subject);
	free(renew->resource);
	provider_unref(renew->provider);
	free(renew);
	return NULL;
}
DEFINE_CLEANUP(struct renew *, renew_free);

static void renew_on_free(void *state)
{
	renew_free(state);
}

static void renew_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct renew *renew = state;

	call_signed(&renew->call, why_not, assertion);
}

static const struct flow_ops renew_ops = { .free = renew_on_free, .sign = renew_on_sign };

/* ---- endings: renew is gone after these ---- */

static void renew_fail(struct renew *renew, const char *code, const char *text)
{
	log_info("provider %s: tokens were not renewed: %s (%s)", renew->provider->name, text,
		 code);
	reply_failed(renew->net->outlet, renew->flow, code, text);
	flow_end(renew->net->flows, renew->flow);
}

static void renew_break(struct renew *renew, int error)
{
	renew_fail(renew, "internal", strerrordesc_np(-error));
}

static void renew_deny(struct renew *renew, const char *code, const char *text)
{
	log_info("provider %s refused to renew tokens: %s (%s)", renew->provider->name, text, code);
	reply_denied(renew->net->outlet, renew->flow, code, text);
	flow_end(renew->net->flows, renew->flow);
}

static void renew_invalid(struct renew *renew, const char *word, const char *sentence)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", sentence, word);
	renew_deny(renew, "token-invalid", text);
}

static void renew_say(struct renew *renew)
{
	const struct reply_tokens reply = {
		.tokens = &renew->tokens,
		.dpop = renew->provider->dpop,
		.id_token = !renew->provider->oauth2, /* then it was verified, or is not there */
		.resource = renew->resource,
		.expires = renew->tokens_end,
	};
	int r = reply_tokens(renew->net->outlet, renew->flow, &reply);

	if (r < 0) {
		renew_fail(renew, "platform-refused",
			   "the platform's tokens are more than this host can keep");
		return;
	}
	renew->tokens.refresh_token = secret_free(renew->tokens.refresh_token);
	flow_end(renew->net->flows, renew->flow);
}

/* ---- whose they are ---- */

/* Where the token response says who it is, a refresh may say it again, and then the same. */
static bool renew_is_somebody_else(const struct renew *renew)
{
	const struct source *source = &renew->provider->subject;
	const struct source_documents documents = { .token = renew->tokens.properties };
	char reason[REASON_MAX], subject[SUBJECT_LEN_MAX + 1];

	if (source->kind != SOURCE_TOKEN || !json_find(documents.token, source->pointer))
		return false;
	return source_read_subject(source, &documents, reason, subject) != 0 ||
	       strcmp(subject, renew->subject) != 0;
}

/* MUST 2. The sub of an ID token is who was asked for where subject_from is the ID token. */
static int renew_judge(const struct renew *renew, struct token_claims *ret_claims)
{
	struct claims_policy policy = CLAIMS_POLICY_NULL;

	policy.issuer = renew->provider->issuer;
	policy.client_id = renew->provider->client_id;
	policy.subject = renew->provider->subject.kind == SOURCE_ID_TOKEN ? renew->subject : NULL;
	policy.access_token = renew->tokens.access_token->text;
	policy.alg = renew->verify.jws.alg;
	policy.now = (int64_t)(clock_real() / USEC_PER_SEC);
	policy.leeway = renew->provider->leeway;
	return claims_check_id_token(&policy, renew->verify.jws.payload,
				     renew->verify.jws.payload_len, ret_claims);
}

static void renew_on_verified(void *userdata, enum verify_end end, const char *code,
			      const char *text)
{
	struct renew *renew = userdata;
	struct token_claims claims = TOKEN_CLAIMS_NULL;
	int r;

	if (end != VERIFY_GOOD) {
		if (end == VERIFY_REFUSED)
			renew_invalid(renew, code, text);
		else
			renew_fail(renew, code, text);
		return;
	}
	r = renew_judge(renew, &claims);
	if (r == 0)
		renew_say(renew);
	else if (r < 0)
		renew_break(renew, r);
	else
		renew_invalid(renew, claims_reason(r), claims.reason);
	token_claims_done(&claims); /* MUST 3 */
}

static void renew_check(struct renew *renew)
{
	struct oauth_tokens *tokens = &renew->tokens;

	renew->tokens_end = reply_tokens_end(tokens);
	/* Said again instead of left out: the same token is not a new one, and not ours to revoke.
	 */
	if (tokens->refresh_token &&
	    strcmp(tokens->refresh_token->text, renew->refresh_token->text) == 0)
		tokens->refresh_token = secret_free(tokens->refresh_token);
	if (renew_is_somebody_else(renew))
		renew_invalid(renew, "claims-somebody", "the tokens are somebody else's");
	else if (tokens->id_token && !renew->provider->oauth2)
		verify_start(&renew->verify, tokens->id_token, JWS_USE_ID_TOKEN,
			     renew->provider->typ);
	else
		renew_say(renew);
}

/* ---- the answer ---- */

/* MUST 1. */
static void renew_refused(struct renew *renew, const struct http_answer *answer)
{
	bool trouble = answer->status >= 500 || answer->status == 429;
	struct oauth_error error;
	char text[REASON_MAX];

	oauth_error_parse(answer->body, answer->body_len, &error);
	if (*error.code)
		reason_format(text, sizeof(text), "%.60s: %.180s", error.code,
			      *error.text ? error.text : "the platform does not say why");
	else
		reason_format(text, sizeof(text), "the platform gave no token (HTTP status %u)",
			      answer->status);
	if (trouble)
		renew_fail(renew, "platform-unreachable", text);
	else if (strcmp(error.code, "invalid_grant") == 0)
		renew_deny(renew, "refresh-refused", text);
	else if (strcmp(error.code, "invalid_target") == 0)
		renew_deny(renew, "audience-refused", text);
	else
		renew_fail(renew, "platform-refused", text);
}

static void renew_on_answer(void *userdata, const struct http_answer *answer)
{
	struct renew *renew = userdata;
	int r;

	if (answer->error != HTTP_OK) {
		renew_fail(renew, http_reason(answer->error), answer->reason);
		return;
	}
	if (answer->status != 200) {
		renew_refused(renew, answer);
		return;
	}
	r = oauth_tokens_parse(answer->body, answer->body_len, renew->provider->dpop,
			       &renew->tokens);
	if (r == 0)
		renew_check(renew);
	else if (r < 0)
		renew_break(renew, r);
	else
		renew_fail(renew, "platform-refused", oauth_sentence(r));
}

/* ---- the question ---- */

static void renew_ask(struct renew *renew)
{
	const char *url = provider_endpoint(renew->provider, PROVIDER_TOKEN);
	struct buf *form = call_form(&renew->call);
	int r;

	if (!url) {
		renew_fail(renew, "not-offered", "the platform has no token endpoint");
		return;
	}
	url_put_pair(form, "grant_type", "refresh_token");
	url_put_pair(form, "refresh_token", renew->refresh_token->text);
	provider_put_resource(renew->provider, form, renew->resource);
	r = call_start(&renew->call, url);
	if (r < 0)
		renew_break(renew, r);
}

static void renew_on_keys(void *userdata, bool ok, const char *code, const char *text)
{
	struct renew *renew = userdata;

	if (ok)
		renew_ask(renew);
	else
		renew_fail(renew, code, text);
}

/* MUST 4. Where the platform has no keys at all, no ID token of it was ever believed. */
static void renew_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct renew *renew = userdata;

	if (!ok) {
		renew_fail(renew, code, text);
		return;
	}
	if (renew->provider->oauth2 || !provider_endpoint(renew->provider, PROVIDER_JWKS)) {
		renew_ask(renew);
		return;
	}
	renew->waiter.ready = renew_on_keys;
	document_ask(&renew->provider->keys.document, &renew->waiter);
}

/* ---- start ---- */

static int renew_new(struct net *net, const struct renew_order *order, struct renew **ret_renew)
{
	_cleanup_(renew_freep) struct renew *renew = calloc(1, sizeof(*renew));

	if (!renew)
		return -ENOMEM;
	renew->net = net;
	renew->flow = order->flow;
	renew->provider = provider_ref(order->provider);
	renew->tokens = OAUTH_TOKENS_NULL;
	call_init(&renew->call, net, order->flow, renew->provider, renew_on_answer, renew);
	renew->call.once = true; /* spent twice, it would cost the session its tokens */
	verify_init(&renew->verify, renew->provider, renew_on_verified, renew);
	renew->refresh_token = secret_new(order->refresh_token->text, order->refresh_token->len);
	renew->subject = strdup(order->subject);
	renew->resource = strdup(order->resource);
	if (!renew->refresh_token || !renew->subject || !renew->resource)
		return -ENOMEM;
	renew->waiter = (struct waiter){ .ready = renew_on_metadata, .userdata = renew };
	*ret_renew = TAKE_PTR(renew);
	return 0;
}

int renew_start(struct net *net, const struct renew_order *order)
{
	_cleanup_(renew_freep) struct renew *mine = NULL;
	struct renew *renew;
	int r = renew_new(net, order, &mine);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &renew_ops, mine);
	if (r < 0)
		return r;
	renew = TAKE_PTR(mine);
	if (*renew->provider->broken)
		renew_fail(renew, "configuration", renew->provider->broken);
	else
		provider_ask_metadata(renew->provider, PROVIDER_TOKEN, &renew->waiter);
	return 0;
}
