/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "idp-agentd/core/config.h"
#include "idpctl/logout.h"
#include "idpctl/rows.h"
#include "tests/lib/conf.h"

#define PROVIDER(name) "[provider " name "]\nissuer = https://" name ".example\nclient_id = h 1\n"
#define OUT            "https://corp.example/out"

static const struct logout_values back = { .return_uri = "https://app.example/bye" };

static int make(const char *text, const char *found, struct logout_values values, char *reason,
		char *url)
{
	_cleanup_(config_freep) struct config *config = conf_take("", text);
	const struct config_provider *provider;

	assert_int_equal(logout_choose(config, NULL, reason, &provider), 0);
	return logout_make(provider, found, values, reason, url);
}

static void test_the_template_wins_then_the_key_then_what_was_found(void **state)
{
	static const struct logout_values none = { 0 };
	char reason[REASON_MAX], url[LOGOUT_URL_MAX + 1];

	(void)state;
	assert_int_equal(make(PROVIDER("corp") "logout_url = " OUT "/{client_id}?r={return_uri}\n"
					       "end_session_endpoint = https://other.example/\n",
			      NULL, back, reason, url),
			 0);
	assert_string_equal(url, OUT "/h%201?r=https%3A%2F%2Fapp.example%2Fbye");
	assert_int_equal(make(PROVIDER("corp") "end_session_endpoint = " OUT "\n",
			      "https://found.example/", back, reason, url),
			 0);
	assert_string_equal(url, OUT "?client_id=h%201&post_logout_redirect_uri="
				     "https%3A%2F%2Fapp.example%2Fbye");
	assert_int_equal(make(PROVIDER("corp"), "https://found.example/?a=b", none, reason, url),
			 0);
	assert_string_equal(url, "https://found.example/?a=b&client_id=h%201");
	assert_int_equal(make(PROVIDER("corp"), NULL, none, reason, url), CONFIG_E_REFUSED);
	assert_string_equal(reason,
			    "[provider corp] has no logout_url, and no end_session_endpoint "
			    "is known");
	assert_int_equal(make(PROVIDER("corp"), "javascript:alert(1)", none, reason, url),
			 CONFIG_E_REFUSED);
}

static void test_the_provider_is_the_one_named_or_the_only_one(void **state)
{
	_cleanup_(config_freep) struct config *two =
		conf_take("", PROVIDER("corp") PROVIDER("other"));
	const struct config_provider *provider;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(logout_choose(two, NULL, reason, &provider), CONFIG_E_REFUSED);
	assert_string_equal(reason, "there are several providers: name one");
	assert_int_equal(logout_choose(two, "nobody", reason, &provider), CONFIG_E_REFUSED);
	assert_string_equal(reason, "there is no [provider nobody]");
	assert_int_equal(logout_choose(two, "other", reason, &provider), 0);
	assert_string_equal(provider->name, "other");
}

static void test_what_the_doctor_found_is_taken_by_its_topic(void **state)
{
	_cleanup_(config_freep) struct config *config = conf_take("", PROVIDER("corp"));
	static const char *const topics[] = { "provider corp", "logout corporate", "logout cor",
					      "logout corp" };
	struct rows rows = { 0 };

	(void)state;
	assert_null(logout_found(&rows, &config->providers[0]));
	for (size_t i = 0; i < ELEMENTSOF(topics); i++) {
		struct row *row = rows_add(&rows, "finding");

		assert_non_null(row);
		assert_int_equal(row_put(row, 's', "topic", topics[i]), 0);
		assert_int_equal(row_put(row, 's', "text", i == 3 ? OUT : "https://not.example/"),
				 0);
	}
	assert_string_equal(logout_found(&rows, &config->providers[0]), OUT);
	rows_done(&rows);
}

TEST_MAIN(TEST(test_the_template_wins_then_the_key_then_what_was_found),
	  TEST(test_the_provider_is_the_one_named_or_the_only_one),
	  TEST(test_what_the_doctor_found_is_taken_by_its_topic))
