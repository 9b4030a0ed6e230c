/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd against platforms that say who somebody is in every way there is, right and
 * wrong: plain OAuth, members of the token response, signed userinfo, lists that are none.
 */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC)

struct row {
	const char *what;    /* case of the mock */
	const char *verdict; /* the subject of an IDENTITY, or "!CODE" of DENIED or FAILED */
	const char *unknown; /* the list that is not known; NULL: none is */
	unsigned n_groups, n_entitlements;
};

/* What a row's provider is configured with beside its issuer. */
static void set_up_provider(const char *what, const char *const *keys, bool endpoints)
{
	char issuer[256], device[300], token[300], userinfo[300];
	const char *pairs[32] = { "issuer", issuer, "client_id", "host-public", "ca", mock.ca };
	size_t n = 6;

	netd_world_issuer(what, issuer);
	(void)snprintf(device, sizeof(device), "%s/device", issuer);
	(void)snprintf(token, sizeof(token), "%s/token", issuer);
	(void)snprintf(userinfo, sizeof(userinfo), "%s/userinfo", issuer);
	for (; *keys; keys++)
		pairs[n++] = *keys;
	if (endpoints) {
		pairs[n++] = "device_endpoint";
		pairs[n++] = device;
		pairs[n++] = "token_endpoint";
		pairs[n++] = token;
		if (strstr(what, "oauth2-userinfo") || strstr(what, "oauth2-signed")) {
			pairs[n++] = "userinfo_endpoint";
			pairs[n++] = userinfo;
		}
	}
	assert_true(n < ELEMENTSOF(pairs));
	assert_int_equal(fake_core_setup(&core, 1, "provider", what, pairs), 0);
}

static unsigned skip_list(struct wire_in *in, const char **ret_first)
{
	uint32_t n = wire_get_count(in);

	for (uint32_t i = 0; i < n; i++) {
		const char *text = wire_get_str(in, WIRE_STRING_MAX);

		if (i == 0 && ret_first)
			*ret_first = text;
	}
	return n;
}

static bool judge_identity(const struct row *row, struct wire_in *in)
{
	const char *sub, *unknown = NULL;
	unsigned groups, entitlements, n_unknown;
	bool right;

	IGNORE(wire_get_str(in, WIRE_STRING_MAX) == NULL); /* provider */
	IGNORE(wire_get_str(in, WIRE_STRING_MAX) == NULL); /* issuer */
	sub = wire_get_str(in, WIRE_STRING_MAX);
	IGNORE(wire_get_str(in, WIRE_STRING_MAX) == NULL); /* name */
	groups = skip_list(in, NULL);
	entitlements = skip_list(in, NULL);
	IGNORE(skip_list(in, NULL) > 0); /* scopes */
	IGNORE(wire_get_str(in, WIRE_STRING_MAX) == NULL);
	IGNORE(skip_list(in, NULL) > 0); /* amr */
	IGNORE(wire_get_u64(in) + wire_get_u64(in) > 0);
	for (uint32_t i = wire_get_count(in); i > 0; i--) {
		struct wire_field field = wire_get_field(in);

		assert_null(strstr(field.value, "refresh-secret"));
		assert_null(strstr(field.key, "token"));
	}
	n_unknown = skip_list(in, &unknown);
	assert_int_equal(wire_close(in), 0);
	right = strcmp(sub, row->verdict) == 0 && groups == row->n_groups &&
		entitlements == row->n_entitlements && n_unknown == (row->unknown ? 1 : 0) &&
		(!row->unknown || strcmp(unknown, row->unknown) == 0);
	if (!right)
		print_message("%s: sub %s, %u groups, %u entitlements, %u unknown (%s)\n",
			      row->what, sub, groups, entitlements, n_unknown,
			      unknown ? unknown : "none");
	return right;
}

static bool judge_refusal(const struct row *row, struct wire_in *in)
{
	const char *code = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, REASON_MAX);
	bool right =
		row->verdict[0] == '!' && strcmp(code, row->verdict + 1) == 0 && strlen(text) > 10;

	if (!right)
		print_message("%s: %s (%s), expected %s\n", row->what, code, text, row->verdict);
	return right;
}

/* One provider and one flow a row, all side by side. */
static void run_rows(const char *const *keys, bool endpoints, const char *scopes,
		     const struct row *rows, size_t n)
{
	unsigned n_wrong = 0;
	struct wire_in in;

	if (no_platform)
		skip();
	assert_true(n < PROVIDERS_MAX);
	assert_int_equal(fake_core_reconnect(&core), 0);
	for (size_t i = 0; i < n; i++)
		set_up_provider(rows[i].what, keys, endpoints);
	assert_int_equal(fake_core_setup_end(&core, 1), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(fake_core_device(&core, i + 1, rows[i].what, scopes), 0);
	for (size_t left = n; left > 0;) {
		uint64_t flow;

		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		flow = wire_get_u64(&in);
		assert_true(flow > 0 && flow <= n);
		if (in.type == MSG_CODE)
			continue;
		n_wrong += in.type == MSG_IDENTITY ? !judge_identity(&rows[flow - 1], &in)
						   : !judge_refusal(&rows[flow - 1], &in);
		left--;
	}
	assert_int_equal(n_wrong, 0);
}

/* Nothing but a device and a token endpoint: who it is stands in the token response. */
static void test_a_platform_of_two_endpoints(void **state)
{
	static const char *const keys[] = { "mode",
					    "oauth2",
					    "subject_from",
					    "token:/user_id",
					    "entitlements_from",
					    "token:/products",
					    NULL };
	static const struct row rows[] = {
		{ "oauth2,uid=text", "u-7", NULL, 1, 0 },
		{ "oauth2,uid=integer", "4815", NULL, 1, 0 },
		{ "oauth2,uid=most", "9007199254740991", NULL, 1, 0 },
		{ "oauth2,uid=over", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=rounded", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=huge", "!platform-refused", NULL, 0, 0 }, /* no JSON of ours at all */
		{ "oauth2,uid=float", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=whole", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=exponent", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=zero", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=minus-zero", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=negative", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=empty", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=null", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=true", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=object", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=array", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=control", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=not-ascii", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=long", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=absent", "!bad-subject", NULL, 0, 0 },
		{ "oauth2,uid=client", "!workload-token", NULL, 0, 0 },
		{ "oauth2,uid=text,list=list", "u-7", NULL, 1, 2 },
		{ "oauth2,uid=text,list=empty-list", "u-7", NULL, 1, 0 },
		{ "oauth2,uid=text,list=string", "u-7", "entitlements", 1, 0 },
		{ "oauth2,uid=text,list=nested", "u-7", "entitlements", 1, 0 },
		/* an ID token is not looked at: nothing here could verify it */
		{ "oauth2-id-token,uid=text", "u-7", NULL, 0, 0 },
	};

	(void)state;
	run_rows(keys, true, "", rows, ELEMENTSOF(rows));
}

static void test_plain_oauth_with_userinfo(void **state)
{
	static const char *const keys[] = {
		"mode",
		"oauth2",
		"subject_from",
		"userinfo:/id",
		"entitlements_from",
		"userinfo:/products",
		NULL,
	};
	static const struct row rows[] = {
		{ "oauth2-userinfo,id=text", "u-7", NULL, 2, 0 },
		{ "oauth2-userinfo,id=integer,uid=text", "4815", NULL, 2, 0 },
		{ "oauth2-userinfo,id=text,list=list", "u-7", NULL, 2, 2 },
		{ "oauth2-userinfo,id=text,list=list-null", "u-7", "entitlements", 2, 0 },
		{ "oauth2-userinfo,id=rounded", "!bad-subject", NULL, 0, 0 },
		{ "oauth2-userinfo,id=absent,uid=text", "!bad-subject", NULL, 0, 0 },
		{ "oauth2-signed,uid=text", "!userinfo-shape", NULL, 0, 0 },
		{ "oauth2,uid=text", "!not-offered", NULL, 0, 0 },
	};

	(void)state;
	run_rows(keys, true, "profile", rows, ELEMENTSOF(rows));
}

/* With OpenID, too, the one place that is named says who it is; the rest is verified all the same.
 */
static void test_openid_with_another_subject(void **state)
{
	static const char *const by_token[] = { "subject_from", "token:/user_id", NULL };
	static const char *const by_info[] = { "subject_from", "userinfo:/email", NULL };
	static const struct row rows[] = {
		{ "good", "!bad-subject", NULL, 0, 0 },
		{ "wrong-aud", "!token-invalid", NULL, 0, 0 },
		{ "no-id-token", "!token-invalid", NULL, 0, 0 },
	};
	static const struct row infos[] = {
		{ "good", "alice@example.test", NULL, 2, 0 },
		{ "userinfo-other-sub", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-no-sub", "!userinfo-shape", NULL, 0, 0 },
		{ "userinfo-401", "!userinfo-refused", NULL, 0, 0 },
		{ "signature-wrong", "!token-invalid", NULL, 0, 0 },
	};

	(void)state;
	run_rows(by_token, false, "openid profile", rows, ELEMENTSOF(rows));
	run_rows(by_info, false, "openid profile", infos, ELEMENTSOF(infos));
}

/* OIDC Core 5.3.2: the content type says token or JSON, and a token is believed only as a token. */
static void test_userinfo_that_is_signed(void **state)
{
	static const char *const keys[] = { "subject_from", "userinfo", NULL };
	static const struct row rows[] = {
		{ "userinfo-signed", "u-alice", NULL, 2, 0 },
		{ "userinfo-signed-times", "u-alice", NULL, 2, 0 },
		{ "userinfo-signed-aud-list", "u-alice", NULL, 2, 0 },
		{ "userinfo-signed-newer", "u-alice", NULL, 2, 0 },
		{ "userinfo-signed-expired", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-future", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-other-sub", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-no-sub", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-other-iss", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-no-iss", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-other-aud", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-no-aud", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-wrong-key", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-none", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-hs256", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-typ", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-signed-cut", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-json-as-jwt", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-empty-jwt", "!token-invalid", NULL, 0, 0 },
		{ "userinfo-jwt-as-json", "!userinfo-shape", NULL, 0, 0 },
		{ "userinfo-jwt-as-text", "!userinfo-shape", NULL, 0, 0 },
	};

	(void)state;
	run_rows(keys, false, "openid profile", rows, ELEMENTSOF(rows));
	/* without an ID token as well: the keys come when they are needed */
	run_rows(keys, false, "profile", rows, 2);
}

/* Groups and entitlements of every shape: a list of texts, or not known. */
static void test_lists_that_are_none(void **state)
{
	static const char *const keys[] = { NULL };
	static const char *const products[] = { "entitlements_from", "userinfo:/products", NULL };
	static const struct row rows[] = {
		{ "lists,list=list", "u-alice", NULL, 0, 2 },
		{ "lists,list=absent", "u-alice", NULL, 0, 0 },
		{ "lists,list=string", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=object", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=number", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=bool", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=list-number", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=list-null", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=list-object", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=nested", "u-alice", "entitlements", 0, 0 },
		{ "lists,list=null", "u-alice", "entitlements", 0, 0 },
		{ "lists,groups=list", "u-alice", NULL, 2, 0 },
		{ "lists,groups=string", "u-alice", "groups", 0, 0 },
		{ "lists,groups=list-number", "u-alice", "groups", 0, 0 },
		{ "lists,groups=nested", "u-alice", "groups", 0, 0 },
	};
	static const struct row infos[] = {
		{ "lists,products=list,list=string", "u-alice", NULL, 0, 2 },
		{ "lists,products=string,list=list", "u-alice", "entitlements", 0, 0 },
		{ "lists,products=absent,list=list", "u-alice", NULL, 0, 0 },
	};

	(void)state;
	run_rows(keys, false, "openid profile", rows, ELEMENTSOF(rows));
	if (!no_platform)
		assert_true(fake_core_logged(&core, "bad-entitlement-type"));
	run_rows(products, false, "openid profile", infos, ELEMENTSOF(infos));
}

NETD_WORLD_MAIN(TEST(test_a_platform_of_two_endpoints), TEST(test_plain_oauth_with_userinfo),
		TEST(test_openid_with_another_subject), TEST(test_userinfo_that_is_signed),
		TEST(test_lists_that_are_none))
