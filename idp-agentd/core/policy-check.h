/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_CHECK_H
#define IDP_CORE_POLICY_CHECK_H

/* idpctl policy check, and apply, which checks first: what would become of this host? */

#include "common/macro.h"
#include "common/wire.h"

struct conn;
struct control_parts;
struct job;

/* POLICY_CHECK, POLICY_APPLY. -EPROTO: not as it must be; -ENOMEM. */
int policy_check_request(const struct control_parts *parts, struct conn *conn,
			 struct wire_in *in) _must_check_;
/* What doctor says of the policy in force. */
void policy_check_doctor(struct job *job);

#endif
