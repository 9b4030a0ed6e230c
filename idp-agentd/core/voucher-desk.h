/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_DESK_H
#define IDP_CORE_VOUCHER_DESK_H

/* VOUCHER at the desk: who may have one, and what they get. */

#include "common/macro.h"
#include "common/wire.h"

struct caller;
struct conn;
struct desk;

int voucher_request(struct desk *desk, struct conn *conn, struct wire_in *in,
		    const struct caller *caller) _must_check_;

#endif
