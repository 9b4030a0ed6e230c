/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl login as the real idp-agentd sees it, between a scripted idp-netd and a person whose
 * program opens the browser itself: who may ask for it, where the browser may come back to, and
 * that it is a sign-in like any other. As root, who becomes the person by his effective user id.
 */
#include "tests/lib/test.h"

#include "common/limits.h"
#include "tests/lib/world.h"

#define URL   WORLD_ISS "/auth?client_id=host1&request_uri=urn%3Ax"
#define PORT  45678u
#define HERE  "http://127.0.0.1:45678/"
#define ENDED HERE "?state=s&code=" AGENTD_TOKEN

#define RULES                                                          \
	WORLD_DIRECTORY                                                \
	"[service idpctl]\nscope = host.tokens\n[scope host.tokens]\n" \
	"protects = vault\ndescription = hold tokens\n[allow login]\nservice = idpctl\nneed = user:alice\n"
#define DEFAULT       WORLD_PROVIDER RULES
#define REDIRECT(uri) WORLD_PROVIDER "redirect_uri = " uri "\n" RULES

/* Opens w->talk as the person the record calls so, "" for root. */
static void talk_as(struct world *w, uid_t uid)
{
	talk_close(&w->talk);
	world_talk_as(w, &w->talk, uid);
}

/* False: the test cannot run here. Then w->talk is alice's. */
static bool make(struct world *w, const char *config)
{
	uid_t uid;

	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_wait_for_record(w, "bob");
	world_open(w);
	uid = world_uid_of(w, "alice");
	talk_as(w, uid);
	return true;
}

static void say(struct world *w, enum wire_type type, const char *provider, uint32_t port)
{
	client_begin(&w->talk.client, &w->talk.out, type);
	wire_put_str(&w->talk.out, provider);
	if (type == MSG_LOGIN)
		wire_put_u32(&w->talk.out, port);
	assert_int_equal(client_send(&w->talk.client, &w->talk.out, clock_now() + USEC_PER_SEC), 0);
}

/* What comes next must be a DONE with this reason, and words. */
static void expect_no(struct world *w, int result, const char *reason)
{
	assert_int_equal(world_finish(w), result);
	assert_string_equal(w->reason, reason);
	assert_true(*w->text);
}

static void expect_here(struct world *w, uint32_t port, const char *path)
{
	struct wire_in in;

	say(w, MSG_LOGIN_WHERE, "", 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_LOGIN_HERE);
	assert_int_equal(wire_get_u32(&in), port);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), path);
}

/* LOGIN up to AUTHCODE, which must ask for this redirect_uri. */
static void ask(struct world *w, uint32_t port, const char *redirect_uri)
{
	struct wire_in in;

	say(w, MSG_LOGIN, "", port);
	assert_int_equal(fake_netd_next(&w->agentd.netd, 10 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_AUTHCODE);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "corp");
	for (uint32_t n = wire_get_count(&in); n > 0; n--)
		assert_true(*wire_get_str(&in, WIRE_STRING_MAX));
	assert_int_equal(wire_get_count(&in), 0);
	(void)wire_get_u32(&in);
	(void)wire_get_str(&in, WIRE_STRING_MAX);
	(void)wire_get_bool(&in);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), redirect_uri);
}

static void expect_browse(struct world *w, uint32_t seconds)
{
	struct wire_in in;

	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_SAY); /* what is asked for, in the words of this host */
	assert_int_equal(wire_get_u32(&in), WIRE_SAY_INFO);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "hold tokens");
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_BROWSE);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), URL);
	assert_int_equal(wire_get_u32(&in), seconds);
}

/* The same up to BROWSE. */
static void ask_person(struct world *w)
{
	ask(w, PORT, HERE);
	assert_int_equal(fake_netd_auth_url(&w->agentd.netd, w->flow, URL, 60), 0);
	expect_browse(w, 60);
}

static int say_identity(struct world *w, const char *sub)
{
	return fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub, "alice", "");
}

static void test_the_browser_comes_back_and_she_is_signed_in(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w, DEFAULT))
		skip();
	expect_here(&w, 0, "/");
	ask_person(&w);
	world_answer(&w, ENDED);
	assert_int_equal(say_identity(&w, "s1"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit");
	world_end(&w);
}

static void test_who_asks_is_who_the_kernel_says(void **state)
{
	static const enum wire_type types[] = { MSG_LOGIN_WHERE, MSG_LOGIN };
	struct world w;
	uid_t bob;
	(void)state;
	if (!make(&w, DEFAULT))
		skip();
	bob = world_uid_of(&w, "bob");
	for (size_t i = 0; i < ELEMENTSOF(types); i++) {
		talk_as(&w, 0);
		say(&w, types[i], "", PORT);
		expect_no(&w, WIRE_NOT_OURS, "not-ours");
		talk_as(&w, 12345);
		say(&w, types[i], "", PORT);
		expect_no(&w, WIRE_NOT_OURS, "not-ours");
	}
	/* alice's browser signs nobody in who asks as bob */
	talk_as(&w, bob);
	ask_person(&w);
	world_answer(&w, ENDED);
	assert_int_equal(say_identity(&w, "s1"), 0);
	expect_no(&w, WIRE_DENY, "someone-else");
	/* and bob himself needs a rule that lets him use idpctl */
	ask_person(&w);
	world_answer(&w, ENDED);
	assert_int_equal(say_identity(&w, "s2"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_non_null(strstr(w.text, "idpctl"));
	world_end(&w);
}

static void test_a_provider_may_be_named_and_must_be_hers(void **state)
{
	static const enum wire_type types[] = { MSG_LOGIN_WHERE, MSG_LOGIN };
	struct world w;
	(void)state;
	if (!make(&w, DEFAULT))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(types); i++) {
		say(&w, types[i], "elsewhere", PORT);
		expect_no(&w, WIRE_DENY, "other-provider");
	}
	say(&w, MSG_LOGIN_WHERE, "corp", 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_LOGIN_HERE);
	world_end(&w);
}

static void test_a_page_of_the_site_is_for_pasting(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w, REDIRECT("https://codes.example.com/shown")))
		skip();
	say(&w, MSG_LOGIN_WHERE, "", 0);
	expect_no(&w, WIRE_DENY, "redirect-page");
	say(&w, MSG_LOGIN, "", PORT);
	expect_no(&w, WIRE_DENY, "redirect-page");
	ask(&w, 0, "https://codes.example.com/shown");
	world_end(&w);
}

static void test_a_port_that_is_named_is_the_port(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w, REDIRECT("http://localhost:8400/cb")))
		skip();
	expect_here(&w, 8400, "/cb");
	say(&w, MSG_LOGIN, "", PORT);
	expect_no(&w, WIRE_DENY, "redirect-port");
	ask(&w, 8400, "http://localhost:8400/cb");
	talk_close(&w.talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &w.flow), 0);
	world_open(&w);
	world_end(&w);
}

static void test_no_port_is_above_the_last(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w, DEFAULT))
		skip();
	say(&w, MSG_LOGIN, "", 65536);
	assert_true(talk_next_type(&w.talk) < 0);
	talk_close(&w.talk);
	world_open(&w);
	world_end(&w);
}

static void test_a_wrong_answer_may_be_put_right(void **state)
{
	struct world w;
	struct wire_in in;
	(void)state;
	if (!make(&w, DEFAULT))
		skip();
	ask_person(&w);
	for (unsigned i = 0; i < LOGIN_REPASTES_MAX; i++) {
		world_answer(&w, HERE "?state=x&code=y");
		assert_int_equal(fake_netd_repaste(&w.agentd.netd, w.flow, "paste-other"), 0);
		assert_int_equal(talk_next(&w.talk, &in), 0);
		assert_int_equal(in.type, MSG_ASK);
	}
	world_answer(&w, ENDED);
	assert_int_equal(say_identity(&w, "s1"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	world_end(&w);
}

static void test_whoever_goes_leaves_nothing_open(void **state)
{
	struct world w;
	uint64_t flow;
	(void)state;
	if (!make(&w, DEFAULT))
		skip();
	ask_person(&w);
	talk_close(&w.talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	assert_true(flow == w.flow);
	world_open(&w);
	world_end(&w);
}

TEST_MAIN(TEST(test_the_browser_comes_back_and_she_is_signed_in),
	  TEST(test_who_asks_is_who_the_kernel_says),
	  TEST(test_a_provider_may_be_named_and_must_be_hers),
	  TEST(test_a_page_of_the_site_is_for_pasting), TEST(test_a_port_that_is_named_is_the_port),
	  TEST(test_no_port_is_above_the_last), TEST(test_a_wrong_answer_may_be_put_right),
	  TEST(test_whoever_goes_leaves_nothing_open))
