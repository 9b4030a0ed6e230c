/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/identify.h"

#include <errno.h>

#include "common/limits.h"
#include "common/wire.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/settings.h"
#include "tests/lib/test.h"

static struct provider *provider;

static int setup_world(void **state)
{
	static const char *const pairs[] = {
		"issuer",
		"https://idp.example.org",
		"client_id",
		"host",
		"groups_from",
		"/realm/roles",
		"userinfo_endpoint",
		"https://idp.example.org/userinfo",
	};
	struct settings *settings = NULL;
	struct wire_in in;
	struct buf message;
	int r;

	(void)state;
	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_SETUP, 0);
	wire_put_u32(&message, 1);
	wire_put_str(&message, "provider");
	wire_put_str(&message, "p");
	wire_put_count(&message, ELEMENTSOF(pairs) / 2);
	for (size_t i = 0; i < ELEMENTSOF(pairs); i += 2)
		wire_put_field(&message, 's', pairs[i], pairs[i + 1]);
	r = wire_end(&message);
	if (r == 0)
		r = wire_open(&in, message.data, message.len);
	if (r < 0)
		return r;
	IGNORE(wire_get_u32(&in));
	IGNORE(wire_get_str(&in, 64) == NULL);
	IGNORE(wire_get_str(&in, 64) == NULL);
	r = settings_read(&in, &settings);
	buf_done(&message);
	return r < 0 ? r : provider_new(NULL, "p", settings, &provider);
}

static int teardown_world(void **state)
{
	(void)state;
	provider = provider_unref(provider);
	return 0;
}

static json_t *parse(const char *text)
{
	json_t *json = NULL;

	if (text)
		assert_int_equal(
			json_parse(text, strlen(text), HTTP_BODY_MAX, JSON_ROOT_OBJECT, &json), 0);
	return json;
}

struct read {
	char name[64], sub[64], acr[64];
	size_t n_groups, n_scopes, n_claims;
	char first_group[64];
	uint64_t expires;
};

static void get(struct wire_in *in, char *out, size_t room)
{
	assert_true(snprintf(out, room, "%s", wire_get_str(in, WIRE_STRING_MAX)) >= 0);
}

static size_t get_list(struct wire_in *in, char *first, size_t room)
{
	uint32_t n = wire_get_count(in);

	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 && first)
			get(in, first, room);
		else
			IGNORE(wire_get_str(in, WIRE_STRING_MAX) == NULL);
	}
	return n;
}

/* Builds the message and reads it as the authority would. */
static int identify(const char *id_token, const char *userinfo, const char *scopes,
		    struct read *read)
{
	struct token_claims claims = { .json = parse(id_token), .iss = "https://idp.example.org" };
	json_t *info = parse(userinfo);
	const struct identify who = {
		.provider = provider,
		.claims = id_token ? &claims : NULL,
		.userinfo = info,
		.scopes = scopes,
		.expires = 1000,
	};
	struct wire_in in;
	struct buf message;
	int r;

	claims.sub = "the-subject";
	claims.acr = "the-acr";
	claims.exp = 2000;
	*read = (struct read){ .n_groups = 0 };
	buf_init(&message, WIRE_MESSAGE_MAX);
	r = identify_put(&message, 7, &who);
	if (r == 0)
		r = wire_end(&message);
	if (r == 0) {
		assert_int_equal(wire_open(&in, message.data, message.len), 0);
		assert_int_equal(wire_get_u64(&in), 7);
		assert_string_equal(wire_get_str(&in, 64), "p");
		assert_string_equal(wire_get_str(&in, 64), "https://idp.example.org");
		get(&in, read->sub, sizeof(read->sub));
		get(&in, read->name, sizeof(read->name));
		read->n_groups = get_list(&in, read->first_group, sizeof(read->first_group));
		IGNORE(get_list(&in, NULL, 0) > 0);
		read->n_scopes = get_list(&in, NULL, 0);
		get(&in, read->acr, sizeof(read->acr));
		IGNORE(get_list(&in, NULL, 0) > 0);
		IGNORE(wire_get_u64(&in) > 0);
		read->expires = wire_get_u64(&in);
		read->n_claims = wire_get_count(&in);
	}
	buf_done(&message);
	json_release_p(&claims.json);
	json_release_p(&info);
	return r;
}

static void test_an_id_token_says_who_it_is(void **state)
{
	struct read read;

	(void)state;
	assert_int_equal(
		identify(
			"{\"preferred_username\":\"alice\",\"realm\":{\"roles\":[\"staff\",\"a/b\"]}}",
			NULL, "openid  profile ", &read),
		0);
	assert_string_equal(read.sub, "the-subject");
	assert_string_equal(read.name, "alice");
	assert_string_equal(read.acr, "the-acr");
	assert_int_equal(read.n_groups, 2);
	assert_string_equal(read.first_group, "staff");
	assert_int_equal(read.n_scopes, 2);
	assert_int_equal(read.expires, 2000);
	/* Groups go in their own field only. */
	assert_int_equal(read.n_claims, 1);
}

static void test_userinfo_adds_and_never_replaces(void **state)
{
	struct read read;

	(void)state;
	assert_int_equal(
		identify(
			"{\"preferred_username\":\"alice\"}",
			"{\"sub\":\"x\",\"preferred_username\":\"root\",\"acr\":\"high\",\"auth_time\":1,"
			"\"realm\":{\"roles\":[\"staff\"]}}",
			"openid", &read),
		0);
	assert_string_equal(read.name, "alice");
	assert_string_equal(read.sub, "the-subject");
	assert_string_equal(read.acr, "the-acr");
	assert_int_equal(read.n_groups, 1);
	/* preferred_username and sub; acr and auth_time are of another login. */
	assert_int_equal(read.n_claims, 2);
}

static void test_without_an_id_token_userinfo_says_who_it_is(void **state)
{
	struct read read;

	(void)state;
	assert_int_equal(
		identify(NULL, "{\"sub\":\"u-1\",\"preferred_username\":\"bob\",\"acr\":\"high\"}",
			 "profile", &read),
		0);
	assert_string_equal(read.sub, "u-1");
	assert_string_equal(read.name, "bob");
	assert_string_equal(read.acr, "");
	assert_int_equal(read.expires, 1000);
	assert_int_equal(identify(NULL, "{\"preferred_username\":\"bob\"}", "profile", &read),
			 -ENODATA);
	assert_int_equal(identify(NULL, NULL, "profile", &read), -ENODATA);
}

static void test_groups_are_a_list_of_texts_or_nothing(void **state)
{
	static const char *const none[] = {
		"{}",
		"{\"realm\":{\"roles\":\"staff\"}}",
		"{\"realm\":{\"roles\":[\"staff\",7]}}",
		"{\"realm\":{\"roles\":{\"staff\":true}}}",
		"{\"realm\":{\"roles\":[[\"staff\"]]}}",
		"{\"realm\":[\"staff\"]}",
		"{\"groups\":[\"staff\"]}",
	};
	struct read read;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(none); i++) {
		assert_int_equal(identify(none[i], NULL, "openid", &read), 0);
		assert_int_equal(read.n_groups, 0);
	}
}

static void test_what_the_authority_would_not_take_is_not_sent(void **state)
{
	static char many[512 * 1024] = "{\"realm\":{\"roles\":[\"g\"";
	struct read read;
	size_t at = strlen(many);

	(void)state;
	assert_int_equal(identify("{\"preferred_username\":\"a\\nroot\"}", NULL, "openid", &read),
			 -EBADMSG);
	assert_int_equal(identify("{\"realm\":{\"roles\":[\"a\\u001bb\"]}}", NULL, "openid", &read),
			 -EBADMSG);
	/* Too much to send is an error; a list cut short would hide what a rule forbids. */
	for (unsigned i = 0; i < 1500; i++)
		at += (size_t)snprintf(many + at, sizeof(many) - at, ",\"%0100u\"", i);
	assert_true(snprintf(many + at, sizeof(many) - at, "]}}") > 0);
	assert_int_equal(identify(many, NULL, "openid", &read), -EMSGSIZE);
	at = strlen("{\"realm\":{\"roles\":[\"g\"");
	for (unsigned i = 0; i < USER_GROUPS_MAX; i++)
		at += (size_t)snprintf(many + at, sizeof(many) - at, ",\"%u\"", i);
	assert_true(snprintf(many + at, sizeof(many) - at, "]}}") > 0);
	assert_int_equal(identify(many, NULL, "openid", &read), -EMSGSIZE);
	(void)snprintf(many, sizeof(many), "{\"realm\":{\"roles\":[\"g\",\"%01025u\"]}}", 0u);
	assert_int_equal(identify(many, NULL, "openid", &read), -EMSGSIZE);
}

static void test_userinfo_is_asked_only_for_what_is_missing(void **state)
{
	static const struct {
		const char *claims;
		bool wants;
	} rows[] = {
		{ "{}", true },
		{ "{\"preferred_username\":\"a\"}", true },
		{ "{\"realm\":{\"roles\":[]}}", true },
		{ "{\"preferred_username\":\"a\",\"realm\":{\"roles\":[]}}", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		json_t *claims = parse(rows[i].claims);

		assert_int_equal(identify_wants_userinfo(provider, claims), rows[i].wants);
		json_release_p(&claims);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_id_token_says_who_it_is),
		TEST(test_userinfo_adds_and_never_replaces),
		TEST(test_without_an_id_token_userinfo_says_who_it_is),
		TEST(test_groups_are_a_list_of_texts_or_nothing),
		TEST(test_what_the_authority_would_not_take_is_not_sent),
		TEST(test_userinfo_is_asked_only_for_what_is_missing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_world, teardown_world);
}
