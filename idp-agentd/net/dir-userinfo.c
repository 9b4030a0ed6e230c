/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory of platforms that have none: people become known as they sign in. It can be
 * asked, and says truthfully that it knows nobody and is never complete.
 */
#include "idp-agentd/net/dir.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/reply.h"

int dir_userinfo_start(struct net *net, const struct dir_order *order)
{
	static const struct reply_dir_end sync = {
		.complete = false,
		.cursor = "",
		.code = "learned-only",
		.text = "people of this directory become known as they sign in",
	};
	static const struct reply_dir_end found_nobody = {
		.complete = true,
		.cursor = "",
		.code = "",
		.text = "",
	};

	reply_dir_end(net->outlet, order->flow, order->find ? &found_nobody : &sync);
	return 0;
}
