/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two tables of who may say what. To add a message: a row, and a line in the test. */
#include "idp-agentd/core/permit.h"

#include <stddef.h>

#define BIT(state) (1u << (state))
#define IDLE       (BIT(PERMIT_IDLE) | BIT(PERMIT_CROSSED))

static const struct {
	enum wire_type type;
	enum permit_socket socket;
	unsigned states;
	enum permit_verdict verdict;
} permit_clients[] = {
	{ MSG_GETPWNAM, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_GETPWNAM_LOGIN, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_GETPWUID, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_GETGRNAM, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_GETGRGID, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_INITGROUPS, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_AUTH, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_ACCT, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_OPEN, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_CLOSE, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_CHAUTHTOK, PERMIT_AGENT, IDLE, PERMIT_REQUEST },
	{ MSG_ANSWER, PERMIT_AGENT, BIT(PERMIT_ASKED), PERMIT_REPLY },
	{ MSG_ANSWER, PERMIT_AGENT, BIT(PERMIT_CROSSED), PERMIT_IGNORE },
	{ MSG_CANCEL, PERMIT_AGENT, BIT(PERMIT_ASKED) | BIT(PERMIT_TALK), PERMIT_REPLY },
	{ MSG_CANCEL, PERMIT_AGENT, BIT(PERMIT_CROSSED), PERMIT_IGNORE },
	{ MSG_STATUS, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_SHOW_USER, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_SHOW_GROUP, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_SYNC, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_WHY, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_DOCTOR, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_RELOAD, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
	{ MSG_FLUSH, PERMIT_CONTROL, IDLE, PERMIT_REQUEST },
};

enum permit_verdict permit_client(enum permit_socket socket, enum permit_state state,
				  enum wire_type type)
{
	if ((unsigned)state >= PERMIT_STATES)
		return PERMIT_NO;
	for (size_t i = 0; i < ELEMENTSOF(permit_clients); i++)
		if (permit_clients[i].type == type && permit_clients[i].socket == socket &&
		    (permit_clients[i].states & BIT(state)))
			return permit_clients[i].verdict;
	return PERMIT_NO;
}

static const struct {
	enum wire_type type;
	enum permit_flow flow;
	enum permit_net verdict;
} permit_nets[] = {
	{ MSG_CODE, PERMIT_FLOW_DEVICE, PERMIT_NET_MORE },
	{ MSG_IDENTITY, PERMIT_FLOW_DEVICE, PERMIT_NET_LAST },
	{ MSG_DENIED, PERMIT_FLOW_DEVICE, PERMIT_NET_LAST },
	{ MSG_FAILED, PERMIT_FLOW_DEVICE, PERMIT_NET_LAST },
	{ MSG_SIGN, PERMIT_FLOW_DEVICE, PERMIT_NET_SIGN },
	{ MSG_DIR_USER, PERMIT_FLOW_SYNC, PERMIT_NET_MORE },
	{ MSG_DIR_GROUP, PERMIT_FLOW_SYNC, PERMIT_NET_MORE },
	{ MSG_DIR_PROGRESS, PERMIT_FLOW_SYNC, PERMIT_NET_MORE },
	{ MSG_DIR_END, PERMIT_FLOW_SYNC, PERMIT_NET_LAST },
	{ MSG_FAILED, PERMIT_FLOW_SYNC, PERMIT_NET_LAST },
	{ MSG_SIGN, PERMIT_FLOW_SYNC, PERMIT_NET_SIGN },
	{ MSG_DIR_USER, PERMIT_FLOW_FIND, PERMIT_NET_MORE },
	{ MSG_DIR_GROUP, PERMIT_FLOW_FIND, PERMIT_NET_MORE },
	{ MSG_DIR_END, PERMIT_FLOW_FIND, PERMIT_NET_LAST },
	{ MSG_FAILED, PERMIT_FLOW_FIND, PERMIT_NET_LAST },
	{ MSG_SIGN, PERMIT_FLOW_FIND, PERMIT_NET_SIGN },
	{ MSG_FINDING, PERMIT_FLOW_PROBE, PERMIT_NET_MORE },
	{ MSG_PROBE_END, PERMIT_FLOW_PROBE, PERMIT_NET_LAST },
	{ MSG_FAILED, PERMIT_FLOW_PROBE, PERMIT_NET_LAST },
	{ MSG_SIGN, PERMIT_FLOW_PROBE, PERMIT_NET_SIGN },
};

enum permit_net permit_net(enum permit_flow flow, enum wire_type type)
{
	for (size_t i = 0; i < ELEMENTSOF(permit_nets); i++)
		if (permit_nets[i].type == type && permit_nets[i].flow == flow)
			return permit_nets[i].verdict;
	return PERMIT_NET_NO;
}
