/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_LINK_H
#define IDP_NET_LINK_H

/*
 * The connection of the authority: messages in, by a table of who may say what; messages out,
 * queued while the authority is slow. When it ends, everything it asked for ends with it.
 */

#include "common/macro.h"

struct link;
struct sd_event;

/* Called once when the connection is over; link_free() is allowed inside and expected. */
typedef void (*link_gone_fn)(void *userdata);

/* Takes fd over, also on failure. */
int link_new(struct sd_event *event, int fd, link_gone_fn gone, void *userdata,
	     struct link **ret_link) _must_check_;
struct link *link_free(struct link *link);
DEFINE_CLEANUP(struct link *, link_free);

#endif
