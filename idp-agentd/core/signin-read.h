/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SIGNIN_READ_H
#define IDP_CORE_SIGNIN_READ_H

/* What the module asks and what idp-netd says, as the session machine takes them. Pure. */

#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/session.h"

/* input points at the members below it, and these into the message. */
struct signin_heard {
	enum session_event event;
	struct session_input input; /* its identity is the caller's, to hand on or to free */
	struct session_code code;
	struct session_address address;
	struct session_refusal refusal;
};

/*
 * Reads a message behind its flow. -EBADMSG: it is not one of a sign-in, or not as it must be.
 * Where memory is short for an identity the event is SESSION_FAILED.
 */
int signin_read(struct wire_in *in, struct signin_heard *ret_heard) _must_check_;

/*
 * Reads AUTH, ACCT, OPEN, CLOSE or CHAUTHTOK. -EPROTO: not as it must be, -ENOMEM. ret_request is
 * the caller's to end with session_request_done() in every case.
 */
int signin_read_request(struct wire_in *in, struct session_request *ret_request) _must_check_;

#endif
