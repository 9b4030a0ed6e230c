/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines that sshd would obey: which are keys and nothing but keys. Made with ssh-keygen. */

#include "tests/lib/test.h"

#include "common/ssh-key.h"

#define ED25519                                                            \
	"ssh-ed25519 "                                                     \
	"AAAAC3NzaC1lZDI1NTE5AAAAIHqi9w84kgFW/04F63Wi6M+dLtYOdNhK8oAoIr7P" \
	"I5K5"
#define ECDSA                                                              \
	"ecdsa-sha2-nistp256 "                                             \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEGTF0zPEhDj" \
	"kJDAM0a71yXPxjGV0ZXkT54XMto59muOC7IUFianWYdi+cOPV7YiHHmuFWfYzV7K" \
	"nAbKa0Ex5do="
#define ED25519_BLOB (&ED25519[STRLEN("ssh-ed25519 ")])

static size_t length_of(const char *line)
{
	return ssh_key_length(line, strlen(line));
}

static void test_keys_pass_without_their_comments(void **state)
{
	static const char *const keys[] = { ED25519, ECDSA };
	char line[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
		size_t len = strlen(keys[i]);

		assert_int_equal(length_of(keys[i]), len);
		(void)snprintf(line, sizeof(line), "%s alice@laptop, \"command=\" in a comment",
			       keys[i]);
		assert_int_equal(length_of(line), len);
	}
}

static void test_what_is_not_only_a_key_does_not(void **state)
{
	static const char *const before[] = {
		"command=\"id\" ",
		"environment=\"LD_PRELOAD=/tmp/x.so\" ",
		"cert-authority ",
		"restrict,pty ",
		"@cert-authority * ",
		"from=\"*\",",
		" ",
		"\t",
		"# ",
		"ssh-rsa ",
	};
	char line[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(before); i++) {
		(void)snprintf(line, sizeof(line), "%s%s", before[i], ED25519);
		assert_int_equal(length_of(line), 0);
	}
	(void)snprintf(line, sizeof(line), "ssh-ed25519  %s", ED25519_BLOB);
	assert_int_equal(length_of(line), 0);
	assert_int_equal(length_of(""), 0);
	assert_int_equal(length_of("ssh-ed25519"), 0);
	assert_int_equal(length_of("ssh-ed25519 "), 0);
}

/* The type of the line is the type inside, of those that are known. */
static void test_the_type_is_the_key_s(void **state)
{
	static const char *const types[] = { "ssh-rsa",
					     "ssh-dss",
					     "ecdsa-sha2-nistp256",
					     "ssh-ed25519-cert-v01@openssh.com",
					     "SSH-ED25519",
					     "ssh-ed2551",
					     "ssh-ed255199" };
	char line[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(types); i++) {
		(void)snprintf(line, sizeof(line), "%s %s", types[i], ED25519_BLOB);
		assert_int_equal(length_of(line), 0);
	}
	assert_true(ssh_key_has_type(ED25519_BLOB, strlen(ED25519_BLOB), "ssh-ed25519", 11));
	/* a well-formed key of a type that nobody takes any more: "ssh-dss", one string */
	assert_true(ssh_key_has_type("AAAAB3NzaC1kc3MAAAABAQ==", 24, "ssh-dss", 7));
	assert_int_equal(length_of("ssh-dss AAAAB3NzaC1kc3MAAAABAQ=="), 0);
}

/* Every cut, and every line with one byte changed, is refused or is base64 of as long a key. */
static void test_cut_and_changed_keys(void **state)
{
	const size_t len = strlen(ED25519), head = STRLEN("ssh-ed25519 ");
	char line[512];

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(ssh_key_length(ED25519, n), 0);
	for (size_t i = 0; i < len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(line, ED25519, len + 1);
			line[i] = (char)(line[i] ^ (1 << bit));
			if (ssh_key_length(line, len) != 0) {
				assert_int_equal(ssh_key_length(line, len), len);
				assert_true(i > head + 20); /* inside of what is the key itself */
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_pass_without_their_comments),
		cmocka_unit_test(test_what_is_not_only_a_key_does_not),
		cmocka_unit_test(test_the_type_is_the_key_s),
		cmocka_unit_test(test_cut_and_changed_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
