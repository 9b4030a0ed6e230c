/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_LOGOUT_CHECK_H
#define IDP_NET_LOGOUT_CHECK_H

/* LOGOUT_CHECK: a logout token that somebody brings, to LOGGED_OUT, DENIED or FAILED. */

#include "common/macro.h"
#include "idp-agentd/net/token-check.h"

struct net;

/* Adds the flow and begins. Every trouble after that is answered on the wire. */
int logout_check_start(struct net *net, const struct token_order *order) _must_check_;

#endif
