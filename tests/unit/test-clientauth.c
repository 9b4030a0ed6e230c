/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/clientauth.h"

#include <errno.h>

#include "tests/lib/test.h"

struct built {
	struct buf form, header;
};

static int build(struct built *built, enum clientauth_method method, const char *id,
		 const char *secret)
{
	_cleanup_(secret_freep) struct secret *kept =
		secret ? secret_new(secret, strlen(secret)) : NULL;
	const struct clientauth auth = {
		.method = method,
		.client_id = id,
		.secret = kept,
		.assertion = kept,
	};

	buf_init_secret(&built->form, 4096);
	buf_init_secret(&built->header, 4096);
	return clientauth_apply(&auth, &built->form, &built->header);
}

static void drop(struct built *built)
{
	buf_done(&built->form);
	buf_done(&built->header);
}

/*
 * Answers made with another program: printf '%s' 'id:secret' (each form-encoded) | base64 -w0.
 * The first is RFC 6749 section 2.3.1's own.
 */
static void test_basic_encodes_before_it_joins(void **state)
{
	static const struct {
		const char *id, *secret, *header;
	} rows[] = {
		{ "s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw",
		  "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" },
		{ "a:b", "c:d", "Basic YSUzQWI6YyUzQWQ=" },
		{ "host", "100% +x", "Basic aG9zdDoxMDAlMjUrJTJCeA==" },
		{ "h\xc3\xb4te", "\xe2\x82\xac", "Basic aCVDMyVCNHRlOiVFMiU4MiVBQw==" },
		{ "a", "b", "Basic YTpi" },
		{ "a", "&=", "Basic YTolMjYlM0Q=" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct built built;

		assert_int_equal(build(&built, CLIENTAUTH_BASIC, rows[i].id, rows[i].secret), 0);
		assert_string_equal((char *)built.header.data, rows[i].header);
		assert_int_equal(built.form.len, 0);
		drop(&built);
	}
}

static void test_the_other_methods_fill_the_form(void **state)
{
	struct built built;

	(void)state;
	assert_int_equal(build(&built, CLIENTAUTH_NONE, "a b", NULL), 0);
	assert_string_equal((char *)built.form.data, "client_id=a+b");
	assert_int_equal(built.header.len, 0);
	drop(&built);
	assert_int_equal(build(&built, CLIENTAUTH_TLS, "a b", NULL), 0);
	assert_string_equal((char *)built.form.data, "client_id=a+b");
	assert_int_equal(built.header.len, 0);
	drop(&built);
	assert_int_equal(build(&built, CLIENTAUTH_POST, "a", "b&c=d"), 0);
	assert_string_equal((char *)built.form.data, "client_id=a&client_secret=b%26c%3Dd");
	assert_int_equal(built.header.len, 0);
	drop(&built);
	assert_int_equal(build(&built, CLIENTAUTH_PRIVATE_KEY, "a", "e30.e30.AA"), 0);
	assert_string_equal(
		(char *)built.form.data,
		"client_id=a&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-"
		"type%3Ajwt-bearer&client_assertion=e30.e30.AA");
	drop(&built);
}

static void test_what_is_missing_is_an_error(void **state)
{
	static const enum clientauth_method rows[] = {
		CLIENTAUTH_INVALID,
		CLIENTAUTH_BASIC,
		CLIENTAUTH_POST,
		CLIENTAUTH_PRIVATE_KEY,
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct built built;

		assert_int_equal(build(&built, rows[i], "a", NULL), -EINVAL);
		drop(&built);
	}
}

static void test_methods_have_their_registered_names(void **state)
{
	(void)state;
	for (enum clientauth_method m = CLIENTAUTH_NONE; m <= CLIENTAUTH_SELF_TLS; m++)
		assert_int_equal(clientauth_from_name(clientauth_name(m)), m);
	assert_int_equal(clientauth_from_name("client_secret_jwt"), CLIENTAUTH_INVALID);
	assert_int_equal(clientauth_from_name("NONE"), CLIENTAUTH_INVALID);
	assert_int_equal(clientauth_from_name("invalid"), CLIENTAUTH_INVALID);
	assert_true(clientauth_needs_assertion(CLIENTAUTH_PRIVATE_KEY));
	assert_false(clientauth_needs_assertion(CLIENTAUTH_BASIC));
	assert_true(clientauth_uses_tls(CLIENTAUTH_TLS) &&
		    clientauth_uses_tls(CLIENTAUTH_SELF_TLS));
	assert_false(clientauth_uses_tls(CLIENTAUTH_NONE) ||
		     clientauth_uses_tls(CLIENTAUTH_PRIVATE_KEY));
}

TEST_MAIN(TEST(test_basic_encodes_before_it_joins), TEST(test_the_other_methods_fill_the_form),
	  TEST(test_what_is_missing_is_an_error), TEST(test_methods_have_their_registered_names))
