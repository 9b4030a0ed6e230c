/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_CONTROL_H
#define IDP_CORE_POLICY_CONTROL_H

/* idpctl policy: what is answered at once. */

#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/policy.h"

struct conn;
struct control_parts;

/* The row of idpctl status. */
void policy_control_show(const struct control_parts *parts, struct conn *conn);
/* RELOAD. */
void policy_control_reload(const struct control_parts *parts, struct conn *conn);
/* POLICY_CONFIRM, POLICY_ROLLBACK. -EPROTO: not as it must be. */
int policy_control_request(const struct control_parts *parts, struct conn *conn,
			   struct wire_in *in) _must_check_;
/* Tells conn each problem. */
struct policy_listener policy_control_listener(struct conn *conn);
/* Reads the name of a session. -EPROTO: no idpctl says so. */
int policy_control_session(struct wire_in *in,
			   char name[static POLICY_SESSION_MAX + 1]) _must_check_;

#endif
