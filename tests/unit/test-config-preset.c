/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Presets: each row is a good value of a key that exists, and yields to whatever is written. */

#include "tests/lib/test.h"

#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config-table.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"
#include "tests/lib/conf.h"

#define RULE "[allow staff]\nneed = group:staff\n"

static const enum config_preset all[] = {
	PRESET_GENERIC,  PRESET_KEYCLOAK, PRESET_INDIGO_IAM, PRESET_PINGFEDERATE,
	PRESET_OPENCITY, PRESET_PRENLY,   PRESET_SPID,       PRESET_PDND,
};

static const struct config_pair *pair_of(const struct config_provider *provider, const char *key)
{
	for (size_t i = 0; i < provider->section->n_pairs; i++)
		if (strcmp(provider->section->pairs[i].key, key) == 0)
			return &provider->section->pairs[i];
	return NULL;
}

static void test_every_word_is_a_preset_and_every_preset_a_word(void **state)
{
	const struct config_key *key = config_key_find(CONFIG_PROVIDER, "preset");
	const char *at = key->words;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(all); i++) {
		const char *name = config_preset_name(all[i]);
		unsigned index;

		assert_true(config_word_find(key->words, name, strlen(name), &index));
		assert_int_equal(index, all[i]);
		at = strchr(at, '|') ? strchr(at, '|') + 1 : "";
	}
	assert_string_equal(at, "");
	assert_string_equal(config_preset_name((enum config_preset)99), "");
	assert_int_equal(config_preset_slash((enum config_preset)99), 0);
}

/* What a row says is taken by its key, as if somebody had written it. */
static size_t try_preset(const char *word)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	char reason[REASON_MAX];
	size_t n = 0;

	assert_non_null(arena);
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];
		struct config_value parsed;
		const char *value;

		if (key->kind != CONFIG_PROVIDER)
			continue;
		assert_int_equal(config_preset_value(word, key->key, "https://id.example.org/x/",
						     arena, &value),
				 0);
		if (!value)
			continue;
		n++;
		assert_true(strcmp(key->key, "mode") != 0 || config_preset_is_for_jwt(word, "mode"));
		if (config_value_parse(key, value, arena, reason, &parsed) != 0)
			fail_msg("preset %s: %s = %s: %s", word, key->key, value, reason);
		assert_int_not_equal(key->type, TYPE_SECRET);
		assert_null(strchr(value, '{'));
		assert_null(strstr(value, "//."));
		/* A default that is no other than the key's own says nothing. */
		assert_true(!key->def || strcmp(key->def, value) != 0);
	}
	return n;
}

static void test_every_row_is_a_good_value(void **state)
{
	size_t n = 0;

	(void)state;
	assert_int_equal(try_preset("generic"), 0);
	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		n += try_preset(config_preset_name(all[i]));
	print_message("# %zu rows\n", n);
	assert_true(n >= 25);
	assert_int_equal(try_preset("no-such-product"), 0);
}

static void test_a_preset_fills_what_nobody_wrote(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(
		"", "[provider p]\npreset = pingfederate\nissuer = https://pf.example.org/\n"
		    "client_id = h\ntoken_endpoint = https://other.example.org/t\n" RULE);
	const struct config_provider *provider = &config->providers[0];
	const struct config_pair *pair;

	(void)state;
	assert_int_equal(provider->preset, PRESET_PINGFEDERATE);
	assert_string_equal(provider->device_endpoint,
			    "https://pf.example.org/as/device_authz.oauth2");
	assert_string_equal(provider->token_endpoint, "https://other.example.org/t");
	assert_null(provider->jwks_uri); /* nobody verified where it is */
	pair = pair_of(provider, "device_endpoint");
	assert_true(pair && pair->preset && pair->place.line == 0);
	pair = pair_of(provider, "token_endpoint");
	assert_true(pair && !pair->preset && pair->place.line == 5);
	pair = pair_of(provider, "leeway");
	assert_true(pair && !pair->preset && pair->place.line == 0);
}

static void test_a_preset_fills_its_directories(void **state)
{
	static const char head[] =
		"[provider p]\nissuer = https://iam.example.org/\nclient_id = h\n"
		"client_auth = client_secret_basic\nclient_secret = file:/etc/hostname\npreset = indigo-iam\n" RULE
		"[directory d]\nkind = scim\nurl = https://iam.example.org/scim\n";
	_cleanup_free_ char *written = NULL;
	_cleanup_(config_freep) struct config *config = conf_take("", head);
	_cleanup_(config_freep) struct config *other = NULL;

	(void)state;
	assert_int_equal(config->directories[0].members, MEMBERS_PAGED);
	assert_string_equal(config->directories[0].ssh_keys_from,
			    "/urn:indigo-dc:scim:schemas:IndigoUser/sshKeys");
	assert_string_equal(config->directories[0].labels_from,
			    "/urn:indigo-dc:scim:schemas:IndigoUser/labels");
	assert_true(asprintf(&written, "%smembers = apart\nlabels_from = /l\n", head) > 0);
	other = conf_take("", written);
	assert_int_equal(other->directories[0].members, MEMBERS_APART);
	assert_string_equal(other->directories[0].labels_from, "/l");
	config_free(other);
	other = conf_take("", "[provider p]\nissuer = https://id.example.org\nclient_id = h\n"
			      "client_auth = client_secret_basic\nclient_secret = file:/etc/hostname\n" RULE
			      "[directory d]\nkind = scim\nurl = https://id.example.org/scim\n");
	assert_int_equal(other->directories[0].members, MEMBERS_INLINE);
	assert_null(other->directories[0].ssh_keys_from);
}

/* For every row of every preset: a value of the administrator's stays. */
static void test_what_is_written_always_wins(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	static const struct {
		enum config_type type;
		const char *value;
	} others[] = {
		{ TYPE_URL, "https://written.example.org/" },
		{ TYPE_POINTER, "/written" },
		{ TYPE_DISCOVERY, "oauth" },
		{ TYPE_WORDS, "ES256" },
		{ TYPE_ISSUER, "https://written.example.org" },
		{ TYPE_WORD, "written" },
		{ TYPE_TEXT, "written" },
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(all) * n_config_keys; i++) {
		const char *word = config_preset_name(all[i / n_config_keys]);
		const struct config_key *key = &config_keys[i % n_config_keys];
		_cleanup_(config_freep) struct config *config = NULL;
		_cleanup_free_ char *text = NULL, *said = NULL;
		const char *value, *other = NULL;

		if (key->kind != CONFIG_PROVIDER)
			continue;
		assert_int_equal(config_preset_value(word, key->key, "https://i", arena, &value),
				 0);
		for (size_t j = 0; value && j < ELEMENTSOF(others); j++)
			if (others[j].type == key->type)
				other = others[j].value;
		if (!other)
			continue;
		assert_true(asprintf(&text, "[provider p]\npreset = %s\n%s = %s\n%s", word,
				     key->key, other, RULE) > 0);
		/* The rest may be wrong, and is then told; what is written is not touched. */
		if (conf_parse("", text, &config, &said) == 0) {
			assert_string_equal(pair_of(&config->providers[0], key->key)->value, other);
			assert_false(pair_of(&config->providers[0], key->key)->preset);
		}
		n++;
	}
	assert_true(n >= 10);
}

static void test_a_preset_needs_what_it_says(void **state)
{
	(void)state;
	conf_refuse(
		"",
		"[provider p]\npreset = spid\nissuer = https://i.example.org\nclient_id = h\n" RULE,
		"t.conf:1: [provider p] proves itself with a key but has no client_key: write "
		"client_key = credential:NAME, file:PATH or pkcs11:URI\n");
	conf_refuse(
		"",
		"[provider p]\npreset = Keycloak\nissuer = https://i.example.org\nclient_id = h\n" RULE,
		"t.conf:2: preset: \"Keycloak\" is not known here: did you mean \"keycloak\"?\n");
}

static void test_a_slash_that_is_missing_or_too_much_is_worth_a_note(void **state)
{
	static const struct {
		const char *preset, *issuer, *said;
	} rows[] = {
		{ "indigo-iam", "https://iam.example.org/", "" },
		{ "indigo-iam", "https://iam.example.org",
		  "t.conf:3: note: issuers of indigo-iam end in a slash, and this one does not\n" },
		{ "prenly", "https://a.example.org\nclient_secret = credential:s", "" },
		{ "prenly", "https://a.example.org/\nclient_secret = credential:s",
		  "t.conf:3: note: issuers of prenly end in no slash, and this one does\n" },
		{ "generic", "https://a.example.org/", "" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(config_freep) struct config *config = NULL;
		_cleanup_free_ char *text = NULL, *said = NULL;

		assert_true(asprintf(&text,
				     "[provider p]\npreset = %s\nissuer = %s\nclient_id = h\n" RULE,
				     rows[i].preset, rows[i].issuer) > 0);
		assert_int_equal(conf_parse("", text, &config, &said), 0);
		assert_string_equal(said, rows[i].said);
	}
}

static void test_a_name_is_an_issuer_whose_tokens_are_only_checked(void **state)
{
#define LOGIN "[provider login]\nissuer = https://id.example.org\nclient_id = h\n"
	_cleanup_(config_freep) struct config *config =
		conf_take("", "[provider pdnd]\npreset = pdnd\naudience = https://a\n" LOGIN RULE);

	(void)state;
	assert_string_equal(config->providers[0].issuer, "interop.pagopa.it");
	assert_int_equal(config->providers[0].aud_form, AUD_FORM_COMMA);
	assert_int_equal(config->providers[0].mode, CONFIG_MODE_JWT);
	assert_int_equal(config->providers[0].holders, HOLDERS_PROGRAMS);
	conf_refuse(
		"",
		"[provider n]\nissuer = a.example.org\nclient_id = h\niss_form = name\n"
		"discovery = no\njwks_uri = https://a.example.org/k\n" RULE,
		"t.conf:1: [service default] signs people in at [provider n], whose issuer is "
		"only a name: its tokens can be checked, and nobody can sign in there\n");
	conf_refuse("", LOGIN "[provider n]\nissuer = a.example.org\nclient_id = h\n" RULE,
		    "t.conf:5: \"a.example.org\" is not an address: write https://HOST/PATH; or "
		    "iss_form = name where the platform's tokens name it so\n");
	conf_refuse(
		"",
		LOGIN "[provider n]\nissuer = a.example.org\nclient_id = h\niss_form = name\n" RULE,
		"t.conf:5: an issuer that is only a name cannot be asked what it is: write "
		"discovery = no\n"
		"t.conf:5: an issuer that is only a name does not say where its keys are: write "
		"jwks_uri\n");
	conf_refuse("",
		    LOGIN
		    "[provider n]\nissuer = https://a.example.org\nclient_id = h\n"
		    "iss_form = name\ndiscovery = no\njwks_uri = https://a.example.org/k\n" RULE,
		    "t.conf:5: iss_form = name is for an issuer that is no address\n");
#undef LOGIN
}

static void test_only_endpoints_yield_to_discovery(void **state)
{
	(void)state;
	assert_true(config_preset_yields("jwks_uri"));
	assert_true(config_preset_yields("token_endpoint"));
	assert_true(config_preset_yields("end_session_endpoint"));
	assert_false(config_preset_yields("_endpoint"));
	assert_false(config_preset_yields("algs"));
	assert_false(config_preset_yields("issuer"));
}

TEST_MAIN(TEST(test_every_word_is_a_preset_and_every_preset_a_word),
	  TEST(test_every_row_is_a_good_value), TEST(test_a_preset_fills_what_nobody_wrote),
	  TEST(test_a_preset_fills_its_directories),
	  TEST(test_what_is_written_always_wins), TEST(test_a_preset_needs_what_it_says),
	  TEST(test_a_slash_that_is_missing_or_too_much_is_worth_a_note),
	  TEST(test_a_name_is_an_issuer_whose_tokens_are_only_checked),
	  TEST(test_only_endpoints_yield_to_discovery))
