/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_LISTEN_H
#define IDP_IDPCTL_LOGIN_LISTEN_H

/*
 * Waits at a port of this machine for the browser of the person who runs this program, reads its
 * one request, and answers it when told what to say. Without blocking: the caller polls.
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"
#include "common/secret.h"
#include "idpctl/login-page.h"
#include "idpctl/login-request.h"

#define LOGIN_CONNECTIONS_MAX 8u                 /* browsers open some ahead and leave them idle */
#define LOGIN_STRANGERS_MAX   2u                 /* of them by other users, who are told why not */
#define LOGIN_REQUEST_LIFE    (5 * USEC_PER_SEC) /* from the connection to its whole request */
#define LOGIN_LINGER          USEC_PER_SEC       /* for the browser to hang up, when all is said */
#define LOGIN_LISTEN_FDS      (2u + LOGIN_CONNECTIONS_MAX)

struct login_listen;

/*
 * Listens at both addresses of the loopback, ::1 only where the host has it. 0 is any free port.
 * here->path must outlive it; here->port is set. -EADDRINUSE, ...
 */
int login_listen_new(struct login_here *here, struct login_listen **ret_listen) _must_check_;
/* NULL is fine. */
struct login_listen *login_listen_free(struct login_listen *listen);
DEFINE_CLEANUP(struct login_listen *, login_listen_free);

/* What to wait for, LOGIN_LISTEN_FDS entries, some with fd -1; and until when at most. */
usec_t login_listen_wait(const struct login_listen *listen, struct pollfd *fds);
/*
 * Does what can be done. Returns the address at which the browser ended as soon as there is one,
 * else NULL. Whoever comes then is told to wait, until login_listen_reply().
 */
struct secret *login_listen_work(struct login_listen *listen, const struct pollfd *fds,
				 usec_t now) _must_check_;
/* While an answer from elsewhere is looked at, none is taken here. */
void login_listen_hold(struct login_listen *listen);
/* What became of the answer; to whoever brought it, if that was here. The next one may come. */
void login_listen_reply(struct login_listen *listen, const struct login_page *page);
/* Whether somebody still reads. */
bool login_listen_is_busy(const struct login_listen *listen) _must_check_;

#endif
