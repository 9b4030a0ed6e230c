/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sign-in says through the keys *_from, and whether the account phase finds it again. */

#include "tests/lib/test.h"

#include <string.h>

#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/traits.h"
#include "tests/lib/conf.h"

#define HEAD "[provider city]\nissuer = https://city.example.org\nclient_id = host\n"
#define ALL                                                                        \
	HEAD "roles_from = /roles\nproducts_from = /products\nsite_from = /site\n" \
	     "origin_from = /origin\nuuid_from = /id\ntenant_from = /tenant_id\n"  \
	     "details_from = /required_details\n"

#define CLAIMS_MAX 16u

/* An identity of (path, value) pairs; nothing is owned. */
struct told {
	struct identity identity;
	struct identity_claim claims[CLAIMS_MAX];
	char texts[2 * CLAIMS_MAX][64];
};

static void tell(struct told *told, const char *path, const char *value)
{
	size_t n = told->identity.n_claims;

	assert_true(n < CLAIMS_MAX);
	(void)snprintf(told->texts[2 * n], sizeof(told->texts[0]), "%s", path);
	(void)snprintf(told->texts[2 * n + 1], sizeof(told->texts[0]), "%s", value);
	told->claims[n] = (struct identity_claim){ .path = told->texts[2 * n],
						   .value = told->texts[2 * n + 1] };
	told->identity.claims = told->claims;
	told->identity.n_claims = n + 1;
}

/* What rules see of it at once, and what they see of the facts it leaves behind. */
struct seen {
	struct traits now, then;
	struct access_request at_once, later;
	struct store_fact facts[64];
	struct store_facts kept;
};

static void look(struct seen *seen, const struct config *config, const struct told *told)
{
	const struct config_provider *provider = &config->providers[0];
	size_t n = 0;

	*seen = (struct seen){ .at_once.now = 0 };
	assert_int_equal(traits_read(&seen->now, provider, &told->identity), 0);
	traits_put(&seen->now, &seen->at_once);
	traits_keep(&seen->now, seen->facts, &n);
	assert_true(n <= traits_count(&seen->now));
	assert_true(n <= ELEMENTSOF(seen->facts));
	seen->kept = (struct store_facts){ .n = n, .facts = seen->facts };
	assert_int_equal(traits_recall(&seen->then, provider, &seen->kept), 0);
	traits_put(&seen->then, &seen->later);
}

static void look_away(struct seen *seen)
{
	traits_done(&seen->now);
	traits_done(&seen->then);
}

static void same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a && b)
		assert_string_equal(a, b);
}

static void same_list(const struct access_list *a, const struct access_list *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->items[i], b->items[i]);
}

static void same_requests(const struct access_request *a, const struct access_request *b)
{
	same_list(&a->roles, &b->roles);
	same_list(&a->products, &b->products);
	assert_int_equal(a->roles_unknown, b->roles_unknown);
	assert_int_equal(a->products_unknown, b->products_unknown);
	assert_int_equal(a->details_missing, b->details_missing);
	same_text(a->site, b->site);
	same_text(a->origin, b->origin);
	same_text(a->uuid, b->uuid);
	same_text(a->tenant, b->tenant);
	same_text(a->client, b->client);
}

static void test_everything_is_told_and_kept(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(ALL, "");
	struct told told = { .identity.n_claims = 0 };
	struct seen seen;

	(void)state;
	tell(&told, "/roles", "ROLE_USER");
	tell(&told, "/roles", "ROLE_ADMIN");
	tell(&told, "/products", "AOW");
	tell(&told, "/site", "LNF");
	tell(&told, "/origin", "self");
	tell(&told, "/id", "9b2c");
	tell(&told, "/tenant_id", "60e3");
	tell(&told, "/azp", "portal");
	look(&seen, config, &told);
	assert_int_equal(seen.at_once.roles.n, 2);
	assert_string_equal(seen.at_once.roles.items[1], "ROLE_ADMIN");
	assert_string_equal(seen.at_once.products.items[0], "AOW");
	assert_string_equal(seen.at_once.site, "LNF");
	assert_string_equal(seen.at_once.origin, "self");
	assert_string_equal(seen.at_once.uuid, "9b2c");
	assert_string_equal(seen.at_once.tenant, "60e3");
	assert_string_equal(seen.at_once.client, "portal");
	assert_false(seen.at_once.details_missing);
	same_requests(&seen.at_once, &seen.later);
	look_away(&seen);
}

static void test_what_was_to_be_told_and_is_not(void **state)
{
	_cleanup_(config_freep) struct config *all = conf_take(ALL, "");
	_cleanup_(config_freep) struct config *none = conf_take(HEAD, "");
	struct told told = { .identity.n_claims = 0 };
	struct seen seen;

	(void)state;
	look(&seen, all, &told);
	assert_null(seen.at_once.site); /* not known, so nothing is escaped by it */
	assert_null(seen.at_once.origin);
	assert_null(seen.at_once.uuid);
	assert_null(seen.at_once.tenant);
	assert_string_equal(seen.at_once.client, "");
	assert_false(seen.at_once.roles_unknown); /* an empty list is one */
	same_requests(&seen.at_once, &seen.later);
	/* the keys were written after that sign-in */
	look_away(&seen);
	look(&seen, none, &told);
	assert_string_equal(seen.at_once.tenant, "");
	assert_false(seen.at_once.roles_unknown);
	same_requests(&seen.at_once, &seen.later);
	traits_done(&seen.then);
	assert_int_equal(traits_recall(&seen.then, &all->providers[0], &seen.kept), 0);
	traits_put(&seen.then, &seen.later);
	assert_null(seen.later.tenant);
	assert_true(seen.later.roles_unknown);
	assert_true(seen.later.products_unknown);
	assert_false(seen.later.details_missing);
	look_away(&seen);
}

static void test_a_provider_that_is_gone_tells_nothing(void **state)
{
	struct told told = { .identity.n_claims = 0 };
	struct traits traits;
	struct access_request request = { .now = 0 };

	(void)state;
	tell(&told, "/tenant_id", "60e3");
	assert_int_equal(traits_read(&traits, NULL, &told.identity), 0);
	traits_put(&traits, &request);
	assert_null(request.tenant);
	assert_null(request.client);
	assert_true(request.roles_unknown);
	assert_true(request.products_unknown);
	traits_done(&traits);
}

static void test_a_text_told_twice_is_not_known(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(ALL, "");
	struct told told = { .identity.n_claims = 0 };
	struct seen seen;

	(void)state;
	tell(&told, "/tenant_id", "60e3");
	tell(&told, "/tenant_id", "another");
	tell(&told, "/site", "LNF"); /* in the ID token and in userinfo */
	tell(&told, "/site", "LNF");
	tell(&told, "/origin", "");
	tell(&told, "/client_id", "a");
	tell(&told, "/client_id", "b");
	tell(&told, "/azp", "c");
	tell(&told, "/id/uuid", "9b2c"); /* an object */
	look(&seen, config, &told);
	assert_null(seen.at_once.tenant);
	assert_string_equal(seen.at_once.site, "LNF");
	assert_null(seen.at_once.origin);
	assert_null(seen.at_once.client);
	assert_null(seen.at_once.uuid);
	look_away(&seen);
}

static void test_a_list_of_more_than_texts_is_not_known(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(ALL, "");
	struct told told = { .identity.n_claims = 0 };
	struct seen seen;

	(void)state;
	tell(&told, "/roles", "ROLE_USER");
	tell(&told, "/roles/name", "ROLE_ADMIN");
	tell(&told, "/products2", "x"); /* another member */
	look(&seen, config, &told);
	assert_true(seen.at_once.roles_unknown);
	assert_int_equal(seen.at_once.roles.n, 1);
	assert_false(seen.at_once.products_unknown);
	same_requests(&seen.at_once, &seen.later);
	look_away(&seen);
}

/* An empty list and none at all leave the same claims: idp-netd says which it was. */
static void test_a_list_that_was_not_told_is_not_known(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(ALL, "");
	_cleanup_(config_freep) struct config *none = conf_take(HEAD, "");
	struct told told = { .identity = { .roles_unknown = true } };
	struct seen seen;

	(void)state;
	look(&seen, config, &told);
	assert_true(seen.at_once.roles_unknown);
	assert_false(seen.at_once.products_unknown);
	assert_false(seen.at_once.details_missing);
	same_requests(&seen.at_once, &seen.later);
	look_away(&seen);
	told.identity = (struct identity){ .products_unknown = true, .details_unknown = true };
	look(&seen, config, &told);
	assert_false(seen.at_once.roles_unknown);
	assert_true(seen.at_once.products_unknown);
	assert_true(seen.at_once.details_missing); /* {"birthplace": true} leaves no claim */
	same_requests(&seen.at_once, &seen.later);
	look_away(&seen);
	look(&seen, none, &told); /* no rule can ask for what no key names */
	assert_false(seen.at_once.products_unknown);
	assert_false(seen.at_once.details_missing);
	look_away(&seen);
}

/* The platform lists roles where the entitlements are: idp-netd has sent them as a list. */
static void test_a_list_that_has_a_field_of_its_own(void **state)
{
	_cleanup_(config_freep) struct config *config =
		conf_take(HEAD, "entitlements_from = userinfo:/roles\nroles_from = /roles\n"
				"products_from = /groups\n");
	char *roles[] = { (char[]){ "ROLE_USER" } }, *groups[] = { (char[]){ "AOW" } };
	struct told told = { .identity = { .entitlements = { roles, 1 },
					   .groups = { groups, 1 },
					   .entitlements_unknown = true } };
	struct seen seen;

	(void)state;
	look(&seen, config, &told);
	assert_string_equal(seen.at_once.roles.items[0], "ROLE_USER");
	assert_true(seen.at_once.roles_unknown);
	assert_string_equal(seen.at_once.products.items[0], "AOW");
	assert_false(seen.at_once.products_unknown);
	same_requests(&seen.at_once, &seen.later);
	look_away(&seen);
}

static void test_details_that_are_missing(void **state)
{
	static const struct {
		const char *path, *value;
		bool missing;
	} table[] = {
		{ "/required_details", "birthplace", true },
		{ "/required_details", "true", true },
		{ "/required_details", "false", false },
		{ "/required_details", "0", false },
		{ "/required_details", "", false },
		{ "/required_details/0/name", "phone", true }, /* not read, so not complete */
		{ "/required", "birthplace", false },
	};
	_cleanup_(config_freep) struct config *config = conf_take(ALL, "");

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		struct told told = { .identity.n_claims = 0 };
		struct seen seen;

		tell(&told, table[i].path, table[i].value);
		look(&seen, config, &told);
		if (seen.at_once.details_missing != table[i].missing ||
		    seen.later.details_missing != table[i].missing)
			fail_msg("%s = %s", table[i].path, table[i].value);
		look_away(&seen);
	}
}

static void test_a_program_s_ids(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take(HEAD, "");
	struct told told = { .identity.n_claims = 0 };
	struct seen seen;

	(void)state;
	tell(&told, "/client_id", "a");
	tell(&told, "/azp", "z");
	tell(&told, "/purposeId", "p");
	tell(&told, "/eserviceId", "e");
	tell(&told, "/consumerId", "c");
	look(&seen, config, &told);
	assert_string_equal(seen.at_once.client, "a");
	assert_string_equal(seen.at_once.purpose, "p");
	assert_string_equal(seen.at_once.eservice, "e");
	assert_string_equal(seen.at_once.consumer, "c");
	assert_string_equal(seen.later.purpose, ""); /* of a token, not of a person */
	look_away(&seen);
}

TEST_MAIN(TEST(test_everything_is_told_and_kept), TEST(test_what_was_to_be_told_and_is_not),
	  TEST(test_a_provider_that_is_gone_tells_nothing),
	  TEST(test_a_text_told_twice_is_not_known),
	  TEST(test_a_list_of_more_than_texts_is_not_known),
	  TEST(test_a_list_that_was_not_told_is_not_known),
	  TEST(test_a_list_that_has_a_field_of_its_own), TEST(test_details_that_are_missing),
	  TEST(test_a_program_s_ids))
