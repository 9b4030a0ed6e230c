/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_LINK_IN_H
#define IDP_NET_LINK_IN_H

/* What the authority may say, and what is done about it. */

#include "common/macro.h"
#include "common/wire.h"

struct net;

/* One opened message. Negative: the connection must end (-EPROTO, -EBADMSG, -ENOMEM). */
int link_in(struct net *net, struct wire_in *in) _must_check_;

#endif
