/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This host as a resource server: the real idp-agentd asked at its desk, the real idp-verifyd
 * before it, and web servers that are right, wrong, slow, many, and gone. As root.
 */
#include "tests/lib/test.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/limits.h"
#include "tests/lib/verifyd.h"

#define WAIT (30 * USEC_PER_SEC)

static const char config[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[allow staff]\nservice = sshd\nneed = group:staff\n"
	"[service api]\nprovider = corp\n"
	"[service strict]\nprovider = corp\nacr = gold\nmax_age = 5m\n"
	"[ladder acr.x]\n1 = silver\n2 = gold\n"
	"[allow readers]\nservice = api\nneed = scope:read\n"
	"[allow machines]\nservice = api\nneed = subject:workload scope:machine\n"
	"[allow strict]\nservice = strict\nneed = group:staff\n"
	"[deny bob]\nservice = api\nneed = user:bob\n";

struct heard {
	uint32_t outcome;
	char code[REASON_MAX], facts[1024], lists[1024];
};

static bool make(struct world *w)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_open(w);
	world_wait_for(w, "alice");
	return true;
}

/* ---- at the desk ---- */

static void ask(struct talk *talk, const char *resource, const char *token)
{
	const char *const texts[] = { resource, token, "", "", "", NULL };

	assert_int_equal(talk_ask(talk, MSG_VERIFY, texts), 0);
}

/* TOKEN_VERIFY for this token has come (NULL: any, which begins with w->text); w->flow is its. */
static void expect_question(struct world *w, const char *token)
{
	struct wire_in in;

	do /* an agent that was started anew has questions of its own */
		assert_int_equal(fake_netd_next(&w->agentd.netd, WAIT, &in), 0);
	while (in.type == MSG_DIR_SYNC || in.type == MSG_CREDIT);
	assert_int_equal(in.type, MSG_TOKEN_VERIFY);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	if (token)
		assert_string_equal(wire_get_str(&in, JWS_LEN_MAX), token);
	else
		w->text[0] = *wire_get_str(&in, JWS_LEN_MAX);
}

static void put_list(struct wire_in *in, char *text, size_t room)
{
	uint32_t n = wire_get_count(in);

	while (n-- > 0) {
		size_t len = strlen(text);

		(void)snprintf(text + len, room - len, "%s ", wire_get_str(in, WIRE_STRING_MAX));
	}
	(void)snprintf(text + strlen(text), room - strlen(text), "|");
}

static void hear(struct talk *talk, struct heard *heard)
{
	struct wire_in in;
	uint32_t n;

	*heard = (struct heard){ .outcome = UINT32_MAX };
	assert_int_equal(talk_next(talk, &in), 0);
	if (in.type == MSG_END) {
		(void)wire_get_u32(&in);
		(void)snprintf(heard->code, sizeof(heard->code), "END %s",
			       wire_get_str(&in, REASON_MAX));
		return;
	}
	assert_int_equal(in.type, MSG_VERIFIED);
	heard->outcome = wire_get_u32(&in);
	(void)snprintf(heard->code, sizeof(heard->code), "%s", wire_get_str(&in, REASON_MAX));
	(void)wire_get_str(&in, WIRE_STRING_MAX);
	n = wire_get_count(&in);
	while (n-- > 0) {
		struct wire_field field = wire_get_field(&in);
		size_t len = strlen(heard->facts);

		(void)snprintf(heard->facts + len, sizeof(heard->facts) - len, "%s=%s;", field.key,
			       strcmp(field.key, "auth_time") ? field.value : "T");
	}
	for (unsigned i = 0; i < 3; i++)
		put_list(&in, heard->lists, sizeof(heard->lists));
	assert_int_equal(wire_close(&in), 0);
}

static void say(struct world *w, const char *sub, const char *group)
{
	assert_int_equal(
		fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub, sub, group),
		0);
}

static void test_the_rules_decide(void **state)
{
	static const struct {
		const char *resource, *sub, *group, *scope, *acr, *mark;
		uint64_t age;
		uint32_t outcome;
		const char *code, *facts, *lists;
	} rows[] = {
		{ "api", "s1", "", "read", NULL, NULL, 0, WIRE_VERIFIED_YES, "permit rule=readers",
		  "kind=person;provider=corp;issuer=" WORLD_ISS
		  ";subject=s1;user=alice;rule=readers;auth_time=T;",
		  "openid read |staff ||" },
		/* nobody of the record: the token alone */
		{ "api", "x9", "g", "read", "silver", NULL, 0, WIRE_VERIFIED_YES,
		  "permit rule=readers",
		  "kind=person;provider=corp;issuer=" WORLD_ISS
		  ";subject=x9;acr=silver;rule=readers;auth_time=T;",
		  "openid read |g ||" },
		{ "api", "s2", "", "read", NULL, NULL, 0, WIRE_VERIFIED_NO, "denied-by=bob", "",
		  "|||" },
		{ "api", "x9", "", NULL, NULL, NULL, 0, WIRE_VERIFIED_NO, "missing=scope:read", "",
		  "read |||" },
		/* a program: what opens no session may be open to one */
		{ "api", "m1", "", "machine", NULL, "workload", 0, WIRE_VERIFIED_YES,
		  "permit rule=machines",
		  "kind=workload;provider=corp;issuer=" WORLD_ISS
		  ";subject=m1;rule=machines;auth_time=T;",
		  "openid machine |||" },
		/* one whose id is a person's is not that person */
		{ "api", "s1", "", "machine", NULL, "workload", 0, WIRE_VERIFIED_YES,
		  "permit rule=machines",
		  "kind=workload;provider=corp;issuer=" WORLD_ISS
		  ";subject=s1;rule=machines;auth_time=T;",
		  "openid machine |||" },
		{ "api", "m1", "", "read", NULL, "anonymous", 0, WIRE_VERIFIED_NO, "anonymous", "",
		  "|||" },
		/* what the service itself demands */
		{ "strict", "s1", "", NULL, "gold", NULL, 10, WIRE_VERIFIED_YES,
		  "permit rule=strict",
		  "kind=person;provider=corp;issuer=" WORLD_ISS
		  ";subject=s1;user=alice;acr=gold;rule=strict;auth_time=T;",
		  "openid |staff ||" },
		{ "strict", "s1", "", NULL, "silver", NULL, 10, WIRE_VERIFIED_SIGN_IN,
		  "missing=acr", "acr_values=gold;", "|||" },
		{ "strict", "s1", "", NULL, "gold", NULL, 1000, WIRE_VERIFIED_SIGN_IN,
		  "stale-login", "max_age=300;", "|||" },
		{ "strict", "x9", "", NULL, "gold", NULL, 0, WIRE_VERIFIED_NO, NULL, "", "|||" },
	};
	struct heard heard;
	struct world w;

	(void)state;
	if (!make(&w))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct fake_netd *netd = &w.agentd.netd;

		netd->scope = rows[i].scope;
		netd->acr = rows[i].acr;
		netd->unknown = rows[i].mark;
		netd->login_age = rows[i].age;
		ask(&w.talk, rows[i].resource, "t-" AGENTD_TOKEN);
		expect_question(&w, "t-" AGENTD_TOKEN);
		say(&w, rows[i].sub, rows[i].group);
		hear(&w.talk, &heard);
		if (heard.outcome != rows[i].outcome ||
		    (rows[i].code && strcmp(heard.code, rows[i].code) != 0))
			fail_msg("row %zu: %u %s", i, heard.outcome, heard.code);
		assert_string_equal(heard.facts, rows[i].facts);
		assert_string_equal(heard.lists, rows[i].lists);
	}
	world_end(&w);
}

static void test_what_is_not_judged(void **state)
{
	struct heard heard;
	struct talk talk;
	struct world w;

	(void)state;
	if (!make(&w))
		skip();
	/* no such resource: nobody is asked, and "default" is none */
	ask(&w.talk, "nothing", AGENTD_TOKEN);
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_NO_RESOURCE);
	ask(&w.talk, "default", AGENTD_TOKEN);
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_NO_RESOURCE);
	ask(&w.talk, "api", "");
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_TOKEN);
	/* what idp-netd says against it */
	ask(&w.talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "token-expired"), 0);
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_TOKEN);
	assert_string_equal(heard.code, "token-expired");
	ask(&w.talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "wrong-tenant"), 0);
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_NO); /* it is believed, and of no use here */
	assert_string_equal(heard.code, "wrong-tenant");
	ask(&w.talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "timeout"), 0);
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_UNAVAIL);
	assert_string_equal(heard.code, "timeout");
	/* whoever asks goes away: so does the question */
	talk_open(&talk, &w.agentd, "agent");
	ask(&talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	talk_close(&talk);
	{
		uint64_t flow;

		assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
		assert_true(flow == w.flow);
	}
	/* another configuration while it was under way: of another issuer */
	ask(&w.talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	assert_int_equal(
		agentd_put(&w.agentd, "idp.conf",
			   "[provider corp]\nissuer = https://other.example.com\n"
			   "client_id = host1\n" WORLD_DIRECTORY WORLD_ALLOW(
				   "staff") "[service api]\nprovider = corp\n"
					    "[allow all]\nservice = api\nneed = group:staff\n"),
		0);
	assert_int_equal(world_reload(&w), 0);
	say(&w, "s1", "staff");
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_UNAVAIL);
	/* the link to idp-netd is lost */
	ask(&w.talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	fake_netd_hang_up(&w.agentd.netd);
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_UNAVAIL);
	assert_string_equal(heard.code, "not-connected");
	world_end(&w);
}

/* A person who was locked is nobody at a resource, however good the token still is. */
static void test_whoever_was_locked_is_refused(void **state)
{
	struct fake_netd *netd;
	struct heard heard;
	struct world w;
	struct talk talk;
	uint64_t flow, credit;

	(void)state;
	if (!make(&w))
		skip();
	netd = &w.agentd.netd;
	netd->scope = "read";
	world_ask_sync(&w, &talk, true, true);
	assert_int_equal(fake_netd_expect(netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s2", "bob"), 0); /* alice has left */
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
	while (talk_next_type(&talk) != MSG_END)
		;
	talk_close(&talk);
	ask(&w.talk, "api", AGENTD_TOKEN);
	expect_question(&w, AGENTD_TOKEN);
	say(&w, "s1", "staff");
	hear(&w.talk, &heard);
	assert_int_equal(heard.outcome, WIRE_VERIFIED_NO);
	assert_string_equal(heard.code, "inactive");
	world_end(&w);
}

/* Any process may ask, at its own pace; the verifier's user and root are not held to it. */
static void test_a_stranger_asks_at_his_pace(void **state)
{
	struct heard heard;
	struct talk talk;
	struct world w;
	unsigned busy = 0;

	(void)state;
	if (!make(&w))
		skip();
	world_talk_as(&w, &talk, 4321);
	for (unsigned i = 0; i < 4 * DESK_BURST; i++) {
		ask(&talk, "nothing", AGENTD_TOKEN);
		hear(&talk, &heard);
		busy += strcmp(heard.code, "END busy") == 0;
	}
	assert_true(busy > 0);
	talk_close(&talk);
	world_talk_as(&w, &talk, 4321 + 256); /* whom that does not slow down */
	for (unsigned i = 0; i < DESK_BURST; i++) {
		ask(&talk, "nothing", AGENTD_TOKEN);
		hear(&talk, &heard);
		assert_int_equal(heard.outcome, WIRE_VERIFIED_NO_RESOURCE);
	}
	talk_close(&talk);
	for (unsigned i = 0; i < 4 * DESK_BURST; i++) {
		ask(&w.talk, "nothing", AGENTD_TOKEN);
		hear(&w.talk, &heard);
		assert_int_equal(heard.outcome, WIRE_VERIFIED_NO_RESOURCE);
	}
	world_end(&w);
}

/* ---- through idp-verifyd ---- */

#define GET  "GET /verify/api HTTP/1.1\r\nHost: x\r\n"
#define AUTH "Authorization: Bearer " AGENTD_TOKEN "\r\n"

static bool make_both(struct world *w, struct verifyd *verifyd)
{
	if (!make(w))
		return false;
	w->agentd.netd.scope = "read";
	verifyd_start(verifyd, w);
	return true;
}

static void end_both(struct world *w, struct verifyd *verifyd)
{
	verifyd_end(verifyd, w);
	world_end(w);
}

static void expect_status(int fd, const char *status)
{
	const char *answer = http_read(fd);

	if (strncmp(answer, "HTTP/1.1 ", 9) != 0 || strncmp(answer + 9, status, 3) != 0)
		fail_msg("wanted %s: %s", status, answer);
}

/* One question, and a yes. */
static void pass(struct world *w, int fd)
{
	http_write(fd, GET AUTH "\r\n");
	expect_question(w, AGENTD_TOKEN);
	say(w, "s1", "staff");
	expect_status(fd, "200");
}

static void test_a_web_server_is_answered(void **state)
{
	struct verifyd verifyd;
	struct world w;
	int fd;

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	fd = http_open_local(&w);
	pass(&w, fd);
	pass(&w, fd); /* the connection is kept */
	http_write(fd, GET "\r\n");
	expect_status(fd, "401");
	http_write(fd, GET AUTH AUTH "\r\n"); /* nobody is asked */
	expect_status(fd, "401");
	http_write(fd, GET AUTH "\r\n");
	expect_question(&w, AGENTD_TOKEN);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "token-expired"), 0);
	assert_string_equal(http_header(http_read(fd), "Idp-Reason"), "token-expired");
	http_write(fd, GET AUTH "\r\n");
	expect_question(&w, AGENTD_TOKEN);
	say(&w, "s2", "staff");
	expect_status(fd, "403");
	http_write(fd, GET AUTH "\r\n");
	expect_question(&w, AGENTD_TOKEN);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "timeout"), 0);
	expect_status(fd, "503");
	http_write(fd, "GET /verify/nothing HTTP/1.1\r\nHost: x\r\n" AUTH "\r\n");
	expect_status(fd, "404");
	http_write(fd, "GET /verify/api?access_token=" AGENTD_TOKEN " HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_status(fd, "400");
	assert_string_equal(http_read(fd), ""); /* and that was the end of it */
	(void)close(fd);
	/* in bits, by the loopback, in the older version */
	fd = http_open_port(verifyd.port);
	for (const char *p = "GET /verify/api HTTP/1.0\r\n" AUTH "\r\n"; *p; p++) {
		const char one[2] = { *p, '\0' };

		http_write(fd, one);
	}
	expect_question(&w, AGENTD_TOKEN);
	say(&w, "s1", "staff");
	expect_status(fd, "200");
	assert_string_equal(http_read(fd), "");
	(void)close(fd);
	end_both(&w, &verifyd);
}

/* The proof goes along, with the place the web server says. */
static void test_a_proof_goes_along(void **state)
{
	struct verifyd verifyd;
	struct wire_in in;
	struct world w;
	int fd;

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	fd = http_open_local(&w);
	http_write(fd, GET "Authorization: DPoP " AGENTD_TOKEN "\r\nDPoP: a.b.c\r\n"
			   "Idp-Method: POST\r\nIdp-Url: https://h/p?q=1\r\n\r\n");
	assert_int_equal(fake_netd_next(&w.agentd.netd, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_TOKEN_VERIFY);
	w.flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	assert_string_equal(wire_get_str(&in, JWS_LEN_MAX), AGENTD_TOKEN);
	assert_string_equal(wire_get_str(&in, PROOF_LEN_MAX), "a.b.c");
	assert_string_equal(wire_get_str(&in, METHOD_LEN_MAX), "POST");
	assert_string_equal(wire_get_str(&in, LOGIN_URL_MAX), "https://h/p?q=1");
	say(&w, "s1", "staff");
	expect_status(fd, "200");
	http_write(fd, GET "Authorization: DPoP " AGENTD_TOKEN "\r\n\r\n");
	expect_status(fd, "401");
	(void)close(fd);
	end_both(&w, &verifyd);
}

static void test_answers_find_their_questions(void **state)
{
	enum { N = 40 }; /* more than there are connections to the agent */
	struct verifyd verifyd;
	struct world w;
	uint64_t flows[VERIFYD_LINKS_MAX];
	bool yes[VERIFYD_LINKS_MAX];
	int fds[N];

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	_Static_assert(N > VERIFYD_LINKS_MAX, "some must wait");
	for (unsigned i = 0; i < N; i++) {
		fds[i] = http_open_local(&w);
		http_write(fds[i], i % 2 ? GET "Authorization: Bearer y\r\n\r\n"
					 : GET "Authorization: Bearer n\r\n\r\n");
	}
	for (unsigned i = 0; i < VERIFYD_LINKS_MAX; i++) {
		expect_question(&w, NULL);
		flows[i] = w.flow;
		yes[i] = *w.text == 'y';
	}
	for (unsigned i = VERIFYD_LINKS_MAX; i-- > 0;) { /* the last first */
		w.flow = flows[i];
		say(&w, yes[i] ? "s1" : "s2", "staff");
	}
	for (unsigned i = VERIFYD_LINKS_MAX; i < N; i++) {
		expect_question(&w, NULL);
		say(&w, *w.text == 'y' ? "s1" : "s2", "staff");
	}
	for (unsigned i = 0; i < N; i++) {
		expect_status(fds[i], i % 2 ? "200" : "403");
		(void)close(fds[i]);
	}
	end_both(&w, &verifyd);
}

static void test_a_web_server_that_goes_away(void **state)
{
	struct verifyd verifyd;
	struct world w;
	uint64_t flow;
	int fd, other;

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	fd = http_open_local(&w);
	http_write(fd, GET AUTH "\r\n");
	expect_question(&w, AGENTD_TOKEN);
	(void)close(fd); /* the question goes with it, and its answer to nobody else */
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	assert_true(flow == w.flow);
	fd = http_open_local(&w);
	pass(&w, fd);
	/* half a goodbye is none: who asks and only then shuts its side is answered */
	other = http_open_local(&w);
	http_write(other, GET AUTH "\r\n");
	(void)shutdown(other, SHUT_WR);
	expect_question(&w, AGENTD_TOKEN);
	say(&w, "s1", "staff");
	expect_status(other, "200");
	(void)close(other);
	(void)close(fd);
	end_both(&w, &verifyd);
}

static void test_an_agent_that_goes_away(void **state)
{
	struct verifyd verifyd;
	struct world w;
	int fd;

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	fd = http_open_local(&w);
	pass(&w, fd);
	talk_close(&w.talk);
	assert_int_equal(agentd_stop(&w.agentd, SIGKILL), SIGKILL);
	fake_netd_hang_up(&w.agentd.netd);
	http_write(fd, GET AUTH "\r\n");
	expect_status(fd, "503");
	assert_int_equal(agentd_start(&w.agentd), 0);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_open(&w);
	pass(&w, fd); /* as if nothing had been */
	/* one that dies over a question is asked again, once */
	http_write(fd, GET AUTH "\r\n");
	expect_question(&w, AGENTD_TOKEN);
	talk_close(&w.talk);
	assert_int_equal(agentd_stop(&w.agentd, SIGKILL), SIGKILL);
	fake_netd_hang_up(&w.agentd.netd);
	expect_status(fd, "503"); /* nobody there to ask */
	assert_int_equal(agentd_start(&w.agentd), 0);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_open(&w);
	(void)close(fd);
	end_both(&w, &verifyd);
}

/* Whoever holds connections without asking loses them; whoever asks is served meanwhile. */
static void test_the_slow_do_not_stop_the_others(void **state)
{
	enum { SLOW = VERIFYD_CONNS_MAX + 50 };
	struct verifyd verifyd;
	struct world w;
	int slow[SLOW], fd;

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	for (unsigned i = 0; i < SLOW; i++) /* by TCP, as anybody could */
		slow[i] = http_open_port(verifyd.port);
	for (unsigned i = 0; i < SLOW; i += 2)
		http_write(slow[i], "GET /verify/api HT"); /* and no more of it */
	fd = http_open_local(&w);
	pass(&w, fd);
	for (unsigned i = 0; i < 40; i++) { /* a byte now and then does not help */
		(void)poll(NULL, 0, 200);
		http_write(slow[0], "T");
		pass(&w, fd);
	}
	assert_string_equal(http_read(slow[0]), "");
	for (unsigned i = 0; i < SLOW; i++)
		(void)close(slow[i]);
	(void)close(fd);
	end_both(&w, &verifyd);
}

/* Nobody is here and nobody can be taken: later somebody can. */
static void test_a_shortage_passes(void **state)
{
	struct rlimit before, none = { .rlim_cur = 3 };
	struct verifyd verifyd;
	struct world w;
	int fd;

	(void)state;
	if (!make_both(&w, &verifyd))
		skip();
	(void)poll(NULL, 0, 2500); /* until nothing is left to sweep */
	assert_int_equal(prlimit(verifyd.pid, RLIMIT_NOFILE, NULL, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(prlimit(verifyd.pid, RLIMIT_NOFILE, &none, NULL), 0);
	fd = http_open_local(&w);
	for (int i = 0; i < 3000 && !verifyd_has_said(&w, "no connection can be taken"); i++)
		(void)poll(NULL, 0, 10);
	assert_true(verifyd_has_said(&w, "no connection can be taken"));
	assert_int_equal(prlimit(verifyd.pid, RLIMIT_NOFILE, &before, NULL), 0);
	pass(&w, fd);
	(void)close(fd);
	end_both(&w, &verifyd);
}

TEST_MAIN(TEST(test_the_rules_decide), TEST(test_what_is_not_judged),
	  TEST(test_whoever_was_locked_is_refused), TEST(test_a_stranger_asks_at_his_pace),
	  TEST(test_a_web_server_is_answered), TEST(test_a_proof_goes_along),
	  TEST(test_answers_find_their_questions), TEST(test_a_web_server_that_goes_away),
	  TEST(test_an_agent_that_goes_away), TEST(test_the_slow_do_not_stop_the_others),
	  TEST(test_a_shortage_passes))
