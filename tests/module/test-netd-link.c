/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection between the real idp-netd and its authority: what may be said on it, what a
 * hang-up and an abort stop, what a reload keeps, and that no secret is ever logged.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/sock.h"
#include "tests/lib/netd-world.h"

#define WAIT (20 * USEC_PER_SEC)

static void fresh(void)
{
	if (no_platform)
		skip();
	assert_int_equal(fake_core_reconnect(&core), 0);
}

static void set_up(uint32_t revision, const char *what, const char *auth)
{
	const char *const more[] = { "client_auth", auth, "client_secret", "the-secret-of-the-host",
				     NULL };

	netd_world_provider(revision, "p", what, "host", more);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

/* The next message, which must be this one about this flow. */
static void expect(enum wire_type type, uint64_t flow, struct wire_in *in)
{
	assert_int_equal(fake_core_next(&core, WAIT, in), 0);
	assert_string_equal(wire_name((uint16_t)in->type), wire_name((uint16_t)type));
	assert_int_equal(wire_get_u64(in), flow);
}

static void expect_hang_up(void)
{
	struct wire_in in;

	assert_int_equal(fake_core_next(&core, WAIT, &in), -ECONNRESET);
}

static void test_what_the_table_does_not_list_ends_the_connection(void **state)
{
	static const enum wire_type strangers[] = {
		MSG_GETPWNAM, MSG_USER, MSG_AUTH,  MSG_DONE,
		MSG_STATUS,   MSG_ROW,  MSG_READY, MSG_IDENTITY,
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(strangers); i++) {
		const char *signature = wire_signature((uint16_t)strangers[i]);

		fresh();
		wire_begin(&core.out, strangers[i], 0);
		for (; *signature; signature++) {
			if (*signature == 's' || *signature == 'S')
				wire_put_str(&core.out, "x");
			else if (*signature == 't')
				wire_put_u64(&core.out, 1);
			else if (*signature == 'b')
				wire_put_bool(&core.out, true);
			else
				wire_put_u32(&core.out, 0);
		}
		assert_int_equal(fake_core_send(&core), 0);
		expect_hang_up();
	}
}

static void test_garbage_ends_the_connection_and_nothing_else(void **state)
{
	static const char garbage[] = "\xff\xff\xff\xffnot a message at all";

	(void)state;
	fresh();
	assert_int_equal(sock_send(core.fd, garbage, sizeof(garbage), clock_add(clock_now(), WAIT)),
			 0);
	expect_hang_up();
	fresh();
	set_up(1, "good~garbage", "none");
}

static void test_a_flow_number_is_used_once(void **state)
{
	struct wire_in in;

	(void)state;
	fresh();
	set_up(1, "pending~twice", "none");
	assert_int_equal(fake_core_device(&core, 5, "p", "openid"), 0);
	expect(MSG_CODE, 5, &in);
	assert_int_equal(fake_core_device(&core, 5, "p", "openid"), 0);
	expect_hang_up();
}

static void test_an_unknown_provider_is_an_answer(void **state)
{
	struct wire_in in;

	(void)state;
	fresh();
	set_up(1, "good", "none");
	assert_int_equal(fake_core_device(&core, 1, "nobody", "openid"), 0);
	expect(MSG_FAILED, 1, &in);
	assert_string_equal(wire_get_str(&in, REASON_MAX), "configuration");
}

static void test_a_broken_provider_says_what_is_wrong(void **state)
{
	static const char *const provider[] = { "issuer", "http://insecure.example", "client_id",
						"x", NULL };
	struct wire_in in;

	(void)state;
	fresh();
	assert_int_equal(fake_core_setup(&core, 1, "provider", "p", provider), 0);
	assert_int_equal(fake_core_setup_end(&core, 1), 0);
	assert_int_equal(fake_core_device(&core, 1, "p", "openid"), 0);
	expect(MSG_FAILED, 1, &in);
	assert_string_equal(wire_get_str(&in, REASON_MAX), "configuration");
	assert_non_null(strstr(wire_get_str(&in, REASON_MAX), "issuer"));
}

static void test_an_abort_stops_the_polling(void **state)
{
	struct wire_in in;
	unsigned polls;

	(void)state;
	fresh();
	set_up(1, "pending~abort", "none");
	assert_int_equal(fake_core_device(&core, 1, "p", "openid"), 0);
	expect(MSG_CODE, 1, &in);
	assert_int_equal(fake_core_next(&core, 2500 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	assert_true(netd_world_asked("pending~abort", "token") >= 1);
	assert_int_equal(fake_core_abort(&core, 1), 0);
	/* Nobody knows this one any more: no trouble either. */
	assert_int_equal(fake_core_abort(&core, 1), 0);
	assert_int_equal(fake_core_next(&core, 500 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	polls = netd_world_asked("pending~abort", "token");
	assert_int_equal(fake_core_next(&core, 2500 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	assert_int_equal(netd_world_asked("pending~abort", "token"), polls);
}

static void test_a_hang_up_forgets_everything(void **state)
{
	struct wire_in in;
	unsigned polls;

	(void)state;
	fresh();
	set_up(1, "pending~gone", "none");
	assert_int_equal(fake_core_device(&core, 1, "p", "openid"), 0);
	expect(MSG_CODE, 1, &in);
	fresh();
	polls = netd_world_asked("pending~gone", "token");
	assert_int_equal(fake_core_device(&core, 1, "p", "openid"), 0);
	expect(MSG_FAILED, 1, &in);
	assert_int_equal(fake_core_next(&core, 2500 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	assert_int_equal(netd_world_asked("pending~gone", "token"), polls);
}

static void sign_in(uint64_t flow, enum wire_type verdict)
{
	struct wire_in in;

	assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	expect(MSG_CODE, flow, &in);
	expect(verdict, flow, &in);
}

static void test_an_unchanged_configuration_keeps_its_documents(void **state)
{
	(void)state;
	fresh();
	set_up(1, "good,polls=0~reload", "none");
	sign_in(1, MSG_IDENTITY);
	set_up(2, "good,polls=0~reload", "none");
	sign_in(2, MSG_IDENTITY);
	assert_int_equal(netd_world_asked("good,polls=0~reload", "discovery"), 1);
	assert_int_equal(netd_world_asked("good,polls=0~reload", "jwks"), 1);
	/* A change means a new provider, which begins anew. */
	set_up(3, "good,polls=0~reload", "client_secret_basic");
	sign_in(3, MSG_IDENTITY);
	assert_int_equal(netd_world_asked("good,polls=0~reload", "discovery"), 2);
}

static void test_a_sign_in_outlives_a_reload(void **state)
{
	struct wire_in in;

	(void)state;
	fresh();
	set_up(1, "good,polls=2~outlive", "none");
	assert_int_equal(fake_core_device(&core, 1, "p", "openid"), 0);
	expect(MSG_CODE, 1, &in);
	set_up(2, "html-404", "none");
	expect(MSG_IDENTITY, 1, &in);
}

static void test_unknown_keys_are_fetched_within_the_budget(void **state)
{
	(void)state;
	fresh();
	set_up(1, "kid-unknown,polls=0~budget", "none");
	for (uint64_t flow = 1; flow <= 6; flow++)
		sign_in(flow, MSG_DENIED);
	assert_int_equal(netd_world_asked("kid-unknown,polls=0~budget", "jwks"),
			 1 + JWKS_REFETCH_BURST);
}

static void test_a_hundred_sign_ins_share_one_fetch(void **state)
{
	struct wire_in in;
	unsigned codes = 0, identities = 0;

	(void)state;
	fresh();
	set_up(1, "good,polls=0~many", "none");
	for (uint64_t flow = 1; flow <= 100; flow++)
		assert_int_equal(fake_core_device(&core, flow, "p", "openid"), 0);
	while (identities < 100) {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		codes += in.type == MSG_CODE;
		identities += in.type == MSG_IDENTITY;
		assert_true(in.type == MSG_CODE || in.type == MSG_IDENTITY);
	}
	assert_int_equal(codes, 100);
	assert_int_equal(netd_world_asked("good,polls=0~many", "discovery"), 1);
	assert_int_equal(netd_world_asked("good,polls=0~many", "jwks"), 1);
}

/* Four platforms at once, fifty people at each: the end of one is nobody else's. */
static void test_two_hundred_sign_ins_end_each_in_its_own_way(void **state)
{
	static const struct {
		const char *what;
		enum wire_type end;
	} platforms[] = {
		{ "good,polls=2~crowd", MSG_IDENTITY },
		{ "denied~crowd", MSG_DENIED },
		{ "code-expired~crowd", MSG_DENIED },
		{ "invalid-grant~crowd", MSG_FAILED },
	};
	enum { EACH = 50, ALL = EACH * ELEMENTSOF(platforms) };
	unsigned codes[ALL] = { 0 }, ends[ALL] = { 0 }, n = 0;
	struct wire_in in;

	(void)state;
	fresh();
	for (size_t i = 0; i < ELEMENTSOF(platforms); i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "p%zu", i);
		netd_world_provider(1, name, platforms[i].what, "host", NULL);
	}
	assert_int_equal(fake_core_setup_end(&core, 1), 0);
	for (uint64_t flow = 0; flow < ALL; flow++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "p%u", (unsigned)(flow % ELEMENTSOF(platforms)));
		assert_int_equal(fake_core_device(&core, flow + 1, name, "openid"), 0);
	}
	while (n < ALL) {
		uint64_t flow;

		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		flow = wire_get_u64(&in) - 1;
		assert_true(flow < ALL);
		if (in.type == MSG_CODE) {
			codes[flow]++;
			continue;
		}
		assert_string_equal(
			wire_name((uint16_t)in.type),
			wire_name((uint16_t)platforms[flow % ELEMENTSOF(platforms)].end));
		assert_int_equal(codes[flow], 1); /* nobody's end comes before his code */
		assert_int_equal(ends[flow]++, 0);
		n++;
	}
	for (size_t i = 0; i < ALL; i++)
		assert_int_equal(codes[i], 1);
	print_message("# %u sign-ins at once, at %zu platforms\n", (unsigned)ALL,
		      ELEMENTSOF(platforms));
}

/* How many have knocked since the last look. */
static unsigned knocks(int listener)
{
	unsigned n = 0;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		(void)close(fd);
		n++;
	}
	return n;
}

/* RFC 8725 section 3.10: an attacker's server with the attacker's keys never hears of the token. */
static void test_a_header_sends_nobody_anywhere(void **state)
{
	static const char *const members[] = { "jku", "x5u", "jwk", "x5c" };
	struct sockaddr_in here = { .sin_family = AF_INET };
	socklen_t len = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int probe;

	(void)state;
	fresh();
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(listen(listener, 16), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &len), 0);
	probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(probe, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(knocks(listener), 1); /* it does count */
	(void)close(probe);
	for (size_t i = 0; i < ELEMENTSOF(members); i++) {
		char what[128];

		(void)snprintf(what, sizeof(what), "header-elsewhere,polls=0,by=%s,to=%u",
			       members[i], (unsigned)ntohs(here.sin_port));
		set_up((uint32_t)i + 2, what, "none");
		sign_in(i + 1, MSG_DENIED);
	}
	assert_int_equal(knocks(listener), 0);
	(void)close(listener);
	print_message("# %zu headers that name a server, no request to it\n", ELEMENTSOF(members));
}

static void test_every_request_is_signed_anew(void **state)
{
	unsigned signs;

	(void)state;
	fresh();
	set_up(1, "good,polls=1~signed", "private_key_jwt");
	signs = core.signs;
	sign_in(1, MSG_IDENTITY);
	/* One for the code, one for each of two polls. */
	assert_int_equal(core.signs - signs, 3);
}

static void test_without_a_signature_nothing_is_sent(void **state)
{
	struct wire_in in;

	(void)state;
	fresh();
	set_up(1, "good~unsigned", "private_key_jwt");
	core.assertion = NULL;
	assert_int_equal(fake_core_device(&core, 1, "p", "openid"), 0);
	expect(MSG_FAILED, 1, &in);
	core.assertion = "assertion";
	assert_string_equal(wire_get_str(&in, REASON_MAX), "assertion-not-signed");
	assert_int_equal(netd_world_asked("good~unsigned", "device"), 0);
}

/* The last one: it looks at what all the others made idp-netd log. */
static void test_no_secret_was_logged(void **state)
{
	static const char *const secrets[] = {
		"the-secret-of-the-host", "mock-access-", "Bearer",  "Basic", "eyJ",
		"device_code=",           "alice",        "/verify",
	};

	(void)state;
	if (no_platform)
		skip();
	assert_true(fake_core_logged(&core, "out: IDENTITY"));
	for (size_t i = 0; i < ELEMENTSOF(secrets); i++)
		if (fake_core_logged(&core, secrets[i]))
			fail_msg("idp-netd logged %s", secrets[i]);
}

NETD_WORLD_MAIN(TEST(test_what_the_table_does_not_list_ends_the_connection),
		TEST(test_garbage_ends_the_connection_and_nothing_else),
		TEST(test_a_flow_number_is_used_once), TEST(test_an_unknown_provider_is_an_answer),
		TEST(test_a_broken_provider_says_what_is_wrong),
		TEST(test_an_abort_stops_the_polling), TEST(test_a_hang_up_forgets_everything),
		TEST(test_an_unchanged_configuration_keeps_its_documents),
		TEST(test_a_sign_in_outlives_a_reload),
		TEST(test_unknown_keys_are_fetched_within_the_budget),
		TEST(test_a_hundred_sign_ins_share_one_fetch),
		TEST(test_two_hundred_sign_ins_end_each_in_its_own_way),
		TEST(test_a_header_sends_nobody_anywhere), TEST(test_every_request_is_signed_anew),
		TEST(test_without_a_signature_nothing_is_sent), TEST(test_no_secret_was_logged))
