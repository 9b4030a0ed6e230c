/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* personal.c is included as source so that the order of its table can be checked. */
#include "tests/lib/test.h"

#include "common/limits.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/personal.c" // NOLINT(bugprone-suspicious-include)

static struct flatten *flatten_text(const char *text, const struct flatten_policy *policy)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	struct flatten *flatten = NULL;

	assert_int_equal(json_parse(text, strlen(text), 1 << 20, JSON_ROOT_OBJECT, &json), 0);
	assert_int_equal(flatten_claims(json, policy, &flatten), 0);
	return flatten;
}

static int flatten_outcome(const char *text)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	_cleanup_(flatten_freep) struct flatten *flatten = NULL;

	assert_int_equal(json_parse(text, strlen(text), 1 << 20, JSON_ROOT_OBJECT, &json), 0);
	return flatten_claims(json, NULL, &flatten);
}

static void assert_pair(const struct flatten *flatten, size_t i, char type, const char *path,
			const char *value)
{
	const struct flatten_pair *pair = flatten_get(flatten, i);

	assert_non_null(pair);
	assert_int_equal(pair->type, type);
	assert_string_equal(pair->path, path);
	assert_string_equal(pair->value, value);
}

static void test_claims_become_pairs_in_order(void **state)
{
	_cleanup_(flatten_freep) struct flatten *flatten = flatten_text(
		"{\"groups\":[\"a\",\"b\"],\"n\":-7,\"r\":0.5,\"ok\":true,\"no\":false,\"x\":null,"
		"\"realm_access\":{\"roles\":[\"r1\"]},\"a/b\":{\"c~d\":\"e\"},\"urn:x:y.z\":\"u\","
		"\"list\":[{\"v\":1},[\"in\"],\"s\"],\"empty\":[],\"none\":{},\"blank\":\"\"}",
		NULL);

	(void)state;
	assert_pair(flatten, 0, 's', "/groups", "a");
	assert_pair(flatten, 1, 's', "/groups", "b");
	assert_pair(flatten, 2, 'n', "/n", "-7");
	assert_pair(flatten, 3, 'n', "/r", "0.5");
	assert_pair(flatten, 4, 'b', "/ok", "true");
	assert_pair(flatten, 5, 'b', "/no", "false");
	assert_pair(flatten, 6, 's', "/realm_access/roles", "r1");
	assert_pair(flatten, 7, 's', "/a~1b/c~0d", "e");
	assert_pair(flatten, 8, 's', "/urn:x:y.z", "u");
	assert_pair(flatten, 9, 'n', "/list/0/v", "1");
	assert_pair(flatten, 10, 's', "/list/1", "in");
	assert_pair(flatten, 11, 's', "/list", "s");
	assert_pair(flatten, 12, 's', "/blank", "");
	assert_int_equal(flatten_count(flatten), 13);
	assert_null(flatten_get(flatten, 13));
	assert_int_equal(flatten_dropped(flatten), 0);
}

static void test_a_policy_narrows(void **state)
{
	static const char text[] =
		"{\"groups\":[\"a\"],\"groups2\":\"x\",\"deep\":{\"a\":1,\"b\":{\"c\":2}},\"z\":3}";
	static const char *const skip[] = { "/groups", "" };
	static const char *const only[] = { "/deep", "/z", "/groups" };
	struct flatten_policy policy = { .skip = skip, .n_skip = 2 };
	_cleanup_(flatten_freep) struct flatten *without = flatten_text(text, &policy);

	(void)state;
	assert_int_equal(flatten_count(without), 4);
	assert_pair(without, 0, 's', "/groups2", "x"); /* a name that only begins alike stays */
	policy.only = only;
	policy.n_only = ELEMENTSOF(only);
	_cleanup_(flatten_freep) struct flatten *some = flatten_text(text, &policy);
	assert_int_equal(flatten_count(some), 3);
	assert_pair(some, 1, 'n', "/deep/b/c", "2");
	policy.n_only = 0; /* an empty list allows nothing */
	_cleanup_(flatten_freep) struct flatten *none = flatten_text(text, &policy);
	assert_int_equal(flatten_count(none), 0);
}

/* All of 1.4 of the requirements, in the shapes platforms give it. */
static void test_personal_data_never_comes_out(void **state)
{
	static const char text[] =
		"{\"sub\":\"alice\",\"birthdate\":\"HIDDEN\",\"gender\":\"HIDDEN\","
		"\"address\":{\"formatted\":\"HIDDEN\",\"country\":\"HIDDEN\"},"
		"\"phone_number\":\"HIDDEN\",\"phone_number_verified\":true,\"fiscal_number\":\"HIDDEN\","
		"\"fiscalNumber\":\"HIDDEN\",\"codice_fiscale\":\"HIDDEN\",\"password\":\"HIDDEN\","
		"\"social_number\":\"HIDDEN\",\"socialSecurityNumber\":\"HIDDEN\",\"sex\":\"HIDDEN\","
		"\"nationality\":\"HIDDEN\",\"place_of_birth\":\"HIDDEN\",\"birthplace#it\":\"HIDDEN\","
		"\"https://attributes.eid.gov.it/fiscal_number\":\"HIDDEN\","
		"\"urn:oid:1.3.6:schacDateOfBirth\":\"HIDDEN\",\"picture\":\"HIDDEN\","
		"\"deep\":{\"list\":[{\"userPassword\":\"HIDDEN\",\"ok\":1}]},"
		"\"phoneNumbers\":[{\"value\":\"HIDDEN\"}],\"refresh_token\":\"HIDDEN\","
		"\"username\":\"RSSMRA85T10A562S\",\"alias\":\"TINIT-RSSMRA85T10A562S\","
		"\"ids\":[\"urn:schac:personalUniqueID:it:CF:rssmra85t10a562s\",\"kept\"],"
		"\"schacPersonalUniqueID\":[\"HIDDEN\"],\"email\":\"alice@example.org\"}";
	static const char *const wish[] = { "/birthdate", "/sub", "/email", "/username" };
	struct flatten_policy policy = { .only = wish, .n_only = ELEMENTSOF(wish) };
	_cleanup_(flatten_freep) struct flatten *flatten = flatten_text(text, NULL);
	_cleanup_(flatten_freep) struct flatten *wished = flatten_text(text, &policy);

	(void)state;
	for (size_t i = 0; i < flatten_count(flatten); i++) {
		assert_null(strstr(flatten_get(flatten, i)->value, "HIDDEN"));
		assert_null(strcasestr(flatten_get(flatten, i)->value, "RSSMRA"));
	}
	assert_int_equal(flatten_count(flatten), 4);
	assert_pair(flatten, 0, 's', "/sub", "alice");
	assert_pair(flatten, 1, 'n', "/deep/list/0/ok", "1");
	assert_pair(flatten, 2, 's', "/ids", "kept");
	assert_pair(flatten, 3, 's', "/email", "alice@example.org");
	assert_int_equal(flatten_dropped(flatten), 25);
	assert_int_equal(flatten_count(wished), 2); /* asking for it does not help */
}

static void test_what_a_host_needs_is_not_personal(void **state)
{
	static const char *const kept[] = {
		"sub",
		"iss",
		"name",
		"given_name",
		"email",
		"preferred_username",
		"groups",
		"entitlements",
		"eduperson_entitlement",
		"loa",
		"acr",
		"amr",
		"auth_time",
		"sshKeys",
		"uidNumber",
		"gidNumber",
		"homeDirectory",
		"loginShell",
		"active",
		"endTime",
		"origin",
		"department",
		"email_verified",
		"tenant_id",
		"roles",
		"infn-uuid",
		"national_roles",
		"pins",
	};
	static const char *const fine[] = {
		"",
		"alice",
		"RSSMRA85T10A562X" /* wrong check letter */,
		"RSSMRA85T10A562",
		"1234567890123456",
		"XRSSMRA85T10A562S",
		"ABCDEFGHIJKLMNOP",
		"7f0d4f2a-6f3e-4a7a-9d1c-0b7a5a2c9b11",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(kept); i++)
		if (flatten_is_personal(kept[i], NULL))
			fail_msg("%s", kept[i]);
	for (size_t i = 0; i < ELEMENTSOF(fine); i++)
		if (flatten_is_personal("x", fine[i]))
			fail_msg("%s", fine[i]);
	assert_true(flatten_is_personal("x", "RSSMRA85T10A562S"));
	assert_true(flatten_is_personal("x", "MRTMTT91D08F205J"));
	assert_true(flatten_is_personal("x", "MLLSNT82P65Z404U"));
	assert_true(flatten_is_personal("x", "RSSMRA85T10A56NH")); /* a digit as letter */
}

static void test_every_row_of_the_table_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		if (i > 0)
			assert_true(strcmp(names[i - 1], names[i]) < 0);
		assert_true(flatten_is_personal(names[i], NULL));
	}
	for (size_t i = 0; i < ELEMENTSOF(stems); i++)
		assert_true(flatten_is_personal(stems[i], NULL));
	assert_true(flatten_is_personal("Birth_Date", NULL));
	assert_true(flatten_is_personal("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
					"dateofbirth",
					NULL));
	assert_true(flatten_is_personal("user.fiscal-code", NULL));
}

static void test_too_many_claims_give_none(void **state)
{
	char text[120000];
	size_t n = 0;

	(void)state;
	for (unsigned n_claims = 255; n_claims < 259; n_claims++) {
		n = (size_t)snprintf(text, sizeof(text), "{");
		for (unsigned i = 0; i < n_claims; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"c%u\":1",
					      i ? "," : "", i);
		(void)snprintf(text + n, sizeof(text) - n, "}");
		assert_int_equal(flatten_outcome(text),
				 n_claims <= CLAIMS_PAIRS_MAX ? 0 : FLATTEN_E_TOO_MUCH);
	}
}

static void test_too_many_bytes_give_none(void **state)
{
	char text[120000];

	(void)state;
	for (size_t len = CLAIMS_BYTES_MAX - 20; len < CLAIMS_BYTES_MAX + 20; len++) {
		/* "/c" NUL, the value and its NUL */
		int wanted = len + 4 <= CLAIMS_BYTES_MAX ? 0 : FLATTEN_E_TOO_MUCH;

		memset(text, 'x', sizeof(text));
		memcpy(text, "{\"c\":\"", 6);
		memcpy(text + 6 + len, "\"}", 3);
		assert_int_equal(flatten_outcome(text), wanted);
	}
	/* A key longer than any path. */
	memset(text, 'x', sizeof(text));
	memcpy(text, "{\"", 2);
	memcpy(text + 2000, "\":1}", 5);
	assert_int_equal(flatten_outcome(text), FLATTEN_E_TOO_MUCH);
}

TEST_MAIN(TEST(test_claims_become_pairs_in_order), TEST(test_a_policy_narrows),
	  TEST(test_personal_data_never_comes_out), TEST(test_what_a_host_needs_is_not_personal),
	  TEST(test_every_row_of_the_table_is_found), TEST(test_too_many_claims_give_none),
	  TEST(test_too_many_bytes_give_none))
