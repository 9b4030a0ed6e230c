/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_BACKCHANNEL_H
#define IDP_CORE_BACKCHANNEL_H

/*
 * OpenID Connect Back-Channel Logout 1.0: an administrator's web server receives a logout token and
 * hands it on; idp-netd judges it; what was kept of the sessions it names is forgotten. See the
 * MUST list in backchannel.c.
 */

#include "common/macro.h"
#include "common/wire.h"

struct backchannel;
struct conn;
struct control_parts;

int backchannel_new(struct backchannel **ret_backchannel) _must_check_;
/* All connections must be gone before. */
struct backchannel *backchannel_free(struct backchannel *backchannel);
DEFINE_CLEANUP(struct backchannel *, backchannel_free);

/* BACKCHANNEL. Negative: the client broke the rules. */
int backchannel_request(struct backchannel *backchannel, const struct control_parts *parts,
			struct conn *conn, struct wire_in *in) _must_check_;

#endif
