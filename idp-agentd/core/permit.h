/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PERMIT_H
#define IDP_CORE_PERMIT_H

/*
 * Who may say what, and when: one table for local clients, one for idp-netd. Pure. What a table
 * does not list is PERMIT_NO, and the connection dies.
 */

#include "common/macro.h"
#include "common/wire.h"

enum permit_socket { PERMIT_AGENT = 1, PERMIT_CONTROL = 2 };

/* What a client's connection is doing. */
enum permit_state {
	PERMIT_IDLE = 0, /* nothing: a request may come */
	PERMIT_BUSY,     /* an answer is being found: nothing may come */
	PERMIT_TALK,     /* a PAM conversation, our turn */
	PERMIT_ASKED,    /* a PAM conversation, the person's turn */
	PERMIT_CROSSED,  /* idle after a DONE that may have crossed an ANSWER or CANCEL */
};
#define PERMIT_STATES (PERMIT_CROSSED + 1)

enum permit_verdict {
	PERMIT_NO = 0,
	PERMIT_REQUEST, /* begins something */
	PERMIT_REPLY,   /* goes to what is under way */
	PERMIT_IGNORE,  /* too late to matter, and nobody's fault */
};

enum permit_verdict permit_client(enum permit_socket socket, enum permit_state state,
				  enum wire_type type) _must_check_;

/* What a flow of idp-netd is about. */
enum permit_flow {
	PERMIT_FLOW_NONE = 0,
	PERMIT_FLOW_DEVICE,
	PERMIT_FLOW_SYNC,
	PERMIT_FLOW_FIND,
	PERMIT_FLOW_PROBE,
	PERMIT_FLOW_CODE,
	PERMIT_FLOW_TOKEN,
	PERMIT_FLOW_REFRESH,
	PERMIT_FLOW_REVOKE,
	PERMIT_FLOW_LOGOUT,
	PERMIT_FLOW_PASSWORD,
	PERMIT_FLOW_VOUCHER,
	PERMIT_FLOW_VERIFY,
	PERMIT_FLOW_SCOPES,
};
#define PERMIT_FLOWS (PERMIT_FLOW_SCOPES + 1)

enum permit_net {
	PERMIT_NET_NO = 0,
	PERMIT_NET_MORE, /* one of several */
	PERMIT_NET_LAST, /* the flow is over with it */
	PERMIT_NET_SIGN, /* wants a signature */
};

enum permit_net permit_net(enum permit_flow flow, enum wire_type type) _must_check_;

#endif
