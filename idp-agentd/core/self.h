/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SELF_H
#define IDP_CORE_SELF_H

/*
 * What a person may ask about himself on agent.sock. Who that is says the kernel: the person of the
 * record with the user id of the process, and nobody else; root is nobody here. To add a question:
 * a row in the table of self.c.
 */

#include "common/macro.h"
#include "common/wire.h"

struct authority;
struct conn;
struct person;
struct selves;
struct tickets;
struct wallets;

struct selves_parts {
	struct authority *authority;
	struct wallets *wallets;
	struct tickets *tickets;
};

int selves_new(const struct selves_parts *parts, struct selves **ret_selves) _must_check_;
/* All connections must be gone before. */
struct selves *selves_free(struct selves *selves);
DEFINE_CLEANUP(struct selves *, selves_free);

/* A request of class SELF. Negative: the client broke the rules. */
int selves_request(struct selves *selves, struct conn *conn, struct wire_in *in) _must_check_;

#endif
