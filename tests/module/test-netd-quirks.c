/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What products are known for, against the real idp-netd: each quirk has a platform that has it,
 * the option that meets it, and the verdict with and without. docs/platforms.md has the list.
 */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC)

static uint32_t revision;
static uint64_t last_flow;

struct row {
	const char *what;   /* case of the mock */
	const char *issuer; /* what follows the address of the case */
	const char *pairs;  /* more of the provider, "key value;key value"; '@' is that address */
	enum wire_type expected;
	const char *says; /* part of the text of a refusal; the scopes granted otherwise */
};

struct verdict {
	enum wire_type type;
	char text[REASON_MAX];
};

/* Puts text with '@' replaced. */
static void expand(char *out, size_t room, const char *text, const char *base)
{
	const char *at = strchr(text, '@');

	if (at)
		assert_true(snprintf(out, room, "%.*s%s%s", (int)(at - text), text, base, at + 1) >
			    0);
	else
		assert_true(snprintf(out, room, "%s", text) >= 0);
}

static void set_up(const char *name, const struct row *row)
{
	char base[200], issuer[256], memory[8][300];
	const char *pairs[32] = { "issuer", issuer, "client_id", "host-public", "ca", mock.ca };
	size_t n = 6, used = 0;

	assert_true(snprintf(base, sizeof(base), "https://127.0.0.1:%u/%s", mock.port, row->what) >
		    0);
	assert_true(snprintf(issuer, sizeof(issuer), "%s%s", base, row->issuer) > 0);
	for (const char *at = row->pairs; *at; at += strspn(at, ";")) {
		char pair[200];
		size_t len = strcspn(at, ";");
		char *blank;

		assert_true(len < sizeof(pair) && used + 2 <= ELEMENTSOF(memory));
		memcpy(pair, at, len);
		pair[len] = '\0';
		blank = strchr(pair, ' ');
		assert_non_null(blank);
		*blank = '\0';
		expand(memory[used], sizeof(memory[used]), pair, base);
		expand(memory[used + 1], sizeof(memory[used + 1]), blank + 1, base);
		pairs[n++] = memory[used++];
		pairs[n++] = memory[used++];
		at += len;
	}
	pairs[n] = NULL;
	assert_int_equal(fake_core_setup(&core, revision, "provider", name, pairs), 0);
}

static void skip_list(struct wire_in *in)
{
	for (uint32_t n = wire_get_count(in); n > 0; n--)
		(void)wire_get_str(in, WIRE_STRING_MAX);
}

/* The scopes of an IDENTITY whose flow is read. */
static void read_scopes(struct wire_in *in, char *out, size_t room)
{
	size_t len = 0;

	for (int i = 0; i < 4; i++) /* provider iss sub name */
		(void)wire_get_str(in, WIRE_STRING_MAX);
	skip_list(in);
	skip_list(in);
	out[0] = '\0';
	for (uint32_t n = wire_get_count(in); n > 0; n--) {
		const char *scope = wire_get_str(in, WIRE_STRING_MAX);
		int put = snprintf(out + len, room - len, "%s%s", len ? " " : "", scope);

		assert_true(put > 0 && (size_t)put < room - len);
		len += (size_t)put;
	}
}

/* What became of the flow, which is over then. */
static struct verdict await(uint64_t flow)
{
	struct verdict verdict = { .text = "" };
	struct wire_in in;

	do {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), flow);
	} while (in.type == MSG_CODE);
	verdict.type = in.type;
	if (in.type == MSG_IDENTITY) {
		read_scopes(&in, verdict.text, sizeof(verdict.text));
	} else {
		(void)wire_get_str(&in, REASON_MAX);
		assert_true(snprintf(verdict.text, sizeof(verdict.text), "%s",
				     wire_get_str(&in, REASON_MAX)) >= 0);
	}
	return verdict;
}

static struct verdict sign_in(const char *provider)
{
	assert_int_equal(fake_core_device(&core, ++last_flow, provider, "openid profile"), 0);
	return await(last_flow);
}

static void begin(void)
{
	assert_int_equal(fake_core_reconnect(&core), 0);
	last_flow = 0;
	revision = 1;
}

#define ENDPOINTS "device_endpoint @/device;token_endpoint @/token;jwks_uri @/jwks"
#define WRONG     "device_endpoint @/nowhere"

static void test_every_quirk_has_its_verdict(void **state)
{
	static const struct row rows[] = {
		/* the issuer, with and without its slash */
		{ "issuer-ends-in-slash", "/", "", MSG_IDENTITY, "openid profile" },
		{ "issuer-ends-in-slash~without", "", "", MSG_FAILED,
		  "a slash at its end is missing" },
		{ "good~with", "/", "", MSG_FAILED, "the slash at its end is too much" },
		{ "iss-slash~token", "", "", MSG_DENIED, "not from" },
		/* where the endpoints are */
		{ "discovery-no-device", "", "device_endpoint @/device", MSG_IDENTITY, "" },
		{ "discovery-no-jwks", "", "jwks_uri @/jwks", MSG_IDENTITY, "" },
		{ "good~written", "", WRONG, MSG_FAILED, "HTTP status 404" },
		{ "good~preset", "", WRONG ";preset_endpoints device_endpoint", MSG_IDENTITY, "" },
		{ "discovery-no-device~preset", "",
		  "device_endpoint @/device;preset_endpoints jwks_uri device_endpoint",
		  MSG_IDENTITY, "" },
		{ "html-404,at=discovery", "", "discovery no;" ENDPOINTS, MSG_IDENTITY, "" },
		{ "html-404,at=discovery~all", "", ENDPOINTS, MSG_IDENTITY, "" },
		{ "good~nothing", "", "discovery no", MSG_FAILED, "no sign-in with a device" },
		{ "oauth-only~quirk", "", "discovery oauth", MSG_IDENTITY, "" },
		{ "good~name", "", "iss_form name", MSG_FAILED, "only a name" },
		/* the key */
		{ "kid-absent", "", "", MSG_IDENTITY, "" },
		{ "kid-absent-two", "", "", MSG_DENIED, "names none and several fit" },
		{ "jwks-one-no-kid~quirk", "", "", MSG_IDENTITY, "" },
		/* the type */
		{ "typ-absent", "", "", MSG_IDENTITY, "" },
		{ "typ-absent~must", "", "typ JWT", MSG_DENIED, "typ" },
		{ "typ-own", "", "", MSG_DENIED, "typ" },
		{ "typ-own~said", "", "typ id_token+jwt", MSG_IDENTITY, "" },
		/* what was granted */
		{ "scope-absent", "", "", MSG_IDENTITY, "openid profile" },
		{ "scope-narrowed", "", "", MSG_IDENTITY, "openid" },
		/* the device code */
		{ "device-404-empty", "", "", MSG_FAILED, "may not know this client_id" },
		{ "device-no-interval~quirk", "", "", MSG_IDENTITY, "" },
		{ "device-no-expires~quirk", "", "", MSG_IDENTITY, "" },
		{ "no-expires-in~quirk", "", "", MSG_IDENTITY, "" },
		{ "denied-stays-pending,expires=3", "", "", MSG_DENIED, "expired" },
		{ "denied~quirk", "", "", MSG_DENIED, "" },
	};
	struct verdict verdicts[ELEMENTSOF(rows)] = { { .text = "" } };
	unsigned wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	begin();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		set_up(rows[i].what, &rows[i]);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		bool said;

		verdicts[i] = sign_in(rows[i].what);
		said = rows[i].expected == MSG_IDENTITY && *rows[i].says
			       ? strcmp(verdicts[i].text, rows[i].says) == 0
			       : strstr(verdicts[i].text, rows[i].says) != NULL;
		if (verdicts[i].type == rows[i].expected && said)
			continue;
		print_message("%s: %s \"%s\"; expected %s \"%s\"\n", rows[i].what,
			      wire_name((uint16_t)verdicts[i].type), verdicts[i].text,
			      wire_name((uint16_t)rows[i].expected), rows[i].says);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	/* Where there is no discovery, nobody looks for it. */
	assert_int_equal(netd_world_asked("html-404,at=discovery", "discovery"), 0);
}

/* ---- keys of several instances ---- */

static void set_up_plain(const char *const *cases, size_t n)
{
	begin();
	for (size_t i = 0; i < n; i++) {
		const struct row row = { .what = cases[i], .issuer = "", .pairs = "" };

		set_up(cases[i], &row);
	}
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

/* A kid is a name within one set: the same name with another key is another platform's. */
static void test_equal_kids_of_two_platforms_never_meet(void **state)
{
	static const char *const cases[] = { "good~twin", "jwks-twin", "jwks-twin-foreign",
					     "twin-foreign" };

	(void)state;
	if (no_platform)
		skip();
	set_up_plain(cases, ELEMENTSOF(cases));
	for (int round = 0; round < 2; round++) {
		assert_int_equal(sign_in("good~twin").type, MSG_IDENTITY);
		assert_int_equal(sign_in("jwks-twin").type, MSG_IDENTITY);
		/* One's keys, the other's signature, and the kid of both. */
		assert_non_null(strstr(sign_in("jwks-twin-foreign").text, "signature"));
		assert_non_null(strstr(sign_in("twin-foreign").text, "signature"));
	}
	/* A signature that is wrong is no key that is missing. */
	assert_int_equal(netd_world_asked("jwks-twin-foreign", "jwks"), 1);
	assert_int_equal(netd_world_asked("twin-foreign", "jwks"), 1);
}

static void test_a_withdrawn_key_is_dead(void **state)
{
	static const char *const cases[] = { "jwks-withdrawn" };
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	set_up_plain(cases, 1);
	assert_int_equal(sign_in(cases[0]).type, MSG_IDENTITY); /* by the old key */
	assert_int_equal(sign_in(cases[0]).type, MSG_IDENTITY); /* rotated just before signing */
	verdict = sign_in(cases[0]);
	assert_int_equal(verdict.type, MSG_DENIED);
	assert_non_null(strstr(verdict.text, "does not publish"));
}

static void test_a_flood_of_unknown_kids_costs_the_budget_and_no_more(void **state)
{
	static const char *const cases[] = { "kid-unknown,polls=0~flood" };

	(void)state;
	if (no_platform)
		skip();
	set_up_plain(cases, 1);
	for (unsigned i = 0; i < JWKS_REFETCH_BURST + 4; i++)
		assert_int_equal(sign_in(cases[0]).type, MSG_DENIED);
	/* The one that is always needed, and the burst. */
	assert_int_equal(netd_world_asked(cases[0], "jwks"), 1 + JWKS_REFETCH_BURST);
}

NETD_WORLD_MAIN(TEST(test_every_quirk_has_its_verdict),
		TEST(test_equal_kids_of_two_platforms_never_meet),
		TEST(test_a_withdrawn_key_is_dead),
		TEST(test_a_flood_of_unknown_kids_costs_the_budget_and_no_more))
