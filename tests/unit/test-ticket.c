/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tickets: good once, soon, for one name; and told from tokens by their looks. */
#include "tests/lib/test.h"

#include <ctype.h>
#include <stdio.h>

#include "common/secret.h"
#include "idp-agentd/core/ticket.h"

#define T0    (100 * USEC_PER_HOUR)
#define TOKEN "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"

static struct tickets *tickets_of_test(void)
{
	struct tickets *tickets = NULL;

	assert_int_equal(tickets_new(NULL, &tickets), 0);
	return tickets;
}

static int issue(struct tickets *tickets, uint32_t uid, const char *user, usec_t now,
		 char text[static TICKET_LEN + 1])
{
	_cleanup_(secret_freep) struct secret *token = secret_new(TOKEN, strlen(TOKEN));

	assert_non_null(token);
	return tickets_issue(tickets, uid, user, token, now, text);
}

/* Whether it opens; what comes out is the token then. */
static bool redeem(struct tickets *tickets, const char *user, const char *text, usec_t now)
{
	_cleanup_(secret_freep) struct secret *typed = secret_new(text, strlen(text));
	_cleanup_(secret_freep) struct secret *token = NULL;

	assert_non_null(typed);
	token = tickets_redeem(tickets, user, typed, now);
	if (token)
		assert_string_equal(token->text, TOKEN);
	return token;
}

static void test_a_ticket_is_good_once(void **state)
{
	_cleanup_(tickets_freep) struct tickets *tickets = tickets_of_test();
	char text[TICKET_LEN + 1], other[TICKET_LEN + 1];

	(void)state;
	assert_int_equal(issue(tickets, 1, "alice", T0, text), 0);
	assert_int_equal(issue(tickets, 1, "alice", T0, other), 0);
	assert_int_equal(strlen(text), TICKET_LEN);
	assert_string_not_equal(text, other);
	assert_true(redeem(tickets, "alice", text, T0));
	assert_false(redeem(tickets, "alice", text, T0));
	assert_true(redeem(tickets, "alice", other, T0));
}

static void test_a_ticket_is_good_for_one_name(void **state)
{
	_cleanup_(tickets_freep) struct tickets *tickets = tickets_of_test();
	char text[TICKET_LEN + 1];

	(void)state;
	assert_int_equal(issue(tickets, 1, "alice", T0, text), 0);
	assert_false(redeem(tickets, "bob", text, T0));
	assert_false(redeem(tickets, "alic", text, T0));
	assert_false(redeem(tickets, "", text, T0));
	assert_true(redeem(tickets, "alice", text, T0));
}

static void test_a_ticket_is_good_for_two_minutes(void **state)
{
	_cleanup_(tickets_freep) struct tickets *tickets = tickets_of_test();
	char text[TICKET_LEN + 1];

	(void)state;
	assert_int_equal(issue(tickets, 1, "alice", T0, text), 0);
	assert_true(redeem(tickets, "alice", text, T0 + TICKET_LIFE - 1));
	assert_int_equal(issue(tickets, 1, "alice", T0, text), 0);
	assert_false(redeem(tickets, "alice", text, T0 + TICKET_LIFE));
}

/* As people type: in capitals, without the dashes, with a letter for a digit. */
static void test_it_may_be_typed_as_people_type(void **state)
{
	_cleanup_(tickets_freep) struct tickets *tickets = tickets_of_test();
	char text[TICKET_LEN + 1], typed[128];
	size_t n;

	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		assert_int_equal(issue(tickets, 1, "alice", T0, text), 0);
		n = 0;
		for (size_t i = 0; text[i]; i++) {
			char c = text[i];

			if (how == 1)
				c = (char)toupper((unsigned char)c);
			if (how == 2 && c == '-' && i > 6)
				continue;
			if (how == 3 && (c == '0' || c == '1'))
				c = c == '0' ? 'O' : 'l';
			typed[n++] = c;
		}
		typed[n] = '\0';
		assert_true(redeem(tickets, "alice", typed, T0));
	}
}

static void test_anything_else_opens_nothing(void **state)
{
	_cleanup_(tickets_freep) struct tickets *tickets = tickets_of_test();
	char text[TICKET_LEN + 1], changed[TICKET_LEN + 2];
	size_t n_tried = 0;

	(void)state;
	assert_int_equal(issue(tickets, 1, "alice", T0, text), 0);
	for (size_t at = 7; at < TICKET_LEN; at++)
		for (const char *c = "0123456789abcdefghjkmnpqrstvwxyz"; *c; c++) {
			memcpy(changed, text, sizeof(text));
			if (text[at] == '-' || text[at] == *c)
				continue;
			changed[at] = *c;
			n_tried++;
			assert_false(redeem(tickets, "alice", changed, T0));
		}
	for (size_t len = 0; len < TICKET_LEN; len++) {
		memcpy(changed, text, len);
		changed[len] = '\0';
		assert_false(redeem(tickets, "alice", changed, T0));
	}
	(void)snprintf(changed, sizeof(changed), "%sx", text);
	assert_false(redeem(tickets, "alice", changed, T0));
	assert_false(redeem(tickets, "alice", text + 7, T0));
	assert_int_equal(n_tried, 20 * 31);
	assert_true(redeem(tickets, "alice", text, T0));
}

/* A slip in a ticket goes to no platform, and a token is never held to be a ticket. */
static void test_tickets_and_tokens_are_told_apart(void **state)
{
	static const struct {
		const char *typed;
		bool ticket;
	} rows[] = {
		{ "ticket-", true },
		{ "ticket-abcde", true },
		{ "TICKET-abcde-fghjk-mnpqr-stvwx", true },
		{ "Ticket-what is this", true },
		{ "ticke-abcde-fghjk-mnpqr-stvwx", false },
		{ "", false },
		{ TOKEN, false },
		{ "mock-access-abcdefghijklmnop", false },
		{ "ticket-0123456789012345678901234567890123456789012345678901234567890", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(secret_freep) struct secret *typed =
			secret_new(rows[i].typed, strlen(rows[i].typed));

		assert_non_null(typed);
		assert_int_equal(ticket_is_one(typed), rows[i].ticket);
	}
}

static void test_there_are_so_many_and_no_more(void **state)
{
	_cleanup_(tickets_freep) struct tickets *tickets = tickets_of_test();
	char text[TICKET_LEN + 1], first[TICKET_LEN + 1];
	unsigned issued = 0;

	(void)state;
	assert_int_equal(issue(tickets, 0, "alice", T0, first), 0);
	for (unsigned i = 1; i < TICKETS_PER_USER_MAX; i++)
		assert_int_equal(issue(tickets, 0, "alice", T0, text), 0);
	assert_int_equal(issue(tickets, 0, "alice", T0, text), TICKET_E_MANY);
	for (uint32_t uid = 1; issue(tickets, uid, "bob", T0, text) == 0; uid++)
		issued++;
	assert_int_equal(issued, TICKETS_MAX - TICKETS_PER_USER_MAX);
	assert_true(redeem(tickets, "alice", first, T0)); /* nobody pushed it out */
	assert_int_equal(issue(tickets, 0, "alice", T0, text), 0);
	assert_int_equal(issue(tickets, 5000, "carol", T0, text), TICKET_E_MANY);
	assert_int_equal(issue(tickets, 5000, "carol", T0 + TICKET_LIFE, text), 0);
}

TEST_MAIN(TEST(test_a_ticket_is_good_once), TEST(test_a_ticket_is_good_for_one_name),
	  TEST(test_a_ticket_is_good_for_two_minutes), TEST(test_it_may_be_typed_as_people_type),
	  TEST(test_anything_else_opens_nothing), TEST(test_tickets_and_tokens_are_told_apart),
	  TEST(test_there_are_so_many_and_no_more))
