/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/discovery.h"

#include "tests/lib/test.h"

#define ISSUER "https://idp.example.org/realms/one"

static void test_the_two_specifications_differ_in_where_the_document_is(void **state)
{
	static const struct {
		enum discovery_kind kind;
		const char *issuer, *url;
	} rows[] = {
		{ DISCOVERY_OIDC, "https://a", "https://a/.well-known/openid-configuration" },
		{ DISCOVERY_OIDC, "https://a/", "https://a/.well-known/openid-configuration" },
		{ DISCOVERY_OIDC, "https://a:8443/x/y",
		  "https://a:8443/x/y/.well-known/openid-configuration" },
		{ DISCOVERY_OIDC, "https://a/x/", "https://a/x/.well-known/openid-configuration" },
		{ DISCOVERY_OAUTH, "https://a",
		  "https://a/.well-known/oauth-authorization-server" },
		{ DISCOVERY_OAUTH, "https://a/",
		  "https://a/.well-known/oauth-authorization-server" },
		{ DISCOVERY_OAUTH, "https://a/x/y",
		  "https://a/.well-known/oauth-authorization-server/x/y" },
		{ DISCOVERY_OAUTH, "https://a:1/x/",
		  "https://a:1/.well-known/oauth-authorization-server/x" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct buf url;

		buf_init(&url, 256);
		discovery_put_url(&url, rows[i].kind, rows[i].issuer);
		assert_int_equal(buf_end(&url), 0);
		assert_string_equal((char *)url.data, rows[i].url);
		buf_done(&url);
	}
}

static int parse(const char *text, struct metadata *metadata, char reason[static REASON_MAX])
{
	reason[0] = '\0';
	return discovery_parse(text, strlen(text), ISSUER, reason, metadata);
}

static void test_a_sound_document_is_taken(void **state)
{
	struct metadata metadata = METADATA_NULL;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(
		parse("{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://t/x\","
		      "\"device_authorization_endpoint\":\"https://d\",\"jwks_uri\":\"https://k\","
		      "\"scopes_supported\":[\"openid\"],\"unknown\":{\"a\":[1]},"
		      "\"token_endpoint_auth_methods_supported\":\"none\"}",
		      &metadata, reason),
		0);
	assert_string_equal(metadata.token_endpoint, "https://t/x");
	assert_string_equal(metadata.device_endpoint, "https://d");
	assert_string_equal(metadata.jwks_uri, "https://k");
	assert_null(metadata.userinfo_endpoint);
	assert_int_equal(json_array_size(metadata.scopes), 1);
	/* Advice of the wrong kind is no advice. */
	assert_null(metadata.auth_methods);
	metadata_done(&metadata);
}

static void test_what_the_other_flows_need_is_found(void **state)
{
	struct metadata metadata = METADATA_NULL;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(parse("{\"issuer\":\"" ISSUER
			       "\",\"authorization_endpoint\":\"https://a\","
			       "\"pushed_authorization_request_endpoint\":\"https://p\","
			       "\"introspection_endpoint\":\"https://i\","
			       "\"revocation_endpoint\":\"https://r\","
			       "\"end_session_endpoint\":\"https://e\","
			       "\"require_pushed_authorization_requests\":true,"
			       "\"authorization_response_iss_parameter_supported\":true,"
			       "\"dpop_signing_alg_values_supported\":[\"ES256\"],"
			       "\"code_challenge_methods_supported\":[\"S256\",\"plain\"]}",
			       &metadata, reason),
			 0);
	assert_string_equal(metadata.authorization_endpoint, "https://a");
	assert_string_equal(metadata.par_endpoint, "https://p");
	assert_string_equal(metadata.introspection_endpoint, "https://i");
	assert_string_equal(metadata.revocation_endpoint, "https://r");
	assert_string_equal(metadata.end_session_endpoint, "https://e");
	assert_true(metadata.par_required && metadata.iss_in_answers);
	assert_int_equal(json_array_size(metadata.dpop_algs), 1);
	assert_int_equal(json_array_size(metadata.pkce_methods), 2);
	metadata_done(&metadata);
	/* What is not said is not promised. */
	assert_int_equal(parse("{\"issuer\":\"" ISSUER "\"}", &metadata, reason), 0);
	assert_false(metadata.par_required || metadata.iss_in_answers);
	assert_null(metadata.dpop_algs);
	metadata_done(&metadata);
}

static void test_what_is_not_this_issuers_is_refused_in_words(void **state)
{
	static const struct {
		const char *text;
		int outcome;
		const char *says;
	} rows[] = {
		{ "", DISCOVERY_E_JSON, "JSON" },
		{ "[]", DISCOVERY_E_JSON, "JSON" },
		{ "{\"issuer\":\"" ISSUER "\"", DISCOVERY_E_JSON, "JSON" },
		{ "{\"issuer\":\"" ISSUER "\",\"issuer\":\"" ISSUER "\"}", DISCOVERY_E_JSON,
		  "JSON" },
		{ "{\"issuer\":\"" ISSUER "\\u0000\"}", DISCOVERY_E_JSON, "JSON" },
		{ "{}", DISCOVERY_E_ISSUER, "which issuer" },
		{ "{\"issuer\":7}", DISCOVERY_E_ISSUER, "which issuer" },
		{ "{\"issuer\":\"" ISSUER "/\"}", DISCOVERY_E_ISSUER, "realms/one/" },
		{ "{\"issuer\":\"" ISSUER "/\"}", DISCOVERY_E_ISSUER,
		  "a slash at its end is missing" },
		{ "{\"issuer\":\"https://idp.example.org/realms/onE\"}", DISCOVERY_E_ISSUER,
		  "differ in case" },
		{ "{\"issuer\":\"https://idp.example.org/realms/on\"}", DISCOVERY_E_ISSUER,
		  "speaks for" },
		{ "{\"issuer\":\"https://IDP.example.org/realms/one\"}", DISCOVERY_E_ISSUER,
		  "IDP" },
		{ "{\"issuer\":\"\x1b[2J\"}", DISCOVERY_E_JSON, "JSON" },
		{ "{\"issuer\":\"a\\u001bb\"}", DISCOVERY_E_ISSUER, "a?b" },
		{ "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"http://k\"}", DISCOVERY_E_ENDPOINT,
		  "jwks_uri" },
		{ "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://a@b\"}",
		  DISCOVERY_E_ENDPOINT, "token_endpoint" },
		{ "{\"issuer\":\"" ISSUER "\",\"userinfo_endpoint\":{}}", DISCOVERY_E_SHAPE,
		  "userinfo_endpoint" },
		{ "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"http://a\"}",
		  DISCOVERY_E_ENDPOINT, "authorization_endpoint" },
		{ "{\"issuer\":\"" ISSUER
		  "\",\"pushed_authorization_request_endpoint\":\"ftp://a\"}",
		  DISCOVERY_E_ENDPOINT, "pushed_authorization_request_endpoint" },
		{ "{\"issuer\":\"" ISSUER "\",\"introspection_endpoint\":[]}", DISCOVERY_E_SHAPE,
		  "introspection_endpoint" },
		{ "{\"issuer\":\"" ISSUER "\",\"revocation_endpoint\":\"\"}", DISCOVERY_E_ENDPOINT,
		  "revocation_endpoint" },
		{ "{\"issuer\":\"" ISSUER "\",\"end_session_endpoint\":\"javascript:1\"}",
		  DISCOVERY_E_ENDPOINT, "end_session_endpoint" },
		{ "{\"issuer\":\"" ISSUER
		  "\",\"authorization_response_iss_parameter_supported\":\"true\"}",
		  DISCOVERY_E_SHAPE, "authorization_response_iss_parameter_supported" },
		{ "{\"issuer\":\"" ISSUER "\",\"require_pushed_authorization_requests\":1}",
		  DISCOVERY_E_SHAPE, "require_pushed_authorization_requests" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct metadata metadata = METADATA_NULL;
		char reason[REASON_MAX];

		assert_int_equal(parse(rows[i].text, &metadata, reason), rows[i].outcome);
		if (!strstr(reason, rows[i].says))
			fail_msg("row %zu says: %s", i, reason);
		assert_null(metadata.json);
	}
}

TEST_MAIN(TEST(test_the_two_specifications_differ_in_where_the_document_is),
	  TEST(test_a_sound_document_is_taken), TEST(test_what_the_other_flows_need_is_found),
	  TEST(test_what_is_not_this_issuers_is_refused_in_words))
