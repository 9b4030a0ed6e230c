/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets, SipHash (the reference vectors), the log's escaping and clock arithmetic. */

#include "tests/lib/test.h"

#include <errno.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/siphash.h"

static void test_secret_life(void **state)
{
	struct secret *secret = secret_new("hunter2", 7);

	(void)state;
	assert_non_null(secret);
	assert_int_equal(secret->len, 7);
	assert_string_equal(secret->text, "hunter2");
	assert_true(secret_equal(secret->text, secret->len, "hunter2", 7));
	assert_false(secret_equal(secret->text, secret->len, "hunter3", 7));
	assert_false(secret_equal(secret->text, secret->len, "hunter", 6));
	assert_true(secret_equal("", 0, "", 0));
	assert_null(secret_free(secret));
	assert_null(secret_free(NULL));
	assert_null(secret_new("x", SIZE_MAX));
}

static void test_random_is_not_constant(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	assert_int_equal(secret_random(a, sizeof(a)), 0);
	assert_int_equal(secret_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(secret_random(a, 0), 0);
}

/* From the reference implementation's vectors: key 00..0f, message 00..len-1. */
static void test_siphash_vectors(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },  { 1, UINT64_C(0x74f839c593dc67fd) },
		{ 7, UINT64_C(0xab0200f58b01d137) },  { 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
	};
	uint8_t key[16], message[16];

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		key[i] = message[i] = i;
	for (size_t i = 0; i < ELEMENTSOF(vectors); i++)
		assert_true(siphash24(key, message, vectors[i].len) == vectors[i].hash);
}

static char logged[4096];

static void keep(int priority, const char *text)
{
	(void)snprintf(logged, sizeof(logged), "%d %s", priority, text);
}

static void test_log_shows_control_bytes(void **state)
{
	(void)state;
	log_set_handler(keep);
	errno = ENOENT;
	log_error("cannot open \x1b[2J\n%s: %m", "x\ty");
	assert_string_equal(logged,
			    "3 cannot open \\x1b[2J\\x0ax\\x09y: No such file or directory");
	assert_int_equal(errno, ENOENT);
	logged[0] = '\0';
	log_debug("not at this level");
	assert_string_equal(logged, "");
	log_set_level(LOG_DEBUG);
	log_debug("now");
	assert_string_equal(logged, "7 now");
	log_set_handler(NULL);
}

static void test_clock(void **state)
{
	usec_t before = clock_now();

	(void)state;
	assert_true(clock_now() >= before);
	assert_true(clock_real() > UINT64_C(1700000000) * USEC_PER_SEC);
	assert_true(clock_add(1, 2) == 3);
	assert_true(clock_add(USEC_INFINITY, 1) == USEC_INFINITY);
	assert_true(clock_add(USEC_INFINITY - 1, 5) == USEC_INFINITY);
}

TEST_MAIN(TEST(test_secret_life), TEST(test_random_is_not_constant), TEST(test_siphash_vectors),
	  TEST(test_log_shows_control_bytes), TEST(test_clock))
