/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To tokens by an authorization code with PKCE (RFC 6749 4.1, RFC 7636): the request, pushed where
 * the platform takes that (RFC 9126); AUTH_URL; what the person brings back; the code for tokens.
 * MUST:
 *  1. where a pushed request is offered it is pushed, unless the configuration says par = no, and a
 *     refusal of it is a refusal: no silent way back to an address that anybody could change;
 *  2. one answer only is taken: a code is redeemed once, and nothing is read while it is. A code
 *     without its address that the platform does not know was no answer, and may be put right;
 *  3. a code is bound to its request by a nonce or by PKCE that the platform says it checks: one
 *     that was stolen elsewhere opens nothing here (RFC 9700 section 2.1.1). Without a state this
 * has to be seen: then nobody's mere word for PKCE will do.
 */
#include <errno.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/signin-flow.h"
#include "idp-agentd/net/url.h"

/* ---- the address ---- */

/* query: of the address. expires_in: 0 when it may be opened as long as the flow lives. */
static int signin_say_url(struct signin *signin, const struct buf *query, uint32_t expires_in)
{
	const char *endpoint = provider_endpoint(signin->provider, PROVIDER_AUTHORIZATION);
	struct buf url;
	int r;

	if (!endpoint)
		return -ENOTSUP;
	buf_init(&url, LOGIN_URL_MAX);
	authcode_put_url(&url, endpoint, query);
	r = buf_end(&url);
	if (r == 0)
		reply_auth_url(signin->net->outlet, signin->flow, (const char *)url.data,
			       expires_in);
	buf_done(&url);
	return r;
}

static void signin_ask_person(struct signin *signin, struct buf *query, uint32_t expires_in)
{
	int r = buf_end(query);

	if (r == 0)
		r = signin_say_url(signin, query, expires_in);
	if (r < 0) {
		signin_fail(signin, r == -EMSGSIZE ? "platform-refused" : "internal",
			    r == -EMSGSIZE ? "the address of the sign-in is too long for a person"
					   : strerrordesc_np(-r));
		return;
	}
	signin->code_state = SIGNIN_CODE_ASKED;
	signin_want_keys(signin);
}

static int signin_put_request(struct signin *signin, struct buf *out)
{
	const struct authcode_request request = {
		.redirect_uri = signin->redirect_uri,
		.scopes = signin->scopes,
		.acr_values = signin->acr_values,
		.max_age = signin->max_age,
		.resource = signin->resource,
		.resource_parameter = signin->provider->resource_parameter,
		.dpop_jkt = signin->provider->dpop_jkt,
	};

	return authcode_put_request(out, &signin->authcode, &request);
}

static void signin_ask_plainly(struct signin *signin)
{
	struct buf query;
	int r;

	buf_init(&query, LOGIN_URL_MAX);
	url_put_pair(&query, "client_id", signin->provider->client_id);
	r = signin_put_request(signin, &query);
	if (r < 0 && r != -EMSGSIZE)
		signin_fail(signin, "internal", strerrordesc_np(-r));
	else
		signin_ask_person(signin, &query, 0);
	buf_done(&query);
}

/* ---- pushed first ---- */

static void signin_take_pushed(struct signin *signin, const struct authcode_pushed *pushed)
{
	struct buf query;

	buf_init(&query, LOGIN_URL_MAX);
	url_put_pair(&query, "client_id", signin->provider->client_id);
	url_put_pair(&query, "request_uri", pushed->request_uri);
	signin_ask_person(signin, &query, pushed->expires_in);
	buf_done(&query);
}

static void signin_on_pushed(void *userdata, const struct http_answer *answer)
{
	struct signin *signin = userdata;
	struct authcode_pushed pushed;
	char text[REASON_MAX];
	int r;

	if (answer->error != HTTP_OK) {
		signin_fail(signin, http_reason(answer->error), answer->reason);
		return;
	}
	if (answer->status != 201 && answer->status != 200) {
		signin_no_answer(signin, answer, "request_uri");
		return;
	}
	r = authcode_pushed_parse(answer->body, answer->body_len, &pushed);
	if (r == 0) {
		signin_take_pushed(signin, &pushed);
		return;
	}
	reason_format(text, sizeof(text), "pushed authorization request: %s", oauth_sentence(r));
	signin_fail(signin, "platform-garbage", text);
}

static void signin_push(struct signin *signin, const char *url)
{
	struct buf *form = call_form(&signin->call);
	int r;

	/* As for a device code: else clientauth adds it. */
	if (signin->provider->auth == CLIENTAUTH_BASIC)
		url_put_pair(form, "client_id", signin->provider->client_id);
	r = signin_put_request(signin, form);
	signin->call.done = signin_on_pushed;
	if (r == 0)
		r = call_start(&signin->call, url);
	if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
}

/* MUST 3. Without a document nobody can tell: then the word of the configuration stands. */
static bool signin_code_is_bound(const struct signin *signin)
{
	const struct metadata *metadata = &signin->provider->metadata;

	if (signin_needs_id_token(signin))
		return true;
	if (!metadata->json)
		return !signin->provider->stateless;
	for (size_t i = 0; i < json_array_size(metadata->pkce_methods); i++)
		if (strcmp(json_string_value(json_array_get(metadata->pkce_methods, i)), "S256") ==
		    0)
			return true;
	return false;
}

/* Why no request can be made, or NULL. */
static const char *signin_code_trouble(const struct signin *signin, const char *par)
{
	const struct provider *provider = signin->provider;

	if (!provider_endpoint(provider, PROVIDER_AUTHORIZATION) ||
	    !provider_endpoint(provider, PROVIDER_TOKEN))
		return "the platform offers no sign-in in a browser";
	if (!par && provider->par == PROVIDER_PAR_ALWAYS)
		return "par = require, and the platform does not say where to push requests";
	if (!par && provider->metadata.par_required)
		return provider->par == PROVIDER_PAR_NEVER
			       ? "the platform wants requests to be pushed, and par = no forbids it"
			       : "the platform wants requests to be pushed but does not say where to";
	if (signin_code_is_bound(signin))
		return NULL;
	return provider->stateless
		       ? "state = off, and neither a nonce nor PKCE with S256 that the platform says "
			 "it checks would bind the code to this sign-in"
		       : "the platform does not say that it checks PKCE with S256, and without "
			 "openid in scope nothing else would bind the code to this sign-in";
}

static void signin_code_begin(struct signin *signin)
{
	const struct provider *provider = signin->provider;
	const char *par = provider->par == PROVIDER_PAR_NEVER
				  ? NULL
				  : provider_endpoint(provider, PROVIDER_PAR);
	const char *trouble = signin_code_trouble(signin, par);
	int r;

	if (trouble) {
		signin_fail(signin, "not-offered", trouble);
		return;
	}
	r = authcode_new(&signin->authcode);
	if (provider->stateless)
		signin->authcode.state = secret_free(signin->authcode.state);
	if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
	else if (par)
		signin_push(signin, par);
	else
		signin_ask_plainly(signin);
}

/* ---- the code for tokens ---- */

static void signin_ask_again(struct signin *signin, const char *code)
{
	signin->code_state = SIGNIN_CODE_ASKED;
	reply_repaste(signin->net->outlet, signin->flow, code);
}

static void signin_not_redeemed(struct signin *signin)
{
	if (signin->code_is_bare) { /* MUST 2 */
		signin->code = secret_free(signin->code);
		signin_ask_again(signin, "paste-unknown");
		return;
	}
	signin_deny(signin, "expired-code", "the code was too old, or used already");
}

static void signin_on_code_tokens(void *userdata, const struct http_answer *answer)
{
	signin_take_tokens(userdata, answer, signin_not_redeemed);
}

static void signin_redeem(struct signin *signin)
{
	const char *url = provider_endpoint(signin->provider, PROVIDER_TOKEN);
	struct buf *form = call_form(&signin->call);
	int r;

	signin->code_state = SIGNIN_CODE_REDEEM;
	url_put_pair(form, "grant_type", "authorization_code");
	url_put_pair(form, "code", signin->code->text);
	url_put_pair(form, "redirect_uri", signin->redirect_uri);
	url_put_pair(form, "code_verifier", signin->authcode.verifier->text);
	provider_put_resource(signin->provider, form, signin->resource);
	signin->call.done = signin_on_code_tokens;
	signin->call.once = true; /* a code that comes twice costs its tokens (RFC 6749 4.1.2) */
	r = url ? call_start(&signin->call, url) : -ENOTSUP;
	if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
}

/* ---- what came back ---- */

/* The platform's own no, by way of the browser (RFC 6749 section 4.1.2.1). */
static void signin_code_refused(struct signin *signin, const struct oauth_error *error)
{
	if (strcmp(error->code, "access_denied") == 0)
		signin_deny(signin, "access-denied", "the sign-in was refused at the platform");
	else if (strcmp(error->code, "temporarily_unavailable") == 0 ||
		 strcmp(error->code, "server_error") == 0)
		signin_fail(signin, "platform-unreachable",
			    *error->text ? error->text : "the platform is out of order");
	else
		signin_refused(signin, error);
}

static void signin_not_code(struct signin *signin, int outcome, const struct oauth_error *error)
{
	const char *again = authcode_repaste(outcome);

	if (outcome < 0)
		signin_fail(signin, "internal", strerrordesc_np(-outcome));
	else if (again)
		signin_ask_again(signin, again);
	else if (outcome == AUTHCODE_E_REFUSED)
		signin_code_refused(signin, error);
	else
		signin_deny(signin, "token-invalid",
			    "the browser was answered by another issuer (RFC 9207)");
}

static int signin_code_redirect(struct signin *signin, const struct secret *pasted)
{
	const struct authcode_expected expected = {
		.state = signin->authcode.state,
		.issuer = signin->provider->issuer,
		.issuer_required = signin->provider->metadata.iss_in_answers,
	};
	struct authcode_answer answer;
	int r;

	if (signin->code_state != SIGNIN_CODE_ASKED) /* MUST 2 */
		return -EPROTO;
	r = authcode_read(&expected, pasted->text, pasted->len, &answer);
	if (r == 0) {
		signin->code = TAKE_PTR(answer.code);
		signin->code_is_bare = answer.bare;
		signin_redeem(signin);
	} else {
		signin_not_code(signin, r, &answer.error);
	}
	authcode_answer_done(&answer);
	return 0;
}

static int signin_code_prepare(struct signin *signin)
{
	signin->code_state = SIGNIN_CODE_NONE;
	return 0;
}

const struct signin_way signin_code_way = {
	.endpoint = PROVIDER_AUTHORIZATION,
	.prepare = signin_code_prepare,
	.begin = signin_code_begin,
	.redirect = signin_code_redirect,
};
