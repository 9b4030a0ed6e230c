/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For whom this host signs: every way to look like the platform without being it. */
#include "tests/lib/test.h"

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/pin.h"

#define ISSUER "https://idp.example.org/realms/corp"

static const struct config_provider plain = { .name = "corp", .issuer = ISSUER };

static const char *const ours[] = {
	ISSUER,
	"https://idp.example.org",
	"https://idp.example.org/",
	"https://idp.example.org/token",
	"https://idp.example.org:443/token",
	"https://IDP.example.ORG/token",
	"https://idp.example.org?x=1",
};

static const char *const strange[] = {
	"",
	"idp.example.org",
	"idp.example.org/token",
	"//idp.example.org/token",
	"http://idp.example.org/token",
	"HTTPS://idp.example.org/token",
	"https://idp.example.org:8443/token",
	"https://idp.example.org:/token",
	"https://idp.example.org:443x/token",
	"https://idp.example.org.evil.example/token",
	"https://idp.example.orgx/token",
	"https://idp.example.or/token",
	"https://evil.example/https://idp.example.org/",
	"https://idp.example.org@evil.example/token",
	"https://idp.example.org:pass@evil.example/token",
	"https://evil.example\\@idp.example.org/token",
	"https://evil.example#@idp.example.org/token",
	"https://evil.example?idp.example.org",
	"https://sub.idp.example.org/token",
	"https://idp.example.org./token",
	"https://[::1]/token",
	"https:///token",
	"https://",
	" https://idp.example.org/token",
	"https://idp.example.org/to ken",
	"https://idp.example.org/\x1b[2J",
};

static void test_the_audience_is_the_platform(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(ours); i++)
		if (!pin_audience(&plain, ours[i]))
			fail_msg("refused: %s", ours[i]);
	for (size_t i = 0; i < ELEMENTSOF(strange); i++)
		if (pin_audience(&plain, strange[i]))
			fail_msg("allowed: %s", strange[i]);
}

static void test_a_configured_endpoint_may_be_elsewhere(void **state)
{
	struct config_provider provider = plain;

	(void)state;
	assert_false(pin_audience(&provider, "https://login.example.net/token"));
	provider.token_endpoint = "https://login.example.net/token";
	assert_true(pin_audience(&provider, "https://login.example.net/token"));
	assert_false(pin_audience(&provider, "https://login.example.net/token/"));
	assert_false(pin_audience(&provider, "https://login.example.net/other"));
}

static void test_client_aud_leaves_nothing_else(void **state)
{
	struct config_provider provider = plain;

	(void)state;
	provider.client_aud = "auth.interop.example/client-assertion";
	assert_true(pin_audience(&provider, "auth.interop.example/client-assertion"));
	assert_false(pin_audience(&provider, "auth.interop.example/client-assertion/"));
	for (size_t i = 0; i < ELEMENTSOF(ours); i++)
		assert_false(pin_audience(&provider, ours[i]));
}

static void test_addresses_of_ipv6_keep_their_port_apart(void **state)
{
	const struct config_provider provider = { .name = "p", .issuer = "https://[2001:db8::1]" };
	const struct config_provider other = { .name = "p", .issuer = "https://[::1]:8443/x" };

	(void)state;
	assert_true(pin_audience(&provider, "https://[2001:db8::1]/token"));
	assert_true(pin_audience(&provider, "https://[2001:db8::1]:443/token"));
	assert_false(pin_audience(&provider, "https://[2001:db8::1]:444/token"));
	assert_false(pin_audience(&provider, "https://[2001:db8::1]x/token"));
	assert_true(pin_audience(&other, "https://[::1]:8443/token"));
	assert_false(pin_audience(&other, "https://[::1]/token"));
}

static void test_a_proof_is_for_a_place_of_the_configuration(void **state)
{
	struct config_directory directories[] = {
		{ .name = "d", .provider = "corp", .url = "https://scim.example.org/v2" },
		{ .name = "e", .provider = "other", .url = "https://scim.example.net/v2" },
		{ .name = "f", .provider = "corp", .url = NULL },
	};
	const struct config config = { .n_directories = ELEMENTSOF(directories),
				       .directories = directories };
	struct config_provider provider = plain;

	(void)state;
	assert_true(pin_target(&config, &provider, "https://idp.example.org/token"));
	assert_true(pin_target(&config, &provider, "https://scim.example.org/v2/Users"));
	assert_false(pin_target(&config, &provider, "https://scim.example.org/v2/Users?a=b"));
	assert_false(pin_target(&config, &provider, "https://idp.example.org/token#x"));
	assert_false(pin_target(&config, &provider, "https://scim.example.net/v2/Users"));
	assert_false(pin_target(&config, &provider, "https://api.example.org/me"));
	provider.userinfo_endpoint = "https://api.example.org/me";
	assert_true(pin_target(&config, &provider, "https://api.example.org/me"));
	for (size_t i = 0; i < ELEMENTSOF(strange); i++)
		if (pin_target(&config, &provider, strange[i]))
			fail_msg("allowed: %s", strange[i]);
}

TEST_MAIN(TEST(test_the_audience_is_the_platform),
	  TEST(test_a_configured_endpoint_may_be_elsewhere),
	  TEST(test_client_aud_leaves_nothing_else),
	  TEST(test_addresses_of_ipv6_keep_their_port_apart),
	  TEST(test_a_proof_is_for_a_place_of_the_configuration))
