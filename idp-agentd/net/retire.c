/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of a session's tokens: the refresh token first, which is worth most, then the access
 * token. MUST:
 *  1. a session ends here whatever a platform says: every answer of it, and none at all, is REVOKED
 *     with told saying how it went; FAILED is for what idp.conf has to put right;
 *  2. told is said only when the platform took the first of the two (RFC 7009 section 2.2).
 */
#include "idp-agentd/net/retire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply-tokens.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/revoke.h"

#define RETIRE_TOKENS 2u

struct retire {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct waiter waiter;
	struct call call;
	struct retire_token {
		struct secret *token;
		const char *hint; /* RFC 7009 section 2.1 */
	} tokens[RETIRE_TOKENS];
	size_t n, done;
	bool told;
};

static struct retire *retire_free(struct retire *retire)
{
	if (!retire)
		return NULL;
	waiter_leave(&retire->waiter);
	call_done(&retire->call);
	for (size_t i = 0; i < retire->n; i++)
		secret_free(retire->tokens[i].token);
	provider_unref(retire->provider);
	free(retire);
	return NULL;
}
DEFINE_CLEANUP(struct retire *, retire_free);

static void retire_on_free(void *state)
{
	retire_free(state);
}

static void retire_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct retire *retire = state;

	call_signed(&retire->call, why_not, assertion);
}

static const struct flow_ops retire_ops = { .free = retire_on_free, .sign = retire_on_sign };

/* The end: retire is gone after this. */
static void retire_say(struct retire *retire)
{
	const char *end_session = provider_endpoint(retire->provider, PROVIDER_END_SESSION);

	/* The authority takes what somebody could have typed; nobody follows a longer one either. */
	if (!end_session || strlen(end_session) > ISSUER_LEN_MAX)
		end_session = "";
	reply_revoked(retire->net->outlet, retire->flow, retire->told, end_session);
	flow_end(retire->net->flows, retire->flow);
}

static int retire_ask(struct retire *retire)
{
	const char *url = provider_endpoint(retire->provider, PROVIDER_REVOCATION);
	const struct retire_token *token = &retire->tokens[retire->done];

	if (!url)
		return -ENOTSUP;
	revoke_put_form(call_form(&retire->call), token->token, token->hint);
	return call_start(&retire->call, url);
}

/* MUST 1. Who did not get through with one does not try the next: the person waits. */
static void retire_on_answer(void *userdata, const struct http_answer *answer)
{
	struct retire *retire = userdata;
	bool taken = revoke_was_taken(answer);

	log_info("provider %s: the %s of a session %s (%s%sHTTP status %u)", retire->provider->name,
		 retire->tokens[retire->done].hint, taken ? "is revoked" : "was not revoked",
		 answer->reason, *answer->reason ? ", " : "", answer->status);
	if (retire->done == 0) /* MUST 2 */
		retire->told = taken;
	retire->done++;
	if (retire->done == retire->n || answer->error != HTTP_OK || retire_ask(retire) < 0)
		retire_say(retire);
}

/* Also without the metadata: the endpoint may be written in idp.conf. */
static void retire_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct retire *retire = userdata;

	if (!ok)
		log_info("provider %s: %s (%s)", retire->provider->name, text, code);
	if (retire->n == 0 || retire_ask(retire) < 0)
		retire_say(retire);
}

/* ---- start ---- */

static int retire_add(struct retire *retire, const struct secret *token, const char *hint)
{
	struct retire_token *place = &retire->tokens[retire->n];

	if (!token)
		return 0;
	place->token = secret_new(token->text, token->len);
	if (!place->token)
		return -ENOMEM;
	place->hint = hint;
	retire->n++;
	return 0;
}

static int retire_new(struct net *net, const struct retire_order *order, struct retire **ret_retire)
{
	_cleanup_(retire_freep) struct retire *retire = calloc(1, sizeof(*retire));
	int r;

	if (!retire)
		return -ENOMEM;
	retire->net = net;
	retire->flow = order->flow;
	retire->provider = provider_ref(order->provider);
	call_init(&retire->call, net, order->flow, retire->provider, retire_on_answer, retire);
	r = retire_add(retire, order->refresh_token, "refresh_token");
	if (r == 0)
		r = retire_add(retire, order->access_token, "access_token");
	if (r < 0)
		return r;
	retire->waiter = (struct waiter){ .ready = retire_on_metadata, .userdata = retire };
	*ret_retire = TAKE_PTR(retire);
	return 0;
}

int retire_start(struct net *net, const struct retire_order *order)
{
	_cleanup_(retire_freep) struct retire *mine = NULL;
	struct retire *retire;
	int r = retire_new(net, order, &mine);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &retire_ops, mine);
	if (r < 0)
		return r;
	retire = TAKE_PTR(mine);
	if (*retire->provider->broken) {
		reply_failed(net->outlet, retire->flow, "configuration", retire->provider->broken);
		flow_end(net->flows, retire->flow);
	} else if (retire->provider->discovery == DISCOVERY_NONE) {
		retire_on_metadata(retire, true, "", "");
	} else {
		document_ask(&retire->provider->metadata_document, &retire->waiter);
	}
	return 0;
}
