/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The people of bench/flows.mjs: FLOWS conversations at once with a real idp-agentd, each as
 * pam_idp would hold it.
 *
 *	bench-flows SOCKET FLOWS
 *
 * Prints "USER CODE" for each prompt and "pending" when all are out; with the next line on its
 * standard input everybody presses Enter. Then "permit N other N".
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/client.h"
#include "common/limits.h"

#define FLOWS_ROOM 2000u
#define PLACE      30u /* people of one source; FLOWS_PER_SOURCE_MAX is 32 */
#define PATIENCE   (2 * USEC_PER_MINUTE)

static struct person {
	struct client client;
	bool asked, done;
} people[FLOWS_ROOM];
static struct pollfd fds[FLOWS_ROOM];
static uint8_t memory[WIRE_MESSAGE_MAX];
static unsigned n_people, n_asked, n_permit, n_other;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench-flows: %s: %m\n", what);
	exit(1);
}

static void knock(unsigned i, const char *path)
{
	struct client *client = &people[i].client;
	char user[16], rhost[32];
	struct buf out;

	(void)snprintf(user, sizeof(user), "u%u", i);
	(void)snprintf(rhost, sizeof(rhost), "10.0.%u.%u", i / PLACE / 250, i / PLACE % 250 + 1);
	if (client_open(client, path, clock_add(clock_now(), PATIENCE)) < 0)
		die("open");
	buf_init(&out, WIRE_MESSAGE_MAX);
	client_begin(client, &out, MSG_AUTH);
	wire_put_str(&out, "sshd");
	wire_put_str(&out, user);
	wire_put_str(&out, rhost);
	wire_put_str(&out, "ssh");
	wire_put_str(&out, "");
	wire_put_u32(&out, 0);
	if (client_send(client, &out, clock_add(clock_now(), PATIENCE)) < 0)
		die("AUTH");
	buf_done(&out);
	fds[i] = (struct pollfd){ .fd = client->fd, .events = POLLIN };
}

static void press_enter(struct person *person)
{
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_ANSWER, person->client.serial);
	wire_put_str(&out, "");
	if (client_send(&person->client, &out, clock_add(clock_now(), PATIENCE)) < 0)
		die("ANSWER");
	buf_done(&out);
}

static void on_prompt(unsigned i, const char *text, bool enter)
{
	const char *at = strstr(text, "enter the code ");

	if (!at)
		die(text);
	at += strlen("enter the code ");
	if (!people[i].asked)
		(void)printf("u%u %.*s\n", i, (int)strcspn(at, " \n"), at);
	n_asked += !people[i].asked;
	people[i].asked = true;
	if (enter)
		press_enter(&people[i]);
}

static void hear(unsigned i, bool enter)
{
	struct wire_in in;
	uint32_t number;

	if (client_receive(&people[i].client, memory, sizeof(memory),
			   clock_add(clock_now(), PATIENCE), &in) < 0)
		die("receive");
	number = wire_get_u32(&in);
	if (in.type == MSG_ASK) {
		on_prompt(i, wire_get_str(&in, WIRE_STRING_MAX), enter);
	} else if (in.type == MSG_DONE) {
		n_permit += number == WIRE_PERMIT;
		n_other += number != WIRE_PERMIT;
		if (number != WIRE_PERMIT)
			(void)fprintf(stderr, "bench-flows: u%u: %s\n", i,
				      wire_get_str(&in, REASON_MAX));
		people[i].done = true;
		fds[i].fd = -1;
		client_close(&people[i].client);
	}
}

static void hear_until(const unsigned *count, const unsigned *more, bool enter)
{
	while (*count + *more < n_people) {
		if (poll(fds, n_people, (int)(PATIENCE / USEC_PER_MSEC)) <= 0)
			die("nothing happens");
		for (unsigned i = 0; i < n_people; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				hear(i, enter);
	}
}

int main(int argc, char **argv)
{
	const struct rlimit many = { 4096, 4096 };
	char line[16];

	if (argc != 3 || (n_people = (unsigned)strtoul(argv[2], NULL, 10)) < 1 ||
	    n_people > FLOWS_ROOM) {
		(void)fprintf(stderr, "usage: bench-flows SOCKET FLOWS (at most %u)\n", FLOWS_ROOM);
		return 2;
	}
	if (setrlimit(RLIMIT_NOFILE, &many) < 0)
		die("setrlimit");
	for (unsigned i = 0; i < n_people; i++)
		knock(i, argv[1]);
	hear_until(&n_asked, &n_other, false);
	(void)printf("pending\n");
	(void)fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (unsigned i = 0; i < n_people; i++)
		if (!people[i].done)
			press_enter(&people[i]);
	hear_until(&n_permit, &n_other, true);
	(void)printf("permit %u other %u\n", n_permit, n_other);
	return 0;
}
