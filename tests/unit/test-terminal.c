/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "idp-agentd/core/session.h"
#include "idp-agentd/core/terminal.h"

struct asked {
	struct session_request request;
	struct terminal_seat seat;
	char service[16], tty[16];
};

static void *take(struct terminals *terminals, struct asked *asked, const char *service,
		  const char *tty, bool by_root)
{
	(void)snprintf(asked->service, sizeof(asked->service), "%s", service);
	(void)snprintf(asked->tty, sizeof(asked->tty), "%s", tty);
	asked->request.service = asked->service;
	asked->request.tty = asked->tty;
	return terminal_take(terminals, &asked->seat, &asked->request, by_root, asked);
}

static void test_the_newest_has_the_seat(void **state)
{
	struct terminals terminals = { 0 };
	struct asked a = { 0 }, b = { 0 }, c = { 0 };
	(void)state;
	assert_null(take(&terminals, &a, "sudo", "/dev/pts/3", true));
	assert_ptr_equal(take(&terminals, &b, "sudo", "pts/3", true), &a);
	assert_ptr_equal(take(&terminals, &c, "sudo", "/dev/pts/3", true), &b);
	terminal_leave(&a.seat);                                                  /* long gone */
	assert_ptr_equal(take(&terminals, &c, "sudo", "/dev/pts/3", true), NULL); /* its own */
	terminal_leave(&c.seat);
	terminal_leave(&c.seat);
	assert_null(terminals.first);
}

static void test_other_terminals_and_services_are_apart(void **state)
{
	static const struct {
		const char *service, *tty;
		bool by_root;
	} others[] = {
		{ "su", "/dev/pts/3", true },
		{ "sudo", "/dev/pts/33", true },
		{ "sudo", "/dev/pts/", true },
		{ "sudo", "tty3", true },
		{ "sudo", "", true },
		{ "sshd", "ssh", true },
		{ "sshd", "ssh", true },
		{ "cron", "cron", true },
		{ "cron", "cron", true },
		{ "sudo", "/dev/pts/3", false },
		{ "sudo", "/dev/pts/3", false },
		{ "gdm-password", ":0", true },
	};
	struct terminals terminals = { 0 };
	static struct asked asked[ELEMENTSOF(others)];
	struct asked first = { 0 };
	(void)state;
	assert_null(take(&terminals, &first, "sudo", "/dev/pts/3", true));
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		assert_null(take(&terminals, &asked[i], others[i].service, others[i].tty,
				 others[i].by_root));
	for (size_t i = 0; i < ELEMENTSOF(others); i += 2)
		terminal_leave(&asked[i].seat);
	terminal_leave(&first.seat);
	for (size_t i = 1; i < ELEMENTSOF(others); i += 2)
		terminal_leave(&asked[i].seat);
	assert_null(terminals.first);
}

TEST_MAIN(TEST(test_the_newest_has_the_seat), TEST(test_other_terminals_and_services_are_apart))
