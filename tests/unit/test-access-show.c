/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules in sentences, word for word. */

#include "tests/lib/test.h"

#include "common/buf.h"
#include "idp-agentd/core/access-show.h"
#include "tests/lib/conf.h"

#define PROVIDERS                                                              \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n" \
	"[provider infn]\nissuer = https://iam.example.org/\nclient_id = host\n"

struct told {
	struct buf text;
	struct access_shown_counts counts;
};

static void put_rule(void *userdata, const struct access_shown *shown)
{
	struct buf *text = userdata;

	buf_printf(text, "%s %s %s:%u\n%s\n", shown->allow ? "allow" : "deny", shown->name,
		   shown->place.file, shown->place.line, shown->text);
}

/* In lines counted behind the six of PROVIDERS. */
static struct told tell(const char *rules, const char *service)
{
	_cleanup_(config_freep) struct config *config = conf_take(PROVIDERS, rules);
	struct told told;

	buf_init(&told.text, 1u << 20);
	assert_int_equal(
		access_show(config->rules, service, "build7", put_rule, &told.text, &told.counts),
		0);
	told.counts.near = told.counts.near ? "near" : NULL; /* its text ends with the rules */
	assert_int_equal(buf_end(&told.text), 0);
	return told;
}

static void check(const char *rules, const char *service, const char *wanted)
{
	struct told told = tell(rules, service);

	assert_string_equal(told.text.data ? (const char *)told.text.data : "", wanted);
	buf_done(&told.text);
}

static void test_every_part_of_a_rule_is_said(void **state)
{
	(void)state;
	check("[scope host.login]\nprotects = sshd\ndescription = Log in to %h\n"
	      "[ladder loa]\n1 = 1\n2 = 2\n"
	      "[ladder acr.spid]\n2 = https://www.spid.gov.it/SpidL2\n"
	      "[allow shell]\nservice = sshd login\non = build7 build8\nfrom = 10.0.0.0/8 local\n"
	      "need = provider:infn loa:2 scope:host.login acr:spid.2\n"
	      "any = group:/infn/calcolo group:/infn/lnf amr:otp\n"
	      "never = entitlement:barred user:mallory\n"
	      "session = 10h\noffline = 24h\nmax-age = 90m\nsay = Ask the user office.\n",
	      "sshd",
	      "allow shell t.conf:15\n"
	      "This is about people who come from 10.0.0.0/8 or this host itself.\n"
	      "People may enter who signed in at provider infn, are verified to level 2 or higher "
	      "of [ladder loa], were granted the scope host.login (Log in to build7) and signed in "
	      "at level 2 or higher of [ladder acr.spid].\n"
	      "At least one of these has to hold as well: they are in group /infn/calcolo, are in "
	      "group /infn/lnf or signed in with the method otp.\n"
	      "Not those who have the entitlement barred or are the user mallory.\n"
	      "A session may last 10 hours.\n"
	      "Without a new sign-in they may enter until 24 hours after the platform last "
	      "confirmed them.\n"
	      "Their sign-in at the platform may be 90 minutes old.\n"
	      "Who comes close and is refused reads: Ask the user office.\n");
}

static void test_kinds_without_a_ladder(void **state)
{
	(void)state;
	check("[allow a]\nas = root\noffline = no\n"
	      "need = loa:3 acr:https://refeds.org/profile/mfa subject:person from:192.0.2.7 "
	      "fresh:15m claim:/org/unit=calcolo path-scope:storage.read:/data\n",
	      "sudo",
	      "allow a t.conf:7\n"
	      "This is about every service.\n"
	      "This is about becoming root.\n"
	      "People may enter who are verified to level 3 or higher, signed in with the "
	      "authentication context https://refeds.org/profile/mfa, are persons, not programs, "
	      "come from 192.0.2.7, signed in at the platform at most 15 minutes ago, have a token "
	      "that says /org/unit=calcolo and were granted at least storage.read:/data.\n"
	      "Without a new sign-in they may enter only right after the platform has confirmed "
	      "them.\n");
}

/* A kind that nobody found words for would be told as it is written. */
static void test_every_kind_has_words(void **state)
{
	static const char *const atoms[] = {
		"scope:x",       "path-scope:a:/b", "group:g",    "role:R",     "product:P",
		"entitlement:e", "site:s",          "origin:o",   "loa:2",      "acr:x",
		"amr:otp",       "user:bob",        "uuid:u",     "tenant:t",   "provider:corp",
		"client:c",      "purpose:p",       "eservice:e", "consumer:o", "subject:person",
		"from:local",    "fresh:5m",        "claim:/x=y",
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(atoms); i++) {
		char rule[128];
		struct told told;

		(void)snprintf(rule, sizeof(rule), "[deny a]\nneed = %s\n", atoms[i]);
		told = tell(rule, "sshd");
		assert_non_null(strstr((char *)told.text.data, "People may not enter who "));
		assert_null(strstr((char *)told.text.data, "meet "));
		buf_done(&told.text);
	}
}

static void test_a_deny_in_each_of_its_shapes(void **state)
{
	(void)state;
	check("[deny a]\nfrom = 2001:db8::/32\n"
	      "[deny b]\nservice = sshd\nneed = group:x user:bob\nany = amr:pwd\n"
	      "never = group:chiefs\nsay = No.\n"
	      "[deny c]\nany = group:x group:y\n"
	      "[deny d]\nservice = login\nneed = group:x\n",
	      "sshd",
	      "deny a t.conf:7\n"
	      "This is about every service.\n"
	      "This is about people who come from 2001:db8::/32.\n"
	      "Nobody may enter.\n"
	      "deny b t.conf:9\n"
	      "People may not enter who are in group x and are the user bob.\n"
	      "Only those are meant who also signed in with the method pwd.\n"
	      "Those are not meant who are in group chiefs.\n"
	      "Who is refused by it reads: No.\n"
	      "deny c t.conf:15\n"
	      "This is about every service.\n"
	      "People may not enter who are in group x or are in group y.\n");
}

static void test_what_is_elsewhere_is_counted(void **state)
{
	struct told told = tell("[allow a]\nservice = sshd\non = web1\nneed = group:x\n"
				"[allow b]\nservice = sshd\nneed = group:x\n"
				"[deny c]\non = web1\nneed = group:x\n"
				"[deny d]\nneed = group:z\n",
				"sshd");
	(void)state;
	assert_int_equal(told.counts.n_allow, 1);
	assert_int_equal(told.counts.n_deny, 1);
	assert_int_equal(told.counts.n_elsewhere, 2);
	assert_null(told.counts.near);
	buf_done(&told.text);
}

static void test_a_service_that_is_misspelt_has_a_neighbour(void **state)
{
	static const char rules[] = "[allow a]\nservice = login sshd\nneed = group:x\n";
	struct told told = tell(rules, "SSHD");
	(void)state;
	assert_int_equal(told.counts.n_allow, 0);
	assert_non_null(told.counts.near);
	buf_done(&told.text);
	told = tell(rules, "cron");
	assert_null(told.counts.near);
	buf_done(&told.text);
}

/* What a row has no room for is said to be so, and nothing of it half. */
static void test_a_giant_is_not_half_said(void **state)
{
	static const char *const keys[] = { "need", "any", "never" };
	char value[1001], *rule = NULL;
	size_t len;
	FILE *file = open_memstream(&rule, &len);
	struct told told;
	(void)state;
	memset(value, 'g', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_non_null(file);
	(void)fprintf(file, "[allow a]\n");
	for (unsigned i = 0; i < 21; i++)
		(void)fprintf(file, "%s%s group:%s%u%s", i % 7 == 0 ? keys[i / 7] : "",
			      i % 7 == 0 ? " =" : "", value, i, i % 7 == 6 ? "\n" : "");
	assert_int_equal(fclose(file), 0);
	told = tell(rule, "sshd");
	assert_string_equal((const char *)told.text.data,
			    "allow a t.conf:7\nIt is too long to be said in sentences.\n");
	buf_done(&told.text);
	free(rule);
}

static void test_times(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} table[] = {
		{ 0, "0 hours" },      { 1, "1 second" },    { 59, "59 seconds" },
		{ 60, "1 minute" },    { 90, "90 seconds" }, { 3600, "1 hour" },
		{ 86400, "24 hours" }, { 172800, "2 days" }, { 90000, "25 hours" },
	};
	char text[64];
	struct buf out;
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		buf_init_fixed(&out, text, sizeof(text));
		access_put_time(&out, table[i].seconds);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(text, table[i].text);
	}
}

TEST_MAIN(TEST(test_every_part_of_a_rule_is_said), TEST(test_kinds_without_a_ladder),
	  TEST(test_every_kind_has_words), TEST(test_a_deny_in_each_of_its_shapes),
	  TEST(test_what_is_elsewhere_is_counted),
	  TEST(test_a_service_that_is_misspelt_has_a_neighbour),
	  TEST(test_a_giant_is_not_half_said), TEST(test_times))
