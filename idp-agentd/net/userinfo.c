/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UserInfo. MUST:
 *  1. its sub is exactly the ID token's (OIDC Core 5.3.2);
 *  2. the token is sent to the endpoint of the checked metadata and nowhere else (http.c follows no
 *     redirect here);
 *  3. what calls itself a signed token is believed only as one: signature, issuer, audience.
 */
#include "idp-agentd/net/userinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/provider.h"

int userinfo_start(struct call *call, const struct secret *token, bool bound)
{
	const struct call_get get = {
		.url = provider_endpoint(call->provider, PROVIDER_USERINFO),
		.token = token,
		.bound = bound && call->provider->dpop,
		.accept = call->provider->oauth2 ? NULL : "application/json, application/jwt",
	};

	return get.url ? call_get(call, &get) : -ENOTSUP;
}

/* OIDC Core section 2: ASCII; and nothing a log or a terminal minds. */
static bool userinfo_is_subject(const char *sub)
{
	const char *at = sub;

	while (*at >= 0x20 && *at < 0x7f)
		at++;
	return at > sub && !*at;
}

static int userinfo_check_answer(const struct http_answer *answer, char reason[static REASON_MAX])
{
	if (answer->error != HTTP_OK)
		return reason_refuse(USERINFO_E_UNREACHABLE, reason, "%s", answer->reason);
	if (answer->status >= 500 || answer->status == 429)
		return reason_refuse(USERINFO_E_UNREACHABLE, reason,
				     "the platform could not say who this is just now (userinfo)");
	if (answer->status != 200)
		return reason_refuse(USERINFO_E_REFUSED, reason,
				     "the platform did not let us read its userinfo");
	return 0;
}

static int userinfo_check_sub(const json_t *object, const struct userinfo_policy *policy,
			      char reason[static REASON_MAX])
{
	const char *sub = NULL;
	int r = json_get_text(object, "sub", SUBJECT_LEN_MAX, &sub);

	if (policy->plain_oauth2) /* who it is stands elsewhere: source_read_subject() judges it */
		return 0;
	if (r != 0 || !userinfo_is_subject(sub))
		return reason_refuse(USERINFO_E_SHAPE, reason, "userinfo does not say sub");
	if (policy->subject && strcmp(sub, policy->subject) != 0) /* MUST 1 */
		return reason_refuse(USERINFO_E_SOMEBODY, reason,
				     "userinfo is about somebody else than the ID token");
	return 0;
}

int userinfo_read(const struct http_answer *answer, const struct userinfo_policy *policy,
		  char reason[static REASON_MAX], json_t **ret_object)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	int r = userinfo_check_answer(answer, reason);

	if (r != 0)
		return r;
	if (strcmp(answer->content_type, "application/jwt") == 0) {
		if (!policy->plain_oauth2)
			return USERINFO_SIGNED; /* MUST 3 */
		return reason_refuse(
			USERINFO_E_SHAPE, reason,
			"userinfo came as a signed token, which mode = oauth2 cannot verify: set "
			"its answer to plain JSON");
	}
	r = json_parse(answer->body, answer->body_len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &object);
	if (r < 0)
		return r;
	if (r > 0)
		return reason_refuse(USERINFO_E_SHAPE, reason, "userinfo is not a JSON object");
	r = userinfo_check_sub(object, policy, reason);
	if (r == 0)
		*ret_object = TAKE_PTR(object);
	return r;
}

int userinfo_read_signed(const struct provider *provider, const void *payload, size_t len,
			 const struct userinfo_policy *policy, int64_t now,
			 char reason[static REASON_MAX], json_t **ret_object)
{
	struct claims_policy rules = CLAIMS_POLICY_NULL;
	struct token_claims claims = TOKEN_CLAIMS_NULL;
	int r;

	rules.issuer = provider->issuer;
	rules.client_id = policy->client ? policy->client : provider->client_id;
	rules.subject = policy->subject;
	rules.now = now;
	rules.leeway = provider->leeway;
	r = claims_check_userinfo(&rules, payload, len, &claims);
	if (r == 0)
		*ret_object = TAKE_PTR(claims.json);
	else if (r > 0)
		r = reason_refuse(r == CLAIMS_E_SOMEBODY ? USERINFO_E_SOMEBODY : USERINFO_E_INVALID,
				  reason, "signed userinfo: %.180s (%s)", claims.reason,
				  claims_reason(r));
	token_claims_done(&claims);
	return r;
}

const char *userinfo_reason(int outcome)
{
	switch (outcome) {
	case USERINFO_E_UNREACHABLE:
		return "userinfo-unreachable";
	case USERINFO_E_REFUSED:
		return "userinfo-refused";
	case USERINFO_E_SHAPE:
		return "userinfo-shape";
	case USERINFO_E_SOMEBODY:
		return "userinfo-somebody";
	case USERINFO_E_INVALID:
		return "userinfo-invalid";
	case USERINFO_SIGNED:
		return "userinfo-shape";
	default:
		return "userinfo-failed";
	}
}
