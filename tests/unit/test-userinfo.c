/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/userinfo.h"

#include "idp-agentd/net/json.h"
#include "tests/lib/test.h"

static int read_as(const char *type, unsigned status, const char *body,
		   const struct userinfo_policy *policy)
{
	struct http_answer answer = { .status = status, .body = body, .body_len = strlen(body) };
	char reason[REASON_MAX] = "";
	json_t *object = NULL;
	int r;

	(void)snprintf(answer.content_type, sizeof(answer.content_type), "%s", type);
	r = userinfo_read(&answer, policy, reason, &object);
	assert_int_equal(r == 0, object != NULL);
	assert_int_equal(r == 0 || r == USERINFO_SIGNED, *reason == '\0');
	json_release_p(&object);
	return r;
}

static void test_the_content_type_decides(void **state)
{
	static const char token[] = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1LTEifQ.AAAA";
	static const struct {
		const char *type, *body;
		int oidc, oauth2;
	} rows[] = {
		{ "application/json", "{\"sub\":\"u-1\"}", 0, 0 },
		{ "", "{\"sub\":\"u-1\"}", 0, 0 },
		{ "text/plain", "{\"sub\":\"u-1\"}", 0, 0 },
		{ "application/jwt", "{\"sub\":\"u-1\"}", USERINFO_SIGNED, USERINFO_E_SHAPE },
		{ "application/jwt", token, USERINFO_SIGNED, USERINFO_E_SHAPE },
		{ "application/json", token, USERINFO_E_SHAPE, USERINFO_E_SHAPE },
		{ "text/plain", token, USERINFO_E_SHAPE, USERINFO_E_SHAPE },
		{ "application/jwt2", token, USERINFO_E_SHAPE, USERINFO_E_SHAPE },
		{ "application/json", "{\"sub\":7}", USERINFO_E_SHAPE, 0 },
		{ "application/json", "{}", USERINFO_E_SHAPE, 0 },
		{ "application/json", "{\"sub\":\"\"}", USERINFO_E_SHAPE, 0 },
		{ "application/json", "{\"sub\":\"a\\nb\"}", USERINFO_E_SHAPE, 0 },
		{ "application/json", "{\"sub\":\"a\",\"sub\":\"b\"}", USERINFO_E_SHAPE,
		  USERINFO_E_SHAPE },
		{ "application/json", "[]", USERINFO_E_SHAPE, USERINFO_E_SHAPE },
		{ "application/json", "", USERINFO_E_SHAPE, USERINFO_E_SHAPE },
		{ "application/json", "{\"sub\":\"u-2\"}", USERINFO_E_SOMEBODY, 0 },
		{ "application/json", "{\"sub\":\"U-1\"}", USERINFO_E_SOMEBODY, 0 },
		{ "application/json", "{\"sub\":\"u-1 \"}", USERINFO_E_SOMEBODY, 0 },
	};
	const struct userinfo_policy oidc = { .subject = "u-1" };
	const struct userinfo_policy oauth2 = { .plain_oauth2 = true };
	const struct userinfo_policy anybody = { .subject = NULL };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = read_as(rows[i].type, 200, rows[i].body, &oidc);

		if (r != rows[i].oidc)
			fail_msg("%s %s: %d", rows[i].type, rows[i].body, r);
		r = read_as(rows[i].type, 200, rows[i].body, &oauth2);
		if (r != rows[i].oauth2)
			fail_msg("oauth2: %s %s: %d", rows[i].type, rows[i].body, r);
	}
	assert_int_equal(read_as("application/json", 200, "{\"sub\":\"u-2\"}", &anybody), 0);
}

static void test_no_answer_is_no_person(void **state)
{
	static const char body[] = "{\"sub\":\"u-1\"}";
	const struct userinfo_policy policy = { .subject = "u-1" };
	static const struct {
		unsigned status;
		int outcome;
	} rows[] = {
		{ 200, 0 },
		{ 201, USERINFO_E_REFUSED },
		{ 302, USERINFO_E_REFUSED },
		{ 401, USERINFO_E_REFUSED },
		{ 403, USERINFO_E_REFUSED },
		{ 404, USERINFO_E_REFUSED },
		{ 429, USERINFO_E_UNREACHABLE },
		{ 500, USERINFO_E_UNREACHABLE },
		{ 503, USERINFO_E_UNREACHABLE },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(read_as("application/json", rows[i].status, body, &policy),
				 rows[i].outcome);
	assert_int_equal(read_as("application/jwt", 401, body, &policy), USERINFO_E_REFUSED);
}

TEST_MAIN(TEST(test_the_content_type_decides), TEST(test_no_answer_is_no_person))
