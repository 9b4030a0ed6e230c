/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wire: every message of the table out and in again; golden bytes; one byte changed or cut at
 * every place is refused or reads as another valid message, and never runs off (sanitizers).
 */

#include "tests/lib/test.h"

#include <errno.h>

#include "common/limits.h"
#include "common/wire.h"

static void put_sample(struct buf *out, char letter)
{
	switch (letter) {
	case 'b':
		wire_put_bool(out, true);
		return;
	case 'u':
		wire_put_u32(out, 0x01020304);
		return;
	case 't':
		wire_put_u64(out, UINT64_C(0x0102030405060708));
		return;
	case 's':
	case 'S':
		wire_put_str(out, "text");
		return;
	case 'a':
		wire_put_count(out, 2);
		wire_put_str(out, "one");
		wire_put_str(out, "");
		return;
	case 'i':
		wire_put_count(out, 2);
		wire_put_u32(out, 7);
		wire_put_u32(out, 8);
		return;
	case 'f':
		wire_put_count(out, 2);
		wire_put_field(out, 's', "key", "value");
		wire_put_field(out, 'S', "password", "hunter2");
		return;
	default:
		fail_msg("the table has a letter nobody knows: %c", letter);
	}
}

static void make(struct buf *out, uint16_t type)
{
	wire_begin(out, (enum wire_type)type, 42);
	for (const char *letter = wire_signature(type); *letter; letter++)
		put_sample(out, *letter);
	assert_int_equal(wire_end(out), 0);
}

static void get_sample(struct wire_in *in, char letter)
{
	struct wire_field field;

	switch (letter) {
	case 'b':
		assert_true(wire_get_bool(in));
		return;
	case 'u':
		assert_int_equal(wire_get_u32(in), 0x01020304);
		return;
	case 't':
		assert_true(wire_get_u64(in) == UINT64_C(0x0102030405060708));
		return;
	case 's':
	case 'S':
		assert_string_equal(wire_get_str(in, 4), "text");
		return;
	case 'a':
		assert_int_equal(wire_get_count(in), 2);
		assert_string_equal(wire_get_str(in, 10), "one");
		assert_string_equal(wire_get_str(in, 0), "");
		return;
	case 'i':
		assert_int_equal(wire_get_count(in), 2);
		assert_int_equal(wire_get_u32(in), 7);
		assert_int_equal(wire_get_u32(in), 8);
		return;
	default:
		assert_int_equal(wire_get_count(in), 2);
		field = wire_get_field(in);
		assert_int_equal(field.type, 's');
		assert_string_equal(field.key, "key");
		assert_string_equal(field.value, "value");
		field = wire_get_field(in);
		assert_int_equal(field.type, 'S');
		assert_string_equal(field.value, "hunter2");
	}
}

/* The numbers once more, so that a change of the table is noticed by a person. */
static const uint16_t numbers[] = {
#define WIRE_MESSAGE(name, number, class, signature) (number),
#include "common/wire-messages.h"
#undef WIRE_MESSAGE
};

static void test_every_message_round_trips(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
		struct wire_in in;

		make(&out, numbers[i]);
		assert_int_equal(wire_open(&in, out.data, out.len), 0);
		assert_int_equal(in.type, numbers[i]);
		assert_int_equal(in.serial, 42);
		for (const char *letter = wire_signature(numbers[i]); *letter; letter++)
			get_sample(&in, *letter);
		assert_int_equal(wire_close(&in), 0);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(numbers[i], numbers[k]);
	}
	assert_true(ELEMENTSOF(numbers) >= 50);
	buf_done(&out);
}

/* Our real ABI: these bytes are read by every later version, or the version is another. */
static void test_golden_bytes(void **state)
{
	static const uint8_t getpwnam[] = { 0x49, 0x44, 1, 1, 0x01, 0x01, 0,   0,   42,  0, 0,
					    0,    4,    0, 0, 0,    't',  'e', 'x', 't', 0 };
	static const uint8_t answer[] = { 0x49, 0x44, 1, 2, 0x07, 0x02, 0,   0,   42,  0, 0,
					  0,    4,    0, 0, 0,    't',  'e', 'x', 't', 0 };
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	make(&out, MSG_GETPWNAM);
	assert_int_equal(out.len, sizeof(getpwnam));
	assert_memory_equal(out.data, getpwnam, sizeof(getpwnam));
	make(&out, MSG_ANSWER);
	assert_int_equal(out.len, sizeof(answer));
	assert_memory_equal(out.data, answer, sizeof(answer));
	buf_done(&out);
}

static void test_cut_and_changed_everywhere(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
		make(&out, numbers[i]);
		for (size_t len = 0; len < out.len; len++) {
			uint8_t *copy = malloc(len ? len : 1); /* exact: one byte over is seen */
			struct wire_in in;

			assert_non_null(copy);
			memcpy(copy, out.data, len);
			assert_int_equal(wire_open(&in, copy, len), -EBADMSG);
			free(copy);
		}
		for (size_t at = 0; at < out.len; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				char text[300];

				out.data[at] ^= (uint8_t)(1u << bit);
				wire_print(out.data, out.len, text, sizeof(text));
				out.data[at] ^= (uint8_t)(1u << bit);
			}
	}
	buf_done(&out);
}

static void test_our_own_mistakes_never_leave(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_GETPWUID, 1);
	wire_put_str(&out, "not a number");
	assert_int_equal(wire_end(&out), -EPROTO);
	wire_begin(&out, MSG_GETPWNAM, 1);
	wire_put_strn(&out, "a\0b", 3);
	assert_int_equal(wire_end(&out), -EMSGSIZE);
	wire_begin(&out, (enum wire_type)0x7777, 1);
	assert_int_equal(wire_end(&out), -EPROTO);
	wire_begin(&out, MSG_GETPWNAM, 1);
	wire_put_str(&out, NULL);
	assert_int_equal(wire_end(&out), 0);
	buf_done(&out);
}

static void test_limits(void **state)
{
	char *text = calloc(1, WIRE_STRING_MAX + 2);
	struct wire_in in;
	struct buf out;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', WIRE_STRING_MAX + 1);
	buf_init(&out, WIRE_MESSAGE_MAX + 10);
	wire_begin(&out, MSG_GETPWNAM, 1);
	wire_put_str(&out, text);
	assert_int_equal(wire_end(&out), -EMSGSIZE);
	text[WIRE_STRING_MAX] = '\0';
	wire_begin(&out, MSG_GETPWNAM, 1);
	wire_put_str(&out, text);
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	assert_string_equal(wire_get_str(&in, 32), ""); /* the reader's own limit */
	assert_int_equal(wire_close(&in), -EBADMSG);
	wire_begin(&out, MSG_GIDS, 1);
	wire_put_count(&out, WIRE_ARRAY_MAX + 1);
	assert_int_equal(wire_end(&out), -EMSGSIZE);
	buf_done(&out);
	free(text);
}

static void test_printer_hides_secrets(void **state)
{
	char text[300], small[20];
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	make(&out, MSG_ANSWER);
	wire_print(out.data, out.len, text, sizeof(text));
	assert_string_equal(text, "ANSWER #42 <4 bytes>");
	make(&out, MSG_ROW);
	wire_print(out.data, out.len, text, sizeof(text));
	assert_string_equal(text, "ROW #42 \"text\" [key=\"value\" password=<7 bytes>]");
	wire_print(out.data, out.len, small, sizeof(small));
	assert_true(strlen(small) < sizeof(small));
	wire_print("x", 1, text, sizeof(text));
	assert_string_equal(text, "(not a message, 1 bytes)");
	buf_done(&out);
}

TEST_MAIN(TEST(test_every_message_round_trips), TEST(test_golden_bytes),
	  TEST(test_cut_and_changed_everywhere), TEST(test_our_own_mistakes_never_leave),
	  TEST(test_limits), TEST(test_printer_hides_secrets))
