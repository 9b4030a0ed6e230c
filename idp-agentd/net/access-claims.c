/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was found out about an access token: joined, released, and said to others. */
#include "idp-agentd/net/access-token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/claim-read.h"
#include "idp-agentd/net/json.h"

/* What the token signs stands; what only the answer says (groups, acr) comes along. */
static int join_json(struct token_claims *token, const struct token_claims *answer)
{
	_cleanup_(json_release_p) json_t *more =
		json_deep_copy(answer->json); /* may be a kept one */

	if (!more || json_object_update_missing(token->json, more) < 0)
		return -ENOMEM;
	if (*token->acr == '\0' && *answer->acr != '\0')
		token->acr = json_string_value(json_object_get(token->json, "acr"));
	if (!token->amr)
		token->amr = json_object_get(token->json, "amr");
	if (token->auth_time == 0)
		token->auth_time = answer->auth_time;
	return 0;
}

/* MUST 8 of access-token.c. */
int access_claims_join(struct access_claims *claims, const struct access_claims *answer)
{
	if (!claim_same(claims->token.sub, answer->token.sub) ||
	    (*answer->client_id && !claim_same(claims->client_id, answer->client_id))) {
		reason_format(claims->token.reason, REASON_MAX,
			      "the platform says that this token is somebody else's");
		return ACCESS_E_DIFFERS;
	}
	if (answer->scopes) {
		char *scopes = strdup(answer->scopes);

		if (!scopes)
			return -ENOMEM;
		free(claims->scopes);
		claims->scopes = scopes;
	}
	if (answer->token.exp < claims->token.exp)
		claims->token.exp = answer->token.exp;
	claims->bearer = answer->bearer;
	claims->workload |= answer->workload;
	claims->anonymous |= answer->anonymous;
	return join_json(&claims->token, &answer->token);
}

void access_claims_done(struct access_claims *claims)
{
	token_claims_done(&claims->token);
	free(claims->scopes);
	*claims = ACCESS_CLAIMS_NULL;
}

bool access_token_is_sound(const char *text, size_t len)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				  "-._~+/";
	size_t n = 0, pads;

	while (n < len && memchr(set, text[n], sizeof(set) - 1))
		n++;
	for (pads = 0; n + pads < len && text[n + pads] == '=';)
		pads++;
	return n > 0 && n + pads == len && len <= JWS_LEN_MAX;
}

static const struct {
	const char *code;
	const char *reason;
} words[] = {
	[ACCESS_E_JSON] = { "token-refused", "access-json" },
	[ACCESS_E_SHAPE] = { "token-refused", "access-shape" },
	[ACCESS_E_ISSUER] = { "token-refused", "access-issuer" },
	[ACCESS_E_AUDIENCE] = { "token-audience", "access-audience" },
	[ACCESS_E_SUBJECT] = { "token-refused", "access-subject" },
	[ACCESS_E_EXPIRED] = { "token-expired", "access-expired" },
	[ACCESS_E_FUTURE] = { "token-refused", "access-future" },
	[ACCESS_E_CLIENT] = { "token-refused", "access-client" },
	[ACCESS_E_KIND] = { "token-kind", "access-kind" },
	[ACCESS_E_BOUND] = { "token-kind", "access-bound" },
	[ACCESS_E_WORKLOAD] = { "workload-token", "access-workload" },
	[ACCESS_E_PROOF] = { "proof-refused", "access-proof" },
	[ACCESS_E_ANONYMOUS] = { "anonymous", "access-anonymous" },
	[ACCESS_E_TENANT] = { "wrong-tenant", "access-tenant" },
	[ACCESS_E_LIFE] = { "token-refused", "access-life" },
	[ACCESS_E_DIFFERS] = { "token-refused", "access-differs" },
	[ACCESS_E_POLICY] = { "token-refused", "access-policy" },
};

const char *access_code(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].code
								  : "token-refused";
}

const char *access_reason(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].reason
								  : "access";
}
