/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/access-judge.h"

/*
 * The access-token policy.
 *
 * MUST
 *  1. A policy without issuer accepts nothing, and without audiences no JWT by itself: unset is
 *     never "any" (CVE-2026-31957). What the platform is asked about is then taken only when it
 *     was issued to or for our own client: a token of another application is no password here.
 *  2. iss and aud are compared byte for byte (RFC 9068 section 4; RFC 7519 section 4.1.3).
 *  3. exp is required, of an answer as well: a token that never ends would be a password that
 *     never ends. iat is required of a token; no time that must be past lies in the future.
 *  4. An ID token or a refresh token never passes (RFC 9068 section 5), also where the platform's
 *     access tokens have no typ of their own.
 *  5. Where the platform signs for several tenants, and says so, only ours pass. A tenant stands in
 *     for an audience where tokens have none; where they do have one it is heeded all the same.
 *  6. Whose it is, and which key it is bound to, is access-holder.c's.
 *  7. A claim of the wrong type refuses the token; it never counts as absent. null is a wrong type.
 *  8. Where a token and the answer about it both speak, they say the same (access-claims.c).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/oauth.h"

#define ACCESS_SCOPE_MAX 256u /* scopes in an array */

static const struct claim_outcomes outcomes = {
	.json = ACCESS_E_JSON,
	.policy = ACCESS_E_POLICY,
	.shape = ACCESS_E_SHAPE,
	.audience = ACCESS_E_AUDIENCE,
	.issuer = ACCESS_E_ISSUER,
	.subject = ACCESS_E_SUBJECT,
	.expired = ACCESS_E_EXPIRED,
	.future = ACCESS_E_FUTURE,
};

/* ---- the checks ---- */

/* MUST 1. */
static int check_policy(struct judge *judge)
{
	const struct access_policy *p = judge->policy;
	const char *client = p->clientless && !p->client_id ? "none" : p->client_id;
	int r = claim_check_policy(&judge->reader, p->issuer, client);

	if (r != 0)
		return r;
	if (p->audiences && !*p->audiences)
		return claim_refuse(&judge->reader, ACCESS_E_POLICY,
				    "the list of audiences is empty");
	if (p->tenant && (!*p->tenant || !p->tenant_from || !*p->tenant_from))
		return claim_refuse(&judge->reader, ACCESS_E_POLICY,
				    "the tenant, or where it stands, is empty");
	if (!p->audiences && !p->tenant && !judge->answer && !p->both)
		return claim_refuse(&judge->reader, ACCESS_E_POLICY,
				    "no audience is configured for access tokens");
	return 0;
}

static int check_issuer(struct judge *judge)
{
	const char **iss = &judge->claims->token.iss;

	/* RFC 7662 leaves it out: it came from the issuer. Of a token that leaves it out the key
	 * says whose it is, where that is known of the platform. */
	if ((judge->answer || judge->policy->issuer_unsaid) &&
	    !json_object_get(judge->reader.json, "iss")) {
		*iss = judge->policy->issuer;
		return 0;
	}
	return claim_issuer(&judge->reader, judge->policy->issuer, iss); /* MUST 2 */
}

/* MUST 4: what only an ID token has, or what says of itself that it is none of ours. */
static int check_kind(struct judge *judge)
{
	static const char *const marks[] = { "nonce", "at_hash", "c_hash", "s_hash" };
	static const char *const names[] = { "typ", "token_use" };
	static const char *const others[] = { "ID",      "id_token",      "Refresh",
					      "Offline", "refresh_token", "Logout" };

	for (size_t i = 0; i < ELEMENTSOF(marks); i++)
		if (json_object_get(judge->reader.json, marks[i]))
			return claim_refuse(&judge->reader, ACCESS_E_KIND,
					    "this is an ID token (it has %s)", marks[i]);
	for (size_t i = 0; i < ELEMENTSOF(names) * ELEMENTSOF(others); i++) {
		const char *name = names[i % ELEMENTSOF(names)];
		const char *other = others[i / ELEMENTSOF(names)];
		const char *said =
			json_text(json_object_get(judge->reader.json, name), CLAIM_TEXT_MAX);

		if (said && strcasecmp(said, other) == 0)
			return claim_refuse(&judge->reader, ACCESS_E_KIND,
					    "this is not an access token (%s: %s)", name, other);
	}
	return 0;
}

/* Is one value of aud ours? Where typ cannot tell, our client id is what an ID token is for. */
static bool is_for_us(const struct judge *judge, const char *audience)
{
	const struct access_policy *p = judge->policy;

	bool client = p->client_id && claim_same(audience, p->client_id);

	if (!p->audiences)
		return client;
	if (!judge->answer && !p->typed && client) /* MUST 4 */
		return false;
	return access_is_word_of(p->audiences, audience);
}

/* Some platforms join several into one text. That is known of them, and never guessed. */
static bool is_any_for_us(const struct judge *judge, const char *text)
{
	const char separators[] = { judge->policy->aud_separator, '\0' };
	char one[CLAIM_TEXT_MAX + 1];
	bool ours = false;

	if (!judge->policy->aud_separator)
		return is_for_us(judge, text);
	for (const char *at = text; *at; at += *at != '\0') {
		size_t n = strcspn(at, separators);

		memcpy(one, at, n); /* json_text() kept it within bounds */
		one[n] = '\0';
		ours |= is_for_us(judge, one);
		at += n;
	}
	return ours;
}

static int check_audience(struct judge *judge)
{
	const json_t *aud = NULL;
	const char *text;
	bool ours = false;
	int r = claim_audience(&judge->reader, &aud);

	if (r != 0 && r != CLAIM_ABSENT)
		return r;
	text = json_string_value(aud);
	/* Of both, the token decides where audiences are configured, else the answer. */
	if (judge->policy->both && judge->answer ? !aud && judge->policy->audiences
						 : judge->policy->both && !judge->policy->audiences)
		return 0;
	if (!aud && judge->policy->tenant && !judge->policy->audiences) /* MUST 5 */
		return 0;
	if (text)
		ours = is_any_for_us(judge, text);
	for (size_t i = 0; !text && i < json_array_size(aud); i++)
		ours |= is_for_us(judge, json_string_value(json_array_get(aud, i)));
	if (!judge->policy->audiences && judge->policy->client_id &&
	    claim_same(judge->claims->client_id, judge->policy->client_id))
		ours = true; /* MUST 1 */
	if (!ours)
		return claim_refuse(&judge->reader, ACCESS_E_AUDIENCE,
				    "the token is for %s%.*s%s, not for us", text ? "\"" : "",
				    CLAIM_SHOWN_MAX,
				    text  ? text
				    : aud ? "others"
					  : "nobody in particular",
				    text ? "\"" : "");
	return 0;
}

/* MUST 5. */
static int check_tenant(struct judge *judge)
{
	const struct access_policy *p = judge->policy;
	const json_t *value;
	const char *tenant;

	if (!p->tenant)
		return 0;
	value = json_find(judge->reader.json, p->tenant_from);
	if (!value && judge->answer && p->both)
		return 0; /* the token has said it */
	tenant = json_text(value, CLAIM_TEXT_MAX);
	if (!tenant)
		return claim_refuse(&judge->reader, ACCESS_E_TENANT, "the token names no tenant");
	if (!claim_same(tenant, p->tenant))
		return claim_refuse(&judge->reader, ACCESS_E_TENANT,
				    "the token is of the tenant \"%.*s\", not of ours",
				    CLAIM_SHOWN_MAX, tenant);
	return 0;
}

/* MUST 3. */
static int check_times(struct judge *judge)
{
	struct token_claims *token = &judge->claims->token;
	int64_t nbf = 0;
	int r = claim_exp(&judge->reader, "the token", &token->exp);

	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, ACCESS_E_EXPIRED,
				    "the token never expires (no exp)");
	if (r != 0)
		return r;
	r = claim_past(&judge->reader, "iat", &token->iat);
	if (r == CLAIM_ABSENT && !judge->answer)
		return claim_refuse(&judge->reader, ACCESS_E_FUTURE, "the token has no iat");
	if (r == 0 && judge->policy->life_max > 0 &&
	    token->exp - token->iat > judge->policy->life_max)
		return claim_refuse(&judge->reader, ACCESS_E_LIFE,
				    "the token is good for %lld seconds, longer than token_life "
				    "allows",
				    (long long)(token->exp - token->iat));
	if (r == 0 || r == CLAIM_ABSENT)
		r = claim_past(&judge->reader, "nbf", &nbf);
	if (r == 0 || r == CLAIM_ABSENT)
		r = claim_past(&judge->reader, "auth_time", &token->auth_time);
	return r == CLAIM_ABSENT ? 0 : r;
}

static int check_methods(struct judge *judge)
{
	struct token_claims *token = &judge->claims->token;

	return claim_methods(&judge->reader, &token->acr, &token->amr);
}

/* An array of scopes as one text; a scope with a blank in it would be two: not taken. */
static int join_scopes(const struct judge *judge, const json_t *list, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *scope = json_string_value(json_array_get(list, i));

		if (!*scope || strchr(scope, ' '))
			return claim_refuse(&judge->reader, ACCESS_E_SHAPE,
					    "a scope is empty or has a blank");
		if (i > 0)
			buf_put_u8(out, ' ');
		buf_put_text(out, scope);
	}
	return 0;
}

static int check_scopes(struct judge *judge)
{
	const json_t *said = json_object_get(judge->reader.json, "scope");
	const char *text;
	struct buf out;
	int r = 0;

	if (!said)
		said = json_object_get(judge->reader.json, "scp");
	if (!said)
		return 0;
	text = json_text(said, OAUTH_SCOPE_MAX);
	if (!text && !json_is_texts(said, ACCESS_SCOPE_MAX, CLAIM_TEXT_MAX))
		return claim_refuse(&judge->reader, ACCESS_E_SHAPE,
				    "scope is neither a text nor an array of texts");
	buf_init(&out, OAUTH_SCOPE_MAX + 1);
	if (text)
		buf_put_text(&out, text);
	else
		r = join_scopes(judge, said, &out);
	if (r == 0 && buf_end(&out) < 0)
		r = out.error == -ENOMEM ? -ENOMEM
					 : claim_refuse(&judge->reader, ACCESS_E_SHAPE,
							"there are too many scopes");
	if (r == 0 && !claim_is_printable((const char *)out.data))
		r = claim_refuse(&judge->reader, ACCESS_E_SHAPE, "a scope is not printable ASCII");
	if (r == 0)
		judge->claims->scopes = (char *)TAKE_PTR(out.data);
	buf_done(&out);
	return r;
}

static int judge_all(struct judge *judge)
{
	static int (*const checks[])(struct judge *) = {
		check_policy,        check_issuer,   check_kind,   access_check_binding,
		access_check_client, check_audience, check_tenant, access_check_holder,
		check_times,         check_methods,  check_scopes,
	};

	for (size_t i = 0; i < ELEMENTSOF(checks); i++) {
		int r = checks[i](judge);

		if (r != 0)
			return r;
	}
	return 0;
}

/* json is taken over. Nothing of what is refused is left but the reason. */
static int check_json(struct judge *judge, json_t *json)
{
	struct access_claims refused = ACCESS_CLAIMS_NULL;
	int r;

	judge->reader.json = judge->claims->token.json = json;
	r = judge_all(judge);
	if (r == 0)
		return 0;
	memcpy(refused.token.reason, judge->claims->token.reason, sizeof(refused.token.reason));
	access_claims_done(judge->claims);
	*judge->claims = refused;
	return r;
}

static struct judge judge_of(const struct access_policy *policy, bool answer,
			     struct access_claims *claims)
{
	return (struct judge){
		.reader = { .reason = claims->token.reason,
			    .outcomes = &outcomes,
			    .now = policy->now,
			    .leeway = policy->leeway },
		.policy = policy,
		.answer = answer,
		.claims = claims,
	};
}

int access_token_check(const struct access_policy *policy, const void *payload, size_t len,
		       struct access_claims *ret_claims)
{
	struct judge judge = judge_of(policy, false, ret_claims);
	json_t *json = NULL;
	int r;

	*ret_claims = ACCESS_CLAIMS_NULL;
	r = claim_parse(&judge.reader, payload, len, &json);
	if (r != 0)
		return r;
	return check_json(&judge, json);
}

int access_answer_check(const struct access_policy *policy, json_t *answer,
			struct access_claims *ret_claims)
{
	struct judge judge = judge_of(policy, true, ret_claims);

	*ret_claims = ACCESS_CLAIMS_NULL;
	return check_json(&judge, json_incref(answer));
}
