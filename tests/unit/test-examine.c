/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked for against what is offered: every sentence, and no sentence too many. */

#include "tests/lib/test.h"

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/examine.h"
#include "tests/lib/conf.h"

#define HEAD                                                                             \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = h\n"              \
	"token_endpoint = https://id.example.org/t\n[allow staff]\nneed = group:staff\n" \
	"[provider pf]\npreset = pingfederate\nissuer = https://pf.example.org\nclient_id = h\n"

static char said[4096];

static void remember(void *userdata, enum wire_finding level, const char *text, const char *remedy)
{
	size_t len = strlen(said);

	(void)userdata;
	assert_true(level == WIRE_FINDING_WARNING || level == WIRE_FINDING_ERROR);
	assert_string_not_equal(remedy, "");
	assert_true(snprintf(said + len, sizeof(said) - len, "%s\n", text) > 0);
}

static void examine(const char *conf, enum wire_finding kind, const char *what, const char *value,
		    const char *wanted)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, conf);
	const struct examine examine = { config, remember, NULL };

	said[0] = '\0';
	examine_fact(&examine, "corp", kind, what, value);
	assert_string_equal(said, wanted);
}

#define OFFER(conf, scopes, wanted) \
	examine(conf, WIRE_FINDING_OFFER, "scopes_supported", scopes, wanted)

static void test_scopes_that_are_offered_are_fine(void **state)
{
	(void)state;
	OFFER("", "openid profile", "");
	OFFER("", "a openid b profile c", "");
	OFFER("[service sudo]\nscope = host.sudo\n", "openid profile host.sudo", "");
	/* Nothing listed is nothing said. */
	OFFER("[service sudo]\nscope = host.sudo\n", "", "");
	/* Another provider's business. */
	OFFER("[service sudo]\nprovider = pf\nscope = x.y\n", "openid profile", "");
	OFFER("[scope x.y]\nprotects = sudo\nprovider = pf\n", "openid profile", "");
}

static void test_near_misses_are_said_to_be_near(void **state)
{
	static const struct {
		const char *asked, *offered, *says;
	} rows[] = {
		{ "host.Sudo", "host.sudo",
		  "which is not offered; host.sudo is, and differs only in case" },
		{ "HOST.SUDO", "host.sudo",
		  "which is not offered; host.sudo is, and differs only in case" },
		{ "host.sudo", "host.sud",
		  "which is not offered; host.sud is, and differs in a letter or two" },
		{ "host-sudo", "host_sudo",
		  "which is not offered; host_sudo is, and differs in a letter or two" },
		{ "hots.sudo", "host.sudo",
		  "which is not offered; host.sudo is, and differs in a letter or two" },
		{ "host.sudoXX", "host.sudo",
		  "which is not offered; host.sudo is, and differs in a letter or two" },
		/* the nearest of several */
		{ "host.sudo", "host.sudu host.SUDO",
		  "which is not offered; host.SUDO is, and differs only in case" },
		{ "host.sudoXXX", "host.sudo", "which is not among scopes_supported" },
		{ "aud", "acr", "which is not among scopes_supported" },
		{ "host.sudo", "host.login", "which is not among scopes_supported" },
		{ "storage.read/", "storage.read:/",
		  "which is not offered; storage.read:/ is, and differs in a letter or two" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char conf[128], offered[128], wanted[256];

		(void)snprintf(conf, sizeof(conf), "[service sudo]\nscope = %s\n", rows[i].asked);
		(void)snprintf(offered, sizeof(offered), "openid profile %s", rows[i].offered);
		(void)snprintf(wanted, sizeof(wanted), "[service sudo] asks for scope %s, %s\n",
			       rows[i].asked, rows[i].says);
		OFFER(conf, offered, wanted);
	}
}

static void test_everybody_who_asks_is_named(void **state)
{
	(void)state;
	OFFER("", "openid",
	      "[provider corp] asks for scope profile, which is not among scopes_supported\n");
	OFFER("[service default]\nscope = all.q\n[service sudo]\nmax_age = 5m\n", "openid profile",
	      "[service default] asks for scope all.q, which is not among scopes_supported\n");
	OFFER("[scope host.x]\nprotects = sudo\n", "openid profile",
	      "[scope host.x] asks for scope host.x, which is not among scopes_supported\n");
}

static void test_passwords_are_warned_of_at_every_look(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take("[provider corp]\nissuer = https://id.example.org\nclient_id = h\n"
			  "password_grant = yes\n[allow staff]\nneed = group:staff\n",
			  "[service sshd]\nflow = password\n");
	const struct examine examine = { config, remember, NULL };

	(void)state;
	said[0] = '\0';
	examine_fact(&examine, "corp", WIRE_FINDING_USE, "token_endpoint", "https://t");
	assert_non_null(strstr(said, "password_grant = yes: people's passwords"));
}

static void test_an_endpoint_is_missed_by_who_needs_it(void **state)
{
#define DEVICE "device_authorization_endpoint"
	(void)state;
	examine("", WIRE_FINDING_USE, DEVICE, "",
		"[service default] signs people in with flow = device, and there is no " DEVICE
		"\n");
	examine("", WIRE_FINDING_USE, DEVICE, "https://id.example.org/d", "");
	examine("[service default]\nprovider = pf\n", WIRE_FINDING_USE, DEVICE, "", "");
	examine("", WIRE_FINDING_USE, "revocation_endpoint", "", "");
	examine("[service web]\nflow = code\n", WIRE_FINDING_USE, "authorization_endpoint", "",
		"[service web] signs people in with flow = code, and there is no "
		"authorization_endpoint\n");
	examine("", WIRE_FINDING_USE, "authorization_endpoint", "", "");
	/* What is offered is not what is used. */
	examine("", WIRE_FINDING_OFFER, DEVICE, "", "");
#undef DEVICE
}

static void test_what_the_platform_verifies_needs_an_endpoint_for_it(void **state)
{
	static const char conf[] = "[provider in]\nissuer = https://in.example.org\nclient_id = h\n"
				   "verify = introspect\naudience = https://h\n[service login]\n"
				   "flow = token\nprovider = in\n";
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, conf);
	const struct examine examine = { config, remember, NULL };

	(void)state;
	said[0] = '\0';
	examine_fact(&examine, "corp", WIRE_FINDING_USE, "introspection_endpoint", "");
	assert_string_equal(said, "");
	examine_fact(&examine, "in", WIRE_FINDING_USE, "introspection_endpoint", "");
	assert_string_equal(said,
			    "[service login] signs people in with flow = token, and there is no "
			    "introspection_endpoint\n");
}

static void test_a_provider_that_is_gone_is_nobodys(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, "");
	const struct examine examine = { config, remember, NULL };

	(void)state;
	said[0] = '\0';
	examine_fact(&examine, "gone", WIRE_FINDING_OFFER, "scopes_supported", "x");
	assert_string_equal(said, "");
	assert_string_equal(examine_origin(config, "gone", "token_endpoint", "https://x"),
			    "discovery");
}

static void test_where_a_value_comes_from(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, "");

	(void)state;
#define ORIGIN(provider, what, value, from) \
	assert_string_equal(examine_origin(config, provider, what, value), from)
	ORIGIN("corp", "token_endpoint", "https://id.example.org/t", "written");
	ORIGIN("corp", "token_endpoint", "https://id.example.org/other", "discovery");
	ORIGIN("corp", "jwks_uri", "https://id.example.org/k", "discovery");
	ORIGIN("corp", "revocation_endpoint", "", "");
	ORIGIN("corp", "client_auth", "none", "default");
	ORIGIN("pf", "device_authorization_endpoint",
	       "https://pf.example.org/as/device_authz.oauth2", "preset");
	ORIGIN("pf", "device_authorization_endpoint", "https://pf.example.org/d", "discovery");
#undef ORIGIN
}

TEST_MAIN(TEST(test_scopes_that_are_offered_are_fine), TEST(test_near_misses_are_said_to_be_near),
	  TEST(test_everybody_who_asks_is_named), TEST(test_passwords_are_warned_of_at_every_look),
	  TEST(test_an_endpoint_is_missed_by_who_needs_it),
	  TEST(test_what_the_platform_verifies_needs_an_endpoint_for_it),
	  TEST(test_a_provider_that_is_gone_is_nobodys), TEST(test_where_a_value_comes_from))
