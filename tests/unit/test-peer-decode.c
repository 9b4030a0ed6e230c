/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What idp-netd says, read strictly: good messages, every cut and every flipped byte of them. */
#include "tests/lib/test.h"

#include <errno.h>

#include "idp-agentd/core/dir.h"
#include "idp-agentd/core/identity.h"

static void put_identity(struct buf *out, const char *iss, const char *sub, size_t n_claims)
{
	wire_begin(out, MSG_IDENTITY, 0);
	wire_put_u64(out, 7);
	wire_put_str(out, "corp");
	wire_put_str(out, iss);
	wire_put_str(out, sub);
	wire_put_str(out, "alice");
	wire_put_count(out, 2);
	wire_put_str(out, "staff");
	wire_put_str(out, "admins");
	wire_put_count(out, 0);
	wire_put_count(out, 1);
	wire_put_str(out, "openid");
	wire_put_str(out, "acr1");
	wire_put_count(out, 1);
	wire_put_str(out, "pwd");
	wire_put_u64(out, 1000);
	wire_put_u64(out, 2000);
	wire_put_count(out, n_claims);
	for (size_t i = 0; i < n_claims; i++)
		wire_put_field(out, 's', "/email", "alice@example.com");
	wire_put_count(out, 1);
	wire_put_str(out, "entitlements");
	assert_int_equal(wire_end(out), 0);
}

static int read_identity(const void *bytes, size_t len, struct identity **ret)
{
	struct wire_in in;
	int r = wire_open(&in, bytes, len);

	if (r < 0)
		return r;
	if (in.type != MSG_IDENTITY)
		return -EBADMSG;
	(void)wire_get_u64(&in);
	return identity_read(&in, ret);
}

static void test_an_identity_is_read_whole(void **state)
{
	_cleanup_(identity_freep) struct identity *identity = NULL;
	struct buf out;
	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	put_identity(&out, "https://idp.example.com", "s1", 1);
	assert_int_equal(read_identity(out.data, out.len, &identity), 0);
	assert_string_equal(identity->provider, "corp");
	assert_string_equal(identity->iss, "https://idp.example.com");
	assert_string_equal(identity->sub, "s1");
	assert_int_equal(identity->groups.n, 2);
	assert_string_equal(identity->groups.items[1], "admins");
	assert_int_equal(identity->auth_time, 1000);
	assert_false(identity->groups_unknown);
	assert_true(identity->entitlements_unknown);
	assert_string_equal(identity_claim(identity, "/email"), "alice@example.com");
	assert_null(identity_claim(identity, "/emai"));
	buf_done(&out);
}

static void test_identities_of_nobody_are_refused(void **state)
{
	static char sub[SUBJECT_LEN_MAX + 2];
	static const struct {
		const char *iss, *sub;
	} cases[] = { { "", "s1" },
		      { "https://i", "" },
		      { "https://i", sub },
		      { "https://i", "a\nb" },
		      { "https://i\x1b", "s" } };
	(void)state;
	memset(sub, 's', sizeof(sub) - 1);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct identity *identity = NULL;
		struct buf out;

		buf_init(&out, WIRE_MESSAGE_MAX);
		put_identity(&out, cases[i].iss, cases[i].sub, 0);
		assert_int_equal(read_identity(out.data, out.len, &identity), -EBADMSG);
		assert_null(identity);
		buf_done(&out);
	}
}

static void test_too_many_claims_are_refused(void **state)
{
	struct identity *identity = NULL;
	struct buf out;
	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	put_identity(&out, "https://i", "s", CLAIMS_PAIRS_MAX + 1);
	assert_int_equal(read_identity(out.data, out.len, &identity), -EBADMSG);
	buf_done(&out);
}

/* Under a sanitizer this finds what reads or frees too much. */
static void test_every_cut_and_flip_is_harmless(void **state)
{
	struct buf out;
	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	put_identity(&out, "https://idp.example.com", "s1", 3);
	for (size_t len = 0; len < out.len; len++) {
		struct identity *identity = NULL;

		assert_true(read_identity(out.data, len, &identity) < 0);
		assert_null(identity);
	}
	for (size_t i = 0; i < out.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct identity *identity = NULL;

			out.data[i] ^= (uint8_t)(1u << bit);
			IGNORE(read_identity(out.data, out.len, &identity));
			identity_free(identity);
			out.data[i] ^= (uint8_t)(1u << bit);
		}
	}
	buf_done(&out);
}

static void test_directory_records_are_read(void **state)
{
	static struct dir_members members;
	struct dir_group group;
	struct dir_user user;
	struct dir_end end;
	struct wire_in in;
	struct buf out;
	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_DIR_USER, 0);
	wire_put_u64(&out, 3);
	wire_put_str(&out, "id1");
	wire_put_str(&out, "s1");
	wire_put_str(&out, "alice");
	wire_put_u32(&out, 2000000001);
	wire_put_u32(&out, UINT32_MAX);
	wire_put_str(&out, "Alice");
	wire_put_str(&out, "");
	wire_put_str(&out, "/bin/zsh");
	wire_put_bool(&out, true);
	wire_put_u64(&out, 12345);
	wire_put_count(&out, 4);
	wire_put_field(&out, 's', "loa", "2");
	wire_put_field(&out, 's', "colour", "blue");
	wire_put_field(&out, 's', "ssh_keys", "one\ntwo");
	wire_put_field(&out, 's', "labels", "site/a=b");
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	assert_int_equal(wire_get_u64(&in), 3);
	assert_int_equal(dir_read_user(&in, &user), 0);
	assert_string_equal(user.name, "alice");
	assert_string_equal(user.loa, "2");
	assert_null(user.origin);
	assert_string_equal(user.ssh_keys, "one\ntwo");
	assert_string_equal(user.labels, "site/a=b");
	assert_true(user.active && user.end_time == 12345);

	wire_begin(&out, MSG_DIR_GROUP, 0);
	wire_put_u64(&out, 3);
	wire_put_str(&out, "g1");
	wire_put_str(&out, "staff");
	wire_put_u32(&out, UINT32_MAX);
	wire_put_bool(&out, true);
	wire_put_bool(&out, false);
	wire_put_count(&out, 2);
	wire_put_str(&out, "id1");
	wire_put_str(&out, "id2");
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	assert_int_equal(wire_get_u64(&in), 3);
	assert_int_equal(dir_read_group(&in, &members, &group), 0);
	assert_true(group.first && !group.last && group.n_members == 2);
	assert_string_equal(group.members[1], "id2");

	wire_begin(&out, MSG_DIR_END, 0);
	wire_put_u64(&out, 3);
	wire_put_bool(&out, true);
	wire_put_str(&out, "cursor");
	wire_put_u32(&out, 1);
	wire_put_u32(&out, 2);
	wire_put_str(&out, "");
	wire_put_str(&out, "");
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	assert_int_equal(wire_get_u64(&in), 3);
	assert_int_equal(dir_read_end(&in, &end), 0);
	assert_true(end.complete && end.users == 1 && end.groups == 2);
	assert_string_equal(end.cursor, "cursor");
	buf_done(&out);
}

TEST_MAIN(TEST(test_an_identity_is_read_whole), TEST(test_identities_of_nobody_are_refused),
	  TEST(test_too_many_claims_are_refused), TEST(test_every_cut_and_flip_is_harmless),
	  TEST(test_directory_records_are_read))
