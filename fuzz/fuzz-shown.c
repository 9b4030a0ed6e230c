/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the payload of a token that a service is shown, of a city and of a platform of
 * vouchers; and as a proof beside one, and as a token that says whose keys judge it. What is taken
 * is of our tenant or for us, is somebody's, and nobody signs in who is a program or a visitor.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/alg.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jws.h"
#include "idp-agentd/net/proof-check.h"

#define NOW 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static const char *text_of(const struct access_claims *claims, const char *pointer)
{
	const char *text = json_text(json_find(claims->token.json, pointer), WIRE_STRING_MAX);

	return text ? text : "";
}

static void check_taken(const struct access_policy *policy, const struct access_claims *claims)
{
	const json_t *json = claims->token.json;

	require(strcmp(claims->token.iss, policy->issuer) == 0);
	require(*claims->token.sub && strlen(claims->token.sub) <= SUBJECT_LEN_MAX);
	require(strcmp(text_of(claims, policy->subject ? policy->subject : "/sub"),
		       claims->token.sub) == 0);
	require(claims->token.exp > policy->now - policy->leeway);
	require(claims->token.iat <= policy->now + policy->leeway);
	require(!policy->life_max || claims->token.exp - claims->token.iat <= policy->life_max);
	require(policy->anyone || (!claims->workload && !claims->anonymous));
	require(!policy->programs || claims->workload);
	require(!policy->tenant || strcmp(text_of(claims, "/t"), policy->tenant) == 0);
	require(!policy->audiences || json_object_get(json, "aud"));
	require((policy->jkt != NULL) == (json_object_get(json, "cnf") != NULL));
	require(!policy->jkt || strcmp(text_of(claims, "/cnf/jkt"), policy->jkt) == 0);
	if (policy->person && !claims->anonymous && !claims->workload)
		require(*text_of(claims, "/n") &&
			strcmp(text_of(claims, "/n"), claims->token.sub) != 0);
}

static void judge(struct access_policy policy, const uint8_t *data, size_t size)
{
	struct access_claims claims;
	int r;

	policy.clientless = true;
	policy.now = NOW;
	policy.leeway = 30;
	r = access_token_check(&policy, data, size, &claims);
	require(r >= 0 && r != ACCESS_E_POLICY && (r == 0) == (claims.token.json != NULL));
	require(strlen(claims.token.reason) < REASON_MAX);
	require((r == 0) == (claims.token.reason[0] == '\0'));
	if (r == 0)
		check_taken(&policy, &claims);
	access_claims_done(&claims);
}

static void judge_all(const uint8_t *data, size_t size)
{
	const struct access_policy city = {
		.issuer = "https://i",
		.issuer_unsaid = true,
		.tenant = "t",
		.tenant_from = "/t",
		.subject = "/id",
		.person = "/n",
		.fiscal_code = size % 2,
		.person_roles = "A B",
		.roles = "/r",
		.life_max = 3600,
	};
	const struct access_policy vouchers = {
		.issuer = "i",
		.audiences = "a b",
		.aud_separator = ',',
		.programs = true,
		.typed = true,
	};
	struct access_policy policy = city;

	judge(policy, data, size);
	policy.anyone = true;
	judge(policy, data, size);
	policy = vouchers;
	judge(policy, data, size);
	policy.anyone = true;
	judge(policy, data, size);
	policy.jkt = "k";
	judge(policy, data, size);
}

/* Nobody can sign what a fuzzer makes up. */
static void prove(const uint8_t *data, size_t size)
{
	static struct secret *token;
	struct proof_policy policy = { .algs = JOSE_ALGS_ALL, .method = "GET", .now = NOW };
	struct proof_facts facts = { .reason = "" };
	int r;

	if (!token)
		token = secret_new("token", strlen("token"));
	require(token != NULL);
	policy.token = token;
	policy.address = "https://h/";
	r = proof_check(&policy, (const char *)data, size, &facts);
	require(r > 0 && facts.reason[0] != '\0' && facts.thumbprint[0] == '\0');
}

static void hint(const uint8_t *data, size_t size)
{
	char out[8];

	if (jws_hint((const char *)data, size, "/t", out, sizeof(out)))
		require(strnlen(out, sizeof(out)) < sizeof(out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge_all(data, size);
	prove(data, size);
	hint(data, size);
	return 0;
}
