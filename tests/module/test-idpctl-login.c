/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/*
 * The real idpctl login between a scripted agent and a browser that is this test: what each of
 * them is told, and when. The code in the address is the secret of the test: no output has it.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/lib/fake-agent.h"

#define PATIENCE (30 * USEC_PER_SEC)
#define URL      "https://id.example.com/auth?client_id=host1&request_uri=urn%3Ax"
#define CODE     "s3cret-code-of-the-test"

static char program[PATH_MAX];
static struct fake_agent agent;

/* An idpctl that is running. */
struct run {
	pid_t pid;
	int in, out; /* its standard input, and both of its outputs together */
	char said[65536];
	size_t len;
};

static struct run run;
static bool ignore_sigint; /* as in the background of a script */

/* ---- the program ---- */

static void child(const char *const *args, const char *browser, const int in[2], const int out[2])
{
	char *argv[16] = { program };

	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = strdup(args[i]);
	/* a suite that runs in the background hands down that SIGINT is ignored */
	(void)signal(SIGINT, ignore_sigint ? SIG_IGN : SIG_DFL);
	if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0)
		_exit(127);
	(void)unsetenv("DISPLAY");
	(void)unsetenv("WAYLAND_DISPLAY");
	(void)unsetenv("BROWSER");
	if (browser)
		(void)setenv("BROWSER", browser, 1);
	(void)execv(program, argv);
	_exit(127);
}

/* args: behind the command, NULL at the end. */
static void start(fake_script script, const char *browser, const char *const *more)
{
	const char *args[12] = { "--socket", NULL, "login" };
	int in[2], out[2];

	fake_agent_start(&agent, script, 1);
	args[1] = agent.path;
	for (size_t i = 0; more && more[i]; i++)
		args[3 + i] = more[i];
	run = (struct run){ 0 };
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	run.pid = fork();
	assert_true(run.pid >= 0);
	if (run.pid == 0)
		child(args, browser, in, out);
	(void)close(in[0]);
	(void)close(out[1]);
	run.in = in[1];
	run.out = out[0];
}

/* Reads on until it has said this; NULL: until its end. */
static void hear(const char *text)
{
	usec_t until = clock_now() + PATIENCE;

	while (!text || !strstr(run.said, text)) {
		struct pollfd ready = { .fd = run.out, .events = POLLIN };
		ssize_t n;

		if (clock_now() > until || poll(&ready, 1, 1000) < 0)
			fail_msg("never said \"%s\" in:\n%s", text ? text : "(end)", run.said);
		if (!ready.revents)
			continue;
		n = read(run.out, run.said + run.len, sizeof(run.said) - 1 - run.len);
		if (n <= 0 && text)
			fail_msg("ended without \"%s\" in:\n%s", text, run.said);
		if (n <= 0)
			return;
		run.len += (size_t)n;
	}
}

/* Its end: the exit status, or -signal. */
static int finish(void)
{
	int status = -1;

	hear(NULL);
	assert_int_equal(waitpid(run.pid, &status, 0), run.pid);
	(void)close(run.in);
	(void)close(run.out);
	assert_null(strstr(run.said, CODE));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void type(const char *text)
{
	assert_int_equal(write(run.in, text, strlen(text)), (ssize_t)strlen(text));
}

static uint16_t port_said(void)
{
	const char *at;

	hear(" (ten minutes");
	at = strstr(run.said, "at port ");
	assert_non_null(at);
	return (uint16_t)atoi(at + strlen("at port "));
}

/* ---- the browser ---- */

static int browse(uint16_t port, const char *target)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval patience = { .tv_sec = 30 };
	char text[512];
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
			 target, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
	return fd;
}

/* The page it is shown must have this status and this text. */
static void see(int fd, int status, const char *text)
{
	static char page[16384];
	size_t len = 0;
	ssize_t n;

	do {
		n = recv(fd, page + len, sizeof(page) - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
		page[len] = '\0';
	} while (n > 0 && !strstr(page, "</html>"));
	(void)close(fd);
	assert_true(len > 12);
	if (atoi(page + 9) != status || !strstr(page, text))
		fail_msg("no %i and \"%s\" in:\n%s", status, text, page);
}

/* ---- what agents do ---- */

static void say_browse(struct fake_peer *peer)
{
	fake_browse(peer, URL, 60);
}

static void say_here(struct fake_peer *peer, uint32_t port)
{
	fake_expect(peer, MSG_LOGIN_WHERE);
	fake_expect_str(peer, "");
	fake_here(peer, port, "/cb");
}

/* Up to BROWSE; the port that idpctl listens at. */
static uint32_t begins(struct fake_peer *peer)
{
	uint32_t port;

	say_here(peer, 0);
	fake_expect(peer, MSG_LOGIN);
	fake_expect_str(peer, "");
	port = wire_get_u32(&peer->in);
	say_browse(peer);
	return port;
}

static void expect_answer(struct fake_peer *peer, uint32_t port, const char *query)
{
	char url[256];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/cb?%s", port, query);
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, url);
}

static void permits(struct fake_peer *peer)
{
	expect_answer(peer, begins(peer), "state=s&code=" CODE);
	fake_done(peer, WIRE_PERMIT, "permit rule=login", "", 0, NULL);
}

static void refuses(struct fake_peer *peer)
{
	expect_answer(peer, begins(peer), "error=access_denied&state=s");
	fake_done(peer, WIRE_DENY, "access-denied", "It was <refused>.", 0, NULL);
}

static void asks_once_more(struct fake_peer *peer)
{
	uint32_t port = begins(peer);

	expect_answer(peer, port, "state=x&code=y");
	fake_ask(peer, WIRE_ASK_ECHO, "That belongs to another.\nPaste it here: ");
	expect_answer(peer, port, "state=s&code=" CODE);
	fake_done(peer, WIRE_PERMIT, "permit rule=login", "", 0, NULL);
}

static void takes_what_is_pasted(struct fake_peer *peer)
{
	(void)begins(peer);
	fake_say(peer, WIRE_SAY_INFO, "hello\x1b[2J");
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, "http://127.0.0.1/cb?code=" CODE);
	fake_done(peer, WIRE_PERMIT, "permit rule=login", "", 0, NULL);
}

static void has_a_page(struct fake_peer *peer)
{
	fake_expect(peer, MSG_LOGIN_WHERE);
	fake_expect_str(peer, "corp");
	fake_done(peer, WIRE_DENY, "redirect-page", "It ends at a page.", 0, NULL);
	fake_expect(peer, MSG_LOGIN);
	fake_expect_str(peer, "corp");
	fake_expect_u32(peer, 0);
	say_browse(peer);
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, CODE);
	fake_done(peer, WIRE_PERMIT, "permit rule=login", "", 0, NULL);
}

static uint16_t taken; /* a port somebody else is at */

static void names_a_taken_port(struct fake_peer *peer)
{
	say_here(peer, taken);
	fake_expect(peer, MSG_LOGIN);
	fake_expect_str(peer, "");
	fake_expect_u32(peer, 0);
	say_browse(peer);
	fake_expect_hangup(peer);
}

static void does_not_know_them(struct fake_peer *peer)
{
	fake_expect(peer, MSG_LOGIN_WHERE);
	fake_done(peer, WIRE_NOT_OURS, "not-ours", "There is nothing to sign in to.", 0, NULL);
}

static void goes_away(struct fake_peer *peer)
{
	(void)begins(peer);
	fake_expect(peer, MSG_ANSWER);
}

static void is_left(struct fake_peer *peer)
{
	(void)begins(peer);
	fake_expect_hangup(peer);
}

static void raves(struct fake_peer *peer)
{
	(void)begins(peer);
	fake_expect(peer, MSG_ANSWER);
	fake_raw(peer, "hello", 5);
}

/* ---- tests ---- */

static void test_the_browser_comes_back(void **state)
{
	uint16_t port;
	int fd;
	(void)state;
	start(permits, NULL, NULL);
	port = port_said();
	see(browse(port, "/favicon.ico"), 404, "Nothing to see here");
	see(browse(port, "/cb"), 400, "has not come here yet");
	fd = browse(port, "/cb?state=s&code=" CODE);
	see(fd, 200, "<h1>You are signed in</h1>");
	assert_int_equal(finish(), 0);
	assert_non_null(strstr(run.said, "\n" URL "\n"));
	assert_non_null(strstr(run.said, "within 60 seconds"));
	assert_non_null(strstr(run.said, "You are signed in as "));
	assert_true(fake_agent_stop(&agent));
}

static void test_a_refusal_is_told_to_both(void **state)
{
	(void)state;
	start(refuses, NULL, NULL);
	see(browse(port_said(), "/cb?error=access_denied&state=s"), 403, "It was &lt;refused&gt;.");
	assert_int_equal(finish(), 1);
	assert_non_null(strstr(run.said, "idpctl: It was <refused>. (access-denied)"));
	assert_true(fake_agent_stop(&agent));
}

static void test_a_wrong_answer_is_told_and_put_right(void **state)
{
	uint16_t port;
	(void)state;
	start(asks_once_more, NULL, NULL);
	port = port_said();
	see(browse(port, "/cb?state=x&code=y"), 400, "That belongs to another.");
	hear("That belongs to another.\nPaste it here: ");
	see(browse(port, "/cb?state=s&code=" CODE), 200, "You are signed in");
	assert_int_equal(finish(), 0);
	assert_true(fake_agent_stop(&agent));
}

static void test_it_may_be_pasted_while_a_port_waits(void **state)
{
	const char *const more[] = { "--no-browser", NULL };
	(void)state;
	start(takes_what_is_pasted, "false", more);
	hear("\nand paste it here: ");
	hear("hello\\x1B[2J");
	type("\n");
	hear("your browser ended, and paste it here: ");
	type("  http://127.0.0.1/cb?code=" CODE "\r\nrest of a script\n");
	assert_int_equal(finish(), 0);
	assert_null(strstr(run.said, "Opening"));
	assert_true(fake_agent_stop(&agent));
}

static void test_a_page_of_the_site_is_for_pasting(void **state)
{
	const char *const more[] = { "corp", NULL };
	(void)state;
	start(has_a_page, NULL, more);
	hear("a page with a code: copy it");
	type(CODE "\n");
	assert_int_equal(finish(), 0);
	assert_null(strstr(run.said, "port"));
	assert_true(fake_agent_stop(&agent));
}

static void test_a_port_that_is_taken_leaves_pasting(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	taken = ntohs(address.sin_port);
	start(names_a_taken_port, NULL, NULL);
	hear("another program is at port ");
	hear("and that is right: copy");
	(void)close(run.in);
	run.in = -1;
	assert_int_equal(finish(), 1);
	assert_non_null(strstr(run.said, "nothing was pasted."));
	assert_true(fake_agent_stop(&agent));
	(void)close(fd);
}

static void test_who_is_not_known_is_told(void **state)
{
	(void)state;
	start(does_not_know_them, NULL, NULL);
	assert_int_equal(finish(), 1);
	assert_string_equal(run.said, "idpctl: There is nothing to sign in to. (not-ours)\n");
	assert_true(fake_agent_stop(&agent));
}

static void test_an_agent_that_goes_away(void **state)
{
	static const fake_script scripts[] = { goes_away, raves };
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(scripts); i++) {
		start(scripts[i], NULL, NULL);
		see(browse(port_said(), "/cb?code=" CODE), 403, "You are not signed in");
		assert_int_equal(finish(), 3);
		assert_non_null(strstr(run.said, "cannot ask the agent"));
		assert_true(fake_agent_stop(&agent));
	}
}

static void test_no_agent_at_all(void **state)
{
	(void)state;
	start(permits, NULL, (const char *const[]){ "--socket", "/no/such/socket", NULL });
	assert_int_equal(finish(), 3);
	assert_non_null(strstr(run.said, "cannot ask the agent at /no/such/socket"));
	fake_agent_kill(&agent);
}

static void stops_of(int signal)
{
	assert_int_equal(kill(run.pid, signal), 0);
	assert_int_equal(finish(), -signal);
	assert_non_null(strstr(run.said, "The sign-in was stopped."));
	assert_true(fake_agent_stop(&agent));
}

static void test_a_signal_ends_it_in_words(void **state)
{
	(void)state;
	start(is_left, NULL, NULL);
	(void)port_said();
	stops_of(SIGINT);
}

static void test_an_ignored_signal_stays_ignored(void **state)
{
	(void)state;
	ignore_sigint = true;
	start(is_left, NULL, NULL);
	ignore_sigint = false;
	(void)port_said();
	assert_int_equal(kill(run.pid, SIGINT), 0);
	stops_of(SIGTERM);
}

/* The browser's command gets the address as one argument, and no shell sees it. */
static void test_the_browser_is_opened(void **state)
{
	char script[] = "/tmp/idp-browser-XXXXXX", command[128], saw[64], line[256] = "";
	int fd = mkstemp(script);
	FILE *f;
	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(saw, sizeof(saw), "%s.saw", script);
	assert_true(dprintf(fd, "#!/bin/sh\necho \"$#:$2\" >%s.new; mv %s.new %s\n", saw, saw,
			    saw) > 0);
	assert_int_equal(fchmod(fd, 0700), 0);
	(void)close(fd);
	(void)snprintf(command, sizeof(command), "/no/such:%s --new", script);
	start(is_left, command, NULL);
	hear("Opening this address with /tmp/idp-browser-");
	for (unsigned i = 0; i < 3000 && access(saw, R_OK) < 0; i++)
		(void)usleep(10000);
	f = fopen(saw, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	(void)fclose(f);
	assert_string_equal(line, "2:" URL "\n");
	assert_int_equal(kill(run.pid, SIGTERM), 0);
	assert_int_equal(finish(), -SIGTERM);
	assert_true(fake_agent_stop(&agent));
	(void)unlink(script);
	(void)unlink(saw);
}

static void test_a_browser_that_fails_is_known_of(void **state)
{
	(void)state;
	start(is_left, "false", NULL);
	hear("could not be opened");
	assert_int_equal(kill(run.pid, SIGHUP), 0);
	assert_int_equal(finish(), -SIGHUP);
	assert_true(fake_agent_stop(&agent));
}

static void test_machines_get_an_object(void **state)
{
	(void)state;
	start(permits, NULL, (const char *const[]){ "--json", NULL });
	see(browse(port_said(), "/cb?state=s&code=" CODE), 200, "You are signed in");
	assert_int_equal(finish(), 0);
	assert_non_null(strstr(run.said, "\"user\": \""));
	assert_true(fake_agent_stop(&agent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_browser_comes_back),
		TEST(test_a_refusal_is_told_to_both),
		TEST(test_a_wrong_answer_is_told_and_put_right),
		TEST(test_it_may_be_pasted_while_a_port_waits),
		TEST(test_a_page_of_the_site_is_for_pasting),
		TEST(test_a_port_that_is_taken_leaves_pasting),
		TEST(test_who_is_not_known_is_told),
		TEST(test_an_agent_that_goes_away),
		TEST(test_no_agent_at_all),
		TEST(test_a_signal_ends_it_in_words),
		TEST(test_an_ignored_signal_stays_ignored),
		TEST(test_the_browser_is_opened),
		TEST(test_a_browser_that_fails_is_known_of),
		TEST(test_machines_get_an_object),
	};
	const char *build = getenv("top_builddir");

	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(program, sizeof(program), "%s/idpctl/idpctl", build && *build ? build : ".");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
