/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the platform itself says about a token that somebody brings (introspection, userinfo), and
 * what the authority is told in the end. The numbers of MUST are those of token-check.c.
 */
#include "idp-agentd/net/token-check-internal.h"

#include <errno.h>
#include <string.h>

#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/identify.h"
#include "idp-agentd/net/introspect.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"

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
		.workload = check->claims.workload,
		.anonymous = check->claims.anonymous,
		.unasked = check->unasked,
		.shown = check->shown,
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

void check_take_userinfo(void *userdata, int outcome, const char *code, const char *text,
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

/*
 * MUST 5: only now, when all else is good, so that nobody's proofs but those of who has such a
 * token are remembered, and a proof that was refused for something else may come again.
 */
static int check_see_proof(struct check *check)
{
	return check->proof
		       ? proofs_see(check->net->proofs, check->proven.thumbprint, check->proven.id,
				    clock_now(), (int64_t)(clock_real() / USEC_PER_SEC))
		       : 0;
}

/* Every claim that decides is good. Userinfo may add the name and the groups, and takes no token
 * that was not granted openid (OIDC Core section 5.3.1). */
void check_complete(struct check *check)
{
	const struct identify who = check_who(check, NULL);
	bool proof = check->provider->verify == PROVIDER_VERIFY_INTROSPECT &&
		     !check->claims.bearer;                             /* MUST 3 */
	bool person = !check->claims.workload && !check->provider->jwt; /* who has a name there */
	int r = check_see_proof(check);
	bool wants;

	if (r == PROOF_E_AGAIN) {
		check_deny(check, "proof-refused", proof_reason(r), "the proof was shown before");
		return;
	}
	if (r == -ENOBUFS) {
		check_fail(check, "busy", "more proofs came than can be remembered");
		return;
	}
	if (r < 0) {
		check_break(check, r);
		return;
	}
	wants = person && identify_wants_userinfo(&who) && check_has_scope(check, "openid");
	if (!proof && (check->proof || !wants)) {
		check->unasked = wants; /* the key that would prove it there is not here */
		check_say(check, NULL);
		return;
	}
	check->call.done = check_on_userinfo;
	r = check->proof ? -ENOTSUP : userinfo_start(&check->call, check->token, false);
	if (r == -ENOTSUP)
		check_deny(
			check, "token-kind", "access-kind",
			"the platform does not say that this is an access token, and there is no "
			"userinfo endpoint that could tell");
	else if (r < 0)
		check_break(check, r);
}

/* ---- by introspection ---- */

struct access_policy check_policy(const struct check *check)
{
	return (struct access_policy){
		.issuer = check->issuer,
		.issuer_unsaid = check->provider->issuer_unsaid,
		.client_id = check->provider->jwt ? NULL : check->provider->client_id,
		.clientless = check->provider->jwt,
		.audiences = check->provider->audience,
		.aud_separator = check->provider->aud_separator,
		.tenant = check->tenant,
		.tenant_from = check->provider->tenant_from,
		.subject = check->provider->subject_pointer,
		.jkt = check->proof ? check->proven.thumbprint : NULL,
		.anyone = check->shown,
		.programs = check->provider->programs,
		.person = check->provider->person_from,
		.fiscal_code = check->provider->person_fiscal_code,
		.person_roles = check->provider->person_roles,
		.roles = check->provider->roles_from,
		.life_max = check->provider->token_life,
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

void check_on_answer(void *userdata, const struct http_answer *answer)
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

void check_introspect(struct check *check)
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
	if (check->shown && check->provider->n_shown_asked >= SHOWN_ASKED_MAX) { /* MUST 7 */
		check_fail(check, "busy", "the platform is being asked about too many tokens");
		return;
	}
	check->counted = check->shown;
	check->provider->n_shown_asked += check->counted;
	introspect_put_form(call_form(&check->call), check->token);
	r = call_start(&check->call, url);
	if (r < 0)
		check_break(check, r);
}
