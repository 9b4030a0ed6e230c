/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole way of a token: idp-verifyd, idp-agentd and idp-netd are real, the keys are those of a
 * platform, and the tokens are good ones and those an attacker would bring. As root, where there is
 * a node.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/lib/mock-token.h"
#include "tests/lib/verifyd.h"

#define HOST   "https://host.example.com"
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}"

static struct mock mock;
static struct world w;
static struct verifyd verifyd;
static char issuer[128];
static pid_t netd;

static void put_config(void)
{
	char text[1024];

	(void)snprintf(issuer, sizeof(issuer), "https://127.0.0.1:%u/good", mock.port);
	(void)snprintf(text, sizeof(text),
		       "[provider corp]\nmode = jwt\nissuer = %s\naudience = " HOST "\n"
		       "algs = RS256\nca = %s\n"
		       "[service people]\nprovider = corp\n"
		       "[service api]\nprovider = corp\n"
		       "[allow people]\nservice = people\nneed = subject:person scope:read\n"
		       "[allow all]\nservice = api\nneed = scope:read\n",
		       issuer, mock.ca);
	assert_int_equal(agentd_prepare(&w.agentd, text), 0);
}

static void start_netd(void)
{
	char program[4096], path[108], log[108];
	const char *top = getenv("top_builddir");

	fake_netd_close(&w.agentd.netd);
	agentd_path(&w.agentd, "net", path);
	agentd_path(&w.agentd, "netd.log", log);
	(void)snprintf(program, sizeof(program), "%s/idp-netd", top ? top : ".");
	netd = fork();
	assert_true(netd >= 0);
	if (netd == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(fd, STDERR_FILENO);
		(void)execl(program, program, "--listen", path, (char *)NULL);
		_exit(127);
	}
}

static int setup(void **state)
{
	(void)state;
	if (getuid() != 0 || mock_start(&mock) < 0)
		return 0;
	put_config();
	start_netd();
	assert_int_equal(agentd_start(&w.agentd), 0);
	verifyd_start(&verifyd, &w);
	return 0;
}

static int teardown(void **state)
{
	int status = -1;

	(void)state;
	if (netd == 0)
		return 0;
	verifyd_end(&verifyd, &w);
	assert_int_equal(agentd_stop(&w.agentd, SIGTERM), 0);
	(void)kill(netd, SIGTERM);
	(void)waitpid(netd, &status, 0);
	agentd_done(&w.agentd);
	mock_stop(&mock);
	return status;
}

/* A good token, with one claim changed. */
static char *token(const char *header, const char *name, const char *value)
{
	time_t now = (time_t)(clock_real() / USEC_PER_SEC);
	json_t *claims =
		json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:s,s:[s]}", "iss", issuer, "sub", "u-alice",
			  "aud", HOST, "exp", (json_int_t)now + 300, "iat", (json_int_t)now,
			  "client_id", "a-portal", "scope", "read", "groups", "staff");

	return mock_token(&mock, header, claims, name, value);
}

static const char *ask(const char *resource, const char *bearer)
{
	static char request[20000];
	int fd = http_open_local(&w);
	const char *answer;

	(void)snprintf(request, sizeof(request),
		       "GET /verify/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
		       resource, bearer);
	http_write(fd, request);
	answer = http_read(fd);
	(void)close(fd);
	return answer;
}

/* The link between the two halves takes a moment. */
static void wait_for_link(const char *bearer)
{
	for (unsigned i = 0; i < 1000; i++) {
		if (strncmp(ask("api", bearer), "HTTP/1.1 503", 12) != 0)
			return;
		(void)poll(NULL, 0, 20);
	}
}

static void test_tokens(void **state)
{
	static const struct {
		const char *resource, *header, *name, *value, *status, *reason;
	} rows[] = {
		{ "people", HEADER, NULL, NULL, "200", "permit rule=people" },
		{ "people", HEADER, "scope", "\"write\"", "403", "missing=scope:read" },
		{ "people", HEADER, "exp", "1", "401", "token-expired" },
		{ "people", HEADER, "aud", "\"https://other.example.com\"", "401", NULL },
		{ "people", HEADER, "aud", "", "401", NULL },
		{ "people", HEADER, "iss", "\"https://evil.example.com\"", "401", NULL },
		{ "people", HEADER, "iat", "99999999999", "401", NULL },
		{ "people", HEADER, "sub", "", "401", NULL },
		{ "people", HEADER, "cnf", "{\"jkt\":\"x\"}", "401", NULL },
		{ "people", "{\"alg\":\"none\",\"typ\":\"at+jwt\"}", NULL, NULL, "401", NULL },
		{ "people", "{\"alg\":\"HS256\",\"kid\":\"mock-rs256\",\"typ\":\"at+jwt\"}", NULL,
		  NULL, "401", NULL },
		{ "people", "{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"JWT\"}", NULL,
		  NULL, "401", "token-kind" },
		/* a program's, where the rules ask for a person, and where they do not */
		{ "people", HEADER, "sub", "\"a-portal\"", "403", NULL },
		{ "api", HEADER, "sub", "\"a-portal\"", "200", "permit rule=all" },
		{ "nothing", HEADER, NULL, NULL, "404", "no-resource" },
	};

	(void)state;
	if (netd == 0)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char *bearer = token(rows[i].header, rows[i].name, rows[i].value);
		const char *answer;

		if (i == 0)
			wait_for_link(bearer);
		answer = ask(rows[i].resource, bearer);
		if (strncmp(answer + 9, rows[i].status, 3) != 0 ||
		    (rows[i].reason &&
		     strcmp(http_header(answer, "Idp-Reason"), rows[i].reason) != 0))
			fail_msg("row %zu: %s", i, answer);
		free(bearer);
	}
}

static void test_whose_it_is(void **state)
{
	char *bearer, *last;
	const char *answer;

	(void)state;
	if (netd == 0)
		skip();
	bearer = token(HEADER, NULL, NULL);
	answer = ask("people", bearer);
	assert_string_equal(http_header(answer, "Idp-Kind"), "person");
	assert_string_equal(http_header(answer, "Idp-Provider"), "corp");
	assert_string_equal(http_header(answer, "Idp-Issuer"), issuer);
	assert_string_equal(http_header(answer, "Idp-Subject"), "u-alice");
	assert_string_equal(http_header(answer, "Idp-User"), "");
	assert_string_equal(http_header(answer, "Idp-Scopes"), "read");
	/* one bit of the signature */
	last = bearer + strlen(bearer) - 10;
	*last = *last == 'A' ? 'B' : 'A';
	assert_non_null(strstr(ask("people", bearer), "HTTP/1.1 401 "));
	free(bearer);
	bearer = token(HEADER, "sub", "\"a-portal\"");
	assert_string_equal(http_header(ask("api", bearer), "Idp-Kind"), "workload");
	free(bearer);
}

/* Strangers bring these: the first two tests did, and the log has no line of it. */
static void test_no_line_for_what_is_shown(void **state)
{
	static const char *const lines[] = { "refused", "not known", "could not be checked" };
	static char text[64 * 1024];
	char log[108];
	ssize_t n;
	int fd;

	(void)state;
	if (netd == 0)
		skip();
	{
		char *bearer = token(HEADER, "groups", "7");

		assert_non_null(strstr(ask("people", bearer), "HTTP/1.1 200 "));
		free(bearer);
	}
	agentd_path(&w.agentd, "netd.log", log);
	fd = open(log, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	assert_true(n > 0); /* that it began, at least */
	for (size_t i = 0; i < ELEMENTSOF(lines); i++)
		if (strstr(text, lines[i]))
			fail_msg("%s", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_tokens), TEST(test_whose_it_is),
					    TEST(test_no_line_for_what_is_shown) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
