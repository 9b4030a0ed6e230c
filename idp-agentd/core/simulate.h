/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SIMULATE_H
#define IDP_CORE_SIMULATE_H

/* CAN: may this person use that service, and would they if more were true of them? */

struct authority;
struct conn;
struct wire_in;

/* Sends rows and END. -EPROTO, -ENOMEM. Nothing is remembered, audited or asked of a platform. */
int simulate_request(struct authority *authority, struct conn *conn, struct wire_in *in);

#endif
