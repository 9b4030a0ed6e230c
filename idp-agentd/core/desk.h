/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_DESK_H
#define IDP_CORE_DESK_H

/*
 * What any process of this host may ask on agent.sock by right of its user and groups: people of
 * the platform, local users, services, root. To add a question: a row in the table of desk.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct authority;
struct conn;
struct desk;
struct peer;
struct sd_event;
struct vouchers;

/* What the questions need; all of it outlives the desk. */
struct desk_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
};

int desk_new(const struct desk_parts *parts, struct desk **ret_desk) _must_check_;
/* All connections must be gone before. */
struct desk *desk_free(struct desk *desk);
DEFINE_CLEANUP(struct desk *, desk_free);

/* May another refusal of this user be told to the journal, which has an end? */
bool desk_may_complain(struct desk *desk, uint32_t uid) _must_check_;

/* The configuration has changed. */
void desk_configure(struct desk *desk);
struct vouchers *desk_vouchers(const struct desk *desk);
const struct desk_parts *desk_parts(const struct desk *desk);

/* A request of class DESK. Negative: the client broke the rules. */
int desk_request(struct desk *desk, struct conn *conn, struct wire_in *in) _must_check_;

#endif
