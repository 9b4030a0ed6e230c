/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The messages that the specifications print as examples, byte for byte but for their line ends:
 * what they mean there, they mean here. The examples of RFC 7515 to 7520 and 8037 are in
 * test-jws-vectors and test-key, the others where docs/rfcs.md says.
 */
#include "tests/lib/test.h"

#include "common/secret.h"
#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/authcode.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/discovery.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "idp-agentd/net/oauth.h"

/* ---- answers of the token endpoint ---- */

#define RFC6749_5_1                                                                  \
	"{ \"access_token\":\"2YotnFZFEjr1zCsicMWpAA\", \"token_type\":\"example\"," \
	"  \"expires_in\":3600, \"refresh_token\":\"tGzv3JOkF0XG5Qx2TlKWIA\","       \
	"  \"example_parameter\":\"example_value\" }"
#define RFC9449_5                                                              \
	"{ \"access_token\": \"Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU\"," \
	"  \"token_type\": \"DPoP\", \"expires_in\": 2677,"                    \
	"  \"refresh_token\": \"Q..Zkm29lexi8VnWg2zPW1x-tgGad0Ibc3s3EwM_Ni4-g\" }"
/* The ID token of OIDC Core 3.1.3.3, and the key of its appendix A.7 that signed it. */
#define CORE_ID_TOKEN                                                                        \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6IjFlOWdkazcifQ.ewogImlzcyI6ICJodHRwOi8vc2VydmVyLmV4YW1" \
	"wbGUuY29tIiwKICJzdWIiOiAiMjQ4Mjg5NzYxMDAxIiwKICJhdWQiOiAiczZCaGRSa3F0MyIsCiAibm9u"  \
	"Y2UiOiAibi0wUzZfV3pBMk1qIiwKICJleHAiOiAxMzExMjgxOTcwLAogImlhdCI6IDEzMTEyODA5NzAKf"  \
	"Q.ggW8hZ1EuVLuxNuuIJKX_V8a_OMXzR0EHR9R6jgdqrOOF4daGU96Sr_P6qJp6IcmD3HP99Obi1PRs-cw" \
	"h3LO-p146waJ8IhehcwL7F09JdijmBqkvPeB2T9CJNqeGpe-gccMg4vfKjkM8FcGvnzZUN4_KSP0aAp1tO" \
	"J1zZwgjxqGByKHiOtX7TpdQyHE5lcMiKPXfEIQILVq0pc_E2DzL7emopWoaoZTF_m0_N0YzFC6g6EJbOEo" \
	"RoSK5hoDalrcvRYLSrQAZZKflyuVCyixEoV9GfNQC3_osjzw2PAithfubEEBLuVVk4XUVrWOLrLl0nx7Rk" \
	"KU8NXNHq-rvKMzqg"
#define CORE_KEYS                                                                              \
	"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"1e9gdk7\",\"e\":\"AQAB\",\"n\":\"w7Zdfmece8iaB" \
	"0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJAjEsOcwYzay7XGN0b-X84BfC8hmCTOj2b2e"    \
	"HT7NsZegFPKRUQzJ9wW8ipn_aDJWMGDuB1XyqT1E7DYqjUCEOD1b4FLpy_xPn6oV_TYOfQ9fZdbE5HGxJ"    \
	"UzekuGcOKqOQ8M7wfYHhHHLxGpQVgL0apWuP2gDDOdTtpuld4D2LK1MZK99s9gaSjRHE8JDb1Z4IGhEcE"    \
	"yzkxswVdPndUWzfvWBBWXWxtSUvQGBRkuy1BHOa4sP6FKjWEeeF7gm7UMs2Nm2QUgNZw6xvEDGaLk4KAS"    \
	"dIxRQ\"}]}"
#define CORE_3_1_3_3                                                                                \
	"{ \"access_token\": \"SlAV32hkKG\", \"token_type\": \"Bearer\","                           \
	"  \"refresh_token\": \"8xLOxBtZp8\", \"expires_in\": 3600, \"id_token\": \"" CORE_ID_TOKEN \
	"\" }"

static void test_token_answers(void **state)
{
	static const struct {
		const char *body;
		bool dpop;
		int outcome;
		const char *access, *refresh;
		unsigned seconds;
	} rows[] = {
		/* A type that is not the one asked for is no token of ours (RFC 6749 section 7.1).
		 */
		{ RFC6749_5_1, false, OAUTH_E_TYPE, NULL, NULL, 0 },
		{ RFC9449_5, true, 0, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
		  "Q..Zkm29lexi8VnWg2zPW1x-tgGad0Ibc3s3EwM_Ni4-g", 2677 },
		{ RFC9449_5, false, OAUTH_E_TYPE, NULL, NULL, 0 },
		{ CORE_3_1_3_3, false, 0, "SlAV32hkKG", "8xLOxBtZp8", 3600 },
		{ CORE_3_1_3_3, true, OAUTH_E_TYPE, NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_tokens tokens;

		assert_int_equal(oauth_tokens_parse(rows[i].body, strlen(rows[i].body),
						    rows[i].dpop, &tokens),
				 rows[i].outcome);
		if (rows[i].outcome == 0) {
			assert_string_equal(tokens.access_token->text, rows[i].access);
			assert_string_equal(tokens.refresh_token->text, rows[i].refresh);
			assert_true(tokens.expires_in == rows[i].seconds * USEC_PER_SEC);
		}
		oauth_tokens_done(&tokens);
	}
}

/* RFC 6749 section 5.2, RFC 8628 3.5 by its codes, RFC 9449 sections 8 and 9126 2.3. */
static void test_errors(void **state)
{
	static const struct {
		const char *body, *code, *text;
	} rows[] = {
		{ "{ \"error\":\"invalid_request\" }", "invalid_request", "" },
		{ "{ \"error\": \"use_dpop_nonce\", \"error_description\":"
		  " \"Authorization server requires nonce in DPoP proof\" }",
		  "use_dpop_nonce", "Authorization server requires nonce in DPoP proof" },
		{ "{ \"error\": \"invalid_request\", \"error_description\":"
		  " \"The redirect_uri is not valid for the given client\" }",
		  "invalid_request", "The redirect_uri is not valid for the given client" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct oauth_error error;

		oauth_error_parse(rows[i].body, strlen(rows[i].body), &error);
		assert_string_equal(error.code, rows[i].code);
		assert_string_equal(error.text, rows[i].text);
	}
}

/* ---- what the browser brings back ---- */

static void test_authorization_responses(void **state)
{
	static const struct {
		const char *address, *state, *issuer;
		bool issuer_required;
		int outcome;
		const char *says; /* the code, or the error's */
	} rows[] = {
		/* RFC 6749 sections 4.1.2 and 4.1.2.1 */
		{ "https://client.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "xyz",
		  "https://server.example.com", false, 0, "SplxlOBeZQQYbYS6WxSbIA" },
		{ "https://client.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "xyz",
		  "https://server.example.com", true, AUTHCODE_E_CUT, NULL },
		{ "https://client.example.com/cb?error=access_denied&state=xyz", "xyz",
		  "https://server.example.com", false, AUTHCODE_E_REFUSED, "access_denied" },
		/* RFC 9207 sections 2.1 and 2.2 */
		{ "https://client.example/cb?code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58"
		  "&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI"
		  "&iss=https%3A%2F%2Fhonest.as.example",
		  "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI", "https://honest.as.example", true,
		  0, "x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58" },
		{ "https://client.example/cb?code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58"
		  "&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI"
		  "&iss=https%3A%2F%2Fhonest.as.example",
		  "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI", "https://attacker.example", true,
		  AUTHCODE_E_ISSUER, NULL },
		{ "https://client.example/cb?error=access_denied"
		  "&state=N2JjNGJhY2JiZjRhYzA3MGJkMzNmMDE5OWJhZmJhZjA"
		  "&iss=https%3A%2F%2Fhonest.as.example",
		  "N2JjNGJhY2JiZjRhYzA3MGJkMzNmMDE5OWJhZmJhZjA", "https://honest.as.example", true,
		  AUTHCODE_E_REFUSED, "access_denied" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(secret_freep) struct secret *mine =
			secret_new(rows[i].state, strlen(rows[i].state));
		const struct authcode_expected expected = { mine, rows[i].issuer,
							    rows[i].issuer_required };
		struct authcode_answer answer;
		int r = authcode_read(&expected, rows[i].address, strlen(rows[i].address), &answer);

		if (r != rows[i].outcome)
			fail_msg("%s: %d", rows[i].address, r);
		if (r == 0)
			assert_string_equal(answer.code->text, rows[i].says);
		if (r == AUTHCODE_E_REFUSED)
			assert_string_equal(answer.error.code, rows[i].says);
		authcode_answer_done(&answer);
	}
}

/* RFC 9126 section 2.2 */
static void test_a_pushed_request(void **state)
{
	static const char body[] =
		"{ \"request_uri\":"
		" \"urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c\","
		"  \"expires_in\": 60 }";
	struct authcode_pushed pushed;

	(void)state;
	assert_int_equal(authcode_pushed_parse(body, sizeof(body) - 1, &pushed), 0);
	assert_string_equal(pushed.request_uri,
			    "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c");
	assert_int_equal(pushed.expires_in, 60);
}

/* ---- metadata ---- */

/* RFC 8414 section 3.2; where a member is another in OIDC Discovery 4.2, that one is in between. */
static void test_metadata(void **state)
{
	static const char oauth[] =
		"{ \"issuer\": \"https://server.example.com\","
		"  \"authorization_endpoint\": \"https://server.example.com/authorize\","
		"  \"token_endpoint\": \"https://server.example.com/token\","
		"  \"token_endpoint_auth_methods_supported\":"
		"   [\"client_secret_basic\", \"private_key_jwt\"],"
		"  \"token_endpoint_auth_signing_alg_values_supported\": [\"RS256\", \"ES256\"],"
		"  \"userinfo_endpoint\": \"https://server.example.com/userinfo\","
		"  \"jwks_uri\": \"https://server.example.com/jwks.json\","
		"  \"registration_endpoint\": \"https://server.example.com/register\","
		"  \"scopes_supported\": [\"openid\", \"profile\", \"email\", \"address\","
		"   \"phone\", \"offline_access\"],"
		"  \"response_types_supported\": [\"code\", \"code token\"],"
		"  \"service_documentation\":"
		"   \"http://server.example.com/service_documentation.html\","
		"  \"ui_locales_supported\": [\"en-US\", \"en-GB\", \"en-CA\", \"fr-FR\","
		"   \"fr-CA\"] }";
	struct metadata metadata = METADATA_NULL;
	char reason[REASON_MAX] = "";

	(void)state;
	assert_int_equal(discovery_parse(oauth, sizeof(oauth) - 1, "https://server.example.com",
					 reason, &metadata),
			 0);
	assert_string_equal(metadata.token_endpoint, "https://server.example.com/token");
	assert_string_equal(metadata.jwks_uri, "https://server.example.com/jwks.json");
	assert_string_equal(metadata.userinfo_endpoint, "https://server.example.com/userinfo");
	assert_int_equal(json_array_size(metadata.scopes), 6);
	assert_null(metadata.device_endpoint);
	metadata_done(&metadata);
	/* Section 3.3: the issuer is the one that was asked, to the letter. */
	assert_int_not_equal(discovery_parse(oauth, sizeof(oauth) - 1,
					     "https://server.example.com/", reason, &metadata),
			     0);
	metadata_done(&metadata);
}

/* ---- tokens ---- */

static void test_the_id_token_of_openid_connect(void **state)
{
	const struct jws_policy gate = { .algs = JOSE_ALG_BIT(JOSE_RS256),
					 .use = JWS_USE_ID_TOKEN };
	struct claims_policy policy = CLAIMS_POLICY_NULL;
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	struct token_claims claims;
	struct jws jws = JWS_NULL;

	(void)state;
	policy.issuer = "http://server.example.com";
	policy.client_id = "s6BhdRkqt3";
	policy.nonce = "n-0S6_WzA2Mj";
	policy.now = 1311281000;
	assert_int_equal(jwks_parse(CORE_KEYS, strlen(CORE_KEYS), &keys), 0);
	assert_int_equal(jws_verify(&gate, CORE_ID_TOKEN, strlen(CORE_ID_TOKEN), keys, &jws), 0);
	assert_string_equal(jws.kid, "1e9gdk7");
	assert_int_equal(claims_check_id_token(&policy, jws.payload, jws.payload_len, &claims), 0);
	assert_string_equal(claims.sub, "248289761001");
	assert_true(claims.exp == 1311281970 && claims.iat == 1311280970);
	token_claims_done(&claims);
	policy.now = 1311281970 + 30; /* and the leeway of this host */
	assert_int_equal(claims_check_id_token(&policy, jws.payload, jws.payload_len, &claims),
			 CLAIMS_E_EXPIRED);
	token_claims_done(&claims);
	policy.now = 1311281000;
	policy.nonce = "n-0S6_WzA2Mk";
	assert_int_equal(claims_check_id_token(&policy, jws.payload, jws.payload_len, &claims),
			 CLAIMS_E_NONCE);
	token_claims_done(&claims);
	jws_done(&jws);
}

/* RFC 8705 section 3.1 and RFC 9449 section 6.1: whoever shows these has to prove a key. */
static void test_bound_tokens_are_no_passwords(void **state)
{
	static const char *const rows[] = {
		"{ \"iss\": \"https://server.example.com\", \"sub\": \"ty.webb@example.com\","
		"  \"exp\": 1493726400, \"nbf\": 1493722800, \"cnf\": {"
		"  \"x5t#S256\": \"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2\" } }",
		"{ \"sub\":\"someone@example.com\", \"iss\":\"https://server.example.com\","
		"  \"nbf\":1562262611, \"exp\":1562266216, \"cnf\": {"
		"  \"jkt\":\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\" } }",
	};
	const struct access_policy policy = {
		.issuer = "https://server.example.com",
		.client_id = "s6BhdRkqt3",
		.audiences = "https://resource.example.org",
		.typed = true,
		.now = 1493722900,
		.leeway = 30,
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct access_claims claims;

		assert_int_equal(access_token_check(&policy, rows[i], strlen(rows[i]), &claims),
				 ACCESS_E_BOUND);
		access_claims_done(&claims);
	}
}

TEST_MAIN(TEST(test_token_answers), TEST(test_errors), TEST(test_authorization_responses),
	  TEST(test_a_pushed_request), TEST(test_metadata),
	  TEST(test_the_id_token_of_openid_connect), TEST(test_bound_tokens_are_no_passwords))
