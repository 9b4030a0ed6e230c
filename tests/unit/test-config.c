/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idp.conf: every key of the table with good and bad values, and the words of every refusal. */

#include "tests/lib/test.h"

#include <inttypes.h>
#include <syslog.h>

#include "common/name.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-table.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"
#include "tests/lib/conf.h"

#define MINIMUM                                                                \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n" \
	"[allow staff]\nneed = group:staff\n"

static struct config *take(const char *text)
{
	return conf_take("", text);
}

static void refuse(const char *text, const char *wanted)
{
	conf_refuse("", text, wanted);
}

/* Refused, and one of the lines said is this one. */
static void refuse_saying(const char *text, const char *wanted)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;

	assert_int_equal(conf_parse("", text, &config, &said), CONFIG_E_REFUSED);
	if (!strstr(said, wanted))
		print_message("# wanted: %s\n# said: %s", wanted, said);
	assert_non_null(strstr(said, wanted));
}

/* ---- what is taken ---- */

static void test_five_lines_suffice(void **state)
{
	_cleanup_(config_freep) struct config *config = take(MINIMUM);
	const struct config_service *sshd = config_service(config, "sshd");

	(void)state;
	assert_int_equal(config->n_providers, 1);
	assert_string_equal(config->providers[0].issuer, "https://id.example.org");
	assert_string_equal(config->providers[0].client_id, "host");
	assert_string_equal(config->providers[0].name_from, "/preferred_username");
	assert_int_equal(config->providers[0].client_auth, CLIENT_AUTH_NONE);
	assert_int_equal(config->providers[0].leeway, 30 * USEC_PER_SEC);
	assert_int_equal(config->providers[0].scope.n, 2);
	assert_int_equal(config->agent.id_range.first, UID_RANGE_FLOOR);
	assert_int_equal(config->agent.id_range.last, UID_RANGE_CEILING);
	assert_string_equal(config->agent.break_glass.items[0], "root");
	assert_false(config->agent.enumerate);
	assert_int_equal(config_log_level(config), LOG_INFO);
	assert_string_equal(sshd->name, "default");
	assert_string_equal(sshd->provider, "corp");
	assert_true(sshd->max_age == USEC_INFINITY);
	assert_ptr_equal(config_service(config, NULL), sshd);
	assert_null(config_provider(config, "Corp"));
	assert_null(config_directory(config, NULL));
}

static void test_without_directory_the_first_provider_teaches(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take(MINIMUM "[provider b]\nissuer = https://b.example.org\nclient_id = h\n");

	(void)state;
	assert_int_equal(config->n_directories, 1);
	assert_true(config->directories[0].implicit);
	assert_int_equal(config->directories[0].kind, DIRECTORY_USERINFO);
	assert_string_equal(config->directories[0].provider, "corp");
	assert_true(config->directories[0].min_loa == UINT32_MAX);
}

static void test_a_directory_takes_its_interval_from_the_agent(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take(MINIMUM "[agent]\nsync_interval = 2m\n[directory d]\nkind = userinfo\n"
			     "[directory e]\nkind = userinfo\ninterval = 3m\n");

	(void)state;
	assert_int_equal(config->n_directories, 2);
	assert_false(config->directories[0].implicit);
	assert_int_equal(config_directory(config, "d")->interval, 2 * USEC_PER_MINUTE);
	assert_int_equal(config_directory(config, "e")->interval, 3 * USEC_PER_MINUTE);
}

static void test_a_service_takes_what_it_leaves_out_from_default(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[service sudo]\nmax_age = 15m\n[service default]\nprompt = short\nmax_age = 8h\n"
		"scope = a b\n" MINIMUM);

	(void)state;
	assert_int_equal(config_service(config, "sudo")->max_age, 15 * USEC_PER_MINUTE);
	assert_int_equal(config_service(config, "sudo")->prompt, CONFIG_PROMPT_SHORT);
	assert_int_equal(config_service(config, "sudo")->scope.n, 2);
	assert_int_equal(config_service(config, "login")->max_age, 8 * USEC_PER_HOUR);
	assert_string_equal(config->services[config->n_services - 1].name, "default");
}

static void test_a_token_for_one_purpose_is_dropped(void **state)
{
	_cleanup_(config_freep) struct config *plain = take(MINIMUM);
	_cleanup_(config_freep) struct config *config =
		take("[service su]\ntokens = keep\n[service sudo]\nmax_age = 15m\n"
		     "[service ftp]\ntokens = drop\n[service default]\ntokens = keep\n"
		     "at_close = keep\n" MINIMUM);

	(void)state;
	assert_true(config_keeps_tokens(plain, "sshd"));
	assert_false(config_keeps_tokens(plain, "sudo"));
	assert_false(config_keeps_tokens(plain, "su-l"));
	assert_int_equal(config_service(plain, "sshd")->at_close, AT_CLOSE_REVOKE);
	assert_true(config_keeps_tokens(config, "su"));
	assert_false(config_keeps_tokens(config, "sudo")); /* default speaks for others */
	assert_false(config_keeps_tokens(config, "sudo-i"));
	assert_false(config_keeps_tokens(config, "ftp"));
	assert_true(config_keeps_tokens(config, "login"));
	assert_int_equal(config_service(config, "login")->at_close, AT_CLOSE_KEEP);
}

static void test_sections_may_be_walked_for_the_other_half(void **state)
{
	_cleanup_(config_freep) struct config *config = take(
		"[provider p]\nissuer = https://p.example.org\nclient_id = h\n"
		"client_auth = private_key_jwt\nclient_key = file:/etc/idp/key.pem\nleeway = 1m\n"
		"scope =  openid \t email \n[allow a]\nneed = group:a\n");
	const struct config_section *section = config->providers[0].section;
	bool key = false, leeway = false, scope = false;

	(void)state;
	assert_ptr_equal(section, &config->sections[0]);
	assert_string_equal(section->kind_name, "provider");
	assert_int_equal(section->place.line, 1);
	for (size_t i = 0; i < section->n_pairs; i++) {
		const struct config_pair *pair = &section->pairs[i];

		if (strcmp(pair->key, "client_key") == 0) {
			key = pair->type == 'S' &&
			      !pair->net; /* signing keys stay in the authority */
		} else if (strcmp(pair->key, "leeway") == 0) {
			leeway = pair->type == 'n' && pair->net && strcmp(pair->value, "60") == 0 &&
				 pair->place.line == 6;
		} else if (strcmp(pair->key, "scope") == 0) {
			scope = pair->type == 's' && strcmp(pair->value, "openid email") == 0;
		}
	}
	assert_true(key && leeway && scope);
}

/* ---- the table: every key, good and bad ---- */

struct sample {
	enum config_type type;
	const char *good[3];
	const char *bad[8];
};

static const struct sample samples[] = {
	{ TYPE_TEXT, { "x", "two words" }, { "" } },
	{ TYPE_WORD, { "x" }, { "", "two words", "\"x\"" } },
	{ TYPE_NAME, { "corp" }, { "", "a b", "a=b", "a|b" } },
	{ TYPE_BOOL, { "yes", "no" }, { "", "true", "YES", "1" } },
	{ TYPE_NUMBER, { NULL }, { "", "-1", "4294967296", "1 ", "0x10", "007" } },
	{ TYPE_TIME, { NULL }, { "", "900", "-1s", "15 m", "1w", "99999d", "m", "1.5h" } },
	{ TYPE_RANGE,
	  { "1879048192-2147483647" },
	  { "", "1", "5-5", "9-1", "1-4294967296", "1-2-3", "a-b" } },
	{ TYPE_PATH, { "/bin/sh" }, { "", "bin/sh", "/", "/a/../b", "/a//b", "/a b" } },
	{ TYPE_TEMPLATE,
	  { "/home/%u", "/h/%u/x" },
	  { "", "/home", "home/%u", "/home/%d", "/%u/../x", "/h/%u%" } },
	{ TYPE_PATHS, { "/bin/sh", "/bin/sh /bin/dash" }, { "sh", "/bin/sh /bin/sh", "/" } },
	{ TYPE_NAMES, { "root", "root rescue" }, { "", "Root", "a:b", "root root", "-a" } },
	{ TYPE_GROUPS, { "staff", "staff Wheel.2" }, { "", "a:b", "a/b", "a a", "-a" } },
	{ TYPE_UUID,
	  { "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2b" },
	  { "", "8E9F24CA-78F5-4C69-9E4F-0EFBEAC7BB2B", "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2",
	    "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2b1", "8e9f24ca78f54c699e4f0efbeac7bb2b1234",
	    "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2g", "8" } },
	{ TYPE_SCOPES, { "openid", "a b:c/d" }, { "a\"b", "a a", "a\\b", "\xc3\xa9" } },
	{ TYPE_ACRS, { "https://refeds.org/profile/mfa" }, { "a a", "\xc3\xa9" } },
	{ TYPE_POINTER, { "/a", "/a/b~1c" }, { "", "a", "/", "/a~", "/a~2", "/a b" } },
	{ TYPE_SOURCE,
	  { "/a", "userinfo:/a/b~1c", "/urn:x:y/a" },
	  { "", "a", "userinfo", "userinfo:", "userinfo:a", "user:/a", "token:/a~2", ":/a" } },
	{ TYPE_SUBJECT,
	  { "id_token", "token:/user_id", "/id" },
	  { "", "/", "id_token:/oid", "token", "token:", "introspection:/sub", "uid",
	    "token:/a b" } },
	{ TYPE_URL,
	  { "https://a.example.org", "https://a/b?c=d" },
	  { "", "http://a", "https://", "https:///x", "https://u@h/", "https://h/#f", "ftp://h",
	    "https://h/a b" } },
	{ TYPE_ISSUER,
	  { "https://a.example.org", "https://a.example.org/", "a.example.org" },
	  { "", "http://a", "https://a?b", "a..example.org", "example", "https://h/<",
	    "https://:80/" } },
	{ TYPE_REDIRECT,
	  { "http://127.0.0.1/", "http://[::1]:8080/idp", "https://h/show-code" },
	  { "", "http://h/", "http://127.0.0.1.evil.example/", "http://127.0.0.1@h/",
	    "http://localhost/#f", "http://127.0.0.1:x/", "app:/code", "https://u@h/" } },
	{ TYPE_DISCOVERY,
	  { "oidc", "oauth", "https://h/.well-known/x" },
	  { "", "OIDC", "http://h/", "x" } },
	{ TYPE_RESOURCE,
	  { "https://h/a?b=c", "urn:example:host", "app.x+y:z" },
	  { "", "h", "//h/a", "1a:b", "https:", ":b", "https://h/#f", "https://h/{x}" } },
	{ TYPE_LOGOUT,
	  { "https://a/out", "https://a/{client_id}?r={return_uri}&e={error_uri}" },
	  { "", "http://a/", "https://{client_id}/", "https://a/{state}", "https://a/{",
	    "https://a/}" } },
	{ TYPE_SECRET,
	  { "credential:a", "file:/etc/idp/s" },
	  { "", "hunter2", "file:s", "file:/", "credential:", "credential:a/b", "credential:..",
	    "env:X" } },
	{ TYPE_KEY,
	  { "file:/etc/idp/s", "pkcs11:object=a", "pkcs11:token=a;id=%01?pin-source=file:/p" },
	  { "", "hunter2", "file:s", "pkcs11:", "pkcs11:token=a", "pkcs11:object=a b",
	    "pkcs11:object=a?pin-value=1", "pkcs11:object=a?module-path=/x" } },
	{ TYPE_NETS, { "local", "10.0.0.0/8 ::/0" }, { "" } },
	{ TYPE_ATOMS, { "group:a" }, { "" } },
	{ TYPE_RUNG, { "a | b" }, { "" } },
	{ TYPE_VERDICT, { "permit" }, { "" } },
};

static int try_value(const struct config_key *key, const char *text)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	char reason[REASON_MAX] = "";
	struct config_value value;
	int r;

	assert_non_null(arena);
	r = config_value_parse(key, text, arena, reason, &value);
	assert_true(r == 0 || r == CONFIG_E_REFUSED);
	assert_int_equal(r > 0, reason[0] != '\0');
	return r;
}

/* Words of a closed set have their own good and bad. */
static bool try_words(const struct config_key *key)
{
	char word[256];
	size_t len = 0;

	if (!key->words)
		return false;
	for (const char *at = key->words; *at; at += len + (at[len] ? 1 : 0)) {
		len = strcspn(at, "|");
		(void)snprintf(word, sizeof(word), "%.*s", (int)len, at);
		assert_int_equal(try_value(key, word), 0);
		word[0] = (char)(word[0] ^ 0x20);
		assert_int_equal(try_value(key, word), CONFIG_E_REFUSED);
	}
	assert_int_equal(try_value(key, "zzz"), CONFIG_E_REFUSED);
	assert_int_equal(try_value(key, key->type == TYPE_CHOICE ? "" : "none"), CONFIG_E_REFUSED);
	return true;
}

/* The least and the most are good, what lies beyond is not. */
static void try_bounds(const struct config_key *key)
{
	const char *unit = key->type == TYPE_TIME ? "s" : "";
	char text[32];

	if (key->type != TYPE_TIME && key->type != TYPE_NUMBER)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu64 "%s", key->min, unit);
	assert_int_equal(try_value(key, text), 0);
	if (key->max < 1000000) { /* the most digits a time may have */
		(void)snprintf(text, sizeof(text), "%" PRIu64 "%s", key->max, unit);
		assert_int_equal(try_value(key, text), 0);
	}
	(void)snprintf(text, sizeof(text), "%" PRIu64 "%s", key->max + 1, unit);
	assert_int_equal(try_value(key, text), CONFIG_E_REFUSED);
	if (key->min > 0) {
		(void)snprintf(text, sizeof(text), "%" PRIu64 "%s", key->min - 1, unit);
		assert_int_equal(try_value(key, text), CONFIG_E_REFUSED);
	}
}

static void try_key(const struct config_key *key)
{
	size_t n_tried = 0;

	if (try_words(key))
		return;
	try_bounds(key);
	for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
		const struct sample *sample = &samples[i];

		if (sample->type != key->type &&
		    !(key->type == TYPE_WORDS && sample->type == TYPE_TEXT))
			continue;
		for (size_t j = 0; j < ELEMENTSOF(sample->good) && sample->good[j]; j++, n_tried++)
			if (try_value(key, sample->good[j]) != 0)
				fail_msg("%s = %s was refused", key->key, sample->good[j]);
		for (size_t j = 0; j < ELEMENTSOF(sample->bad) && sample->bad[j]; j++, n_tried++)
			if (try_value(key, sample->bad[j]) == 0)
				fail_msg("%s = %s was taken", key->key, sample->bad[j]);
	}
	if (n_tried < 2)
		fail_msg("there is no sample for %s", key->key);
}

static void test_every_key_takes_good_and_refuses_bad_values(void **state)
{
	(void)state;
	assert_true(n_config_keys > 80);
	for (size_t i = 0; i < n_config_keys; i++)
		try_key(&config_keys[i]);
}

static void test_every_default_is_a_good_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->def && try_value(key, key->def) != 0)
			fail_msg("the default of %s is refused: %s", key->key, key->def);
		assert_false(key->def && (key->flags & CONFIG_KEY_MUST));
		/* A sentence for a person. */
		assert_true(key->help[0] >= 'A' && key->help[strlen(key->help) - 1] == '.');
	}
}

/* [KIND x] KEY = BAD in a whole file: refused, and the line says which key. */
static void test_every_key_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];
		char text[1024], wanted[128];

		if (key->flags & CONFIG_KEY_MANY || key->type == TYPE_TEXT)
			continue;
		(void)snprintf(text, sizeof(text), "[%s%s]\n%s = \"?\"\n", key->kind_name,
			       key->kind == CONFIG_AGENT ? "" : " zz", key->key);
		(void)snprintf(wanted, sizeof(wanted),
			       "t.conf:2: %s: values stand without quotes\n", key->key);
		refuse_saying(text, wanted);
	}
}

static void test_limits_of_length_and_count(void **state)
{
	char issuer[ISSUER_LEN_MAX + 16] = "https://h/";
	const struct config_key *key = config_key_find(CONFIG_PROVIDER, "issuer");

	(void)state;
	memset(issuer + strlen(issuer), 'a', ISSUER_LEN_MAX - strlen(issuer));
	assert_int_equal(try_value(key, issuer), 0);
	issuer[ISSUER_LEN_MAX] = 'a';
	assert_int_equal(try_value(key, issuer), CONFIG_E_REFUSED);
	key = config_key_find(CONFIG_AGENT, "sync_interval");
	assert_int_equal(try_value(key, "30s"), 0);
	assert_int_equal(try_value(key, "29s"), CONFIG_E_REFUSED);
	assert_int_equal(try_value(key, "7d"), 0);
	assert_int_equal(try_value(key, "169h"), CONFIG_E_REFUSED);
	assert_int_equal(try_value(key, "no"), CONFIG_E_REFUSED);
	assert_int_equal(try_value(config_key_find(CONFIG_AGENT, "offline"), "no"), 0);
}

/* ---- refusals, word for word ---- */

static void test_unknown_words_are_refused_with_a_suggestion(void **state)
{
	(void)state;
	refuse("[provder corp]\n" MINIMUM,
	       "t.conf:1: unknown section [provder]: did you mean [provider]?\n");
	refuse("[nothing like it]\nx = 1\n" MINIMUM, "t.conf:1: unknown section [nothing]\n");
	refuse(MINIMUM "[agent]\nlog-level = info\n",
	       "t.conf:7: unknown key \"log-level\" in [agent]: did you mean \"log_level\"?\n");
	refuse("[provider corp]\nissuer = https://x.example.org\nisuer = https://x.example.org\nclient_id = h\n"
	       "[allow a]\nneed = group:a\n",
	       "t.conf:3: unknown key \"isuer\" in [provider corp]: did you mean \"issuer\"?\n");
	refuse(MINIMUM "[agent]\ncolour = red\n", "t.conf:7: unknown key \"colour\" in [agent]\n");
	refuse(MINIMUM "[agent]\nlog_level = inof\n",
	       "t.conf:7: log_level: \"inof\" is not known here: did you mean \"info\"?\n");
	refuse(MINIMUM "[agent]\nlog_level = loud\n",
	       "t.conf:7: log_level: \"loud\" is not error, warning, notice, info or debug\n");
}

static void test_what_stands_twice_is_refused(void **state)
{
	(void)state;
	refuse(MINIMUM "[allow staff]\nneed = group:x\n",
	       "t.conf:6: [allow staff] stands here a second time; the first is t.conf:4\n");
	refuse(MINIMUM "any = group:a\nany = group:b\n",
	       "t.conf:7: \"any\" stands here a second time; the first is t.conf:6\n");
	refuse(MINIMUM "[agent]\n[agent]\n",
	       "t.conf:7: [agent] stands here a second time; the first is t.conf:6\n");
	/* another kind of the same name is another section */
	config_free(take(MINIMUM "[deny staff]\nneed = group:x\n"));
}

static void test_sections_need_proper_names(void **state)
{
	(void)state;
	refuse(MINIMUM "[allow]\nneed = group:x\n",
	       "t.conf:6: [allow] needs a name: write [allow NAME]\n");
	refuse(MINIMUM "[agent x]\n", "t.conf:6: [agent] has no name: there is only one\n");
	refuse_saying(MINIMUM "[deny a b]\nneed = group:x\n",
		      "t.conf:6: \"a b\" cannot name a section");
	refuse("x = 1\ny = 2\n" MINIMUM, "t.conf:1: \"x\" stands before any [section]\n");
	refuse(MINIMUM "[agent\n",
	       "t.conf:6: a section starts with '[' but does not end with ']'\n");
}

static void test_a_provider_must_say_who_it_is(void **state)
{
	(void)state;
	refuse("", "t.conf: there is no [provider NAME] section: nobody could sign in\n");
	refuse("[provider p]\n",
	       "t.conf:1: [provider p] has no issuer: the issuer, byte for byte as the platform writes it "
	       "in its tokens.\n"
	       "t.conf:1: [provider p] has no client_id: the name under which this host is registered at "
	       "the platform; or write mode = jwt, where tokens are checked and nobody signs in\n");
	refuse("[provider p]\nissuer =\nclient_id =\n",
	       "t.conf:2: issuer: there is no value after '='\nt.conf:3: client_id: there is no value after '='\n");
	refuse("[provider p]\nissuer = http://id.example.org\nclient_id = x\n",
	       "t.conf:2: issuer: \"http://id.example.org\" is not encrypted: only https:// addresses are "
	       "allowed\n");
	refuse("[provider p]\nissuer = http://127.0.0.1:8080\nclient_id = x\n",
	       "t.conf:2: issuer: \"http://127.0.0.1:8080\" is not encrypted: only https:// addresses are "
	       "allowed\n");
	refuse(MINIMUM "[provider q]\nissuer = https://id.example.org\nclient_id = x\n",
	       "t.conf:7: [provider q] has the issuer of [provider corp]: whose are its people?\n");
}

static void test_a_request_that_is_bound_by_less_is_told(void **state)
{
	_cleanup_free_ char *said = NULL;
	struct config *config = NULL;

	(void)state;
#define P "[provider p]\nissuer = https://p.example.org\nclient_id = x\n"
#define A "[allow a]\nneed = group:a\n"
	assert_int_equal(conf_parse("", P "state = off\npar = require\n" A, &config, &said), 0);
	assert_non_null(strstr(said, "t.conf:4: note: [provider p] state = off is weaker"));
	assert_int_equal(config->providers[0].state, CONFIG_STATE_OFF);
	assert_int_equal(config->providers[0].par, CONFIG_PAR_REQUIRE);
	config_free(config);
	refuse(P "mode = oauth2\nsubject_from = token:/id\ntoken_endpoint = https://t/\n"
		 "device_endpoint = https://d/\nstate = off\n" A,
	       "t.conf:8: state = off needs a platform that shows what binds a code instead; with "
	       "mode = oauth2 nothing does\n");
	refuse(P "par = no\npar_endpoint = https://p/\n" A,
	       "t.conf:5: par = no: then par_endpoint is never used\n");
#undef A
#undef P
}

/* Said twice, and told at every load. */
static void test_passwords_are_off_unless_two_say_so(void **state)
{
	_cleanup_free_ char *said = NULL, *idle = NULL;
	struct config *config = NULL;

	(void)state;
#define P "[provider p]\nissuer = https://p.example.org\nclient_id = x\n"
#define A "[allow a]\nneed = group:a\n"
	refuse(P A "[service sshd]\nflow = password\n",
	       "t.conf:7: flow = password shows people's passwords to this host, which RFC 9700 "
	       "forbids: use device or code; who must, also writes password_grant = yes in "
	       "[provider p]\n");
	assert_int_equal(
		conf_parse("", P "password_grant = yes\n" A "[service sshd]\nflow = password\n",
			   &config, &said),
		0);
	assert_non_null(strstr(said, "t.conf:8: note: [service sshd] flow = password is weak"));
	assert_int_equal(config_service(config, "sshd")->flow, CONFIG_FLOW_PASSWORD);
	assert_int_equal(config_service(config, "sudo")->flow, CONFIG_FLOW_DEVICE);
	config = config_free(config);
	assert_int_equal(conf_parse("", P "password_grant = yes\n" A, &config, &idle), 0);
	assert_non_null(strstr(idle, "t.conf:4: note: [provider p] password_grant = yes, and no"));
	config = config_free(config);
	refuse_saying(
		"[provider p]\npreset = spid\nissuer = https://p.example.org\nclient_id = x\n"
		"client_key = file:/k\npassword_grant = yes\n" A
		"[service sshd]\nflow = password\n",
		"t.conf:6: preset = spid knows no password grant: leave password_grant out\n");
#undef A
#undef P
}

static void test_an_audience_that_an_id_token_has_is_refused(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;
	(void)state;
#define P "[provider p]\nissuer = https://p.example.org\nclient_id = x\naudience = https://h x\n"
	refuse(P "access_typ = JWT\n[allow a]\nneed = group:a\n",
	       "t.conf:4: audience names the client_id, and access_typ is not at+jwt: an ID token "
	       "would look like an access token; leave it out here\n");
	config = take(P "access_typ = at+JWT\nverify = both\n[allow a]\nneed = group:a\n");
	assert_int_equal(config->providers[0].audience.n, 2);
	assert_int_equal(config->providers[0].verify, VERIFY_BOTH);
#undef P
}

static void test_a_token_flow_needs_an_audience(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;
	(void)state;
#define P \
	"[allow a]\nneed = group:a\n[service sudo]\nflow = token\n[provider p]\nissuer = https://p\nclient_id = x\n"
	refuse(P,
	       "t.conf:4: flow = token, but [provider p] has no audience, so no access token could "
	       "be meant for this host: write audience = NAME there\n");
	config = take(P "verify = introspect\n");
	assert_int_equal(config_service(config, "sudo")->flow, CONFIG_FLOW_TOKEN);
	config = config_free(config);
	config = take(P "audience = https://h\n");
#undef P
}

static void test_a_client_that_cannot_prove_itself_is_refused(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;
	(void)state;
#define P "[provider p]\nissuer = https://p.example.org\nclient_id = x\n"
	refuse(P "client_auth = client_secret_basic\n",
	       "t.conf:4: [provider p] proves itself with a secret but has no client_secret: write "
	       "client_secret = credential:NAME or file:PATH\n");
	refuse(P "client_auth = private_key_jwt\n",
	       "t.conf:4: [provider p] proves itself with a key but has no client_key: write client_key = "
	       "credential:NAME, file:PATH or pkcs11:URI\n");
	refuse(P "client_auth = client_secret_basic\nclient_secret = pkcs11:object=k\n",
	       "t.conf:5: client_secret: a token keeps its keys and gives no secret away, and idp-netd "
	       "loads no library of a token: only client_key may be in one; write credential:NAME or "
	       "file:PATH\n");
	refuse(P
	       "client_auth = tls_client_auth\nclient_cert = credential:x\ntls_key = pkcs11:id=%01\n",
	       "t.conf:6: tls_key: a token keeps its keys and gives no secret away, and idp-netd loads "
	       "no library of a token: only client_key may be in one; write credential:NAME or "
	       "file:PATH\n");
	refuse(P "client_auth = private_key_jwt\nclient_key = pkcs11:object=k?pin-value=31337\n",
	       "t.conf:5: client_key: a PIN is not written here: write pin-source=file:PATH\n");
	refuse(P "client_auth = private_key_jwt\nclient_key = pkcs11:object=k?module-path=/x.so\n",
	       "t.conf:5: client_key: which library is loaded is not said here: register it with "
	       "p11-kit, see idp-keyd(8)\n");
	refuse(P "client_auth = private_key_jwt\nclient_key = pkcs11:token=corp\n",
	       "t.conf:5: client_key: it names no key of the token: write object=LABEL or id=%HEX\n");
	config = take(P "client_auth = private_key_jwt\nclient_key = pkcs11:token=corp;object=k\n");
	assert_string_equal(config->providers[0].client_key, "pkcs11:token=corp;object=k");
	assert_true(config_is_token_key(config->providers[0].client_key));
	assert_false(config_is_token_key("file:/etc/pkcs11:x"));
	assert_false(config_is_token_key(NULL));
	refuse(P "client_secret = credential:x\n",
	       "t.conf:4: [provider p] has a client_secret that is never used: set client_auth to "
	       "client_secret_basic or client_secret_post\n");
	refuse(P "client_key = credential:x\n",
	       "t.conf:4: [provider p] has a client_key that is never used: set client_auth to "
	       "private_key_jwt\n");
	refuse(P "client_kid = 7\n",
	       "t.conf:4: client_kid is for client_auth = private_key_jwt only\n");
	refuse(P "client_auth = client_secret_basic\nclient_secret = hunter2\n",
	       "t.conf:5: client_secret: a secret is not written here: write credential:NAME or file:PATH "
	       "and keep it there\n");
	refuse(P "algs = RS256 none\n",
	       "t.conf:4: algs: \"none\" is never allowed: anybody could make such a token\n");
	refuse(P "algs = HS256\n",
	       "t.conf:4: algs: \"HS256\" is never allowed: anybody could make such a token\n");
	/* one slip, one message */
	refuse(P "client_auth = client_secret\nclient_secret = credential:x\n",
	       "t.conf:4: client_auth: \"client_secret\" is not none, client_secret_basic, "
	       "client_secret_post, private_key_jwt, tls_client_auth or self_signed_tls_client_auth\n");
	refuse(P "client_auth = tls_client_auth\nclient_cert = credential:x\n",
	       "t.conf:4: [provider p] proves itself with a certificate but has no tls_key: write "
	       "tls_key = credential:NAME or file:PATH\n");
	refuse(P "client_auth = self_signed_tls_client_auth\ntls_key = credential:x\n",
	       "t.conf:4: [provider p] proves itself with a certificate but has no client_cert: write "
	       "client_cert = credential:NAME or file:PATH\n");
	refuse(P "tls_key = credential:x\n",
	       "t.conf:4: tls_key is for client_auth = tls_client_auth and "
	       "self_signed_tls_client_auth only\n");
	/* The key that signs is never the one that is handed to idp-netd. */
	refuse(P
	       "client_auth = tls_client_auth\nclient_cert = credential:x\ntls_key = credential:y\n"
	       "client_key = credential:z\n",
	       "t.conf:7: [provider p] has a client_key that is never used: set client_auth to "
	       "private_key_jwt\n");
	refuse(P "client_auth = private_key_jwt\nclient_key = credential:z\nclient_aud = a b\n",
	       "t.conf:6: client_aud: one word belongs here, without blanks\n");
	refuse(P "client_aud = https://p.example.org\n",
	       "t.conf:4: client_aud is for client_auth = private_key_jwt only\n");
#undef P
}

#define P                                                               \
	"[provider p]\nissuer = https://p.example.org\nclient_id = x\n" \
	"[allow a]\nneed = group:a\n[provider q]\nissuer = https://q.example.org\nclient_id = x\n"
#define O P "mode = oauth2\ntoken_endpoint = https://q/t\ndevice_endpoint = https://q/d\n"

/* Which ways of saying who somebody is a platform of each kind can have. */
static void test_what_cannot_say_who_somebody_is_is_refused(void **state)
{
	static const char *const good[] = {
		P "",
		P "subject_from = id_token\n",
		P "subject_from = userinfo\n",
		P "subject_from = userinfo:/employee/number\n",
		P "subject_from = token:/user_id\n",
		P "mode = oidc\nsubject_from = token:/user_id\ngroups_from = id_token:/groups\n",
		O "subject_from = token:/user_id\n",
		O "subject_from = token:/user_id\nscope = profile\n",
		O "subject_from = token:/user_id\ndiscovery = no\n",
		P "mode = oauth2\npreset = pingfederate\nsubject_from = token:/user_id\n",
		O "subject_from = userinfo\nuserinfo_endpoint = https://q/u\n",
		O "subject_from = token:/id\nuserinfo_endpoint = https://q/u\n"
		  "groups_from = userinfo:/roles\nentitlements_from = token:/products\n",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		config_free(take(good[i]));
	refuse(P "mode = oauth2\n",
	       "t.conf:9: [provider q] has mode = oauth2, where nothing is discovered, but no "
	       "token_endpoint: write its address\n"
	       "t.conf:9: [provider q] has mode = oauth2, where nothing is discovered, but nowhere for "
	       "people to sign in: write device_endpoint or authorization_endpoint\n"
	       "t.conf:9: [provider q] has mode = oauth2 but no subject_from: write subject_from = "
	       "token:/NAME, a member of the token response, or userinfo\n");
	refuse(O "subject_from = id_token\n",
	       "t.conf:12: subject_from = id_token, but mode = oauth2 has no ID token: write "
	       "token:/NAME, a member of the token response, or userinfo:/NAME\n");
	refuse(O "subject_from = userinfo\n",
	       "t.conf:12: subject_from = userinfo, but with mode = oauth2 nothing is discovered: write "
	       "userinfo_endpoint\n");
	refuse(O "subject_from = token:/id\ngroups_from = userinfo:/g\n",
	       "t.conf:13: groups_from = userinfo:/g, but with mode = oauth2 nothing is discovered: "
	       "write userinfo_endpoint\n");
	refuse(O "subject_from = token:/id\nentitlements_from = id_token:/e\n",
	       "t.conf:13: entitlements_from = id_token:/e, but mode = oauth2 has no ID token: write "
	       "token:/NAME, a member of the token response, or userinfo:/NAME\n");
	refuse(O "subject_from = token:/id\nscope = openid profile\n",
	       "t.conf:13: scope asks for openid, but mode = oauth2 looks at no ID token: remove "
	       "openid, or set mode = oidc\n");
	refuse(O "subject_from = token:/id\ndiscovery = oauth\ntyp = JWT\n",
	       "t.conf:13: discovery is for mode = oidc only: remove it\n"
	       "t.conf:14: typ is for mode = oidc only: remove it\n");
	refuse(P "uid_from = token:/user_id\n",
	       "t.conf:9: unknown key \"uid_from\" in [provider q]: did you mean \"subject_from\"?\n");
	refuse(P "subject_from = /uidNumber\n",
	       "t.conf:9: subject_from = /uidNumber is for mode = jwt: write id_token, userinfo, "
	       "userinfo:/NAME or token:/NAME; the Unix id is uid_from of a [directory]\n");
	refuse(P "mode = oauth\n", "t.conf:9: mode: \"oauth\" is not known here: did you mean "
				   "\"oauth2\"?\n");
}

static void test_plain_oauth_has_no_defaults_of_openid(void **state)
{
	_cleanup_(config_freep) struct config *config = take(O "subject_from = token:/user_id\n");
	const struct config_provider *q = config_provider(config, "q");
	const struct config_provider *p = config_provider(config, "p");

	(void)state;
	assert_int_equal(q->mode, CONFIG_MODE_OAUTH2);
	assert_int_equal(q->scope.n, 0);
	assert_null(q->discovery);
	assert_string_equal(q->subject_from, "token:/user_id");
	assert_int_equal(p->mode, CONFIG_MODE_OIDC);
	assert_string_equal(p->subject_from, "id_token");
	assert_int_equal(p->scope.n, 2);
}
#undef O
#undef P

static void test_directories_and_services_name_a_provider_that_exists(void **state)
{
	(void)state;
	refuse(MINIMUM "[service sshd]\nprovider = crop\n",
	       "t.conf:7: there is no [provider crop]: did you mean \"corp\"?\n");
	refuse(MINIMUM "[directory d]\nkind = userinfo\nprovider = zzz\n",
	       "t.conf:8: there is no [provider zzz]\n");
	refuse(MINIMUM
	       "[provider q]\nissuer = https://q.example.org\nclient_id = x\n[directory d]\nkind = userinfo\n",
	       "t.conf:9: [directory d] does not say whose people it holds and there are 2 providers: write "
	       "provider = corp, or another\n");
	refuse(MINIMUM "[directory d]\nkind = scim\nauth = bearer\n",
	       "t.conf:6: [directory d] has no url: the base address of SCIM, the part before /Users\n"
	       "t.conf:8: [directory d] has no token: write token = credential:NAME or file:PATH\n");
	refuse(MINIMUM "[directory d]\nkind = scim\nurl = https://h/scim\n",
	       "t.conf:6: [directory d] fetches a token as the client of [provider corp], which has nothing "
	       "to prove itself with: set its client_auth, or auth = bearer here\n");
	refuse(MINIMUM "[directory d]\nkind = userinfo\nurl = https://h/scim\n",
	       "t.conf:8: url is for kind = scim or keycloak only\n");
	refuse(MINIMUM "[directory d]\n",
	       "t.conf:6: [directory d] has no kind: scim, keycloak: ask a server for all people and groups; "
	       "file: read them from one; userinfo: learn people as they sign in.\n");
}

/* REALM: a provider and a directory of Keycloak, up to the url. */
#define REALM                                                                                       \
	"[provider corp]\nissuer = https://sso.example.org/realms/corp\nclient_id = host\n"         \
	"client_auth = client_secret_basic\nclient_secret = credential:s\n[allow a]\nservice = *\n" \
	"need = provider:corp\n[directory d]\nkind = keycloak\n"

static void test_a_realm_of_keycloak_is_that_of_its_people(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take(REALM "url = https://sso.example.org/admin/realms/corp/\n");
	const struct config_directory *directory = config_directory(config, "d");

	(void)state;
	assert_int_equal(directory->kind, DIRECTORY_KEYCLOAK);
	assert_true(config_directory_is_read(directory));
	assert_string_equal(config_directory_word(directory), "keycloak");
	assert_string_equal(directory->subject_from, "/id");
	assert_string_equal(directory->name_from, "/username");
	assert_null(directory->gecos_from);
	assert_null(directory->group_name_from);
	assert_null(directory->path);
	assert_int_equal(directory->groups.n, 1);
	assert_string_equal(directory->groups.items[0], "groups");
	refuse(REALM, "t.conf:9: [directory d] has no url: the realm's admin API, "
		      "https://HOST/admin/realms/REALM\n");
	refuse(REALM "url = https://sso.example.org/realms/corp\n",
	       "t.conf:11: [directory d] url is not the admin API of a realm: write it as "
	       "https://HOST/admin/realms/REALM\n");
	refuse(REALM "url = https://sso.example.org/admin/realms/corp/users\n",
	       "t.conf:11: [directory d] url is not the admin API of a realm: write it as "
	       "https://HOST/admin/realms/REALM\n");
	refuse(REALM "url = https://sso.example.org/admin/realms/corporate\n",
	       "t.conf:11: [directory d] reads the realm corporate, but the people of [provider corp] are "
	       "those of the realm corp\n");
	refuse(REALM "url = https://sso.example.org/admin/realms/corp\nfilter = x\npath = /etc/x\n",
	       "t.conf:12: filter is for kind = scim only\n"
	       "t.conf:13: path is for kind = file only\n");
	refuse(REALM "url = https://sso.example.org/admin/realms/corp\ngroups = teams\n",
	       "t.conf:12: groups: \"teams\" is not groups or roles\n");
}
#undef REALM

static void test_a_directory_can_be_a_file(void **state)
{
	_cleanup_(config_freep) struct config *config =
		take(MINIMUM "[directory d]\nkind = file\nmin_loa = 2\n");
	const struct config_directory *directory = config_directory(config, "d");

	(void)state;
	assert_int_equal(directory->kind, DIRECTORY_FILE);
	assert_true(config_directory_is_read(directory));
	assert_string_equal(directory->path, "/etc/idp/directory.json");
	assert_null(directory->name_from);
	assert_null(directory->subject_from);
	refuse(MINIMUM "[directory d]\nkind = file\npath = people.json\n",
	       "t.conf:8: path: \"people.json\" is not an absolute path without '..', '//' and ':'\n");
	refuse(MINIMUM "[directory d]\nkind = file\nuid_from = /uid\nurl = https://h/\n",
	       "t.conf:8: uid_from is for kind = scim or userinfo or keycloak only\n"
	       "t.conf:9: url is for kind = scim or keycloak only\n");
	refuse(MINIMUM "[directory d]\nkind = userinfo\ngroups = roles\n",
	       "t.conf:8: groups is for kind = keycloak only\n");
}

static void test_a_least_level_needs_a_level(void **state)
{
	(void)state;
	refuse(MINIMUM
	       "[directory d]\nkind = scim\nurl = https://h/\nauth = bearer\ntoken = credential:t\nmin_loa = 2\n",
	       "t.conf:11: [directory d] has a min_loa but no loa_from: nobody would be known\n");
	refuse(MINIMUM "[directory d]\nkind = userinfo\nmin_loa = 2\n",
	       "t.conf:8: min_loa is for kind = scim or keycloak or file only\n");
}

static void test_who_is_hidden_is_said_in_words(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;

	(void)state;
	config = take(MINIMUM "[directory d]\nkind = userinfo\n");
	assert_int_equal(config->directories[0].hide.n, 3);
	config = config_free(config);
	config = take(MINIMUM "[directory d]\nkind = userinfo\nhide = nobody\n");
	assert_int_equal(config->directories[0].hide.n, 1);
	assert_string_equal(config->directories[0].hide.items[0], "nobody");
	refuse(MINIMUM "[directory d]\nkind = userinfo\nhide = ended nobody\n",
	       "t.conf:8: hide = nobody stands alone: write it, or the others\n");
}

static void test_both_forms_of_a_name_need_a_domain(void **state)
{
	_cleanup_(config_freep) struct config *config = NULL;

	(void)state;
	refuse(MINIMUM "[directory d]\nkind = userinfo\nnames = qualified\naliases = yes\n",
	       "t.conf:8: [directory d] has no domain that names could be qualified with: write domain = "
	       "example.org\n"
	       "t.conf:9: [directory d] has no domain that names could be qualified with: write domain = "
	       "example.org\n");
	refuse(MINIMUM "[directory d]\nkind = userinfo\ndomain = Example.org\n",
	       "t.conf:8: \"Example.org\" is not a domain in small letters: write it as example.org, with at "
	       "most 30 bytes\n");
	refuse("[agent]\nhome = /home/%d/%s\n" MINIMUM "[directory d]\nkind = userinfo\n",
	       "t.conf:2: home has %d, and [directory d] has no domain: write domain = example.org there\n");
	config = take(MINIMUM "[directory d]\nkind = userinfo\ndomain = example.org\n"
			      "names = qualified\naliases = yes\nname_case = lower\n");
	assert_string_equal(config->directories[0].domain, "example.org");
	assert_int_equal(config->directories[0].names, NAMES_QUALIFIED);
	assert_int_equal(config->directories[0].name_case, NAME_CASE_LOWER);
	assert_true(config->directories[0].aliases);
}

static void test_reserved_ids_are_never_given(void **state)
{
	static const char *const bad[] = {
		"0-100",
		"500-5000",
		"1000-60001",
		"1000-70000",
		"65535-70000",
		"65000-65534",
		"524288-600000",
		"1879048191-1879048200",
		"2147483647-2147483648",
		"1-4294967295",
		"400000-524288",
		"60500-60578",
	};
	static const char *const good[] = {
		"1000-60000", "65536-524287", "1879048192-2147483647", "60578-61183", "65520-65533",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		(void)snprintf(text, sizeof(text), "%s[agent]\nid_range = %s\n", MINIMUM, bad[i]);
		refuse_saying(text, "t.conf:7: id_range: the system reserves ");
	}
	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		(void)snprintf(text, sizeof(text), "%s[agent]\nid_range = %s\n", MINIMUM, good[i]);
		config_free(take(text));
	}
}

/* The starts config-check.c knows against the function everybody else asks. */
static void test_no_reserved_id_hides_inside_a_range(void **state)
{
	static const uint32_t edges[] = {
		1000,
		60000,
		60001,
		60577,
		60578,
		61183,
		61184,
		65519,
		65520,
		65533,
		65534,
		65535,
		65536,
		524287,
		524288,
		UID_RANGE_FLOOR - 1,
		UID_RANGE_FLOOR,
		UID_RANGE_CEILING,
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(edges); i++)
		for (size_t j = i + 1; j < ELEMENTSOF(edges); j++) {
			struct config *config = NULL;
			_cleanup_free_ char *said = NULL;
			bool reserved = false;

			/* between two edges nothing changes */
			for (size_t k = i; k <= j; k++)
				reserved = reserved || name_is_reserved_id(edges[k]);
			(void)snprintf(text, sizeof(text),
				       "%s[agent]\nid_range = %" PRIu32 "-%" PRIu32 "\n", MINIMUM,
				       edges[i], edges[j]);
			assert_int_equal(conf_parse("", text, &config, &said),
					 reserved ? CONFIG_E_REFUSED : 0);
			config_free(config);
		}
}

static void test_all_problems_are_told_in_the_order_of_the_lines(void **state)
{
	(void)state;
	refuse("[agent]\nhome = /home\nlog_levl = info\nleeway = 1\n[provider p]\nclient_id = x\n"
	       "leeway = 30\n[allow a]\n",
	       "t.conf:2: home: \"/home\" has no %u: everybody would share one home\n"
	       "t.conf:3: unknown key \"log_levl\" in [agent]: did you mean \"log_level\"?\n"
	       "t.conf:4: unknown key \"leeway\" in [agent]\n"
	       "t.conf:5: [provider p] has no issuer: the issuer, byte for byte as the platform writes it "
	       "in its tokens.\n"
	       "t.conf:7: leeway: \"30\" has no unit: write 30s, 30m, 30h or 30d\n"
	       "t.conf:8: [allow a] has neither need nor any: it would let everybody in; say who, as in "
	       "need = group:staff\n");
}

static void test_problems_are_bounded_but_all_are_counted(void **state)
{
	struct config_source source = { .file = "t.conf" };
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;
	char *text = NULL, *said = NULL;
	size_t len = 0, said_len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	for (unsigned i = 0; i < 300; i++)
		(void)fprintf(out, "[nokind%u x]\n", i);
	assert_int_equal(fclose(out), 0);
	source.text = text;
	source.len = len;
	assert_int_equal(config_parse(&source, 1, &problems, &config), CONFIG_E_REFUSED);
	assert_int_equal(problems.n, CONFIG_PROBLEMS_MAX);
	assert_int_equal(problems.n_errors, 301); /* and no provider */
	out = open_memstream(&said, &said_len);
	assert_non_null(out);
	config_problems_print(&problems, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(said, "... and 237 problems more\n"));
	config_problems_done(&problems);
	free(said);
	free(text);
}

static void test_ids_of_local_users_are_worth_a_note(void **state)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;

	(void)state;
	assert_int_equal(
		conf_parse("", MINIMUM "[agent]\nid_range = 20000-30000\nbreak_glass = rescue\n",
			   &config, &said),
		0);
	assert_string_equal(
		said,
		"t.conf:7: note: id_range: useradd(8) gives ids of 1000 to 60000 to local users as well; see "
		"that the two never meet\n"
		"t.conf:8: note: break_glass does not name root; root is local and gets in all the same\n");
	config_free(config);
}

static void test_nobody_allowed_is_worth_a_note(void **state)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;

	(void)state;
	assert_int_equal(conf_parse("",
				    "[provider p]\nissuer = https://p.example.org\nclient_id = x\n",
				    &config, &said),
			 0);
	assert_string_equal(
		said,
		"t.conf:1: note: there is no [allow] rule: nobody of any platform may enter\n");
	config_free(config);
}

/* ---- files in order ---- */

static void test_sections_of_several_files_are_one_configuration(void **state)
{
	struct config_source sources[] = {
		{ .file = "idp.conf", .text = "[service sudo]\nprovider = b\n" },
		{ .file = "conf.d/a.conf",
		  .text = "[provider b]\nissuer = https://b.example.org\nclient_id = x\n" },
		{ .file = "conf.d/b.conf", .text = "[allow x]\nneed = provider:b\n[provider b]\n" },
	};
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(sources); i++)
		sources[i].len = strlen(sources[i].text);
	assert_int_equal(config_parse(sources, 3, &problems, &config), CONFIG_E_REFUSED);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.items[0].file, "conf.d/b.conf");
	assert_string_equal(problems.items[0].text,
			    "[provider b] stands here a second time; the first is conf.d/a.conf:1");
	config_problems_done(&problems);
	sources[2].len -= strlen("[provider b]\n");
	assert_int_equal(config_parse(sources, 3, &problems, &config), 0);
	assert_string_equal(config_service(config, "sudo")->provider, "b");
	config_free(config);
	/* a section ends with its file */
	sources[0].text = "[agent]\n";
	sources[0].len = strlen(sources[0].text);
	sources[1].text = "enumerate = yes\n";
	sources[1].len = strlen(sources[1].text);
	assert_int_equal(config_parse(sources, 2, &problems, &config), CONFIG_E_REFUSED);
	assert_string_equal(problems.items[0].text,
			    "there is no [provider NAME] section: nobody could sign in");
	assert_string_equal(problems.items[1].text, "\"enumerate\" stands before any [section]");
	config_problems_done(&problems);
}

/* ---- robustness ---- */

static void test_flipped_and_cut_text_never_crashes(void **state)
{
	static const char whole[] = MINIMUM
		"[agent]\nid_range = 70000-80000\nhome = /home/%u\nshells = /bin/a /bin/b\n"
		"[directory d]\nkind = scim\nurl = https://h/scim\nauth = bearer\ntoken = credential:t\n"
		"[scope s]\nprotects = sudo\nprovider = corp\nrequest = on-demand\noptional = no\n"
		"[ladder loa]\n1 = claim:/loa=1 | x\n2 = acr:https://m\n[ladder acr.a]\n1 = x | y\n"
		"[allow b]\nservice = sudo \\\n sshd\nfrom = 10.0.0.0/8 local ::1\nas = root\n"
		"need = scope:s loa:2 acr:a.1 fresh:15m user:anna subject:person\n"
		"any = claim:/x=y entitlement:e path-scope:s.read:/a amr:otp\nnever = group:n\n"
		"session = 10h\noffline = no\nmax-age = 8h\nsay = no\n"
		"[expect e]\nwho = user:anna group:staff\nsshd = permit rule=staff\n";
	char text[sizeof(whole)];
	unsigned n_taken = 0;

	(void)state;
	config_free(take(whole));
	for (size_t i = 0; i < sizeof(whole) - 1; i++)
		for (unsigned flip = 0; flip < 9; flip++) {
			struct config_source source = { .file = "t",
							.text = text,
							.len = sizeof(whole) - 1 };
			struct config_problems problems = { .n = 0 };
			struct config *config = NULL;

			memcpy(text, whole, sizeof(whole));
			if (flip == 8)
				source.len = i;
			else
				text[i] = (char)(text[i] ^ (1 << flip));
			n_taken += config_parse(&source, 1, &problems, &config) == 0;
			config_free(config);
			config_problems_done(&problems);
		}
	assert_true(n_taken > 0);
}

/* ---- the example that is installed ---- */

static char *read_example(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	char *text = NULL;
	size_t room = 0;
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/etc/idp.conf", top ? top : ".");
	in = fopen(path, "re");
	assert_non_null(in);
	assert_true(getdelim(&text, &room, '\0', in) > 0);
	assert_int_equal(fclose(in), 0);
	return text;
}

static void test_the_example_is_good_as_it_is(void **state)
{
	_cleanup_free_ char *text = read_example();
	_cleanup_(config_freep) struct config *config = take(text);

	(void)state;
	assert_int_equal(config->n_providers, 1);
}

/* The rows "#key = value" of each commented "#[kind ...]" in the example. */
static void check_example_line(enum config_kind kind, char *line, bool *seen)
{
	char *equals = strchr(line, '=');
	const struct config_key *row;
	char *value;

	assert_non_null(equals);
	value = equals + 1 + strspn(equals + 1, " ");
	while (equals > line && equals[-1] == ' ')
		equals--;
	*equals = '\0';
	row = config_key_find(kind, line);
	if (!row)
		fail_msg("etc/idp.conf has a key that does not exist: %s", line);
	if (try_value(row, value) != 0)
		fail_msg("etc/idp.conf has a bad value: %s = %s", line, value);
	if (row->def && strcmp(row->def, value) != 0)
		fail_msg("etc/idp.conf says %s = %s, but the default is %s", line, value, row->def);
	seen[row - config_keys] = true;
}

static void test_the_example_shows_every_key_with_its_default(void **state)
{
	_cleanup_free_ char *text = read_example();
	_cleanup_free_ bool *seen = calloc(n_config_keys, sizeof(*seen));
	enum config_kind kind = CONFIG_AGENT;
	char *rest = text;

	(void)state;
	assert_non_null(seen);
	while (rest) {
		char *line = strsep(&rest, "\n");
		char name[32];

		if (line[0] != '#' || line[1] == ' ' || line[1] == '\0')
			continue;
		if (sscanf(line, "#[%31[a-z]", name) == 1)
			assert_true(config_kind_find(name, &kind));
		else
			check_example_line(kind, line + 1, seen);
	}
	for (size_t i = 0; i < n_config_keys; i++)
		if (!seen[i] && !(config_keys[i].kind == CONFIG_GROUPS &&
				  config_keys[i].flags & CONFIG_KEY_MANY))
			fail_msg("etc/idp.conf does not show %s of [%s]", config_keys[i].key,
				 config_keys[i].kind_name);
}

static void test_near_words(void **state)
{
	(void)state;
	assert_int_equal(config_near("issuer", "issuer"), CONFIG_FAR);
	assert_int_equal(config_near("isuer", "issuer"), CONFIG_NEAR_LETTERS);
	assert_int_equal(config_near("isuser", "issuer"), CONFIG_NEAR_LETTERS); /* swapped */
	assert_int_equal(config_near("Issuer", "issuer"), CONFIG_NEAR_CASE);
	assert_int_equal(config_near("log-level", "log_level"), CONFIG_NEAR_CASE);
	assert_int_equal(config_near("ab", "xy"), CONFIG_FAR);
	assert_int_equal(config_near("a", "b"), CONFIG_FAR);
	assert_int_equal(config_near("", "x"), CONFIG_FAR);
	assert_int_equal(config_near("staff", "stuff"), CONFIG_NEAR_LETTERS);
	assert_int_equal(config_near("staff", "stiff1"), CONFIG_NEAR_LETTERS);
	assert_int_equal(config_near("need", "node"), CONFIG_FAR);
}

TEST_MAIN(TEST(test_five_lines_suffice), TEST(test_without_directory_the_first_provider_teaches),
	  TEST(test_a_directory_takes_its_interval_from_the_agent),
	  TEST(test_a_service_takes_what_it_leaves_out_from_default),
	  TEST(test_a_token_for_one_purpose_is_dropped),
	  TEST(test_sections_may_be_walked_for_the_other_half),
	  TEST(test_what_cannot_say_who_somebody_is_is_refused),
	  TEST(test_plain_oauth_has_no_defaults_of_openid),
	  TEST(test_every_key_takes_good_and_refuses_bad_values),
	  TEST(test_every_default_is_a_good_value), TEST(test_every_key_is_refused_with_its_line),
	  TEST(test_limits_of_length_and_count),
	  TEST(test_unknown_words_are_refused_with_a_suggestion),
	  TEST(test_what_stands_twice_is_refused), TEST(test_sections_need_proper_names),
	  TEST(test_a_provider_must_say_who_it_is),
	  TEST(test_a_request_that_is_bound_by_less_is_told),
	  TEST(test_passwords_are_off_unless_two_say_so),
	  TEST(test_an_audience_that_an_id_token_has_is_refused),
	  TEST(test_a_token_flow_needs_an_audience),
	  TEST(test_a_client_that_cannot_prove_itself_is_refused),
	  TEST(test_directories_and_services_name_a_provider_that_exists),
	  TEST(test_a_realm_of_keycloak_is_that_of_its_people),
	  TEST(test_a_directory_can_be_a_file), TEST(test_a_least_level_needs_a_level),
	  TEST(test_who_is_hidden_is_said_in_words),
	  TEST(test_both_forms_of_a_name_need_a_domain), TEST(test_reserved_ids_are_never_given),
	  TEST(test_no_reserved_id_hides_inside_a_range),
	  TEST(test_all_problems_are_told_in_the_order_of_the_lines),
	  TEST(test_problems_are_bounded_but_all_are_counted),
	  TEST(test_ids_of_local_users_are_worth_a_note), TEST(test_nobody_allowed_is_worth_a_note),
	  TEST(test_sections_of_several_files_are_one_configuration),
	  TEST(test_flipped_and_cut_text_never_crashes), TEST(test_the_example_is_good_as_it_is),
	  TEST(test_the_example_shows_every_key_with_its_default), TEST(test_near_words))
