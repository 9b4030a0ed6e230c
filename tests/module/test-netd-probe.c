/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PROBE by the real idp-netd: every trouble is named, and every one has its remedy. */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */

static uint32_t revision;
static uint64_t last_flow;

struct row {
	const char *what;     /* case of the mock */
	const char *listener; /* NULL: the good one */
	const char *key;      /* one more key of the provider, or NULL */
	const char *value;
	enum wire_finding worst;
	const char *says; /* part of a finding of that level */
};

static void set_up(const struct row *row)
{
	unsigned port = row->listener ? mock_port(&mock, row->listener) : mock.port;
	char issuer[256], url[300];
	const char *provider[] = { "issuer", issuer,           "client_id", "host", "ca", mock.ca,
				   "scope",  "openid profile", NULL,        NULL,   NULL };
	const char *directory[] = { "kind", "scim", "provider", "p", "url", url, NULL };

	assert_true(snprintf(issuer, sizeof(issuer), "https://127.0.0.1:%u/%s", port, row->what) >
		    0);
	assert_true(snprintf(url, sizeof(url), "%s/scim/v2", issuer) > 0);
	for (size_t i = 0; row->key && i + 2 < ELEMENTSOF(provider); i += 2) {
		if (provider[i] && strcmp(provider[i], row->key) != 0)
			continue;
		provider[i] = row->key;
		provider[i + 1] = row->value;
		break;
	}
	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", "d", directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

static uint64_t ask_probe(const char *name)
{
	wire_begin(&core.out, MSG_PROBE, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, name);
	assert_int_equal(fake_core_send(&core), 0);
	return last_flow;
}

/* What the last collect() was told: "offer NAME=VALUE;use NAME=VALUE;..." */
static char facts[16384];

static void take_fact(uint32_t kind, const char *what, const char *value)
{
	size_t len = strlen(facts);
	int put = snprintf(facts + len, sizeof(facts) - len, "%s %s=%s;",
			   kind == WIRE_FINDING_OFFER ? "offer" : "use", what, value);

	assert_true(put > 0 && (size_t)put < sizeof(facts) - len);
}

/* Until PROBE_END. The worst level; whether a finding of that level says it. */
static enum wire_finding collect(uint64_t flow, const char *says, bool *ret_said)
{
	enum wire_finding worst = WIRE_FINDING_OK;
	struct wire_in in;

	*ret_said = false;
	facts[0] = '\0';
	for (;;) {
		const char *topic, *text, *remedy;
		uint32_t level;

		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), flow);
		if (in.type == MSG_PROBE_END)
			return worst;
		assert_int_equal(in.type, MSG_FINDING);
		level = wire_get_u32(&in);
		topic = wire_get_str(&in, REASON_MAX);
		text = wire_get_str(&in, WIRE_STRING_MAX);
		remedy = wire_get_str(&in, WIRE_STRING_MAX);
		assert_int_equal(wire_close(&in), 0);
		assert_string_not_equal(topic, "");
		/* A trouble without a remedy leaves a person alone with it. */
		if (level >= WIRE_FINDING_OFFER) {
			take_fact(level, text, remedy);
			continue;
		}
		if (level >= WIRE_FINDING_WARNING)
			assert_string_not_equal(remedy, "");
		if (level > worst) {
			worst = (enum wire_finding)level;
			*ret_said = false;
		}
		if (level == worst && strstr(text, says))
			*ret_said = true;
	}
}

static void test_every_trouble_of_a_platform_is_found(void **state)
{
	static const struct row rows[] = {
		{ "good", NULL, NULL, NULL, WIRE_FINDING_OK, "3 users" },
		{ "good~keys", NULL, NULL, NULL, WIRE_FINDING_OK, "usable keys" },
		{ "good~out", NULL, NULL, NULL, WIRE_FINDING_OK, "/good~out/logout" },
		{ "good~clock", NULL, NULL, NULL, WIRE_FINDING_OK, "clocks agree" },
		{ "skewed-date", NULL, NULL, NULL, WIRE_FINDING_WARNING, "seconds ahead of" },
		{ "html-404", NULL, NULL, NULL, WIRE_FINDING_ERROR, "HTTP status 404" },
		{ "discovery-issuer-slash", NULL, NULL, NULL, WIRE_FINDING_ERROR,
		  "speaks for issuer" },
		{ "discovery-no-device", NULL, NULL, NULL, WIRE_FINDING_NOTE, "device code" },
		{ "discovery-no-jwks", NULL, NULL, NULL, WIRE_FINDING_ERROR, "no keys" },
		{ "jwks-empty", NULL, NULL, NULL, WIRE_FINDING_ERROR, "none of its keys" },
		{ "jwks-private", NULL, NULL, NULL, WIRE_FINDING_ERROR, "none of its keys" },
		{ "jwks-oct", NULL, NULL, NULL, WIRE_FINDING_WARNING, "refused" },
		{ "scim-401", NULL, NULL, NULL, WIRE_FINDING_ERROR,
		  "does not let this host read users" },
		{ "scim-empty", NULL, NULL, NULL, WIRE_FINDING_WARNING, "no users" },
		{ "html-404,at=users", NULL, NULL, NULL, WIRE_FINDING_ERROR, "HTTP status 404" },
		{ "good~algs", NULL, "algs", "PS512", WIRE_FINDING_ERROR, "no algorithm" },
		{ "good~auth", NULL, "client_auth", "client_secret_basic", WIRE_FINDING_ERROR,
		  "missing" },
		{ "dpop", NULL, "dpop", "true", WIRE_FINDING_OK, "binds tokens" },
		{ "dpop-no-es256", NULL, "dpop", "true", WIRE_FINDING_ERROR, "ES256" },
		{ "good~dpop", NULL, "dpop", "true", WIRE_FINDING_ERROR, "token_type" },
		{ "good~ca", NULL, "ca", "/no/such/file", WIRE_FINDING_ERROR, "cannot be read" },
		{ "good", "tls-untrusted", NULL, NULL, WIRE_FINDING_ERROR, "does not trust" },
		{ "good", "tls-expired", NULL, NULL, WIRE_FINDING_ERROR, "not valid today" },
		{ "good", "tls-wrong-name", NULL, NULL, WIRE_FINDING_ERROR, "another name" },
	};
	unsigned wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		enum wire_finding worst;
		bool said;

		set_up(&rows[i]);
		worst = collect(ask_probe(""), rows[i].says, &said);
		if (worst == rows[i].worst && said)
			continue;
		print_message("%s %s: worst %d, said %d; expected %d, \"%s\"\n", rows[i].what,
			      rows[i].value ? rows[i].value : "", (int)worst, said,
			      (int)rows[i].worst, rows[i].says);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void assert_fact(const char *fact)
{
	if (!strstr(facts, fact))
		fail_msg("\"%s\" is not among: %s", fact, facts);
}

static void test_facts_say_what_is_offered_and_what_is_used(void **state)
{
	static const struct row good = {
		"good~facts", NULL, "scope", "openid", WIRE_FINDING_OK, ""
	};
	static const struct row bare = { "discovery-no-device~facts",
					 NULL,
					 "jwks_uri",
					 "https://127.0.0.1:1/keys",
					 WIRE_FINDING_OK,
					 "" };
	bool said;

	(void)state;
	if (no_platform)
		skip();
	set_up(&good);
	(void)collect(ask_probe("p"), "", &said);
	assert_fact("offer scopes_supported=openid profile email groups offline_access;");
	assert_fact("offer token_endpoint_auth_methods_supported=none client_secret_basic");
	assert_fact("offer id_token_signing_alg_values_supported=RS256 ES256;");
	assert_fact("/good~facts/device;use token_endpoint=https://127.0.0.1:");
	assert_fact("/logout;use client_auth=none;");
	assert_fact("use algs=RS256 ES256;");
	set_up(&bare);
	(void)collect(ask_probe("p"), "", &said);
	assert_null(strstr(facts, "offer device_authorization_endpoint"));
	assert_fact("use device_authorization_endpoint=;");
	/* What is written wins over what is offered. */
	assert_fact("/discovery-no-device~facts/jwks;");
	assert_fact("use jwks_uri=https://127.0.0.1:1/keys;");
}

static void test_one_name_is_looked_at_alone(void **state)
{
	static const struct row good = { "good~one", NULL, NULL, NULL, WIRE_FINDING_OK, "" };
	bool said;

	(void)state;
	if (no_platform)
		skip();
	set_up(&good);
	assert_int_equal(collect(ask_probe("d"), "3 users", &said), WIRE_FINDING_OK);
	assert_true(said);
	assert_int_equal(collect(ask_probe("nobody"), "of that name", &said), WIRE_FINDING_ERROR);
	assert_true(said);
}

/* Where nobody signs in there is nothing to ask but the keys, of every instance. */
static void test_a_platform_of_tokens_is_asked_for_keys_alone(void **state)
{
	char issuer[256], twin[256], keys[300], instances[600];
	const char *provider[] = { "issuer",   issuer,      "mode",    "jwt",       "ca",
				   mock.ca,    "iss_form",  "none",    "discovery", "no",
				   "jwks_uri", keys,        "tenant",  "a",         "tenant_from",
				   "/t",       "instances", instances, NULL };
	bool said;

	(void)state;
	if (no_platform)
		skip();
	netd_world_issuer("good~tokens", issuer);
	netd_world_issuer("jwks-twin~tokens", twin);
	assert_true(snprintf(keys, sizeof(keys), "%s/jwks", issuer) > 0);
	assert_true(snprintf(instances, sizeof(instances), "b=%s/ c=https://127.0.0.1:1/x", twin) >
		    0);
	assert_int_equal(fake_core_reconnect(&core), 0);
	revision = 1;
	assert_int_equal(fake_core_setup(&core, revision, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	assert_int_equal(collect(ask_probe("p"), "", &said), WIRE_FINDING_ERROR); /* the last */
	assert_non_null(strstr(facts, "use jwks_uri="));
	assert_null(strstr(facts, "endpoint"));
	assert_null(strstr(facts, "client_auth"));
	assert_int_equal(netd_world_asked("good~tokens", "jwks"), 1);
	assert_int_equal(netd_world_asked("good~tokens", "discovery"), 0);
	assert_int_equal(netd_world_asked("jwks-twin~tokens", "jwks"), 1);
	instances[strcspn(instances, " ")] = '\0';
	assert_int_equal(fake_core_setup(&core, ++revision, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	assert_int_equal(collect(ask_probe("p"), "usable keys", &said), WIRE_FINDING_OK);
	assert_true(said);
}

NETD_WORLD_MAIN(TEST(test_every_trouble_of_a_platform_is_found),
		TEST(test_facts_say_what_is_offered_and_what_is_used),
		TEST(test_one_name_is_looked_at_alone),
		TEST(test_a_platform_of_tokens_is_asked_for_keys_alone))
