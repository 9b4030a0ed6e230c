/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_VERIFYD_FRONT_H
#define IDP_VERIFYD_FRONT_H

/* The connections of web servers: their requests are read, asked about and answered. */

#include <systemd/sd-event.h>

#include "common/macro.h"

struct front;
struct links;

int front_new(sd_event *event, struct links *links, struct front **ret_front) _must_check_;
/* Before the links are freed. */
struct front *front_free(struct front *front);
DEFINE_CLEANUP(struct front *, front_free);

/*
 * Takes connections from a listening stream socket of the caller. -EPROTOTYPE it is none;
 * -EADDRNOTAVAIL it can be reached from other machines, to whom tokens would come in the clear.
 */
int front_listen(struct front *front, int fd) _must_check_;

#endif
