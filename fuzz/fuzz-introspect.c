/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the payload of a verified access token, and as the answer of an introspection
 * endpoint. What is taken is ours, alive, about a person and fits what the wire carries.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/introspect.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/oauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct access_policy policy = {
	.issuer = "i",
	.client_id = "c",
	.audiences = "a b",
	.typed = true,
	.now = 1700000000,
	.leeway = 30,
};

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_claims(int r, const struct access_claims *claims)
{
	require(r >= 0 && (r == 0) == (claims->token.json != NULL));
	require(strlen(claims->token.reason) < REASON_MAX);
	require((r == 0) == (claims->token.reason[0] == '\0'));
	if (r != 0)
		return;
	require(strcmp(claims->token.iss, "i") == 0);
	require(*claims->token.sub && strlen(claims->token.sub) <= SUBJECT_LEN_MAX);
	require(strcmp(claims->token.sub, claims->client_id) != 0);
	require(strcmp(claims->token.sub, "c") != 0);
	require(claims->token.exp > policy.now - policy.leeway);
	require(claims->token.auth_time <= policy.now + policy.leeway);
	require(!claims->scopes || strlen(claims->scopes) <= OAUTH_SCOPE_MAX);
	require(!json_object_get(claims->token.json, "cnf"));
	require(!json_object_get(claims->token.json, "nonce"));
}

/* How a text is taken apart changes nothing about a list, and lets nothing past the other rules. */
static void try_forms(const void *data, size_t size, int plain)
{
	static const char separators[] = { ',', ' ' };

	for (size_t i = 0; i < sizeof(separators); i++) {
		struct access_policy joined = policy;
		struct access_claims claims;
		int r;

		joined.aud_separator = separators[i];
		r = access_token_check(&joined, data, size, &claims);
		require_claims(r, &claims);
		if (r == 0 && json_is_array(json_object_get(claims.token.json, "aud")))
			require(plain == 0);
		access_claims_done(&claims);
	}
}

static void try_token(const void *data, size_t size, struct access_claims *claims)
{
	int r = access_token_check(&policy, data, size, claims);

	require_claims(r, claims);
	try_forms(data, size, r);
}

static void try_answer(const void *data, size_t size, struct access_claims *claims)
{
	const struct http_answer answer = { .status = 200, .body = data, .body_len = size };
	char reason[REASON_MAX] = "";
	json_t *object = NULL;
	int r = introspect_read(&answer, reason, &object);

	*claims = ACCESS_CLAIMS_NULL;
	require(r >= 0 && (r == 0) == (object != NULL) && (r == 0) == (*reason == '\0'));
	if (r != 0)
		return;
	require(json_is_true(json_object_get(object, "active")));
	require_claims(access_answer_check(&policy, object, claims), claims);
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access_claims token, answer;

	if (access_token_is_sound((const char *)data, size))
		require(size > 0 && !memchr(data, '\0', size) && !memchr(data, '&', size));
	try_token(data, size, &token);
	try_answer(data, size, &answer);
	if (token.token.json && answer.token.json)
		require(access_claims_join(&token, &answer) == 0); /* the same bytes agree */
	access_claims_done(&token);
	access_claims_done(&answer);
	return 0;
}
