/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A load for bench/verify.mjs: CONNECTIONS clients that each ask, wait for the answer and ask
 *again, for SECONDS; one process, one loop.
 *
 *	bench-verify http PORT PATH TOKENFILE CONNECTIONS SECONDS
 *	bench-verify local SOCKET PATH TOKENFILE CONNECTIONS SECONDS
 *	bench-verify desk SOCKET RESOURCE TOKENFILE CONNECTIONS SECONDS
 *
 * Prints "REQUESTS good OTHERS other, P50 P99 MOST", times in microseconds. Tokens come from the
 * file, a line each, and take turns.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/sock.h"
#include "common/wire.h"

#define CLIENTS_ROOM 512u
#define TOKENS_ROOM  4096u
#define TIMES_ROOM   4000000u

static struct client {
	int fd;
	usec_t asked;
	size_t len;
	char in[16384];
} clients[CLIENTS_ROOM];

static char *questions[TOKENS_ROOM]; /* as bytes, one a token */
static size_t lengths[TOKENS_ROOM], n_tokens, next_token;
static uint32_t *times;
static size_t n_times, n_good, n_other;
static bool desk;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench-verify: %s: %m\n", what);
	exit(1);
}

static void add_question(const char *path, const char *token)
{
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	if (desk) {
		wire_begin(&out, MSG_VERIFY, 1);
		wire_put_str(&out, path);
		wire_put_str(&out, token);
		wire_put_str(&out, "");
		wire_put_str(&out, "");
		wire_put_str(&out, "");
		if (wire_end(&out) < 0)
			die("VERIFY");
	} else {
		buf_printf(&out,
			   "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n",
			   path, token);
		if (buf_end(&out) < 0)
			die("GET");
	}
	lengths[n_tokens] = out.len;
	questions[n_tokens++] = (char *)out.data; /* until the end */
}

static void read_tokens(const char *file, const char *path)
{
	static char line[20000];
	FILE *in = fopen(file, "re");

	if (!in)
		die(file);
	while (n_tokens < TOKENS_ROOM && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		add_question(path, line);
	}
	(void)fclose(in);
	if (n_tokens == 0)
		die("no tokens");
}

static int open_one(const char *kind, const char *where)
{
	struct sockaddr_in tcp = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	bool is_tcp = strcmp(kind, "http") == 0;
	const int one = 1;
	int fd = -1;

	if (desk)
		return sock_connect(where, clock_add(clock_now(), 10 * USEC_PER_SEC), &fd) < 0 ? -1
											       : fd;
	tcp.sin_port = htons((uint16_t)strtoul(where, NULL, 10));
	(void)snprintf(local.sun_path, sizeof(local.sun_path), "%s", where);
	fd = socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (is_tcp)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if ((is_tcp ? connect(fd, (struct sockaddr *)&tcp, sizeof(tcp))
		    : connect(fd, (struct sockaddr *)&local, sizeof(local))) < 0)
		return -1;
	return fd;
}

static void ask(struct client *client)
{
	size_t i = next_token++ % n_tokens;

	client->len = 0;
	client->asked = clock_now();
	if (send(client->fd, questions[i], lengths[i], MSG_NOSIGNAL) != (ssize_t)lengths[i])
		die("send");
}

/* 1 a yes, 0 something else, -1 not whole yet. */
static int judge(const struct client *client)
{
	const char *end, *length;
	struct wire_in in;

	if (desk)
		return wire_open(&in, client->in, client->len) == 0 && in.type == MSG_VERIFIED &&
		       wire_get_u32(&in) == WIRE_VERIFIED_YES;
	end = memmem(client->in, client->len, "\r\n\r\n", 4);
	if (!end)
		return -1;
	length = strcasestr(client->in, "\r\nContent-Length: ");
	if (!length || length > end ||
	    (size_t)(end - client->in) + 4 + strtoul(length + 18, NULL, 10) > client->len)
		return -1;
	return strncmp(client->in, "HTTP/1.1 200", 12) == 0;
}

static void hear(struct client *client)
{
	ssize_t n = recv(client->fd, client->in + client->len, sizeof(client->in) - 1 - client->len,
			 MSG_DONTWAIT);
	int good;

	if (n <= 0)
		die("recv");
	client->len += (size_t)n;
	client->in[client->len] = '\0';
	good = judge(client);
	if (good < 0)
		return;
	if (n_times < TIMES_ROOM)
		times[n_times++] = (uint32_t)(clock_now() - client->asked);
	n_good += good == 1;
	n_other += good == 0;
	ask(client);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void run(unsigned n, usec_t until)
{
	struct epoll_event events[64];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (unsigned i = 0; i < n; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) < 0)
			die("epoll");
		ask(&clients[i]);
	}
	while (clock_now() < until) {
		int ready = epoll_wait(epoll, events, 64, 100);

		for (int i = 0; i < ready; i++)
			hear(&clients[events[i].data.u32]);
	}
	(void)close(epoll);
}

int main(int argc, char **argv)
{
	unsigned n = argc == 7 ? (unsigned)strtoul(argv[5], NULL, 10) : 0;

	if (n == 0 || n > CLIENTS_ROOM) {
		(void)fprintf(stderr, "usage: bench-verify http|local|desk WHERE PATH TOKENFILE "
				      "CONNECTIONS SECONDS\n");
		return 2;
	}
	desk = strcmp(argv[1], "desk") == 0;
	read_tokens(argv[4], argv[3]);
	times = calloc(TIMES_ROOM, sizeof(*times));
	for (unsigned i = 0; i < n; i++) {
		clients[i].fd = open_one(argv[1], argv[2]);
		if (clients[i].fd < 0)
			die(argv[2]);
	}
	run(n, clock_now() + strtoul(argv[6], NULL, 10) * USEC_PER_SEC);
	if (n_times == 0)
		die("nobody was answered");
	qsort(times, n_times, sizeof(*times), compare);
	(void)printf("%zu good %zu other, %u %u %u\n", n_good, n_other, times[n_times / 2],
		     times[n_times * 99 / 100], times[n_times - 1]);
	return 0;
}
