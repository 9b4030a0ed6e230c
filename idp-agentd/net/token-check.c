/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an access token to IDENTITY. MUST:
 *  1. nothing in a token is believed before its signature is verified or the platform has said
 *     that it is active, as [provider] verify wants it: of "both", both;
 *  2. what cannot be found out is FAILED, and never a yes: an introspection endpoint out of reach
 *     is not replaced by the signature, nor the other way round;
 *  3. an answer that does not say that this is a bearer token (a refresh token is active, too) is
 *     believed only when userinfo takes the token as well;
 *  4. every path ends in exactly one of IDENTITY, DENIED and FAILED, or in the flow's end.
 */
#include "idp-agentd/net/token-check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/identify.h"
#include "idp-agentd/net/introspect.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jws.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/userinfo-keys.h"
#include "idp-agentd/net/verify.h"

struct check {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct secret *token;
	struct waiter waiter;
	struct call call;
	struct verify verify;
	struct access_claims claims; /* what is known of the token so far */
	struct userinfo_reader userinfo;
};

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

static void check_fail(struct check *check, const char *code, const char *text)
{
	log_info("a token for provider %s could not be checked: %s (%s)", check->provider->name,
		 text, code);
	reply_failed(check->net->outlet, check->flow, code, text);
	flow_end(check->net->flows, check->flow);
}

/* Of the machine. */
static void check_break(struct check *check, int error)
{
	check_fail(check, "internal", strerrordesc_np(-error));
}

static void check_deny(struct check *check, const char *code, const char *word,
		       const char *sentence)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", sentence, word);
	log_info("provider %s: an access token is refused: %s", check->provider->name, text);
	reply_denied(check->net->outlet, check->flow, code, text);
	flow_end(check->net->flows, check->flow);
}

/* outcome of access-token.h, or -errno. */
static void check_refuse(struct check *check, int outcome, const char *sentence)
{
	if (outcome < 0)
		check_break(check, outcome);
	else
		check_deny(check, access_code(outcome), access_reason(outcome), sentence);
}

/* ---- the answer ---- */

static struct identify check_who(const struct check *check, const json_t *userinfo)
{
	bool asked = check->provider->verify != PROVIDER_VERIFY_JWKS;

	return (struct identify){
		.provider = check->provider,
		.claims = &check->claims.token,
		.by_access_token = true,
		.userinfo = userinfo,
		.introspection = asked ? check->claims.token.json : NULL,
		.scopes = check->claims.scopes ? check->claims.scopes : "",
	};
}

static void check_say(struct check *check, const json_t *userinfo)
{
	const struct identify who = check_who(check, userinfo);
	struct buf message;
	int r;

	buf_init(&message, WIRE_MESSAGE_MAX);
	r = identify_put(&message, check->flow, &who);
	if (r == 0)
		r = reply_send(check->net->outlet, &message);
	buf_done(&message);
	if (r == 0)
		flow_end(check->net->flows, check->flow);
	else if (r == -EMSGSIZE)
		check_fail(check, "identity-too-large",
			   "the platform says more about this person than this host can weigh");
	else if (r == -EBADMSG)
		check_fail(check, "token-refused", "a name or group holds control characters");
	else if (r == -ENODATA)
		check_deny(check, "bad-subject", "bad-subject",
			   "who somebody is stands where a token alone does not say it "
			   "(subject_from)");
	else
		check_break(check, r);
}

static void check_take_userinfo(void *userdata, int outcome, const char *code, const char *text,
				const json_t *object)
{
	struct check *check = userdata;

	if (outcome == 0)
		check_say(check, object);
	else if (outcome == USERINFO_E_SOMEBODY)
		check_deny(check, "token-refused", code, text);
	else if (outcome == USERINFO_E_INVALID)
		check_deny(check, "token-invalid", code, text);
	else if (outcome == USERINFO_E_REFUSED)
		check_deny(check, "token-inactive", code, text);
	else
		check_fail(check, code, text);
}

/* A signed answer is for the client the token was given to, which need not be this host's. */
static void check_on_userinfo(void *userdata, const struct http_answer *answer)
{
	struct check *check = userdata;
	const struct userinfo_policy policy = {
		.subject = check->claims.token.sub,
		.client = *check->claims.client_id ? check->claims.client_id : NULL,
	};

	check->userinfo.verify.asked_newer = check->verify.asked_newer;
	userinfo_reader_take(&check->userinfo, answer, &policy);
}

static bool check_has_scope(const struct check *check, const char *scope)
{
	const char *at = check->claims.scopes ? check->claims.scopes : "";
	size_t len = strlen(scope);

	for (; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && strncmp(at, scope, len) == 0)
			return true;
		at += word;
	}
	return false;
}

/* Every claim that decides is good. Userinfo may add the name and the groups, and takes no token
 * that was not granted openid (OIDC Core section 5.3.1). */
static void check_complete(struct check *check)
{
	const struct identify who = check_who(check, NULL);
	bool proof = check->provider->verify == PROVIDER_VERIFY_INTROSPECT &&
		     !check->claims.bearer; /* MUST 3 */
	int r;

	if (!proof && !(identify_wants_userinfo(&who) && check_has_scope(check, "openid"))) {
		check_say(check, NULL);
		return;
	}
	check->call.done = check_on_userinfo;
	r = userinfo_start(&check->call, check->token, false);
	if (r == -ENOTSUP)
		check_deny(check, "token-kind", "access-kind",
			   "the platform does not say that this is a bearer token, and has no "
			   "userinfo endpoint that could tell");
	else if (r < 0)
		check_break(check, r);
}

/* ---- by introspection ---- */

static struct access_policy check_policy(const struct check *check)
{
	return (struct access_policy){
		.issuer = check->provider->issuer,
		.client_id = check->provider->client_id,
		.audiences = check->provider->audience,
		.aud_separator = check->provider->aud_separator,
		.both = check->provider->verify == PROVIDER_VERIFY_BOTH,
		.typed = !check->provider->access_typ,
		.now = (int64_t)(clock_real() / USEC_PER_SEC),
		.leeway = check->provider->leeway,
	};
}

/* How long a yes may be believed: as long as the token lives. */
static usec_t check_until(const struct token_claims *token)
{
	int64_t left = token->exp - (int64_t)(clock_real() / USEC_PER_SEC);

	return left > 0 ? clock_add(clock_now(), (usec_t)left * USEC_PER_SEC) : 0;
}

static void check_take_answer(struct check *check, json_t *answer, bool fresh)
{
	const struct access_policy policy = check_policy(check);
	struct access_claims said;
	char reason[REASON_MAX];
	int r = access_answer_check(&policy, answer, &said);

	if (r == 0 && fresh)
		introspections_keep(&check->provider->introspections, check->token, answer,
				    clock_now(), check_until(&said.token));
	if (r == 0 && policy.both) {
		r = access_claims_join(&check->claims, &said);
		memcpy(reason, check->claims.token.reason, sizeof(reason));
		access_claims_done(&said);
	} else if (r == 0) {
		check->claims = said;
	} else {
		memcpy(reason, said.token.reason, sizeof(reason));
		access_claims_done(&said);
	}
	if (r == 0)
		check_complete(check);
	else
		check_refuse(check, r, reason);
}

static void check_on_answer(void *userdata, const struct http_answer *answer)
{
	struct check *check = userdata;
	_cleanup_(json_release_p) json_t *object = NULL;
	char reason[REASON_MAX] = "";
	int r = introspect_read(answer, reason, &object);

	if (r == 0)
		check_take_answer(check, object, true);
	else if (r == INTROSPECT_E_INACTIVE)
		check_deny(check, introspect_reason(r), "introspection", reason);
	else
		check_fail(check, introspect_reason(r), *reason ? reason : strerrordesc_np(-r));
}

static void check_introspect(struct check *check)
{
	const char *url = provider_endpoint(check->provider, PROVIDER_INTROSPECTION);
	_cleanup_(json_release_p) json_t *kept =
		introspections_find(check->provider->introspections, check->token, clock_now());
	int r;

	if (kept) {
		check_take_answer(check, kept, false);
		return;
	}
	if (!url) {
		check_fail(check, "platform-refused", "the platform offers no introspection");
		return;
	}
	introspect_put_form(call_form(&check->call), check->token);
	r = call_start(&check->call, url);
	if (r < 0)
		check_break(check, r);
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

/* ---- start ---- */

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

	return (!keys || settings_text(provider->settings, "jwks_uri")) &&
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
	check->token = secret_new(order->token->text, order->token->len);
	if (!check->token)
		return -ENOMEM;
	check->waiter = (struct waiter){ .ready = check_on_metadata, .userdata = check };
	*ret_check = TAKE_PTR(check);
	return 0;
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
	if (*check->provider->broken)
		check_fail(check, "configuration", check->provider->broken);
	else if (!access_token_is_sound(check->token->text, check->token->len))
		check_deny(check, "token-refused", "access-shape",
			   "what was given is no access token");
	else if (check_knows_endpoints(check->provider))
		check_begin(check);
	else
		document_ask(&check->provider->metadata_document, &check->waiter);
	return 0;
}
