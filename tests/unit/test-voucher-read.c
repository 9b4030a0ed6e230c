/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/voucher-read.h"

#include "tests/lib/test.h"

#include "common/secret.h"

/* {"alg":"RS256","use":"sig","typ":"at+jwt"} and {"jti":"j","exp":9} */
#define HEADER  "eyJhbGciOiJSUzI1NiIsInVzZSI6InNpZyIsInR5cCI6ImF0K2p3dCJ9"
#define PAYLOAD "eyJqdGkiOiJqIiwiZXhwIjo5fQ"
#define TOKEN   HEADER "." PAYLOAD ".c2ln"

static void test_an_answer_is_read(void **state)
{
	static const char body[] = "{\"access_token\":\"" TOKEN
				   "\",\"token_type\":\"Bearer\",\"expires_in\":600}";
	struct voucher_answer answer;

	(void)state;
	assert_int_equal(voucher_read(body, strlen(body), &answer), 0);
	assert_string_equal(answer.voucher->text, TOKEN);
	assert_string_equal(answer.type, "Bearer");
	assert_string_equal(answer.typ, "at+jwt");
	assert_int_equal(answer.expires_in, 600);
	assert_string_equal(json_string_value(json_object_get(answer.claims, "jti")), "j");
	voucher_answer_done(&answer);
}

static void test_what_is_no_voucher_is_refused(void **state)
{
#define WITH(token) "{\"token_type\":\"Bearer\",\"access_token\":\"" token "\"}"
	static const struct {
		const char *body;
		int outcome;
	} rows[] = {
		{ "", VOUCHER_E_JSON },
		{ "<html>", VOUCHER_E_JSON },
		{ "[]", VOUCHER_E_JSON },
		{ WITH(TOKEN) "x", VOUCHER_E_JSON },
		{ "{}", VOUCHER_E_SHAPE },
		{ "{\"access_token\":\"" TOKEN "\"}", VOUCHER_E_SHAPE },
		{ "{\"token_type\":\"Bearer\"}", VOUCHER_E_SHAPE },
		{ "{\"token_type\":7,\"access_token\":\"" TOKEN "\"}", VOUCHER_E_SHAPE },
		{ "{\"token_type\":\"A-kind-nobody-knows\",\"access_token\":\"" TOKEN "\"}",
		  VOUCHER_E_SHAPE },
		{ "{\"token_type\":\"Bearer\",\"expires_in\":-1,\"access_token\":\"" TOKEN "\"}",
		  VOUCHER_E_SHAPE },
		{ "{\"token_type\":\"Bearer\",\"expires_in\":\"600\",\"access_token\":\"" TOKEN
		  "\"}",
		  VOUCHER_E_SHAPE },
		{ WITH(""), VOUCHER_E_TOKEN },
		{ WITH("opaque"), VOUCHER_E_TOKEN },
		{ WITH(HEADER "." PAYLOAD), VOUCHER_E_TOKEN },
		{ WITH(HEADER "." PAYLOAD "."), VOUCHER_E_TOKEN },
		{ WITH(TOKEN ".x"), VOUCHER_E_TOKEN },
		{ WITH(TOKEN "\\r\\nX-Evil: 1"), VOUCHER_E_TOKEN },
		{ WITH(TOKEN " "), VOUCHER_E_TOKEN },
		{ WITH(HEADER "=." PAYLOAD ".c2ln"), VOUCHER_E_TOKEN },
		{ WITH("bm8." PAYLOAD ".c2ln"), VOUCHER_E_TOKEN },
		{ WITH(HEADER ".bm8.c2ln"), VOUCHER_E_TOKEN },
		{ WITH(HEADER ".W10.c2ln"), VOUCHER_E_TOKEN }, /* [] */
		{ WITH("eyJ0eXAiOjF9." PAYLOAD ".c2ln"), VOUCHER_E_TOKEN }, /* {"typ":1} */
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct voucher_answer answer;
		int r = voucher_read(rows[i].body, strlen(rows[i].body), &answer);

		if (r != rows[i].outcome)
			fail_msg("%s: %d", rows[i].body, r);
		assert_true(*voucher_sentence(r));
		voucher_answer_done(&answer);
	}
}

static void test_problems_are_read_and_cleaned(void **state)
{
	static const struct {
		const char *body, *code, *text;
	} rows[] = {
		{ "{\"title\":\"Bad\",\"status\":400,\"detail\":\"Bad request\",\"errors\":[{"
		  "\"code\":\"015-0008\",\"detail\":\"Unable to generate a token for the given "
		  "request\"}]}",
		  "015-0008", "Unable to generate a token for the given request" },
		{ "{\"detail\":\"Bad request\",\"errors\":[]}", "", "Bad request" },
		{ "{\"detail\":\"Bad request\",\"errors\":[7]}", "", "Bad request" },
		{ "{\"errors\":[{\"code\":\"a\\u001bb\",\"detail\":\"c\\nd\"}]}", "a?b", "c?d" },
		{ "{\"error\":\"invalid_client\",\"error_description\":\"no\"}", "invalid_client",
		  "no" },
		{ "<html>", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct voucher_problem problem;

		voucher_read_problem(rows[i].body, strlen(rows[i].body), &problem);
		assert_string_equal(problem.code, rows[i].code);
		assert_string_equal(problem.text, rows[i].text);
	}
}

TEST_MAIN(TEST(test_an_answer_is_read), TEST(test_what_is_no_voucher_is_refused),
	  TEST(test_problems_are_read_and_cleaned))
