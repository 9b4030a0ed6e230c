/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/* Nothing anybody sent moves the cursor; times and progress read well. */

#include <errno.h>
#include <time.h>

#include "idpctl/progress.h"
#include "idpctl/text.h"

static void assert_escaped(const char *text, const char *want)
{
	char memory[512];
	struct buf out;

	buf_init_fixed(&out, memory, sizeof(memory));
	text_put(&out, text);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory, want);
}

static void test_plain_text_stays(void **state _unused_)
{
	assert_escaped("alice@example.org", "alice@example.org");
	assert_escaped("Zo\xc3\xab \xe6\xbc\xa2 \xf0\x9f\x99\x82",
		       "Zo\xc3\xab \xe6\xbc\xa2 \xf0\x9f\x99\x82");
	assert_escaped("", "");
}

static void test_control_bytes_become_visible(void **state _unused_)
{
	assert_escaped("\x1b[2J\r\n\t\x7f", "\\x1B[2J\\x0D\\x0A\\x09\\x7F");
	assert_escaped("\xc2\x9b"
		       "31m",
		       "\\u{009B}31m");
	assert_escaped("a\xe2\x80\xae"
		       "b",
		       "a\\u{202E}b");
	assert_escaped("\xe2\x80\x8b", "\\u{200B}");
	assert_escaped("\xf3\xa0\x81\x81", "\\u{E0041}");
}

static void test_what_is_no_utf8_becomes_visible(void **state _unused_)
{
	assert_escaped("\xff", "\\xFF");
	assert_escaped("\x9b", "\\x9B");
	assert_escaped("\xc0\xaf", "\\xC0\\xAF");                   /* overlong */
	assert_escaped("\xed\xa0\x80", "\\xED\\xA0\\x80");          /* surrogate */
	assert_escaped("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* too large */
	assert_escaped("\xe2\x80", "\\xE2\\x80");                   /* cut */
	assert_escaped("\xc3", "\\xC3");
}

static void assert_time(uint64_t seconds, uint64_t now, const char *want)
{
	char memory[128];
	struct buf out;

	buf_init_fixed(&out, memory, sizeof(memory));
	text_put_time(&out, seconds, now);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory, want);
}

static void test_times_say_how_long_ago(void **state _unused_)
{
	assert_time(0, 1000, "never");
	assert_time(1795305600, 1795305600, "2026-11-22 00:00:00 (0 s ago)");
	assert_time(1795305600, 1795305600 + 119, "2026-11-22 00:00:00 (119 s ago)");
	assert_time(1795305600, 1795305600 + 120, "2026-11-22 00:00:00 (2 min ago)");
	assert_time(1795305600, 1795305600 + 86400, "2026-11-22 00:00:00 (24 h ago)");
	assert_time(1795305600, 1795305600 - 7200, "2026-11-22 00:00:00 (in 2 h)");
	assert_time(UINT64_MAX, 1000, "18446744073709551615");
	assert_time(INT64_MAX, 1000, "9223372036854775807");
}

static void test_numbers_are_digits(void **state _unused_)
{
	uint64_t number = 7;

	assert_int_equal(text_parse_number("", &number), -EINVAL);
	assert_int_equal(text_parse_number("-1", &number), -EINVAL);
	assert_int_equal(text_parse_number(" 1", &number), -EINVAL);
	assert_int_equal(text_parse_number("1x", &number), -EINVAL);
	assert_int_equal(text_parse_number("18446744073709551616", &number), -EINVAL);
	assert_int_equal(number, 7);
	assert_int_equal(text_parse_number("18446744073709551615", &number), 0);
	assert_true(number == UINT64_MAX);
}

/* What a progress writes for three reports, the second of them too early to be shown. */
static void assert_progress(bool tty, unsigned width, uint32_t total, const char *want)
{
	struct progress progress;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	progress_init(&progress, f, tty, width);
	progress_show(&progress, 10 * USEC_PER_SEC, 50, total, "corp\x1b users");
	progress_show(&progress, 10 * USEC_PER_SEC + 1, 51, total, "corp\x1b users");
	progress_show(&progress, 20 * USEC_PER_SEC, 100, total, "corp\x1b users");
	progress_end(&progress);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, want);
	free(text);
}

static void test_progress_is_a_bar_on_a_terminal(void **state _unused_)
{
	assert_progress(true, 80, 100,
			"\r\033[K[###############...............]  50%  corp\\x1B users  50 of 100"
			"\r\033[K[##############################] 100%  corp\\x1B users  100 of 100"
			"\r\033[K");
	assert_progress(true, 20, 100,
			"\r\033[K[###############..."
			"\r\033[K[##################"
			"\r\033[K");
	assert_progress(true, 80, 0,
			"\r\033[Kcorp\\x1B users  50\r\033[Kcorp\\x1B users  100\r\033[K");
}

static void test_progress_is_lines_elsewhere(void **state _unused_)
{
	assert_progress(false, 80, 100,
			"corp\\x1B users  50 of 100\ncorp\\x1B users  100 of 100\n");
	assert_progress(false, 80, 10,
			"corp\\x1B users  10 of 10\ncorp\\x1B users  10 of 10\n"
			"corp\\x1B users  10 of 10\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain_text_stays),
		TEST(test_control_bytes_become_visible),
		TEST(test_what_is_no_utf8_becomes_visible),
		TEST(test_times_say_how_long_ago),
		TEST(test_numbers_are_digits),
		TEST(test_progress_is_a_bar_on_a_terminal),
		TEST(test_progress_is_lines_elsewhere),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
