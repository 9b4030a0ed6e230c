/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/logout-token.h"

/*
 * The logout-token policy. What it lets pass ends people's sessions, so a forged one is a way to
 * throw everybody out.
 *
 * MUST (numbers in brackets are those of section 2.6)
 *  1. A policy without issuer or client id accepts nothing.
 *  2. iss, aud, iat and exp are held to the rules of an ID token (4): byte for byte, for us, and
 * not for others alone; all four are required (section 2.4).
 *  3. sub or sid is there, or both (5); each is what a person or a session can be known by.
 *  4. events is an object that has the member of a back-channel logout, and that is an object (6).
 *  5. There is no nonce, of whatever type (7): that is what an ID token has.
 *  6. jti is there, and the token ends while it is remembered: it is taken once (8).
 *  7. A claim of the wrong type refuses the token; it never counts as absent. null is a wrong type.
 */

#include <errno.h>
#include <string.h>

#include "idp-agentd/net/claim-read.h"
#include "idp-agentd/net/json.h"

#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

/* What one judgement is made of. Every check writes the reason of its own refusal. */
struct judge {
	struct claim_reader reader;
	const struct logout_policy *policy;
	struct logout_claims *claims;
};

static const struct claim_outcomes outcomes = {
	.json = LOGOUT_E_JSON,
	.policy = LOGOUT_E_POLICY,
	.shape = LOGOUT_E_SHAPE,
	.audience = LOGOUT_E_AUDIENCE,
	.party = LOGOUT_E_PARTY,
	.issuer = LOGOUT_E_ISSUER,
	.subject = LOGOUT_E_SUBJECT,
	.expired = LOGOUT_E_EXPIRED,
	.future = LOGOUT_E_FUTURE,
};

/* MUST 1. */
static int check_policy(struct judge *judge)
{
	return claim_check_policy(&judge->reader, judge->policy->issuer, judge->policy->client_id);
}

/* ---- MUST 2 ---- */

static int check_issuer(struct judge *judge)
{
	return claim_issuer(&judge->reader, judge->policy->issuer, &judge->claims->iss);
}

static int check_audience(struct judge *judge)
{
	return claim_for_client(&judge->reader, judge->policy->client_id);
}

static int check_times(struct judge *judge)
{
	int64_t date = 0;
	int r = claim_exp(&judge->reader, "the token", &judge->claims->exp);

	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, LOGOUT_E_EXPIRED,
				    "the token never expires (no exp)");
	if (r != 0)
		return r;
	if (judge->claims->exp - judge->policy->now > LOGOUT_TOKEN_LIFE_MAX) /* MUST 6 */
		return claim_refuse(&judge->reader, LOGOUT_E_LIFE,
				    "the token may be used for %lld seconds more, which is longer "
				    "than this host remembers that it was",
				    (long long)(judge->claims->exp - judge->policy->now));
	r = claim_past(&judge->reader, "iat", &date);
	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, LOGOUT_E_FUTURE,
				    "the token does not say when it was issued (no iat)");
	if (r == 0)
		r = claim_past(&judge->reader, "nbf", &date);
	return r == CLAIM_ABSENT ? 0 : r;
}

/* ---- the rest ---- */

/* A text of 1 to LOGOUT_WORD_MAX printable bytes, or CLAIM_ABSENT. */
static int read_word(struct judge *judge, const char *name, int outcome, const char **ret_text)
{
	const char *text = "";
	int r = claim_text(&judge->reader, name, LOGOUT_WORD_MAX, &text);

	if (r != 0)
		return r;
	if (*text == '\0' || !claim_is_printable(text))
		return claim_refuse(&judge->reader, outcome, "%s is empty or not printable ASCII",
				    name);
	*ret_text = text;
	return 0;
}

/* MUST 3. */
static int check_whose(struct judge *judge)
{
	int sub = claim_subject(&judge->reader, &judge->claims->sub);
	int sid;

	if (sub != 0 && sub != CLAIM_ABSENT)
		return sub;
	sid = read_word(judge, "sid", LOGOUT_E_SUBJECT, &judge->claims->sid);
	if (sub == CLAIM_ABSENT && sid == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, LOGOUT_E_SUBJECT,
				    "the token names neither a person (sub) nor a session (sid)");
	return sid == CLAIM_ABSENT ? 0 : sid;
}

/* MUST 4. What else a platform says in there is not for us to understand (section 2.4). */
static int check_event(struct judge *judge)
{
	const json_t *events = json_object_get(judge->reader.json, "events");

	if (!json_is_object(events))
		return claim_refuse(&judge->reader, LOGOUT_E_EVENT,
				    "the token declares nothing: events is %s",
				    events ? "no object" : "absent");
	if (!json_is_object(json_object_get(events, LOGOUT_EVENT)))
		return claim_refuse(&judge->reader, LOGOUT_E_EVENT,
				    "the token declares no back-channel logout (events)");
	return 0;
}

/* MUST 5. */
static int check_nonce(struct judge *judge)
{
	if (json_object_get(judge->reader.json, "nonce"))
		return claim_refuse(&judge->reader, LOGOUT_E_NONCE,
				    "this is an ID token (it has a nonce)");
	return 0;
}

/* MUST 6. */
static int check_id(struct judge *judge)
{
	int r = read_word(judge, "jti", LOGOUT_E_ID, &judge->claims->jti);

	return r == CLAIM_ABSENT ? claim_refuse(&judge->reader, LOGOUT_E_ID,
						"the token has no name of its own (jti)")
				 : r;
}

static int judge_all(struct judge *judge)
{
	static int (*const checks[])(struct judge *) = {
		check_policy,   check_nonce, check_event, check_issuer,
		check_audience, check_times, check_whose, check_id,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTSOF(checks); i++)
		r = checks[i](judge);
	return r;
}

int logout_token_check(const struct logout_policy *policy, const void *payload, size_t len,
		       struct logout_claims *ret_claims)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	struct logout_claims claims = { .sub = "", .sid = "" };
	struct judge judge = { .policy = policy, .claims = &claims };
	int r;

	*ret_claims = LOGOUT_CLAIMS_NULL;
	judge.reader = (struct claim_reader){
		.reason = ret_claims->reason,
		.outcomes = &outcomes,
		.now = policy->now,
		.leeway = policy->leeway,
	};
	r = claim_parse(&judge.reader, payload, len, &json);
	if (r != 0)
		return r;
	judge.reader.json = json;
	r = judge_all(&judge);
	if (r != 0) /* nothing of a refused token but the reason */
		return r;
	claims.json = TAKE_PTR(json);
	*ret_claims = claims;
	return 0;
}

void logout_claims_done(struct logout_claims *claims)
{
	json_release_p(&claims->json);
	*claims = LOGOUT_CLAIMS_NULL;
}

const char *logout_reason(int outcome)
{
	static const char *const words[] = {
		[LOGOUT_E_JSON] = "logout-json",       [LOGOUT_E_SHAPE] = "logout-shape",
		[LOGOUT_E_ISSUER] = "logout-issuer",   [LOGOUT_E_AUDIENCE] = "logout-audience",
		[LOGOUT_E_PARTY] = "logout-party",     [LOGOUT_E_SUBJECT] = "logout-subject",
		[LOGOUT_E_EXPIRED] = "logout-expired", [LOGOUT_E_FUTURE] = "logout-future",
		[LOGOUT_E_LIFE] = "logout-life",       [LOGOUT_E_ID] = "logout-id",
		[LOGOUT_E_EVENT] = "logout-event",     [LOGOUT_E_NONCE] = "logout-nonce",
		[LOGOUT_E_POLICY] = "logout-policy",
	};

	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome] : "logout";
}
