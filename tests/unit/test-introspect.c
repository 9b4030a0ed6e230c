/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Introspection answers as HTTP and JSON, and how long they are remembered. */
#include "tests/lib/test.h"

#include <jansson.h>

#include "common/secret.h"
#include "idp-agentd/net/introspect.h"
#include "idp-agentd/net/json.h"

static int read_answer(unsigned status, const char *type, const char *body)
{
	struct http_answer answer = { .status = status, .body = body, .body_len = strlen(body) };
	char reason[REASON_MAX] = "";
	json_t *object = NULL;
	int r;

	assert_true(snprintf(answer.content_type, sizeof(answer.content_type), "%s", type) >= 0);
	r = introspect_read(&answer, reason, &object);
	assert_true(r >= 0 && (r == 0) == (object != NULL));
	assert_true(r == 0 || strlen(reason) > 10);
	assert_true(strlen(introspect_reason(r)) > 5);
	json_decref(object);
	return r;
}

static void test_only_a_plain_true_is_a_yes(void **state)
{
	static const struct {
		const char *body;
		int outcome;
	} rows[] = {
		{ "{\"active\":true}", 0 },
		{ "{\"active\":false}", INTROSPECT_E_INACTIVE },
		{ "{\"active\":false,\"sub\":\"alice\",\"exp\":9}", INTROSPECT_E_INACTIVE },
		{ "{\"active\":\"true\"}", INTROSPECT_E_SHAPE },
		{ "{\"active\":1}", INTROSPECT_E_SHAPE },
		{ "{\"active\":null}", INTROSPECT_E_SHAPE },
		{ "{\"active\":[true]}", INTROSPECT_E_SHAPE },
		{ "{\"active\":true,\"active\":false}", INTROSPECT_E_SHAPE },
		{ "{\"active\":false,\"active\":true}", INTROSPECT_E_SHAPE },
		{ "{\"Active\":true}", INTROSPECT_E_SHAPE },
		{ "{\"sub\":\"alice\"}", INTROSPECT_E_SHAPE },
		{ "{}", INTROSPECT_E_SHAPE },
		{ "true", INTROSPECT_E_SHAPE },
		{ "[{\"active\":true}]", INTROSPECT_E_SHAPE },
		{ "", INTROSPECT_E_SHAPE },
		{ "{\"active\":true}{}", INTROSPECT_E_SHAPE },
		{ "<!doctype html>", INTROSPECT_E_SHAPE },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (read_answer(200, "application/json", rows[i].body) != rows[i].outcome)
			fail_msg("%s", rows[i].body);
}

static void test_only_200_is_an_answer(void **state)
{
	static const struct {
		unsigned status;
		int outcome;
	} rows[] = {
		{ 201, INTROSPECT_E_REFUSED },     { 302, INTROSPECT_E_REFUSED },
		{ 400, INTROSPECT_E_REFUSED },     { 401, INTROSPECT_E_REFUSED },
		{ 403, INTROSPECT_E_REFUSED },     { 404, INTROSPECT_E_REFUSED },
		{ 429, INTROSPECT_E_UNREACHABLE }, { 500, INTROSPECT_E_UNREACHABLE },
		{ 503, INTROSPECT_E_UNREACHABLE },
	};
	struct http_answer broken = { .error = HTTP_E_TIMEOUT, .reason = "it took too long" };
	char reason[REASON_MAX];
	json_t *object = NULL;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(
			read_answer(rows[i].status, "application/json", "{\"active\":true}"),
			rows[i].outcome);
	assert_int_equal(
		read_answer(200, "application/token-introspection+jwt", "{\"active\":true}"),
		INTROSPECT_E_SHAPE);
	assert_int_equal(introspect_read(&broken, reason, &object), INTROSPECT_E_UNREACHABLE);
	assert_string_equal(reason, "it took too long");
}

static void test_the_question_is_the_one_of_the_rfc(void **state)
{
	_cleanup_(secret_freep) struct secret *token = secret_new("mF_9.B5f-4.1JqM", 15);
	_cleanup_(secret_freep) struct secret *odd = secret_new("a+/=", 4);
	struct buf form;

	(void)state;
	buf_init_secret(&form, 256);
	introspect_put_form(&form, token);
	assert_int_equal(buf_end(&form), 0);
	assert_string_equal((const char *)form.data,
			    "token=mF_9.B5f-4.1JqM&token_type_hint=access_token");
	buf_reset(&form);
	introspect_put_form(&form, odd);
	assert_int_equal(buf_end(&form), 0);
	assert_string_equal((const char *)form.data,
			    "token=a%2B%2F%3D&token_type_hint=access_token");
	buf_done(&form);
}

static struct secret *numbered(unsigned n)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "token-%u", n);

	assert_true(len > 0);
	return secret_new(text, (size_t)len);
}

/* Is there an answer for token n, and is it its own? */
static bool finds(struct introspections *memory, unsigned n, usec_t now)
{
	_cleanup_(secret_freep) struct secret *token = numbered(n);
	_cleanup_(json_release_p) json_t *found = introspections_find(memory, token, now);

	if (found)
		assert_int_equal(json_integer_value(found), n);
	return found != NULL;
}

static void keep(struct introspections **memory, unsigned n, usec_t now, usec_t until)
{
	_cleanup_(secret_freep) struct secret *token = numbered(n);
	_cleanup_(json_release_p) json_t *answer = json_integer(n);

	introspections_keep(memory, token, answer, now, until);
}

static void test_a_yes_is_kept_for_a_while_and_not_longer(void **state)
{
	struct introspections *memory = NULL;
	const usec_t now = 1000 * USEC_PER_SEC, hour = now + USEC_PER_HOUR;

	(void)state;
	assert_false(finds(memory, 1, now));
	keep(&memory, 1, now, hour);
	keep(&memory, 2, now, now + 5 * USEC_PER_SEC);
	keep(&memory, 3, now, now); /* past already */
	assert_true(finds(memory, 1, now) && finds(memory, 2, now));
	assert_false(finds(memory, 3, now));
	assert_false(finds(memory, 12, now));
	assert_true(finds(memory, 2, now + 5 * USEC_PER_SEC - 1));
	assert_false(finds(memory, 2, now + 5 * USEC_PER_SEC)); /* the token's end */
	assert_true(finds(memory, 1, now + INTROSPECT_LIFE_MAX - 1));
	assert_false(finds(memory, 1, now + INTROSPECT_LIFE_MAX));
	assert_false(finds(memory, 1, now)); /* gone is gone */
	memory = introspections_free(memory);
	assert_null(introspections_free(NULL));
}

static void test_the_memory_is_bounded(void **state)
{
	struct introspections *memory = NULL;
	const usec_t now = 1000 * USEC_PER_SEC;
	unsigned found = 0;

	(void)state;
	for (unsigned i = 0; i < 3 * INTROSPECT_KEPT_MAX; i++)
		keep(&memory, i, now + i, now + USEC_PER_HOUR);
	for (unsigned i = 0; i < 3 * INTROSPECT_KEPT_MAX; i++)
		found += finds(memory, i, now + 1000);
	assert_int_equal(found, INTROSPECT_KEPT_MAX);
	assert_true(finds(memory, 3 * INTROSPECT_KEPT_MAX - 1, now + 1000)); /* the newest */
	introspections_free(memory);
}

TEST_MAIN(TEST(test_only_a_plain_true_is_a_yes), TEST(test_only_200_is_an_answer),
	  TEST(test_the_question_is_the_one_of_the_rfc),
	  TEST(test_a_yes_is_kept_for_a_while_and_not_longer), TEST(test_the_memory_is_bounded))
