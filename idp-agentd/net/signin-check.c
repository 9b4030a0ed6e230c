/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From tokens to IDENTITY. MUST:
 *  1. an ID token is believed only after signature, then claims, both for this provider and client;
 *     one that came by an authorization code answers the nonce of its request;
 *  2. where an ID token says who it is, or whoever asked for "openid", gets one, or the sign-in
 *     fails: no silent way down; and with mode = oauth2 none is looked at, as nothing verifies it;
 *  3. a key nobody knows costs one fetch within the budget and one more try, not more;
 *  4. the client itself is nobody;
 *  5. tokens are handed to the authority directly before the IDENTITY they belong to, or never;
 * what was not handed over is revoked (signin_free).
 */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/identify.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply-tokens.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/signin-flow.h"
#include "idp-agentd/net/userinfo.h"

static bool signin_asked_for(const struct signin *signin, const char *scope)
{
	size_t len = strlen(scope);

	for (const char *at = signin->scopes; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && strncmp(at, scope, len) == 0)
			return true;
		at += word;
	}
	return false;
}

/* The token is here and is not what it must be: DENIED, with the particulars in the text. */
static void signin_invalid(struct signin *signin, const char *code, const char *sentence)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", sentence, code);
	log_warning("provider %s: an ID token is refused: %s, kid %s", signin->provider->name, text,
		    *signin->verify.jws.kid ? signin->verify.jws.kid : "none");
	signin_deny(signin, "token-invalid", text);
}

/* What is known before userinfo is here. */
static struct identify signin_who(const struct signin *signin, const json_t *userinfo)
{
	return (struct identify){
		.provider = signin->provider,
		.claims = signin->claims.json ? &signin->claims : NULL,
		.userinfo = userinfo,
		.token = signin->tokens.properties,
		.scopes = signin->tokens.scope ? signin->tokens.scope : signin->scopes,
		.expires = (int64_t)((clock_real() + signin->tokens.expires_in) / USEC_PER_SEC),
	};
}

/* MUST 5. Whatever goes wrong here, nothing was sent: the refresh token is still ours to revoke. */
static int signin_hand_over(struct signin *signin)
{
	const struct reply_tokens reply = {
		.tokens = &signin->tokens,
		.dpop = signin->provider->dpop,
		.id_token = signin->claims.json != NULL,
		.resource = signin->resource,
		.expires = signin->tokens_end,
	};
	int r = reply_tokens(signin->net->outlet, signin->flow, &reply);

	if (r == 0)
		signin->tokens.refresh_token = secret_free(signin->tokens.refresh_token);
	return r;
}

static void signin_send(struct signin *signin, struct buf *identity)
{
	int r = signin->keep ? signin_hand_over(signin) : 0;

	if (r < 0) {
		signin_fail(signin, "platform-refused",
			    "the platform's tokens are more than this host can keep");
		return;
	}
	r = reply_send(signin->net->outlet, identity);
	if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
	else
		flow_end(signin->net->flows, signin->flow);
}

static void signin_identify(struct signin *signin, const struct identify *who)
{
	struct buf message;
	int r;

	buf_init(&message, WIRE_MESSAGE_MAX);
	r = identify_put(&message, signin->flow, who);
	if (r == 0)
		r = wire_end(&message);
	if (r == 0)
		signin_send(signin, &message);
	else if (r == -EMSGSIZE)
		signin_fail(signin, "identity-too-large",
			    "the platform says more about this person than this host can weigh");
	else if (r == -EBADMSG)
		signin_fail(signin, "token-invalid", "a name or group holds control characters");
	else
		signin_fail(signin, "internal", strerrordesc_np(-r));
	buf_done(&message);
}

static void signin_say(struct signin *signin, const json_t *userinfo)
{
	const struct identify who = signin_who(signin, userinfo);
	char reason[REASON_MAX], subject[SUBJECT_LEN_MAX + 1];

	if (identify_subject(&who, reason, subject) < 0)
		signin_deny(signin, "bad-subject", reason);
	else if (strcmp(subject, signin->provider->client_id) == 0) /* MUST 4 */
		signin_deny(signin, "workload-token",
			    "the token is about the client itself, not a person");
	else
		signin_identify(signin, &who);
}

/* ---- userinfo ---- */

void signin_take_userinfo(void *userdata, int outcome, const char *code, const char *text,
			  const json_t *object)
{
	struct signin *signin = userdata;

	if (outcome == 0)
		signin_say(signin, object);
	else if (outcome == USERINFO_E_SOMEBODY || outcome == USERINFO_E_INVALID)
		signin_deny(signin, "token-invalid", text);
	else
		signin_fail(signin, code, text);
}

static void signin_on_userinfo(void *userdata, const struct http_answer *answer)
{
	struct signin *signin = userdata;
	const struct userinfo_policy policy = {
		.subject = signin->claims.json ? signin->claims.sub : NULL,
		.plain_oauth2 = signin->provider->oauth2,
	};

	signin->userinfo.verify.asked_newer = signin->verify.asked_newer; /* MUST 3 */
	userinfo_reader_take(&signin->userinfo, answer, &policy);
}

static void signin_ask_userinfo(struct signin *signin)
{
	int r;

	signin->call.done = signin_on_userinfo;
	r = userinfo_start(&signin->call, signin->tokens.access_token, true);
	if (r == -ENOTSUP)
		signin_fail(signin, "not-offered",
			    "who somebody is stands in userinfo, and the platform has no such "
			    "endpoint");
	else if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
}

/* ---- the ID token ---- */

/* What the ID token says is believed, or there is none. */
static void signin_go_on(struct signin *signin)
{
	const struct identify who = signin_who(signin, NULL);

	if (identify_wants_userinfo(&who))
		signin_ask_userinfo(signin);
	else
		signin_say(signin, NULL);
}

/* The signature is good: the payload is what the platform said. */
static void signin_check_claims(struct signin *signin)
{
	struct claims_policy policy = CLAIMS_POLICY_NULL;
	int r;

	policy.issuer = signin->provider->issuer;
	policy.client_id = signin->provider->client_id;
	policy.nonce = signin->authcode.nonce ? signin->authcode.nonce->text : NULL;
	policy.access_token = signin->tokens.access_token->text;
	policy.code = signin->code ? signin->code->text : NULL;
	policy.alg = signin->verify.jws.alg;
	policy.now = (int64_t)(clock_real() / USEC_PER_SEC);
	policy.leeway = signin->provider->leeway;
	policy.max_age =
		signin->max_age == UINT32_MAX ? CLAIMS_NO_MAX_AGE : (int64_t)signin->max_age;
	r = claims_check_id_token(&policy, signin->verify.jws.payload,
				  signin->verify.jws.payload_len, &signin->claims);
	if (r != 0) {
		if (r < 0)
			signin_fail(signin, "internal", strerrordesc_np(-r));
		else
			signin_invalid(signin, claims_reason(r), signin->claims.reason);
		return;
	}
	if (strcmp(signin->claims.sub, signin->provider->client_id) == 0) /* MUST 4 */
		signin_deny(signin, "workload-token",
			    "the token is about the client itself, not a person");
	else
		signin_go_on(signin);
}

void signin_take_verified(void *userdata, enum verify_end end, const char *code, const char *text)
{
	struct signin *signin = userdata;

	switch (end) {
	case VERIFY_GOOD:
		signin_check_claims(signin);
		return;
	case VERIFY_REFUSED:
		signin_invalid(signin, code, text);
		return;
	case VERIFY_FAILED:
		break;
	}
	signin_fail(signin, code, text);
}

bool signin_needs_id_token(const struct signin *signin)
{
	const struct provider *provider = signin->provider;

	return !provider->oauth2 &&
	       (provider->subject.kind == SOURCE_ID_TOKEN || signin_asked_for(signin, "openid"));
}

void signin_check(struct signin *signin)
{
	const struct provider *provider = signin->provider;

	signin->tokens_end = reply_tokens_end(&signin->tokens);
	if (signin->tokens.id_token && !provider->oauth2) {
		verify_start(&signin->verify, signin->tokens.id_token, JWS_USE_ID_TOKEN,
			     provider->typ);
		return;
	}
	if (signin_needs_id_token(signin)) /* MUST 2 */
		signin_deny(signin, "token-invalid",
			    "the platform gave no ID token although it was asked");
	else if (signin->max_age != UINT32_MAX)
		signin_deny(signin, "token-invalid",
			    "without an ID token nobody can tell how old the login is");
	else
		signin_go_on(signin);
}
