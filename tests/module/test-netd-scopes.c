/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SCOPE_PROBE by the real idp-netd: what a platform refuses is found without a person. */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC) /* longer than any deadline of idp-netd itself */

static uint32_t revision;
static uint64_t last_flow;

static uint64_t ask(const char *provider, const char *scopes, const char *canary)
{
	char copy[512], *save = NULL;
	size_t n = 0;

	for (const char *at = scopes; *at; at += strspn(at, " "), n++)
		at += strcspn(at, " ");
	(void)snprintf(copy, sizeof(copy), "%s", scopes);
	wire_begin(&core.out, MSG_SCOPE_PROBE, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, provider);
	wire_put_count(&core.out, n);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		wire_put_str(&core.out, word);
	wire_put_str(&core.out, canary);
	wire_put_str(&core.out, "");
	assert_int_equal(fake_core_send(&core), 0);
	return last_flow;
}

/* "where any whole: refused ..." or "failed CODE" */
static void hear(uint64_t flow, char said[static 512])
{
	struct wire_in in;
	struct buf out;

	buf_init_fixed(&out, said, 512);
	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	assert_int_equal(wire_get_u64(&in), flow);
	if (in.type == MSG_FAILED) {
		buf_printf(&out, "failed %s", wire_get_str(&in, REASON_MAX));
		assert_string_not_equal(wire_get_str(&in, WIRE_STRING_MAX), "");
	} else {
		uint32_t n;

		assert_int_equal(in.type, MSG_SCOPES);
		buf_printf(&out, "%s", wire_get_str(&in, REASON_MAX));
		buf_printf(&out, "%s", wire_get_bool(&in) ? " any" : "");
		buf_printf(&out, "%s:", wire_get_bool(&in) ? "" : " unclear");
		n = wire_get_count(&in);
		for (uint32_t i = 0; i < n; i++)
			buf_printf(&out, " %s", wire_get_str(&in, REASON_MAX));
	}
	assert_int_equal(wire_close(&in), 0);
	assert_int_equal(buf_end(&out), 0);
}

static const struct row {
	const char *what, *scopes, *canary, *says;
} rows[] = {
	{ "scopes,allow=openid+profile", "openid profile", "", "device:" },
	{ "scopes,allow=openid+profile~1", "openid profile host.Sudo", "", "device: host.Sudo" },
	{ "scopes,allow=openid+host.sudo~2", "host.Sudo openid host.sudo profile", "",
	  "device: host.Sudo profile" },
	{ "scopes,allow=openid+x,openid=must", "openid x y", "none-such", "device: y" },
	{ "scopes,allow=openid+x,drops=yes", "openid x y", "none-such", "device any:" },
	{ "scopes,allow=openid+x~3", "openid x", "none-such", "device:" },
	{ "scopes,allow=x", "openid x", "", "device: openid" },
	{ "scopes-par,allow=openid+x", "openid x y", "none-such", "par: y" },
	{ "scopes-not-device,allow=openid+x", "openid x y", "", "par: y" },
	{ "scopes-nowhere,allow=openid", "openid x", "", " unclear:" },
	{ "scopes-portal", "openid x", "", "failed platform-garbage" },
	{ "scopes-down", "openid x", "", "failed platform-unreachable" },
	{ "device-invalid-client", "openid x", "", "failed platform-refused" },
	{ "garbage,at=discovery", "openid x", "", "failed discovery-json" },
	{ "good~empty", "", "", "device:" },
};

static void test_what_is_refused_is_found(void **state)
{
	unsigned wrong = 0;

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char said[512];

		netd_world_provider(++revision, "p", rows[i].what, "host", NULL);
		assert_int_equal(fake_core_setup_end(&core, revision), 0);
		hear(ask("p", rows[i].scopes, rows[i].canary), said);
		if (strcmp(said, rows[i].says) == 0)
			continue;
		print_message("%s: \"%s\", expected \"%s\"\n", rows[i].what, said, rows[i].says);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Nobody is shown a code, and nobody waits for one. */
static void test_nothing_is_polled(void **state)
{
	static const char what[] = "scopes,allow=openid+x~poll";
	char said[512];

	(void)state;
	if (no_platform)
		skip();
	netd_world_provider(++revision, "p", what, "host", NULL);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	hear(ask("p", "openid x y z", ""), said);
	assert_string_equal(said, "device: y z");
	assert_int_equal(netd_world_asked(what, "token"), 0);
	assert_true(netd_world_asked(what, "device") <= 8);
}

static void test_questions_that_make_no_sense(void **state)
{
	char said[512];

	(void)state;
	if (no_platform)
		skip();
	hear(ask("nobody", "openid", ""), said);
	assert_string_equal(said, "failed configuration");
}

static void test_a_look_can_be_aborted(void **state)
{
	char said[512];

	(void)state;
	if (no_platform)
		skip();
	netd_world_provider(++revision, "p", "hang,at=device", "host", NULL);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	assert_int_equal(fake_core_abort(&core, ask("p", "openid x", "")), 0);
	netd_world_provider(++revision, "p", "good~after", "host", NULL);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
	hear(ask("p", "openid", ""), said);
	assert_string_equal(said, "device:");
}

NETD_WORLD_MAIN(TEST(test_what_is_refused_is_found), TEST(test_nothing_is_polled),
		TEST(test_questions_that_make_no_sense), TEST(test_a_look_can_be_aborted))
