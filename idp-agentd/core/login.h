/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_LOGIN_H
#define IDP_CORE_LOGIN_H

/*
 * idpctl login: a person who is at work on this host already signs in with a browser of this host,
 * which comes back to a port where idpctl waits for it (RFC 8252 section 7.3). Here is who that
 * person is, and where the browser may come back to. The sign-in itself is a session like any.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/session.h"

struct authority;
struct conn;

#define LOGIN_SERVICE "idpctl" /* in rules, and [service idpctl] */

enum {
	LOGIN_E_PAGE = 1, /* the redirect_uri is no place where this machine could wait */
	LOGIN_E_PORT,     /* it names another port */
	LOGIN_E_ANSWERED, /* nothing begins: the answer is sent */
};

struct login_place {
	uint16_t port;     /* 0: whichever is free (RFC 8252 section 7.3) */
	size_t origin_len; /* of the redirect_uri, without the port: "http://127.0.0.1" */
	const char *path;  /* the rest of it, from the '/'; may have a query */
};

/* Takes the redirect_uri of a provider apart. LOGIN_E_PAGE. Pure. */
int login_place(const char *redirect_uri, struct login_place *ret_place) _must_check_;
/* The redirect_uri of one sign-in: with this port, or with 0 as it is. LOGIN_E_*. Pure. */
int login_redirect(const char *redirect_uri, uint16_t port,
		   char ret_uri[static ISSUER_LEN_MAX + 1]) _must_check_;

/*
 * LOGIN_WHERE is answered; LOGIN becomes a request of whoever the kernel says is on the other end.
 * 0 with ret_request, the caller's to end with session_request_done(); LOGIN_E_ANSWERED; -errno.
 */
int login_read_request(struct authority *authority, struct conn *conn, struct wire_in *in,
		       struct session_request *ret_request) _must_check_;

#endif
