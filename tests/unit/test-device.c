/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/device.h"

#include <errno.h>

#include "common/limits.h"
#include "tests/lib/test.h"

#define NOW (1000 * USEC_PER_HOUR)
#define SEC USEC_PER_SEC

static void begin(struct device *device, usec_t interval, usec_t expires)
{
	const struct oauth_device code = { .interval = interval, .expires_in = expires };

	device_begin(device, &code, NOW);
}

/* Goes to the next poll and answers it; the time of the poll. */
static usec_t poll(struct device *device, enum device_event event)
{
	usec_t now = device_deadline(device);

	assert_true(now != USEC_INFINITY);
	assert_true(device_due(device, now));
	assert_int_equal(device_answer(device, event, now), 0);
	return now;
}

static void test_the_interval_of_the_platform_is_obeyed(void **state)
{
	struct device device;

	(void)state;
	begin(&device, 7 * SEC, 600 * SEC);
	assert_int_equal(device_deadline(&device), NOW + 7 * SEC);
	assert_false(device_due(&device, NOW + 7 * SEC - 1));
	assert_int_equal(poll(&device, DEVICE_PENDING), NOW + 7 * SEC);
	assert_int_equal(poll(&device, DEVICE_PENDING), NOW + 14 * SEC);
	assert_int_equal(poll(&device, DEVICE_TOKENS), NOW + 21 * SEC);
	assert_int_equal(device.state, DEVICE_GRANTED);
	assert_int_equal(device_deadline(&device), USEC_INFINITY);
}

static void test_slow_down_adds_five_seconds_for_good(void **state)
{
	struct device device;
	usec_t now;

	(void)state;
	begin(&device, 5 * SEC, 600 * SEC);
	now = poll(&device, DEVICE_SLOW_DOWN);
	assert_int_equal(device_deadline(&device), now + 10 * SEC);
	now = poll(&device, DEVICE_PENDING);
	assert_int_equal(device_deadline(&device), now + 10 * SEC);
	now = poll(&device, DEVICE_SLOW_DOWN);
	assert_int_equal(device_deadline(&device), now + 15 * SEC);
	/* For ever: it still ends with the code. */
	while (device.state == DEVICE_WAITING && device_deadline(&device) < NOW + 600 * SEC)
		now = poll(&device, DEVICE_SLOW_DOWN);
	assert_false(device_due(&device, NOW + 600 * SEC));
	assert_int_equal(device.state, DEVICE_EXPIRED);
}

static void test_a_dead_network_is_asked_more_and_more_seldom(void **state)
{
	struct device device;
	usec_t now, wait = 5 * SEC;

	(void)state;
	begin(&device, 5 * SEC, 600 * SEC);
	for (unsigned i = 0; i < 4; i++) {
		wait = wait * 2 < DEVICE_INTERVAL_MAX ? wait * 2 : DEVICE_INTERVAL_MAX;
		now = poll(&device, DEVICE_UNREACHABLE);
		assert_int_equal(device_deadline(&device), now + wait);
	}
	now = poll(&device, DEVICE_UNREACHABLE);
	assert_int_equal(device_deadline(&device), now + DEVICE_INTERVAL_MAX);
	/* The first answer brings the platform's own interval back. */
	now = poll(&device, DEVICE_PENDING);
	assert_int_equal(device_deadline(&device), now + 5 * SEC);
}

static void test_nothing_is_granted_after_the_code_expired(void **state)
{
	struct device device;

	(void)state;
	begin(&device, 5 * SEC, 20 * SEC);
	assert_true(device_due(&device, NOW + 19 * SEC));
	assert_int_equal(device_answer(&device, DEVICE_TOKENS, NOW + 20 * SEC), 0);
	assert_int_equal(device.state, DEVICE_EXPIRED);
	begin(&device, 50 * SEC, 20 * SEC);
	assert_int_equal(device_deadline(&device), NOW + 20 * SEC);
	assert_false(device_due(&device, NOW + 20 * SEC));
	assert_int_equal(device.state, DEVICE_EXPIRED);
}

static void test_every_event_is_taken_only_where_it_was_asked_for(void **state)
{
	static const enum device_state after[] = {
		[DEVICE_TOKENS] = DEVICE_GRANTED,    [DEVICE_PENDING] = DEVICE_WAITING,
		[DEVICE_SLOW_DOWN] = DEVICE_WAITING, [DEVICE_NO] = DEVICE_DENIED,
		[DEVICE_TOO_LATE] = DEVICE_EXPIRED,  [DEVICE_UNREACHABLE] = DEVICE_WAITING,
		[DEVICE_BROKEN] = DEVICE_FAILED,
	};

	(void)state;
	for (enum device_state s = DEVICE_NONE; s < DEVICE_STATES; s++) {
		for (enum device_event e = DEVICE_TOKENS; e < DEVICE_EVENTS; e++) {
			struct device device;

			begin(&device, 5 * SEC, 600 * SEC);
			device.state = s;
			assert_int_equal(device_answer(&device, e, NOW + SEC),
					 s == DEVICE_ASKING ? 0 : -EPROTO);
			assert_int_equal(device.state, s == DEVICE_ASKING ? after[e] : s);
		}
	}
}

/* Random events at random times never reach GRANTED without DEVICE_TOKENS before the end. */
static void test_no_order_of_events_grants_by_itself(void **state)
{
	uint32_t seed = 12345;

	(void)state;
	for (unsigned run = 0; run < 2000; run++) {
		struct device device;
		usec_t now = NOW;
		bool tokens = false;

		begin(&device, 5 * SEC, 120 * SEC);
		for (unsigned step = 0; step < 60; step++) {
			enum device_event event;

			seed = seed * 1664525u + 1013904223u;
			event = (enum device_event)((seed >> 16) % DEVICE_EVENTS);
			now += (seed >> 8) % (10 * SEC);
			if (device_due(&device, now) && event == DEVICE_TOKENS)
				tokens = now < NOW + 120 * SEC;
			IGNORE(device_answer(&device, event,
					     now)); /* refused in most states: the point */
			assert_true(device.state != DEVICE_GRANTED || tokens);
		}
	}
}

static enum device_event read_answer(enum http_error error, unsigned status, const char *body)
{
	const struct http_answer answer = {
		.error = error,
		.status = status,
		.body = body,
		.body_len = strlen(body),
	};
	struct oauth_tokens tokens;
	struct oauth_error said;
	enum device_event event = device_read(&answer, false, &tokens, &said);

	assert_true((event == DEVICE_TOKENS) == (tokens.access_token != NULL));
	oauth_tokens_done(&tokens);
	return event;
}

static void test_only_a_sound_answer_with_200_is_a_yes(void **state)
{
	static const char tokens[] = "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}";
	static const struct {
		enum http_error error;
		unsigned status;
		const char *body;
		enum device_event event;
	} rows[] = {
		{ HTTP_OK, 200, tokens, DEVICE_TOKENS },
		{ HTTP_OK, 201, tokens, DEVICE_BROKEN },
		{ HTTP_OK, 400, tokens, DEVICE_BROKEN },
		{ HTTP_OK, 500, tokens, DEVICE_UNREACHABLE },
		{ HTTP_OK, 200, "", DEVICE_BROKEN },
		{ HTTP_OK, 200, "{}", DEVICE_BROKEN },
		{ HTTP_OK, 200, "{\"error\":\"authorization_pending\"}", DEVICE_BROKEN },
		{ HTTP_OK, 400, "{\"error\":\"authorization_pending\"}", DEVICE_PENDING },
		{ HTTP_OK, 401, "{\"error\":\"authorization_pending\"}", DEVICE_PENDING },
		{ HTTP_OK, 400, "{\"error\":\"slow_down\"}", DEVICE_SLOW_DOWN },
		{ HTTP_OK, 429, "<html>", DEVICE_SLOW_DOWN },
		{ HTTP_OK, 400, "{\"error\":\"access_denied\"}", DEVICE_NO },
		{ HTTP_OK, 400, "{\"error\":\"expired_token\"}", DEVICE_TOO_LATE },
		{ HTTP_OK, 400, "{\"error\":\"Access_Denied\"}", DEVICE_BROKEN },
		{ HTTP_OK, 400, "{\"error\":\"invalid_grant\"}", DEVICE_BROKEN },
		{ HTTP_OK, 404, "<html>not here</html>", DEVICE_BROKEN },
		{ HTTP_OK, 503, "", DEVICE_UNREACHABLE },
		{ HTTP_E_TIMEOUT, 0, "", DEVICE_UNREACHABLE },
		{ HTTP_E_DNS, 0, "", DEVICE_UNREACHABLE },
		{ HTTP_E_TRUNCATED, 200, tokens, DEVICE_UNREACHABLE },
		{ HTTP_E_UNTRUSTED, 0, "", DEVICE_BROKEN },
		{ HTTP_E_TOO_LARGE, 200, "", DEVICE_BROKEN },
		{ HTTP_E_REDIRECT, 302, "", DEVICE_BROKEN },
		{ HTTP_E_UNSIGNED, 0, "", DEVICE_BROKEN },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (read_answer(rows[i].error, rows[i].status, rows[i].body) != rows[i].event)
			fail_msg("row %zu: %u %s", i, rows[i].status, rows[i].body);
}

TEST_MAIN(TEST(test_the_interval_of_the_platform_is_obeyed),
	  TEST(test_slow_down_adds_five_seconds_for_good),
	  TEST(test_a_dead_network_is_asked_more_and_more_seldom),
	  TEST(test_nothing_is_granted_after_the_code_expired),
	  TEST(test_every_event_is_taken_only_where_it_was_asked_for),
	  TEST(test_no_order_of_events_grants_by_itself),
	  TEST(test_only_a_sound_answer_with_200_is_a_yes))
