/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an access token to IDENTITY. MUST:
 *  1. nothing in a token is believed before its signature is verified or the platform has said
 *     that it is active, as [provider] verify wants it: of "both", both;
 *  2. what cannot be found out is FAILED, and never a yes: an introspection endpoint out of reach
 *     is not replaced by the signature, nor the other way round;
 *  3. an answer that does not say that this is a bearer token (a refresh token is active, too) is
 *     believed only when userinfo takes the token as well;
 *  4. a sign-in takes a person's token only; whose it is otherwise, only a service is told;
 *  5. a token bound to a key needs a proof of it, for this request, by DPoP, shown once; the proof
 * is judged before the token, since it says which key was proven;
 *  6. of several instances a token may choose whose keys judge it, and then has to be of that one;
 *  7. what strangers show to services leaves room at the platform, and in the queue of a card that
 *     signs for it, for people who sign in: only so many at once are asked about;
 *  8. every path ends in exactly one of IDENTITY, DENIED and FAILED, or in the flow's end.
 */
#include "idp-agentd/net/token-check-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/jws.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/settings.h"

static struct check *check_free(struct check *check)
{
	if (!check)
		return NULL;
	waiter_leave(&check->waiter);
	call_done(&check->call);
	userinfo_reader_done(&check->userinfo);
	access_claims_done(&check->claims);
	verify_done(&check->verify);
	secret_free(check->token);
	secret_free(check->proof);
	check->provider->n_shown_asked -= check->counted;
	provider_unref(check->provider);
	free(check);
	return NULL;
}
DEFINE_CLEANUP(struct check *, check_free);

static void check_on_free(void *state)
{
	check_free(state);
}

static void check_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct check *check = state;

	call_signed(&check->call, why_not, assertion);
}

static const struct flow_ops check_ops = { .free = check_on_free, .sign = check_on_sign };

/* ---- endings: check is gone after these ---- */

/* Through a web server anybody shows what he likes, as often as he likes: a line for each would let
 * him fill the journal. Who asked is told, and may write what he wants to keep. */
static int check_log_level(const struct check *check)
{
	return check->shown ? LOG_DEBUG : LOG_INFO;
}

void check_fail(struct check *check, const char *code, const char *text)
{
	log_write(check_log_level(check), "a token for provider %s could not be checked: %s (%s)",
		  check->provider->name, text, code);
	reply_failed(check->net->outlet, check->flow, code, text);
	flow_end(check->net->flows, check->flow);
}

/* Of the machine. */
void check_break(struct check *check, int error)
{
	check_fail(check, "internal", strerrordesc_np(-error));
}

void check_deny(struct check *check, const char *code, const char *word, const char *sentence)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", sentence, word);
	log_write(check_log_level(check), "provider %s: an access token is refused: %s",
		  check->provider->name, text);
	reply_denied(check->net->outlet, check->flow, code, text);
	flow_end(check->net->flows, check->flow);
}

/* outcome of access-token.h, or -errno. */
void check_refuse(struct check *check, int outcome, const char *sentence)
{
	if (outcome < 0)
		check_break(check, outcome);
	else
		check_deny(check, access_code(outcome), access_reason(outcome), sentence);
}

/* ---- by the platform's keys ---- */

static void check_payload(struct check *check)
{
	const struct access_policy policy = check_policy(check);
	int r = access_token_check(&policy, check->verify.jws.payload,
				   check->verify.jws.payload_len, &check->claims);

	if (r != 0)
		check_refuse(check, r, check->claims.token.reason);
	else if (policy.both)
		check_introspect(check);
	else
		check_complete(check);
}

static void check_on_verified(void *userdata, enum verify_end end, const char *code,
			      const char *text)
{
	struct check *check = userdata;

	switch (end) {
	case VERIFY_GOOD:
		check_payload(check);
		return;
	case VERIFY_REFUSED:
		check_deny(check,
			   check->verify.outcome == JWS_E_TYP ? "token-kind" : "token-refused",
			   code, text);
		return;
	case VERIFY_FAILED:
		break;
	}
	check_fail(check, code, text);
}

/* ---- by the key of a proof ---- */

/* MUST 5. */
static int check_prove(struct check *check, const struct token_order *order)
{
	const struct proof_policy policy = {
		.algs = check->provider->algs | JOSE_ALG_BIT(JOSE_ES256), /* what RFC 9449 shows */
		.token = check->token,
		.method = order->method,
		.address = order->address,
		.now = (int64_t)(clock_real() / USEC_PER_SEC),
		.since = proofs_since(check->net->proofs),
	};

	return proof_check(&policy, check->proof->text, check->proof->len, &check->proven);
}

/* ---- start ---- */

/* MUST 6: one that names nobody's tenant is judged by the provider's own keys, and refused then. */
static void check_choose_instance(struct check *check)
{
	struct provider *provider = check->provider;
	char tenant[WIRE_STRING_MAX];

	check->issuer = provider->issuer;
	check->tenant = provider->tenant;
	if (provider->n_instances == 0 || !jws_hint(check->token->text, check->token->len,
						    provider->tenant_from, tenant, sizeof(tenant)))
		return;
	for (size_t i = 0; i < provider->n_instances; i++) {
		struct instance *instance = &provider->instances[i];

		if (strcmp(instance->tenant, tenant) != 0)
			continue;
		check->issuer = instance->issuer;
		check->tenant = instance->tenant;
		check->verify.keys = &instance->keys;
		return;
	}
}

static void check_begin(struct check *check)
{
	switch (check->provider->verify) {
	case PROVIDER_VERIFY_JWKS:
	case PROVIDER_VERIFY_BOTH:
		verify_start(&check->verify, check->token, JWS_USE_ACCESS_TOKEN,
			     check->provider->access_typ);
		return;
	case PROVIDER_VERIFY_INTROSPECT:
		check_introspect(check);
		return;
	}
	check_fail(check, "configuration", "nothing is configured that could verify a token");
}

/* Is everything that verify needs configured, so that the metadata need not be asked for? */
static bool check_knows_endpoints(const struct provider *provider)
{
	bool keys = provider->verify != PROVIDER_VERIFY_INTROSPECT;
	bool answer = provider->verify != PROVIDER_VERIFY_JWKS;

	return (!keys || provider->discovery == DISCOVERY_NONE ||
		settings_text(provider->settings, "jwks_uri")) &&
	       (!answer || settings_text(provider->settings, "introspection_endpoint"));
}

static void check_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct check *check = userdata;

	if (ok)
		check_begin(check);
	else
		check_fail(check, code, text);
}

static int check_new(struct net *net, const struct token_order *order, struct check **ret_check)
{
	_cleanup_(check_freep) struct check *check = calloc(1, sizeof(*check));

	if (!check)
		return -ENOMEM;
	check->net = net;
	check->flow = order->flow;
	check->provider = provider_ref(order->provider);
	verify_init(&check->verify, check->provider, check_on_verified, check);
	check->claims = ACCESS_CLAIMS_NULL;
	call_init(&check->call, net, order->flow, check->provider, check_on_answer, check);
	userinfo_reader_init(&check->userinfo, check->provider, check_take_userinfo, check);
	check->shown = order->shown;
	check->token = secret_new(order->token->text, order->token->len);
	if (!check->token)
		return -ENOMEM;
	if (order->proof) {
		check->proof = secret_new(order->proof->text, order->proof->len);
		if (!check->proof)
			return -ENOMEM;
	}
	check_choose_instance(check);
	check->waiter = (struct waiter){ .ready = check_on_metadata, .userdata = check };
	*ret_check = TAKE_PTR(check);
	return 0;
}

/* The flow is there. */
static void check_start(struct check *check, const struct token_order *order)
{
	int r = 0;

	if (*check->provider->broken) {
		check_fail(check, "configuration", check->provider->broken);
		return;
	}
	if (!access_token_is_sound(check->token->text, check->token->len)) {
		check_deny(check, "token-refused", "access-shape",
			   "what was given is no access token");
		return;
	}
	if (check->proof)
		r = check_prove(check, order);
	if (r > 0)
		check_deny(check, "proof-refused", proof_reason(r), check->proven.reason);
	else if (r < 0)
		check_break(check, r);
	else if (check_knows_endpoints(check->provider))
		check_begin(check);
	else
		document_ask(&check->provider->metadata_document, &check->waiter);
}

int token_check_start(struct net *net, const struct token_order *order)
{
	_cleanup_(check_freep) struct check *mine = NULL;
	struct check *check;
	int r = check_new(net, order, &mine);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &check_ops, mine);
	if (r < 0)
		return r;
	check = TAKE_PTR(mine);
	check_start(check, order);
	return 0;
}
