/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SOCK_H
#define IDP_COMMON_SOCK_H

/* AF_UNIX SOCK_SEQPACKET: message boundaries from the kernel, never a signal, always a deadline. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/clock.h"
#include "common/macro.h"

struct sock_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Connects to path by deadline (clock_now() time). *ret_fd is CLOEXEC, non-blocking, above 2. */
int sock_connect(const char *path, usec_t deadline, int *ret_fd) _must_check_;
/* Sends one message whole by deadline; -ETIMEDOUT, -EPIPE, ... */
int sock_send(int fd, const void *bytes, size_t len, usec_t deadline) _must_check_;
/* One message by deadline. -ETIMEDOUT; -ECONNRESET at end of file; -EMSGSIZE when it did not fit.
 */
int sock_receive(int fd, void *bytes, size_t room, usec_t deadline, size_t *ret_len) _must_check_;
/* Listens on path (unlinked first), with mode; for tests and for daemons started by hand. */
int sock_listen(const char *path, mode_t mode, int *ret_fd) _must_check_;
/* SO_PEERCRED. */
int sock_peer(int fd, struct sock_peer *ret_peer) _must_check_;
/* SO_PEERGROUPS: the supplementary groups the peer had when it connected. To be freed; NULL for
 * none. */
int sock_peer_groups(int fd, size_t *ret_n, gid_t **ret_gids) _must_check_;

#endif
