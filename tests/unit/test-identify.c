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

#define COMMON                                                                                   \
	"issuer", "https://idp.example.org", "client_id", "host", "groups_from", "/realm/roles", \
		"userinfo_endpoint", "https://idp.example.org/userinfo"

/* A provider of these keys and values, NULL at the end. */
static struct provider *provider_of(const char *const *pairs)
{
	struct settings *settings = NULL;
	struct provider *made = NULL;
	struct wire_in in;
	struct buf message;
	size_t n = 0;

	while (pairs[n])
		n++;
	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_SETUP, 0);
	wire_put_u32(&message, 1);
	wire_put_str(&message, "provider");
	wire_put_str(&message, "p");
	wire_put_count(&message, n / 2);
	for (size_t i = 0; i < n; i += 2)
		wire_put_field(&message, 's', pairs[i], pairs[i + 1]);
	assert_int_equal(wire_end(&message), 0);
	assert_int_equal(wire_open(&in, message.data, message.len), 0);
	IGNORE(wire_get_u32(&in));
	IGNORE(wire_get_str(&in, 64) == NULL);
	IGNORE(wire_get_str(&in, 64) == NULL);
	assert_int_equal(settings_read(&in, &settings), 0);
	buf_done(&message);
	assert_int_equal(provider_new(NULL, "p", settings, &made), 0);
	return made;
}

/* The provider of the next questions. */
static void use(const char *const *pairs)
{
	provider = provider_unref(provider);
	provider = provider_of(pairs);
	assert_string_equal(provider->broken, "");
}

static int setup_world(void **state)
{
	static const char *const pairs[] = { COMMON, NULL };

	(void)state;
	use(pairs);
	return 0;
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
	size_t n_entitlements, n_unknown;
	char first_group[64], first_entitlement[64], first_unknown[64];
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

static void read_identity(const struct buf *message, struct read *read)
{
	struct wire_in in;

	assert_int_equal(wire_open(&in, message->data, message->len), 0);
	assert_int_equal(wire_get_u64(&in), 7);
	assert_string_equal(wire_get_str(&in, 64), "p");
	assert_string_equal(wire_get_str(&in, 64), "https://idp.example.org");
	get(&in, read->sub, sizeof(read->sub));
	get(&in, read->name, sizeof(read->name));
	read->n_groups = get_list(&in, read->first_group, sizeof(read->first_group));
	read->n_entitlements =
		get_list(&in, read->first_entitlement, sizeof(read->first_entitlement));
	read->n_scopes = get_list(&in, NULL, 0);
	get(&in, read->acr, sizeof(read->acr));
	IGNORE(get_list(&in, NULL, 0) > 0);
	IGNORE(wire_get_u64(&in) > 0);
	read->expires = wire_get_u64(&in);
	read->n_claims = wire_get_count(&in);
	for (size_t i = 0; i < read->n_claims; i++)
		IGNORE(wire_get_field(&in).type);
	read->n_unknown = get_list(&in, read->first_unknown, sizeof(read->first_unknown));
	assert_int_equal(wire_close(&in), 0);
}

/* Builds the message and reads it as the authority would. */
static int identify_all(const char *id_token, const char *userinfo, const char *token,
			const char *scopes, struct read *read)
{
	struct token_claims claims = { .json = parse(id_token), .iss = "https://idp.example.org" };
	json_t *info = parse(userinfo), *properties = parse(token);
	const struct identify who = {
		.provider = provider,
		.claims = id_token ? &claims : NULL,
		.userinfo = info,
		.token = properties,
		.scopes = scopes,
		.expires = 1000,
	};
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
	if (r == 0)
		read_identity(&message, read);
	buf_done(&message);
	json_release_p(&claims.json);
	json_release_p(&info);
	json_release_p(&properties);
	return r;
}

static int identify(const char *id_token, const char *userinfo, const char *scopes,
		    struct read *read)
{
	return identify_all(id_token, userinfo, NULL, scopes, read);
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

static void test_one_source_says_who_it_is_and_no_other(void **state)
{
	static const char *const by_userinfo[] = { COMMON, "subject_from", "userinfo", NULL };
	static const char *const by_pointer[] = { COMMON, "subject_from", "userinfo:/ids/hr",
						  NULL };
	static const char *const by_token[] = { COMMON, "subject_from", "token:/user_id", NULL };
	static const char info[] = "{\"sub\":\"u-1\",\"ids\":{\"hr\":4815},"
				   "\"preferred_username\":\"bob\",\"acr\":\"high\"}";
	struct read read;

	(void)state;
	assert_int_equal(identify(NULL, info, "profile", &read), -ENODATA); /* id_token is asked */
	use(by_userinfo);
	assert_int_equal(identify(NULL, info, "profile", &read), 0);
	assert_string_equal(read.sub, "u-1");
	assert_string_equal(read.name, "bob");
	assert_string_equal(read.acr, "");
	assert_int_equal(read.expires, 1000);
	assert_int_equal(identify("{}", "{\"preferred_username\":\"bob\"}", "openid", &read),
			 -ENODATA);
	assert_int_equal(identify("{}", NULL, "openid", &read), -ENODATA);
	use(by_pointer);
	assert_int_equal(identify("{}", info, "openid", &read), 0);
	assert_string_equal(read.sub, "4815");
	use(by_token);
	assert_int_equal(identify_all("{\"user_id\":\"x\"}", "{\"sub\":\"s\",\"user_id\":\"y\"}",
				      "{\"user_id\":\"z\",\"preferred_username\":\"zoe\"}",
				      "openid", &read),
			 0);
	assert_string_equal(read.sub, "z");
	assert_string_equal(read.name, "zoe"); /* what nobody else says */
	assert_string_equal(read.acr, "the-acr");
	assert_int_equal(identify_all("{\"user_id\":\"x\"}", NULL, "{}", "openid", &read),
			 -ENODATA);
	IGNORE(setup_world(NULL));
}

/* The member of a token response that is the subject: every kind of value. */
static void test_a_subject_is_a_text_or_a_whole_number(void **state)
{
	static const char *const by_token[] = { COMMON,         "mode",           "oauth2",
						"subject_from", "token:/user_id", NULL };
	static const struct {
		const char *value, *subject; /* NULL: nobody */
	} rows[] = {
		{ "\"u-1\"", "u-1" },
		{ "\"007\"", "007" },
		{ "\" 7 \"", " 7 " }, /* as it stands: another than 7 */
		{ "7", "7" },
		{ "4294967296", "4294967296" },
		{ "9007199254740991", "9007199254740991" },
		{ "9007199254740992", NULL },
		{ "9007199254740993", NULL },
		{ "9223372036854775807", NULL },
		{ "0", NULL },
		{ "-0", NULL },
		{ "-7", NULL },
		{ "1e3", NULL },
		{ "1E3", NULL },
		{ "1.0", NULL },
		{ "1.5", NULL },
		{ "true", NULL },
		{ "false", NULL },
		{ "null", NULL },
		{ "\"\"", NULL },
		{ "{}", NULL },
		{ "{\"id\":7}", NULL },
		{ "[]", NULL },
		{ "[\"u-1\"]", NULL },
		{ "\"\u00e9\"", NULL },
		{ "\"a\\nb\"", NULL },
		{ "\"a\\u001b[2J\"", NULL },
		{ "\"a\\u007f\"", NULL },
	};
	struct read read;
	char text[512];

	(void)state;
	use(by_token);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r;

		(void)snprintf(text, sizeof(text), "{\"user_id\":%s,\"sub\":\"other\"}",
			       rows[i].value);
		r = identify_all(NULL, NULL, text, "", &read);
		if (r != (rows[i].subject ? 0 : -ENODATA))
			fail_msg("%s: %d", rows[i].value, r);
		if (rows[i].subject)
			assert_string_equal(read.sub, rows[i].subject);
	}
	(void)snprintf(text, sizeof(text), "{\"user_id\":\"%0255u\"}", 0u);
	assert_int_equal(identify_all(NULL, NULL, text, "", &read), 0);
	(void)snprintf(text, sizeof(text), "{\"user_id\":\"%0256u\"}", 0u);
	assert_int_equal(identify_all(NULL, NULL, text, "", &read), -ENODATA);
	assert_int_equal(identify_all(NULL, NULL, "{\"userid\":\"7\"}", "", &read), -ENODATA);
	assert_int_equal(identify_all(NULL, NULL, NULL, "", &read), -ENODATA);
	IGNORE(setup_world(NULL));
}

/* Rules see what the token response says, where it says who somebody is, and never a token. */
static void test_properties_of_a_token_response_are_claims(void **state)
{
	static const char *const by_token[] = { COMMON,         "mode",           "oauth2",
						"subject_from", "token:/user_id", NULL };
	static const char answer[] =
		"{\"user_id\":\"7\",\"customer_number\":\"c-1\",\"acr\":\"high\",\"auth_time\":1}";
	struct read read;

	(void)state;
	assert_int_equal(identify_all("{}", NULL, answer, "openid", &read), 0);
	assert_int_equal(read.n_claims, 0); /* subject_from = id_token: not looked at */
	use(by_token);
	assert_int_equal(identify_all(NULL, NULL, answer, "", &read), 0);
	assert_int_equal(read.n_claims, 2);
	assert_string_equal(read.acr, "");
	IGNORE(setup_world(NULL));
}

/* ---- lists ---- */

static const char *const not_lists[] = {
	"\"staff\"",     "{\"staff\":true}", "7",    "true",
	"[\"staff\",7]", "[\"staff\",null]", "null", "[{\"name\":\"staff\"}]",
	"[[\"staff\"]]", "[true]",           "{}",   "[\"staff\",\"a\\u0000b\"]",
};

static void test_what_is_no_list_of_texts_is_not_known(void **state)
{
	struct read read;
	char text[256];

	(void)state;
	assert_int_equal(identify("{}", NULL, "openid", &read), 0);
	assert_int_equal(read.n_groups, 0);
	assert_int_equal(read.n_unknown, 0); /* it says nothing: nobody is in any group */
	assert_int_equal(identify("{\"groups\":[\"staff\"]}", NULL, "openid", &read), 0);
	assert_int_equal(read.n_groups + read.n_unknown, 0);
	for (size_t i = 0; i < ELEMENTSOF(not_lists); i++) {
		(void)snprintf(text, sizeof(text), "{\"realm\":{\"roles\":%s}}", not_lists[i]);
		if (strstr(text, "u0000"))
			continue; /* the gate refuses the whole text */
		assert_int_equal(identify(text, NULL, "openid", &read), 0);
		assert_int_equal(read.n_groups, 0);
		assert_int_equal(read.n_unknown, 1);
		assert_string_equal(read.first_unknown, "groups");
		(void)snprintf(text, sizeof(text), "{\"entitlements\":%s}", not_lists[i]);
		assert_int_equal(identify(text, NULL, "openid", &read), 0);
		assert_int_equal(read.n_entitlements, 0);
		assert_int_equal(read.n_unknown, 1);
		assert_string_equal(read.first_unknown, "entitlements");
		/* nor does it come back as claims */
		assert_int_equal(read.n_claims, 0);
	}
}

static void test_a_source_is_looked_into_and_no_other(void **state)
{
	static const char *const by_source[] = { COMMON, "entitlements_from", "token:/products",
						 NULL };
	static const char *const by_info[] = { COMMON, "entitlements_from", "userinfo:/products",
					       NULL };
	static const char products[] = "{\"products\":[\"aow\",\"zzz\"]}";
	struct read read;

	(void)state;
	use(by_source);
	assert_int_equal(identify_all(products, products, "{}", "openid", &read), 0);
	assert_int_equal(read.n_entitlements, 0);
	assert_int_equal(read.n_unknown, 0);
	assert_int_equal(identify_all("{}", NULL, products, "openid", &read), 0);
	assert_int_equal(read.n_entitlements, 2);
	assert_string_equal(read.first_entitlement, "aow");
	assert_int_equal(identify_all("{}", NULL, NULL, "openid", &read), 0);
	assert_string_equal(read.first_unknown, "entitlements");
	use(by_info);
	assert_int_equal(identify_all(products, NULL, products, "openid", &read), 0);
	assert_int_equal(read.n_entitlements, 0);
	assert_int_equal(read.n_unknown, 1); /* userinfo is not here: who knows */
	assert_int_equal(identify_all("{}", products, NULL, "openid", &read), 0);
	assert_int_equal(read.n_entitlements, 2);
	assert_int_equal(read.n_unknown, 0);
	IGNORE(setup_world(NULL));
}

/* Roles, products and details are claims; whether they were told at all goes over as marks. */
static void test_what_was_not_told_is_marked(void **state)
{
	static const char *const apart[] = { COMMON,         "roles_from", "/roles",
					     "details_from", "/required",  NULL };
	static const char *const beneath[] = { COMMON, "details_from", "/address/required", NULL };
	static const char *const bought[] = { COMMON, "products_from", "/products", NULL };
	static const char *const same[] = { COMMON, "roles_from", "/realm/roles", NULL };
	static const struct {
		const char *const *provider;
		const char *claims, *mark; /* the only one; "": none */
	} rows[] = {
		{ apart, "{}", "roles" },
		{ apart, "{\"roles\":null}", "roles" },
		{ apart, "{\"roles\":\"a b\"}", "roles" },
		{ apart, "{\"roles\":[\"a\",7]}", "roles" },
		{ apart, "{\"roles\":[{\"birthdate\":\"x\"}]}", "roles" },
		{ apart, "{\"roles\":[]}", "" },
		{ apart, "{\"roles\":[\"a\",\"b\"]}", "" },
		{ apart, "{\"roles\":[\"a\",\"RSSMRA85T10A562S\"]}", "roles" },
		{ apart, "{\"roles\":[],\"required\":null}", "" },
		{ apart, "{\"roles\":[],\"required\":false}", "" },
		{ apart, "{\"roles\":[],\"required\":0}", "" },
		{ apart, "{\"roles\":[],\"required\":\"\"}", "" },
		{ apart, "{\"roles\":[],\"required\":[]}", "" },
		{ apart, "{\"roles\":[],\"required\":[\"birthplace\"]}", "" },
		{ apart, "{\"roles\":[],\"required\":true}", "details" },
		{ apart, "{\"roles\":[],\"required\":1}", "details" },
		{ apart, "{\"roles\":[],\"required\":{\"birthplace\":true}}", "details" },
		{ apart, "{\"roles\":[],\"required\":[{\"birthplace\":true}]}", "details" },
		{ beneath, "{\"address\":{\"required\":[\"x\"]}}", "details" },
		{ beneath, "{\"address\":{}}", "" },
		{ bought, "{}", "products" },
		{ bought, "{\"products\":[]}", "" },
		{ same, "{}", "roles" }, /* no groups, and no roles that are known */
		{ same, "{\"realm\":{\"roles\":[]}}", "" },
	};
	struct read read;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		use(rows[i].provider);
		assert_int_equal(identify(rows[i].claims, NULL, "openid", &read), 0);
		if (read.n_unknown != (*rows[i].mark ? 1 : 0) ||
		    strcmp(read.first_unknown, rows[i].mark) != 0)
			fail_msg("%s: %zu %s", rows[i].claims, read.n_unknown, read.first_unknown);
	}
	use(same);
	assert_int_equal(identify("{\"realm\":{\"roles\":7}}", NULL, "openid", &read), 0);
	assert_int_equal(read.n_unknown, 2); /* groups and roles */
	IGNORE(setup_world(NULL));
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

static bool wants(const char *id_token, const char *token)
{
	struct token_claims claims = { .json = parse(id_token) };
	json_t *properties = parse(token);
	const struct identify who = { .provider = provider,
				      .claims = id_token ? &claims : NULL,
				      .token = properties };
	bool yes = identify_wants_userinfo(&who);

	json_release_p(&claims.json);
	json_release_p(&properties);
	return yes;
}

static void test_userinfo_is_asked_only_for_what_is_missing(void **state)
{
	static const char *const by_token[] = { COMMON, "subject_from", "token:/user_id", NULL };
	static const char *const by_userinfo[] = { COMMON, "subject_from", "userinfo", NULL };
	static const char *const products[] = { COMMON, "entitlements_from", "userinfo:/products",
						NULL };
	static const char *const traits[] = { "roles_from", "products_from", "details_from",
					      "site_from",  "origin_from",   "uuid_from",
					      "tenant_from" };
	static const char *const bare[] = { "issuer", "https://idp.example.org", "client_id",
					    "host", NULL };
	static const char all[] = "{\"preferred_username\":\"a\",\"realm\":{\"roles\":[]}}";
	static const struct {
		const char *claims;
		bool wants;
	} rows[] = {
		{ "{}", true },
		{ "{\"preferred_username\":\"a\"}", true },
		{ "{\"realm\":{\"roles\":[]}}", true },
		{ all, false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		assert_int_equal(wants(rows[i].claims, NULL), rows[i].wants);
	assert_true(wants("{}", all)); /* subject_from = id_token: not looked at */
	use(by_token);
	assert_false(wants("{}", all));
	assert_true(wants("{}", "{}"));
	use(by_userinfo);
	assert_true(wants(all, all));
	use(products);
	assert_true(wants(all, all));
	for (size_t i = 0; i < ELEMENTSOF(traits); i++) {
		const char *const pairs[] = { COMMON, traits[i], "/x", NULL };

		use(pairs);
		assert_true(wants(all, NULL));
		assert_false(wants("{\"preferred_username\":\"a\",\"realm\":{\"roles\":[]},"
				   "\"x\":[]}",
				   NULL));
	}
	use(bare);
	assert_false(wants("{}", NULL)); /* there is nobody to ask */
	IGNORE(setup_world(NULL));
}

static void test_a_provider_that_cannot_say_who_somebody_is_is_broken(void **state)
{
	static const char *const bad[][3] = {
		{ "subject_from", "sub", NULL },
		{ "subject_from", "id_token:/oid", NULL },
		{ "subject_from", "introspection:/sub", NULL },
		{ "subject_from", "token:", NULL },
		{ "subject_from", "token:/a~2", NULL },
		{ "subject_from", "/sub", NULL },
		{ "mode", "oauth2", NULL }, /* subject_from is id_token */
		{ "mode", "OAuth2", NULL },
		{ "groups_from", "groups", NULL },
		{ "groups_from", "idtoken:/groups", NULL },
		{ "entitlements_from", "userinfo:products", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		const char *pairs[] = { "issuer",    "https://idp.example.org",
					"client_id", "host",
					bad[i][0],   bad[i][1],
					NULL };
		struct provider *made = provider_of(pairs);

		if (!*made->broken)
			fail_msg("%s = %s was taken", bad[i][0], bad[i][1]);
		provider_unref(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_id_token_says_who_it_is),
		TEST(test_userinfo_adds_and_never_replaces),
		TEST(test_one_source_says_who_it_is_and_no_other),
		TEST(test_a_subject_is_a_text_or_a_whole_number),
		TEST(test_properties_of_a_token_response_are_claims),
		TEST(test_what_is_no_list_of_texts_is_not_known),
		TEST(test_a_source_is_looked_into_and_no_other),
		TEST(test_a_provider_that_cannot_say_who_somebody_is_is_broken),
		TEST(test_what_was_not_told_is_marked),
		TEST(test_what_the_authority_would_not_take_is_not_sent),
		TEST(test_userinfo_is_asked_only_for_what_is_missing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_world, teardown_world);
}
