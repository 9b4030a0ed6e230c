/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_CONTROL_H
#define IDP_CORE_SCOPE_CONTROL_H

/* idpctl scope: what is asked for, what the platform makes of it, and what is not to be asked. */

#include "common/macro.h"
#include "common/wire.h"

struct conn;
struct control_parts;

/* SCOPE_CHECK, SCOPE_SET, SCOPE_LIST. parts lives as long as the connection. Negative: the client
 * broke the rules. */
int scope_control_request(const struct control_parts *parts, struct conn *conn,
			  struct wire_in *in) _must_check_;

#endif
