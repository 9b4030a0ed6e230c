/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_TERMINAL_H
#define IDP_CORE_TERMINAL_H

/*
 * One pending sign-in of a service at a terminal, the newest: two codes on one screen cannot be
 * told apart by who reads them. A seat lives inside its sign-in. Pure.
 */

#include <stdbool.h>

struct session_request;

struct terminal_seat {
	struct terminal_seat *next, **link; /* link NULL: it is not taken */
	const struct session_request *request;
	void *owner;
};

struct terminals {
	struct terminal_seat *first;
};

/*
 * Takes the seat for owner. Returns the owner of the one that had it until now, or NULL. Without
 * a terminal there is no seat: sshd says "ssh" before there is one, and what a user says of
 * himself (not by_root) is nobody's word. The request must outlive the seat.
 */
void *terminal_take(struct terminals *terminals, struct terminal_seat *seat,
		    const struct session_request *request, bool by_root, void *owner);
/* A seat that is not taken is fine. */
void terminal_leave(struct terminal_seat *seat);

#endif
