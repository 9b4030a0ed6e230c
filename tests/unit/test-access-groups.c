/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [groups]: what may stand there, and whom it gives what. */

#include "tests/lib/test.h"

#include "idp-agentd/core/access.h"
#include "tests/lib/conf.h"

#define LIST(...)                                                                    \
	{                                                                            \
		.n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), \
		.items = (const char *[])                                            \
		{                                                                    \
			__VA_ARGS__                                                  \
		}                                                                    \
	}

#define HEAD                                                                     \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"   \
	"[provider shop]\nissuer = https://shop.example.org\nclient_id = host\n" \
	"[ladder loa]\n1 = 1\n2 = 2\n"                                           \
	"[allow a]\nneed = provider:corp\n"

/* The groups of somebody, joined by blanks. */
static void gives(const char *text, struct access_request request, const char *wanted)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, text);
	const char *items[ACCESS_GROUPS_MAX];
	size_t n = access_groups(config->rules, &request, items);
	char joined[1024] = "";

	for (size_t i = 0; i < n; i++)
		(void)snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			       i ? " " : "", items[i]);
	assert_string_equal(joined, wanted);
}

static void test_claims_give_groups(void **state)
{
	static const char text[] = "[groups prenly]\n"
				   "product:AOW = readers\n"
				   "product:AOW-PLUS = readers premium\n"
				   "role:ROLE_ADMIN = office\n"
				   "group:/infn/calcolo = calcolo\n"
				   "loa:2 = verified\n"
				   "unknown = ignore\n";
	struct access_request anna = { .provider = "corp", .user = "anna" };
	(void)state;
	gives(text, anna, "");
	anna.products = (struct access_list)LIST("AOW");
	gives(text, anna, "readers");
	anna.products = (struct access_list)LIST("AOW-PLUS", "AOW", "never-heard-of");
	gives(text, anna, "readers premium"); /* each once, strangers ignored */
	anna.products = (struct access_list)LIST("aow", "AOW ", "AOW-PLU");
	gives(text, anna, "");
	anna.groups = (struct access_list)LIST("/infn/calcolo");
	anna.loa = "2";
	gives(text, anna, "calcolo verified");
	anna.loa = "1";
	gives(text, anna, "calcolo");
}

static void test_what_cannot_be_told_gives_nothing(void **state)
{
	static const char text[] = "[groups a]\nproduct:AOW = readers\nuser:anna = team\n";
	struct access_request anna = { .provider = "corp", .products_unknown = true };
	(void)state;
	gives(text, anna, "");
	anna.user = "anna";
	gives(text, anna, "team");
	anna.anonymous = true;
	gives(text, anna, "");
	anna.anonymous = false;
	anna.subject_kind = SUBJECT_WORKLOAD;
	gives(text, anna, "");
}

static void test_a_provider_speaks_for_its_own(void **state)
{
	static const char text[] = "[groups a]\nprovider = shop\nproduct:AOW = readers\n"
				   "[groups b]\nproduct:AOW = all\n";
	struct access_request anna = { .provider = "corp", .products = LIST("AOW") };
	(void)state;
	gives(text, anna, "all");
	anna.provider = "shop";
	gives(text, anna, "readers all");
	anna.provider = NULL;
	gives(text, anna, "all");
}

/* The line is cut at its first '=', and the same claim may stand with several values. */
static void test_a_claim_has_a_value(void **state)
{
	static const char text[] = "[groups a]\nclaim:/org/unit=calcolo = calcolo\n"
				   "claim:/org/unit=lnf = lnf friends\n";
	const struct access_claim claims[] = { { "/org/unit", "lnf" }, { "/x", "calcolo" } };
	struct access_request anna = { .provider = "corp", .claims = claims, .n_claims = 2 };
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, text);
	(void)state;
	gives(text, anna, "lnf friends");
	assert_true(access_reads_claim(config->rules, "/org/unit"));
	assert_false(access_reads_claim(config->rules, "/x"));
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} table[] = {
		{ "[groups a]\nproduct:AOW = sudo\n",
		  "t.conf:13: claims never give the group sudo: it opens root's doors or belongs "
		  "to the system; take a name of your own\n" },
		{ "[groups a]\nproduct:AOW = readers docker wheel\n",
		  "t.conf:13: claims never give the group docker: it opens root's doors or belongs "
		  "to the system; take a name of your own\n"
		  "t.conf:13: claims never give the group wheel: it opens root's doors or belongs "
		  "to the system; take a name of your own\n" },
		{ "[groups a]\nproduct:AOW = Read:ers\n",
		  "t.conf:13: \"Read:ers\" is not a group name\n" },
		{ "[groups a]\nproduct:AOW = readers\nunknown = refuse\n",
		  "t.conf:14: unknown: \"refuse\" is not ignore\n" },
		{ "[groups a]\nscope:x = readers\n",
		  "t.conf:13: \"scope:x\" is true of one sign-in, and a Unix group stays: take "
		  "group, role, product, entitlement, site, origin, loa, tenant, provider, user, "
		  "uuid or claim\n" },
		{ "[groups a]\nfresh:5m = readers\n",
		  "t.conf:13: \"fresh:5m\" is true of one sign-in, and a Unix group stays: take "
		  "group, role, product, entitlement, site, origin, loa, tenant, provider, user, "
		  "uuid or claim\n" },
		{ "[groups a]\nprodukt:AOW = readers\n",
		  "t.conf:13: \"produkt:\" is not a kind of condition: did you mean \"product:\"?\n" },
		{ "[groups a]\nclaim:/x = readers\n",
		  "t.conf:13: \"/x\" is no claim: write claim:/JSON/POINTER=VALUE\n" },
		{ "[groups a]\nprovider = crop\nproduct:A = readers\n",
		  "t.conf:13: there is no [provider crop]: did you mean \"corp\"?\n" },
		{ "[groups a]\nproduct:AOW = a\nproduct:AOW = b\n",
		  "t.conf:14: \"product:AOW\" stands here a second time; the first is t.conf:13\n" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++)
		conf_refuse(HEAD, table[i].text, table[i].said);
}

static void test_there_are_not_too_many(void **state)
{
	struct config *config = NULL;
	char *text = NULL, *said = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	(void)state;
	assert_non_null(file);
	for (unsigned i = 0; i < 300; i++) {
		if (i % 30 == 0)
			(void)fprintf(file, "[groups s%u]\n", i);
		(void)fprintf(file, "product:p%u = g%u\n", i, i);
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(conf_parse(HEAD, text, &config, &said), CONFIG_E_REFUSED);
	assert_non_null(strstr(said, "claims may give fewer than 256 groups in all"));
	free(said);
	free(text);
}

TEST_MAIN(TEST(test_claims_give_groups), TEST(test_what_cannot_be_told_gives_nothing),
	  TEST(test_a_provider_speaks_for_its_own), TEST(test_a_claim_has_a_value),
	  TEST(test_what_is_refused), TEST(test_there_are_not_too_many))
