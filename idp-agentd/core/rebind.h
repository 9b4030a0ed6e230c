/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_REBIND_H
#define IDP_CORE_REBIND_H

/* REBIND: an administrator says what becomes of the people of a guarded provider (binding.h). */

#include "common/macro.h"
#include "common/wire.h"

struct conn;
struct control_parts;

/* Negative: the client broke the rules. */
int rebind_request(const struct control_parts *parts, struct conn *conn,
		   struct wire_in *in) _must_check_;

#endif
