/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STATUS_H
#define IDP_CORE_STATUS_H

/* How the agent is, in rows. */

struct conn;
struct control_parts;

/* Sends the rows and END. */
void status_send(const struct control_parts *parts, struct conn *conn);

#endif
