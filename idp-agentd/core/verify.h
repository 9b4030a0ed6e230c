/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VERIFY_H
#define IDP_CORE_VERIFY_H

/*
 * This host as a resource server: whose access token is this, and do the access rules let them use
 * the resource? A resource is a [service NAME] like any other; nobody enters a session by it.
 */

#include "common/macro.h"
#include "common/wire.h"

struct conn;
struct desk_parts;

/* VERIFY. parts outlive the connection. Negative: the client broke the rules. */
int verify_request(const struct desk_parts *parts, struct conn *conn,
		   struct wire_in *in) _must_check_;

#endif
