/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real nginx with auth_request, idp-verifyd and idp-agentd behind it: who gets through to the
 * back end, and what the back end is told of them. As root, where nginx is installed.
 */
#include "tests/lib/test.h"

#include <signal.h>
#include <unistd.h>

#include "common/limits.h"
#include "tests/lib/verifyd.h"

#define WAIT (30 * USEC_PER_SEC)
#define GET  "GET /api/x?y=z HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n"
#define AUTH "Authorization: Bearer " AGENTD_TOKEN "\r\n"

static const char config[] =
	WORLD_PROVIDER WORLD_DIRECTORY "[allow staff]\nservice = sshd\nneed = group:staff\n"
				       "[service api]\nprovider = corp\n"
				       "[allow readers]\nservice = api\nneed = scope:read\n"
				       "[deny bob]\nservice = api\nneed = user:bob\n";

static struct world w;
static struct verifyd verifyd;

static bool make(void)
{
	if (!nginx_exists() || !world_start(&w, config))
		return false;
	world_sync(&w, "staff", 0);
	world_open(&w);
	world_wait_for(&w, "alice");
	w.agentd.netd.scope = "read";
	verifyd_start(&verifyd, &w);
	nginx_start(&verifyd, &w);
	return true;
}

static void end(void)
{
	nginx_end(&verifyd);
	verifyd_end(&verifyd, &w);
	world_end(&w);
}

static void expect_question(void)
{
	struct wire_in in;

	do /* an agent that was started anew has questions of its own */
		assert_int_equal(fake_netd_next(&w.agentd.netd, WAIT, &in), 0);
	while (in.type == MSG_DIR_SYNC || in.type == MSG_CREDIT);
	assert_int_equal(in.type, MSG_TOKEN_VERIFY);
	w.flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	assert_string_equal(wire_get_str(&in, JWS_LEN_MAX), AGENTD_TOKEN);
}

/* Sends request; the token in it belongs to sub (NULL: idp-netd is not asked). */
static const char *request(const char *text, const char *sub)
{
	int fd = http_open_port(verifyd.nginx_port);
	const char *answer;

	http_write(fd, text);
	if (sub) {
		expect_question();
		assert_int_equal(
			fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, sub, sub, ""),
			0);
	}
	answer = http_read(fd);
	(void)close(fd);
	return answer;
}

static void assert_status(const char *answer, const char *status)
{
	if (strncmp(answer, "HTTP/1.1 ", 9) != 0 || strncmp(answer + 9, status, 3) != 0)
		fail_msg("wanted %s: %s", status, answer);
}

static void test_who_gets_through(void **state)
{
	const char *answer;

	(void)state;
	if (!make())
		skip();
	answer = request(GET AUTH "\r\n", "s1");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, "\r\n\r\nuser=alice subject=s1 "));
	/* what the client says of itself is replaced, also by nothing */
	answer = request(GET AUTH "Idp-User: root\r\nIdp-Subject: s0\r\n\r\n", "s1");
	assert_non_null(strstr(answer, "\r\n\r\nuser=alice subject=s1 "));
	answer = request(GET AUTH "Idp-User: root\r\nIdp-Subject: s0\r\n\r\n", "x9");
	assert_non_null(strstr(answer, "\r\n\r\nuser= subject=x9 "));
	/* a body and another method are the back end's */
	answer = request("POST /api/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" AUTH
			 "Content-Length: 5\r\n\r\nhello",
			 "s1");
	assert_status(answer, "200");
	answer = request("POST /api/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" AUTH
			 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
			 "s1");
	assert_status(answer, "200");
	answer = request(GET AUTH "Cookie: a=b; c=d\r\n\r\n", "s1");
	assert_status(answer, "200");
	end();
}

/* Whatever a client says of itself under these names, nobody behind hears it. */
static void test_no_header_of_a_client_arrives(void **state)
{
	char text[4096] = GET AUTH;
	const char *answer;

	(void)state;
	if (!make())
		skip();
	for (size_t i = 0; verifyd_headers[i]; i++) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "%s: forged\r\n",
			       verifyd_headers[i]);
	}
	(void)strcat(text, "\r\n");
	answer = request(text, "x9");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, " kind=person "));
	assert_non_null(strstr(answer, " auth_time= "));
	assert_null(strstr(answer, "forged"));
	end();
}

/* The host a proof must be for is the configuration's, whatever the client calls it. */
static void test_a_client_does_not_choose_its_host(void **state)
{
	static const char *const heads[] = {
		"GET /api/x?y=z HTTP/1.1\r\nHost: api.example.org\r\n",
		"GET /api/x?y=z HTTP/1.1\r\nHost: evil.example\r\n",
		"GET http://evil.example/api/x?y=z HTTP/1.1\r\nHost: evil.example\r\n",
	};

	(void)state;
	if (!make())
		skip();
	for (size_t i = 0; i < ELEMENTSOF(heads); i++) {
		int fd = http_open_port(verifyd.nginx_port);
		struct wire_in in;

		http_write(fd, heads[i]);
		http_write(fd, "Connection: close\r\nIdp-Url: https://evil.example/api/x?y=z\r\n"
			       "DPoP: a.b.c\r\nAuthorization: DPoP " AGENTD_TOKEN "\r\n\r\n");
		do
			assert_int_equal(fake_netd_next(&w.agentd.netd, WAIT, &in), 0);
		while (in.type == MSG_DIR_SYNC || in.type == MSG_CREDIT);
		assert_int_equal(in.type, MSG_TOKEN_VERIFY);
		w.flow = wire_get_u64(&in);
		assert_string_equal(wire_get_str(&in, 64), "corp");
		assert_string_equal(wire_get_str(&in, JWS_LEN_MAX), AGENTD_TOKEN);
		assert_string_equal(wire_get_str(&in, PROOF_LEN_MAX), "a.b.c");
		assert_string_equal(wire_get_str(&in, METHOD_LEN_MAX), "GET");
		assert_string_equal(wire_get_str(&in, LOGIN_URL_MAX),
				    "https://api.example.org/api/x?y=z");
		/* so idp-netd says of a proof for another */
		assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "proof-refused"),
				 0);
		assert_status(http_read(fd), "401");
		(void)close(fd);
	}
	end();
}

static void test_who_does_not(void **state)
{
	const char *answer;

	(void)state;
	if (!make())
		skip();
	answer = request(GET "\r\n", NULL);
	assert_status(answer, "401");
	assert_string_equal(http_header(answer, "WWW-Authenticate"), "Bearer realm=\"api\"");
	answer = request(GET "Authorization: Basic eDp5\r\n\r\n", NULL);
	assert_status(answer, "401");
	/* a token in the query is none */
	answer = request("GET /api/x?access_token=" AGENTD_TOKEN " HTTP/1.1\r\nHost: h\r\n"
			 "Connection: close\r\n\r\n",
			 NULL);
	assert_status(answer, "401");
	/* two: refused by whoever sees it first, and never let through */
	answer = request(GET AUTH AUTH "\r\n", NULL);
	if (strncmp(answer + 9, "400", 3) != 0)
		assert_status(answer, "401");
	/* the rules */
	answer = request(GET AUTH "\r\n", "s2");
	assert_status(answer, "403");
	assert_string_equal(http_header(answer, "Idp-Reason"), "denied-by=bob");
	w.agentd.netd.scope = NULL;
	answer = request(GET AUTH "\r\n", "s1");
	assert_status(answer, "403");
	assert_string_equal(http_header(answer, "Idp-Reason"), "missing=scope:read");
	assert_non_null(
		strstr(http_header(answer, "WWW-Authenticate"), "error=\"insufficient_scope\""));
	/* the place where nginx itself asks is nobody's else */
	answer =
		request("GET /_idp HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" AUTH "\r\n", NULL);
	assert_status(answer, "404");
	end();
}

static void test_a_token_that_is_not_believed(void **state)
{
	const char *answer;
	int fd;

	(void)state;
	if (!make())
		skip();
	fd = http_open_port(verifyd.nginx_port);
	http_write(fd, GET AUTH "\r\n");
	expect_question();
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "token-expired"), 0);
	answer = http_read(fd);
	assert_status(answer, "401");
	assert_non_null(strstr(http_header(answer, "WWW-Authenticate"), "error=\"invalid_token\""));
	assert_null(strstr(answer, "Idp-User"));
	(void)close(fd);
	end();
}

/* Whatever breaks behind it, nobody gets through. */
static void test_what_breaks_stays_closed(void **state)
{
	int fd;

	(void)state;
	if (!make())
		skip();
	fd = http_open_port(verifyd.nginx_port);
	http_write(fd, GET AUTH "\r\n");
	expect_question();
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "timeout"), 0);
	assert_status(http_read(fd), "500");
	(void)close(fd);
	/* the authority */
	talk_close(&w.talk);
	assert_int_equal(agentd_stop(&w.agentd, SIGKILL), SIGKILL);
	fake_netd_hang_up(&w.agentd.netd);
	assert_status(request(GET AUTH "\r\n", NULL), "500");
	assert_int_equal(agentd_start(&w.agentd), 0);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_open(&w);
	assert_status(request(GET AUTH "\r\n", "s1"), "200");
	/* the verifier */
	verifyd_end(&verifyd, &w);
	assert_int_equal(request(GET AUTH "\r\n", NULL)[9], '5');
	nginx_end(&verifyd);
	world_end(&w);
}

TEST_MAIN(TEST(test_who_gets_through), TEST(test_no_header_of_a_client_arrives),
	  TEST(test_a_client_does_not_choose_its_host), TEST(test_who_does_not),
	  TEST(test_a_token_that_is_not_believed), TEST(test_what_breaks_stays_closed))
