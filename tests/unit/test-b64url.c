/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict base64url: RFC 4648 section 10 vectors, RFC 7515 appendix A.1, and every refusal. */

#include "tests/lib/test.h"

#include <errno.h>

#include "common/b64url.h"

static int decode(const char *text, uint8_t *out, size_t room, size_t *ret_len)
{
	return b64url_decode(text, strlen(text), out, room, ret_len);
}

/* RFC 4648 section 10, with the padding that base64url in JOSE drops. */
static void test_vectors_both_ways(void **state)
{
	static const struct {
		const char *plain, *text;
	} vectors[] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
		{ "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
		  "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
		uint8_t bytes[64];
		char text[64];
		size_t len = 99;

		assert_int_equal(decode(vectors[i].text, bytes, sizeof(bytes), &len), 0);
		assert_int_equal(len, strlen(vectors[i].plain));
		assert_memory_equal(bytes, vectors[i].plain, len);
		assert_int_equal(b64url_encode(vectors[i].plain, len, text, sizeof(text)), 0);
		assert_string_equal(text, vectors[i].text);
	}
}

static void test_refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = {
		"A",     "AAAAA", "Zh",     "Zm9=", "Zg==",    "Zm+v",    "Zm/v",
		" Zm9v", "Zm9v ", "Zm\n9v", "Zm9",  "\x80m9v", "Zm9\xc3", "Z.9v",
	};
	uint8_t bytes[16];
	size_t len = 99;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		if (strcmp(bad[i], "Zm9") == 0) /* 'fo' has clear trailing bits in Zm8 only */
			continue;
		assert_int_equal(decode(bad[i], bytes, sizeof(bytes), &len), -EBADMSG);
	}
	assert_int_equal(decode("Zm9", bytes, sizeof(bytes), &len), -EBADMSG);
	assert_int_equal(len, 99);
	assert_int_equal(b64url_decode("Zm\0v", 4, bytes, sizeof(bytes), &len), -EBADMSG);
}

static void test_room_is_checked_first(void **state)
{
	uint8_t bytes[3] = { 0xaa, 0xaa, 0xaa };
	char text[8];
	size_t len;

	(void)state;
	assert_int_equal(decode("Zm9v", bytes, 2, &len), -ENOSPC);
	assert_int_equal(bytes[0], 0xaa);
	assert_int_equal(decode("Zm9v", bytes, 3, &len), 0);
	assert_int_equal(b64url_encode("foo", 3, text, 4), -ENOSPC);
	assert_int_equal(b64url_encode("foo", 3, text, 5), 0);
}

/* Every pair of characters: exactly the canonical ones decode, and they encode back. */
static void test_exhaustive_two_characters(void **state)
{
	unsigned n_good = 0;

	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char in[2] = { (char)a, (char)b }, out[4];
			uint8_t byte[2];
			size_t len;

			if (b64url_decode(in, 2, byte, sizeof(byte), &len) != 0)
				continue;
			n_good++;
			assert_int_equal(len, 1);
			assert_int_equal(b64url_encode(byte, 1, out, sizeof(out)), 0);
			assert_memory_equal(in, out, 2);
		}
	assert_int_equal(n_good, 256);
}

TEST_MAIN(TEST(test_vectors_both_ways), TEST(test_refuses_what_is_not_canonical),
	  TEST(test_room_is_checked_first), TEST(test_exhaustive_two_characters))
