/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd and what a request of a sign-in says beside the usual: what the token is for,
 * how the request is bound, and whose key proves it. The mock keeps the last form of every
 * endpoint.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "tests/lib/netd-world.h"

#define WAIT     (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */
#define RESOURCE "https://web01.example.org/?a=b&c"

static uint32_t revision;
static uint64_t flow;
static char url[WIRE_STRING_MAX], address[WIRE_STRING_MAX];

/* more: further keys and values, NULL at their end. */
static void set_up(const char *what, const char *const *more)
{
	char issuer[200];
	const char *pairs[32] = { "issuer", issuer, "client_id", "host", "ca", mock.ca };
	size_t n = 6;

	assert_true(snprintf(issuer, sizeof(issuer), "https://127.0.0.1:%u/%s", mock.port, what) >
		    0);
	while (more && *more && n < ELEMENTSOF(pairs) - 1)
		pairs[n++] = *more++;
	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", "p", pairs), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	flow++;
}

/* The next message, which must be of this type; of DENIED and the like the code. */
static void expect(enum wire_type type, const char *code, struct wire_in *in)
{
	const char *said = "";

	assert_int_equal(fake_core_next(&core, WAIT, in), 0);
	assert_true(wire_get_u64(in) == flow);
	if (in->type == MSG_DENIED || in->type == MSG_FAILED || in->type == MSG_REPASTE)
		said = wire_get_str(in, REASON_MAX);
	if (in->type != type || (code && strcmp(said, code) != 0))
		fail_msg("%s %s, expected %s %s", wire_name((uint16_t)in->type), said,
			 wire_name((uint16_t)type), code ? code : "");
}

static void ask_code(void)
{
	struct wire_in in;

	assert_int_equal(fake_core_authcode(&core, flow, "p", "openid profile"), 0);
	expect(MSG_AUTH_URL, NULL, &in);
	assert_true(snprintf(url, sizeof(url), "%s", wire_get_str(&in, LOGIN_URL_MAX)) > 0);
}

/* The person opens url; address is where the browser ended. */
static void browse(void)
{
	const char *top = getenv("top_srcdir");
	static char command[2 * WIRE_STRING_MAX];
	FILE *out;

	assert_null(strchr(url, '\''));
	assert_true(snprintf(command, sizeof(command),
			     "node '%s/tests/idp/approve.mjs' --ca '%s' --as alice --quiet "
			     "--address '%s'",
			     top && *top ? top : ".", mock.ca, url) > 0);
	out = popen(command, "re");
	assert_non_null(out);
	assert_int_equal(fscanf(out, "address: %32000s", address), 1);
	assert_int_equal(pclose(out), 0);
}

static void paste(const char *text)
{
	assert_int_equal(fake_core_redirect(&core, flow, text), 0);
}

static void assert_said(const char *what, const char *endpoint, const char *name,
			const char *wanted)
{
	char value[1024];

	if (!netd_world_said(what, endpoint, name, value))
		fail_msg("%s: no %s was said", endpoint, name);
	assert_string_equal(value, wanted);
}

static void assert_unsaid(const char *what, const char *endpoint, const char *name)
{
	char value[1024];

	if (netd_world_said(what, endpoint, name, value))
		fail_msg("%s: %s = %s was said", endpoint, name, value);
}

/* ---- RFC 8707 ---- */

static void test_every_request_says_what_the_token_is_for(void **state)
{
	static const struct {
		const char *tag, *name, *other, *more[3];
	} rows[] = {
		{ "a", "resource", "audience", { NULL } },
		{ "b", "resource", "audience", { "resource_parameter", "resource", NULL } },
		{ "c", "audience", "resource", { "resource_parameter", "audience", NULL } },
	};
	struct wire_in in;
	char what[32];

	(void)state;
	if (no_platform)
		skip();
	core.resource = RESOURCE;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		(void)snprintf(what, sizeof(what), "good~%s", rows[i].tag);
		set_up(what, rows[i].more);
		assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
		expect(MSG_CODE, NULL, &in);
		expect(MSG_IDENTITY, NULL, &in);
		assert_said(what, "device", rows[i].name, RESOURCE);
		assert_said(what, "token", rows[i].name, RESOURCE);
		assert_unsaid(what, "device", rows[i].other);
		flow++;
		ask_code();
		browse();
		paste(address);
		expect(MSG_IDENTITY, NULL, &in);
		assert_said(what, "par", rows[i].name, RESOURCE);
		assert_said(what, "token", "grant_type", "authorization_code");
		assert_said(what, "token", rows[i].name, RESOURCE);
		assert_unsaid(what, "token", rows[i].other);
	}
	set_up("par-never", rows[2].more);
	ask_code();
	assert_non_null(strstr(url, "&audience=https%3A%2F%2Fweb01.example.org%2F%3Fa%3Db%26c"));
	assert_null(strstr(url, "resource="));
	core.resource = NULL;
	set_up("good~none", NULL);
	assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	expect(MSG_CODE, NULL, &in);
	expect(MSG_IDENTITY, NULL, &in);
	assert_unsaid("good~none", "device", "resource");
	assert_unsaid("good~none", "token", "resource");
}

static void test_another_name_for_it_is_refused(void **state)
{
	static const char *const more[] = { "resource_parameter", "scope", NULL };
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	set_up("good~name", more);
	assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	expect(MSG_FAILED, "configuration", &in);
}

NETD_WORLD_MAIN(TEST(test_every_request_says_what_the_token_is_for),
		TEST(test_another_name_for_it_is_refused))
