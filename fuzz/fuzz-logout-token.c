/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the payload of a verified logout token. What is accepted has our issuer and our
 * client, ends soon, names somebody, and holds no nonce.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/logout-token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_word(const char *text)
{
	require(strlen(text) <= LOGOUT_WORD_MAX);
	for (; *text; text++)
		require(*text >= ' ' && *text <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct logout_policy policy = {
		.issuer = "i",
		.client_id = "c",
		.now = 1700000000,
		.leeway = 30,
	};
	struct logout_claims claims;
	int r = logout_token_check(&policy, data, size, &claims);

	require(r >= 0 && (r == 0) == (claims.json != NULL));
	require(strlen(claims.reason) < REASON_MAX && (r == 0) == (claims.reason[0] == '\0'));
	if (r == 0) {
		require(strcmp(claims.iss, "i") == 0);
		require(claims.exp > policy.now - policy.leeway);
		require(claims.exp <= policy.now + LOGOUT_TOKEN_LIFE_MAX);
		require(claims.sub[0] != '\0' || claims.sid[0] != '\0');
		require(claims.jti[0] != '\0');
		require(!json_object_get(claims.json, "nonce"));
		require(json_is_object(json_object_get(claims.json, "events")));
		require_word(claims.sub);
		require_word(claims.sid);
		require_word(claims.jti);
	}
	logout_claims_done(&claims);
	return 0;
}
