/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/claims.h"

/*
 * The ID-token policy.
 *
 * MUST
 *  1. A policy without issuer or client id accepts nothing (CVE-2026-31957: unset was "any").
 *  2. iss and the audience are compared byte for byte, length and all (OIDC Core 3.1.3.7 points 2
 *     and 3; RFC 7519 section 4.1.3). No prefix, no case folding, no normalising of URLs.
 *  3. Several audiences need azp, and azp, where it is, must be us (points 3 to 5).
 *  4. exp and iat are required, and no time that must be past lies in the future (points 9 and 10;
 *     RFC 7519 sections 4.1.4 to 4.1.6). The leeway is ours, never the token's.
 *  5. sub is there and is 1 to 255 printable ASCII bytes (OIDC Core section 2).
 *  6. A nonce that was sent comes back (point 11); at_hash and c_hash match where they are
 *     (3.1.3.8, 3.3.2.11).
 *  7. max_age that was asked for is kept by auth_time (points 12 and 13).
 *  8. A claim of the wrong type refuses the token; it never counts as absent. null is a wrong type.
 */

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "common/b64url.h"
#include "idp-agentd/net/claim-read.h"
#include "idp-agentd/net/json.h"

/* What one judgement is made of. Every check writes the reason of its own refusal. */
struct judge {
	struct claim_reader reader;
	const struct claims_policy *policy;
	struct token_claims *claims;
};

static const struct claim_outcomes outcomes = {
	.json = CLAIMS_E_JSON,
	.policy = CLAIMS_E_POLICY,
	.shape = CLAIMS_E_SHAPE,
	.audience = CLAIMS_E_AUDIENCE,
	.party = CLAIMS_E_PARTY,
	.issuer = CLAIMS_E_ISSUER,
	.subject = CLAIMS_E_SUBJECT,
	.expired = CLAIMS_E_EXPIRED,
	.future = CLAIMS_E_FUTURE,
};

/* ---- the checks, in the order of OIDC Core 3.1.3.7 ---- */

static int check_policy(struct judge *judge)
{
	const struct claims_policy *p = judge->policy;
	int r = claim_check_policy(&judge->reader, p->issuer, p->client_id); /* MUST 1 */

	if (r == 0 && (p->max_age < CLAIMS_NO_MAX_AGE || p->max_age > CLAIM_DATE_MAX))
		return claim_refuse(&judge->reader, CLAIMS_E_POLICY, "max_age is out of range");
	return r;
}

static int check_issuer(struct judge *judge)
{
	return claim_issuer(&judge->reader, judge->policy->issuer,
			    &judge->claims->iss); /* MUST 2 */
}

/* MUST 2, 3. */
static int check_audience(struct judge *judge)
{
	return claim_for_client(&judge->reader, judge->policy->client_id);
}

static int check_subject(struct judge *judge)
{
	const char *sub = "";
	int r = claim_subject(&judge->reader, &sub); /* MUST 5 */

	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, CLAIMS_E_SUBJECT, "the token names no subject");
	if (r != 0)
		return r;
	if (judge->policy->subject && !claim_same(sub, judge->policy->subject))
		return claim_refuse(&judge->reader, CLAIMS_E_SOMEBODY,
				    "the token is about somebody else");
	judge->claims->sub = sub;
	return 0;
}

/* MUST 4. */
static int check_times(struct judge *judge)
{
	int64_t date = 0;
	int r = claim_exp(&judge->reader, "the token", &judge->claims->exp);

	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, CLAIMS_E_EXPIRED,
				    "the token never expires (no exp)");
	if (r != 0)
		return r;
	r = claim_past(&judge->reader, "iat", &judge->claims->iat);
	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, CLAIMS_E_FUTURE,
				    "the token does not say when it was issued (no iat)");
	if (r != 0)
		return r;
	r = claim_past(&judge->reader, "nbf", &date);
	return r == CLAIM_ABSENT ? 0 : r;
}

static int check_nonce(struct judge *judge)
{
	const char *nonce = "";
	int r = claim_text(&judge->reader, "nonce", CLAIM_TEXT_MAX, &nonce);

	if (!judge->policy->nonce)
		return r == CLAIM_ABSENT ? 0 : r;
	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, CLAIMS_E_NONCE,
				    "the token does not answer our nonce");
	if (r == 0 && !claim_same(nonce, judge->policy->nonce)) /* MUST 6 */
		return claim_refuse(&judge->reader, CLAIMS_E_NONCE,
				    "the token answers another nonce");
	return r;
}

static int check_hash(struct judge *judge, const char *name, const char *of)
{
	char wanted[CLAIMS_HASH_ROOM];
	const char *hash = "";
	int r = claim_text(&judge->reader, name, CLAIM_TEXT_MAX, &hash);

	if (r == CLAIM_ABSENT && of && judge->policy->hash_required)
		return claim_refuse(&judge->reader, CLAIMS_E_HASH, "the token has no %s", name);
	if (r == CLAIM_ABSENT)
		return 0;
	if (r != 0 || !of)
		return r;
	r = claims_hash(judge->policy->alg, of, wanted, sizeof(wanted));
	if (r != 0)
		return r;
	if (!claim_same(hash, wanted)) /* MUST 6 */
		return claim_refuse(&judge->reader, CLAIMS_E_HASH, "%s belongs to another answer",
				    name);
	return 0;
}

static int check_hashes(struct judge *judge)
{
	int r = check_hash(judge, "at_hash", judge->policy->access_token);

	return r != 0 ? r : check_hash(judge, "c_hash", judge->policy->code);
}

static int check_age(struct judge *judge)
{
	const struct claims_policy *policy = judge->policy;
	int64_t auth_time = 0;
	int r = claim_past(&judge->reader, "auth_time", &auth_time);

	if (r == CLAIM_ABSENT)
		return policy->max_age == CLAIMS_NO_MAX_AGE
			       ? 0
			       : claim_refuse(&judge->reader, CLAIMS_E_AGE,
					      "the token does not say when the login was");
	if (r != 0)
		return r;
	if (policy->max_age != CLAIMS_NO_MAX_AGE &&
	    policy->now - auth_time > policy->max_age + policy->leeway) /* MUST 7 */
		return claim_refuse(&judge->reader, CLAIMS_E_AGE,
				    "the login was %lld seconds ago, more than the %lld asked for",
				    (long long)(policy->now - auth_time),
				    (long long)policy->max_age);
	judge->claims->auth_time = auth_time;
	return 0;
}

static int check_methods(struct judge *judge)
{
	return claim_methods(&judge->reader, &judge->claims->acr, &judge->claims->amr);
}

/* A signed userinfo answer is of this moment: times are optional there, never wrong. */
static int check_times_said(struct judge *judge)
{
	int64_t date = 0;
	int r = claim_exp(&judge->reader, "it", &date);

	if (r == 0 || r == CLAIM_ABSENT)
		r = claim_past(&judge->reader, "iat", &date);
	if (r == 0 || r == CLAIM_ABSENT)
		r = claim_past(&judge->reader, "nbf", &date);
	return r == CLAIM_ABSENT ? 0 : r;
}

typedef int (*check_fn)(struct judge *judge);

/* checks ends with NULL. */
static int judge_claims(const struct claims_policy *policy, const check_fn *checks,
			const void *payload, size_t len, struct token_claims *ret_claims)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	struct judge judge = {
		.reader = { .reason = ret_claims->reason,
			    .outcomes = &outcomes,
			    .now = policy->now,
			    .leeway = policy->leeway },
		.policy = policy,
		.claims = ret_claims,
	};
	int r;

	*ret_claims = TOKEN_CLAIMS_NULL;
	r = claim_parse(&judge.reader, payload, len, &json);
	if (r != 0)
		return r;
	judge.reader.json = json;
	for (; r == 0 && *checks; checks++)
		r = (*checks)(&judge);
	if (r == 0) {
		ret_claims->json = TAKE_PTR(json);
	} else { /* nothing of a refused token but the reason */
		struct token_claims refused = TOKEN_CLAIMS_NULL;

		memcpy(refused.reason, ret_claims->reason, sizeof(refused.reason));
		*ret_claims = refused;
	}
	return r;
}

int claims_check_id_token(const struct claims_policy *policy, const void *payload, size_t len,
			  struct token_claims *ret_claims)
{
	static const check_fn checks[] = {
		check_policy, check_issuer, check_audience, check_subject, check_times,
		check_nonce,  check_hashes, check_age,      check_methods, NULL,
	};

	return judge_claims(policy, checks, payload, len, ret_claims);
}

int claims_check_userinfo(const struct claims_policy *policy, const void *payload, size_t len,
			  struct token_claims *ret_claims)
{
	static const check_fn checks[] = {
		check_policy, check_issuer, check_audience, check_subject, check_times_said, NULL,
	};

	return judge_claims(policy, checks, payload, len, ret_claims);
}

void token_claims_done(struct token_claims *claims)
{
	json_release_p(&claims->json);
	*claims = TOKEN_CLAIMS_NULL;
}

int claims_hash(enum jose_alg alg, const char *text, char *out, size_t room)
{
	const EVP_MD *hash = EVP_get_digestbyname(jose_alg_facts(alg)->digest);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!hash)
		return -EINVAL;
	if (EVP_Digest(text, strlen(text), digest, &len, hash, NULL) != 1)
		return -EIO;
	return b64url_encode(digest, len / 2, out, room);
}

const char *claims_reason(int outcome)
{
	static const char *const words[] = {
		[CLAIMS_E_JSON] = "claims-json",       [CLAIMS_E_SHAPE] = "claims-shape",
		[CLAIMS_E_ISSUER] = "claims-issuer",   [CLAIMS_E_AUDIENCE] = "claims-audience",
		[CLAIMS_E_PARTY] = "claims-party",     [CLAIMS_E_SUBJECT] = "claims-subject",
		[CLAIMS_E_EXPIRED] = "claims-expired", [CLAIMS_E_FUTURE] = "claims-future",
		[CLAIMS_E_NONCE] = "claims-nonce",     [CLAIMS_E_HASH] = "claims-hash",
		[CLAIMS_E_AGE] = "claims-age",         [CLAIMS_E_SOMEBODY] = "claims-somebody",
		[CLAIMS_E_POLICY] = "claims-policy",
	};

	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome] : "claims";
}
