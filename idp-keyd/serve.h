/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_SERVE_H
#define IDP_KEYD_SERVE_H

/* Whoever may ask is heard, one question after the other. */

#include <systemd/sd-event.h>

#include "common/macro.h"

struct keyd;
struct serve;

/*
 * Takes connections from listener, a bound socket of the caller. Only the user who owns the
 * socket's file, and root, are heard. -errno; -EBADF when the socket has no file.
 */
int serve_new(sd_event *event, int listener, struct keyd *keyd,
	      struct serve **ret_serve) _must_check_;
struct serve *serve_free(struct serve *serve);
DEFINE_CLEANUP(struct serve *, serve_free);

#endif
