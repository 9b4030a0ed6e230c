/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/dir.h"
#include <errno.h>
int dir_scim_start(struct net *net, const struct dir_order *order)
{
	(void)net; (void)order;
	return -ENOTSUP;
}
