/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "common/limits.h"
#include "idp-agentd/core/attributes.h"

#define BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIOH+VJL/xzp4nLpfC/cWEey6jTbu9rKQl2RSPaAPmxrb"
#define KEY  "ssh-ed25519 " BLOB
#define SK                            \
	"sk-ssh-ed25519@openssh.com " \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

struct example {
	const char *given, *kept;
};

static void check(int (*clean)(const char *text, struct buf *out), const struct example *examples,
		  size_t n)
{
	struct buf out;

	buf_init(&out, SSH_KEYS_LEN_MAX + 1);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(clean(examples[i].given, &out), 0);
		assert_string_equal((const char *)out.data, examples[i].kept);
		assert_int_equal(clean(examples[i].kept, &out), 0);
		assert_string_equal((const char *)out.data, examples[i].kept);
	}
	buf_done(&out);
}

static void test_keys_are_kept_and_nothing_that_sshd_would_obey(void **state)
{
	static const struct example examples[] = {
		{ "", "" },
		{ KEY, KEY },
		{ " \t" KEY " \r\n\n", KEY },
		{ KEY " alice@host\n" SK, KEY " alice@host\n" SK },
		{ "ssh-ed25519\t" BLOB "   alice  at home ", KEY " alice  at home" },
		{ KEY " gr\xc3\xbc\xc3\x9f"
		      "e",
		  KEY }, /* the comment goes, the key stays */
		/* options, before the key and in every spelling, take the key with them */
		{ "command=\"/bin/sh\" " KEY "\n" SK, SK },
		{ "restrict " KEY, "" },
		{ "cert-authority " KEY, "" },
		{ "environment=\"A=B C\",no-pty " KEY, "" },
		{ "from=\"*\" " KEY "\r\n" KEY, KEY },
		/* the blob says what it is */
		{ "ssh-rsa " BLOB, "" },
		{ "ssh-ed2551 " BLOB, "" },
		{ "ssh-ed255199 " BLOB, "" },
		{ "ssh-ed25519 " BLOB "=", "" },
		{ "ssh-ed25519 " BLOB "AA==", KEY "AA==" },
		{ "ssh-ed25519 " BLOB "A===", "" },
		{ "ssh-ed25519 AAAA-3NzaC1lZDI1NTE5", "" },
		{ "ssh-ed25519", "" },
		{ "ssh-ed25519 ", "" },
		{ "# a comment\n" BLOB "\n1024 35 123456789", "" },
	};

	(void)state;
	check(attributes_clean_keys, examples, ELEMENTSOF(examples));
}

static void test_labels_are_text_with_a_name(void **state)
{
	static const struct example examples[] = {
		{ "", "" },
		{ "site/team=gr\xc3\xbcn\nx=", "site/team=gr\xc3\xbcn\nx=" },
		{ "=y\nplain\n a/b=c \r\n", "a/b=c" },
		{ "a=\x1b[2J\nb=\xff\nc=\xc2\x85\nd=\xe2\x80\xa8\ne=1", "e=1" },
	};

	(void)state;
	check(attributes_clean_labels, examples, ELEMENTSOF(examples));
}

static void test_what_is_too_much_is_cut_at_a_line(void **state)
{
	struct buf given, out;
	size_t lines = 1;

	(void)state;
	buf_init(&given, 1024 * 1024);
	buf_init(&out, SSH_KEYS_LEN_MAX + 1);
	for (size_t i = 0; i < SSH_KEYS_MAX + 9; i++)
		buf_printf(&given, "%s %zu\n", KEY, i);
	assert_int_equal(buf_end(&given), 0);
	assert_int_equal(attributes_clean_keys((const char *)given.data, &out), 0);
	for (size_t i = 0; i < out.len; i++)
		lines += out.data[i] == '\n';
	assert_int_equal(lines, SSH_KEYS_MAX);
	assert_int_equal(out.data[out.len - 1], '3'); /* "63" */

	buf_reset(&given);
	for (size_t i = 0; i < 20; i++)
		buf_printf(&given, "%s %01000zu\n", KEY, i);
	assert_int_equal(buf_end(&given), 0);
	assert_int_equal(attributes_clean_keys((const char *)given.data, &out), 0);
	assert_int_equal(out.len, 15 * (strlen(KEY) + 1001) + 14);
	buf_done(&given);
	buf_done(&out);
}

TEST_MAIN(TEST(test_keys_are_kept_and_nothing_that_sshd_would_obey),
	  TEST(test_labels_are_text_with_a_name), TEST(test_what_is_too_much_is_cut_at_a_line))
