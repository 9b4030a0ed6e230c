/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends a question to the code of its directory's kind. */
#include "idp-agentd/net/dir.h"

#include <errno.h>

#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/reply.h"

int dir_start(struct net *net, const struct dir_order *order)
{
	const struct reply_dir_end broken = {
		.cursor = "",
		.code = "configuration",
		.text = order->directory->broken,
	};

	if (*order->directory->broken) {
		reply_dir_end(net->outlet, order->flow, &broken);
		return 0;
	}
	switch (order->directory->kind) {
	case DIRECTORY_SCIM:
		return dir_scim_start(net, order);
	case DIRECTORY_USERINFO:
		return dir_userinfo_start(net, order);
	}
	return -EINVAL;
}
