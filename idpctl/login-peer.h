/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_PEER_H
#define IDP_IDPCTL_LOGIN_PEER_H

/* Whose the other end of a connection within this machine is: TCP itself does not say. */

#include <sys/socket.h>
#include <sys/types.h>

#include "common/macro.h"

/*
 * The user whose socket the other end of fd is, a connected TCP socket of the loopback. -ENOENT:
 * the kernel lists no such socket (any more); or /proc is not there.
 */
int login_peer_uid(int fd, uid_t *ret_uid) _must_check_;

#endif
