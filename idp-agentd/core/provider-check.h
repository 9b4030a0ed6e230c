/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PROVIDER_CHECK_H
#define IDP_CORE_PROVIDER_CHECK_H

/*
 * idpctl provider check: what is configured and by whom, what the platform offers, what will be
 * used, what is missing. One provider after the other.
 */

#include "common/macro.h"
#include "common/wire.h"

struct conn;
struct control_parts;

/* PROVIDER_CHECK. parts lives as long as the connection. Negative: the client broke the rules. */
int provider_check_request(const struct control_parts *parts, struct conn *conn,
			   struct wire_in *in) _must_check_;

#endif
