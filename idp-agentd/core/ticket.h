/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_TICKET_H
#define IDP_CORE_TICKET_H

/*
 * Tickets: a short word that stands for an access token once, for clients that cannot send long
 * passwords. In memory only, so a restart forgets them all. See the MUST list in ticket.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct secret;
struct sd_event;
struct tickets;

#define TICKET_LEN 30u /* ticket-xxxxx-xxxxx-xxxxx-xxxxx */

/* Positive outcomes of tickets_issue(). */
enum { TICKET_E_MANY = 1 /* this user, or all together, hold as many as they may */ };

/* With an event loop what has expired is erased by itself; NULL: when somebody asks next. */
int tickets_new(struct sd_event *event, struct tickets **ret_tickets) _must_check_;
struct tickets *tickets_free(struct tickets *tickets);
DEFINE_CLEANUP(struct tickets *, tickets_free);

/* A new one of the user with this id and name, for a copy of token. -ENOMEM, -errno. */
int tickets_issue(struct tickets *tickets, uint32_t uid, const char *user,
		  const struct secret *token, usec_t now,
		  char ret_text[static TICKET_LEN + 1]) _must_check_;
/* Does what was typed look like a ticket, a right or a wrong one? Then it is no token. */
bool ticket_is_one(const struct secret *typed) _must_check_;
/* The token (the caller's) of this user's ticket, which is good no more; NULL: it is none. */
struct secret *tickets_redeem(struct tickets *tickets, const char *user, const struct secret *typed,
			      usec_t now) _must_check_;

#endif
