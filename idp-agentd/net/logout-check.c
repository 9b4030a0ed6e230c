/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a logout token to LOGGED_OUT. MUST:
 *  1. its typ is logout+jwt. Back-Channel Logout 1.0 section 2.4 only recommends one; here no kind
 * of token ever passes for another, and what else tells them apart anybody could have put into a
 *     token that a platform signs for other ends;
 *  2. nothing in it is believed before its signature is verified;
 *  3. what cannot be found out is FAILED, and ends nobody's session;
 *  4. every path ends in exactly one of LOGGED_OUT, DENIED and FAILED, or in the flow's end.
 */
#include "idp-agentd/net/logout-check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/logout-token.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply-tokens.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/verify.h"

struct logout {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct secret *token;
	struct waiter waiter;
	struct verify verify;
};

static struct logout *logout_free(struct logout *logout)
{
	if (!logout)
		return NULL;
	waiter_leave(&logout->waiter);
	verify_done(&logout->verify);
	secret_free(logout->token);
	provider_unref(logout->provider);
	free(logout);
	return NULL;
}
DEFINE_CLEANUP(struct logout *, logout_free);

static void logout_on_free(void *state)
{
	logout_free(state);
}

static const struct flow_ops logout_ops = { .free = logout_on_free };

/* ---- endings: logout is gone after these ---- */

static void logout_fail(struct logout *logout, const char *code, const char *text)
{
	log_info("provider %s: a logout token could not be checked: %s (%s)",
		 logout->provider->name, text, code);
	reply_failed(logout->net->outlet, logout->flow, code, text);
	flow_end(logout->net->flows, logout->flow);
}

static void logout_deny(struct logout *logout, const char *word, const char *sentence)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", sentence, word);
	log_warning("provider %s: a logout token is refused: %s", logout->provider->name, text);
	reply_denied(logout->net->outlet, logout->flow, "logout-token", text);
	flow_end(logout->net->flows, logout->flow);
}

static void logout_say(struct logout *logout, const struct logout_claims *claims)
{
	const struct reply_logged_out reply = {
		.iss = claims->iss,
		.sub = claims->sub,
		.sid = claims->sid,
		.jti = claims->jti,
		.until = claims->exp + logout->provider->leeway,
	};

	reply_logged_out(logout->net->outlet, logout->flow, &reply);
	flow_end(logout->net->flows, logout->flow);
}

/* ---- the check ---- */

static void logout_judge(struct logout *logout)
{
	const struct logout_policy policy = {
		.issuer = logout->provider->issuer,
		.client_id = logout->provider->client_id,
		.now = (int64_t)(clock_real() / USEC_PER_SEC),
		.leeway = logout->provider->leeway,
	};
	const struct jws *jws = &logout->verify.jws;
	struct logout_claims claims;
	int r = logout_token_check(&policy, jws->payload, jws->payload_len, &claims);

	if (r == 0)
		logout_say(logout, &claims);
	else if (r < 0)
		logout_fail(logout, "internal", strerrordesc_np(-r));
	else
		logout_deny(logout, logout_reason(r), claims.reason);
	logout_claims_done(&claims);
}

static void logout_on_verified(void *userdata, enum verify_end end, const char *code,
			       const char *text)
{
	struct logout *logout = userdata;

	switch (end) {
	case VERIFY_GOOD:
		logout_judge(logout);
		return;
	case VERIFY_REFUSED:
		logout_deny(logout, code, text);
		return;
	case VERIFY_FAILED:
		break;
	}
	logout_fail(logout, code, text);
}

static void logout_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct logout *logout = userdata;

	if (ok)
		verify_start(&logout->verify, logout->token, JWS_USE_LOGOUT, NULL); /* MUST 1 */
	else
		logout_fail(logout, code, text);
}

/* ---- start ---- */

static int logout_new(struct net *net, const struct token_order *order, struct logout **ret_logout)
{
	_cleanup_(logout_freep) struct logout *logout = calloc(1, sizeof(*logout));

	if (!logout)
		return -ENOMEM;
	logout->net = net;
	logout->flow = order->flow;
	logout->provider = provider_ref(order->provider);
	verify_init(&logout->verify, logout->provider, logout_on_verified, logout);
	logout->token = secret_new(order->token->text, order->token->len);
	if (!logout->token)
		return -ENOMEM;
	logout->waiter = (struct waiter){ .ready = logout_on_metadata, .userdata = logout };
	*ret_logout = TAKE_PTR(logout);
	return 0;
}

int logout_check_start(struct net *net, const struct token_order *order)
{
	_cleanup_(logout_freep) struct logout *mine = NULL;
	struct logout *logout;
	int r = logout_new(net, order, &mine);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &logout_ops, mine);
	if (r < 0)
		return r;
	logout = TAKE_PTR(mine);
	if (*logout->provider->broken)
		logout_fail(logout, "configuration", logout->provider->broken);
	else if (logout->provider->oauth2)
		logout_fail(logout, "not-offered",
			    "a platform without ID tokens (mode = oauth2) signs no logout tokens");
	else
		provider_ask_metadata(logout->provider, PROVIDER_JWKS, &logout->waiter);
	return 0;
}
