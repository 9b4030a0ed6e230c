/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the payload of a verified token: the ID-token policy, the flattening, pointers.
 * What is accepted has our issuer, and every flattened pair is found again by its pointer.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* The same bytes as a signed userinfo answer. */
static void judge_userinfo(const uint8_t *data, size_t size)
{
	struct claims_policy policy = CLAIMS_POLICY_NULL;
	struct token_claims claims;
	int r;

	policy.issuer = "i";
	policy.client_id = "c";
	policy.now = 1700000000;
	policy.subject = size % 2 ? NULL : "s";
	r = claims_check_userinfo(&policy, data, size, &claims);
	require(r >= 0 && (r == 0) == (claims.json != NULL));
	require((r == 0) == (claims.reason[0] == '\0'));
	require(r != 0 || (strcmp(claims.iss, "i") == 0 && claims.sub[0] != '\0'));
	require(r != 0 || !policy.subject || strcmp(claims.sub, "s") == 0);
	token_claims_done(&claims);
}

static void judge(const uint8_t *data, size_t size)
{
	struct claims_policy policy = CLAIMS_POLICY_NULL;
	struct token_claims claims;
	int r;

	policy.issuer = "i";
	policy.client_id = "c";
	policy.alg = JOSE_ES256;
	policy.access_token = "token";
	policy.now = 1700000000;
	policy.max_age = size % 2 ? 3600 : CLAIMS_NO_MAX_AGE;
	policy.nonce = size % 3 ? NULL : "n";
	r = claims_check_id_token(&policy, data, size, &claims);
	require(r >= 0 && (r == 0) == (claims.json != NULL));
	require(strlen(claims.reason) < REASON_MAX && (r == 0) == (claims.reason[0] == '\0'));
	if (r == 0) {
		require(strcmp(claims.iss, "i") == 0 && claims.sub[0] != '\0');
		require(strlen(claims.sub) <= SUBJECT_LEN_MAX);
		require(claims.exp > policy.now - policy.leeway);
		require(claims.iat <= policy.now + policy.leeway);
	}
	token_claims_done(&claims);
}

static void flatten(const json_t *json)
{
	struct flatten *pairs = NULL;
	size_t bytes = 0;

	if (flatten_claims(json, NULL, &pairs) != 0)
		return;
	require(flatten_count(pairs) <= CLAIMS_PAIRS_MAX);
	for (size_t i = 0; i < flatten_count(pairs); i++) {
		const struct flatten_pair *pair = flatten_get(pairs, i);

		require(json_is_pointer(pair->path) || strlen(pair->path) > 256);
		require(!json_is_pointer(pair->path) || json_find(json, pair->path));
		require(!flatten_is_personal("", pair->type == 's' ? pair->value : NULL));
		bytes += strlen(pair->path) + strlen(pair->value) + 2;
	}
	require(bytes <= CLAIMS_BYTES_MAX);
	pairs = flatten_free(pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned flags[] = { JSON_ROOT_OBJECT, JSON_ROOT_OBJECT | JSON_ROOT_ARRAY,
					  JSON_ROOT_OBJECT | JSON_ROOT_ARRAY | JSON_NUL_IS_NULL };

	judge(data, size);
	judge_userinfo(data, size);
	for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
		json_t *json = NULL;

		if (json_parse(data, size, HTTP_BODY_MAX, flags[i], &json) == 0)
			flatten(json);
		json_decref(json);
	}
	return 0;
}
