/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A ticket has 100 random bits, is good once, for TICKET_LIFE, and for the name it was issued
 * to.
 * 2. Its words are kept by nobody: only a keyed hash of them, compared in constant time.
 * 3. What looks like a ticket is never taken for a token, so that a slip goes to no platform.
 * 4. Bounded for each user and in all; nobody's tickets push out another's.
 */
#include "idp-agentd/core/ticket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-event.h>

#include "common/secret.h"
#include "common/siphash.h"
#include "idp-agentd/core/timer.h"

#define TICKET_PREFIX  "ticket-"
#define TICKET_LETTERS 20u /* five bits each */
#define TICKET_GROUP   5u
#define TICKET_HASH    16u
#define TICKET_TYPED   64u /* what begins like one and is not longer is one */

_Static_assert(TICKET_LEN ==
		       STRLEN(TICKET_PREFIX) + TICKET_LETTERS + TICKET_LETTERS / TICKET_GROUP - 1,
	       "the length of a ticket");

/* Crockford's: no letter is taken for another, or for a digit. */
static const char ticket_alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

struct ticket {
	struct secret *token; /* NULL: this place is free */
	uint32_t uid;
	char user[NAME_LEN_MAX + 1];
	uint8_t hash[TICKET_HASH];
	usec_t until;
};

struct tickets {
	uint8_t keys[2][16];
	struct ticket items[TICKETS_MAX];
	sd_event_source *timer;
};

/* ---- the end of one ---- */

static void ticket_forget(struct ticket *ticket)
{
	secret_free(ticket->token);
	*ticket = (struct ticket){ .token = NULL };
}

/* Forgets what has expired; when the next one will. */
static usec_t tickets_sweep(struct tickets *tickets, usec_t now)
{
	usec_t next = USEC_INFINITY;

	for (size_t i = 0; i < ELEMENTSOF(tickets->items); i++) {
		struct ticket *ticket = &tickets->items[i];

		if (!ticket->token)
			continue;
		if (now >= ticket->until)
			ticket_forget(ticket);
		else if (ticket->until < next)
			next = ticket->until;
	}
	return next;
}

/* Without a timer the next question does it. */
static void tickets_arm(struct tickets *tickets, usec_t next)
{
	if (tickets->timer)
		IGNORE(timer_set(tickets->timer, next));
}

static int tickets_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	tickets_arm(userdata, tickets_sweep(userdata, clock_now()));
	return 0;
}

/* ---- its words ---- */

static void ticket_hash(const struct tickets *tickets, const char letters[static TICKET_LETTERS],
			uint8_t ret_hash[static TICKET_HASH])
{
	for (size_t i = 0; i < 2; i++) {
		uint64_t half = siphash24(tickets->keys[i], letters, TICKET_LETTERS);

		memcpy(ret_hash + i * sizeof(half), &half, sizeof(half));
	}
}

/* A letter as it was meant, or NUL. */
static char ticket_letter(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (c == 'o')
		return '0';
	if (c == 'i' || c == 'l')
		return '1';
	return c && strchr(ticket_alphabet, c) ? c : '\0';
}

/* The letters of what was typed; false: there are others, or not as many. */
static bool ticket_read(const struct secret *typed, char ret_letters[static TICKET_LETTERS])
{
	size_t n = 0;

	for (size_t i = STRLEN(TICKET_PREFIX); i < typed->len; i++) {
		if (typed->text[i] == '-' || typed->text[i] == ' ')
			continue;
		if (n == TICKET_LETTERS || !ticket_letter(typed->text[i]))
			return false;
		ret_letters[n++] = ticket_letter(typed->text[i]);
	}
	return n == TICKET_LETTERS;
}

static int ticket_make(char ret_letters[static TICKET_LETTERS])
{
	uint8_t bytes[TICKET_LETTERS];
	int r = secret_random(bytes, sizeof(bytes));

	for (size_t i = 0; r == 0 && i < TICKET_LETTERS; i++)
		ret_letters[i] = ticket_alphabet[bytes[i] % 32];
	secret_erase(bytes, sizeof(bytes));
	return r;
}

static void ticket_write(const char letters[static TICKET_LETTERS],
			 char ret_text[static TICKET_LEN + 1])
{
	char *at = ret_text;

	memcpy(at, TICKET_PREFIX, STRLEN(TICKET_PREFIX));
	at += STRLEN(TICKET_PREFIX);
	for (size_t i = 0; i < TICKET_LETTERS; i++) {
		if (i > 0 && i % TICKET_GROUP == 0)
			*at++ = '-';
		*at++ = letters[i];
	}
	*at = '\0';
}

bool ticket_is_one(const struct secret *typed) /* MUST 3 */
{
	return typed->len >= STRLEN(TICKET_PREFIX) && typed->len <= TICKET_TYPED &&
	       strncasecmp(typed->text, TICKET_PREFIX, STRLEN(TICKET_PREFIX)) == 0;
}

/* ---- giving and taking ---- */

/* A free place, unless the user has as many as he may. */
static struct ticket *tickets_place(struct tickets *tickets, uint32_t uid)
{
	struct ticket *place = NULL;
	unsigned held = 0;

	for (size_t i = 0; i < ELEMENTSOF(tickets->items); i++) {
		struct ticket *ticket = &tickets->items[i];

		if (!ticket->token)
			place = ticket;
		else if (ticket->uid == uid)
			held++;
	}
	return held < TICKETS_PER_USER_MAX ? place : NULL; /* MUST 4 */
}

int tickets_issue(struct tickets *tickets, uint32_t uid, const char *user,
		  const struct secret *token, usec_t now, char ret_text[static TICKET_LEN + 1])
{
	struct ticket *ticket;
	char letters[TICKET_LETTERS];
	int r;

	IGNORE(tickets_sweep(tickets, now));
	ticket = tickets_place(tickets, uid);
	if (!ticket)
		return TICKET_E_MANY;
	if (strlen(user) >= sizeof(ticket->user))
		return -ENAMETOOLONG;
	r = ticket_make(letters);
	if (r < 0)
		return r;
	ticket->token = secret_new(token->text, token->len);
	if (!ticket->token) {
		secret_erase(letters, sizeof(letters));
		return -ENOMEM;
	}
	ticket->uid = uid;
	ticket->until = clock_add(now, TICKET_LIFE);
	memcpy(ticket->user, user, strlen(user) + 1);
	ticket_hash(tickets, letters, ticket->hash);
	ticket_write(letters, ret_text);
	secret_erase(letters, sizeof(letters));
	tickets_arm(tickets, tickets_sweep(tickets, now));
	return 0;
}

struct secret *tickets_redeem(struct tickets *tickets, const char *user, const struct secret *typed,
			      usec_t now)
{
	struct secret *token = NULL;
	uint8_t hash[TICKET_HASH];
	char letters[TICKET_LETTERS];

	IGNORE(tickets_sweep(tickets, now));
	if (!ticket_is_one(typed) || !ticket_read(typed, letters))
		return NULL;
	ticket_hash(tickets, letters, hash);
	secret_erase(letters, sizeof(letters));
	for (size_t i = 0; i < ELEMENTSOF(tickets->items); i++) {
		struct ticket *ticket = &tickets->items[i];

		/* MUST 1, 2: whose it is counts as much as what it is. */
		if (!ticket->token || strcmp(ticket->user, user) != 0 ||
		    !secret_equal(ticket->hash, sizeof(hash), hash, sizeof(hash)) || token)
			continue;
		token = TAKE_PTR(ticket->token);
		ticket_forget(ticket);
	}
	return token;
}

/* ---- life ---- */

int tickets_new(struct sd_event *event, struct tickets **ret_tickets)
{
	_cleanup_(tickets_freep) struct tickets *tickets = calloc(1, sizeof(*tickets));
	int r;

	if (!tickets)
		return -ENOMEM;
	r = secret_random(tickets->keys, sizeof(tickets->keys));
	if (r == 0 && event)
		r = sd_event_add_time(event, &tickets->timer, CLOCK_BOOTTIME, USEC_INFINITY,
				      USEC_PER_SEC, tickets_on_timer, tickets);
	if (r < 0)
		return r;
	*ret_tickets = TAKE_PTR(tickets);
	return 0;
}

struct tickets *tickets_free(struct tickets *tickets)
{
	if (!tickets)
		return NULL;
	for (size_t i = 0; i < ELEMENTSOF(tickets->items); i++)
		ticket_forget(&tickets->items[i]);
	sd_event_source_disable_unref(tickets->timer);
	secret_erase(tickets, sizeof(*tickets));
	free(tickets);
	return NULL;
}
