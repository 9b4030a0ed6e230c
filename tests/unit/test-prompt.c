/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/limits.h"
#include "idp-agentd/core/prompt.h"

static const struct prompt_device device = {
	.who = {
		.host = "build7",
		.user = "alice",
		.service = "sshd",
		.source = "192.0.2.7",
	},
	.uri = "https://idp.example.com/device",
	.uri_complete = "https://idp.example.com/device?user_code=ABCD-EFGH",
	.code = "ABCD-EFGH",
};

static const char scan[] = "A sign-in is asked for. Scan this, or read on below it:\n█";

static void test_the_plain_prompt_is_this(void **state)
{
	struct prompt_device what = device;
	char text[4096];
	(void)state;
	what.who.style = PROMPT_STYLE_PLAIN;
	assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
	assert_string_equal(text, "A sign-in is asked for:\n"
				  "  account  alice on build7\n"
				  "  service  sshd, from 192.0.2.7\n"
				  "Approve it only if you are starting it yourself, here and now.\n"
				  "Open https://idp.example.com/device\n"
				  "in a browser and enter the code ABCD-EFGH\n"
				  "then press Enter here: ");
	for (const char *p = text; *p; p++)
		assert_true((*p >= ' ' && *p <= '~') || *p == '\n');
}

static void test_the_short_prompt_is_the_qr_and_one_line(void **state)
{
	static const char line[] = "\nSign in as alice for sshd on build7, asked from 192.0.2.7.\n";
	struct prompt_device what = device;
	char text[8192];
	(void)state;
	what.who.style = PROMPT_STYLE_SHORT;
	assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
	assert_memory_equal(text, scan, sizeof(scan) - 1);
	assert_non_null(strstr(text, line));
	assert_true(strstr(text, "█") < strstr(text, line));
	assert_non_null(strstr(text, "enter the code ABCD-EFGH\nthen press Enter here: "));
}

/* Of 80 columns; the last one is where the person types. */
static unsigned count_rows(const char *text)
{
	unsigned rows = 1, column = 0;

	for (; *text; text++) {
		if (*text == '\n') {
			rows++;
			column = 0;
		} else if (((uint8_t)*text & 0xc0) != 0x80 && column++ == 80) {
			rows++;
			column = 1;
		}
	}
	return rows;
}

static void test_the_full_prompt_holds_everything_in_bounds(void **state)
{
	char text[8192];
	(void)state;
	assert_int_equal(prompt_device(&device, text, sizeof(text)), 0);
	assert_true(count_rows(text) <= 24);
	assert_non_null(strstr(text, "alice"));
	assert_non_null(strstr(text, "build7"));
	assert_non_null(strstr(text, "█"));
}

static void test_what_is_asked_for_is_joined_and_cleaned(void **state)
{
	static const struct {
		const char *descriptions[3];
		const char *text;
	} cases[] = {
		{ { NULL }, "" },
		{ { "Log in to %h" }, "Log in to build7" },
		{ { "Log in to %h", "%h%h, 100% sure", "%" },
		  "Log in to build7; build7build7, 100% sure; %" },
		{ { "a\x1b[2J", "b\nApproved",
		    "\xe2\x80\xae"
		    "c" },
		  "a?[2J; b?Approved; ?c" },
	};
	char text[PROMPT_ASKS_MAX];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		size_t n = 0;

		while (n < 3 && cases[i].descriptions[n])
			n++;
		prompt_join_asks(cases[i].descriptions, n, "build7", text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

/* 256 bytes are the most that idp.conf takes of each; no room is ever run over. */
static void test_what_is_asked_for_is_bounded(void **state)
{
	static char description[257];
	const char *many[128];
	char text[PROMPT_ASKS_MAX];
	(void)state;
	for (size_t i = 0; i + 1 < sizeof(description); i++)
		description[i] = i % 2 ? 'h' : '%';
	for (size_t i = 0; i < ELEMENTSOF(many); i++)
		many[i] = i % 3 ? "Log in to %h" : description;
	for (size_t room = 16; room <= sizeof(text); room++) {
		prompt_join_asks(many, ELEMENTSOF(many), "build7", text, room);
		assert_true(strlen(text) < room);
		assert_string_equal(text + strlen(text) - 3, "...");
	}
	prompt_join_asks(many + 1, 2, "build7", text, sizeof(text));
	assert_string_equal(text, "Log in to build7; Log in to build7");
}

static void test_what_is_asked_for_stands_in_every_style(void **state)
{
	struct prompt_device what = device;
	char text[8192];
	(void)state;
	what.who.asks = "Log in to build7; Restart services";
	for (int style = PROMPT_STYLE_FULL; style <= PROMPT_STYLE_PLAIN; style++) {
		what.who.style = (enum prompt_style)style;
		assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
		assert_non_null(
			strstr(text, "\nThis will ask for: Log in to build7; Restart services\n"));
	}
}

/* "Restart services" is not said twice; what is only like it is said. */
static void test_what_more_names_is_not_said_again(void **state)
{
	static const struct {
		const char *asks, *more, *line;
	} cases[] = {
		{ "Restart services", "a stronger sign-in; Restart services", NULL },
		{ "Log in to build7; Restart services", "Restart services; Log in to build7",
		  NULL },
		{ "Log in to build7; Restart services", "Restart services",
		  "\nThis will ask for: Log in to build7\n" },
		{ "Restart services; Log in to build7; Read", "Log in to build7",
		  "\nThis will ask for: Restart services; Read\n" },
		{ "Restart", "Restart services", "\nThis will ask for: Restart\n" },
		{ "Restart services", "Restart", "\nThis will ask for: Restart services\n" },
		{ "Restart services", "", "\nThis will ask for: Restart services\n" },
	};
	struct prompt_device what = device;
	char text[8192];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		what.who.asks = cases[i].asks;
		what.who.more = cases[i].more;
		assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
		if (cases[i].line)
			assert_non_null(strstr(text, cases[i].line));
		else
			assert_null(strstr(text, "This will ask for"));
		assert_true(count_rows(text) <= (cases[i].line && *cases[i].more ? 25u : 24u));
	}
}

/* Whatever scrolls off, it is above all that has to be read. */
static void test_nothing_to_be_read_stands_above_the_qr(void **state)
{
	struct prompt_device what = device;
	char text[8192];
	(void)state;
	what.who.asks = "Log in to build7";
	what.who.more = "a stronger sign-in; Restart services";
	for (int style = PROMPT_STYLE_FULL; style <= PROMPT_STYLE_SHORT; style++) {
		const char *end = NULL;

		what.who.style = (enum prompt_style)style;
		assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
		assert_memory_equal(text, scan, sizeof(scan) - 1);
		for (const char *p = text; (p = strstr(p, "▀\n")); p++)
			end = p;
		assert_non_null(end);
		assert_true(count_rows(end) <= 10);
		assert_non_null(strstr(end, "More is needed for sshd: "));
		assert_non_null(strstr(end, "Log in to build7"));
		assert_non_null(strstr(end, "alice"));
		assert_non_null(strstr(end, "Open https://"));
		assert_non_null(strstr(end, "ABCD-EFGH"));
	}
}

/* One that is too tall is not spoken of. */
static void test_without_a_qr_nothing_is_to_be_scanned(void **state)
{
	static const char first[] = "A sign-in is asked for:\n  account  alice on build7\n";
	struct prompt_device what = device;
	char url[500] = "https://idp.example.com/", text[8192];
	(void)state;
	memset(url + 24, 'a', sizeof(url) - 25);
	what.uri_complete = url;
	assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
	assert_memory_equal(text, first, sizeof(first) - 1);
}

static const struct prompt_browser browser = {
	.who = { .host = "build7", .user = "alice", .service = "sshd", .source = "192.0.2.7" },
	.url = "https://idp.example.com/auth?client_id=h&request_uri=urn%3Ax",
	.redirect_uri = "http://127.0.0.1/",
	.seconds = 60,
};

/* Beneath the QR, and in place of the line that a first sign-in without one begins with. */
static void test_a_second_sign_in_says_why(void **state)
{
	static const char why[] =
		"\nMore is needed for sshd: a stronger sign-in, not older than 15 minutes.\n";
	struct prompt_device what = device;
	char first[8192], text[8192];
	(void)state;
	what.who.more = "a stronger sign-in, not older than 15 minutes";
	for (int style = PROMPT_STYLE_FULL; style <= PROMPT_STYLE_PLAIN; style++) {
		what.who.style = (enum prompt_style)style;
		assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
		if (style == PROMPT_STYLE_PLAIN)
			assert_memory_equal(text, why + 1, sizeof(why) - 2);
		else
			assert_memory_equal(text, scan, sizeof(scan) - 1);
		assert_true(style == PROMPT_STYLE_PLAIN || strstr(text, why));
		assert_null(strstr(text, "A sign-in is asked for:"));
		assert_non_null(strstr(text, style == PROMPT_STYLE_SHORT
						     ? ".\nSign in as alice for sshd on build7"
						     : ".\n  account  alice on build7\n"));
	}
	what.who.more = "";
	assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
	what.who.more = NULL;
	assert_int_equal(prompt_device(&what, first, sizeof(first)), 0);
	assert_string_equal(first, text);
	what.who.more = "nothing\n  account  root\x1b[2J";
	assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
	assert_null(strchr(text, '\x1b'));
	assert_null(strstr(text, "\n  account  root"));
}

static void test_the_browser_prompt_is_this(void **state)
{
	struct prompt_browser what = browser;
	char text[4096];
	(void)state;
	what.who.style = PROMPT_STYLE_PLAIN;
	assert_int_equal(prompt_browser(&what, text, sizeof(text)), 0);
	assert_string_equal(
		text,
		"A sign-in is asked for:\n"
		"  account  alice on build7\n"
		"  service  sshd, from 192.0.2.7\n"
		"Approve it only if you are starting it yourself, here and now.\n"
		"Open this address in a browser, within 60 seconds, and sign in there:\n"
		"\n"
		"https://idp.example.com/auth?client_id=h&request_uri=urn%3Ax\n"
		"\n"
		"Your browser ends at a page that it cannot show, and that is right: copy the\n"
		"whole address of that page, which begins with http://127.0.0.1/\n"
		"and paste it here: ");
	what.redirect_uri = "https://site.example/code";
	what.seconds = 0;
	assert_int_equal(prompt_browser(&what, text, sizeof(text)), 0);
	assert_null(strstr(text, "within"));
	assert_null(strstr(text, "cannot show"));
	assert_non_null(strstr(text, "copy it, or that page's whole address,\n"));
	for (const char *p = text; *p; p++)
		assert_true((*p >= ' ' && *p <= '~') || *p == '\n');
}

static void test_a_browser_prompt_fits_the_screen(void **state)
{
	struct prompt_browser what = browser;
	char text[8192], url[LOGIN_URL_MAX + 1] = "https://h/";
	unsigned rows = 0;
	(void)state;
	assert_int_equal(prompt_browser(&what, text, sizeof(text)), 0);
	for (const char *p = text; *p; p++)
		rows += *p == '\n';
	assert_true(rows < 16);
	memset(url + 10, 'a', LOGIN_URL_MAX - 10);
	what.url = url;
	assert_int_equal(prompt_browser(&what, text, sizeof(text)), 0);
	assert_non_null(strstr(text, url));
}

static void test_what_was_wrong_with_a_paste_is_said(void **state)
{
	static const char *const codes[] = { "paste-empty", "paste-unclear", "paste-no-code",
					     "paste-cut",   "paste-other",   "paste-unknown" };
	char texts[ELEMENTSOF(codes)][512], other[512], small[20];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
		assert_int_equal(prompt_repaste(codes[i], texts[i], sizeof(texts[i])), 0);
		assert_non_null(strstr(texts[i], "\nCopy the whole address at which your browser "
						 "ended, and paste it here: "));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(texts[i], texts[k]);
	}
	assert_int_equal(prompt_repaste("\x1b[2J", other, sizeof(other)), 0);
	assert_string_equal(other, texts[1]);
	assert_int_equal(prompt_repaste("paste-cut", small, sizeof(small)), -EMSGSIZE);
}

static void test_what_does_not_fit_is_an_error(void **state)
{
	char text[64];
	(void)state;
	assert_int_equal(prompt_device(&device, text, sizeof(text)), -EMSGSIZE);
}

static void test_the_second_prompt_is_three_lines(void **state)
{
	char text[1024];
	(void)state;
	assert_int_equal(prompt_again(&device, text, sizeof(text)), 0);
	assert_string_equal(text, "Not approved yet. Open https://idp.example.com/device\n"
				  "in a browser and enter the code ABCD-EFGH\n"
				  "then press Enter here: ");
}

/* Finder patterns stand in three corners: dark ring, light ring, dark core, drawn inverted. */
static void test_the_qr_is_a_square_of_half_blocks(void **state)
{
	struct buf out;
	size_t rows = 0, columns = 0, width = 0;
	(void)state;
	buf_init(&out, 65536);
	prompt_put_qr(&out, "https://idp.example.com/device?user_code=ABCD-EFGH");
	assert_int_equal(buf_end(&out), 0);
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] == '\n') {
			if (!rows++)
				width = columns;
			assert_int_equal(columns, width);
			columns = 0;
		} else if ((out.data[i] & 0xc0) != 0x80) {
			columns++;
		}
	}
	assert_true(rows > 10 && rows <= PROMPT_QR_ROWS);
	assert_true(width == rows * 2 || width == rows * 2 - 1);
	buf_done(&out);
}

static void test_a_qr_that_is_too_tall_is_left_out(void **state)
{
	char url[1200] = "https://idp.example.com/";
	struct buf out;
	(void)state;
	memset(url + 24, 'a', sizeof(url) - 25);
	buf_init(&out, 65536);
	prompt_put_qr(&out, url);
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

static void test_nothing_reaches_the_terminal_but_text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\x1b[2Jb", "a?[2Jb" },
		{ "bell\a tab\t cr\r nl\n", "bell? tab? cr? nl?" },
		{ "\x7f", "?" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "c1 \xc2\x9b", "c1 ?" },
		{ "rtl \xe2\x80\xae!", "rtl ?!" },
		{ "zw \xe2\x80\x8b!", "zw ?!" },
		{ "bom \xef\xbb\xbf!", "bom ?!" },
		{ "long \xc0\x80!", "long ?\?!" },
		{ "cut \xe2\x82", "cut ??" },
		{ "surrogate \xed\xa0\x80", "surrogate ???" },
		{ "high \xf5\x80\x80\x80", "high ????" },
		{ "tag \xf3\xa0\x81\x81", "tag ?" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct buf out;

		buf_init(&out, 256);
		prompt_put_clean(&out, cases[i].in, 256);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal((const char *)out.data, cases[i].out);
		buf_done(&out);
	}
}

static void test_a_hostile_caller_cannot_forge_lines(void **state)
{
	struct prompt_device what = device;
	char text[4096];
	(void)state;
	what.who.style = PROMPT_STYLE_PLAIN;
	what.who.source = "192.0.2.7\nOpen https://evil.example/";
	what.who.user = "alice\x1b]0;evil\a";
	assert_int_equal(prompt_device(&what, text, sizeof(text)), 0);
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\a'));
	assert_null(strstr(text, "\nOpen https://evil.example/"));
}

static void test_urls_a_person_may_be_told_to_open(void **state)
{
	static const char *const good[] = { "https://idp.example.com/device",
					    "https://h",
					    "https://h:8443/d?x=1&y=2#z",
					    "http://localhost:3000/d",
					    "http://127.0.0.1/d",
					    "http://[::1]:80/d",
					    "https://h/p@q" };
	static const char *const bad[] = { "",
					   "https://",
					   "https:///d",
					   "http://idp.example.com/",
					   "ftp://h",
					   "javascript:alert(1)",
					   "https://u@h/",
					   "https://good@evil/",
					   "https://h/ x",
					   "https://h/\x1b",
					   "https://h/<",
					   "http://localhost.evil.example/",
					   "http://127.0.0.1.evil.example/",
					   "HTTPS://h",
					   "https://\xc3\xa9/" };
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		assert_true(prompt_url_ok(good[i]));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(prompt_url_ok(bad[i]));
}

TEST_MAIN(TEST(test_the_plain_prompt_is_this), TEST(test_the_short_prompt_is_the_qr_and_one_line),
	  TEST(test_the_full_prompt_holds_everything_in_bounds),
	  TEST(test_what_is_asked_for_is_joined_and_cleaned),
	  TEST(test_what_is_asked_for_is_bounded),
	  TEST(test_what_is_asked_for_stands_in_every_style), TEST(test_a_second_sign_in_says_why),
	  TEST(test_what_more_names_is_not_said_again),
	  TEST(test_nothing_to_be_read_stands_above_the_qr),
	  TEST(test_without_a_qr_nothing_is_to_be_scanned), TEST(test_the_browser_prompt_is_this),
	  TEST(test_a_browser_prompt_fits_the_screen),
	  TEST(test_what_was_wrong_with_a_paste_is_said), TEST(test_what_does_not_fit_is_an_error),
	  TEST(test_the_second_prompt_is_three_lines), TEST(test_the_qr_is_a_square_of_half_blocks),
	  TEST(test_a_qr_that_is_too_tall_is_left_out),
	  TEST(test_nothing_reaches_the_terminal_but_text),
	  TEST(test_a_hostile_caller_cannot_forge_lines),
	  TEST(test_urls_a_person_may_be_told_to_open))
