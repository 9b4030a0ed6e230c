/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_USERDBD_FRONT_H
#define IDP_USERDBD_FRONT_H

/* The connections: calls are read, and their answers written as fast as they are taken. */

#include <systemd/sd-event.h>

#include "common/macro.h"

struct front;

int front_new(sd_event *event, struct front **ret_front) _must_check_;
struct front *front_free(struct front *front);
DEFINE_CLEANUP(struct front *, front_free);

/*
 * Takes connections from a listening unix stream socket of the caller, one for all of the life of
 * front. -EPROTOTYPE: it is none; -EBUSY: there is one already.
 */
int front_listen(struct front *front, int fd) _must_check_;

#endif
