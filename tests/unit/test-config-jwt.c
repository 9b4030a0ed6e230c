/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Platforms whose tokens are checked and where nobody signs in: what they may say, and may not. */
#include "tests/lib/test.h"

#include <string.h>

#include "idp-agentd/core/config.h"
#include "tests/lib/conf.h"

#define TENANT "60e3c0de-0000-4000-8000-000000000001"
#define OTHER  "60e3c0de-0000-4000-8000-000000000002"
#define CITY   "https://servizi.comune.example.it/lang"
#define RULE   "[allow staff]\nneed = group:staff\n"
#define LOGIN  "[provider login]\nissuer = https://id.example.org\nclient_id = h\n"
#define JWT    "[provider p]\nissuer = https://p.example.org\nmode = jwt\n"

static void test_tokens_alone_need_no_client(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take("", JWT "audience = https://h.example.org\n" RULE);
	const struct config_provider *provider = &config->providers[0];

	(void)state;
	assert_null(provider->client_id);
	assert_int_equal(provider->scope.n, 0);
	assert_string_equal(provider->subject_from, "/sub");
	assert_string_equal(provider->discovery, "oidc"); /* where the keys are */
	assert_int_equal(provider->holders, HOLDERS_PEOPLE);
	/* Nobody can sign in; somebody who has a token can show it. */
	assert_int_equal(config_service(config, "sshd")->flow, CONFIG_FLOW_TOKEN);
}

static void test_people_sign_in_where_they_can(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(
		"", JWT "audience = https://h.example.org\n" LOGIN
			"[service api]\nprovider = p\n[service sshd]\nflow = code\n" RULE);

	(void)state;
	assert_string_equal(config_service(config, "login")->provider, "login");
	assert_int_equal(config_service(config, "login")->flow, CONFIG_FLOW_DEVICE);
	assert_string_equal(config_service(config, "sshd")->provider, "login");
	assert_int_equal(config_service(config, "api")->flow, CONFIG_FLOW_TOKEN);
	assert_string_equal(config->directories[0].provider, "login");
}

static void test_the_preset_of_a_city_is_whole(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(
		"", "[provider city]\npreset = opencity\nissuer = " CITY "\n"
		    "tenant = " TENANT "\ninstances = " OTHER "=https://b.example.it\n" RULE);
	const struct config_provider *provider = &config->providers[0];

	(void)state;
	assert_int_equal(provider->mode, CONFIG_MODE_JWT);
	assert_int_equal(provider->iss_form, ISS_FORM_NONE);
	assert_string_equal(provider->jwks_uri, CITY "/.well-known/jwks.json");
	assert_string_equal(provider->subject_from, "/id");
	assert_string_equal(provider->tenant_from, "/tenant_id");
	assert_string_equal(provider->person_from, "/username");
	assert_int_equal(provider->person_form, PERSON_FORM_FISCAL_CODE);
	assert_int_equal(provider->person_roles.n, 3);
	assert_string_equal(provider->access_typ.items[0], "JWT");
	assert_int_equal(provider->token_life, 3600 * USEC_PER_SEC);
	assert_true(config_has_issuer(provider, CITY));
	assert_true(config_has_issuer(provider, "https://b.example.it"));
	assert_false(config_has_issuer(provider, "https://b.example.it/"));
	assert_false(config_has_issuer(provider, OTHER));
}

static void test_the_same_product_as_plain_oauth_is_another_thing(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(
		"",
		"[provider city]\npreset = opencity\nissuer = " CITY "\nmode = oauth2\n"
		"client_id = h\ntoken_endpoint = https://c/token\n"
		"authorization_endpoint = https://c/authorize\nuserinfo_endpoint = https://c/u\n"
		"subject_from = userinfo:/id\n[service default]\nflow = code\n" RULE);
	const struct config_provider *provider = &config->providers[0];

	(void)state;
	assert_int_equal(provider->iss_form, ISS_FORM_URL);
	assert_string_equal(provider->access_typ.items[0], "at+jwt");
	assert_null(provider->person_from);
	assert_int_equal(provider->token_life, USEC_INFINITY);
}

static void test_what_a_client_would_need_is_refused_here(void **state)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
		{ "client_id", "h" },
		{ "client_auth", "none" },
		{ "scope", "openid" },
		{ "dpop", "no" },
		{ "device_endpoint", "https://p/d" },
		{ "userinfo_endpoint", "https://p/u" },
		{ "introspection_endpoint", "https://p/i" },
		{ "redirect_uri", "https://p/r" },
		{ "typ", "JWT" },
		{ "token_audiences", "https://x" },
		{ "logout_url", "https://p/l" },
		{ "password_grant", "no" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text = NULL, *said = NULL;

		assert_true(asprintf(&text, JWT "audience = https://h\n%s = %s\n" RULE, rows[i].key,
				     rows[i].value) > 0);
		assert_true(asprintf(&said,
				     "t.conf:5: %s is for platforms where people sign in, and mode "
				     "= jwt only checks tokens: remove it\n",
				     rows[i].key) > 0);
		conf_refuse("", text, said);
	}
	conf_refuse("", JWT "audience = https://h\nverify = both\n" RULE,
		    "t.conf:5: verify asks the platform as a client, and mode = jwt has none: "
		    "write verify = jwks\n");
	conf_refuse("", JWT "audience = https://h\nsubject_from = token:/id\n" RULE,
		    "t.conf:5: subject_from = token:/id, but with mode = jwt the token is all "
		    "there is: write /NAME, its claim\n");
	conf_refuse("", JWT "audience = https://h\n[service sshd]\nflow = device\n" RULE,
		    "t.conf:6: [service sshd] signs people in at [provider p], which has mode = "
		    "jwt: its tokens can be checked, and nobody can sign in there: write flow = "
		    "token, or another provider\n");
}

static void test_what_only_checks_tokens_is_refused_elsewhere(void **state)
{
	static const char *const rows[][2] = {
		{ "tenant", "t" },         { "instances", "t=https://i" },
		{ "holders", "programs" }, { "person_from", "/username" },
		{ "person_roles", "R" },   { "person_form", "any" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text = NULL, *said = NULL;

		assert_true(asprintf(&text, LOGIN "%s = %s\n" RULE, rows[i][0], rows[i][1]) > 0);
		assert_true(asprintf(&said,
				     "t.conf:4: %s is for mode = jwt only: whom to let in is said "
				     "by rules\n",
				     rows[i][0]) > 0);
		conf_refuse("", text, said);
	}
	conf_refuse("", LOGIN "iss_form = none\n" RULE,
		    "t.conf:4: iss_form = none is for mode = jwt only: a sign-in is bound to who "
		    "made it\n");
}

static void test_tenants_and_instances_are_told_apart(void **state)
{
#define P JWT "tenant_from = /t\n"
	(void)state;
	conf_refuse("", JWT "tenant = a\n" RULE,
		    "t.conf:4: [provider p] has a tenant but no tenant_from: write tenant_from = "
		    "/NAME, the claim that says it\n");
	conf_refuse("", P "audience = https://h\ninstances = b=https://b\n" RULE,
		    "t.conf:6: [provider p] has instances but no tenant of its own: which tokens "
		    "are whose?\n");
	conf_refuse("", P "tenant = a\ninstances = a=https://b\n" RULE,
		    "t.conf:6: the tenant a has two instances: whose keys are right?\n");
	conf_refuse("", P "tenant = a\ninstances = b=https://b b=https://c\n" RULE,
		    "t.conf:6: the tenant b has two instances: whose keys are right?\n");
	conf_refuse("", P "tenant = a\ninstances = b=https://p.example.org\n" RULE,
		    "t.conf:6: https://p.example.org is also an address of [provider p]: whose are "
		    "its people?\n");
	conf_refuse("", P "tenant = a\ninstances = b=https://b c=https://b\n" RULE,
		    "t.conf:6: https://b is also an address of [provider p]: whose are its "
		    "people?\n");
	conf_refuse("", P "tenant = a\ninstances = https://b\n" RULE,
		    "t.conf:6: \"https://b\" is no instance: write TENANT=https://HOST/PATH\n");
	conf_refuse("", P "tenant = a\ninstances = b=http://b =https://c\n" RULE,
		    "t.conf:6: \"b=http://b\" is no instance: write TENANT=https://HOST/PATH\n"
		    "t.conf:6: \"=https://c\" is no instance: write TENANT=https://HOST/PATH\n");
	conf_refuse("",
		    P "tenant = a\ninstances = b=https://b\n"
		      "[provider q]\nissuer = https://q.example.org\nmode = jwt\n"
		      "tenant_from = /t\ntenant = a\ninstances = b=https://b\n" RULE,
		    "t.conf:12: https://b is also an address of [provider p]: whose are its "
		    "people?\n");
#undef P
}

static void test_visitors_need_to_be_told_by_something(void **state)
{
	(void)state;
	conf_refuse("", JWT "audience = https://h\nperson_form = fiscal-code\n" RULE,
		    "t.conf:5: person_form needs person_from, the claim it is about\n");
	conf_refuse("", JWT "audience = https://h\nperson_from = /n\nperson_roles = R\n" RULE,
		    "t.conf:6: person_roles needs roles_from, the claim that lists roles\n");
}

/* Nothing is wrong with it, and nothing could come of it. */
static void test_tokens_meant_for_nobody_are_worth_a_note(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL, *quiet = NULL;
	_cleanup_free_ char *said = NULL, *nothing = NULL;

	(void)state;
	assert_int_equal(conf_parse("", JWT RULE, &config, &said), 0);
	assert_string_equal(
		said,
		"t.conf:1: note: no token of [provider p] could be meant for this host: write "
		"audience = NAME, or where its tokens have none tenant = ID\n");
	conf_refuse(
		"",
		"[provider pdnd]\npreset = pdnd\n[client A]\nclient_id = " TENANT "\n"
		"[service eservice-x]\nprovider = pdnd\n" RULE,
		"t.conf:6: [service eservice-x] takes tokens of [provider pdnd], and none could "
		"be meant for this host: write audience = NAME there, or where its tokens have "
		"none tenant = ID\n");
	/* It is there for vouchers of ours. */
	assert_int_equal(conf_parse("",
				    "[provider pdnd]\npreset = pdnd\n"
				    "[client A]\nclient_id = " TENANT "\n" RULE,
				    &quiet, &nothing),
			 0);
	assert_string_equal(nothing, "");
}

TEST_MAIN(TEST(test_tokens_alone_need_no_client), TEST(test_people_sign_in_where_they_can),
	  TEST(test_the_preset_of_a_city_is_whole),
	  TEST(test_the_same_product_as_plain_oauth_is_another_thing),
	  TEST(test_what_a_client_would_need_is_refused_here),
	  TEST(test_what_only_checks_tokens_is_refused_elsewhere),
	  TEST(test_tenants_and_instances_are_told_apart),
	  TEST(test_visitors_need_to_be_told_by_something),
	  TEST(test_tokens_meant_for_nobody_are_worth_a_note))
