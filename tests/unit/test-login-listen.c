/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listener and real connections to it. As root it also connects as somebody else, who must
 * not be heard.
 */
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "idpctl/login-listen.h"
#include "idpctl/login-peer.h"

static struct login_listen *listener;
static struct login_here here;
static struct secret *answer;

static const struct login_page fine = { 200, "Fine", "All is well.", NULL, false };

static int set_up(void **state)
{
	(void)state;
	here = (struct login_here){ 0, "/" };
	return login_listen_new(&here, &listener);
}

static int tear_down(void **state)
{
	(void)state;
	listener = login_listen_free(listener);
	answer = secret_free(answer);
	return 0;
}

/* Lets the listener work for a while. */
static void work(unsigned msec)
{
	usec_t until = clock_now() + msec * USEC_PER_MSEC;

	do {
		struct pollfd fds[LOGIN_LISTEN_FDS];
		struct secret *one;

		(void)login_listen_wait(listener, fds);
		(void)poll(fds, LOGIN_LISTEN_FDS, 5);
		one = login_listen_work(listener, fds, clock_now());
		if (one) {
			assert_null(answer);
			answer = one;
		}
	} while (clock_now() < until && !answer);
}

enum family { V4, V6, MAPPED };

static int call(enum family family)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(here.port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(here.port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(family == V4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (family == MAPPED)
		assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr), 1);
	if (connect(fd, family == V4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
		    family == V4 ? sizeof(v4) : sizeof(v6)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void tell(int fd, const char *target)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
			 target, here.port);

	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

/* All that fd is told, into text; the listener works meanwhile. Its status, 0 none. */
static int hear(int fd, char text[static 8192])
{
	size_t len = 0;

	for (unsigned i = 0; i < 3000; i++) {
		ssize_t n;

		work(5);
		n = recv(fd, text + len, 8191 - len, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		len += n > 0 ? (size_t)n : 0;
		text[len] = '\0';
		if (strstr(text, "</html>"))
			break;
	}
	text[len] = '\0';
	return len > 12 ? atoi(text + 9) : 0;
}

static void test_an_answer_is_handed_over_and_answered(void **state)
{
	static const enum family families[] = { V4, V6, MAPPED };
	static char text[8192];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(families); i++) {
		int fd = call(families[i]);
		char url[128];

		if (fd < 0 && families[i] != V4) {
			print_message("# no IPv6 here\n");
			continue;
		}
		tell(fd, "/?code=c&state=s");
		work(10000);
		assert_non_null(answer);
		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/?code=c&state=s", here.port);
		assert_string_equal(answer->text, url);
		/* nothing is said before the verdict */
		assert_true(recv(fd, text, sizeof(text), MSG_DONTWAIT) < 0 && errno == EAGAIN);
		answer = secret_free(answer);
		login_listen_reply(listener, &fine);
		assert_int_equal(hear(fd, text), 200);
		assert_non_null(strstr(text, "All is well."));
		(void)close(fd);
	}
}

static void test_one_answer_at_a_time(void **state)
{
	static char text[8192];
	int first, second;
	(void)state;
	first = call(V4);
	tell(first, "/?code=1");
	work(10000);
	assert_non_null(answer);
	answer = secret_free(answer);
	second = call(V4);
	tell(second, "/?code=2");
	assert_int_equal(hear(second, text), 409);
	assert_null(answer);
	login_listen_reply(listener, &fine);
	assert_int_equal(hear(first, text), 200);
	(void)close(second);
	second = call(V4);
	tell(second, "/?code=3"); /* and now the next */
	work(10000);
	assert_non_null(answer);
	(void)close(first);
	(void)close(second);
}

static void test_what_is_no_answer_goes_away(void **state)
{
	static const struct {
		const char *target;
		int status;
	} cases[] = { { "/favicon.ico", 404 }, { "/", 400 }, { "/?code=%00", 400 } };
	static char text[8192];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		int fd = call(V4);

		tell(fd, cases[i].target);
		assert_int_equal(hear(fd, text), cases[i].status);
		(void)close(fd);
	}
	assert_null(answer);
}

static void test_too_long_is_told(void **state)
{
	static char text[8192], junk[LOGIN_REQUEST_MAX + 1000];
	int fd;
	(void)state;
	fd = call(V4);
	memset(junk, 'a', sizeof(junk));
	memcpy(junk, "GET /", 5);
	assert_int_equal(send(fd, junk, sizeof(junk), MSG_NOSIGNAL), sizeof(junk));
	assert_int_equal(hear(fd, text), 431); /* although not all of it was read */
	(void)close(fd);
}

static void test_whoever_dawdles_keeps_nobody_out(void **state)
{
	static char text[8192];
	int fds[3 * LOGIN_CONNECTIONS_MAX], fd;
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
		fds[i] = call(V4);
		assert_true(fds[i] >= 0);
		work(5);
	}
	fd = call(V4);
	tell(fd, "/?code=c");
	work(10000);
	assert_non_null(answer);
	login_listen_reply(listener, &fine);
	answer = secret_free(answer);
	assert_int_equal(hear(fd, text), 200);
	(void)close(fd);
	for (size_t i = 0; i < ELEMENTSOF(fds); i++)
		(void)close(fds[i]);
}

static void test_half_a_request_has_its_time(void **state)
{
	static char text[8192];
	int half, silent;
	(void)state;
	half = call(V4);
	silent = call(V4);
	assert_int_equal(send(half, "GET /", 5, MSG_NOSIGNAL), 5);
	assert_int_equal(hear(half, text), 408);
	assert_int_equal(hear(silent, text), 0);
	(void)close(half);
	(void)close(silent);
}

/* In a process of its own, as somebody else: what is heard, 0 nothing. */
static int stranger_hears(const char *target)
{
	static char text[8192];
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		size_t len = 0;
		ssize_t n = 1;
		int fd;

		if (setgid(12345) < 0 || setuid(12345) < 0)
			_exit(1);
		fd = call(V4);
		tell(fd, target);
		while (n > 0 && len < sizeof(text) - 1 && !strstr(text, "</html>")) {
			n = recv(fd, text + len, sizeof(text) - 1 - len, 0);
			len += n > 0 ? (size_t)n : 0;
			text[len] = '\0';
		}
		_exit(strstr(text, "Only that user's browser") ? atoi(text + 9) - 400 : 2);
	}
	for (unsigned i = 0; i < 3000; i++) {
		work(5);
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_a_stranger_is_told_and_not_heard(void **state)
{
	int fd;
	(void)state;
	if (getuid() != 0)
		skip();
	for (unsigned i = 0; i < 2 * LOGIN_CONNECTIONS_MAX; i++)
		assert_int_equal(stranger_hears("/?code=c&state=s"), 3);
	assert_null(answer);
	fd = call(V4);
	tell(fd, "/?code=c");
	work(10000);
	assert_non_null(answer);
	(void)close(fd);
}

static void test_the_port_is_nobody_elses(void **state)
{
	struct login_here same = here;
	struct login_listen *other = NULL;
	static const int on = 1;
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(here.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)state;
	assert_int_equal(login_listen_new(&same, &other), -EADDRINUSE);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_true(bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 && errno == EADDRINUSE);
	(void)close(fd);
	listener = login_listen_free(listener);
	assert_int_equal(login_listen_new(&same, &listener), 0); /* a named one, free again */
	assert_int_equal(same.port, here.port);
}

static void test_a_place_taken_in_ipv6_is_no_place(void **state)
{
	struct login_here same;
	struct login_listen *other = NULL;
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(v6);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)state;
	if (fd < 0 || bind(fd, (struct sockaddr *)&v6, sizeof(v6)) < 0) {
		(void)close(fd);
		skip();
	}
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&v6, &len), 0);
	same = (struct login_here){ ntohs(v6.sin6_port), "/" };
	assert_int_equal(login_listen_new(&same, &other), -EADDRINUSE);
	(void)close(fd);
}

#define LISTEN_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

TEST_MAIN(LISTEN_TEST(test_an_answer_is_handed_over_and_answered),
	  LISTEN_TEST(test_one_answer_at_a_time), LISTEN_TEST(test_what_is_no_answer_goes_away),
	  LISTEN_TEST(test_too_long_is_told), LISTEN_TEST(test_whoever_dawdles_keeps_nobody_out),
	  LISTEN_TEST(test_half_a_request_has_its_time),
	  LISTEN_TEST(test_a_stranger_is_told_and_not_heard),
	  LISTEN_TEST(test_the_port_is_nobody_elses),
	  LISTEN_TEST(test_a_place_taken_in_ipv6_is_no_place))
